//! A file that Node looks for when the package is loaded, and that is not packed.

use std::collections::BTreeMap;

use super::content::{Making, assumed, excluded, listing, remedy};
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::plan::contents::Missing;
use crate::project::entries::Role;
use crate::project::package_files::ListError;
use crate::project::world::EntryKind;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "entry-missing",
    category: Category::Correctness,
    summary: "a file in `main`, `exports` or `module` is not in the package",
    npm_says: &["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND", "Cannot find module", "Cannot find package"],
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

A target of `exports` that Node uses (conditions `node`, `import` or `require`, `module-sync`, `default`, in order), or
`main` if there is no `exports`, that is not packed: it is not built, excluded by `files` or an ignore file, a symbolic
link, or spelled in a different case. A missing `main` when an index.js is packed, and a missing `module`, are warnings.
A missing folder is reported once.

If a script (`prepublishOnly`, `prepack`, `prepare`) may create the file, it is assumed that it does. Missing files are
not reported in the hook, on a pull request and with `--skip-published`, because build output is usually not committed;
neither is the `main` that `npm init` writes into a workspace root.

### Why it matters

The package is published without an error, but nobody can load it, and a version cannot be published twice.

### What to do

Build the package before it is packed or in a `prepack` script, or correct the field. `npm-preflight files` lists what
is packed.

If the file exists and only `files` excludes it, `lint --fix` adds it to `files`, provided that everything it loads is packed.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "main": "./dist/index.js",
  "files": ["lib"]
}
```
```js dist/index.js
exports.lodge = 1
```
```js lib/other.js
exports.other = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let contents = match &case.plan.packed().contents {
        Ok(contents) => contents,
        Err(ListError::Unknown(why)) => {
            let detail = format!("the package's files were not checked: {why}");
            return Err(Gap::unknown(Reason::Unsupported, detail).minor());
        }
        // At which npm fails for certain; of the others that is not known.
        Err(unreadable @ ListError::Unreadable { .. }) if case.plan.runner.other_client().is_some() => {
            let detail = format!("the package's files were not checked: {unreadable}");
            return Err(Gap::unknown(Reason::Unsupported, detail).minor());
        }
        // Other rules say at what a client stops.
        Err(_) => return Ok(vec![]),
    };
    let is_entry = |missing: &&Missing| matches!(missing.target.role, Role::Export | Role::Main | Role::Bundler);
    let is_root = case.plan.package.manifest.field("workspaces").is_some();
    let missing = contents.missing.iter().filter(is_entry);
    let missing: Vec<&Missing> = missing.filter(|missing| !(is_root && is_left_over(missing))).collect();
    let making = case.making();
    // What exists need not be made: only another `files` could bring it in.
    let is_decided = |missing: &Missing| missing.unpacked.is_some() || missing.other_case.is_some();
    if missing.iter().any(|missing| is_decided(missing)) {
        case.plan.package.settled()?;
    }
    let listed = listing(case.plan, missing.iter().copied());
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut by_folder: BTreeMap<&str, Vec<&Missing>> = BTreeMap::new();
    let mut made: Option<Gap> = None;
    let mut many = absent_by_parent(&missing);
    many.retain(|_, missing| missing.len() > MOST_NAMED && matches!(making, Making::Never));
    for missing in missing {
        if is_absent(missing) && many.contains_key(parent(missing)) {
            continue;
        }
        if is_decided(missing) || matches!(making, Making::Never) {
            if let Some(folder) = &missing.folder {
                by_folder.entry(folder).or_default().push(missing);
            } else {
                let fix = listed.clone().filter(|_| missing.is_unlisted);
                found.push(diagnostic(case, &[missing], None).fix(fix));
            }
        } else if let Making::Script(script) = making
            && severity(case, missing) == Severity::Error
        {
            made.get_or_insert_with(|| assumed(case.plan, script, &missing.target.path));
        }
    }
    found.extend(by_folder.into_iter().map(|(folder, missing)| diagnostic(case, &missing, Some(folder))));
    found.extend(many.into_iter().map(|(parent, missing)| {
        let found = diagnostic(case, &missing, None);
        let more = missing.len() - 1 - found.related.len();
        let place = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
        found.note(format!("{more} more entry points{place} are missing"))
    }));
    match made {
        Some(gap) if found.is_empty() => Err(gap),
        _ => Ok(found),
    }
}

/// Nothing is there, where there is a folder for it.
fn is_absent(missing: &Missing) -> bool {
    missing.unpacked.is_none() && missing.other_case.is_none() && missing.folder.is_none() && !missing.is_unlisted
}

fn parent(missing: &Missing) -> &str {
    missing.target.path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn absent_by_parent<'a>(all: &[&'a Missing]) -> BTreeMap<&'a str, Vec<&'a Missing>> {
    let mut by_parent: BTreeMap<&str, Vec<&Missing>> = BTreeMap::new();
    for missing in all.iter().copied().filter(|missing| is_absent(missing)) {
        by_parent.entry(parent(missing)).or_default().push(missing);
    }
    by_parent
}

/// `npm init` writes it, also into the root of workspaces, which has no code of its own.
fn is_left_over(missing: &Missing) -> bool {
    missing.target.role == Role::Main && missing.target.path == "index.js" && missing.unpacked.is_none()
}

/// Node falls back to an index file where `main` leads nowhere; bundlers fall back to `main`.
fn severity(case: &Case<'_>, missing: &Missing) -> Severity {
    let has_index =
        || ["index.js", "index.json", "index.node"].iter().any(|name| case.contents().is_some_and(|it| it.has(name)));
    match missing.target.role {
        Role::Export => Severity::Error,
        Role::Main if !has_index() => Severity::Error,
        _ => Severity::Warning,
    }
}

/// How many others one finding points at.
const MOST_NAMED: usize = 5;

/// One finding for what is missing together; the first one names the others.
fn diagnostic(case: &Case<'_>, all: &[&Missing], folder: Option<&str>) -> Diagnostic {
    let plan = case.plan;
    let severity = |missing: &&&Missing| severity(case, missing);
    let Some(missing) = all.iter().min_by_key(severity) else {
        return Diagnostic::new(&RULE, "a file is missing", "it is not packed", "create it");
    };
    let (path, field) = (&missing.target.path, &missing.target.field);
    let message = match folder {
        Some(folder) => format!("`{field}` points at `{path}`, but there is no folder `{folder}`"),
        None => format!("`{field}` points at `{path}`, which is not in the package"),
    };
    let mut diagnostic = Diagnostic::new(&RULE, message, why(case, missing), remedy(plan, Some(missing), field));
    diagnostic.severity = severity(&missing);
    let place = |missing: &Missing| plan.package.manifest.place(missing.target.span);
    diagnostic = diagnostic.at(place(missing), "not packed");
    for other in all.iter().filter(|other| other.target.span != missing.target.span).take(MOST_NAMED) {
        diagnostic = diagnostic.related(place(other), "so is this");
    }
    diagnostic
}

fn why(case: &Case<'_>, missing: &Missing) -> String {
    let outcome = match (missing.target.role, severity(case, missing)) {
        (Role::Bundler, _) => "bundlers fall back to `main`, or fail",
        (_, Severity::Error) => "users who install the package cannot load it",
        _ => "Node loads index.js instead, with a deprecation warning",
    };
    match (&missing.other_case, &missing.unpacked) {
        (Some(other), _) => format!("the package has `{other}`, which is a different file on Linux: {outcome}"),
        (None, Some((path, EntryKind::Link))) => format!("`{path}` is a symbolic link, which is not packed: {outcome}"),
        (None, Some((path, EntryKind::Other))) => {
            format!("`{path}` is neither a file nor a folder, so it is not packed: {outcome}")
        }
        (None, Some((path, _))) => format!("{}: {outcome}", excluded(missing, path)),
        (None, None) => format!(
            "the file does not exist, and nothing creates it before the package is packed: \
            {outcome}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    fn scene(fields: &str, files: &[&str]) -> Scene {
        let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#));
        files.iter().fold(scene, |scene, path| scene.file(path, "exports.a = 1"))
    }

    #[test]
    fn files_that_node_loads_must_be_packed() {
        for (fields, files) in [
            (r#""main":"./dist/index.js""#, &["dist/other.js"][..]),
            (r#""main":"lib""#, &["lib/core.js"]),
            (r#""main":"index.js","exports":"./dist/index.js""#, &["index.js"]),
            (r#""exports":{".":{"node":{"import":"./n.mjs"},"default":"./index.js"}}"#, &["index.js"]),
            (r#""exports":"./Index.js""#, &["index.js"]),
            (r#""main":"./out/main","files":["lib"]"#, &["out/main.js"]),
        ] {
            let found = scene(fields, files).finds(ID, 1);
            assert_eq!(found[0].severity, crate::rules::diagnostic::Severity::Error, "{fields}");
        }
        for (fields, files) in [
            (r#""main":"./lib""#, &["lib/index.js"][..]),
            (r#""main":"""#, &[]),
            (r#""files":["a.css"]"#, &["a.css"]),
            (r#""main":"data/table""#, &["data/table.json"]),
            (r#""exports":{".":{"custom":"./src/i.ts","default":"./index.js"},"./x":null}"#, &["index.js"]),
        ] {
            scene(fields, files).finds(ID, 0);
        }
    }

    #[test]
    fn a_workspace_root_may_keep_the_main_that_npm_init_wrote() {
        scene(r#""main":"index.js","workspaces":["packages/*"]"#, &[]).finds(ID, 0);
        scene(r#""main":"lib/index.js","workspaces":["packages/*"]"#, &[]).finds(ID, 1);
        scene(r#""main":"index.js""#, &[]).finds(ID, 1);
    }

    #[test]
    fn a_missing_folder_is_reported_once() {
        let fields = r#""exports":{".":"./dist/a.js","./b":"./dist/b.js"}"#;
        let found = scene(fields, &["src/a.ts"]).finds(ID, 1);
        assert_eq!(found[0].related.len(), 1);
    }

    #[test]
    fn many_files_missing_in_one_folder_are_one_finding() {
        let exports = |count: usize| {
            let all: Vec<_> = (0..count).map(|at| format!(r#""./{at}":"./helpers/{at}.js""#)).collect();
            format!(r#""exports":{{{}}}"#, all.join(","))
        };
        let found = scene(&exports(9), &["helpers/esm/a.js"]).finds(ID, 1);
        assert_eq!(found[0].notes, ["3 more entry points in `helpers` are missing"]);
        scene(&exports(2), &["helpers/esm/a.js"]).finds(ID, 2);
    }

    #[test]
    fn a_script_may_create_missing_files_but_not_include_excluded_ones() {
        let fields =
            |script: &str| format!(r#""main":"./dist/a.js","files":["dist"],"scripts":{{"prepack":"{script}"}}"#);
        assert_eq!(scene(&fields("tsc"), &[]).assumes(ID), "the script `prepack` creates `dist/a.js`");
        scene(&fields("husky"), &[]).finds(ID, 1);
        scene(&fields("tsc"), &[]).args(&["--ignore-scripts"]).finds(ID, 1);
        scene(&fields("tsc").replace("dist\"],", "lib\"],"), &["dist/a.js", "lib/b.js"]).finds(ID, 1);
    }

    #[test]
    fn the_fix_adds_entries_that_only_files_excludes() {
        let fields = r#""exports": { ".": "./lib/a.js", "./b": "./lib/b.js" }, "files": ["lib/c.js"]"#;
        let package = |more: &[&str]| scene(fields, &[&["lib/a.js", "lib/b.js", "lib/c.js"], more].concat());
        let mended = package(&[]).mended(ID);
        assert!(mended.text("package.json").ends_with(r#""files": ["lib/c.js", "lib/a.js", "lib/b.js"]}"#));
        mended.finds(ID, 0);
        // An ignore file decides, too, or more would come along, or it would not be enough.
        let unmended = |scene: Scene, count| {
            let found = scene.finds(ID, count);
            assert!(found.iter().all(|one| one.fix.is_none()), "{found:?}");
        };
        unmended(package(&[]).file("lib/.npmignore", "a.js\nb.js"), 2);
        unmended(package(&[]).file(".gitignore", "lib/a.js\nlib/b.js\n"), 2);
        let one = |target: &str| format!(r#""exports": "./{target}", "files": ["c.js"]"#);
        unmended(scene(&one("lib/a.js"), &["c.js"]).file("lib/a.js", "require('./other')").file("lib/other.js", ""), 1);
        for private in ["src/a.ts", ".hidden/a.js", "id_rsa"] {
            unmended(scene(&one(private), &["c.js", private]), 1);
        }
        let wrong_case = scene(&one("C.js"), &["c.js"]);
        unmended(wrong_case, 1);
    }

    #[test]
    fn entries_built_later_are_not_checked() {
        let unbuilt = || scene(r#""main":"./dist/a.js""#, &[]);
        unbuilt().finds(ID, 1);
        unbuilt().skip_published().finds(ID, 0);
        unbuilt().pushed(Some("v1.0.0"), Some("0123456")).finds(ID, 0);
        unbuilt().env("GITHUB_EVENT_NAME", "pull_request").finds(ID, 0);
    }
}
