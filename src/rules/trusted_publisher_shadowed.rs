//! A token that stays in the configuration after a package moved to trusted publishing: it silently takes over.

use super::credential_malformed::shape;
use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::credential::Credential;
use crate::facts::{OnceAsked as _, Seen};
use crate::plan::Login;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "trusted-publisher-shadowed",
    category: Category::Suspicious,
    summary: "a token is configured in addition to trusted publishing, and hides its failures",
    npm_says: &["E404"],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Machine,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A CI job that can use trusted publishing but also has a token for the same registry, if the package is published by
trusted publishing: a version of it came from a trusted publisher, or the job has an identity for npm (`NPM_ID_TOKEN`).
The permission to request an identity from GitHub alone does not count, because it may be for something else.

### Why it matters

If trusted publishing fails, npm silently uses the other token. The publish then works without trusted publishing, or
fails with `E404` when `ENEEDAUTH` would have shown that trusted publishing failed. And a token that is not needed can
leak.

### What to do

Remove the token from the job, and revoke it. If no version has come from a trusted publisher yet, publish one first.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /left-lodge
{ "versions": { "1.0.0": { "_npmUser": { "name": "GitHub Actions", "trustedPublisher": { "id": "github" } } } } }
```
```sh
GITHUB_ACTIONS=true ACTIONS_ID_TOKEN_REQUEST_URL=https://h/ ACTIONS_ID_TOKEN_REQUEST_TOKEN=t npm publish
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Login::Credential { credential, .. } = &plan.auth.login else { return Ok(vec![]) };
    if !case.sends_to_npmjs() || !plan.runner.ci.can_exchange || !is_usable(credential) {
        return Ok(vec![]);
    }
    let declared = plan.declared.registry.trusted_publisher.as_ref();
    let says = declared.map(|publisher| format!("{} names a trusted publisher", publisher.place.path_and_line()));
    // A package that cannot be read shows no sign, and the rules that need it say so.
    let packument = case.packument().once_asked()?;
    if matches!(packument, Ok(Seen::NotVisible)) {
        // Only the token can create it.
        return Ok(vec![]);
    }
    let has_worked =
        matches!(packument, Ok(Seen::Here(packument)) if packument.versions.iter().any(|(_, one)| one.trusted));
    let sign = if has_worked {
        format!("a trusted publisher has published versions of `{}`", plan.package.shown_name())
    } else if let Some(says) = says {
        says
    } else if plan.runner.ci.was_given_identity {
        "the job has an identity for npm (NPM_ID_TOKEN)".to_owned()
    } else {
        return Ok(vec![]);
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{} tries trusted publishing first, and uses this token if that fails", plan.runner.name()),
        if plan.runner.is_sent_by_npm() {
            "npm does not say when trusted publishing fails: it publishes with this token, or reports E404"
        } else {
            "a failure of trusted publishing is at most a warning: the publish goes on with this token"
        },
        if has_worked {
            "remove the token from the job and revoke it"
        } else {
            "once a version has come from the trusted publisher, remove the token from the job and revoke it"
        },
    )
    .note(sign);
    Ok(vec![case.at_credential(diagnostic)])
}

/// Whether it may be a token at all: an unset variable and setup-node's placeholder have rules of their own.
fn is_usable(credential: &Credential) -> bool {
    match credential {
        Credential::Token(token) => !token.expose().contains("${") && shape::token(token.expose()).is_none(),
        Credential::Basic { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::rules::diagnostic::Severity;

    const ID: &str = "trusted-publisher-shadowed";
    const BY_HAND: &str = r#"{"versions":{"1.0.0":{"_npmUser":{"name":"alice","email":"a@example.com"}}}}"#;
    const TRUSTED: &str = r#"{"versions":{"0.9.0":{},"1.0.0":{"_npmUser":{"name":"GitHub Actions","trustedPublisher":{"id":"github"}}}}}"#;

    fn job() -> Scene {
        Scene::version("1.1.0").identity()
    }

    #[test]
    fn a_token_beside_trusted_publishing_is_reported() {
        assert_eq!(job().packument(TRUSTED).finds(ID, 1)[0].severity, Severity::Warning);
    }

    #[test]
    fn the_token_is_needed_until_trusted_publishing_works() {
        let job = || Scene::version("1.1.0").env("GITLAB_CI", "true").env("NPM_ID_TOKEN", "i");
        let help = |packument: &str| job().packument(packument).finds(ID, 1).swap_remove(0).help;
        assert!(help(BY_HAND).starts_with("once a version has come from the trusted publisher"));
        assert!(help(TRUSTED).starts_with("remove the token"));
        job().no_package().finds(ID, 0);
    }

    #[test]
    fn the_id_token_permission_alone_does_not_imply_trusted_publishing() {
        job().packument(BY_HAND).finds(ID, 0);
        job().no_package().finds(ID, 0);
        job().answer("/left-lodge", 500, "").finds(ID, 0);
    }

    #[test]
    fn it_is_fine_without_a_token_or_without_token_exchange() {
        job().packument(TRUSTED).logged_out().finds(ID, 0);
        job().packument(TRUSTED).npm(Version::new(11, 5, 0)).finds(ID, 0);
        job().packument(TRUSTED).private_registry().finds(ID, 0);
        Scene::version("1.1.0").packument(TRUSTED).finds(ID, 0);
        let line = |scene: Scene| scene.user_npmrc("//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}\n");
        line(job()).packument(TRUSTED).finds(ID, 0);
        line(job()).packument(TRUSTED).env("NODE_AUTH_TOKEN", "XXXXX-XXXXX-XXXXX-XXXXX").finds(ID, 0);
        line(job()).packument(TRUSTED).env("NODE_AUTH_TOKEN", "npm_secretsecretsecret").finds(ID, 1);
    }
}
