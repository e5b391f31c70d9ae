//! What a registry says of a credential, and what it leaves open.

use crate::commands::testing::Scene;
use crate::rules::diagnostic::Severity;

fn refused() -> Scene {
    silent().answer(STAGE, 401, r#"{"error":"unauthorized"}"#)
}

fn silent() -> Scene {
    Scene::version("1.1.0").answer("/-/whoami", 401, r#"{"error":"unauthorized"}"#)
}

const STAGE: &str = "/-/stage?perPage=1";

#[test]
fn a_token_accepted_by_another_endpoint_is_assumed_valid() {
    let alive = || silent().answer(STAGE, 200, r#"{"items":[],"total":0}"#);
    assert!(alive().assumes("credential-rejected").starts_with("the token may publish it"));
    silent().answer(STAGE, 503, "{}").undecided("credential-rejected");
    silent().answer(STAGE, 404, r#"{"error":"Not found"}"#).no_package().finds("credential-rejected", 1);
    let nobody =
        |status| Scene::version("1.1.0").answer("/-/whoami", 200, "{}").answer(STAGE, status, r#"{"items":[]}"#);
    nobody(401).no_package().finds("credential-rejected", 1);
    nobody(200).assumes("credential-rejected");
}

#[test]
fn a_registry_that_never_tells_whose_token_it_is_leaves_nothing_undecided() {
    for status in [403, 404] {
        let mute = Scene::version("1.1.0").answer("/-/whoami", status, r#"{"error":"no"}"#);
        assert!(mute.assumes("credential-rejected").starts_with("the token may publish it"), "{status}");
    }
    Scene::version("1.1.0").answer("/-/whoami", 503, "{}").undecided("credential-rejected");
    Scene::version("1.1.0").answer("/-/whoami", 404, "<html>").undecided("credential-rejected");
}

#[test]
fn an_unexpanded_variable_is_not_sent() {
    let scene = refused().user_npmrc("//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n");
    scene.finds("credential-rejected", 0);
    scene.finds("credential-unset-variable", 1);
}

#[test]
fn a_token_that_the_registry_rejects_is_reported() {
    let packument = r#"{"versions":{"1.0.0":{}},"dist-tags":{"latest":"1.0.0"},"maintainers":[{"name":"mallory"}]}"#;
    let found = refused().packument(packument).finds("credential-rejected", 1);
    assert_eq!(found[0].npm_error, Some("E404"));
    assert_eq!(found[0].notes, ["`left-lodge` is maintained by mallory; its latest version is 1.0.0"]);
    assert!(found[0].place.is_some(), "it points at the token");
}

#[test]
fn the_advice_is_npm_login_locally_and_a_new_secret_in_ci() {
    let desk = &refused().no_package().finds("credential-rejected", 1)[0];
    assert!(
        desk.why.contains("expired, revoked or mistyped; npm itself would only report 404 Not Found"),
        "{}",
        desk.why
    );
    assert!(desk.fix.as_ref().is_some_and(|fix| fix.command.as_ref().is_some_and(|way| way.starts_with("npm login"))));
    let job = &refused().no_package().env("CI", "true").finds("credential-rejected", 1)[0];
    assert!(job.help.starts_with("replace the CI secret") && job.fix.is_none(), "{}", job.help);
}

#[test]
fn a_classic_token_is_reported_unless_the_registry_accepts_it() {
    let npmrc = "//registry.npmjs.org/:_authToken=01234567-89ab-cdef-0123-456789abcdef\n";
    Scene::version("1.1.0").user_npmrc(npmrc).outage("ECONNREFUSED").finds("credential-rejected", 1);
    Scene::version("1.1.0").user_npmrc(npmrc).alice().finds("credential-rejected", 0);
    Scene::version("1.1.0").user_npmrc(npmrc).private_registry().undecided("credential-rejected");
}

#[test]
fn a_valid_token_or_no_token_is_not_reported() {
    Scene::version("1.1.0").alice().finds("credential-rejected", 0);
    refused().logged_out().finds("credential-rejected", 0);
}

#[test]
fn a_token_in_publish_config_takes_precedence() {
    let manifest =
        r#"{"name":"left-lodge","version":"1.1.0","publishConfig":{"//registry.npmjs.org/:_authToken":"b"}}"#;
    let rejected = Scene::new(manifest).answer("/-/whoami", 401, "{}").answer(STAGE, 401, "{}").no_package();
    let found = rejected.finds("credential-rejected", 1);
    assert_eq!(found[0].place.as_ref().unwrap().source.path(), "package.json");
}

#[test]
fn on_other_registries_the_packument_must_be_rejected_too() {
    refused()
        .private_registry()
        .answer("/left-lodge", 401, r#"{"error":"unauthorized"}"#)
        .finds("credential-rejected", 1);
    refused().private_registry().packument(r#"{"versions":{}}"#).undecided("credential-rejected");
    let nobody = || Scene::version("1.1.0").private_registry().answer("/-/whoami", 200, "{}");
    let found = nobody().packument(r#"{"versions":{}}"#).finds("credential-rejected", 1);
    assert_eq!(found[0].severity, Severity::Warning);
    assert!(found[0].open.is_some(), "whether anybody may publish there is not known");
    nobody().answer("/left-lodge", 401, r#"{"error":"no"}"#).finds("credential-rejected", 1);
}

#[test]
fn without_whoami_the_packument_decides() {
    let mute = || Scene::version("1.1.0").private_registry().answer("/-/whoami", 404, r#"{"error":"no"}"#);
    let found = mute().answer("/left-lodge", 401, r#"{"error":"expired"}"#).finds("credential-rejected", 1);
    assert_eq!(found[0].npm_error, Some("E401"));
    for status in [403, 404] {
        mute().answer("/left-lodge", status, r#"{"error":"no"}"#).undecided("credential-rejected");
    }
    mute().packument(r#"{"versions":{}}"#).undecided("credential-rejected");
}

#[test]
fn address_limits_are_left_to_another_rule() {
    silent().header("www-authenticate", "ipaddress").finds("credential-rejected", 0);
}

#[test]
fn a_rejected_token_stops_no_publish_that_a_trusted_publisher_may_make() {
    let job = || refused().packument(r#"{"versions":{"1.0.0":{}}}"#).identity();
    assert!(job().assumes("credential-rejected").starts_with("npm trusts this"));
    // Trusted publishing creates no package, and serves no job that anybody can start.
    refused().no_package().identity().finds("credential-rejected", 1);
    job().env("GITHUB_EVENT_NAME", "pull_request_target").finds("credential-rejected", 1);
    let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
    let other = format!("[registry.\"{registry}\"]\ntrusted-publisher = {{ repository = \"acme/other\" }}\n");
    let job = job().env("GITHUB_REPOSITORY", "acme/core");
    assert!(job.file("npm-preflight.toml", &other).finds("credential-rejected", 1)[0].is_error());
}
