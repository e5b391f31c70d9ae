//! What no registry takes, or takes without some of the files.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "archive-refused",
    category: Category::Correctness,
    summary: "the registry refuses what is in the archive",
    npm_says: &["E415", "E413", "Hard link is not allowed", "Unsupported Media Type", "Payload Too Large"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

Two packed files that are hard links to one file: npm packs the second one as a link. Also too many files: npm's
registry has refused archives with about 65,000, and more than 50,000 are a warning. A tarball of more than 200 MB is a
warning, too.

### Why it matters

npm's registry refuses the archive. Another registry may accept it, but the second file is then missing when the package
is installed.

### What to do

Copy the file instead of linking it: `cp` without `-l`. Publish fewer files, or split the package.

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
```js lib/other.js = ../index.js
```
"#,
};

/// The smallest number of files with which an archive is known to have been refused.
const REFUSED_FILES: usize = 65_150;
/// More files than anybody is known to have published.
const MOST_FILES: usize = 50_000;
/// What npm's registry takes, in bytes.
const MOST_BYTES: u64 = 200 * 1000 * 1000;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut found = Vec::new();
    if let Some((first, second)) = contents.hard_links.first() {
        let message = match first {
            Some(first) => {
                let client = case.plan.runner.name();
                format!("`{first}` and `{second}` are hard links to one file, and {client} packs the second as a link")
            }
            None => format!("`{second}` is packed as a hard link to another file"),
        };
        let why = if case.plan.destination.npmjs {
            "npm's registry refuses an archive with links"
        } else {
            "it is missing when the package is installed"
        };
        let mut diagnostic = Diagnostic::new(&RULE, message, why, "replace it with a copy").npm_error("E415");
        if let more @ 1.. = contents.hard_links.len() - 1 {
            diagnostic = diagnostic.note(format!("there are {more} more such files"));
        }
        found.push(diagnostic);
    }
    let count = contents.files.len();
    if case.plan.destination.npmjs && count > MOST_FILES {
        let message = format!("the package has {count} files");
        let why = "npm's registry refuses archives with too many files, and has refused some with about 65,000";
        let mut diagnostic = Diagnostic::new(&RULE, message, why, "publish fewer files, or split the package");
        if count <= REFUSED_FILES {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic.npm_error("E415"));
    }
    if let Some(size) = contents.archive_size.filter(|size| case.plan.destination.npmjs && *size > MOST_BYTES) {
        let message = format!("the tarball is larger than 200 MB ({} MB)", size / 1_000_000);
        let why = "npm's registry has refused packages of that size";
        let diagnostic = Diagnostic::new(&RULE, message, why, "publish less, or split the package");
        found.push(diagnostic.severity(Severity::Warning).npm_error("E413"));
    }
    if !found.is_empty() {
        case.plan.package.settled()?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::Severity;

    const ID: &str = super::RULE.id;

    #[test]
    fn only_a_hard_link_that_npm_packs_is_reported() {
        let scene = |files: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","files":{files}}}"#);
            Scene::new(&package).file("lib/a.js", "").file("src/a.js", "= ../lib/a.js")
        };
        assert_eq!(scene(r#"["lib","src"]"#).finds(ID, 1)[0].severity, Severity::Error);
        scene(r#"["lib"]"#).finds(ID, 0);
        scene(r#"["lib","src"]"#).client(Manager::Pnpm).finds(ID, 0);
    }

    #[test]
    fn the_registry_limits_the_number_of_files() {
        use crate::plan::contents::PackedFile;
        let scene = Scene::version("1.0.0");
        for (count, expected) in [(50_000, None), (60_000, Some(Severity::Warning)), (65_151, Some(Severity::Error))] {
            let mut plan = scene.plan();
            let file = PackedFile { path: "a".to_owned(), size: Some(1), is_executable: false };
            plan.packed.contents.as_mut().unwrap().files = vec![file; count];
            let found = scene.check_plan(ID, &plan).unwrap();
            assert_eq!(found.first().map(|found| found.severity), expected, "{count}");
        }
    }
}
