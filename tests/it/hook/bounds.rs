//! Pushes that are large, odd, or that no remote is known to be behind: nothing passes silently.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::Repository;

impl Repository {
    fn link(&self, target: &str, path: &str) {
        let path = self.sandbox.path(path);
        drop(std::fs::remove_file(&path));
        symlink(target, path).expect("a link");
    }

    fn hook(&self, args: &str, lines: &str) -> crate::harness::Outcome {
        self.sandbox.file("tmp/lines", lines);
        let run = format!("npm-preflight hook run {args} -- origin url < ../tmp/lines");
        self.sandbox.run(Path::new("sh"), "project", &["-c", &run])
    }
}

#[test]
fn a_symlinked_package_json_is_followed() {
    let repository = Repository::new();
    let manifest = |version: &str| format!("{{\"name\":\"left-lodge\",\"version\":\"{version}\"}}\n");
    repository.sandbox.file("project/pkg/real.json", &manifest("1.1.0"));
    repository.link("pkg/real.json", "project/package.json");
    repository.commit("a link");
    repository.git("project", &["tag", "v1.1.0"]);
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/pkg/real.json", &manifest("1.2.0"));
    repository.commit("only the file behind the link");
    repository.passes(&["origin", "main"]);
    repository.sandbox.file("project/pkg/real.json", &manifest("1.0.0"));
    repository.commit("a published version");
    repository.git("project", &["tag", "v1.0.0"]);
    repository.is_stopped(&["origin", "main"], "version-published");
    repository.is_stopped(&["origin", "v1.0.0"], "version-published");
}

#[test]
fn a_member_in_a_symlinked_folder_is_checked() {
    let repository = Repository::new();
    let manifest = |version: &str| format!("{{\"name\":\"left-lodge\",\"version\":\"{version}\"}}\n");
    repository.sandbox.file("project/package.json", r#"{"private":true,"workspaces":["packages/*"]}"#);
    repository.sandbox.file("project/elsewhere/a/package.json", &manifest("1.1.0"));
    std::fs::create_dir(repository.sandbox.path("project/packages")).expect("a folder");
    repository.link("../elsewhere/a", "project/packages/a");
    repository.link("b", "project/packages/b");
    repository.commit("a linked member and a link to itself");
    repository.passes_at_once(&["origin", "main"]);
    repository.sandbox.file("project/elsewhere/a/package.json", &manifest("1.1"));
    repository.commit("no version");
    repository.is_stopped(&["origin", "main"], "version-invalid");
}

#[test]
fn a_symlinked_npmrc_is_read_unless_it_escapes_the_repository() {
    let repository = Repository::new();
    repository.sandbox.file("project/cfg/npmrc", "registry=http://127.0.0.1:1/private/\n");
    repository.link("cfg/npmrc", "project/.npmrc");
    repository.release("1.2.0");
    let tip = repository.git("project", &["rev-parse", "HEAD"]);
    let old = repository.git("project", &["rev-parse", "HEAD~1"]);
    let lines = format!("refs/heads/main {tip} refs/heads/main {old}\n");
    let outcome = repository.hook("--offline", &lines);
    assert!(outcome.stdout.contains("would go to http://127.0.0.1:1/private/"), "{}", outcome.stdout);
    for target in ["../../npmrc", "/etc/npmrc", ".npmrc", "no-such-file"] {
        repository.link(target, "project/.npmrc");
        repository.commit("another link");
        let tip = repository.git("project", &["rev-parse", "HEAD"]);
        let lines = format!("refs/heads/main {tip} refs/heads/main {old}\n");
        let before = repository.registry.log().len();
        let outcome = repository.hook("--strict", &lines);
        assert_eq!((outcome.code, repository.registry.log().len()), (Some(3), before), "{target}");
        let said = "package.json: `.npmrc` cannot be read: ";
        assert!(outcome.stderr.contains(said), "{target}: {}", outcome.stderr);
    }
}

#[test]
fn a_new_branch_is_compared_with_all_remote_branches() {
    let repository = Repository::new();
    repository.git("tmp", &["init", "-q", "--bare", "other.git"]);
    repository.git("project", &["remote", "add", "other", "../tmp/other.git"]);
    repository.release("1.0.0");
    for remote in ["other", "../tmp/other.git"] {
        repository.is_stopped(&[remote, "main:new"], "version-published");
    }
    let fetch = "+refs/heads/*:refs/elsewhere/*";
    repository.git("project", &["config", "remote.origin.fetch", fetch]);
    repository.git("project", &["fetch", "-q", "origin"]);
    repository.git("project", &["update-ref", "-d", "refs/remotes/origin/main"]);
    repository.is_stopped(&["origin", "main:new"], "version-published");
    // A mirror's branches are those that it pushes: they say nothing of the remote.
    repository.git("project", &["config", "remote.origin.fetch", "+refs/*:refs/*"]);
    repository.git("project", &["config", "--unset", "remote.other.fetch"]);
    let said = "could not check the new commits on new: it is not known which";
    repository.passes_with(&["origin", "main:new"], said);
}

#[test]
fn a_new_package_with_a_version_that_npm_refuses_is_mentioned() {
    let repository = Repository::new();
    repository.sandbox.file("project/more/package.json", r#"{"name":"more","version":"1.0"}"#);
    repository.commit("more");
    let said = "could not check more/package.json: it is new, and npm refuses its version `1.0`";
    repository.passes_with(&["origin", "main"], said);
}

#[test]
fn git_replace_refs_and_pathspec_variables_hide_nothing() {
    let mut repository = Repository::new();
    repository.release("1.0.0");
    let tip = repository.git("project", &["rev-parse", "HEAD"]);
    repository.version("1.1.0");
    repository.commit("harmless");
    let harmless = repository.git("project", &["rev-parse", "HEAD"]);
    repository.git("project", &["reset", "-q", "--hard", &tip]);
    repository.git("project", &["replace", &tip, &harmless]);
    repository.is_stopped(&["origin", "main"], "version-published");
    repository.git("project", &["replace", "-d", &tip]);
    for name in ["GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS"] {
        repository.sandbox.env(name, "1");
        repository.is_stopped(&["origin", "main"], "version-published");
        repository.sandbox.unset(name);
    }
}

#[test]
fn a_folder_name_that_is_not_utf_8_is_mentioned() {
    let repository = Repository::new();
    let folder = repository.sandbox.path("project").join(OsStr::from_bytes(b"\xff"));
    if std::fs::create_dir(&folder).is_err() {
        // Some file systems take no such name.
        return;
    }
    let write = |version: &str| {
        let text = format!("{{\"name\":\"odd\",\"version\":\"{version}\"}}");
        std::fs::write(folder.join("package.json"), text).expect("a file");
    };
    write("1.0.0");
    repository.commit("odd");
    repository.passes_at_once(&["origin", "main"]);
    write("1.0.1");
    repository.commit("odd");
    repository.passes_with(&["origin", "main"], "its path is not valid UTF-8");
    let outcome = std::process::Command::new(env!("CARGO_BIN_EXE_npm-preflight"))
        .args(["lint", "--offline"])
        .current_dir(&folder)
        .env_clear()
        .envs(repository.sandbox.variables())
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(text.contains("odd 1.0.1") && !text.contains("there is no package.json"), "{text}");
}

#[test]
fn a_huge_push_is_checked_in_part_with_few_git_processes() {
    let mut repository = Repository::new();
    let mut commits = String::new();
    for at in 1..=250 {
        let manifest = format!("{{\"name\":\"left-lodge\",\"version\":\"1.{}.0\"}}\n", at + 1);
        let from = if at == 1 { "from refs/heads/main^0\n" } else { "" };
        let commit = format!("commit refs/heads/many\nmark :{at}\ncommitter a <a@a> {at} +0000\ndata 1\nx\n{from}");
        write!(commits, "{commit}M 100644 inline package.json\ndata {}\n{manifest}\n", manifest.len()).unwrap();
        write!(commits, "reset refs/tags/v1.{}.0\nfrom :{at}\n\n", at + 1).unwrap();
        write!(commits, "reset refs/heads/b{at}\nfrom :{at}\n\n").unwrap();
    }
    repository.sandbox.file("tmp/commits", &commits);
    repository.sandbox.run(Path::new("sh"), "project", &["-c", "git fast-import --quiet < ../tmp/commits"]);
    let listed = repository.git("project", &["for-each-ref", "--format=%(refname) %(objectname)", "refs"]);
    let none = "0".repeat(40);
    let lines = |start: &str| {
        let mut lines = String::new();
        for (name, object) in listed.lines().filter_map(|line| line.split_once(' ')) {
            if name.starts_with(start) {
                writeln!(lines, "{name} {object} {name} {none}").unwrap();
            }
        }
        lines
    };
    let real = std::env::var("PATH").unwrap_or_default();
    let real = std::env::split_paths(&real).map(|folder| folder.join("git")).find(|git| git.is_file()).expect("git");
    repository
        .sandbox
        .file("tmp/bin/git", &format!("#!/bin/sh\necho x >> \"$COUNT\"\nexec {} \"$@\"\n", real.display()));
    let (bin, count) = (repository.sandbox.path("tmp/bin"), repository.sandbox.path("tmp/count"));
    assert!(std::process::Command::new("chmod").arg("+x").arg(bin.join("git")).status().unwrap().success());
    let path = format!("{}:{}", bin.display(), repository.sandbox.variables()["PATH"]);
    repository.sandbox.env("PATH", &path);
    repository.sandbox.env("COUNT", &count.display().to_string());
    for start in ["refs/tags/v1", "refs/heads/b"] {
        drop(std::fs::remove_file(&count));
        let outcome = repository.hook("--offline --strict", &lines(start));
        assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
        let said = "only 200 packages are checked per push; 50 more tags, branches and packages were not checked";
        assert!(outcome.stderr.contains(said), "{start}: {}", outcome.stderr);
        let gits = std::fs::read_to_string(&count).expect("git was started").lines().count();
        assert!(gits <= 12, "{start}: {gits} gits");
    }
}
