//! What a registry is asked about a publish, and with which credential: reads go with the one that npm reads with, what
//! concerns the account with the one that npm publishes with.

use super::{Login, PublishPlan};
use crate::facts::{Ask, Question};
use crate::npm::name::PackageName;

impl PublishPlan {
    /// The question of a kind that concerns this publish; `None`: there is no registry or no name to ask about.
    pub fn question(&self, ask: Ask) -> Option<Question> {
        let (_, registry) = self.registry().filter(|_| !self.astray && !self.is_target_unread())?;
        let name = || self.name.as_ref().map(PackageName::escaped);
        let login = match &self.login {
            Login::Credential { number, .. } => Some(*number),
            _ => None,
        };
        let (subject, credential) = match ask {
            Ask::Packument | Ask::Versions => (name()?, self.read_credential),
            Ask::Version => (format!("{}/{}", name()?, self.version.as_ref()?), self.read_credential),
            Ask::Attestations => (format!("{}@{}", name()?, self.version.as_ref()?), None),
            Ask::Search => (self.name.as_ref()?.as_str().to_owned(), None),
            Ask::Stage => (self.name.as_ref()?.as_str().to_owned(), login),
            Ask::Collaborators | Ask::Visibility | Ask::DistTags => (name()?, login),
            Ask::Roster => (self.name.as_ref()?.scope()?.trim_start_matches('@').to_owned(), login),
            Ask::Whoami | Ask::Profile | Ask::Tokens => (String::new(), login),
            Ask::Ping => (String::new(), None),
        };
        Some(Question { ask, registry: registry.to_owned(), subject, credential })
    }
}
