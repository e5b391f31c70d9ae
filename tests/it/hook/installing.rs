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
fn installing_twice_is_idempotent_and_uninstall_removes_everything() {
    let repository = Repository::new();
    let (code, text) = hook(&repository, "install");
    assert!(code == Some(0) && text.contains("up to date"), "{text}");
    assert_eq!(hook(&repository, "uninstall").0, Some(0));
    assert_eq!(read(&repository, "project/.git/hooks/pre-push"), "");
    assert_eq!(hook(&repository, "uninstall").0, Some(0));
}

#[test]
fn an_existing_hook_runs_first_and_is_restored() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    let text = foreign(&repository, "project/.git/hooks/pre-push", 0);
    let (code, output) = hook(&repository, "install");
    assert!(code == Some(0) && output.contains("runs first"), "{output}");
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
fn core_hooks_path_is_respected() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    repository.git("project", &["config", "core.hooksPath", "githooks"]);
    assert_eq!(hook(&repository, "install").0, Some(0));
    assert!(read(&repository, "project/githooks/pre-push").contains("hook run -- "));
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "main"], "version-published");
}

#[test]
fn a_shared_hooks_folder_is_left_alone() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    repository.git("project", &["config", "--global", "core.hooksPath", "~/shared"]);
    let (code, output) = hook(&repository, "install");
    assert!(
        code == Some(2) && output.contains("`~/shared`") && output.contains("git's global configuration"),
        "{output}"
    );
    assert!(!repository.sandbox.path("home/shared").exists());
    // What the message says helps.
    repository.git("project", &["config", "core.hooksPath", ".githooks"]);
    assert_eq!(hook(&repository, "install").0, Some(0));
    assert!(read(&repository, "project/.githooks/pre-push").contains("hook run -- "));
}

#[test]
fn a_hook_that_git_ignores_is_not_reported_as_active() {
    let repository = Repository::new();
    hook(&repository, "uninstall");
    repository.sandbox.file("project/.git/hooks/pre-push", "#!/bin/sh\nexit 7\n");
    let (code, output) = hook(&repository, "install");
    assert!(code == Some(0) && output.contains("is not executable") && !output.contains("runs first"), "{output}");
    repository.release("1.2.0");
    repository.passes(&["origin", "main"]);
}

#[test]
fn for_a_hook_manager_the_line_to_add_is_shown() {
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
        let (code, output) = hook(&repository, "install");
        assert!(code == Some(2) && output.contains(line), "{file}: {output}");
        assert_eq!(read(&repository, "project/.git/hooks/pre-push"), "", "{file}");
    }
}

#[test]
fn a_foreign_hook_is_not_removed() {
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

/// Puts a program into `node_modules` where the npm package would be, and takes the one on PATH away.
fn as_a_dependency(repository: &mut Repository, script: &str) {
    repository.sandbox.env("PATH", &std::env::var("PATH").unwrap_or_default());
    let bin = "project/node_modules/@npm-preflight/cli/bin.js";
    repository.sandbox.file(bin, script);
    let bin = repository.sandbox.path(bin);
    assert!(std::process::Command::new("chmod").arg("+x").arg(bin).status().unwrap().success());
}

#[test]
fn a_dependency_of_the_project_is_found_without_being_on_path() {
    let mut repository = Repository::new();
    let program = env!("CARGO_BIN_EXE_npm-preflight");
    as_a_dependency(&mut repository, &format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
    repository.sandbox.file("project/.git/info/exclude", "node_modules\n");
    repository.release("1.0.0");
    repository.is_stopped(&["origin", "main"], "version-published");
}

#[test]
fn a_program_that_the_repository_tracks_is_not_run() {
    for is_link in [false, true] {
        let mut repository = Repository::new();
        as_a_dependency(&mut repository, "#!/bin/sh\ntouch was-run\n");
        if is_link {
            let folder = |name: &str| repository.sandbox.path(&format!("project/{name}"));
            std::fs::rename(folder("node_modules"), folder("vendor")).unwrap();
            std::os::unix::fs::symlink("vendor", folder("node_modules")).unwrap();
        }
        repository.release("1.0.0");
        repository.passes_with(&["origin", "main"], "npm-preflight is neither on PATH nor installed in node_modules");
        assert!(!repository.sandbox.path("project/was-run").exists());
    }
}

#[test]
fn outside_a_repository_it_says_so() {
    let repository = Repository::new();
    let outcome = repository.sandbox.preflight("cache", &["hook", "install"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("not a git repository"), "{}", outcome.stderr);
}

#[test]
fn no_hook_is_written_through_a_symlink() {
    let repository = Repository::new();
    let (link, target) =
        (repository.sandbox.path("project/.git/hooks/pre-push"), repository.sandbox.path("home/target"));
    let script = read(&repository, "project/.git/hooks/pre-push");
    std::fs::remove_file(&link).expect("the hook");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let (code, output) = hook(&repository, "install");
    assert!(code == Some(2) && output.contains("is a broken symbolic link"), "{output}");
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
