//! The folders that patterns name, as `glob` 13.0.6 (npm 11.19.1, processor.js) finds them for `@npmcli/map-workspaces`.
//! Patterns and folders come from the linted project, so every folder is listed once, every place in a pattern is looked
//! at once in it, and there is an end to both.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use crate::npm::glob::{Glob, Options, Part, PatternError, Steps, Text};
use crate::project::world::{Subfolder, World};

/// `braceExpandMax` of glob (glob.js): what a pattern with braces stands for beyond that is left out.
const MAX_EXPANSIONS: usize = 10_000;
/// How many files and folders are looked at: large monorepos have some hundred thousand outside `node_modules`, and a
/// million are listed in a second or two.
const MAX_ENTRIES: usize = 1_000_000;
/// How many folders are listed. Links that lead back up can make any number of paths.
const MAX_FOLDERS: usize = 100_000;
/// How deep folders may lie. Nobody nests packages like this.
const MAX_DEPTH: usize = 200;
/// How many places in patterns are looked at in how many folders, which takes some hundred bytes each.
const MAX_PLACES: usize = 2_000_000;

/// What a walk may take.
#[derive(Clone, Copy)]
struct Bounds {
    entries: usize,
    folders: usize,
    depth: usize,
    places: usize,
}

const BOUNDS: Bounds = Bounds { entries: MAX_ENTRIES, folders: MAX_FOLDERS, depth: MAX_DEPTH, places: MAX_PLACES };

/// The most bytes that the package.json files of all workspaces hold together: twenty thousand large ones.
pub(super) const MAX_MANIFESTS: usize = 64_000_000;

/// Why it is not known which folders patterns name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// It is not known what a pattern matches.
    #[error("{0}")]
    Pattern(#[from] PatternError),
    /// Too many files.
    #[error("the patterns visit more than {MAX_ENTRIES} files and folders")]
    ManyEntries,
    /// Too many folders.
    #[error("the patterns visit more than {MAX_FOLDERS} folders")]
    ManyFolders,
    /// Too deep.
    #[error("the patterns go more than {MAX_DEPTH} folders deep")]
    Depth,
    /// Too much to hold.
    #[error("the package.json files of the workspaces hold more than {} MB", MAX_MANIFESTS / 1_000_000)]
    ManyBytes,
}

impl ExpandError {
    /// npm fails, too.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Pattern(error) if error.is_refused())
    }
}

/// The folders below `root` that match one of the patterns and none of the ignored ones: paths with `/`, sorted.
///
/// # Errors
/// When npm refuses a pattern, or the folders are too many.
pub(super) fn folders<'p>(
    world: &World,
    root: &Path,
    patterns: impl Iterator<Item = &'p str>,
    ignored: impl Iterator<Item = &'p str>,
    steps: &Steps,
) -> Result<Vec<String>, ExpandError> {
    folders_within(BOUNDS, world, root, patterns, ignored, steps)
}

fn folders_within<'p>(
    bounds: Bounds,
    world: &World,
    root: &Path,
    patterns: impl Iterator<Item = &'p str>,
    ignored: impl Iterator<Item = &'p str>,
    steps: &Steps,
) -> Result<Vec<String>, ExpandError> {
    let options = Options { nocomment: true, nonegate: true, resolves_dots: true, ..Options::default() };
    let mut sets = Vec::new();
    for pattern in patterns {
        let glob = Glob::capped(&format!("{pattern}/"), options, MAX_EXPANSIONS, steps)?;
        sets.extend(glob.sets);
    }
    let ignored = ignored.map(|pattern| Glob::new(pattern, Options { dot: true, ..options }, steps));
    let ignored = ignored.collect::<Result<Vec<_>, _>>()?;
    let mut walk = Walk {
        bounds,
        world,
        root,
        ignored: ignored.into_iter().map(without_leading_dot).collect(),
        steps,
        folders: vec![Folder { place: None, depth: 0, is_found: false, is_closed: None, inner: None }],
        by_place: HashMap::new(),
        seen: HashSet::new(),
        waiting: Vec::new(),
        listed: 0,
        entries: 0,
    };
    for set in &sets {
        walk.waiting.push(Place { folder: ROOT, set, at: 0 });
        while let Some(place) = walk.waiting.pop() {
            walk.look(place)?;
        }
    }
    let found = (0..walk.folders.len()).filter(|folder| walk.folders[*folder].is_found);
    let mut found: Vec<String> = found.map(|folder| walk.path(folder)).collect();
    found.sort();
    Ok(found)
}

/// `./a` ignores what `a` does (ignore.js).
fn without_leading_dot(mut glob: Glob) -> Glob {
    let dot = |part: &Part| matches!(part, Part::Plain(text) if text[..] == [u16::from(b'.')]);
    for set in &mut glob.sets {
        let dots = set.iter().take_while(|part| dot(part)).count();
        set.drain(..dots);
    }
    glob
}

/// The folder in which the walk starts.
const ROOT: usize = 0;

struct Folder {
    /// Its name, and the folder it is in; `None`: the root. Outside of that the name is `..`.
    place: Option<(usize, String)>,
    depth: usize,
    is_found: bool,
    /// Whether nothing below it is looked at; `None`: not asked yet.
    is_closed: Option<bool>,
    inner: Option<Rc<[Subfolder]>>,
}

/// A place in a pattern, reached in a folder.
#[derive(Clone, Copy)]
struct Place<'a> {
    folder: usize,
    set: &'a [Part],
    at: usize,
}

struct Walk<'a> {
    bounds: Bounds,
    world: &'a World,
    root: &'a Path,
    ignored: Vec<Glob>,
    steps: &'a Steps,
    folders: Vec<Folder>,
    by_place: HashMap<(usize, String), usize>,
    /// By folder, pattern and place.
    seen: HashSet<(usize, *const Part, usize)>,
    waiting: Vec<Place<'a>>,
    listed: usize,
    entries: usize,
}

impl<'a> Walk<'a> {
    fn folder(&mut self, outer: usize, name: String) -> Result<usize, ExpandError> {
        let (number, depth) = (self.folders.len(), self.folders[outer].depth + 1);
        if depth > self.bounds.depth {
            return Err(ExpandError::Depth);
        }
        Ok(match self.by_place.entry((outer, name)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let place = Some(new.key().clone());
                new.insert(number);
                self.folders.push(Folder { place, depth, is_found: false, is_closed: None, inner: None });
                number
            }
        })
    }

    /// Its names from the root on.
    fn names(&self, folder: usize) -> Vec<&str> {
        let mut names = Vec::new();
        let mut at = folder;
        while let Some((outer, name)) = &self.folders[at].place {
            names.push(name.as_str());
            at = *outer;
        }
        names.reverse();
        names
    }

    fn path(&self, folder: usize) -> String {
        if folder == ROOT { ".".to_owned() } else { self.names(folder).join("/") }
    }

    /// Its path as patterns are compared with it, with a slash at its end.
    fn units(&self, folder: usize) -> Result<Vec<Text>, PatternError> {
        let names = if folder == ROOT { vec!["."] } else { self.names(folder) };
        self.steps.spend(names.len())?;
        Ok(names.into_iter().chain([""]).map(|name| name.encode_utf16().collect()).collect())
    }

    fn look(&mut self, place: Place<'a>) -> Result<(), ExpandError> {
        self.steps.spend(1)?;
        if !self.seen.insert((place.folder, place.set.as_ptr(), place.at)) {
            return Ok(());
        }
        if self.seen.len() > self.bounds.places {
            return Err(PatternError::TooComplex.into());
        }
        let next = Place { at: place.at + 1, ..place };
        let Some(part) = place.set.get(place.at) else {
            let is_found = self.folders[place.folder].is_found || !self.is_ignored(place.folder)?;
            self.folders[place.folder].is_found = is_found;
            return Ok(());
        };
        let text = match part {
            Part::Plain(text) => Some(String::from_utf16_lossy(text)),
            Part::Globstar | Part::Magic(_) => None,
        };
        let is_globstar = matches!(part, Part::Globstar);
        if is_globstar || matches!(text.as_deref(), Some("" | ".")) {
            self.waiting.push(next);
        }
        if matches!(text.as_deref(), Some("" | ".")) || self.is_closed(place.folder)? {
            return Ok(());
        }
        if let Some(name) = text {
            return self.enter(next, name);
        }
        let list = self.list(place.folder)?;
        for inner in list.iter() {
            let units: Text = inner.name.encode_utf16().collect();
            let is_link = is_globstar && inner.is_link;
            let is_match = if is_globstar {
                // A `**` at the start of a pattern leaves links out, a later one takes their folder and stops.
                let is_left_out = is_link && place.at == 0;
                !is_left_out && !inner.name.starts_with('.')
            } else {
                part.matches(&units, self.steps)?
            };
            if is_match {
                let folder = self.folder(place.folder, inner.name.clone())?;
                self.waiting.push(Place { folder, ..if is_globstar && !is_link { place } else { next } });
            }
        }
        Ok(())
    }

    /// Goes on in a folder that a pattern names, if it is there.
    fn enter(&mut self, next: Place<'a>, name: String) -> Result<(), ExpandError> {
        let folder = match &self.folders[next.folder].place {
            Some((outer, own)) if name == ".." && own != ".." => *outer,
            _ => {
                let is_known = self.by_place.contains_key(&(next.folder, name.clone()));
                let path = || self.root.join(self.path(next.folder)).join(&name);
                if !is_known && !self.world.files.is_dir(&path()) {
                    return Ok(());
                }
                self.folder(next.folder, name)?
            }
        };
        self.waiting.push(Place { folder, ..next });
        Ok(())
    }

    /// What cannot be listed is empty, for npm as well.
    fn list(&mut self, folder: usize) -> Result<Rc<[Subfolder]>, ExpandError> {
        if let Some(list) = &self.folders[folder].inner {
            return Ok(Rc::clone(list));
        }
        self.listed += 1;
        if self.listed > self.bounds.folders {
            return Err(ExpandError::ManyFolders);
        }
        let path = self.names(folder).iter().fold(self.root.to_path_buf(), |path, name| path.join(name));
        let (list, looked_at) =
            self.world.files.subfolders(&path, self.bounds.entries - self.entries).unwrap_or_default();
        self.entries += looked_at;
        if self.entries >= self.bounds.entries {
            return Err(ExpandError::ManyEntries);
        }
        let list: Rc<[Subfolder]> = list.into();
        self.folders[folder].inner = Some(Rc::clone(&list));
        Ok(list)
    }

    fn is_ignored(&self, folder: usize) -> Result<bool, PatternError> {
        let path = self.units(folder)?;
        let without_slash = &path[..path.len() - 1];
        for glob in &self.ignored {
            if glob.matches(without_slash, self.steps)? || glob.matches(&path, self.steps)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A pattern that ends in `**` ignores what is in a folder.
    fn is_closed(&mut self, folder: usize) -> Result<bool, PatternError> {
        if let Some(known) = self.folders[folder].is_closed {
            return Ok(known);
        }
        let path = self.units(folder)?;
        let mut is_closed = false;
        for glob in &self.ignored {
            is_closed = is_closed || glob.matches_trees(&path, self.steps)?;
        }
        self.folders[folder].is_closed = Some(is_closed);
        Ok(is_closed)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::project::world::{Files, locked};

    /// A tree without an end, or a folder with very many files, and how often each folder is listed.
    #[derive(Default)]
    struct Endless {
        files: usize,
        depth: usize,
        is_link: bool,
        listed: Mutex<HashMap<PathBuf, usize>>,
    }

    impl Files for Arc<Endless> {
        fn read(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
            Err(io::ErrorKind::NotFound.into())
        }
        fn is_file(&self, _: &Path) -> bool {
            false
        }
        fn is_dir(&self, path: &Path) -> bool {
            path.components().count() <= self.depth + 1
        }
        fn list(&self, _: &Path) -> io::Result<Vec<String>> {
            Ok(Vec::new())
        }
        fn subfolders(&self, path: &Path, most: usize) -> io::Result<(Vec<Subfolder>, usize)> {
            *locked(&self.listed).entry(path.to_path_buf()).or_default() += 1;
            let folder = |name: &str| Subfolder { name: name.to_owned(), is_link: self.is_link };
            let folders = if path.components().count() <= self.depth { vec![folder("a"), folder("b")] } else { vec![] };
            Ok((folders, self.files.min(most)))
        }
        fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
            Ok(path.to_path_buf())
        }
        fn git_tracks(&self, _: &Path) -> Result<bool, crate::project::world::git::GitError> {
            Ok(false)
        }
    }

    /// Small enough to be met quickly.
    const FEW: Bounds = Bounds { entries: 10_000, folders: 2_000, depth: 200, places: 50_000 };

    fn walked(tree: &Arc<Endless>, pattern: &str) -> Result<usize, ExpandError> {
        let world = World::memory(&[], &[]);
        let world = world.with_files(Box::new(Arc::clone(tree)), PathBuf::from("/"));
        let ignored = ["**/node_modules/**"].into_iter();
        let found = folders_within(FEW, &world, Path::new("/"), [pattern].into_iter(), ignored, &Steps::default());
        found.map(|found| found.len())
    }

    #[test]
    fn every_folder_is_listed_once_however_many_patterns_match_it() {
        for pattern in ["**/**/**/**/b".to_owned(), "**/".repeat(30) + "b", "**/*/**/*/**/b".to_owned()] {
            let tree = Arc::new(Endless { depth: 9, ..Endless::default() });
            assert!(walked(&tree, &pattern).unwrap() > 400, "{pattern}");
            assert!(locked(&tree.listed).values().all(|times| *times == 1), "{pattern}");
        }
    }

    #[test]
    fn a_walk_over_too_many_entries_is_undecided() {
        let deep = Arc::new(Endless { depth: 1000, ..Endless::default() });
        assert_eq!(walked(&deep, "**"), Err(ExpandError::Depth));
        let many = Arc::new(Endless { depth: 20, ..Endless::default() });
        assert_eq!(walked(&many, "**"), Err(ExpandError::ManyFolders));
        let links = Arc::new(Endless { depth: 1000, is_link: true, ..Endless::default() });
        assert_eq!(walked(&links, &"*/".repeat(40)), Err(ExpandError::ManyFolders));
        assert_eq!(walked(&links, "**").unwrap(), 1, "no links are followed");
        let wide = Arc::new(Endless { files: 200_000, ..Endless::default() });
        assert_eq!(walked(&wide, "*"), Err(ExpandError::ManyEntries));
    }
}
