//! The git hook, in real repositories with real pushes to a bare repository beside them.

mod bounds;
mod cases;
mod installing;
mod runners;
mod unclear;

use std::path::Path;
use std::process::{Command, Output};

use crate::harness::Sandbox;
use crate::registry::{FakeRegistry, cast};

/// A repository with the hook, its remote, and a registry.
pub(crate) struct Repository {
    pub(crate) sandbox: Sandbox,
    pub(crate) registry: FakeRegistry,
}

/// How a push ended.
pub(crate) struct Pushed {
    pub(crate) passed: bool,
    /// What the hook said.
    pub(crate) text: String,
    /// How often the registry was asked.
    pub(crate) requests: usize,
}

impl Repository {
    /// `left-lodge` 1.1.0, which is published, on branch `main` at both ends, with the hook.
    pub(crate) fn new() -> Self {
        Self::with_head(Some(&"0123".repeat(10)))
    }

    /// The same, where the published versions come from this commit.
    pub(crate) fn with_head(head: Option<&str>) -> Self {
        let mut state = cast::registry();
        for (_, release) in &mut state.package("left-lodge").versions {
            release.git_head = head.map(str::to_owned);
        }
        let registry = FakeRegistry::start(state);
        let mut sandbox = Sandbox::with_registry(&registry);
        let program = Path::new(env!("CARGO_BIN_EXE_npm-preflight")).parent().expect("a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        sandbox.env("PATH", &format!("{program}:{path}"));
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "alice"),
            ("GIT_AUTHOR_EMAIL", "alice@example.com"),
            ("GIT_COMMITTER_NAME", "alice"),
            ("GIT_COMMITTER_EMAIL", "alice@example.com"),
        ] {
            sandbox.env(name, value);
        }
        sandbox.file("home/.gitconfig", "[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n");
        sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
        let repository = Self { sandbox, registry };
        repository.git("tmp", &["init", "-q", "--bare", "remote.git"]);
        repository.git("project", &["init", "-q"]);
        let remote = repository.sandbox.path("tmp/remote.git").display().to_string();
        repository.git("project", &["remote", "add", "origin", &remote]);
        repository.version("1.1.0");
        repository.commit("first");
        repository.git("project", &["push", "-q", "-u", "origin", "main"]);
        let installed = repository.sandbox.preflight("project", &["hook", "install"]);
        assert_eq!(installed.code, Some(0), "{}", installed.stderr);
        repository
    }

    /// Writes `left-lodge`'s package.json.
    pub(crate) fn version(&self, version: &str) {
        let manifest = format!("{{\n  \"name\": \"left-lodge\",\n  \"version\": \"{version}\"\n}}\n");
        self.sandbox.file("project/package.json", &manifest);
    }

    /// Commits everything in the project.
    pub(crate) fn commit(&self, message: &str) {
        self.git("project", &["add", "-A"]);
        self.git("project", &["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Sets a version and commits.
    pub(crate) fn release(&self, version: &str) {
        self.version(version);
        self.commit(version);
    }

    /// What a git command prints.
    pub(crate) fn git(&self, folder: &str, args: &[&str]) -> String {
        let output = self.start(folder, args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn start(&self, folder: &str, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.sandbox.path(folder)).env_clear().envs(self.sandbox.variables());
        command.output().expect("git is on PATH")
    }

    /// `git push` in a folder.
    pub(crate) fn push_from(&self, folder: &str, args: &[&str]) -> Pushed {
        let before = self.registry.log().len();
        let output = self.start(folder, &[&["push", "-q"], args].concat());
        let text = [output.stdout, output.stderr].concat();
        let text = self.sandbox.masked(&String::from_utf8_lossy(&text));
        assert!(!text.contains("panicked"), "{text}");
        Pushed { passed: output.status.success(), text, requests: self.registry.log().len() - before }
    }

    /// `git push` in the project.
    pub(crate) fn push(&self, args: &[&str]) -> Pushed {
        self.push_from("project", args)
    }

    /// A push that the hook lets pass silently and without a question to the registry.
    pub(crate) fn passes_at_once(&self, args: &[&str]) {
        let pushed = self.push(args);
        assert!(pushed.passed && pushed.requests == 0, "{args:?}: {}", pushed.text);
        assert!(!pushed.text.contains("left-lodge"), "{args:?}: {}", pushed.text);
    }

    /// A push that passes with a word about what was not checked, and without a question to the registry.
    pub(crate) fn passes_with(&self, args: &[&str], word: &str) {
        let pushed = self.push(args);
        assert!(pushed.passed && pushed.requests == 0, "{args:?}: {}", pushed.text);
        assert!(pushed.text.contains(word), "{args:?}: {}", pushed.text);
    }

    /// A push that is checked, and passes.
    pub(crate) fn passes(&self, args: &[&str]) {
        let pushed = self.push(args);
        assert!(pushed.passed && pushed.requests > 0, "{args:?}: {}", pushed.text);
    }

    /// A push that is stopped by a rule.
    pub(crate) fn is_stopped(&self, args: &[&str], rule: &str) -> String {
        let pushed = self.push(args);
        assert!(!pushed.passed, "{args:?}: {}", pushed.text);
        assert!(pushed.text.contains(&format!("error[{rule}]")), "{args:?}: {}", pushed.text);
        pushed.text
    }
}
