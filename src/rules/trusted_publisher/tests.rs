//! Jobs that can prove their identity: alone, beside a token, and where it cannot work.

use super::{RULE, join_alternatives};
use crate::commands::testing::Scene;
use crate::facts::Assumption;
use crate::npm::version::Version;
use crate::rules::{two_factor_required, version_published};

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
fn a_package_that_was_unpublished_has_to_be_created_again() {
    let unpublished = r#"{"time":{"unpublished":{"time":"2025-06-01T00:00:00.000Z","versions":["0.9.0"]}}}"#;
    job(LODGE).packument(unpublished).finds("trusted-publisher", 1);
}

#[test]
fn a_package_is_assumed_to_trust_the_ci_job() {
    let assumed = job(LODGE).packument(r#"{"versions":{"0.1.0":{}}}"#).assumes("trusted-publisher");
    assert_eq!(assumed, "npm trusts this workflow to publish it");
    job(LODGE).private_registry().assumes("trusted-publisher");
}

#[test]
fn npm_refuses_the_identity_of_a_job_that_anyone_can_trigger() {
    let job = |event| job(LODGE).env("GITHUB_EVENT_NAME", event).packument(r#"{"versions":{"0.1.0":{}}}"#);
    for event in ["pull_request_target", "issue_comment"] {
        assert_eq!(job(event).finds("trusted-publisher", 1)[0].npm_error, Some("ENEEDAUTH"));
    }
    job("push").assumes("trusted-publisher");
    job("issue_comment").private_registry().assumes("trusted-publisher");
}

#[test]
fn a_self_hosted_runner_is_a_warning() {
    let scene = job(LODGE).env("RUNNER_ENVIRONMENT", "self-hosted").packument(r#"{"versions":{"0.1.0":{}}}"#);
    assert!(!scene.finds("trusted-publisher", 1)[0].is_error());
}

#[test]
fn an_empty_token_line_in_the_project_hides_the_exchanged_token() {
    let line = |scene: Scene| scene.npmrc("registry=https://h/\n//h/:_authToken=${NPM_TOKEN}\n").env("NPM_TOKEN", "");
    line(job(LODGE)).npm(Version::new(11, 19, 1)).finds("trusted-publisher", 1);
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
    for token in ["${NODE_AUTH_TOKEN}", "XXXXX-XXXXX-XXXXX-XXXXX", ""] {
        let line = format!("//registry.npmjs.org/:_authToken={token}\n");
        job(LODGE).user_npmrc(&line).npm(old.clone()).finds("trusted-publisher", 1);
    }
    Scene::version("1.0.0").identity().npm(old.clone()).finds("trusted-publisher", 0);
    Scene::version("1.0.0").logged_out().npm(old).finds("trusted-publisher", 0);
}

#[test]
fn with_a_token_as_well_trust_is_assumed_for_existing_packages() {
    let beside = || Scene::version("1.0.0").env("GITHUB_ACTIONS", "true").env("NPM_ID_TOKEN", "i");
    let existing = beside().packument(r#"{"versions":{"0.1.0":{}}}"#).undecided("trusted-publisher");
    assert_eq!(existing.assumption.unwrap().verify.as_deref(), Some("npm trust list left-lodge"));
    beside().no_package().finds("trusted-publisher", 0);
    beside().args(&["--dry-run"]).finds("trusted-publisher", 0);
    beside().private_registry().finds("trusted-publisher", 0);
    Scene::version("1.0.0").finds("trusted-publisher", 0);
}

/// What GitHub Actions says of a job.
fn workflow(repository: &str, id: &str, file: &str) -> Scene {
    let manifest = r#"{"name":"left-lodge","version":"1.2.0"}"#;
    job(manifest)
        .env("GITHUB_REPOSITORY", repository)
        .env("GITHUB_REPOSITORY_ID", id)
        .env("GITHUB_WORKFLOW_REF", &format!("{repository}/.github/workflows/{file}@refs/tags/v1.2.0"))
}

fn publish_yml() -> Scene {
    workflow("alice/left-lodge", "7", "publish.yml")
}

const TRUSTED: &str = r#"{"_npmUser":{"trustedPublisher":{"id":"github"}},"dist":{"attestations":{"url":"u"}}}"#;
const APPROVED: &str = r#"{"_npmUser":{"trustedPublisher":{"id":"github"},"approver":{"name":"alice"}},"dist":{"attestations":{"url":"u"}}}"#;
const BY_HAND: &str = r#"{"_npmUser":{"name":"alice"}}"#;

/// Versions in the order they were published, the last one three days before the scene.
fn history(versions: &[(&str, &str)]) -> String {
    let all: Vec<_> = versions.iter().map(|(version, manifest)| format!(r#""{version}":{manifest}"#)).collect();
    let day = |at: usize| 13 + at - versions.len();
    let times = versions
        .iter()
        .enumerate()
        .map(|(at, (version, _))| format!(r#""{version}":"2027-01-{}T08:00:00.000Z""#, day(at)));
    format!(r#"{{"versions":{{{}}},"time":{{{}}}}}"#, all.join(","), times.collect::<Vec<_>>().join(","))
}

/// The scene with the attestations of a version that this workflow published.
fn attested(scene: Scene, version: &str, workflow: (&str, &str, &str)) -> Scene {
    use base64::Engine as _;
    let (repository, id, file) = workflow;
    let statement = format!(
        r#"{{"subject":[{{"name":"pkg:npm/left-lodge@{version}"}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{{
        "buildDefinition":{{"buildType":"https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
        "externalParameters":{{"workflow":{{"repository":"https://github.com/{repository}","path":".github/workflows/{file}"}}}},
        "internalParameters":{{"github":{{"repository_id":"{id}"}}}}}}}}}}"#
    );
    let payload = base64::engine::general_purpose::STANDARD.encode(statement);
    let body = format!(
        r#"{{"attestations":[{{"predicateType":"https://slsa.dev/provenance/v1","bundle":{{"dsseEnvelope":{{"payload":"{payload}"}}}}}}]}}"#
    );
    scene.answer(&format!("/-/npm/v1/attestations/left-lodge@{version}"), 200, &body)
}

fn evidence(scene: &Scene) -> String {
    let unknown = scene.undecided("trusted-publisher");
    let assumption = unknown.assumption.unwrap_or_else(|| panic!("{}", unknown.detail));
    assumption.evidence.unwrap_or_default()
}

const OWN: (&str, &str, &str) = ("alice/left-lodge", "7", "publish.yml");

#[test]
fn a_release_from_the_same_workflow_is_evidence() {
    let packument = history(&[("1.0.0", BY_HAND), ("1.1.0", TRUSTED)]);
    let scene = attested(publish_yml().packument(&packument), "1.1.0", OWN);
    assert_eq!(evidence(&scene), "as 1.1.0 was published 3 days ago from publish.yml");
    let renamed = workflow("Alice/Left-Lodge", "7", "publish.yml").packument(&packument);
    assert!(evidence(&attested(renamed, "1.1.0", OWN)).starts_with("as 1.1.0"));
}

#[test]
fn a_release_from_elsewhere_is_a_warning_that_names_both() {
    let packument = history(&[("1.1.0", TRUSTED)]);
    for (theirs, both) in [
        (("alice/left-lodge", "7", "release.yml"), ["`release.yml`", "`publish.yml`"]),
        (("mallory/left-lodge", "9", "publish.yml"), ["`mallory/left-lodge`", "`alice/left-lodge`"]),
        (("alice/left-lodge", "9", "publish.yml"), ["a different repository", "`alice/left-lodge`"]),
    ] {
        let scene = attested(publish_yml().packument(&packument), "1.1.0", theirs);
        let [warning] = &scene.finds("trusted-publisher", 1)[..] else { panic!() };
        assert!(!warning.is_error() && both.iter().all(|one| warning.message.contains(one)), "{}", warning.message);
        // Whether npm trusts the job all the same, nobody can read.
        assert!(warning.open.as_ref().is_some_and(|open| open.assumption.is_some()));
    }
}

#[test]
fn with_a_credential_a_release_from_elsewhere_is_not_a_warning() {
    let beside = publish_yml().user_npmrc("//registry.npmjs.org/:_authToken=npm_secretsecretsecret\n");
    let packument = history(&[("1.1.0", TRUSTED)]);
    let scene = attested(beside.packument(&packument), "1.1.0", ("alice/left-lodge", "7", "release.yml"));
    assert!(evidence(&scene).starts_with("although 1.1.0 was published from the workflow file `release.yml`"));
}

#[test]
fn publishing_directly_after_a_staged_release_is_a_warning() {
    let packument = history(&[("1.0.0", TRUSTED), ("1.1.0", APPROVED)]);
    let scene = || attested(publish_yml().packument(&packument), "1.1.0", OWN);
    assert!(!scene().finds("trusted-publisher", 1)[0].is_error());
    assert!(evidence(&scene().stage()).starts_with("as 1.1.0"));
}

#[test]
fn a_package_without_trusted_publishing_gets_the_setup_command() {
    let evidence = evidence(&publish_yml().packument(&history(&[("1.1.0", BY_HAND)])));
    let command = "npm trust github left-lodge --repo alice/left-lodge --file publish.yml --allow-publish";
    assert!(evidence.contains(command) && evidence.contains("48 hours"), "{evidence}");
    let owned =
        history(&[("1.1.0", BY_HAND)]).replacen('{', r#"{"maintainers":[{"name":"mallory"},{"name":"bob"}],"#, 1);
    let whose = self::evidence(&publish_yml().packument(&owned));
    assert!(whose.contains("set up, one of its maintainers (mallory and bob) runs `npm trust"), "{whose}");
    let odd = self::evidence(&workflow("a/`b`", "7", "-x.yml").packument(&history(&[("1.1.0", BY_HAND)])));
    assert!(odd.contains("--repo OWNER/NAME --file FILE.yml"), "{odd}");
}

#[test]
fn a_stable_version_is_compared_with_the_last_stable_one() {
    let packument = history(&[("1.1.0", TRUSTED), ("1.2.0-rc.1", TRUSTED)]);
    let scene = attested(publish_yml().packument(&packument), "1.1.0", OWN);
    assert_eq!(evidence(&scene), "as 1.1.0 was published 4 days ago from publish.yml");
}

#[test]
fn false_or_missing_attestations_are_no_evidence() {
    let scene = || publish_yml().packument(&history(&[("1.1.0", TRUSTED)]));
    let path = "/-/npm/v1/attestations/left-lodge@1.1.0";
    let elsewhere = attested(Scene::version("1.0.0"), "1.0.0", ("mallory/x", "9", "x.yml"));
    let (_, about_another_version) = elsewhere.answers_of("/-/npm/v1/attestations/left-lodge@1.0.0");
    for (status, body) in
        [(404, "{}"), (503, "{}"), (200, "[]"), (200, r#"{"attestations":[]}"#), (200, about_another_version.as_str())]
    {
        assert_eq!(evidence(&scene().answer(path, status, body)), "as 1.1.0 was published 3 days ago", "{body}");
    }
    let unattested = TRUSTED.replace("attestations", "signatures");
    let private = publish_yml().packument(&history(&[("1.1.0", &unattested)]));
    assert_eq!(evidence(&private), "as 1.1.0 was published");
}

#[test]
fn no_attestation_is_requested_for_a_published_version() {
    let scene = publish_yml().packument(&history(&[("1.1.0", TRUSTED), ("1.2.0", TRUSTED)]));
    assert_eq!(evidence(&scene), "");
}

/// What is assumed of a job with a credential as well, once both are joined: the statements, in the order of the rules.
fn joined(of_credential: &[&str]) -> Vec<String> {
    let mut assumed = vec![(&version_published::RULE, Assumption::new("the version is free"))];
    assumed.extend(of_credential.iter().map(|&one| (&two_factor_required::RULE, Assumption::new(one))));
    assumed.push((&RULE, Assumption::new("npm trusts it")));
    join_alternatives(assumed.iter_mut().map(|(rule, one)| (*rule, one)));
    assumed.into_iter().map(|(_, one)| one.statement).collect()
}

#[test]
fn either_the_identity_or_the_credential_is_enough() {
    let either = "npm trusts it, or the token may and alice may";
    assert_eq!(joined(&["the token may", "alice may"]), ["the version is free", either, either, either]);
    assert_eq!(joined(&[]), ["the version is free", "npm trusts it"]);
}

#[test]
fn nothing_is_assumed_of_a_credential_that_is_refused() {
    assert_eq!(joined(&["the token may", "npm trusts it"]).split_off(1), ["npm trusts it"; 3]);
}
