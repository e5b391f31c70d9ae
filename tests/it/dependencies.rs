//! Dependencies are looked up as those do who install the package: once each, in the short form, without a login.

use serde_json::{Value, json};

use crate::harness::{Sandbox, npm_is_here, severities_of};
use crate::registry::faults::Fault;
use crate::registry::state::State;
use crate::registry::{Entry, FakeRegistry, cast};

/// What the executable says of two packages that share what they depend on, and what it asked for.
fn lint(state: State, wants: &Value, faults: Vec<Fault>) -> (Value, Vec<Entry>) {
    let is_public = !state.lenient;
    let registry = FakeRegistry::start(state);
    for fault in faults {
        registry.fault(fault);
    }
    let mut sandbox = Sandbox::with_registry(&registry);
    if !is_public {
        sandbox.unset("NPM_PREFLIGHT_NPMJS_REGISTRY");
    }
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n");
    for name in ["left-lodge", "@alice/notes"] {
        let manifest = json!({ "name": name, "version": "1.2.0", "dependencies": wants });
        let folder = name.trim_start_matches("@alice/");
        sandbox.file(&format!("project/{folder}/package.json"), &manifest.to_string());
    }
    let outcome = sandbox.preflight(
        "project",
        &["lint", "--format", "json", "--otp=123456", "--access=public", "./left-lodge", "./notes"],
    );
    (outcome.json().unwrap(), registry.log())
}

fn verdicts(report: &Value) -> Vec<&str> {
    report["packages"].as_array().unwrap().iter().map(|package| package["verdict"].as_str().unwrap()).collect()
}

#[test]
fn each_dependency_is_requested_once_abbreviated_and_anonymously() {
    let mut state = cast::registry();
    let names: Vec<_> = (0..60).map(|number| format!("bit-{number}")).collect();
    for name in &names {
        state.add_package(name, cast::package("bob", &["1.0.0"]));
    }
    let wants = names.iter().map(|name| (name.clone(), json!("^1.0.0"))).collect();
    let (report, log) = lint(state, &Value::Object(wants), vec![]);
    assert_eq!(verdicts(&report), ["ready", "ready"], "{report:#}");
    let asked: Vec<_> = log.iter().filter(|entry| entry.target.starts_with("/bit-")).collect();
    assert_eq!(asked.len(), 60);
    for entry in asked {
        assert!(!entry.authorized && entry.accept.as_ref().unwrap().contains("npm.install-v1"), "{entry:?}");
    }
}

#[test]
fn siblings_of_the_run_need_no_request() {
    let wants = json!({ "left-lodge": "^1.2.0", "@alice/notes": "1.2.0", "bobs-bits": "2.0.0" });
    let (report, log) = lint(cast::registry(), &wants, vec![]);
    let found: Vec<_> =
        report["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == "error").collect();
    assert_eq!(verdicts(&report), ["blocked", "blocked"], "{report:#}");
    assert!(found.iter().all(|one| one["message"].as_str().unwrap().contains("`bobs-bits`")), "{report:#}");
    let short = log.iter().filter(|entry| entry.accept.as_ref().is_some_and(|accept| accept.contains("install-v1")));
    let mut asked: Vec<_> = short.map(|entry| (entry.target.as_str(), entry.authorized)).collect();
    asked.sort_unstable();
    assert_eq!(asked, [("/bobs-bits", false), ("/bobs-bits", true)], "the login may see more than the cache shows");
}

#[test]
fn a_lookup_that_could_only_warn_does_not_make_the_verdict_undecided() {
    let broken = || vec![Fault::exchange("GET", "/bobs-bits", "gateway-503")];
    let wants = json!({ "bobs-bits": "^1.0.0" });
    let lenient = || State { lenient: true, ..cast::registry() };
    let (report, _) = lint(cast::registry(), &wants, broken());
    assert_eq!(verdicts(&report), ["undecided", "undecided"]);
    let (fine, _) = lint(lenient(), &wants, vec![]);
    let (report, _) = lint(lenient(), &wants, broken());
    assert_eq!(verdicts(&report), verdicts(&fine));
    let is_mentioned = |report: &Value| report["undecided"].to_string().contains("dependency-unavailable");
    assert!(is_mentioned(&report) && !is_mentioned(&fine), "{report:#}");
}

/// The error severity says that npm cannot install it, and what npm can install is at most a warning.
#[test]
fn npm_installs_dependencies_that_are_not_errors() {
    if !npm_is_here() {
        return;
    }
    let registry = FakeRegistry::start(cast::registry());
    let is_optional = json!({ "nobody-has-this": { "optional": true } });
    for (wants, severity, npm_error) in [
        (json!({ "dependencies": { "bobs-bits": "^1.0.0" } }), None, None),
        (json!({ "dependencies": { "bits": "npm:bobs-bits@latest" } }), None, None),
        (json!({ "dependencies": { "bobs-bits": "^2.0.0" } }), Some("error"), Some("ETARGET")),
        (json!({ "dependencies": { "bobs-bits": "next" } }), Some("error"), Some("ETARGET")),
        (json!({ "dependencies": { "nobody-has-this": "" } }), Some("error"), Some("E404")),
        (json!({ "optionalDependencies": { "bobs-bits": "^2.0.0" } }), Some("warning"), None),
        (json!({ "optionalDependencies": { "nobody-has-this": "*" } }), Some("warning"), None),
        (json!({ "peerDependencies": { "bobs-bits": "^2.0.0" } }), Some("error"), Some("ETARGET")),
        (json!({ "peerDependencies": { "nobody-has-this": "*" } }), Some("warning"), Some("E404")),
        (json!({ "peerDependencies": { "nobody-has-this": "*" }, "peerDependenciesMeta": is_optional }), None, None),
    ] {
        let mut manifest = json!({ "name": "left-lodge", "version": "1.2.0" });
        manifest.as_object_mut().unwrap().extend(wants.as_object().unwrap().clone());
        let sandbox = Sandbox::with_registry(&registry);
        sandbox.file("home/.npmrc", "registry=<registry>/\n");
        sandbox.file("project/package.json", &manifest.to_string());
        let report = sandbox.preflight("project", &["lint", "--format", "json"]).json().unwrap();
        assert_eq!(severities_of(&report, "dependency-unavailable"), Vec::from_iter(severity), "{wants}");
        let npm = sandbox.npm("project", &["install", "--package-lock-only", "--no-audit", "--no-fund"]);
        let code = npm.stderr.lines().find_map(|line| line.strip_prefix("npm error code "));
        assert_eq!((npm.code == Some(0), code), (npm_error.is_none(), npm_error), "{wants}: {}", npm.stderr);
    }
}
