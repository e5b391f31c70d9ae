//! A new scoped package is private unless `access` says otherwise, and private packages cost money.

use super::{Answer, Ask, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::json::{Type, Value};
use crate::plan::{Access, PublishPlan};
use crate::registry::{Reason, Seen, Unknown};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "access-missing",
    category: Category::Correctness,
    summary: "a new scoped package would be private, or a public one would become so",
    npm_says: &["E402", "You must sign up for private packages"],
    asks: &[Ask::Packument, Ask::Visibility, Ask::Whoami],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A new scoped package for npm's public registry whose `access` is not `public`, and a public one that `access: restricted`
would make private. Whether the scope's owner pays for private packages cannot be read, so this is undecided; it is an error when package.json asks for `public` in a place
that npm does not read, such as `publishConfig.Access` or a top-level `access`.

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

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(name) = plan.name.as_ref().filter(|name| name.scope().is_some() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    let default = match plan.access.value {
        Access::Default => true,
        Access::Restricted => false,
        Access::Public | Access::Other(_) => return Ok(vec![]),
    };
    if case.user()?.is_none() {
        return Ok(vec![]);
    }
    let is_new = case.is_new()?;
    if !is_new && (default || *case.visibility()? == Seen::Here(false)) {
        return Ok(vec![]);
    }
    if default && let Some((field, key)) = near_miss(plan) {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{name}` would be private: npm does not read `{field}`"),
            "a new scoped package is private unless npm finds `access` in `publishConfig`; without a paid plan that \
             is refused",
            "write `\"publishConfig\": { \"access\": \"public\" }`",
        )
        .npm_error("E402")
        .at(plan.manifest.place(key), "npm does not know this key")
        .fix(Fix::command("set `publishConfig.access`", "npm pkg set publishConfig.access=public"));
        return Ok(vec![diagnostic]);
    }
    let what = if default { "without `access`, the new package" } else { "with `access: restricted`, the package" };
    Err(Unknown::new(
        Reason::Unsupported,
        format!(
            "{what} `{name}` becomes private: refused (E402) unless its scope has a paid plan, which no end-point tells; \
             publish with `--access public` if everybody shall install it"
        ),
    ))
}

/// A place that means `access: public` and that npm does not read: its path, and where its key stands.
fn near_miss(plan: &PublishPlan) -> Option<(String, Span)> {
    let public = |value: Value<'_>| value.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("public"));
    let is = |key: &str, wanted: &str| key.replace(['-', '_'], "").eq_ignore_ascii_case(wanted);
    plan.manifest.root().members().find_map(|member| {
        if is(member.key, "access") && public(member.value) {
            return Some((member.key.to_owned(), member.key_span));
        }
        if !is(member.key, "publishConfig") || member.value.type_of() != Type::Object {
            return None;
        }
        let access = member.value.members().find(|access| {
            is(access.key, "access") && public(access.value) && (member.key, access.key) != ("publishConfig", "access")
        })?;
        let span = if member.key == "publishConfig" { access.key_span } else { member.key_span };
        Some((format!("{}.{}", member.key, access.key), span))
    })
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
        widget("").logged_out().finds("access-missing", 0);
    }
}
