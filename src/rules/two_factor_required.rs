//! npm's public registry wants a second factor for every publish, or a token that may do without.

use super::{Answer, Ask, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::plan::Login;
use crate::registry::credential::Credential;
use crate::registry::{Reason, TwoFactor, Unknown};

/// The rule.
pub static RULE: Rule = Rule {
    id: "two-factor-required",
    category: Category::Correctness,
    summary: "the registry will ask for a second factor that nobody can give",
    npm_says: &[
        "EOTP",
        "E403",
        "This operation requires a one-time password",
        "Two-factor authentication or granular access token with bypass 2fa enabled is required",
    ],
    asks: &[Ask::Whoami, Ask::Profile, Ask::Tokens, Ask::Packument],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A credential for npm's public registry that cannot publish without a second factor (a login session, or a token
without the permission to bypass it) while no one-time password is given and npm cannot ask for one; or such a
credential of an account that has no second factor at all. Account and token list can be read by `npm login`
sessions; with a granular token the check is undecided. A package's own setting that tokens are not accepted cannot
be read, nor whether a one-time password is right.

### Why it matters

npm asks for the second factor only when input and output are a terminal. Everywhere else the publish ends in
`EOTP`, and without a second factor in `E403`.

### What to do

In CI use trusted publishing, or a granular token that bypasses two-factor authentication; at the desk publish from
a terminal, or give `--otp=<code>`. Without a second factor, enable one: `npm profile enable-2fa auth-and-writes`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /-/whoami
{ "username": "alice" }
```
```json GET /-/npm/v1/user
{ "name": "alice", "tfa": { "pending": false, "mode": "auth-and-writes" } }
```
```json GET /-/npm/v1/tokens?perPage=100
{ "objects": [{ "token": "npm_secr...cret", "bypass_2fa": false }], "urls": {} }
```
"#,
};

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Login::Credential { credential, .. } = &plan.login else { return Ok(vec![]) };
    if !case.sends_to_npmjs() {
        return Ok(vec![]);
    }
    let Some(user) = case.user()? else { return Ok(vec![]) };
    let advice = || {
        format!(
            "if the account of `{user}` asks for a second factor and the credential does not bypass it, the publish \
             needs a terminal or `--otp`"
        )
    };
    let mode = case.profile().map(|profile| profile.two_factor);
    if matches!(&mode, Err(unknown) if unknown.question.is_some()) {
        return mode.map(|_| vec![]);
    }
    let answerable = plan.otp.is_some() || plan.can_prompt;
    if answerable && matches!(mode, Ok(TwoFactor::AuthOnly | TwoFactor::AuthAndWrites)) {
        return Ok(vec![]);
    }
    let is_password = matches!(credential, Credential::Basic { .. });
    if !is_password && bypasses(case).map_err(|unknown| unknown.advise(advice()))? {
        return Ok(vec![]);
    }
    let what = if is_password { "password" } else { "token" };
    match mode.map_err(|unknown| unknown.advise(advice()))? {
        TwoFactor::Off if is_password || !case.is_new()? => Err(undecided(
            "the account has no second factor and the credential does not bypass it: refused (E403) unless the package \
             is an old one that asks for none, a setting that cannot be read",
        )),
        TwoFactor::Off => report(
            case,
            format!("`{user}` has no second factor, and this token does not bypass it"),
            "npm's public registry takes a publish only with a second factor or a token that bypasses it",
            "enable two-factor authentication, or use a granular token that bypasses it",
            "E403",
        ),
        TwoFactor::AuthOnly if !case.is_new()? => Err(undecided(
            "the account asks for a second factor at login only, and whether the package asks for one on every publish \
             is a setting that cannot be read",
        )),
        TwoFactor::AuthOnly | TwoFactor::AuthAndWrites => report(
            case,
            format!("publishing as `{user}` asks for a one-time password that nobody can give here"),
            &format!("this {what} does not bypass two-factor authentication, and there is no terminal to ask at"),
            "give `--otp=<code>`, publish from a terminal, or use trusted publishing or a token that bypasses it",
            "EOTP",
        ),
    }
}

/// Whether the configured token bypasses the second factor. Only login sessions may read the list, and they never do:
/// that decides when the token is not in it, or looks like several that are.
fn bypasses(case: &Case<'_>) -> Answer<bool> {
    let rows = case.own_token_rows()?;
    if rows.iter().any(|row| row.bypass_2fa.is_none()) {
        return Err(undecided(
            "the account's token list does not tell whether this token bypasses two-factor authentication",
        ));
    }
    Ok(!rows.is_empty() && rows.iter().all(|row| row.bypass_2fa == Some(true)))
}

fn undecided(detail: &str) -> Unknown {
    Unknown::new(Reason::Unsupported, detail)
}

fn report(case: &Case<'_>, message: String, why: &str, help: &str, code: &'static str) -> Answer<Vec<Diagnostic>> {
    let diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error(code).fix(if code == "EOTP" {
        Fix::command("give a one-time password", "npm publish --otp=<code>")
    } else {
        Fix::command("enable two-factor authentication", "npm profile enable-2fa auth-and-writes")
    });
    case.about_credential(vec![case.at_credential(diagnostic)])
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Scene;

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
    fn a_second_factor_that_nobody_can_give_is_found() {
        assert_eq!(account(WRITES, "false").finds(ID, 1)[0].npm_error, Some("EOTP"));
        assert_eq!(account("false", "false").no_package().finds(ID, 1)[0].npm_error, Some("E403"));
        account(LOGIN, "false").no_package().finds(ID, 1);
        account("null", "false").no_package().args(&["--otp=123456"]).finds(ID, 1);
    }

    #[test]
    fn an_answer_at_hand_or_a_token_that_bypasses_it_is_fine() {
        account(WRITES, "false").terminal().finds(ID, 0);
        account(WRITES, "false").args(&["--otp=123456"]).finds(ID, 0);
        account(WRITES, "true").finds(ID, 0);
        account("null", "true").finds(ID, 0);
    }

    #[test]
    fn what_cannot_be_read_is_undecided() {
        let refused = |scene: Scene| scene.answer("/-/npm/v1/tokens?perPage=100", 401, r#"{"error":"unauthorized"}"#);
        assert!(refused(granular(WRITES)).undecided(ID).detail.contains("--otp"));
        let no_profile = Scene::version("1.1.0").alice().answer("/-/npm/v1/user", 403, r#"{"error":"Forbidden"}"#);
        refused(no_profile).undecided(ID);
        account(WRITES, "null").undecided(ID);
        for mode in [LOGIN, "null"] {
            account(mode, "false").packument(r#"{"versions":{"1.0.0":{}}}"#).undecided(ID);
        }
        account(WRITES, "false").identity().undecided(ID);
    }

    #[test]
    fn a_password_never_bypasses_it() {
        let basic = |tfa| granular(tfa).user_npmrc("//registry.npmjs.org/:_auth=YWxpY2U6c2VjcmV0\n");
        basic(WRITES).finds(ID, 1);
        basic("null").undecided(ID);
    }

    #[test]
    fn other_registries_and_nobody_are_left_alone() {
        account(WRITES, "false").private_registry().finds(ID, 0);
        account(WRITES, "false").logged_out().finds(ID, 0);
    }
}
