//! A folder that npm cannot pack.

use super::RULE;
use crate::diagnostic::Diagnostic;
use crate::plan::PublishPlan;

/// An ignore file that is a folder, or a file that npm packs in any case, and that this user may not read.
pub(super) fn unreadable(plan: &PublishPlan) -> Option<Diagnostic> {
    let path = plan.unreadable_file.as_ref().filter(|_| plan.other_client().is_none())?;
    let why = "npm reads it when it packs the package, and stops when it is there and cannot be read";
    Some(Diagnostic::new(
        &RULE,
        format!("`{path}` cannot be read as a file"),
        why,
        "make a file of it that you may read",
    ))
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;

    #[test]
    fn an_ignore_file_that_is_a_folder_stops_npm() {
        for path in [".npmignore/x", ".gitignore/x"] {
            Scene::version("1.0.0").file(path, "").finds("publish-target", 1);
        }
        Scene::version("1.0.0").file(".gitignore/x", "").file(".npmignore", "lib").finds("publish-target", 1);
        for path in [".npmignore", ".gitignore", "lib/.gitignore/x", "../.gitignore/x"] {
            Scene::version("1.0.0").file(path, "").finds("publish-target", 0);
        }
    }

    #[test]
    fn above_a_workspace_the_first_one_counts() {
        let member = |private: bool| {
            let manifest = format!(r#"{{"name":"a","version":"1.0.0","private":{private}}}"#);
            let root = Scene::new(r#"{"private":true,"workspaces":["packages/*"]}"#);
            root.file("packages/a/package.json", &manifest).args(&["-w", "packages/a"])
        };
        for private in [false, true] {
            member(private).file(".npmignore/x", "").finds("publish-target", 1);
            member(private).file("packages/.gitignore/x", "").finds("publish-target", 1);
            member(private).file("packages/a/.gitignore/x", "").finds("publish-target", 1);
            member(private).file(".npmignore", "").file(".gitignore/x", "").finds("publish-target", 0);
            member(private).file("packages/b/.gitignore/x", "").finds("publish-target", 0);
        }
    }
}
