//! Imports that only bundlers understand.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::modules::reach::ImportSite;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "import-unspecified",
    category: Category::Suspicious,
    summary: "an ES module imports a file without its extension, which Node cannot find",
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

An ES module that Node loads through `main`, `exports` or `bin`, and that imports `./a` although the file is `./a.js`,
or a folder with an index file.

### Why it matters

Bundlers find the file, but Node does not: in ES modules it adds no extensions and looks for no index files.

### What to do

Write the whole path. TypeScript does not change it, so write `import "./a.js"` even if the source is `a.ts`.

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
    let Some((site, there)) = unspecified.first() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let ImportSite { file, line, specifier, .. } = site;
    let message = format!("`{file}` imports `{specifier}`, which Node cannot find");
    let why = format!("there is `{there}`, but an ES module has to import its full path: only bundlers add the rest");
    let help = "write the extension, and the name of the index file";
    let diagnostic = Diagnostic::new(&RULE, message, why, help).note(format!("on line {line} of `{file}`"));
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
    fn only_es_modules_need_full_paths() {
        let scene = |kind: &str, text: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","type":"{kind}"}}"#);
            Scene::new(&package).file("index.js", text).file("a.js", "").file("b/index.js", "")
        };
        scene("module", "import './a'; import './b'").finds(ID, 1);
        scene("module", "import './a.js'; import './b/index.js'").finds(ID, 0);
        scene("commonjs", "require('./a'); require('./b')").finds(ID, 0);
    }
}
