//! Tokens that may not publish the package, and those that may.

use crate::commands::testing::Scene;

const TOKENS: &str = "/-/npm/v1/tokens?perPage=100";

fn with(scene: Scene, rows: &[&str]) -> Scene {
    let rows: Vec<_> = rows.iter().map(|row| format!(r#"{{"token":"npm_secr...cret",{row}}}"#)).collect();
    scene.alice().answer(TOKENS, 200, &format!(r#"{{"objects":[{}],"urls":{{}}}}"#, rows.join(",")))
}

fn token(rows: &[&str]) -> Scene {
    with(Scene::version("1.1.0"), rows)
}

const OTHER: &str = r#""readonly":false,"scopes":[{"type":"package","name":"right-lodge"}]"#;
const OURS: &str = r#""readonly":false,"scopes":[{"type":"package","name":"left-lodge"}]"#;

#[test]
fn a_token_without_write_access_to_the_package_is_reported() {
    token(&[r#""readonly":true"#]).finds("credential-restricted", 1);
    token(&[OTHER]).finds("credential-restricted", 1);
    token(&[OTHER, OTHER]).finds("credential-restricted", 1);
    let found = with(Scene::new(r#"{"name":"@acme/core","version":"1.0.0"}"#), &[OTHER]);
    assert_eq!(found.finds("credential-restricted", 1)[0].npm_error, Some("E404"));
}

#[test]
fn an_ip_address_that_is_not_allowed_is_reported_everywhere() {
    let scene = || {
        Scene::version("1.1.0").answer("/-/whoami", 401, r#"{"error":"no"}"#).header("www-authenticate", "ipaddress")
    };
    assert_eq!(scene().finds("credential-restricted", 1)[0].npm_error, Some("EAUTHIP"));
    scene().private_registry().finds("credential-restricted", 1);
}

#[test]
fn a_token_that_covers_the_package_is_fine() {
    token(&[OURS]).finds("credential-restricted", 0);
    token(&[r#""readonly":false,"scopes":[]"#]).finds("credential-restricted", 0);
    token(&[r#""readonly":false,"scopes":[{"type":"package","name":"*"}]"#]).finds("credential-restricted", 0);
    let core = Scene::new(r#"{"name":"@acme/core","version":"1.0.0"}"#);
    with(core, &[r#""scopes":[{"type":"package","name":"@acme"}]"#]).finds("credential-restricted", 0);
    Scene::version("1.1.0")
        .alice()
        .answer(TOKENS, 200, r#"{"objects":[{"token":"npm_othe...oken","readonly":true}],"urls":{}}"#)
        .finds("credential-restricted", 0);
}

#[test]
fn a_stage_only_token_cannot_publish() {
    let stages = || token(&[r#""readonly":false,"publish_policy":"stage_only""#]);
    assert_eq!(stages().finds("credential-restricted", 1)[0].npm_error, Some("E_STAGE_REQUIRED"));
    stages().stage().finds("credential-restricted", 0);
    token(&[r#""readonly":false,"publish_policy":"publish""#]).finds("credential-restricted", 0);
}

#[test]
fn organisation_access_does_not_cover_packages() {
    let rights = |package: &str| {
        let org = r#"{"name":"org","action":"write"}"#;
        token(&[&format!(r#""permissions":[{{"name":"package","action":"{package}"}},{org}]"#)])
    };
    rights("read").finds("credential-restricted", 1);
    rights("write").finds("credential-restricted", 0);
}

#[test]
fn an_unreadable_or_ambiguous_token_is_undecided() {
    let granular = Scene::version("1.1.0").alice().answer(TOKENS, 401, r#"{"error":"unauthorized"}"#);
    granular.undecided("credential-restricted");
    token(&[OTHER, OURS]).undecided("credential-restricted");
    token(&[r#""scopes":[{"type":"org","name":"acme"}]"#]).undecided("credential-restricted");
    token(&[r#""readonly":true"#]).identity().undecided("credential-restricted");
}
