//! Where a publish goes, and how a registry's URL is shown and compared.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use url::Url;

use crate::npm_config::Origin;

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
        /// What it is, secrets removed.
        text: String,
        /// What decided it.
        origin: Origin,
        /// Why it cannot be used: a sentence without a full stop.
        why: String,
    },
}

/// A URL that can be shown: npm's log hides user name and password, too.
pub fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for URLs that cannot have them.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

/// Whether `url` is `root` or below it: same origin, and a path that begins with its path.
pub(super) fn is_under(url: &Url, root: &Url) -> bool {
    let directory = |url: &Url| format!("{}/", url.path().trim_end_matches('/'));
    url.origin() == root.origin() && directory(url).starts_with(&directory(root))
}
