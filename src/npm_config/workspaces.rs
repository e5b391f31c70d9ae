//! The folders that `workspaces` of a package.json names: `@npmcli/map-workspaces` 5.0.3 (lib/index.js) as shipped
//! with npm 11.19.1, in npm's order.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::glob::{Options, braces, cut, is_magic, matches, segment, segments};
use crate::json::Type;
use crate::manifest::{Broken, Manifest};
use crate::world::World;

/// A member of a workspace.
#[derive(Debug)]
pub struct Workspace {
    /// Its name; without one that of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its package.json.
    pub manifest: Manifest,
}

impl Workspace {
    /// The one that a package.json describes.
    pub(crate) fn of(manifest: Manifest) -> Self {
        let name = manifest.field("name").and_then(crate::json::Value::as_str).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| folder_name(&manifest.folder), str::to_owned);
        Self { name, folder: manifest.folder.clone(), manifest }
    }
}

/// Why npm cannot tell the members.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WorkspacesError {
    /// `workspaces` is something else than a list of texts.
    #[error("`workspaces` must be an array of strings")]
    NotAList,
    /// A member's package.json cannot be read.
    #[error("the workspace `{folder}` cannot be read: {broken}")]
    Broken {
        /// The member, as shown.
        folder: String,
        /// Its folder.
        path: PathBuf,
        /// What is wrong with its package.json.
        broken: Broken,
    },
    /// Two members have the same name.
    #[error("the workspaces `{first}` and `{second}` have the same name `{name}`")]
    SameName {
        /// The name.
        name: String,
        /// A folder, as shown.
        first: String,
        /// Another one.
        second: String,
    },
}

/// The folders that `workspaces` names, each once, in npm's order, whether they can be members or not.
///
/// # Errors
/// When it is no list of texts.
pub(crate) fn declared_folders(
    world: &World,
    root: &Path,
    manifest: &Manifest,
) -> Result<Vec<PathBuf>, WorkspacesError> {
    let Some(declared) = manifest.field("workspaces") else { return Ok(Vec::new()) };
    let list = declared.get("packages").filter(|list| list.type_of() == Type::Array).unwrap_or(declared);
    if list.type_of() != Type::Array {
        return Err(WorkspacesError::NotAList);
    }
    let written: Option<Vec<&str>> = list.elements().map(crate::json::Value::as_str).collect();
    let (patterns, negated) = split(&written.ok_or(WorkspacesError::NotAList)?);
    let mut found = walk(world, root, &patterns, &negated);
    found.sort_by(|left, right| collate(left, right));
    let partial = Options { partial: true, dot: false };
    let mut named = Vec::new();
    let mut taken = HashSet::new();
    for pattern in patterns.iter().map(|pattern| pattern.replace('\\', "/")) {
        let matching = found.iter().filter(|path| matches(path, &pattern, partial));
        named.extend(matching.map(|path| root_join(root, path)).filter(|folder| taken.insert(folder.clone())));
    }
    Ok(named)
}

/// The members in npm's order.
///
/// # Errors
/// Where npm refuses the whole list.
pub fn workspaces(world: &World, root: &Path, manifest: &Manifest) -> Result<Vec<Workspace>, WorkspacesError> {
    let mut members: Vec<Workspace> = Vec::new();
    for folder in declared_folders(world, root, manifest)? {
        let manifest = Manifest::read(world, &folder);
        match &manifest.broken {
            Some(Broken::Missing { .. }) => {}
            // npm takes an array for an object without a name.
            None | Some(Broken::NotAnObject { found: Type::Array, .. }) => members.push(Workspace::of(manifest)),
            Some(broken) => {
                return Err(WorkspacesError::Broken {
                    folder: world.shown_path(&folder),
                    path: folder,
                    broken: broken.clone(),
                });
            }
        }
    }
    let mut names: HashMap<&str, Vec<&Workspace>> = HashMap::new();
    for member in &members {
        names.entry(&member.name).or_default().push(member);
    }
    let twins = members.iter().find_map(|member| match names.get(member.name.as_str())?[..] {
        [first, second, ..] => Some((first, second)),
        _ => None,
    });
    if let Some((first, second)) = twins {
        return Err(WorkspacesError::SameName {
            name: first.name.clone(),
            first: world.shown_path(&first.folder),
            second: world.shown_path(&second.folder),
        });
    }
    Ok(members)
}

/// The folders below `root` that match, sorted; those that match a negated pattern are left out.
pub(crate) fn folders(world: &World, root: &Path, patterns: &[String], negated: &[String]) -> Vec<PathBuf> {
    walk(world, root, patterns, negated).iter().map(|path| root_join(root, path)).collect()
}

/// `appendNegatedPatterns`
fn split(written: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut patterns: Vec<String> = Vec::new();
    let mut negated: Vec<String> = Vec::new();
    let plain = Options::default();
    for pattern in written {
        let name = pattern.trim_start_matches('!');
        let marks = pattern.len() - name.len();
        let name = match name.strip_prefix('.').filter(|rest| rest.starts_with('/')) {
            Some(rest) => rest.trim_start_matches('/'),
            None => name.trim_start_matches('/'),
        };
        if marks % 2 == 1 {
            negated.push(name.to_owned());
            continue;
        }
        // As npm does it: the one behind a removed one is not looked at.
        let mut at = 0;
        while at < negated.len() {
            if matches(name, &negated[at], plain) {
                negated.remove(at);
            }
            at += 1;
        }
        patterns.push(name.to_owned());
    }
    patterns.retain(|pattern| !negated.iter().any(|negated| matches(pattern, negated, plain)));
    (patterns, negated)
}

/// The folders that match, relative to `root`, without those that are left out.
fn walk(world: &World, root: &Path, patterns: &[String], negated: &[String]) -> Vec<String> {
    let ignored: Vec<Vec<String>> = std::iter::once("**/node_modules/**")
        .chain(negated.iter().map(String::as_str))
        .flat_map(braces)
        .map(|pattern| {
            let parts = cut(&pattern).into_iter().filter(|part| *part != ".");
            parts.map(str::to_owned).collect()
        })
        .collect();
    let mut walk = Walk { world, root, ignored, found: Vec::new(), whole: 0 };
    for pattern in patterns.iter().flat_map(|pattern| braces(&pattern.replace('\\', "/"))) {
        let parts: Vec<_> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        walk.whole = parts.len();
        walk.step(&mut Vec::new(), &parts);
    }
    walk.found.sort();
    walk.found.dedup();
    walk.found
}

struct Walk<'a> {
    world: &'a World,
    root: &'a Path,
    ignored: Vec<Vec<String>>,
    found: Vec<String>,
    /// How many parts the pattern has.
    whole: usize,
}

impl Walk<'_> {
    fn step(&mut self, at: &mut Vec<String>, pattern: &[&str]) {
        let Some((first, others)) = pattern.split_first() else {
            if !self.is_ignored(at) {
                self.found.push(if at.is_empty() { ".".to_owned() } else { at.join("/") });
            }
            return;
        };
        if *first == "**" {
            self.step(at, others);
        }
        if self.is_closed(at) {
            return;
        }
        if *first != "**" && !is_magic(first) {
            at.push((*first).to_owned());
            if self.world.files.is_dir(&self.path(at)) {
                self.step(at, others);
            }
            at.pop();
            return;
        }
        for name in self.world.files.list(&self.path(at)).unwrap_or_default() {
            let wanted = if *first == "**" { !name.starts_with('.') } else { segment(&name, first, false) };
            if !wanted {
                continue;
            }
            at.push(name);
            let folder = self.path(at);
            let is_link = *first == "**" && self.is_link(&folder);
            // A `**` at the start of a pattern leaves links out, a later one takes their folder and stops.
            if self.world.files.is_dir(&folder) && !(is_link && pattern.len() == self.whole) {
                let goes_on = *first == "**" && !is_link;
                self.step(at, if goes_on { pattern } else { others });
            }
            at.pop();
        }
    }

    fn path(&self, at: &[String]) -> PathBuf {
        at.iter().fold(self.root.to_path_buf(), |path, name| path.join(name))
    }

    /// `**` does not walk through links.
    fn is_link(&self, folder: &Path) -> bool {
        let real = |path: &Path| self.world.files.real_path(path).ok();
        let parent = folder.parent().and_then(real);
        match (parent, folder.file_name(), real(folder)) {
            (Some(parent), Some(name), Some(target)) => parent.join(name) != target,
            _ => true,
        }
    }

    fn is_ignored(&self, at: &[String]) -> bool {
        let mut path: Vec<_> = at.iter().map(String::as_str).collect();
        self.any_ignores(&path, false) || {
            path.push("");
            self.any_ignores(&path, false)
        }
    }

    /// Nothing below it is looked at.
    fn is_closed(&self, at: &[String]) -> bool {
        let mut path: Vec<_> = at.iter().map(String::as_str).collect();
        path.push("");
        self.any_ignores(&path, true)
    }

    fn any_ignores(&self, path: &[&str], only_trees: bool) -> bool {
        self.ignored.iter().filter(|parts| !only_trees || parts.last().is_some_and(|last| last == "**")).any(|parts| {
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            segments(path, &parts, Options { partial: false, dot: true })
        })
    }
}

fn root_join(root: &Path, path: &str) -> PathBuf {
    let mut folder = root.to_path_buf();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                folder.pop();
            }
            name => folder.push(name),
        }
    }
    folder
}

/// `@npmcli/name-from-folder` 4.0.0
fn folder_name(folder: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let parent = folder.parent().map(name).unwrap_or_default();
    if parent.starts_with('@') { format!("{parent}/{}", name(folder)) } else { name(folder) }
}

/// `localeCompare(…, 'en')`: signs before digits before letters, and case only decides when all else is equal.
fn collate(left: &str, right: &str) -> Ordering {
    const SIGNS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
    let primary = |character: char| {
        let class = SIGNS.find(character).unwrap_or(SIGNS.len());
        (class, character.is_alphabetic(), character.to_lowercase().next())
    };
    let keys = |text: &str| text.chars().map(primary).collect::<Vec<_>>();
    keys(left).cmp(&keys(right)).then_with(|| right.cmp(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(workspaces_field: &str, folders: &[&str]) -> Vec<String> {
        let manifest = format!("{{\"workspaces\": {workspaces_field}}}");
        let files: Vec<_> = folders.iter().map(|folder| (format!("/project/{folder}/package.json"), "{}")).collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let world = World::memory(&files, &[]);
        let root = Path::new("/project");
        let manifest = Manifest::parse("package.json".to_owned(), manifest.as_bytes(), root);
        let members = workspaces(&world, root, &manifest).unwrap_or_default();
        let folders = members.iter().map(|member| &member.folder);
        folders.map(|folder| folder.strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn members_come_in_the_order_of_the_patterns_and_negations_take_away() {
        let all = ["packages/b", "packages/a", "packages/.hidden", "packages/a/node_modules/x", "tools/t", "deep/x/y"];
        assert_eq!(members("[\"packages/*\"]", &all), ["packages/a", "packages/b"]);
        assert_eq!(members("[\"./tools/t\", \"packages/*\"]", &all), ["tools/t", "packages/a", "packages/b"]);
        assert_eq!(members("{\"packages\": [\"packages/*\", \"!packages/a\"]}", &all), ["packages/b"]);
        assert_eq!(members("[\"deep/**\"]", &all), ["deep/x/y"]);
        assert_eq!(members("[\"**\", \"!packages/**\"]", &all), ["deep/x/y", "tools/t"]);
        assert_eq!(members("[\"!packages/a\", \"packages/a\"]", &all), ["packages/a"]);
        assert_eq!(members("[\"none\"]", &all), [""; 0]);
    }

    #[test]
    fn two_members_of_one_name_are_refused() {
        let files = [("/project/a/package.json", "{\"name\":\"x\"}"), ("/project/b/package.json", "{\"name\":\"x\"}")];
        let world = World::memory(&files, &[]);
        let root = Path::new("/project");
        let manifest = Manifest::parse("package.json".to_owned(), b"{\"workspaces\":[\"*\"]}", root);
        assert!(matches!(workspaces(&world, root, &manifest), Err(WorkspacesError::SameName { .. })));
        let manifest = Manifest::parse("package.json".to_owned(), b"{\"workspaces\":{}}", root);
        assert!(matches!(workspaces(&world, root, &manifest), Err(WorkspacesError::NotAList)));
    }
}
