//! A script that runs where the package is installed, and needs a file that is not packed.

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::plan::contents::Contents;
use crate::project::manifest::Manifest;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "install-script-missing",
    category: Category::Correctness,
    summary: "an install script runs a file that is not in the package",
    npm_says: &["npm error code 1", "MODULE_NOT_FOUND", "Cannot find module"],
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

A `preinstall`, `install` or `postinstall` that runs `node` with a file, or `node-gyp rebuild`, although that file or
binding.gyp is not packed; and one that runs a development tool, such as husky or patch-package, that is not a
dependency. Commands after `||` are a warning.

### Why it matters

npm 11 and older, and Bun for trusted packages, run the script, and the install fails. npm 12, pnpm and Yarn do not run
it.

### What to do

Add the file to `files`, or remove the script: what only developers need belongs in `prepare`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "scripts": { "postinstall": "node scripts/setup.js" }
}
```
```js index.js
exports.lodge = 1
```
"#,
};

/// Scripts that run where the package is installed.
const EVENTS: [&str; 3] = ["preinstall", "install", "postinstall"];

/// Tools that only those have who develop the package.
const TOOLS: [&str; 10] =
    ["husky", "patch-package", "lefthook", "simple-git-hooks", "tsc", "rollup", "vite", "webpack", "gulp", "lerna"];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let manifest = &case.plan.package.manifest;
    let mut found = Vec::new();
    for event in EVENTS {
        let Some(script) = manifest.script(event) else { continue };
        let Some((what, is_guarded, is_file)) = fault(contents, manifest, script) else { continue };
        if is_file && !matches!(case.making(), Making::Never) {
            continue;
        }
        case.plan.package.settled()?;
        let message = format!("`{event}` needs {what}, which is not in the package");
        let why = "npm 11 and older run the script when the package is installed, and the install fails";
        let help = "add it to the package, or remove the script; what only developers need belongs in `prepare`";
        let span = manifest.field("scripts").and_then(|scripts| scripts.get(event)).map(Value::span);
        let mut diagnostic =
            Diagnostic::new(&RULE, message, why, help).at(span.map(|span| manifest.place(span)), "this script");
        if is_guarded {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
    Ok(found)
}

/// What a script needs that is not there, whether the script goes on without it, and whether it is a file.
fn fault(contents: &Contents, manifest: &Manifest, script: &str) -> Option<(String, bool, bool)> {
    // A guard in front may keep all of it from running.
    if script.contains(['(', '`', '$', '\n']) {
        return None;
    }
    let is_guarded = script.contains("||");
    for command in script.split("||").flat_map(|part| part.split("&&")).flat_map(|part| part.split(';')) {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words[..] {
            ["node", file, ..] if !file.starts_with('-') && !file.contains(['"', '\'', '*']) => {
                let path = file.strip_prefix("./").unwrap_or(file).trim_end_matches('/');
                let is_inside = !path.starts_with(['/', '.']) && !path.starts_with("node_modules");
                let ends = ["", ".js", ".json", ".node", "/index.js"];
                if is_inside && !ends.iter().any(|end| contents.has(&format!("{path}{end}"))) {
                    return Some((format!("`{path}`"), is_guarded, true));
                }
            }
            ["node-gyp", "rebuild" | "configure" | "build", ..] if !contents.has("binding.gyp") => {
                return Some(("`binding.gyp`".to_owned(), is_guarded, true));
            }
            [tool, ..] if TOOLS.contains(&tool) => {
                let package = if tool == "tsc" { "typescript" } else { tool };
                let fields = ["dependencies", "optionalDependencies", "peerDependencies"];
                let is_there = |key: &&str| manifest.field(key).is_some_and(|field| field.get(package).is_some());
                if !fields.iter().any(is_there) {
                    return Some((format!("the tool `{tool}`"), is_guarded, false));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn files_that_an_install_script_runs_must_be_packed() {
        let scene = |script: &str, more: &str| {
            let scene = Scene::new(&format!(
                r#"{{"name":"left-lodge","version":"1.0.0","scripts":{{"install":"{script}"}}{more}}}"#
            ));
            scene.file("index.js", "").file("a.js", "").file("setup/index.js", "")
        };
        for script in
            ["node b.js", "node a.js && node b.js --fast", "node-gyp rebuild", "patch-package", "node b || exit 0"]
        {
            scene(script, "").finds(ID, 1);
        }
        for script in ["node a", "node ./setup", "node -e 'x'", "echo hello", "node $X"] {
            scene(script, "").finds(ID, 0);
        }
        scene("patch-package", r#","dependencies":{"patch-package":"^8.0.0"}"#).finds(ID, 0);
    }
}
