//! The document against the standard's schema, and against what GitHub and the schema do not agree on.

use std::sync::Arc;

use serde_json::Value;

use super::super::testing::{Fixture, TOKEN, npmrc, place, published, rule};
use super::super::{Format, Run, Style};
use super::{left_out_note, results};
use crate::commands::testing::Scene;
use crate::facts::Reason;
use crate::rules::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::text::source::{Place, Source, Span};

fn render(run: Run<'_>) -> String {
    super::super::render(Format::Sarif, run, Style::default())
}

/// The run of a document that follows the schema.
fn valid(document: &str) -> Value {
    let mut schema: Value = serde_json::from_str(include_str!("../../../tests/sarif-schema-2.1.0.json")).unwrap();
    for definition in ["run", "toolComponent"] {
        // The file's own pattern has a bracket too many and is no regular expression; errata 01 of the standard mends it.
        schema["definitions"][definition]["properties"]["language"]["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let document: Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    document["runs"][0].clone()
}

fn run(fixture: &Fixture) -> Value {
    let run = valid(&render(fixture.run()));
    for result in run["results"].as_array().unwrap() {
        let location = &result["locations"][0]["physicalLocation"];
        let uri = location["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.contains(['~', ' ', ':', '\\']) && !uri.starts_with(['/', '.']) || uri == ".npmrc", "{uri}");
        assert!(location["region"]["startLine"].as_u64().unwrap() >= 1);
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    run
}

fn diagnostic(message: &str) -> Diagnostic {
    Diagnostic::new(rule(), message, "because", "do something")
}

#[test]
fn a_report_without_results_has_all_rules() {
    let run = run(&Fixture::new());
    assert_eq!(run["results"], serde_json::json!([]));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), crate::rules::all().count());
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            let text = rule[key]["text"].as_str().unwrap();
            assert!(!text.is_empty() && (key == "help" || text.chars().count() <= 1024), "{}: {key}", rule["id"]);
        }
        // GitHub's limits: characters of a name, and tags.
        assert!(rule["name"].as_str().unwrap().len() <= 255);
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("### What it finds"));
    }
}

#[test]
fn a_result_has_a_region_and_fingerprints() {
    let fixture = Fixture::new();
    let found = published(&fixture);
    let run = run(&fixture.found(0, found));
    let result = &run["results"][0];
    assert_eq!(
        result["message"]["text"],
        "`left-lodge` 1.1.0 is already published. https://r.example/ does not accept the same version twice. Raise `version`. \
         Run `npm version patch --no-git-tag-version`. npm would fail with E403."
    );
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(3), Some(14)));
    assert_eq!((region["endLine"].as_u64(), region["endColumn"].as_u64()), (Some(3), Some(21)));
    assert_eq!(region["snippet"]["text"], "\"1.1.0\"");
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"], ".npmrc");
    let fingerprints = result["partialFingerprints"].as_object().unwrap();
    assert!(fingerprints.contains_key("npmPreflight/v1") && fingerprints.contains_key("primaryLocationLineHash"));
}

#[test]
fn places_outside_the_project_are_named_in_the_message() {
    let home = Arc::new(Source::new("~/.npmrc", b"registry=https://r/\n"));
    let fixture = Fixture::new();
    let found =
        diagnostic("wrong").at(place(&home, "https://r/"), "set here").related(place(&home, "registry"), "the key");
    let run = run(&fixture.found(0, found).found(0, diagnostic("no place at all")).found(None, diagnostic("of all")));
    assert_eq!(run["results"].as_array().unwrap().len(), 1, "they stand on one line");
    let result = &run["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["snippet"]["text"], "\"left-lodge\"");
    let message = result["message"]["text"].as_str().unwrap();
    assert!(
        message.contains("See ~/.npmrc:1 (set here). See ~/.npmrc:1 (the key).") && message.contains("No place at all")
    );
    assert!(result.get("relatedLocations").is_none());
}

#[test]
fn a_manifest_outside_or_missing_still_has_a_location() {
    for manifest in ["", "{}", "[]", "{\"name\": }"] {
        run(&Fixture::of(Scene::new(manifest).plan()).found(0, diagnostic("broken")));
    }
    let mut fixture = Fixture::new();
    fixture.plans[0].package.manifest =
        crate::project::manifest::Manifest::parse("../x/package.json".to_owned(), b"{\"name\":\"x\"}", "/x".as_ref())
            .into();
    let place = fixture.plans[0].package.manifest.place_of("name");
    let run = run(&fixture.found(0, diagnostic("wrong").at(place, "")));
    assert!(run["results"][0]["message"]["text"].as_str().unwrap().contains("See ../x/package.json:1."));
}

#[test]
fn no_secret_is_in_a_snippet_or_hash() {
    let fixture = Fixture::new();
    let found = diagnostic("a token").at(place(&npmrc(), TOKEN), "this token");
    let document = render(fixture.found(0, found).run());
    assert!(!document.contains(TOKEN));
    let run = valid(&document);
    let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["snippet"]["text"], "*".repeat(TOKEN.len()));
    assert!(run["results"][0]["partialFingerprints"].get("primaryLocationLineHash").is_none());
}

#[test]
fn edits_become_fixes_and_undecided_checks_notifications() {
    let fixture = Fixture::new().undecided(Reason::Unreachable, "nothing answered at https://r.example");
    let version = fixture.plans[0].package.manifest.place_of("version");
    let edits = vec![Edit { place: version.clone(), text: "\"1.1.1\"".to_owned() }];
    let fix = Fix { edits, ..Fix::replace("raise it", version.clone(), "") };
    let run = run(&fixture.found(0, diagnostic("x").at(version, "").fix(fix)));
    let replacement = &run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "\"1.1.1\"");
    assert_eq!(replacement["deletedRegion"]["startColumn"], 14);
    let invocation = &run["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&true.into(), &1.into()));
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["associatedRule"]["id"], "version-published");
    assert!(notification["message"]["text"].as_str().unwrap().contains("(unreachable): nothing answered"));
}

#[test]
fn an_edit_that_removes_a_byte_order_mark_is_omitted() {
    let source = Arc::new(Source::new("cli.js", "\u{feff}x\n".as_bytes()));
    let fixes = |start, end| {
        let place = Place::new(&source, Span::new(start, end));
        let fix = Fix::replace("begin it", place.clone(), "#!");
        let run = run(&Fixture::new().found(0, diagnostic("x").at(place, "").fix(fix)));
        run["results"][0]["fixes"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((fixes(0, 3), fixes(3, 4)), (0, 1));
}

#[test]
fn of_more_results_than_github_accepts_the_most_severe_are_listed() {
    let source = Arc::new(Source::new("package.json", "{}\n".repeat(5).as_bytes()));
    let on_line = |line: usize| Place::new(&source, Span::at(3 * (line - 1)));
    let mut fixture = Fixture::new();
    for line in [1, 2, 2, 3, 4] {
        fixture = fixture.found(0, diagnostic("minor").severity(Severity::Warning).at(on_line(line), "here"));
    }
    let fixture = fixture.found(0, diagnostic("grave").at(on_line(5), "here"));
    let (results, left_out) = results(fixture.run(), 3);
    let lines: Vec<_> = results.values().map(|one| one.anchor.source.position(one.anchor.span.start).line).collect();
    assert_eq!((lines, left_out), (vec![1, 2, 5], 2));
    let note = left_out_note(left_out, fixture.run()).unwrap();
    assert!(note["message"]["text"].as_str().unwrap().starts_with("2 findings are not listed here"), "{note}");
    assert_eq!(left_out_note(0, fixture.run()), None);
}

#[test]
fn the_category_ends_with_a_slash() {
    let fixture = Fixture::new();
    let run = valid(&render(Run { sarif_category: Some("npm-preflight/packages/a"), ..fixture.run() }));
    assert_eq!(run["automationDetails"]["id"], "npm-preflight/packages/a/");
}
