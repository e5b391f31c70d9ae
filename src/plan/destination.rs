//! Where a package is published to.

use url::Url;

use crate::project::npm_config::Origin;
use crate::publisher::Target;
use crate::text::redact::{ShownUrl, mask_url};

/// The registry to publish to.
#[derive(Debug)]
pub struct Destination {
    /// The registry, and what decided it.
    pub target: Target,
    /// The registry that was named is unusable, or a file that may name one was not read: nothing may be asked at this
    /// one, since it would learn the name of a package that was meant for somewhere else.
    pub astray: bool,
    /// Whether npm's public policy holds there.
    pub npmjs: bool,
    /// The text of the setting before variables in it are expanded, which is shown; `None`: there are none.
    pub(super) written: Option<String>,
}

impl Destination {
    /// The registry's URL and its text, when it is one.
    pub fn registry(&self) -> Option<(&Url, &str)> {
        match &self.target {
            Target::Registry { url, text, .. } => Some((url, text)),
            Target::Invalid { .. } => None,
        }
    }

    /// What decided it.
    pub const fn origin(&self) -> &Origin {
        self.target.origin()
    }

    /// The registry for sentences, without user name and password, and with `${NAME}` where a variable is expanded.
    pub fn shown(&self) -> String {
        match (&self.written, &self.target) {
            (Some(written), _) => mask_url(written.trim()),
            (None, Target::Registry { url, .. }) => ShownUrl::new(url).to_string(),
            (None, Target::Invalid { text, .. }) => text.clone(),
        }
    }
}
