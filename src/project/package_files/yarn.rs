//! The list as Yarn makes it: `genPackList` of `@yarnpkg/plugin-pack` (Yarn 4.18.1, sources/packUtils.ts). Patterns are those of
//! micromatch there; what they have in common with npm's is compared as npm's.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use super::tree::Tree;
use super::{ListError, Listing, Package};
use crate::npm::glob::{Glob, Options, PatternError, Steps, cut};
use crate::project::world::{Entry, EntryKind};
use crate::text::js;
use crate::text::json::{Type, Value};

/// `NEVER_IGNORE`
const KEPT: [&str; 9] = [
    "/package.json",
    "/readme",
    "/readme.*",
    "/license",
    "/license.*",
    "/licence",
    "/licence.*",
    "/changelog",
    "/changelog.*",
];
/// `ALWAYS_IGNORE`, and what Yarn keeps in a project.
const LEFT_OUT: [&str; 14] = [
    "/package.tgz",
    ".github",
    ".git",
    ".hg",
    "node_modules",
    ".npmignore",
    ".gitignore",
    ".#*",
    ".DS_Store",
    ".yarnrc.yml",
    "/yarn.lock",
    "/.yarn/cache",
    "/.yarn/install-state.gz",
    "/.pnp.cjs",
];

/// Patterns that accept, and patterns that reject.
#[derive(Default)]
struct List {
    accept: Patterns,
    reject: Patterns,
}

#[derive(Default)]
struct Patterns {
    inclusive: Vec<Pattern>,
    exclusive: Vec<Pattern>,
}

struct Pattern {
    glob: Glob,
    is_base: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    None,
    Hit,
    Negated,
}

impl Patterns {
    fn add(&mut self, pattern: &str, steps: &Steps) -> Result<(), ListError> {
        steps.spend(16 + pattern.len() / 8)?;
        steps.take(64 + pattern.len())?;
        let (list, pattern) = match pattern.strip_prefix('!') {
            Some(pattern) => (&mut self.exclusive, pattern),
            None => (&mut self.inclusive, pattern),
        };
        let is_base = !pattern.contains('/');
        // picomatch takes the `**` behind a slash at the start for a folder at least.
        let below = pattern.strip_prefix("/**/").map(|rest| format!("/*/**/{rest}"));
        let pattern = below.as_deref().unwrap_or(pattern);
        let options = Options {
            dot: true,
            nocase: true,
            match_base: is_base,
            nocomment: true,
            nonegate: true,
            ..Options::default()
        };
        match Glob::new(pattern, options, steps) {
            Ok(glob) => list.push(Pattern { glob, is_base }),
            // micromatch takes it for something that matches nothing.
            Err(PatternError::Invalid) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// `matchPatternType`
    fn compare(&self, path: &str, steps: &Steps) -> Result<Match, ListError> {
        steps.spend(16 + path.len() / 8)?;
        let parts = cut(path);
        let name = &parts[parts.len() - 1];
        let any = |list: &[Pattern]| -> Result<bool, PatternError> {
            for pattern in list {
                // A `/` alone is the package's own folder.
                let may_match = if path == "/" { !pattern.is_base } else { pattern.glob.may_end_in(name, steps)? };
                if may_match && pattern.glob.matches(&parts, steps)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if any(&self.exclusive)? {
            return Ok(Match::Negated);
        }
        Ok(if any(&self.inclusive)? { Match::Hit } else { Match::None })
    }
}

/// `addIgnorePattern`
fn add(target: &mut Patterns, pattern: &str, folder: &str, steps: &Steps) -> Result<(), ListError> {
    let trimmed = js::trim(pattern);
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(());
    }
    let (mark, pattern) = trimmed.strip_prefix('!').map_or(("", trimmed), |rest| ("!", rest));
    let pattern = if pattern.contains('/') { resolve(folder, pattern) } else { pattern.to_owned() };
    target.add(&format!("{mark}{pattern}"), steps)
}

/// `ppath.resolve`
fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    format!("/{}", parts.join("/"))
}

/// `isIgnored`
fn is_left_out(path: &str, global: &List, lists: Option<&[&List]>, steps: &Steps) -> Result<bool, ListError> {
    for list in std::iter::once(&global).chain(lists.unwrap_or_default()) {
        let accepted = list.accept.compare(path, steps)?;
        if accepted != Match::None {
            return Ok(accepted == Match::Negated);
        }
        let rejected = list.reject.compare(path, steps)?;
        if rejected != Match::None {
            return Ok(rejected == Match::Hit);
        }
    }
    Ok(false)
}

/// The files of a package.
pub(super) fn list(package: &Package<'_>) -> Result<Listing, ListError> {
    let steps = package.steps;
    let tree = Tree::new(package.world);
    let manifest = package.manifest;
    let root = &manifest.folder;
    let mut global = List::default();
    for pattern in KEPT {
        global.accept.add(pattern, steps)?;
    }
    for pattern in LEFT_OUT {
        global.reject.add(pattern, steps)?;
    }
    for member in package.members.iter().filter_map(|member| member.strip_prefix(root).ok()) {
        global.reject.add(&format!("/{}", member.to_string_lossy().replace('\\', "/")), steps)?;
    }
    let mut own = List::default();
    let published = |key: &str| manifest.publish_config(key).or_else(|| manifest.field(key));
    let mut bin = Vec::new();
    match published("bin") {
        Some(commands) if commands.type_of() == Type::Object => {
            let members = commands.members().filter(|member| member.key != "__proto__");
            bin.extend(members.filter_map(|member| member.value.as_str().map(str::to_owned)));
        }
        Some(commands) if commands.type_of() == Type::Array => {
            bin.extend(commands.elements().filter_map(|target| target.as_str().map(str::to_owned)));
        }
        Some(command) => bin.extend(command.as_str().map(str::to_owned)),
        None => {}
    }
    let mut forced: Vec<&str> =
        ["main", "module", "browser"].into_iter().filter_map(|key| published(key)?.as_str()).collect();
    forced.extend(bin.iter().map(String::as_str));
    for member in published("browser").into_iter().flat_map(Value::members) {
        forced.push(member.key);
        forced.extend(member.value.as_str());
    }
    for path in forced {
        own.accept.add(&resolve("/", path), steps)?;
    }
    let files = manifest.field("files").filter(|files| files.type_of() == Type::Array);
    if let Some(files) = files {
        own.reject.add("/*", steps)?;
        for pattern in files.elements().filter_map(Value::as_str) {
            add(&mut own.accept, pattern, "/", steps)?;
        }
    }
    let mut nothing = List::default();
    nothing.reject.add("**/*", steps)?;
    let nothing = Rc::new(nothing);
    let mut walk =
        Walk { tree, global, nothing, is_explicit: files.is_some(), steps, found: BTreeSet::new(), links: Vec::new() };
    walk.folder(root, "/", &[&own], 0)?;
    Ok(Listing { files: walk.found, bin, links: walk.links })
}

struct Walk<'a> {
    tree: Tree<'a>,
    global: List,
    /// What is applied below a folder that is left out.
    nothing: Rc<List>,
    is_explicit: bool,
    steps: &'a Steps,
    found: BTreeSet<String>,
    links: Vec<String>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, shown: &str, lists: &[&List], depth: usize) -> Result<(), ListError> {
        if is_left_out(shown, &self.global, None, self.steps)? {
            return Ok(());
        }
        let entries = self.tree.entries(path)?;
        let steps = self.steps;
        // What is read of this folder counts until it is left.
        let mut lent = None;
        let mut local = None;
        if !self.is_explicit || shown != "/" {
            let has = |name: &&str| entries.iter().any(|entry| entry.name == *name);
            if let Some(name) = [".npmignore", ".gitignore"].into_iter().find(has) {
                let mut list = List::default();
                lent = Some(steps.lend());
                for line in self.tree.text(&path.join(name))?.split('\n') {
                    add(&mut list.reject, line, shown, self.steps)?;
                }
                local = Some(list);
            }
        }
        let is_out = is_left_out(shown, &self.global, Some(lists), self.steps)?;
        let nothing = Rc::clone(&self.nothing);
        let mut inner: Vec<&List> = Vec::with_capacity(lists.len() + 1);
        if is_out {
            inner.extend(lists);
            inner.push(&nothing);
        } else {
            inner.extend(&local);
            inner.extend(lists);
        }
        self.inside(path, shown, &entries, &inner, depth)?;
        drop(lent);
        Ok(())
    }

    fn inside(
        &mut self,
        path: &Path,
        shown: &str,
        entries: &[Entry],
        lists: &[&List],
        depth: usize,
    ) -> Result<(), ListError> {
        for entry in entries {
            let inner = format!("{}/{}", shown.trim_end_matches('/'), entry.name);
            match entry.kind {
                EntryKind::Folder => self.folder(&path.join(&entry.name), &inner, lists, Tree::deeper(depth)?)?,
                EntryKind::File | EntryKind::Link => {
                    if !is_left_out(&inner, &self.global, Some(lists), self.steps)? {
                        if entry.kind == EntryKind::Link {
                            self.links.push(inner[1..].to_owned());
                        }
                        self.found.insert(inner[1..].to_owned());
                    }
                }
                EntryKind::Other => {}
            }
        }
        Ok(())
    }
}
