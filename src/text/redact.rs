//! What must never be shown, and how it is kept from being shown. This is the ground floor: it knows what a secret looks
//! like and how it is encoded on its way, and nothing of files, rules or registries.
//!
//! Three lines of defence, each of which holds where the others do not:
//!
//! 1. [`Secret`] cannot be printed. Who needs its text says [`Secret::expose`].
//! 2. [`mask`] and [`ShownUrl`] hide what gives itself away: a known kind of token, a URL's password, what follows
//!    `Bearer` or `--otp`. They need not know a secret to hide it.
//! 3. A [`Scrubber`] knows the secrets of a run and hides them in every form in which they are sent or could be repeated.

mod encoded;
mod scrubber;
pub(crate) mod shapes;

use std::fmt;
use std::ops::Range;

use url::Url;

pub(crate) use encoded::percent_decoded;
pub use encoded::{decode_base64, encode_uri_component};
pub use scrubber::{Publicity, Scrubber};

/// What replaces a secret.
pub const HIDDEN: &str = "…";

/// A token, password or one-time password. Nothing prints it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(String);

impl Secret {
    /// Takes a text out of reach of every formatter.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the `Authorization` header, and for checking its shape.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A URL that can be shown: without user name and password, as in npm's own log, and with the tokens in its path and its
/// query masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownUrl(String);

impl ShownUrl {
    /// For a URL.
    pub fn new(url: &Url) -> Self {
        let mut shown = url.clone();
        // Both fail only for URLs that cannot have them.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        Self(mask_url(shown.as_str()))
    }

    /// For a text; `None`: it is not a URL with a host, so it is unknown where a password would be.
    pub fn parse(text: &str) -> Option<Self> {
        Url::parse(text).ok().filter(Url::has_host).map(|url| Self::new(&url))
    }
}

impl fmt::Display for ShownUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text in which all that gives itself away as a secret is masked, as many characters as before.
pub fn mask(text: &str) -> String {
    masked(text, &shapes::recognised(text))
}

/// [`mask`] for a text that is where a URL should be: there, what looks like a user name, a password or a token is one,
/// even without a scheme in front of it.
pub fn mask_url(text: &str) -> String {
    let mut spans = shapes::recognised(text);
    spans.extend(shapes::in_url(text));
    masked(text, &shapes::merged(spans))
}

/// A repository's URL without user name and password; `git@` is neither.
pub fn without_user(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let (scheme, rest) = url.split_at(start);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) if &rest[..at] != "git" => mask(&format!("{scheme}{}", &rest[at + 1..])),
        _ => mask(url),
    }
}

/// The text with `*` for every character of these spans, which are in order and do not overlap. Line ends stay.
pub(crate) fn masked(text: &str, spans: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        let (start, end) = (span.start.clamp(at, text.len()), span.end.min(text.len()));
        shown.push_str(&text[at..start]);
        let hidden = text[start..end.max(start)].chars();
        shown.extend(hidden.map(|character| if matches!(character, '\n' | '\r') { character } else { '*' }));
        at = end.max(start);
    }
    shown.push_str(&text[at..]);
    shown
}

/// Whether the values of a key are tokens, passwords, one-time passwords or private keys, going by how its name ends.
pub fn is_secret(key: &str) -> bool {
    let name = key.rsplit(':').next().unwrap_or(key).trim().to_ascii_lowercase();
    let name = name.strip_suffix("[]").unwrap_or(&name).trim_start_matches(['_', '-']);
    matches!(name, "auth" | "otp" | "key")
        || ["token", "password", "passwd", "secret", "apikey", "api-key", "api_key"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests;
