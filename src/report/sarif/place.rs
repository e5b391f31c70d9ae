//! Places as SARIF writes them: relative URIs from the root of the repository, and regions in UTF-16 code units. GitHub
//! rejects a whole file for one result without a physical location.

use serde_json::{Value, json};
use std::fmt::Write as _;

use crate::report::site::Repository;
use crate::text::redact::mask;
use crate::text::source::{Place, Span};

/// A path as a relative URI reference.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    // Masked before a password is percent-encoded beyond recognition.
    for byte in mask(path).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' => {
                uri.push(byte.into());
            }
            // Writing to a string cannot fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

/// A file; one that is not in the repository keeps its name.
pub(super) fn artifact(path: &str, repository: &Repository) -> Value {
    json!({ "uri": uri(&repository.name(path)), "uriBaseId": "%SRCROOT%" })
}

/// A span as a region; both columns in UTF-16 units, the end exclusive.
pub(super) fn region(place: &Place) -> Value {
    let Place { source, span } = place;
    let (start, end) = (source.position(span.start), source.position(span.end.max(span.start)));
    json!({
        "startLine": start.line, "startColumn": start.utf16_column,
        "endLine": end.line, "endColumn": end.utf16_column,
    })
}

/// The length of a text that is quoted.
const LONGEST: usize = 2000;

/// The physical location of a place, with the quoted text where there is some.
pub(super) fn physical(place: &Place, repository: &Repository) -> Value {
    let Place { source, span } = place;
    let mut region = region(place);
    let is_short = |span: Span| span.end - span.start <= LONGEST;
    // A snippet is the text of its region, or there is none.
    let quoted = if is_short(*span) { source.shown(*span) } else { String::new() };
    if !quoted.is_empty() {
        region["snippet"] = json!({ "text": quoted });
    }
    let mut location = json!({ "artifactLocation": artifact(source.path(), repository), "region": region });
    let lines =
        Span::new(source.line(source.position(span.start).line).start, source.line(source.position(span.end).line).end);
    let context = if is_short(lines) { source.shown(lines) } else { String::new() };
    // A context must be more than the region itself.
    if context.len() > quoted.len() && is_short(*span) {
        let mut lines = self::region(&Place::new(source, lines));
        lines["snippet"] = json!({ "text": context });
        location["contextRegion"] = lines;
    }
    location
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::source::Source;

    #[test]
    fn uris_are_relative_and_encoded() {
        assert_eq!(uri("packages/a b/[x]:é/package.json"), "packages/a%20b/%5Bx%5D%3A%C3%A9/package.json");
    }

    #[test]
    fn columns_count_utf16_units_and_the_context_is_the_line() {
        let source = Arc::new(Source::new("package.json", "{\n  \"😀\": \"v\"\n}".as_bytes()));
        let start = source.text().find("\"v").unwrap();
        let location = physical(&Place::new(&source, Span::new(start, start + 3)), &Repository::default());
        assert_eq!(location["region"]["startColumn"], 9);
        assert_eq!(location["region"]["snippet"]["text"], "\"v\"");
        assert_eq!(location["contextRegion"]["endColumn"], 12);
    }
}
