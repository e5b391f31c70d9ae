//! npm's public registry requires a second factor for every publish, or a token that bypasses it.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::credential::Credential;
use crate::facts::{Assumption, OnceAsked as _, TwoFactor, Unknown};
use crate::plan::Login;
use crate::project::declared::{Declared, TwoFactorPolicy};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "two-factor-required",
    category: Category::Correctness,
    summary: "publishing requires a one-time password, which npm cannot ask for here",
    npm_says: &[
        "EOTP",
        "E403",
        "This operation requires a one-time password",
        "Two-factor authentication or granular access token with bypass 2fa enabled is required",
    ],
    asks: &[Ask::Whoami, Ask::Profile, Ask::Tokens, Ask::Packument],
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

A credential for npm's public registry that needs two-factor authentication to publish (a login session, or a token that
does not bypass it), if no one-time password is given and npm cannot ask for one. For a new package, also a token that
does not bypass it, if the account has no two-factor authentication at all. Whether an existing package requires it
cannot be read, so it is assumed that it does not. `npm login` sessions can read the account and its tokens. A granular
token cannot, and is assumed to be allowed to publish. Whether a package disallows tokens, and whether a one-time
password is correct, cannot be read either: one that is given with `--otp` is taken as valid, and one in a file is
assumed to be still valid. What `two-factor` and `token-bypasses-2fa` of npm-preflight's settings say counts instead of
what cannot be read. `npm stage publish` (`--stage`) does not require a one-time password.

### Why it matters

npm asks for a one-time password only if input and output are a terminal. Otherwise the publish fails with `EOTP`, or
with `E403` if the account has no two-factor authentication.

### What to do

In CI, use trusted publishing. Otherwise publish from a terminal, where npm opens the browser for your security key (or
pass `--otp=<code>`, if your account still has codes: new ones can no longer be set up). Or run `npm stage publish` with
a token that can only stage, and approve the version later. Avoid a granular token that bypasses two-factor
authentication: npm has announced that such tokens can no longer publish directly from January 2027. If the account has
no two-factor authentication, add a security key in the account's settings on npm's website.

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

/// For a new package, or a client whose trusted publishing and security keys are not npm's.
const HELP_ELSEWHERE: &str = "use a token that bypasses two-factor authentication; or publish from a terminal, or with \
                              `--otp=<code>`; or stage it with `npm stage publish`";

const HELP: &str = "use trusted publishing; or publish from a terminal, where npm opens the browser for your security key, or \
                    with `--otp=<code>`; or stage it with `npm stage publish`";

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    // Staging asks for none, whatever the credential is; approval does (npm 11.19.1, docs of `npm stage`).
    if !case.sends_to_npmjs() || plan.options.stage {
        return Ok(vec![]);
    }
    let credential = match &plan.auth.login {
        Login::Credential { credential, .. } => credential,
        Login::Nothing => return case.user().map(|_| vec![]),
        Login::TrustedPublisher | Login::Certificate { .. } => return Ok(vec![]),
    };
    let written = plan.auth.otp.as_ref().filter(|otp| otp.place().is_some());
    let may_be_asked = plan.auth.can_prompt == Some(true) || (plan.auth.otp.is_some() && written.is_none());
    let is_password = matches!(credential, Credential::Basic { .. });
    let next = if may_be_asked || is_password { Ask::Profile } else { Ask::Tokens };
    let Some(user) = case.user().map_err(|gap| case.asking_next(gap, next))? else { return Ok(vec![]) };
    let advice = || {
        format!(
            "if the account of `{user}` uses two-factor authentication and the credential does not bypass it, the \
                publish needs a terminal or `--otp`"
        )
    };
    let mode = || case.profile().map(|profile| profile.two_factor);
    // Without a terminal, the profile only matters for a credential that does not bypass it.
    if may_be_asked {
        match mode().once_asked()? {
            Ok(TwoFactor::AuthOnly | TwoFactor::AuthAndWrites) => return Ok(vec![]),
            Ok(TwoFactor::Off) | Err(_) => {}
        }
    }
    let is_alone = plan.auth.can_prompt == Some(false) && plan.auth.otp.is_none();
    let policy = plan.declared.registry.two_factor.as_ref();
    if let Some(policy) = policy.filter(|policy| policy.value == TwoFactorPolicy::Required && is_alone) {
        return refused_by_policy(case, policy);
    }
    if !is_password {
        match bypasses(case).once_asked()? {
            Ok(true) => return Ok(vec![]),
            Ok(false) => {}
            // What its own people say of the token is enough to look at the account.
            Err(_) if is_alone && is_declared_weak(case) && mode().once_asked()?.is_ok() => {}
            Err(unknown) if is_alone => return as_declared(case, unknown),
            Err(unknown) => return Err(unknown.into()),
        }
    }
    let what = if is_password { "password" } else { "token" };
    match mode().map_err(|unknown| unknown.advise(advice()))? {
        TwoFactor::Off if is_password || !case.is_new()? => requires_none(
            case,
            format!("although `{user}` has no two-factor authentication and the {what} does not bypass it"),
        ),
        TwoFactor::Off => report(
            case,
            format!("`{user}` has no two-factor authentication, and this token does not bypass it"),
            "npm's public registry accepts a publish only with two-factor authentication or a token that bypasses it",
            "add a security key to the account on npm's website, or use a token that bypasses two-factor authentication",
            "E403",
        ),
        TwoFactor::AuthOnly if !case.is_new()? => {
            requires_none(case, format!("because the account of `{user}` requires one only to log in"))
        }
        TwoFactor::AuthOnly | TwoFactor::AuthAndWrites if let Some(otp) = written => {
            Err(Assumption::new(format!("the one-time password in {otp} is still valid")).into())
        }
        TwoFactor::AuthOnly | TwoFactor::AuthAndWrites if plan.auth.can_prompt.is_none() => {
            let why = format!("because publishing as `{user}` requires a one-time password");
            Err(Assumption::new("the publish runs in a terminal, or with `--otp`").evidence(Some(why)).into())
        }
        TwoFactor::AuthOnly | TwoFactor::AuthAndWrites => report(
            case,
            format!(
                "publishing as `{user}` requires a one-time password, which {} cannot ask for here",
                plan.runner.name()
            ),
            &format!("this {what} does not bypass two-factor authentication, and there is no terminal"),
            help(case),
            "EOTP",
        ),
    }
}

fn help(case: &Case<'_>) -> &'static str {
    // No trusted publisher creates a package.
    let is_new = matches!(case.is_new(), Ok(true));
    if case.plan.runner.is_sent_by_npm() && !is_new { HELP } else { HELP_ELSEWHERE }
}

/// Whether the configured token bypasses the second factor. Only login sessions may read the list, and they never do:
/// that decides when the token is not in it, or looks like several that are.
fn bypasses(case: &Case<'_>) -> Answer<bool> {
    let rows = case.own_token_rows()?;
    if rows.iter().any(|row| row.bypass_2fa.is_none()) {
        return Err(case.token_suffices().into());
    }
    Ok(!rows.is_empty() && rows.iter().all(|row| row.bypass_2fa == Some(true)))
}

/// Whether a package requires a second factor is one of its settings, which nobody can read; the people of the project may
/// have said it.
fn requires_none(case: &Case<'_>, evidence: String) -> Answer<Vec<Diagnostic>> {
    let evidence = match &case.plan.declared.registry.two_factor {
        Some(policy) if policy.value != TwoFactorPolicy::Optional => return refused_by_policy(case, policy),
        Some(policy) => policy.says_so(),
        None => evidence,
    };
    Err(Assumption::new("the package does not require a second factor").evidence(Some(evidence)).into())
}

/// The people of the project say that the token does not bypass the second factor, and nothing of what packages require.
fn is_declared_weak(case: &Case<'_>) -> bool {
    let declared = &case.plan.declared.registry;
    declared.two_factor.is_none() && declared.token_bypasses_2fa.as_ref().is_some_and(|bypasses| !bypasses.value)
}

/// What the people of the project say of a token that cannot read its own permissions, where npm cannot ask for a second factor.
fn as_declared(case: &Case<'_>, unknown: Unknown) -> Answer<Vec<Diagnostic>> {
    let declared = &case.plan.declared.registry;
    let Some(bypasses) = declared.token_bypasses_2fa.as_ref().filter(|bypasses| !bypasses.value) else {
        return Err(unknown.into());
    };
    let says = bypasses.place.path_and_line();
    match &declared.two_factor {
        Some(policy) if policy.value != TwoFactorPolicy::Optional => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("this token does not bypass two-factor authentication, according to {says}"),
                "packages here require it, and nobody can be asked for a one-time password without a terminal",
                help(case),
            );
            let diagnostic = diagnostic.npm_error("EOTP").at(bypasses.place.clone(), "the token does not bypass it");
            trusted_publisher::about_credential(
                case,
                vec![diagnostic.related(policy.place.clone(), "packages require it")],
            )
        }
        _ => requires_none(case, format!("although the token does not bypass it, according to {says}")),
    }
}

/// The packages require a second factor that cannot be given here.
fn refused_by_policy(case: &Case<'_>, policy: &Declared<TwoFactorPolicy>) -> Answer<Vec<Diagnostic>> {
    let why = match policy.value {
        TwoFactorPolicy::Required => {
            "they accept no token without a one-time password, and npm cannot ask for one here"
        }
        TwoFactorPolicy::RequiredOrToken | TwoFactorPolicy::Optional => {
            "this credential does not bypass it, and there is no one-time password"
        }
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("packages here require two-factor authentication, according to {}", policy.place.path_and_line()),
        why,
        help(case),
    );
    trusted_publisher::about_credential(case, vec![diagnostic.npm_error("EOTP").at(policy.place.clone(), "required")])
}

fn report(case: &Case<'_>, message: String, why: &str, help: &str, code: &'static str) -> Answer<Vec<Diagnostic>> {
    let diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error(code);
    trusted_publisher::about_credential(case, vec![case.at_credential(diagnostic)])
}

#[cfg(test)]
mod tests;
