//! pnpm does not publish from a branch that lacks commits of its upstream.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::text::count::plural;

/// The rule.
pub static RULE: Rule = Rule {
    id: "git-behind",
    category: Category::Correctness,
    summary: "pnpm would fail because the branch is behind its upstream",
    npm_says: &["ERR_PNPM_GIT_NOT_LATEST", "Remote history differs"],
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

Fetched commits of the upstream branch that the checked-out branch does not have. Only if pnpm publishes (as the project
says, or `--client pnpm`), and not if its git checks are off: by `--no-git-checks`, `gitChecks: false` in
pnpm-workspace.yaml, `PNPM_CONFIG_GIT_CHECKS=false`, or for pnpm 10 and older `git-checks=false` in an .npmrc that it
reads. Nothing is reported if a release tool or, with `--for-ci`, another job publishes, nor for a single package with
`--skip-published`.

### Why it matters

pnpm fails with `ERR_PNPM_GIT_NOT_LATEST`.

### What to do

Pull the commits. If the check does not make sense for you, publish with `--no-git-checks`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "packageManager": "pnpm@12.21.0"
}
```
```text .git/HEAD
ref: refs/heads/main
```
```text .git/behind
2 origin/main
```
```sh
pnpm publish
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(git) = &case.plan.git.checks else { return Ok(vec![]) };
    let Some(behind) = &git.state()?.behind else { return Ok(vec![]) };
    if git.stopping(|_| true)?.is_none() {
        return Ok(vec![]);
    }
    let commits = plural(behind.commits, "commit");
    let message = format!("the branch is {commits} behind `{}`", behind.upstream);
    let why = "pnpm only publishes from a branch that has all commits of its upstream";
    let found = Diagnostic::new(&RULE, message, why, "pull them, or publish with `--no-git-checks`");
    let fix = Fix::command("pull the commits", "git pull --ff-only");
    Ok(vec![found.npm_error("ERR_PNPM_GIT_NOT_LATEST").fix(fix)])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    const ID: &str = "git-behind";

    #[test]
    fn commits_of_the_upstream_branch_are_counted() {
        let scene = || Scene::version("1.0.0").client(Manager::Pnpm).file(".git/HEAD", "ref: refs/heads/main\n");
        scene().finds(ID, 0);
        let behind = || scene().file(".git/behind", "1 origin/main");
        assert_eq!(behind().finds(ID, 1)[0].message, "the branch is 1 commit behind `origin/main`");
        behind().args(&["--no-git-checks"]).finds(ID, 0);
        behind().client(Manager::Npm).finds(ID, 0);
    }
}
