//! Which files npm would read its configuration from, and loading them (`@npmcli/config` 11.19.1, lib/index.js `load`).

use super::NpmConfig;
use super::args::Parsed;
use crate::world::World;

impl NpmConfig {
    /// Reads npm's configuration for the working directory and these arguments.
    pub fn load(world: &World, args: &Parsed) -> Self {
        Self {
            layers: std::collections::BTreeMap::new(),
            invalid: std::collections::BTreeMap::new(),
            files: Vec::new(),
            invalid_auth: Vec::new(),
            fatal: None,
            local_prefix: world.cwd.clone(),
            implicit_workspace: None,
            ignored_files: Vec::new(),
            dropped: args.dropped.clone(),
        }
    }
}
