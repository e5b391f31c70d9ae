//! What becomes of one entry of `files`: whether something of it is packed, and if not, what stands in the way.

use std::path::Path;

use super::named::expand;
use super::tree::Tree;
use super::{EntryStatus, ListError};
use crate::npm::glob::{Glob, Options, Steps, cut};
use crate::project::world::{EntryKind, World};

/// What npm leaves out whatever `files` says.
const LEFT_OUT: [&str; 10] = [
    ".git",
    "node_modules",
    ".npmrc",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    ".gitignore",
];

pub(super) fn of(world: &World, folder: &Path, entry: &str, packed: &[&str]) -> Result<EntryStatus, ListError> {
    let path = entry.strip_prefix("./").or_else(|| entry.strip_prefix('/')).unwrap_or(entry);
    let path = path.trim_end_matches('/');
    let inner = path.strip_suffix("/**").or_else(|| path.strip_suffix("/*")).unwrap_or(path);
    let is_odd = |part: &str| matches!(part, "." | ".." | "");
    if entry.starts_with('!') || inner.is_empty() || inner.split('/').any(is_odd) || LEFT_OUT.contains(&inner) {
        return Ok(EntryStatus::Fine);
    }
    let steps = Steps::default();
    let tree = Tree::new(world);
    if inner.contains(['*', '?', '[', '{', '(', '\\']) {
        let options = Options { dot: true, nocase: true, nocomment: true, nonegate: true, ..Options::default() };
        let Ok(glob) = Glob::new(inner, options, &steps) else { return Ok(EntryStatus::Fine) };
        let is_hit = |file: &str| {
            let parts = cut(file);
            (1..=parts.len()).any(|end| glob.matches(&parts[..end], &steps).unwrap_or(true))
        };
        let is_there = packed.iter().any(|file| is_hit(file)) || !expand(&tree, &steps, folder, inner)?.is_empty();
        return Ok(if is_there { EntryStatus::Fine } else { EntryStatus::Unmatched });
    }
    let lower = inner.to_ascii_lowercase();
    let is_hit = |file: &str| {
        let file = file.to_ascii_lowercase();
        file.strip_prefix(&lower).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if packed.iter().any(|file| is_hit(file)) {
        return Ok(EntryStatus::Fine);
    }
    let at = folder.join(inner);
    let is_folder = match tree.kind(&at) {
        None => return Ok(EntryStatus::Unmatched),
        Some(EntryKind::Link) => return Ok(EntryStatus::Link),
        Some(EntryKind::File) => false,
        Some(EntryKind::Folder) if has_files(&tree, &at, 0)? => true,
        Some(_) => return Ok(EntryStatus::Fine),
    };
    // The root's own ignore files do not count beside `files`.
    let mut folders: Vec<&str> = inner.match_indices('/').map(|(end, _)| &inner[..end]).collect();
    folders.extend(is_folder.then_some(inner));
    for inside in folders {
        for name in [".npmignore", ".gitignore"] {
            if tree.kind(&folder.join(inside).join(name)).is_some() {
                return Ok(EntryStatus::Swallowed { by: format!("{inside}/{name}") });
            }
        }
    }
    Ok(EntryStatus::Fine)
}

/// Files that somebody may want to be packed.
fn has_files(tree: &Tree<'_>, folder: &Path, depth: usize) -> Result<bool, ListError> {
    for entry in tree.entries(folder)?.iter().filter(|entry| !entry.name.starts_with('.')) {
        let is_file = match entry.kind {
            EntryKind::File => true,
            EntryKind::Folder => has_files(tree, &folder.join(&entry.name), Tree::deeper(depth)?)?,
            EntryKind::Link | EntryKind::Other => false,
        };
        if is_file {
            return Ok(true);
        }
    }
    Ok(false)
}
