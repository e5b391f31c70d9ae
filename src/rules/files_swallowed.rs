//! Entries of `files` of which an ignore file or a link leaves nothing.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::package_files::Fate;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "files-swallowed",
    category: Category::Correctness,
    summary: "an entry of `files` names something of which nothing is packed",
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

An entry of `files` that names a folder or file which exists and of which nothing is packed: a nested .gitignore or .npmignore
leaves all of it out, as the one that wasm-pack generates does, or it is a symbolic link. Only where npm publishes.

### Why it matters

`files` does not win against ignore files inside of the folders that it names. npm packs the rest, and says nothing.

### What to do

Put an empty .npmignore beside the nested .gitignore, or delete that after the build. Copy what a link leads to.

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
    for (entry, span, fate) in &contents.entries {
        let (why, help) = match fate {
            Fate::Swallowed { by } => (
                format!("`{by}` leaves all of it out, and wins against `files`"),
                "put an empty .npmignore beside it, or remove the ignore file before the package is packed",
            ),
            Fate::Link => {
                let why = format!("it is a symbolic link, which {} does not pack", case.plan.runner.name());
                (why, "put a copy in its place")
            }
            Fate::Fine | Fate::Unmatched => continue,
        };
        case.plan.package.settled()?;
        let message = format!("nothing of `{entry}` in `files` is packed");
        found.push(
            Diagnostic::new(&RULE, message, why, help).at(case.plan.package.manifest.place(*span), "nothing of this"),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn an_entry_of_which_something_is_packed_is_fine() {
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
