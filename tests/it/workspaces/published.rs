//! The executable between releases: of the members of a workspace some versions are on the registry already, and a release
//! tool publishes the others.

use serde_json::{Value as Json, json};

use super::runs::{git, verdicts};
use crate::harness::{Outcome, Sandbox, severities_of};
use crate::registry::state::State;
use crate::registry::{FakeRegistry, cast};

/// A private root whose members are these, in this order.
fn project(registry: &FakeRegistry, members: &[Json]) -> Sandbox {
    let sandbox = Sandbox::with_registry(registry);
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n");
    sandbox.file("project/package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#);
    for (at, member) in members.iter().enumerate() {
        sandbox.file(&format!("project/packages/{at:03}/package.json"), &member.to_string());
    }
    sandbox
}

/// Of bare packages there is advice for each, which none of these tests is about.
const ARGS: [&str; 8] =
    ["lint", "--workspaces", "--otp=123456", "--access=public", "-A", "advice", "-A", "licence-missing"];

fn lint(sandbox: &Sandbox, more: &[&str]) -> (Outcome, Json) {
    let args: Vec<&str> = ARGS.iter().chain(&["--format", "json"]).chain(more).copied().collect();
    let outcome = sandbox.preflight("project", &args);
    let report = outcome.json().unwrap();
    (outcome, report)
}

#[test]
fn published_members_are_skipped_and_new_ones_are_checked() {
    let registry = FakeRegistry::start(cast::registry());
    let sandbox = project(
        &registry,
        &[
            json!({ "name": "@acme/core", "version": "1.0.0" }),
            json!({ "name": "@acme/site", "version": "1.1.0", "dependencies": { "@acme/core": "^1.0.0" } }),
            // It is published, and cannot be changed any more.
            json!({ "name": "left-lodge", "version": "1.1.0", "dependencies": { "@acme/site": "^9.0.0" } }),
            json!({ "name": "docs", "version": "1.0.0", "private": true }),
        ],
    );
    let (outcome, report) = lint(&sandbox, &["--skip-published"]);
    assert_eq!(
        verdicts(&report),
        ["@acme/core skipped", "@acme/site ready", "left-lodge skipped", "docs skipped"],
        "{report:#}"
    );
    assert_eq!((outcome.code, &report["diagnostics"]), (Some(0), &json!([])));
    let (outcome, report) = lint(&sandbox, &[]);
    assert_eq!((outcome.code, severities_of(&report, "version-published").len()), (Some(1), 2), "{report:#}");
}

#[test]
fn the_dependencies_of_a_published_member_are_not_requested() {
    for (version, is_asked) in [("1.1.0", false), ("1.2.0", true)] {
        let registry = FakeRegistry::start(cast::registry());
        let wants = json!({ "name": "left-lodge", "version": version, "dependencies": { "otter": "^9.0.0" } });
        let (outcome, report) = lint(&project(&registry, &[wants]), &["--skip-published"]);
        assert_eq!(outcome.code, Some(i32::from(is_asked)), "{report:#}");
        assert_eq!(registry.log().iter().any(|entry| entry.target.contains("otter")), is_asked, "{version}");
    }
}

#[test]
fn a_published_sibling_counts_with_its_version_on_the_registry() {
    let mut state = cast::registry();
    state.add_package("@acme/core", cast::package("alice", &["1.0.0", "2.0.0"]));
    let registry = FakeRegistry::start(state);
    for (core, range, severity) in [
        ("2.0.0", "^2.0.0", None),
        ("2.0.0", "^3.0.0", Some("error")),
        // The older version is published just like the one here.
        ("2.0.0", "^1.0.0", None),
        ("2.1.0", "^1.0.0", Some("warning")),
        ("3.0.0", "^3.0.0", None),
    ] {
        let sandbox = project(
            &registry,
            &[
                json!({ "name": "@acme/core", "version": core }),
                json!({ "name": "@acme/site", "version": "1.1.0", "dependencies": { "@acme/core": range } }),
            ],
        );
        let (outcome, report) = lint(&sandbox, &["--skip-published"]);
        assert_eq!(
            severities_of(&report, "dependency-unavailable"),
            Vec::from_iter(severity),
            "{core} {range}: {report:#}"
        );
        assert_eq!(outcome.code, Some(i32::from(severity == Some("error"))), "{core} {range}: {report:#}");
        assert_eq!(outcome.stdout.contains("which is published in the same run"), core == "2.1.0", "{core} {range}");
    }
}

#[test]
fn an_already_published_member_is_not_counted_in_a_partial_release() {
    let registry = FakeRegistry::start(cast::registry());
    let sandbox = project(
        &registry,
        &[
            json!({ "name": "@acme/core", "version": "1.0.0" }),
            json!({ "name": "@acme/site", "version": "1.1.0" }),
            json!({ "name": "@alice/notes", "version": "1.1.0", "publishConfig": { "tag": "1.x" } }),
        ],
    );
    let (_, report) = lint(&sandbox, &["--skip-published"]);
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let partial = diagnostics.iter().find(|one| one["rule"] == "workspace-partial-release").unwrap();
    let message = "the release would fail at `@alice/notes`, after publishing 1 of 2 workspaces";
    assert_eq!(partial["message"], message, "{report:#}");
    assert!(!partial["why"].as_str().unwrap().contains("@acme/core"), "{report:#}");
}

#[test]
fn since_and_skip_published_combine() {
    let registry = FakeRegistry::start(cast::registry());
    let sandbox = project(
        &registry,
        &[
            json!({ "name": "@acme/core", "version": "2.0.0", "publishConfig": { "tag": "1.x" } }),
            json!({ "name": "@acme/site", "version": "1.0.0" }),
            json!({ "name": "left-lodge", "version": "1.1.0" }),
        ],
    );
    git(&sandbox, &["init", "-q", "-b", "main"]);
    git(&sandbox, &["add", "-A"]);
    git(&sandbox, &["commit", "-q", "-m", "first"]);
    let args = ["--since", "main", "--skip-published"];
    let (outcome, report) = lint(&sandbox, &args);
    assert_eq!(verdicts(&report), ["@acme/core skipped", "@acme/site skipped", "left-lodge skipped"]);
    assert_eq!((outcome.code, &report["diagnostics"]), (Some(0), &json!([])));
    sandbox.file("project/packages/001/index.js", "");
    sandbox.file("project/packages/002/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#);
    let (outcome, report) = lint(&sandbox, &args);
    assert_eq!(verdicts(&report), ["@acme/core skipped", "@acme/site skipped", "left-lodge ready"], "{report:#}");
    assert_eq!(outcome.code, Some(0));
}

#[test]
fn two_folders_with_one_published_version_are_both_skipped() {
    let registry = FakeRegistry::start(cast::registry());
    for (version, expected, code) in [
        ("1.1.0", ["left-lodge skipped", "left-lodge skipped"], 0),
        ("1.2.0", ["left-lodge ready", "left-lodge blocked"], 1),
    ] {
        let member = json!({ "name": "left-lodge", "version": version });
        let sandbox = project(&registry, &[member.clone(), member]);
        let args = ["lint", "./packages/000", "./packages/001", "--otp=123456", "--skip-published", "--format", "json"];
        let outcome = sandbox.preflight("project", &args);
        let report = outcome.json().unwrap();
        assert_eq!((verdicts(&report), outcome.code), (expected.map(str::to_owned).to_vec(), Some(code)), "{report:#}");
    }
}

#[test]
fn an_already_published_root_is_not_reported_as_accidental() {
    let registry = FakeRegistry::start(cast::registry());
    for (version, severity) in [("1.1.0", None), ("1.2.0", Some("warning"))] {
        let sandbox = project(&registry, &[json!({ "name": "part", "version": "1.0.0" })]);
        let root = json!({ "name": "left-lodge", "version": version, "workspaces": ["packages/*"] });
        sandbox.file("project/package.json", &root.to_string());
        let args = ["lint", "--otp=123456", "--skip-published", "--format", "json"];
        let report = sandbox.preflight("project", &args).json().unwrap();
        assert_eq!(
            severities_of(&report, "workspace-partial-release"),
            Vec::from_iter(severity),
            "{version}: {report:#}"
        );
    }
}

#[test]
fn only_packages_that_need_attention_are_listed_out_of_a_hundred() {
    let mut state = cast::registry();
    let names: Vec<String> = (0..100).map(|number| format!("@acme/part-{number:02}")).collect();
    for name in &names {
        state.add_package(name, cast::package("alice", &["1.0.0"]));
    }
    let registry = FakeRegistry::start(State { lenient: true, ..state });
    let version = |at: usize| if at.is_multiple_of(25) { "1.1.0" } else { "1.0.0" };
    let members: Vec<Json> =
        names.iter().enumerate().map(|(at, name)| json!({ "name": name, "version": version(at) })).collect();
    let sandbox = project(&registry, &members);
    let output = |args: &[&str]| {
        let args: Vec<&str> = ARGS.iter().chain(&["--skip-published"]).chain(args).copied().collect();
        sandbox.preflight("project", &args).stdout
    };
    let left_out = "@acme/part-01 1.0.0, @acme/part-02 1.0.0, @acme/part-03 1.0.0, @acme/part-04 1.0.0, \
                    @acme/part-05 1.0.0 and 91 more";
    let text = output(&[]);
    assert!(text.contains(&format!("96 packages: skipped (already published): {left_out}\n")), "{text}");
    assert!(text.lines().count() < 20 && text.contains("    each of these 4 would go to "), "{text}");
    let all = output(&["--verbose"]);
    assert!(names.iter().all(|name| all.lines().any(|line| line.starts_with(&format!("{name} ")))), "{all}");
    let page = output(&["--format", "markdown"]);
    assert!(page.lines().count() < 20 && page.contains("96 packages skipped (already published): "), "{page}");
    let json: Json = serde_json::from_str(&output(&["--format", "json"])).unwrap();
    assert_eq!(verdicts(&json).iter().filter(|one| one.ends_with(" skipped")).count(), 96);
    let sarif: Json = serde_json::from_str(&output(&["--format", "sarif"])).unwrap();
    assert_eq!(sarif["runs"][0]["results"], json!([]), "{sarif:#}");
}

#[test]
fn equal_verdicts_share_a_line_and_similar_diagnostics_are_summarised() {
    let registry = FakeRegistry::start(State { lenient: true, ..cast::registry() });
    let members: Vec<Json> = (0..30)
        .map(|at| json!({ "name": format!("@acme/part-{at:02}"), "version": if at == 7 { "1.0" } else { "1.0.0-rc.1" } }))
        .collect();
    let sandbox = project(&registry, &members);
    let output = |args: &[&str]| {
        let args: Vec<&str> = ARGS.iter().chain(&["--offline"]).chain(args).copied().collect();
        sandbox.preflight("project", &args).stdout
    };
    let text = output(&[]);
    let alike = text.lines().filter(|line| line.starts_with("  --> ")).count();
    assert!(alike == 10 && text.contains("\n  and 18 more\n"), "{text}");
    let some = "@acme/part-00 1.0.0-rc.1, @acme/part-01 1.0.0-rc.1, @acme/part-02 1.0.0-rc.1, @acme/part-03 1.0.0-rc.1, \
                @acme/part-04 1.0.0-rc.1 and 24 more";
    let line = text.lines().find(|line| line.starts_with("29 packages: blocked (")).unwrap_or_default();
    assert!(line.ends_with(some), "{text}");
    assert!(text.lines().any(|line| line.starts_with("@acme/part-07 1.0: blocked (")), "{text}");
    let all = output(&["--verbose"]);
    let verdicts = all.lines().filter(|line| line.starts_with("@acme/part-") && line.contains(": blocked ("));
    assert_eq!(verdicts.count(), 30, "{all}");
}
