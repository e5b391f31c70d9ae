//! The folders that `workspaces` of a package.json names: `@npmcli/map-workspaces` 5.0.3 (lib/index.js) as shipped
//! with npm 11.19.1, in npm's order.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::walk;
pub use super::walk::ExpandError;
use crate::npm::glob::{Glob, Options, PatternError, Steps, Text, cut};
use crate::project::manifest::{Broken, Manifest};
use crate::project::world::World;
use crate::text::json::Type;

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
        let name = manifest.field("name").and_then(crate::text::json::Value::as_str).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| folder_name(&manifest.folder), str::to_owned);
        Self { name, folder: manifest.folder.clone(), manifest }
    }
}

/// Why npm cannot list the members.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WorkspacesError {
    /// It is not known which folders `workspaces` names.
    #[error("its `workspaces` cannot be expanded: {0}")]
    Expansion(#[from] ExpandError),
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
/// When it is no list of texts, or npm refuses a pattern, or they are too complex.
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
    let written: Option<Vec<&str>> = list.elements().map(crate::text::json::Value::as_str).collect();
    let steps = Steps::default();
    let (patterns, negated) = split(&written.ok_or(WorkspacesError::NotAList)?, &steps).map_err(ExpandError::from)?;
    let mut found = walk(world, root, &patterns, &negated, &steps)?;
    found.sort_by(|left, right| collate(left, right));
    let folders = in_order(&found, &patterns, &steps).map_err(ExpandError::from)?;
    Ok(folders.into_iter().map(|path| root_join(root, path)).collect())
}

/// Those of them with a package.json, whatever is in it.
///
/// # Errors
/// As [`declared_folders`].
pub(crate) fn member_folders(world: &World, root: &Path, manifest: &Manifest) -> Result<Vec<PathBuf>, WorkspacesError> {
    let mut folders = declared_folders(world, root, manifest)?;
    folders.retain(|folder| world.files.is_file(&folder.join("package.json")));
    Ok(folders)
}

/// What was found, each once, by the first pattern that it matches.
fn in_order<'f>(found: &'f [String], patterns: &[String], steps: &Steps) -> Result<Vec<&'f str>, PatternError> {
    let partial = Options { partial: true, ..Options::default() };
    let mut waiting: Vec<(&str, Vec<Text>)> = found.iter().map(|path| (path.as_str(), cut(path))).collect();
    let mut named = Vec::new();
    for pattern in patterns {
        if waiting.is_empty() {
            break;
        }
        let glob = Glob::new(&pattern.replace('\\', "/"), partial, steps)?;
        let mut others = Vec::new();
        for (path, parts) in waiting {
            if glob.matches(&parts, steps)? {
                named.push(path);
            } else {
                others.push((path, parts));
            }
        }
        waiting = others;
    }
    Ok(named)
}

/// Reads the package.json of one folder after the other, as long as there is room for them.
pub(crate) struct Manifests {
    left: usize,
}

impl Manifests {
    /// With room for all that is usual.
    pub(crate) fn new() -> Self {
        Self { left: walk::MAX_MANIFESTS }
    }

    /// The next one.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn read(&mut self, world: &World, folder: &Path) -> Result<Manifest, ExpandError> {
        let manifest = Manifest::read(world, folder);
        self.left = self.left.checked_sub(manifest.source.text().len()).ok_or(ExpandError::ManyBytes)?;
        Ok(manifest)
    }
}

/// The members in npm's order.
///
/// # Errors
/// Where npm refuses the whole list.
pub fn workspaces(world: &World, root: &Path, manifest: &Manifest) -> Result<Vec<Workspace>, WorkspacesError> {
    let mut members: Vec<Workspace> = Vec::new();
    let mut manifests = Manifests::new();
    for folder in declared_folders(world, root, manifest)? {
        let manifest = manifests.read(world, &folder)?;
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
///
/// # Errors
/// When the patterns are too complex, or the folders too many.
pub(crate) fn folders(
    world: &World,
    root: &Path,
    patterns: &[String],
    negated: &[String],
) -> Result<Vec<PathBuf>, ExpandError> {
    let found = walk(world, root, patterns, negated, &Steps::default())?;
    Ok(found.iter().map(|path| root_join(root, path)).collect())
}

fn walk(
    world: &World,
    root: &Path,
    patterns: &[String],
    negated: &[String],
    steps: &Steps,
) -> Result<Vec<String>, ExpandError> {
    let patterns: Vec<String> = patterns.iter().map(|pattern| pattern.replace('\\', "/")).collect();
    let ignored = std::iter::once("**/node_modules/**").chain(negated.iter().map(String::as_str));
    walk::folders(world, root, patterns.iter().map(|pattern| pattern.trim_end_matches('/')), ignored, steps)
}

/// `appendNegatedPatterns`
fn split(written: &[&str], steps: &Steps) -> Result<(Vec<String>, Vec<String>), PatternError> {
    let mut patterns: Vec<(String, Vec<Text>)> = Vec::new();
    let mut negated: Vec<(String, Glob)> = Vec::new();
    for pattern in written {
        let name = pattern.trim_start_matches('!');
        let marks = pattern.len() - name.len();
        let name = match name.strip_prefix('.').filter(|rest| rest.starts_with('/')) {
            Some(rest) => rest.trim_start_matches('/'),
            None => name.trim_start_matches('/'),
        };
        if marks % 2 == 1 {
            negated.push((name.to_owned(), Glob::new(name, Options::default(), steps)?));
            continue;
        }
        let parts = cut(name);
        // As npm does it: the one behind a removed one is not looked at.
        let mut at = 0;
        while at < negated.len() {
            if negated[at].1.matches(&parts, steps)? {
                negated.remove(at);
            }
            at += 1;
        }
        patterns.push((name.to_owned(), parts));
    }
    let mut kept = Vec::new();
    for (name, parts) in patterns {
        let mut is_negated = false;
        for (_, glob) in &negated {
            is_negated = is_negated || glob.matches(&parts, steps)?;
        }
        if !is_negated {
            kept.push(name);
        }
    }
    Ok((kept, negated.into_iter().map(|(name, _)| name).collect()))
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
    fn members_follow_the_order_of_the_patterns_and_negations_remove() {
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
    fn two_members_with_the_same_name_are_refused() {
        let files = [("/project/a/package.json", "{\"name\":\"x\"}"), ("/project/b/package.json", "{\"name\":\"x\"}")];
        let world = World::memory(&files, &[]);
        let root = Path::new("/project");
        let manifest = Manifest::parse("package.json".to_owned(), b"{\"workspaces\":[\"*\"]}", root);
        assert!(matches!(workspaces(&world, root, &manifest), Err(WorkspacesError::SameName { .. })));
        let manifest = Manifest::parse("package.json".to_owned(), b"{\"workspaces\":{}}", root);
        assert!(matches!(workspaces(&world, root, &manifest), Err(WorkspacesError::NotAList)));
    }
}
