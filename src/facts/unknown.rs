//! Why something is not known. "Not asked yet" and "cannot be known" are two things: a rule passes both on with `?`,
//! and only the second ever makes it undecided.

use std::fmt;

use super::Question;

/// What is known once everything that could be asked was asked.
pub type Known<T> = Result<T, Unknown>;

/// What a rule gets for a question, and what it answers itself: `?` passes on both kinds of [`Gap`].
pub type Answer<T> = Result<T, Gap>;

/// Why a rule has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// These questions have not been asked yet: the rule runs again when they have.
    Ask(Vec<Question>),
    /// It cannot be known in this run.
    Unknown(Unknown),
}

impl From<Unknown> for Gap {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl Gap {
    /// It cannot be known; `detail`: one sentence without a full stop.
    pub fn unknown(reason: Reason, detail: impl Into<String>) -> Self {
        Unknown::new(reason, detail).into()
    }

    /// The questions that have to be asked first; none when it cannot be known.
    pub fn questions(&self) -> &[Question] {
        match self {
            Self::Ask(questions) => questions,
            Self::Unknown(_) => &[],
        }
    }

    /// Why it is not known, also if it was not asked for yet.
    pub fn into_unknown(self) -> Unknown {
        match self {
            Self::Unknown(unknown) => unknown,
            Self::Ask(questions) => {
                let what = questions.first().map_or("the registry", |question| question.ask.noun());
                Unknown::new(Reason::NotAsked, format!("{what} was not asked for"))
            }
        }
    }

    /// Whatever the answer, it brings a warning at most: the verdict does not wait for it.
    #[must_use]
    pub fn minor(self) -> Self {
        match self {
            Self::Unknown(unknown) => Self::Unknown(Unknown { is_minor: true, ..unknown }),
            ask @ Self::Ask(_) => ask,
        }
    }

    /// Adds what the author can do to find out; questions stay as they are.
    #[must_use]
    pub fn advise(self, advice: impl fmt::Display) -> Self {
        match self {
            Self::Unknown(unknown) => Self::Unknown(unknown.advise(advice)),
            ask @ Self::Ask(_) => ask,
        }
    }
}

/// For a rule that goes on without an answer.
pub trait OnceAsked<T> {
    /// The answer, or why it cannot be known.
    ///
    /// # Errors
    /// The questions that have to be asked first.
    fn once_asked(self) -> Answer<Known<T>>;
}

impl<T> OnceAsked<T> for Answer<T> {
    fn once_asked(self) -> Answer<Known<T>> {
        match self {
            Ok(value) => Ok(Ok(value)),
            Err(Gap::Unknown(unknown)) => Ok(Err(unknown)),
            Err(ask @ Gap::Ask(_)) => Err(ask),
        }
    }
}

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The kind of ignorance.
    pub reason: Reason,
    /// One sentence without a full stop: what was tried, and what the author can do to find out.
    pub detail: String,
    /// Whatever the answer, it brings a warning at most: the verdict does not wait for it.
    pub is_minor: bool,
    /// It comes of having no user who would publish, and the rules about credentials say why there is none: where one of them
    /// finds an error, nothing else is open.
    pub lacks_user: bool,
    /// What the answer shows of the server that gave it.
    pub not_a_registry: Option<NotARegistry>,
    /// No read can find it out, in this run or another: what is assumed instead. The verdict does
    /// not wait for it, and names it.
    pub assumption: Option<Box<Assumption>>,
}

/// What is assumed because no read of the registry can show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Assumption {
    /// A clause that goes on after "ready, if", where "it" is the package.
    pub statement: String,
    /// Why it is likely: a clause.
    pub evidence: Option<String>,
    /// The command that shows it, to whom may see it.
    pub verify: Option<String>,
    /// Where the command shows it, if not here.
    pub verify_in: Option<&'static str>,
}

/// Where a command shows what it shows to login sessions only.
pub const AFTER_LOGIN: &str = "after `npm login`";

impl Assumption {
    /// `statement`: a clause that goes on after "ready, if", where "it" is the package.
    pub fn new(statement: impl Into<String>) -> Self {
        Self { statement: statement.into(), evidence: None, verify: None, verify_in: None }
    }

    /// Why it is likely: a clause.
    #[must_use]
    pub fn evidence(mut self, evidence: Option<String>) -> Self {
        self.evidence = evidence;
        self
    }

    /// The command that shows it.
    #[must_use]
    pub fn verify(mut self, command: impl Into<String>) -> Self {
        self.verify = Some(command.into());
        self
    }

    /// The command that shows it somewhere else.
    #[must_use]
    pub fn verify_in(self, place: &'static str, command: impl Into<String>) -> Self {
        Self { verify_in: Some(place), ..self.verify(command) }
    }
}

impl From<Assumption> for Unknown {
    fn from(assumption: Assumption) -> Self {
        let detail = format!("it is assumed that {}", assumption.statement);
        Self { assumption: Some(Box::new(assumption)), ..Self::new(Reason::Unsupported, detail) }
    }
}

impl From<Assumption> for Gap {
    fn from(assumption: Assumption) -> Self {
        Self::Unknown(assumption.into())
    }
}

/// Something else than a registry, going by one answer: only what several endpoints agree on says it for sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotARegistry {
    /// A web page, where no registry has one.
    WebPage,
    /// Redirects without an end.
    RedirectLoop,
    /// A redirect to another server.
    RedirectsTo {
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
    /// The registry has no such endpoint, or npm-preflight cannot check such a thing.
    Unsupported,
    /// Nothing answered.
    Unreachable,
    /// Nothing answered in time.
    TimedOut,
    /// A response that does not match the endpoint's documentation.
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
            is_minor: false,
            lacks_user: false,
            not_a_registry: None,
            assumption: None,
        }
    }

    pub(crate) fn from(mut self, not_a_registry: NotARegistry) -> Self {
        self.not_a_registry = Some(not_a_registry);
        self
    }

    /// The registry does not show it to this credential, or there is none.
    pub fn is_withheld(&self) -> bool {
        matches!(self.reason, Reason::Unauthenticated | Reason::Forbidden)
    }

    /// Adds what the author can do to find out.
    #[must_use]
    pub fn advise(mut self, advice: impl fmt::Display) -> Self {
        if self.reason != Reason::Offline {
            self.detail = format!("{}; {advice}", self.detail);
        }
        self
    }
}
