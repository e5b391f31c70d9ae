//! Source code that is published inside of source maps.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "source-map-packed",
    category: Category::Suspicious,
    summary: "the source maps contain the source code of a proprietary package",
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

Source maps that contain their sources, in a package whose licence is `UNLICENSED` or `SEE LICENSE IN ...`. In other
packages it is an info, and only if such maps are larger than 5 MB together.

### Why it matters

Anyone can read the sources in the maps, including comments. Large maps slow down every install.

### What to do

Build without `sourcesContent` (`inlineSources: false` in TypeScript), or leave out the maps with `"!**/*.map"` in
`files`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "license": "UNLICENSED"
}
```
```js index.js
exports.lodge=1
//# sourceMappingURL=index.js.map
```
```json index.js.map
{"version":3,"sources":["src/index.ts"],"sourcesContent":["export const lodge = 1"],"mappings":""}
```
"#,
};

/// Above this size maps are worth a word in any package, in bytes.
const LARGE: u64 = 5 * 1000 * 1000;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let maps = &contents.maps.with_text;
    let Some((first, _)) = maps.first() else { return Ok(vec![]) };
    let manifest = &case.plan.package.manifest;
    let licence = manifest.field("license").and_then(Value::as_str).unwrap_or_default().trim().to_ascii_uppercase();
    let is_closed =
        licence == "UNLICENSED" || licence.starts_with("SEE LICENSE IN") || licence.starts_with("SEE LICENCE IN");
    let size: u64 = maps.iter().map(|(_, size)| size).sum();
    if !is_closed && size <= LARGE {
        return Ok(vec![]);
    }
    case.plan.package.settled()?;
    let what = if maps.len() == 1 { "holds" } else { "and others hold" };
    let message = format!("`{first}` {what} the source code");
    let (why, help) = if is_closed {
        let why = "the licence is proprietary, but anyone who can install the package can read the sources in the map";
        (why.to_owned(), "leave out the maps with `\"!**/*.map\"` in `files`, or build them without `sourcesContent`")
    } else {
        (
            format!("source maps take up {} MB of the package", size / 1_000_000),
            "leave them out, or build them without `sourcesContent`",
        )
    };
    let found = Diagnostic::new(&RULE, message, why, help);
    Ok(vec![if is_closed { found } else { found.severity(Severity::Info) }])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn a_source_map_of_an_open_source_package_is_fine() {
        let scene = |licence: &str, map: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","license":"{licence}"}}"#);
            Scene::new(&package).file("dist/a.js.map", map)
        };
        let map = r#"{"sources":["a.ts"],"sourcesContent":["let a"]}"#;
        scene("SEE LICENSE IN README.md", map).finds(ID, 1);
        scene("MIT", map).finds(ID, 0);
        scene("UNLICENSED", r#"{"sources":["a.ts"]}"#).finds(ID, 0);
    }
}
