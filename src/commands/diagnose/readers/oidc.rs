//! What happened to the job's identity: npm's verbose lines (lib/utils/oidc.js), those of pnpm and of @semantic-release/npm
//! (lib/trusted-publishing/token-exchange.js), and what tools say before they publish.

use super::super::attempt::{Identity, Service};
use super::super::cutter::Cutter;

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    let small = line.to_ascii_lowercase();
    if !small.contains("oidc") && !small.contains("trusted publish") {
        return false;
    }
    if let Some((_, words)) = line.split_once("OIDC token exchange with the npm registry failed:") {
        cut.identity(Identity::Refused(words.trim().to_owned()));
    } else if small.contains("oidc token exchange with the npm registry succeeded") {
        cut.identity(Identity::Exchanged);
    } else if small.contains("retrieval of github actions oidc token failed") {
        cut.identity(Identity::NotPermitted);
    } else if small.contains("oidc is available") || small.contains("using npm trusted publishing") {
        cut.identity(Identity::Present);
    } else if let Some((_, words)) = line.split_once("Skipped OIDC:") {
        let words = words.trim();
        let is_permission = words.to_ascii_lowercase().contains("permission");
        cut.identity(if is_permission { Identity::NotPermitted } else { Identity::Refused(words.to_owned()) });
    } else {
        // A line that only mentions it may be an error of its own.
        return false;
    }
    true
}

/// `oidc …`, as npm logs it.
pub(super) fn said(text: &str, cut: &mut Cutter) {
    let text = text.strip_prefix("oidc").unwrap_or(text).trim();
    let small = text.to_ascii_lowercase();
    if small.contains("incorrect permissions") {
        cut.identity(Identity::NotPermitted);
    } else if small.contains("failed to fetch id_token from github: received an invalid response") {
        cut.identity(Identity::Failed(Service::CiSystem));
    } else if small.contains("no id_token available") || small.contains("failed to fetch id_token") {
        cut.identity(Identity::NotGiven);
    } else if small.contains("successfully retrieved") {
        cut.identity(Identity::Exchanged);
    } else if let Some((_, words)) = text.split_once("body message:") {
        cut.identity(Identity::Refused(words.trim().to_owned()));
    } else if small.contains("missing the token") || small.starts_with("failure with message") {
        cut.identity(Identity::Refused(text.to_owned()));
    } else if small.contains("enabling provenance") {
        cut.signed();
    }
}

/// The answer to the exchange.
pub(super) fn exchange(status: u16, cut: &mut Cutter) {
    cut.identity(match status {
        0..300 => Identity::Exchanged,
        300..500 => Identity::Refused(String::new()),
        500.. => Identity::Failed(Service::Registry),
    });
}
