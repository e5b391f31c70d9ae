//! What npm reads of a folder before it packs it (npm-packlist 10, lib/index.js; ignore-walk 8): it fails on what it cannot read.

use std::path::Path;

use super::discover::Obstacle;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin};
use crate::project::overridden::OverriddenBundle;
use crate::project::world::World;
use crate::publisher::npm::Settings;

/// The ignore file in the folder itself, or for a workspace in a folder above it, that is there and cannot be read.
pub(super) fn unreadable_ignore_file(
    world: &World,
    manifest: &Manifest,
    workspace: bool,
    config: &NpmConfig,
) -> Option<String> {
    let own = &manifest.folder;
    if manifest.is_packed || manifest.broken.is_some() {
        return None;
    }
    let files = [".npmignore", ".gitignore"];
    // Of the folder itself npm reads both, of those above a workspace the first that is there.
    let here = files.into_iter().map(|file| own.join(file)).find(|file| world.is_unreadable(file));
    let root = &config.local_prefix;
    let above = own.ancestors().skip(1).take_while(|folder| workspace && folder.starts_with(root));
    let first = |folder: &Path| {
        let mut there = files.into_iter().map(|file| folder.join(file));
        there.find(|file| world.files.is_file(file) || world.is_unreadable(file))
    };
    let found = here.or_else(|| above.filter_map(first).find(|file| world.is_unreadable(file)))?;
    Some(world.shown_path(&found))
}

/// What npm refuses to bundle, in a folder that it packs.
pub(super) fn overridden_bundle(
    world: &World,
    obstacle: Option<&Obstacle>,
    manifest: &Manifest,
    npm: &Version,
) -> OverriddenBundle {
    let is_packed_here = obstacle.is_none() && !manifest.is_packed;
    if is_packed_here && NpmRelease::of(npm).refuses_overridden_bundles() {
        OverriddenBundle::read(world, manifest)
    } else {
        OverriddenBundle::None
    }
}

/// npm reads it together with package.json; the other layers' are read with the configuration.
pub(super) fn unreadable_cafile(world: &World, settings: &Settings<'_>) -> Option<Origin> {
    let (value, origin) = settings.effective("cafile")?;
    let path = value.as_text().filter(|path| !path.is_empty() && matches!(origin, Origin::Manifest { .. }))?;
    world.is_unreadable(&world.resolve(path)).then_some(origin)
}
