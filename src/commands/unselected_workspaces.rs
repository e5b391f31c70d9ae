//! At the root of a monorepo, a line says how many workspaces are not checked when only the root is.

use crate::plan::discover::{Obstacle, filters, selected};
use crate::plan::{PublishPlan, Selection};
use crate::project::members;
use crate::project::npm_config::NpmConfig;
use crate::project::world::World;

/// What to say at a root that is not private and is checked alone: how many more packages `--workspaces` would select.
pub(super) fn note(world: &World, config: &NpmConfig, plans: &[PublishPlan]) -> Option<String> {
    let [PublishPlan { package, selection: Selection { obstacle: None, .. }, runner, .. }] = plans else { return None };
    if package.workspace {
        return None;
    }
    let manifest = &package.manifest;
    let is_asked = || config.is_default("workspaces") && filters(config).is_empty();
    let own = &manifest.folder;
    if manifest.broken.is_some() || manifest.is_private() || *own != world.cwd || !is_asked() {
        return None;
    }
    let is_root = manifest.field("workspaces").is_some() || world.files.is_file(&own.join(members::PNPM_FILE));
    if !is_root || *own != config.local_prefix {
        return None;
    }
    let selected = match selected(world, config, &[], runner.client.as_deref()) {
        Ok(selected) => selected,
        Err(Obstacle::UnexpandedWorkspaces { path, why }) => {
            return Some(format!("the workspaces in `{path}` are not checked: {why}"));
        }
        Err(_) => return None,
    };
    let count = selected.iter().filter(|one| one.manifest.folder != *own).count();
    let what = if count == 1 { "the workspace here is".to_owned() } else { format!("the {count} workspaces here are") };
    (count > 0).then(|| format!("{what} not checked; use `--workspaces` to check them"))
}
