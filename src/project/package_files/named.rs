//! What the entries of `files` become: rules that keep or drop (npm-packlist, lib/index.js `processPackage`). npm 11 looks each
//! one up as a path and takes it for a pattern where there is nothing; npm 12 expands all of them on the disk.

use std::collections::HashSet;
use std::path::Path;

use super::ListError;
use super::shared::{Dialect, Shared, join};
use super::tree::{LOOK, Tree};
use crate::npm::glob::{Glob, Options, Part, PatternError, Steps};
use crate::project::world::EntryKind;

/// `braceExpandMax` of glob 13.0.6.
const MAX_EXPANSIONS: usize = 10_000;

/// The rules that `files` stands for.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Behind `*`, in their order.
    pub(super) rules: Vec<String>,
    /// In front of the strict ones.
    pub(super) strict: Vec<String>,
    /// Files, from the package on.
    pub(super) required: Vec<String>,
}

impl Named {
    /// As npm 11 does it, and pnpm, to which `..` is a name that nothing has, and what comes last counts.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn looked_up(shared: &Shared<'_>, folder: &Path, files: &[String]) -> Result<Self, ListError> {
        let mut named = Self::default();
        let tree = &shared.tree;
        let is_npm = matches!(shared.dialect, Dialect::Npm(_));
        for written in files.iter().filter(|file| is_npm || !file.split('/').any(|part| part == "..")) {
            shared.steps.spend(LOOK + written.len())?;
            shared.steps.take(128 + written.len() * 4)?;
            let mut file = written.strip_prefix('.').filter(|rest| rest.starts_with('/')).unwrap_or(written).to_owned();
            if file.ends_with("/*") {
                file.push('*');
            }
            let line = format!("!{file}");
            let path = file.trim_start_matches('!');
            // With a slash behind it a file is not found.
            let at = join(folder, path);
            let kind = match tree.kind(&at) {
                Some(EntryKind::File) if path.ends_with('/') || path.ends_with("/.") => None,
                Some(EntryKind::Link) if path.ends_with('/') || path.ends_with("/.") => {
                    tree.world.files.is_dir(&at).then_some(EntryKind::Folder)
                }
                kind => kind,
            };
            match kind {
                Some(EntryKind::File) => {
                    named.strict.push(line);
                    named.required.push(plain(&file));
                }
                Some(EntryKind::Folder) => {
                    named.rules.push(line.clone());
                    named.rules.push(line + "/**");
                }
                Some(EntryKind::Link | EntryKind::Other) => {}
                None => named.rules.push(line),
            }
        }
        if is_npm {
            named.strict.reverse();
        }
        Ok(named)
    }

    /// As npm 12 does it.
    ///
    /// # Errors
    /// When a pattern is too complex, or there is too much to look at.
    pub(super) fn expanded(shared: &Shared<'_>, folder: &Path, files: &[String]) -> Result<Self, ListError> {
        let mut named = Self::default();
        for entry in files {
            let is_negated = entry.starts_with('!');
            let pattern = entry.trim_start_matches('!');
            let pattern = pattern.strip_prefix("./").or_else(|| pattern.strip_prefix('/')).unwrap_or(pattern);
            let pattern = pattern.trim_end_matches('/');
            if pattern.is_empty() {
                continue;
            }
            let lent = shared.steps.lend();
            let Some(glob) = compiled(pattern, shared.steps)? else { continue };
            if glob.sets.iter().any(|set| walks_outside(set)) {
                return Err(ListError::Endless(entry.clone()));
            }
            let prefix = if is_negated { "" } else { "!" };
            let found = matching(&shared.tree, shared.steps, folder, &glob)?;
            drop(lent);
            for (path, is_folder) in found {
                shared.steps.take(path.len() + 48)?;
                named.rules.push(format!("{prefix}/{path}"));
                if is_folder {
                    named.rules.push(format!("{prefix}/{path}/**"));
                }
            }
        }
        Ok(named)
    }
}

/// glob 13 follows `**` from a folder above the package into everything that lies beside it, such as a home directory.
/// Nothing of that is packed.
fn walks_outside(set: &[Part]) -> bool {
    let mut parts = set.iter().skip_while(|part| is_up(part));
    set.first().is_some_and(is_up) && parts.any(|part| matches!(part, Part::Globstar))
}

fn is_up(part: &Part) -> bool {
    matches!(part, Part::Plain(text) if text[..] == [u16::from(b'.'); 2])
}

/// A path without what says nothing, as `path.relative` sees it.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A place in a pattern.
type Place<'p> = (&'p [Part], usize);

/// The files and folders of a package that a pattern matches, and whether each is a folder. What lies outside of the package
/// makes no rule that matters.
pub(super) fn expand(
    tree: &Tree<'_>,
    steps: &Steps,
    folder: &Path,
    pattern: &str,
) -> Result<Vec<(String, bool)>, ListError> {
    compiled(pattern, steps)?.map_or_else(|| Ok(Vec::new()), |glob| matching(tree, steps, folder, &glob))
}

/// A pattern as glob reads it; `None`: it cannot, and npm passes over it.
fn compiled(pattern: &str, steps: &Steps) -> Result<Option<Glob>, ListError> {
    let options = Options {
        dot: true,
        nocase: cfg!(any(windows, target_os = "macos")),
        nocomment: true,
        nonegate: true,
        resolves_dots: true,
        ..Options::default()
    };
    match Glob::capped(pattern, options, MAX_EXPANSIONS, steps) {
        Ok(glob) => Ok(Some(glob)),
        Err(error) if error.is_refused() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn matching(tree: &Tree<'_>, steps: &Steps, folder: &Path, glob: &Glob) -> Result<Vec<(String, bool)>, ListError> {
    let mut places: Vec<Place<'_>> = Vec::new();
    for set in &glob.sets {
        places.extend(from_outside(steps, folder, set)?);
    }
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), String::new(), places, 0)];
    while let Some((path, inside, places, depth)) = waiting.pop() {
        let places = closure(places, steps)?;
        // A folder that only names lead into need not be listed.
        for entry in tree.entries(&path)?.iter() {
            steps.spend(places.len() + 8)?;
            let units: Vec<u16> = entry.name.encode_utf16().collect();
            let mut next: Vec<Place<'_>> = Vec::new();
            for (set, at) in &places {
                match set.get(*at) {
                    Some(Part::Globstar) => next.push((*set, *at)),
                    Some(part) if part.matches(&units, steps)? => next.push((*set, at + 1)),
                    _ => {}
                }
            }
            if next.is_empty() {
                continue;
            }
            let inner = if inside.is_empty() { entry.name.clone() } else { format!("{inside}/{}", entry.name) };
            let is_folder = entry.kind == EntryKind::Folder;
            let next = closure(next, steps)?;
            if next.iter().any(|(set, at)| *at == set.len())
                && matches!(entry.kind, EntryKind::File | EntryKind::Folder)
            {
                steps.take(inner.len() + 48)?;
                found.push((inner.clone(), is_folder));
            }
            if is_folder && next.iter().any(|(set, at)| *at < set.len()) {
                steps.take(next.len() * 24 + inner.len() * 2 + 128)?;
                waiting.push((path.join(&entry.name), inner, next, Tree::deeper(depth)?));
            }
        }
    }
    Ok(found)
}

/// `**` may stand for nothing.
fn closure<'p>(mut places: Vec<Place<'p>>, steps: &Steps) -> Result<Vec<Place<'p>>, PatternError> {
    let key = |(set, at): &Place<'p>| (set.as_ptr(), *at);
    let mut known: Option<HashSet<_>> = None;
    let mut number = 0;
    while let Some((set, at)) = places.get(number).copied() {
        let is_passed = match set.get(at) {
            Some(Part::Globstar) => true,
            Some(Part::Plain(text)) => text.is_empty() || text[..] == [u16::from(b'.')],
            _ => false,
        };
        let next = (set, at + 1);
        if is_passed && known.get_or_insert_with(|| places.iter().map(key).collect()).insert(key(&next)) {
            steps.spend(8)?;
            places.push(next);
        }
        number += 1;
    }
    Ok(places)
}

/// A pattern that leads up may come back by the names of the folders.
fn from_outside<'p>(steps: &Steps, folder: &Path, set: &'p [Part]) -> Result<Vec<Place<'p>>, ListError> {
    // Behind `.//` there is a path of the machine.
    if set.len() > 1 && matches!(&set[0], Part::Plain(text) if text.is_empty()) {
        return Ok(Vec::new());
    }
    let ups = set.iter().take_while(|part| is_up(part)).count();
    if set[ups..].iter().any(is_up) {
        return Err(PatternError::TooComplex.into());
    }
    let mut places = vec![(set, ups)];
    let names: Vec<_> = folder.components().collect();
    for name in &names[names.len().saturating_sub(ups)..] {
        let units: Vec<u16> = name.as_os_str().to_string_lossy().encode_utf16().collect();
        let mut next = Vec::new();
        for (set, at) in closure(places, steps)? {
            match set.get(at) {
                Some(Part::Globstar) => next.push((set, at)),
                Some(part) if part.matches(&units, steps)? => next.push((set, at + 1)),
                _ => {}
            }
        }
        places = next;
    }
    Ok(places)
}
