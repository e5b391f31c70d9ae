//! What a log gives away: values behind names such as `NODE_AUTH_TOKEN`, `_authToken` and `--otp`, and passwords in URLs. They go
//! to the scrubber, so that the answer repeats them nowhere, whatever stands around them there.

use memchr::{memchr2_iter, memmem};

use crate::text::redact::{Scrubber, is_secret};

/// A name is no longer than that.
const NAME: usize = 100;
/// A secret is no longer than that, and no shorter than a one-time password or a PIN.
const VALUE: std::ops::RangeInclusive<usize> = 4..=4_000;
/// No more are looked for.
const MOST: usize = 1_000;
/// What stands behind such a name and is no secret: a permission in a workflow, a setting that is switched on.
const WORDS: [&str; 9] = ["write", "read", "none", "true", "false", "undefined", "null", "inherit", "optional"];

/// Tells the scrubber every secret that the log gives away.
pub(super) fn learn(text: &str, scrubber: &mut Scrubber) {
    let mut left = MOST;
    let mut tell = |value: &str, scrubber: &mut Scrubber| {
        if left > 0 && is_value(value) {
            left -= 1;
            scrubber.secret(value);
        }
    };
    for at in memchr2_iter(b'=', b':', text.as_bytes()) {
        if let Some(value) = name_before(text, at).filter(|name| gives_away(name)).map(|_| value_after(text, at + 1)) {
            tell(value, scrubber);
        }
    }
    for at in memmem::find_iter(text.as_bytes(), "--otp") {
        tell(value_after(text, at + "--otp".len()), scrubber);
    }
    for at in memmem::find_iter(text.as_bytes(), "://") {
        let rest = &text[at + 3..];
        let end = rest.bytes().take(VALUE.end() + NAME).position(|byte| byte == b'/' || byte.is_ascii_whitespace());
        let Some((user, _)) = end.and_then(|end| rest.get(..end)).and_then(|authority| authority.rsplit_once('@'))
        else {
            continue;
        };
        if let Some((name, password)) = user.split_once(':')
            && is_value(password)
        {
            scrubber.password(name, password);
        }
    }
}

/// The name that ends here: `NODE_AUTH_TOKEN`, `_authToken`.
fn name_before(text: &str, at: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let end = if at > 0 && matches!(bytes[at - 1], b'"' | b'\'') { at - 1 } else { at };
    let length = bytes[..end].iter().rev().take(NAME).take_while(|byte| of_name(byte)).count();
    text.get(end - length..end).filter(|name| !name.is_empty())
}

/// A name of npm's, or one of a variable: a sentence may have `token:` in it.
fn gives_away(name: &str) -> bool {
    let is_of_npm = matches!(
        name,
        "_auth" | "_authToken" | "_password" | "--otp" | "--_authToken" | "npmAuthToken" | "npmAuthIdent"
    );
    let is_variable = name.contains('_') && name.bytes().all(|byte| !byte.is_ascii_lowercase()) && is_secret(name);
    is_of_npm || is_variable
}

/// The word that follows, without quotes.
fn value_after(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default().trim_start_matches(['"', '\'', ' ', '=', ',', '\t']);
    let is_end = |char: char| char.is_whitespace() || char.is_control() || "\"'`,;)".contains(char);
    let end = rest.char_indices().take(VALUE.end() + 1).find(|(_, char)| is_end(*char));
    end.map_or(rest, |(end, _)| &rest[..end])
}

fn is_value(value: &str) -> bool {
    let is_placeholder = value.starts_with(['$', '<', '%', '-', '/'])
        || value.bytes().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-'));
    VALUE.contains(&value.len()) && !is_placeholder && !WORDS.contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_gives_away_is_hidden_everywhere() {
        let log = "NODE_AUTH_TOKEN: 5f2c9a1e-77aa-4c1e-9b1d-000000000001\nACME_TOKEN=quietotter9\n//r.test/:_authToken=plainvalue7\n\
                   //r.test/:_password=\"c2VjcmV0c2VjcmV0\"\nargv \"publish\" \"--otp\" \"123456\"\nhttps://dave:hunter2222@r.test/x\n";
        let mut scrubber = Scrubber::default();
        learn(log, &mut scrubber);
        for secret in [
            "5f2c9a1e-77aa-4c1e-9b1d-000000000001",
            "quietotter9",
            "plainvalue7",
            "c2VjcmV0c2VjcmV0",
            "123456",
            "hunter2222",
        ] {
            let shown = scrubber.hide(&format!("the registry said {secret} twice"));
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn permissions_placeholders_and_sentences_give_nothing_away() {
        let log = "ID_TOKEN: write\nNODE_AUTH_TOKEN: ***\nNPM_TOKEN: ${NPM_TOKEN}\nInvalid npm token: the registry refused it\n--otp=<code>\n";
        let mut scrubber = Scrubber::default();
        learn(log, &mut scrubber);
        let text = "write, *** and ${NPM_TOKEN}: the registry refused it; <code>";
        assert_eq!(scrubber.hide(text), text);
    }
}
