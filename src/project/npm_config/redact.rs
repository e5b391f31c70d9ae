//! Which parts of an .npmrc must never be shown, in its comments and sections too. `${VAR}` may: it is a name.

use super::expand::reference;
use crate::text::redact::{is_secret, shapes};
use crate::text::source::Span;

/// The spans to hide.
pub(super) fn secrets(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in text.split(['\r', '\n']) {
        let from = line.find('=').filter(|at| is_secret(line[..*at].trim_matches([' ', '\t', '"', '\'', ';', '#'])));
        match from {
            Some(at) => hide(text, Span::new(start + at + 1, start + line.len()), &mut spans),
            None => urls(line, start, &mut spans),
        }
        start += line.len() + 1;
    }
    spans
}

/// Hides a span except for the names of variables in it.
pub(super) fn hide(text: &str, span: Span, spans: &mut Vec<Span>) {
    let mut start = span.start;
    let mut at = start;
    while let Some(found) = text[at..span.end].find("${") {
        let name_at = at + found;
        match reference(&text[name_at..span.end]) {
            Some((name, _, length)) if name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') => {
                spans.push(Span::new(start, name_at));
                start = name_at + length;
                at = start;
            }
            _ => at = name_at + 2,
        }
    }
    spans.push(Span::new(start, span.end));
}

/// What is secret in a URL: the value of `registry`, `@scope:registry` or a proxy, with a scheme or without one, and user
/// names wherever there are two slashes.
fn urls(line: &str, start: usize, spans: &mut Vec<Span>) {
    if let Some((key, value)) = line.split_once('=')
        && is_url(key.trim_matches([' ', '\t', '"', '\'', ';', '#']))
    {
        let blanks = value.len() - value.trim_start_matches([' ', '\t', '"', '\'']).len();
        let value_start = start + line.len() - value.len() + blanks;
        for span in shapes::in_url(value[blanks..].trim_end_matches(['"', '\''])) {
            hide_except_names(&value[blanks..], span, value_start, spans);
        }
    }
    for (at, _) in line.match_indices("//") {
        let host = &line[at + 2..];
        let end = host.find(|letter: char| matches!(letter, '/' | '?' | '#' | '"' | '\'') || letter.is_whitespace());
        if let Some(user) = host[..end.unwrap_or(host.len())].rfind('@') {
            let from = start + at + 2;
            spans.push(Span::new(from, from + user));
        }
    }
}

/// Whether a key's values are URLs that may hold a password or a token.
pub(crate) fn is_url(key: &str) -> bool {
    key == "registry" || key.ends_with(":registry") || key == "proxy" || key.ends_with("-proxy")
}

fn hide_except_names(text: &str, span: std::ops::Range<usize>, offset: usize, spans: &mut Vec<Span>) {
    let mut hidden = Vec::new();
    hide(text, Span::new(span.start, span.end), &mut hidden);
    spans.extend(hidden.into_iter().map(|span| Span::new(offset + span.start, offset + span.end)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::source::Source;

    #[test]
    fn tokens_are_hidden_everywhere_and_variable_names_are_not() {
        for (text, shown) in [
            ("//h/:_authToken=abc", "//h/:_authToken=***"),
            ("//h/:_authToken=${TOKEN}", "//h/:_authToken=${TOKEN}"),
            ("//h/:_authToken=a${T}b", "//h/:_authToken=*${T}*"),
            ("# //h/:_authToken = abc", "# //h/:_authToken =****"),
            ("[s]\n_password[]=x ; y", "[s]\n_password[]=*****"),
            ("registry=https://u:p@r/x@y", "registry=https://***@r/x@y"),
            ("registry=//u:p@r/x", "registry=//***@r/x"),
            ("registry = u:p@r/x", "registry = u:*@r/x"),
            ("@a:registry=u:${P}@r/x", "@a:registry=u:${P}@r/x"),
            ("registry=http://r/a1b2c3d4e5f6a7b8/", "registry=http://r/****************/"),
            ("tag=next", "tag=next"),
        ] {
            let source = Source::new("x", text.as_bytes()).with_secrets(secrets(text));
            assert_eq!(source.shown(Span::new(0, text.len())), shown);
        }
    }
}
