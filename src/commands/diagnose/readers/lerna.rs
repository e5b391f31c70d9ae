//! lerna and lerna-lite: npmlog's lines with their own name, `lerna ERR! E402 …`, and what their publisher logs beside it
//! (libs/core/src/lib/npm-publish.ts).

use super::super::attempt::{Client, Identity};
use super::super::cutter::{Cutter, name_and_version};
use super::{code_and_words, oidc, request};

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    let Some(rest) = line.strip_prefix("lerna-lite ").or_else(|| line.strip_prefix("lerna ")) else { return false };
    let (level, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let text = text.trim();
    match level {
        "ERR!" => error(text, cut),
        "WARN" | "notice" | "info" | "verb" | "sill" if text.starts_with("oidc ") => oidc::said(text, cut),
        "WARN" | "notice" | "info" | "verb" => {
            let text = text.strip_prefix("notice").map_or(text, str::trim);
            let named = ["Package failed to publish:", "publish ", "📦", "package:"];
            let package = named.into_iter().find_map(|label| name_and_version(text.strip_prefix(label)?.trim()));
            if let Some((name, version)) = package {
                cut.package(Some(Client::Lerna), name, version);
            } else {
                cut.aside(text);
            }
        }
        "success" if text.starts_with("No changed packages to publish") => cut.skipped(text),
        "success" if text.starts_with("published") => published(text, cut),
        "http" => request(text, cut),
        _ => {}
    }
    true
}

/// `published @acme/core 1.0.0`, and at the end `published 2 packages`.
fn published(text: &str, cut: &mut Cutter) {
    let mut words = text.split_whitespace().skip(1);
    match (words.next().and_then(name_and_version), words.next()) {
        (Some((name, _)), Some(version)) if version.contains('.') => cut.success(Some((name, Some(version)))),
        _ => cut.success_list(),
    }
}

fn error(text: &str, cut: &mut Cutter) {
    if text.is_empty() || text.starts_with("errno ") {
        return;
    }
    if let Some((_, words)) = text.split_once("Failed token exchange: ") {
        return cut.identity(Identity::Refused(words.trim().to_owned()));
    }
    if text.starts_with("lifecycle ") {
        return cut.failure(Client::Lerna, None, "ELIFECYCLE", text);
    }
    match code_and_words(text) {
        Some((code, words)) => cut.failure(Client::Lerna, None, code, words),
        None => cut.line(Some(Client::Lerna), text),
    }
}
