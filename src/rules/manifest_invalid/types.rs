//! Fields whose type makes npm 11.19.1 throw, and nothing else: `@npmcli/package-json` (lib/normalize.js,
//! lib/normalize-data.js), `npm-packlist` (lib/index.js), `@npmcli/arborist` (lib/edge.js, lib/override-set.js),
//! `@npmcli/map-workspaces` (lib/index.js). What those repair silently is left out.

use super::{DEPENDENCIES, Problem, overrides};
use crate::project::manifest::Manifest;
use crate::text::json::{Type, Value};

/// Everything that makes npm fail.
pub(super) fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut add = |message: String, why, span| found.push(Problem { message, why, npm_error: None, span });
    if let Some(main) = manifest.field("main").filter(|main| main.is_truthy() && main.type_of() != Type::String) {
        add(format!("`main` is {}", main.type_of()), "npm expects a string and fails", main.span());
    }
    let bins = manifest.field("bin").into_iter().flat_map(Value::elements);
    for bin in bins.filter(|bin| bin.type_of() != Type::String) {
        add(format!("an entry of `bin` is {}", bin.type_of()), "npm expects a path and fails", bin.span());
    }
    for field in ["contributors", "maintainers"] {
        let people = manifest.field(field).into_iter().flat_map(Value::elements);
        for person in people.filter(|person| person.is_null()) {
            add(format!("an entry of `{field}` is null"), "npm expects a person with a name and fails", person.span());
        }
    }
    if let Some(files) = manifest.field("files").filter(|files| files.is_truthy()) {
        match files.type_of() {
            Type::Array => {
                for file in files.elements().filter(|file| file.type_of() != Type::String) {
                    let message = format!("an entry of `files` is {}", file.type_of());
                    add(message, "npm expects a path and crashes while packing", file.span());
                }
            }
            Type::String => {}
            other => add(format!("`files` is {other}"), "npm expects a list and crashes while packing", files.span()),
        }
    }
    for (key, other) in [("bin", "bin"), ("man", "man")] {
        let folder = manifest.field("directories").and_then(|directories| directories.get(key));
        let replaced = manifest.field(other).is_some_and(Value::is_truthy);
        if let Some(folder) =
            folder.filter(|folder| folder.is_truthy() && folder.type_of() != Type::String && !replaced)
        {
            add(format!("`directories.{key}` is {}", folder.type_of()), "npm expects a path and fails", folder.span());
        }
    }
    let described = manifest.field("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if let Some(readme) =
        manifest.field("readme").filter(|readme| readme.is_truthy() && readme.type_of() != Type::String)
        && !described
    {
        let why = "npm reads the description from it, expects a string and fails";
        add(format!("`readme` is {}", readme.type_of()), why, readme.span());
    }
    found.extend(dependencies(manifest));
    found.extend(overrides::problems(manifest));
    found.extend(workspaces(manifest));
    found
}

fn dependencies(manifest: &Manifest) -> Vec<Problem> {
    let mut found = Vec::new();
    for field in DEPENDENCIES {
        let Some(list) = manifest.field(field) else { continue };
        let problem = |value: Value<'_>| Problem {
            message: format!("a version range in `{field}` is {}", value.type_of()),
            why: "npm expects a string and fails while packing",
            npm_error: None,
            span: value.span(),
        };
        found.extend(list.elements().filter(|value| value.type_of() != Type::String).map(problem));
        let members = list.members().filter(|member| {
            // npm drops a dependency that is optional, too, before it looks at it.
            let optional = field == "dependencies"
                && manifest.field("optionalDependencies").and_then(|all| all.get(member.key)).is_some();
            member.value.type_of() != Type::String && !optional && is_last(list, member.key, member.value)
        });
        found.extend(members.map(|member| problem(member.value)));
    }
    found
}

/// Of duplicate keys only the last one counts.
fn is_last(object: Value<'_>, key: &str, value: Value<'_>) -> bool {
    object.get(key).is_some_and(|last| last.span() == value.span())
}

fn workspaces(manifest: &Manifest) -> Option<Problem> {
    let workspaces = manifest.field("workspaces")?;
    let list = if workspaces.type_of() == Type::Object { workspaces.get("packages") } else { Some(workspaces) };
    let wrong = match list.filter(|list| list.type_of() == Type::Array) {
        None => list.unwrap_or(workspaces),
        Some(list) => list.elements().find(|pattern| pattern.type_of() != Type::String)?,
    };
    Some(Problem {
        message: "`workspaces` is not a list of patterns".to_owned(),
        why: "npm expects a list of strings and fails while packing",
        npm_error: list.is_none_or(|list| list.type_of() != Type::Array).then_some("EWORKSPACESCONFIG"),
        span: wrong.span(),
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    #[test]
    fn types_that_make_npm_fail_are_reported() {
        for field in [
            r#""main": {}"#,
            r#""main": true"#,
            r#""bin": ["a", 5]"#,
            r#""contributors": [null]"#,
            r#""files": {"0": "dist"}"#,
            r#""files": ["dist", null]"#,
            r#""directories": {"bin": 5}"#,
            r#""directories": {"man": true}"#,
            r#""readme": 5"#,
            r#""dependencies": {"a": null}"#,
            r#""devDependencies": {"a": {}}"#,
            r#""peerDependencies": {"a": 5}"#,
            r#""optionalDependencies": [5]"#,
            r#""overrides": {"a": {"b": null}}"#,
            r#""overrides": {"a": "2"}, "devDependencies": {"a": "1"}"#,
            r#""workspaces": true"#,
            r#""workspaces": null"#,
            r#""workspaces": {"packages": "x"}"#,
            r#""workspaces": [5]"#,
        ] {
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0",{field}}}"#);
            let found = Scene::new(&manifest).check("manifest-invalid").unwrap();
            assert_eq!(found.len(), 1, "{field}");
        }
    }

    #[test]
    fn types_that_npm_corrects_are_fine() {
        for field in [
            r#""main": null"#,
            r#""main": """#,
            r#""bin": {"a": 5}"#,
            r#""bin": ["a"]"#,
            r#""contributors": [5, "a"]"#,
            r#""author": 5"#,
            r#""files": "dist""#,
            r#""files": []"#,
            r#""directories": {"bin": 5}, "bin": "cli.js""#,
            r#""readme": 5, "description": "a""#,
            r#""scripts": null"#,
            r#""scripts": {"test": 5}"#,
            r#""dependencies": true"#,
            r#""dependencies": {"a": null}, "optionalDependencies": {"a": "1"}"#,
            r#""dependencies": {"a": 5, "a": "1"}"#,
            r#""overrides": {"a": "$a"}, "dependencies": {"a": "1"}"#,
            r#""overrides": {"a@2": "2.1"}, "dependencies": {"a": "1"}"#,
            r#""overrides": {"a": "1"}, "dependencies": {"a": "1"}"#,
            r#""workspaces": {"packages": ["a"]}"#,
            r#""repository": 5"#,
            r#""bugs": 5"#,
            r#""keywords": 5"#,
            r#""publishConfig": 5"#,
        ] {
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0",{field}}}"#);
            assert!(Scene::new(&manifest).check("manifest-invalid").unwrap().is_empty(), "{field}");
        }
    }
}
