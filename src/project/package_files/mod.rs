//! Which files a package manager packs, worked out from the folder and package.json as they are: no script runs, nothing
//! outside of the package is followed, and there is an end to what is looked at.

mod bun;
mod bundles;
mod entry_status;
mod fields;
pub mod ignored;
mod named;
mod npm;
mod rules;
mod shared;
mod tree;
mod yarn;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use self::shared::Dialect;
use crate::npm::glob::PatternError;
use crate::npm::release::NpmRelease;
use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::text::json::Value;

/// Who packs.
#[derive(Clone, Debug)]
pub enum Packer {
    /// npm, of some release.
    Npm(NpmRelease),
    /// pnpm 12
    Pnpm,
    /// Yarn 4
    Yarn,
    /// Bun 1.4
    Bun,
}

/// What is packed of a folder.
#[derive(Debug)]
pub struct Listing {
    /// The paths of the files from the package on, with `/`, sorted by their bytes.
    pub files: BTreeSet<String>,
    /// The files of commands, as they are published.
    pub bin: Vec<String>,
    /// Symbolic links that would be packed if they were files; pnpm and Yarn pack them as links.
    pub links: Vec<String>,
}

/// What becomes of an entry of `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    /// Something of it is packed, or nothing was to be expected.
    Fine,
    /// Nothing has that name, or matches.
    Unmatched,
    /// It is there, and an ignore file, from the package on, leaves all of it out.
    Swallowed {
        /// The ignore file.
        by: String,
    },
    /// It is a symbolic link.
    Link,
}

/// What becomes of an entry of `files` where npm packs; `packed`: the files of the package.
///
/// # Errors
/// When it is not known what it matches, or there is too much to look at.
pub fn entry_status(world: &World, folder: &Path, entry: &str, packed: &[&str]) -> Result<EntryStatus, ListError> {
    entry_status::of(world, folder, entry, packed)
}

/// What is packed.
#[derive(Clone, Copy)]
pub struct Package<'a> {
    /// The machine.
    pub world: &'a World,
    /// Its package.json.
    pub manifest: &'a Manifest,
    /// The root of the project, as npm finds it.
    pub prefix: &'a Path,
    /// The folders of the workspaces that are selected together, sorted, the root's own among them where it is.
    pub selected: &'a [&'a Path],
    /// The user's own ignore file, which npm 12 reads: `global-ignore-file`.
    pub global_ignore_file: Option<&'a Path>,
    /// The folders of its own workspaces.
    pub members: &'a [PathBuf],
}

/// Why there is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The package manager stops.
    #[error("{0}")]
    Refused(String),
    /// It stops at a pattern: which one, and why.
    #[error("{0}")]
    Pattern(String),
    /// It stops at a folder or an ignore file.
    #[error("`{path}` cannot be read: {why}")]
    Unreadable {
        /// As shown.
        path: String,
        /// What reading it comes to.
        why: String,
    },
    /// It has no end of what it looks at for this entry of `files`.
    #[error("npm looks at every file around the package for the entry `{0}` of `files`, and may not finish")]
    Endless(String),
    /// It is not known which files it packs.
    #[error("{0}")]
    Unknown(String),
}

impl From<PatternError> for ListError {
    fn from(error: PatternError) -> Self {
        if error.is_refused() { Self::Pattern(format!("a pattern: {error}")) } else { Self::Unknown(error.to_string()) }
    }
}

/// What a package manager packs.
///
/// # Errors
/// When the package manager stops, or it is not known which files it packs.
pub fn list(packer: &Packer, package: &Package<'_>) -> Result<Listing, ListError> {
    let is_complete = ["name", "version"].iter().all(|key| package.manifest.field(key).is_some_and(Value::is_truthy));
    if !is_complete && !matches!(packer, Packer::Yarn) {
        return Err(ListError::Refused("a package needs a name and a version before it can be packed".to_owned()));
    }
    match packer {
        Packer::Npm(release) => npm::list(package, Dialect::Npm(release)),
        Packer::Pnpm => npm::list(package, Dialect::Pnpm),
        Packer::Yarn => yarn::list(package),
        Packer::Bun => bun::list(package),
    }
}
