//! What a log gives away: values behind names such as `NODE_AUTH_TOKEN`, `_authToken` and `--otp`, behind words such as `password`
//! in a sentence, and passwords in URLs. They go to the scrubber, so that the answer repeats them nowhere, whatever is around
//! them there.

use memchr::{memchr2_iter, memmem};

use crate::text::redact::{Scrubber, is_secret};

/// A name is no longer than that.
const NAME: usize = 100;
/// A secret is no longer than that, and no shorter than a one-time password or a PIN.
const VALUE: std::ops::RangeInclusive<usize> = 4..=4_000;
/// No more are looked for.
const MOST: usize = 1_000;
/// What follows such a name and is no secret: a permission in a workflow, a setting that is switched on.
const WORDS: [&str; 9] = ["write", "read", "none", "true", "false", "undefined", "null", "inherit", "optional"];

/// After these words a value may follow, also in a sentence of a registry: `password=…`, `apikey: …`, `otp 492817`.
const LABELS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api key",
    "api_key",
    "x-jfrog-art-api",
    "otp",
];
/// A word without digits and signs that is this long is no word of a sentence.
const LONG: usize = 24;

/// Gives the scrubber every secret that the log reveals.
pub(super) fn learn(text: &str, scrubber: &mut Scrubber) {
    let mut left = MOST;
    let mut remember = |value: &str, scrubber: &mut Scrubber| {
        if left > 0 && is_value(value) {
            left -= 1;
            scrubber.secret(value);
        }
    };
    for at in memchr2_iter(b'=', b':', text.as_bytes()) {
        if let Some(value) = name_before(text, at).filter(|name| gives_away(name)).map(|_| value_after(text, at + 1)) {
            remember(value, scrubber);
        }
    }
    for at in memmem::find_iter(text.as_bytes(), "--otp") {
        remember(value_after(text, at + "--otp".len()), scrubber);
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
    let small = text.to_ascii_lowercase();
    for label in LABELS {
        for at in memmem::find_iter(small.as_bytes(), label) {
            if let Some(value) = value_in_prose(text, at + label.len()) {
                remember(value, scrubber);
            }
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

/// The value after a word such as `password`, which a sign or a blank follows; a sentence that goes on has none.
fn value_in_prose(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let rest = rest.trim_start_matches(['"', '\'']);
    let after = rest.trim_start_matches([' ', '\t']);
    let (is_assigned, after) = match after.strip_prefix(['=', ':']) {
        Some(after) => (true, after.trim_start_matches([' ', '\t'])),
        None if after.len() < rest.len() => (false, after),
        None => return None,
    };
    let after = after.trim_start_matches(['"', '\'', '`']);
    let is_end = |char: char| char.is_whitespace() || char.is_control() || "\"'`,;)".contains(char);
    let end =
        after.char_indices().take(VALUE.end() + 1).find(|(_, char)| is_end(*char)).map_or(after.len(), |(at, _)| at);
    let value = after[..end].trim_end_matches(['.', ':']);
    looks_secret(value, is_assigned).then_some(value)
}

/// Whether a word is no word of a sentence: it has digits, is long, or has the signs of a password. What follows `=` or `:`
/// needs less to be one than what only follows.
fn looks_secret(value: &str, is_assigned: bool) -> bool {
    // An address, a package and a path are what sentences about tokens are about; so are versions, statuses and times.
    let is_named = value.contains("://") || value.starts_with(['@', '.']) || value.contains('/') && !is_assigned;
    let is_plain_number = value.bytes().all(|byte| byte.is_ascii_digit()) && !(6..=8).contains(&value.len());
    let is_version = value.split('.').count() > 2 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    // Codes such as `E401` and `ENEEDAUTH`, and names of variables.
    let is_code = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
        && value.starts_with(|char: char| char.is_ascii_uppercase())
        && (value.len() <= 5 || value.contains('_') || !value.bytes().any(|byte| byte.is_ascii_digit()));
    if is_named || is_plain_number || is_version || is_code {
        return false;
    }
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let has_sign = value.contains(['!', '#', '$', '%', '&', '*', '+', '=', '^', '~', '|', '?']);
    let is_of_digits = has_digit && (!has_letter || value.len() >= 6);
    is_of_digits || value.len() >= LONG || is_assigned && has_sign && value.len() >= 6
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
    fn a_value_whose_key_marks_it_secret_is_hidden_everywhere() {
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
    fn a_secret_named_in_a_sentence_is_hidden() {
        for (log, secret) in [
            ("login failed for user=ci password=Tr0ub4dor&3 apikey: AKCp8kqXyz123AbCdEf456", "Tr0ub4dor&3"),
            ("login failed for user=ci password=Tr0ub4dor&3 apikey: AKCp8kqXyz123AbCdEf456", "AKCp8kqXyz123AbCdEf456"),
            ("the api key AKCp8kqXyz123AbCdEf456 has expired", "AKCp8kqXyz123AbCdEf456"),
            ("X-JFrog-Art-Api: AKCp8kqXyz", "AKCp8kqXyz"),
            ("bad credentials, password hunter2secret", "hunter2secret"),
            ("the secret \"s3cr3t-value\" does not match", "s3cr3t-value"),
            ("alice (otp 492817) may not publish", "492817"),
            ("{\"api_key\": \"quietquietquietquietotters\"}", "quietquietquietquietotters"),
            ("pwd: correct!horse", "correct!horse"),
        ] {
            let mut scrubber = Scrubber::default();
            learn(log, &mut scrubber);
            let shown = scrubber.hide(log);
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn a_sentence_about_a_token_is_not_masked() {
        for log in [
            "Access token expired or revoked. Please try logging in again.",
            "the token is invalid, and the password for alice is missing",
            "token 403 Forbidden, token: E401, secret NPM_TOKEN, token ENEEDAUTH",
            "Incorrect or missing password.",
            "granular access token with bypass 2fa enabled is required",
            "npm token https://registry.npmjs.org/left-lodge",
            "OIDC token exchange error - package not found, token @acme/core2/x",
            "npm tokens: 12",
        ] {
            let mut scrubber = Scrubber::default();
            learn(log, &mut scrubber);
            assert_eq!(scrubber.hide(log), log);
        }
    }

    #[test]
    fn permissions_placeholders_and_prose_are_not_masked() {
        let log = "ID_TOKEN: write\nNODE_AUTH_TOKEN: ***\nNPM_TOKEN: ${NPM_TOKEN}\nInvalid npm token: the registry refused it\n--otp=<code>\n";
        let mut scrubber = Scrubber::default();
        learn(log, &mut scrubber);
        let text = "write, *** and ${NPM_TOKEN}: the registry refused it; <code>";
        assert_eq!(scrubber.hide(text), text);
    }
}
