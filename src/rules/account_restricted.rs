//! An account without a verified e-mail address cannot publish new packages to npm's public registry.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::{AFTER_LOGIN, Assumption, Gap, OnceAsked as _, Reason};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "account-restricted",
    category: Category::Correctness,
    summary: "the account is not allowed to publish a new package",
    npm_says: &["E403", "you must verify your email before publishing a new package"],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Profile],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Account,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A new package on npm's public registry, published by an account whose e-mail address is not verified. This is part of the
account's profile. A granular token cannot read it; then the address is assumed to be verified.

### Why it matters

The registry rejects the publish with `E403`. New versions of existing packages are accepted.

### What to do

Follow the link in npm's e-mail, or request a new one in your account settings on npm's website.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```json GET /left-lodge 404
{ "error": "Not found" }
```
```json GET /-/whoami
{ "username": "erin" }
```
```json GET /-/npm/v1/user
{ "name": "erin", "tfa": null, "email_verified": false }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    if !case.sends_to_npmjs() || case.plan.package.name().is_none() {
        return Ok(vec![]);
    }
    let Some(user) = case.user()? else { return Ok(vec![]) };
    if !case.is_new()? {
        return Ok(vec![]);
    }
    let verified = match case.profile().once_asked()? {
        Ok(profile) => profile.email_verified,
        Err(unknown) if unknown.is_withheld() => {
            let assumption = Assumption::new(format!("the e-mail address of `{user}` is verified"));
            return Err(assumption.verify_in(AFTER_LOGIN, "npm profile get").into());
        }
        Err(unknown) => return Err(unknown.into()),
    };
    match verified {
        Some(true) => return Ok(vec![]),
        Some(false) => {}
        None => {
            let detail = format!(
                "the registry does not say whether the e-mail address of `{user}` is verified; `npm profile get` shows it"
            );
            return Err(Gap::unknown(Reason::Malformed, detail));
        }
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the e-mail address of `{user}` is not verified"),
        "only accounts with a verified address may publish a new package",
        "verify the address; you can request a new verification e-mail in your account settings on npm's website",
    )
    .npm_error("E403");
    trusted_publisher::about_credential(case, vec![case.at_credential(diagnostic)])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn with(verified: &str) -> Scene {
        let profile = format!(r#"{{"name":"alice","tfa":null{verified}}}"#);
        Scene::version("1.0.0").alice().answer("/-/npm/v1/user", 200, &profile)
    }

    #[test]
    fn an_account_with_an_unverified_address_cannot_publish_a_new_package() {
        with(r#","email_verified":false"#).no_package().finds("account-restricted", 1);
    }

    #[test]
    fn a_verified_address_and_existing_packages_are_fine() {
        with(r#","email_verified":true"#).no_package().finds("account-restricted", 0);
        with(r#","email_verified":false"#).packument(r#"{"versions":{"0.1.0":{}}}"#).finds("account-restricted", 0);
        with(r#","email_verified":false"#).no_package().private_registry().finds("account-restricted", 0);
    }

    #[test]
    fn a_profile_that_does_not_say_is_undecided() {
        for verified in ["", r#","email_verified":null"#, r#","email_verified":"yes""#] {
            with(verified).no_package().undecided("account-restricted");
        }
    }

    #[test]
    fn a_token_that_cannot_read_the_profile_assumes_a_verified_address() {
        for (status, body) in [(401, r#"{"error":"unauthorized"}"#), (403, r#"{"error":"forbidden"}"#)] {
            let scene = Scene::version("1.0.0").alice().no_package().answer("/-/npm/v1/user", status, body);
            assert_eq!(scene.assumes("account-restricted"), "the e-mail address of `alice` is verified");
        }
    }

    #[test]
    fn an_unreadable_profile_is_undecided() {
        let scene = Scene::version("1.0.0").alice().no_package();
        scene.answer("/-/npm/v1/user", 503, r#"{"error":"busy"}"#).undecided("account-restricted");
    }
}
