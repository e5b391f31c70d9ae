//! On npm's public registry a name without a scope belongs to whoever published it first.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops, trusted_publisher};
use crate::facts::{Assumption, OnceAsked as _, Packument, Seen, Unknown};
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-taken",
    category: Category::Correctness,
    summary: "the package name belongs to somebody else",
    npm_says: &["E403", "You do not have permission to publish"],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Collaborators],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Owner,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::First,
    security_severity: None,
    docs: r#"
### What it finds

An unscoped name that exists on npm's public registry, if the logged-in user is neither a maintainer nor a collaborator
of the package. Also a name held by npm's security team.

### Why it matters

A name can be used only once. The registry answers `E403` after the upload.

### What to do

Choose another name, put the package under your own scope, or have a maintainer add you with `npm owner add <you>
<package>`. If it is your own package, you are logged in as the wrong user.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /left-lodge
{ "versions": { "1.0.0": {} }, "maintainers": [{ "name": "mallory" }] }
```
```json GET /-/whoami
{ "username": "alice" }
```
```json GET /-/package/left-lodge/collaborators
{ "mallory": "write" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(name) = case.plan.package.name().filter(|name| name.scope().is_none() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    let Seen::Here(packument) = case.packument()? else { return Ok(vec![]) };
    if packument.versions.is_empty() {
        return Ok(vec![]);
    }
    let user = match case.user().once_asked()? {
        Ok(user) => user,
        Err(unknown) => return Err(owner_of_token(packument, unknown).into()),
    };
    let Some(user) = user else { return Ok(vec![]) };
    let held = is_held_by_npm(packument) && user != "npm";
    if !held && case.permission(user, packument)?.is_some() {
        return Ok(vec![]);
    }
    let (message, advice) = if held {
        (
            format!("the name `{name}` is held by npm's security team"),
            "choose another name, or ask npm's support for this one".to_owned(),
        )
    } else {
        let owners = match packument.maintainers.as_deref() {
            Some([owner, ..]) => format!("`{owner}`"),
            _ => "somebody else".to_owned(),
        };
        (
            format!("`{name}` belongs to {owners}, and you are logged in as `{user}`"),
            format!("choose another name, log in as a maintainer, or have one run `npm owner add {user} {name}`"),
        )
    };
    let scoped = format!("@{user}/{name}");
    let diagnostic = Diagnostic::new(&RULE, message, "only a package's maintainers may publish it", advice)
        .npm_error("E403")
        .at(case.plan.package.manifest.place_of("name"), "this name")
        .fix(Fix::maybe(
            format!("publish it as `{scoped}`"),
            case.plan.runner.words().set_fields(&format!("name={scoped} publishConfig.access=public")),
        ));
    trusted_publisher::about_credential(case, vec![diagnostic])
}

/// The registry takes a token and does not say whose it is: it has to be a maintainer's.
fn owner_of_token(packument: &Packument, unknown: Unknown) -> Unknown {
    if unknown.assumption.is_none() {
        return unknown;
    }
    let owner = match packument.maintainers.as_deref().unwrap_or_default() {
        [] => return unknown,
        [only] => format!("`{only}`, who maintains it"),
        [one, other] => format!("`{one}` or `{other}`, who maintain it"),
        many => format!("one of its {} maintainers", many.len()),
    };
    Assumption::new(format!("the token belongs to {owner}")).into()
}

fn is_held_by_npm(packument: &Packument) -> bool {
    packument.dist_tags.get("latest").is_some_and(|latest| latest == "0.0.1-security")
        && packument.maintainers.as_deref().is_some_and(|maintainers| maintainers == ["npm"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::Scene;
    use crate::facts::Reason;

    const COLLABORATORS: &str = "/-/package/left-lodge/collaborators";

    fn of_mallory() -> Scene {
        Scene::version("1.1.0").alice().packument(r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"mallory"}]}"#)
    }

    #[test]
    fn somebody_elses_name_is_reported() {
        let found = of_mallory().answer(COLLABORATORS, 200, r#"{"mallory":"write"}"#).finds("name-taken", 1);
        assert!(found[0].message.contains("`mallory`"), "{found:?}");
    }

    #[test]
    fn a_name_held_by_npm_is_reported_without_more_requests() {
        Scene::version("1.1.0")
            .alice()
            .packument(
                r#"{"versions":{"0.0.1-security":{}},"dist-tags":{"latest":"0.0.1-security"},
                    "maintainers":[{"name":"npm"}]}"#,
            )
            .finds("name-taken", 1);
    }

    #[test]
    fn maintainers_and_collaborators_may_publish() {
        Scene::version("1.1.0")
            .alice()
            .packument(r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"bob"},{"name":"alice"}]}"#)
            .finds("name-taken", 0);
        of_mallory().answer(COLLABORATORS, 200, r#"{"mallory":"write","alice":"write"}"#).finds("name-taken", 0);
        Scene::version("1.1.0").alice().no_package().finds("name-taken", 0);
    }

    #[test]
    fn nothing_is_reported_for_new_names_and_other_registries() {
        of_mallory().private_registry().finds("name-taken", 0);
        of_mallory().args(&["--dry-run"]).finds("name-taken", 0);
        Scene::version("1.1.0").no_package().logged_out().finds("name-taken", 0);
    }

    #[test]
    fn without_a_credential_the_right_to_publish_is_undecided() {
        assert!(of_mallory().logged_out().undecided("name-taken").lacks_user);
        let refused =
            Scene::version("1.1.0").packument(r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"mallory"}]}"#);
        let refused = refused.answer("/-/whoami", 401, r#"{"error":"unauthorized"}"#);
        assert!(refused.undecided("name-taken").lacks_user);
    }

    #[test]
    fn a_token_of_an_unknown_user_is_assumed_to_be_a_maintainers() {
        let assumed = |maintainers: &[&str], unknown: Unknown| {
            let maintainers = maintainers.iter().map(|&name| name.to_owned()).collect();
            owner_of_token(&Packument { maintainers: Some(maintainers), ..Packument::default() }, unknown).detail
        };
        let token = || Assumption::new("the token suffices").into();
        let alone = assumed(&["mallory"], token());
        assert_eq!(alone, "it is assumed that the token belongs to `mallory`, who maintains it");
        let two = assumed(&["alice", "bob"], token());
        assert_eq!(two, "it is assumed that the token belongs to `alice` or `bob`, who maintain it");
        let three = assumed(&["alice", "bob", "carol"], token());
        assert_eq!(three, "it is assumed that the token belongs to one of its 3 maintainers");
        assert_eq!(assumed(&[], token()), "it is assumed that the token suffices");
        let unreachable = || Unknown::new(Reason::Unreachable, "nothing answers");
        assert_eq!(assumed(&["mallory"], unreachable()), "nothing answers");
    }

    #[test]
    fn without_the_collaborators_it_is_undecided() {
        of_mallory().answer(COLLABORATORS, 403, r#"{"error":"Forbidden"}"#).undecided("name-taken");
        let unknown = of_mallory().answer(COLLABORATORS, 404, r#"{"error":"Not found"}"#).undecided("name-taken");
        assert!(unknown.detail.contains("npm access list collaborators left-lodge"), "{}", unknown.detail);
    }

    #[test]
    fn a_trusted_publisher_needs_no_user() {
        of_mallory().identity().answer(COLLABORATORS, 200, r#"{"mallory":"write"}"#).undecided("name-taken");
    }
}
