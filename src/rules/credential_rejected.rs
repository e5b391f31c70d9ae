//! A token that expired, was revoked or never existed: the registry reports it only after the upload.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::credential::Credential;
use crate::facts::{Gap, OnceAsked as _, Reason, Unknown, Whoami};
use crate::plan::Login;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-rejected",
    category: Category::Correctness,
    summary: "the registry rejects the token or password",
    npm_says: &[
        "E401",
        "E404",
        "Access token expired or revoked",
        "Incorrect or missing password",
        "could not be found or you do not have permission to access it",
        "your authentication token seems to be invalid",
    ],
    asks: &[Ask::Whoami, Ask::AnyStage, Ask::Packument],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Credential,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: true,
    order: Order::Last,
    security_severity: None,
    docs: r#"
### What it finds

A token or password that the registry rejects: expired, revoked, mistyped, or a classic npm token, all of which were
revoked in December 2025 (those in UUID format are found even offline). On registries other than npm's, reading the
package with the same credential must fail too, because `whoami` alone is not reliable there; Verdaccio, for example,
answers it with `{}` when the credential belongs to no user: that alone is a warning, and the check remains undecided, as
anybody may publish to some registries. On npm's registry a second request confirms the result: a
token that can list staged versions is valid, even if `whoami` does not know its user.

### Why it matters

When the token is not valid, npm's public registry answers a publish with `E404`, as if the package did not exist, or with
`E401`.

### What to do

Log in again with `npm login`. In CI, use trusted publishing or replace the secret with a new granular token. npm has
announced that from January 2027, tokens that bypass two-factor authentication can no longer publish directly.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /-/whoami 401
{ "error": "unauthorized" }
```
```json GET /-/stage?perPage=1 401
{ "error": "unauthorized" }
```
```json GET /left-lodge
{ "versions": { "1.0.0": {} }, "dist-tags": { "latest": "1.0.0" }, "maintainers": [{ "name": "alice" }] }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Login::Credential { credential, number, .. }, false) = (&plan.auth.login, plan.options.dry_run.value) else {
        return Ok(vec![]);
    };
    // Other rules report these, without asking the registry.
    if case.is_credential_unset() || super::credential_malformed::damage(plan).is_some() {
        return Ok(vec![]);
    }
    let registry = plan.destination.shown();
    let answer = case.whoami().once_asked()?;
    if let (Credential::Token(token), Err(_)) = (credential, &answer)
        && plan.destination.npmjs
        && is_uuid(token.expose())
    {
        let message = format!("this is a classic token, which {registry} no longer accepts");
        return report(case, message, "all classic tokens were revoked in December 2025", "E404");
    }
    let answer = match answer {
        Ok(answer) => answer,
        // Most other registries have no whoami; reading the package answers the same question.
        Err(unknown)
            if unknown.reason == Reason::Unsupported && !plan.destination.npmjs && is_refused(case, *number)? =>
        {
            let why =
                "the registry answered 401 to a read of the package, so the credential is expired, revoked or mistyped";
            return report(case, format!("{registry} rejects this {}", noun(credential)), why, "E401");
        }
        // It has no other question to ask.
        Err(unknown)
            if unknown.reason == Reason::Unsupported && !plan.destination.npmjs && unknown.not_a_registry.is_none() =>
        {
            return Err(case.may_publish().into());
        }
        Err(_) => return case.user().map(|_| vec![]),
    };
    let is_silent = matches!(answer, Whoami::Nobody | Whoami::Rejected { by_address: false, .. });
    let mut is_dead = false;
    if let (Credential::Token(_), true, true) = (credential, plan.destination.npmjs, is_silent) {
        match case.any_stage().once_asked()? {
            Ok(true) => return Err(case.token_suffices().into()),
            Ok(false) => is_dead = true,
            // A registry without staging has no second answer.
            Err(unknown) if unknown.reason == Reason::Unsupported && unknown.not_a_registry.is_none() => {}
            Err(unknown) => return Err(unknown.into()),
        }
    }
    match answer {
        Whoami::Nobody if is_dead => {}
        Whoami::User(_) | Whoami::Rejected { by_address: true, .. } => return Ok(vec![]),
        Whoami::Nobody if !plan.destination.npmjs && is_refused(case, *number)? => {}
        Whoami::Nobody => {
            let message = format!("{registry} does not recognize the user of this {}", noun(credential));
            let why = "it answered whoami without a user name, so the publish fails with 401 unless anybody may publish there";
            let open = Unknown::new(
                Reason::Unauthenticated,
                format!(
                    "{registry} refuses the publish unless it allows anonymous publishing; run `{}` to get a new \
                     credential",
                    plan.runner.words().login(&registry)
                ),
            );
            let found = report(case, message, why, "E401")?.into_iter();
            return Ok(found.map(|found| found.severity(Severity::Warning).leaves_open(open.clone())).collect());
        }
        Whoami::Rejected { .. } => {}
    }
    if !plan.destination.npmjs && !is_refused(case, *number)? {
        return Err(Gap::unknown(
            Reason::Unauthenticated,
            format!("{registry} answers 401 to whoami but not to other requests, so the credential may be valid"),
        ));
    }
    let code = match credential {
        Credential::Token(_) if plan.destination.npmjs => "E404",
        _ => "E401",
    };
    let did = match answer {
        Whoami::Nobody => "answered whoami without a user name",
        _ => "answered 401 to whoami",
    };
    let (subject, worth) = match credential {
        Credential::Token(_) => ("token", "expired, revoked or mistyped"),
        Credential::Basic { .. } => ("password", "changed or mistyped"),
    };
    let client = plan.runner.name();
    let tail =
        if code == "E404" { format!("; {client} itself would only report 404 Not Found") } else { String::new() };
    let why = format!("the registry {did}, so the {subject} is {worth}{tail}");
    report(case, format!("{registry} rejects this {}", noun(credential)), &why, code)
}

fn noun(credential: &Credential) -> &'static str {
    match credential {
        Credential::Token(_) => "token",
        Credential::Basic { .. } => "user name and password",
    }
}

/// Whether the registry refuses to read with this credential, too.
fn is_refused(case: &Case<'_>, number: usize) -> Answer<bool> {
    match case.packument().once_asked()? {
        Err(unknown) => Ok(unknown.reason == Reason::Unauthenticated && case.plan.auth.read_credential == Some(number)),
        Ok(_) => Ok(false),
    }
}

fn report(case: &Case<'_>, message: String, why: &str, code: &'static str) -> Answer<Vec<Diagnostic>> {
    let help = match case.plan.runner.ci.is_ci {
        true if matches!(case.is_new(), Ok(true)) => "replace the CI secret with a new token",
        true => "replace the CI secret with a new token, or use trusted publishing",
        false => "log in again, or replace it with a valid token",
    };
    let mut diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error(code);
    diagnostic.notes.extend(case.maintained_by()?);
    let login = case.plan.runner.words().login(&case.plan.destination.shown());
    let diagnostic =
        if case.plan.runner.ci.is_ci { diagnostic } else { diagnostic.fix(Fix::command("log in again", login)) };
    trusted_publisher::about_credential(case, vec![case.at_credential(diagnostic)])
}

/// The shape of npm's first tokens; later ones begin with `npm_`.
fn is_uuid(token: &str) -> bool {
    let groups: Vec<&str> = token.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
