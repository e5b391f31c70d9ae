//! Members of a workspace that other tools than npm name: `packages` of pnpm-workspace.yaml (pnpm 10 and 11, find-packages)
//! and of lerna.json.

use std::collections::BTreeMap;
use std::path::Path;

use crate::project::manifest::Broken;
use crate::project::npm_config::workspaces::{ExpandError, Manifests, Workspace, folders};
use crate::project::world::World;
use crate::text::json::Type;
use crate::text::source::Source;

/// Where pnpm lists the members.
pub const PNPM_FILE: &str = "pnpm-workspace.yaml";
const LERNA_FILE: &str = "lerna.json";

/// Why pnpm's list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MembersError {
    /// It is not there, or may not be read.
    #[error("it cannot be read: {}", crate::project::world::describe(*.0))]
    Unreadable(std::io::ErrorKind),
    /// No YAML, or `packages` is no list of texts.
    #[error("it is not YAML with a list of strings in `packages`: {0}")]
    Invalid(String),
    /// It is not known which folders the patterns name.
    #[error("the patterns in `packages` cannot be expanded: {0}")]
    Expansion(#[from] ExpandError),
    /// It holds more than is read here; pnpm may read it.
    #[error("it has more values than npm-preflight reads")]
    Beyond,
}

#[derive(Default, serde::Deserialize)]
struct PnpmWorkspace {
    packages: Option<Vec<String>>,
}

/// The name of the catalog that has none.
pub const DEFAULT_CATALOG: &str = "";

/// Ranges by the name of the catalog and that of the dependency.
pub type Catalogs = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Default, serde::Deserialize)]
struct Listed {
    catalog: Option<BTreeMap<String, String>>,
    catalogs: Option<Catalogs>,
}

/// The catalogs that a YAML file of pnpm or Yarn lists; `None`: it cannot be read.
pub fn catalogs(text: &str) -> Option<Catalogs> {
    let listed: Option<Listed> = serde_saphyr::from_str(text).ok()?;
    let Listed { catalog, catalogs } = listed.unwrap_or_default();
    let mut all = catalogs.unwrap_or_default();
    all.extend(catalog.map(|catalog| (DEFAULT_CATALOG.to_owned(), catalog)));
    Some(all)
}

/// The members of a pnpm workspace, its root among them, sorted by folder. Those with another manifest than package.json
/// are left out.
///
/// # Errors
/// When the list cannot be read.
pub fn of_pnpm(world: &World, root: &Path) -> Result<Vec<Workspace>, MembersError> {
    let bytes = world.files.read(&root.join(PNPM_FILE), crate::project::world::limit::WORKSPACES);
    let bytes = bytes.map_err(|error| MembersError::Unreadable(error.kind()))?;
    let text = String::from_utf8_lossy(&bytes);
    let file: Option<PnpmWorkspace> = serde_saphyr::from_str(&text).map_err(|error| match error.without_snippet() {
        serde_saphyr::Error::Budget { .. } => MembersError::Beyond,
        error => MembersError::Invalid(error.to_string().lines().next().unwrap_or_default().to_owned()),
    })?;
    let patterns = file.unwrap_or_default().packages.unwrap_or_default();
    let written: Vec<&str> = std::iter::once(".").chain(patterns.iter().map(String::as_str)).collect();
    Ok(below(world, root, &written)?)
}

/// Whether a folder belongs to a member of a pnpm workspace, or is its root; also if that cannot be known. `members`: what
/// [`of_pnpm`] says.
pub fn is_in_pnpm_workspace(members: &Result<Vec<Workspace>, MembersError>, root: &Path, folder: &Path) -> bool {
    let is_around = |member: &Workspace| member.folder != root && folder.starts_with(&member.folder);
    folder == root || members.as_ref().map_or(true, |all| all.iter().any(is_around))
}

/// The members that pnpm or Lerna names; none where neither does, or its list cannot be read.
///
/// # Errors
/// When it is not known which folders the list names.
pub fn of_others(world: &World, root: &Path) -> Result<Vec<Workspace>, ExpandError> {
    if world.files.is_file(&root.join(PNPM_FILE)) {
        return match of_pnpm(world, root) {
            Err(MembersError::Expansion(error)) => Err(error),
            found => Ok(found.unwrap_or_default()),
        };
    }
    let Ok(bytes) = world.files.read(&root.join(LERNA_FILE), crate::project::world::limit::WORKSPACES) else {
        return Ok(Vec::new());
    };
    let Ok(document) = crate::text::json::Document::parse(Source::new(LERNA_FILE.to_owned(), &bytes).text()) else {
        return Ok(Vec::new());
    };
    let list = document.root().get("packages").filter(|list| list.type_of() == Type::Array);
    let written: Vec<&str> = match &list {
        Some(list) => list.elements().filter_map(crate::text::json::Value::as_str).collect(),
        None => vec!["packages/*"],
    };
    below(world, root, &written)
}

/// Every `!` takes away, wherever it is.
fn below(world: &World, root: &Path, written: &[&str]) -> Result<Vec<Workspace>, ExpandError> {
    let mut patterns = Vec::new();
    let mut negated = vec!["**/bower_components/**".to_owned()];
    for pattern in written {
        match pattern.strip_prefix('!') {
            Some(rest) => negated.push(rest.trim_end_matches('/').to_owned()),
            None => patterns.push(pattern.trim_end_matches('/').to_owned()),
        }
    }
    let folders = folders(world, root, &patterns, &negated)?;
    let mut manifests = Manifests::new();
    let mut members = Vec::new();
    for folder in folders {
        let manifest = manifests.read(world, &folder)?;
        if !matches!(manifest.broken, Some(Broken::Missing { .. })) {
            members.push(Workspace::of(manifest));
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)], members: fn(&World, &Path) -> Vec<Workspace>) -> Vec<String> {
        let packages = ["", "packages/a/", "packages/b/", "packages/b/test/x/", "packages/a/node_modules/y/", "z/"];
        let packages = packages.map(|folder| format!("/project/{folder}package.json"));
        let files: Vec<_> = packages.iter().map(|path| (path.as_str(), "{}")).chain(files.iter().copied()).collect();
        let world = World::memory(&files, &[]);
        let root = Path::new("/project");
        let shown = |member: Workspace| member.folder.strip_prefix(root).unwrap().display().to_string();
        members(&world, root).into_iter().map(shown).collect()
    }

    #[test]
    fn pnpm_lists_its_members_in_yaml_and_the_root_is_one() {
        for (text, expected) in [
            ("packages:\n  - 'packages/*'\n", &["", "packages/a", "packages/b"][..]),
            ("packages: ['**', '!**/test/**']\n", &["", "packages/a", "packages/b", "z"]),
            ("packages:\n  - '!packages/b'\n  - packages/*\n", &["", "packages/a"]),
            ("# nothing\ncatalog:\n  x: ^1\n", &[""]),
            ("", &[""]),
        ] {
            let read = |world: &World, root: &Path| of_pnpm(world, root).unwrap();
            assert_eq!(names(&[("/project/pnpm-workspace.yaml", text)], read), expected, "{text}");
        }
        let broken = |world: &World, root: &Path| match of_pnpm(world, root) {
            Err(MembersError::Invalid(_)) => Vec::new(),
            other => panic!("{other:?}"),
        };
        for text in ["packages: {", "packages: 1\n"] {
            names(&[("/project/pnpm-workspace.yaml", text)], broken);
        }
    }

    #[test]
    fn lerna_lists_its_members_in_json() {
        let others = |world: &World, root: &Path| of_others(world, root).unwrap();
        let lerna = |text| names(&[("/project/lerna.json", text)], others);
        assert_eq!(lerna(r#"{"packages":["packages/a","z"]}"#), ["packages/a", "z"]);
        assert_eq!(lerna("{}"), ["packages/a", "packages/b"]);
        assert_eq!(names(&[], others), [""; 0]);
    }
}
