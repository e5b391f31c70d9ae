//! The programs that manage git hooks, with the lines of hooks/README.md and real pushes; and npm's own `prepublishOnly`.

use std::path::Path;

use super::Repository;
use crate::harness::npm_is_here;
use crate::tools::{self, Python};

/// The block of code under a heading of hooks/README.md.
fn block(heading: &str) -> String {
    let text = include_str!("../../../hooks/README.md");
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("a section");
    let (_, code) = section.split_once("```").expect("a block");
    let (_, code) = code.split_once('\n').expect("a block");
    code.split_once("```").expect("a block").0.to_owned()
}

impl Repository {
    /// One without our hook, in which node finds the programs.
    fn managed() -> Self {
        let mut repository = Self::new();
        assert_eq!(repository.sandbox.preflight("project", &["hook", "uninstall"]).code, Some(0));
        let modules = tools::from_npm("tools").join("node_modules");
        std::os::unix::fs::symlink(&modules, repository.sandbox.path("project/node_modules")).expect("a link");
        repository.sandbox.file("project/.git/info/exclude", "node_modules\n");
        let path = format!("{}:{}", modules.join(".bin").display(), repository.sandbox.variables()["PATH"]);
        repository.sandbox.env("PATH", &path);
        repository
    }

    fn does(&self, program: &str, args: &[&str]) {
        let outcome = self.sandbox.run(Path::new(program), "project", args);
        assert_eq!(outcome.code, Some(0), "{program}: {}{}", outcome.stdout, outcome.stderr);
    }

    /// A colleague without the program gets a note, and can push.
    fn others_can_push(&mut self) {
        let path = self.sandbox.variables()["PATH"].clone();
        let program = Path::new(env!("CARGO_BIN_EXE_npm-preflight")).parent().expect("a folder");
        let others = std::env::split_paths(&path).filter(|folder| folder != program);
        self.sandbox.env("PATH", &std::env::join_paths(others).expect("a list").to_string_lossy());
        let pushed = self.push(&["origin", "main"]);
        assert!(pushed.passed && pushed.text.contains("npm-preflight is not on PATH"), "{}", pushed.text);
        self.sandbox.env("PATH", &path);
    }

    /// An ordinary push passes, that of a published version is stopped.
    fn checks_releases(&self) {
        self.sandbox.file("project/readme.md", "text");
        self.commit("text");
        let pushed = self.push(&["origin", "main"]);
        assert!(pushed.passed && pushed.requests == 0, "{}", pushed.text);
        let manifest = std::fs::read_to_string(self.sandbox.path("project/package.json")).expect("a file");
        self.sandbox.file("project/package.json", &manifest.replace("\"1.1.0\"", "\"1.0.0\""));
        self.commit("1.0.0");
        self.is_stopped(&["origin", "main"], "version-published");
    }
}

#[test]
fn husky_runs_the_hook() {
    if !npm_is_here() {
        return;
    }
    let mut repository = Repository::managed();
    repository.does("husky", &[]);
    repository.sandbox.file("project/.husky/pre-push", &block("husky"));
    repository.checks_releases();
    repository.git("project", &["tag", "v1.3.0"]);
    repository.is_stopped(&["origin", "v1.3.0"], "tag-version-mismatch");
    repository.others_can_push();
}

#[test]
fn lefthook_runs_the_hook() {
    if !npm_is_here() {
        return;
    }
    let mut repository = Repository::managed();
    repository.sandbox.file("project/lefthook.yml", &block("lefthook"));
    repository.does("lefthook", &["install"]);
    repository.checks_releases();
    repository.git("project", &["tag", "v1.3.0"]);
    repository.is_stopped(&["origin", "v1.3.0"], "tag-version-mismatch");
    repository.others_can_push();
}

#[test]
fn simple_git_hooks_runs_the_hook() {
    if !npm_is_here() {
        return;
    }
    let mut repository = Repository::managed();
    let manifest = block("simple-git-hooks").replacen('{', "{ \"name\": \"left-lodge\", \"version\": \"1.1.0\",", 1);
    repository.sandbox.file("project/package.json", &manifest);
    repository.does("simple-git-hooks", &[]);
    repository.checks_releases();
    repository.git("project", &["tag", "v1.3.0"]);
    repository.is_stopped(&["origin", "v1.3.0"], "tag-version-mismatch");
    repository.others_can_push();
}

#[test]
fn pre_commit_runs_the_hook_from_a_clone() {
    let python = Python::with_tools();
    let mut repository = Repository::new();
    assert_eq!(repository.sandbox.preflight("project", &["hook", "uninstall"]).code, Some(0));
    repository.sandbox.env("PYTHONPATH", &python.packages().display().to_string());
    let home = repository.sandbox.path("cache/pre-commit").display().to_string();
    repository.sandbox.env("PRE_COMMIT_HOME", &home);
    repository.git("tmp", &["init", "-q", "npm-preflight"]);
    repository
        .sandbox
        .file("tmp/npm-preflight/.pre-commit-hooks.yaml", include_str!("../../../.pre-commit-hooks.yaml"));
    repository.git("tmp/npm-preflight", &["add", "-A"]);
    repository.git("tmp/npm-preflight", &["commit", "-q", "-m", "one"]);
    repository.git("tmp/npm-preflight", &["tag", "v0.1.0"]);
    let clone = repository.sandbox.path("tmp/npm-preflight").display().to_string();
    let config = block("pre-commit").replace("https://github.com/npm-preflight/npm-preflight", &clone);
    // Building it would take minutes.
    let config = config.replace("- id: npm-preflight", "- id: npm-preflight\n        language: system");
    repository.sandbox.file("project/.pre-commit-config.yaml", &config);
    let outcome = python.run(&repository.sandbox, "project", &["-m", "pre_commit", "install", "-t", "pre-push"]);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    repository.checks_releases();
}

#[test]
fn npm_runs_the_linter_before_it_publishes() {
    if !npm_is_here() {
        return;
    }
    let repository = Repository::new();
    for (version, code) in [("1.0.0", 1), ("1.2.0", 0)] {
        let start = format!("{{ \"name\": \"left-lodge\", \"version\": \"{version}\",");
        repository.sandbox.file("project/package.json", &block("npm itself").replacen('{', &start, 1));
        let outcome = repository.sandbox.npm_publish("project", &["--tag", "next"]);
        assert_eq!(outcome.code, Some(code), "{version}: {}{}", outcome.stdout, outcome.stderr);
        // npm did not ask to be let in.
        assert_eq!(repository.registry.published().len(), usize::from(code == 0));
        assert!(outcome.stdout.contains(", tag next,"), "{}", outcome.stdout);
    }
}
