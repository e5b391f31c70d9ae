//! A package without any code.

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "package-empty",
    category: Category::Suspicious,
    summary: "nothing is packed besides package.json and a README",
    npm_says: &[],
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

A package in which only package.json and files such as README, LICENSE and CHANGELOG are packed, although there is
source code in its folder. Packages that only have dependencies, and workspace roots, are fine.

### Why it matters

`files` or an ignore file excludes everything: the package is published, but there is nothing to load.

### What to do

Correct `files` or the ignore file. `npm-preflight files` lists what is packed.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```text .npmignore
*
```
```js index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    if !case.contents().is_some_and(|contents| contents.leaves_code_out) {
        return Ok(vec![]);
    }
    let manifest = &case.plan.package.manifest;
    let is_judged = matches!(case.making(), Making::Never) && case.missing_folders().is_empty();
    let has_dependencies = manifest.field("dependencies").is_some_and(|field| field.members().next().is_some());
    // The code of a root lies in its workspaces.
    if !is_judged || has_dependencies || manifest.field("workspaces").is_some() {
        return Ok(vec![]);
    }
    case.plan.package.settled()?;
    let key = if manifest.field("files").is_some() { "files" } else { "name" };
    let message = "nothing is packed besides package.json and a README";
    let why = "there is source code in the folder, but `files` or an ignore file excludes all of it";
    let help = "correct `files` or the ignore file; `npm-preflight files` lists what is packed";
    Ok(vec![Diagnostic::new(&RULE, message, why, help).at(manifest.place_of(key), "")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn a_package_without_code_may_be_intended() {
        let scene = |more: &str| Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0"{more}}}"#));
        scene("").finds(ID, 0);
        scene("").file("README.md", "").finds(ID, 0);
        scene(r#","files":["nothing"]"#).file("src/a.ts", "").finds(ID, 1);
        scene(r#","files":["nothing"],"dependencies":{"a":"^1.0.0"}"#).file("src/a.ts", "").finds(ID, 0);
        scene(r#","files":["nothing"],"workspaces":["src"]"#).file("src/a.ts", "").finds(ID, 0);
        scene(r#","files":["nothing"]"#).file("src/a.ts", "").skip_published().finds(ID, 0);
    }
}
