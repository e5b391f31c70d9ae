//! A file with types that TypeScript looks for, and that is not packed.

use super::content::{Making, assumed, excluded, listing, remedy};
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Gap;
use crate::plan::contents::Missing;
use crate::project::entries::Role;
use crate::project::world::EntryKind;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "types-missing",
    category: Category::Correctness,
    summary: "a type declaration file in package.json is not in the package",
    npm_says: &["TS7016", "TS2307", "Could not find a declaration file for module"],
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

A `types` or `typings`, or a `types` condition in `exports`, whose file is not packed, if TypeScript finds no other one.
`types` is not checked in packages with `typesVersions`. If a script may create the file, it is assumed that it does.

### Why it matters

TypeScript has no types for the package, so with `strict` every import of it is an error.

### What to do

Generate the declarations before the package is packed, add them to `files`, or correct the field.

If the file exists and only `files` excludes it, `lint --fix` adds it to `files`, provided that everything it loads is packed.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "types": "./types/index.d.ts"
}
```
```js index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let folders = case.missing_folders();
    let making = case.making();
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut made: Option<Gap> = None;
    let mut said: Vec<&str> = Vec::new();
    let is_of_types = |missing: &Missing| matches!(missing.target.role, Role::Types | Role::TypesExport);
    let listed = listing(case.plan, contents.missing.iter().filter(|missing| is_of_types(missing)));
    for missing in &contents.missing {
        let is_reported = missing.folder.as_deref().is_some_and(|folder| folders.contains(folder));
        let path = missing.target.path.as_str();
        if !is_of_types(missing) || is_reported || said.contains(&path) {
            continue;
        }
        let is_decided = missing.unpacked.is_some() || missing.other_case.is_some();
        if !is_decided {
            match making {
                Making::Later => continue,
                Making::Script(script) => {
                    made.get_or_insert_with(|| assumed(case.plan, script, path));
                    continue;
                }
                Making::Never => {}
            }
        }
        case.plan.package.settled()?;
        said.push(path);
        let why = match &missing.unpacked {
            Some((path, EntryKind::Link)) => format!("`{path}` is a symbolic link, which is not packed"),
            Some((path, EntryKind::Other)) => format!("`{path}` is neither a file nor a folder, so it is not packed"),
            Some((path, _)) => excluded(missing, path),
            None => "the file does not exist, so TypeScript finds no types for the package".to_owned(),
        };
        let field = &missing.target.field;
        let message = format!("{} points at `{path}`, which is not in the package", shown(field));
        let help = remedy(case.plan, Some(missing), field);
        let place = case.plan.package.manifest.place(missing.target.span);
        let fix = listed.clone().filter(|_| missing.is_unlisted);
        found.push(Diagnostic::new(&RULE, message, why, help).at(place, "not packed").fix(fix));
    }
    match made {
        Some(gap) if found.is_empty() => Err(gap),
        _ => Ok(found),
    }
}

/// `exports["./a"]` and the condition in it.
fn shown(field: &str) -> String {
    if field.ends_with(')') { field.to_owned() } else { format!("`{field}`") }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn types_are_resolved_as_typescript_resolves_them() {
        let scene = |fields: &str, file: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#));
            scene.file("index.js", "").file(file, "")
        };
        scene(r#""types":"./acme""#, "acme.d.ts").finds(ID, 0);
        scene(r#""types":"./lib""#, "lib/index.d.ts").finds(ID, 0);
        scene(r#""types":"./x.d.ts","typesVersions":{}"#, "y").finds(ID, 0);
        scene(r#""types":"./x.d.ts""#, "index.d.ts").finds(ID, 0);
        let mended = scene(r#""types":"./x.d.ts","files":["index.js"]"#, "x.d.ts").mended(ID);
        assert!(mended.text("package.json").ends_with(r#""files":["index.js","x.d.ts"]}"#));
        mended.finds(ID, 0);
        scene(r#""exports":{"types":"./x.d.ts","default":"./index.js"}"#, "index.d.ts").finds(ID, 1);
    }
}
