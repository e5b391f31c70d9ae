//! What `@npmcli/package-json` (npm 11.19.1, lib/normalize.js and lib/normalize-data.js) changes in a package.json before
//! npm sends it, as far as it makes a difference for those who install the package.

use super::Change;
use crate::project::manifest::Manifest;
use crate::text::json::{Type, Value};
use crate::text::source::Span;

/// lib/normalize-data.js: what npm takes for a misspelling, and of what. `publicationConfig` is left to
/// `publish-config-ignored`.
const MISSPELT: [(&str, &str); 18] = [
    ("dependancies", "dependencies"),
    ("dependecies", "dependencies"),
    ("depdenencies", "dependencies"),
    ("devEependencies", "devDependencies"),
    ("depends", "dependencies"),
    ("dev-dependencies", "devDependencies"),
    ("devDependences", "devDependencies"),
    ("devDepenencies", "devDependencies"),
    ("devdependencies", "devDependencies"),
    ("repostitory", "repository"),
    ("repo", "repository"),
    ("prefereGlobal", "preferGlobal"),
    ("hompage", "homepage"),
    ("hampage", "homepage"),
    ("autohr", "author"),
    ("autor", "author"),
    ("contributers", "contributors"),
    ("script", "scripts"),
];
/// Words that other tools may want to read: misspelt only where the right one is missing.
const WORDS: [&str; 3] = ["depends", "repo", "script"];

/// Scripts that npm runs by itself when a package is installed or published.
const LIFECYCLE: [&str; 10] = [
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "prepublishOnly",
    "prepack",
    "prepare",
    "postpack",
    "publish",
    "postpublish",
];

/// Everything npm would change.
pub(super) fn find(manifest: &Manifest) -> Vec<Change> {
    let mut found = Vec::new();
    let mut add = |span: Span, label, message: String, why, help: String| {
        found.push(Change { message, why, help, span, label, winner: None });
    };
    for (key, meant) in MISSPELT {
        let right = manifest.field(meant).is_some();
        if let Some(member) = manifest.root().member(key).filter(|_| !(right && WORDS.contains(&key))) {
            let message = format!("`{key}` should probably be `{meant}`");
            add(
                member.key_span,
                "no effect",
                message,
                "npm does not recognize the field and ignores it",
                format!("write `{meant}`"),
            );
        }
    }
    for field in ["description", "homepage"] {
        if let Some(value) = of_other_type(manifest, field, Type::String) {
            let message = format!("`{field}` is {} and is dropped", value.type_of());
            add(
                value.span(),
                "dropped",
                message,
                "npm expects a string and drops everything else",
                "write a string".to_owned(),
            );
        }
    }
    // A string among the keywords is split.
    if let Some(value) = of_other_type(manifest, "keywords", Type::Array).filter(|value| value.as_str().is_none()) {
        let message = format!("`keywords` is {} and is dropped", value.type_of());
        add(
            value.span(),
            "dropped",
            message,
            "npm expects a list and drops everything else",
            "write a list".to_owned(),
        );
    }
    // npm fails on other types.
    if let Some(files) = manifest.field("files").filter(|files| files.as_str().is_some_and(|text| !text.is_empty())) {
        let why =
            "npm expects a list; without one it packs only package.json, the readme, the license, `main` and `bin`";
        let help = format!("write `[{}]`", text(manifest, files));
        add(files.span(), "not a list", "`files` is a string and has no effect".to_owned(), why, help);
    }
    if let Some(member) = manifest.root().member("repositories").filter(|member| member.value.is_truthy()) {
        let why = "npm sets `repository` to the first entry of `repositories`";
        let help = "write `repository`, and remove `repositories`".to_owned();
        add(member.key_span, "replaces `repository`", "`repositories` replaces `repository`".to_owned(), why, help);
    }
    found.extend(dependencies(manifest));
    found.extend(bundled(manifest));
    found.extend(scripts(manifest));
    found.extend(super::bin::find(manifest));
    found
}

fn of_other_type<'a>(manifest: &'a Manifest, field: &str, wanted: Type) -> Option<Value<'a>> {
    manifest.field(field).filter(|value| value.is_truthy() && value.type_of() != wanted)
}

fn text<'a>(manifest: &'a Manifest, value: Value<'_>) -> &'a str {
    manifest.source.text().get(value.span().start..value.span().end).unwrap_or_default()
}

/// `fixDependencies`: names in a list or a string become an object, anything else goes.
fn dependencies(manifest: &Manifest) -> Vec<Change> {
    let mut found = Vec::new();
    for field in ["dependencies", "optionalDependencies"] {
        let Some(value) = of_other_type(manifest, field, Type::Object) else { continue };
        let what = value.type_of();
        let (message, label) = match what {
            Type::Array if value.elements().next().is_none() => continue,
            Type::Array | Type::String => {
                (format!("`{field}` is {what}, which npm turns into an object"), "turned into an object")
            }
            _ if field == "dependencies" => (format!("`{field}` is {what} and is dropped"), "dropped"),
            _ => continue,
        };
        let why = "npm expects an object; from anything else it guesses names and ranges, or drops the field";
        let help = "write an object that maps names to version ranges".to_owned();
        found.push(Change { message, why, help, span: value.span(), label, winner: None });
    }
    found
}

/// `fixBundleDependenciesField`: a name that is no dependency becomes one, in any version.
fn bundled(manifest: &Manifest) -> Vec<Change> {
    let Some(list) = manifest.field("bundleDependencies").or_else(|| manifest.field("bundledDependencies")) else {
        return Vec::new();
    };
    let change =
        |span, message, why, help: &str| Change { message, why, help: help.to_owned(), span, label: "", winner: None };
    if list.is_truthy() && matches!(list.type_of(), Type::String | Type::Number) {
        let message = format!("`bundleDependencies` is {} and is dropped", list.type_of());
        return vec![change(
            list.span(),
            message,
            "npm expects a list of names and drops everything else",
            "write a list",
        )];
    }
    let is_dependency = |name: &str| {
        let fields = ["dependencies", "optionalDependencies", "peerDependencies"];
        fields.iter().any(|field| {
            manifest.field(field).is_some_and(|all| all.type_of() != Type::Object || all.get(name).is_some())
        })
    };
    let entries = list.elements().map(|entry| (entry.as_str(), entry.span()));
    let keys = list.members().map(|member| (Some(member.key), member.key_span));
    let mut found = Vec::new();
    for (name, span) in entries.chain(keys) {
        match name.filter(|name| !name.is_empty()) {
            None => {
                let message = "an entry of `bundleDependencies` is not a name and is dropped".to_owned();
                found.push(change(span, message, "npm expects names and drops everything else", "remove it"));
            }
            Some(name) if !is_dependency(name) => {
                let message =
                    format!("`{name}` is bundled but is not a dependency, so npm adds it to `dependencies` as `*`");
                let why = "users of the package may get any version of it";
                found.push(change(span, message, why, "add it to `dependencies` with its range, or do not bundle it"));
            }
            Some(_) => {}
        }
    }
    found
}

/// Scripts that are not strings, if npm would run them when the package is installed or published.
fn scripts(manifest: &Manifest) -> Vec<Change> {
    let Some(scripts) = manifest.field("scripts") else { return Vec::new() };
    let change = |span, message| Change {
        message,
        why: "npm expects a string and drops everything else",
        help: "write the command as a string, or remove it".to_owned(),
        span,
        label: "dropped",
        winner: None,
    };
    if scripts.is_truthy() && !matches!(scripts.type_of(), Type::Object | Type::Array) {
        return vec![change(scripts.span(), format!("`scripts` is {} and is dropped", scripts.type_of()))];
    }
    let is_last = |key: &str, value: Value<'_>| scripts.get(key).is_some_and(|last| last.span() == value.span());
    scripts
        .members()
        .filter(|member| member.value.as_str().is_none() && LIFECYCLE.contains(&member.key))
        .filter(|member| is_last(member.key, member.value))
        .map(|member| {
            let what = member.value.type_of();
            change(member.value.span(), format!("the script `{}` is {what} and is dropped", member.key))
        })
        .collect()
}
