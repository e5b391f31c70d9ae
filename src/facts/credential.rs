//! Credentials: what npm sends, and the credentials of a run.

pub use crate::text::redact::Secret;
use crate::text::redact::{Scrubber, decode_base64};

/// What actions/setup-node up to v6 (src/authutil.ts) sets `NODE_AUTH_TOKEN` to, where the workflow does not set it.
pub const SETUP_NODE_PLACEHOLDER: &str = "XXXXX-XXXXX-XXXXX-XXXXX";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_hidden_raw_and_as_encoded_on_the_wire() {
        let mut keyring = Keyring::default();
        let encoded = Secret::new("YWxpY2U6b3BhbC1rZXR0bGUtNw==");
        keyring.number(&Credential::Basic { username: "alice".to_owned(), encoded });
        let quoted = "Basic YWxpY2U6b3BhbC1rZXR0bGUtNw==, alice:opal-kettle-7, opal-kettle-7";
        let shown = keyring.scrubber.hide(quoted);
        assert!(!shown.contains("YWxp") && !shown.contains("opal"), "{shown}");
    }
}
