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
    let hint = hint(question.ask).or_else(|| of_package(question, reason));
    let hint = hint.map_or(String::new(), |hint| format!("; {hint}"));
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

/// What gets a package from a registry that refuses to show it.
fn of_package(question: &Question, reason: Reason) -> Option<&'static str> {
    let is_refused = matches!(reason, Reason::Unauthenticated | Reason::Forbidden) && question.ask.is_packument();
    is_refused.then_some(match (reason, question.credential) {
        (Reason::Forbidden, Some(_)) => "give the credential the right to read the package, or use another one",
        (Reason::Forbidden, None) => "no credential was sent: configure one that may read the package",
        (_, Some(_)) => "use a credential that may read the package",
        (_, None) => "configure a credential that may read the package",
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_is_not_shown_needs_a_credential_that_may_read_it() {
        let said = |ask, reason, credential| {
            let registry = "https://h.test/".to_owned();
            unknown(&Question { ask, registry, subject: "a".to_owned(), credential }, reason, "answered").detail
        };
        for (reason, credential, help) in [
            (Reason::Forbidden, Some(0), "; give the credential the right to read the package, or use another one"),
            (Reason::Forbidden, None, "; no credential was sent: configure one that may read the package"),
            (Reason::Unauthenticated, Some(0), "; use a credential that may read the package"),
            (Reason::Unauthenticated, None, "; configure a credential that may read the package"),
            (Reason::Unreachable, None, " answered"),
        ] {
            let said = said(Ask::Packument, reason, credential);
            assert!(said.ends_with(help), "{said}");
        }
        assert!(said(Ask::Search, Reason::Forbidden, None).ends_with(" answered"));
    }
}
