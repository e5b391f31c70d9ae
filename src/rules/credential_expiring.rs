//! A token that works today and not next week breaks the next release.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::credential::Credential;
use crate::facts::{OnceAsked as _, Unknown, Whoami};
use crate::plan::Login;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};
use crate::text::count::plural;
use crate::text::time::seconds;

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-expiring",
    category: Category::Suspicious,
    summary: "the token is about to expire",
    npm_says: &[],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Tokens],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Credential,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Last,
    security_severity: None,
    docs: r#"
### What it finds

A token of npm's public registry that expires within a week, or an `npm login` session that ends within ten minutes. The
expiry date is in the account's list of tokens, which only `npm login` sessions can read. For a token that cannot read it,
and on other registries, the date in `token-expires` of npm-preflight's settings counts; once it has passed, that is an error.

### Why it matters

The registry answers an expired token with `E404` or `E401`, and nothing says that it expired.

### What to do

Use trusted publishing, which has no token to expire, or create a new token and update it wherever it is stored. npm has
announced that tokens that bypass two-factor authentication can no longer publish directly from January 2027.

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
{ "objects": [{ "token": "npm_secr...cret", "expiry": "2027-01-17T00:00:00.000Z" }], "urls": {} }
```
"#,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Before the last day of a token, and with it.
const DAYS: u64 = 8;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    // The registry's date is more reliable than a declared one.
    match expiry(case).once_asked()? {
        Ok(Expiry::Known(found)) => Ok(found),
        Ok(Expiry::Unknown) => declared(case),
        Err(unknown) => match declared(case)? {
            found if found.is_empty() => Err(unknown.into()),
            found => Ok(found),
        },
    }
}

/// What the registry says about when the token expires.
enum Expiry {
    /// It gives the date, or says that there is none; what follows from that.
    Known(Vec<Diagnostic>),
    /// It does not show it to this credential.
    Unknown,
}

fn expiry(case: &Case<'_>) -> Answer<Expiry> {
    if !case.sends_to_npmjs() || case.user()?.is_none() {
        return Ok(Expiry::Unknown);
    }
    let rows = match case.own_token_rows().once_asked()? {
        Ok(rows) => rows,
        // A granular token cannot read its own expiry date, and whoami shows that it works now.
        Err(Unknown { assumption: Some(_), .. }) => return Ok(Expiry::Unknown),
        Err(unknown) => return Err(unknown.into()),
    };
    // Of several tokens that look alike the one that lives longest: whatever the real one is, it expires by then.
    let expiries: Option<Vec<u64>> = rows.iter().map(|row| row.expiry.as_deref().and_then(seconds)).collect();
    let Some(expiry) = expiries.and_then(|expiries| expiries.into_iter().max()) else {
        return Ok(if rows.is_empty() { Expiry::Unknown } else { Expiry::Known(vec![]) });
    };
    let left = expiry.saturating_sub(case.now);
    // Sessions live two hours; granular tokens at least a day.
    let message = match left {
        0 => "this token has expired, according to the account's list of tokens".to_owned(),
        1..=600 => format!("this token expires in {}", plural(left.div_ceil(MINUTE), "minute")),
        left if left <= 12 * HOUR || left > 7 * DAY => return Ok(Expiry::Known(vec![])),
        left => format!("this token expires in {} hours", left / HOUR),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        message,
        "an expired token is rejected, and nothing says that it expired",
        "use trusted publishing, or create a new token in time",
    )
    .fix(Fix::command("create a new token", "npm token create"));
    Ok(Expiry::Known(vec![case.at_credential(diagnostic)]))
}

/// What follows from the date in the settings.
fn declared(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let is_token = matches!(plan.auth.login, Login::Credential { credential: Credential::Token(_), .. });
    let sends = is_token && !plan.options.dry_run.value && !case.is_credential_unset();
    let Some(day) = plan.declared.registry.token_expires.as_ref().filter(|_| sends) else { return Ok(vec![]) };
    let (date, says) = (&day.value.text, day.place.path_and_line());
    let expires = (
        "an expired token is rejected, and npm does not say that it expired",
        "use trusted publishing, or create a new token, and write its date here",
    );
    let (severity, message, (why, help)) = match day.value.days_left(case.now) {
        Some(left) if left > DAYS => return Ok(vec![]),
        Some(_) => (Severity::Warning, format!("the token expires on {date}, according to {says}"), expires),
        None if matches!(case.whoami().once_asked()?, Ok(Whoami::User(_))) => (
            Severity::Warning,
            format!("the token should have expired on {date}, according to {says}, but it is valid"),
            (
                "the date is that of another token, so nothing warns before this one expires",
                "write the token's own date here",
            ),
        ),
        None => (Severity::Error, format!("the token expired on {date}, according to {says}"), expires),
    };
    let diagnostic = Diagnostic::new(&RULE, message, why, help);
    let diagnostic = diagnostic.severity(severity).at(day.place.clone(), "the last day of the token");
    let found = vec![diagnostic.fix(Fix::command("create a new token", "npm token create"))];
    if severity == Severity::Error { trusted_publisher::about_credential(case, found) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    const TOKENS: &str = "/-/npm/v1/tokens?perPage=100";

    fn expiring(expiry: &str) -> Scene {
        let rows = format!(r#"{{"objects":[{{"token":"npm_secr...cret","expiry":{expiry}}}],"urls":{{}}}}"#);
        Scene::version("1.1.0").alice().answer(TOKENS, 200, &rows)
    }

    #[test]
    fn a_token_that_expires_soon_is_reported() {
        for expiry in [r#""2027-01-15T08:05:00.000Z""#, r#""2027-01-16T08:00:00Z""#, r#""2027-01-22T08:00:00Z""#] {
            expiring(expiry).finds("credential-expiring", 1);
        }
        let gone = &expiring(r#""2027-01-15T07:59:59Z""#).finds("credential-expiring", 1)[0];
        assert!(gone.message.starts_with("this token has expired"), "{}", gone.message);
        let last_seconds = &expiring(r#""2027-01-15T08:00:30Z""#).finds("credential-expiring", 1)[0];
        assert_eq!(last_seconds.message, "this token expires in 1 minute");
    }

    #[test]
    fn a_token_with_time_left_or_a_live_session_is_fine() {
        for expiry in ["null", r#""2027-01-15T10:00:00Z""#, r#""2027-03-01T00:00:00Z""#] {
            expiring(expiry).finds("credential-expiring", 0);
        }
        expiring(r#""2027-01-16T08:00:00Z""#).private_registry().finds("credential-expiring", 0);
    }

    #[test]
    fn a_token_that_cannot_read_the_list_is_not_reported() {
        let list = |status| Scene::version("1.1.0").alice().answer(TOKENS, status, r#"{"error":"no"}"#);
        list(401).finds("credential-expiring", 0);
        list(503).undecided("credential-expiring");
    }

    /// A token that works or does not, and cannot read when it expires.
    fn declaring(date: &str, whoami: (u16, &str)) -> Scene {
        let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
        let settings = format!("[registry.\"{registry}\"]\ntoken-expires = {date}\n");
        let scene = Scene::version("1.1.0").answer("/-/whoami", whoami.0, whoami.1).answer(TOKENS, 401, "{}");
        scene.file("npm-preflight.toml", &settings)
    }

    const ALICE: (u16, &str) = (200, r#"{"username":"alice"}"#);
    const REJECTED: (u16, &str) = (401, r#"{"error":"unauthorized"}"#);

    #[test]
    fn a_declared_date_counts_if_the_registry_gives_none() {
        let weights = |scene: Scene| -> Vec<Severity> {
            scene.check("credential-expiring").unwrap().iter().map(|found| found.severity).collect()
        };
        for (date, expected) in
            [("2027-01-15", vec![Severity::Warning]), ("2027-01-22", vec![Severity::Warning]), ("2027-01-23", vec![])]
        {
            assert_eq!(weights(declaring(date, ALICE)), expected, "{date}");
            assert_eq!(weights(declaring(date, ALICE).private_registry()), expected, "{date}");
        }
        let found = declaring("2027-01-14", REJECTED).finds("credential-expiring", 1);
        assert!(found[0].is_error());
        assert_eq!(found[0].place.as_ref().unwrap().path_and_line(), "npm-preflight.toml:2");
        declaring("2027-01-14", REJECTED).logged_out().undecided("credential-expiring");
        declaring("2027-01-14", REJECTED).identity().assumes("credential-expiring");
    }

    #[test]
    fn a_declared_date_is_outdated_if_the_token_still_works() {
        let found = declaring("2027-01-14", ALICE).finds("credential-expiring", 1);
        assert!(!found[0].is_error() && found[0].message.ends_with("but it is valid"), "{found:?}");
    }

    #[test]
    fn the_registrys_date_outranks_a_declared_one() {
        let rows = r#"{"objects":[{"token":"npm_secr...cret","expiry":"2027-03-01T00:00:00Z"}],"urls":{}}"#;
        let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
        let settings = format!("[registry.\"{registry}\"]\ntoken-expires = 2027-01-14\n");
        let scene = Scene::version("1.1.0").alice().answer(TOKENS, 200, rows).file("npm-preflight.toml", &settings);
        scene.finds("credential-expiring", 0);
    }
}
