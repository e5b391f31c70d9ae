//! Which packages are published: `npm publish`'s arguments, the working directory and workspaces, selected as npm 11.19.1
//! selects them (lib/commands/publish.js, lib/utils/get-workspaces.js).

use crate::manifest::Manifest;

/// Why there is no package to judge although npm was told of one.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// The argument is a registry, GitHub or URL spec: npm fetches that and publishes it.
    Remote {
        /// The argument.
        spec: String,
        /// A folder or file of that name lies here.
        exists: bool,
    },
    /// The argument is a tarball that cannot be read.
    Tarball {
        /// The path as shown.
        path: String,
        /// Why: a sentence without a full stop.
        why: String,
    },
    /// The workspace selection is empty.
    NoWorkspaces {
        /// What was selected; empty: all.
        filters: Vec<String>,
    },
    /// Two workspaces have the same name.
    DuplicateWorkspace {
        /// The name.
        name: String,
        /// Their folders as shown.
        folders: Vec<String>,
    },
    /// `--no-workspaces` together with `--workspace`.
    ContradictoryWorkspaces,
}

/// A package that npm would publish.
#[derive(Debug)]
pub struct Selected {
    /// What stands in the way of reading it.
    pub obstacle: Option<Obstacle>,
    /// Its package.json; that of the project's root when there is an obstacle.
    pub manifest: Manifest,
    /// Selected as a workspace: npm skips it when it is private.
    pub workspace: bool,
}
