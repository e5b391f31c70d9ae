//! Which of the files that package.json names are left out by `files` alone. That is found out by packing the package with another
//! `files`, so that every rule of the package manager counts.

use std::collections::BTreeSet;

use super::Contents;
use crate::project::manifest::Manifest;
use crate::project::modules::MAX_SOURCE;
use crate::project::modules::reach::{Packed, reach};
use crate::project::package_files::{self, Package, Packer};
use crate::project::seen::secrets;
use crate::project::world::EntryKind;
use crate::text::edit::{self, Change};
use crate::text::source::Span;

/// How many files are tried out: for each the package is listed once more.
const MOST: usize = 16;
/// A package with more files is not listed that often.
const LARGEST: usize = 5_000;

/// Marks them among the files that are missing.
pub(super) fn mark(contents: &mut Contents, packer: &Packer, package: &Package<'_>) {
    let tried: BTreeSet<String> = contents
        .missing
        .iter()
        .filter(|missing| missing.other_case.is_none())
        .filter_map(|missing| missing.unpacked.as_ref())
        .filter(|(path, kind)| *kind == EntryKind::File && may_be_listed(path))
        .map(|(path, _)| path.clone())
        .take(MOST)
        .collect();
    let all = (!tried.is_empty()).then(|| without_files(packer, package)).flatten();
    let Some(all) = all.filter(|all| all.len() <= LARGEST) else { return };
    let is_unlisted = |path: &String| all.contains(path) && is_packed_if_listed(contents, packer, package, path);
    let unlisted: BTreeSet<String> = tried.into_iter().filter(is_unlisted).collect();
    for missing in &mut contents.missing {
        let path = missing.unpacked.as_ref().filter(|_| missing.other_case.is_none());
        missing.is_unlisted = path.is_some_and(|(path, _)| unlisted.contains(path));
    }
}

/// Whether a file looks like one that is meant for others: no source of a build, nothing hidden, and nothing private.
fn may_be_listed(path: &str) -> bool {
    let ends = |known: &[&str]| known.iter().any(|end| path.ends_with(end));
    let is_source = ends(&[".ts", ".mts", ".cts", ".tsx", ".jsx"]) && !ends(&[".d.ts", ".d.mts", ".d.cts"]);
    let is_hidden = path.split('/').any(|part| part.starts_with('.') || part == "node_modules");
    !is_source && !is_hidden && secrets::private_name(path).is_none()
}

/// What would be packed if there were no `files`: all that no ignore file leaves out.
fn without_files(packer: &Packer, package: &Package<'_>) -> Option<BTreeSet<String>> {
    let key = package.manifest.root().member("files")?.key_span;
    packed_with(packer, package, key, "\"\"".to_owned())
}

/// What would be packed if a part of package.json were another.
fn packed_with(packer: &Packer, package: &Package<'_>, span: Span, text: String) -> Option<BTreeSet<String>> {
    let Manifest { source, folder, .. } = package.manifest;
    let text = edit::apply(source.text(), &[Change { span, text }]);
    let manifest = Manifest::parse(source.path().to_owned(), text.as_bytes(), folder);
    let listing = package_files::list(packer, &Package { manifest: &manifest, ..*package });
    listing.ok().map(|listing| listing.files)
}

/// Whether a file would be packed if `files` listed it, with all that it loads and nothing besides.
fn is_packed_if_listed(contents: &Contents, packer: &Packer, package: &Package<'_>, path: &str) -> bool {
    let Some((place, text)) = package.manifest.listing(&[path]) else { return false };
    let Some(files) = packed_with(packer, package, place.span, text) else { return false };
    let is_alone = files.len() == contents.files.len() + 1
        && files.contains(path)
        && contents.files.iter().all(|file| files.contains(&file.path));
    let new = Packed {
        has: &|known| files.contains(known),
        first_with: &|start| files.range(start.to_owned()..).next().filter(|path| path.starts_with(start)).cloned(),
        read: &|path| package.world.files.read(&package.manifest.folder.join(path), MAX_SOURCE).ok(),
    };
    is_alone && reach(&new, vec![path.to_owned()]).missing.is_empty()
}
