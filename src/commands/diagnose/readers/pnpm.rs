//! pnpm 8 to 12: `ERR_PNPM_…  words`, since pnpm 11 also `[E403] words` and `pnpm: words` (pnpm/src/errorHandler.ts; pnpm 12:
//! pnpm/crates/cli). Below pnpm 11 it is npm that publishes and prints.

use super::super::attempt::Client;
use super::super::cutter::{Cutter, name_and_version};
use super::is_code;

/// These only say that what they ran failed.
const ECHOES: [&str; 7] = [
    "ERR_PNPM_RECURSIVE_RUN_FIRST_FAIL",
    "ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL",
    "ERR_PNPM_RECURSIVE_FAIL",
    "ERR_PNPM_CMD_FAILED",
    "ERR_PNPM_DLX_CMD_FAILED",
    "ERR_PNPM_EXEC_FAILED",
    "ELIFECYCLE",
];

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    if let Some((name, rest)) = line.strip_prefix('📦').map(str::trim).and_then(|rest| rest.split_once(" → ")) {
        if let Some((name, version)) = name_and_version(name.trim()) {
            cut.package(Some(Client::Pnpm), name, version);
            cut.registry(rest.trim());
        }
        return true;
    }
    if let Some((name, version)) =
        line.strip_prefix("✅ Published package ").and_then(|rest| name_and_version(rest.split(' ').next()?))
    {
        cut.success(Some((name, version)));
        return true;
    }
    let line = ["ERROR ", "ERR! "].into_iter().find_map(|level| line.strip_prefix(level)).unwrap_or(line).trim();
    if let Some(words) = line.strip_prefix("WARN ").or_else(|| line.strip_prefix("[WARN] ")) {
        cut.aside(words.trim());
        return true;
    }
    if let Some((code, words)) =
        line.strip_prefix('[').and_then(|rest| rest.split_once(']')).filter(|(code, _)| is_failure(code))
    {
        refused(code, words.trim(), cut);
        return true;
    }
    if let Some((code, words)) = line.find("ERR_PNPM_").filter(|at| starts_word(line, *at)).and_then(|at| {
        let end = line[at..].find(|char: char| !(char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_'));
        Some(line[at..].split_at(end.unwrap_or(line.len() - at))).filter(|(code, _)| is_code(code))
    }) {
        refused(code, words.trim_start_matches([':', ']', ')']).trim(), cut);
        return true;
    }
    if let Some(words) = line.strip_prefix("ELIFECYCLE") {
        cut.echo(Client::Pnpm, "ELIFECYCLE", words.trim());
        return true;
    }
    if line.starts_with("Failed to publish package ") {
        cut.line(Some(Client::Pnpm), line);
        status(line, cut);
        return true;
    }
    if let Some(words) = line.find("the publish request failed: ").map(|at| &line[at..]) {
        // pnpm 12 prints no code where nothing answers.
        cut.message(Client::Pnpm, words);
        return true;
    }
    if let Some(words) = line.strip_prefix("pnpm: ") {
        // What it ran has said why.
        if words.starts_with("Command failed with exit code") {
            cut.echo(Client::Pnpm, "ELIFECYCLE", words);
            return true;
        }
        cut.message(Client::Pnpm, words);
        return true;
    }
    false
}

/// A level in brackets is none.
fn is_failure(code: &str) -> bool {
    is_code(code) && (code.contains('_') || code.starts_with('E') && code != "ERROR")
}

fn starts_word(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|char: char| char.is_alphanumeric() || char == '_')
}

fn refused(code: &str, words: &str, cut: &mut Cutter) {
    if ECHOES.contains(&code) {
        return cut.echo(Client::Pnpm, code, words);
    }
    let package =
        words.split_once("Failed to publish package ").map(|(_, rest)| rest.split(' ').next().unwrap_or(rest));
    let package = package.and_then(name_and_version);
    cut.failure(Client::Pnpm, package.map(|(name, _)| name), code, words);
    status(words, cut);
}

/// `(status 403 Forbidden): {"error":"…"}`
fn status(words: &str, cut: &mut Cutter) {
    let status = words.split_once("(status ").map(|(_, rest)| rest.split(' ').next().unwrap_or(rest));
    if let Some(status) = status.and_then(|status| status.trim_end_matches(')').parse().ok()) {
        cut.status(status);
        cut.method("PUT");
    }
}
