//! Entries of `files` of which an ignore file or a link leaves nothing.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::package_files::EntryStatus;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "files-swallowed",
    category: Category::Correctness,
    summary: "an entry of `files` exists, but nothing in it is packed",
    npm_says: &["npm notice total files"],
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

An entry of `files` for an existing file or folder of which nothing is packed: a nested .gitignore or .npmignore
excludes all of it, like the one that wasm-pack generates, or it is a symbolic link. Only if npm publishes.

### Why it matters

`files` does not override ignore files inside the folders it lists. npm packs the rest without a warning.

### What to do

Put an empty .npmignore next to the nested .gitignore, or delete it after the build. Replace a link with a copy.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "files": ["pkg", "index.js"]
}
```
```text pkg/.gitignore
*
```
```js pkg/lodge.js
exports.lodge = 1
```
```js index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut found = Vec::new();
    for (entry, span, entry_status) in &contents.entries {
        let (why, help) = match entry_status {
            EntryStatus::Swallowed { by } => (
                format!("`{by}` excludes all of it and overrides `files`"),
                "put an empty .npmignore next to it, or remove the ignore file before the package is packed",
            ),
            EntryStatus::Link => {
                let why = format!("it is a symbolic link, which {} does not pack", case.plan.runner.name());
                (why, "replace it with a copy")
            }
            EntryStatus::Fine | EntryStatus::Unmatched => continue,
        };
        case.plan.package.settled()?;
        let message = format!("`{entry}` is in `files`, but nothing in it is packed");
        found.push(
            Diagnostic::new(&RULE, message, why, help).at(case.plan.package.manifest.place(*span), "nothing packed"),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn an_entry_with_some_packed_files_is_fine() {
        let scene = |ignored: &str| {
            let scene =
                Scene::new(r#"{"name":"left-lodge","version":"1.0.0","files":["lib","!lib/x.js","README.md"]}"#);
            scene.file("lib/a.js", "").file("lib/b.tmp", "").file("README.md", "").file("lib/.gitignore", ignored)
        };
        scene("*.tmp\n").finds(ID, 0);
        let found = scene("*\n").finds(ID, 1);
        assert!(found[0].why.contains("lib/.gitignore"), "{}", found[0].why);
    }
}
