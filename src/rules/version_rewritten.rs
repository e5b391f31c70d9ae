//! A version that npm changes when it publishes.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-rewritten",
    category: Category::Suspicious,
    summary: "npm would publish a different version than package.json has",
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

A version that npm changes when it publishes: `1.2.3+5`, whose build metadata is dropped; `1.02.3`; `1.2.3beta`. A leading
`v` or `=` and surrounding spaces do not change the version and are not reported.

### Why it matters

The registry no longer agrees with the git tags and the changelog, and two builds of the same version collide.

### What to do

Write the version as it is published. To distinguish builds, use a prerelease such as `1.2.3-build.5`.

`lint --fix` writes the version as it is published.

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
    let client = plan.runner.name();
    let (Some(version), Some(field)) = (plan.package.version(), plan.package.manifest.field("version")) else {
        return Ok(vec![]);
    };
    let bare = |written: &str| written.trim().trim_start_matches(['=', 'v', ' ']).to_owned();
    let Some(written) = field.as_str().filter(|written| bare(written) != version.to_string()) else {
        return Ok(vec![]);
    };
    let place = plan.package.manifest.place(field.span());
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{written}` would be published as `{version}`"),
        format!("{client} normalizes versions and drops build metadata"),
        format!("write `{version}`"),
    )
    .at(place.clone(), format!("changed by {client}"))
    .fix(Fix::replace("write the version that is published", place, format!("\"{version}\"")));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    #[test]
    fn a_version_that_npm_changes_is_reported() {
        for version in ["1.2.3+build.5", "v1.02.3", "1.2.3beta"] {
            Scene::version(version).finds("version-rewritten", 1);
        }
    }

    #[test]
    fn a_version_that_npm_keeps_is_fine() {
        for version in ["1.2.3", "v1.2.3", "=1.2.3", " 1.2.3 "] {
            Scene::version(version).finds("version-rewritten", 0);
        }
        Scene::version("1.2.3-rc.1").finds("version-rewritten", 0);
        Scene::version("latest").finds("version-rewritten", 0);
    }
}
