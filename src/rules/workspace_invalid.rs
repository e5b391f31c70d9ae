//! Workspaces, or a selection of them, that npm refuses.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::plan::discover::Obstacle;
use crate::project::npm_config::LoadError;
use crate::project::npm_config::workspaces::WorkspacesError;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "workspace-invalid",
    category: Category::Correctness,
    summary: "the workspaces cannot be read, or the selected ones do not exist, share a name, or contradict each other",
    npm_says: &[
        "No workspaces found",
        "EDUPLICATEWORKSPACE",
        "EWORKSPACESCONFIG",
        "must not have multiple workspaces with the same name",
        "Cannot use --no-workspaces and --workspace at the same time",
        "Workspaces not supported for global packages",
    ],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Argument,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

`--workspace` or `--workspaces` without a matching workspace, two workspaces with the same name, `--no-workspaces`
together with `--workspace`, workspaces with `--global` or `location=global`, and a `workspaces` field, also in a parent
folder's package.json, that is not a list of patterns or has a pattern that npm refuses.

### Why it matters

npm fails before it publishes any of them.

### What to do

Correct the name, or the `workspaces` field in the root's package.json. `npm pkg get name --workspaces` lists the workspaces
that npm finds.

### Example

```json package.json
{
  "name": "root",
  "version": "1.0.0",
  "workspaces": ["packages/*"]
}
```
```sh
npm publish --workspaces
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.package.manifest;
    let client = case.plan.runner.name();
    let (message, why, help) = match &case.plan.selection.obstacle {
        Some(Obstacle::NoWorkspaces { filters, .. }) if filters.is_empty() => (
            "there are no workspaces".to_owned(),
            if case.plan.runner.is_sent_by_npm() {
                "npm fails if it is asked to publish workspaces and finds none".to_owned()
            } else {
                format!("{client} is asked to publish workspaces, and finds none")
            },
            "correct `workspaces` in package.json, or remove `--workspaces`",
        ),
        Some(Obstacle::NoWorkspaces { filters, meant }) => (
            format!("there is no workspace `{}`", filters.join("`, `")),
            match meant {
                Some(name) => {
                    format!("{client} finds no workspace with that name or in that folder; did you mean `{name}`?")
                }
                None => format!("{client} finds no workspace with that name or in that folder"),
            },
            "correct the name (`npm pkg get name --workspaces` lists them), or `workspaces` in package.json",
        ),
        Some(Obstacle::DuplicateWorkspace { name, folders }) => (
            format!("several workspaces are named `{name}`"),
            format!("{client} requires unique names, but found this one in {}", folders.join(", ")),
            "rename one of them, or exclude its folder from `workspaces`",
        ),
        Some(Obstacle::ContradictoryWorkspaces) => (
            "`--no-workspaces` and `--workspace` are both given".to_owned(),
            "npm refuses to run with both".to_owned(),
            "remove one of them",
        ),
        Some(Obstacle::GlobalWorkspaces) => (
            "workspaces are selected together with `--global`".to_owned(),
            "npm does not support workspaces for global packages, and fails".to_owned(),
            "remove `--global` or `--location=global`, or `global` and `location` from your .npmrc",
        ),
        Some(Obstacle::MalformedWorkspaces) => (
            "`workspaces` is not a list of patterns".to_owned(),
            "npm expects a list of strings and fails".to_owned(),
            "write a list such as `[\"packages/*\"]`",
        ),
        Some(Obstacle::RefusedPattern { why }) => (
            "npm refuses a workspace pattern".to_owned(),
            format!("npm fails because {why}"),
            "correct the pattern in `workspaces` or `--workspace`",
        ),
        Some(Obstacle::UnexpandedWorkspaces { path, why }) => {
            let detail = format!("the workspaces in `{path}` were not checked: {why}");
            return Err(Gap::unknown(Reason::Unsupported, detail));
        }
        Some(Obstacle::MalformedPnpmWorkspaces { path, why }) => (
            format!("pnpm cannot read the workspaces in `{path}`"),
            why.clone(),
            "correct the file; `packages` must be a list of patterns",
        ),
        None => match &case.plan.config.fatal {
            Some(fatal @ LoadError::Workspaces { error: WorkspacesError::Expansion(error), .. })
                if !error.is_refused() =>
            {
                return Err(Gap::unknown(Reason::Unsupported, fatal.to_string()));
            }
            Some(fatal @ LoadError::Workspaces { .. }) => (
                fatal.to_string(),
                "npm reads it to find out whether the package is a workspace, and fails".to_owned(),
                "correct it, or publish from outside that folder",
            ),
            _ => return Ok(vec![]),
        },
        _ => return Ok(vec![]),
    };
    let diagnostic = Diagnostic::new(&RULE, message, why, help);
    Ok(vec![match &case.plan.selection.obstacle {
        Some(Obstacle::DuplicateWorkspace { .. }) => {
            diagnostic.npm_error("EDUPLICATEWORKSPACE").at(manifest.place_of("workspaces"), "")
        }
        Some(Obstacle::MalformedWorkspaces) => {
            diagnostic.npm_error("EWORKSPACESCONFIG").at(manifest.place_of("workspaces"), "")
        }
        Some(Obstacle::NoWorkspaces { .. } | Obstacle::RefusedPattern { .. })
            if manifest.field("workspaces").is_some() =>
        {
            diagnostic.at(manifest.place_of("workspaces"), "")
        }
        _ => diagnostic,
    }])
}

#[cfg(test)]
mod tests {
    use super::Obstacle;
    use crate::commands::testing::Scene;

    #[test]
    fn every_invalid_selection_is_reported() {
        let scene = Scene::version("1.0.0");
        let mut plan = scene.plan();
        let name = || "a".to_owned();
        for (obstacle, code) in [
            (Obstacle::NoWorkspaces { filters: vec![], meant: None }, None),
            (Obstacle::NoWorkspaces { filters: vec![name()], meant: None }, None),
            (Obstacle::DuplicateWorkspace { name: name(), folders: vec![name()] }, Some("EDUPLICATEWORKSPACE")),
            (Obstacle::ContradictoryWorkspaces, None),
            (Obstacle::GlobalWorkspaces, None),
            (Obstacle::MalformedWorkspaces, Some("EWORKSPACESCONFIG")),
            (Obstacle::RefusedPattern { why: name() }, None),
        ] {
            plan.selection.obstacle = Some(obstacle);
            let found = scene.check_plan("workspace-invalid", &plan).unwrap();
            assert_eq!(found[0].npm_error, code);
        }
        plan.selection.obstacle = Some(Obstacle::UnexpandedWorkspaces { path: name(), why: name() });
        scene.check_plan("workspace-invalid", &plan).unwrap_err();
        plan.selection.obstacle = None;
        assert!(scene.check_plan("workspace-invalid", &plan).unwrap().is_empty());
    }

    #[test]
    fn a_misspelled_workspace_gets_a_suggestion() {
        let member = r#"{"name":"@acme/left-lodge","version":"1.0.0"}"#;
        let why = |asked: &str| {
            let scene = Scene::new(r#"{"private":true,"workspaces":["a"]}"#).file("a/package.json", member);
            scene.args(&["-w", asked]).finds("workspace-invalid", 1)[0].why.clone()
        };
        assert!(why("@acme/left-lodg").ends_with("did you mean `@acme/left-lodge`?"));
        assert!(!why("other").contains("did you mean"));
    }
}
