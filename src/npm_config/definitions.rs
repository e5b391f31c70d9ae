//! The settings npm 11.19.1 knows and their types (`@npmcli/config`, lib/definitions/definitions.js): facts that
//! decide how a text becomes a value.

/// npm's own default registry.
pub const DEFAULT_REGISTRY: &str = "https://registry.npmjs.org/";

/// npm's default dist-tag.
pub const DEFAULT_TAG: &str = "latest";

/// Whether the values of a key are tokens, passwords, one-time passwords or private keys.
pub fn is_secret(key: &str) -> bool {
    let name = key.rsplit(':').next().unwrap_or(key).to_ascii_lowercase();
    matches!(name.trim_start_matches(['_', '-']), "authtoken" | "auth" | "password" | "otp" | "key" | "token")
}
