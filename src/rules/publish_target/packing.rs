//! A folder that npm cannot pack.

use super::RULE;
use crate::facts::{Answer, Gap, Reason};
use crate::plan::PublishPlan;
use crate::plan::contents::Contents;
use crate::project::package_files::ListError;
use crate::rules::diagnostic::Diagnostic;

/// Scripts that npm runs before it packs a folder (npm 11.19.1, lib/commands/publish.js; libnpmpack 9; pacote 21).
const BEFORE: [&str; 3] = ["prepublishOnly", "prepack", "prepare"];

/// An ignore file that is a folder, a packed file that this user may not read, or a folder that they may not list.
pub(super) fn unreadable(plan: &PublishPlan) -> Answer<Option<Diagnostic>> {
    let is_npms = plan.runner.other_client().is_none();
    let unreadable = match (&plan.packed().unreadable_ignore_file, &plan.packed().contents) {
        (Some(path), _) if is_npms => Some((path, format!("`{path}` cannot be read as a file"))),
        (_, Err(error @ ListError::Unreadable { path, .. })) if is_npms => Some((path, error.to_string())),
        (_, Ok(Contents { unreadable: Some(path), .. })) => {
            Some((path, format!("`{path}` cannot be read: permission denied")))
        }
        _ => None,
    };
    let Some((path, message)) = unreadable else { return Ok(None) };
    let client = plan.runner.name();
    let mut scripts = BEFORE.into_iter().filter(|script| plan.package.manifest.script(script).is_some());
    if let Some(script) = scripts.next().filter(|_| !plan.ignores_scripts()) {
        let detail = format!(
            "{client} would fail to pack the package because `{path}` cannot be read, but the script `{script}`, which \
             runs first, may fix that"
        );
        return Err(Gap::unknown(Reason::Unsupported, detail));
    }
    let why = format!("{client} reads it to pack the package, and fails if it exists but cannot be read");
    let help = if plan.packed().unreadable_ignore_file.is_some() {
        "replace it with a file that you have permission to read"
    } else {
        "make it readable, or leave it out of the package with `files` or an ignore file"
    };
    Ok(Some(Diagnostic::new(&RULE, message, why, help)))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::project::world::memory::CLOSED;
    use crate::publisher::Manager;

    #[test]
    fn a_folder_in_place_of_an_ignore_file_makes_npm_fail() {
        for path in [".npmignore/x", ".gitignore/x"] {
            Scene::version("1.0.0").file(path, "").finds("publish-target", 1);
        }
        Scene::version("1.0.0").file(".gitignore/x", "").file(".npmignore", "lib").finds("publish-target", 1);
        for path in [".npmignore", ".gitignore", "/.gitignore/x"] {
            Scene::version("1.0.0").file(path, "").finds("publish-target", 0);
        }
    }

    #[test]
    fn unreadable_files_matter_only_where_npm_looks() {
        let nested = |package: &str| Scene::new(package).file("lib/.gitignore/x", "").file("lib/a.js", "");
        let found = nested(r#"{"name":"left-lodge","version":"1.0.0"}"#).finds("publish-target", 1);
        assert_eq!(found[0].message, "`lib/.gitignore` cannot be read: it is a folder");
        nested(r#"{"name":"left-lodge","version":"1.0.0","files":["dist"]}"#).finds("publish-target", 0);
    }

    #[test]
    fn every_client_fails_on_an_unreadable_packed_file() {
        let scene = |file: &str| {
            let package = r#"{"name":"left-lodge","version":"1.0.0","main":"index.js","files":["lib"]}"#;
            Scene::new(package).file(file, CLOSED)
        };
        for file in ["README.md", "LICENSE", "index.js", "lib/deep/other.js"] {
            let found = scene(file).finds("publish-target", 1);
            assert_eq!(found[0].message, format!("`{file}` cannot be read: permission denied"));
            scene(file).client(Manager::Pnpm).finds("publish-target", 1);
        }
        scene("notes.md").finds("publish-target", 0);
    }

    #[test]
    fn a_script_that_runs_before_packing_may_fix_it() {
        let script = |name: &str| {
            let manifest =
                format!(r#"{{"name":"left-lodge","version":"1.0.0","scripts":{{"{name}":"node mend.js"}}}}"#);
            Scene::new(&manifest).file(".npmignore/x", "")
        };
        for name in ["prepublishOnly", "prepack", "prepare"] {
            let detail = script(name).undecided("publish-target").detail;
            assert!(detail.ends_with(&format!("the script `{name}`, which runs first, may fix that")), "{detail}");
            script(name).args(&["--ignore-scripts"]).finds("publish-target", 1);
        }
        for name in ["postpack", "publish", "build"] {
            script(name).finds("publish-target", 1);
        }
        let publishes = r#"{"name":"left-lodge","version":"1.0.0","scripts":{"prepack":"npm publish"}}"#;
        let found = Scene::new(publishes).file(".npmignore/x", "").finds("publish-target", 1);
        assert!(found[0].message.contains("npm publish"), "what is certain is still reported");
    }

    #[test]
    fn the_nearest_ignore_file_above_a_workspace_counts() {
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
