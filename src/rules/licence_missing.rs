//! A package without a licence.

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::plan::contents::is_licence;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "licence-missing",
    category: Category::Suspicious,
    summary: "the package has no licence",
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

A package for npm's registry with a `description` that has neither a licence in package.json nor a licence file. It is an
info if package.json names a licence and a file such as LICENSE-MIT exists but is not packed: npm adds LICENSE, LICENCE and
COPYING by itself, but not this one. `UNLICENSED` counts as a licence.

### Why it matters

Without a licence nobody is allowed to use the package, and companies refuse to install it. Most licences require their
text to be included.

### What to do

Set `license` in package.json, and put the text into a LICENSE file next to it.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "description": "A lodge, left"
}
```
```js index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let plan = case.plan;
    let has_text = contents.files.iter().any(|file| is_licence(&file.path));
    // A link is reported by itself.
    if !case.is_described() || has_text || contents.links.iter().any(|link| is_licence(link)) {
        return Ok(vec![]);
    }
    let manifest = &plan.package.manifest;
    let declared = ["license", "licence", "licenses"].into_iter().find_map(|key| manifest.field(key));
    let declared = declared.filter(|value| value.is_truthy());
    let may_come = matches!(case.making(), Making::Script(_));
    let Some(declared) = declared else {
        if may_come {
            return Ok(vec![]);
        }
        plan.package.settled()?;
        let message = "the package has no licence";
        let why = "without a licence nobody is allowed to use it";
        let help = "set `license` in package.json, and add a LICENSE file";
        return Ok(vec![Diagnostic::new(&RULE, message, why, help).at(manifest.place_of("license"), "")]);
    };
    let is_closed = declared.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("UNLICENSED"));
    // The field alone is what many packages leave it at. A licence file is meant to be in the package.
    let left_out = contents.texts_left_out.iter().find(|path| is_licence(path)).filter(|_| !is_closed && !may_come);
    let Some(path) = left_out else { return Ok(vec![]) };
    plan.package.settled()?;
    let why = format!("`{path}` exists but is not packed: npm adds files such as LICENSE by itself, but not this one");
    let help = format!("add `{path}` to `files`");
    let message = "the package does not include the text of its licence";
    let diagnostic = Diagnostic::new(&RULE, message, why, help).severity(Severity::Info);
    Ok(vec![diagnostic.at(manifest.place(declared.span()), "")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    const ID: &str = super::RULE.id;

    fn scene(fields: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","description":"A lodge"{fields}}}"#))
            .file("index.js", "")
    }

    #[test]
    fn a_licence_is_a_field_or_a_file() {
        assert_eq!(scene("").finds(ID, 1)[0].severity, Severity::Warning);
        Scene::version("1.0.0").finds(ID, 0);
        scene(r#","license":"MIT","repository":"acme/a""#).finds(ID, 0);
        for text in ["LICENSE", "license.md", "COPYING", "UNLICENSE", "LICENSE-MIT"] {
            scene("").file(text, "").finds(ID, 0);
        }
        scene(r#","license":"UNLICENSED""#).finds(ID, 0);
        scene("").private_registry().finds(ID, 0);
    }

    #[test]
    fn a_licence_file_that_npm_does_not_pack_is_named() {
        let fields = r#","license":"MIT OR Apache-2.0","files":["index.js"]"#;
        let found = scene(fields).file("LICENSE-MIT", "").finds(ID, 1);
        assert_eq!(found[0].severity, Severity::Info);
        assert!(found[0].why.contains("LICENSE-MIT"), "{}", found[0].why);
        scene(fields).file("LICENSE", "").finds(ID, 0);
    }
}
