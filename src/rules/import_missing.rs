//! Files that the package loads and does not contain.

use super::content::{Making, assumed};
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::plan::contents::{Contents, MissingImport};
use crate::project::modules::reach::ImportSite;
use crate::project::world::EntryKind;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "import-missing",
    category: Category::Correctness,
    summary: "a file in the package loads a file that is not in the package",
    npm_says: &["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND", "Cannot find module"],
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

A file that Node loads through `main`, `exports` or `bin`, and that imports or requires a path inside the package which
is not packed: it is excluded by `files` or an ignore file, not built, or spelled in a different case. Only static
imports count, and `require` with a literal outside functions, branches and `try`. Paths that a bundler or a compiler
would resolve are not reported, and files above 1 MB are not searched.

If a script (`prepublishOnly`, `prepack`, `prepare`) may create the file, it is assumed that it does.

### Why it matters

The package is published without an error, but fails when it is loaded, and a version cannot be published twice.

### What to do

Add the file to `files`, remove it from the ignore file, or correct the path.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "files": ["index.js"]
}
```
```js index.js
exports.lodge = require("./lib/lodge")
```
```js lib/lodge.js
module.exports = 1
```
"#,
};

/// How many are reported.
const MAX_REPORTED: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let making = case.making();
    let folders = case.missing_folders();
    let is_reported =
        |path: &str| folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut made: Option<Gap> = None;
    for missing in contents.imports.iter().filter(|missing| !is_reported(&missing.path)) {
        let is_decided = missing.unpacked.is_some() || missing.other_case.is_some();
        if is_decided || matches!(making, Making::Never) {
            if found.len() < MAX_REPORTED {
                case.plan.package.settled()?;
                found.push(diagnostic(missing));
            }
        } else if let Making::Script(script) = making {
            made.get_or_insert_with(|| assumed(case.plan, script, &missing.path));
        }
    }
    match made {
        Some(gap) if found.is_empty() => Err(gap),
        _ if found.is_empty() => unread(contents).map_or(Ok(found), Err),
        _ => Ok(found),
    }
}

/// What was not looked into: it may load anything.
fn unread(contents: &Contents) -> Option<Gap> {
    let unread = contents.reached.unread.as_ref()?;
    let detail = format!("what the package loads was only partly checked: {unread}");
    Some(Gap::unknown(Reason::Unsupported, detail).minor())
}

fn diagnostic(missing: &MissingImport) -> Diagnostic {
    let MissingImport { site, path, unpacked, other_case } = missing;
    let ImportSite { file, line, specifier, is_require } = site;
    let verb = if *is_require { "requires" } else { "imports" };
    let message = format!("`{file}` {verb} `{specifier}`, which is not in the package");
    let outcome = "users who install the package cannot load it";
    let (why, help) = match (other_case, unpacked) {
        (Some(other), _) => (
            format!("the package has `{other}`, which is a different file on Linux: {outcome}"),
            "spell the name like the file: names are case-sensitive on Linux".to_owned(),
        ),
        (None, Some((there, EntryKind::Link))) => (
            format!("`{there}` is a symbolic link, which is not packed: {outcome}"),
            "replace it with a copy".to_owned(),
        ),
        (None, Some((there, EntryKind::Other))) => (
            format!("`{there}` is neither a file nor a folder, so it is not packed: {outcome}"),
            "replace it with a file".to_owned(),
        ),
        (None, Some((there, _))) => (
            format!("`{there}` exists, but `files` or an ignore file excludes it: {outcome}"),
            format!("add `{there}` to `files`, or remove it from the ignore file"),
        ),
        (None, None) => (
            format!("there is no `{path}`: {outcome}"),
            "create it before the package is packed, or correct the path".to_owned(),
        ),
    };
    Diagnostic::new(&RULE, message, why, help).note(format!("on line {line} of `{file}`"))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    fn scene(fields: &str, files: &[(&str, &str)]) -> Scene {
        let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0"{fields}}}"#));
        files.iter().fold(scene, |scene, (path, text)| scene.file(path, text))
    }

    #[test]
    fn files_that_were_not_looked_into_are_mentioned() {
        let large = format!("require('./missing.js')\n{}", "//\n".repeat(400_000));
        let unknown = Scene::version("1.0.0").file("index.js", &large).undecided(ID);
        assert_eq!(unknown.detail, "what the package loads was only partly checked: `index.js` is larger than 1 MB");
        assert!(unknown.is_minor);
    }

    #[test]
    fn imports_of_an_entry_must_be_packed() {
        let files = [("index.js", "require('./lib/a')"), ("lib/a.js", "require('./b')"), ("lib/b.js", "")];
        scene("", &files).finds(ID, 0);
        scene(r#","files":["lib"]"#, &files).finds(ID, 0);
        scene(r#","files":["lib/a.js"],"main":"lib/a.js""#, &files).finds(ID, 1);
        scene(
            r#","bin":"lib/a.js","files":["lib/a.js"],"main":"x.js""#,
            &[("x.js", ""), ("lib/a.js", "require('./b')")],
        )
        .finds(ID, 1);
    }

    #[test]
    fn a_script_may_create_a_missing_file() {
        let files = [("index.js", "require('./made')")];
        let fields = r#","scripts":{"prepack":"node make.js"}"#;
        assert_eq!(scene(fields, &files).assumes(ID), "the script `prepack` creates `made`");
        scene("", &files).finds(ID, 1);
        scene("", &files).skip_published().finds(ID, 0);
    }

    #[test]
    fn file_names_are_case_sensitive() {
        let found = scene("", &[("index.js", "require('./Util')"), ("util.js", "")]).finds(ID, 1);
        assert!(found[0].why.contains("util.js"), "{}", found[0].why);
    }
}
