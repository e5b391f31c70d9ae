//! Source maps whose sources are not in the package.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "source-map-dangling",
    category: Category::Advice,
    summary: "a source map or its sources are not in the package",
    npm_says: &[],
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

A file whose last line refers to a source map that is not packed, and a source map that neither contains its sources nor
refers to packed files.

### Why it matters

Debuggers and bundlers warn about each such file and show no sources.

### What to do

Pack the maps, and build them with `sourcesContent` (`inlineSources` in TypeScript), or build without maps.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "files": ["dist/*.js"]
}
```
```js dist/index.js
exports.lodge=1
//# sourceMappingURL=index.js.map
```
```json dist/index.js.map
{"version":3,"sources":["../src/index.ts"],"mappings":""}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let maps = &contents.maps;
    let mut found = Vec::new();
    // What is true of the others, too.
    let noted = |diagnostic: Diagnostic, count: usize, one: &str, many: &str| match count {
        0 | 1 => diagnostic,
        2 => diagnostic.note(format!("1 more {one} not in the package")),
        count => diagnostic.note(format!("{} more {many} not in the package", count - 1)),
    };
    if let Some((file, map)) = maps.unpacked.first() {
        let message = format!("`{file}` refers to the source map `{map}`, which is not in the package");
        let why = "debuggers and bundlers look for it and warn";
        let diagnostic = Diagnostic::new(&RULE, message, why, "pack the maps, or build without them");
        let (one, many) = ("file refers to a map that is", "files refer to maps that are");
        found.push(noted(diagnostic, maps.unpacked.len(), one, many));
    }
    if let Some((map, source)) = maps.without_sources.first() {
        let message = format!("the source map `{map}` refers to `{source}`, which is not in the package");
        let why = "it does not contain its sources either, so debuggers show nothing";
        let help = "build the maps with `sourcesContent` (`inlineSources` in TypeScript), or leave them out";
        let diagnostic = Diagnostic::new(&RULE, message, why, help);
        let (one, many) = ("map refers to a source that is", "maps refer to sources that are");
        found.push(noted(diagnostic, maps.without_sources.len(), one, many));
    }
    if !found.is_empty() {
        case.plan.package.settled()?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn one_of_several_is_named() {
        let map = r#"{"sources":["../src/a.ts"]}"#;
        let mut scene = Scene::version("1.0.0");
        for (number, note) in [(1, None), (2, Some("1 more map refers to a source that is not in the package"))] {
            scene = scene.file(&format!("dist/{number}.js.map"), map);
            let found = scene.finds(ID, 1);
            assert!(found[0].message.contains("`dist/1.js.map` refers to `../src/a.ts`"), "{}", found[0].message);
            assert_eq!(found[0].notes.first().map(String::as_str), note);
        }
    }

    #[test]
    fn a_source_map_of_packed_sources_is_fine() {
        let scene = |map: &str| {
            let scene = Scene::version("1.0.0").file("dist/a.js", "//# sourceMappingURL=a.js.map").file("src/a.ts", "");
            scene.file("dist/a.js.map", map)
        };
        scene(r#"{"sources":["../src/a.ts"]}"#).finds(ID, 0);
        scene(r#"{"sources":["../lib/a.ts"],"sourcesContent":["let a"]}"#).finds(ID, 0);
        scene(r#"{"sources":["../lib/a.ts"]}"#).finds(ID, 1);
        scene(r#"{"sources":["../../other/a.ts"]}"#).finds(ID, 1);
        scene(r#"{"sources":["webpack://x/a.ts"]}"#).finds(ID, 0);
    }
}
