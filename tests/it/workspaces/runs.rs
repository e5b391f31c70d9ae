//! The executable in projects with workspaces: pnpm's, private roots, and only what changed.

use serde_json::Value as Json;

use crate::harness::{Outcome, Sandbox, severities_of};

/// A private root with the members `a` and `b`, and a private one.
fn project(workspaces: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", &format!(r#"{{"name":"root","private":true{workspaces}}}"#));
    sandbox.file(
        "project/packages/a/package.json",
        r#"{"name":"a","version":"1.0.0","dependencies":{"b":"workspace:*"}}"#,
    );
    sandbox.file("project/packages/b/package.json", r#"{"name":"b","version":"1.0.0"}"#);
    sandbox.file("project/packages/p/package.json", r#"{"name":"p","version":"1.0.0","private":true}"#);
    sandbox
}

const NPM: &str = r#","workspaces":["packages/*"]"#;

fn lint(sandbox: &Sandbox, args: &[&str]) -> (Outcome, Json) {
    let args: Vec<&str> =
        ["lint", "--offline", "--format", "json", "-A", "credential-missing"].iter().chain(args).copied().collect();
    let outcome = sandbox.preflight("project", &args);
    let report = serde_json::from_str(&outcome.stdout).unwrap_or_default();
    (outcome, report)
}

/// Name and verdict of every package.
pub(super) fn verdicts(report: &Json) -> Vec<String> {
    let packages = report["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    packages
        .iter()
        .map(|one| format!("{} {}", one["name"].as_str().unwrap_or("?"), one["verdict"].as_str().unwrap()))
        .collect()
}

#[test]
fn at_a_private_root_the_publishable_members_are_checked_too() {
    let sandbox = project(NPM);
    let (outcome, report) = lint(&sandbox, &[]);
    assert_eq!(outcome.code, Some(1), "`npm publish` there refuses the root");
    assert_eq!(verdicts(&report), ["root blocked", "a blocked", "b undecided"]);
    assert_eq!(severities_of(&report, "private-package"), ["error"]);
    let (_, report) = lint(&sandbox, &["--workspaces"]);
    assert_eq!(verdicts(&report), ["a blocked", "b undecided", "p skipped"]);
}

#[test]
fn at_a_public_root_a_note_says_the_workspaces_are_not_checked() {
    let sandbox = project(NPM);
    let root = |more: &str| {
        let text = format!(r#"{{"name":"root","version":"1.0.0","files":["lib"]{more}}}"#);
        sandbox.file("project/package.json", &text);
    };
    let says = |args: &[&str]| lint(&sandbox, args).0.stderr.contains("the 3 workspaces here are not checked");
    root(NPM);
    assert!(says(&[]));
    for args in [&["--workspaces"][..], &["--no-workspaces"], &["-w", "b"], &["./packages/b"], &["--quiet"]] {
        assert!(!says(args), "{args:?}");
    }
    root("");
    assert!(!says(&[]));
    sandbox.file("project/lerna.json", "{}");
    assert!(!says(&[]), "`--workspaces` selects none of Lerna's");
    sandbox.file("project/pnpm-workspace.yaml", "packages: [packages/*]\n");
    assert!(says(&[]));
    assert!(!says(&["--client", "npm"]), "npm does not read pnpm's list");
}

#[test]
fn pnpm_workspace_members_are_selected_in_pnpms_order() {
    let sandbox = project("");
    sandbox.file("project/pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    let (_, report) = lint(&sandbox, &["--workspaces"]);
    assert_eq!(verdicts(&report), ["root skipped", "b undecided", "a undecided", "p skipped"]);
    assert_eq!(severities_of(&report, "dependency-unpublishable"), ["warning"], "nothing says who publishes");
    let (outcome, report) = lint(&sandbox, &["--client", "pnpm", "-w", "a"]);
    assert_eq!((outcome.code, verdicts(&report)), (Some(0), vec!["a undecided".to_owned()]));
    assert_eq!(severities_of(&report, "dependency-unpublishable"), [""; 0], "pnpm replaces it");
    let (outcome, report) = lint(&sandbox, &["--client", "npm", "--workspaces"]);
    assert_eq!((outcome.code, severities_of(&report, "workspace-invalid")), (Some(1), vec!["error".to_owned()]));
    sandbox.file("project/pnpm-workspace.yaml", "packages: {\n");
    let (_, report) = lint(&sandbox, &["--workspaces"]);
    assert_eq!(severities_of(&report, "workspace-invalid"), ["error"]);
}

#[test]
fn private_members_that_a_client_or_tool_skips_are_not_checked() {
    let sandbox = project(NPM);
    sandbox.file("project/packages/a/package.json", r#"{"name":"a","version":"1.0.0"}"#);
    for private in [
        r#""version":"2.0.0-rc.1""#,
        r#""versions":1"#,
        r#""version":"1.0.0","dependencies":{"x":"1"},"overrides":{"x":"2"}"#,
    ] {
        sandbox.file("project/packages/p/package.json", &format!(r#"{{"name":"p","private":true,{private}}}"#));
        let (outcome, report) = lint(&sandbox, &["--workspaces", "--client=npm"]);
        assert_eq!(verdicts(&report), ["a undecided", "b undecided", "p blocked"], "npm stops at it: {private}");
        assert_eq!(outcome.code, Some(1));
        let text = sandbox.preflight("project", &["lint", "--offline", "-w", "p"]).stdout;
        assert!(text.contains('p') && !text.contains("would go to"), "{text}");
        for how in ["--skip-published", "--client=yarn", "--client=pnpm", "--client=bun"] {
            let (outcome, report) = lint(&sandbox, &["--workspaces", how]);
            assert_eq!(verdicts(&report), ["a undecided", "b undecided", "p skipped"], "{how}: {report:#}");
            assert_eq!(outcome.code, Some(0), "{how}");
        }
    }
}

/// Runs git in the project.
pub(super) fn git(sandbox: &Sandbox, args: &[&str]) {
    let identity = ["-c", "user.name=alice", "-c", "user.email=alice@example.com", "-C"];
    let output = std::process::Command::new("git")
        .args(identity)
        .arg(sandbox.path("project"))
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", sandbox.path("home"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn packages_without_a_change_since_a_commit_are_skipped() {
    let sandbox = project(NPM);
    let git = |args: &[&str]| git(&sandbox, args);
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["switch", "-q", "-c", "work"]);
    let since = |reference: &str| lint(&sandbox, &["--workspaces", "--since", reference]);
    assert_eq!(verdicts(&since("main").1), ["a skipped", "b skipped", "p skipped"]);
    sandbox.file("project/packages/b/new.js", "");
    assert_eq!(verdicts(&since("main").1), ["a skipped", "b undecided", "p skipped"], "a new file is a change");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "second"]);
    assert_eq!(verdicts(&since("main").1), ["a skipped", "b undecided", "p skipped"]);
    // What others did since is no change of this branch.
    git(&["switch", "-q", "main"]);
    sandbox.file("project/packages/a/theirs.js", "");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "third"]);
    git(&["switch", "-q", "work"]);
    assert_eq!(verdicts(&since("main").1), ["a skipped", "b undecided", "p skipped"]);
    let text = sandbox.preflight("project", &["lint", "--offline", "--workspaces", "--since", "main"]).stdout;
    assert!(text.contains("a 1.0.0: skipped (unchanged since main)"), "{text}");
    for reference in ["nowhere", "--output=x"] {
        let (outcome, _) = lint(&sandbox, &["--workspaces", &format!("--since={reference}")]);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
        assert!(outcome.stderr.contains("does not name a commit in this repository"), "{}", outcome.stderr);
    }
}
