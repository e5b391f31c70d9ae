//! The contract of version 1, field by field.

use super::super::testing::{Fixture, TOKEN, published, rule};
use super::super::{Format, Style};
use super::*;
use crate::commands::testing::Scene;
use crate::rules::diagnostic::{Diagnostic, Fix};

fn render(run: Run<'_>) -> String {
    super::super::render(Format::Json, run, Style::default())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a whole report")]
fn the_shape_is_that_of_version_1() {
    let fixture = Fixture::new().alice().undecided(Reason::NotAsked, "the packument was not asked for");
    let diagnostic = published(&fixture);
    let report = render(fixture.found(0, diagnostic).run());
    assert!(!report.contains(TOKEN));
    insta::assert_snapshot!(report, @r#"
    {
      "version": 1,
      "tool": {
        "name": "npm-preflight",
        "version": "0.1.0"
      },
      "packages": [
        {
          "name": "left-lodge",
          "package_version": "1.1.0",
          "manifest": "package.json",
          "verdict": "blocked",
          "plan": {
            "client": {
              "value": "npm 12.2.2",
              "origin": "--npm-version"
            },
            "registry": {
              "value": "https://r.example/",
              "origin": ".npmrc:2 (project)"
            },
            "tag": {
              "value": "latest",
              "origin": "npm's default"
            },
            "access": {
              "value": "default",
              "origin": "npm's default"
            },
            "credential": {
              "kind": "token",
              "origin": ".npmrc:3 (project)",
              "user": "alice"
            },
            "provenance": {
              "value": false,
              "origin": "npm's default"
            }
          }
        }
      ],
      "diagnostics": [
        {
          "rule": "version-published",
          "severity": "error",
          "package": "left-lodge",
          "message": "`left-lodge` 1.1.0 is already published",
          "why": "https://r.example/ does not accept the same version twice",
          "help": "raise `version`",
          "npm_error": "E403",
          "location": {
            "path": "package.json",
            "start": {
              "line": 3,
              "column": 14,
              "offset": 39
            },
            "end": {
              "line": 3,
              "column": 21,
              "offset": 46
            }
          },
          "related": [
            {
              "location": {
                "path": ".npmrc",
                "start": {
                  "line": 2,
                  "column": 10,
                  "offset": 16
                },
                "end": {
                  "line": 2,
                  "column": 28,
                  "offset": 34
                }
              },
              "message": "`registry` set here"
            }
          ],
          "fix": {
            "description": "raise `version`",
            "edits": [],
            "command": "npm version patch --no-git-tag-version"
          },
          "url": "https://github.com/npm-preflight/npm-preflight/blob/main/src/rules/README.md#version-published"
        }
      ],
      "assumptions": [],
      "undecided": [
        {
          "rule": "version-published",
          "package": "left-lodge",
          "reason": "not-asked",
          "detail": "the packument was not asked for"
        }
      ],
      "summary": {
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "undecided": 1,
        "packages": 1
      }
    }
    "#);
}

#[test]
fn a_plan_has_packages_without_verdicts_and_nothing_else() {
    let fixture = Fixture::new();
    let mut plan = Vec::new();
    write_plans(&fixture.plans, &fixture.facts, &Scrubber::default(), &mut plan).unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&plan).unwrap();
    let keys: Vec<_> = plan.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["packages", "tool", "version"]);
    assert!(plan["packages"][0].get("verdict").is_none());
    assert_eq!(plan["packages"][0]["plan"]["registry"]["origin"], ".npmrc:2 (project)");
}

#[test]
fn columns_count_characters_and_offsets_bytes_of_the_file() {
    let fixture = Fixture::of(Scene::new("\u{feff}{\n  \"😀é\": 1, \"version\": \"1.1.0\"}").plan());
    let place = fixture.plans[0].package.manifest.place_of("version");
    let diagnostic =
        Diagnostic::new(rule(), "m", "w", "h").at(place.clone(), "").fix(Fix::replace("raise it", place, "\"1.1.1\""));
    let report: serde_json::Value = serde_json::from_str(&render(fixture.found(0, diagnostic).run())).unwrap();
    let found = &report["diagnostics"][0];
    assert_eq!(found["location"]["start"], serde_json::json!({"line": 2, "column": 23, "offset": 31}));
    assert_eq!(found["fix"]["edits"][0]["start"], 31);
    assert_eq!(found["fix"]["edits"][0]["end"], 38);
}

#[test]
fn missing_values_are_null() {
    let mut fixture = Fixture::of(Scene::new("{}").plan());
    fixture.plans[0].auth.login = Login::Nothing;
    let report: serde_json::Value = serde_json::from_str(&render(fixture.run())).unwrap();
    assert!(report["packages"][0]["name"].is_null() && report["packages"][0]["package_version"].is_null());
    let none = serde_json::json!({"kind": "none", "origin": null, "user": null});
    assert_eq!(report["packages"][0]["plan"]["credential"], none);
}
