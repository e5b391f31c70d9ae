//! A token can be good for reading, for some packages or for some addresses only.

use super::{Answer, Ask, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::name::PackageName;
use crate::plan::Login;
use crate::registry::credential::Credential;
use crate::registry::{Reason, TokenRow, Unknown, Whoami};

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
    asks: &[Ask::Whoami, Ask::Tokens],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A token that may only be used from other addresses, that may only read, or that is limited to other packages. What
a token may do is in the account's list of tokens, which npm's public registry shows to `npm login` sessions; with
a granular token, which may not read that list, the check is undecided. Whether a token may only stage cannot be
read at all.

### Why it matters

`whoami` works with such a token. The publish ends in `EAUTHIP`, `E403`, or `E404` for a scoped package.

### What to do

Create a token with read and write access to the package or its scope (a new package is in no list of packages),
without or with the right addresses, or use trusted publishing.

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

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Login::Credential { credential, .. }, false) = (&plan.login, plan.dry_run.value) else { return Ok(vec![]) };
    match case.whoami() {
        Ok(Whoami::User(_)) => {}
        Ok(Whoami::Rejected { by_address: true, .. }) => {
            let message =
                format!("{} does not take this credential from this machine's address", plan.shown_registry());
            let help = "use a token without, or with the right, list of addresses";
            return report(case, message, "the token is limited to other addresses", help, "EAUTHIP");
        }
        Ok(Whoami::Nobody | Whoami::Rejected { .. }) => return Ok(vec![]),
        // Elsewhere nothing but the address is known of tokens, and credential-rejected says that whoami failed.
        Err(unknown) if !plan.npmjs && unknown.question.is_none() => return Ok(vec![]),
        Err(unknown) => return Err(unknown),
    }
    let (Credential::Token(_), Some(name), true) = (credential, &plan.name, plan.npmjs) else { return Ok(vec![]) };
    let rows = case.own_token_rows()?;
    let Some(first) = rows.first().map(|row| limit(row, name)) else { return Ok(vec![]) };
    if rows.iter().any(|row| limit(row, name) != first) {
        return Err(Unknown::new(
            Reason::Unsupported,
            "several tokens of the account look like this one and may do different things; `npm token list` shows them",
        ));
    }
    let code = if name.scope().is_some() { "E404" } else { "E403" };
    let help = "create a token with read and write access to the package, or use trusted publishing";
    match first {
        Limit::None => Ok(vec![]),
        Limit::ReadOnly => {
            report(case, "this token may only read".to_owned(), "publishing needs write access", help, code)
        }
        Limit::Others => {
            let message = format!("this token is limited to other packages than `{name}`");
            report(case, message, "a token publishes only the packages and scopes it was made for", help, code)
        }
        Limit::Unclear => Err(Unknown::new(
            Reason::Unsupported,
            format!(
                "the token is limited in a way that does not tell whether it covers `{name}`; see `npm token list`"
            ),
        )),
    }
}

/// What stands in the way.
#[derive(PartialEq, Eq)]
enum Limit {
    None,
    ReadOnly,
    Others,
    Unclear,
}

fn limit(row: &TokenRow, name: &PackageName) -> Limit {
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
    if scopes.is_empty() || scopes.iter().any(|(kind, to)| matches!(&**kind, "package" | "scope") && covers(to)) {
        Limit::None
    } else if scopes.iter().all(|(kind, _)| kind == "package") {
        Limit::Others
    } else {
        Limit::Unclear
    }
}

fn report(case: &Case<'_>, message: String, why: &str, help: &str, code: &'static str) -> Answer<Vec<Diagnostic>> {
    let diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error(code).fix(Fix::command(
        "create a token for the package",
        format!("npm token create --packages {} --packages-and-scopes-permission read-write", case.plan.shown_name()),
    ));
    case.about_credential(vec![case.at_credential(diagnostic)])
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Scene;

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
    fn a_token_that_may_not_publish_the_package_is_found() {
        token(&[r#""readonly":true"#]).finds("credential-restricted", 1);
        token(&[OTHER]).finds("credential-restricted", 1);
        token(&[OTHER, OTHER]).finds("credential-restricted", 1);
        let found = with(Scene::new(r#"{"name":"@acme/core","version":"1.0.0"}"#), &[OTHER]);
        assert_eq!(found.finds("credential-restricted", 1)[0].npm_error, Some("E404"));
    }

    #[test]
    fn an_address_that_is_not_allowed_is_found_everywhere() {
        let scene = || {
            Scene::version("1.1.0")
                .answer("/-/whoami", 401, r#"{"error":"no"}"#)
                .header("www-authenticate", "ipaddress")
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
    fn what_cannot_be_read_is_undecided() {
        let granular = Scene::version("1.1.0").alice().answer(TOKENS, 401, r#"{"error":"unauthorized"}"#);
        granular.undecided("credential-restricted");
        token(&[OTHER, OURS]).undecided("credential-restricted");
        token(&[r#""scopes":[{"type":"org","name":"acme"}]"#]).undecided("credential-restricted");
        token(&[r#""readonly":true"#]).identity().undecided("credential-restricted");
    }
}
