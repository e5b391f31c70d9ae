//! Tools that publish through a client and word some failures themselves: semantic-release (codes of @semantic-release/npm,
//! lib/definitions/errors.js), np (source/npm/util.js), release-it (lib/plugin/npm/npm.js), nx release (`Error code: …`); and a
//! registry's refusal, wherever it is quoted.

use super::super::attempt::Client;
use super::super::cutter::{Cutter, name_and_version};
use super::{code_and_words, is_code};
use crate::rules;

/// Sentences that only this tool has.
const SENTENCES: [(&str, Client); 14] = [
    ("Not authenticated with npm", Client::ReleaseIt),
    ("is not a collaborator for", Client::ReleaseIt),
    ("Unable to reach npm registry", Client::ReleaseIt),
    ("Working dir must be clean", Client::ReleaseIt),
    ("You must be logged in. Use `npm login`", Client::Np),
    ("Still not authenticated after `npm login`", Client::Np),
    ("You do not have write permissions required to publish this package", Client::Np),
    ("Connection to npm registry failed", Client::Np),
    ("You must specify a dist-tag using --tag when publishing a pre-release", Client::Np),
    ("You cannot publish a scoped package privately without a paid plan", Client::Np),
    ("Unclean working tree", Client::Np),
    ("Remote history differs", Client::Np),
    ("branch. Use --any-branch to publish anyway", Client::Np),
    ("Staged publishing requires the package to already exist", Client::Np),
];

/// How tools say that there is nothing to publish: semantic-release (index.js), pnpm (publish's recursivePublish.ts), nx
/// (release-publish.impl.ts).
const SKIPPED: [&str; 5] = [
    "so no new version is released",
    "therefore a new version won’t be published",
    "therefore a new version won't be published",
    "There are no new packages that should be published",
    "No changed packages to publish",
];

/// Codes of tools, which no rule of ours has.
const CODES: [&str; 10] = [
    "EGITNOPERMISSION",
    "ENONPMTOKEN",
    "EINVALIDNPMTOKEN",
    "EINVALIDNPMAUTH",
    "EINVALIDNPMPUBLISH",
    "EINVALIDPKGROOT",
    "ENOPKG",
    "ENOPKGNAME",
    "EWHOAMI",
    "ETWOFACTOR",
];

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    if let Some((_, client)) = SENTENCES.iter().find(|(sentence, _)| line.contains(sentence)) {
        // What precedes a tool's own sentence says when, and which part of it speaks.
        let sentence = line.rsplit(" › ").next().unwrap_or(line);
        cut.message(*client, sentence.trim_start_matches(['✘', '✖', ' ']));
        return true;
    }
    // GitHub says it to every program.
    if let Some(at) = line.find("Resource not accessible by integration") {
        let is_named = line.contains("semantic-release");
        let is_ours = is_named || cut.is_begun();
        if is_ours {
            cut.message(if is_named { Client::SemanticRelease } else { cut.current() }, &line[at..]);
        }
        return is_ours;
    }
    let is_skipped = line.starts_with("Skipped package ") || SKIPPED.iter().any(|sentence| line.contains(sentence));
    if is_skipped {
        let sentence = line.rsplit(" › ").next().unwrap_or(line);
        cut.skipped(sentence.trim_start_matches(['ℹ', '✘', ' ']));
        return true;
    }
    // Steps that are not npm's: their failures are not about a publish.
    if line.contains("Failed step") && line.contains("of plugin") && !line.contains("@semantic-release/npm") {
        cut.step();
        return true;
    }
    let is_np_s = |what: &str| line.starts_with(what) && line.ends_with("already exists");
    if is_np_s("Version `") || is_np_s("Git tag `") {
        cut.message(Client::Np, line);
        return true;
    }
    // nx names the package in npm's way, without npm's prefix.
    if let Some((name, Some(version))) = line.strip_prefix('📦').map(str::trim).and_then(name_and_version) {
        cut.package(None, name, Some(version));
        return true;
    }
    // nx prints the words without npm's code.
    if line.starts_with("This operation requires a one-time password") {
        cut.failure(cut.current(), None, "EOTP", line);
        return true;
    }
    if let Some(code) = line.strip_prefix("Error code:").map(str::trim).filter(|code| is_code(code)) {
        cut.code(Client::Npm, code);
        return true;
    }
    if let Some((code, words)) = code_and_words(line).filter(|(code, words)| is_known(code) && !words.is_empty()) {
        let client = if CODES.contains(&code) { Client::SemanticRelease } else { cut.current() };
        cut.failure(client, None, code, words);
        return true;
    }
    if published(line, cut) {
        return true;
    }
    if let Some(refusal) = refusal(line) {
        cut.line(None, refusal);
        return true;
    }
    false
}

/// What tools say of a publish that worked: `Published name@1.0.0 to dist-tag @latest on …` of @semantic-release/npm
/// (lib/publish.js), `Published to https://… with tag "latest"` of nx (release-publish.impl.ts).
fn published(line: &str, cut: &mut Cutter) -> bool {
    let Some(rest) = line.strip_prefix("Published ") else { return false };
    if rest.starts_with("to http") && rest.contains("with tag") {
        cut.success(None);
        return true;
    }
    let named = rest.split_once(" to dist-tag ").and_then(|(name, _)| name_and_version(name));
    if named.is_some() {
        cut.success(named);
    }
    named.is_some()
}

fn is_known(code: &str) -> bool {
    let is_status = code.len() == 4 && code.starts_with(['E']) && code[1..].bytes().all(|byte| byte.is_ascii_digit());
    is_status || CODES.contains(&code) || rules::all().any(|rule| rule.npm_says.contains(&code))
}

/// `403 Forbidden - PUT https://registry.example/x - words`, without what precedes it.
fn refusal(line: &str) -> Option<&str> {
    let at = [" - PUT http", " - POST http", " - GET http"].into_iter().find_map(|verb| line.find(verb))?;
    let is_status = |start: &usize| {
        let digits = &line.as_bytes()[*start..];
        matches!(digits, [b'4' | b'5', second, third, b' ', ..] if second.is_ascii_digit() && third.is_ascii_digit())
    };
    let start = (0..at).rev().find(is_status)?;
    line.get(start..)
}
