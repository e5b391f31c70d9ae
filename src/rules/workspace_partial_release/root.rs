//! The root of a workspace that is published by mistake: npm takes the folders of all members into its tarball
//! (npm-packlist as shipped with npm 11.19.1).

use super::RULE;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::json::Type;

/// What a package has that is meant to be one: its files, and something in them to use.
const MEANT: [&str; 8] = ["bin", "browser", "exports", "files", "main", "module", "types", "typings"];

/// It says neither what belongs to it nor what it is good for, and nobody asked for it by `--include-workspace-root`.
pub(super) fn published(plan: &PublishPlan) -> Option<Diagnostic> {
    let manifest = &plan.package.manifest;
    let is_intended = plan.packed().ignores_members || MEANT.iter().any(|field| manifest.field(field).is_some());
    if is_intended
        || plan.package.private().is_some()
        || plan.package.workspace
        || manifest.is_packed
        || !has_members(plan)
        || plan.package.settled().is_err()
    {
        return None;
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the workspace root `{}` would itself be published", plan.package.shown_name()),
        "without `files`, or an .npmignore that excludes them, npm packs the folders of all workspaces with it",
        "set `private` to true and publish with `--workspaces`; if the root should be published, list its files in `files`",
    );
    Some(diagnostic.severity(Severity::Warning).at(manifest.place_of("workspaces"), "its workspaces"))
}

fn has_members(plan: &PublishPlan) -> bool {
    let Some(field) = plan.package.manifest.field("workspaces") else { return false };
    let list = field.get("packages").unwrap_or(field);
    list.type_of() == Type::Array && list.elements().next().is_some()
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = "workspace-partial-release";

    fn root(more: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"lodges","version":"1.0.0"{more}}}"#))
            .file("packages/a/package.json", r#"{"name":"a","version":"1.0.0"}"#)
    }

    #[test]
    fn an_accidentally_published_root_is_reported() {
        for workspaces in [r#"["packages/*"]"#, r#"{"packages":["packages/*"]}"#] {
            root(&format!(r#","workspaces":{workspaces}"#)).finds(ID, 1);
        }
    }

    #[test]
    fn a_root_that_is_meant_to_be_published_is_fine() {
        for more in ["", r#","private":true"#, r#","files":["lib"]"#, r#","main":"a.js""#, r#","exports":{}"#] {
            let workspaces = if more.is_empty() { "" } else { r#","workspaces":["packages/*"]"# };
            root(&format!("{workspaces}{more}")).finds(ID, 0);
        }
        root(r#","workspaces":[]"#).finds(ID, 0);
        let members = || root(r#","workspaces":["packages/*"]"#);
        members().file(".npmignore", "packages\n").finds(ID, 0);
        members().file(".npmignore", ".github\n*.test.js\n").finds(ID, 1);
        members().args(&["-w", "a"]).finds(ID, 0);
        members().args(&["--workspaces", "--include-workspace-root"]).finds(ID, 0);
        members().args(&["./packages/a"]).finds(ID, 0);
        members().args(&["--dry-run"]).finds(ID, 0);
    }
}
