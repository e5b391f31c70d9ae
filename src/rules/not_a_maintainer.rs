//! An organisation's package is published by those to whom a team gives write access; everybody else is refused.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::{Assumption, OnceAsked as _, Permission, Reason, Seen};
use crate::plan::Login;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "not-a-maintainer",
    category: Category::Correctness,
    summary: "the logged-in user has no write access to the package",
    npm_says: &["E403", "E404", "You do not have permission to publish"],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Collaborators, Ask::Roster],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Account,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::First,
    security_severity: None,
    docs: r#"
### What it finds

A package on npm's public registry that the logged-in user cannot write to: a scoped package that does not list the user
as a collaborator, or any package that the user can only read. Other registries do not say who may publish a package, so
it is assumed there that you may.

### Why it matters

Being a member of an organisation is not enough: a team of yours needs read-write access to the package. The registry
answers `E403`, or `E404` if the package is private.

### What to do

Log in as a user with write access, or have an owner grant it to a team of yours:
`npm access grant read-write @org:team @org/package`.

### Example

```json package.json
{
  "name": "@acme/docs",
  "version": "1.1.0"
}
```
```json GET /@acme%2fdocs
{ "versions": { "1.0.0": {} }, "maintainers": [{ "name": "bob" }] }
```
```json GET /-/whoami
{ "username": "alice" }
```
```json GET /-/package/@acme%2fdocs/collaborators
{ "bob": "write", "alice": "read" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if !plan.destination.npmjs
        && !plan.options.dry_run.value
        && matches!(plan.auth.login, Login::Credential { .. } | Login::Certificate { .. })
    {
        return Err(case.may_publish().into());
    }
    let Some(name) = case.plan.package.name().filter(|_| case.sends_to_npmjs()) else { return Ok(vec![]) };
    let Seen::Here(packument) = case.packument()? else { return Ok(vec![]) };
    let Some(user) = case.user()? else { return Ok(vec![]) };
    let scope = name.scope().map(|scope| scope.trim_start_matches('@'));
    if packument.versions.is_empty() {
        return Ok(vec![]);
    }
    let message = match (case.permission(user, packument)?, scope) {
        (Some(Permission::Write), _) | (None, None) => return Ok(vec![]),
        (Some(Permission::Read), _) => format!("`{user}` can read `{name}`, but not publish it"),
        (None, Some(own)) if own == user => {
            let statement = format!("the owner of the scope `@{own}` can publish it without being a maintainer");
            return Err(Assumption::new(statement).verify(format!("npm access list collaborators {name}")).into());
        }
        (None, Some(organisation)) => {
            if governs(case, user, organisation)? {
                return Ok(vec![]);
            }
            format!("`{user}` is not allowed to publish `{name}`")
        }
    };
    let grant = match scope {
        Some(organisation) => format!("npm access grant read-write @{organisation}:<team> {name}"),
        None => format!("npm owner add {user} {name}"),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        message,
        "only users with write access may publish a package",
        format!("log in as one of them, or have an owner run `{grant}`"),
    )
    .npm_error("E403")
    .fix(Fix::command("log in as another user", plan.runner.words().login(&plan.destination.shown())));
    trusted_publisher::about_credential(case, vec![case.at_credential(diagnostic)])
}

/// Whether the user owns or administrates the organisation: such users have rights that no team gives them.
fn governs(case: &Case<'_>, user: &str, organisation: &str) -> Answer<bool> {
    match case.roster().once_asked()? {
        Ok(Seen::Here(members)) => Ok(members.get(user).is_some_and(|role| role == "owner" || role == "admin")),
        Ok(Seen::NotVisible) => Ok(false),
        // Members may see who is a member.
        Err(unknown) if unknown.reason == Reason::Forbidden => Ok(false),
        Err(unknown) => Err(unknown.advise(format!("`npm org ls {organisation} {user}` shows the user's role")).into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const COLLABORATORS: &str = "/-/package/@acme%2fcore/collaborators";
    const ROSTER: &str = "/-/org/acme/user";

    fn core() -> Scene {
        Scene::new(r#"{"name":"@acme/core","version":"1.1.0"}"#).alice().answer(
            "/@acme%2fcore",
            200,
            r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"bob"}]}"#,
        )
    }

    #[test]
    fn a_user_without_write_access_is_reported() {
        core().answer(COLLABORATORS, 200, r#"{"bob":"write","alice":"read"}"#).finds("not-a-maintainer", 1);
        let unlisted = || core().answer(COLLABORATORS, 200, r#"{"bob":"write"}"#);
        unlisted().answer(ROSTER, 200, r#"{"bob":"owner","alice":"developer"}"#).finds("not-a-maintainer", 1);
        unlisted().answer(ROSTER, 403, r#"{"error":"Forbidden"}"#).finds("not-a-maintainer", 1);
    }

    #[test]
    fn users_with_write_access_may_publish() {
        core().answer(COLLABORATORS, 200, r#"{"bob":"write","alice":"write"}"#).finds("not-a-maintainer", 0);
        core()
            .answer(COLLABORATORS, 200, r#"{"bob":"write"}"#)
            .answer(ROSTER, 200, r#"{"alice":"owner"}"#)
            .finds("not-a-maintainer", 0);
        Scene::version("1.1.0")
            .alice()
            .packument(r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"alice"}]}"#)
            .finds("not-a-maintainer", 0);
    }

    #[test]
    fn an_unlisted_owner_of_the_scope_is_undecided() {
        let own = |maintainer: &str| {
            let packument = format!(r#"{{"versions":{{"1.0.0":{{}}}},"maintainers":[{{"name":"{maintainer}"}}]}}"#);
            Scene::new(r#"{"name":"@alice/core","version":"1.1.0"}"#)
                .alice()
                .answer("/@alice%2fcore", 200, &packument)
                .answer("/-/package/@alice%2fcore/collaborators", 200, r#"{"bob":"write"}"#)
        };
        own("alice").finds("not-a-maintainer", 0);
        own("bob").undecided("not-a-maintainer");
    }

    #[test]
    fn an_unscoped_name_of_somebody_else_is_left_to_name_taken() {
        let scene = |collaborators| {
            Scene::version("1.1.0")
                .alice()
                .packument(r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"mallory"}]}"#)
                .answer("/-/package/left-lodge/collaborators", 200, collaborators)
        };
        scene(r#"{"mallory":"write"}"#).finds("not-a-maintainer", 0);
        scene(r#"{"mallory":"write","alice":"read"}"#).finds("not-a-maintainer", 1);
        scene(r#"{"mallory":"write","alice":"read"}"#).finds("name-taken", 0);
    }

    #[test]
    fn without_the_collaborators_it_is_undecided() {
        core().answer(COLLABORATORS, 401, r#"{"error":"unauthorized"}"#).undecided("not-a-maintainer");
    }

    #[test]
    fn other_registries_are_not_checked() {
        let detail = |scene: Scene| scene.private_registry().undecided("not-a-maintainer").detail;
        // What is the same for all packages is reported once.
        assert_eq!(detail(core()), detail(Scene::version("1.1.0")));
        core().private_registry().logged_out().finds("not-a-maintainer", 0);
        core().private_registry().args(&["--dry-run"]).finds("not-a-maintainer", 0);
    }
}
