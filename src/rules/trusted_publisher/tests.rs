//! Jobs that can prove their identity: alone, beside a token, and where it cannot work.

use crate::commands::testing::Scene;
use crate::npm::version::Version;

fn job(manifest: &str) -> Scene {
    Scene::new(manifest).user_npmrc("").env("GITHUB_ACTIONS", "true").env("NPM_ID_TOKEN", "identity")
}

const LODGE: &str = r#"{"name":"left-lodge","version":"1.0.0"}"#;

#[test]
fn a_package_that_does_not_exist_cannot_be_created() {
    job(LODGE).no_package().finds("trusted-publisher", 1);
    let scoped = r#"{"name":"@alice/lodge","version":"1.0.0"}"#;
    let path = "/@alice%2flodge";
    job(scoped).answer(path, 404, "{}").args(&["--access", "public"]).finds("trusted-publisher", 1);
    job(scoped).answer(path, 404, "{}").undecided("trusted-publisher");
}

#[test]
fn a_package_is_assumed_to_trust_the_job() {
    let assumed = job(LODGE).packument(r#"{"versions":{"0.1.0":{}}}"#).assumes("trusted-publisher");
    assert_eq!(assumed, "npm trusts this workflow to publish it");
    job(LODGE).private_registry().assumes("trusted-publisher");
}

#[test]
fn npm_refuses_the_identity_of_a_job_that_anybody_can_start() {
    let job = |event| job(LODGE).env("GITHUB_EVENT_NAME", event).packument(r#"{"versions":{"0.1.0":{}}}"#);
    for event in ["pull_request_target", "issue_comment"] {
        assert_eq!(job(event).finds("trusted-publisher", 1)[0].npm_error, Some("ENEEDAUTH"));
    }
    job("push").assumes("trusted-publisher");
    job("issue_comment").private_registry().assumes("trusted-publisher");
}

#[test]
fn an_empty_line_of_the_project_hides_the_token() {
    let line = |scene: Scene| scene.npmrc("registry=https://h/\n//h/:_authToken=${NPM_TOKEN}\n").env("NPM_TOKEN", "");
    line(job(LODGE)).finds("trusted-publisher", 1);
    job(LODGE).user_npmrc("registry=https://h/\n//h/:_authToken=\n").private_registry().undecided("trusted-publisher");
}

#[test]
fn npm_11_21_2_no_longer_prefers_the_empty_line() {
    let job = |npm: Version| {
        let scene = job(LODGE).npmrc("registry=https://h/\n//h/:_authToken=\n").private_registry();
        scene.npm(npm).undecided("trusted-publisher").detail
    };
    assert!(job(Version::new(11, 20, 0)).contains("is not known"));
    assert!(job(Version::new(11, 21, 2)).contains("trusts this workflow"));
}

#[test]
fn an_npm_without_trusted_publishing_needs_another_credential() {
    let old = Version::new(11, 5, 0);
    job(LODGE).npm(old.clone()).finds("trusted-publisher", 1);
    job(LODGE).npm(old.clone()).finds("credential-missing", 0);
    job(LODGE).npm(old.clone()).args(&["--dry-run"]).finds("trusted-publisher", 0);
    job(LODGE).npm(Version::new(11, 5, 1)).no_package().finds("trusted-publisher", 1);
    Scene::version("1.0.0").identity().npm(old.clone()).finds("trusted-publisher", 0);
    Scene::version("1.0.0").logged_out().npm(old).finds("trusted-publisher", 0);
}

#[test]
fn beside_a_token_it_is_open_for_packages_that_may_trust_the_job() {
    let beside = || Scene::version("1.0.0").env("GITHUB_ACTIONS", "true").env("NPM_ID_TOKEN", "i");
    let existing = beside().packument(r#"{"versions":{"0.1.0":{}}}"#).undecided("trusted-publisher");
    assert_eq!(existing.assumption.unwrap().verify.as_deref(), Some("npm trust list left-lodge"));
    beside().no_package().finds("trusted-publisher", 0);
    beside().args(&["--dry-run"]).finds("trusted-publisher", 0);
    beside().private_registry().finds("trusted-publisher", 0);
    Scene::version("1.0.0").finds("trusted-publisher", 0);
}
