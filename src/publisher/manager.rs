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

    /// The versions that were run, and whose behaviour is emulated.
    pub const fn tried_with(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["11.19.1", "11.21.2", "12.2.2"],
            Self::Pnpm => &["10.12.4", "10.34.8", "11.28.10", "12.21.0"],
            Self::Yarn => &["1.22.22", "4.18.1"],
            Self::Bun => &["1.4.5"],
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
