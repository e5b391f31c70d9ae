//! What the parts of npm's list share: who packs, the disk as far as it was looked at, and the rules that count everywhere.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::rules::RuleSet;
use super::tree::Tree;
use crate::npm::glob::Steps;
use crate::npm::release::NpmRelease;

/// Which ignore files of a folder count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// A package: what it says itself, and its ignore files.
    Package,
    /// A bundled dependency: what it says itself.
    Bundled,
    /// A folder of one.
    Folder,
    /// A folder of a package with workspaces, where a package.json is read like an ignore file.
    WorkspaceFolder,
}

/// Which npm packs, or who does it as npm does.
#[derive(Clone, Copy)]
pub(super) enum Dialect<'a> {
    Npm(&'a NpmRelease),
    Pnpm,
}

impl Dialect<'_> {
    /// The entries of `files` are expanded on the disk.
    pub(super) fn expands_files(self) -> bool {
        matches!(self, Self::Npm(release) if release.expands_files())
    }
}

/// What every folder of a list has in common.
pub(super) struct Shared<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) dialect: Dialect<'a>,
    pub(super) steps: &'a Steps,
    /// What is left out in every folder.
    pub(super) defaults: Rc<RuleSet>,
    /// What is strictly left out of a folder that is no package.
    pub(super) strict: Rc<RuleSet>,
}

/// A path below a package, without `.` and `..`.
pub(super) fn join(base: &Path, path: &str) -> PathBuf {
    let mut joined = base.to_path_buf();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(joined.pop()),
            part => joined.push(part),
        }
    }
    joined
}
