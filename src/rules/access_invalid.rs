//! An invalid `access`: `restricted` for a package without a scope, or a value that npm does not know.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::Seen;
use crate::plan::{Access, shown};
use crate::project::npm_config::Origin;
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "access-invalid",
    category: Category::Correctness,
    summary: "`access` is `restricted` for an unscoped package, or is not a valid value",
    npm_says: &["EUNSCOPED", "Can't restrict access to unscoped packages", "E400", "E402"],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[Input::NpmConfig],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

`access` set to `restricted` (or `private`) for a package without a scope, or to anything other than `public`, `restricted`
or `private`.

### Why it matters

Only scoped packages can be restricted: npm refuses the others at the end of the publish. An unknown value in .npmrc or
`publishConfig` is sent unchanged, and npm's public registry rejects it; other registries do not look at it. On the command line npm ignores it with a warning,
and a new scoped package becomes restricted by default.

### What to do

Set `access` to `public`, or remove it.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "publishConfig": { "access": "restricted" }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(name) = plan.package.name() else { return Ok(vec![]) };
    let access = &plan.options.access;
    if !matches!(access.value, Access::Public | Access::Default) {
        plan.package.settled()?;
    }
    match &access.value {
        Access::Restricted if name.scope().is_none() && !plan.options.dry_run.value => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("`{name}` has no scope, so its access cannot be restricted"),
                "only scoped packages, such as `@you/name`, can be restricted",
                "remove `access`, or move the package into a scope",
            )
            .at_origin("`access`", &access.origin, "restricted");
            // Yarn does not look, and what the registry makes of it is not known.
            let is_refused = plan.runner.other_client() != Some(Manager::Yarn);
            return Ok(vec![if is_refused {
                diagnostic.npm_error("EUNSCOPED")
            } else {
                diagnostic.severity(Severity::Warning)
            }]);
        }
        // No other registry is known to look at it.
        Access::Other(value) if plan.destination.npmjs => {
            let written = plan.package.manifest.publish_config("access");
            let is_text = written.is_none_or(|written| written.as_str().is_some());
            let message = match value.as_str() {
                _ if !is_text && matches!(access.origin, Origin::Manifest { .. }) => {
                    "`publishConfig.access` is not a string".to_owned()
                }
                "" => "`access` is empty".to_owned(),
                value => format!("`{value}` is not a valid value for `access`"),
            };
            let diagnostic = Diagnostic::new(
                &RULE,
                message,
                format!("{} does not correct it, and only `public` and `restricted` are accepted", plan.runner.name()),
                if is_text { "set `access` to `public`" } else { "write `\"access\": \"public\"`" },
            )
            .at_origin("`access`", &access.origin, "this value");
            return Ok(vec![diagnostic.npm_error("E400")]);
        }
        _ => {}
    }
    let ignored = plan.config.dropped.iter().find(|(key, ..)| key == "access" && plan.runner.is_sent_by_npm());
    let Some((_, value, flag)) = ignored else {
        return Ok(vec![]);
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{}` is not a valid value for `access`", shown(value)),
        "npm ignores it with a warning and publishes with the default access",
        "pass `--access public`",
    )
    .note(format!("it comes from {flag}"));
    let unasked = plan.destination.npmjs && name.scope().is_some() && access.value == Access::Default;
    let error = unasked && matches!(case.packument()?, Seen::NotVisible);
    Ok(vec![if error { diagnostic.npm_error("E402") } else { diagnostic.severity(Severity::Warning) }])
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::commands::testing::Scene;

    fn scoped(access: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"@alice/lodge","version":"1.0.0","publishConfig":{{"access":{access}}}}}"#))
    }

    #[test]
    fn only_a_scoped_package_can_be_restricted() {
        for value in ["restricted", "private"] {
            let found = Scene::version("1.0.0").args(&["--access", value]).finds("access-invalid", 1);
            assert_eq!(found[0].npm_error, Some("EUNSCOPED"));
        }
        scoped(r#""restricted""#).finds("access-invalid", 0);
        Scene::version("1.0.0").args(&["--access", "public"]).finds("access-invalid", 0);
        Scene::version("1.0.0").finds("access-invalid", 0);
    }

    #[test]
    fn an_unknown_value_is_sent_unchanged() {
        scoped(r#""everyone""#).finds("access-invalid", 1);
        assert_eq!(scoped(r#""""#).finds("access-invalid", 1)[0].message, "`access` is empty");
        let list = scoped(r#"["public"]"#).finds("access-invalid", 1);
        assert_eq!(list[0].message, "`publishConfig.access` is not a string");
        Scene::version("1.0.0").npmrc("access=everyone\n").finds("access-invalid", 1);
        scoped(r#""everyone""#).private_registry().finds("access-invalid", 0);
    }

    #[test]
    fn on_the_command_line_an_unknown_value_is_ignored() {
        let scene = || Scene::new(r#"{"name":"@alice/lodge","version":"1.0.0"}"#).args(&["--access", "everyone"]);
        let path = "/@alice%2flodge";
        let found = scene().answer(path, 404, "{}").finds("access-invalid", 1);
        assert_eq!(found[0].severity, Severity::Error);
        let found = scene().answer(path, 200, r#"{"versions":{"0.1.0":{}}}"#).finds("access-invalid", 1);
        assert_eq!(found[0].severity, Severity::Warning);
        scene().undecided("access-invalid");
    }
}
