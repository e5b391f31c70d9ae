//! `lint --since` in real repositories: what counts as changed, whatever git is configured to print.

use crate::harness::Sandbox;

fn git(sandbox: &Sandbox, folder: &str, args: &[&str]) {
    // What the test is about stops git itself in places.
    sandbox.git(folder, &[&["-c", "diff.orderFile=/dev/null"], args].concat());
}

/// Two members of a workspace below the root of a repository, at the tag `base`.
fn workspace() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.env("GIT_CONFIG_NOSYSTEM", "1");
    sandbox.file("home/.gitconfig", "[user]\nname = a\nemail = a@example.com\n[init]\ndefaultBranch = main\n");
    sandbox.file("project/js/package.json", r#"{"name":"r","private":true,"workspaces":["packages/*"]}"#);
    for name in ["a", "b"] {
        let text = format!(r#"{{"name":"@acme/{name}","version":"1.0.0"}}"#);
        sandbox.file(&format!("project/js/packages/{name}/package.json"), &text);
    }
    sandbox.file("project/js/packages/b/old.js", "a file that may be renamed\n");
    git(&sandbox, "project", &["init", "-q"]);
    git(&sandbox, "project", &["add", "-A"]);
    git(&sandbox, "project", &["commit", "-qm", "base"]);
    git(&sandbox, "project", &["tag", "base"]);
    sandbox
}

/// The packages that are checked, not skipped.
fn checked(sandbox: &Sandbox) -> String {
    let args = ["lint", "--offline", "--workspaces", "--since", "base"];
    let outcome = sandbox.preflight("project/js", &args);
    assert_ne!(outcome.code, Some(2), "{}", outcome.stderr);
    let lines = outcome.stdout.lines().filter(|line| line.starts_with("@acme/") && !line.contains("skipped"));
    lines.filter_map(|line| line.split(' ').next()).collect::<Vec<_>>().join(" ")
}

#[test]
fn no_git_configuration_hides_a_changed_package() {
    for (key, value) in [
        ("diff.relative", "true"),
        ("diff.noprefix", "true"),
        ("diff.orderFile", "no-such-file"),
        ("diff.renames", "copies"),
        ("diff.ignoreSubmodules", "all"),
        ("core.quotePath", "true"),
        ("status.relativePaths", "false"),
        ("status.showUntrackedFiles", "no"),
        ("color.ui", "always"),
        ("diff.external", "/nonexistent"),
    ] {
        let sandbox = workspace();
        git(&sandbox, "project", &["config", key, value]);
        assert_eq!(checked(&sandbox), "", "{key}");
        sandbox.file("project/js/packages/a/ü \"x\".js", "a new file\n");
        assert_eq!(checked(&sandbox), "@acme/a", "{key}: a new file");
        git(&sandbox, "project", &["add", "-A"]);
        git(&sandbox, "project", &["commit", "-qm", "a"]);
        assert_eq!(checked(&sandbox), "@acme/a", "{key}: a commit");
        git(&sandbox, "project/js/packages", &["mv", "b/old.js", "a/new.js"]);
        assert_eq!(checked(&sandbox), "@acme/a @acme/b", "{key}: a file that moved");
    }
}

#[test]
fn a_submodule_at_another_commit_is_a_change() {
    let sandbox = workspace();
    let commit = |message: &str| {
        git(&sandbox, "project/js/packages/b/sub", &["commit", "-q", "--allow-empty", "-m", message]);
    };
    git(&sandbox, "project/js/packages/b", &["init", "-q", "sub"]);
    commit("one");
    git(&sandbox, "project", &["-c", "advice.addEmbeddedRepo=false", "add", "-A"]);
    git(&sandbox, "project", &["commit", "-qm", "with a submodule"]);
    git(&sandbox, "project", &["tag", "-f", "base"]);
    assert_eq!(checked(&sandbox), "");
    git(&sandbox, "project", &["config", "diff.ignoreSubmodules", "all"]);
    commit("two");
    assert_eq!(checked(&sandbox), "@acme/b");
}
