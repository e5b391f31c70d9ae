//! What npm reads of a folder before it packs it (npm-packlist 10, lib/index.js; ignore-walk 8): it stops at what it cannot.

use super::{PublishPlan, Sourced};
use crate::npm_config::Origin;
use crate::world::World;

/// The ignore file in the folder itself, or for a workspace in a folder above it, that is there and cannot be read.
pub(super) fn unreadable_ignore_file(world: &World, plan: &PublishPlan) -> Option<String> {
    let own = &plan.manifest.folder;
    if plan.obstacle.is_some() || plan.manifest.is_packed || plan.manifest.broken.is_some() {
        return None;
    }
    let files = [".npmignore", ".gitignore"];
    // Of the folder itself npm reads both, of those above a workspace the first that is there.
    let here = files.into_iter().map(|file| own.join(file)).find(|file| world.is_unreadable(file));
    let root = &plan.config.local_prefix;
    let above = own.ancestors().skip(1).take_while(|folder| plan.workspace && folder.starts_with(root));
    let first = |folder: &std::path::Path| {
        let mut there = files.into_iter().map(|file| folder.join(file));
        there.find(|file| world.files.is_file(file) || world.is_unreadable(file))
    };
    let found = here.or_else(|| above.filter_map(first).find(|file| world.is_unreadable(file)))?;
    Some(world.shown_path(&found))
}

/// npm reads it together with package.json; the other layers' are read with the configuration.
pub(super) fn unreadable_cafile(world: &World, plan: &PublishPlan) -> Option<Origin> {
    let Sourced { value, origin } = plan.sourced_option("cafile")?;
    let path = value.as_text().filter(|path| !path.is_empty() && matches!(origin, Origin::Manifest { .. }))?;
    world.is_unreadable(&world.resolve(path)).then_some(origin)
}
