//! Pushes that cannot be fully understood: unreadable files, tags that name nothing here, flags that nobody gave yet.

use std::path::Path;

use super::Repository;

#[test]
fn a_tag_on_an_unpublishable_package_json_blocks_the_push() {
    let repository = Repository::new();
    for (text, tag, rule) in [
        ("{\"name\":\"left-lodge\",\"version\":\"2.2.0\",}", "v2.2.0", "manifest-invalid"),
        ("{\"name\":\"left-lodge\",\"version\":\"2.2.0\",}", "left-lodge@2.2.0", "manifest-invalid"),
        ("<<<<<<< HEAD\n{}\n", "v2.2.1", "manifest-invalid"),
        ("{\"name\":\"left-lodge\"}", "v2.2.2", "version-invalid"),
        ("{\"name\":\"left-lodge\"}", "left-lodge-v2.2.2", "version-invalid"),
    ] {
        repository.sandbox.file("project/package.json", text);
        repository.commit("broken");
        repository.git("project", &["tag", tag]);
        repository.is_stopped(&["origin", tag], rule);
    }
    let tag = "other@2.2.0";
    repository.sandbox.file("project/package.json", "{\"name\":\"left-lodge\",}");
    repository.commit("broken");
    repository.git("project", &["tag", tag]);
    let commit = repository.git("project", &["rev-parse", "--short=7", "HEAD"]);
    repository.passes_with(
        &["origin", tag],
        &format!("npm-preflight: could not check the tag {tag}: package.json at {commit} is not valid JSON"),
    );
    repository.git("project", &["rm", "-q", "package.json"]);
    repository.commit("gone");
    repository.git("project", &["tag", "v2.2.3"]);
    repository.passes_with(&["origin", "v2.2.3"], "could not check the tag v2.2.3: there is no package.json at ");
}

#[test]
fn commits_that_break_and_repair_a_package_json_are_mentioned() {
    let repository = Repository::new();
    repository.sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"1.1.0\",}");
    repository.commit("broken");
    let note = "could not check the new commits: package.json at ";
    repository.passes_with(&["origin", "main"], note);
    let strict = repository.git("project", &["rev-parse", "HEAD"]);
    let lines = |old: &str| format!("refs/heads/main {strict} refs/heads/main {old}\n");
    repository.sandbox.file("tmp/lines", &lines(&repository.git("project", &["rev-parse", "HEAD~1"])));
    repository.git("project", &["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    let run = "npm-preflight hook run --strict origin < ../tmp/lines";
    let outcome = repository.sandbox.run(Path::new("sh"), "project", &["-c", run]);
    assert!(outcome.code == Some(3) && outcome.stderr.contains(note), "{}", outcome.stderr);
    repository.git("project", &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    // Mended without another version, it releases nothing.
    repository.release("1.1.0");
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/package.json", "{");
    repository.commit("broken again");
    repository.git("project", &["push", "-q", "--no-verify", "origin", "main"]);
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "main"], "version-published");
}

#[test]
fn packages_without_a_root_are_found_and_shown_from_the_repository_root() {
    let repository = Repository::new();
    repository.git("project", &["rm", "-q", "package.json"]);
    let package = |name: &str| format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\"\n}}\n");
    repository.sandbox.file("project/js/pkg/package.json", &package("left-lodge"));
    repository.sandbox.file("project/other/package.json", &package("@acme/cli"));
    repository.commit("two packages");
    for (tag, rule, file) in [
        ("left-lodge-v1.0.0", "version-published", "js/pkg/package.json"),
        ("left-lodge@2.1.0", "tag-version-mismatch", "js/pkg/package.json"),
        ("pkg@1.0.0", "version-published", "js/pkg/package.json"),
        ("@acme/cli-v1.6.0", "tag-version-mismatch", "other/package.json"),
    ] {
        repository.git("project", &["tag", tag]);
        let text = repository.is_stopped(&["origin", tag], rule);
        assert!(text.contains(&format!("--> {file}:3:14")), "{tag}: {text}");
    }
    for (tag, why) in [
        ("v2.1.0", "no package at "),
        ("lodge@2.1.0", "no package at "),
        ("pkg-v2.1.0", "`pkg` may refer to left-lodge, which has version 1.0.0 at "),
        ("cli-v1.6.0", "`cli` may refer to @acme/cli, which has version 1.0.0 at "),
        ("other@1.6.0", "`other` may refer to @acme/cli, which has version 1.0.0 at "),
    ] {
        repository.git("project", &["tag", tag]);
        repository.passes_with(&["origin", tag], &format!("could not check the tag {tag}: {why}"));
    }
    for tag in ["pkg-v2", "nightly", "pkg@next"] {
        repository.git("project", &["tag", tag]);
        let pushed = repository.push(&["origin", tag]);
        assert!(pushed.passed && !pushed.text.contains("npm-preflight"), "{tag}: {}", pushed.text);
    }
}

#[test]
fn a_package_inside_a_private_one_is_checked_by_its_own_version() {
    let repository = Repository::new();
    let sdk = |version: &str| format!("{{\n  \"name\": \"left-lodge\",\n  \"version\": \"{version}\"\n}}\n");
    repository.sandbox.file("project/package.json", r#"{"name":"app","private":true}"#);
    repository.sandbox.file("project/sdk/package.json", &sdk("0.9.0"));
    repository.sandbox.file("project/sdk/test/package.json", r#"{"name":"fixture","version":"0.9"}"#);
    repository.commit("an app with an SDK");
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/sdk/test/package.json", r#"{"name":"fixture","version":"1"}"#);
    repository.commit("a fixture");
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/sdk/package.json", &sdk("1.0.0"));
    repository.commit("a published version");
    let text = repository.is_stopped(&["origin", "main"], "version-published");
    assert!(text.contains("--> sdk/package.json:3:14"), "{text}");
    repository.git("project", &["tag", "v1.0.0"]);
    repository.passes_with(&["origin", "v1.0.0"], "could not check the tag v1.0.0: sdk/package.json at ");
    repository.git("project", &["tag", "v3.0.0"]);
    repository.passes_at_once(&["origin", "v3.0.0"]);
}

#[test]
fn a_broken_workspace_member_does_not_hide_the_others() {
    let repository = Repository::new();
    repository.sandbox.file("project/package.json", r#"{"private":true,"workspaces":["packages/*"]}"#);
    repository.sandbox.file("project/packages/a/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    repository.sandbox.file("project/packages/b/package.json", r#"{"name":"b","version":"1.0.0",}"#);
    repository.commit("workspace");
    repository.git("project", &["tag", "v1.0.0"]);
    let text = repository.is_stopped(&["origin", "v1.0.0"], "version-published");
    assert!(text.contains("could not check the tag v1.0.0: packages/b/package.json at "), "{text}");
    repository.git("project", &["tag", "b@1.0.0"]);
    let text = repository.is_stopped(&["origin", "b@1.0.0"], "manifest-invalid");
    assert!(text.contains("packages/b/package.json:1"), "{text}");
}

#[test]
fn a_problem_that_a_publish_flag_may_solve_blocks_no_push() {
    let repository = Repository::new();
    let warns = |version: &str, rule: &str| {
        repository.release(version);
        let pushed = repository.push(&["origin", "main"]);
        let found = pushed.text.contains(&format!("warning[{rule}]"));
        assert!(
            pushed.passed && found && pushed.text.contains("because the job that publishes may pass"),
            "{}",
            pushed.text
        );
    };
    warns("2.0.0-rc.1", "prerelease-without-tag");
    warns("1.0.5", "latest-moves-back");
    let hook = "npm-preflight hook run --tag next";
    let hook = format!("#!/bin/sh\nexec {hook} -- \"$@\"\n");
    repository.sandbox.file("project/.git/hooks/pre-push", &hook);
    repository.release("2.0.0-rc.2");
    let pushed = repository.push(&["origin", "main"]);
    assert!(pushed.passed && !pushed.text.contains("prerelease-without-tag"), "{}", pushed.text);
    assert!(pushed.text.contains(", tag next, "), "{}", pushed.text);
    repository.sandbox.file("project/npm-preflight.toml", "[rules]\nprerelease-without-tag = \"deny\"\n");
    repository.sandbox.file("project/.git/hooks/pre-push", &hook.replace(" --tag next", ""));
    repository.release("2.0.0-rc.3");
    repository.is_stopped(&["origin", "main"], "prerelease-without-tag");
}

#[test]
fn a_missing_access_that_ci_may_set_blocks_no_push() {
    let mut repository = Repository::new();
    repository.sandbox.env("NPM_PREFLIGHT_NPMJS_REGISTRY", "<registry>/");
    let manifest = r#"{"name":"@alice/widget","version":"1.0.0","publishConfig":{"Access":"public"}}"#;
    repository.sandbox.file("project/package.json", manifest);
    repository.commit("widget");
    repository.git("project", &["tag", "v1.0.0"]);
    let pushed = repository.push(&["origin", "v1.0.0"]);
    assert!(pushed.passed && pushed.text.contains("warning[access-missing]"), "{}", pushed.text);
    assert!(pushed.text.contains("because the job that publishes may pass `--access`"), "{}", pushed.text);
    let hook = "#!/bin/sh\nexec npm-preflight hook run --access public -- \"$@\"\n";
    repository.sandbox.file("project/.git/hooks/pre-push", hook);
    repository.git("project", &["tag", "1.0.0"]);
    let pushed = repository.push(&["origin", "1.0.0"]);
    assert!(pushed.passed && !pushed.text.contains("[access-missing]"), "{}", pushed.text);
    assert!(pushed.text.contains("access public"), "{}", pushed.text);
}

#[test]
fn a_published_version_of_unknown_origin_is_a_warning_that_says_so() {
    let repository = Repository::with_head(None);
    repository.release("1.0.0");
    let pushed = repository.push(&["origin", "main"]);
    let note = "does not say from which commit it was published";
    assert!(pushed.passed && pushed.text.contains("warning[version-published]"), "{}", pushed.text);
    assert!(pushed.text.contains(note), "{}", pushed.text);
}
