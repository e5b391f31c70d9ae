//! What keeps npm from starting on the package that is meant: an argument it does not take for a folder, a configuration
//! it stops at, a script that publishes while npm publishes.

mod configuration;
mod staging;

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::discover::Obstacle;
use crate::registry::{Reason, Unknown};

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-target",
    category: Category::Correctness,
    summary: "npm would stop before it looks at the package, publish something else, or the same package without end",
    npm_says: &[
        "E404",
        "EUSAGE",
        "EUNKNOWNCOMMAND",
        "cannot be provided when using",
        "double-loading config",
        "is not a function",
    ],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

`npm publish dist` where a folder `dist` exists: npm takes a bare word for a package of the registry and `a/b` for a
repository on GitHub; a tarball that cannot be read; settings that exclude each other, and others at which npm stops
before it does anything; `--stage` with an npm that has no `npm stage`. And a lifecycle script of `npm publish` that itself runs `npm publish` for the same package.

### Why it matters

npm downloads that other package and tries to publish it. Its message about a setting often does not name it. A script that publishes starts the whole publish again, without
end.

### What to do

Write `./dist`; correct the setting the diagnostic points at; give the script another name, such as `release`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "scripts": { "publish": "npm publish --access public" }
}
```
"#,
};

/// Scripts that npm runs while it publishes a folder, apart from those that `npm install` runs, too.
const LIFECYCLE: [&str; 5] = ["prepublishOnly", "prepack", "postpack", "publish", "postpublish"];

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if let Some(diagnostic) = configuration::fatal(plan) {
        return Ok(vec![diagnostic]);
    }
    if let Some(diagnostic) = staging::unknown(plan) {
        return Ok(vec![diagnostic]);
    }
    match &plan.obstacle {
        Some(Obstacle::Remote { spec, exists: true }) => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("`npm publish {spec}` does not publish the folder `{spec}`"),
                "npm takes it for a package of the registry or a repository on GitHub, fetches that and publishes it",
                format!("write `./{spec}`"),
            )
            .fix(Fix::command("name the folder", format!("npm publish ./{spec}")));
            return Ok(vec![diagnostic]);
        }
        Some(Obstacle::Remote { spec, exists: false }) => {
            let detail = format!("`{spec}` is no folder or tarball here: npm would fetch it and publish what it gets");
            return Err(Unknown::new(Reason::Unsupported, detail));
        }
        Some(Obstacle::Senseless { spec, why, code }) => {
            let mut diagnostic = Diagnostic::new(
                &RULE,
                format!("npm can make nothing of the argument `{spec}`"),
                why.clone(),
                "give a folder as `./dist`, or a tarball",
            );
            diagnostic.npm_error = *code;
            return Ok(vec![diagnostic]);
        }
        Some(Obstacle::Tarball { path, why }) => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("`{path}` cannot be published"),
                why.clone(),
                "pack the package again with `npm pack`",
            );
            return Ok(vec![diagnostic]);
        }
        Some(_) => return Ok(vec![]),
        None => {}
    }
    if plan.ignores_scripts() || plan.is_skipped() {
        return Ok(vec![]);
    }
    let manifest = &plan.manifest;
    let recursive = LIFECYCLE.into_iter().filter(|name| manifest.script(name).is_some_and(publishes_itself));
    let found = recursive.map(|name| {
        let place = manifest.field("scripts").and_then(|scripts| scripts.get(name)).map(crate::json::Value::span);
        Diagnostic::new(
            &RULE,
            format!("the script `{name}` runs `npm publish`"),
            format!("`npm publish` runs the script `{name}`, which starts another `npm publish`, without end"),
            "give the script a name that npm does not run, such as `release`",
        )
        .at(place.map(|span| manifest.place(span)), "publishes again")
    });
    Ok(found.collect())
}

/// Whether a script certainly runs `npm publish` on its own package: a chain of plain commands, one of which is that.
fn publishes_itself(script: &str) -> bool {
    let conditional = ["||", "|", "if ", "[", "test ", "cd ", "pushd ", "case ", "`", "$(", "#"];
    let chain = script.replace("&&", ";");
    !conditional.iter().any(|sign| script.contains(sign)) && chain.split([';', '\n']).any(is_plain_publish)
}

fn is_plain_publish(command: &str) -> bool {
    let mut words = command.split_whitespace().skip_while(|word| word.contains('=') || *word == "cross-env");
    words.next() == Some("npm")
        && words.next() == Some("publish")
        && words.all(|word| {
            let harmless =
                ["--access", "--tag", "--registry", "--provenance", "--otp", "--json", "--loglevel", "--silent"];
            harmless
                .iter()
                .any(|flag| word == *flag || word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')))
                || matches!(word, "." | "public" | "restricted" | "latest" | "next" | "beta" | "--no-provenance")
        })
}

#[cfg(test)]
mod tests {
    use super::Obstacle;
    use crate::testing::Scene;

    fn script(name: &str, text: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","scripts":{{"{name}":"{text}"}}}}"#))
    }

    #[test]
    fn a_script_that_publishes_its_own_package_is_found() {
        for name in super::LIFECYCLE {
            script(name, "npm run build && npm publish").finds("publish-target", 1);
        }
        script("publish", "npm publish --access=public --tag next").finds("publish-target", 1);
    }

    #[test]
    fn other_scripts_and_other_packages_are_not() {
        script("release", "npm publish").finds("publish-target", 0);
        for text in [
            "npm publish ./dist",
            "cd dist && npm publish",
            "npm publish --dry-run",
            "npm publish -w other",
            "npm run publish:docs",
            "echo npm publish",
            "test -n a || npm publish",
            "[ -n a ] && npm publish",
        ] {
            script("postpublish", text).finds("publish-target", 0);
        }
        script("publish", "npm publish").args(&["--ignore-scripts"]).finds("publish-target", 0);
    }

    #[test]
    fn a_stray_word_beside_folders_is_found() {
        let scene = Scene::version("1.0.0").file("b/package.json", r#"{"name":"b","version":"1.0.0"}"#);
        let plans = scene.args(&[".", "./b", "next"]).plans();
        let found: Vec<_> =
            plans.iter().map(|plan| Scene::version("1.0.0").check_plan("publish-target", plan)).collect();
        assert!(
            matches!(&found[..], [Ok(here), Ok(there), Ok(stray)] if here.is_empty() && there.is_empty() && stray[0].npm_error == Some("EUSAGE")),
            "{found:?}"
        );
    }

    #[test]
    fn a_bare_word_is_no_folder() {
        let scene = Scene::version("1.0.0");
        let mut plan = scene.plan();
        plan.obstacle = Some(Obstacle::Remote { spec: "dist".to_owned(), exists: true });
        assert!(scene.check_plan("publish-target", &plan).unwrap()[0].help.contains("`./dist`"));
        plan.obstacle = Some(Obstacle::Remote { spec: "dist".to_owned(), exists: false });
        scene.check_plan("publish-target", &plan).unwrap_err();
    }
}
