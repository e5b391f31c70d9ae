//! A version that npm publishes in another spelling.

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-rewritten",
    category: Category::Suspicious,
    summary: "npm publishes the version in another spelling",
    npm_says: &["\"version\" was cleaned and set to"],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A version that npm cleans before it publishes it: `v1.2.3`, ` 1.2.3 `, `1.2.3beta`; build metadata as in `1.2.3+5`, which
is dropped.

### Why it matters

The registry, tags and change logs no longer agree; two builds of the same version collide.

### What to do

Write the version as it is published. A build that must be told apart is a prerelease: `1.2.3-build.5`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "v1.2.3"
}
```
"#,
};

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Some(version), Some(field)) = (&plan.version, plan.manifest.field("version")) else { return Ok(vec![]) };
    let Some(written) = field.as_str().filter(|written| *written != version.to_string()) else { return Ok(vec![]) };
    let place = plan.manifest.place(field.span());
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{written}` is published as `{version}`"),
        "npm cleans versions and drops build metadata",
        format!("write `{version}`"),
    )
    .at(place.clone(), "not in this spelling")
    .fix(Fix::replace("write the version that is published", place, format!("\"{version}\"")));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;

    #[test]
    fn another_spelling_is_found() {
        for version in ["v1.2.3", "=1.2.3", " 1.2.3", "1.2.3+build.5"] {
            Scene::version(version).finds("version-rewritten", 1);
        }
    }

    #[test]
    fn a_clean_version_is_not() {
        Scene::version("1.2.3").finds("version-rewritten", 0);
        Scene::version("1.2.3-rc.1").finds("version-rewritten", 0);
        Scene::version("latest").finds("version-rewritten", 0);
    }
}
