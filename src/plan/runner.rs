//! Who publishes: the client, the npm behind it, and the job or the script that runs them.

use std::sync::Arc;

use crate::facts::Unknown;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::engines::Engines;
use crate::project::npm_config::{Origin, Sourced};
use crate::publisher::{Client, Fault, Manager, ReleaseTool, Words, words};

/// What carries out the publish.
#[derive(Debug)]
pub struct Runner {
    /// The package manager that the project names.
    pub client: Option<Arc<Client>>,
    /// The release tool that runs the client, or publishes itself.
    pub tool: Option<Arc<ReleaseTool>>,
    /// The npm that would publish.
    pub npm: Sourced<Version>,
    /// What `devEngines` is compared with; `None`: the project's root has none.
    pub engines: Option<Arc<Engines>>,
    /// The CI job, with what this npm can do in it.
    pub ci: Ci,
    /// A script of npm's runs this, with the flags of its command in the environment (`@npmcli/config` 10 lib/set-envs.js).
    pub in_script: bool,
    /// `publishConfig.cafile` does not name a file that npm can read.
    pub unreadable_cafile: Option<Origin>,
}

impl Runner {
    /// What the npm that would publish does otherwise than others.
    pub fn npm_release(&self) -> NpmRelease {
        NpmRelease::of(&self.npm.value)
    }

    /// Why it is not known what the client's own settings decide.
    pub fn unread_settings(&self) -> Option<Unknown> {
        self.client.as_ref()?.configuration.as_ref()?.unknown()
    }

    /// At what the client that publishes stops in its own settings.
    pub fn client_faults(&self) -> &[Fault] {
        let configuration = self.client.as_ref().and_then(|client| client.configuration.as_ref());
        configuration.map(|configuration| configuration.faults.as_slice()).unwrap_or_default()
    }

    /// The lines that the client that publishes leaves out: the key, where it is, and why.
    pub fn dropped_settings(&self) -> &[(String, Origin, &'static str)] {
        let configuration = self.client.as_ref().and_then(|client| client.configuration.as_ref());
        configuration.map(|configuration| configuration.dropped.as_slice()).unwrap_or_default()
    }

    /// pnpm up to 10 checks and packs the package, and has npm publish the tarball.
    pub fn hands_over(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.other().is_some() && client.configuration.is_none())
    }

    /// npm sees the options of the publish: pnpm since 10.13 keeps those back that it does not know.
    pub fn passes_options_to_npm(&self) -> bool {
        self.other_client().is_none() || self.client.as_ref().is_some_and(|client| client.is_before_version(10, 13))
    }

    /// Another client than npm is known to publish.
    pub fn other_client(&self) -> Option<Manager> {
        self.client.as_ref()?.other()
    }

    /// How the client that publishes is spoken of.
    pub fn words(&self) -> &'static Words {
        self.client.as_ref().map_or(&words::NPM, |client| client.words())
    }

    /// What is called what publishes.
    pub fn name(&self) -> &'static str {
        self.words().name
    }

    /// It is npm that sends the package: pnpm up to 10 packs it and hands it over, and some release tools need no client.
    pub fn is_sent_by_npm(&self) -> bool {
        let by_tool = self.tool.as_ref().is_some_and(|tool| tool.publishes_itself());
        !by_tool && (self.other_client().is_none() || self.hands_over())
    }
}
