//! Installed packages that are packed by accident.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "nested-modules-packed",
    category: Category::Suspicious,
    summary: "installed packages below a folder are in the package",
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

Files below a `node_modules` that is not at the top of the package. Only that one is left out by npm.

### Why it matters

The package grows by all of its dependencies, and those who install it get them twice.

### What to do

Exclude the folder in .npmignore, or do not list the folder around it in `files`.

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
    let count = paths.count() + 1;
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let folder = first.split_once("/node_modules/").map_or(first, |(folder, _)| folder);
    let message = format!("{files} below `{folder}/node_modules` would be published");
    let why =
        format!("of installed packages {} leaves out only those at the top of the package", case.plan.runner.name());
    let help = "exclude the folder in .npmignore, or list in `files` what belongs into the package";
    Ok(vec![Diagnostic::new(&RULE, message, why, help)])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn bundled_packages_are_none() {
        let package =
            r#"{"name":"left-lodge","version":"1.0.0","dependencies":{"otter":"1"},"bundleDependencies":["otter"]}"#;
        let scene =
            Scene::new(package).file("node_modules/otter/package.json", r#"{"name":"otter","version":"1.0.0"}"#);
        scene.file("node_modules/otter/node_modules/x/index.js", "").finds(ID, 0);
    }
}
