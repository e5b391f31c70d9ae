//! Entries of `files` that match nothing.

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::package_files::EntryStatus;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "files-unmatched",
    category: Category::Suspicious,
    summary: "an entry of `files` matches nothing",
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

An entry of `files` that does not exist and matches nothing as a pattern; negated entries are not checked. Nothing is
reported if a script may create it, in the hook, on a pull request or with `--skip-published`. Only if npm publishes.

### Why it matters

It is misspelled, not built or renamed, so what you meant to publish is not packed.

### What to do

Correct the entry, or remove it. `npm-preflight files` lists what is packed.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "files": ["index.js", "libs"]
}
```
```js index.js
exports.lodge = 1
```
```js lib/a.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents().filter(|_| matches!(case.making(), Making::Never)) else { return Ok(vec![]) };
    let missing = case.missing_folders();
    let mut found = Vec::new();
    for (entry, span, _) in contents.entries.iter().filter(|(.., entry_status)| *entry_status == EntryStatus::Unmatched)
    {
        let path = entry.trim_start_matches("./").trim_matches('/');
        if missing.iter().any(|folder| path.split('/').next() == folder.split('/').next()) {
            continue;
        }
        let message = format!("`{entry}` in `files` matches nothing");
        let why = format!("{} ignores it and packs the rest", case.plan.runner.name());
        let help = "correct the entry, or remove it; `npm-preflight files` lists what is packed";
        found.push(
            Diagnostic::new(&RULE, message, why, help).at(case.plan.package.manifest.place(*span), "matches nothing"),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn folders_patterns_and_slashes_match() {
        let scene = |files: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","files":{files}}}"#));
            scene.file("lib/a.js", "").file("types/a/b.d.ts", "").file("x.js", "").file("README.md", "")
        };
        scene(r#"["./lib/","types/**/*.d.ts","/x.js","README.md","lib/*.{js,mjs}","!nothing","LICENSE*","lib"]"#)
            .finds(ID, 1);
        scene(r#"["lib","dits","dist/*.js"]"#).finds(ID, 2);
    }
}
