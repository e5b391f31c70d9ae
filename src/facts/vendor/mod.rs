//! How other registries differ from npm's, as far as their documentation or source says so of every package. One file per
//! vendor; nothing else in the crate knows about vendors. A registry is recognised by its address.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod artifactory;
mod azure;
mod cloudsmith;
mod codeartifact;
mod gitea;
mod github;
mod gitlab;
mod google;
mod jsr;
mod mirror;
mod nexus;
mod npmjs;
mod verdaccio;

use std::fmt;

use url::Url;

/// All of them. The first one that recognises an address wins: host names come before paths, which anybody may have.
pub static ALL: [&Vendor; 13] = [
    &npmjs::VENDOR,
    &mirror::VENDOR,
    &jsr::VENDOR,
    &github::VENDOR,
    &azure::VENDOR,
    &codeartifact::VENDOR,
    &google::VENDOR,
    &cloudsmith::VENDOR,
    &gitlab::VENDOR,
    &gitea::VENDOR,
    &artifactory::VENDOR,
    &nexus::VENDOR,
    &verdaccio::VENDOR,
];

/// A product that serves packages. Fields that are not given are those of [`Vendor::PLAIN`].
pub struct Vendor {
    /// What it is called.
    pub name: &'static str,
    /// Whether this is the address of one of its registries, or lies below one.
    knows: fn(&Address<'_>) -> bool,
    /// What it calls itself where it asks for a credential, in lowercase; empty: nothing of its own.
    realm: &'static str,
    /// Whether a header `x-powered-by`, in lowercase, is that of its answers.
    powered_by: fn(&str) -> bool,
    /// The largest package that it accepts.
    pub largest: Option<Largest>,
    /// The largest package.json that it accepts, in bytes.
    pub largest_manifest: Option<u64>,
    /// Its answers may refer to npm's own policies: scopes and plans, two factors, similar names, trusted publishing.
    pub may_follow_npm: bool,
    /// It accepts a version again after that version was deleted.
    pub takes_deleted_versions: bool,
    /// Why a name is refused, whether or not the package exists.
    objection: fn(&str) -> Option<Objection>,
    /// Why nothing can be published at this address.
    closed: fn(&Address<'_>) -> Option<Closed>,
    /// Where a credential comes from that may publish; empty: as for any other registry.
    pub credential: &'static str,
    /// What it says when it refuses a publish; more words come before fewer.
    pub refusals: &'static [Refusal],
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Vendor {
    /// One of which nothing is known.
    const PLAIN: Self = Self {
        name: "",
        knows: |_| false,
        realm: "",
        powered_by: |_| false,
        largest: None,
        largest_manifest: None,
        may_follow_npm: false,
        takes_deleted_versions: false,
        objection: |_| None,
        closed: |_| None,
        credential: "",
        refusals: &[],
    };

    /// Whose registry this is, or that of a URL below it; `None`: the address does not show it.
    pub fn of(url: &Url) -> Option<&'static Self> {
        let address = Address::new(url)?;
        ALL.into_iter().find(|vendor| (vendor.knows)(&address))
    }

    /// The one that names itself in a text; `says`: whether the text has these words, in lowercase.
    pub fn by_realm(says: impl Fn(&str) -> bool) -> Option<&'static Self> {
        ALL.into_iter().find(|vendor| !vendor.realm.is_empty() && says(vendor.realm))
    }

    /// The one whose answers have this header `x-powered-by`.
    pub fn by_header(powered_by: &str) -> Option<&'static Self> {
        let header = powered_by.to_ascii_lowercase();
        ALL.into_iter().find(|vendor| (vendor.powered_by)(&header))
    }

    /// Why this name is refused, whether or not the package exists; `None`: nothing against it.
    pub fn objection(&self, name: &str) -> Option<Objection> {
        (self.objection)(name)
    }

    /// Why nothing can be published at this registry; `None`: the address does not show it.
    pub fn closed(&self, registry: &Url) -> Option<Closed> {
        (self.closed)(&Address::new(registry)?)
    }
}

/// A limit on the size of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Largest {
    /// In bytes.
    pub bytes: u64,
    /// As the vendor writes it.
    pub shown: &'static str,
    /// What may be that large.
    pub of: Limited,
    /// The setting with which the registry's operator raises it; `None`: nobody can.
    pub setting: Option<&'static str>,
}

/// What a limit on the size of a package is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The tarball.
    Tarball,
    /// The request with which it is uploaded: JSON, with the tarball in base64.
    Upload,
}

impl Largest {
    /// A tarball of more bytes is too large, whatever else goes along with it.
    pub const fn tarball(&self) -> u64 {
        match self.of {
            Limited::Tarball => self.bytes,
            Limited::Upload => self.bytes / 4 * 3,
        }
    }
}

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objection {
    /// A sentence without a full stop.
    pub why: &'static str,
    /// npm's code for it; `None`: it differs.
    pub code: Option<&'static str>,
}

/// Why nothing can be published at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// What is there: continues a sentence that begins with the registry's URL.
    pub what: String,
    /// A sentence without a full stop.
    pub why: String,
    /// What to do instead; `None`: publish to npm's registry.
    pub instead: Option<String>,
    /// npm's code for it; `None`: it differs.
    pub code: Option<&'static str>,
    /// Only by convention.
    pub is_guess: bool,
}

impl Closed {
    /// A host that accepts no packages.
    fn host(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            why: "it does not accept packages".to_owned(),
            instead: None,
            code: Some("E403"),
            is_guess: false,
        }
    }
}

/// What a registry says when it refuses a publish.
pub struct Refusal {
    /// Words that are all in the answer, in lowercase; or npm's code, for an upload to an address of this vendor.
    pub says: Says,
    /// What it means, the likeliest first.
    pub causes: &'static [Likely],
    /// What else it may mean.
    pub others: &'static [Meaning],
}

impl Refusal {
    const fn words(words: &'static [&'static str], causes: &'static [Likely]) -> Self {
        Self { says: Says::Words(words), causes, others: &[] }
    }

    const fn code(code: &'static str, causes: &'static [Likely]) -> Self {
        Self { says: Says::Code(code), causes, others: &[] }
    }

    const fn or(self, others: &'static [Meaning]) -> Self {
        Self { others, ..self }
    }
}

/// By what a refusal is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// All of these, in lowercase.
    Words(&'static [&'static str]),
    /// npm's code, where no words decide.
    Code(&'static str),
}

/// What a refusal may mean, and what to do.
pub struct Likely {
    /// What.
    pub meaning: Meaning,
    /// Why the registry does it: a clause; empty: it is obvious.
    pub why: &'static str,
    /// What to do: sentences; empty: as everywhere.
    pub fix: &'static str,
}

impl Likely {
    const fn new(meaning: Meaning) -> Self {
        Self { meaning, why: "", fix: "" }
    }

    const fn why(self, why: &'static str) -> Self {
        Self { why, ..self }
    }

    const fn fix(self, fix: &'static str) -> Self {
        Self { fix, ..self }
    }
}

/// What a registry may mean by a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// No credential arrived.
    NoCredential,
    /// It does not know the credential.
    UnknownCredential,
    /// The credential cannot be read.
    MalformedCredential,
    /// The credential names a variable that is not set.
    UnsetVariable,
    /// It knows the credential, which may not do this.
    RestrictedCredential,
    /// The account may not publish the package.
    NotAMaintainer,
    /// The scope is somebody else's.
    ForeignScope,
    /// It takes no packages.
    ReadOnly,
    /// It is another registry than the one that is meant.
    WrongRegistry,
    /// Something that no look at the project would find: what it is called.
    Other(&'static str),
}

/// The address of a registry, or a URL below it.
struct Address<'a> {
    host: &'a str,
    /// The parts of the path that are not empty.
    parts: Vec<&'a str>,
}

impl<'a> Address<'a> {
    fn new(url: &'a Url) -> Option<Self> {
        let parts = url.path_segments()?.filter(|part| !part.is_empty()).collect();
        Some(Self { host: url.host_str()?, parts })
    }

    /// The host is this one, or of this domain.
    fn is_in(&self, domain: &str) -> bool {
        self.host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// These parts follow each other in the path; `*` is any.
    fn has(&self, parts: &[&str]) -> bool {
        let fits = |window: &[&str]| window.iter().zip(parts).all(|(part, wanted)| *wanted == "*" || part == wanted);
        self.parts.windows(parts.len()).any(fits)
    }

    /// Why a repository accepts no packages, going by the kind that its name suggests. No product reveals the kind of a repository to a
    /// reader; by convention the name does.
    fn closed_by_name(&self, product: &str, before: &[&str], kinds: &[&str]) -> Option<Closed> {
        let (name, parts) = self.parts.split_last()?;
        if !parts.ends_with(before) {
            return None;
        }
        let words: Vec<String> = name.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect();
        let has = |word: &str| words.iter().any(|known| known == word);
        let kind = kinds.iter().find(|kind| has(kind)).filter(|_| !has("hosted") && !has("local"))?;
        Some(Closed {
            what: format!("looks like a {kind} repository"),
            why: format!("in {product}, a repository with such a name usually does not accept packages"),
            instead: Some("set `publishConfig.registry` to the hosted or local repository behind it".to_owned()),
            code: None,
            is_guess: true,
        })
    }
}

#[cfg(test)]
mod tests;
