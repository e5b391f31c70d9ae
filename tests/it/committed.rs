//! A token in an .npmrc that git tracks, seen in real repositories.

use std::path::Path;
use std::process::Command;

use crate::harness::Sandbox;

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .expect("git is on PATH");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A package with a token in its .npmrc, in a repository.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    sandbox.file("project/.npmrc", "//registry.example.com/:_authToken=<token:alice>\n");
    git(&sandbox.path("project"), &["init", "-q"]);
    git(&sandbox.path("project"), &["add", "package.json"]);
    sandbox
}

/// How many tracked tokens a run finds, and that it shows none of them.
fn found(sandbox: &Sandbox, folder: &str) -> usize {
    let args = ["lint", "--offline", "--format", "json", "--only", "credential-committed"];
    let outcome = sandbox.preflight(folder, &args);
    let json = outcome.json().unwrap();
    assert!(!outcome.stdout.contains(&sandbox.fill("<token:alice>")), "{}", outcome.stdout);
    let undecided = json["undecided"].as_array().unwrap().iter().any(|row| row["rule"] == "credential-committed");
    assert!(!undecided, "{json:#}");
    let diagnostics = json["diagnostics"].as_array().unwrap();
    assert_eq!(outcome.code, Some(i32::from(!diagnostics.is_empty())));
    diagnostics.len()
}

#[test]
fn only_a_tracked_token_is_reported() {
    let sandbox = repository();
    assert_eq!(found(&sandbox, "project"), 0, "untracked");
    git(&sandbox.path("project"), &["add", ".npmrc"]);
    assert_eq!(found(&sandbox, "project"), 1, "in the index");
    git(&sandbox.path("project"), &["commit", "-qm", "all"]);
    git(&sandbox.path("project"), &["rm", "-q", "--cached", ".npmrc"]);
    assert_eq!(found(&sandbox, "project"), 0, "taken out");
}

#[test]
fn worktrees_and_hook_variables_do_not_mislead_git() {
    let mut sandbox = repository();
    git(&sandbox.path("project"), &["add", ".npmrc"]);
    git(&sandbox.path("project"), &["commit", "-qm", "all"]);
    git(&sandbox.path("project"), &["worktree", "add", "-q", "../home/tree"]);
    assert_eq!(found(&sandbox, "home/tree"), 1, "a worktree, whose `.git` is a file");
    git(&sandbox.path("tmp"), &["init", "-q"]);
    let other = sandbox.path("tmp/.git").display().to_string();
    sandbox.env("GIT_DIR", &other);
    assert_eq!(found(&sandbox, "project"), 1, "GIT_DIR names another repository");
}
