//! What a client decides about one publish: where it goes, as whom, under which dist-tag and for whom.

use url::Url;

use crate::facts::credential::Credential;
use crate::project::npm_config::{Origin, Sourced};

/// Where a publish goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A registry that can be asked.
    Registry {
        /// Its URL, parsed.
        url: Url,
        /// Its URL as npm would use it.
        text: String,
        /// What decided it.
        origin: Origin,
    },
    /// Something that npm cannot use as a URL.
    Invalid {
        /// What it is, secrets masked.
        text: String,
        /// What decided it.
        origin: Origin,
        /// Why it cannot be used: a sentence without a full stop.
        why: String,
    },
}

impl Target {
    /// What decided it.
    pub const fn origin(&self) -> &Origin {
        match self {
            Self::Registry { origin, .. } | Self::Invalid { origin, .. } => origin,
        }
    }
}

/// The dist-tag.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The one that would be set.
    pub value: Sourced<String>,
    /// The one that npm checks (`config.get('tag')`): not always the one it sets.
    pub checked: Sourced<String>,
    /// Neither the configuration nor publishConfig names one.
    pub implicit: bool,
}

/// Who may install it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing set: the registry decides.
    Default,
    /// Everybody.
    Public,
    /// Those with rights; paid.
    Restricted,
    /// Something else, which npm sends as it is.
    Other(String),
}

/// What npm would authenticate with.
#[derive(Clone, Debug)]
pub enum Login {
    /// A token or a password.
    Credential {
        /// What is sent.
        credential: Credential,
        /// Its number in the run's keyring.
        number: usize,
        /// The line or variable that holds it.
        origin: Origin,
        /// The configuration key.
        key: String,
    },
    /// A client certificate alone.
    Certificate {
        /// The line that names it.
        origin: Origin,
    },
    /// None in the configuration, but the CI job can prove its identity to a trusted publisher.
    TrustedPublisher,
    /// None.
    Nothing,
}

impl Login {
    /// The number of its credential in the run's keyring; `None`: there is none.
    pub fn number(&self) -> Option<usize> {
        match self {
            Self::Credential { number, .. } => Some(*number),
            Self::Certificate { .. } | Self::TrustedPublisher | Self::Nothing => None,
        }
    }
}
