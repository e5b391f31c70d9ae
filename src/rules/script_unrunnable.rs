//! A publish that fails in its own script.

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::scripts::MissingTool;
use crate::publisher::Manager;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "script-unrunnable",
    category: Category::Suspicious,
    summary: "a script of the publish runs a program that is not installed",
    npm_says: &["command not found", "code 127", "not recognized as an internal or external command"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Machine,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A `prepublishOnly`, `prepack` or `prepare` that runs a program from one of the package's own dependencies, such as `tsc`
or `husky`, which is neither in a `node_modules/.bin` of this folder or a parent folder nor on PATH. Scripts that call
others with `npm run` are followed. Nothing is reported with `ignore-scripts`, in the hook, on a pull request or with
`--skip-published`, or for scripts with `||`, pipes or variables.

### Why it matters

The publish fails in that script, because dependencies were not installed in the job, or without `devDependencies`.

### What to do

Install the dependencies before you publish, or publish what is already built with `--ignore-scripts`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "scripts": { "prepack": "tsc" },
  "devDependencies": { "typescript": "^5.9.0" }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(missing) = plan.package.missing_tool.as_ref().filter(|_| !plan.ignores_scripts()) else {
        return Ok(vec![]);
    };
    let is_yarns = plan.runner.other_client() == Some(Manager::Yarn) && missing.script == "prepare";
    if is_yarns || matches!(case.making(), Making::Later) {
        return Ok(vec![]);
    }
    let MissingTool { script, place, tool, package } = missing;
    let message = format!("the script `{script}` runs `{tool}`, which is not installed here");
    let why = format!(
        "`{package}` is not in `node_modules` of this folder or a parent folder, so the script fails and \
            nothing is published"
    );
    let help = "install the dependencies before you publish, including `devDependencies`";
    Ok(vec![Diagnostic::new(&RULE, message, why, help).at(place.clone(), "this script")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    fn scene(scripts: &str) -> Scene {
        let dependencies = r#"{"typescript":"5","husky":"9","rimraf":"6"}"#;
        Scene::new(&format!(
            r#"{{"name":"left-lodge","version":"1.0.0","scripts":{scripts},"devDependencies":{dependencies}}}"#
        ))
    }

    #[test]
    fn programs_that_a_script_runs_must_be_installed() {
        for scripts in [
            r#"{"prepack":"tsc -p ."}"#,
            r#"{"prepare":"husky"}"#,
            r#"{"prepublishOnly":"npm run build","build":"NODE_ENV=production rimraf dist && tsc"}"#,
        ] {
            scene(scripts).finds(ID, 1);
            scene(scripts).args(&["--ignore-scripts"]).finds(ID, 0);
            scene(scripts).skip_published().finds(ID, 0);
        }
        for scripts in [
            r#"{"build":"tsc"}"#,
            r#"{"prepare":"husky || true"}"#,
            r#"{"prepack":"npm ci && tsc"}"#,
            r#"{"prepack":"npx tsc"}"#,
            r#"{"prepack":"make"}"#,
            r#"{"prepack":"npm run prepack"}"#,
        ] {
            scene(scripts).finds(ID, 0);
        }
    }

    #[test]
    fn a_program_in_a_parent_folder_or_on_path_is_found() {
        let scene = || scene(r#"{"prepack":"tsc"}"#);
        scene().file("/node_modules/.bin/tsc", "").finds(ID, 0);
        scene().file("/usr/bin/tsc", "").env("PATH", "/usr/bin").finds(ID, 0);
        scene().file("/project/.pnp.cjs", "").finds(ID, 0);
    }
}
