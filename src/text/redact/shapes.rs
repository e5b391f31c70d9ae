//! What is recognisable as a secret by its format, or by the word before it.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::{memchr_iter, memchr3_iter, memmem};

use super::is_secret;

type Spans = Vec<Range<usize>>;

/// No user name is longer: what stands alone before a URL's `@` and is longer is a token.
const LONGEST_USER: usize = 20;
/// The longest authority of a URL, key or parameter name that is looked at, in bytes: keeps the search linear.
const LONGEST: usize = 4096;

/// All that gives itself away, in order and without overlaps.
pub(crate) fn recognised(text: &str) -> Spans {
    let lower = text.to_ascii_lowercase();
    let mut spans = url_passwords(text, &lower);
    spans.extend(tokens(text));
    spans.extend(assigned(text, &lower));
    spans.extend(parameters(text, &lower));
    spans.extend(authorizations(text, &lower));
    spans.extend(options(text, &lower));
    merged(spans)
}

/// The spans in order, those that touch or overlap as one.
pub(crate) fn merged(mut spans: Spans) -> Spans {
    spans.retain(|span| span.start < span.end);
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Spans = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Where a word is in a text. All of a file is searched for some thirty words, which takes `str::find` as long as all else
/// that is done with the file.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> {
    memmem::find_iter(text.as_bytes(), word)
}

/// The start of a text, at most [`LONGEST`] bytes of it.
fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn length_of(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|character| !is_part(character)).unwrap_or(text.len())
}

fn stands_alone(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|character: char| character.is_ascii_alphanumeric())
}

/// The passwords in the URLs of a text: what is between `user:` and `@`, and what stands alone before `@` when it
/// is too long for a user name.
fn url_passwords(text: &str, lower: &str) -> Spans {
    // One slash, none, or a backslash, is as good as two: the URL standard does not mind.
    let schemes = ["http:", "https:"].into_iter();
    let web = schemes
        .flat_map(|scheme| places(lower, scheme).map(|at| at + scheme.len()))
        .map(|at| at + length_of(&text[at..], |character| matches!(character, '/' | '\\')));
    // With a scheme or without one, as in `//user:password@host`.
    let authorities = places(text, "//").map(|at| at + "//".len());
    let is_end = |character: char| character.is_whitespace() || "/?#\"'`\\,<>".contains(character);
    authorities
        .chain(web)
        .filter_map(|start| {
            let authority = head(&text[start..]).split(is_end).next().unwrap_or_default();
            let user_info = &authority[..authority.rfind('@')?];
            let password = match user_info.find(':') {
                Some(colon) => colon + 1,
                None if user_info.len() > LONGEST_USER => 0,
                None => return None,
            };
            Some(start + password..start + user_info.len())
        })
        .collect()
}

/// (prefix, the least number of characters behind it, whether `_` and `-` may be among them)
const KINDS: [(&str, usize, bool); 20] = [
    ("npm_", 30, false),
    ("ghp_", 30, false),
    ("gho_", 30, false),
    ("ghu_", 30, false),
    ("ghs_", 30, true),
    ("ghr_", 30, false),
    ("github_pat_", 20, true),
    ("glpat-", 20, true),
    ("gldt-", 20, true),
    ("glcbt-", 20, true),
    ("glptt-", 20, true),
    ("AKIA", 16, false),
    ("ASIA", 16, false),
    ("AKCp", 40, false),
    ("cmVmdGtu", 40, false),
    ("xoxb-", 20, true),
    ("xoxp-", 20, true),
    ("sk_live_", 16, false),
    ("dckr_pat_", 20, true),
    ("AIza", 35, true),
];

/// Finds the prefixes of all kinds at once.
static PREFIXES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(KINDS.iter().map(|(prefix, ..)| prefix)).ok());

/// Tokens that their prefix gives away: those of registries and of the services beside them.
pub(crate) fn tokens(text: &str) -> Spans {
    let mut spans = Vec::new();
    let mut behind = 0;
    for found in PREFIXES.iter().flat_map(|prefixes| prefixes.find_overlapping_iter(text)) {
        let (prefix, shortest, joined) = KINDS[found.pattern().as_usize()];
        // A token may hold a prefix.
        if found.start() < behind {
            continue;
        }
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || (joined && matches!(character, '_' | '-' | '.'));
        let length = length_of(&text[found.end()..], is_part);
        // `ZAKIA…` is a word of its own; what ends with `_` or `-` is not.
        let is_whole = prefix.ends_with(['_', '-']) || stands_alone(text, found.start());
        if length >= shortest && is_whole {
            behind = found.end() + length;
            spans.push(found.start()..behind);
        }
    }
    spans.extend(web_tokens(text));
    spans
}

/// JSON web tokens: base64 of `{"` and so on, a dot, more of it.
fn web_tokens(text: &str) -> Spans {
    const SHORTEST_PART: usize = 8;
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(found) = places(&text[from..], "eyJ").next() {
        let start = from + found;
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
        let length = length_of(&text[start..], is_part);
        let mut parts = text[start..start + length].split('.');
        let is_token = parts.next().is_some_and(|part| part.len() >= SHORTEST_PART)
            && parts.next().is_some_and(|part| part.len() >= SHORTEST_PART)
            && stands_alone(text, start);
        if is_token {
            spans.push(start..start + length);
        }
        from = start + length;
    }
    spans
}

/// Where a value in a running text ends.
fn ends_value(character: char) -> bool {
    character.is_whitespace() || "\"'`,<>\\”’;".contains(character)
}

/// The value at the start of a text; nothing for a `${NAME}`, a `$NAME` or a `<placeholder>`.
fn value(text: &str) -> usize {
    let length = length_of(text, |character| !ends_value(character));
    let value = &text[..length];
    if value.contains("${") || value.starts_with('$') { 0 } else { length }
}

/// The values of npm's secret settings, in an .npmrc, in JSON, in an environment, or where a line break has been lost.
fn assigned(text: &str, lower: &str) -> Spans {
    const KEYS: [&str; 6] = ["_authtoken", "_auth", "_password", "_token", "_secret", "otp"];
    let mut spans = Vec::new();
    for key in KEYS {
        for at in places(lower, key) {
            let after = at + key.len();
            let quotes = length_of(&text[after..], |character| "\\\"'".contains(character));
            let blanks = length_of(&text[after + quotes..], |character| matches!(character, ' ' | '\t'));
            let sign = after + quotes + blanks;
            let is_assigned = match text.as_bytes().get(sign) {
                Some(b'=') => true,
                // In prose a colon ends a thought; in JSON the key is in quotes, and in a header it is `npm-otp`.
                Some(b':') => quotes > 0 || text[..at].ends_with('-'),
                _ => false,
            };
            if !is_assigned {
                continue;
            }
            let start = sign + 1;
            let start = start + length_of(&text[start..], |character| " \t\\\"'“‘".contains(character));
            let length = value(&text[start..]);
            if key != "otp" || text[start..start + length].contains(|digit: char| digit.is_ascii_digit()) {
                spans.push(start..start + length);
            }
        }
    }
    spans
}

/// The values of a URL's parameters that are called like a secret.
fn parameters(text: &str, lower: &str) -> Spans {
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    let starts = memchr3_iter(b'?', b'&', b';', text.as_bytes()).map(|at| at + 1);
    starts
        .filter_map(|start| {
            let name = length_of(head(&lower[start..]), is_name);
            let value = text[start + name..].strip_prefix('=')?;
            let name_text = &lower[start..start + name];
            let is_hidden = is_secret(name_text)
                || ["sig", "signature", "credential", "jwt"].iter().any(|ending| name_text.ends_with(ending));
            let is_end = |character: char| ends_value(character) || "&#)".contains(character);
            let from = start + name + 1;
            let length = length_of(value, |character| !is_end(character));
            (is_hidden && !value[..length].contains("${")).then_some(from..from + length)
        })
        .collect()
}

/// What follows `Bearer` or `Basic`, unless it is a word of a sentence.
fn authorizations(text: &str, lower: &str) -> Spans {
    let schemes = ["bearer", "basic"].into_iter();
    let schemes = schemes.flat_map(|scheme| places(lower, scheme).map(move |at| (at, scheme)));
    schemes
        .filter(|(at, _)| stands_alone(text, *at))
        .filter_map(|(at, scheme)| {
            let start = at + scheme.len();
            let blanks = length_of(&text[start..], |character| " \t\"'`:".contains(character));
            let start = start + blanks;
            let is_part = |character: char| character.is_ascii_alphanumeric() || "-._~+/=%".contains(character);
            let length = length_of(&text[start..], is_part);
            let value = text[start..start + length].trim_end_matches('.');
            // A registry names the realm for which it asks for a credential.
            let is_realm = value.eq_ignore_ascii_case("realm=");
            (blanks > 0 && !is_realm && !is_word(value)).then_some(start..start + value.len())
        })
        .collect()
}

/// Whether it may be a word of a sentence: letters, at most the first of them a capital.
fn is_word(text: &str) -> bool {
    const LONGEST_WORD: usize = 20;
    let letters = text.trim_matches(['-', '.', '/']);
    let rest = letters.strip_prefix(|first: char| first.is_ascii_uppercase()).unwrap_or(letters);
    rest.len() < LONGEST_WORD && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// The values of flags such as `--otp=123456`, `--otp 123456` and `--//host/:_authToken …`.
fn options(text: &str, lower: &str) -> Spans {
    let dashes = memchr_iter(b'-', text.as_bytes()).filter(|at| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| before.is_whitespace() || "\"'`(=".contains(before))
    });
    dashes
        .filter_map(|at| {
            let name_at = at + length_of(&text[at..], |character| character == '-');
            let is_name = |character: char| !ends_value(character) && character != '=';
            let length = length_of(head(&lower[name_at..]), is_name);
            let sign = name_at + length;
            if !is_secret(&lower[name_at..sign]) {
                return None;
            }
            let has_equals = text.as_bytes().get(sign) == Some(&b'=');
            let blanks = length_of(&text[sign..], |character| character == ' ');
            if !has_equals && blanks == 0 {
                return None;
            }
            let start = sign + if has_equals { 1 } else { blanks };
            let start = start + length_of(&text[start..], |character| "\\\"'".contains(character));
            let length = value(&text[start..]);
            let value = &text[start..start + length];
            // Behind a blank a sentence may go on.
            let is_value = has_equals || !(value.starts_with('-') || is_word(value));
            is_value.then_some(start..start + length)
        })
        .collect()
}

/// What is secret in a text that is where a URL should be: user name and password, with a scheme or without; tokens in
/// the path. (Parameters are [`recognised`] anywhere.)
pub(crate) fn in_url(text: &str) -> Spans {
    let (start, end) = authority(text);
    let mut spans = Vec::new();
    if let Some(at) = text[start..end].rfind('@') {
        let user_info = &text[start..start + at];
        // If it is unknown where a password begins, all of it is hidden.
        let password = user_info.find(':').map_or(0, |colon| colon + 1);
        spans.push(start + password..start + at);
    }
    let path = length_of(&text[end..], |character| !matches!(character, '?' | '#'));
    let mut at = end;
    for segment in text[end..end + path].split(['/', '\\']) {
        if looks_like_token(segment) {
            spans.push(at..at + segment.len());
        }
        at += segment.len() + 1;
    }
    spans
}

/// Where the user name, the password and the host of a URL are, scheme or no scheme.
fn authority(text: &str) -> (usize, usize) {
    let blanks = text.len() - text.trim_start().len();
    let lower = text[blanks..].to_ascii_lowercase();
    let start = match lower.find("://") {
        Some(at) if lower[..at].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) => at + 3,
        _ => ["https:", "http:"].iter().find(|scheme| lower.starts_with(**scheme)).map_or(0, |scheme| scheme.len()),
    };
    let start = blanks + start;
    let start = start + length_of(&text[start..], |character| matches!(character, '/' | '\\'));
    (start, start + length_of(&text[start..], |character| !"/\\?#".contains(character)))
}

/// Whether a part of a registry's path is no name that a person gave: a UUID, or a long run of letters and digits.
fn looks_like_token(segment: &str) -> bool {
    const SHORTEST: usize = 16;
    const UUID: usize = 36;
    let is_uuid = segment.len() == UUID
        && segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && segment.matches('-').count() == 4;
    let is_mixed = |run: &str| {
        run.len() >= SHORTEST
            && run.bytes().any(|byte| byte.is_ascii_digit())
            && run.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    is_uuid
        || !tokens(segment).is_empty()
        || segment.split(|letter: char| !letter.is_ascii_alphanumeric()).any(is_mixed)
}

/// The secrets in a text that is where a URL should be, each as it is written.
pub(crate) fn secrets_of_url(text: &str) -> Vec<&str> {
    let mut spans = in_url(text);
    spans.extend(parameters(text, &text.to_ascii_lowercase()));
    merged(spans).into_iter().map(|span| &text[span]).filter(|secret| !secret.contains("${")).collect()
}

/// User name and password of a text that is where a URL should be, as they are written: `user:password`.
pub(crate) fn user_info(text: &str) -> Option<&str> {
    let (start, end) = authority(text);
    let at = text[start..end].rfind('@')?;
    Some(&text[start..start + at]).filter(|user_info| !user_info.is_empty())
}
