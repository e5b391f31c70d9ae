//! What lets a consumer recognise a result when lines move: GitHub's hash of the line and what follows it, computed
//! as `upload-sarif` does (github/codeql-action, src/fingerprints.ts), and a hash of our own over what the result is
//! about.

use std::collections::{BTreeSet, HashMap};

use crate::plan::PublishPlan;
use crate::rules::lint::Found;
use crate::text::json::Value;
use crate::text::source::{Place, Source, Span};

/// How many keys a field's name has at most.
const DEEPEST: usize = 64;

/// How much of a line is looked at for its key, in bytes.
const KEY: usize = 1000;

/// How many characters a line's hash covers.
const BLOCK: usize = 100;

/// The hashes of the lines in question, by line: `primaryLocationLineHash`, over the first 100 UTF-16 units from the line's
/// start that are not blank, as `hash:occurrence`. There is none for a line whose units hold a secret, since it would help to guess
/// something about it, nor for a line that is not there, nor of a file of which only a part is kept. They are made together, because
/// equal lines are counted from the start of the file.
pub(super) fn line_hashes(source: &Source, lines: &BTreeSet<usize>) -> HashMap<usize, String> {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let mut hashes = HashMap::new();
    let mut start = (!source.is_part()).then_some(0);
    let last = lines.last().copied().unwrap_or_default();
    for line in 1..=last {
        let Some(at) = start else { break };
        let block = Block::at(source.text(), at);
        let count = seen.entry(block.hash).or_default();
        *count += 1;
        if lines.contains(&line) && source.shown(block.span) == source.text()[block.span.start..block.span.end] {
            hashes.insert(line, format!("{:x}:{count}", block.hash));
        }
        start = next_line(source.text(), at);
    }
    hashes
}

/// What a line's hash covers.
struct Block {
    hash: u64,
    span: Span,
}

impl Block {
    fn at(text: &str, start: usize) -> Self {
        let mut hash: u64 = 0;
        let mut count = 0;
        let mut end = text.len();
        let mut add = |unit: u16| {
            hash = hash.wrapping_mul(37).wrapping_add(u64::from(unit));
            count += 1;
            count
        };
        let mut after_cr = start > 0 && text.as_bytes()[start - 1] == b'\r';
        let mut is_full = false;
        'text: for (at, character) in text[start..].char_indices() {
            let is_blank = matches!(character, ' ' | '\t') || (after_cr && character == '\n');
            after_cr = !is_blank && character == '\r';
            if is_blank {
                continue;
            }
            let character = if character == '\r' { '\n' } else { character };
            for unit in character.encode_utf16(&mut [0; 2]) {
                if is_full {
                    end = start + at;
                    break 'text;
                }
                is_full = add(*unit) == BLOCK;
            }
        }
        // A mark is behind the text, and nothing behind that.
        if !is_full {
            is_full = add(u16::MAX) == BLOCK;
        }
        while !is_full {
            is_full = add(0) == BLOCK;
        }
        Self { hash, span: Span::new(start, end) }
    }
}

/// Where the line behind one starts: behind its end, of which CRLF is one.
fn next_line(text: &str, start: usize) -> Option<usize> {
    let end = start + text[start..].find(['\n', '\r'])?;
    let is_pair = text.as_bytes()[end] == b'\r' && text.as_bytes().get(end + 1) == Some(&b'\n');
    Some(end + 1 + usize::from(is_pair))
}

/// `npmPreflight/v1` of a diagnostic: over its rule, its package and the field it is about.
pub(super) fn of(found: &Found, plan: Option<&PublishPlan>) -> String {
    let Found { package, diagnostic, .. } = found;
    let name = package.and(plan).and_then(super::name).unwrap_or_default();
    let subject = match (&diagnostic.place, plan) {
        (Some(place), Some(plan)) => subject(place, &plan.package.manifest.source, plan.package.manifest.root()),
        _ => String::new(),
    };
    subject_hash(diagnostic.rule.id, &name, &subject)
}

/// Over what a result is about, not where it is or how it is worded. FNV-1a, because the
/// number must be the same in every release.
pub(super) fn subject_hash(rule: &str, package: &str, subject: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in [rule, package, subject].join("\0").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// The field of a manifest at a place, such as `publishConfig.registry`; in another file the key of the line.
fn subject(place: &Place, manifest: &Source, root: Value<'_>) -> String {
    if place.source.path() == manifest.path() {
        return field(root, place.span).unwrap_or_default();
    }
    let line = place.source.line(place.source.position(place.span.start).line);
    place.source.shown(place.source.head(line, KEY)).split('=').next().unwrap_or_default().trim().to_owned()
}

fn field(root: Value<'_>, span: Span) -> Option<String> {
    let path = std::iter::successors(root.member_around(span), |member| member.value.member_around(span));
    // Who nests deeper means to be a burden.
    let keys: Vec<&str> = path.take(DEEPEST).map(|member| member.key).collect();
    (!keys.is_empty()).then(|| keys.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_hash(source: &Source, line: usize) -> Option<String> {
        line_hashes(source, &BTreeSet::from([line])).remove(&line)
    }

    fn hashes(text: &str, lines: usize) -> Vec<String> {
        let source = Source::new("package.json", text.as_bytes());
        let hashes = line_hashes(&source, &(1..=lines).collect());
        (1..=lines).map(|line| hashes[&line].clone()).collect()
    }

    #[test]
    fn line_hashes_are_those_of_upload_sarif() {
        let text = "{\n  \"name\": \"left-pad\",\n  \"version\": \"1.2.3\"\n}\n";
        let expected = [
            "5cc2a1d69e827ed5:1",
            "2df2e96d02b698cc:1",
            "b70cb9452b7f661e:1",
            "32dce9ccfdbc9d3e:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(hashes(text, 5), expected);
        assert_eq!(hashes(&text.replace('\n', "\r\n"), 5), expected);
        assert_eq!(hashes(&text.replace("left-pad", "😀é"), 2), ["c20c2a8a537f98ee:1", "d42ef26fe037287d:1"]);
    }

    #[test]
    fn equal_lines_are_numbered() {
        let text = format!("{}\n", "x".repeat(100)).repeat(2);
        let hashes = hashes(&text, 2);
        assert_eq!(hashes[0].replace(":1", ":2"), hashes[1]);
    }

    #[test]
    fn a_line_with_a_secret_has_no_hash() {
        let text = "registry=https://r/\n//r/:_authToken=npm_secret\n";
        let at = text.find("npm_").unwrap();
        let source = Source::new(".npmrc", text.as_bytes()).with_secrets(vec![Span::new(at, at + 10)]);
        assert_eq!(line_hash(&source, 1), None);
        assert_eq!(line_hash(&source, 2), None);
        assert!(line_hash(&source, 3).is_some());
        assert_eq!(line_hash(&source, 4), None);
    }

    #[test]
    fn the_fingerprint_follows_the_field_and_not_the_line() {
        let manifest = |text: &str| {
            crate::project::manifest::Manifest::parse("package.json".to_owned(), text.as_bytes(), "/p".as_ref())
        };
        let subject_of = |text: &str| {
            let manifest = manifest(text);
            let value = manifest.publish_config("registry").unwrap();
            subject(&manifest.place(value.span()), &manifest.source, manifest.root())
        };
        assert_eq!(subject_of(r#"{"publishConfig":{"registry":"https://r/"}}"#), "publishConfig.registry");
        assert_eq!(subject_of("{\n\"name\":\"x\",\n\"publishConfig\":{\"registry\":\"\"}}"), "publishConfig.registry");
        let npmrc = std::sync::Arc::new(Source::new(".npmrc", b"a=1\n registry = https://r/\n"));
        let place = Place::new(&npmrc, Span::new(16, 17));
        let empty = manifest("{}");
        assert_eq!(subject(&place, &empty.source, empty.root()), "registry");
        assert_eq!(subject_hash("r", "p", "version"), "8b1bf26057e2d239");
    }
}
