//! What a report holds, whatever its rules are: who would publish, what is left out, what is said once.

use super::*;
use crate::commands::testing::Scene;
use crate::facts::{Fact, Packument, Published, Seen};
use crate::rules::diagnostic::Fix;
use crate::rules::levels::Level;

fn packument(version: &str) -> Packument {
    let versions = [(version.to_owned(), Published::default())].into_iter();
    let versions: std::collections::BTreeMap<_, _> = versions.collect();
    Packument { versions: versions.into(), ..Packument::default() }
}

#[test]
fn an_unknown_user_is_undecided_unless_an_error_explains_it() {
    let plans = Scene::version("1.1.0").logged_out().plans();
    let mut facts = Facts::default();
    let mut open = |level| {
        let mut levels = Levels::default();
        levels.set("credential-missing", level).unwrap();
        let options = Options { levels, ..Options::default() };
        let mut linter = Linter::new(&plans, &options);
        for question in linter.report(&facts).wanted {
            facts.learn(question, Ok(Fact::Packument(Seen::Here(packument("1.0.0")))));
        }
        let report = linter.report(&facts);
        let open: Vec<_> = report.undecided.iter().map(|open| open.rule.id).collect();
        (report.verdicts[0], open.contains(&"name-taken"))
    };
    assert_eq!(open(Level::Deny), (Verdict::Blocked, false));
    assert_eq!(open(Level::Warn), (Verdict::Undecided, true));
    assert_eq!(open(Level::Allow), (Verdict::Undecided, true));
}

#[test]
fn a_private_package_gets_no_other_findings_and_no_requests() {
    let manifest = r#"{"name":"lodges","private":true,"dependencies":{"x":"file:../x"}}"#;
    let report = |options: &Options| lint(&Scene::new(manifest).plans(), &Facts::default(), options);
    let rules = |report: &Report| report.found.iter().map(|found| found.diagnostic.rule.id).collect::<Vec<_>>();
    let alone = report(&Options::default());
    assert_eq!((rules(&alone), alone.wanted.len()), (vec!["private-package"], 0));
    let mut options = Options::default();
    options.levels.set("private-package", Level::Allow).unwrap();
    let all = report(&options);
    assert!(rules(&all).contains(&"version-invalid") && rules(&all).contains(&"dependency-unpublishable"));
    assert!(!all.wanted.is_empty(), "who says that it may be private wants to know the rest");
}

#[test]
fn repeated_runs_give_the_same_report() {
    let plans = Scene::new(r#"{"name":"left-lodge","version":"1.1","publishConfig":{"acces":"public"}}"#).plans();
    let options = Options::default();
    let mut linter = Linter::new(&plans, &options);
    let mut facts = Facts::default();
    let before = linter.report(&facts);
    for question in before.wanted.clone() {
        facts.learn(question, Ok(Fact::Packument(Seen::Here(packument("1.1.0")))));
    }
    let (again, afresh) = (linter.report(&facts), lint(&plans, &facts, &options));
    assert_eq!(format!("{again:?}"), format!("{afresh:?}"));
    assert_ne!(format!("{again:?}"), format!("{before:?}"));
}

#[test]
fn suggested_commands_apply_to_the_reported_package() {
    let command = |plan: &PublishPlan, command: &str| {
        let diagnostic = Diagnostic::new(&private_package::RULE, "what", "why", "help");
        let fix = aimed(diagnostic.fix(Fix::command("mend it", command)), plan).fix;
        fix.and_then(|fix| fix.command)
    };
    let here = &Scene::version("1.0.0").plans()[0];
    assert_eq!(command(here, "npm version patch").as_deref(), Some("npm version patch"));
    let root = r#"{"name":"root","version":"1.0.0","private":true,"workspaces":["packages/*"]}"#;
    let member = r#"{"name":"@acme/a","version":"1.0.0"}"#;
    let scene = Scene::new(root).file("/project/packages/a/package.json", member).args(&["--workspaces"]);
    let member = &scene.plans()[0];
    assert_eq!(command(member, "npm version patch").as_deref(), Some("npm version patch --workspace=@acme/a"));
    assert_eq!(
        command(member, "npm pkg delete x --workspace=@acme/a").as_deref(),
        Some("npm pkg delete x --workspace=@acme/a")
    );
    assert_eq!(command(member, "npm login").as_deref(), Some("npm login"));
    let folder =
        Scene::new(root).file("/project/dist/package.json", r#"{"name":"b","version":"1.0.0"}"#).args(&["./dist"]);
    assert_eq!(command(&folder.plans()[0], "npm version patch"), None);
}

#[test]
fn the_cause_of_other_failures_is_reported_first() {
    let scene = Scene::new(r#"{"name":"@acme/a","version":"1.0.0","publishConfig":{"registry":"https://one.test/"}}"#)
        .user_npmrc("@acme:registry=https://two.test/\n");
    let plans = scene.plans();
    let report = lint(&plans, &Facts::default(), &Options::default());
    let rules: Vec<_> = report.found.iter().map(|found| found.diagnostic.rule.id).collect();
    assert_eq!(rules, ["registry-mismatch", "credential-missing"]);
}

#[test]
fn the_most_severe_of_many_diagnostics_are_listed_and_the_rest_counted() {
    let found = |severity| Diagnostic::new(&private_package::RULE, "what", "why", "help").severity(severity);
    let mut all = vec![found(Severity::Warning); 5];
    all.push(found(Severity::Error));
    let (listed, more) = at_most(6, all.clone());
    assert!(listed.len() == 6 && more == 0 && listed.iter().all(|one| one.notes.is_empty()));
    let (listed, more) = at_most(2, all);
    assert_eq!(listed.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Error, Severity::Warning]);
    assert_eq!((&*listed[0].notes, more), (&["4 more findings of `private-package` are not listed".to_owned()][..], 4));
}

#[test]
fn a_warning_may_leave_its_check_undecided() {
    let older = crate::npm::release::NpmRelease::OLDER;
    let plans = Scene::version("1.0.0").npm(older).args(&["https://host.example/otter.tgz"]).plans();
    let report = lint(&plans, &Facts::default(), &Options::default());
    let found: Vec<_> =
        report.found.iter().map(|found| (found.diagnostic.rule.id, found.diagnostic.severity)).collect();
    assert_eq!(found, [("publish-target", Severity::Warning)]);
    let open: Vec<_> = report.undecided.iter().map(|open| open.rule.id).collect();
    assert_eq!((open, report.verdicts[0]), (vec!["publish-target"], Verdict::Undecided));
}
