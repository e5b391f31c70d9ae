//! npm 6 to 12: `npm ERR! …`, `npm error …` since npm 10.6, and the debug log, whose lines begin with a number (lib/utils/display.js
//! and lib/utils/error-message.js).

use super::super::attempt::Client;
use super::super::cutter::{Cutter, name_and_version};
use super::{oidc, request};
use crate::npm::version::Version;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
    Detail,
    Request,
}

/// The words of the levels, those that begin like another one after it.
const LEVELS: [(&str, Level); 13] = [
    ("error", Level::Error),
    ("ERR!", Level::Error),
    ("warn", Level::Warning),
    ("WARN", Level::Warning),
    ("notice", Level::Notice),
    ("verbose", Level::Detail),
    ("verb", Level::Detail),
    ("silly", Level::Detail),
    ("sill", Level::Detail),
    ("info", Level::Detail),
    ("timing", Level::Detail),
    ("http", Level::Request),
    ("heading", Level::Detail),
];

/// What npm puts before an error of some codes (lib/utils/error-message.js).
const LABELS: [&str; 14] = [
    "need auth ",
    "network ",
    "notarget ",
    "publish fail ",
    "publish ",
    "enoent ",
    "JSON.parse ",
    "engine ",
    "notsup ",
    "nospc ",
    "rofs ",
    "cause ",
    "typeerror ",
    "fs ",
];

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    // Before it has read its configuration, npm 12 prints the words alone, if any.
    if line.starts_with("Invalid abbreviated flag")
        || line.contains("is not a valid single-hyphen cli flag") && !line.contains("npm ")
    {
        cut.message(Client::Npm, line);
        return true;
    }
    // npm prints this one without its prefix (lib/utils/error-message.js, `standard`).
    if line.starts_with("Unknown command: \"") && line.ends_with('"') {
        cut.unknown_command(line);
        return true;
    }
    if line.starts_with("To see a list of supported npm commands") {
        cut.lists_commands();
        return true;
    }
    let Some((level, text)) = message(line) else { return false };
    match level {
        Level::Error => error(text, cut),
        Level::Warning => {
            if text.starts_with("oidc ") {
                oidc::said(text, cut);
            }
            cut.aside(text);
        }
        Level::Notice => notice(text, cut),
        Level::Request => request(text, cut),
        Level::Detail => detail(text, cut),
    }
    true
}

/// The level and the text of a line of npm's.
fn message(line: &str) -> Option<(Level, &str)> {
    let logged = line
        .split_once(' ')
        .filter(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(found) = logged.and_then(|(_, rest)| leveled(rest)) {
        return Some(found);
    }
    let is_boundary = |char: char| char.is_whitespace() || "\"'|]>:│".contains(char);
    line.match_indices("npm ").find_map(|(at, _)| {
        let before = line[..at].chars().next_back();
        let (level, text) = before.is_none_or(is_boundary).then(|| leveled(&line[at + 4..]))??;
        // `npm info` is also a command that others name.
        if level == Level::Detail && at > 0 && line[at..].starts_with("npm info") {
            return None;
        }
        // What a script quotes ends with its quote; a sentence that goes on behind it speaks of npm's words.
        let quote = before.filter(|char| matches!(char, '"' | '\''));
        let is_quoted = quote.is_some();
        let behind = quote.and_then(|quote| text.split_once(quote)).map_or("", |(_, behind)| behind);
        if behind.starts_with(' ') && behind.contains(char::is_alphabetic) {
            return None;
        }
        Some((level, if is_quoted { text.trim_end_matches([',', '+', ' ', '\'', '"', '\\']) } else { text }))
    })
}

fn leveled(text: &str) -> Option<(Level, &str)> {
    LEVELS.iter().find_map(|(word, level)| {
        let rest = text.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with([' ', '\t', '\u{a0}'])).then(|| (*level, rest.trim()))
    })
}

fn error(text: &str, cut: &mut Cutter) {
    if text.is_empty() {
        return;
    }
    // npm 6 says on which machine it ran, and where its log is.
    let is_noise = ["errno ", "argv ", "node v", "npm v", "npm  v", "Linux ", "Darwin ", "Windows_NT "];
    if is_noise.iter().any(|noise| text.starts_with(noise))
        || text.contains("-debug") && text.contains(".log") && !text.contains(' ')
    {
        return;
    }
    if text.starts_with("A complete log of this run") || text.starts_with("Please include the following file") {
        return cut.end();
    }
    if let Some(code) = text.strip_prefix("code ").map(str::trim).filter(|code| !code.is_empty() && !code.contains(' '))
    {
        return cut.code(Client::Npm, code);
    }
    let mut text = text;
    // npm 11 prints `403 403 Forbidden`.
    while let Some((number, rest)) = text.split_once(' ') {
        let is_status = number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_label =
            is_status && !rest.trim_start().starts_with(|char: char| char.is_ascii_uppercase() && rest.contains(" - "));
        if !is_label {
            break;
        }
        text = rest.trim_start();
    }
    let text = LABELS.iter().find_map(|label| text.strip_prefix(label)).map_or(text, str::trim_start);
    if !matches!(text, "403" | "404") {
        cut.line(Some(Client::Npm), text);
    }
}

fn notice(text: &str, cut: &mut Cutter) {
    let named = text.strip_prefix('📦').or_else(|| text.strip_prefix("package:")).map(str::trim);
    if let Some((name, version)) = named.and_then(name_and_version) {
        return cut.package(Some(Client::Npm), name, version);
    }
    let target = text.strip_prefix("Publishing to ").or_else(|| text.strip_prefix("Staging to "));
    if let Some(url) = target.and_then(|rest| rest.split(' ').next()) {
        cut.registry(url);
        if text.ends_with("(dry-run)") {
            cut.rehearse();
        }
    }
    if text.contains("Signed provenance statement") {
        cut.signed();
    }
    cut.aside(text);
}

fn detail(text: &str, cut: &mut Cutter) {
    if let Some(title) = text.strip_prefix("title npm ") {
        return cut.begin(Client::Npm, super::commands::action(title.split_whitespace()), &[], false);
    }
    if let Some(version) = text.strip_prefix("using npm@") {
        return cut.npm(Version::valid(version, true));
    }
    // The last line of the debug log of a command that worked.
    if text == "ok" && cut.is_publishing() {
        return cut.success(None);
    }
    if text.starts_with("oidc ") {
        oidc::said(text, cut);
    }
    // Why npm 12 ends silently is logged only here (@npmcli/config/lib/index.js).
    if text.contains("abbreviated flag") || text.contains("single-hyphen") {
        cut.aside(text);
    }
}
