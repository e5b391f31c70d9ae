//! What `npm-preflight files` prints: the files that would be in each package.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::json::{Each, write_document};
use super::output::{Escape, Output};
use super::sizes;
use crate::plan::PublishPlan;
use crate::plan::contents::PackedFile;
use crate::text::escape;
use crate::text::redact::Scrubber;

/// The files of the packages for people, with their sizes and a total.
///
/// # Errors
/// When it cannot be written.
pub fn write(plans: &[PublishPlan], scrubber: &Scrubber, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Output::new(out, scrubber, Escape::Text);
    for (number, table) in plans.iter().filter_map(|plan| table(plan, color)).enumerate() {
        let gap = if number > 0 { "\n" } else { "" };
        write!(out, "{gap}{table}")?;
    }
    out.finish()
}

fn table(plan: &PublishPlan, color: bool) -> Option<String> {
    let contents = plan.packed().contents.as_ref().ok()?;
    let files = &contents.files;
    let style = |style: anstyle::Style| if color { style } else { anstyle::Style::new() };
    let (bold, dim) = (style(anstyle::Style::new().bold()), style(anstyle::Style::new().dimmed()));
    let size = |file: &PackedFile| file.size.map_or_else(|| "?".to_owned(), sizes::size);
    let sizes: Vec<String> = files.iter().map(size).collect();
    let width = sizes.iter().map(String::len).max().unwrap_or(0);
    let row =
        |(file, size): (&PackedFile, &String)| format!("  {dim}{size:>width$}{dim:#}  {}\n", escape::line(&file.path));
    let rows: String = files.iter().zip(&sizes).map(row).collect();
    Some(format!("{bold}{}{bold:#}\n{rows}{}\n", escape::line(&super::title(plan)), sizes::total(contents)))
}

#[derive(Serialize)]
struct FilesV1<P> {
    version: u32,
    packages: P,
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
///
/// # Errors
/// When it cannot be written.
pub fn write_json<'p>(plans: &'p [PublishPlan], scrubber: &Scrubber, out: &mut dyn Write) -> io::Result<()> {
    let package = |plan: &'p PublishPlan| {
        let package = &plan.package;
        let files = plan.packed().contents.as_ref().ok()?.files.iter();
        let files = files.map(|file| FileV1 { path: &file.path, size: file.size, executable: file.is_executable });
        Some(PackageV1 { name: super::name(plan), manifest: package.manifest.source.path(), files: files.collect() })
    };
    let packages = Each(|| plans.iter().filter_map(package));
    let mut out = Output::new(out, scrubber, Escape::Json);
    write_document(&FilesV1 { version: 1, packages }, &mut out)?;
    out.finish()
}
