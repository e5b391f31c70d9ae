//! changesets 2 (`🦋  error an error occurred while publishing …`) and 3 (a list with `└ E404: …`): dist/publish.mjs of @changesets/cli.

use super::super::attempt::Client;
use super::super::cutter::{Cutter, name_and_version};
use super::code_and_words;

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    let Some(rest) = line.strip_prefix('🦋') else { return version_3(line, cut) };
    let rest = rest.trim();
    let (level, text) = rest.split_once(' ').map_or((rest, ""), |(level, text)| (level, text.trim()));
    match level {
        "error" => error(text, cut),
        "warn" => {
            if let Some((_, quoted)) = text.split_once("Received 404 for npm info ") {
                cut.mark_new(quoted.trim().trim_matches('"'));
            }
            if text.starts_with("No unpublished projects to publish") {
                cut.skipped(text);
            }
            cut.aside(text);
        }
        "info" => info(text, cut),
        "success" => cut.success_list(),
        _ => {
            if let Some((name, version)) = name_and_version(rest) {
                cut.mention(name, version);
            }
        }
    }
    true
}

fn error(text: &str, cut: &mut Cutter) {
    if text.starts_with("packages failed to publish") {
        return cut.end();
    }
    let about = text.strip_prefix("an error occurred while publishing ").and_then(|rest| rest.split_once(": "));
    let Some((package, rest)) = about else {
        if !text.is_empty() && cut.is_open() {
            cut.line(None, text);
        }
        return;
    };
    if let Some((code, words)) = code_and_words(rest) {
        cut.failure(Client::Changesets, Some(package), code, words);
    } else {
        cut.package(Some(Client::Changesets), package, None);
        cut.message(Client::Changesets, rest);
    }
}

fn info(text: &str, cut: &mut Cutter) {
    let quoted = text.strip_prefix("Publishing \"").and_then(|rest| rest.split_once("\" at \""));
    if let Some((name, version)) = quoted {
        cut.package(Some(Client::Changesets), name, Some(version.trim_end_matches('"')));
    } else {
        cut.aside(text);
    }
}

/// The list of failed packages names each in a line of its own.
fn version_3(line: &str, cut: &mut Cutter) -> bool {
    if line.starts_with("Some packages failed to publish") {
        cut.client(Client::Changesets);
        return true;
    }
    match name_and_version(line) {
        Some((name, Some(version))) if version.starts_with(|char: char| char.is_ascii_digit()) => {
            cut.mention(name, Some(version));
            true
        }
        _ => false,
    }
}
