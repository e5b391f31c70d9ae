//! Publish settings that npm ignores, because they are misspelled or in the wrong place.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops, only_similar};
use crate::project::manifest::Manifest;
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::text::json::{Member, Value};
use crate::text::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-config-ignored",
    category: Category::Suspicious,
    summary: "a publish setting in package.json has no effect",
    npm_says: &["Unknown publishConfig config"],
    asks: &[],
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

A misspelled key in `publishConfig` (`acces`, `Registry`); keys that npm reads only elsewhere (`dry-run`, `force`,
`private`); `directory`, unless package.json says that pnpm or Yarn publishes the package; `tag`, if `--client` names a
package manager that does not read it there (pnpm 11, `pnpm -r publish`, Yarn); `access`, `registry` and `provenance` at the
root of package.json; and a misspelled `publishConfig`.

### Why it matters

npm ignores the setting, at most with a warning, and publishes with its defaults.

### What to do

Correct the spelling, or move the setting into `publishConfig`.

`lint --fix` corrects the spelling, unless the correct key is there, too.

### Example

```json package.json
{
  "name": "@acme/core",
  "version": "1.0.0",
  "publishConfig": { "acces": "public" }
}
```
"#,
};

/// Keys of `publishConfig` that affect a publish.
const MEANT: [&str; 4] = ["access", "registry", "tag", "provenance"];
/// Fields that pnpm and Yarn since 2 write into the package.json that they publish.
const HOISTED: [&str; 6] = ["main", "module", "browser", "exports", "types", "bin"];
/// Keys that npm reads from its configuration and never from publishConfig.
const ELSEWHERE: [&str; 3] = ["dry-run", "force", "private"];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.package.manifest;
    let name = case.plan.runner.name();
    let mut found = Vec::new();
    let diagnostic = |message: String, why: &str, help: String, span: Span| {
        Diagnostic::new(&RULE, message, why, help).at(manifest.place(span), "no effect")
    };
    let respelt = |message: String, span: Span, meant: &str, is_free: bool| {
        let help = format!("write `{meant}`");
        let fix = Fix::replace(help.clone(), manifest.place(span), format!("\"{meant}\""));
        let why = format!("{name} does not recognize it and ignores it");
        let diagnostic = diagnostic(message, &why, help, span);
        // Of two values somebody has to choose.
        if is_free { diagnostic.fix(fix) } else { diagnostic }
    };
    let client = case.plan.runner.client.as_ref();
    // Where it is not said who publishes, the project's package manager may.
    let packs_directory = client.is_some_and(|client| match client.manager {
        Manager::Pnpm => true,
        Manager::Npm => false,
        Manager::Yarn | Manager::Bun => !client.publishes(),
    });
    let hoists = client.is_none_or(|client| match client.manager {
        Manager::Pnpm => true,
        Manager::Yarn => !client.is_before(2) || !client.publishes(),
        Manager::Npm | Manager::Bun => !client.publishes(),
    });
    let renames = client.is_some_and(|client| client.manager == Manager::Pnpm && !client.is_before(11));
    for member in members(manifest) {
        let key = member.key;
        if ELSEWHERE.contains(&key) {
            let help = format!("remove `{key}` from `publishConfig`");
            found.push(diagnostic(
                format!("`publishConfig.{key}` has no effect"),
                &format!("{name} does not read it from there"),
                help,
                member.key_span,
            ));
        } else if key == "tag" && case.plan.ignores_publish_config_tag() {
            let why = "the package manager that publishes reads the dist-tag only from the command line; the default is `latest`";
            found.push(diagnostic(
                "`publishConfig.tag` has no effect".to_owned(),
                why,
                "pass `--tag`".to_owned(),
                member.key_span,
            ));
        } else if key == "directory" && !packs_directory {
            let why = "only pnpm supports it; the folder of this package.json is published instead";
            let help = format!("publish the folder itself, as in `{} ./dist`", case.plan.runner.words().publish);
            found.push(diagnostic("`publishConfig.directory` has no effect".to_owned(), why, help, member.key_span));
        } else if HOISTED.contains(&key) && !hoists {
            let why = "only pnpm and Yarn write it into the package; what is published has the field at the root";
            let help = format!("set `{key}` at the root of package.json, or publish with pnpm or Yarn");
            found.push(diagnostic(format!("`publishConfig.{key}` has no effect"), why, help, member.key_span));
        } else if key == "name" && !renames {
            let why = "only pnpm supports it; the package is published under its own name";
            found.push(diagnostic(
                "`publishConfig.name` has no effect".to_owned(),
                why,
                "rename the package".to_owned(),
                member.key_span,
            ));
        } else if let Some(meant) = misspelt(key, &MEANT) {
            let same = members(manifest).filter(|other| misspelt(other.key, &MEANT) == Some(meant));
            let is_free = manifest.publish_config(meant).is_none() && same.count() == 1;
            found.push(respelt(format!("`publishConfig.{key}` has no effect"), member.key_span, meant, is_free));
        }
    }
    let publish_config = manifest.field("publishConfig").is_some();
    let is_publish_config = |key: &str| key == "publicationConfig" || misspelt(key, &["publishConfig"]).is_some();
    let is_only = manifest.root().members().filter(|member| is_publish_config(member.key)).count() == 1;
    for member in manifest.root().members() {
        let key = member.key;
        if ["access", "registry", "provenance"].contains(&key) && manifest.publish_config(key).is_none() {
            let why = format!("{name} reads it only from `publishConfig`");
            found.push(diagnostic(
                format!("`{key}` has no effect here"),
                &why,
                "move it into `publishConfig`".to_owned(),
                member.key_span,
            ));
        } else if !publish_config && is_publish_config(key) {
            found.push(respelt(format!("`{key}` has no effect"), member.key_span, "publishConfig", is_only));
        }
    }
    Ok(found)
}

fn members(manifest: &Manifest) -> impl Iterator<Item = Member<'_>> {
    manifest.field("publishConfig").into_iter().flat_map(Value::members)
}

/// What a key that npm does not know was probably meant to be.
fn misspelt(key: &str, meant: &[&'static str]) -> Option<&'static str> {
    if meant.contains(&key) || crate::project::npm_config::definitions::types(key).is_some() {
        return None;
    }
    only_similar(key, meant.iter().copied())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    fn scene(fields: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#))
    }

    #[test]
    fn settings_without_effect_are_reported() {
        for fields in [
            r#""publishConfig":{"acces":"public"}"#,
            r#""publishConfig":{"Access":"public"}"#,
            r#""publishConfig":{"TAG":"next"}"#,
            r#""publishConfig":{"force":true}"#,
            r#""publishConfig":{"directory":"dist"}"#,
            r#""access":"public""#,
            r#""publishconfig":{"access":"public"}"#,
            r#""publicationConfig":{"access":"public"}"#,
        ] {
            let found = scene(fields).finds("publish-config-ignored", 1);
            assert_eq!(found[0].severity, crate::rules::diagnostic::Severity::Warning, "{fields}");
        }
    }

    #[test]
    fn a_tag_that_the_package_manager_does_not_read_is_reported() {
        use crate::publisher::Manager;
        for (manager, client, count) in [
            ("yarn@4.18.1", Manager::Yarn, 1),
            ("pnpm@11.28.11", Manager::Pnpm, 1),
            ("pnpm@10.34.9", Manager::Pnpm, 0),
            ("npm@11.19.1", Manager::Npm, 0),
        ] {
            let manifest = format!(r#"{{"name":"a","packageManager":"{manager}","publishConfig":{{"tag":"next"}}}}"#);
            let scene = Scene::new(&manifest).client(client);
            scene.finds("publish-config-ignored", count);
            assert_eq!(scene.plan().options.tag.value.value, ["next", "latest"][count], "{manager}");
        }
    }

    #[test]
    fn fields_that_only_pnpm_and_yarn_apply_are_reported_for_npm_and_bun() {
        let fields = r#""publishConfig":{"exports":"./dist/index.js"}"#;
        for client in [Manager::Npm, Manager::Bun] {
            scene(fields).client(client).finds("publish-config-ignored", 1);
        }
        for client in [Manager::Pnpm, Manager::Yarn] {
            scene(fields).client(client).finds("publish-config-ignored", 0);
        }
    }

    #[test]
    fn settings_of_npm_and_other_package_managers_are_fine() {
        for fields in [
            r#""publishConfig":{"access":"public","registry":"https://h/","tag":"next","provenance":true}"#,
            r#""publishConfig":{"@acme:registry":"https://h/","//h/:always-auth":true}"#,
            r#""publishConfig":{"main":"dist/index.js","types":"dist/index.d.ts","exports":{}}"#,
            r#""publishConfig":{"directory":"dist"},"packageManager":"pnpm@10.0.0""#,
            r#""publishConfig":{"scope":"@acme","otp":"1"}"#,
            r#""publishConfig":"public""#,
        ] {
            scene(fields).finds("publish-config-ignored", 0);
        }
    }
}
