//! Which parts of an .npmrc must never be shown, in its comments and sections too. `${VAR}` may: it is a name.

use super::definitions::is_secret;
use super::expand::reference;
use crate::source::Span;

/// The spans to hide.
pub(super) fn secrets(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in text.split(['\r', '\n']) {
        let from = line.find('=').filter(|at| is_secret(line[..*at].trim_matches([' ', '\t', '"', '\'', ';', '#'])));
        match from {
            Some(at) => hide(text, Span::new(start + at + 1, start + line.len()), &mut spans),
            None => users(line, start, &mut spans),
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

/// `user:password@` of URLs.
fn users(line: &str, start: usize, spans: &mut Vec<Span>) {
    for (at, _) in line.match_indices("//") {
        let host = &line[at + 2..];
        let end = host.find(|letter: char| matches!(letter, '/' | '?' | '#' | '"' | '\'') || letter.is_whitespace());
        if let Some(user) = host[..end.unwrap_or(host.len())].rfind('@') {
            let from = start + at + 2;
            spans.push(Span::new(from, from + user));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn tokens_are_hidden_wherever_they_stand_and_the_names_of_variables_are_not() {
        for (text, shown) in [
            ("//h/:_authToken=abc", "//h/:_authToken=***"),
            ("//h/:_authToken=${TOKEN}", "//h/:_authToken=${TOKEN}"),
            ("//h/:_authToken=a${T}b", "//h/:_authToken=*${T}*"),
            ("# //h/:_authToken = abc", "# //h/:_authToken =****"),
            ("[s]\n_password[]=x ; y", "[s]\n_password[]=*****"),
            ("registry=https://u:p@r/x@y", "registry=https://***@r/x@y"),
            ("tag=next", "tag=next"),
        ] {
            let source = Source::new("x", text.as_bytes()).with_secrets(secrets(text));
            assert_eq!(source.shown(Span::new(0, text.len())), shown);
        }
    }
}
