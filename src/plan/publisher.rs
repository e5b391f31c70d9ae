//! What rules ask of a publish that another client than npm may carry out.

use super::PublishPlan;
use crate::facts::Known;
use crate::project::npm_config::Origin;
use crate::publisher::Manager;
use crate::publisher::dependencies::Dependency;
use crate::publisher::dependencies::local::{Local, Replacement, Written};

impl PublishPlan {
    /// What a client that publishes writes in the place of a dependency; `None`: the spec as it is.
    ///
    /// # Errors
    /// When that is not known.
    pub fn written(&self, dependency: Dependency<'_>) -> Known<Option<Written>> {
        dependency.written(self.replacing(), &self.dependencies.linked)
    }

    /// What the client that publishes does with a dependency.
    ///
    /// # Errors
    /// When that is not known.
    pub fn replacement(&self, dependency: Dependency<'_>) -> Known<Replacement> {
        dependency.replacement(self.replacing(), &self.dependencies.linked)
    }

    /// What a client replaces in the package: nothing in a tarball, which is sent as it is.
    fn replacing(&self) -> Option<&Local> {
        let client = self.runner.client.as_ref().filter(|_| !self.package.manifest.is_packed)?;
        client.local.as_ref()
    }

    /// A file of the client that publishes was not read, which may send the package somewhere else.
    pub fn is_target_unread(&self) -> bool {
        let says_itself = matches!(self.destination.origin(), Origin::Flag(_) | Origin::Manifest { .. });
        !says_itself && self.runner.unread_settings().is_some()
    }

    /// The client that publishes takes no dist-tag from publishConfig: neither pnpm nor Yarn does.
    pub fn ignores_publish_config_tag(&self) -> bool {
        match self.runner.other_client() {
            Some(Manager::Pnpm) => self.package.workspace || !self.runner.hands_over(),
            Some(Manager::Yarn) => true,
            Some(Manager::Bun | Manager::Npm) | None => false,
        }
    }

    /// npm refuses to make a prerelease or an older version `latest` unasked (lib/commands/publish.js); what is not known
    /// to end in npm does not, and `pnpm -r publish` names `latest` to npm by itself.
    pub fn guards_latest(&self) -> bool {
        let by_npm = self.runner.is_sent_by_npm() && !(self.package.workspace && self.runner.other_client().is_some());
        by_npm && self.options.tag.implicit && !self.options.force.value && self.runner.npm_release().guards_latest()
    }

    /// npm compares the version with the published ones. With `offline` it takes a failed request for a package without
    /// versions (`#registryVersions` of npm 11.19.1, lib/commands/publish.js).
    pub fn reads_published(&self) -> bool {
        !self.config.get("offline").is_some_and(|offline| offline.value.is_truthy())
    }
}
