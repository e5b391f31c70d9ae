//! Yarn publishes only a workspace that its lockfile lists.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Assumption;
use crate::publisher::yarn_lock::Unlisted;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workspace-not-installed",
    category: Category::Correctness,
    summary: "yarn.lock does not list the package, so Yarn does not publish it",
    npm_says: &["This package doesn't seem to be present in your lockfile"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A package that yarn.lock does not list under its name and folder, if nothing was installed since the checkout: it is
new, or was renamed or moved, and `yarn install` did not run. Only with `--client yarn`, for Yarn 4 and newer. With
`--skip-published` it is a warning, because a later job may install.

If yarn.lock is empty or missing, it is assumed that `yarn install` runs before the publish. If there is a
`.yarn/install-state.gz`, nothing is reported, because Yarn may know the package from there.

### Why it matters

`yarn npm publish` fails: "This package doesn't seem to be present in your lockfile".

### What to do

Run `yarn install`, and commit yarn.lock.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "packageManager": "yarn@4.18.1"
}
```
```text yarn.lock
__metadata:
  version: 8

"otter@workspace:.":
  version: 0.0.0-use.local
  resolution: "otter@workspace:."
```
```sh
yarn npm publish
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let lockfile = case.plan.runner.client.as_ref().and_then(|client| client.lockfile.as_ref());
    let unlisted = lockfile.map(|lockfile| lockfile.lacks(&case.plan.package.manifest)).transpose()?.flatten();
    let Some(unlisted) = unlisted else { return Ok(vec![]) };
    if unlisted.is_empty {
        let Unlisted { path, is_missing, .. } = &unlisted;
        let why =
            if *is_missing { format!("because there is no `{path}`") } else { format!("because `{path}` is empty") };
        return Err(Assumption::new("`yarn install` runs before it is published").evidence(Some(why)).into());
    }
    let message = format!("`{}` does not list `{}`", unlisted.path, unlisted.workspace);
    let why = "Yarn publishes only packages in its lockfile, and fails";
    let found = Diagnostic::new(&RULE, message, why, "run `yarn install`, and commit yarn.lock");
    let found = found.fix(Fix::command("write yarn.lock", "yarn install"));
    // A later job may install, or the release tool does.
    Ok(vec![if case.plan.selection.skips_private { found.severity(Severity::Warning) } else { found }])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::Severity;

    const ID: &str = "workspace-not-installed";
    const LISTED: &str = "__metadata:\n  version: 8\n\n\"left-lodge@workspace:^, left-lodge@workspace:a\":\n  version: 0.0.0-use.local\n";

    /// A workspace of Yarn's, with a package in the folder `a`.
    fn scene(version: &str, name: &str) -> Scene {
        Scene::new(&format!(r#"{{"packageManager":"yarn{version}","workspaces":["a"],"private":true}}"#))
            .file("a/package.json", &format!(r#"{{"name":"{name}","version":"1.0.0"}}"#))
            .args(&["./a"])
            .client(Manager::Yarn)
    }

    fn locked(name: &str, text: &str) -> Scene {
        scene("@4.18.1", name).file("yarn.lock", text)
    }

    #[test]
    fn a_workspace_must_be_listed_with_its_name_and_folder() {
        locked("left-lodge", LISTED).finds(ID, 0);
        let resolved = "\"left-lodge@workspace:^\":\n  resolution: \"left-lodge@workspace:a\"\n";
        locked("left-lodge", resolved).finds(ID, 0);
        let found = locked("renamed", LISTED).finds(ID, 1);
        assert_eq!(found[0].message, "`yarn.lock` does not list `renamed@workspace:a`");
        assert_eq!(found[0].severity, Severity::Error);
        for moved in ["left-lodge@workspace:b", "left-lodge@workspace:a/b", "x-left-lodge@workspace:a"] {
            locked("left-lodge", &format!("\"{moved}\":\n  version: 0.0.0-use.local\n")).finds(ID, 1);
        }
        locked("left-lodge", "# yarn lockfile v1\n\nleft-pad@^1:\n  version \"1.3.0\"\n").finds(ID, 1);
    }

    #[test]
    fn without_a_list_an_install_is_assumed() {
        for scene in [locked("left-lodge", ""), locked("left-lodge", "\n"), scene("@4.18.1", "left-lodge")] {
            assert_eq!(scene.assumes(ID), "`yarn install` runs before it is published");
        }
        let why = |scene: Scene| scene.undecided(ID).assumption.unwrap().evidence.unwrap();
        assert_eq!(why(locked("left-lodge", "")), "because `yarn.lock` is empty");
        assert_eq!(why(scene("@4.18.1", "left-lodge")), "because there is no `yarn.lock`");
    }

    #[test]
    fn with_an_install_state_yarn_may_know_the_package() {
        locked("renamed", LISTED).file(".yarn/install-state.gz", "").finds(ID, 0);
        locked("renamed", LISTED).file(".yarnrc.yml", "installStatePath: ./x.gz\n").finds(ID, 0);
        assert_eq!(locked("renamed", LISTED).skip_published().finds(ID, 1)[0].severity, Severity::Warning);
    }

    #[test]
    fn only_yarn_4_reads_its_lockfile() {
        let v1 = "# yarn lockfile v1\n";
        scene("@1.22.22", "renamed").file("yarn.lock", v1).finds(ID, 0);
        scene("", "renamed").file("yarn.lock", v1).finds(ID, 0);
        scene("", "renamed").file("yarn.lock", LISTED).finds(ID, 1);
        locked("renamed", LISTED).client(Manager::Npm).finds(ID, 0);
    }
}
