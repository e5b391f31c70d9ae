//! A dry run that was left in the configuration: npm succeeds without publishing anything.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-is-no-op",
    category: Category::Correctness,
    summary: "`dry-run` is set, so nothing would be published",
    npm_says: &["(dry-run)"],
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

`dry-run` set to true in an .npmrc or an environment variable. As a flag on the command line it is intended, and reported
only as an info. The same applies inside an npm script, because npm passes the flags of its command line to scripts as
environment variables.

### Why it matters

`npm publish` prints its usual output and exits with 0, but publishes nothing.

### What to do

Remove the setting.

### Example

```ini .npmrc
dry-run=true
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let dry_run = &case.plan.options.dry_run;
    if !dry_run.value {
        return Ok(vec![]);
    }
    let meant = match dry_run.origin {
        Origin::Flag(_) => true,
        Origin::Env(_) => case.plan.runner.in_script,
        _ => false,
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        "`dry-run` is set, so nothing would be published",
        format!("{} would report success without sending anything to the registry", case.plan.runner.name()),
        if meant { "remove `--dry-run` to publish" } else { "remove `dry-run` from the configuration" },
    )
    .at_origin("`dry-run`", &dry_run.origin, "set here");
    Ok(vec![if meant { diagnostic.severity(Severity::Info) } else { diagnostic }])
}

#[cfg(test)]
mod tests {
    use super::{RULE, Severity};
    use crate::commands::testing::Scene;

    #[test]
    fn a_dry_run_in_the_configuration_is_an_error() {
        for scene in
            [Scene::version("1.0.0").npmrc("dry-run=true\n"), Scene::version("1.0.0").env("npm_config_dry_run", "true")]
        {
            assert_eq!(scene.finds("publish-is-no-op", 1)[0].severity, Severity::Error);
        }
    }

    #[test]
    fn a_dry_run_on_the_command_line_is_an_info() {
        let scene = Scene::version("1.0.0").args(&["--dry-run"]);
        assert_eq!(scene.finds("publish-is-no-op", 1)[0].severity, Severity::Info);
        Scene::version("1.0.0").npmrc("dry-run=true\n").args(&["--no-dry-run"]).finds("publish-is-no-op", 0);
        Scene::version("1.0.0").npmrc("dry-run=false\n").finds("publish-is-no-op", 0);
    }

    #[test]
    fn a_dry_run_flag_seen_inside_an_npm_script_is_an_info() {
        let severity = |scene: Scene| scene.env("npm_lifecycle_event", "prepublishOnly").finds(RULE.id, 1)[0].severity;
        assert_eq!(severity(Scene::version("1.0.0").env("npm_config_dry_run", "true")), Severity::Info);
        assert_eq!(severity(Scene::version("1.0.0").npmrc("dry-run=true\n")), Severity::Error);
    }
}
