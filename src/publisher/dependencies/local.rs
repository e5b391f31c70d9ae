//! What `workspace:` and `catalog:` stand for in a project: pnpm, Yarn since 2 and Bun write a version or a range in their place
//! when they publish, and stop where they find none. Each does it in its own way, in a file of its own.

mod bun;
mod pnpm;
mod yarn;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Dependency;
use super::linked::{Linked, is_relative};
use crate::facts::{Known, Reason, Unknown};
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::members::{self, Catalogs, DEFAULT_CATALOG};
use crate::project::npm_config::workspaces::{Workspace, workspaces};
use crate::project::world::World;
use crate::project::yarn_files;
use crate::publisher::Manager;
use crate::text::json::Value;

/// The members and catalogs of a project that another client than npm publishes.
#[derive(Clone, Debug)]
pub struct Local {
    manager: Manager,
    /// The client's; `None`: not known.
    version: Option<Version>,
    /// The folder of the workspace.
    root: PathBuf,
    /// By name; `None`: the list cannot be read.
    members: Option<BTreeMap<String, Member>>,
    /// A member has members of its own, as Yarn has them, which are not among these.
    has_inner_members: bool,
    /// `None`: they cannot be read.
    catalogs: Option<Catalogs>,
    /// Code of the project's may add to the catalogs.
    has_plugins: bool,
}

#[derive(Clone, Debug)]
struct Member {
    folder: PathBuf,
    version: Option<String>,
    is_private: bool,
}

/// What happens to a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// It is published as it is.
    Nothing,
    /// Something else is written.
    Written(Written),
    /// The client stops.
    Refused(Refused),
}

/// What is written in the place of a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub spec: String,
    /// Where it comes from, for the author: a sentence without a full stop.
    pub note: String,
}

/// Why a client cannot replace a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is missing: a clause that goes on after "but".
    pub what: String,
    /// Why that stops the client: a sentence without a full stop.
    pub why: String,
    /// What to do: a sentence without a full stop.
    pub help: String,
    /// The client's code.
    pub code: Option<&'static str>,
    /// Installing fixes it.
    pub is_not_installed: bool,
}

impl Local {
    /// Those of the project around a folder, for the client of that version; `None`: it is not known.
    pub fn read(world: &World, folder: &Path, manager: Manager, version: Option<Version>) -> Self {
        let declares = |folder: &Path| Manifest::read(world, folder).field("workspaces").is_some();
        let is_root = |folder: &&Path| match manager {
            Manager::Pnpm => world.files.is_file(&folder.join(members::PNPM_FILE)),
            Manager::Yarn => world.files.is_file(&folder.join(yarn_files::LOCKFILE)) || declares(folder),
            Manager::Npm | Manager::Bun => declares(folder),
        };
        let root = folder.ancestors().find(is_root).unwrap_or(folder);
        let since_11 = version.as_ref().is_some_and(|version| *version >= Version::new(11, 0, 0));
        let has_list = manager == Manager::Pnpm && world.files.is_file(&root.join(members::PNPM_FILE));
        let listed = has_list.then(|| members::of_pnpm(world, root));
        // To pnpm since 11 what is no member has no workspace.
        let is_member = |listed| members::is_in_pnpm_workspace(listed, root, folder);
        let is_alone = since_11 && listed.as_ref().is_some_and(|listed| !is_member(listed));
        let (root, listed) = if is_alone { (folder, None) } else { (root, listed) };
        let manifest = Manifest::read(world, root);
        let found = match manager {
            Manager::Pnpm => listed.map_or_else(|| Some(Vec::new()), Result::ok),
            _ => workspaces(world, root, &manifest).ok(),
        };
        let (catalogs, has_plugins) = match manager {
            Manager::Pnpm => pnpm::catalogs(world, root),
            Manager::Yarn => yarn::catalogs(world, folder),
            Manager::Npm | Manager::Bun => (Some(bun::catalogs(&manifest)), false),
        };
        let text = |manifest: &Manifest, key| manifest.field(key).and_then(Value::as_str).map(str::to_owned);
        let has_own = |one: &Workspace| one.folder != root && one.manifest.field("workspaces").is_some();
        let has_inner_members = manager == Manager::Yarn && found.iter().flatten().any(has_own);
        let root_itself = text(&manifest, "name").map(|name| Workspace { name, folder: root.to_owned(), manifest });
        let member = |one: Workspace| {
            let version = text(&one.manifest, "version").filter(|version| !version.is_empty());
            (one.name, Member { version, is_private: one.manifest.is_private(), folder: one.folder })
        };
        let members = found.map(|found| root_itself.into_iter().chain(found).map(member).collect());
        Self { manager, version, root: root.to_owned(), members, has_inner_members, catalogs, has_plugins }
    }

    /// What happens to a dependency of a package.
    ///
    /// # Errors
    /// When nothing that is read says so.
    pub fn replacement(&self, dependency: Dependency<'_>, package: &Linked) -> Known<Replacement> {
        match self.manager {
            Manager::Pnpm => pnpm::replacement(self, dependency, package),
            Manager::Yarn => yarn::replacement(self, dependency),
            Manager::Bun => bun::replacement(self, dependency, package),
            Manager::Npm => Ok(Replacement::Nothing),
        }
    }

    /// What is written in the place of a dependency of a package, if the client does not stop; `None`: nothing. Where its
    /// version is not known, that is what the newest writes.
    ///
    /// # Errors
    /// When nothing that is read says so.
    pub fn written(&self, dependency: Dependency<'_>, package: &Linked) -> Known<Option<Written>> {
        let replacement = match (self.manager, &self.version) {
            (Manager::Pnpm, None) => pnpm::of_newest(self, dependency, package),
            _ => self.replacement(dependency, package),
        };
        Ok(match replacement? {
            Replacement::Written(written) => Some(written),
            Replacement::Nothing | Replacement::Refused(_) => None,
        })
    }

    /// What the client would find installed of the dependencies of a package; `own_folder`: its folder, where the manifest lies
    /// in another one, which is packed.
    pub fn linked(&self, world: &World, manifest: &Manifest, own_folder: Option<&Path>) -> Linked {
        let wanted = super::everywhere(manifest).filter_map(|dependency| match self.manager {
            Manager::Pnpm => Some((dependency.member.key, pnpm::behind_workspace(self, dependency)?)),
            Manager::Npm | Manager::Yarn | Manager::Bun => None,
        });
        Linked::read(world, &manifest.folder, own_folder.unwrap_or(&manifest.folder), wanted)
    }

    /// The member with that name; `Err`: there is none, and the client stops.
    fn member(&self, spec: &str, wanted: &str) -> Known<Result<&Member, Refused>> {
        let members = self.members.as_ref();
        let members = members.ok_or_else(|| self.open(spec, "the list of members cannot be read"))?;
        match members.get(wanted) {
            Some(member) => Ok(Ok(member)),
            None if self.has_inner_members => {
                Err(self
                    .open(spec, &format!("`{wanted}` may be a nested workspace, and nested workspaces are not read")))
            }
            None => Ok(Err(self.refused(
                format!("no package in the workspace is named `{wanted}`"),
                "correct the name, add the package to the workspace, or write a version range",
            ))),
        }
    }

    /// The member in that folder, and its name.
    fn member_in(&self, folder: &Path) -> Option<(&str, &Member)> {
        let mut members = self.members.iter().flatten();
        members.find(|(_, member)| member.folder == folder).map(|(name, member)| (name.as_str(), member))
    }

    /// What a catalog has for a dependency; `Err`: nothing, and the client stops.
    fn entry(&self, spec: &str, catalogs: &[&str], name: &str) -> Known<Result<String, Refused>> {
        let all = self.catalogs.as_ref().ok_or_else(|| self.open(spec, "the catalogs cannot be read"))?;
        let listed = catalogs.iter().find_map(|catalog| all.get(*catalog)?.get(name));
        // Yarn takes an empty one for none.
        if let Some(listed) = listed.filter(|entry| self.manager != Manager::Yarn || !entry.is_empty()) {
            return Ok(Ok(listed.clone()));
        }
        if self.has_plugins {
            return Err(self.open(spec, &format!("the catalogs have no `{name}`, but a plugin may add it")));
        }
        let catalog = match catalogs.first() {
            Some(&DEFAULT_CATALOG) | None => "the default catalog".to_owned(),
            Some(catalog) => format!("the catalog `{catalog}`"),
        };
        let file = match self.manager {
            Manager::Pnpm => members::PNPM_FILE,
            Manager::Yarn => yarn_files::SETTINGS,
            Manager::Npm | Manager::Bun => "the package.json of the workspace",
        };
        Ok(Err(self.refused(
            format!("{catalog} has no entry for it"),
            &format!("add the entry to the catalog in {file}, or write a version range"),
        )))
    }

    /// A version that a member lacks.
    fn no_version(&self, wanted: &str) -> Refused {
        self.refused(format!("the workspace package `{wanted}` has no version"), "give it a `version`")
    }

    /// A catalog's entry that leads to another catalog.
    fn recursive(&self) -> Refused {
        self.refused("its entry in the catalog refers to a catalog itself".to_owned(), "write a version range there")
    }

    fn refused(&self, what: String, help: &str) -> Refused {
        let why = format!("{} has nothing to replace it with, and fails", self.manager.name());
        Refused { what, why, help: help.to_owned(), code: None, is_not_installed: false }
    }

    fn write(&self, spec: &str, range: String, member: Option<&Member>) -> Replacement {
        let what = if member.is_some_and(|member| member.is_private) { ", and that workspace is private" } else { "" };
        let note = format!("{} writes `{range}` for `{spec}`{what}", self.manager.name());
        Replacement::Written(Written { spec: range, note })
    }

    fn open(&self, spec: &str, why: &str) -> Unknown {
        let client = self.manager.name();
        Unknown::new(Reason::Unsupported, format!("it is not known what {client} writes for `{spec}`, because {why}"))
    }
}

/// `name@range` behind `workspace:`, where a dependency goes by another name.
fn alias(rest: &str) -> Option<(&str, &str)> {
    rest.rfind('@').filter(|at| *at > 0).map(|at| (&rest[..at], &rest[at + 1..]))
}

/// The names under which pnpm and Bun look for a catalog.
fn catalog_names(catalog: &str) -> Vec<&str> {
    match catalog.trim() {
        "" | "default" => vec![DEFAULT_CATALOG, "default"],
        named => vec![named],
    }
}

#[cfg(test)]
mod tests;
