//! What each client's and tool's lines look like, one file each. A reader takes a line or leaves it; what CI systems put before the
//! line is not its business.

mod bun;
mod changesets;
mod commands;
mod environment;
mod json;
mod lerna;
mod npm;
mod oidc;
mod pnpm;
mod tools;
mod yarn;

use super::cutter::Cutter;

/// Takes the line if it belongs to this client; `true`: no other reader needs to see it.
pub(super) type Reader = fn(&str, &mut Cutter) -> bool;

/// In this order: those first whose lines quote the lines of others.
pub(super) const READERS: [Reader; 11] = [
    environment::read,
    npm::read,
    lerna::read,
    changesets::read,
    oidc::read,
    yarn::read,
    pnpm::read,
    bun::read,
    json::read,
    commands::read,
    tools::read,
];

/// `fetch PUT 403 https://registry.example/x`, as npmlog has it: method, status and URL.
fn logged_request(text: &str) -> Option<(&str, u16, &str)> {
    let mut words = text.split_whitespace().skip_while(|word| *word == "fetch");
    Some((words.next()?, words.next()?.parse().ok()?, words.next()?))
}

/// A request that npmlog logs: what came of the job's identity, or of anything else.
fn request(text: &str, cut: &mut Cutter) {
    let Some((method, status, url)) = logged_request(text) else { return };
    if url.contains("/oidc/token/exchange/") {
        oidc::exchange(status, cut);
    } else {
        cut.request(method, status, url);
    }
}

/// Whether a word is a code: capitals, digits and underscores, such as `E403` and `ERR_PNPM_GIT_UNCLEAN`.
fn is_code(word: &str) -> bool {
    let of_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (3..=80).contains(&word.len())
        && word.bytes().all(of_code)
        && word.starts_with(|char: char| char.is_ascii_uppercase())
}

/// The code at the beginning of a text, and what follows it.
fn code_and_words(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let code = word.strip_suffix(':').unwrap_or(word);
    is_code(code).then_some((code, rest.trim()))
}
