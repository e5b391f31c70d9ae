//! What a rule is: a `static` that says what it finds and everything that follows from it for the rest of the program, so
//! that nothing else keeps a list of rules. The function that looks is beside it; the table in `rules/mod.rs` pairs the two.

use crate::facts::Ask;
use crate::rules::diagnostic::Severity;

/// What kind of problem a rule finds; it decides the severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// npm refuses, or what comes out is provably not what the files ask for: an error.
    Correctness,
    /// It would succeed, and probably not be what was meant: a warning.
    Suspicious,
    /// Worth knowing: info.
    Advice,
    /// A matter of taste: info, and only where a rule is turned on.
    Pedantic,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Correctness, Self::Suspicious, Self::Advice, Self::Pedantic];

    /// The severity of what its rules find.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Correctness => Severity::Error,
            Self::Suspicious => Severity::Warning,
            Self::Advice | Self::Pedantic => Severity::Info,
        }
    }

    /// Its name on the command line and in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Suspicious => "suspicious",
            Self::Advice => "advice",
            Self::Pedantic => "pedantic",
        }
    }
}

/// Where a publish ends that has the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// In the client, no later than where npm skips a private workspace (npm 11.19.1, lib/commands/publish.js): the
    /// problem matters to private workspaces too.
    ClientEarly,
    /// In the client, after that.
    Client,
    /// At the registry.
    Registry,
    /// Nowhere: the publish goes through, and something else than meant comes of it.
    Nowhere,
}

/// What the problem is a property of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The package as its files describe it.
    Package,
    /// Where it goes: the registry and the configuration that names it.
    Target,
    /// The credential. Another publisher has another one.
    Credential,
    /// The account, what it may do, and what its organisation and its packages ask of it.
    Account,
    /// The machine or the CI job that publishes: its programs, its identity.
    Machine,
    /// Whose package it is: nothing is wrong with it where its owner publishes.
    Owner,
    /// The way from this machine to the registry.
    Network,
    /// All packages of the run together.
    Release,
}

impl About {
    /// Whether it may be different where somebody else publishes, on another machine.
    pub const fn depends_on_publisher(self) -> bool {
        self.is_left_to_publisher() || matches!(self, Self::Owner | Self::Network)
    }

    /// Whether only where it is published there is anything to check.
    pub const fn is_left_to_publisher(self) -> bool {
        matches!(self, Self::Credential | Self::Account | Self::Machine)
    }
}

/// What decides whether the problem is there, besides package.json and the registry's answers. Another package manager may
/// read something else in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Which registry is published to, and as whom: every package manager has settings of its own for these.
    Destination,
    /// Options of npm's configuration, which count for every package manager that reads it.
    NpmConfig,
    /// A flag that the publish command may still be given.
    Flag(&'static str),
}

/// What must be there for the rule to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The argument of the publish command alone: it need not lead to a package.
    Argument,
    /// The text of package.json, valid or not.
    ManifestText,
    /// A package.json that can be read.
    Manifest,
}

/// Where a finding is among others of the same severity: causes before their consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Others may only be a consequence of it: the wrong registry explains a missing credential, somebody else's name explains
    /// a version that exists.
    First,
    /// Neither.
    Middle,
    /// It may only be a consequence.
    Last,
}

/// A rule. Every field is mandatory: what is forgotten here would be wrong somewhere else.
pub struct Rule {
    /// Kebab-case, names the problem; public and never renamed.
    pub id: &'static str,
    /// What kind of problem it finds.
    pub category: Category,
    /// One line without a full stop: the row in the list of rules, SARIF's short description.
    pub summary: &'static str,
    /// Markdown with the sections `What it finds`, `Why it matters`, `What to do`, `Example`.
    pub docs: &'static str,
    /// What npm says instead: codes and the words of its messages.
    pub npm_says: &'static [&'static str],
    /// What it asks the registry; empty: it works offline.
    pub asks: &'static [Ask],
    /// The version that brought it.
    pub since: &'static str,
    /// Where a publish with the problem ends.
    pub stops: Stops,
    /// What the problem is a property of.
    pub about: About,
    /// What decides it besides package.json and the registry.
    pub decided_by: &'static [Input],
    /// What it needs to look at.
    pub needs: Needs,
    /// It is worth knowing even of a package that is private for good.
    pub for_private: bool,
    /// An error of it explains why it is not known who would publish: the checks that need to know that say nothing more.
    pub explains_no_user: bool,
    /// Where its findings are among others.
    pub order: Order,
    /// GitHub's `security-severity` of its findings, which makes them security alerts; `None`: they are none.
    pub security_severity: Option<&'static str>,
}

impl Rule {
    /// The flag of the publish command that may still change the result.
    pub fn flag(&self) -> Option<&'static str> {
        self.decided_by.iter().find_map(|input| match input {
            Input::Flag(name) => Some(*name),
            _ => None,
        })
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// Rules are equal and ordered by their ids, which are unique.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(other.id)
    }
}
