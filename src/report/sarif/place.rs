//! Where SARIF may point: GitHub rejects a whole file for one result without a physical location, and can show only
//! files of the repository. A place elsewhere (`~/.npmrc`, `../x`) is named in the message, and the result is
//! anchored at the package's manifest.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::plan::PublishPlan;
use crate::source::{Place, Source, Span, mask_secrets};

/// Whether a shown path lies in the working directory.
pub(super) fn is_inside(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    !(path.is_empty() || drive || path.starts_with(['/', '~']) || path.split('/').any(|part| part == ".."))
}

/// The place of a result: its own when that lies in the working directory, else the name in the manifest.
pub(super) fn anchor(place: Option<&Place>, plan: Option<&PublishPlan>) -> Place {
    if let Some(place) = place.filter(|place| is_inside(place.source.path())) {
        return place.clone();
    }
    match plan {
        Some(plan) if is_inside(plan.manifest.source.path()) => plan.manifest.place_of("name"),
        _ => Place::new(&Arc::new(Source::new("package.json", b"")), Span::at(0)),
    }
}

/// A path as a relative URI reference.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    // Masked before a password is percent-encoded beyond recognition.
    for byte in mask_secrets(path.trim_start_matches("./")).bytes() {
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

pub(super) fn artifact(path: &str) -> Value {
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
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

/// The physical location of a place, with the quoted text where there is some.
pub(super) fn physical(place: &Place) -> Value {
    let Place { source, span } = place;
    let mut region = region(place);
    let quoted = source.shown(*span);
    if !quoted.is_empty() {
        region["snippet"] = json!({ "text": quoted });
    }
    let mut location = json!({ "artifactLocation": artifact(source.path()), "region": region });
    let lines =
        Span::new(source.line(source.position(span.start).line).start, source.line(source.position(span.end).line).end);
    let context = source.shown(lines);
    // A context must be more than the region itself.
    if context.len() > quoted.len() {
        let mut lines = self::region(&Place::new(source, lines));
        lines["snippet"] = json!({ "text": context });
        location["contextRegion"] = lines;
    }
    location
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_relative_and_encoded() {
        assert_eq!(uri("packages/a b/[x]:é/package.json"), "packages/a%20b/%5Bx%5D%3A%C3%A9/package.json");
        assert_eq!(uri("./package.json"), "package.json");
    }

    #[test]
    fn only_files_of_the_working_directory_can_be_pointed_at() {
        for path in ["package.json", "packages/a/.npmrc", "a..b/x"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["~/.npmrc", "../x/package.json", "/etc/npmrc", "C:/Users/a/.npmrc", "a/../../b", ""] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn columns_count_utf16_units_and_the_context_is_the_line() {
        let source = Arc::new(Source::new("package.json", "{\n  \"😀\": \"v\"\n}".as_bytes()));
        let start = source.text().find("\"v").unwrap();
        let location = physical(&Place::new(&source, Span::new(start, start + 3)));
        assert_eq!(location["region"]["startColumn"], 9);
        assert_eq!(location["region"]["snippet"]["text"], "\"v\"");
        assert_eq!(location["contextRegion"]["endColumn"], 12);
    }
}
