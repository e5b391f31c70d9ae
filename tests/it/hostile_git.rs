//! A checkout whose git configuration names programs to run. Each test first lets a plain git run the program, so that
//! it is known to be live, and then asserts that nothing npm-preflight does runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Outcome, Sandbox};

/// A repository in `project`, and the file that appears when a program of its configuration runs.
struct Trap {
    sandbox: Sandbox,
    marker: PathBuf,
}

const NPMRC: &str = "registry=http://127.0.0.1:1/\n//registry.example.com/:_authToken=<token:alice>\n";

impl Trap {
    /// A package with two commits, a change in the working tree and a token in its .npmrc.
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.env("GIT_CONFIG_NOSYSTEM", "1");
        sandbox.file("home/.gitconfig", "[user]\nname = a\nemail = a@example.com\n[init]\ndefaultBranch = main\n");
        let marker = sandbox.path("tmp/ran");
        let trap = Self { sandbox, marker };
        trap.git("project", &["init", "-q"]);
        trap.sandbox.file("project/.npmrc", NPMRC);
        trap.sandbox.file("project/a.js", "1\n");
        trap.sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
        trap.commit();
        trap.sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.1.0"}"#);
        trap.commit();
        trap
    }

    fn commit(&self) {
        self.git("project", &["add", "-A"]);
        self.git("project", &["commit", "-qm", "x"]);
    }

    fn try_git(&self, folder: &str, args: &[&str]) -> Outcome {
        self.sandbox.run(Path::new("git"), folder, args)
    }

    fn git(&self, folder: &str, args: &[&str]) -> String {
        self.sandbox.git(folder, args)
    }

    fn configure(&self, folder: &str, settings: &[(&str, &str)]) {
        for (key, value) in settings {
            let program = self.sandbox.path("tmp/program").display().to_string();
            let value = value.replace("TOUCH", &self.touch()).replace("PROGRAM", &program);
            self.git(folder, &["config", key, &value]);
        }
    }

    /// Writes a program that leaves the marker.
    fn program(&self, path: &str) {
        self.sandbox.file(path, &format!("#!/bin/sh\n{}\n", self.touch()));
        let path = self.sandbox.path(path);
        assert!(Command::new("chmod").arg("+x").arg(path).status().expect("chmod").success());
    }

    /// A command that leaves the marker.
    fn touch(&self) -> String {
        format!("touch '{}'", self.marker.display())
    }

    /// Gives a file another time, which git then writes into its index.
    fn age(&self, path: &str) {
        let path = self.sandbox.path(path);
        assert!(Command::new("touch").args(["-t", "200101010000"]).arg(path).status().expect("touch").success());
    }

    /// Lets a plain git run the program.
    fn is_live(&self, folder: &str, args: &[&str]) {
        let outcome = self.try_git(folder, args);
        assert!(self.marker.exists(), "git {args:?} did not run it: {}", outcome.stderr);
        self.disarm();
    }

    fn disarm(&self) {
        std::fs::remove_file(&self.marker).expect("the marker");
    }

    /// Everything of npm-preflight that asks git; gives how `lint --since` ended.
    fn nothing_runs(&self, folder: &str) -> Outcome {
        self.sandbox.file("tmp/lines", "");
        if let Outcome { code: Some(0), stdout: tips, .. } = self.try_git("project", &["rev-parse", "main", "main~1"])
            && let [tip, old] = tips.split_whitespace().collect::<Vec<_>>()[..]
        {
            let tag = format!("refs/tags/v1.1.0 {tip} refs/tags/v1.1.0 {}", "0".repeat(tip.len()));
            self.sandbox.file("tmp/lines", &format!("refs/heads/main {tip} refs/heads/main {old}\n{tag}\n"));
            // The question is git's, too: what it ran here says nothing of us.
            drop(std::fs::remove_file(&self.marker));
        }
        let program = env!("CARGO_BIN_EXE_npm-preflight");
        let lines = self.sandbox.path("tmp/lines").display().to_string();
        let hook = format!("'{program}' hook run --offline -- origin < '{lines}'");
        self.sandbox.run(Path::new("sh"), folder, &["-c", &hook]);
        assert!(!self.marker.exists(), "hook run ran it");
        let pnpm = &["lint", "--offline", "--client", "pnpm"];
        for args in [&["lint", "--offline"][..], pnpm, &["plan"], &["hook", "install"], &["hook", "uninstall"]] {
            self.sandbox.preflight(folder, args);
            assert!(!self.marker.exists(), "{args:?} ran it");
        }
        let outcome = self.sandbox.preflight(folder, &["lint", "--offline", "--since", "HEAD~1"]);
        assert!(!self.marker.exists(), "--since ran it");
        outcome
    }
}

/// What a repository's configuration and files hold, and the git that runs it; the command `TOUCH` leaves the marker.
type Vector<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn comparing_the_working_tree_runs_no_program() {
    let filters = [("project/.gitattributes", "*.js filter=evil diff=evil\n")];
    let info = [("project/.git/info/attributes", "*.js filter=evil=x diff=evil\n")];
    let included = [("project/evil.config", "[core]\nfsmonitor = TOUCH\n")];
    let hook = [("project/.git/hooks/post-index-change", "#!/bin/sh\nTOUCH\n")];
    let vectors: [Vector<'_>; 11] = [
        (&[("core.fsmonitor", "TOUCH; false")], &[], &["status"]),
        (&[("filter.evil.clean", "TOUCH; cat")], &filters, &["diff", "--name-only", "HEAD"]),
        (&[("filter.evil.clean", "TOUCH; cat"), ("filter.evil.required", "true")], &filters, &["diff", "HEAD"]),
        (&[("filter.evil.process", "TOUCH; false")], &filters, &["diff", "--name-only", "HEAD"]),
        (&[("filter.evil=x.clean", "TOUCH; cat")], &info, &["diff", "--name-only", "HEAD"]),
        (&[("diff.external", "TOUCH; true")], &[], &["diff", "HEAD"]),
        (&[("diff.evil.command", "TOUCH; true")], &filters, &["diff", "HEAD"]),
        (&[("diff.evil.textconv", "TOUCH; cat")], &filters, &["diff", "HEAD"]),
        (&[("include.path", "../evil.config")], &included, &["status"]),
        (&[("includeIf.gitdir:**.path", "../evil.config")], &included, &["status"]),
        (&[], &hook, &["status"]),
    ];
    for (settings, files, trigger) in vectors {
        let trap = Trap::new();
        for (path, text) in files {
            trap.sandbox.file(path, &text.replace("TOUCH", &trap.touch()));
            let path = trap.sandbox.path(path);
            assert!(Command::new("chmod").arg("+x").arg(path).status().expect("chmod").success());
        }
        trap.configure("project", settings);
        trap.sandbox.file("project/a.js", "2\n");
        trap.age("project/package.json");
        trap.is_live("project", trigger);
        trap.sandbox.file("project/a.js", "3\n");
        let outcome = trap.nothing_runs("project");
        assert_eq!(outcome.code, Some(1), "{settings:?}: {}", outcome.stderr);
        assert!(outcome.stdout.contains("`.npmrc` is tracked by git"), "{settings:?}: {}", outcome.stdout);
    }
}

#[test]
fn the_status_of_the_working_tree_runs_no_program() {
    let attributes = [("project/.gitattributes", "*.js filter=evil diff=evil\n")];
    let hook = [("project/.git/hooks/post-index-change", "#!/bin/sh\nTOUCH\n")];
    let vectors: [Vector<'_>; 8] = [
        (&[("core.fsmonitor", "TOUCH; false")], &[], &["status", "--porcelain"]),
        (&[("filter.evil.clean", "TOUCH; cat")], &attributes, &["status", "--porcelain"]),
        (&[("filter.evil.clean", "TOUCH; cat"), ("filter.evil.required", "true")], &attributes, &["status"]),
        (&[("filter.evil.process", "TOUCH; false")], &attributes, &["status", "--porcelain"]),
        (&[("diff.evil.textconv", "TOUCH; cat")], &attributes, &["diff"]),
        (&[], &hook, &["status"]),
        (&[("status.submoduleSummary", "true"), ("core.fsmonitor", "TOUCH; false")], &[], &["status"]),
        (&[("core.untrackedCache", "true"), ("core.fsmonitor", "TOUCH; false")], &[], &["status"]),
    ];
    for (settings, files, trigger) in vectors {
        let trap = Trap::new();
        for (path, text) in files {
            trap.sandbox.file(path, &text.replace("TOUCH", &trap.touch()));
            let path = trap.sandbox.path(path);
            assert!(Command::new("chmod").arg("+x").arg(path).status().expect("chmod").success());
        }
        trap.configure("project", settings);
        trap.sandbox.file("project/a.js", "2\n");
        trap.age("project/package.json");
        trap.is_live("project", trigger);
        trap.sandbox.file("project/a.js", "3\n");
        trap.nothing_runs("project");
        let outcome = trap.sandbox.preflight("project", &["lint", "--offline", "--client", "pnpm"]);
        assert!(outcome.stdout.contains("git-not-clean"), "{settings:?}: {}", outcome.stdout);
    }
}

#[test]
fn a_file_that_only_a_filter_can_compare_is_undecided() {
    let trap = Trap::new();
    trap.sandbox.file("project/.gitattributes", "*.js filter=evil\n");
    trap.commit();
    trap.configure("project", &[("filter.evil.clean", "TOUCH; echo 1")]);
    trap.sandbox.file("project/a.js", "2\n");
    let status = ["--no-optional-locks", "status", "--porcelain"];
    assert_eq!(trap.git("project", &status), "", "the filter evens it out");
    trap.disarm();
    let lint = || trap.sandbox.preflight("project", &["lint", "--offline", "--client", "pnpm"]).stdout;
    trap.nothing_runs("project");
    assert!(lint().contains("undecided[git-not-clean]"), "{}", lint());
    trap.sandbox.file("project/b.txt", "new\n");
    assert!(lint().contains("error[git-not-clean]: the working tree has uncommitted changes: `b.txt`"), "{}", lint());
}

/// A partial clone with a sparse index that lacks a folder: to list its files git must fetch that.
fn partial_clone(settings: &[(&str, &str)]) -> Trap {
    let trap = Trap::new();
    trap.sandbox.file("project/left/b/f", "1\n");
    trap.sandbox.file("project/kept/g", "1\n");
    trap.commit();
    trap.git("project", &["sparse-checkout", "set", "--cone", "--sparse-index", "kept"]);
    let tree = trap.git("project", &["rev-parse", "HEAD:left"]);
    let object = format!("project/.git/objects/{}/{}", &tree[..2], &tree[2..]);
    std::fs::remove_file(trap.sandbox.path(&object)).expect("the tree");
    trap.configure(
        "project",
        &[
            ("core.repositoryformatversion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.url", "/nonexistent"),
        ],
    );
    trap.configure("project", settings);
    trap
}

#[test]
fn a_missing_object_is_not_fetched_by_a_repository_program() {
    let settings: [&[(&str, &str)]; 4] = [
        &[("remote.origin.uploadpack", "TOUCH; false")],
        &[("remote.origin.url", "ssh://host.example/x"), ("core.sshCommand", "TOUCH; false")],
        &[("remote.origin.url", "ext::PROGRAM"), ("protocol.ext.allow", "always")],
        &[("remote.origin.url", "git://host.example/x"), ("core.gitProxy", "PROGRAM")],
    ];
    for settings in settings {
        let trap = partial_clone(settings);
        trap.program("tmp/program");
        trap.is_live("project", &["ls-files"]);
        trap.nothing_runs("project");
    }
}

#[test]
fn a_missing_package_json_is_not_fetched_by_the_hook() {
    let trap = partial_clone(&[("remote.origin.uploadpack", "TOUCH; false")]);
    let blob = trap.git("project", &["rev-parse", "main:package.json"]);
    let object = format!("project/.git/objects/{}/{}", &blob[..2], &blob[2..]);
    std::fs::remove_file(trap.sandbox.path(&object)).expect("the file");
    trap.is_live("project", &["cat-file", "-p", &blob]);
    trap.nothing_runs("project");
}

#[test]
fn a_bare_repository_committed_as_files_is_not_read() {
    let trap = partial_clone(&[
        ("remote.origin.uploadpack", "TOUCH; false"),
        ("core.bare", "false"),
        ("core.worktree", "."),
        ("core.sparseCheckout", "true"),
        ("core.sparseCheckoutCone", "true"),
        ("index.sparse", "true"),
    ]);
    trap.try_git("project", &["config", "--unset", "extensions.worktreeConfig"]);
    let (from, to) = (trap.sandbox.path("project/.git"), trap.sandbox.path("global/repository/pkg"));
    std::fs::create_dir_all(&to).expect("a folder");
    for part in ["HEAD", "config", "objects", "index", "refs"] {
        assert!(Command::new("cp").arg("-r").arg(from.join(part)).arg(&to).status().expect("cp").success());
    }
    trap.sandbox.file("global/repository/pkg/package.json", r#"{"name":"left-lodge","version":"1.1.0"}"#);
    trap.sandbox.file("global/repository/pkg/.npmrc", NPMRC);
    trap.git("global/repository", &["init", "-q"]);
    trap.is_live("global/repository/pkg", &["ls-files"]);
    let outcome = trap.nothing_runs("global/repository/pkg");
    assert!(outcome.stderr.contains("looks like a bare git repository"), "{}", outcome.stderr);
    let outcome = trap.sandbox.preflight("global/repository/pkg", &["lint", "--offline"]);
    let text = "git could not tell whether the file is tracked";
    assert!(outcome.stdout.contains(text), "{}", outcome.stdout);
}

#[test]
fn a_git_file_that_names_a_hostile_repository_runs_nothing() {
    let trap = Trap::new();
    trap.configure("project", &[("core.fsmonitor", "TOUCH; false")]);
    let (from, to) = (trap.sandbox.path("project/.git"), trap.sandbox.path("project/data"));
    std::fs::rename(from, to).expect("a folder");
    trap.sandbox.file("project/.git", "gitdir: data\n");
    trap.is_live("project", &["status"]);
    assert_eq!(trap.nothing_runs("project").code, Some(1));
}

#[test]
fn no_git_is_started_in_a_submodule() {
    let trap = Trap::new();
    trap.git("project", &["init", "-q", "sub"]);
    trap.sandbox.file("project/sub/f", "1\n");
    trap.git("project/sub", &["add", "-A"]);
    trap.git("project/sub", &["commit", "-qm", "x"]);
    trap.commit();
    trap.configure("project/sub", &[("core.fsmonitor", "TOUCH; false")]);
    trap.sandbox.file("project/sub/f", "2\n");
    trap.is_live("project", &["diff", "HEAD"]);
    assert_eq!(trap.nothing_runs("project").code, Some(1));
    trap.is_live("project", &["status", "--porcelain"]);
    let outcome = trap.sandbox.preflight("project", &["lint", "--offline", "--client", "pnpm"]);
    assert!(!trap.marker.exists(), "the status ran it");
    assert!(outcome.stdout.contains("in the submodule `sub`, where git is not run"), "{}", outcome.stdout);
}

#[test]
fn a_program_named_by_a_git_variable_does_not_run() {
    let mut trap = Trap::new();
    let command = format!("{}; true", trap.touch());
    trap.sandbox.env("GIT_EXTERNAL_DIFF", &command);
    trap.sandbox.env("GIT_TRACE", &trap.marker.display().to_string());
    trap.sandbox.file("project/a.js", "2\n");
    trap.is_live("project", &["diff", "HEAD"]);
    assert_eq!(trap.nothing_runs("project").code, Some(1));
}

#[test]
fn no_git_or_node_from_the_project_is_started() {
    let mut trap = Trap::new();
    let text = r#"{"name":"a","version":"1.2.0","devEngines":{"runtime":{"name":"node","version":">=1"}}}"#;
    trap.sandbox.file("project/package.json", text);
    let folders = ["project/bin", "project/node_modules/.bin", "global/node_modules/.bin"];
    for folder in folders {
        for program in ["git", "node", "npm"] {
            trap.program(&format!("{folder}/{program}"));
        }
    }
    std::os::unix::fs::symlink(trap.sandbox.path("project/bin"), trap.sandbox.path("global/bin")).expect("a link");
    let path = trap.sandbox.variables()["PATH"].clone();
    let mut on_path = vec!["bin".to_owned(), trap.sandbox.path("global/bin").display().to_string()];
    on_path.extend(folders.iter().map(|folder| trap.sandbox.path(folder).display().to_string()));
    for folder in on_path {
        for program in ["git", "node"] {
            trap.sandbox.env("PATH", &format!("{folder}:{path}"));
            trap.sandbox.run(Path::new("/bin/sh"), "project", &["-c", &format!("{program} --version")]);
            assert!(trap.marker.exists(), "{program} in {folder} is live");
            trap.disarm();
            let args = ["lint", "--offline", "--since", "HEAD"];
            let outcome = trap.sandbox.preflight("project", &args);
            assert!(!trap.marker.exists(), "{program} in {folder} ran");
            assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        }
    }
}

#[test]
fn a_repository_of_another_user_is_undecided_with_advice() {
    let trap = Trap::new();
    let project = trap.sandbox.path("project");
    let is_foreign =
        Command::new("chown").args(["-R", "65534"]).arg(&project).status().is_ok_and(|code| code.success());
    if !is_foreign {
        // Only root can give a folder away.
        return;
    }
    assert!(trap.try_git("project", &["ls-files"]).stderr.contains("dubious ownership"));
    let outcome = trap.sandbox.preflight("project", &["lint", "--offline"]);
    let help = format!("`git config --global --add safe.directory {}`", project.display());
    assert!(outcome.stdout.contains("undecided[credential-committed]"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(&help), "{}", outcome.stdout);
    trap.git("home", &["config", "--global", "--add", "safe.directory", &project.display().to_string()]);
    let outcome = trap.sandbox.preflight("project", &["lint", "--offline"]);
    assert!(outcome.stdout.contains("`.npmrc` is tracked by git"), "{}", outcome.stdout);
}
