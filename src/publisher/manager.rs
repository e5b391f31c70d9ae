//! The package managers that publish to npm registries.

use clap::ValueEnum;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Manager {
    /// npm
    Npm,
    /// pnpm
    Pnpm,
    /// Yarn, of any generation.
    Yarn,
    /// Bun
    Bun,
}

impl Manager {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "Yarn",
            Self::Bun => "Bun",
        }
    }

    /// What publishes with it.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Npm => "npm publish",
            Self::Pnpm => "pnpm publish",
            Self::Yarn => "yarn npm publish",
            Self::Bun => "bun publish",
        }
    }
}
