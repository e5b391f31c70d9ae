//! `npm publish --json` and what passes it on: an object `error` with `code`, `summary` and `detail`, in one line or in many
//! (npm's lib/utils/display.js). pnpm has `message` there.

use super::super::attempt::Client;
use super::super::cutter::Cutter;
use super::is_code;

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    let code = field(line, "code").filter(|code| is_code(code));
    let is_about_failure = code.is_some() || cut.is_open();
    if !is_about_failure || !line.contains('"') {
        return false;
    }
    let client =
        if code.as_deref().is_some_and(|code| code.starts_with("ERR_PNPM_")) { Client::Pnpm } else { Client::Npm };
    if let Some(code) = &code {
        cut.code(client, code);
    }
    let mut is_taken = code.is_some();
    for key in ["summary", "message", "detail"] {
        if let Some(text) = field(line, key) {
            is_taken = true;
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                cut.line(None, line);
            }
        }
    }
    is_taken
}

/// The text of a member of an object, wherever it is in the line.
fn field(line: &str, key: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!("\"{key}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    serde_json::Deserializer::from_str(rest).into_iter::<String>().next()?.ok()
}
