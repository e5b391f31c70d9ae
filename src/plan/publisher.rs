//! What is different where another client than npm publishes: pnpm 10 and 11, Yarn 4 and Bun, as far as rules ask.

use super::{GUARDED_LATEST, PublishPlan};
use crate::client::Manager;
use crate::version::Version;

/// The first pnpm that publishes by itself: those before pack and hand over to npm.
const PNPM_PUBLISHES: Version = Version::new(11, 0, 0);

impl PublishPlan {
    /// Another client than npm is known to publish.
    pub fn other_client(&self) -> Option<Manager> {
        let client = self.client.as_ref().filter(|client| client.publishes())?;
        Some(client.manager).filter(|manager| *manager != Manager::Npm)
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
            // `pnpm -r publish` names `latest` to npm by itself.
            Some(Manager::Pnpm) => {
                let version = self.client.as_ref().and_then(|client| client.version.as_ref());
                !self.workspace && version.is_some_and(|version| *version < PNPM_PUBLISHES)
            }
            Some(_) => false,
        };
        by_npm && self.tag.implicit && !self.force.value && self.npm.value >= GUARDED_LATEST
    }
}
