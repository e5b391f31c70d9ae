//! `lint --client pnpm` in real repositories: what pnpm's checks of git would find.

use crate::harness::Sandbox;

/// A clean checkout of `main`, one commit above its start; the upstream `origin/main` is as far.
struct Checkout(Sandbox);

impl Checkout {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.env("GIT_CONFIG_NOSYSTEM", "1");
        sandbox.file("home/.gitconfig", "[user]\nname = a\nemail = a@example.com\n[init]\ndefaultBranch = main\n");
        let package = r#"{"name":"left-lodge","version":"1.0.0","packageManager":"pnpm@12.21.0"}"#;
        sandbox.file("project/package.json", package);
        sandbox.file("project/packages/a/package.json", r#"{"name":"a","version":"1.0.0"}"#);
        let checkout = Self(sandbox);
        checkout.git("project", &["init", "-q"]);
        checkout.commit("one");
        checkout.commit("two");
        checkout.git("project", &["clone", "-q", "--bare", ".", "../global/origin.git"]);
        checkout.git("project", &["remote", "add", "origin", "../global/origin.git"]);
        checkout.git("project", &["fetch", "-q"]);
        checkout.git("project", &["branch", "-q", "--set-upstream-to=origin/main"]);
        checkout
    }

    fn git(&self, folder: &str, args: &[&str]) {
        self.0.git(folder, args);
    }

    fn commit(&self, message: &str) {
        self.git("project", &["add", "-A"]);
        self.git("project", &["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// What the rules about git find in a folder.
    fn found_in(&self, folder: &str, more: &[&str]) -> String {
        let args = [&["lint", "--offline", "--client", "pnpm", "--format", "concise"], more].concat();
        let outcome = self.0.preflight(folder, &args);
        let lines = outcome.stdout.lines().filter_map(|line| line.split_once("[git-"));
        let texts = lines.map(|(_, rest)| rest.replacen("]: ", ": ", 1));
        texts.map(|line| line.split("; ").next().unwrap_or_default().to_owned()).collect::<Vec<_>>().join("\n")
    }

    fn found(&self) -> String {
        self.found_in("project", &[])
    }
}

#[test]
fn a_clean_checkout_of_main_passes() {
    let checkout = Checkout::new();
    assert_eq!(checkout.found(), "");
    checkout.commit("ahead of its upstream");
    checkout.0.file("project/.gitignore", "dist\n");
    checkout.commit("ignore");
    checkout.0.file("project/dist/index.js", "built\n");
    assert_eq!(checkout.found(), "");
}

#[test]
fn anything_in_git_status_is_not_clean() {
    for (file, is_untracked) in [
        ("new.js", true),
        ("packages/b/", true),
        ("package.json", false),
        ("packages/a/package.json", false),
        ("x y.js", false),
    ] {
        let checkout = Checkout::new();
        match file {
            "package.json" => checkout.0.file("project/package.json", r#"{"name":"a","version":"1.0.0"}"#),
            "packages/a/package.json" => checkout.git("project", &["rm", "-q", file]),
            "packages/b/" => checkout.0.file("project/packages/b/index.js", "1\n"),
            file => checkout.0.file(&format!("project/{file}"), "1\n"),
        }
        if file == "x y.js" {
            checkout.git("project", &["add", "-A"]);
        }
        let expected = format!("not-clean: the working tree has uncommitted changes: `{file}`");
        assert_eq!(checkout.found(), expected);
        assert_eq!(checkout.found_in("project", &["--no-git-checks"]), "");
        checkout.git("project", &["config", "status.showUntrackedFiles", "no"]);
        assert_eq!(checkout.found().is_empty(), is_untracked, "{file}: pnpm's git reads that setting, too");
    }
}

#[test]
fn a_change_anywhere_in_the_repository_counts() {
    let checkout = Checkout::new();
    checkout.0.file("project/new.js", "1\n");
    let found = checkout.found_in("project/packages/a", &[]);
    assert_eq!(found, "not-clean: the working tree has uncommitted changes: `new.js`");
}

#[test]
fn another_branch_a_detached_head_and_missing_commits_are_reported() {
    let checkout = Checkout::new();
    checkout.git("project", &["reset", "-q", "--hard", "HEAD~1"]);
    assert_eq!(checkout.found(), "behind: the branch is 1 commit behind `origin/main`");
    checkout.git("project", &["checkout", "-q", "-b", "feature/x", "origin/main"]);
    assert_eq!(checkout.found(), "branch: pnpm publishes from `master` or `main`, but `feature/x` is checked out");
    assert_eq!(checkout.found_in("project", &["--publish-branch=feature/x"]), "");
    checkout.git("project", &["checkout", "-q", "--detach"]);
    assert_eq!(checkout.found(), "branch: pnpm publishes from `master` or `main`, but no branch is checked out");
}

#[test]
fn a_linked_worktree_has_its_own_state() {
    let checkout = Checkout::new();
    checkout.git("project", &["worktree", "add", "-q", "../global/tree", "-b", "next"]);
    checkout.0.file("project/new.js", "1\n");
    let next = "branch: pnpm publishes from `master` or `main`, but `next` is checked out";
    assert_eq!(checkout.found_in("global/tree", &[]), next);
}

#[test]
fn a_submodule_that_was_not_checked_out_keeps_the_tree_clean() {
    let checkout = Checkout::new();
    checkout.git("project", &["init", "-q", "sub"]);
    checkout.git("project/sub", &["commit", "-q", "--allow-empty", "-m", "x"]);
    checkout.git("project", &["-c", "advice.addEmbeddedRepo=false", "add", "sub"]);
    checkout.commit("a submodule");
    assert!(
        checkout.found().contains("not-clean: pnpm only publishes from a clean working tree"),
        "{}",
        checkout.found()
    );
    std::fs::remove_dir_all(checkout.0.path("project/sub")).expect("a folder");
    std::fs::create_dir(checkout.0.path("project/sub")).expect("a folder");
    assert_eq!(checkout.found(), "");
}

#[test]
fn pnpm_checks_nothing_without_a_repository_that_git_accepts() {
    let checkout = Checkout::new();
    checkout.0.file("project/new.js", "1\n");
    let (from, to) = (checkout.0.path("project/.git"), checkout.0.path("tmp/git"));
    std::fs::rename(&from, &to).expect("a folder");
    assert_eq!(checkout.found(), "");
    std::fs::rename(&to, &from).expect("a folder");
    let project = checkout.0.path("project");
    let chown = std::process::Command::new("chown").args(["-R", "65534"]).arg(&project).status();
    // Only root can give a folder away.
    if chown.is_ok_and(|status| status.success()) {
        assert_eq!(checkout.found(), "");
    }
}

#[test]
fn skip_published_keeps_the_checks_of_a_recursive_publish() {
    let checkout = Checkout::new();
    checkout.0.file("project/pnpm-workspace.yaml", "packages: [packages/*]\n");
    checkout.commit("a workspace");
    checkout.0.file("project/new.js", "not committed\n");
    let unclean = checkout.found_in("project", &["--workspaces"]);
    assert!(unclean.contains("`new.js`"), "{unclean}");
    assert_eq!(checkout.found_in("project", &["--workspaces", "--skip-published"]), unclean);
    assert_eq!(checkout.found_in("project", &["--workspaces", "--skip-published", "--for-ci"]), "");
    assert_eq!(checkout.found_in("project", &["--skip-published"]), "");
}
