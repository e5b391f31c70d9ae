//! A `tag` at the root of package.json, which overrides every other dist-tag.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tag-overridden",
    category: Category::Suspicious,
    summary: "a `tag` at the root of package.json overrides `--tag` and `publishConfig.tag`",
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

A `tag` at the root of package.json that differs from the dist-tag set by `--tag`, `publishConfig.tag` or npm's
configuration.

### Why it matters

npm prints the other dist-tag but sets this one.

### What to do

Move it to `publishConfig.tag`, or remove it.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "tag": "next"
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(root) = plan.package.manifest.field("tag").filter(|tag| tag.is_truthy()) else { return Ok(vec![]) };
    if plan.ignores_publish_config_tag() {
        return Ok(vec![]);
    }
    let named = plan.package.manifest.publish_config("tag").filter(|tag| tag.is_truthy());
    let other = named.and_then(crate::text::json::Value::as_str).unwrap_or(&plan.options.tag.checked.value);
    let chosen = if matches!(plan.options.tag.checked.origin, Origin::Flag(_)) {
        &plan.options.tag.checked.value
    } else {
        other
    };
    if plan.options.tag.value.value == chosen {
        return Ok(vec![]);
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the package would get the dist-tag `{}`, not `{chosen}`", plan.options.tag.value.value),
        if plan.runner.is_sent_by_npm() {
            "a `tag` at the root of package.json overrides every other, although npm prints the other one"
        } else {
            "a `tag` at the root of package.json overrides every other"
        },
        "move it to `publishConfig.tag`, or remove it",
    )
    .at(plan.package.manifest.place(root.span()), "overrides the dist-tag")
    .fix(Fix::maybe("remove it", plan.runner.words().delete_field("tag")));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn scene(fields: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#))
    }

    #[test]
    fn a_root_tag_that_changes_the_dist_tag_is_reported() {
        scene(r#""tag":"next""#).finds("tag-overridden", 1);
        scene(r#""tag":"next""#).args(&["--tag", "beta"]).finds("tag-overridden", 1);
        scene(r#""tag":"next","publishConfig":{"tag":"beta"}"#).finds("tag-overridden", 1);
    }

    #[test]
    fn a_matching_root_tag_is_fine() {
        scene(r#""tag":"latest""#).finds("tag-overridden", 0);
        scene(r#""tag":"next""#).args(&["--tag", "next"]).finds("tag-overridden", 0);
        scene(r#""tag":"next","publishConfig":{"tag":"next"}"#).finds("tag-overridden", 0);
        scene(r#""publishConfig":{"tag":"beta"}"#).finds("tag-overridden", 0);
        scene(r#""tag":null"#).finds("tag-overridden", 0);
    }
}
