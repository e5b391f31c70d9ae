//! The list as Bun makes it (Bun 1.4.5, `src/cli/pack_command.zig`): its own walk, with patterns that mind case.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::tree::Tree;
use super::{ListError, Listing, Package};
use crate::npm::glob::{Glob, Options, PatternError, Steps, Text, cut};
use crate::project::entries;
use crate::project::manifest::Manifest;
use crate::project::world::{Entry, EntryKind};
use crate::text::json::{Type, Value};

/// `root_default_ignore_patterns`
const ROOT: [&str; 5] = ["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb", "bun.lock"];
/// `default_ignore_patterns` that nothing brings back.
const NEVER: [&str; 3] = [".git", ".hg", ".npmrc"];
/// The others.
const DEFAULTS: [&str; 12] = [
    ".*.swp",
    "._*",
    ".DS_Store",
    ".gitignore",
    ".npmignore",
    ".lock-wscript",
    ".svn",
    ".wafpickle-*",
    "CVS",
    "npm-debug.log",
    ".env.production",
    "bunfig.toml",
];

/// `Pattern`
#[expect(clippy::struct_excessive_bools, reason = "they are Bun's")]
struct Pattern {
    glob: Glob,
    text: String,
    is_negated: bool,
    /// It is compared with a path, not a name.
    is_path: bool,
    is_folder: bool,
    /// It began with `**/`.
    is_anywhere: bool,
}

impl Pattern {
    /// `fromUTF8`; `None`: nothing is left of it.
    fn read(text: &str, steps: &Steps) -> Result<Option<Self>, ListError> {
        steps.spend(16 + text.len() / 8)?;
        steps.take(128 + text.len())?;
        let rest = text.trim_start_matches('!');
        let is_negated = rest.len() < text.len();
        let (rest, is_anywhere) = rest.strip_prefix("**/").map_or((rest, false), |rest| (rest, true));
        let (rest, is_folder) = rest.strip_suffix('/').map_or((rest, false), |rest| (rest, true));
        let (rest, is_path) = match rest.strip_prefix('/') {
            Some(inner) => (inner, true),
            None => (rest, rest.contains('/')),
        };
        if rest.is_empty() {
            return Ok(None);
        }
        let options = Options { dot: true, nocomment: true, nonegate: true, ..Options::default() };
        match Glob::new(rest, options, steps) {
            Ok(glob) => Ok(Some(Self { glob, text: rest.to_owned(), is_negated, is_path, is_folder, is_anywhere })),
            Err(PatternError::Invalid) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn matches(&self, path: &[Text], steps: &Steps) -> Result<bool, PatternError> {
        let may_match = path.last().map_or(Ok(true), |name| self.glob.may_end_in(name, steps))?;
        Ok(may_match && self.glob.matches(path, steps)?)
    }
}

/// The lines of an ignore file, and the folder it lies in.
struct Ignore {
    patterns: Vec<Pattern>,
    folder: String,
}

struct Walk<'a> {
    tree: Tree<'a>,
    steps: &'a Steps,
    defaults: Vec<Glob>,
    excluded: Vec<Pattern>,
    /// The folder that is packed as a whole.
    top: String,
    found: BTreeSet<String>,
    links: Vec<String>,
}

fn inner(inside: &str, name: &str) -> String {
    if inside.is_empty() { name.to_owned() } else { format!("{inside}/{name}") }
}

/// An entry of `files`, where it is not negated without `.`, `..` and slashes that say nothing.
fn normal(entry: &str) -> String {
    if entry.starts_with('!') {
        return entry.to_owned();
    }
    let inner = entry.replace('\\', "/");
    let start = if inner.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in inner.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let end = if inner.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("{start}{}{end}", parts.join("/"))
}

/// The files of a package.
pub(super) fn list(package: &Package<'_>) -> Result<Listing, ListError> {
    let manifest = package.manifest;
    let root = &manifest.folder;
    let steps = package.steps;
    let options = Options { dot: true, nocomment: true, nonegate: true, ..Options::default() };
    let defaults = DEFAULTS.iter().map(|pattern| Glob::new(pattern, options, steps)).collect::<Result<_, _>>()?;
    let mut walk = Walk {
        tree: Tree::new(package.world),
        steps,
        defaults,
        excluded: Vec::new(),
        top: String::new(),
        found: BTreeSet::new(),
        links: Vec::new(),
    };
    walk.found.insert("package.json".to_owned());
    match manifest.field("files") {
        None => walk.folder(root, "", 0, &mut Vec::new(), false)?,
        Some(files) => {
            let refused =
                || ListError::Refused("Bun requires `files` in package.json to be an array of strings".to_owned());
            if files.type_of() != Type::Array || files.elements().next().is_none() {
                return Err(refused());
            }
            let mut included = Vec::new();
            for entry in files.elements() {
                let text = entry.as_str().ok_or_else(refused)?;
                if let Some(pattern) = Pattern::read(&normal(text), walk.steps)? {
                    if pattern.is_negated { walk.excluded.push(pattern) } else { included.push(pattern) }
                }
            }
            walk.included(root, "", 0, &included)?;
        }
    }
    let bin = walk.commands(manifest, root)?;
    walk.bundled(manifest, root)?;
    Ok(Listing { files: walk.found, bin, links: walk.links })
}

impl Walk<'_> {
    /// `isExcluded`; `is_below`: a folder around it is left out.
    fn is_left_out(&self, entry: &Entry, path: &str, ignores: &[Ignore], is_below: bool) -> Result<bool, ListError> {
        let name = entry.name.as_str();
        let is_root = !path.contains('/');
        if is_root && entry.kind == EntryKind::File && is_kept(name) {
            return Ok(false);
        }
        if is_root && ROOT.contains(&name) || NEVER.contains(&name) {
            return Ok(true);
        }
        let mut is_out = is_below || self.is_default(name)?;
        let (whole, name) = (cut(path), cut(name));
        self.steps.spend(16 + path.len() / 8)?;
        for ignore in ignores {
            self.steps.spend(16 + path.len() / 8)?;
            let below =
                cut(if ignore.folder.is_empty() { path } else { path.get(ignore.folder.len() + 1..).unwrap_or(path) });
            for pattern in &ignore.patterns {
                let fits_kind = !pattern.is_folder || entry.kind == EntryKind::Folder;
                if fits_kind && pattern.matches(if pattern.is_path { &below } else { &name }, self.steps)? {
                    is_out = !pattern.is_negated;
                }
            }
        }
        for pattern in &self.excluded {
            let fits_kind = !pattern.is_folder || entry.kind == EntryKind::Folder;
            if fits_kind && pattern.matches(if pattern.is_path { &whole } else { &name }, self.steps)? {
                is_out = true;
            }
        }
        Ok(is_out)
    }

    fn is_default(&self, name: &str) -> Result<bool, PatternError> {
        for glob in &self.defaults {
            if glob.matches(&cut(name), self.steps)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Everything in a folder that is not left out.
    fn folder(
        &mut self,
        path: &Path,
        inside: &str,
        depth: usize,
        ignores: &mut Vec<Ignore>,
        is_below: bool,
    ) -> Result<(), ListError> {
        let entries = self.tree.entries(path)?;
        let count = ignores.len();
        let steps = self.steps;
        // What is read of this folder counts until it is left.
        let _lent = steps.lend();
        ignores.extend(self.ignore_file(path, inside, &entries)?);
        for entry in entries.iter() {
            let inner = inner(inside, &entry.name);
            let is_top = inside == self.top;
            let is_special = is_top && entry.name == "node_modules" || depth == 0 && entry.name == "package.json";
            if is_special {
                continue;
            }
            let is_out = self.is_left_out(entry, &inner, ignores, is_below)?;
            // A pattern may bring something below it back.
            let known: usize = ignores
                .iter()
                .filter(|ignore| is_out && ignore.folder.is_empty())
                .map(|ignore| ignore.patterns.len())
                .sum();
            self.steps.spend(known)?;
            let start = format!("{inner}/");
            let is_back = |pattern: &Pattern| pattern.is_negated && pattern.text.starts_with(&start);
            if is_out
                && (entry.kind != EntryKind::Folder
                    || !ignores.iter().any(|ignore| ignore.folder.is_empty() && ignore.patterns.iter().any(is_back)))
            {
                continue;
            }
            match entry.kind {
                EntryKind::File => drop(self.found.insert(inner)),
                EntryKind::Folder => {
                    self.folder(&path.join(&entry.name), &inner, Tree::deeper(depth)?, ignores, is_out)?;
                }
                EntryKind::Link => self.links.push(inner),
                EntryKind::Other => {}
            }
        }
        ignores.truncate(count);
        Ok(())
    }

    fn ignore_file(&self, path: &Path, inside: &str, entries: &Rc<[Entry]>) -> Result<Option<Ignore>, ListError> {
        let has = |name: &&str| entries.iter().any(|entry| entry.name == *name);
        let Some(name) = [".npmignore", ".gitignore"].into_iter().find(has) else { return Ok(None) };
        let text = self.tree.text(&path.join(name))?;
        let mut patterns = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let leads_up = |line: &str| line.split('/').any(|part| part.trim() == "..");
        for line in text.split('\n').filter(|line| !line.starts_with('#') && !leads_up(line)) {
            patterns.extend(Pattern::read(line.strip_suffix('\r').unwrap_or(line), self.steps)?);
        }
        Ok(Some(Ignore { patterns, folder: inside.to_owned() }))
    }

    /// `iterateIncludedProjectTree`
    fn included(&mut self, path: &Path, inside: &str, depth: usize, included: &[Pattern]) -> Result<(), ListError> {
        for entry in self.tree.entries(path)?.iter() {
            let name = entry.name.as_str();
            let inner = inner(inside, name);
            let is_special = matches!(name, "package.json" | "node_modules") || ROOT.contains(&name);
            if NEVER.contains(&name) || depth == 0 && is_special {
                continue;
            }
            let mut is_in = depth == 0 && entry.kind == EntryKind::File && is_kept(name);
            if !is_in {
                self.steps.spend(16 + inner.len() / 8)?;
                let (whole, name) = (cut(&inner), cut(name));
                for pattern in included.iter().filter(|pattern| !pattern.is_folder || entry.kind == EntryKind::Folder) {
                    is_in = is_in || pattern.matches(if pattern.is_anywhere { &name } else { &whole }, self.steps)?;
                }
                for pattern in
                    self.excluded.iter().filter(|pattern| !pattern.is_folder || entry.kind == EntryKind::Folder)
                {
                    let path = if pattern.is_path { &whole } else { &name };
                    is_in = is_in && !pattern.matches(path, self.steps)?;
                }
            }
            match entry.kind {
                EntryKind::File if is_in => drop(self.found.insert(inner)),
                EntryKind::Folder if is_in => {
                    self.top.clone_from(&inner);
                    self.folder(&path.join(name), &inner, Tree::deeper(depth)?, &mut Vec::new(), false)?;
                }
                EntryKind::Folder => self.included(&path.join(name), &inner, Tree::deeper(depth)?, included)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The files of commands come in, and those of the folder of commands.
    fn commands(&mut self, manifest: &Manifest, root: &Path) -> Result<Vec<String>, ListError> {
        let mut paths: Vec<String> = Vec::new();
        if manifest.field("bin").is_some_and(|bin| bin.type_of() != Type::Array) {
            paths.extend(entries::commands(manifest, false).into_iter().map(|command| command.path));
        }
        let folder =
            manifest.field("directories").and_then(|directories| directories.get("bin")).and_then(Value::as_str);
        if let Some(folder) = folder.filter(|_| manifest.field("bin").is_none()) {
            let folder = entries::secure(folder);
            let folder = folder.trim_end_matches('/');
            let at = root.join(folder);
            if self.tree.kind(&at) == Some(EntryKind::Folder) {
                let entries = self.tree.entries(&at)?;
                paths.extend(entries.iter().map(|entry| format!("{folder}/{}", entry.name)));
            }
        }
        for path in &paths {
            if self.tree.kind(&root.join(path)) == Some(EntryKind::File) {
                self.found.insert(path.clone());
            }
        }
        Ok(paths)
    }

    /// `iterateBundledDeps`: everything in the folders of bundled dependencies.
    fn bundled(&mut self, manifest: &Manifest, root: &Path) -> Result<(), ListError> {
        let field = ["bundledDependencies", "bundleDependencies"].into_iter().find_map(|key| manifest.field(key));
        let Some(field) = field else { return Ok(()) };
        let refused = |why: &str| ListError::Refused(format!("Bun stops: {why}"));
        let names: Vec<String> = match field.type_of() {
            Type::Array => field.elements().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            _ if field.as_bool() == Some(true) => manifest
                .field("dependencies")
                .into_iter()
                .flat_map(Value::members)
                .map(|member| member.key.to_owned())
                .collect(),
            _ if field.as_bool() == Some(false) => return Ok(()),
            _ => return Err(refused("bundled dependencies must be a list of names")),
        };
        if !names.is_empty() && !self.tree.world.files.is_dir(&root.join("node_modules")) {
            return Err(refused("there is no `node_modules` folder to bundle dependencies from"));
        }
        let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
        let mut waiting: Vec<(PathBuf, String)> = names.into_iter().map(|name| (root.to_path_buf(), name)).collect();
        while let Some((from, name)) = waiting.pop() {
            let is_name = |part: &str| !part.is_empty() && part != "." && part != "..";
            let folders = from.ancestors().take_while(|folder| folder.starts_with(root));
            let mut places = folders.map(|folder| folder.join("node_modules").join(&name));
            let place = places.find(|place| name.split('/').all(is_name) && self.tree.world.files.is_dir(place));
            let Some(place) = place.filter(|place| seen.insert(place.clone())) else { continue };
            let inside = place.strip_prefix(root).unwrap_or(&place).to_string_lossy().replace('\\', "/");
            if self.tree.kind(&place) == Some(EntryKind::Link) {
                self.folder(&place, &inside, 1, &mut Vec::new(), false)?;
            } else {
                self.whole(&place, &inside, true, 0)?;
            }
            let own = Manifest::read(self.tree.world, &place);
            for key in ["dependencies", "optionalDependencies"] {
                let members = own.field(key).into_iter().flat_map(Value::members);
                waiting.extend(members.map(|member| (place.clone(), member.key.to_owned())));
            }
        }
        Ok(())
    }

    /// A bundled dependency: its `files` and ignore files do not count.
    fn whole(&mut self, path: &Path, inside: &str, is_top: bool, depth: usize) -> Result<(), ListError> {
        for entry in self.tree.entries(path)?.iter() {
            let name = entry.name.as_str();
            let is_modules = is_top && name == "node_modules";
            if is_modules || NEVER.contains(&name) || self.is_default(name)? {
                continue;
            }
            let inner = inner(inside, name);
            match entry.kind {
                EntryKind::File => drop(self.found.insert(inner)),
                EntryKind::Folder => self.whole(&path.join(name), &inner, false, Tree::deeper(depth)?)?,
                EntryKind::Link | EntryKind::Other => {}
            }
        }
        Ok(())
    }
}

/// Files at the root that are packed in any case.
fn is_kept(name: &str) -> bool {
    let starts = |prefix: &str| name.len() > prefix.len() && name.starts_with(prefix);
    matches!(name, "package.json" | "LICENSE" | "LICENCE" | "README")
        || ["README.", "LICENSE.", "LICENCE."].into_iter().any(starts)
}
