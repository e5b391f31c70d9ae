//! Provenance against `repository`: what is the same, what is another one, and when npm adds it by itself.

use crate::commands::testing::Scene;

fn job(repository: &str) -> Scene {
    Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","repository":{repository}}}"#))
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", "alice/left-lodge")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://h/")
}

#[test]
fn every_form_that_npm_normalizes_is_the_same_repository() {
    for url in [
        "alice/left-lodge",
        "github:alice/left-lodge",
        "https://github.com/alice/left-lodge",
        "https://github.com/alice/left-lodge/",
        "git+https://github.com/alice/left-lodge.git",
    ] {
        job(&format!("\"{url}\"")).args(&["--provenance"]).finds("provenance-repository", 0);
        let object = format!(r#"{{"type":"git","url":"{url}","directory":"packages/x"}}"#);
        job(&object).args(&["--provenance"]).finds("provenance-repository", 0);
    }
}

#[test]
fn a_job_without_an_identity_token_gets_a_warning() {
    let pull_request = |repository: &str| {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","repository":"{repository}"}}"#))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REPOSITORY", "alice/left-lodge")
            .args(&["--provenance"])
    };
    let found = pull_request("alice/old-name").finds("provenance-repository", 1);
    assert_eq!(found[0].severity, crate::rules::diagnostic::Severity::Warning);
    pull_request("alice/left-lodge").finds("provenance-repository", 0);
    pull_request("alice/old-name").args(&["--no-provenance"]).finds("provenance-repository", 0);
}

#[test]
fn a_repository_that_is_not_public_is_an_error() {
    let job = |visibility: &str, args: &[&str]| {
        let event = format!(r#"{{"repository":{{"visibility":"{visibility}"}}}}"#);
        job(r#""alice/left-lodge""#).args(args).file("/event.json", &event).env("GITHUB_EVENT_PATH", "/event.json")
    };
    for visibility in ["private", "internal"] {
        let found = job(visibility, &["--provenance"]).finds("provenance-repository", 1);
        assert_eq!(found[0].npm_error, Some("E422"));
        job(visibility, &[]).finds("provenance-repository", 0);
    }
    job("public", &["--provenance"]).finds("provenance-repository", 0);
}

#[test]
fn a_job_that_names_no_repository_is_undecided() {
    let job = || job(r#""alice/left-lodge""#).args(&["--provenance"]);
    job().env("GITHUB_REPOSITORY", "").undecided("provenance-repository");
    job().env("GITHUB_SERVER_URL", "").undecided("provenance-repository");
    job().finds("provenance-repository", 0);
}

#[test]
fn another_repository_or_none_is_an_error() {
    for repository in [
        "null",
        "{}",
        r#""github:alice/old-name""#,
        r#""https://github.com/Alice/left-lodge""#,
        r#"{"url":"git+https://gitlab.com/alice/left-lodge.git"}"#,
    ] {
        let found = job(repository).args(&["--provenance"]).finds("provenance-repository", 1);
        assert_eq!(found[0].npm_error, Some("E422"));
    }
}

#[test]
fn another_form_that_npm_does_not_normalize_is_undecided() {
    for url in [
        "git@github.com:alice/left-lodge.git",
        "git://github.com/alice/left-lodge",
        "http://github.com/alice/left-lodge",
        "https://github.com/alice/left-lodge/tree/main",
        "https://alice:pw@github.com/alice/left-lodge",
    ] {
        job(&format!("\"{url}\"")).args(&["--provenance"]).undecided("provenance-repository");
    }
}

#[test]
fn a_password_in_the_url_is_not_shown() {
    let found = job(r#""https://alice:pw@github.com/alice/x""#).args(&["--provenance"]);
    let message = &found.finds("provenance-repository", 1)[0].message;
    assert!(!message.contains("pw"), "{message}");
}

#[test]
fn with_a_token_default_provenance_is_assumed_off() {
    let scene = || job(r#""alice/other""#).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t");
    let published = |scene: Scene| scene.packument(r#"{"versions":{"0.9.0":{}}}"#);
    assert_eq!(published(scene()).assumes("provenance-repository"), "npm does not add provenance to it");
    let evidence = published(scene()).undecided("provenance-repository").assumption.unwrap().evidence.unwrap();
    assert!(
        evidence.contains("E422 because") && evidence.contains(". Set `repository` to `git+https://"),
        "{evidence}"
    );
    scene().args(&["--no-provenance"]).finds("provenance-repository", 0);
    job(r#""alice/other""#).finds("provenance-repository", 0);
}

/// A job without a token, in a repository of this visibility.
fn trusted(repository: &str, visibility: &str) -> Scene {
    job(repository)
        .logged_out()
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")
        .env("GITHUB_EVENT_PATH", "/event.json")
        .file("/event.json", &format!(r#"{{"repository":{{"visibility":"{visibility}"}}}}"#))
}

#[test]
fn provenance_that_npm_adds_by_default_is_compared() {
    let published = |scene: Scene| scene.packument(r#"{"versions":{"0.9.0":{}}}"#);
    let found = published(trusted("null", "public")).finds("provenance-repository", 1);
    assert_eq!(found[0].npm_error, Some("E422"));
    published(trusted(r#""alice/left-lodge""#, "public")).finds("provenance-repository", 0);
    published(trusted("null", "private")).finds("provenance-repository", 0);
    published(trusted("null", "public")).args(&["--no-provenance"]).finds("provenance-repository", 0);
}

#[test]
fn another_token_or_an_unknown_repository_is_undecided() {
    let published = |scene: Scene| scene.packument(r#"{"versions":{"0.9.0":{}}}"#);
    let token = "//registry.npmjs.org/:_authToken=npm_secretsecretsecret\n";
    let missing = published(trusted("null", "public").user_npmrc(token)).undecided("provenance-repository");
    let evidence = missing.assumption.unwrap().evidence.unwrap();
    assert!(evidence.contains("package.json has no `repository`"), "{evidence}");
    trusted("null", "public").no_package().finds("provenance-repository", 0);
    published(job("null").logged_out().env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")).assumes("provenance-repository");
}

#[test]
fn a_self_hosted_runner_is_an_error() {
    let scene = job(r#""alice/left-lodge""#).env("RUNNER_ENVIRONMENT", "self-hosted");
    scene.args(&["--provenance"]).finds("provenance-repository", 1);
    let by_default = |visibility| {
        let scene = trusted(r#""alice/left-lodge""#, visibility).env("RUNNER_ENVIRONMENT", "self-hosted");
        scene.packument(r#"{"versions":{"0.9.0":{}}}"#)
    };
    by_default("public").finds("provenance-repository", 1);
    by_default("private").finds("provenance-repository", 0);
}

#[test]
fn the_fix_writes_the_jobs_repository_if_no_other_is_meant() {
    let mended = |package: &str| {
        let scene = Scene::new(package).env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "alice/left-lodge");
        let scene = scene.env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://h/").args(&["--provenance"]);
        let mended = scene.mended("provenance-repository");
        mended.finds("provenance-repository", 0);
        mended.text("package.json").to_owned()
    };
    let url = r#""git+https://github.com/alice/left-lodge.git""#;
    let package = |more: &str| format!(r#"{{"name":"left-lodge","version":"1.0.0"{more}}}"#);
    for (written, expected) in [
        (String::new(), format!(r#","repository":{{"type":"git","url":{url}}}"#)),
        (r#","repository":"Alice/Left-Lodge""#.to_owned(), format!(r#","repository":{url}"#)),
        (
            r#","repository":{"url":"https://GitHub.com/alice/LEFT-lodge","directory":"a"}"#.to_owned(),
            format!(r#","repository":{{"url":{url},"directory":"a"}}"#),
        ),
    ] {
        assert_eq!(mended(&package(&written)), package(&expected));
    }
    let other = job(r#""bob/left-lodge""#).args(&["--provenance"]).finds("provenance-repository", 1);
    let fix = other[0].fix.as_ref().expect("a command");
    assert!(fix.edits.is_empty() && fix.command.is_some(), "a fork's job, or a repository with a new name");
}
