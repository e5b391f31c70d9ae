//! All of the machine that may be touched: a snapshot of the environment, the working directory, files, the
//! clock, which streams are terminals. Nothing else in the crate reads them (clippy denies it), so that a run is
//! a function of this value.

pub mod cache;
pub mod git;
pub(crate) mod program;
pub mod read;
pub mod replace;

use std::collections::BTreeMap;
use std::io;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub use self::read::{describe, limit};

/// Reading files: the disk, or memory in tests.
pub trait Files: Sync {
    /// The whole of a plain file, links followed; `at_most`: one of [`limit`].
    ///
    /// # Errors
    /// As [`std::fs::read`]; [`read::NOT_PLAIN`] for what is neither a file nor a folder;
    /// [`io::ErrorKind::FileTooLarge`] when it holds more bytes than that.
    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>>;
    /// A file that somebody named on the command line: it may be a pipe, as in `<(command)`, which is read to its end.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_stream(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        self.read(path, at_most)
    }
    /// A plain file to be read from its start, for those too large to be held.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn open(&self, path: &Path, at_most: u64) -> io::Result<Box<dyn io::Read>> {
        Ok(Box::new(io::Cursor::new(self.read(path, at_most)?)))
    }
    /// Whether [`read`](Self::read) would get at its content.
    ///
    /// # Errors
    /// As [`read`](Self::read), but for the length.
    fn readable(&self, path: &Path) -> io::Result<()> {
        self.read(path, u64::MAX).map(drop)
    }
    /// Whether it is a file, links followed.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether it is a folder, links followed.
    fn is_dir(&self, path: &Path) -> bool;
    /// The names in a folder, sorted.
    ///
    /// # Errors
    /// As [`std::fs::read_dir`].
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// The folders in a folder, sorted by name, links to folders among them, and how many entries were looked at: at most
    /// `most`, in the order of the file system.
    ///
    /// # Errors
    /// As [`std::fs::read_dir`].
    fn subfolders(&self, path: &Path, most: usize) -> io::Result<(Vec<Subfolder>, usize)> {
        let names = self.list(path)?;
        let looked_at = names.len().min(most);
        let real = self.real_path(path).ok();
        let mut folders = Vec::new();
        for name in names.into_iter().take(most) {
            let inner = path.join(&name);
            if self.is_dir(&inner) {
                let own = real.as_ref().map(|folder| folder.join(&name));
                folders.push(Subfolder { is_link: own.is_none() || own != self.real_path(&inner).ok(), name });
            }
        }
        Ok((folders, looked_at))
    }
    /// What is in a folder, sorted by name: no more than `most` entries, in the order of the file system.
    ///
    /// # Errors
    /// As [`std::fs::read_dir`].
    fn entries(&self, path: &Path, most: usize) -> io::Result<Vec<Entry>> {
        let names = self.list(path)?.into_iter().take(most);
        Ok(names.filter_map(|name| Some(Entry { kind: self.kind(&path.join(&name)).ok()?, name })).collect())
    }
    /// What is at a path; a link at its end is not followed.
    ///
    /// # Errors
    /// As [`std::fs::symlink_metadata`].
    fn kind(&self, path: &Path) -> io::Result<EntryKind> {
        let folder = path.parent().map_or_else(|| Ok(PathBuf::new()), |folder| self.real_path(folder))?;
        let is_link = path.file_name().is_some_and(|name| self.real_path(path).ok() != Some(folder.join(name)));
        if self.is_dir(path) {
            Ok(if is_link { EntryKind::Link } else { EntryKind::Folder })
        } else if self.is_file(path) {
            Ok(if is_link { EntryKind::Link } else { EntryKind::File })
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }
    /// Size and mode of a file; a link is not followed.
    ///
    /// # Errors
    /// As [`std::fs::symlink_metadata`]; [`io::ErrorKind::Unsupported`]: these files have none.
    fn stat(&self, _path: &Path) -> io::Result<Stat> {
        Err(io::ErrorKind::Unsupported.into())
    }
    /// Whether a path, as a folder lists it, leads nowhere because a name in the folder is not Unicode and was read lossily.
    fn is_lossy(&self, _path: &Path) -> bool {
        false
    }
    /// Reads plain files of at most that size each and hands their contents over, in any order and on several threads: the
    /// place in `paths`, and what was read. Those that cannot be read are passed over.
    fn read_each(&self, paths: &[PathBuf], at_most: u64, see: &(dyn Fn(usize, &[u8]) + Sync)) {
        for (at, path) in paths.iter().enumerate() {
            if let Ok(bytes) = self.read(path, at_most) {
                see(at, &bytes);
            }
        }
    }
    /// The path with every link resolved.
    ///
    /// # Errors
    /// As [`std::fs::canonicalize`].
    fn real_path(&self, path: &Path) -> io::Result<PathBuf>;
    /// Whether git tracks a file.
    ///
    /// # Errors
    /// When git cannot be asked, or refuses the repository.
    fn git_tracks(&self, path: &Path) -> Result<bool, git::GitError>;
    /// What git says of the working tree around a folder; `None`: there is none.
    ///
    /// # Errors
    /// When git cannot be asked.
    fn git_state(&self, _folder: &Path) -> Result<Option<git::State>, git::GitError> {
        Ok(None)
    }
}

/// A folder in another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subfolder {
    /// Its name.
    pub name: String,
    /// It is a link to a folder.
    pub is_link: bool,
}

/// What something in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A pipe, a socket, a device.
    Other,
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; what is not Unicode is read lossily.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What the file system keeps of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// In bytes.
    pub size: u64,
    /// Somebody may run it.
    pub is_executable: bool,
    /// Its mode lets everybody read it.
    pub is_public: bool,
    /// The device and number of its inode, where it has several names.
    pub shared: Option<(u64, u64)>,
}

/// What a run sees of the machine.
pub struct World {
    /// Environment variables; what is not Unicode is read lossily.
    pub env: BTreeMap<String, String>,
    /// The names of the variables as the process got them: of two that differ only in case the later one counts for npm.
    env_order: Vec<String>,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The folder that the program was started in.
    pub(super) started_in: PathBuf,
    /// The user's home folder as the system has it, for when no variable names it.
    pub home_dir: Option<PathBuf>,
    /// Files.
    pub files: Box<dyn Files>,
    /// Where something may be kept between runs.
    pub cache_folder: Option<PathBuf>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// What `node --version` prints; `None`: there is no node, or it fails.
    pub node_version: fn() -> Option<String>,
    /// Whether standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// How many columns the terminal on standard error has now; `None`: unknown.
    pub stderr_width: fn() -> Option<u16>,
}

/// What a mutex holds. A panic in any thread ends the run, so nothing is read that one left half done.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The disk.
#[derive(Debug)]
pub struct Disk;

#[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
impl Files for Disk {
    fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        read::read(path, at_most)
    }
    fn read_stream(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
        read::read_stream(path, at_most)
    }
    fn open(&self, path: &Path, at_most: u64) -> io::Result<Box<dyn io::Read>> {
        let (file, length) = read::open(path)?;
        read::within(length, at_most)?;
        Ok(Box::new(file.take(at_most)))
    }
    fn readable(&self, path: &Path) -> io::Result<()> {
        read::open(path).map(drop)
    }
    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }
    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = std::fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }
    fn subfolders(&self, path: &Path, most: usize) -> io::Result<(Vec<Subfolder>, usize)> {
        let (mut folders, mut looked_at) = (Vec::new(), 0);
        for entry in std::fs::read_dir(path)?.take(most) {
            let entry = entry?;
            looked_at += 1;
            // Without asking for each entry, where the file system says what it is.
            let kind = entry.file_type()?;
            if kind.is_dir() || kind.is_symlink() && entry.path().is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                folders.push(Subfolder { name, is_link: kind.is_symlink() });
            }
        }
        folders.sort_by(|left, right| left.name.cmp(&right.name));
        Ok((folders, looked_at))
    }
    fn entries(&self, path: &Path, most: usize) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)?.take(most) {
            let entry = entry?;
            let kind = kind(entry.file_type()?);
            let name = entry.file_name().into_string().unwrap_or_else(|name| name.to_string_lossy().into_owned());
            entries.push(Entry { name, kind });
        }
        entries.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(entries)
    }
    fn kind(&self, path: &Path) -> io::Result<EntryKind> {
        Ok(kind(std::fs::symlink_metadata(path)?.file_type()))
    }
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let metadata = std::fs::symlink_metadata(path)?;
        #[cfg(unix)]
        let (is_executable, is_public, shared) = {
            use std::os::unix::fs::MetadataExt as _;
            let inode = (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()));
            (metadata.mode() & 0o111 != 0, metadata.mode() & 0o444 == 0o444, inode)
        };
        #[cfg(not(unix))]
        let (is_executable, is_public, shared) = (false, true, None);
        Ok(Stat { size: metadata.len(), is_executable, is_public, shared })
    }
    fn is_lossy(&self, path: &Path) -> bool {
        let Some((folder, name)) = path.parent().zip(path.file_name().and_then(|name| name.to_str())) else {
            return false;
        };
        let is_this = |other: &std::ffi::OsStr| other.to_str().is_none() && other.to_string_lossy() == name;
        let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        name.contains(char::REPLACEMENT_CHARACTER) && entries.any(|entry| is_this(&entry.file_name()))
    }
    fn read_each(&self, paths: &[PathBuf], at_most: u64, see: &(dyn Fn(usize, &[u8]) + Sync)) {
        read::each(paths, at_most, see);
    }
    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(path)
    }
    fn git_tracks(&self, path: &Path) -> Result<bool, git::GitError> {
        git::tracks(path)
    }
    fn git_state(&self, folder: &Path) -> Result<Option<git::State>, git::GitError> {
        git::state(folder)
    }
}

fn kind(kind: std::fs::FileType) -> EntryKind {
    if kind.is_file() {
        EntryKind::File
    } else if kind.is_dir() {
        EntryKind::Folder
    } else if kind.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Other
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
fn node_version() -> Option<String> {
    let node = program::find("node", &std::env::current_dir().ok()?).ok()?;
    let output = std::process::Command::new(node.file).arg("--version").env("PATH", node.path).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|version| output.status.success() && !version.is_empty())
}

impl World {
    /// The machine as it is now.
    ///
    /// # Errors
    /// When the working directory cannot be determined: it was removed, or a parent is not readable.
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn real() -> io::Result<Self> {
        let variables = std::env::vars_os()
            .map(|(key, value)| (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        let variables: Vec<(String, String)> = variables.collect();
        let cwd = std::env::current_dir()?;
        let world = Self {
            env_order: variables.iter().map(|(name, _)| name.clone()).collect(),
            env: variables.into_iter().collect(),
            started_in: cwd.clone(),
            cwd,
            home_dir: std::env::home_dir(),
            files: Box::new(Disk),
            cache_folder: None,
            now: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs()),
            node_version,
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            stderr_width: || terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| width.0),
        };
        Ok(world.with_cache_folder())
    }

    /// The disk seen from a folder, with these variables only and no terminal.
    pub fn on_disk(env: BTreeMap<String, String>, cwd: PathBuf) -> Self {
        let world = Self {
            env_order: env.keys().cloned().collect(),
            env,
            started_in: cwd.clone(),
            cwd,
            home_dir: None,
            files: Box::new(Disk),
            cache_folder: None,
            now: 0,
            node_version: || None,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stderr_width: || None,
        };
        world.with_cache_folder()
    }

    /// Whether something is there that cannot be read as a file.
    pub fn is_unreadable(&self, path: &Path) -> bool {
        let kinds = [
            io::ErrorKind::IsADirectory,
            io::ErrorKind::NotADirectory,
            io::ErrorKind::PermissionDenied,
            read::NOT_PLAIN,
        ];
        self.files.readable(path).is_err_and(|error| kinds.contains(&error.kind()))
    }

    /// The same machine with other files, as if the program had been started in this folder of theirs.
    #[must_use]
    pub fn with_files(&self, files: Box<dyn Files>, cwd: PathBuf) -> Self {
        Self {
            env: self.env.clone(),
            env_order: self.env_order.clone(),
            started_in: cwd.clone(),
            cwd,
            home_dir: self.home_dir.clone(),
            files,
            cache_folder: self.cache_folder.clone(),
            now: self.now,
            node_version: self.node_version,
            stdin_is_terminal: self.stdin_is_terminal,
            stdout_is_terminal: self.stdout_is_terminal,
            stderr_is_terminal: self.stderr_is_terminal,
            stderr_width: self.stderr_width,
        }
    }

    /// The same machine, after a change of the working directory.
    #[must_use]
    pub fn in_folder(self, cwd: PathBuf) -> Self {
        Self { cwd, ..self }
    }

    /// Everything on standard input; what is not Unicode is read lossily.
    ///
    /// # Errors
    /// As [`io::Read::read_to_end`].
    pub fn read_stdin(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a file that the user named.
    ///
    /// # Errors
    /// As [`std::fs::write`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        std::fs::write(self.resolve(path), bytes)
    }

    /// Begins a file that the user named.
    ///
    /// # Errors
    /// As [`std::fs::File::create`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn create(&self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(self.resolve(path))?;
        Ok(Box::new(file))
    }

    /// Goes on with a file that others may have written in.
    ///
    /// # Errors
    /// As [`std::fs::OpenOptions::open`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn append(&self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        Ok(Box::new(std::fs::OpenOptions::new().append(true).create(true).open(self.resolve(path))?))
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// As [`std::fs::rename`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As [`std::fs::remove_file`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    /// The root of the repository around a folder.
    pub fn repository<'p>(&self, folder: &'p Path) -> Option<&'p Path> {
        folder.ancestors().find(|folder| {
            // In a worktree or a submodule it is a file.
            let git = folder.join(".git");
            self.files.is_dir(&git) || self.files.is_file(&git)
        })
    }

    /// The variables that are not empty, in the order in which the process got them.
    pub fn filled_vars(&self) -> impl Iterator<Item = (&String, &String)> {
        self.env_order.iter().filter_map(|name| self.env.get_key_value(name)).filter(|(_, value)| !value.is_empty())
    }

    /// A variable that is set, empty or not.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }

    /// A variable that is set and not empty.
    pub fn filled_var(&self, name: &str) -> Option<&str> {
        self.var(name).filter(|value| !value.is_empty())
    }

    /// The home folder as npm finds it (`@npmcli/config` 11.19, lib/index.js `loadHome`).
    pub fn home(&self) -> PathBuf {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let named = self.filled_var("HOME").or_else(|| self.filled_var(name)).map(PathBuf::from);
        named.or_else(|| self.home_dir.clone()).unwrap_or_else(|| self.cwd.clone())
    }

    /// Whether there is a file or a folder at this path.
    pub fn has(&self, path: &Path) -> bool {
        self.files.is_file(path) || self.files.is_dir(path)
    }

    /// `path` seen from the working directory, without `.` and `..` (as Node's `path.resolve`, no links followed).
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        lexical(&self.cwd.join(path))
    }
}

/// A path without `.` and `..`; no links are followed.
pub fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
pub(crate) mod memory {
    //! Files in memory, for unit tests.
    use super::*;

    /// Path -> content; folders are implied.
    pub(crate) struct Memory(pub(crate) BTreeMap<PathBuf, Vec<u8>>);

    /// What the content of a symbolic link begins with; then the path follows that it leads to.
    pub(crate) const SYMBOLIC: &str = "-> ";
    /// What the content of a second name of a file begins with; then the path of the first one follows.
    pub(crate) const HARD: &str = "= ";
    /// The content of a file that nobody may read.
    pub(crate) const CLOSED: &str = "may not be read";

    impl Memory {
        fn link(&self, path: &Path, sign: &str) -> Option<PathBuf> {
            let text = std::str::from_utf8(self.0.get(path)?).ok()?;
            let target = text.strip_prefix(sign)?.trim_end();
            let mut at = path.parent()?.to_path_buf();
            for part in Path::new(target).components() {
                match part {
                    Component::ParentDir => drop(at.pop()),
                    part => at.push(part),
                }
            }
            Some(at)
        }
    }

    impl Files for Memory {
        fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
            if let Some(target) = self.link(path, SYMBOLIC).or_else(|| self.link(path, HARD)) {
                return self.read(&target, at_most);
            }
            if self.is_dir(path) {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let bytes = self.0.get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
            if bytes == CLOSED.as_bytes() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            read::within(bytes.len() as u64, at_most)?;
            Ok(bytes)
        }
        fn is_file(&self, path: &Path) -> bool {
            self.0.contains_key(path)
        }
        fn is_dir(&self, path: &Path) -> bool {
            self.0.keys().any(|file| file != path && file.starts_with(path))
        }
        fn list(&self, path: &Path) -> io::Result<Vec<String>> {
            let mut names: Vec<String> = self
                .0
                .keys()
                .filter_map(|file| file.strip_prefix(path).ok()?.components().next())
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names.dedup();
            Ok(names)
        }
        fn stat(&self, path: &Path) -> io::Result<Stat> {
            let bytes = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
            let first = self.link(path, HARD).unwrap_or_else(|| path.to_path_buf());
            let is_shared = self.0.keys().any(|name| self.link(name, HARD).as_deref() == Some(&first));
            let number = self.0.keys().position(|name| *name == first).unwrap_or_default();
            let shared = is_shared.then_some((0, number as u64));
            let is_public = bytes != CLOSED.as_bytes();
            Ok(Stat { size: bytes.len() as u64, is_executable: false, is_public, shared })
        }
        fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
            Ok(self.link(path, SYMBOLIC).unwrap_or_else(|| path.to_path_buf()))
        }
        /// `.git/index` beside the file lists what is tracked, a line each.
        fn git_tracks(&self, path: &Path) -> Result<bool, git::GitError> {
            let index = path.parent().unwrap_or(path).join(".git/index");
            let index = self.read(&index, limit::DOCUMENT).map_err(git::GitError::Broken)?;
            Ok(String::from_utf8_lossy(&index).lines().any(|line| path.ends_with(line)))
        }
        /// `.git/HEAD` is as git writes it, `.git/status` lists what is not committed, a line each, and `.git/behind` holds a
        /// number and the name of the upstream.
        fn git_state(&self, folder: &Path) -> Result<Option<git::State>, git::GitError> {
            let read = |name: &str| {
                let bytes = folder.ancestors().find_map(|folder| self.0.get(&folder.join(".git").join(name)))?;
                Some(String::from_utf8_lossy(bytes).trim().to_owned())
            };
            let Some(head) = read("HEAD") else { return Ok(None) };
            let head = head.strip_prefix("ref: refs/heads/");
            let behind = read("behind").map(|text| {
                let (commits, upstream) = text.split_once(' ').expect("a number and a name");
                git::Behind { upstream: upstream.to_owned(), commits: commits.parse().expect("a number") }
            });
            let tree = match read("status") {
                None => git::Tree::Clean,
                Some(why) if why.starts_with("unclear: ") => git::Tree::Unclear(why["unclear: ".len()..].to_owned()),
                Some(files) => git::Tree::Dirty { some: files.lines().map(str::to_owned).collect(), more: 0 },
            };
            let head = head.map_or(git::Head::Detached, |name| git::Head::Branch(name.to_owned()));
            Ok(Some(git::State { tree, head, behind }))
        }
    }

    impl World {
        /// A machine with nothing but these files and variables; the working directory is `/project`, home `/home/alice`.
        pub(crate) fn memory(files: &[(&str, &str)], env: &[(&str, &str)]) -> Self {
            let mut all: BTreeMap<String, String> =
                env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            all.entry("HOME".to_owned()).or_insert_with(|| "/home/alice".to_owned());
            Self {
                env_order: env.iter().map(|(key, _)| (*key).to_owned()).collect(),
                env: all,
                cwd: PathBuf::from("/project"),
                started_in: PathBuf::from("/project"),
                home_dir: None,
                files: Box::new(Memory(
                    files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())).collect(),
                )),
                cache_folder: None,
                now: 1_800_000_000,
                node_version: || None,
                stdin_is_terminal: false,
                stdout_is_terminal: false,
                stderr_is_terminal: false,
                stderr_width: || None,
            }
        }
    }
}
