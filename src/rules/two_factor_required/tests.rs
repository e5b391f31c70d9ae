//! Accounts with and without a second factor, and credentials that may do without.

use crate::commands::testing::Scene;
use crate::facts::Ask;

const ID: &str = "two-factor-required";

fn account(tfa: &str, bypass: &str) -> Scene {
    let tokens = format!(r#"{{"objects":[{{"token":"npm_secr...cret","bypass_2fa":{bypass}}}],"urls":{{}}}}"#);
    granular(tfa).answer("/-/npm/v1/tokens?perPage=100", 200, &tokens)
}

fn granular(tfa: &str) -> Scene {
    Scene::version("1.1.0").alice().answer("/-/npm/v1/user", 200, &format!(r#"{{"name":"alice","tfa":{tfa}}}"#))
}

const WRITES: &str = r#"{"pending":false,"mode":"auth-and-writes"}"#;
const LOGIN: &str = r#"{"pending":false,"mode":"auth-only"}"#;

#[test]
fn a_required_one_time_password_without_a_terminal_is_an_error() {
    assert_eq!(account(WRITES, "false").finds(ID, 1)[0].npm_error, Some("EOTP"));
    assert_eq!(account("false", "false").no_package().finds(ID, 1)[0].npm_error, Some("E403"));
    let new = account(LOGIN, "false").no_package().finds(ID, 1).swap_remove(0).help;
    assert!(!new.contains("trusted publishing"), "a trusted publisher creates no package: {new}");
    account("null", "false").no_package().args(&["--otp=123456"]).finds(ID, 1);
}

#[test]
fn redirected_output_does_not_show_whether_npm_can_prompt() {
    assert!(account(WRITES, "false").half_a_terminal().assumes(ID).contains("in a terminal"));
    account(WRITES, "true").half_a_terminal().finds(ID, 0);
    account("null", "false").no_package().half_a_terminal().finds(ID, 1);
}

#[test]
fn a_terminal_an_otp_or_a_bypass_token_is_fine() {
    account(WRITES, "false").terminal().finds(ID, 0);
    account(WRITES, "false").args(&["--otp=123456"]).finds(ID, 0);
    account(WRITES, "true").finds(ID, 0);
    account("null", "true").finds(ID, 0);
}

#[test]
fn unreadable_token_permissions_are_assumed() {
    let refused = |scene: Scene| scene.answer("/-/npm/v1/tokens?perPage=100", 401, r#"{"error":"unauthorized"}"#);
    let assumed = refused(granular(WRITES)).assumes(ID);
    assert_eq!(assumed, "the token may publish it without a one-time password");
    assert_eq!(assumed, refused(granular(WRITES)).assumes("credential-restricted"), "said once");
    assert_eq!(refused(granular("null").terminal()).assumes(ID), "the token may publish it");
    let no_profile = Scene::version("1.1.0").alice().answer("/-/npm/v1/user", 403, r#"{"error":"Forbidden"}"#);
    refused(no_profile).assumes(ID);
    account(WRITES, "null").assumes(ID);
    for mode in [LOGIN, "null"] {
        let scene = account(mode, "false").packument(r#"{"versions":{"1.0.0":{}}}"#);
        assert_eq!(scene.assumes(ID), "the package does not require a second factor");
    }
    account(WRITES, "false").identity().assumes(ID);
}

#[test]
fn a_password_never_bypasses_two_factor() {
    let basic = |tfa| granular(tfa).user_npmrc("//registry.npmjs.org/:_auth=YWxpY2U6c2VjcmV0\n");
    basic(WRITES).finds(ID, 1);
    basic("null").assumes(ID);
}

#[test]
fn a_one_time_password_in_a_file_may_have_expired() {
    let written = |bypass| account(WRITES, bypass).npmrc("otp=123456\n");
    assert!(written("false").assumes(ID).contains(".npmrc:1"));
    written("true").finds(ID, 0);
    written("false").terminal().finds(ID, 0);
    account(WRITES, "false").env("npm_config_otp", "123456").finds(ID, 0);
}

#[test]
fn an_otp_flag_without_a_value_is_not_a_one_time_password() {
    for args in [&["--otp"][..], &["--otp", "--force"], &["--otp="], &["--no-otp"], &["--otp", "-f"]] {
        account(WRITES, "false").args(args).finds(ID, 1);
    }
    account(WRITES, "false").npmrc("otp\n").finds(ID, 1);
}

#[test]
fn staging_needs_no_second_factor() {
    account(WRITES, "false").finds(ID, 1);
    account(WRITES, "false").stage().finds(ID, 0);
    account("null", "false").no_package().stage().finds(ID, 0);
}

#[test]
fn other_registries_are_fine_and_a_missing_login_is_undecided() {
    account(WRITES, "false").private_registry().finds(ID, 0);
    assert!(account(WRITES, "false").logged_out().undecided(ID).lacks_user);
}

#[test]
fn the_next_request_is_sent_together_with_whoami() {
    assert_eq!(Scene::version("1.1.0").asks_along(ID), [Ask::Tokens]);
    assert_eq!(Scene::version("1.1.0").terminal().asks_along(ID), [Ask::Profile]);
    assert_eq!(Scene::version("1.1.0").answer("/-/whoami", 500, "{}").asks_along(ID), []);
}

/// A token that cannot read its own permissions, and what the settings say.
fn declared(settings: &str) -> Scene {
    let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
    let settings = format!("[registry.\"{registry}\"]\n{settings}\n");
    let refused = |scene: Scene, path: &str| scene.answer(path, 401, r#"{"error":"unauthorized"}"#);
    let scene = refused(Scene::version("1.1.0").alice(), "/-/npm/v1/user");
    refused(scene, "/-/npm/v1/tokens?perPage=100").file("npm-preflight.toml", &settings)
}

#[test]
fn a_declared_token_weaker_than_required_is_an_error_at_its_line() {
    for (settings, line) in [
        ("two-factor = \"required\"", 2),
        ("token-bypasses-2fa = false\ntwo-factor = \"required-or-token\"", 2),
        ("token-bypasses-2fa = true\ntwo-factor = \"required\"", 3),
    ] {
        let found = declared(settings).finds(ID, 1);
        let place = found[0].place.as_ref().unwrap().path_and_line();
        assert_eq!((place, found[0].is_error()), (format!("npm-preflight.toml:{line}"), true), "{settings}");
        declared(settings).identity().assumes(ID);
        declared(settings).args(&["--otp=123456"]).assumes(ID);
        declared(settings).stage().finds(ID, 0);
    }
    let packument = r#"{"versions":{"1.0.0":{}}}"#;
    let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
    let settings = format!("[registry.\"{registry}\"]\ntwo-factor = \"required-or-token\"\n");
    account(LOGIN, "false").packument(packument).file("npm-preflight.toml", &settings).finds(ID, 1);
}

#[test]
fn a_token_declared_not_to_bypass_it_is_judged_by_its_account() {
    let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
    let settings = format!("[registry.\"{registry}\"]\ntoken-bypasses-2fa = false\n");
    let scene = |mode: &str| {
        let profile = format!(r#"{{"name":"alice","tfa":{{"pending":false,"mode":"{mode}"}}}}"#);
        let scene = Scene::version("1.1.0").alice().packument(r#"{"versions":{"1.0.0":{}}}"#);
        let scene = scene.answer("/-/npm/v1/tokens?perPage=100", 401, r#"{"error":"unauthorized"}"#);
        scene.answer("/-/npm/v1/user", 200, &profile).file("npm-preflight.toml", &settings)
    };
    assert_eq!(scene("auth-and-writes").finds(ID, 1)[0].npm_error, Some("EOTP"));
    assert_eq!(scene("auth-only").assumes(ID), "the package does not require a second factor");
}

#[test]
fn a_declaration_is_evidence_for_an_assumption() {
    for (settings, statement, evidence) in [
        (
            "token-bypasses-2fa = true",
            "the token may publish it without a one-time password",
            "npm-preflight.toml:2 says so",
        ),
        (
            "token-bypasses-2fa = false",
            "the package does not require a second factor",
            "although the token does not bypass it, according to npm-preflight.toml:2",
        ),
        (
            "token-bypasses-2fa = false\ntwo-factor = \"optional\"",
            "the package does not require a second factor",
            "npm-preflight.toml:3 says so",
        ),
    ] {
        let assumed = declared(settings).undecided(ID).assumption.unwrap();
        assert_eq!(
            (assumed.statement.as_str(), assumed.evidence.as_deref()),
            (statement, Some(evidence)),
            "{settings}"
        );
    }
}
