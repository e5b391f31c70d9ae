//! What a registry is asked about a publish, and with which credential: reads go with the one that npm reads with, what
//! concerns the account with the one that npm publishes with.

use super::PublishPlan;
use crate::facts::{Ask, Question};
use crate::npm::name::PackageName;
use crate::text::redact::encode_uri_component;

impl PublishPlan {
    /// The question of a kind that concerns this publish; `None`: there is no registry or no name to ask about.
    pub fn question(&self, ask: Ask) -> Option<Question> {
        let (_, registry) =
            self.destination.registry().filter(|_| !self.destination.astray && !self.is_target_unread())?;
        let name = || self.package.name().map(PackageName::escaped);
        let login = self.auth.login.number();
        let (subject, credential) = match ask {
            Ask::Packument | Ask::Versions => (name()?, self.auth.read_credential),
            Ask::Version => (format!("{}/{}", name()?, self.package.version()?), self.auth.read_credential),
            Ask::Attestations => (format!("{}@{}", name()?, self.package.version()?), None),
            Ask::Search => (self.package.name()?.as_str().to_owned(), None),
            Ask::Stage => (self.package.name()?.as_str().to_owned(), login),
            Ask::Collaborators | Ask::Visibility | Ask::DistTags => (name()?, login),
            Ask::Roster => (self.package.name()?.scope()?.trim_start_matches('@').to_owned(), login),
            Ask::Packages => (format!("org/{}", self.package.name()?.scope()?.trim_start_matches('@')), login),
            Ask::Whoami | Ask::Profile | Ask::Tokens | Ask::AnyStage => (String::new(), login),
            Ask::Ping => (String::new(), None),
            // What the registry says of the version names it.
            Ask::Tarball => return None,
        };
        Some(Question { ask, registry: registry.to_owned(), subject, credential })
    }

    /// The question for the document of a version that the registry names.
    pub fn question_of_version(&self, version: &str) -> Option<Question> {
        let subject = format!("{}/{}", self.package.name()?.escaped(), encode_uri_component(version));
        Some(Question { ask: Ask::Version, subject, ..self.question(Ask::Packument)? })
    }
}
