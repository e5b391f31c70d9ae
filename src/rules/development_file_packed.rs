//! Files that are there for those who develop the package.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;
use crate::text::count::and_more;

/// The rule.
pub static RULE: Rule = Rule {
    id: "development-file-packed",
    category: Category::Pedantic,
    summary: "a file that only the package's developers need is in the package",
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

Tests, lockfiles, and configuration of CI, linters and compilers among the packed files. The rule is off by default,
because many packages contain such files on purpose; turn it on with `--warn development-file-packed`.

### Why it matters

They make the package larger and are useless to users who install it.

### What to do

List what belongs in the package in `files`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```js index.js
exports.lodge = 1
```
```js test/index.test.js
require("../index.js")
```
```json tsconfig.json
{}
```
"#,
};

const FOLDERS: [&str; 11] = [
    "test",
    "tests",
    "__tests__",
    "spec",
    "__mocks__",
    "benchmark",
    "benchmarks",
    ".github",
    ".circleci",
    ".husky",
    ".changeset",
];

const FILES: [&str; 13] = [
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    "azure-pipelines.yml",
    ".editorconfig",
    ".gitattributes",
    "Makefile",
    "bun.lock",
    "deno.lock",
    "lerna.json",
    "nx.json",
    "turbo.json",
    "renovate.json",
];

/// How settings of tools begin or end.
const STARTS: [&str; 9] = [
    ".eslintrc",
    ".prettierrc",
    ".babelrc",
    ".nycrc",
    ".mocharc",
    ".c8rc",
    "tsconfig.",
    "jsconfig.",
    ".npmpackagejsonlint",
];

/// How many files are named.
const MOST_NAMED: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let paths: Vec<&str> =
        contents.files.iter().map(|file| file.path.as_str()).filter(|path| is_for_developers(path)).collect();
    let Some((first, others)) = paths.split_first() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let verb = if others.is_empty() { "is" } else { "are" };
    let message = format!("`{first}`{} {verb} useful only to the package's developers", and_more(others.len(), "file"));
    let why = "users who install the package do not need them";
    let help = "list what belongs in the package in `files`";
    let mut diagnostic = Diagnostic::new(&RULE, message, why, help);
    for other in others.iter().take(MOST_NAMED) {
        diagnostic = diagnostic.note(format!("so is `{other}`"));
    }
    Ok(vec![diagnostic])
}

fn is_for_developers(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    if path.starts_with("node_modules/") {
        return false;
    }
    // Only right in the package: deeper down it may be a module of that name.
    let is_top = folders.split('/').next().is_some_and(|top| FOLDERS.contains(&top));
    let is_config = || {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        FILES.contains(&name) || STARTS.iter().any(|start| name.starts_with(start)) || stem.ends_with(".config")
    };
    let is_test = || [".test.", ".spec."].iter().any(|part| name.contains(part));
    is_top || is_test() || folders.is_empty() && is_config()
}

#[cfg(test)]
mod tests {
    use super::is_for_developers;
    use crate::rules::levels::{Level, Levels};

    #[test]
    fn it_is_off_by_default() {
        let mut levels = Levels::default();
        assert!(!levels.selects(&super::RULE));
        levels.set("pedantic", Level::Warn).unwrap();
        assert!(levels.selects(&super::RULE));
        let mut levels = Levels::default();
        levels.only(super::RULE.id).unwrap();
        assert!(levels.selects(&super::RULE));
    }

    #[test]
    fn tests_and_tool_settings_are_reported() {
        for path in
            ["test/a.js", "lib/a.test.js", "tsconfig.json", "vite.config.ts", ".github/dependabot.yml", ".eslintrc"]
        {
            assert!(is_for_developers(path), "{path}");
        }
        for path in ["lib/test/a.js", "index.js", "lib/tsconfig.json", "testing.js", "config.js"] {
            assert!(!is_for_developers(path), "{path}");
        }
    }
}
