//! Gitea and Forgejo.

use super::{Likely, Meaning, Objection, Refusal, Vendor};

pub(super) static VENDOR: Vendor = Vendor {
    name: "Gitea or Forgejo",
    knows: |address| address.has(&["api", "packages", "*", "npm"]),
    objection: |name| {
        (!is_name(name)).then_some(Objection {
            why: "Gitea and Forgejo accept only names of lowercase letters, digits, `-`, `.` and `_`, with at most \
                214 characters",
            code: Some("E400"),
        })
    },
    refusals: &[Refusal::words(
        &["no permission to upload"],
        &[Likely::new(Meaning::NotAMaintainer), Likely::new(Meaning::RestrictedCredential)],
    )],
    ..Vendor::PLAIN
};

/// `^(@[a-z0-9-][a-z0-9-._]*/)?[a-z0-9-][a-z0-9-._]*$`: nameMatch in modules/packages/npm/creator.go.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        part.bytes().all(fits) && !part.is_empty() && !part.starts_with(['.', '_'])
    };
    let parts = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/'),
        None => Some(("-", name)),
    };
    name.len() <= 214 && parts.is_some_and(|(scope, base)| is_part(scope) && is_part(base))
}
