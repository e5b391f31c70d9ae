//! Packages as npm packs them: gzip around tar. What is read of an archive comes as a stream, and there is an end to what a few
//! kilobytes may unpack to.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use tar::{EntryType, PaxExtensions};

/// npm passes over a header for the next entry that is larger (tar 7, lib/parse.js `maxMetaEntrySize`).
pub(crate) const LONGEST_HEADER: u64 = 1024 * 1024;

/// What the entries before an entry say of it.
#[derive(Default)]
pub(crate) struct Pending {
    /// Its path.
    pub(crate) path: Option<PathBuf>,
    /// Its size in bytes.
    pub(crate) size: Option<u64>,
}

/// Whether an entry says something of the one behind it.
pub(crate) fn describes_next(kind: EntryType) -> bool {
    kind.is_gnu_longname() || kind.is_gnu_longlink() || kind.is_pax_local_extensions()
}

impl Pending {
    /// Takes what a header holds.
    pub(crate) fn add(&mut self, kind: EntryType, text: &[u8]) {
        if kind.is_gnu_longname() {
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            self.path = Some(String::from_utf8_lossy(&text[..end]).into_owned().into());
        }
        if kind.is_pax_local_extensions() {
            // npm passes over what is no extension, too.
            for extension in PaxExtensions::new(text).filter_map(Result::ok) {
                match extension.key_bytes() {
                    b"path" => {
                        self.path = Some(String::from_utf8_lossy(extension.value_bytes()).into_owned().into());
                    }
                    b"size" => self.size = extension.value().ok().and_then(|size| size.parse().ok()).or(self.size),
                    _ => {}
                }
            }
        }
    }
}

/// The path without the top folder.
pub(crate) fn below_top(path: &Path) -> Option<String> {
    let mut parts = path.components();
    parts.next()?;
    let below = parts.as_path().to_string_lossy().replace('\\', "/");
    (!below.is_empty()).then_some(below)
}

/// How much of an archive is listed.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    /// Bytes that are unpacked.
    pub(crate) unpacked: u64,
    /// Files, folders and the headers that describe them.
    pub(crate) entries: usize,
    /// Bytes of the paths of files.
    pub(crate) paths: usize,
}

/// gzip streams one behind the other; npm makes one.
const MOST_MEMBERS: usize = 1000;

/// The files of a package, from its folder on, and their sizes in bytes.
///
/// # Errors
/// Why they are not known: what follows "it".
pub(crate) fn files(packed: impl BufRead, limits: Listed) -> Result<BTreeMap<String, u64>, &'static str> {
    let mut plain = Unpacked::new(packed, MOST_MEMBERS, limits.unpacked).map_err(|_| "cannot be read")?;
    let files = entries(&mut plain, limits);
    match plain.stopped() {
        Some(Stop::AtLimit) => Err("unpacks to more than is read"),
        Some(Stop::By(_)) => Err("cannot be decompressed"),
        None => files,
    }
}

fn entries(plain: impl Read, limits: Listed) -> Result<BTreeMap<String, u64>, &'static str> {
    const NO_ARCHIVE: &str = "is not a tar archive";
    let mut files = BTreeMap::new();
    let mut pending = Pending::default();
    let mut left = limits.paths;
    let mut archive = tar::Archive::new(plain);
    // Raw, because `tar` holds a header for the next entry in memory, however long it is.
    for (number, entry) in archive.entries().map_err(|_| NO_ARCHIVE)?.raw(true).enumerate() {
        let mut entry = entry.map_err(|_| NO_ARCHIVE)?;
        let (kind, size) = (entry.header().entry_type(), entry.size());
        if number >= limits.entries {
            return Err("has more entries than are read");
        }
        if describes_next(kind) {
            let mut text = Vec::new();
            if size <= LONGEST_HEADER && entry.read_to_end(&mut text).is_ok() {
                pending.add(kind, &text);
            }
            continue;
        }
        let pending = std::mem::take(&mut pending);
        let path = pending.path.or_else(|| entry.path().ok().map(std::borrow::Cow::into_owned));
        if let Some(path) = path.filter(|_| kind.is_file()).and_then(|path| below_top(&path)) {
            left = left.checked_sub(path.len()).ok_or("has longer file names than are read")?;
            files.insert(path, size);
        }
    }
    Ok(files)
}

/// What is unpacked, up to a limit; why it stopped is kept, because who reads an archive may pass over an error.
pub(crate) struct Unpacked<R> {
    plain: R,
    left: u64,
    stopped: Option<Stop>,
}

/// Why nothing more is unpacked.
pub(crate) enum Stop {
    /// There is more than may be unpacked.
    AtLimit,
    /// What unpacks it.
    By(io::Error),
}

impl<'r> Unpacked<Box<dyn Read + 'r>> {
    /// `members`: gzip streams one behind the other; `most`: bytes.
    ///
    /// # Errors
    /// When nothing can be read.
    pub(crate) fn new(mut packed: impl BufRead + 'r, members: usize, most: u64) -> io::Result<Self> {
        let is_gzip = packed.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let plain: Box<dyn Read + 'r> = if is_gzip {
            Box::new(Members { current: Some(GzDecoder::new(packed)), left: members })
        } else {
            Box::new(packed)
        };
        Ok(Self { plain, left: most, stopped: None })
    }
}

impl<R> Unpacked<R> {
    /// Why it stopped before its end.
    pub(crate) fn stopped(self) -> Option<Stop> {
        self.stopped
    }
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
struct Members<R> {
    /// `None`: the last one has ended.
    current: Option<GzDecoder<R>>,
    /// How many may follow.
    left: usize,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.current {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let rest = member.get_mut().fill_buf()?;
            if rest.first().is_none_or(|next| *next == 0) {
                return Ok(0);
            }
            self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::QuotaExceeded)?;
            self.current = self.current.take().map(|member| GzDecoder::new(member.into_inner()));
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Listed = Listed { unpacked: 64 * 1024, entries: 8, paths: 1024 };

    fn packed(entries: &[(&str, usize)]) -> Vec<u8> {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(gzip);
        for (path, size) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(*size as u64);
            archive.append_data(&mut header, path, vec![b'x'; *size].as_slice()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn files_are_listed_below_the_top_folder_with_their_sizes() {
        let long = format!("package/{}/a.js", "folder/".repeat(40).trim_end_matches('/'));
        let bytes = packed(&[("package/package.json", 2), (&long, 7), ("other/lib/b.js", 700)]);
        let found = files(&*bytes, LIMITS).unwrap();
        let expected = [("lib/b.js", 700), (&long["package/".len()..], 7), ("package.json", 2)];
        assert_eq!(found, expected.map(|(path, size)| (path.to_owned(), size)).into());
    }

    #[test]
    fn an_archive_that_is_broken_or_too_large_has_no_list() {
        let bomb = packed(&[("package/a.js", 100_000)]);
        assert_eq!(files(&*bomb, LIMITS), Err("unpacks to more than is read"));
        let many: Vec<String> = (0..9).map(|number| format!("package/{number}")).collect();
        let many: Vec<(&str, usize)> = many.iter().map(|path| (path.as_str(), 0)).collect();
        assert_eq!(files(&*packed(&many), LIMITS), Err("has more entries than are read"));
        let names = packed(&[(&format!("package/{}", "n".repeat(2000)), 0)]);
        assert_eq!(files(&*names, LIMITS), Err("has longer file names than are read"));
        let whole = packed(&[("package/a.js", 5000)]);
        assert_eq!(files(&whole[..whole.len() - 20], LIMITS), Err("cannot be decompressed"));
        assert_eq!(files(&b"<!DOCTYPE html>"[..], LIMITS), Err("is not a tar archive"));
    }
}
