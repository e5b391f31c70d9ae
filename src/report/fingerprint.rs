//! What lets a consumer recognise a result when lines move: GitHub's hash of the line and what follows it, computed
//! as `upload-sarif` does (github/codeql-action, src/fingerprints.ts), and a hash of our own over what the result is
//! about.

use std::collections::HashMap;

use crate::plan::PublishPlan;
use crate::rules::lint::Found;
use crate::text::json::Value;
use crate::text::source::{Place, Source, Span};

/// How many characters a line's hash covers.
const BLOCK: usize = 100;

/// `primaryLocationLineHash`: over the first 100 UTF-16 units from the line's start that are not blank, as
/// `hash:occurrence`. `None` when they hold a secret, whose hash would tell something about it, or when there is no
/// such line.
pub(super) fn line_hash(source: &Source, line: usize) -> Option<String> {
    let units = units(source.text());
    let mut seen: HashMap<u64, usize> = HashMap::new();
    for (number, start) in units.line_starts.iter().enumerate().take(line) {
        let hash = units.hash(*start);
        let count = seen.entry(hash).or_default();
        *count += 1;
        if number + 1 == line {
            return (!units.hides_secret(*start, source)).then(|| format!("{hash:x}:{count}"));
        }
    }
    None
}

struct Units {
    /// Each unit, and where its character stands in the text.
    units: Vec<(u16, usize)>,
    /// Indices into `units`.
    line_starts: Vec<usize>,
}

fn units(text: &str) -> Units {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut line_starts = vec![0];
    let mut after_cr = false;
    for (at, character) in text.char_indices() {
        let skipped = matches!(character, ' ' | '\t') || (after_cr && character == '\n');
        after_cr = !skipped && character == '\r';
        if skipped {
            continue;
        }
        if matches!(character, '\r' | '\n') {
            units.push((u16::from(b'\n'), at));
            line_starts.push(units.len());
        } else {
            units.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| (*unit, at)));
        }
    }
    units.push((u16::MAX, text.len()));
    Units { units, line_starts }
}

impl Units {
    fn hash(&self, start: usize) -> u64 {
        let block = self.units[start..].iter().map(|(unit, _)| *unit).chain(std::iter::repeat(0));
        block.take(BLOCK).fold(0, |hash: u64, unit| hash.wrapping_mul(37).wrapping_add(u64::from(unit)))
    }

    fn hides_secret(&self, start: usize, source: &Source) -> bool {
        let from = self.units[start].1;
        let to = self.units.get(start + BLOCK).or(self.units.last()).map_or(from, |(_, at)| *at);
        source.shown(Span::new(from, to)) != source.text()[from..to]
    }
}

/// `npmPreflight/v1` of a diagnostic: over its rule, its package and the field it is about.
pub(super) fn of(found: &Found, plan: Option<&PublishPlan>) -> String {
    let Found { package, diagnostic, .. } = found;
    let name = package.and(plan).and_then(super::name).unwrap_or_default();
    let subject = match (&diagnostic.place, plan) {
        (Some(place), Some(plan)) => subject(place, &plan.manifest.source, plan.manifest.root()),
        _ => String::new(),
    };
    subject_hash(diagnostic.rule.id, name, &subject)
}

/// Over what a result is about, not where it stands or how it is worded. FNV-1a, because the
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
    place.source.shown(line).split('=').next().unwrap_or_default().trim().to_owned()
}

fn field(value: Value<'_>, span: Span) -> Option<String> {
    let member =
        value.members().find(|member| member.key_span.start <= span.start && span.end <= member.value.span().end)?;
    match field(member.value, span) {
        Some(rest) => Some(format!("{}.{rest}", member.key)),
        None => Some(member.key.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str, lines: usize) -> Vec<String> {
        let source = Source::new("package.json", text.as_bytes());
        (1..=lines).map(|line| line_hash(&source, line).unwrap()).collect()
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
    fn equal_lines_are_counted() {
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
    fn the_subject_is_the_field_and_survives_other_lines() {
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
