//! Targets and keys of `exports` that Node refuses.

use super::content::rewrites;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::entries;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "exports-invalid",
    category: Category::Correctness,
    summary: "`exports` has a target or keys that Node refuses",
    npm_says: &["ERR_INVALID_PACKAGE_TARGET", "ERR_INVALID_PACKAGE_CONFIG"],
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

A target in `exports` that Node uses and that does not start with `./`, or that is outside the package or in
`node_modules`; and conditions and subpaths in the same object.

### Why it matters

Node throws when the package is loaded, but npm publishes it without a warning.

### What to do

Write paths that start with `./`, and put conditions inside subpaths.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "exports": "index.js"
}
```
```js index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let refused = entries::refused(&plan.package.manifest, rewrites(plan));
    if !refused.is_empty() {
        plan.package.settled()?;
    }
    let diagnostic = |refused: entries::Refused| {
        let (message, why, help) = if refused.is_mixed {
            (
                "`exports` mixes conditions and subpaths",
                "Node throws ERR_INVALID_PACKAGE_CONFIG when the package is loaded",
                "move the conditions into the object of the subpath `.`",
            )
        } else {
            (
                "a target in `exports` is not a path in the package",
                "Node throws ERR_INVALID_PACKAGE_TARGET when it uses this target",
                "write a path that starts with `./` and stays inside the package",
            )
        };
        Diagnostic::new(&RULE, message, why, help).at(plan.package.manifest.place(refused.span), "refused")
    };
    Ok(refused.into_iter().map(diagnostic).collect())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn exports_that_node_rejects_are_reported() {
        let scene = |exports: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","exports":{exports}}}"#));
            scene.file("index.js", "")
        };
        for exports in [r#"{".":"./a.js","import":"./b.js"}"#, r#"{".":"./../a.js"}"#, r#"{"import":"index.js"}"#] {
            scene(exports).finds(ID, 1);
        }
        for exports in
            [r#"{"import":"./a.js","default":"./b.js"}"#, r#"["x.js","./b.js"]"#, r#"{"custom":"x"}"#, "null"]
        {
            scene(exports).finds(ID, 0);
        }
    }
}
