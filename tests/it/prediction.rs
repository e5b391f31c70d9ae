//! What the executable says of one publish, and in what that contradicts what npm then does, whatever the registry.

use serde_json::Value;

use crate::harness::Outcome;

/// The report on one package.
pub(crate) struct Prediction<'a> {
    /// `ready`, `blocked`, `undecided`.
    pub(crate) verdict: &'a str,
    /// Rule and npm's code, if one was named.
    pub(crate) errors: Vec<(&'a str, Option<&'a str>)>,
    /// Rules.
    pub(crate) warnings: Vec<&'a str>,
    /// Rule and detail.
    pub(crate) undecided: Vec<(&'a str, &'a str)>,
    /// Rules.
    pub(crate) assumed: Vec<&'a str>,
}

/// What must be said of a publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// This rule has an error.
    Error(&'static str),
    /// No rule has an error, and this one is undecided.
    Undecided(&'static str),
    /// All is well if what this rule assumes is true.
    Assumed(&'static str),
}

impl<'a> Prediction<'a> {
    /// Reads a JSON report.
    pub(crate) fn new(report: &'a Value) -> Self {
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        let list = |key: &str| report[key].as_array().into_iter().flatten();
        let of = |severity: &'static str| list("diagnostics").filter(move |one| one["severity"] == severity);
        Self {
            verdict: text(&report["packages"][0]["verdict"]),
            errors: of("error").map(|one| (text(&one["rule"]), one["npm_error"].as_str())).collect(),
            warnings: of("warning").map(|one| text(&one["rule"])).collect(),
            undecided: list("undecided").map(|one| (text(&one["rule"]), text(&one["detail"]))).collect(),
            assumed: list("assumptions").map(|one| text(&one["rule"])).collect(),
        }
    }

    /// An error means that npm fails, with the code that was named; what is ready is published, unless what was assumed is not
    /// true; nothing else is said than was expected.
    pub(crate) fn check(&self, says: Says, npm: &Outcome, published: bool) -> Result<(), String> {
        let Self { verdict, errors, undecided, assumed, .. } = self;
        let mut named = errors.iter().filter_map(|(_, code)| *code).peekable();
        if !errors.is_empty()
            && (published || named.peek().is_some() && !named.any(|code| npm.npm_code() == Some(code)))
        {
            return Err(format!("{errors:?}, but npm: {:?} {}", npm.npm_code(), npm.npm_error()));
        }
        if *verdict == "ready" && !published && assumed.is_empty() {
            return Err(format!("said to be ready, but npm: {}", npm.npm_error()));
        }
        let as_expected = match says {
            Says::Error(rule) => *verdict == "blocked" && errors.iter().any(|(known, _)| *known == rule),
            Says::Undecided(rule) => *verdict == "undecided" && undecided.iter().any(|(known, _)| *known == rule),
            Says::Assumed(rule) => *verdict == "ready" && assumed.contains(&rule),
        };
        if as_expected {
            Ok(())
        } else {
            Err(format!("not {says:?}: {verdict}, {errors:?}, {undecided:?}, {assumed:?}"))
        }
    }
}
