//! Every way a run can end, and the one exit code of each, the same for every format.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// No errors found.
    Clear,
    /// At least one error: a publish would be refused or would go wrong.
    Errors,
    /// The command line, the settings or an input could not be used, or an internal error; nothing was checked.
    Unusable,
    /// Only with `--strict`: no error, but at least one check is undecided.
    Undecided,
}

/// What `--strict` treats as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Strict {
    /// Nothing, whatever the settings say.
    Off,
    /// Checks that could have been decided and were not.
    Undecided,
    /// These, and assumptions.
    All,
}

/// How strict a run is, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strictness {
    /// What is a failure.
    pub strict: Strict,
    /// An option says so, not the settings.
    pub by_option: bool,
}

impl Strictness {
    /// What says so, as it is written.
    pub const fn written(self) -> &'static str {
        match (self.strict, self.by_option) {
            (Strict::All, true) => "`--strict=all`",
            (Strict::All, false) => "`strict = \"all\"` in the settings",
            (_, true) => "`--strict`",
            (_, false) => "`strict = true` in the settings",
        }
    }
}

impl Exit {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clear => 0,
            Self::Errors => 1,
            Self::Unusable => 2,
            Self::Undecided => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
