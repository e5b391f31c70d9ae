//! A new scoped package is private unless `access` says otherwise, and private packages cost money.

mod wish;

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason, Seen};
use crate::plan::Access;
use crate::rules::diagnostic::{Diagnostic, Fix};
use wish::Wish;

/// The rule.
pub static RULE: Rule = Rule {
    id: "access-missing",
    category: Category::Correctness,
    summary: "a new scoped package would be private, or a public one would become so",
    npm_says: &["E402", "You must sign up for private packages"],
    asks: &[Ask::Packument, Ask::Visibility, Ask::Whoami],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[Input::NpmConfig, Input::Flag("access")],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A new scoped package for npm's public registry whose `access` is not `public`, and a public one that `access: restricted`
would make private. Whether the scope's owner pays for private packages cannot be read, so this is undecided; it is an
error when something asks for `public` in a place that npm does not read: `publishConfig.Access`, a top-level `access`, or
the `publishConfig` of a private root for one of its workspaces.

### Why it matters

Without a paid plan the registry answers `E402`. With one, the package is published, and nobody but you can
install it.

### What to do

Add `"publishConfig": { "access": "public" }`, or publish with `--access public`. For a package that shall be
private, turn this rule off.

### Example

```json package.json
{
  "name": "@alice/widget",
  "version": "1.0.0",
  "publishConfig": { "Access": "public" }
}
```
```json GET /@alice%2fwidget 404
{ "error": "Not found" }
```
```json GET /-/whoami
{ "username": "alice" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(name) = plan.name.as_ref().filter(|name| name.scope().is_some() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    let default = match plan.access.value {
        Access::Default => true,
        Access::Restricted => false,
        Access::Public | Access::Other(_) => return Ok(vec![]),
    };
    let is_new = case.is_new()?;
    if !is_new && default || case.user()?.is_none() {
        return Ok(vec![]);
    }
    if !is_new && *case.visibility()? == Seen::Here(false) {
        return Ok(vec![]);
    }
    if default && let Some(Wish { text, place, workspace }) = wish::of(plan) {
        let member = if workspace { format!(" --workspace={name}") } else { String::new() };
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{name}` would be private: npm does not read {text}"),
            "a new scoped package is private unless npm finds `access` in its own `publishConfig`; without a paid plan \
             that is refused",
            "write `\"publishConfig\": { \"access\": \"public\" }` into its package.json",
        )
        .npm_error("E402")
        .at(place, "not read")
        .fix(Fix::command("set `publishConfig.access`", format!("npm pkg set publishConfig.access=public{member}")));
        return Ok(vec![diagnostic]);
    }
    // What is the same of all packages is told once.
    let detail = if default {
        "npm makes a new scoped package private, which needs a paid plan (without one: E402), and who has one cannot be read; \
         for a public package add `\"publishConfig\": { \"access\": \"public\" }` to package.json"
    } else {
        "`access` makes the package private, which needs a paid plan (without one: E402), and who has one cannot be read; \
         for a public package set `access` to `public`"
    };
    Err(Gap::unknown(Reason::Unsupported, detail))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Scene;

    fn widget(rest: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"@alice/widget","version":"1.0.0"{rest}}}"#)).alice().answer(
            "/@alice%2fwidget",
            404,
            r#"{"error":"Not found"}"#,
        )
    }

    #[test]
    fn a_wish_for_public_access_that_npm_does_not_read_is_found() {
        for rest in [
            r#","publishConfig":{"Access":"public"}"#,
            r#","publishconfig":{"access":"public"}"#,
            r#","access":"public""#,
        ] {
            widget(rest).finds("access-missing", 1);
        }
    }

    #[test]
    fn the_publish_config_of_a_private_root_is_not_its_workspaces() {
        let member = |root: &str, more: &str| {
            Scene::new(&format!(r#"{{"name":"root","workspaces":["packages/*"]{root}}}"#))
                .file("packages/w/package.json", &format!(r#"{{"name":"@alice/widget","version":"1.0.0"{more}}}"#))
                .args(&["-w", "@alice/widget"])
                .alice()
                .answer("/@alice%2fwidget", 404, r#"{"error":"Not found"}"#)
        };
        let public = r#","private":true,"publishConfig":{"access":"public"}"#;
        let found = member(public, "").finds("access-missing", 1);
        assert_eq!(found[0].place.as_ref().unwrap().source.path(), "package.json");
        member(public, r#","publishConfig":{"access":"public"}"#).finds("access-missing", 0);
        // It may be meant for the root itself.
        member(r#","publishConfig":{"access":"public"}"#, "").undecided("access-missing");
        member(r#","private":true,"publishConfig":{"access":"restricted"}"#, "").undecided("access-missing");
    }

    #[test]
    fn without_such_a_wish_it_depends_on_the_plan_and_is_undecided() {
        for scene in [widget(""), widget(r#","publishConfig":{"access":"restricted"}"#)] {
            assert!(scene.undecided("access-missing").detail.contains("E402"));
        }
    }

    #[test]
    fn making_a_public_package_private_depends_on_the_plan_too() {
        let existing = |public: &str| {
            Scene::new(r#"{"name":"@alice/widget","version":"1.0.0"}"#)
                .args(&["--access", "restricted"])
                .alice()
                .answer("/@alice%2fwidget", 200, r#"{"versions":{"0.9.0":{}}}"#)
                .answer("/-/package/@alice%2fwidget/visibility", 200, &format!(r#"{{"public":{public}}}"#))
        };
        existing("true").undecided("access-missing");
        existing("false").finds("access-missing", 0);
    }

    #[test]
    fn public_existing_and_unscoped_packages_are_fine() {
        widget(r#","publishConfig":{"access":"public"}"#).finds("access-missing", 0);
        widget(r#","access":"public""#).args(&["--access", "public"]).finds("access-missing", 0);
        Scene::new(r#"{"name":"@alice/widget","version":"1.0.0","access":"public"}"#)
            .alice()
            .answer("/@alice%2fwidget", 200, r#"{"versions":{"0.9.0":{}}}"#)
            .finds("access-missing", 0);
        Scene::version("1.0.0").no_package().finds("access-missing", 0);
        widget("").private_registry().finds("access-missing", 0);
        assert!(widget("").logged_out().undecided("access-missing").for_want_of_user);
    }
}
