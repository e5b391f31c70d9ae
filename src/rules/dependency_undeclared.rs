//! Packages that are there for the developer alone.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::modules::reach::ImportSite;
use crate::rules::diagnostic::Diagnostic;
use crate::text::json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "dependency-undeclared",
    category: Category::Suspicious,
    summary: "a file in the package loads a package that it does not depend on",
    npm_says: &["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND", "Cannot find module", "Cannot find package"],
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

A file that Node loads through `main`, `exports` or `bin`, and that imports or requires a package which is not in
`dependencies`, `optionalDependencies` or `peerDependencies`, but only in `devDependencies` or nowhere. Only code that
always runs counts, not a `require` in a function, a branch or `try`.

### Why it matters

The dependency is not installed with the package, so loading the package fails unless another package happens to install
it.

### What to do

Add it to `dependencies`, or to `peerDependencies` if users should choose its version.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "devDependencies": { "otter": "^1.0.0" }
}
```
```js index.js
exports.lodge = require("otter")
```
"#,
};

/// What the program brings that runs the package.
const HOSTS: [&str; 9] =
    ["vscode", "electron", "react-native", "atom", "obsidian", "bun", "deno", "original-fs", "cloudflare"];

/// How many are reported.
const MAX_REPORTED: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let manifest = &case.plan.package.manifest;
    let is_in = |field: &str, name: &str| manifest.field(field).is_some_and(|field| field.get(name).is_some());
    let own = manifest.field("name").and_then(Value::as_str).unwrap_or_default();
    let mut found = Vec::new();
    for (name, site) in &contents.reached.packages {
        let fields = ["dependencies", "optionalDependencies", "peerDependencies"];
        let is_declared = fields.iter().any(|field| is_in(field, name));
        let is_bundled = contents.first_with(&format!("node_modules/{name}/")).is_some();
        if is_declared || is_bundled || name == own || HOSTS.contains(&name.as_str()) || found.len() >= MAX_REPORTED {
            continue;
        }
        case.plan.package.settled()?;
        let ImportSite { file, line, is_require, .. } = site;
        let verb = if *is_require { "requires" } else { "imports" };
        let developed = manifest.field("devDependencies").and_then(|field| field.get(name));
        let why = match developed {
            Some(_) => "it is only in `devDependencies`, which are not installed with the package",
            None => "it is not in `dependencies`, `optionalDependencies` or `peerDependencies`",
        };
        let message = format!("`{file}` {verb} `{name}`, which the package does not depend on");
        let help = format!("add `{name}` to `dependencies`, or to `peerDependencies`");
        let diagnostic = Diagnostic::new(&RULE, message, why, help).note(format!("on line {line} of `{file}`"));
        found.push(match developed {
            Some(value) => diagnostic.at(manifest.place(value.span()), "only for development"),
            None => diagnostic,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn declared_and_built_in_modules_are_fine() {
        let fields = r#""dependencies":{"a":"1"},"peerDependencies":{"@acme/b":"1"},"optionalDependencies":{"c":"1"}"#;
        let scene = |text: &str| {
            Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#)).file("index.js", text)
        };
        scene("require('a/x'); require('@acme/b/c'); require('c'); require('fs/promises'); require('node:x')")
            .finds(ID, 0);
        scene("require('left-lodge/x'); require('electron'); try { require('d') } catch {}").finds(ID, 0);
        scene("require('d'); require('@acme/e')").finds(ID, 2);
    }
}
