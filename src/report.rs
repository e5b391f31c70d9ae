//! Reports: one way to tell what a run found per format. A reporter is a function of a [`Run`]; nothing a reporter
//! writes can hold a secret, because what it is given holds none, and what leaves the program is searched for them
//! once more.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod json;
pub mod sarif;
pub mod text;

use crate::exit::Exit;
use crate::lint::Report;
use crate::plan::PublishPlan;
use crate::registry::Facts;

/// What a reporter tells.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The publishes.
    pub plans: &'a [PublishPlan],
    /// What was found; its packages are indices into `plans`.
    pub report: &'a Report,
    /// What registries answered.
    pub facts: &'a Facts,
    /// How the run ends.
    pub exit: Exit,
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: a stable shape with a version.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// How the text looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Only errors and the verdicts.
    pub quiet: bool,
    /// The plan of every package, too.
    pub verbose: bool,
}

/// The report in a format.
pub fn render(format: Format, run: Run<'_>, style: Style) -> String {
    match format {
        Format::Text => text::render(run, style),
        Format::Json => json::render(run),
        Format::Sarif => sarif::render(run),
    }
}
