//! Recognises malformed credentials by their text. It covers only what no registry issues; the length and alphabet of a
//! token are up to the registry. Nothing here returns any part of the text.

use crate::facts::credential::SETUP_NODE_PLACEHOLDER;
use crate::text::redact::decode_base64;

/// What is wrong with a text.
pub(in crate::rules) struct Damage {
    /// Follows "the credential".
    pub(super) what: &'static str,
    /// Why it is rejected.
    pub(super) why: &'static str,
    /// What to do.
    pub(super) help: &'static str,
    /// npm cannot even send it.
    pub(super) header: bool,
}

const REJECTED: &str = "npm sends it unchanged, and the registry rejects it";
const STORE_THE_TOKEN: &str = "store the token by itself";

fn sent(what: &'static str, help: &'static str) -> Damage {
    Damage { what, why: REJECTED, help, header: false }
}

/// A token. HTTP drops blanks at the end of a header; of one before the token only the registry knows.
pub(in crate::rules) fn token(text: &str) -> Option<Damage> {
    let text = text.trim_end_matches([' ', '\t']);
    let quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let variable = |rest: &str| rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !is_header_text(text) {
        return Some(Damage {
            what: "contains a line break or another character that is not allowed in an HTTP header",
            why: "npm cannot send it",
            help: STORE_THE_TOKEN,
            header: true,
        });
    }
    if text.contains("${{") {
        return Some(sent("contains a `${{ … }}` that was not expanded", "write `${NPM_TOKEN}` and set the variable"));
    }
    if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        return Some(sent("begins with `Bearer`", STORE_THE_TOKEN));
    }
    if text.contains(":_auth") {
        return Some(sent("is a whole line of an .npmrc", STORE_THE_TOKEN));
    }
    if quoted('"') || quoted('\'') {
        return Some(sent("is quoted", STORE_THE_TOKEN));
    }
    if text.strip_prefix('$').is_some_and(variable) {
        return Some(sent("is a `$VARIABLE`, which npm does not expand", "write `${VARIABLE}`"));
    }
    if text.len() > 2 && text.strip_prefix('%').is_some_and(variable) && text.ends_with('%') {
        return Some(sent("is a `%VARIABLE%`, which npm does not expand", "write `${VARIABLE}`"));
    }
    if text.trim_start_matches([' ', '\t']).contains([' ', '\t']) {
        return Some(sent("contains a space", STORE_THE_TOKEN));
    }
    (text == SETUP_NODE_PLACEHOLDER).then(|| {
        sent("is the placeholder of `actions/setup-node`", "set NODE_AUTH_TOKEN, or set up trusted publishing")
    })
}

/// `_auth`: base64 of a user name, a colon and a password.
pub(super) fn auth(text: &str) -> Option<Damage> {
    let text = text.trim_end_matches([' ', '\t']);
    let help = "encode `user:password` as base64";
    if !is_header_text(text) {
        return Some(Damage {
            what: "contains a character that is not allowed in an HTTP header",
            why: "npm cannot send it",
            help,
            header: true,
        });
    }
    (!is_base64(text) || !decode_base64(text).contains(':'))
        .then(|| sent("is not a base64-encoded `user:password`", help))
}

/// `_password`: base64 of the password.
pub(super) fn password(text: &str) -> Option<Damage> {
    let broken = !is_base64(text)
        || decode_base64(text).chars().any(|character| character == '\u{fffd}' || character.is_control());
    broken.then(|| sent("has a password that is not base64", "encode the password as base64"))
}

fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    letters.len() % 4 != 1
        && letters.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '-' | '_'))
}

/// As `node-fetch` decides: a tab, what can be seen, and the upper half of Latin-1.
fn is_header_text(text: &str) -> bool {
    text.chars().all(|character| matches!(character, '\t' | ' '..='~' | '\u{80}'..='\u{ff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_cannot_be_in_a_header() {
        assert!(token("npm_a\nb").unwrap().header);
        assert!(token("npm_a\u{200b}").unwrap().header);
    }

    #[test]
    fn spaces_around_a_token_are_fine_and_spaces_inside_are_not() {
        for text in ["npm_a ", "npm_a\t \t", " npm_a", "npm_a"] {
            assert!(token(text).is_none(), "{text:?}");
        }
        for text in ["npm a", " npm a", "\"npm_a\" ", "npm_a \n"] {
            assert!(token(text).is_some(), "{text:?}");
        }
        assert!(auth("YWxpY2U6cGFzcw== ").is_none());
        assert!(auth("YWxp Y2U6cGFzcw==").is_some());
    }

    #[test]
    fn a_password_does_not_decode_to_binary() {
        assert!(password("alice-pass").is_some());
        assert!(password("cGFzcw").is_none());
    }
}
