//! Duplicate keys in an object of package.json: `JSON.parse` silently keeps the last one.

use super::Change;
use crate::project::manifest::Manifest;
use crate::text::json::Value;

/// Fields whose keys decide what is published or installed.
const OBJECTS: [&str; 10] = [
    "bin",
    "dependencies",
    "exports",
    "imports",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "publishConfig",
    "repository",
    "scripts",
];

/// Every key that is lost to a later one with another value.
pub(super) fn find(manifest: &Manifest) -> Vec<Change> {
    let mut found = in_object(manifest, manifest.root(), "");
    for field in OBJECTS {
        found.extend(manifest.field(field).into_iter().flat_map(|object| in_object(manifest, object, field)));
    }
    found
}

fn in_object(manifest: &Manifest, object: Value<'_>, field: &str) -> Vec<Change> {
    let text = |value: Value<'_>| manifest.source.text().get(value.span().start..value.span().end);
    let shown = |key: &str| if field.is_empty() { format!("`{key}`") } else { format!("`{key}` in `{field}`") };
    object
        .members()
        .filter_map(|member| {
            let last = object.member(member.key)?;
            let differs = last.key_span != member.key_span && text(last.value) != text(member.value);
            differs.then(|| Change {
                message: format!("{} is a duplicate key, and its first value is lost", shown(member.key)),
                why: "when a JSON object has duplicate keys, the last value is used",
                help: "remove one of them".to_owned(),
                span: member.key_span,
                label: "lost",
                winner: Some(last.key_span),
            })
        })
        .collect()
}
