//! pnpm publishes only from a working tree in which everything is committed.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::project::world::git::Tree;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "git-not-clean",
    category: Category::Correctness,
    summary: "pnpm would fail because the working tree has uncommitted changes",
    npm_says: &["ERR_PNPM_GIT_UNCLEAN", "Unclean working tree"],
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

Files that `git status` lists in the repository, including untracked files. Only if pnpm publishes (as the project says,
or `--client pnpm`), and not if its git checks are off: by `--no-git-checks`, `gitChecks: false` in pnpm-workspace.yaml,
`PNPM_CONFIG_GIT_CHECKS=false`, or for pnpm 10 and older `git-checks=false` in an .npmrc that it reads. Nothing is
reported if a release tool or, with `--for-ci`, another job publishes, nor for a single package with `--skip-published`.

### Why it matters

pnpm fails with `ERR_PNPM_GIT_UNCLEAN` before it does anything else. One file anywhere in the repository is enough,
including one that an earlier step of the job wrote.

### What to do

Commit the files, or ignore them in `.gitignore`; this includes a report that `npm-preflight lint -o` writes into the
repository. If the check does not make sense for you, publish with `--no-git-checks`.

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
```text .git/status
CHANGELOG.md
```
```sh
pnpm publish
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(git) = &case.plan.git.checks else { return Ok(vec![]) };
    let tree = &git.state()?.tree;
    if *tree == Tree::Clean || git.stopping(|_| true)?.is_none() {
        return Ok(vec![]);
    }
    let (some, more) = match tree {
        Tree::Dirty { some, more } => (some, *more),
        Tree::Unclear(why) => {
            let detail = format!(
                "pnpm only publishes from a clean working tree, and it is not known whether it is clean: \
                    {why}"
            );
            return Err(Gap::unknown(Reason::Unsupported, detail));
        }
        Tree::Clean => return Ok(vec![]),
    };
    let named: Vec<String> = some.iter().map(|file| format!("`{file}`")).collect();
    let list = match (named.join(", "), more) {
        (list, _) if list.is_empty() => String::new(),
        (list, 0) => format!(": {list}"),
        (list, more) => format!(": {list} and {more} more"),
    };
    let message = format!("the working tree has uncommitted changes{list}");
    let why = "pnpm only publishes from a clean working tree, and untracked files count";
    let help = "commit or ignore these files, or publish with `--no-git-checks`";
    Ok(vec![Diagnostic::new(&RULE, message, why, help).npm_error("ERR_PNPM_GIT_UNCLEAN")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    const ID: &str = "git-not-clean";

    fn scene(status: &str) -> Scene {
        let package = r#"{"name":"left-lodge","version":"1.0.0","packageManager":"pnpm@12.21.0"}"#;
        let scene = Scene::new(package).client(Manager::Pnpm).file(".git/HEAD", "ref: refs/heads/main\n");
        if status.is_empty() { scene } else { scene.file(".git/status", status) }
    }

    #[test]
    fn uncommitted_files_are_named() {
        scene("").finds(ID, 0);
        let found = scene("a.js\nb.js").finds(ID, 1);
        assert_eq!(found[0].message, "the working tree has uncommitted changes: `a.js`, `b.js`");
        assert_eq!(found[0].npm_error, Some("ERR_PNPM_GIT_UNCLEAN"));
    }

    #[test]
    fn only_pnpm_looks_at_the_working_tree() {
        for client in [Manager::Npm, Manager::Yarn, Manager::Bun] {
            scene("a.js").client(client).finds(ID, 0);
        }
        Scene::version("1.0.0").client(Manager::Pnpm).finds(ID, 0);
    }

    #[test]
    fn a_git_state_that_cannot_be_read_is_undecided() {
        let detail = scene("unclear: the filter `x` is not run").undecided(ID).detail;
        assert!(detail.ends_with("the filter `x` is not run"), "{detail}");
        scene("unclear: no").args(&["--no-git-checks"]).finds(ID, 0);
    }

    #[test]
    fn a_release_tool_or_a_later_job_publishes_from_another_state() {
        scene("a.js").skip_published().finds(ID, 0);
    }
}
