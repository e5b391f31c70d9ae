//! Putting the hook into a repository, beside what is there, and taking it away.

use super::Repository;

fn hook(repository: &Repository, word: &str) -> (Option<i32>, String) {
    let outcome = repository.sandbox.preflight("project", &["hook", word]);
    (outcome.code, format!("{}{}", outcome.stdout, outcome.stderr))
}

fn read(repository: &Repository, path: &str) -> String {
    std::fs::read_to_string(repository.sandbox.path(path)).unwrap_or_default()
}

/// Writes a hook of somebody else, which notes its arguments and lines and ends with a code.
fn foreign(repository: &Repository, path: &str, code: i32) -> String {
    let text = format!("#!/bin/sh\necho \"$@\" > ../tmp/seen\ncat >> ../tmp/seen\nexit {code}\n");
    repository.sandbox.file(path, &text);
    repository.git("project", &["update-index", "--refresh", "-q"]);
    let path = repository.sandbox.path(path).display().to_string();
    assert!(std::process::Command::new("chmod").args(["+x", &path]).status().unwrap().success());
    text
}

#[test]
fn installing_twice_is_installing_once_and_nothing_is_left_behind() {
    let repository = Repository::new();
    let (code, text) = hook(&repository, "install");
    assert!(code == Some(0) && text.contains("up to date"), "{text}");
    assert_eq!(hook(&repository, "uninstall").0, Some(0));
    assert_eq!(read(&repository, "project/.git/hooks/pre-push"), "");
    assert_eq!(hook(&repository, "uninstall").0, Some(0));
}

#[test]
fn a_hook_that_is_there_runs_first_with_the_same_lines_and_comes_back() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    let text = foreign(&repository, "project/.git/hooks/pre-push", 0);
    let (code, told) = hook(&repository, "install");
    assert!(code == Some(0) && told.contains("runs first"), "{told}");
    assert_eq!(read(&repository, "project/.git/hooks/pre-push.before-npm-preflight"), text);
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "main"], "version-published");
    let seen = read(&repository, "tmp/seen");
    let remote = repository.sandbox.path("tmp/remote.git").display().to_string();
    assert!(seen.starts_with(&format!("origin {remote}\nrefs/heads/main ")), "{seen}");
    foreign(&repository, "project/.git/hooks/pre-push.before-npm-preflight", 7);
    let pushed = repository.push(&["origin", "main"]);
    assert!(!pushed.passed && !pushed.text.contains("version-published"), "{}", pushed.text);
    foreign(&repository, "project/.git/hooks/pre-push.before-npm-preflight", 0);
    assert_eq!(hook(&repository, "uninstall").0, Some(0));
    assert_eq!(read(&repository, "project/.git/hooks/pre-push"), text);
}

#[test]
fn git_s_own_setting_for_hooks_counts() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    repository.git("project", &["config", "core.hooksPath", "githooks"]);
    assert_eq!(hook(&repository, "install").0, Some(0));
    assert!(read(&repository, "project/githooks/pre-push").contains("npm-preflight hook run"));
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "main"], "version-published");
}

#[test]
fn a_folder_of_hooks_that_other_repositories_share_gets_none() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    repository.git("project", &["config", "--global", "core.hooksPath", "~/shared"]);
    let (code, told) = hook(&repository, "install");
    assert!(code == Some(2) && told.contains("`~/shared`") && told.contains("git's global configuration"), "{told}");
    assert!(!repository.sandbox.path("home/shared").exists());
    // What the message says helps.
    repository.git("project", &["config", "core.hooksPath", ".githooks"]);
    assert_eq!(hook(&repository, "install").0, Some(0));
    assert!(read(&repository, "project/.githooks/pre-push").contains("npm-preflight hook run"));
}

#[test]
fn a_hook_that_git_passes_over_is_not_said_to_run() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    repository.sandbox.file("project/.git/hooks/pre-push", "#!/bin/sh\nexit 7\n");
    let (code, told) = hook(&repository, "install");
    assert!(code == Some(0) && told.contains("is not executable") && !told.contains("runs first"), "{told}");
    repository.release("1.2.0");
    repository.passes(&["origin", "main"]);
}

#[test]
fn where_another_program_writes_the_hooks_the_line_to_add_is_told() {
    for (file, text, line) in [
        ("project/.husky/pre-commit", "", ".husky/pre-push"),
        ("project/lefthook.yml", "", "use_stdin: true"),
        ("project/.pre-commit-config.yaml", "", "pre-commit install -t pre-push"),
        (
            "project/package.json",
            r#"{"name":"a","version":"1.0.0","simple-git-hooks":{}}"#,
            "simple-git-hooks.pre-push",
        ),
    ] {
        let repository = Repository::new();
        hook(&repository, "uninstall");
        repository.sandbox.file(file, text);
        let (code, told) = hook(&repository, "install");
        assert!(code == Some(2) && told.contains(line), "{file}: {told}");
        assert_eq!(read(&repository, "project/.git/hooks/pre-push"), "", "{file}");
    }
}

#[test]
fn a_hook_of_somebody_else_is_not_taken_away() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    let text = foreign(&repository, "project/.git/hooks/pre-push", 0);
    assert_eq!(hook(&repository, "uninstall").0, Some(2));
    assert_eq!(read(&repository, "project/.git/hooks/pre-push"), text);
}

#[test]
fn a_machine_without_the_program_can_push() {
    let mut repository = Repository::new();
    repository.sandbox.env("PATH", &std::env::var("PATH").unwrap_or_default());
    repository.release("1.0.0");
    let pushed = repository.push(&["origin", "main"]);
    assert!(pushed.passed && pushed.text.contains("was not checked"), "{}", pushed.text);
}

#[test]
fn a_dependency_of_the_project_is_found_without_being_on_path() {
    let mut repository = Repository::new();
    repository.sandbox.env("PATH", &std::env::var("PATH").unwrap_or_default());
    repository.sandbox.file("project/.git/info/exclude", "node_modules\n");
    let bin = "project/node_modules/@npm-preflight/cli/bin.js";
    repository.sandbox.file(bin, &format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_npm-preflight")));
    let bin = repository.sandbox.path(bin);
    assert!(std::process::Command::new("chmod").arg("+x").arg(bin).status().unwrap().success());
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "main"], "version-published");
}

#[test]
fn outside_of_a_repository_it_says_so() {
    let repository = Repository::new();
    let outcome = repository.sandbox.preflight("cache", &["hook", "install"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("not a git repository"), "{}", outcome.stderr);
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let repository = Repository::new();
    let (link, target) =
        (repository.sandbox.path("project/.git/hooks/pre-push"), repository.sandbox.path("home/target"));
    let script = read(&repository, "project/.git/hooks/pre-push");
    std::fs::remove_file(&link).expect("the hook");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let (code, told) = hook(&repository, "install");
    assert!(code == Some(2) && told.contains("is a broken symbolic link"), "{told}");
    assert!(!target.exists());
    // An older hook of ours that is shared stays as it is.
    let older = format!("{script}# older\n");
    repository.sandbox.file("home/target", &older);
    assert_eq!(hook(&repository, "install").0, Some(0));
    assert_eq!(read(&repository, "home/target"), older);
    repository.sandbox.file("home/target", "#!/bin/sh\n");
    assert_eq!(hook(&repository, "install").0, Some(0));
    assert_eq!(read(&repository, "home/target"), "#!/bin/sh\n");
    assert_eq!(read(&repository, "project/.git/hooks/pre-push"), script);
}
