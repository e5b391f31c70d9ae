//! Settings that switch npm's own checks off without anybody having asked for it on the command line.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "guards-disabled",
    category: Category::Suspicious,
    summary: "`force` or `offline` in the configuration switches npm's checks off",
    npm_says: &["using --force Recommended protections disabled"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Target,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r"
### What it finds

`force`, `offline` or `prefer-offline` set to true by an .npmrc or an environment variable. On the command line they are
meant, and no finding.

### Why it matters

With `force` npm publishes a prerelease or an older version as `latest` without a word; with the others it does not see
which versions the registry holds.

### What to do

Remove the setting.

### Example

```ini .npmrc
force=true
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let mut found = Vec::new();
    for (key, why) in [
        ("force", "npm no longer refuses a prerelease, an older version as `latest`, or a published version by itself"),
        ("offline", "npm cannot see which versions are published, and publishes all the same"),
        ("prefer-offline", "npm looks at its cache to see which versions are published"),
    ] {
        let Some(entry) = plan.config.get(key).filter(|entry| entry.value.is_truthy()) else { continue };
        if matches!(entry.origin, Origin::Flag(_) | Origin::Default) {
            continue;
        }
        let message = format!("`{key}` is set in npm's configuration");
        let help = format!("remove `{key}` from the configuration");
        found.push(Diagnostic::new(&RULE, message, why, help).at_origin(
            &format!("`{key}`"),
            &entry.origin,
            "set here",
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    #[test]
    fn guards_switched_off_by_the_configuration_are_found() {
        Scene::version("1.0.0").npmrc("force=true\noffline=true\n").finds("guards-disabled", 2);
        Scene::version("1.0.0").env("npm_config_force", "true").finds("guards-disabled", 1);
    }

    #[test]
    fn on_the_command_line_they_are_meant() {
        Scene::version("1.0.0").args(&["--force"]).finds("guards-disabled", 0);
        Scene::version("1.0.0").npmrc("force=false\n").finds("guards-disabled", 0);
        Scene::version("1.0.0").finds("guards-disabled", 0);
    }
}
