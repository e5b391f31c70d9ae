//! The Sigstore bundle that `provenance-file` names, checked as far as npm checks it before it looks at digests and
//! signatures (libnpmpublish 11, lib/provenance.js `verifyProvenance`, npm 11.19.1).

use crate::project::world::{World, limit, read};
use crate::text::json::{Document, Type, Value};
use crate::text::redact::decode_base64;

/// What npm would make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bundle {
    /// npm stops, whatever is published.
    Broken {
        /// Follows "the bundle".
        what: String,
        /// npm's code.
        npm_error: Option<&'static str>,
    },
    /// It is about one thing, with a digest that may be right.
    About(String),
    /// There is none, or it cannot be checked.
    #[default]
    Unclear,
}

impl Bundle {
    /// Reads and checks it; a path that is not absolute starts at the working directory.
    pub fn read(world: &World, path: &str) -> Self {
        match world.files.read(&world.resolve(path), limit::DOCUMENT) {
            Ok(bytes) => Self::classify(&String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Self::Broken { what: "does not exist".to_owned(), npm_error: Some("ENOENT") }
            }
            Err(error) if read::is_unread(error.kind()) => Self::Unclear,
            Err(error) => Self::Broken { what: format!("cannot be read ({})", error.kind()), npm_error: None },
        }
    }

    fn classify(text: &str) -> Self {
        let broken = |what: &str| Self::Broken { what: what.to_owned(), npm_error: None };
        let Ok(bundle) = Document::parse(text) else { return broken("is not JSON") };
        let payload = bundle.root().get("dsseEnvelope").and_then(|envelope| envelope.get("payload"));
        let Some(payload) = payload.filter(|payload| payload.is_truthy()) else {
            return broken("has no `dsseEnvelope` with a `payload`");
        };
        let Some(payload) = payload.as_str() else { return Self::Unclear };
        let Ok(statement) = Document::parse(&decode_base64(payload)) else {
            return broken("has a payload that is not JSON in base64");
        };
        let Some(subjects) = statement.root().get("subject").filter(|subject| subject.is_truthy()) else {
            return broken("has no subject");
        };
        if subjects.type_of() != Type::Array {
            return Self::Unclear;
        }
        let mut elements = subjects.elements();
        let (subject, more) = (elements.next(), elements.next());
        let Some(subject) = subject else { return broken("has no subject") };
        if more.is_some() {
            return broken("has more than one subject");
        }
        let Some(name) = subject.get("name").and_then(Value::as_str) else {
            return broken("has a subject without a name");
        };
        let digest = subject.get("digest").and_then(|digest| digest.get("sha512")).and_then(Value::as_str);
        if digest.is_some_and(is_sha512) { Self::About(name.to_owned()) } else { broken("has no SHA-512 digest") }
    }
}

/// As npm writes one.
fn is_sha512(digest: &str) -> bool {
    digest.len() == 128 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::Bundle;

    fn about(statement: &str) -> Bundle {
        let payload = base64::engine::general_purpose::STANDARD.encode(statement);
        Bundle::classify(&format!(r#"{{"dsseEnvelope":{{"payload":"{payload}"}}}}"#))
    }

    #[test]
    fn bundles_that_npm_rejects_are_invalid() {
        for text in ["", "hello", "null", "{}", r#"{"dsseEnvelope":{}}"#, r#"{"dsseEnvelope":{"payload":"!"}}"#] {
            assert!(matches!(Bundle::classify(text), Bundle::Broken { .. }), "{text}");
        }
        for statement in [
            "{}",
            r#"{"subject":[]}"#,
            r#"{"subject":[{"name":"a"},{"name":"b"}]}"#,
            r#"{"subject":[{}]}"#,
            r#"{"subject":[{"name":"a","digest":{"sha512":"aa"}}]}"#,
        ] {
            assert!(matches!(about(statement), Bundle::Broken { .. }), "{statement}");
        }
    }

    #[test]
    fn a_well_formed_digest_is_left_to_the_tarball_check() {
        let digest = "a".repeat(128);
        let bundle =
            about(&format!(r#"{{"subject":[{{"name":"pkg:npm/a@1.0.0","digest":{{"sha512":"{digest}"}}}}]}}"#));
        assert_eq!(bundle, Bundle::About("pkg:npm/a@1.0.0".to_owned()));
    }
}
