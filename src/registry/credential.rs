//! Credentials: what npm sends, the credentials of a run, and npm's way to name the registry they belong to (nerf-dart).

pub use crate::redact::Secret;
use crate::redact::{Scrubber, decode_base64};

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

/// The credentials of a run, numbered, so that a question can name one without holding it; and what keeps them and the
/// run's other secrets from being shown.
#[derive(Debug, Default)]
pub struct Keyring {
    credentials: Vec<Credential>,
    /// Hides them, and what else must not be shown.
    pub scrubber: Scrubber,
}

impl Keyring {
    /// The number of a credential; the same one gets the same number.
    pub fn number(&mut self, credential: &Credential) -> usize {
        let known = self.credentials.iter().position(|known| known == credential);
        known.unwrap_or_else(|| {
            self.learn(credential);
            self.credentials.push(credential.clone());
            self.credentials.len() - 1
        })
    }

    fn learn(&mut self, credential: &Credential) {
        match credential {
            Credential::Token(token) => self.scrubber.secret(token.expose()),
            Credential::Basic { username, encoded } => {
                self.scrubber.secret(encoded.expose());
                let pair = decode_base64(encoded.expose());
                if let Some((_, password)) = pair.split_once(':') {
                    self.scrubber.password(username, password);
                }
            }
        }
    }

    /// The credential with a number.
    pub fn get(&self, number: usize) -> Option<&Credential> {
        self.credentials.get(number)
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
    fn a_credential_of_the_run_is_hidden_as_it_is_sent_and_as_it_is_meant() {
        let mut keyring = Keyring::default();
        let encoded = Secret::new("YWxpY2U6b3BhbC1rZXR0bGUtNw==");
        keyring.number(&Credential::Basic { username: "alice".to_owned(), encoded });
        let quoted = "Basic YWxpY2U6b3BhbC1rZXR0bGUtNw==, alice:opal-kettle-7, opal-kettle-7";
        let shown = keyring.scrubber.hide(quoted);
        assert!(!shown.contains("YWxp") && !shown.contains("opal"), "{shown}");
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
