//! The dependencies that are installed with a package, as npm's arborist reads them there (npm 11.19.1,
//! `@npmcli/arborist` lib/node.js `_loadDeps`), and what each asks of a registry.

pub mod linked;
pub mod local;
mod pick;

use std::collections::HashSet;

use crate::facts::{Known, Reason, Unknown};
use crate::npm::name::PackageName;
use crate::npm::spec::{RemoteKind, of_registry};
use crate::project::manifest::Manifest;
use crate::text::json::{Member, Type, Value};
use linked::Linked;
use local::{Local, Replacement, Written};

/// Of a name in several of them, the first one counts for those who install the package.
const FIELDS: [&str; 3] = ["optionalDependencies", "dependencies", "peerDependencies"];
/// A folder that no spec names by chance: where somebody installs the package.
pub const FOLDER: &str = "/where-somebody-installs/the-package-that-depends";

/// A dependency that counts, and is text.
#[derive(Clone, Copy)]
pub struct Dependency<'a> {
    /// The field it is in.
    pub field: &'static str,
    /// Its name and its place.
    pub member: Member<'a>,
    /// What is wanted of it.
    pub spec: &'a str,
}

/// What a dependency asks of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The package: another one than the dependency's name where that is an alias.
    pub name: PackageName,
    /// A version, a range or a dist-tag.
    pub kind: RemoteKind,
    /// Its text, trimmed.
    pub spec: String,
}

/// How many dependencies are looked at. Real packages have hundreds.
const MOST: usize = 20_000;

/// Checks that [`installed`] leaves no dependency out.
///
/// # Errors
/// When there are more than it looks at.
pub fn all_are_read(manifest: &Manifest) -> Known<()> {
    let count: usize = FIELDS.iter().filter_map(|field| manifest.field(field)).map(|list| list.members().count()).sum();
    if count <= MOST {
        return Ok(());
    }
    Err(Unknown::new(
        Reason::Unsupported,
        format!("package.json has {count} dependencies, and only {MOST} of them are checked"),
    ))
}

/// All that count and do not come with the package, up to a number that [`all_are_read`] knows.
pub fn installed(manifest: &Manifest) -> Vec<Dependency<'_>> {
    let mut all = Vec::new();
    let bundled = Bundled::of(manifest);
    let mut left = MOST;
    for (at, field) in FIELDS.into_iter().enumerate() {
        let Some(list) = manifest.field(field) else { continue };
        for member in list.members() {
            let Some(rest) = left.checked_sub(1) else { return all };
            left = rest;
            let name = member.key;
            let counts = list.get(name).is_some_and(|last| last.span() == member.value.span())
                && !FIELDS[..at].iter().any(|other| manifest.field(other).is_some_and(|all| all.get(name).is_some()));
            if let Some(spec) = member.value.as_str().filter(|_| counts && !bundled.has(name)) {
                all.push(Dependency { field, member, spec });
            }
        }
    }
    all
}

/// All that a client replaces when it publishes, those that only the author installs and those that come with the package
/// among them, up to a number that no package reaches.
pub fn everywhere(manifest: &Manifest) -> impl Iterator<Item = Dependency<'_>> {
    let fields = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    let lists = fields.into_iter().filter_map(|field| Some((field, manifest.field(field)?)));
    let members = lists.flat_map(|(field, list)| list.members().map(move |member| (field, list, member)));
    members.take(MOST).filter_map(|(field, list, member)| {
        let is_last = list.get(member.key).is_some_and(|last| last.span() == member.value.span());
        Some(Dependency { field, member, spec: member.value.as_str().filter(|_| is_last)? })
    })
}

impl Wanted {
    /// Reads the name and the text of a dependency; `None`: no registry is asked for it.
    pub fn of(name: &str, spec: &str) -> Option<Self> {
        let (name, kind, spec) = of_registry(name, spec, FOLDER)?;
        Some(Self { name: PackageName::new(name), kind, spec })
    }
}

impl Dependency<'_> {
    /// What npm asks a registry for; `None`: nothing, it is a path, a repository, a tarball or nonsense.
    pub fn wanted(&self) -> Option<Wanted> {
        Wanted::of(self.member.key, self.spec)
    }

    /// What npm asks for when something else is written in its place.
    pub fn wanted_as(&self, written: Option<&Written>) -> Option<Wanted> {
        written.map_or_else(|| self.wanted(), |written| Wanted::of(self.member.key, &written.spec))
    }

    /// What happens to it where a client publishes that replaces it; `package`: what is installed beside its package.
    ///
    /// # Errors
    /// When that is not known.
    pub fn replacement(&self, local: Option<&Local>, package: &Linked) -> Known<Replacement> {
        local.map_or(Ok(Replacement::Nothing), |local| local.replacement(*self, package))
    }

    /// What is written in its place; `None`: nothing.
    ///
    /// # Errors
    /// When that is not known.
    pub fn written(&self, local: Option<&Local>, package: &Linked) -> Known<Option<Written>> {
        local.map_or(Ok(None), |local| local.written(*self, package))
    }

    /// A peer that npm does not install by itself: `peerDependenciesMeta`.
    pub fn is_optional_peer(&self, manifest: &Manifest) -> bool {
        let meta = manifest.field("peerDependenciesMeta").and_then(|meta| meta.get(self.member.key)?.get("optional"));
        self.field == "peerDependencies" && meta.is_some_and(Value::is_truthy)
    }
}

/// What comes with the package: `normalize.js` of `@npmcli/package-json`.
enum Bundled<'a> {
    Nothing,
    /// The keys of an object.
    Keys(Value<'a>),
    Names(HashSet<&'a str>),
}

impl<'a> Bundled<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        let named = manifest.field("bundleDependencies").or_else(|| manifest.field("bundledDependencies"));
        match named.map(|bundled| (bundled, bundled.type_of())) {
            None => Self::Nothing,
            Some((all, Type::Boolean)) => {
                manifest.field("dependencies").filter(|_| all.is_truthy()).map_or(Self::Nothing, Self::Keys)
            }
            Some((list, Type::Array)) => Self::Names(list.elements().filter_map(Value::as_str).collect()),
            Some((other, _)) => Self::Keys(other),
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Keys(object) => object.get(name).is_some(),
            Self::Names(names) => names.contains(name),
        }
    }
}
