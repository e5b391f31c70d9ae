//! Settings that disable npm's own checks, other than flags on the command line.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{OnceAsked as _, Seen};
use crate::npm::version::Version;
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "guards-disabled",
    category: Category::Suspicious,
    summary: "`force` or `offline` in the configuration disables npm's checks",
    npm_says: &["using --force Recommended protections disabled"],
    asks: &[Ask::Packument],
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

`force`, `offline` or `prefer-offline` set to true in an .npmrc or an environment variable. On the command line they are intended and not reported.
Neither are the last two if the version is higher than all published ones: npm's check would find nothing.

### Why it matters

With `force`, npm publishes a prerelease or an older version as `latest` without a warning. With the other two, npm does not
ask the registry which versions are published.

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
    if !plan.runner.is_sent_by_npm() {
        return Ok(vec![]);
    }
    let mut found = Vec::new();
    for (key, why) in [
        ("force", "npm itself no longer refuses a prerelease or an older version as `latest`, or a published version"),
        ("offline", "npm cannot check which versions are published, and publishes anyway"),
        ("prefer-offline", "npm checks its cache, not the registry, for the versions that are published"),
    ] {
        let Some(entry) = plan.config.get(key).filter(|entry| entry.value.is_truthy()) else { continue };
        if matches!(entry.origin, Origin::Flag(_) | Origin::Default) {
            continue;
        }
        if key != "force" && is_ahead(case)? {
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

/// The version is known to be higher than all that are published, so nothing is left to check.
fn is_ahead(case: &Case<'_>) -> Answer<bool> {
    let Some(version) = case.plan.package.version() else { return Ok(false) };
    Ok(match case.packument().once_asked()? {
        Ok(Seen::Here(packument)) => packument
            .versions
            .iter()
            .all(|(text, _)| Version::clean(text, true).is_some_and(|published| published < *version)),
        Ok(Seen::NotVisible) => true,
        Err(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    #[test]
    fn checks_disabled_by_the_configuration_are_reported() {
        let published = r#"{"versions":{"1.1.0":{}},"dist-tags":{"latest":"1.1.0"}}"#;
        let older = Scene::version("1.0.0").packument(published);
        older.npmrc("force=true\noffline=true\n").finds("guards-disabled", 2);
        Scene::version("1.0.0").env("npm_config_force", "true").finds("guards-disabled", 1);
        let unreadable = Scene::version("1.0.0").answer("/left-lodge", 500, "");
        unreadable.npmrc("prefer-offline=true\n").finds("guards-disabled", 1);
    }

    #[test]
    fn offline_settings_are_harmless_for_the_highest_version() {
        let settings = "offline=true\nprefer-offline=true\n";
        let published = r#"{"versions":{"1.1.0":{}},"dist-tags":{"latest":"1.1.0"}}"#;
        Scene::version("1.2.0").packument(published).npmrc(settings).finds("guards-disabled", 0);
        Scene::version("1.0.0").no_package().npmrc(settings).finds("guards-disabled", 0);
    }

    #[test]
    fn flags_on_the_command_line_are_not_reported() {
        Scene::version("1.0.0").args(&["--force"]).finds("guards-disabled", 0);
        Scene::version("1.0.0").npmrc("force=false\n").finds("guards-disabled", 0);
        Scene::version("1.0.0").finds("guards-disabled", 0);
    }
}
