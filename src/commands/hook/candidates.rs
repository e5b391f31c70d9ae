//! The packages of a commit that could be released: members of a workspace, and stand-alone packages. A package.json in
//! another package's folder, such as a test's fixture, is none of them; in the folder of a private one that has no
//! members it may be either.

use std::path::{Path, PathBuf};

use super::commit::Commit;
use crate::npm::version::Version;
use crate::project::manifest::{Broken, Manifest};
use crate::project::members::of_others;
use crate::project::npm_config::workspaces::{WorkspacesError, declared_folders};
use crate::project::world::World;
use crate::text::json::Value;

/// A package.json that has a name, or that npm cannot read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) folder: PathBuf,
    /// The same where symbolic links lead.
    pub(super) real: PathBuf,
    /// The folder in which npm would be started: that of the workspaces' root.
    pub(super) root: PathBuf,
    /// Of a broken one: what its text seems to say.
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) is_private: bool,
    /// It lies in the folder of a private package without members: a tag without a name is not about it.
    pub(super) is_inner: bool,
    /// Why npm cannot read it: a sentence about `package.json` without a full stop.
    pub(super) broken: Option<String>,
}

impl Candidate {
    /// Its version is the one that a tag promises.
    pub(super) fn has_version(&self, promised: &Version) -> bool {
        self.version.as_deref().and_then(|own| Version::valid(own, true)).as_ref() == Some(promised)
    }
}

/// All of a commit; `folders` are [its own](Commit::package_folders).
pub(super) fn candidates(files: &Commit, folders: &[PathBuf], world: &World) -> Vec<Candidate> {
    let world = world.with_files(Box::new(files.clone()), files.root().to_path_buf());
    let mut found = Vec::new();
    collect(&world, folders, false, &mut found);
    found
}

/// Those of these sorted folders that lie in no other one, and their members.
fn collect(world: &World, folders: &[PathBuf], is_inner: bool, found: &mut Vec<Candidate>) {
    for root in roots(folders) {
        let manifest = Manifest::read(world, root);
        // One that npm cannot read keeps the others from being members for npm, and is reported separately.
        let declared = declared_folders(world, root, &manifest);
        let others = || of_others(world, root).map(|members| members.into_iter().map(|member| member.folder).collect());
        let mut members = match declared {
            Err(WorkspacesError::Expansion(_)) => below(folders, root),
            Ok(declared) if !declared.is_empty() => declared,
            // Where it is not known which packages are members, all may be.
            _ => others().unwrap_or_else(|_| below(folders, root)),
        };
        members.retain(|folder| folder != root);
        let mut add = |manifest: &Manifest, folder: &Path| {
            let real = world.files.real_path(folder).unwrap_or_else(|_| folder.to_path_buf());
            found.extend(candidate(manifest, folder, root).map(|one| Candidate { real, is_inner, ..one }));
        };
        add(&manifest, root);
        for folder in &members {
            add(&Manifest::read(world, folder), folder);
        }
        if members.is_empty() && manifest.is_private() && manifest.field("workspaces").is_none() {
            collect(world, &below(folders, root), true, found);
        }
    }
}

/// Those of sorted folders that are below no other one.
fn roots(folders: &[PathBuf]) -> Vec<&PathBuf> {
    let mut roots: Vec<&PathBuf> = Vec::new();
    for folder in folders {
        if roots.last().is_none_or(|root| !is_below(folder, root)) {
            roots.push(folder);
        }
    }
    roots
}

fn below(folders: &[PathBuf], root: &Path) -> Vec<PathBuf> {
    folders.iter().filter(|folder| is_below(folder, root)).cloned().collect()
}

pub(super) fn is_below(folder: &Path, other: &Path) -> bool {
    folder != other && folder.starts_with(other)
}

fn candidate(manifest: &Manifest, folder: &Path, root: &Path) -> Option<Candidate> {
    let (folder, root) = (folder.to_path_buf(), root.to_path_buf());
    let text = |field: &str| manifest.field(field).and_then(Value::as_str).map(str::to_owned);
    match &manifest.broken {
        None => Some(Candidate {
            folder,
            root,
            real: PathBuf::new(),
            name: Some(text("name")?),
            version: text("version"),
            is_private: manifest.is_private(),
            is_inner: false,
            broken: None,
        }),
        Some(Broken::Missing { .. }) => None,
        Some(broken) => {
            let name = name_in_text(manifest.source.text());
            Some(Candidate { folder, root, name, broken: Some(broken.to_string()), ..Candidate::default() })
        }
    }
}

/// The first `"name": "…"` of a text that is no JSON.
fn name_in_text(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"name\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (name, _) = rest.split_once(['"', '\\', '\n'])?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_package_is_not_a_root_whatever_its_siblings_are_called() {
        let sorted = |paths: &[&str]| {
            let mut folders: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            folders.sort();
            folders
        };
        let folders = sorted(&["/r/a-b", "/r/a", "/r/a/x", "/r/a.c/y", "/r/a/x/z", "/r/a/q", "/r/b/c", "/r/b/d"]);
        let shown: Vec<String> = roots(&folders).iter().map(|root| root.display().to_string()).collect();
        assert_eq!(shown, ["/r/a", "/r/a-b", "/r/a.c/y", "/r/b/c", "/r/b/d"]);
        assert_eq!(roots(&sorted(&["/r/a", "/r", "/r/a-b"])).len(), 1);
    }

    #[test]
    fn the_name_is_found_even_in_invalid_json() {
        let name_in = |text: &str| name_in_text(text).unwrap_or_default();
        assert_eq!(name_in("{\n  \"name\" : \"@acme/a\",\n  \"version\": \"1.0.0\",\n}"), "@acme/a");
        for text in ["", "{", "{\"name\"}", "{\"name\": 1}", "{\"name\": \"a"] {
            assert_eq!(name_in(text), "", "{text}");
        }
    }
}
