//! `devEngines` of the project's root that do not fit the npm, the node or the machine that publishes.

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engines::Engines;
use crate::json::{Type, Value};
use crate::registry::{Reason, Unknown};
use crate::version::{Range, Version};

/// The rule.
pub static RULE: Rule = Rule {
    id: "dev-engines",
    category: Category::Correctness,
    summary: "`devEngines` does not fit the npm, the node or the machine that publishes",
    npm_says: &["EBADDEVENGINES", "The developer of this package has specified the following through devEngines"],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A `devEngines` in the package.json of the project's root (the workspace root for its members) that another package
manager, another runtime, another version, system or processor is wanted by; and entries npm cannot read. `onFail` with
`warn` or `ignore` is respected. With `--force` it is a warning.

### Why it matters

npm refuses every command there, `npm publish` too.

### What to do

Publish with what is named, or set `onFail` to `warn`.

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
fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(engines) = case.plan.engines.as_deref() else { return Ok(vec![]) };
    let Some(wanted) = engines.manifest.field("devEngines") else { return Ok(vec![]) };
    if wanted.type_of() != Type::Object {
        return Ok(vec![malformed(engines, wanted, format!("`devEngines` is {}", wanted.type_of()))]);
    }
    let mut found = Vec::new();
    for member in wanted.members() {
        let key = member.key;
        let Some(engine) = ENGINES.into_iter().find(|engine| *engine == key) else {
            return Ok(vec![malformed(engines, member.value, format!("`devEngines.{key}` is unknown"))]);
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
        if matches!(on_fail, Some("ignore" | "warn")) {
            continue;
        }
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`devEngines.{engine}` does not fit: {}", mismatches.join("; ")),
            "npm refuses every command in a project whose `devEngines` do not fit",
            "publish with what is named, or set its `onFail` to `warn`",
        )
        .at(engines.manifest.place(member.value.span()), "does not fit");
        found.push(if case.plan.force.value {
            diagnostic.severity(Severity::Warning)
        } else {
            diagnostic.npm_error("EBADDEVENGINES")
        });
    }
    Ok(found)
}

fn malformed(engines: &Engines, value: Value<'_>, message: String) -> Diagnostic {
    let why = "npm refuses every command in a project whose `devEngines` it cannot read, even with `--force`";
    Diagnostic::new(&RULE, message, why, "write objects with `name`, `version` and `onFail`")
        .at(engines.manifest.place(value.span()), "")
}

enum Verdict {
    Fits,
    Differs(String),
    Malformed(String),
}

fn compare(engines: &Engines, engine: &str, wanted: Value<'_>) -> Answer<Verdict> {
    if wanted.type_of() != Type::Object {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}` is {}", wanted.type_of())));
    }
    if let Some(member) = wanted.members().find(|member| !matches!(member.key, "name" | "version" | "onFail")) {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}.{}` is unknown", member.key)));
    }
    let Some(name) = wanted.get("name").and_then(Value::as_str) else {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}` has no `name`")));
    };
    let on_fail = wanted.get("onFail");
    if on_fail.is_some_and(|value| !matches!(value.as_str(), Some("ignore" | "warn" | "error" | "download"))) {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}.onFail` is no value npm knows")));
    }
    let unread = |what: &str| {
        Unknown::new(Reason::Unsupported, format!("{what} could not be read, so `devEngines.{engine}` is not compared"))
    };
    let (current, version) = match engine {
        "packageManager" => ("npm", engines.npm.as_deref()),
        "runtime" => ("node", engines.node.as_deref()),
        "cpu" => (engines.cpu, None),
        "os" => (engines.os, engines.os_version.as_deref()),
        _ => (engines.libc.ok_or_else(|| unread("the C library"))?, None),
    };
    if name != current {
        return Ok(Verdict::Differs(format!("it wants `{name}`, this is {current}")));
    }
    let Some(field) = wanted.get("version") else { return Ok(Verdict::Fits) };
    let Some(range) = field.as_str() else {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}.version` is {}", field.type_of())));
    };
    if matches!(engine, "cpu" | "libc") {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}` cannot have a `version`")));
    }
    let version = version.ok_or_else(|| unread(&format!("the version of {current}")))?;
    let fits = match Range::parse(range, false) {
        Some(parsed) => Version::valid(version, false).is_some_and(|version| parsed.satisfies(&version)),
        None => range == version,
    };
    Ok(if fits { Verdict::Fits } else { Verdict::Differs(format!("it wants {name} {range}, this is {version}")) })
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::testing::Scene;

    fn scene(dev_engines: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","devEngines":{dev_engines}}}"#))
            .env("PATH", "/usr/bin")
            .file("/usr/bin/npm", "")
            .file("/usr/bin/node_modules/npm/package.json", r#"{"name":"npm","version":"11.19.1"}"#)
    }

    #[test]
    fn another_client_runtime_or_version_is_found() {
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
    fn what_fits_or_need_not_is_fine() {
        for field in [
            r#"{"packageManager":{"name":"npm","version":"^11.0.0"}}"#,
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
    fn what_npm_cannot_read_is_found_even_with_force() {
        for field in ["null", r#"{"packageManagers":{}}"#, r#"{"runtime":"node"}"#, r#"{"runtime":{"version":"20"}}"#] {
            assert_eq!(scene(field).args(&["--force"]).finds("dev-engines", 1)[0].severity, Severity::Error);
        }
    }

    #[test]
    fn force_makes_a_mismatch_a_warning() {
        let found = scene(r#"{"packageManager":{"name":"pnpm"}}"#).args(&["--force"]).finds("dev-engines", 1);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn a_version_that_cannot_be_read_leaves_it_open() {
        scene(r#"{"runtime":{"name":"node","version":">=20"}}"#).undecided("dev-engines");
    }
}
