//! A failure as a log shows it: who ran what for which package, what the registry answered, and what the exchange of an identity
//! came to. The readers fill it in, the causes interpret it.

use url::Url;

use crate::facts::vendor::Vendor;
use crate::npm::version::Version;

/// How much of a failure's text is read, in characters; the decisive part comes first.
const WORDS: usize = 16_000;
/// How many characters of warnings and notices are kept at most.
const ASIDE: usize = 8_000;
/// The most codes that one failure can have.
const CODES: usize = 4;

/// Who printed the failure. A tool that only passes on what its client printed is that client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Client {
    #[default]
    Npm,
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn 2 and newer.
    Yarn,
    Bun,
    Lerna,
    Changesets,
    SemanticRelease,
    ReleaseIt,
    Np,
}

impl Client {
    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::Yarn => "Yarn",
            Self::Bun => "Bun",
            Self::Lerna => "lerna",
            Self::Changesets => "changesets",
            Self::SemanticRelease => "semantic-release",
            Self::ReleaseIt => "release-it",
            Self::Np => "np",
        }
    }
}

/// What was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Publish,
    /// `view` and its like: a look at the registry before a publish, whose failure stops nothing.
    Look,
    /// `install` and its like.
    Install,
    /// `npm version`.
    Version,
    /// `deprecate`, `unpublish` and their like, which change what is published.
    Change,
    /// Another command of the client, or a script.
    Other,
}

/// What happened to the job's identity (trusted publishing).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Identity {
    /// The log says nothing.
    #[default]
    Unsaid,
    /// The job has one; what happened to it is not said.
    Present,
    /// The job may not ask for one.
    NotPermitted,
    /// The CI system gave none.
    NotGiven,
    /// The registry did not exchange it, with these words.
    Refused(String),
    /// The registry, or the service of the CI system that gives it, failed.
    Failed(Service),
    /// It was exchanged for a token.
    Exchanged,
}

/// Who takes part in an exchange of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Registry,
    CiSystem,
}

/// Why a variable with which a credential is written gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// The client says that it is not set.
    NotSet,
    /// The environment that the log shows has it without a value.
    Empty,
    /// It has the value that setup-node writes where it is given no token.
    Placeholder,
}

/// What the log says about a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// What failed.
    #[default]
    Cause,
    /// Only that something else failed.
    Echo,
    /// Nothing: the client printed no word.
    Silence,
}

/// What the rest of the log says of a failure. The package is called as sentences call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing.
    #[default]
    Unsaid,
    /// The package was published after it.
    PublishedLater(String),
    /// The same version had been published before it: it is a second publish.
    Again(String),
    /// The package had been published before it, and it is a step that comes after that.
    AfterPublish(String),
    /// An earlier attempt failed with this code and arrived after all: that is why the version is there.
    EarlierArrived(String),
    /// A later attempt found the version published.
    Arrived(String),
}

/// A failure.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempt {
    pub(super) client: Client,
    pub(super) action: Option<Action>,
    pub(super) package: Option<String>,
    pub(super) version: Option<String>,
    /// Codes of the client, `E403` for a status among them.
    pub(super) codes: Vec<String>,
    /// `PUT`, `GET` and the like.
    pub(super) method: Option<String>,
    pub(super) url: Option<String>,
    /// The registry that the client named before it sent anything.
    pub(super) registry: Option<String>,
    /// The lines of the error.
    pub(super) lines: Vec<String>,
    /// The lines in small letters without blanks, so that it does not matter where a line was broken.
    words: String,
    /// Warnings and notices, likewise.
    aside: String,
    pub(super) identity: Identity,
    /// The lifecycle script that ran.
    pub(super) script: Option<String>,
    /// The request of a client that failed in that script, as the script printed it.
    pub(super) printed: Option<String>,
    /// Options of the command that was run.
    pub(super) arguments: Vec<String>,
    pub(super) kind: Kind,
    /// Provenance was signed: the job has an identity.
    pub(super) is_signed: bool,
    /// The registry did not know the package when it was looked up before.
    pub(super) is_new: bool,
    /// The variable that has no credential, and why.
    pub(super) unset: Option<(String, Lack)>,
    /// The version of npm.
    pub(super) npm: Option<Version>,
    /// Nothing is uploaded: `--dry-run`.
    pub(super) is_rehearsal: bool,
    pub(super) outcome: Outcome,
    /// What the same log published in the same scope, to the same registry as far as that is known.
    pub(super) sibling: Option<String>,
}

/// Scripts that run before the upload.
const BEFORE_UPLOAD: [&str; 5] = ["prepublishOnly", "prepublish", "prepack", "prepare", "postpack"];

/// Whether a script of this name runs before the upload.
pub(super) fn is_before_upload(script: &str) -> bool {
    BEFORE_UPLOAD.contains(&script)
}

/// Text in small letters without blanks.
pub(super) fn squeezed(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|char| !char.is_whitespace()).flat_map(char::to_lowercase)
}

fn append(to: &mut String, text: &str, limit: usize) {
    let left = limit.saturating_sub(to.len());
    to.extend(squeezed(text).take(left));
    to.push('\n');
}

impl Attempt {
    /// One of which no more is known yet.
    pub(super) fn starting(client: Client, action: Option<Action>) -> Self {
        Self { client, action, ..Self::default() }
    }

    pub(super) fn add_line(&mut self, line: &str) {
        if self.words.len() >= WORDS {
            return;
        }
        append(&mut self.words, line, WORDS);
        // A line may be broken anywhere: what is searched has no breaks.
        self.words.pop();
        self.lines.push(line.to_owned());
    }

    pub(super) fn add_aside(&mut self, line: &str) {
        if self.aside.len() < ASIDE {
            append(&mut self.aside, line, ASIDE);
        }
    }

    pub(super) fn add_code(&mut self, code: &str) {
        if self.codes.len() < CODES && !self.has_code(code) {
            self.codes.push(code.to_owned());
        }
    }

    pub(super) fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> Option<u16> {
        self.codes.iter().find_map(|code| status_of(code))
    }

    /// Whether the error says these words, in small letters; blanks do not count.
    pub(super) fn says(&self, words: &str) -> bool {
        self.words.contains(&squeezed(words).collect::<String>())
    }

    /// Whether a warning or notice says these words.
    pub(super) fn notes(&self, words: &str) -> bool {
        self.aside.contains(&squeezed(words).collect::<String>())
    }

    /// The error in one text, in small letters, without blanks.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// The warnings and notices in one text, in small letters, without blanks.
    pub(super) fn aside(&self) -> &str {
        &self.aside
    }

    /// A package, or something about one, was sent; an audit only asks.
    pub(super) fn is_upload(&self) -> bool {
        self.method.as_deref().is_some_and(|method| matches!(method, "PUT" | "POST")) && !self.is_audit()
    }

    /// The registry was asked for advisories.
    pub(super) fn is_audit(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.contains("/-/npm/v1/security/"))
    }

    /// A package that is there was to be changed or taken away (libnpmpublish lib/unpublish.js, npm lib/commands/owner.js).
    pub(super) fn is_change(&self) -> bool {
        self.action == Some(Action::Change) || self.url.as_deref().is_some_and(|url| url.contains("/-rev/"))
    }

    /// A user was to be logged in (npm-profile lib/index.js).
    pub(super) fn is_login(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.contains("/-/user/org.couchdb.user:"))
    }

    /// The upload was refused as it is where the credential is not good enough.
    pub(super) fn is_upload_refused(&self) -> bool {
        // lerna prints the code alone.
        let is_upload = self.is_upload() || self.client == Client::Lerna && self.method.is_none();
        is_upload && self.action != Some(Action::Look) && matches!(self.status(), Some(401 | 404))
    }

    /// The client, or a tool above it, says that nobody is logged in.
    pub(super) fn is_anonymous(&self) -> bool {
        const CODES: [&str; 5] = ["ENEEDAUTH", "ENONPMTOKEN", "EINVALIDNPMTOKEN", "EINVALIDNPMAUTH", "YN0033"];
        CODES.iter().any(|code| self.has_code(code))
    }

    /// The request that failed was for the exchange of the job's identity.
    pub(super) fn is_exchange(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.contains("/oidc/token/exchange/"))
    }

    pub(super) fn is_download(&self) -> bool {
        self.method.as_deref() == Some("GET")
    }

    /// No registry answered: it stopped before.
    pub(super) fn is_unanswered(&self) -> bool {
        self.status().is_none()
    }

    /// The registry's answer decided, not the client before it asked.
    pub(super) fn is_of_registry(&self) -> bool {
        self.status().is_some() || self.url.is_some()
    }

    pub(super) fn is_scoped(&self) -> bool {
        let by_url = || self.url.as_deref().is_some_and(|url| url.contains("%2f") || url.contains("%2F"));
        self.package.as_deref().map_or_else(by_url, |name| name.starts_with('@'))
    }

    /// The job has an identity that a trusted publisher could be known by.
    pub(super) fn has_identity(&self) -> bool {
        self.is_signed || !matches!(self.identity, Identity::Unsaid | Identity::NotPermitted | Identity::NotGiven)
    }

    /// The request names the package for sure; a line before it may have been about another one.
    pub(super) fn settle(&mut self) {
        if let Some(named) = self.name_in_words() {
            if self.name_in_url().is_some_and(|other| !other.eq_ignore_ascii_case(&named)) {
                (self.method, self.url) = (None, None);
            }
            if self.package.as_ref() != Some(&named) {
                (self.package, self.version) = (Some(named), None);
            }
            return;
        }
        let Some(named) = self.name_in_url() else { return };
        if self.package.as_ref().is_some_and(|package| !package.eq_ignore_ascii_case(&named)) {
            self.package = Some(named);
            self.version = None;
        }
    }

    /// `@scope/name` in the registry's own sentence about who may publish it.
    fn name_in_words(&self) -> Option<String> {
        let after = |label: &str| self.lines.iter().find_map(|line| line.split_once(label)).map(|(_, after)| after);
        let quoted = || after("permission to publish \"")?.split_once('"').map(|(name, _)| name);
        // npm 6 and its registry named the package behind the sentence.
        let name = quoted().or_else(|| after("private packages : ").map(str::trim))?;
        let is_name = |char: char| char.is_ascii_alphanumeric() || "@/._~-".contains(char);
        (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
    }

    /// `@scope/name` at the end of an upload's URL.
    pub(super) fn name_in_url(&self) -> Option<String> {
        let url = self.url.as_deref().filter(|url| self.is_upload() && !is_service(url))?;
        let url = url.split(['?', '#']).next()?.split("/-rev/").next()?.replace("%2f", "/").replace("%2F", "/");
        let (before, name) = url.rsplit_once('/')?;
        let scope = before.rsplit('/').next().filter(|scope| scope.starts_with('@'));
        Some(scope.map_or_else(|| name.to_owned(), |scope| format!("{scope}/{name}"))).filter(|_| !name.is_empty())
    }

    /// The version in the registry's words.
    pub(super) fn version_in_words(&self) -> Option<&str> {
        const LABEL: &str = "previously published versions: ";
        let after = self.lines.iter().find_map(|line| line.split_once(LABEL))?.1;
        after
            .split([' ', ',', '"'])
            .next()
            .map(|version| version.trim_end_matches('.'))
            .filter(|version| !version.is_empty())
    }

    /// The package, as far as anything names it.
    pub(super) fn known_name(&self) -> Option<String> {
        self.package.clone().or_else(|| self.name_in_url())
    }

    /// The package and its version for sentences.
    pub(super) fn label(&self) -> Option<String> {
        let name = self.known_name()?;
        Some(self.known_version().map_or_else(|| name.clone(), |version| format!("{name}@{version}")))
    }

    /// A client reports that a script it ran failed: with the script's exit code, or pnpm and npm 6 with a code of their own.
    pub(super) fn is_of_script(&self) -> bool {
        let is_exit =
            |code: &String| code == "ELIFECYCLE" || code == "ERR_PNPM_RECURSIVE_RUN_FIRST_FAIL" || is_exit_code(code);
        !self.codes.is_empty() && self.codes.iter().all(is_exit) && !self.says("git")
    }

    /// It is unknown whether the registry accepted the package: there was no response, or a gateway sent it.
    pub(super) fn may_have_arrived(&self) -> bool {
        let is_lost = self.status().is_some_and(|status| status >= 500) || self.may_be_lost();
        is_lost && !self.is_download() && !matches!(self.action, Some(Action::Install | Action::Look))
    }

    /// The connection broke, or nothing answered in time.
    pub(super) fn may_be_lost(&self) -> bool {
        const LOST: [&str; 7] = [
            "ECONNRESET",
            "ETIMEDOUT",
            "ESOCKETTIMEDOUT",
            "ERR_SOCKET_TIMEOUT",
            "EPIPE",
            "ECONNABORTED",
            "ERESPONSETIMEOUT",
        ];
        // What was never connected has sent nothing.
        LOST.iter().any(|code| self.has_code(code)) && !self.says("connect etimedout")
    }

    /// The registry says that it has the version.
    pub(super) fn finds_version(&self) -> bool {
        const WORDS: [&str; 6] = [
            "cannot publish over the previously published version",
            "cannot publish over previously published version",
            "cannot publish over existing version",
            "package is already present",
            "version already exists",
            "package already exists",
        ];
        WORDS.iter().any(|words| self.says(words)) || self.has_code("EPUBLISHCONFLICT")
    }

    /// The version that failed.
    pub(super) fn known_version(&self) -> Option<&str> {
        self.version.as_deref().or_else(|| self.version_in_words())
    }

    /// Where it was sent: the address of the upload, or else the registry that the client named.
    pub(super) fn sent_to(&self) -> Option<Url> {
        let upload = self.url.as_ref().filter(|_| self.is_upload());
        [upload, self.registry.as_ref()].into_iter().flatten().find_map(|url| Url::parse(url).ok())
    }

    /// The registry that it was sent to, without the package.
    pub(super) fn sent_to_registry(&self) -> Option<Url> {
        let url = self.sent_to()?;
        let is_upload = self.url.as_ref().is_some_and(|upload| self.is_upload() && upload.starts_with(url.as_str()));
        if !is_upload || is_service(url.path()) {
            return Some(url);
        }
        let mut registry = url.clone();
        registry.set_query(None);
        let path = url.path().replace("%2f", "/").replace("%2F", "/");
        let (folder, _) = path.rsplit_once('/')?;
        let (before, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        registry.set_path(&format!("{}/", if last.starts_with('@') { before } else { folder }));
        Some(registry)
    }

    /// Whose registry it was sent to, as far as an address in the log tells, or the registry itself.
    pub(super) fn vendor(&self) -> Option<&'static Vendor> {
        self.address().as_ref().and_then(Vendor::of).or_else(|| Vendor::by_realm(|realm| self.says(realm)))
    }

    /// Any address of its registry.
    fn address(&self) -> Option<Url> {
        [&self.url, &self.registry].into_iter().flatten().find_map(|url| Url::parse(url).ok())
    }

    /// It went to a registry that follows npm's policies and takes packages.
    pub(super) fn is_at_npm(&self) -> bool {
        let takes =
            |url: &Url| Vendor::of(url).is_some_and(|vendor| vendor.may_follow_npm && vendor.closed(url).is_none());
        self.address().as_ref().is_some_and(takes)
    }

    /// It went to a registry that is not npm's own.
    pub(super) fn is_elsewhere(&self) -> bool {
        let is_npm_s = |url: &Url| Vendor::of(url).is_some_and(|vendor| vendor.may_follow_npm);
        let is_other = || self.vendor().is_some_and(|vendor| !vendor.may_follow_npm);
        self.address().map_or_else(is_other, |url| !is_npm_s(&url))
    }

    /// Whether a rule of npm's policy (scopes and plans, two factors, similar names, trusted publishing) can be meant.
    pub(super) fn may_follow_npm(&self) -> bool {
        self.vendor().is_none_or(|vendor| vendor.may_follow_npm)
    }
}

/// Whether a path is a service of the registry, which is behind `/-/`, and no package's. GitLab has such a part in the addresses of
/// its groups' registries.
fn is_service(path: &str) -> bool {
    path.rsplit_once("/-/").is_some_and(|(_, rest)| !rest.starts_with("packages/npm/"))
}

/// Whether a code is the number with which a script ended.
pub(super) fn is_exit_code(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_digit())
}

/// `@scope` of a name.
pub(super) fn scope(name: &str) -> Option<&str> {
    name.split_once('/').map(|(scope, _)| scope).filter(|scope| scope.starts_with('@'))
}

/// The status in `E403`.
pub(super) fn status_of(code: &str) -> Option<u16> {
    let digits = code.strip_prefix('E').filter(|digits| digits.len() == 3)?;
    digits.parse().ok().filter(|status| (400..600).contains(status))
}
