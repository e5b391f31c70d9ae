//! What happens to one entry of `files`: whether something of it is packed, and if not, why.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::Path;

use super::named::expand;
use super::tree::{LOOK, Tree};
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

/// Looks at entries of `files` of one package, one after the other.
pub struct Entries<'a> {
    tree: Tree<'a>,
    folder: &'a Path,
    packed: &'a [&'a str],
    /// What is packed and the folders around it, in ASCII lower case.
    lower: OnceCell<HashSet<String>>,
    steps: &'a Steps,
}

impl<'a> Entries<'a> {
    /// `packed`: the files of the package.
    pub fn new(world: &'a World, folder: &'a Path, packed: &'a [&'a str], steps: &'a Steps) -> Self {
        Self { tree: Tree::new(world), folder, packed, lower: OnceCell::new(), steps }
    }

    /// What happens to an entry of `files` where npm packs.
    ///
    /// # Errors
    /// When it is not known what it matches, or there is too much to look at.
    pub fn status(&self, entry: &str) -> Result<EntryStatus, ListError> {
        self.steps.spend(16 + entry.len() / 8)?;
        let path = entry.strip_prefix("./").or_else(|| entry.strip_prefix('/')).unwrap_or(entry);
        let path = path.trim_end_matches('/');
        let inner = path.strip_suffix("/**").or_else(|| path.strip_suffix("/*")).unwrap_or(path);
        let is_odd = |part: &str| matches!(part, "." | ".." | "");
        if entry.starts_with('!') || inner.is_empty() || inner.split('/').any(is_odd) || LEFT_OUT.contains(&inner) {
            return Ok(EntryStatus::Fine);
        }
        if inner.contains(['*', '?', '[', '{', '(', '\\']) {
            return self.status_of_pattern(inner);
        }
        if self.is_packed(&inner.to_ascii_lowercase()) {
            return Ok(EntryStatus::Fine);
        }
        self.steps.spend(LOOK)?;
        let (tree, at) = (&self.tree, self.folder.join(inner));
        let is_folder = match tree.kind(&at) {
            None => return Ok(EntryStatus::Unmatched),
            Some(EntryKind::Link) => return Ok(EntryStatus::Link),
            Some(EntryKind::File) => false,
            Some(EntryKind::Folder) if self.has_files(&at, 0)? => true,
            Some(_) => return Ok(EntryStatus::Fine),
        };
        // The root's own ignore files do not count beside `files`.
        let mut folders: Vec<&str> = inner.match_indices('/').map(|(end, _)| &inner[..end]).collect();
        folders.extend(is_folder.then_some(inner));
        for inside in folders {
            self.steps.spend(2 * LOOK)?;
            for name in [".npmignore", ".gitignore"] {
                if tree.kind(&self.folder.join(inside).join(name)).is_some() {
                    return Ok(EntryStatus::Swallowed { by: format!("{inside}/{name}") });
                }
            }
        }
        Ok(EntryStatus::Fine)
    }

    fn status_of_pattern(&self, inner: &str) -> Result<EntryStatus, ListError> {
        let _lent = self.steps.lend();
        let options = Options { dot: true, nocase: true, nocomment: true, nonegate: true, ..Options::default() };
        let glob = match Glob::new(inner, options, self.steps) {
            Ok(glob) => glob,
            Err(error) if error.is_refused() => return Ok(EntryStatus::Fine),
            Err(error) => return Err(error.into()),
        };
        for file in self.packed {
            let parts = cut(file);
            self.steps.spend(parts.len() * 8)?;
            for end in 1..=parts.len() {
                if glob.matches(&parts[..end], self.steps)? {
                    return Ok(EntryStatus::Fine);
                }
            }
        }
        let is_there = !expand(&self.tree, self.steps, self.folder, inner)?.is_empty();
        Ok(if is_there { EntryStatus::Fine } else { EntryStatus::Unmatched })
    }

    fn is_packed(&self, lower: &str) -> bool {
        let all = || {
            let mut all = HashSet::new();
            for file in self.packed {
                let file = file.to_ascii_lowercase();
                for (end, _) in file.rmatch_indices('/') {
                    // Those around it are there, too.
                    if all.contains(&file[..end]) {
                        break;
                    }
                    all.insert(file[..end].to_owned());
                }
                all.insert(file);
            }
            all
        };
        self.lower.get_or_init(all).contains(lower)
    }

    /// Files that may be meant to be packed.
    fn has_files(&self, folder: &Path, depth: usize) -> Result<bool, ListError> {
        let entries = self.tree.entries(folder)?;
        self.steps.spend(LOOK + entries.len() * 8)?;
        for entry in entries.iter().filter(|entry| !entry.name.starts_with('.')) {
            let is_file = match entry.kind {
                EntryKind::File => true,
                EntryKind::Folder => self.has_files(&folder.join(&entry.name), Tree::deeper(depth)?)?,
                EntryKind::Link | EntryKind::Other => false,
            };
            if is_file {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
