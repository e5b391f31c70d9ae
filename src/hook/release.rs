//! Which packages of a commit are meant by a tag or a changed version: members of a workspace, and packages that stand
//! for themselves. A package.json in another package's folder, such as a test's fixture, is none of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commit::Commit;
use crate::ci::ReleaseTag;
use crate::json::Value;
use crate::manifest::Manifest;
use crate::members::of_others;
use crate::npm_config::workspaces::workspace_folders;
use crate::version::Version;
use crate::world::World;

/// What says that something is released.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Release {
    /// A tag with a version in it.
    Tag(String),
    /// A package.json, from the root of the repository, with a new version.
    Manifest(PathBuf),
}

/// A package to judge.
pub(super) struct Package {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The folder in which npm would be started: that of the workspaces' root.
    pub(super) root: PathBuf,
    /// The tag that names it.
    pub(super) tag: Option<String>,
}

/// A package that could be released.
struct Candidate {
    folder: PathBuf,
    root: PathBuf,
    name: String,
    version: String,
}

/// The packages that are released, each once.
pub(super) fn packages(files: &Arc<Commit>, world: &World, releases: &BTreeSet<Release>) -> Vec<Package> {
    let candidates = candidates(files, world);
    let mut found: Vec<Package> = Vec::new();
    // Tags come first: a package that a tag names keeps it.
    for release in releases {
        let tag = match release {
            Release::Tag(tag) => Some(tag.clone()),
            Release::Manifest(_) => None,
        };
        for candidate in meant(release, &candidates, files.root()) {
            if !found.iter().any(|known| known.folder == candidate.folder) {
                let (folder, root) = (candidate.folder.clone(), candidate.root.clone());
                found.push(Package { folder, root, tag: tag.clone() });
            }
        }
    }
    found
}

fn meant<'c>(release: &Release, candidates: &'c [Candidate], top: &Path) -> Vec<&'c Candidate> {
    let tag = match release {
        Release::Manifest(path) => {
            let folder = top.join(path).parent().map(Path::to_path_buf);
            return candidates.iter().filter(|candidate| Some(&candidate.folder) == folder.as_ref()).collect();
        }
        Release::Tag(tag) => tag,
    };
    let Some(ReleaseTag { name, version: promised }) = ReleaseTag::parse(tag) else { return Vec::new() };
    if let Some(name) = name {
        return candidates.iter().filter(|candidate| candidate.name == name).collect();
    }
    let keeps = |candidate: &&Candidate| Version::valid(&candidate.version, true).as_ref() == Some(&promised);
    let keeping: Vec<_> = candidates.iter().filter(keeps).collect();
    if !keeping.is_empty() {
        return keeping;
    }
    // Of several packages with versions of their own none need be meant, unless one of them is the repository itself.
    let is_alone = candidates.len() == 1;
    candidates.iter().filter(|candidate| is_alone || candidate.folder == top).collect()
}

/// Packages with a name and a version that are not private.
fn candidates(files: &Arc<Commit>, world: &World) -> Vec<Candidate> {
    let world = world.with_files(Box::new(Arc::clone(files)), files.root().to_path_buf());
    let folders = files.package_folders();
    let mut candidates = Vec::new();
    for root in folders.iter().filter(|folder| !folders.iter().any(|other| is_below(folder, other))) {
        let manifest = Manifest::read(&world, root);
        let mut members = workspace_folders(&world, root, &manifest);
        if members.is_empty() {
            members.extend(of_others(&world, root).into_iter().map(|member| member.folder).filter(|own| own != root));
        }
        candidates.extend(candidate(&manifest, root, root));
        candidates.extend(members.iter().filter_map(|folder| candidate(&Manifest::read(&world, folder), folder, root)));
    }
    candidates
}

fn is_below(folder: &Path, other: &Path) -> bool {
    folder != other && folder.starts_with(other)
}

fn candidate(manifest: &Manifest, folder: &Path, root: &Path) -> Option<Candidate> {
    let text = |field: &str| manifest.field(field).and_then(Value::as_str).map(str::to_owned);
    if manifest.is_private() {
        return None;
    }
    let (folder, root) = (folder.to_path_buf(), root.to_path_buf());
    Some(Candidate { folder, root, name: text("name")?, version: text("version")? })
}
