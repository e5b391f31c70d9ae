//! What is different where another client than npm publishes: pnpm 10 and 11, Yarn 4 and Bun, as far as rules ask.

use super::{GUARDED_LATEST, PublishPlan};
use std::sync::Arc;

use crate::facts::Known;
use crate::project::npm_config::{NpmConfig, Origin};
use crate::publisher::dependencies::Dependency;
use crate::publisher::dependencies::local::{Local, Replacement, Written};
use crate::publisher::{Client, Manager, OwnSettings};

/// What counts of npm's configuration for the client that publishes.
pub(super) fn counting(config: &Arc<NpmConfig>, client: Option<&Client>) -> Arc<NpmConfig> {
    match client.and_then(|client| client.own.as_ref()) {
        Some(OwnSettings { instead: true, .. }) => Arc::new(config.of_command_line()),
        _ => Arc::clone(config),
    }
}

pub(super) fn leaves_out_tag(client: &Client, workspace: bool) -> bool {
    client.publishes()
        && match client.manager {
            Manager::Pnpm => workspace || client.version.is_some() && !client.is_before(11),
            Manager::Yarn => !client.is_before(2),
            Manager::Npm | Manager::Bun => false,
        }
}

impl PublishPlan {
    /// The settings of another client that publishes: they are not read.
    pub fn own_settings(&self) -> Option<&OwnSettings> {
        self.client.as_ref()?.own.as_ref()
    }

    /// What a client that publishes writes in the place of a dependency; `None`: what stands there.
    ///
    /// # Errors
    /// When that is not known.
    pub fn written(&self, dependency: Dependency<'_>) -> Known<Option<Written>> {
        dependency.written(self.replacing(), &self.linked)
    }

    /// What becomes of a dependency at the hands of the client that publishes.
    ///
    /// # Errors
    /// When that is not known.
    pub fn replacement(&self, dependency: Dependency<'_>) -> Known<Replacement> {
        dependency.replacement(self.replacing(), &self.linked)
    }

    /// What a client replaces in the package: nothing in a tarball, which is sent as it is.
    fn replacing(&self) -> Option<&Local> {
        let client = self.client.as_ref().filter(|_| !self.manifest.is_packed)?;
        client.local.as_ref()
    }

    /// The client that publishes takes no dist-tag from package.json: neither pnpm 11 nor Yarn does, and `pnpm -r publish`
    /// names one to npm.
    pub fn leaves_out_own_tag(&self) -> bool {
        self.client.as_ref().is_some_and(|client| leaves_out_tag(client, self.workspace))
    }

    /// Another client publishes, whose own settings may send the package somewhere else.
    pub fn is_target_unread(&self) -> bool {
        let says_itself = matches!(self.target_origin(), Origin::Flag(_) | Origin::Manifest { .. });
        !says_itself && self.own_settings().is_some_and(|own| own.may_name_registry)
    }

    /// Another client than npm is known to publish.
    pub fn other_client(&self) -> Option<Manager> {
        self.client.as_ref()?.other()
    }

    /// The command that publishes.
    pub fn publish_command(&self) -> &'static str {
        self.other_client().unwrap_or(Manager::Npm).command()
    }

    /// npm refuses to make a prerelease or an older version `latest` unasked (lib/commands/publish.js); what is not known
    /// to end in npm does not.
    pub fn guards_latest(&self) -> bool {
        let by_npm = match self.other_client() {
            None => true,
            // Up to 10 it packs and hands over to npm, to which `pnpm -r publish` names `latest` by itself.
            Some(Manager::Pnpm) => !self.workspace && self.client.as_ref().is_some_and(|client| client.is_before(11)),
            Some(_) => false,
        };
        by_npm && self.tag.implicit && !self.force.value && self.npm.value >= GUARDED_LATEST
    }
}
