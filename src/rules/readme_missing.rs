//! A package whose page on npm is empty.

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "readme-missing",
    category: Category::Pedantic,
    summary: "the package has no README",
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

A package for npm's registry with a `description` and without a packed README in its root. Workspaces are not reported, because their README is
often copied during a release, and neither is a package whose script may create one.

It is off by default, because a missing README is hard to overlook. Turn it on with `-W readme-missing`.

### Why it matters

The package's page on npm shows the README. One in another folder, or a symbolic link to one, is not found.

### What to do

Add a README.md next to package.json.

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

/// Whether npm shows this file as the package's page.
fn is_readme(path: &str) -> bool {
    !path.contains('/') && path.to_ascii_lowercase().starts_with("readme")
}

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    // A link is reported by itself.
    let mut paths = contents.files.iter().map(|file| &file.path).chain(&contents.links);
    let is_judged = case.is_described() && case.plan.package.root.is_none() && matches!(case.making(), Making::Never);
    if !is_judged || paths.any(|path| is_readme(path)) {
        return Ok(vec![]);
    }
    case.plan.package.settled()?;
    let message = "the package has no README";
    let why = "the package's page on npm shows it";
    let help = "add a README.md next to package.json";
    Ok(vec![Diagnostic::new(&RULE, message, why, help).at(case.plan.package.manifest.place_of("name"), "")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    fn scene() -> Scene {
        Scene::new(r#"{"name":"left-lodge","version":"1.0.0","description":"A lodge"}"#)
    }

    #[test]
    fn any_spelling_of_readme_in_the_root_is_enough() {
        for path in ["README.md", "readme", "Readme.markdown"] {
            scene().file(path, "").finds(ID, 0);
        }
        scene().file("docs/README.md", "").finds(ID, 1);
        scene().private_registry().finds(ID, 0);
        Scene::version("1.0.0").finds(ID, 0);
    }
}
