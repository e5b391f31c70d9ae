//! Bundled dependencies as npm packs them (npm-packlist, lib/index.js `gatherBundles`): those that the package names, and what
//! they need, each from where Node would find it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::ListError;
use super::fields::Fields;
use super::shared::{Reads, Shared};
use super::tree::Tree;
use crate::project::manifest::Manifest;
use crate::project::world::EntryKind;

/// Adds their files to those of the package.
///
/// # Errors
/// Where npm stops, or when there is too much.
pub(super) fn add(
    shared: &Shared<'_>,
    root: &Path,
    fields: &Fields,
    found: &mut BTreeSet<String>,
) -> Result<(), ListError> {
    let is_bundled =
        |name: &&String| fields.bundles_any || fields.needed.contains(name) && !fields.unbundled.contains(name);
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut waiting: Vec<(PathBuf, String)> = Vec::new();
    for name in fields.bundled.iter().filter(is_bundled).rev() {
        waiting.push((root.to_path_buf(), name.clone()));
    }
    let root_fields = fields;
    while let Some((from, name)) = waiting.pop() {
        let Some(folder) = installed(&shared.tree, root, &from, &name) else { continue };
        let is_link = shared.tree.kind(&folder) == Some(EntryKind::Link);
        let real = shared.tree.world.files.real_path(&folder).unwrap_or_else(|_| folder.clone());
        if seen.contains(&folder) {
            continue;
        }
        seen.push(folder.clone());
        let _lent = shared.steps.lend();
        let manifest = Manifest::read(shared.tree.world, &folder);
        let fields = Fields::read(&shared.tree, &manifest, &folder, !root_fields.bundles_any)?;
        let reads = if is_link { Reads::Package } else { Reads::Bundled };
        let inside = folder.strip_prefix(root).unwrap_or(&folder).to_string_lossy().replace('\\', "/");
        let (files, _) = shared.package(&folder, &fields, reads, &[], false)?;
        found.extend(files.into_iter().map(|file| format!("{inside}/{file}")));
        let home = if is_link { real } else { folder };
        for name in fields.needed.iter().rev() {
            waiting.push((home.clone(), name.clone()));
        }
    }
    Ok(())
}

/// The folder that Node finds for a dependency, no further up than the package.
fn installed(tree: &Tree<'_>, root: &Path, from: &Path, name: &str) -> Option<PathBuf> {
    let is_name = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !name.split('/').all(is_name) {
        return None;
    }
    let folders = from.ancestors().take_while(|folder| folder.starts_with(root));
    let mut places = folders.filter(|folder| folder.file_name().is_none_or(|name| name != "node_modules"));
    places.find_map(|folder| {
        let path = folder.join("node_modules").join(name);
        tree.world.files.is_dir(&path).then_some(path)
    })
}
