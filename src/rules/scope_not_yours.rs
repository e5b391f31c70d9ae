//! A new scoped package needs a scope that is the user's own name or an organisation the user belongs to.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::{Assumption, OnceAsked as _, Reason, Seen};
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "scope-not-yours",
    category: Category::Correctness,
    summary: "the scope of a new package does not exist or is not the user's",
    npm_says: &[
        "E404",
        "E403",
        "Scope not found",
        "You do not have permission to publish",
        "could not be found or you do not have permission to access it",
    ],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Roster, Ask::Tokens, Ask::Packages],
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

A new package on npm's public registry whose scope is neither the logged-in user nor an organisation that the user
belongs to. For a member who is neither owner nor admin, it is assumed that the name does not belong to a private
package that the user cannot see. If a token may not read who the members are, what it shows of the scope's packages decides.

### Why it matters

The registry answers `E404` for a scope that does not exist, and `E403` or `E404` for one that belongs to somebody else,
without saying which.

### What to do

Correct the scope, create the organisation on npm's website (free for public packages), or ask one of its owners to add
you: `npm org set <org> <you>`.

### Example

```json package.json
{
  "name": "@acmee/widget",
  "version": "1.0.0"
}
```
```json GET /@acmee%2fwidget 404
{ "error": "Not found" }
```
```json GET /-/whoami
{ "username": "alice" }
```
```json GET /-/org/acmee/user 404
{ "error": "Not found" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(name) = case.plan.package.name().filter(|_| case.sends_to_npmjs()) else { return Ok(vec![]) };
    let Some(scope) = name.scope().map(|scope| scope.trim_start_matches('@')) else { return Ok(vec![]) };
    let user = match case.user().once_asked()? {
        Ok(user) if user.is_none_or(|user| user == scope) => return Ok(vec![]),
        Err(unknown) if !unknown.lacks_user => return Err(unknown.into()),
        user => user,
    };
    if matches!(case.packument()?, Seen::Here(packument) if !packument.versions.is_empty()) {
        return Ok(vec![]);
    }
    let Some(user) = user? else { return Ok(vec![]) };
    let advice = || format!("`npm org ls {scope} {user}` shows whether `{user}` is a member, after `npm login`");
    let (message, why, code) = match case.roster().once_asked()? {
        Ok(Seen::Here(members)) => match members.get(user).map(String::as_str) {
            Some("owner" | "admin") => return Ok(vec![]),
            // Members without a team see none of the organisation's private packages.
            Some(_) => {
                let statement = format!("`{scope}` has no private package of that name");
                return Err(Assumption::new(statement).verify(format!("npm access list packages @{scope}")).into());
            }
            None => (not_a_member(user, scope), ONLY_MEMBERS, "E403"),
        },
        Ok(Seen::NotVisible) => (
            format!("the scope `@{scope}` is neither `{user}` nor an organisation that `{user}` can see"),
            "a new package can only be published in the user's own scope or organisation",
            "E404",
        ),
        // A granular token may be kept from reading organisations its user belongs to; a session is not, and only
        // a session may list the account's tokens.
        Err(unknown) if unknown.reason == Reason::Forbidden => match case.tokens().once_asked()? {
            Ok(_) => (not_a_member(user, scope), ONLY_MEMBERS, "E403"),
            Err(_) => return unseen(case, user, scope),
        },
        Err(unknown) => return Err(unknown.advise(advice()).into()),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        message,
        why,
        format!("correct the scope, or have an owner of `{scope}` run `npm org set {scope} {user}`"),
    )
    .npm_error(code)
    .at(case.plan.package.manifest.place_of("name"), "this scope")
    .fix(Fix::maybe(
        "publish it under your own scope",
        case.plan
            .runner
            .words()
            .set_fields(&format!("name=@{user}/{}", name.as_str().split('/').next_back().unwrap_or_default())),
    ));
    trusted_publisher::about_credential(case, vec![diagnostic])
}

/// Who belongs to an organisation is not shown to every token. Packages are, and a member has mostly some.
fn unseen(case: &Case<'_>, user: &str, scope: &str) -> Answer<Vec<Diagnostic>> {
    let mut is_anything_known = true;
    for account in [format!("user/{user}"), format!("org/{scope}")] {
        let prefix = format!("@{scope}/");
        match case.packages_of(account).once_asked()? {
            Ok(Seen::Here(packages)) if packages.keys().any(|name| name.starts_with(&prefix)) => {
                return Err(membership(user, scope).into());
            }
            Ok(_) => {}
            Err(_) => is_anything_known = false,
        }
    }
    if !is_anything_known {
        return Err(membership(user, scope).into());
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("nothing shows that `{user}` belongs to `@{scope}`"),
        "the token cannot see any package or member of the scope, and only members can publish in it",
        format!("see with `npm org ls {scope} {user}` after `npm login`, or correct the scope"),
    );
    let diagnostic = diagnostic.npm_error("E403").severity(Severity::Warning);
    let diagnostic = diagnostic.at(case.plan.package.manifest.place_of("name"), "this scope");
    trusted_publisher::about_credential(case, vec![diagnostic])
}

/// Who belongs to an organisation is not shown to every token.
fn membership(user: &str, scope: &str) -> Assumption {
    Assumption::new(format!("`{user}` belongs to `@{scope}`")).verify(format!("npm org ls {scope} {user}"))
}

const ONLY_MEMBERS: &str = "only members of an organisation may publish under its scope";

fn not_a_member(user: &str, scope: &str) -> String {
    format!("`{user}` is not a member of the organisation `{scope}`")
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ROSTER: &str = "/-/org/acme/user";

    fn new_package() -> Scene {
        Scene::new(r#"{"name":"@acme/widget","version":"1.0.0"}"#).alice().answer(
            "/@acme%2fwidget",
            404,
            r#"{"error":"Not found"}"#,
        )
    }

    #[test]
    fn a_scope_that_does_not_exist_is_reported() {
        let found = new_package().answer(ROSTER, 404, r#"{"error":"Not found"}"#).finds("scope-not-yours", 1);
        assert_eq!(found[0].npm_error, Some("E404"));
    }

    #[test]
    fn a_token_that_sees_no_package_of_the_scope_is_a_warning() {
        let token = |own: &str, org: (u16, &str)| {
            new_package()
                .answer(ROSTER, 403, "{}")
                .answer("/-/npm/v1/tokens?perPage=100", 403, "{}")
                .answer("/-/user/alice/package", 200, own)
                .answer("/-/org/acme/package", org.0, org.1)
        };
        let nothing = (200, r#"{"@other/x":"read"}"#);
        assert!(!token(r#"{"left-lodge":"write"}"#, nothing).finds("scope-not-yours", 1)[0].is_error());
        assert!(!token("{}", (404, r#"{"error":"Not found"}"#)).finds("scope-not-yours", 1)[0].is_error());
        token(r#"{"@acme/core":"write"}"#, nothing).assumes("scope-not-yours");
        token("{}", (200, r#"{"@acme/core":"read"}"#)).assumes("scope-not-yours");
        token("{}", (403, "{}")).assumes("scope-not-yours");
    }

    #[test]
    fn an_organisation_without_the_user_is_reported() {
        let found = new_package().answer(ROSTER, 200, r#"{"bob":"owner"}"#).finds("scope-not-yours", 1);
        assert_eq!(found[0].npm_error, Some("E403"));
        new_package()
            .answer(ROSTER, 403, r#"{"error":"Forbidden"}"#)
            .answer("/-/npm/v1/tokens?perPage=100", 200, r#"{"objects":[],"total":0,"urls":{}}"#)
            .finds("scope-not-yours", 1);
    }

    #[test]
    fn the_users_own_scope_and_organisation_are_fine() {
        for role in ["owner", "admin"] {
            new_package().answer(ROSTER, 200, &format!(r#"{{"alice":"{role}"}}"#)).finds("scope-not-yours", 0);
        }
        Scene::new(r#"{"name":"@alice/widget","version":"1.0.0"}"#).alice().finds("scope-not-yours", 0);
    }

    #[test]
    fn a_member_may_be_unable_to_see_a_private_package() {
        let unknown = new_package().answer(ROSTER, 200, r#"{"bob":"owner","alice":"developer"}"#);
        assert_eq!(unknown.assumes("scope-not-yours"), "`acme` has no private package of that name");
    }

    #[test]
    fn existing_packages_are_left_to_not_a_maintainer() {
        Scene::new(r#"{"name":"@acme/widget","version":"1.0.0"}"#)
            .alice()
            .answer("/@acme%2fwidget", 200, r#"{"versions":{"0.1.0":{}}}"#)
            .finds("scope-not-yours", 0);
    }

    #[test]
    fn a_user_with_hidden_membership_is_assumed_to_be_a_member() {
        let assumed = new_package()
            .answer(ROSTER, 403, r#"{"error":"Forbidden"}"#)
            .answer("/-/npm/v1/tokens?perPage=100", 401, r#"{"error":"unauthorized"}"#)
            .answer("/-/user/alice/package", 403, r#"{"error":"Forbidden"}"#)
            .answer("/-/org/acme/package", 403, r#"{"error":"Forbidden"}"#)
            .assumes("scope-not-yours");
        assert_eq!(assumed, "`alice` belongs to `@acme`");
    }

    #[test]
    fn nothing_is_reported_without_a_user_or_on_other_registries() {
        assert!(new_package().logged_out().undecided("scope-not-yours").lacks_user);
        new_package().private_registry().finds("scope-not-yours", 0);
    }
}
