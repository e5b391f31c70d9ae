//! How a file is read, and how much of it: nothing but plain files, which end, and no more of them than a run can hold.
//! What lies in a checkout may come from anybody.

#[expect(clippy::disallowed_types, reason = "this is where files are read")]
use std::fs::File;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads read files at most. Each holds one file.
const MOST_THREADS: usize = 4;
/// With fewer files for each thread, another one costs more than it saves.
const FILES_OF_A_THREAD: usize = 64;

const MB: u64 = 1024 * 1024;

/// The most that is read of a file, in bytes, by what it is for.
pub mod limit {
    use super::MB;

    /// package.json, npm's own and that of a tarball included.
    pub const MANIFEST: u64 = 10 * MB;
    /// `.npmrc`, by whatever name.
    pub const NPMRC: u64 = MB;
    /// npm-preflight.toml, and what other clients keep their settings in.
    pub const SETTINGS: u64 = MB;
    /// Certificates and keys.
    pub const CERTIFICATE: u64 = MB;
    /// pnpm-workspace.yaml, lerna.json, and the catalogs of `.yarnrc.yml`.
    pub const WORKSPACES: u64 = 10 * MB;
    /// Ignore files, hooks, and programs that scripts run.
    pub const PROGRAM: u64 = 10 * MB;
    /// Sigstore bundles, and the event of a GitHub job.
    pub const DOCUMENT: u64 = 10 * MB;
    /// What npm printed or logged.
    pub const LOG: u64 = 50 * MB;
    /// Tarballs, of which no more than a little is held at a time.
    pub const TARBALL: u64 = 1024 * MB;
}

/// A number of bytes for sentences.
pub fn size(bytes: u64) -> String {
    format!("{} MB", bytes / MB)
}

/// Why a file could not be read or written, in words: the standard library's name for the commonest reason says "entity".
pub fn describe(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        NOT_PLAIN => "it is not a regular file".to_owned(),
        io::ErrorKind::FileTooLarge => "it is too large".to_owned(),
        other => other.to_string(),
    }
}

/// The error of what is neither a file nor a folder: a pipe, a socket, a device.
pub const NOT_PLAIN: io::ErrorKind = io::ErrorKind::Unsupported;

/// Whether a file was not read though another program may read it.
pub fn is_unread(kind: io::ErrorKind) -> bool {
    matches!(kind, NOT_PLAIN | io::ErrorKind::FileTooLarge)
}

/// Opens a plain file, links followed. Nothing is waited for: a pipe without a writer is refused like one with.
///
/// # Errors
/// As [`File::open`]; [`NOT_PLAIN`]; and for folders.
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is where files are read")]
pub(super) fn open(path: &Path) -> io::Result<(File, u64)> {
    is_plain(&std::fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // It may be replaced by a pipe after the look at it.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    is_plain(&metadata)?;
    Ok((file, metadata.len()))
}

fn is_plain(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() { Ok(()) } else { Err(NOT_PLAIN.into()) }
}

/// The whole of a plain file.
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::FileTooLarge`] when it holds more than `at_most` bytes.
pub(super) fn read(path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_into(&mut bytes, path, at_most).map(|()| bytes)
}

/// Reads files, and hands over the place and the content of each that can be read.
pub(super) fn each(paths: &[PathBuf], at_most: u64, see: &(dyn Fn(usize, &[u8]) + Sync)) {
    let next = AtomicUsize::new(0);
    let work = || {
        // One buffer for all files saves the kernel from handing out new pages for each.
        let mut bytes = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(at) else { break };
            bytes.clear();
            if read_into(&mut bytes, path, at_most).is_ok() {
                see(at, &bytes);
            }
        }
    };
    let threads = (paths.len() / FILES_OF_A_THREAD).min(MOST_THREADS);
    let threads =
        if threads > 1 { std::thread::available_parallelism().map_or(1, usize::from).min(threads) } else { 1 };
    std::thread::scope(|scope| {
        // Without another thread this one does it all.
        let _others: Vec<_> = (1..threads).map(|_| std::thread::Builder::new().spawn_scoped(scope, work)).collect();
        work();
    });
}

/// Reads the whole of a plain file behind what is there already.
fn read_into(bytes: &mut Vec<u8>, path: &Path, at_most: u64) -> io::Result<()> {
    let read = read_plain(bytes, path, at_most);
    match &read {
        Ok(()) => tracing::debug!("read {}: {} bytes", path.display(), bytes.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => tracing::trace!("no file {}", path.display()),
        Err(error) => tracing::debug!("cannot read {}: {}", path.display(), describe(error.kind())),
    }
    read
}

fn read_plain(bytes: &mut Vec<u8>, path: &Path, at_most: u64) -> io::Result<()> {
    let (file, length) = match open(path) {
        // Who names it wants no file to be read.
        Err(error) if error.kind() == NOT_PLAIN && is_null(path) => return Ok(()),
        opened => opened?,
    };
    within(length, at_most)?;
    bytes.reserve_exact(usize::try_from(length).unwrap_or_default());
    // It may grow, and what the kernel makes up has no length.
    file.take(at_most.saturating_add(1)).read_to_end(bytes)?;
    within(bytes.len() as u64, at_most)
}

/// The whole of a plain file, or of a pipe whose writer is waited for.
///
/// # Errors
/// As [`read`].
#[expect(clippy::disallowed_methods, reason = "this is where files are read")]
pub(super) fn read_stream(path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if std::fs::metadata(path)?.file_type().is_fifo() {
            let pipe = OpenOptions::new().read(true).open(path)?;
            let mut bytes = Vec::new();
            pipe.take(at_most.saturating_add(1)).read_to_end(&mut bytes)?;
            within(bytes.len() as u64, at_most)?;
            return Ok(bytes);
        }
    }
    read(path, at_most)
}

/// # Errors
/// [`io::ErrorKind::FileTooLarge`] when a length is beyond the limit.
pub fn within(length: u64, at_most: u64) -> io::Result<()> {
    if length > at_most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

/// `/dev/null`, or a link to it.
#[expect(clippy::disallowed_methods, reason = "this is where files are read")]
fn is_null(path: &Path) -> bool {
    cfg!(unix) && std::fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"))
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "the tests make the files that are read")]
mod tests {
    use super::*;

    fn kind(path: &Path, at_most: u64) -> Result<usize, io::ErrorKind> {
        read(path, at_most).map(|bytes| bytes.len()).map_err(|error| error.kind())
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "12345").unwrap();
        assert_eq!(kind(&file, 5), Ok(5));
        assert_eq!(kind(&file, 4), Err(io::ErrorKind::FileTooLarge));
        assert_eq!(kind(folder.path(), 5), Err(io::ErrorKind::IsADirectory));
        assert_eq!(kind(&folder.path().join("missing"), 5), Err(io::ErrorKind::NotFound));
    }

    #[test]
    fn a_pipe_given_by_the_user_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        for (limit, expected) in [(5, Ok(5)), (4, Err(io::ErrorKind::FileTooLarge))] {
            // Opening either end waits for the other.
            let writer = std::thread::spawn({
                let pipe = pipe.clone();
                move || std::fs::write(pipe, "12345")
            });
            let read = read_stream(&pipe, limit).map(|bytes| bytes.len()).map_err(|error| error.kind());
            assert_eq!(read, expected);
            let _ = writer.join().unwrap();
        }
    }

    #[test]
    fn pipes_sockets_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for path in [&pipe, &socket, &link, Path::new("/dev/urandom")] {
            assert_eq!(kind(path, 5), Err(NOT_PLAIN), "{}", path.display());
            assert_eq!(open(path).map_err(|error| error.kind()).err(), Some(NOT_PLAIN));
        }
        assert_eq!(kind(Path::new("/dev/null"), 5), Ok(0));
    }

    #[test]
    fn a_file_of_unknown_length_is_refused_beyond_the_limit() {
        let made_up = Path::new("/proc/self/maps");
        if std::fs::exists(made_up).unwrap() {
            assert_eq!(kind(made_up, 16), Err(io::ErrorKind::FileTooLarge));
        }
    }
}
