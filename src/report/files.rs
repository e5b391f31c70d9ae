//! What `npm-preflight files` prints: the files that would be in each package.

use std::borrow::Cow;

use serde::Serialize;

use crate::plan::PublishPlan;
use crate::plan::contents::{Contents, PackedFile};
use crate::text::escape;
use crate::text::redact::Scrubber;

/// The files of the packages for people, with their sizes and a total.
pub fn render(plans: &[PublishPlan], scrubber: &Scrubber, color: bool) -> String {
    let tables: Vec<String> = plans.iter().filter_map(|plan| table(plan, color)).collect();
    scrubber.scrub(&escape::commands(&tables.join("\n")))
}

fn table(plan: &PublishPlan, color: bool) -> Option<String> {
    let files = &plan.packed.contents.as_ref().ok()?.files;
    let style = |style: anstyle::Style| if color { style } else { anstyle::Style::new() };
    let (bold, dim) = (style(anstyle::Style::new().bold()), style(anstyle::Style::new().dimmed()));
    let size = |file: &PackedFile| file.size.map_or_else(|| "?".to_owned(), size);
    let sizes: Vec<String> = files.iter().map(size).collect();
    let width = sizes.iter().map(String::len).max().unwrap_or(0);
    let row =
        |(file, size): (&PackedFile, &String)| format!("  {dim}{size:>width$}{dim:#}  {}\n", escape::line(&file.path));
    let rows: String = files.iter().zip(&sizes).map(row).collect();
    Some(format!("{bold}{}{bold:#}\n{rows}{}\n", escape::line(&super::title(plan)), total(files)))
}

/// `3 files, 1.2 kB`
pub(super) fn total(files: &[PackedFile]) -> String {
    let count = files.len();
    let word = if count == 1 { "file" } else { "files" };
    let sum: Option<u64> = files.iter().map(|file| file.size).sum();
    sum.map_or_else(|| format!("{count} {word}"), |sum| format!("{count} {word}, {}", size(sum)))
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
fn size(bytes: u64) -> String {
    let (unit, divisor) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let tenths = bytes.saturating_mul(10).saturating_add(divisor / 2) / divisor;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[derive(Serialize)]
struct FilesV1<'a> {
    version: u32,
    packages: Vec<PackageV1<'a>>,
}

#[derive(Serialize)]
struct PackageV1<'a> {
    name: Option<Cow<'a, str>>,
    manifest: &'a str,
    files: Vec<FileV1<'a>>,
}

#[derive(Serialize)]
struct FileV1<'a> {
    path: &'a str,
    size: Option<u64>,
    executable: bool,
}

/// The same for programs.
pub fn render_json(plans: &[PublishPlan], scrubber: &Scrubber) -> String {
    let packages = plans.iter().filter_map(|plan| {
        let contents = plan.packed.contents.as_ref().ok()?;
        let files = contents.files.iter();
        let files = files.map(|file| FileV1 { path: &file.path, size: file.size, executable: file.is_executable });
        Some(PackageV1 {
            name: super::name(plan),
            manifest: plan.package.manifest.source.path(),
            files: files.collect(),
        })
    });
    let document = FilesV1 { version: 1, packages: packages.collect() };
    scrubber.scrub(&super::json::write(&document))
}
