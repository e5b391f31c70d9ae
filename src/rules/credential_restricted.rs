//! A token can be good for reading, for some packages or for some addresses only.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::credential::Credential;
use crate::facts::{OnceAsked as _, TokenRow, Whoami};
use crate::npm::name::PackageName;
use crate::plan::Login;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-restricted",
    category: Category::Correctness,
    summary: "the token may not publish this package, or not from here",
    npm_says: &[
        "EAUTHIP",
        "E403",
        "E404",
        "E_STAGE_REQUIRED",
        "You may not perform that action with these credentials",
    ],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Tokens],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Credential,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Last,
    security_severity: None,
    docs: r#"
### What it finds

A token that is read-only, limited to other packages, limited to other IP addresses, or that can only stage new
versions. npm's public registry shows this in the account's list of tokens, but only to `npm login` sessions. A granular
token cannot read that list, so it is assumed that the token may publish the package.

### Why it matters

`whoami` works with such a token, but the publish fails with `EAUTHIP`, `E403`, or `E404` for a scoped package.

### What to do

Create a token with read and write access to the package, and with no IP address limit or the right one. A package that
is new cannot be chosen for a token: it needs one for its scope, or for all packages. Or use trusted publishing.

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
```json GET /-/npm/v1/tokens?perPage=100
{ "objects": [{ "token": "npm_secr...cret", "readonly": true }], "urls": {} }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Login::Credential { credential, .. }, false) = (&plan.auth.login, plan.options.dry_run.value) else {
        return Ok(vec![]);
    };
    if case.is_credential_unset() {
        return Ok(vec![]);
    }
    match case.whoami().once_asked()? {
        Ok(Whoami::User(_)) => {}
        Ok(Whoami::Rejected { by_address: true, .. }) => {
            let message =
                format!("{} does not accept this credential from this machine's IP address", plan.destination.shown());
            let help = "use a token that is allowed from this IP address";
            return report(case, message, "the token is limited to other IP addresses", help, "EAUTHIP");
        }
        Ok(Whoami::Nobody | Whoami::Rejected { .. }) => return Ok(vec![]),
        // Elsewhere nothing but the address is known of tokens, and credential-rejected says that whoami failed.
        Err(_) if !plan.destination.npmjs => return Ok(vec![]),
        Err(_) => return case.user().map(|_| vec![]),
    }
    let (Credential::Token(_), Some(name), true) = (credential, plan.package.name(), plan.destination.npmjs) else {
        return Ok(vec![]);
    };
    let rows = case.own_token_rows()?;
    let limit = |row: &&TokenRow| limit(row, name, plan.options.stage);
    let Some(first) = rows.first().map(limit) else { return Ok(vec![]) };
    if rows.iter().any(|row| limit(row) != first) {
        return Err(case
            .token_suffices()
            .evidence(Some("because several tokens of the account look like it".to_owned()))
            .into());
    }
    if first == Limit::StageOnly {
        let diagnostic = Diagnostic::new(
            &RULE,
            "this token can stage new versions, but not publish them",
            "npm's public registry refuses to publish with such a token, even if it bypasses two-factor \
                authentication",
            "run `npm stage publish` and have a maintainer approve it, or use another token",
        )
        .npm_error("E_STAGE_REQUIRED")
        .fix(Fix::command("stage it", "npm stage publish"));
        return trusted_publisher::about_credential(case, vec![case.at_credential(diagnostic)]);
    }
    let code = if name.scope().is_some() { "E404" } else { "E403" };
    let reach = case.token_for_a_new_package();
    let help = match &reach {
        Some(reach) => format!("create a token with read and write access to {reach}, because the package is new"),
        None => "use trusted publishing, or create a token with read and write access to the package".to_owned(),
    };
    match first {
        Limit::None | Limit::StageOnly => Ok(vec![]),
        Limit::ReadOnly => {
            report(case, "this token is read-only".to_owned(), "publishing needs write access", &help, code)
        }
        Limit::Others => {
            let message = format!("this token is limited to other packages than `{name}`");
            report(case, message, "a token can publish only the packages and scopes it was created for", &help, code)
        }
        Limit::Unclear => Err(case.token_suffices().into()),
    }
}

/// Why it is restricted.
#[derive(PartialEq, Eq)]
enum Limit {
    None,
    ReadOnly,
    StageOnly,
    Others,
    Unclear,
}

fn limit(row: &TokenRow, name: &PackageName, stage: bool) -> Limit {
    if row.readonly {
        return Limit::ReadOnly;
    }
    let covers = |limited_to: &str| {
        limited_to == "*" || limited_to == name.as_str() || {
            let scope = limited_to.strip_suffix("/*").unwrap_or(limited_to);
            name.scope().is_some_and(|own| own == scope)
        }
    };
    let scopes = &row.scopes;
    let covered = if row.stage_only && !stage { Limit::StageOnly } else { Limit::None };
    if scopes.is_empty() || scopes.iter().any(|(kind, to)| matches!(&**kind, "package" | "scope") && covers(to)) {
        covered
    } else if scopes.iter().all(|(kind, _)| kind == "package") {
        Limit::Others
    } else {
        Limit::Unclear
    }
}

fn report(case: &Case<'_>, message: String, why: &str, help: &str, code: &'static str) -> Answer<Vec<Diagnostic>> {
    let scope = case.plan.package.name().and_then(PackageName::scope);
    let (description, reach) = match (case.token_for_a_new_package(), scope) {
        (None, _) => ("create a token for the package", format!("--packages {}", case.plan.package.shown_name())),
        (Some(_), Some(scope)) => ("create a token for the scope", format!("--scopes {scope}")),
        (Some(_), None) => ("create a token for all packages", "--packages-all".to_owned()),
    };
    let command = format!("npm token create {reach} --packages-and-scopes-permission read-write");
    let diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error(code).fix(Fix::command(description, command));
    trusted_publisher::about_credential(case, vec![case.at_credential(diagnostic)])
}

#[cfg(test)]
mod tests;
