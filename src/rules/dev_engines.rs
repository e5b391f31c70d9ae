//! `devEngines` in the project's root that do not match the npm, the Node.js or the machine that publishes.

mod compare;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::engines::Engines;
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::json::{Type, Value};
use compare::{Verdict, compare};

/// The rule.
pub static RULE: Rule = Rule {
    id: "dev-engines",
    category: Category::Correctness,
    summary: "`devEngines` does not match the npm, Node.js or machine that publishes",
    npm_says: &["EBADDEVENGINES", "The developer of this package has specified the following through devEngines"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Machine,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A `devEngines` in the package.json of the project's root (for a workspace, the workspace root) that requires a different
package manager, runtime, version, operating system or processor than the one that publishes, and entries that npm
cannot read. Entries with `onFail` set to `warn` or `ignore` are not reported, and neither is anything with `--force`.
With `force` in npm's configuration it is a warning.

### Why it matters

npm refuses to run any command in the project, including `npm publish`.

### What to do

Publish with what `devEngines` requires, or set `onFail` to `warn`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "devEngines": { "packageManager": { "name": "pnpm" } }
}
```
"#,
};

const ENGINES: [&str; 5] = ["packageManager", "runtime", "cpu", "libc", "os"];

/// `npm-install-checks` 8, lib/dev-engines.js, `checkDevEngines`.
pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    // Other package managers have their own rules for them, and npm's global mode (lib/npm.js) ignores them.
    if case.plan.runner.other_client().is_some() || case.plan.config.is_global() {
        return Ok(vec![]);
    }
    let Some(engines) = case.plan.runner.engines.as_deref() else { return Ok(vec![]) };
    let Some(wanted) = engines.manifest.field("devEngines") else { return Ok(vec![]) };
    if wanted.type_of() != Type::Object {
        return Ok(vec![malformed(engines, wanted, format!("`devEngines` is {}", wanted.type_of()))]);
    }
    let mut found = Vec::new();
    for member in wanted.members() {
        let key = member.key;
        let Some(engine) = ENGINES.into_iter().find(|engine| *engine == key) else {
            return Ok(vec![malformed(engines, member.value, format!("`devEngines.{key}` is not a known key"))]);
        };
        let list: Vec<_> = match member.value.type_of() {
            Type::Array => member.value.elements().collect(),
            _ => vec![member.value],
        };
        let mut mismatches = Vec::new();
        for dependency in &list {
            match compare(engines, engine, *dependency)? {
                Verdict::Fits => {}
                Verdict::Differs(what) => mismatches.push(what),
                Verdict::Malformed(what) => return Ok(vec![malformed(engines, *dependency, what)]),
            }
        }
        if list.is_empty() || mismatches.len() < list.len() {
            continue;
        }
        let on_fail = list.last().and_then(|last| last.get("onFail")?.as_str()).filter(|on_fail| !on_fail.is_empty());
        let waved_through = case.plan.options.force.value && matches!(case.plan.options.force.origin, Origin::Flag(_));
        if matches!(on_fail, Some("ignore" | "warn")) || waved_through {
            continue;
        }
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`devEngines.{engine}` does not match: {}", mismatches.join("; ")),
            "npm refuses to run any command in a project whose `devEngines` do not match",
            "publish with what `devEngines` requires, or set its `onFail` to `warn`",
        )
        .at(engines.manifest.place(member.value.span()), "does not match");
        found.push(if case.plan.options.force.value {
            diagnostic.severity(Severity::Warning)
        } else {
            diagnostic.npm_error("EBADDEVENGINES")
        });
    }
    Ok(found)
}

fn malformed(engines: &Engines, value: Value<'_>, message: String) -> Diagnostic {
    let why = "npm refuses to run any command in a project whose `devEngines` it cannot read, even with `--force`";
    Diagnostic::new(&RULE, message, why, "write objects with `name`, `version` and `onFail`")
        .at(engines.manifest.place(value.span()), "")
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    fn scene(dev_engines: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","devEngines":{dev_engines}}}"#))
            .env("PATH", "/usr/bin")
            .file("/usr/bin/npm", "")
            .file("/usr/bin/node_modules/npm/package.json", r#"{"name":"npm","version":"11.19.1"}"#)
    }

    #[test]
    fn another_package_manager_runtime_or_version_is_reported() {
        for field in [
            r#"{"packageManager":{"name":"pnpm"}}"#,
            r#"{"packageManager":{"name":"npm","version":">=99"}}"#,
            r#"{"packageManager":[{"name":"pnpm"},{"name":"yarn","onFail":"download"}]}"#,
            r#"{"runtime":{"name":"bun"}}"#,
            r#"{"os":{"name":"plan9"}}"#,
        ] {
            assert_eq!(scene(field).finds("dev-engines", 1)[0].npm_error, Some("EBADDEVENGINES"), "{field}");
        }
    }

    #[test]
    fn publishing_with_the_required_package_manager_is_fine() {
        let pnpm = || scene(r#"{"packageManager":{"name":"pnpm"}}"#);
        pnpm().client(Manager::Pnpm).finds("dev-engines", 0);
        pnpm().client(Manager::Npm).finds("dev-engines", 1);
    }

    #[test]
    fn matching_or_optional_engines_are_fine() {
        for field in [
            r#"{"packageManager":{"name":"npm","version":"^12.0.0"}}"#,
            r#"{"packageManager":[{"name":"pnpm"},{"name":"npm"}]}"#,
            r#"{"packageManager":{"name":"pnpm","onFail":"warn"}}"#,
            r#"{"packageManager":[]}"#,
            r#"{"runtime":{"name":"node"}}"#,
            "{}",
        ] {
            scene(field).finds("dev-engines", 0);
        }
        Scene::version("1.0.0").finds("dev-engines", 0);
    }

    #[test]
    fn dev_engines_are_ignored_in_global_mode() {
        let pnpm = || scene(r#"{"packageManager":{"name":"pnpm"}}"#);
        pnpm().args(&["-g"]).finds("dev-engines", 0);
        pnpm().args(&["--location=global"]).finds("dev-engines", 0);
        pnpm().user_npmrc("global=true\n").finds("dev-engines", 0);
        pnpm().args(&["--location=user"]).finds("dev-engines", 1);
    }

    #[test]
    fn unreadable_engines_are_an_error_even_with_force() {
        for field in ["null", r#"{"packageManagers":{}}"#, r#"{"runtime":"node"}"#, r#"{"runtime":{"version":"20"}}"#] {
            assert_eq!(scene(field).args(&["--force"]).finds("dev-engines", 1)[0].severity, Severity::Error);
        }
    }

    #[test]
    fn a_configured_force_is_a_warning_and_the_flag_is_accepted() {
        let other = || scene(r#"{"packageManager":{"name":"pnpm"}}"#);
        other().args(&["--force"]).finds("dev-engines", 0);
        let found = other().npmrc("force=true\n").finds("dev-engines", 1);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn an_unknown_node_version_is_undecided() {
        scene(r#"{"runtime":{"name":"node","version":">=20"}}"#).undecided("dev-engines");
    }
}
