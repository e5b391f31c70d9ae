//! Imports that only bundlers understand.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::modules::reach::Spot;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "import-unspecified",
    category: Category::Suspicious,
    summary: "a module imports a file without its extension, and Node does not find it",
    npm_says: &["ERR_MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"],
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

A module that Node reaches from `main`, `exports` or `bin`, and that imports `./a` where `./a.js` is packed, or a folder with an index file.

### Why it matters

Bundlers find the file. Node does not: in modules there are no extensions to guess, and no index files.

### What to do

Write the whole path. TypeScript keeps what is written: `import "./a.js"` also where the source is `a.ts`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "type": "module",
  "exports": "./index.js"
}
```
```js index.js
export { lodge } from "./lodge"
```
```js lodge.js
export const lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let unspecified = case.contents().map_or(&[][..], |contents| &contents.reached.unspecified);
    let Some((spot, there)) = unspecified.first() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let Spot { file, line, specifier, .. } = spot;
    let message = format!("`{file}` imports `{specifier}`, where Node finds nothing");
    let why = format!(
        "`{there}` is there, but a module has to import it by its whole path: only bundlers add what is missing"
    );
    let help = "write the extension, and the name of the index file";
    let diagnostic = Diagnostic::new(&RULE, message, why, help).note(format!("in line {line} of `{file}`"));
    Ok(vec![match unspecified.len() - 1 {
        0 => diagnostic,
        more => diagnostic.note(format!("there are {more} more such imports")),
    }])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn only_modules_need_whole_paths() {
        let scene = |kind: &str, text: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","type":"{kind}"}}"#);
            Scene::new(&package).file("index.js", text).file("a.js", "").file("b/index.js", "")
        };
        scene("module", "import './a'; import './b'").finds(ID, 1);
        scene("module", "import './a.js'; import './b/index.js'").finds(ID, 0);
        scene("commonjs", "require('./a'); require('./b')").finds(ID, 0);
    }
}
