//! What `npm-preflight files` prints: the files that would be in each package.

use std::borrow::Cow;

use serde::Serialize;

use super::sizes;
use crate::plan::PublishPlan;
use crate::plan::contents::PackedFile;
use crate::text::escape;
use crate::text::redact::Scrubber;

/// The files of the packages for people, with their sizes and a total.
pub fn render(plans: &[PublishPlan], scrubber: &Scrubber, color: bool) -> String {
    let tables: Vec<String> = plans.iter().filter_map(|plan| table(plan, color)).collect();
    scrubber.scrub(&escape::commands(&tables.join("\n")))
}

fn table(plan: &PublishPlan, color: bool) -> Option<String> {
    let contents = plan.packed.contents.as_ref().ok()?;
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
