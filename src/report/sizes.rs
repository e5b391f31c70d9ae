//! How many files are packed, and how large they are, in words.

use crate::plan::contents::Contents;

/// `3 files, 1.2 kB`
pub(super) fn total(contents: &Contents) -> String {
    let count = crate::text::count::plural(contents.files.len(), "file");
    contents.unpacked_size().map_or_else(|| count.clone(), |sum| format!("{count}, {}", size(sum)))
}

/// `412 B packed`; empty: not known.
pub(super) fn packed(contents: &Contents) -> String {
    match (contents.archive_size, contents.estimated_archive_size) {
        (Some(exact), _) => format!("{} packed", size(exact)),
        (None, Some(estimated)) => format!("about {} packed", size(estimated)),
        (None, None) => String::new(),
    }
}

/// As npm writes it, in powers of 1000.
pub(super) fn size(bytes: u64) -> String {
    let (unit, divisor) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let tenths = bytes.saturating_mul(10).saturating_add(divisor / 2) / divisor;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}
