//! The package.json of a packed package, as npm 11.19.1 gets at it: it unpacks the whole archive without its top folders
//! (pacote 21, lib/fetcher.js), and stops where it cannot.

use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::world::World;

/// Bytes of a package.json inside a tarball: a bound against archives that unpack without end.
const MANIFEST_LIMIT: u64 = 16 * 1024 * 1024;

/// The text of the last package.json right below a top folder: what is unpacked later lies over what came before.
pub(super) fn manifest(world: &World, path: &Path) -> Result<Vec<u8>, String> {
    let bytes = world.files.read(path).map_err(|error| format!("it cannot be read: {}", error.kind()))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return last_manifest(&bytes[..]);
    }
    io::copy(&mut Members(GzDecoder::new(&bytes[..])), &mut io::sink())
        .map_err(|error| format!("npm cannot decompress it to its end ({error})"))?;
    last_manifest(Members(GzDecoder::new(&bytes[..])))
}

fn last_manifest(plain: impl Read) -> Result<Vec<u8>, String> {
    let mut found = None;
    let mut archive = tar::Archive::new(plain);
    let broken = |error: io::Error| format!("it is not a tar archive ({error})");
    for entry in archive.entries().map_err(broken)? {
        let mut entry = match entry {
            Ok(entry) => entry,
            // npm passes over a header that makes no sense.
            Err(_) if found.is_some() => break,
            Err(error) => return Err(broken(error)),
        };
        let is_manifest = entry.header().entry_type().is_file()
            && entry.path().is_ok_and(|path| {
                path.components().count() == 2 && path.file_name().is_some_and(|name| name == "package.json")
            });
        let mut text = Vec::new();
        if is_manifest {
            entry.by_ref().take(MANIFEST_LIMIT).read_to_end(&mut text).map_err(broken)?;
        }
        let rest = io::copy(&mut entry, &mut io::sink()).map_err(broken)?;
        if text.len() as u64 + rest < entry.size() {
            return Err("it is cut short".to_owned());
        }
        found = if is_manifest { Some(text) } else { found };
    }
    found.ok_or_else(|| "it holds no package.json".to_owned())
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

    struct One(Vec<u8>);

    impl crate::world::Files for One {
        fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
            Ok(self.0.clone())
        }
        fn is_file(&self, _: &Path) -> bool {
            true
        }
        fn is_dir(&self, _: &Path) -> bool {
            false
        }
        fn list(&self, _: &Path) -> io::Result<Vec<String>> {
            Ok(Vec::new())
        }
        fn real_path(&self, path: &Path) -> io::Result<std::path::PathBuf> {
            Ok(path.to_path_buf())
        }
        fn git_tracks(&self, _: &Path) -> Option<bool> {
            None
        }
    }

    fn read(bytes: Vec<u8>) -> Result<String, String> {
        let world = World::memory(&[], &[]);
        let cwd = world.cwd.clone();
        let world = world.with_files(Box::new(One(bytes)), cwd);
        manifest(&world, Path::new("/x.tgz")).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn of_several_the_last_one_counts() {
        let entries =
            [("package/package.json", "first"), ("package/lib/package.json", "deeper"), ("b/package.json", "last")];
        assert_eq!(read(gzip(&tar(&entries))).as_deref(), Ok("last"));
        assert_eq!(read(tar(&entries[..2])).as_deref(), Ok("first"));
        assert!(read(gzip(&tar(&[("package/index.js", "")]))).is_err());
    }

    #[test]
    fn npm_decompresses_to_the_end() {
        let whole = gzip(&tar(&[("package/package.json", "{}"), ("package/a.js", &"x".repeat(5000))]));
        let with = |more: &[u8]| read([&whole[..], more].concat());
        for more in [&b""[..], &[0; 600], b"\0junk", &gzip(&[0; 1024])] {
            assert_eq!(with(more).as_deref(), Ok("{}"), "{more:?}");
        }
        assert!(with(b"junk").is_err());
        assert!(read(whole[..whole.len() - 4].to_vec()).is_err());
        assert_eq!(
            read(tar(&[("package/package.json", "{}"), ("package/a.js", "x")])[..1024 + 512].to_vec()),
            Err("it is cut short".to_owned())
        );
    }
}
