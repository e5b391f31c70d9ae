//! Credentials: types that cannot be printed, and npm's way to name the registry they belong to (nerf-dart).

use std::fmt;

/// A token, password or one-time password. Nothing prints it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(String);

impl Secret {
    /// Takes a text out of reach of every formatter.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the `Authorization` header, and for judging its shape.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What npm would send to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer …`
    Token(Secret),
    /// `Authorization: Basic …`
    Basic {
        /// The user name.
        username: String,
        /// The header's base64 text.
        encoded: Secret,
    },
}

/// The credentials of a run, numbered, so that a question can name one without holding it.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Vec<Credential>);

impl Keyring {
    /// The number of a credential; the same one gets the same number.
    pub fn number(&mut self, credential: &Credential) -> usize {
        self.0.iter().position(|known| known == credential).unwrap_or_else(|| {
            self.0.push(credential.clone());
            self.0.len() - 1
        })
    }

    /// A text in which no credential of the run is left, should one have found its way into it. Secrets of fewer than
    /// eight characters are left to the types: a text holds them by chance.
    pub fn scrub(&self, text: &str) -> String {
        let secrets = self.0.iter().map(|credential| match credential {
            Credential::Token(secret) | Credential::Basic { encoded: secret, .. } => secret.expose(),
        });
        secrets
            .filter(|secret| secret.len() >= 8 && !secret.starts_with("${"))
            .fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
    }

    /// The credential with a number.
    pub fn get(&self, number: usize) -> Option<&Credential> {
        self.0.get(number)
    }
}

/// The key prefix under which npm looks for a registry's credential when it publishes: host and path up to the last
/// slash (`@npmcli/config` 11.19.1, lib/nerf-dart.js).
pub fn nerf_dart(registry: &url::Url) -> String {
    let host = host(registry);
    let path = registry.path();
    let directory = path.rfind('/').map_or("/", |at| &path[..=at]);
    format!("//{host}{directory}")
}

/// Host and port as JavaScript's `URL.host` gives them.
pub fn host(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_prints_a_secret() {
        let credential = Credential::Token(Secret::new("npm_abc"));
        assert!(!format!("{credential:?}").contains("abc"));
    }

    #[test]
    fn the_last_segment_without_a_slash_is_cut_off() {
        for (registry, key) in
            [("https://h/", "//h/"), ("https://h:443/a/b", "//h/a/"), ("http://H:8080/a/b/", "//h:8080/a/b/")]
        {
            assert_eq!(nerf_dart(&registry.parse().unwrap()), key);
        }
    }
}
