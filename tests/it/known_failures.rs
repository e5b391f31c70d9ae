//! The list of known failures (tests/known-failures.toml) is correct: a rule it names exists, the test it names exists,
//! and where there is no rule it says why.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct List {
    failure: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    id: String,
    what: String,
    npm_error: String,
    rule: Option<String>,
    test: Option<String>,
    reason: Option<String>,
}

fn list() -> Vec<Failure> {
    let text = include_str!("../known-failures.toml");
    toml::from_str::<List>(text).expect("tests/known-failures.toml is read").failure
}

#[test]
fn every_known_failure_has_a_tested_rule_or_a_reason() {
    for Failure { id, what, npm_error, rule, test, reason } in list() {
        assert!(!what.is_empty() && !what.ends_with('.'), "{id}: one line that says what goes wrong");
        let is_code = |code: &str| !code.is_empty() && !code.contains(char::is_whitespace);
        assert!(npm_error.is_empty() || npm_error.split(" / ").all(is_code), "{id}: codes, not {npm_error:?}");
        match (rule, test, reason) {
            (Some(_), Some(_), None) => {}
            (None, None, Some(reason)) => assert!(!reason.is_empty(), "{id}: an empty reason"),
            _ => panic!("{id}: either `rule` and `test`, or `reason`"),
        }
    }
}

#[test]
fn known_failures_are_listed_once_and_grouped_by_family() {
    let mut families = HashSet::new();
    let mut last = (String::new(), 0);
    for Failure { id, .. } in list() {
        let (family, number) = id.split_once('-').expect("FAMILY-NUMBER");
        let number: u32 = number.parse().expect("a number");
        if family == last.0 {
            assert!(number > last.1, "{id} is out of order");
        } else {
            assert!(families.insert(family.to_owned()), "{id} stands apart from its family");
        }
        last = (family.to_owned(), number);
    }
}

#[test]
fn the_rules_and_tests_named_in_known_failures_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = HashSet::new();
    for folder in ["src", "tests"] {
        collect_tests(&root.join(folder), &mut tests);
    }
    let mut missing = Vec::new();
    for Failure { id, rule, test, .. } in list() {
        let Some((rule, test)) = rule.zip(test) else { continue };
        if npm_preflight::rules::find(&rule).is_none() {
            missing.push(format!("{id}: the rule {rule}"));
        }
        if !tests.contains(&test) {
            missing.push(format!("{id}: the test {test:?} ({rule})"));
        }
    }
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}

/// The tests in all sources below a folder.
fn collect_tests(folder: &Path, found: &mut HashSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            for test in text.split("#[test]").skip(1) {
                let name = test.split_once("fn ").and_then(|(_, rest)| rest.split_once("()"));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
}
