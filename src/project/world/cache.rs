//! A folder of files that only the user can read and that may vanish at any time: the cache between runs. Nothing that
//! goes wrong here is an error, it only makes the next run ask for more; and nothing is read that somebody else could
//! have written.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is where the machine is touched")]

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::World;

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// In all files together, in bytes.
    bytes: u64,
    /// Files.
    files: usize,
}

const LIMITS: Limits = Limits { bytes: 64 << 20, files: 4_096 };
/// The longest file, in bytes.
const LONGEST: u64 = 8 << 20;
/// A file that was used within this time is not marked as used again; an unfinished one that is older is a killed run's.
const HOUR: Duration = Duration::from_hours(1);
/// What the names of all files have in common: this many hexadecimal digits.
const NAME: usize = 64;

/// The folder. It is looked at when something is read or written, not before.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    limits: Limits,
    /// Whether the folder may be used, once that is known.
    usable: OnceLock<bool>,
    has_grown: AtomicBool,
}

impl Store {
    /// For a folder that need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, limits: LIMITS, usable: OnceLock::new(), has_grown: AtomicBool::new(false) }
    }

    /// The content of a file; `name`: 64 hexadecimal digits.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        if !self.is_usable() {
            return None;
        }
        let path = self.folder.join(name);
        let metadata = fs::symlink_metadata(&path).ok()?;
        if !metadata.is_file() || !is_ours(&metadata) || metadata.len() > LONGEST {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
        File::open(&path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
        let now = SystemTime::now();
        if metadata.modified().is_ok_and(|used| is_old(now, used)) {
            let _ = OpenOptions::new().append(true).open(&path).and_then(|file| file.set_modified(now));
        }
        Some(bytes)
    }

    /// Writes a file at once or not at all; `name`: 64 hexadecimal digits.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        if bytes.len() as u64 > LONGEST || !(self.is_usable() || self.create()) {
            return;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let unfinished = self.folder.join(format!("{name}.{}-{}", std::process::id(), now.as_nanos()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let Ok(mut file) = options.open(&unfinished) else { return };
        let written = file.write_all(bytes);
        drop(file);
        match written.and_then(|()| fs::rename(&unfinished, self.folder.join(name))) {
            Ok(()) => self.has_grown.store(true, Ordering::Relaxed),
            Err(_) => drop(fs::remove_file(&unfinished)),
        }
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) {
        if self.is_usable() {
            drop(fs::remove_file(self.folder.join(name)));
        }
    }

    fn is_usable(&self) -> bool {
        if let Some(known) = self.usable.get() {
            return *known;
        }
        match fs::symlink_metadata(&self.folder) {
            Ok(metadata) => {
                let usable = metadata.is_dir() && is_ours(&metadata);
                *self.usable.get_or_init(|| usable)
            }
            // It may be there later.
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    let _ = self.usable.set(false);
                }
                false
            }
        }
    }

    fn create(&self) -> bool {
        if self.usable.get().is_some() {
            return false;
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        if is_root_as_a_guest(&self.folder) || builder.create(&self.folder).is_err() {
            let _ = self.usable.set(false);
        }
        self.is_usable()
    }

    /// Removes what was not used for longest, as far as there is too much, and what a killed run left.
    fn trim(&self) {
        let Ok(list) = fs::read_dir(&self.folder) else { return };
        let now = SystemTime::now();
        let mut files = Vec::new();
        for entry in list.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_ours = name.len() >= NAME && name.bytes().take(NAME).all(|byte| byte.is_ascii_hexdigit());
            let Some(metadata) = entry.metadata().ok().filter(|metadata| is_ours && metadata.is_file()) else {
                continue;
            };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if name.len() == NAME {
                files.push((used, metadata.len(), entry.path()));
            } else if is_old(now, used) {
                drop(fs::remove_file(entry.path()));
            }
        }
        files.sort_unstable_by(|left, right| right.cmp(left));
        let mut left = self.limits;
        for (_, length, path) in files {
            match (left.files.checked_sub(1), left.bytes.checked_sub(length)) {
                (Some(files), Some(bytes)) => left = Limits { bytes, files },
                _ => drop(fs::remove_file(path)),
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if *self.has_grown.get_mut() {
            self.trim();
        }
    }
}

fn is_old(now: SystemTime, time: SystemTime) -> bool {
    now.duration_since(time).is_ok_and(|age| age > HOUR)
}

/// Whether nobody but the user could have written it.
#[cfg(unix)]
fn is_ours(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// The folder for programs' local data is the user's own.
#[cfg(not(unix))]
fn is_ours(_: &Metadata) -> bool {
    true
}

/// With `sudo`, in somebody's home: a folder of root's would be in the way of that user's own runs.
#[cfg(unix)]
fn is_root_as_a_guest(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let parent = folder.ancestors().find_map(|parent| fs::metadata(parent).ok());
    rustix::process::geteuid().is_root() && parent.is_some_and(|parent| parent.uid() != 0)
}

#[cfg(not(unix))]
fn is_root_as_a_guest(_: &Path) -> bool {
    false
}

impl World {
    pub(super) fn with_cache_folder(self) -> Self {
        Self { cache_folder: folder(&self), ..self }
    }

    /// What is kept between runs.
    pub fn cache(&self) -> Option<Store> {
        self.cache_folder.clone().map(Store::new)
    }
}

/// Where it is: the place that the system has for such files.
fn folder(world: &World) -> Option<PathBuf> {
    // What is not Unicode was read lossily: that would be another folder.
    let named = |name: &str| {
        let text = world.filled_var(name).filter(|text| !text.contains(char::REPLACEMENT_CHARACTER))?;
        Some(PathBuf::from(text)).filter(|path| path.is_absolute())
    };
    let home = || named("HOME").or_else(|| world.home_dir.clone().filter(|path| path.is_absolute()));
    let caches = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else {
        // https://specifications.freedesktop.org/basedir-spec/latest/
        let below_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        named("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(below_home)))
    };
    Some(caches?.join("npm-preflight"))
}

#[cfg(test)]
mod tests;
