//! Installed packages that are packed by accident.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;
use crate::text::count::plural;

/// The rule.
pub static RULE: Rule = Rule {
    id: "nested-modules-packed",
    category: Category::Suspicious,
    summary: "a nested `node_modules` is in the package",
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

Files in a `node_modules` that is not in the root of the package. npm leaves out only the one in the root.

### Why it matters

The package contains all of these dependencies, and users install them twice.

### What to do

Exclude the folder in .npmignore, or do not list its parent folder in `files`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```js lib/node_modules/otter/index.js
exports.otter = 1
```
"#,
};

/// Folders that are there to be looked at, or to be copied.
const SHOWN: [&str; 5] = ["test", "tests", "fixtures", "__fixtures__", "examples"];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let is_nested = |path: &&str| {
        let Some((folder, _)) = path.split_once("/node_modules/") else { return false };
        !path.starts_with("node_modules/") && !folder.split('/').any(|name| SHOWN.contains(&name))
    };
    let mut paths = contents.files.iter().map(|file| file.path.as_str()).filter(is_nested);
    let Some(first) = paths.next() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let files = plural(paths.count() + 1, "file");
    let folder = first.split_once("/node_modules/").map_or(first, |(folder, _)| folder);
    let message = format!("{files} in `{folder}/node_modules` would be published");
    let why = format!("{} leaves out only the `node_modules` in the root of the package", case.plan.runner.name());
    let help = "exclude the folder in .npmignore, or list what belongs in the package in `files`";
    Ok(vec![Diagnostic::new(&RULE, message, why, help)])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn bundled_dependencies_are_not_reported() {
        let package =
            r#"{"name":"left-lodge","version":"1.0.0","dependencies":{"otter":"1"},"bundleDependencies":["otter"]}"#;
        let scene =
            Scene::new(package).file("node_modules/otter/package.json", r#"{"name":"otter","version":"1.0.0"}"#);
        scene.file("node_modules/otter/node_modules/x/index.js", "").finds(ID, 0);
    }
}
