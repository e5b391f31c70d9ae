//! Conditions that are never reached.

use super::content::rewrites;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::entries;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "exports-order",
    category: Category::Suspicious,
    summary: "a condition in `exports` comes after `default` and is never used",
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

Conditions in `exports` that come after `default` in the same object.

### Why it matters

Conditions are tried in order, and `default` always matches, so the ones after it have no effect.

### What to do

Move `default` to the end.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "exports": { "default": "./index.js", "import": "./index.mjs" }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.package.manifest;
    let Some(first) = entries::unreached(manifest, rewrites(case.plan)).into_iter().next() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let message = "a condition in `exports` comes after `default`";
    let why = "conditions are tried in order and `default` always matches, so this one has no effect";
    let found =
        Diagnostic::new(&RULE, message, why, "move `default` to the end").at(manifest.place(first), "never used");
    Ok(vec![found])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn default_must_come_last() {
        let scene =
            |exports: &str| Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","exports":{exports}}}"#));
        scene(r#"{".":{"default":"./a.js","require":"./b.js"}}"#).finds(ID, 1);
        scene(r#"{".":{"import":{"types":"./a.d.ts","default":"./a.js"},"default":"./b.js"}}"#).finds(ID, 0);
    }
}
