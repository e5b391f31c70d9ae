//! `access` on a publish changes who may install an existing package, all of its versions included.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Seen;
use crate::plan::Access;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "access-change",
    category: Category::Suspicious,
    summary: "the publish would change who can install the package",
    npm_says: &["E402", "You must sign up for private packages"],
    asks: &[Ask::Packument, Ask::Visibility],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

An `access` that differs from the current access of a scoped package on npm's public registry: `restricted` for a public
package, or `public` for a private one.

### Why it matters

The registry applies `access` to the whole package. A public package that becomes private can no longer be installed by
others, and without a paid plan npm refuses the publish with `E402`. A private package that becomes public shows all of
its versions to everyone.

### What to do

Leave out `access`: an existing package keeps its current access. To change it on purpose, run `npm access set
status=public` or `status=private`.

### Example

```json package.json
{
  "name": "@acme/core",
  "version": "1.1.0",
  "publishConfig": { "access": "restricted" }
}
```
```json GET /@acme%2fcore
{ "versions": { "1.0.0": {} } }
```
```json GET /-/package/@acme%2fcore/visibility
{ "public": true }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(name) = plan.package.name().filter(|name| name.scope().is_some() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    let becomes_public = match plan.options.access.value {
        Access::Public => true,
        Access::Restricted => false,
        Access::Default | Access::Other(_) => return Ok(vec![]),
    };
    if !matches!(case.packument_along_with(Ask::Visibility)?, Seen::Here(packument) if !packument.versions.is_empty()) {
        return Ok(vec![]);
    }
    let advice = format!("`npm access get status {name}` shows the current access");
    // What can be seen without a login is public.
    let seen = if plan.auth.read_credential.is_some() {
        *case.visibility().map_err(|unknown| unknown.advise(advice))?
    } else {
        Seen::Here(true)
    };
    let Seen::Here(is_public) = seen else { return Ok(vec![]) };
    let (message, why) = match (is_public, becomes_public) {
        (true, false) => (
            format!("the public package `{name}` would become private"),
            "`access` applies to every version: nobody else could install any of them, and without a paid plan the \
             registry refuses it",
        ),
        (false, true) => (
            format!("the private package `{name}` would become public"),
            "`access` applies to every version: anyone could install all of them",
        ),
        _ => return Ok(vec![]),
    };
    let diagnostic = Diagnostic::new(&RULE, message, why, "leave out `access` to keep the current access");
    Ok(vec![match plan.options.access.origin.place() {
        Some(place) => diagnostic.at(place, "`access` set here"),
        None => diagnostic
            .at(plan.package.manifest.place_of("name"), "this package")
            .set_by("`access`", &plan.options.access.origin),
    }])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn core(access: &str, public: bool) -> Scene {
        Scene::new(&format!(r#"{{"name":"@acme/core","version":"1.1.0","publishConfig":{{"access":"{access}"}}}}"#))
            .answer("/@acme%2fcore", 200, r#"{"versions":{"1.0.0":{}}}"#)
            .answer("/-/package/@acme%2fcore/visibility", 200, &format!(r#"{{"public":{public}}}"#))
    }

    #[test]
    fn a_different_access_is_reported() {
        core("restricted", true).finds("access-change", 1);
        let found = core("public", false).finds("access-change", 1);
        assert_eq!(found[0].severity, crate::rules::diagnostic::Severity::Warning);
    }

    #[test]
    fn the_same_access_or_none_is_fine() {
        core("public", true).finds("access-change", 0);
        core("restricted", false).finds("access-change", 0);
        Scene::new(r#"{"name":"@acme/core","version":"1.1.0"}"#).finds("access-change", 0);
        core("restricted", true).private_registry().finds("access-change", 0);
    }

    #[test]
    fn a_package_visible_without_a_login_is_public() {
        let not_a_registry = |access| core(access, false).user_npmrc("");
        not_a_registry("restricted").finds("access-change", 1);
        not_a_registry("public").finds("access-change", 0);
    }

    #[test]
    fn an_unreadable_visibility_is_undecided() {
        Scene::new(r#"{"name":"@acme/core","version":"1.1.0","publishConfig":{"access":"public"}}"#)
            .answer("/@acme%2fcore", 200, r#"{"versions":{"1.0.0":{}}}"#)
            .answer("/-/package/@acme%2fcore/visibility", 403, r#"{"error":"Forbidden"}"#)
            .undecided("access-change");
    }
}
