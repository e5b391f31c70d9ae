//! The files as a commit has them: what is pushed need not be what is checked out. Only files that no commit has, such
//! as an untracked .npmrc, are read from the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::world::git::{GitError, git, git_text};
use crate::world::read::within;
use crate::world::{Disk, Files, limit};

/// Read at once, because every package needs them; others one by one.
const READ_AT_ONCE: [&str; 3] = ["package.json", ".npmrc", crate::settings::FILE];

/// Configuration that may be kept out of the repository.
const OFTEN_UNTRACKED: [&str; 2] = [".npmrc", crate::settings::FILE];

/// How many bytes of them are held for a commit.
const HELD_AT_ONCE: u64 = 8 * limit::MANIFEST;

/// The tree of a commit, laid over the disk.
pub(super) struct Commit {
    /// The root of the working tree.
    root: PathBuf,
    /// Path from the root -> object.
    objects: BTreeMap<PathBuf, String>,
    /// Folder -> the names in it.
    folders: BTreeMap<PathBuf, BTreeSet<String>>,
    read: BTreeMap<String, Vec<u8>>,
    disk: Disk,
}

impl Commit {
    /// The files of `commit`; `root` is the top of the working tree.
    ///
    /// # Errors
    /// When git cannot tell them.
    pub(super) fn read(root: &Path, commit: &str) -> Result<Self, GitError> {
        let listed = git(root, &["ls-tree", "-r", "-z", "--full-tree", commit], b"")?;
        let mut objects = BTreeMap::new();
        let mut folders: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::from([(PathBuf::new(), BTreeSet::new())]);
        for entry in listed.split(|byte| *byte == 0) {
            let entry = String::from_utf8_lossy(entry);
            let Some((info, path)) = entry.split_once('\t') else { continue };
            let [_, "blob", object] = info.split(' ').collect::<Vec<_>>()[..] else { continue };
            let path = PathBuf::from(path);
            for (entry, folder) in path.ancestors().zip(path.ancestors().skip(1)) {
                let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if !folders.entry(folder.to_path_buf()).or_default().insert(name) {
                    break;
                }
            }
            objects.insert(path, object.to_owned());
        }
        let wanted: Vec<String> = objects
            .iter()
            .filter(|(path, _)| path.file_name().is_some_and(|name| READ_AT_ONCE.iter().any(|wanted| name == *wanted)))
            .map(|(_, object)| object.clone())
            .collect();
        let wanted = if wanted.is_empty() { wanted } else { small(root, &wanted)? };
        let read = if wanted.is_empty() { BTreeMap::new() } else { blobs(root, &wanted)? };
        Ok(Self { root: root.to_path_buf(), objects, folders, read, disk: Disk })
    }

    /// The top of the working tree.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folders with a package.json, sorted: one comes right before those below it.
    pub(super) fn package_folders(&self) -> Vec<PathBuf> {
        let manifests = self.objects.keys().filter(|path| path.file_name().is_some_and(|name| name == "package.json"));
        let own = manifests.filter(|path| !path.components().any(|part| part.as_os_str() == "node_modules"));
        let mut folders: Vec<PathBuf> = own.filter_map(|path| Some(self.root.join(path.parent()?))).collect();
        // By their files `a/lib` comes before `a`.
        folders.sort();
        folders
    }

    /// The path from the root of what the commit decides about; `None`: the disk does.
    fn tracked<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        let inside = path.strip_prefix(&self.root).ok()?;
        if inside.components().any(|part| part.as_os_str() == ".git" || part.as_os_str() == "node_modules") {
            return None;
        }
        let is_loose = !self.objects.contains_key(inside)
            && inside.file_name().is_some_and(|name| OFTEN_UNTRACKED.iter().any(|loose| name == *loose));
        // A file that the commit does not have, but the index does, was added later.
        let is_loose = is_loose && self.disk.git_tracks(path) == Some(false);
        (!is_loose).then_some(inside)
    }
}

impl Files for Arc<Commit> {
    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        let Some(inside) = self.tracked(path) else { return self.disk.read(path, at_most) };
        match self.objects.get(inside) {
            Some(object) => match self.read.get(object) {
                Some(bytes) => within(bytes.len() as u64, at_most).map(|()| bytes.clone()),
                None => {
                    let size = git_text(&self.root, &["cat-file", "-s", object]).map_err(io::Error::other)?;
                    within(size.parse().unwrap_or(u64::MAX), at_most)?;
                    git(&self.root, &["cat-file", "blob", object], b"").map_err(io::Error::other)
                }
            },
            None if self.folders.contains_key(inside) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn readable(&self, path: &Path) -> io::Result<()> {
        match self.tracked(path) {
            Some(inside) if self.objects.contains_key(inside) => Ok(()),
            Some(inside) if self.folders.contains_key(inside) => Err(io::ErrorKind::IsADirectory.into()),
            Some(_) => Err(io::ErrorKind::NotFound.into()),
            None => self.disk.readable(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.tracked(path).map_or_else(|| self.disk.is_file(path), |inside| self.objects.contains_key(inside))
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.tracked(path).map_or_else(|| self.disk.is_dir(path), |inside| self.folders.contains_key(inside))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let Some(inside) = self.tracked(path) else { return self.disk.list(path) };
        let names = self.folders.get(inside).ok_or(io::ErrorKind::NotFound)?;
        Ok(names.iter().cloned().collect())
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        match self.tracked(path) {
            Some(_) if self.is_file(path) || self.is_dir(path) => Ok(path.to_path_buf()),
            Some(_) => Err(io::ErrorKind::NotFound.into()),
            None => self.disk.real_path(path),
        }
    }

    fn git_tracks(&self, path: &Path) -> Option<bool> {
        Some(path.strip_prefix(&self.root).is_ok_and(|inside| self.objects.contains_key(inside)))
    }
}

/// Those objects that may be read and held together; the others are read one by one, if at all.
fn small(root: &Path, objects: &[String]) -> Result<Vec<String>, GitError> {
    let mut asked = objects.join("\n");
    asked.push('\n');
    let sizes = git(root, &["cat-file", "--batch-check=%(objectname) %(objectsize)"], asked.as_bytes())?;
    let sizes = String::from_utf8_lossy(&sizes);
    let mut left = HELD_AT_ONCE;
    let sized = sizes.lines().filter_map(|line| line.split_once(' '));
    let small = sized.filter(|(_, size)| {
        let size = size.parse().unwrap_or(u64::MAX);
        let rest = left.checked_sub(size).filter(|_| size <= limit::MANIFEST);
        left = rest.unwrap_or(left);
        rest.is_some()
    });
    Ok(small.map(|(object, _)| object.to_owned()).collect())
}

/// The contents of objects, by one git.
fn blobs(root: &Path, objects: &[String]) -> Result<BTreeMap<String, Vec<u8>>, GitError> {
    let mut asked = objects.join("\n");
    asked.push('\n');
    let output = git(root, &["cat-file", "--batch"], asked.as_bytes())?;
    let mut rest = &output[..];
    let mut blobs = BTreeMap::new();
    // `<object> blob <size>`, the content, a line feed.
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8_lossy(&rest[..end]);
        let [object, "blob", size] = head.split(' ').collect::<Vec<_>>()[..] else { break };
        let Some(content) = size.parse::<usize>().ok().and_then(|size| rest.get(end + 1..end + 1 + size)) else {
            break;
        };
        blobs.insert(object.to_owned(), content.to_vec());
        rest = rest.get(end + 2 + content.len()..).unwrap_or_default();
    }
    Ok(blobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(paths: &[&str]) -> Arc<Commit> {
        let objects = paths.iter().map(|path| (PathBuf::from(path), "of no repository".to_owned())).collect();
        let folders = BTreeMap::from([(PathBuf::from("lib"), BTreeSet::new())]);
        Arc::new(Commit { root: PathBuf::from("/project"), objects, folders, read: BTreeMap::new(), disk: Disk })
    }

    #[test]
    fn a_package_comes_right_before_those_below_it() {
        let files = commit(&["a/lib/package.json", "a/package.json", "a/z/package.json", "a-b/package.json"]);
        let expected = ["a", "a/lib", "a/z", "a-b"].map(|folder| Path::new("/project").join(folder));
        assert_eq!(files.package_folders(), expected);
    }

    #[test]
    fn whether_a_file_of_a_commit_may_be_read_is_known_without_its_content() {
        let files = commit(&["lib/README.md"]);
        let readable = |path: &str| files.readable(Path::new(path)).map_err(|error| error.kind());
        assert_eq!(readable("/project/lib/README.md"), Ok(()));
        assert_eq!(readable("/project/lib"), Err(io::ErrorKind::IsADirectory));
        assert_eq!(readable("/project/README.md"), Err(io::ErrorKind::NotFound));
    }
}
