//! Symbolic links, which no client installs.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::world::EntryKind;
use crate::publisher::Manager;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "link-dropped",
    category: Category::Suspicious,
    summary: "a symbolic link is left out of the package",
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

Symbolic links that would be packed if they were files, and a README or LICENSE that is a symbolic link. npm and Bun
leave them out; pnpm and Yarn pack them as links, which are then dropped when the package is installed. Links in `main`,
`exports`, `bin` or `files` are not reported here, because other rules report them as errors, and neither are those in
tests, examples and `node_modules`, and names that start with a dot.

### Why it matters

What works in the package's folder is missing when the package is installed, and no package manager says so.

### What to do

Replace the link with a copy before the package is packed, for example in a `prepack` script.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```text LICENSE -> legal/LICENSE
```
```text legal/LICENSE
MIT License
```
```js index.js
exports.lodge = 1
```
"#,
};

/// Folders of what is not loaded where the package is installed.
const ASIDE: [&str; 7] = ["node_modules", "test", "tests", "__tests__", "fixtures", "examples", "example"];

/// Written for assistants: one of them is mostly a link to another.
const INSTRUCTIONS: [&str; 3] = ["AGENTS.md", "CLAUDE.md", "GEMINI.md"];

/// How many are named.
const MOST_NAMED: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let is_reported = |link: &str| {
        let is_missing = contents.missing.iter().any(|missing| {
            missing.unpacked.as_ref().is_some_and(|(path, kind)| *kind == EntryKind::Link && path == link)
        });
        is_missing || contents.commands.iter().any(|command| command.path == link)
    };
    let is_aside = |link: &str| link.split('/').any(|name| name.starts_with('.') || ASIDE.contains(&name));
    let links = contents.links.iter().map(String::as_str);
    let links = links.filter(|link| !is_aside(link) && !INSTRUCTIONS.contains(link) && !is_reported(link));
    let links: Vec<&str> = links.collect();
    let Some((first, others)) = links.split_first() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let message = match others.len() {
        0 => format!("`{first}` is a symbolic link, so it is left out of the package"),
        count => format!("`{first}` and {count} more are symbolic links, so they are left out of the package"),
    };
    let why = match case.plan.runner.other_client() {
        Some(Manager::Pnpm | Manager::Yarn) => "it is packed as a link, which is dropped when the package is installed",
        _ if case.plan.package.manifest.is_packed => "links are dropped when the package is installed",
        _ => "only files are packed",
    };
    let help = "replace it with a copy before the package is packed";
    let mut diagnostic = Diagnostic::new(&RULE, message, why, help);
    for other in others.iter().take(MOST_NAMED) {
        diagnostic = diagnostic.note(format!("so is `{other}`"));
    }
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn links_that_are_used_are_reported() {
        let scene = |path: &str| Scene::version("1.0.0").file("index.js", "").file(path, "-> index.js");
        for path in ["README.md", "LICENSE", "lib/a.js", "prebuilds/linux.so"] {
            scene(path).finds(ID, 1);
        }
        for path in ["test/a.js", ".eslintrc.js", "CLAUDE.md", "lib/node_modules/x/a.js", "node_modules"] {
            scene(path).finds(ID, 0);
        }
    }

    #[test]
    fn a_link_that_is_an_entry_is_reported_once() {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","main":"a.js"}"#;
        let scene = Scene::new(manifest).file("lib/a.js", "").file("a.js", "-> lib/a.js");
        scene.finds(ID, 0);
        scene.finds("entry-missing", 1);
    }
}
