//! pnpm publishes only from certain branches without asking, and not from others without a terminal.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::world::git::Head;
use crate::publisher::git_checks::Checks;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "git-branch",
    category: Category::Correctness,
    summary: "pnpm does not publish from the branch that is checked out",
    npm_says: &[
        "ERR_PNPM_GIT_NOT_CORRECT_BRANCH",
        "ERR_PNPM_GIT_UNKNOWN_BRANCH",
        "Branch is not on",
        "The Git HEAD may not attached to any branch",
    ],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Machine,
    decided_by: &[],
    needs: Needs::Argument,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A branch other than `master` and `main`, or other than `publishBranch` (in pnpm-workspace.yaml,
`PNPM_CONFIG_PUBLISH_BRANCH` or `--publish-branch`; for pnpm 10 and older also `publish-branch` in an .npmrc). On a
terminal pnpm asks whether to publish from it, so there it is a warning.

Also a detached HEAD, as in a job started by a tag. pnpm 11.27.1, 12.6.0 and newer accept that in CI.

Only if pnpm publishes (as the project says, or `--client pnpm`), and not if its git checks are off: by
`--no-git-checks`, `gitChecks: false` in pnpm-workspace.yaml, `PNPM_CONFIG_GIT_CHECKS=false`, or for pnpm 10 and older
`git-checks=false` in an .npmrc that it reads. Nothing is reported if a release tool or, with `--for-ci`, another job
publishes, nor for a single package with `--skip-published`.

### Why it matters

Without a terminal, pnpm 12 fails with `ERR_PNPM_GIT_NOT_CORRECT_BRANCH`, but pnpm 10 and 11 exit with 0 and publish
nothing, so the job is green. Without a branch, pnpm fails with `ERR_PNPM_GIT_UNKNOWN_BRANCH`.

### What to do

Publish from the right branch, set `publishBranch`, or publish with `--no-git-checks`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "packageManager": "pnpm@10.34.8"
}
```
```text .git/HEAD
ref: refs/heads/release
```
```sh
pnpm publish
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(git) = &case.plan.git.checks else { return Ok(vec![]) };
    let off = "publish with `--no-git-checks`";
    Ok(match &git.state()?.head {
        Head::Branch(name) => {
            let is_other = |checks: &Checks| !checks.branches.contains(name);
            let Some(checks) = git.stopping(is_other)? else { return Ok(vec![]) };
            let message = format!("pnpm publishes from {}, but `{name}` is checked out", named(&checks.branches));
            let why = if checks.hides_refusal {
                "pnpm asks whether to continue; without a terminal it publishes nothing and exits with 0"
            } else if git.may_hide_refusal() {
                "pnpm asks whether to continue; without a terminal, pnpm 12 fails, and pnpm 10 and 11 publish nothing \
                    and exit with 0"
            } else {
                "pnpm asks whether to continue, and fails without a terminal"
            };
            let help =
                format!("publish from that branch, set `publishBranch: {name}` in pnpm-workspace.yaml, or {off}");
            let found = Diagnostic::new(&RULE, message, why, help);
            let found = if checks.hides_refusal { found } else { found.npm_error("ERR_PNPM_GIT_NOT_CORRECT_BRANCH") };
            let can_be_asked = case.plan.auth.can_prompt != Some(false);
            vec![if can_be_asked { found.severity(Severity::Warning) } else { found }]
        }
        Head::Detached => {
            let Some(checks) = git.stopping(|checks| !checks.takes_detached)? else { return Ok(vec![]) };
            let message = format!("pnpm publishes from {}, but no branch is checked out", named(&checks.branches));
            let why = "HEAD is detached, because a tag or a commit is checked out, so pnpm cannot determine the branch";
            let help = format!("check out the branch, or {off}");
            vec![Diagnostic::new(&RULE, message, why, help).npm_error("ERR_PNPM_GIT_UNKNOWN_BRANCH")]
        }
    })
}

fn named(branches: &[String]) -> String {
    branches.iter().map(|branch| format!("`{branch}`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::Severity;

    const ID: &str = "git-branch";

    fn scene(pnpm: &str, head: &str) -> Scene {
        let package = format!(r#"{{"name":"left-lodge","version":"1.0.0"{pnpm}}}"#);
        Scene::new(&package).client(Manager::Pnpm).file(".git/HEAD", head)
    }

    fn on(version: &str, head: &str) -> Scene {
        scene(&format!(r#","packageManager":"pnpm@{version}""#), head)
    }

    const FEATURE: &str = "ref: refs/heads/feature\n";

    #[test]
    fn another_branch_is_an_error_whatever_the_exit_code_of_pnpm() {
        for branch in ["main", "master"] {
            on("12.21.0", &format!("ref: refs/heads/{branch}\n")).finds(ID, 0);
        }
        let newest = on("12.21.0", FEATURE).finds(ID, 1);
        assert_eq!(newest[0].npm_error, Some("ERR_PNPM_GIT_NOT_CORRECT_BRANCH"));
        for version in ["11.28.10", "10.34.8"] {
            let found = on(version, FEATURE).finds(ID, 1);
            assert!(found[0].is_error() && found[0].npm_error.is_none(), "{version}");
            assert!(found[0].why.ends_with("publishes nothing and exits with 0"), "{version}");
        }
        let unknown = scene("", FEATURE).finds(ID, 1);
        assert!(unknown[0].why.contains("pnpm 10 and 11 publish nothing and exit with 0"), "{}", unknown[0].why);
    }

    #[test]
    fn on_a_terminal_pnpm_asks() {
        for scene in [on("11.28.10", FEATURE).terminal(), on("12.21.0", FEATURE).half_a_terminal()] {
            assert_eq!(scene.finds(ID, 1)[0].severity, Severity::Warning);
        }
    }

    #[test]
    fn the_publish_branch_can_be_configured() {
        let named = |version| on(version, FEATURE).file("pnpm-workspace.yaml", "publishBranch: feature\n");
        for version in ["10.34.8", "11.28.10", "12.21.0"] {
            named(version).finds(ID, 0);
            let found = on(version, "ref: refs/heads/main\n").args(&["--publish-branch=v2"]).finds(ID, 1);
            assert_eq!(found[0].message, "pnpm publishes from `v2`, but `main` is checked out", "{version}");
        }
        named("12.16.0").finds(ID, 1);
    }

    #[test]
    fn newer_versions_publish_from_a_detached_head_in_ci() {
        let commit = "0123456789012345678901234567890123456789\n";
        for (version, in_ci) in [("10.34.8", 1), ("11.27.0", 1), ("11.27.1", 0), ("12.5.0", 1), ("12.6.0", 0)] {
            let found = on(version, commit).finds(ID, 1);
            assert_eq!(found[0].npm_error, Some("ERR_PNPM_GIT_UNKNOWN_BRANCH"), "{version}");
            on(version, commit).env("CI", "true").finds(ID, in_ci);
            on(version, commit).env("CI", "false").finds(ID, 1);
        }
        scene("", commit).finds(ID, 1);
        let detail = scene("", commit).env("CI", "true").undecided(ID).detail;
        assert!(detail.contains("set it in `packageManager`"), "{detail}");
    }
}
