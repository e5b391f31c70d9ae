//! The package.json of a packed package, as npm 11.19.1 gets at it: it unpacks the whole archive without its top folders
//! (pacote 21, lib/fetcher.js), and stops where it cannot. The archive is read as a stream, and nothing of it is held but
//! that one file: a few kilobytes may unpack to anything.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use tar::EntryType;

use crate::project::archive::{LONGEST_HEADER, Pending, Stop, Unpacked, below_top, describes_next};
use crate::project::manifest::{PackedEntry, PackedLink};
use crate::project::modules::MAX_SOURCE;
use crate::project::seen::{MAX_SEEN, Seen};
use crate::project::world::{World, limit, read};

/// How far an archive is read.
#[derive(Clone, Copy)]
struct Limits {
    /// Bytes that are unpacked.
    unpacked: u64,
    /// Files, folders and the headers that describe them.
    entries: usize,
    /// gzip streams one behind the other.
    members: usize,
    /// Bytes of package.json.
    manifest: u64,
}

const LIMITS: Limits =
    Limits { unpacked: 1024 * 1024 * 1024, entries: 1_000_000, members: 100_000, manifest: limit::MANIFEST };

/// How much is kept of the start of a file, in bytes, and of how many files.
const HEAD: usize = 128;
const MOST_HEADS: usize = 100_000;

/// How much JavaScript is kept, in bytes.
const MOST_KEPT: u64 = 32 * 1024 * 1024;

/// Why there is no package.json to check.
#[derive(Debug, thiserror::Error)]
pub(super) enum TarballError {
    /// It is not there, or may not be read.
    #[error("it cannot be read: {}", crate::project::world::describe(*.0))]
    Unreadable(io::ErrorKind),
    /// gzip's data is broken, cut short or followed by something else.
    #[error("npm cannot decompress all of it ({0})")]
    Compression(io::Error),
    /// A header makes no sense.
    #[error("it is not a tar archive ({0})")]
    NoArchive(io::Error),
    /// It ends in the middle of a file.
    #[error("it is truncated")]
    CutShort,
    /// None right below a top folder.
    #[error("it has no package.json")]
    NoManifest,
    /// It is larger than what is read here, in one way or another: the end of a sentence.
    #[error("it {0}")]
    Unread(String),
}

impl TarballError {
    /// Whether npm may read it all the same.
    pub(super) fn is_ours(&self) -> bool {
        match self {
            Self::Unread(_) => true,
            Self::Unreadable(kind) => read::is_unread(*kind),
            _ => false,
        }
    }
}

/// The text of package.json, and the files beside it.
type Packed = (Vec<u8>, Vec<PackedEntry>);

/// The text of the last package.json right below a top folder: what is unpacked later lies over what came before. And the
/// files of the archive.
///
/// # Errors
/// When npm would find none, or stop before it does; and past the limits, where that is not known.
pub(super) fn manifest(world: &World, path: &Path) -> Result<Packed, TarballError> {
    let file = world.files.open(path, limit::TARBALL).map_err(|error| TarballError::Unreadable(error.kind()))?;
    manifest_within(LIMITS, BufReader::with_capacity(64 * 1024, file))
}

fn manifest_within<'r>(limits: Limits, packed: impl BufRead + 'r) -> Result<Packed, TarballError> {
    let plain = Unpacked::new(packed, limits.members, limits.unpacked);
    let mut plain = plain.map_err(|error| TarballError::Unreadable(error.kind()))?;
    let found = last_manifest(limits, &mut plain);
    if let Err(error @ TarballError::Unread(_)) = found {
        return Err(error);
    }
    // npm decompresses what follows the archive, too; the next lines report errors.
    io::copy(&mut plain, &mut io::sink()).ok();
    match plain.stopped() {
        Some(Stop::AtLimit) => {
            let size = read::size(limits.unpacked);
            Err(TarballError::Unread(format!("unpacks to more than {size}; the rest was not read")))
        }
        Some(Stop::By(error)) if error.kind() == io::ErrorKind::QuotaExceeded => {
            Err(TarballError::Unread(format!("has more than {} gzip streams", limits.members)))
        }
        Some(Stop::By(error)) => Err(TarballError::Compression(error)),
        None => found,
    }
}

fn last_manifest(limits: Limits, plain: impl Read) -> Result<Packed, TarballError> {
    let mut found = None;
    let mut files: Vec<PackedEntry> = Vec::new();
    let mut pending = Pending::default();
    let (mut held, mut left) = (Vec::new(), MOST_KEPT);
    let mut archive = tar::Archive::new(plain);
    // Raw, because `tar` holds a header for the next entry in memory, however long it is.
    for (number, entry) in archive.entries().map_err(TarballError::NoArchive)?.raw(true).enumerate() {
        if number >= limits.entries {
            return Err(TarballError::Unread(format!("has more than {} entries", limits.entries)));
        }
        let mut entry = match entry {
            Ok(entry) => entry,
            // npm passes over a header that makes no sense.
            Err(_) if found.is_some() => break,
            Err(error) => return Err(TarballError::NoArchive(error)),
        };
        let (kind, size) = (entry.header().entry_type(), entry.size());
        let mut text = Vec::new();
        let mut count = 0;
        if describes_next(kind) {
            if size <= LONGEST_HEADER {
                count = io::copy(&mut entry, &mut text).map_err(TarballError::NoArchive)?;
                pending.add(kind, &text);
            }
        } else {
            let pending = std::mem::take(&mut pending);
            if pending.size.is_some_and(|pending| pending != size) {
                let why = "states the size of a file in two ways, so it was not read";
                return Err(TarballError::Unread(why.to_owned()));
            }
            let path = pending.path.or_else(|| entry.path().ok().map(std::borrow::Cow::into_owned));
            let link = match kind {
                EntryType::Link => Some(PackedLink::Hard),
                EntryType::Symlink => Some(PackedLink::Symbolic),
                _ => None,
            };
            let is_executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
            let (mut start, mut seen, mut text_kept) = (Vec::new(), None, None);
            if kind.is_file() && path.as_ref().is_some_and(|path| is_manifest(path)) {
                let held = &mut (&mut entry).take(limits.manifest);
                count = io::copy(held, &mut text).map_err(TarballError::NoArchive)?;
                found = Some((text, size > limits.manifest));
            }
            let is_kept = kind.is_file() || link.is_some();
            if let Some(path) = path.filter(|_| is_kept).and_then(|path| below_top(&path)) {
                if count == 0 && kind.is_file() && size <= MAX_SEEN {
                    held.clear();
                    count = entry.read_to_end(&mut held).map_err(TarballError::NoArchive)? as u64;
                    seen = Some(Box::new(Seen::of(&path, &held)));
                    start = held[..held.len().min(HEAD)].to_vec();
                    if is_code(&path) && size <= MAX_SOURCE && size <= left {
                        left -= size;
                        text_kept = Some(held.as_slice().into());
                    }
                }
                start.truncate(if files.len() < MOST_HEADS { HEAD } else { 0 });
                files.push(PackedEntry { path, size, is_executable, link, head: start, seen, text: text_kept });
            }
        }
        count += io::copy(&mut entry, &mut io::sink()).map_err(TarballError::NoArchive)?;
        if count < size {
            return Err(TarballError::CutShort);
        }
    }
    match found {
        Some((text, false)) => Ok((text, files)),
        Some((_, true)) => {
            let size = read::size(limits.manifest);
            Err(TarballError::Unread(format!("has a package.json larger than {size}, which was not read")))
        }
        None => Err(TarballError::NoManifest),
    }
}

/// What Node may load, and what says how.
fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = [".js", ".mjs", ".cjs"];
    name == "package.json" || !name.contains('.') || ends.iter().any(|end| name.ends_with(end))
}

/// Right below a top folder.
fn is_manifest(path: &Path) -> bool {
    path.components().count() == 2 && path.file_name().is_some_and(|name| name == "package.json")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn tar(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, text) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    const SMALL: Limits = Limits { unpacked: 1024 * 1024, entries: 8, members: 4, manifest: 4096 };

    fn read(bytes: &[u8]) -> Result<String, String> {
        let found = manifest_within(SMALL, bytes);
        found.map(|(text, _)| String::from_utf8(text).unwrap()).map_err(|error| error.to_string())
    }

    /// What a header for the next entry holds.
    fn describing(kind: EntryType, text: &[u8], entry: (&str, &str)) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(text.len() as u64);
        archive.append_data(&mut header, "headers", text).unwrap();
        let described = archive.into_inner().unwrap();
        // Without the two blocks at its end.
        [&described[..described.len() - 1024], &tar(&[entry])].concat()
    }

    #[test]
    fn the_last_of_several_package_json_files_counts() {
        let entries =
            [("package/package.json", "first"), ("package/lib/package.json", "deeper"), ("b/package.json", "last")];
        assert_eq!(read(&gzip(&tar(&entries))).as_deref(), Ok("last"));
        assert_eq!(read(&tar(&entries[..2])).as_deref(), Ok("first"));
        assert!(read(&gzip(&tar(&[("package/index.js", "")]))).is_err());
    }

    #[test]
    fn npm_decompresses_to_the_end() {
        let whole = gzip(&tar(&[("package/package.json", "{}"), ("package/a.js", &"x".repeat(5000))]));
        let with = |more: &[u8]| read(&[&whole[..], more].concat());
        for more in [&b""[..], &[0; 600], b"\0junk", &gzip(&[0; 1024])] {
            assert_eq!(with(more).as_deref(), Ok("{}"), "{more:?}");
        }
        assert!(with(b"junk").is_err());
        assert!(read(&whole[..whole.len() - 4]).is_err());
        assert_eq!(
            read(&tar(&[("package/package.json", "{}"), ("package/a.js", "x")])[..1024 + 512]),
            Err("it is truncated".to_owned())
        );
    }

    #[test]
    fn contents_beyond_the_limit_are_unknown() {
        let large = "x".repeat(2 * 1024 * 1024);
        let entries = [("package/package.json", "{}"), ("package/a.js", &large[..])];
        let is_open = |bytes: &[u8]| manifest_within(SMALL, bytes).is_err_and(|error| error.is_ours());
        for archive in [tar(&entries), tar(&[("package/package.json", &large)]), tar(&[("package/a.js", &large)])] {
            assert!(is_open(&archive) && is_open(&gzip(&archive)));
        }
        let ended = [&tar(&entries[..1])[..], &vec![0; 2 * 1024 * 1024]].concat();
        assert!(is_open(&gzip(&ended)), "what follows its end counts, too");
        assert!(!is_open(&gzip(&tar(&[("package/a.js", &large[..1024 * 1024 - 4096])]))));
        assert!(is_open(&tar(&[("package/a.js", ""); 9])), "too many entries");
        assert!(!is_open(&tar(&[("package/a.js", ""); 8])));
        let member = gzip(b"");
        assert!(is_open(&[&member.repeat(5)[..], &gzip(&tar(&entries[..1]))].concat()), "too many streams");
        assert!(!is_open(&[&member.repeat(4)[..], &gzip(&tar(&entries[..1]))].concat()));
    }

    #[test]
    fn an_oversized_package_json_is_undecided_unless_another_follows() {
        let large = " ".repeat(4097);
        let text = read(&tar(&[("package/package.json", &large)]));
        assert!(text.is_err_and(|why| why.contains("package.json larger than")));
        let entries = [("package/package.json", &large[..]), ("package/package.json", "{}")];
        assert_eq!(read(&gzip(&tar(&entries))).as_deref(), Ok("{}"));
        assert_eq!(read(&tar(&[("package/package.json", &large[1..])])).map(|text| text.len()), Ok(4096));
    }

    #[test]
    fn a_long_name_or_pax_header_names_the_next_entry() {
        let named = |kind, text: &[u8]| read(&describing(kind, text, ("x", "{}")));
        assert_eq!(named(EntryType::XHeader, b"29 path=package/package.json\n").as_deref(), Ok("{}"));
        assert_eq!(named(EntryType::GNULongName, b"package/package.json\0").as_deref(), Ok("{}"));
        assert!(named(EntryType::XHeader, b"nonsense").is_err_and(|why| why.contains("no package.json")));
        assert!(named(EntryType::XHeader, b"14 size=99999\n").is_err_and(|why| why.contains("in two ways")));
        assert_eq!(named(EntryType::XHeader, b"10 size=2\n29 path=package/package.json\n").as_deref(), Ok("{}"));
        let long = [&b"package/package.json\0"[..], &vec![0; 2 * 1024 * 1024]].concat();
        let found = manifest_within(LIMITS, &describing(EntryType::GNULongName, &long, ("x", "{}"))[..]);
        assert!(matches!(found, Err(TarballError::NoManifest)), "npm passes over it");
    }
}
