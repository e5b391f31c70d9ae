//! How knowing can fail: why something is not known, and what would settle it. A value like any other, so that `?` in a rule
//! makes the rule undecided.

use std::fmt;

use super::Question;

/// An answer, or why there is none. `?` on it in a rule makes the rule undecided.
pub type Answer<T> = Result<T, Unknown>;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The kind of ignorance.
    pub reason: Reason,
    /// One sentence without a full stop: what was tried, and what the author can do to find out.
    pub detail: String,
    /// The question that would settle it and was not put yet.
    pub question: Option<Box<Question>>,
    /// Further questions that would, to be put together with it.
    pub along: Vec<Question>,
    /// Whatever the answer, it brings a warning at most: the verdict does not wait for it.
    pub is_minor: bool,
    /// It comes of having no user who would publish, and the rules about credentials say why there is none: where one of them
    /// finds an error, nothing else is open.
    pub for_want_of_user: bool,
    /// What the answer shows of the server that gave it.
    pub stranger: Option<Stranger>,
}

/// Something else than a registry, going by one answer: only what several end-points agree on says it for sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// A web page, where no registry has one.
    WebPage,
    /// Redirects without an end.
    Maze,
    /// A redirect to another server.
    LeadsTo {
        /// `https://host:port`.
        origin: String,
        /// It has another host name: npm does not send its credential there.
        other_host: bool,
    },
}

/// The kinds of ignorance; their names are part of the JSON report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// `--offline`.
    Offline,
    /// Nothing asked it, or nothing may ask it.
    NotAsked,
    /// 401, or no credential.
    Unauthenticated,
    /// 403.
    Forbidden,
    /// 429.
    RateLimited,
    /// The registry has no such end-point, or npm-preflight cannot judge such a thing.
    Unsupported,
    /// Nothing answered.
    Unreachable,
    /// Nothing answered in time.
    TimedOut,
    /// An answer that is not what the end-point is documented to answer.
    Malformed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offline => "offline",
            Self::NotAsked => "not asked",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate limited",
            Self::Unsupported => "unsupported",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed out",
            Self::Malformed => "malformed answer",
        })
    }
}

impl Unknown {
    /// `detail`: one sentence without a full stop.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            question: None,
            along: Vec::new(),
            is_minor: false,
            for_want_of_user: false,
            stranger: None,
        }
    }

    pub(super) fn from(mut self, stranger: Stranger) -> Self {
        self.stranger = Some(stranger);
        self
    }

    pub(super) fn not_asked(question: Question) -> Self {
        let detail = format!("{} was not asked for", question.ask.noun());
        Self { question: Some(Box::new(question)), ..Self::new(Reason::NotAsked, detail) }
    }
}
