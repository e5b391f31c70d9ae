//! The sentences that say what was asked, what came back and how the author can find out.

use super::{Ask, Question, Reason, Unknown, body, request};

/// `Retry-After` for a sentence: seconds or a date.
pub(super) fn retry_after(value: &str) -> String {
    match value.trim().parse::<u64>() {
        Ok(1) => "1 second".to_owned(),
        Ok(seconds) => format!("{seconds} seconds"),
        Err(_) => body::tidy(value),
    }
}

/// One sentence: which end-point, what happened, how to find out.
pub(in crate::registry) fn unknown(question: &Question, reason: Reason, reached: &str) -> Unknown {
    let (url, noun, hint) = (shown_url(question), question.ask.noun(), hint(question.ask));
    Unknown::new(reason, format!("asked for {noun}, `{url}` {reached}; {hint}"))
}

/// What npm's registry tells to a session of `npm login` alone.
pub(super) fn reserved(question: &Question, reason: Reason) -> Unknown {
    let (noun, hint) = (question.ask.noun(), hint(question.ask));
    Unknown::new(reason, format!("this credential may not read {noun}, a session of `npm login` may; {hint}"))
}

/// How the author can find out.
fn hint(ask: Ask) -> &'static str {
    match ask {
        Ask::Packument | Ask::Versions => "`npm view` on this package shows whether the registry tells npm more",
        Ask::Whoami => "see on the registry's website whether the token is alive",
        Ask::Profile => "`npm profile get` shows it, after `npm login`",
        Ask::Tokens => {
            "`npm token list`, after `npm login`, and the token's settings on the registry's website show what it may do"
        }
        Ask::Roster => "`npm org ls` shows them",
        Ask::Collaborators => "`npm access list collaborators` on this package shows them",
        Ask::Visibility => "`npm access get status` on this package shows it",
        Ask::Stage => "`npm stage list` on this package shows them, after `npm login`",
        Ask::DistTags => "`npm dist-tag ls` on this package shows whether the registry tells npm more",
        Ask::Version => "`npm view` on this version shows whether the registry tells npm more",
        Ask::Search => "`npm search` shows whether the registry tells npm more",
        Ask::Ping => "`npm ping` shows whether npm fares better",
    }
}

/// The URL of a question without user name and password.
fn shown_url(question: &Question) -> String {
    request(question).map_or_else(
        |_| "a registry whose URL is not valid".to_owned(),
        |mut request| {
            let cleared = request.url.set_username("").and_then(|()| request.url.set_password(None));
            if cleared.is_ok() { request.url.into() } else { "the registry".to_owned() }
        },
    )
}
