//! The publish plan: what `npm publish` would send where, as whom, under which dist-tag and access - every value
//! with the file, variable or flag that decided it. A function of the manifest, npm's configuration and the CI
//! environment; emulates npm 11.19.1 (lib/commands/publish.js, libnpmpublish/lib/publish.js,
//! npm-registry-fetch/lib/index.js).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod build;
pub mod contents;
mod destination;
pub mod discover;
mod ignored;
mod network;
mod options;
mod package;
mod packed;
mod packing;
pub mod published;
mod publisher;
mod question;
mod runner;
mod sources;

use std::sync::{Arc, OnceLock};

use crate::plan::discover::Obstacle;
use crate::project::ci::{Provider, Pushed};
use crate::project::cloned::Cloned;
use crate::project::committed::Committed;
use crate::project::declared::{Ignored, OfRegistry};
use crate::project::npm_config::{NpmConfig, Origin, Sourced, Value};
use crate::publisher::dependencies::linked::Linked;
use crate::publisher::git_checks::GitChecks;
use crate::publisher::npm::Settings;
pub use crate::publisher::npm::shown;
pub use crate::publisher::{Access, Login, Tag, Target};
pub use build::{Ingredients, Inputs, plans};
pub use destination::Destination;
pub use network::differ_in_network;
pub use options::{Provenance, PublishOptions};
pub use package::Package;
pub use packed::{Packed, Packing, pack};
pub use runner::Runner;
pub use sources::{ByScope, Source, Sources};

/// One publish.
#[derive(Debug)]
pub struct PublishPlan {
    /// What is published.
    pub package: Package,
    /// The registry it goes to.
    pub destination: Destination,
    /// The credentials it is published with.
    pub auth: Auth,
    /// Under which dist-tag, and for whom.
    pub options: PublishOptions,
    /// Which provenance goes along.
    pub provenance: Provenance,
    /// What carries it out.
    pub runner: Runner,
    /// What the run leaves out.
    pub selection: Selection,
    /// What is in the package, once [`pack`] has found it out.
    pub packed: OnceLock<Packed>,
    /// What else its users need.
    pub dependencies: Dependencies,
    /// What version control says.
    pub git: Git,
    /// What the people of the project say of it.
    pub declared: Declared,
    /// npm's configuration.
    pub config: Arc<NpmConfig>,
}

/// What the people of the project say of it, in npm-preflight's settings.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Of the registry that is published to.
    pub registry: Arc<OfRegistry>,
    /// Findings that are left out.
    pub ignored: Arc<[Ignored]>,
}

/// The credentials of a publish.
#[derive(Debug)]
pub struct Auth {
    /// What the publish authenticates with.
    pub login: Login,
    /// The number of the credential that npm's reads would carry.
    pub read_credential: Option<usize>,
    /// A one-time password is available: from where.
    pub otp: Option<Origin>,
    /// Whether npm could ask for a one-time password: it needs a terminal on both sides. `None`: there is one on one side, and
    /// where the output of a lint goes says little of that of the publish.
    pub can_prompt: Option<bool>,
}

/// What the run leaves out.
#[derive(Debug)]
pub struct Selection {
    /// Why there is nothing to check although npm was given an argument.
    pub obstacle: Option<Obstacle>,
    /// `--skip-published`: a release tool publishes, which leaves private workspaces out before it looks at anything else.
    pub skips_private: bool,
    /// `--since`: none of its files changed since that commit, so that nothing is checked.
    pub unchanged_since: Option<String>,
}

/// What else users of the package need.
#[derive(Debug)]
pub struct Dependencies {
    /// Where npm installs each package from that this one depends on.
    pub sources: Sources,
    /// What pnpm finds installed of its `workspace:` dependencies.
    pub linked: Linked,
}

/// What version control says.
#[derive(Clone, Debug, Default)]
pub struct Git {
    /// What pnpm checks in the git repository before it publishes; `None`: nothing, or another client publishes.
    pub checks: Option<Arc<GitChecks>>,
    /// The credentials that it holds.
    pub committed: Arc<Committed>,
    /// Where the project was cloned from, if that is clear.
    pub cloned: Option<Arc<Cloned>>,
    /// What is pushed.
    pub pushed: Pushed,
}

impl PublishPlan {
    /// npm's `opts[key]`: a flag beats publishConfig, which beats the rest of the configuration.
    pub fn option(&self, key: &str) -> Option<Value> {
        self.sourced_option(key).map(|option| option.value)
    }

    /// [`option`](Self::option), and what decided it.
    pub fn sourced_option(&self, key: &str) -> Option<Sourced<Value>> {
        let settings = Settings { config: &self.config, manifest: &self.package.manifest };
        settings.effective(key).map(|(value, origin)| Sourced { value, origin })
    }

    /// npm leaves it out of a workspace publish, a release tool out of any, or the user out of this run.
    pub fn is_skipped(&self) -> bool {
        let is_passed_over = self.package.workspace || self.runner.tool.is_some() && !self.package.manifest.is_packed;
        self.selection.unchanged_since.is_some() || is_passed_over && self.package.private().is_some()
    }

    /// With a trusted publisher's token npm adds provenance by itself, unless the repository is known not to be public
    /// (lib/utils/oidc.js): to a package that is public.
    pub fn adds_provenance(&self) -> bool {
        let ci = &self.runner.ci;
        let signs = ci.provider == Some(Provider::GitHub) || ci.can_attest;
        ci.can_exchange && signs && ci.is_public != Some(false) && self.provenance.signs_by_itself
    }

    /// npm runs no scripts.
    pub fn ignores_scripts(&self) -> bool {
        self.package.manifest.is_packed
            || self.config.get("ignore-scripts").is_some_and(|entry| entry.value.is_truthy())
    }
}
