//! A package that is marked as private: npm refuses it, but only at the very end.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "private-package",
    category: Category::Correctness,
    summary: "the package is marked as private",
    npm_says: &["EPRIVATE", "This package has been marked as private"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: false,
    order: Order::First,
    security_severity: None,
    docs: r#"
### What it finds

A `private` in package.json that is truthy in JavaScript: `true`, but also `"false"`. Workspaces that npm skips because
they are private are not reported, but it is a warning if that leaves no workspace to publish. If a package is refused
for this reason, few other checks run for it, and no registry is asked about it. At a private root without arguments,
the workspaces that can be published are checked as well.

### Why it matters

npm refuses a private package only after it has run every script and packed the tarball. `--dry-run` does not refuse it at
all.

### What to do

Remove `private` if the package should be published. Otherwise publish the right folder.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "private": "false"
}
```
"#,
};

/// What to do about the root of a workspace, which is meant to be private.
const OF_A_ROOT: &str =
    "leave the root private, and publish its workspaces with `--workspaces`, or one of them with `--workspace <name>`";

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if plan.options.dry_run.value {
        return Ok(vec![]);
    }
    plan.package.settled()?;
    if plan.is_skipped() {
        return Ok(nothing_left(case).into_iter().collect());
    }
    let Some(place) = plan.package.private().filter(|_| !plan.package.workspace) else { return Ok(vec![]) };
    let text = place.source.shown(place.span);
    if plan.runner.client.as_ref().is_some_and(|client| !client.takes_for_private(&text)) {
        return Ok(vec![]);
    }
    let client = plan.runner.name();
    let why = if text == "true" {
        format!("{client} refuses to publish a private package")
    } else {
        format!("{client} treats `{text}` as true and refuses to publish the package")
    };
    let message = format!("`{}` is marked as private", plan.package.shown_name());
    let found = |help: &str| Diagnostic::new(&RULE, message, why, help).npm_error("EPRIVATE").at(place, "private");
    let has_members = plan.package.manifest.field("workspaces").is_some_and(crate::text::json::Value::is_truthy);
    let members = case.release.plans.iter().filter(|plan| plan.package.workspace).count();
    Ok(vec![if members > 0 {
        let workspaces = if members == 1 { "workspace".to_owned() } else { format!("{members} workspaces") };
        found(OF_A_ROOT)
            .note(format!("the {workspaces} not marked as private will also be checked, as with `--workspaces`"))
    } else if has_members {
        found(OF_A_ROOT)
    } else {
        found("remove `private` if the package should be published")
            .fix(Fix::maybe("remove `private`", plan.runner.words().delete_field("private")))
    }])
}

/// npm skips private workspaces; if all selected ones are private, it succeeds without publishing anything.
fn nothing_left(case: &Case<'_>) -> Option<Diagnostic> {
    let first = case.release.plans.first().filter(|first| std::ptr::eq(*first, case.plan))?;
    let private = case.release.plans.iter().all(|plan| plan.package.workspace && plan.package.private().is_some());
    let place = first.package.private().filter(|_| private)?;
    let diagnostic = Diagnostic::new(
        &RULE,
        "nothing would be published, because every selected workspace is private",
        format!("{} skips private workspaces and reports success", case.plan.runner.name()),
        "remove `private` from the workspaces that should be published",
    );
    Some(diagnostic.severity(Severity::Warning).at(place, "private"))
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    fn private(value: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","private":{value}}}"#))
    }

    #[test]
    fn any_truthy_value_is_private() {
        for value in ["true", "\"false\"", "1", "{}", "[]"] {
            private(value).finds("private-package", 1);
        }
        for value in ["false", "null", "0", "\"\""] {
            private(value).finds("private-package", 0);
        }
    }

    #[test]
    fn yarn_treats_only_true_as_private() {
        let yarn = |value: &str, version| private(value).packed_by(version).client(Manager::Yarn);
        yarn("true", "yarn@4.18.1").finds("private-package", 1);
        yarn("\"false\"", "yarn@4.18.1").finds("private-package", 0);
        yarn("\"false\"", "yarn@1.22.22").finds("private-package", 1);
    }

    #[test]
    fn a_script_that_changes_package_json_makes_it_undecided() {
        for value in ["true", "false"] {
            let scripts = r#""scripts":{"prepack":"npm pkg set private=true --json"}"#;
            let scene =
                Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","private":{value},{scripts}}}"#));
            scene.undecided("private-package");
        }
    }

    #[test]
    fn a_script_that_only_writes_the_version_leaves_it_private() {
        let scene = Scene::new(r#"{"name":"lodges","private":true,"scripts":{"prepare":"husky install"}}"#);
        scene.finds("private-package", 1);
        let detail = scene.undecided("version-invalid").detail;
        assert!(detail.contains("`prepare` may change the name or the version"), "{detail}");
    }

    #[test]
    fn a_private_workspace_is_skipped_and_not_an_error() {
        let scene = private("true");
        let mut plan = scene.plan();
        plan.package.workspace = true;
        let found = scene.check_plan("private-package", &plan).unwrap();
        assert_eq!(found[0].severity, Severity::Warning, "npm would publish nothing at all");
    }
}
