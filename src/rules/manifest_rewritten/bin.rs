//! What happens to `bin`: `normalizePackageBin` of `@npmcli/package-json` (npm 11.19.1, lib/normalize.js).

use super::Change;
use crate::project::manifest::Manifest;
use crate::text::json::{Type, Value};
use crate::text::source::Span;

/// Commands that are dropped, renamed, or whose file is another one.
pub(super) fn find(manifest: &Manifest) -> Vec<Change> {
    let Some(bin) = manifest.field("bin").filter(|bin| bin.is_truthy()) else { return Vec::new() };
    match bin.type_of() {
        Type::String => file("`bin`", bin).into_iter().collect(),
        // What is no string there makes npm stop.
        Type::Array => bin.elements().filter_map(|entry| file("an entry of `bin`", entry)).collect(),
        Type::Object => bin
            .members()
            .filter(|member| bin.get(member.key).is_some_and(|last| last.span() == member.value.span()))
            .filter_map(|member| {
                file(&format!("the command `{}`", member.key), member.value)
                    .or_else(|| renamed(member.key, member.key_span))
            })
            .collect(),
        other => vec![dropped("`bin`", &format!("is {other}"), bin.span())],
    }
}

fn dropped(what: &str, fault: &str, span: Span) -> Change {
    Change {
        message: format!("{what} {fault} and is dropped"),
        why: "npm publishes the package without that command",
        help: "write the path of a file in the package".to_owned(),
        span,
        label: "dropped",
        winner: None,
    }
}

fn file(what: &str, value: Value<'_>) -> Option<Change> {
    let Some(path) = value.as_str() else {
        return (!value.is_null()).then(|| dropped(what, &format!("is {}", value.type_of()), value.span()));
    };
    let (secured, inside) = secure(path);
    if secured.is_empty() {
        return Some(dropped(what, "does not name a file", value.span()));
    }
    (!inside).then(|| Change {
        message: format!("{what} is `{path}`, which npm publishes as `{secured}`"),
        why: "npm only allows commands whose files are inside the package",
        help: "write the path of a file in the package".to_owned(),
        span: value.span(),
        label: "another file",
        winner: None,
    })
}

fn renamed(name: &str, span: Span) -> Option<Change> {
    let (path, _) = secure(name);
    let published = path.rsplit('/').next().unwrap_or_default();
    if published.is_empty() {
        return Some(dropped(&format!("the command `{name}`"), "has no usable name", span));
    }
    (published != name).then(|| Change {
        message: format!("the command `{name}` is published as `{published}`"),
        why: "npm keeps only the last part of a command's name",
        help: format!("write `{published}`"),
        span,
        label: "renamed",
        winner: None,
    })
}

/// `secureAndUnixifyPath`: the path below the package, without its slashes in front and behind; and whether it was there
/// before.
fn secure(path: &str) -> (String, bool) {
    let mut inside = true;
    let mut parts = Vec::new();
    for part in path.split(['/', '\\', ':']) {
        match part {
            "" | "." => {}
            ".." => inside &= parts.pop().is_some(),
            part => parts.push(part),
        }
    }
    (parts.join("/"), inside && !path.contains(':'))
}
