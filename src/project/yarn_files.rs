//! The files in which Yarn keeps its settings and its state for a project.

use super::world::World;

/// The settings of Yarn since 2.
pub const SETTINGS: &str = ".yarnrc.yml";
/// The lockfile; the folder with it is a project's root.
pub const LOCKFILE: &str = "yarn.lock";
/// What an install leaves behind, unless the setting `installStatePath` says where.
pub const INSTALL_STATE: &str = ".yarn/install-state.gz";

/// What the settings file is called here.
pub fn settings(world: &World) -> &str {
    world.filled_var("YARN_RC_FILENAME").unwrap_or(SETTINGS)
}
