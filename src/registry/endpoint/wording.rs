//! The sentences that say what was asked, what came back and how the author can find out.

use super::{body, request};
use crate::facts::{Ask, Question, Reason, Unknown};
use crate::text::redact::ShownUrl;

/// `Retry-After` for a sentence: seconds or a date.
pub(super) fn retry_after(value: &str) -> String {
    match value.trim().parse::<u64>() {
        Ok(1) => "1 second".to_owned(),
        Ok(seconds) => format!("{seconds} seconds"),
        Err(_) => body::tidy(value),
    }
}

/// One sentence: which endpoint, what happened, how to find out.
pub(in crate::registry) fn unknown(question: &Question, reason: Reason, reached: &str) -> Unknown {
    let shown = request(question).map(|request| ShownUrl::new(&request.url).to_string());
    let url = shown.unwrap_or_else(|_| "a registry whose URL is not valid".to_owned());
    let noun = question.ask.noun();
    let hint = hint(question.ask).map_or(String::new(), |hint| format!("; {hint}"));
    Unknown::new(reason, format!("the request for {noun} failed: `{url}` {reached}{hint}"))
}

/// What npm's registry shows only to a session of `npm login`.
pub(super) fn reserved(question: &Question, reason: Reason) -> Unknown {
    if question.ask == Ask::Tokens {
        return Unknown::new(reason, TOKEN_IS_SILENT);
    }
    let hint = hint(question.ask).map_or(String::new(), |hint| format!("; {hint}"));
    let noun = question.ask.noun();
    Unknown::new(reason, format!("the registry shows {noun} only to login sessions{hint}"))
}

/// Several rules end here: one text makes one block of them.
const TOKEN_IS_SILENT: &str = "npm shows what this token may do (expiry, packages, read-only, bypass of two-factor \
    authentication) only to login sessions: check it with `npm token list` after `npm login`; without the bypass `npm \
    publish` needs a terminal or `--otp`";

/// How the author can find out; `None`: in no other way, or the rule that asked knows better.
const fn hint(ask: Ask) -> Option<&'static str> {
    match ask {
        Ask::Whoami => Some("check on the registry's website whether the token is still valid"),
        Ask::Profile => Some("`npm profile get` shows it, after `npm login`"),
        Ask::Tokens => Some("`npm token list` shows them, after `npm login`"),
        Ask::Visibility => Some("`npm access get status` on this package shows it"),
        Ask::Ping => Some("run `npm ping` to see whether npm gets through"),
        Ask::Packument
        | Ask::Versions
        | Ask::Roster
        | Ask::Collaborators
        | Ask::Stage
        | Ask::DistTags
        | Ask::Version
        | Ask::AnyStage
        | Ask::Packages
        | Ask::Attestations
        | Ask::Tarball
        | Ask::Search => None,
    }
}
