//! Releases of a few workspaces, checked as `lint` checks them.

use crate::commands::testing::Scene;
use crate::facts::Facts;
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::rules::lint::{Options, Verdict, lint};

const ID: &str = "workspace-partial-release";

/// A private root with the members `a`, `b` and `c`, whose package.json end like this.
fn release(ends: [&str; 3]) -> Scene {
    let scene = Scene::new(r#"{"private":true,"workspaces":["packages/*"]}"#).args(&["--workspaces"]);
    ["a", "b", "c"].into_iter().zip(ends).fold(scene, |scene, (name, end)| {
        scene.file(&format!("packages/{name}/package.json"), &format!(r#"{{"name":"{name}","version":"1.0.0"{end}}}"#))
    })
}

fn found(scene: &Scene) -> Vec<Diagnostic> {
    let report = lint(&scene.plans(), &Facts::default(), &Options::default());
    let all = report.found.into_iter().map(|found| found.diagnostic);
    all.filter(|diagnostic| diagnostic.rule.id == ID).collect()
}

const REFUSED: &str = r#","publishConfig":{"tag":"1.x"}"#;

#[test]
fn the_failing_package_and_those_published_before_it_are_named() {
    let found = found(&release(["", REFUSED, ""]));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].severity, Severity::Warning);
    assert!(found[0].message.contains("fail at `b`, after publishing 1 of 3"), "{}", found[0].message);
    assert!(found[0].why.ends_with("after publishing `a`, but not `c`"), "{}", found[0].why);
    assert!(found[0].notes.is_empty());
}

#[test]
fn a_staged_release_is_told_in_its_own_words() {
    let found = found(&release(["", REFUSED, ""]).stage());
    assert!(found[0].message.starts_with("`npm stage publish` would fail at `b`, after staging 1"), "{found:?}");
    assert!(found[0].help.starts_with("fix `b` before you stage; "), "{}", found[0].help);
}

#[test]
fn a_package_published_before_its_dependency_is_named() {
    let found = found(&release([r#","dependencies":{"c":"^1.0.0"}"#, REFUSED, ""]));
    assert!(found[0].notes[0].starts_with("`a` would be published before `c`"), "{found:#?}");
}

#[test]
fn a_run_that_fails_at_once_or_not_at_all_is_not_partial() {
    for ends in [["", "", ""], [REFUSED, "", ""], ["", r#","private":true"#, ""], [r#","private":true"#, REFUSED, ""]] {
        assert!(found(&release(ends)).is_empty(), "{ends:?}");
    }
    // npm publishes it all the same.
    assert!(found(&release(["", r#","dependencies":{"x":"workspace:*"}"#, ""])).is_empty());
    assert!(found(&release(["", REFUSED, ""]).client(Manager::Pnpm)).is_empty(), "it has an order of its own");
}

#[test]
fn a_package_published_before_its_dependency_is_an_info() {
    let late = found(&release([r#","dependencies":{"c":"^1.0.0"}"#, "", ""]));
    assert_eq!((late.len(), late[0].severity), (1, Severity::Info), "{late:#?}");
    assert!(late[0].message.starts_with("`a` would be published before `c`"), "{}", late[0].message);
    for healthy in [["", "", r#","dependencies":{"a":"^1.0.0"}"#], [r#","devDependencies":{"c":"^1.0.0"}"#, "", ""]] {
        assert!(found(&release(healthy)).is_empty(), "{healthy:?}");
    }
}

#[test]
fn unchanged_packages_are_not_part_of_the_run() {
    let mut plans = release(["", REFUSED, ""]).plans();
    plans[0].selection.unchanged_since = Some("main".to_owned());
    let report = lint(&plans, &Facts::default(), &Options::default());
    assert_eq!(report.verdicts[0], Verdict::Skipped);
    assert!(report.undecided.iter().all(|undecided| undecided.package != 0));
    assert!(!report.found.iter().any(|found| found.diagnostic.rule.id == ID), "nothing is published before `b`");
}
