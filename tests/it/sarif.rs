//! What the executable writes with `--format sarif` follows the standard's schema, and keeps to what GitHub asks for
//! beyond it: every result has a place in the repository, and every rule is there in every run.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::Sandbox;

/// The run of a document that follows the schema.
fn valid(document: &Value) -> &Value {
    let mut schema: Value = serde_json::from_str(include_str!("../sarif-schema-2.1.0.json")).expect("the schema");
    for definition in ["run", "toolComponent"] {
        // The file's own pattern has a bracket too many and is no regular expression; errata 01 of the standard mends it.
        schema["definitions"][definition]["properties"]["language"]["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    &document["runs"][0]
}

fn linted(files: &[(&str, &str)], folder: &str) -> Value {
    let sandbox = Sandbox::new();
    for (path, text) in files {
        sandbox.file(path, text);
    }
    let outcome = sandbox.preflight(folder, &["lint", "--offline", "--format", "sarif"]);
    let document = outcome.json().unwrap_or_else(|error| panic!("{error}"));
    let run = valid(&document);
    for result in run["results"].as_array().expect("results") {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a path");
        assert!(!uri.starts_with(['/', '~']) && !uri.contains("..") && !uri.contains(' '), "{uri}");
        assert!(sandbox.path(folder).join(uri).is_file() || uri == "package.json", "{uri}");
        assert!(place["region"]["startLine"].as_u64() >= Some(1), "{place}");
    }
    run.clone()
}

#[test]
fn any_package_gives_a_valid_document_with_all_rules() {
    let rules = |run: &Value| -> Vec<String> {
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        rules.iter().map(|rule| rule["id"].as_str().expect("an id").to_owned()).collect()
    };
    let npmrc = "//127.0.0.1:1/:_authToken=${NOT_SET}\nregistry=http://127.0.0.1:1/\n_auth=eDp5\n";
    let runs = [
        linted(&[], "project"),
        linted(&[("project/package.json", "{\"name\": \"left-lodge\",\n\"version\": }")], "project"),
        linted(&[("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#)], "project"),
        linted(
            &[
                ("project/package.json", r#"{"name":"Left Lodge","version":"one","private":true,"tag":"1.x"}"#),
                ("project/.npmrc", npmrc),
                ("home/.npmrc", npmrc),
            ],
            "project",
        ),
    ];
    let expected = rules(&runs[0]);
    assert!(!expected.is_empty());
    for run in &runs {
        assert_eq!(rules(run), expected);
    }
    assert!(!runs[0]["results"].as_array().expect("results").is_empty(), "no package.json is a result");
}

#[test]
fn a_rule_has_at_most_one_result_per_line() {
    let package =
        r#"{"name":"left-lodge","version":"1.0.0","dependencies":{"a":"file:../a","b":"link:../b","c":"workspace:*"}}"#;
    let run = linted(&[("project/package.json", package)], "project");
    let mut seen = BTreeSet::new();
    for result in run["results"].as_array().expect("results") {
        let place = &result["locations"][0]["physicalLocation"];
        let key = [&result["ruleId"], &place["artifactLocation"]["uri"], &place["region"]["startLine"]];
        assert!(seen.insert(key.map(ToString::to_string)), "{key:?}");
    }
}

#[test]
fn fingerprints_stay_when_lines_are_added_above() {
    let fields = "\"name\": \"left-lodge\",\n  \"version\": \"1.0\",\n  \"publishConfig\": { \"tag\": \"1.x\" }\n}\n";
    let fingerprints = |above: &str| -> Vec<(Value, Value)> {
        let text = format!("{{\n{above}  {fields}");
        let run =
            linted(&[("project/package.json", &text), ("home/.npmrc", "registry=http://127.0.0.1:1/\n")], "project");
        let results = run["results"].as_array().expect("results").iter();
        results.map(|result| (result["ruleId"].clone(), result["partialFingerprints"].clone())).collect()
    };
    let before = fingerprints("");
    assert!(before.len() >= 3, "{before:?}");
    assert!(
        before
            .iter()
            .all(|(_, keys)| keys["primaryLocationLineHash"].is_string() && keys["npmPreflight/v1"].is_string())
    );
    assert_eq!(fingerprints("  \"description\": \"A lodge\",\n\n  \"license\": \"MIT\",\n"), before);
    let all: BTreeSet<String> = before.iter().map(|(_, keys)| keys.to_string()).collect();
    assert_eq!(all.len(), before.len(), "two results with the same fingerprints are one alert");
}
