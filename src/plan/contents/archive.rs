//! How large the tarball of a package would be. npm packs with the same format and the same level of compression (pacote 21,
//! lib/util/tar-create-options.js), by another compressor: the size is right to a few percent.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::PackedFile;
use crate::project::world::World;

/// Counts what is written.
#[derive(Default)]
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In bytes; `None`: a file could not be read.
pub(super) fn size(world: &World, folder: &Path, files: &[PackedFile]) -> Option<u64> {
    let mut order: Vec<&PackedFile> = files.iter().collect();
    // Files of one kind next to each other are packed smaller: pacote sorts them by extension.
    order.sort_by_key(|file| (file.path.rsplit_once('.').map_or("", |(_, end)| end), file.path.as_str()));
    let mut archive = tar::Builder::new(GzEncoder::new(Counter::default(), Compression::best()));
    for file in order {
        let size = file.size?;
        let content = world.files.open(&folder.join(&file.path), size).ok()?;
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(if file.is_executable { 0o755 } else { 0o644 });
        header.set_mtime(499_162_500);
        archive.append_data(&mut header, format!("package/{}", file.path), content).ok()?;
    }
    archive.into_inner().ok()?.finish().ok().map(|counter| counter.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitive_content_compresses_well() {
        let text = "a".repeat(100_000);
        let world = World::memory(&[("/project/a.js", &text)], &[]);
        let file = |path: &str, size| PackedFile { path: path.to_owned(), size: Some(size), is_executable: false };
        let packed = size(&world, Path::new("/project"), &[file("a.js", 100_000)]).unwrap();
        assert!((100..1_000).contains(&packed), "{packed}");
        assert_eq!(size(&world, Path::new("/project"), &[file("b.js", 1)]), None);
    }
}
