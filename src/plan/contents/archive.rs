//! How large the tarball of a package would be. npm packs with the same format and the same level of compression (pacote 21,
//! lib/util/tar-create-options.js), by another compressor: the size is right to a few percent.

use std::cell::Cell;
use std::io::{self, Read as _, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::PackedFile;
use crate::project::world::World;

/// By which part npm's compressor may be better.
const BETTER: u64 = 16;

/// Counts what is written, and takes no more than so much.
struct Counter<'c> {
    count: &'c Cell<u64>,
    most: u64,
}

impl Write for Counter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.count.get() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.count.set(self.count.get() + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In bytes; `None`: a file could not be read.
pub(super) fn size(world: &World, folder: &Path, files: &[PackedFile]) -> Option<u64> {
    let (count, mut left) = (Cell::new(0), u64::MAX);
    pack(world, folder, files, Counter { count: &count, most: u64::MAX }, &mut left)?;
    Some(count.get())
}

/// What it takes at least, in bytes, found out by packing files until that is more than `enough`, or no more bytes of files are
/// left that may be packed.
pub(super) fn least_size(world: &World, folder: &Path, files: &[PackedFile], enough: u64, left: &mut u64) -> u64 {
    let count = Cell::new(0);
    let most = enough.saturating_add(enough / (BETTER - 1)).saturating_add(BETTER);
    // Where it ends does not matter: what has been packed by then does.
    let _ = pack(world, folder, files, Counter { count: &count, most }, left);
    count.get() - count.get() / BETTER
}

/// Packs files into it, as long as bytes of them are left that may be packed; `None`: not all of them.
fn pack(world: &World, folder: &Path, files: &[PackedFile], counter: Counter<'_>, left: &mut u64) -> Option<()> {
    let mut order: Vec<&PackedFile> = files.iter().collect();
    // Files of one kind next to each other are packed smaller: pacote sorts them by extension.
    order.sort_by_key(|file| (file.path.rsplit_once('.').map_or("", |(_, end)| end), file.path.as_str()));
    let mut archive = tar::Builder::new(GzEncoder::new(counter, Compression::best()));
    for file in order {
        let size = file.size?;
        let content = world.files.open(&folder.join(&file.path), size).ok()?.take(*left);
        *left = left.saturating_sub(size);
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(if file.is_executable { 0o755 } else { 0o644 });
        header.set_mtime(499_162_500);
        archive.append_data(&mut header, format!("package/{}", file.path), content).ok()?;
        if *left == 0 {
            return None;
        }
    }
    archive.into_inner().ok()?.finish().ok().map(drop)
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

    #[test]
    fn packing_stops_once_the_tarball_is_large_enough() {
        let mut state = 1_u32;
        let noise = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'0' + (state >> 26) as u8)
        };
        let noise: String = (0..1_000_000).map(noise).collect();
        let world = World::memory(&[("/project/a.js", &noise)], &[]);
        let file = PackedFile { path: "a.js".to_owned(), size: Some(1_000_000), is_executable: false };
        let (folder, files) = (Path::new("/project"), [file]);
        let whole = size(&world, folder, &files).unwrap();
        let least = |enough| least_size(&world, folder, &files, enough, &mut { super::super::MAX_MEASURED });
        assert!((100_000..300_000).contains(&least(100_000)), "{}", least(100_000));
        assert!((whole * 9 / 10..whole).contains(&least(whole)), "{} of {whole}", least(whole));
    }

    #[test]
    fn packages_of_a_run_share_what_may_be_packed() {
        let world = World::memory(&[("/project/a.js", &"x".repeat(1000))], &[]);
        let file = PackedFile { path: "a.js".to_owned(), size: Some(1000), is_executable: false };
        let mut left = 1500;
        let mut least = || least_size(&world, Path::new("/project"), std::slice::from_ref(&file), 1_000_000, &mut left);
        let (first, second, third) = (least(), least(), least());
        assert!(first > 0 && second < first && third <= second, "{first} {second} {third}");
        assert_eq!(left, 0);
    }
}
