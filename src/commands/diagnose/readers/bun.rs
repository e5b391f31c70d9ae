//! Bun: `error: words`, and for a refusal `403 Forbidden: URL` with the registry's words in a line below it
//! (`src/runtime/cli/publish_command.rs`).

use super::super::attempt::Client;
use super::super::cutter::Cutter;

/// Errors that only Bun words so.
const OWN: [&str; 10] = [
    "This operation requires a one-time password",
    "missing authentication",
    "failed to read OTP",
    "failed to authenticate with registry",
    "attempted to publish a private package",
    "unable to restrict access to unscoped package",
    "missing `name` string",
    "missing `version` string",
    "package.json `name` and `version` fields",
    "failed to resolve workspace version",
];

/// How Bun calls it when nothing answers.
const UNREACHABLE: [&str; 4] = ["ConnectionRefused", "ConnectionClosed", "FailedToOpenSocket", "Unable to connect"];

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    if line.starts_with("bun publish v") {
        cut.client(Client::Bun);
        return true;
    }
    if let Some(words) = line.strip_prefix("error: ") {
        if UNREACHABLE.iter().any(|start| words.starts_with(start)) {
            cut.failure(Client::Bun, None, "ECONNREFUSED", words);
            return true;
        }
        let is_own = OWN.iter().any(|own| words.starts_with(own));
        if is_own || cut.current() == Client::Bun {
            cut.message(Client::Bun, words);
            return true;
        }
        return false;
    }
    // `ConnectionRefused: failed to publish package`
    if line.ends_with(": failed to publish package") && UNREACHABLE.iter().any(|start| line.starts_with(start)) {
        cut.failure(Client::Bun, None, "ECONNREFUSED", line);
        return true;
    }
    if let Some((status, url)) = refusal(line) {
        cut.failure(Client::Bun, None, &format!("E{status}"), line);
        cut.method("PUT");
        cut.url(url);
        return true;
    }
    if let Some(words) = line.strip_prefix("- ").filter(|_| cut.is_open() && cut.current() == Client::Bun) {
        cut.line(None, words);
        return true;
    }
    false
}

/// `403 Forbidden: https://registry.example/x`
fn refusal(line: &str) -> Option<(u16, &str)> {
    let (number, rest) = line.split_once(' ')?;
    let (reason, url) = rest.split_once(": ")?;
    let is_reason = reason.chars().all(|char| char.is_ascii_alphabetic() || matches!(char, ' ' | '-' | '\''));
    let status = number.parse().ok().filter(|status| (400..600).contains(status))?;
    (is_reason && url.contains("://") && !url.contains(' ')).then_some((status, url))
}
