//! Which pushes are checked, and how.

use super::Repository;
use crate::harness::npm_is_here;

#[test]
fn a_new_version_is_checked_and_other_commits_pass_at_once() {
    let repository = Repository::new();
    repository.sandbox.file("project/readme.md", "text");
    repository.commit("text");
    repository.passes_at_once(&["origin", "main"]);
    repository.passes_at_once(&["origin", "main"]);
    repository.release("1.2.0");
    repository.passes(&["origin", "main"]);
    repository.release("1.0.0");
    let text = repository.is_stopped(&["origin", "main"], "version-published");
    assert!(text.contains("npm-preflight: push blocked; to bypass this check, use `git push --no-verify`"), "{text}");
}

#[test]
fn a_tag_is_checked_at_its_commit() {
    let repository = Repository::new();
    repository.release("1.2.0");
    repository.git("project", &["tag", "v1.2.0"]);
    repository.git("project", &["tag", "-m", "annotated", "left-lodge@1.2.0"]);
    repository.git("project", &["tag", "nightly"]);
    repository.git("project", &["tag", "other@1.3.0"]);
    // What is checked out, or lies about, is not what is pushed.
    repository.version("1.0.0");
    repository.passes_at_once(&["origin", "nightly", "other@1.3.0"]);
    repository.passes(&["origin", "v1.2.0"]);
    repository.passes(&["origin", "left-lodge@1.2.0"]);
    repository.commit("back");
    repository.git("project", &["tag", "v1.0.0"]);
    repository.is_stopped(&["origin", "v1.0.0"], "version-published");
}

#[test]
fn a_tag_for_another_version_blocks_the_push() {
    let repository = Repository::new();
    repository.release("1.2.0");
    for tag in ["v1.3.0", "left-lodge@1.3.0"] {
        repository.git("project", &["tag", tag]);
        repository.is_stopped(&["origin", tag], "tag-version-mismatch");
    }
    repository.git("project", &["push", "-q", "--no-verify", "origin", "v1.3.0"]);
    repository.passes_at_once(&["origin", ":v1.3.0"]);
}

#[test]
fn a_push_after_publishing_the_version_passes() {
    if !npm_is_here() {
        return;
    }
    let repository = Repository::new();
    repository.release("1.2.0");
    repository.git("project", &["tag", "v1.2.0"]);
    let published = repository.sandbox.npm_publish("project", &[]);
    assert_eq!(published.code, Some(0), "{}", published.npm_error());
    let pushed = repository.push(&["origin", "main", "v1.2.0"]);
    assert!(pushed.passed && pushed.text.contains("left-lodge 1.2.0: skipped (already published)"), "{}", pushed.text);
    // The same version from another commit.
    repository.sandbox.file("project/more.md", "text");
    repository.commit("more");
    repository.git("project", &["tag", "left-lodge@1.2.0"]);
    repository.is_stopped(&["origin", "left-lodge@1.2.0"], "version-published");
}

#[test]
fn follow_tags_pushes_are_checked_for_branch_and_tag() {
    let repository = Repository::new();
    repository.release("1.2.0");
    repository.git("project", &["tag", "-m", "wrong", "v1.2.1"]);
    repository.is_stopped(&["--follow-tags", "origin", "main"], "tag-version-mismatch");
}

#[test]
fn a_version_merged_from_elsewhere_is_not_checked() {
    let repository = Repository::new();
    repository.git("project", &["checkout", "-q", "-b", "feature"]);
    repository.sandbox.file("project/feature.md", "text");
    repository.commit("feature");
    repository.passes_at_once(&["origin", "feature"]);
    repository.git("project", &["checkout", "-q", "main"]);
    repository.release("1.0.0");
    repository.git("project", &["push", "-q", "--no-verify", "origin", "main"]);
    repository.git("project", &["checkout", "-q", "feature"]);
    repository.git("project", &["merge", "-q", "--no-edit", "main"]);
    repository.passes_at_once(&["origin", "feature"]);
}

#[test]
fn new_and_rewritten_branches_are_compared_with_the_remote() {
    let repository = Repository::new();
    repository.git("project", &["checkout", "-q", "-b", "release"]);
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "release"], "version-published");
    repository.git("project", &["push", "-q", "--no-verify", "origin", "release"]);
    repository.sandbox.file("project/more.md", "text");
    repository.git("project", &["add", "-A"]);
    repository.git("project", &["commit", "-q", "--amend", "-m", "rewritten"]);
    repository.passes_at_once(&["--force", "origin", "release"]);
    repository.git("project", &["reset", "-q", "--hard", "main"]);
    repository.passes_at_once(&["--force", "origin", "release"]);
    repository.passes_at_once(&["origin", ":release"]);
}

#[test]
fn the_first_push_of_a_repository_is_not_a_release() {
    let repository = Repository::new();
    repository.git("tmp", &["init", "-q", "--bare", "other.git"]);
    repository.git("project", &["remote", "add", "other", "../tmp/other.git"]);
    repository.passes_at_once(&["other", "main"]);
    repository.passes_at_once(&["../tmp/remote.git", "main:elsewhere"]);
}

#[test]
fn worktrees_subfolders_and_git_variables_do_not_mislead() {
    let mut repository = Repository::new();
    repository.git("project", &["worktree", "add", "-q", "-b", "side", "../home/tree"]);
    repository.sandbox.file("home/tree/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    repository.git("home/tree", &["commit", "-qam", "1.0.0"]);
    let pushed = repository.push_from("home/tree", &["origin", "side"]);
    assert!(!pushed.passed && pushed.text.contains("error[version-published]"), "{}", pushed.text);
    repository.sandbox.file("project/src/x.js", "");
    repository.release("1.0.0");
    let pushed = repository.push_from("project/src", &["origin", "main"]);
    assert!(!pushed.passed && pushed.text.contains("--> package.json:3"), "{}", pushed.text);
    for (name, path) in [("GIT_DIR", "project/.git"), ("GIT_WORK_TREE", "project")] {
        let path = repository.sandbox.path(path).display().to_string();
        repository.sandbox.env(name, &path);
    }
    let pushed = repository.push_from("home", &["origin", "main"]);
    assert!(!pushed.passed && pushed.text.contains("error[version-published]"), "{}", pushed.text);
}

#[test]
fn a_tracked_npmrc_is_read_from_the_commit_and_an_untracked_one_from_the_disk() {
    let repository = Repository::new();
    repository.sandbox.file("project/.npmrc", "dry-run=true\n");
    repository.sandbox.file("project/.gitignore", ".npmrc\n");
    repository.release("1.2.0");
    repository.is_stopped(&["origin", "main"], "publish-is-no-op");
    repository.git("project", &["add", "-f", ".npmrc"]);
    repository.commit("tracked");
    repository.sandbox.file("project/.npmrc", "\n");
    repository.is_stopped(&["origin", "main"], "publish-is-no-op");
    repository.commit("mended");
    repository.passes(&["origin", "main"]);
}

#[test]
fn workspace_members_are_checked_and_fixtures_are_not() {
    let repository = Repository::new();
    let member = |version: &str| format!(r#"{{"name":"@acme/core","version":"{version}"}}"#);
    let root = r#"{"private":true,"workspaces":["packages/*"]}"#;
    repository.sandbox.file("project/package.json", root);
    repository.sandbox.file("project/packages/a/package.json", &member("1.0.0"));
    repository.sandbox.file("project/packages/a/test/package.json", r#"{"name":"left-lodge","version":"0.1.0"}"#);
    repository.commit("workspace");
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/packages/a/test/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    repository.commit("fixture");
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/packages/a/package.json", &member("0.9"));
    repository.commit("member");
    let text = repository.is_stopped(&["origin", "main"], "version-invalid");
    assert!(text.contains("packages/a/package.json:1") && text.contains("@acme/core"), "{text}");
    repository.sandbox.file("project/packages/a/package.json", &member("1.2.0"));
    repository.commit("member");
    repository.git("project", &["tag", "@acme/core@1.3.0"]);
    repository.is_stopped(&["origin", "@acme/core@1.3.0"], "tag-version-mismatch");
}

#[test]
fn without_network_or_credential_the_push_passes_with_a_note() {
    let repository = Repository::new();
    let rc = |text: &str| repository.sandbox.file("home/.npmrc", text);
    rc("registry=http://127.0.0.1:1/\n//127.0.0.1:1/:_authToken=<token:alice-bypass>\nfetch-retries=0\n");
    repository.release("1.2.0");
    let pushed = repository.push(&["origin", "main"]);
    assert!(pushed.passed && pushed.text.contains("registry-unreachable"), "{}", pushed.text);
    rc("registry=<registry>/\n");
    repository.release("1.3.0");
    let pushed = repository.push(&["origin", "main"]);
    assert!(
        pushed.passed && !pushed.text.contains("error[") && !pushed.text.contains("switched off"),
        "{}",
        pushed.text
    );
    let hook = "#!/bin/sh\nexec npm-preflight hook run --strict -- \"$@\"\n";
    repository.sandbox.file("project/.git/hooks/pre-push", hook);
    repository.release("1.3.1");
    let pushed = repository.push(&["origin", "main"]);
    assert!(pushed.passed && pushed.text.contains("left-lodge 1.3.1: ready"), "{}", pushed.text);
    repository.sandbox.file("project/.git/hooks/pre-push", &hook.replace(" --strict", ""));
    rc("registry=<registry>/\n<nerf>:_authToken=<token:nobody>\n");
    repository.release("1.4.0");
    let pushed = repository.push(&["origin", "main"]);
    let verdict = "left-lodge 1.4.0: ready, if the release job may publish it";
    assert!(pushed.passed && pushed.text.contains(verdict), "{}", pushed.text);
    assert!(!pushed.text.contains("credential-rejected"), "{}", pushed.text);
}

#[test]
fn a_git_failure_blocks_no_push_and_is_reported() {
    let repository = Repository::new();
    for (strict, code) in [(&[][..], Some(0)), (&["--strict"][..], Some(2))] {
        let outcome = repository.sandbox.preflight("cache", &[&["hook", "run"][..], strict].concat());
        assert_eq!(outcome.code, code);
        assert!(outcome.stderr.contains("not a git repository"), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.contains("skipped the pre-push check"), strict.is_empty());
    }
    // A push to a URL hands that on as the name of the remote.
    let tip = "PRE_COMMIT_TO_REF";
    let mut repository = Repository::new();
    repository.sandbox.env(tip, "no-such-commit");
    let url = "https://bot:hunter2hunter2@git.example/x";
    let outcome = repository.sandbox.preflight("project", &["hook", "run", "--", url, url]);
    assert!(outcome.stderr.contains("skipped the pre-push check"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
}

#[test]
fn a_ref_that_is_not_unicode_blocks_no_push() {
    let repository = Repository::new();
    let (lines, tip) = (repository.sandbox.path("lines"), repository.git("project", &["rev-parse", "HEAD"]));
    let line = |name: &[u8]| [name, b" ", tip.as_bytes(), b" ", name, b" ", "0".repeat(40).as_bytes(), b"\n"].concat();
    std::fs::write(&lines, line(b"refs/tags/\xff")).expect("the file can be written");
    let mut command = repository.sandbox.command(env!("CARGO_BIN_EXE_npm-preflight"), "project", &["hook", "run"]);
    let output = command.stdin(std::fs::File::open(&lines).expect("it is there")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_hook_can_be_disabled() {
    let mut repository = Repository::new();
    repository.release("1.0.0");
    repository.sandbox.env("NPM_PREFLIGHT", "0");
    repository.passes_at_once(&["origin", "main"]);
}

#[test]
fn hook_runners_that_pass_no_input_are_supported() {
    let mut repository = Repository::new();
    let run = |repository: &Repository| {
        let outcome = repository.sandbox.preflight("project", &["hook", "run", "--", "origin", "url"]);
        (outcome.code, outcome.stdout)
    };
    assert_eq!(run(&repository), (Some(0), String::new()), "the remote has everything");
    let before = repository.git("project", &["rev-parse", "HEAD"]);
    repository.release("1.0.0");
    assert_eq!(run(&repository).0, Some(1), "lefthook's default");
    let tip = repository.git("project", &["rev-parse", "HEAD"]);
    repository.git("project", &["push", "-q", "--no-verify", "origin", "HEAD:elsewhere"]);
    assert_eq!(run(&repository), (Some(0), String::new()), "a branch of the remote has it");
    repository.release("1.3.0");
    repository.git("project", &["tag", "v1.3.1"]);
    repository.git("project", &["tag", "nightly"]);
    repository.git("project", &["config", "column.ui", "always"]);
    let new = repository.git("project", &["rev-parse", "HEAD"]);
    for (name, value) in [("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", &*tip), ("PRE_COMMIT_TO_REF", &*new)] {
        repository.sandbox.env(name, value);
    }
    let (code, text) = run(&repository);
    assert!(code == Some(1) && text.contains("error[tag-version-mismatch]"), "pre-commit: {text}");
    repository.sandbox.env("PRE_COMMIT_TO_REF", &before);
    assert_eq!(run(&repository), (Some(0), String::new()));
}
