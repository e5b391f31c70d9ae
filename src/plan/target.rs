//! Where a publish goes, and how registries' URLs are compared.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use url::Url;

use crate::project::npm_config::Origin;

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

/// Whether `url` is `root` or below it: same origin, and a path that begins with its path.
pub(super) fn is_under(url: &Url, root: &Url) -> bool {
    let directory = |url: &Url| format!("{}/", url.path().trim_end_matches('/'));
    url.origin() == root.origin() && directory(url).starts_with(&directory(root))
}
