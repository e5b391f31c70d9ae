//! A version that npm publishes as another.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-rewritten",
    category: Category::Suspicious,
    summary: "npm publishes another version than package.json says",
    npm_says: &["\"version\" was cleaned and set to"],
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

A version that npm publishes as another: build metadata as in `1.2.3+5`, which is dropped; `1.02.3`; `1.2.3beta`. A `v` or
`=` in front and blanks around it say the same version and are no finding.

### Why it matters

The registry, tags and change logs no longer agree; two builds of the same version collide.

### What to do

Write the version as it is published. A build that must be told apart is a prerelease: `1.2.3-build.5`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.2.3+5"
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Some(version), Some(field)) = (&plan.version, plan.manifest.field("version")) else { return Ok(vec![]) };
    let bare = |written: &str| written.trim().trim_start_matches(['=', 'v', ' ']).to_owned();
    let Some(written) = field.as_str().filter(|written| bare(written) != version.to_string()) else {
        return Ok(vec![]);
    };
    let place = plan.manifest.place(field.span());
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{written}` is published as `{version}`"),
        "npm cleans versions and drops build metadata",
        format!("write `{version}`"),
    )
    .at(place.clone(), "published as another")
    .fix(Fix::replace("write the version that is published", place, format!("\"{version}\"")));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    #[test]
    fn another_spelling_is_found() {
        for version in ["1.2.3+build.5", "v1.02.3", "1.2.3beta"] {
            Scene::version(version).finds("version-rewritten", 1);
        }
    }

    #[test]
    fn a_clean_version_is_not() {
        for version in ["1.2.3", "v1.2.3", "=1.2.3", " 1.2.3 "] {
            Scene::version(version).finds("version-rewritten", 0);
        }
        Scene::version("1.2.3-rc.1").finds("version-rewritten", 0);
        Scene::version("latest").finds("version-rewritten", 0);
    }
}
