//! The files that package.json names for those who install the package: what Node, TypeScript and bundlers look for.
//! `exports` is read as Node reads it (<https://nodejs.org/api/packages.html>, `PACKAGE_TARGET_RESOLVE`).

use crate::project::manifest::Manifest;
use crate::text::json::{Type, Value};
use crate::text::source::Span;

/// Who looks for a file, and where else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Node, by `exports`: just this file.
    Export,
    /// Node, by `main`: with an extension behind it, or an index file in it, too.
    Main,
    /// Bundlers alone.
    Bundler,
    /// TypeScript, by `types`.
    Types,
    /// TypeScript, by a condition in `exports`: just this file.
    TypesExport,
}

/// A file that package.json names.
#[derive(Clone, Debug)]
pub struct Target {
    /// From the package on, without `.` and `..`.
    pub path: String,
    /// What names it, such as `main` or `exports["./sub"]`.
    pub field: String,
    /// Where it is in package.json.
    pub span: Span,
    /// Who looks for it.
    pub role: Role,
}

/// A command.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its name; `None`: that of the package.
    pub name: Option<String>,
    /// Its file, from the package on.
    pub path: String,
    /// Where that is in package.json.
    pub span: Span,
}

/// A target in `exports` that Node refuses.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// The target, or the keys.
    pub span: Span,
    /// Conditions and subpaths stand side by side.
    pub is_mixed: bool,
}

/// The conditions that Node sets, for `import` and for `require`, before and since it has `module-sync`.
const NODE: [[&str; 4]; 4] = [
    ["node", "node-addons", "import", "import"],
    ["node", "node-addons", "require", "require"],
    ["node", "node-addons", "import", "module-sync"],
    ["node", "node-addons", "require", "module-sync"],
];

/// A field; `rewrites`: the client puts that of publishConfig in its place.
fn field<'m>(manifest: &'m Manifest, key: &str, rewrites: bool) -> Option<Value<'m>> {
    let own = manifest.publish_config(key).filter(|_| rewrites);
    own.or_else(|| manifest.field(key)).filter(|value| !value.is_null())
}

/// The files that it names, each place once; `rewrites`: the client that publishes takes fields out of publishConfig.
pub fn targets(manifest: &Manifest, rewrites: bool) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut add = |value: Value<'_>, name: String, role: Role| {
        let Some(path) = value.as_str().and_then(inside) else { return };
        targets.push(Target { path, field: name, span: value.span(), role });
    };
    let exports = field(manifest, "exports", rewrites);
    if let Some(exports) = exports {
        for (subpath, value) in subpaths(exports) {
            let mut seen: Vec<Span> = Vec::new();
            for conditions in &NODE {
                let Some(Some(found)) = resolve(value, conditions) else { continue };
                let is_file =
                    |text: &&str| text.starts_with("./") && !text.ends_with('/') && !text.contains(['*', '%']);
                if !seen.contains(&found.span()) && found.as_str().as_ref().is_some_and(is_file) {
                    seen.push(found.span());
                    add(found, shown(subpath), Role::Export);
                }
            }
            types_in(value, false, &mut |found| {
                if found.as_str().is_some_and(|text| text.starts_with("./") && !text.contains('*')) {
                    add(found, format!("{} (`types`)", shown(subpath)), Role::TypesExport);
                }
            });
        }
    } else if let Some(main) = field(manifest, "main", rewrites) {
        add(main, "main".to_owned(), Role::Main);
    }
    if let Some(module) = field(manifest, "module", rewrites) {
        add(module, "module".to_owned(), Role::Bundler);
    }
    if manifest.field("typesVersions").is_none() {
        let types = ["types", "typings"].into_iter().find_map(|key| Some((key, field(manifest, key, rewrites)?)));
        if let Some((key, types)) = types {
            add(types, key.to_owned(), Role::Types);
        }
    }
    targets
}

fn shown(subpath: &str) -> String {
    if subpath == "." { "exports".to_owned() } else { format!("exports[\"{subpath}\"]") }
}

/// `exports` by subpaths; what is no object of subpaths is the package itself.
fn subpaths(exports: Value<'_>) -> Vec<(&str, Value<'_>)> {
    let is_map = exports.members().any(|member| member.key.starts_with('.'));
    if !is_map {
        return vec![(".", exports)];
    }
    let members = exports.members().filter(|member| member.key.starts_with('.'));
    members.map(|member| (member.key, member.value)).collect()
}

/// `PACKAGE_TARGET_RESOLVE`. `None`: nothing is said; `Some(None)`: it is forbidden.
#[expect(clippy::option_option, reason = "a `null` ends the search, and what is not there does not")]
fn resolve<'v>(value: Value<'v>, conditions: &[&str]) -> Option<Option<Value<'v>>> {
    match value.type_of() {
        Type::Object => value.members().find_map(|member| {
            let is_met = member.key == "default" || conditions.contains(&member.key);
            if is_met { resolve(member.value, conditions) } else { None }
        }),
        Type::Array => {
            let mut last = Some(None);
            for element in value.elements() {
                match resolve(element, conditions) {
                    Some(Some(found)) if found.as_str().is_some_and(|text| text.starts_with("./")) => {
                        return Some(Some(found));
                    }
                    other => last = other,
                }
            }
            last
        }
        Type::String => Some(Some(value)),
        _ => Some(None),
    }
}

/// The texts below a `types` condition.
fn types_in<'v>(value: Value<'v>, is_below: bool, found: &mut dyn FnMut(Value<'v>)) {
    match value.type_of() {
        Type::Object => {
            for member in value.members() {
                types_in(member.value, is_below || member.key == "types", found);
            }
        }
        Type::String if is_below => found(value),
        _ => {}
    }
}

/// What in `exports` Node refuses, of all that it reaches.
pub fn refused(manifest: &Manifest, rewrites: bool) -> Vec<Refused> {
    let Some(exports) = field(manifest, "exports", rewrites) else { return Vec::new() };
    let count = exports.members().filter(|member| member.key.starts_with('.')).count();
    if count > 0 && count < exports.members().count() {
        return vec![Refused { span: exports.span(), is_mixed: true }];
    }
    let mut refused: Vec<Refused> = Vec::new();
    for (_, value) in subpaths(exports) {
        for conditions in &NODE {
            let Some(Some(found)) = resolve(value, conditions) else { continue };
            let is_inside = |text: &str| {
                let rest = text.strip_prefix("./")?;
                let is_name = |part: &str| !matches!(part, "." | ".." | "node_modules");
                rest.split(['/', '\\']).all(is_name).then_some(())
            };
            let is_new = refused.iter().all(|known| known.span != found.span());
            if is_new && found.as_str().is_some_and(|text| is_inside(text).is_none()) {
                refused.push(Refused { span: found.span(), is_mixed: false });
            }
        }
    }
    refused
}

/// Objects in `exports` in which something is behind `default`: the places of what Node never reaches.
pub fn unreached(manifest: &Manifest, rewrites: bool) -> Vec<Span> {
    fn look(value: Value<'_>, found: &mut Vec<Span>) {
        let mut is_over = false;
        for member in value.members() {
            if is_over {
                found.push(member.key_span);
            }
            is_over |= member.key == "default" && !member.value.is_null();
            look(member.value, found);
        }
        value.elements().for_each(|element| look(element, found));
    }
    let mut found = Vec::new();
    if let Some(exports) = field(manifest, "exports", rewrites) {
        look(exports, &mut found);
    }
    found
}

/// A path below the package without `.` and `..`; `None`: it leads out of it, or is the package itself.
fn inside(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// What a path in a file of the package leads to, from the package on; `None`: out of it.
pub fn beside(file: &str, path: &str) -> Option<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    inside(&format!("{folder}/{path}"))
}

/// The commands in `bin`, as they are published.
pub fn commands(manifest: &Manifest, rewrites: bool) -> Vec<Command> {
    let Some(bin) = field(manifest, "bin", rewrites) else { return Vec::new() };
    let command = |name: Option<&str>, value: Value<'_>| {
        let path = secure(value.as_str()?);
        let path = path.trim_end_matches('/').to_owned();
        (!path.is_empty()).then(|| Command { name: name.map(str::to_owned), path, span: value.span() })
    };
    match bin.type_of() {
        Type::Object => bin.members().filter_map(|member| command(Some(member.key), member.value)).collect(),
        Type::Array => bin.elements().filter_map(|value| command(None, value)).collect(),
        _ => command(None, bin).into_iter().collect(),
    }
}

/// `secureAndUnixifyPath`: the path below the package, with `/`.
pub(crate) fn secure(path: &str) -> String {
    let path = path.replace(['\\', ':'], "/");
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let ends_in_slash = path.ends_with('/') && !parts.is_empty();
    parts.join("/") + if ends_in_slash { "/" } else { "" }
}

/// Where Node and TypeScript look for a target besides at its path: the last one that is there would be found.
pub fn candidates(target: &Target) -> Vec<String> {
    let path = &target.path;
    let with = |ends: &[&str]| ends.iter().map(|end| format!("{path}{end}")).collect();
    match target.role {
        Role::Export | Role::TypesExport => vec![path.clone()],
        Role::Main | Role::Bundler => with(&["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"]),
        Role::Types => {
            let mut all: Vec<String> = with(&["", ".d.ts", ".ts", ".tsx", "/index.d.ts"]);
            let bare = [".js", ".mjs", ".cjs"].iter().find_map(|end| path.strip_suffix(end));
            all.extend(bare.map(|bare| format!("{bare}.d.ts")));
            all.push("index.d.ts".to_owned());
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn named(package_json: &str) -> Vec<(String, Role)> {
        let manifest = Manifest::parse("package.json".to_owned(), package_json.as_bytes(), Path::new("/project"));
        targets(&manifest, false).into_iter().map(|target| (target.path, target.role)).collect()
    }

    #[test]
    fn node_takes_the_first_matching_condition() {
        let paths = |text: &str| -> Vec<String> { named(text).into_iter().map(|(path, _)| path).collect() };
        let of = |exports: &str| paths(&format!(r#"{{"main":"./other.js","exports":{exports}}}"#));
        assert_eq!(of(r#""./a.js""#), ["a.js"]);
        assert_eq!(of(r#"{"node":"./n.js","default":"./d.js"}"#), ["n.js"]);
        assert_eq!(of(r#"{".":{"import":"./a.mjs","require":"./a.cjs"},"./b":"./b.js"}"#), ["a.mjs", "a.cjs", "b.js"]);
        assert_eq!(of(r#"{"browser":"./b.js","default":"./d.js"}"#), ["d.js"]);
        assert_eq!(of(r#"["b.js",{"require":"./c.js"},"./d.js"]"#), ["d.js", "c.js"]);
        for none in [r#"{"./a":null}"#, r#"{"./*":"./lib/*.js"}"#, r#"{"./lib/":"./lib/"}"#, r#"{"custom":"./x.ts"}"#] {
            assert_eq!(of(none), [""; 0], "{none}");
        }
        assert_eq!(paths(r#"{"main":""}"#), [""; 0]);
        assert_eq!(paths(r#"{"main":"./lib/../lib//a.js"}"#), ["lib/a.js"]);
        assert_eq!(paths(r#"{"main":"../a.js"}"#), [""; 0]);
    }

    #[test]
    fn types_are_found_under_their_condition() {
        let found = named(r#"{"exports":{"import":{"types":"./a.d.mts","default":"./a.mjs"}},"types":"./a.d.ts"}"#);
        let expected = [("a.mjs", Role::Export), ("a.d.mts", Role::TypesExport), ("a.d.ts", Role::Types)];
        assert_eq!(found, expected.map(|(path, role)| (path.to_owned(), role)));
        assert_eq!(named(r#"{"types":"./a.d.ts","typesVersions":{}}"#), []);
    }
}
