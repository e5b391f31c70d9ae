//! The files as a commit has them: what is pushed need not be what is checked out. Only files that no commit has, such
//! as an untracked .npmrc, are read from the disk. Symbolic links are followed inside the commit; one that leads out of
//! the repository is not, since what lies there is not pushed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::project::world::git::{GitError, Kind, Object, Objects, path_of};
use crate::project::world::read::within;
use crate::project::world::{Disk, Entry as FolderEntry, EntryKind as FolderEntryKind, Files, locked};

/// Configuration that may be kept out of the repository.
pub(super) const OFTEN_UNTRACKED: [&str; 2] = [".npmrc", crate::commands::settings::FILE];

/// The most symbolic links that are followed on one path, as on Linux.
const MOST_LINKS: usize = 40;

/// The longest target of a symbolic link, in bytes, as on Linux.
const LONGEST_TARGET: usize = 4096;

/// The largest folder that is read, in bytes of its object: some 250,000 files.
const LARGEST_FOLDER: usize = 8 * 1024 * 1024;

/// How many folders deep packages are looked for. Paths of systems have an end, those of a commit need not.
const DEEPEST: usize = 200;

/// The most folders with a package.json. A few objects can make any number of them, by holding one another many times.
const MOST_PACKAGES: usize = 100_000;

/// The most entries of folders that are kept in memory.
const MOST_ENTRIES: usize = 500_000;

/// The commits of a repository, and the files on the disk that none of them has.
pub(super) struct Store {
    /// The root of the working tree.
    root: PathBuf,
    objects: Objects,
    /// What was found by the name of a commit or a tag: many branches start from the same commit.
    commits: Mutex<HashMap<String, Option<CommitId>>>,
    /// Folders that were read, by object: commits share most of them.
    trees: Mutex<Trees>,
    /// Object of a folder -> the folders with a package.json in it, from there.
    packages: Mutex<HashMap<String, Arc<Vec<PathBuf>>>>,
    /// Whether git tracks a file of the working tree.
    tracked: Mutex<HashMap<PathBuf, bool>>,
    disk: Disk,
}

#[derive(Default)]
struct Trees {
    read: HashMap<String, Arc<Tree>>,
    entries: usize,
}

/// A folder of a commit: name -> what is there.
type Tree = BTreeMap<OsString, Entry>;

#[derive(Clone, Debug)]
struct Entry {
    kind: EntryKind,
    object: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    File,
    Link,
    Folder,
    Submodule,
}

/// What is at the end of a path.
#[derive(Debug)]
enum Found {
    /// The object of a file.
    File(String),
    /// The object of a folder; `None`: a submodule, which is empty here.
    Folder(Option<String>),
}

/// A commit and its files.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CommitId {
    pub(super) commit: String,
    pub(super) tree: String,
}

impl Store {
    /// `root` is the top of the working tree.
    ///
    /// # Errors
    /// When git cannot be started.
    pub(super) fn open(root: &Path) -> Result<Self, GitError> {
        Ok(Self {
            root: root.to_path_buf(),
            objects: Objects::open(root)?,
            commits: Mutex::default(),
            trees: Mutex::default(),
            packages: Mutex::default(),
            tracked: Mutex::default(),
            disk: Disk,
        })
    }

    /// The top of the working tree.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that an object is, or that a tag leads to; `None`: it leads to something else, or is not here.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn commit(&self, object: &str) -> Result<Option<CommitId>, GitError> {
        if let Some(known) = locked(&self.commits).get(object) {
            return Ok(known.clone());
        }
        self.look_up(&BTreeSet::from([object]))?;
        Ok(locked(&self.commits).get(object).cloned().flatten())
    }

    /// Finds all of these commits at once, before they are asked for one by one.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn look_up(&self, objects: &BTreeSet<&str>) -> Result<(), GitError> {
        let revisions: Vec<String> = objects.iter().map(|object| format!("{object}^{{commit}}")).collect();
        let revisions: Vec<&str> = revisions.iter().map(String::as_str).collect();
        let found = self.objects.get_all(&revisions, |object| object.and_then(commit_of))?;
        locked(&self.commits).extend(objects.iter().map(|object| (*object).to_owned()).zip(found));
        Ok(())
    }

    fn tree(&self, object: &str) -> io::Result<Arc<Tree>> {
        let mut trees = locked(&self.trees);
        if let Some(tree) = trees.read.get(object) {
            return Ok(Arc::clone(tree));
        }
        let found = self.objects.get(object).map_err(io::Error::other)?;
        let Some(Object { kind: Kind::Tree, bytes: Some(bytes), .. }) = found else { return Err(missing()) };
        if bytes.len() > LARGEST_FOLDER {
            return Err(too_large());
        }
        let tree = Arc::new(entries(&bytes, object.len() / 2));
        if trees.entries > MOST_ENTRIES {
            *trees = Trees::default();
        }
        trees.entries += tree.len();
        trees.read.insert(object.to_owned(), Arc::clone(&tree));
        Ok(tree)
    }

    fn blob(&self, object: &str) -> io::Result<Vec<u8>> {
        let found = self.objects.get(object).map_err(io::Error::other)?.ok_or_else(missing)?;
        found.bytes.ok_or_else(too_large)
    }

    /// The folders with a package.json below a folder that is itself so deep, from there.
    fn packages_below(&self, object: &str, depth: usize) -> io::Result<Arc<Vec<PathBuf>>> {
        if let Some(known) = locked(&self.packages).get(object) {
            return Ok(Arc::clone(known));
        }
        if depth > DEEPEST {
            return Err(io::Error::other(format!("the commit has folders nested more than {DEEPEST} deep")));
        }
        let mut found = Vec::new();
        for (name, entry) in &*self.tree(object)? {
            match entry.kind {
                EntryKind::File | EntryKind::Link if name == "package.json" => found.push(PathBuf::new()),
                EntryKind::Folder if name != "node_modules" => {
                    let below = self.packages_below(&entry.object, depth + 1)?;
                    found.extend(below.iter().map(|folder| Path::new(name).join(folder)));
                    if found.len() > MOST_PACKAGES {
                        return Err(io::Error::other(format!(
                            "the commit has more than {MOST_PACKAGES} package.json files"
                        )));
                    }
                }
                _ => {}
            }
        }
        let found = Arc::new(found);
        locked(&self.packages).insert(object.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    /// Follows a path, from the root of the repository, through folders and links; gives the path without links, too.
    fn follow(&self, tree: &str, path: &Path) -> io::Result<(PathBuf, Found)> {
        let mut rest: Vec<OsString> = parts(path)?;
        // The folders down to where the path leads so far.
        let mut folders = vec![(OsString::new(), tree.to_owned())];
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                folders.pop();
                if folders.is_empty() {
                    return Err(outside());
                }
                continue;
            }
            let (_, folder) = folders.last().ok_or_else(outside)?;
            let tree = self.tree(folder)?;
            let entry = tree.get(&part).ok_or(io::ErrorKind::NotFound)?;
            match entry.kind {
                EntryKind::Folder => folders.push((part, entry.object.clone())),
                EntryKind::Link => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "too many symbolic links"));
                    }
                    let target = self.blob(&entry.object)?;
                    if target.len() > LONGEST_TARGET {
                        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "a symbolic link is too long"));
                    }
                    rest.extend(parts(&path_of(&target))?);
                }
                EntryKind::File | EntryKind::Submodule if !rest.is_empty() => {
                    return Err(io::ErrorKind::NotFound.into());
                }
                EntryKind::File => return Ok((joined(&folders).join(&part), Found::File(entry.object.clone()))),
                EntryKind::Submodule => return Ok((joined(&folders).join(&part), Found::Folder(None))),
            }
        }
        let object = folders.last().map(|(_, object)| object.clone());
        Ok((joined(&folders), Found::Folder(object)))
    }

    /// What a commit has at a path from the root of the repository.
    ///
    /// # Errors
    /// As [`std::fs::read`].
    pub(super) fn read(&self, commit: &CommitId, path: &Path) -> io::Result<Vec<u8>> {
        match self.follow(&commit.tree, path)? {
            (_, Found::File(object)) => self.blob(&object),
            (_, Found::Folder(_)) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    /// Whether git tracks a file of the working tree.
    fn tracks(&self, path: &Path) -> bool {
        if let Some(known) = locked(&self.tracked).get(path) {
            return *known;
        }
        // A file that git cannot determine is taken for the commit's, as without git.
        let tracked = self.disk.git_tracks(path).unwrap_or(true);
        locked(&self.tracked).insert(path.to_path_buf(), tracked);
        tracked
    }
}

fn commit_of(object: Object) -> Option<CommitId> {
    let Object { id, kind: Kind::Commit, bytes: Some(bytes) } = object else { return None };
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let tree = String::from_utf8_lossy(first.strip_prefix(b"tree ")?).into_owned();
    Some(CommitId { commit: id, tree })
}

/// The parts of a path, the last one first.
fn parts(path: &Path) -> io::Result<Vec<OsString>> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_owned()),
            Component::ParentDir => parts.push("..".into()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    parts.reverse();
    Ok(parts)
}

fn joined(folders: &[(OsString, String)]) -> PathBuf {
    folders.iter().map(|(name, _)| name).filter(|name| !name.is_empty()).collect()
}

fn outside() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "a symbolic link points outside the repository")
}

/// In a partial clone git would fetch it; it is not allowed to.
fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "this clone does not have the object")
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "it is too large")
}

/// The entries of a tree: mode, blank, name, zero byte, the object in `length` bytes. A name such as `..` or `/etc`, which
/// git never checks out, would lead out of the commit.
fn entries(mut bytes: &[u8], length: usize) -> Tree {
    let mut tree = Tree::new();
    while let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        let (head, rest) = bytes.split_at(end);
        let Some(object) = rest.get(1..=length) else { break };
        let Some(blank) = head.iter().position(|byte| *byte == b' ') else { break };
        let kind = match &head[..blank] {
            b"40000" => EntryKind::Folder,
            b"120000" => EntryKind::Link,
            b"160000" => EntryKind::Submodule,
            _ => EntryKind::File,
        };
        let path = path_of(&head[blank + 1..]);
        bytes = &rest[1 + length..];
        if path.file_name() == Some(path.as_os_str()) {
            tree.insert(path.into_os_string(), Entry { kind, object: hex(object) });
        }
    }
    tree
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| DIGITS[usize::from(digit)]).collect()
}

/// The files of a commit, laid over the disk.
#[derive(Clone)]
pub(super) struct Commit {
    store: Arc<Store>,
    id: CommitId,
}

impl Commit {
    pub(super) fn new(store: &Arc<Store>, id: CommitId) -> Self {
        Self { store: Arc::clone(store), id }
    }

    /// The top of the working tree.
    pub(super) fn root(&self) -> &Path {
        &self.store.root
    }

    /// The folders with a package.json, sorted: one comes right before those below it.
    ///
    /// # Errors
    /// When git cannot list them.
    pub(super) fn package_folders(&self) -> io::Result<Vec<PathBuf>> {
        let below = self.store.packages_below(&self.id.tree, 0)?;
        let mut folders: Vec<PathBuf> = below.iter().map(|folder| self.absolute(folder)).collect();
        // By their files `a/lib` comes before `a`.
        folders.sort();
        Ok(folders)
    }

    /// A path from the root of the repository. The root itself gets no `/` at its end.
    fn absolute(&self, inside: &Path) -> PathBuf {
        self.root().components().chain(inside.components()).collect()
    }

    /// Why a file cannot be read that the commit has: a clause without a full stop.
    pub(super) fn why_unreadable(&self, path: &Path) -> Option<String> {
        let inside = self.tracked(path).filter(|inside| self.has_entry(inside))?;
        match self.find(inside).err()? {
            error if error.kind() == io::ErrorKind::NotFound => {
                Some("a symbolic link points to something that is not in the commit".to_owned())
            }
            error => Some(error.to_string()),
        }
    }

    fn find(&self, inside: &Path) -> io::Result<(PathBuf, Found)> {
        self.store.follow(&self.id.tree, inside)
    }

    /// The path from the root of what the commit decides about; `None`: the disk does.
    fn tracked<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        let inside = path.strip_prefix(self.root()).ok()?;
        let is_special = |part: Component<'_>| [".git", "node_modules"].iter().any(|name| part.as_os_str() == *name);
        if inside.components().any(is_special) {
            return None;
        }
        let may_be_loose = inside.file_name().is_some_and(|name| OFTEN_UNTRACKED.iter().any(|loose| name == *loose));
        // A file that the commit does not have, but the index does, was added later.
        let is_loose = may_be_loose && !self.has_entry(inside) && !self.store.tracks(path);
        (!is_loose).then_some(inside)
    }

    /// Whether the commit has something of that name, be it a link that leads nowhere.
    fn has_entry(&self, inside: &Path) -> bool {
        let (Some(folder), Some(name)) = (inside.parent(), inside.file_name()) else { return false };
        match self.find(folder) {
            Ok((_, Found::Folder(Some(object)))) => self.store.tree(&object).is_ok_and(|tree| tree.contains_key(name)),
            Ok(_) => false,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }
}

impl Files for Commit {
    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        let Some(inside) = self.tracked(path) else { return self.store.disk.read(path, at_most) };
        let bytes = self.store.read(&self.id, inside)?;
        within(bytes.len() as u64, at_most).map(|()| bytes)
    }

    fn readable(&self, path: &Path) -> io::Result<()> {
        let Some(inside) = self.tracked(path) else { return self.store.disk.readable(path) };
        match self.find(inside)? {
            (_, Found::File(_)) => Ok(()),
            (_, Found::Folder(_)) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        let Some(inside) = self.tracked(path) else { return self.store.disk.is_file(path) };
        matches!(self.find(inside), Ok((_, Found::File(_))))
    }

    fn is_dir(&self, path: &Path) -> bool {
        let Some(inside) = self.tracked(path) else { return self.store.disk.is_dir(path) };
        matches!(self.find(inside), Ok((_, Found::Folder(_))))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let Some(inside) = self.tracked(path) else { return self.store.disk.list(path) };
        match self.find(inside)? {
            (_, Found::Folder(Some(object))) => {
                let tree = self.store.tree(&object)?;
                Ok(tree.keys().map(|name: &OsString| OsStr::to_string_lossy(name).into_owned()).collect())
            }
            (_, Found::Folder(None)) => Ok(Vec::new()),
            (_, Found::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn entries(&self, path: &Path, most: usize) -> io::Result<Vec<FolderEntry>> {
        let Some(inside) = self.tracked(path) else { return self.store.disk.entries(path, most) };
        match self.find(inside)? {
            (_, Found::Folder(Some(object))) => {
                let tree = self.store.tree(&object)?;
                let entries = tree.iter().take(most).map(|(name, entry)| FolderEntry {
                    name: OsStr::to_string_lossy(name).into_owned(),
                    kind: match entry.kind {
                        EntryKind::File => FolderEntryKind::File,
                        EntryKind::Link => FolderEntryKind::Link,
                        EntryKind::Folder | EntryKind::Submodule => FolderEntryKind::Folder,
                    },
                });
                Ok(entries.collect())
            }
            (_, Found::Folder(None)) => Ok(Vec::new()),
            (_, Found::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        let Some(inside) = self.tracked(path) else { return self.store.disk.real_path(path) };
        Ok(self.absolute(&self.find(inside)?.0))
    }

    fn git_tracks(&self, path: &Path) -> Result<bool, GitError> {
        Ok(path.strip_prefix(self.root()).is_ok_and(|inside| self.has_entry(inside)))
    }
}

#[cfg(test)]
mod tests;
