//! What can be known about a registry, and why it may not be. A rule reads [`Facts`]; what is not there is an
//! [`Unknown`] that says why, so that ignorance can never pass for "fine". Nothing here talks to a registry.

pub mod credential;
mod provenance;
mod unknown;
pub mod vendor;
mod versions;

use std::collections::BTreeMap;

use vendor::Vendor;

pub use provenance::{Builder, Provenance};
pub use unknown::{AFTER_LOGIN, Answer, Assumption, Gap, Known, NotARegistry, OnceAsked, Reason, Unknown};
pub use versions::Versions;

/// The kinds of questions that are put to a registry, all of them reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// `GET /<package>`: everything published under a name.
    Packument,
    /// `GET /<package>` in its short form: what its users see.
    Versions,
    /// `GET /-/whoami`: whose credential it is.
    Whoami,
    /// `GET /-/npm/v1/user`: two-factor mode, e-mail.
    Profile,
    /// `GET /-/npm/v1/tokens`: what each token may do.
    Tokens,
    /// `GET /-/org/<scope>/user`: who belongs to an organisation.
    Roster,
    /// `GET /-/package/<package>/collaborators`: who may write.
    Collaborators,
    /// `GET /-/package/<package>/visibility`: public or not.
    Visibility,
    /// `GET /-/stage?package=<name>`: versions that wait for approval.
    Stage,
    /// `GET /-/stage?perPage=1`: whether the registry takes the credential, whatever waits for approval.
    AnyStage,
    /// `GET /-/org/<scope>/package` or `GET /-/user/<name>/package`: what it may do with which packages.
    Packages,
    /// `GET /-/package/<package>/dist-tags`.
    DistTags,
    /// `GET /<package>/<version>`: one version, where the packument cannot be read.
    Version,
    /// `GET /-/v1/search?text=<name>`: names like it.
    Search,
    /// `GET /-/npm/v1/attestations/<package>@<version>`: where a version was built.
    Attestations,
    /// `GET /-/ping`: does it answer at all.
    Ping,
    /// The tarball of a published version: its files. The subject is its address, with what it must hash to behind `#`.
    Tarball,
}

impl Ask {
    /// What the author knows it by.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Packument => "the package",
            Self::Versions => "the list of versions",
            Self::Whoami => "whoami",
            Self::Profile => "the account's profile",
            Self::Tokens => "the account's tokens",
            Self::Roster => "the organisation's members",
            Self::Collaborators => "the package's collaborators",
            Self::Visibility => "the package's visibility",
            Self::Stage => "the package's staged versions",
            Self::AnyStage => "the account's staged versions",
            Self::Packages => "the packages of the scope",
            Self::DistTags => "the package's dist-tags",
            Self::Version => "the version",
            Self::Search => "a search",
            Self::Attestations => "the last release's provenance",
            Self::Ping => "ping",
            Self::Tarball => "the published tarball",
        }
    }

    /// Whether the answer is a packument, which can be long.
    pub const fn is_packument(self) -> bool {
        matches!(self, Self::Packument | Self::Versions)
    }

    /// Whether it is pointless without a credential.
    pub const fn needs_credential(self) -> bool {
        matches!(
            self,
            Self::Whoami
                | Self::Profile
                | Self::Tokens
                | Self::Roster
                | Self::Collaborators
                | Self::Stage
                | Self::AnyStage
                | Self::Packages
        )
    }
}

/// One question. Two equal questions are asked once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// What kind.
    pub ask: Ask,
    /// The registry's URL as npm would use it.
    pub registry: String,
    /// The package, the scope (without `@`) or nothing.
    pub subject: String,
    /// Which credential goes along: its number in the run's [`credential::Keyring`].
    pub credential: Option<usize>,
}

/// npm answers 404 both for "there is none" and for "not for you".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// It is there.
    Here(T),
    /// It is not, or this credential may not see it.
    NotVisible,
}

/// What rules need to know from a packument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packument {
    /// Version -> what is known of it.
    pub versions: Versions,
    /// dist-tag -> version.
    pub dist_tags: BTreeMap<String, String>,
    /// Versions that were there once: `time` names them, `versions` does not. `None`: the registry gives no times.
    pub gone: Option<Vec<String>>,
    /// `None`: the registry does not say.
    pub maintainers: Option<Vec<String>>,
    /// The package was unpublished as a whole.
    pub unpublished: Option<Unpublished>,
    /// The newest versions.
    pub recent: Box<Recent>,
}

/// Versions of a package that were published last; `None`: there is none, or the registry gives no times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Of all.
    pub any: Option<Dated>,
    /// Of those that a trusted publisher published with provenance.
    pub witness: Option<Dated>,
    /// Of those among them that are no prereleases.
    pub stable_witness: Option<Dated>,
}

/// A version and when it was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dated {
    /// As the registry writes it.
    pub version: String,
    /// ISO 8601.
    pub time: String,
}

/// The class of `contentPolicy` that npm's policy on dual-use content is about.
pub const DUAL_USE: &str = "dual-use";

/// One published version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Published {
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Whether a trusted publisher published it.
    pub trusted: bool,
    /// Whether it was staged, and somebody approved it.
    pub approved: bool,
    /// Whether the registry has its provenance.
    pub provenance: bool,
    /// Whether it declares dual-use content.
    pub dual_use: bool,
}

/// One version, asked for by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionDocument {
    /// As the registry writes it.
    pub version: String,
    /// The commit it was published from, where npm found a repository.
    pub git_head: Option<String>,
    /// Its tarball; `None`: the registry does not name it.
    pub tarball: Option<Tarball>,
    /// Its size in bytes, unpacked; `None`: not given.
    pub unpacked_size: Option<u64>,
}

/// Where the tarball of a version is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tarball {
    /// As the registry writes it.
    pub url: String,
    /// What it must hash to: `sha512-` and base64, or the 40 digits of SHA-1.
    pub checksum: String,
}

/// What is left of a package that was unpublished as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpublished {
    /// ISO 8601.
    pub time: Option<String>,
    /// Every version it had.
    pub versions: Vec<String>,
}

/// What `whoami` says of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whoami {
    /// It belongs to this user.
    User(String),
    /// 200 without a user name: the registry knows no user for it.
    Nobody,
    /// 401: the registry does not take it.
    Rejected {
        /// The challenge names the IP address (npm's `EAUTHIP`).
        by_address: bool,
        /// The registry's own words.
        message: String,
    },
}

/// Two-factor authentication of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoFactor {
    /// Off, or begun and not finished.
    Off,
    /// Asked at login and for account changes.
    AuthOnly,
    /// Asked for every write.
    AuthAndWrites,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its two-factor mode.
    pub two_factor: TwoFactor,
    /// `None`: not given.
    pub email_verified: Option<bool>,
}

/// What a collaborator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Publish.
    Write,
    /// Install.
    Read,
}

/// A fact: a decoded answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// [`Ask::Packument`].
    Packument(Seen<Packument>),
    /// [`Ask::Versions`]: without maintainers and what is gone.
    Versions(Seen<Packument>),
    /// [`Ask::Whoami`].
    Whoami(Whoami),
    /// [`Ask::Profile`].
    Profile(Profile),
    /// [`Ask::Tokens`].
    Tokens(Vec<TokenRow>),
    /// [`Ask::Roster`]: user -> role.
    Roster(Seen<BTreeMap<String, String>>),
    /// [`Ask::Collaborators`].
    Collaborators(Seen<BTreeMap<String, Permission>>),
    /// [`Ask::Visibility`]: whether it is public.
    Visibility(Seen<bool>),
    /// [`Ask::Stage`].
    Stage(Seen<Staging>),
    /// [`Ask::AnyStage`]: whether it takes the credential.
    AnyStage(bool),
    /// [`Ask::Packages`].
    Packages(Seen<BTreeMap<String, Permission>>),
    /// [`Ask::DistTags`].
    DistTags(Seen<BTreeMap<String, String>>),
    /// [`Ask::Version`].
    Version(Seen<VersionDocument>),
    /// [`Ask::Search`]: the names that were found.
    Search(Vec<String>),
    /// [`Ask::Attestations`].
    Attestations(Seen<Provenance>),
    /// [`Ask::Ping`].
    Ping,
    /// [`Ask::Tarball`]: its files, and their sizes in bytes.
    Tarball(BTreeMap<String, u64>),
}

/// A row of the list of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRow {
    /// First eight characters, `...`, last four.
    pub hint: String,
    /// May only read.
    pub readonly: bool,
    /// Publishes without a second factor; `None`: not given.
    pub bypass_2fa: Option<bool>,
    /// Addresses it may be used from; empty: any.
    pub cidr: Vec<String>,
    /// ISO 8601.
    pub expiry: Option<String>,
    /// Revoked.
    pub revoked: bool,
    /// May stage new versions and not publish them.
    pub stage_only: bool,
    /// What it is limited to, such as `("package", "@s/p")` or `("org", "o")`; empty: not limited, or not given.
    pub scopes: Vec<(String, String)>,
}

/// The versions of a package that wait for approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staging {
    /// Those that were shown.
    pub versions: Vec<Staged>,
    /// There are no others.
    pub is_complete: bool,
}

/// A version that waits for approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staged {
    /// Its package; `None`: the registry does not repeat it.
    pub package: Option<String>,
    /// The version, as the registry writes it.
    pub version: String,
    /// What `npm stage` knows it by.
    pub id: String,
}

/// Why nothing at an origin answers, one clear cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// `https://host:port`.
    pub origin: String,
    /// What happened: one sentence without a full stop.
    pub cause: String,
    /// What another HTTP stack saw, and what that means; `None`: it was not asked or saw the same.
    pub second_opinion: Option<String>,
    /// npm's own code for it, such as `ECONNREFUSED`, where it is known.
    pub npm_error: Option<&'static str>,
    /// [`Reason::Unreachable`] or [`Reason::TimedOut`].
    pub reason: Reason,
    /// npm does not wait longer than this run did.
    pub npm_gives_up: bool,
}

/// What answers at an origin, going by the headers of its answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Server {
    /// The product, where it says so.
    pub vendor: Option<&'static Vendor>,
    /// nginx serves it, or passes it on.
    pub is_nginx: bool,
}

impl Server {
    /// What an answer shows besides.
    #[must_use]
    pub fn or(self, powered_by: Option<&str>, server: Option<&str>) -> Self {
        let is_nginx = || server.is_some_and(|server| server.to_ascii_lowercase().starts_with("nginx"));
        Self {
            vendor: self.vendor.or_else(|| powered_by.and_then(Vendor::by_header)),
            is_nginx: self.is_nginx || is_nginx(),
        }
    }
}

/// Where a registry is reached: `https://host:port`, the port always written.
pub fn origin_of(url: &url::Url) -> String {
    let port = url.port_or_known_default().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// All that is known of registries in this run.
#[derive(Debug, Default)]
pub struct Facts {
    answers: BTreeMap<Question, Known<Fact>>,
    outages: BTreeMap<String, Outage>,
    untrusted: BTreeMap<String, Unknown>,
    servers: BTreeMap<String, Server>,
    /// Why nothing that was not asked can be known.
    closed: Option<fn(&Question) -> Unknown>,
}

impl Facts {
    /// Facts of a run that asks nothing; `why` explains each question left open.
    pub fn closed(why: fn(&Question) -> Unknown) -> Self {
        Self { closed: Some(why), ..Self::default() }
    }

    /// Records an answer.
    pub fn learn(&mut self, question: Question, answer: Known<Fact>) {
        self.answers.insert(question, answer);
    }

    /// Records that nothing at an origin answers.
    pub fn learn_outage(&mut self, outage: Outage) {
        self.outages.insert(outage.origin.clone(), outage);
    }

    /// Records that npm may not reach an origin that answers here.
    pub fn learn_untrusted(&mut self, origin: String, why: Unknown) {
        self.untrusted.insert(origin, why);
    }

    /// Records what answers at an origin.
    pub fn learn_server(&mut self, origin: String, server: Server) {
        self.servers.insert(origin, server);
    }

    /// What answers at an origin, as far as it has been asked.
    pub fn server(&self, origin: &str) -> Server {
        self.servers.get(origin).copied().unwrap_or_default()
    }

    /// Whether it has been asked, with whatever result.
    pub fn has(&self, question: &Question) -> bool {
        self.answers.contains_key(question)
    }

    /// The answer to a question.
    ///
    /// # Errors
    /// The question itself when it was never asked and may be, else why the answer is not known.
    pub fn get(&self, question: &Question) -> Answer<&Fact> {
        match self.answers.get(question) {
            Some(Ok(fact)) => Ok(fact),
            Some(Err(unknown)) => Err(unknown.clone().into()),
            None => Err(self.closed.map_or_else(|| Gap::Ask(vec![question.clone()]), |why| why(question).into())),
        }
    }

    /// What is known of a question by now.
    ///
    /// # Errors
    /// Why it is not known, also if it was not asked for.
    #[cfg(test)]
    pub fn known(&self, question: &Question) -> Known<&Fact> {
        self.get(question).map_err(Gap::into_unknown)
    }

    /// Whether any registry answered anything.
    pub fn any(&self) -> bool {
        self.answers.values().any(Result::is_ok)
    }

    /// Why npm may not reach an origin that answers here.
    pub fn untrusted(&self, origin: &str) -> Option<&Unknown> {
        self.untrusted.get(origin)
    }

    /// The outage of an origin, when nothing there answered.
    pub fn outage(&self, origin: &str) -> Option<&Outage> {
        self.outages.get(origin)
    }
}

impl Packument {
    /// Whether it was unpublished as a whole, and not published again.
    pub fn is_gone(&self) -> bool {
        self.versions.is_empty() && self.unpublished.is_some()
    }

    /// The published version that `version` would collide with, as the registry writes it: build metadata does not
    /// make a difference.
    pub fn find(&self, version: &crate::npm::version::Version) -> Option<&str> {
        self.versions.keys().find(|published| same(published, version))
    }
}

/// Whether a registry's text for a version means this one.
pub fn same(published: &str, version: &crate::npm::version::Version) -> bool {
    !version.differs_plainly(published)
        && crate::npm::version::Version::clean(published, true).is_some_and(|published| published == *version)
}
