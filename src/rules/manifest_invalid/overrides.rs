//! `overrides` at which `@npmcli/arborist` (lib/override-set.js, lib/node.js) stops in npm 11.19.1.

use super::{DEPENDENCIES, Problem};
use crate::project::manifest::Manifest;

/// Entries that are null, and those that contradict a dependency of the package itself.
pub(super) fn problems(manifest: &Manifest) -> Vec<Problem> {
    let Some(overrides) = manifest.field("overrides") else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = vec![overrides];
    while let Some(next) = open.pop() {
        for value in next.elements().chain(next.members().map(|member| member.value)) {
            if value.is_null() {
                found.push(Problem {
                    message: "an entry of `overrides` is null".to_owned(),
                    why: "npm expects a version or an object and fails while packing",
                    npm_error: None,
                    span: value.span(),
                });
            }
            open.push(value);
        }
    }
    for member in overrides.members().filter(|member| !member.key.get(1..).is_some_and(|rest| rest.contains('@'))) {
        let range = member.value.as_str().or_else(|| member.value.get(".")?.as_str()).unwrap_or_default();
        let conflict = DEPENDENCIES
            .iter()
            .filter_map(|field| manifest.field(field)?.get(member.key)?.as_str())
            .find(|wanted| !matches!(range, "" | "*") && !range.starts_with('$') && *wanted != range);
        if let Some(wanted) = conflict {
            found.push(Problem {
                message: format!("`overrides` sets `{}` to {range}, but the package depends on {wanted}", member.key),
                why: "npm does not allow an override that conflicts with a direct dependency, and fails while packing",
                npm_error: Some("EOVERRIDE"),
                span: member.value.span(),
            });
        }
    }
    found
}
