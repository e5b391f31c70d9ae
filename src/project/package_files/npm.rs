//! The list as npm makes it: npm-packlist 10.0.4 (npm 11.19.1) and 11.3.0 (npm 12.2.2), lib/index.js, on top of ignore-walk
//! 8.0.0 and 9.0.0.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use super::fields::Fields;
use super::named::Named;
use super::rules::{Query, RuleSet};
use super::shared::{Dialect, Reads, Shared};
use super::tree::Tree;
use super::{ListError, Listing, Package, bundles};
use crate::npm::glob::{PatternError, Steps};
use crate::project::world::EntryKind;

/// `defaults`: what is left out in every folder.
const DEFAULTS: [&str; 22] = [
    ".npmignore",
    ".gitignore",
    "**/.git",
    "**/.svn",
    "**/.hg",
    "**/CVS",
    "**/.git/**",
    "**/.svn/**",
    "**/.hg/**",
    "**/CVS/**",
    "/.lock-wscript",
    "/.wafpickle-*",
    "/build/config.gypi",
    "npm-debug.log",
    "**/.npmrc",
    ".*.swp",
    ".DS_Store",
    "**/.DS_Store/**",
    "._*",
    "**/._*/**",
    "*.orig",
    "/archived-packages/**",
];

/// `strict` of a package, up to what package.json names.
const STRICT: [&str; 9] = [
    "/.git",
    "!/package.json",
    "!/readme{,.*[^~$]}",
    "!/copying{,.*[^~$]}",
    "!/license{,.*[^~$]}",
    "!/licence{,.*[^~$]}",
    "/.git",
    "/node_modules",
    ".npmrc",
];
const LOCKFILES: [&str; 4] = ["/package-lock.json", "/yarn.lock", "/pnpm-lock.yaml", "/bun.lockb"];
/// In the order of npm 12; whatever comes between them and the others, none of them keeps.
const STRICT_OF_12: [&str; 4] = ["/npm-shrinkwrap.json", "/bun.lock", "/.npm-extension.mjs", "/.npm-extension.cjs"];

/// Folders that pnpm never packs.
const VERSION_CONTROL: [&str; 4] = [".git", ".svn", ".hg", "CVS"];

/// A folder on the way from the root.
struct Level {
    name: String,
    /// It is itself kept, so that a rule of its own may keep what one above it drops.
    is_exact: bool,
    sets: Vec<Rc<RuleSet>>,
}

/// A walk through one package.
pub(super) struct Walk<'s, 'a> {
    shared: &'s Shared<'a>,
    reads_inside: Reads,
    levels: Vec<Level>,
    found: Vec<String>,
    links: Vec<String>,
}

thread_local! {
    /// The rules that count in every package are made once, and remember what they said of a name: a monorepo has hundreds of
    /// packages with the same few names.
    static EVERYWHERE: OnceCell<(Rc<RuleSet>, Rc<RuleSet>)> = const { OnceCell::new() };
}

/// What is left out in every folder, and what is strictly left out of one that is no package.
fn everywhere(steps: &Steps) -> Result<(Rc<RuleSet>, Rc<RuleSet>), PatternError> {
    EVERYWHERE.with(|known| {
        if let Some(sets) = known.get() {
            return Ok(sets.clone());
        }
        let make = |lines: &[&str]| RuleSet::of_lines(lines, steps).map(Rc::new);
        let sets = (make(&DEFAULTS)?, make(&["/.git"])?);
        Ok(known.get_or_init(|| sets).clone())
    })
}

/// The files of a package, sorted.
pub(super) fn list(package: &Package<'_>, dialect: Dialect<'_>) -> Result<Listing, ListError> {
    let is_npm = matches!(dialect, Dialect::Npm(_));
    let steps = package.steps;
    let (defaults, strict) = everywhere(steps)?;
    let shared = Shared { tree: Tree::new(package.world), dialect, defaults, strict, steps };
    let folder = &package.manifest.folder;
    let fields = Fields::read(&shared.tree, package.manifest, folder, is_npm)?;
    let fields = if is_npm { fields } else { fields.of_pnpm(package.manifest) };
    let mut inherited = if is_npm { inherited(&shared, package)? } else { Vec::new() };
    // npm-packlist 11.3.0, lib/index.js: behind what is always left out, in the package's own folder.
    let global = package.global_ignore_file.filter(|file| dialect.expands_files() && package.world.files.is_file(file));
    inherited.extend(global.map(|file| shared.tree.text(file)).transpose()?);
    let has_members = is_npm && !package.members.is_empty();
    let (found, links) = shared.package(folder, &fields, Reads::Package, &inherited, has_members)?;
    let mut files: BTreeSet<String> = found.into_iter().collect();
    bundles::add(&shared, folder, &fields, &mut files)?;
    Ok(Listing { files, bin: fields.bin, links })
}

/// `additionalDefaults`: the ignore files around a workspace, or the workspaces in the root.
fn inherited(shared: &Shared<'_>, package: &Package<'_>) -> Result<Vec<String>, ListError> {
    let folder = &package.manifest.folder;
    let prefix = package.prefix;
    if package.selected.is_empty() {
        return Ok(Vec::new());
    }
    if folder == prefix {
        let inside = package.selected.iter().filter_map(|member| member.strip_prefix(prefix).ok());
        return Ok(inside.map(|path| path.to_string_lossy().replace('\\', "/")).collect());
    }
    let Some(inside) =
        folder.strip_prefix(prefix).ok().filter(|_| package.selected.binary_search(&folder.as_path()).is_ok())
    else {
        return Ok(Vec::new());
    };
    let mut texts = Vec::new();
    let mut at = prefix.to_path_buf();
    for part in inside.components() {
        for name in [".npmignore", ".gitignore"] {
            let file = at.join(name);
            if shared.tree.kind(&file).is_some() {
                texts.push(shared.tree.text(&file)?);
                break;
            }
        }
        at.push(part);
    }
    Ok(texts)
}

impl Shared<'_> {
    /// The files of a package, from its folder on, and the links that are left out.
    ///
    /// # Errors
    /// Where npm stops, or when there is too much.
    pub(super) fn package(
        &self,
        folder: &Path,
        fields: &Fields,
        reads: Reads,
        inherited: &[String],
        has_members: bool,
    ) -> Result<(Vec<String>, Vec<String>), ListError> {
        let (named, sets) = self.package_sets(folder, fields, reads, inherited)?;
        let level = Level { name: String::new(), is_exact: false, sets };
        let reads_inside = if has_members { Reads::WorkspaceFolder } else { Reads::Folder };
        let mut walk = Walk { shared: self, reads_inside, levels: vec![level], found: Vec::new(), links: Vec::new() };
        walk.folder(folder, "", 0, &named)?;
        Ok((walk.found, walk.links))
    }

    /// The rules of a package's own folder, and the files that `files` names one by one, which npm 11 hands down.
    fn package_sets(
        &self,
        folder: &Path,
        fields: &Fields,
        reads: Reads,
        inherited: &[String],
    ) -> Result<(Vec<String>, Vec<Rc<RuleSet>>), ListError> {
        let is_bundled = reads == Reads::Bundled;
        let entries = self.tree.entries(folder)?;
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let mut sets = Vec::new();
        if !is_bundled {
            sets.push(if inherited.is_empty() {
                Rc::clone(&self.defaults)
            } else {
                let lines = DEFAULTS.into_iter().chain(inherited.iter().map(String::as_str));
                Rc::new(RuleSet::of_lines(lines, self.steps)?)
            });
        }
        // npm makes the strict rules when it comes across package.json.
        if !has("package.json") {
            return Ok((Vec::new(), sets));
        }
        let named = match &fields.files {
            None => Named::default(),
            Some(files) if self.dialect.expands_files() => Named::expanded(self, folder, files)?,
            Some(files) => Named::looked_up(self, folder, files)?,
        };
        if fields.files.is_some() {
            let lines = std::iter::once("*").chain(named.rules.iter().map(String::as_str));
            sets.push(Rc::new(RuleSet::of_lines(lines, self.steps)?));
        } else if !is_bundled {
            sets.extend(self.ignore_file(folder, &has)?);
        }
        let strict = self.strict_lines(fields, &named, !is_bundled);
        sets.push(Rc::new(RuleSet::of_lines(strict, self.steps)?));
        Ok((named.required, sets))
    }

    fn strict_lines(&self, fields: &Fields, named: &Named, is_root: bool) -> Vec<String> {
        let mut lines: Vec<String> = named.strict.clone();
        lines.extend(STRICT.into_iter().map(str::to_owned));
        let is_npm = matches!(self.dialect, Dialect::Npm(_));
        lines.extend(LOCKFILES.into_iter().filter(|_| is_npm).map(str::to_owned));
        let is_12 = self.dialect.expands_files();
        lines.extend(STRICT_OF_12.iter().filter(|_| is_12).map(|line| (*line).to_owned()));
        let forced = fields.browser.iter().chain(&fields.main).chain(&fields.bin);
        lines.extend(forced.map(|path| format!("!/{path}")));
        for patch in fields.patches.iter().filter(|_| is_12 && is_root) {
            let written = patch.replace('\\', "/");
            let inner = written.strip_prefix("./").or_else(|| written.strip_prefix('/')).unwrap_or(&written);
            let inner = inner.trim_end_matches('/');
            let leads_out = inner.starts_with('/') || format!("/{inner}/").contains("/../");
            if !inner.is_empty() && !leads_out {
                lines.push(format!("/{inner}"));
            }
        }
        lines
    }

    /// `.npmignore`, or `.gitignore` where that is missing.
    fn ignore_file(&self, folder: &Path, has: &dyn Fn(&str) -> bool) -> Result<Option<Rc<RuleSet>>, ListError> {
        // npm reads both before it leaves one out.
        let read = |name: &str| {
            let text = has(name).then(|| self.tree.text(&folder.join(name))).transpose()?;
            let Some(text) = text else { return Ok(None) };
            let is_npm = matches!(self.dialect, Dialect::Npm(_));
            // To pnpm `..` is a name that nothing has.
            let lines = text.split('\n').filter(|line| is_npm || !line.trim().split('/').any(|part| part == ".."));
            RuleSet::of_lines(lines, self.steps).map(Some).map_err(|error| {
                let file = folder.join(name);
                let file = self.tree.world.shown_path(&file);
                if error.is_refused() {
                    ListError::Pattern(format!("a line of `{file}`: {error}"))
                } else {
                    error.into()
                }
            })
        };
        let (own, of_git) = (read(".npmignore")?, read(".gitignore")?);
        Ok(own.or(of_git).map(Rc::new))
    }
}

impl Walk<'_, '_> {
    /// `filterEntry`, asked in the innermost folder; `lower`: the path in ASCII lower case.
    fn keeps(&self, path: &str, lower: &str, as_folder: bool) -> Result<bool, ListError> {
        let mut kept = true;
        let deepest = self.levels.len() - 1;
        let mut start = 0;
        for (at, level) in self.levels.iter().enumerate() {
            if at > 0 {
                start += level.name.len() + 1;
                if !kept && !level.is_exact {
                    return Ok(false);
                }
            }
            let query = Query::in_lower_case(&path[start..], &lower[start..], as_folder, at < deepest);
            for set in &level.sets {
                kept = set.apply(&query, kept, self.shared.steps)?;
            }
        }
        Ok(kept)
    }

    fn folder(&mut self, path: &Path, inside: &str, depth: usize, required: &[String]) -> Result<(), ListError> {
        for entry in self.shared.tree.entries(path)?.iter() {
            let inner = if inside.is_empty() { entry.name.clone() } else { format!("{inside}/{}", entry.name) };
            let lower = inner.to_ascii_lowercase();
            let as_file = self.keeps(&inner, &lower, false)?;
            let as_folder = entry.kind == EntryKind::Folder && self.keeps(&inner, &lower, true)?;
            let is_npm = matches!(self.shared.dialect, Dialect::Npm(_));
            let is_refused = if is_npm { entry.name.contains('*') } else { is_refused_by_pnpm(&entry.name, depth) };
            if !(as_file || as_folder) || is_refused {
                continue;
            }
            match entry.kind {
                EntryKind::File if as_file => self.found.push(inner),
                EntryKind::Link if as_file => {
                    // pnpm packs them as links.
                    self.found.extend((!is_npm).then(|| inner.clone()));
                    self.links.push(inner);
                }
                EntryKind::Folder if as_folder => {
                    let is_exact = as_file || self.keeps(&format!("{inner}/"), &format!("{lower}/"), false)?;
                    let folder = path.join(&entry.name);
                    let shared = self.shared;
                    let _lent = shared.steps.lend();
                    shared.steps.spend(required.len())?;
                    // `a/b.js` is handed down to `a`, and no further.
                    let required: Vec<String> = required
                        .iter()
                        .filter_map(|file| file.strip_prefix(&entry.name)?.strip_prefix('/'))
                        .filter(|rest| !rest.contains('/'))
                        .map(str::to_owned)
                        .collect();
                    let sets = self.folder_sets(&folder, &required)?;
                    self.levels.push(Level { name: entry.name.clone(), is_exact, sets });
                    self.folder(&folder, &inner, Tree::deeper(depth)?, &required)?;
                    self.levels.pop();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn folder_sets(&self, folder: &Path, required: &[String]) -> Result<Vec<Rc<RuleSet>>, ListError> {
        let shared = self.shared;
        let entries = shared.tree.entries(folder)?;
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let mut sets = vec![Rc::clone(&shared.defaults)];
        if self.reads_inside == Reads::WorkspaceFolder && has("package.json") {
            let text = shared.tree.text(&folder.join("package.json"))?;
            sets.push(Rc::new(RuleSet::of_text(&text, shared.steps)?));
        } else {
            sets.extend(shared.ignore_file(folder, &has)?);
        }
        sets.push(if required.is_empty() {
            Rc::clone(&shared.strict)
        } else {
            let lines = std::iter::once("/.git".to_owned()).chain(required.iter().map(|file| format!("!{file}")));
            Rc::new(RuleSet::of_lines(lines, shared.steps)?)
        });
        Ok(sets)
    }
}

/// Version control, and lockfiles of exactly these names.
fn is_refused_by_pnpm(name: &str, depth: usize) -> bool {
    VERSION_CONTROL.contains(&name) || depth == 0 && LOCKFILES.iter().any(|file| file.strip_prefix('/') == Some(name))
}
