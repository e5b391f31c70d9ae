//! What `--verbose` and `NPM_PREFLIGHT_LOG` say on standard error of a run: files, requests, rules that are not run.

use crate::harness::Sandbox;
use crate::ordinary_job::{history, in_github, package};
use crate::registry::faults::Fault;
use crate::registry::{FakeRegistry, cast};

fn sandbox(registry: &FakeRegistry) -> Sandbox {
    let sandbox = Sandbox::with_registry(registry);
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#);
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n");
    sandbox
}

#[test]
fn verbose_names_files_requests_and_rules_that_are_not_run() {
    let registry = FakeRegistry::start(cast::registry());
    let sandbox = sandbox(&registry);
    let run = sandbox.preflight("project", &["lint", "-v", "--allow", "name-taken"]).masked(&sandbox);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let has = |part: &str| lines.iter().any(|line| line.starts_with("DEBUG ") && line.contains(part));
    for part in ["/home/.npmrc: ", "/package.json: ", "left-lodge: 200 after ", "name-taken"] {
        assert!(has(part), "no line has {part:?}:\n{}", run.stderr);
    }
    assert!(!run.stderr.contains("npm_"), "{}", run.stderr);
}

#[test]
fn verbose_says_what_was_asked_for_and_is_not_known() {
    let registry = history(true);
    registry.fault(Fault::new("GET", "/-/npm/v1/attestations/*", Fault::status(503, None, r#"{"error":"down"}"#)));
    let mut sandbox = Sandbox::with_registry(&registry);
    package(&sandbox, "left-lodge", "1.2.0");
    sandbox.file("home/.npmrc", "registry=<registry>/\nfetch-retries=0\n");
    in_github(&mut sandbox, true);
    let run = sandbox.preflight("project", &["lint", "-v"]);
    let line =
        run.stderr.lines().find(|line| line.contains("not known: the last release's provenance (left-lodge@1.1.0): "));
    assert!(line.is_some_and(|line| line.contains("503")), "{}", run.stderr);
    assert!(run.stdout.contains("ready, if npm trusts this workflow"), "{}", run.stdout);
}

#[test]
fn the_variable_selects_targets_and_an_invalid_one_is_an_error() {
    let registry = FakeRegistry::start(cast::registry());
    let mut sandbox = sandbox(&registry);
    sandbox.env("NPM_PREFLIGHT_LOG", "npm_preflight::registry=debug");
    let run = sandbox.preflight("project", &["lint"]);
    assert!(run.stderr.contains("GET ") && !run.stderr.contains(".npmrc"), "{}", run.stderr);

    sandbox.env("NPM_PREFLIGHT_LOG", "a=b=c");
    let refused = sandbox.preflight("project", &["lint"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("NPM_PREFLIGHT_LOG=a=b=c is neither a level"), "{}", refused.stderr);
}

#[test]
fn nothing_is_logged_by_default() {
    let registry = FakeRegistry::start(cast::registry());
    let run = sandbox(&registry).preflight("project", &["lint"]);
    assert_eq!(run.stderr, "");
}
