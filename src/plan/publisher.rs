//! What rules ask of a publish that another client than npm may carry out.

use super::PublishPlan;
use crate::facts::{Known, Unknown};
use crate::project::npm_config::Origin;
use crate::publisher::dependencies::Dependency;
use crate::publisher::dependencies::local::{Local, Replacement, Written};
use crate::publisher::{Fault, Manager};

impl PublishPlan {
    /// Why it is not known what the client's own settings decide.
    pub fn unread_settings(&self) -> Option<Unknown> {
        self.client.as_ref()?.configuration.as_ref()?.unknown()
    }

    /// At what the client that publishes stops in its own settings.
    pub fn client_faults(&self) -> &[Fault] {
        let configuration = self.client.as_ref().and_then(|client| client.configuration.as_ref());
        configuration.map(|configuration| configuration.faults.as_slice()).unwrap_or_default()
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

    /// A file of the client that publishes was not read, which may send the package somewhere else.
    pub fn is_target_unread(&self) -> bool {
        let says_itself = matches!(self.target_origin(), Origin::Flag(_) | Origin::Manifest { .. });
        !says_itself && self.unread_settings().is_some()
    }

    /// The client that publishes takes no dist-tag from publishConfig: neither pnpm nor Yarn does.
    pub fn leaves_out_own_tag(&self) -> bool {
        match self.other_client() {
            Some(Manager::Pnpm) => self.workspace || !self.hands_over(),
            Some(Manager::Yarn) => true,
            Some(Manager::Bun | Manager::Npm) | None => false,
        }
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

    /// The command that publishes.
    pub fn publish_command(&self) -> &'static str {
        self.other_client().unwrap_or(Manager::Npm).command()
    }

    /// It is npm that sends the package: pnpm up to 10 packs it and hands it over.
    pub fn is_sent_by_npm(&self) -> bool {
        self.other_client().is_none() || self.hands_over()
    }

    /// npm refuses to make a prerelease or an older version `latest` unasked (lib/commands/publish.js); what is not known
    /// to end in npm does not, and `pnpm -r publish` names `latest` to npm by itself.
    pub fn guards_latest(&self) -> bool {
        let by_npm = self.is_sent_by_npm() && !(self.workspace && self.other_client().is_some());
        by_npm && self.tag.implicit && !self.force.value && self.npm_release().guards_latest()
    }
}
