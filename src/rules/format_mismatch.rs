//! Files that Node takes for something else than they are.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::modules::reach::Mismatch;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "format-mismatch",
    category: Category::Suspicious,
    summary: "an ES module is loaded as CommonJS, or the other way round",
    npm_says: &[
        "ERR_REQUIRE_ESM",
        "Cannot use import statement outside a module",
        "Unexpected token 'export'",
        "require is not defined in ES module scope",
        "module is not defined in ES module scope",
        "exports is not defined in ES module scope",
    ],
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

A file that Node loads through `main`, `exports` or `bin` and that uses `import` or `export`, although `.cjs` or
`"type": "commonjs"` makes it CommonJS; or that uses `require`, `module.exports` or `exports` without defining them,
although `.mjs` or `"type": "module"` makes it an ES module. `type` comes from the nearest package.json in the file's
folder or above. If nothing sets it, Node detects the kind from the code.

### Why it matters

The file fails as soon as it is loaded.

### What to do

Correct `type`, use the extension `.cjs` or `.mjs`, or put a package.json with another `type` into the folder.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "type": "commonjs"
}
```
```js index.js
export const lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let mismatched = case.contents().map_or(&[][..], |contents| &contents.reached.mismatched);
    let Some(first) = mismatched.first() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let Mismatch { file, what, line, is_module, by_extension } = first;
    let kind = if *is_module { "a module" } else { "CommonJS" };
    let message = format!("`{file}` uses {what}, but Node loads it as {kind}");
    let said = match (by_extension, is_module) {
        (true, true) => "its extension is `.mjs`",
        (true, false) => "its extension is `.cjs`",
        (false, true) => "the nearest package.json has `\"type\": \"module\"`",
        (false, false) => "the nearest package.json has `\"type\": \"commonjs\"`",
    };
    let why = format!("{said}: it fails as soon as it is loaded");
    let help = "correct `type`, or use the extension `.cjs` or `.mjs`";
    let diagnostic = Diagnostic::new(&RULE, message, why, help).note(format!("on line {line} of `{file}`"));
    let diagnostic = match mismatched.len() - 1 {
        0 => diagnostic,
        more => diagnostic.note(format!("there are {more} more such files")),
    };
    let kind = case.plan.package.manifest.field("type").filter(|_| !by_extension);
    Ok(vec![match kind {
        Some(kind) => diagnostic.at(case.plan.package.manifest.place(kind.span()), ""),
        None => diagnostic,
    }])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn the_module_kind_follows_type_and_extension() {
        let scene = |kind: &str, path: &str, text: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","main":"{path}"{kind}}}"#);
            Scene::new(&package).file(path, text)
        };
        scene("", "a.mjs", "module.exports = 1").finds(ID, 1);
        scene(r#","type":"module""#, "a.js", "const fs = require('fs')").finds(ID, 1);
        scene(r#","type":"module""#, "a.cjs", "const fs = require('fs')").finds(ID, 0);
        scene("", "a.js", "export const a = 1").finds(ID, 0);
        scene("", "a.cjs", "export const a = 1").finds(ID, 1);
        let made =
            "import { createRequire } from 'module'; const require = createRequire(import.meta.url); require('fs')";
        scene(r#","type":"module""#, "a.js", made).finds(ID, 0);
        let guarded = "const a = 1; if (typeof module !== 'undefined') module.exports = a";
        scene(r#","type":"module""#, "a.js", guarded).finds(ID, 0);
    }
}
