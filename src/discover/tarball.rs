//! The package.json of a packed package, as npm 11.19.1 gets at it: it unpacks the whole archive without its top folders
//! (pacote 21, lib/fetcher.js), and stops where it cannot.

use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::world::World;

/// Bytes that are unpacked before an archive is given up as one that may unpack without end.
const LIMIT: u64 = 1024 * 1024 * 1024;

/// Why there is no package.json to judge.
#[derive(Debug, thiserror::Error)]
pub(super) enum TarballError {
    /// It is not there, or may not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// gzip's data is broken, cut short or followed by something else.
    #[error("npm cannot decompress it to its end ({0})")]
    Compression(io::Error),
    /// A header makes no sense.
    #[error("it is not a tar archive ({0})")]
    NoArchive(io::Error),
    /// It ends in the middle of a file.
    #[error("it is cut short")]
    CutShort,
    /// None right below a top folder.
    #[error("it holds no package.json")]
    NoManifest,
    /// What comes after the limit is not known.
    #[error("it unpacks to more than {} MiB, and was read only so far", .0 / 1024 / 1024)]
    TooLarge(u64),
}

/// The text of the last package.json right below a top folder: what is unpacked later lies over what came before.
///
/// # Errors
/// When npm would find none, or stop before it does; and past the limit, where that is not known.
pub(super) fn manifest(world: &World, path: &Path) -> Result<Vec<u8>, TarballError> {
    let bytes = world.files.read(path).map_err(|error| TarballError::Unreadable(error.kind()))?;
    manifest_within(LIMIT, &bytes)
}

fn manifest_within(limit: u64, bytes: &[u8]) -> Result<Vec<u8>, TarballError> {
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read + '_> = if is_gzip { Box::new(Members(GzDecoder::new(bytes))) } else { Box::new(bytes) };
    let mut plain = Unpacked { plain, left: limit, stopped: None };
    let found = last_manifest(&mut plain);
    // npm decompresses what follows the archive, too; of an error the next lines tell.
    io::copy(&mut plain, &mut io::sink()).ok();
    match plain.stopped {
        Some(Stop::AtLimit) => Err(TarballError::TooLarge(limit)),
        Some(Stop::By(error)) => Err(TarballError::Compression(error)),
        None => found,
    }
}

fn last_manifest(plain: impl Read) -> Result<Vec<u8>, TarballError> {
    let mut found = None;
    let mut archive = tar::Archive::new(plain);
    for entry in archive.entries().map_err(TarballError::NoArchive)? {
        let mut entry = match entry {
            Ok(entry) => entry,
            // npm passes over a header that makes no sense.
            Err(_) if found.is_some() => break,
            Err(error) => return Err(TarballError::NoArchive(error)),
        };
        let is_manifest = entry.header().entry_type().is_file()
            && entry.path().is_ok_and(|path| {
                path.components().count() == 2 && path.file_name().is_some_and(|name| name == "package.json")
            });
        let mut text = Vec::new();
        let count = if is_manifest { io::copy(&mut entry, &mut text) } else { io::copy(&mut entry, &mut io::sink()) };
        if count.map_err(TarballError::NoArchive)? < entry.size() {
            return Err(TarballError::CutShort);
        }
        found = if is_manifest { Some(text) } else { found };
    }
    found.ok_or(TarballError::NoManifest)
}

/// What is unpacked, up to a limit; why it stopped is kept, because who reads an archive may pass over an error.
struct Unpacked<R> {
    plain: R,
    left: u64,
    stopped: Option<Stop>,
}

enum Stop {
    AtLimit,
    By(io::Error),
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stopped.is_some() {
            return Err(io::ErrorKind::Other.into());
        }
        let stop = match self.plain.read(buffer) {
            Ok(count) => match self.left.checked_sub(count as u64) {
                Some(left) => {
                    self.left = left;
                    return Ok(count);
                }
                None => Stop::AtLimit,
            },
            Err(error) => Stop::By(error),
        };
        self.stopped = Some(stop);
        Err(io::ErrorKind::Other.into())
    }
}

/// What node's zlib takes for one stream: members one after another, and whatever follows a zero byte.
struct Members<'a>(GzDecoder<&'a [u8]>);

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.0.read(buffer)?;
            let rest = *self.0.get_ref();
            if count > 0 || buffer.is_empty() || rest.first().is_none_or(|next| *next == 0) {
                return Ok(count);
            }
            self.0 = GzDecoder::new(rest);
        }
    }
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

    fn read(bytes: &[u8]) -> Result<String, String> {
        let found = manifest_within(1024 * 1024, bytes);
        found.map(|text| String::from_utf8(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn of_several_the_last_one_counts() {
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
            Err("it is cut short".to_owned())
        );
    }

    #[test]
    fn past_the_limit_nothing_is_known() {
        let large = "x".repeat(2 * 1024 * 1024);
        let entries = [("package/package.json", "{}"), ("package/a.js", &large[..])];
        let is_open = |bytes: &[u8]| matches!(manifest_within(1024 * 1024, bytes), Err(TarballError::TooLarge(_)));
        for archive in [tar(&entries), tar(&[("package/package.json", &large)]), tar(&[("package/a.js", &large)])] {
            assert!(is_open(&archive) && is_open(&gzip(&archive)));
        }
        let ended = [&tar(&entries[..1])[..], &vec![0; 2 * 1024 * 1024]].concat();
        assert!(is_open(&gzip(&ended)), "what follows its end counts, too");
        assert!(!is_open(&gzip(&tar(&[("package/a.js", &large[..1024 * 1024 - 4096])]))));
    }
}
