//! Names that are the same on macOS and Windows.

use std::collections::HashMap;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-conflict",
    category: Category::Suspicious,
    summary: "two files in the package have names that differ only in case",
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

Two packed files or folders whose paths differ only in case.

### Why it matters

On macOS and Windows they are the same file: the one that is unpacked last replaces the other.

### What to do

Rename one of them.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```js lib/lodge.js
exports.lodge = 1
```
```js lib/Lodge.js
exports.lodge = 2
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut known: HashMap<String, &str> = HashMap::new();
    let mut found: Vec<(&str, &str)> = Vec::new();
    'files: for file in &contents.files {
        let path = file.path.as_str();
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for end in ends {
            let part = &path[..end];
            match known.get(&part.to_lowercase()) {
                Some(other) if *other != part => {
                    // What is below a folder with two names says nothing more.
                    if !found.contains(&(other, part)) {
                        found.push((other, part));
                    }
                    continue 'files;
                }
                Some(_) => {}
                None => drop(known.insert(part.to_lowercase(), part)),
            }
        }
    }
    let diagnostic = |(first, second): (&str, &str)| {
        let message = format!("`{first}` and `{second}` differ only in case");
        let why = "on macOS and Windows they are the same file, and the one that is unpacked last replaces the other";
        Diagnostic::new(&RULE, message, why, "rename one of them")
    };
    Ok(found.into_iter().map(diagnostic).collect())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn folder_names_that_differ_only_in_case_conflict() {
        let scene = |paths: &[&str]| paths.iter().fold(Scene::version("1.0.0"), |scene, path| scene.file(path, ""));
        scene(&["Lib/a.js", "lib/b.js", "lib/c.js"]).finds(ID, 1);
        scene(&["a/util.js", "b/Util.js"]).finds(ID, 0);
    }
}
