//! `npm-preflight init` writes the settings file of the project once, and changes nothing by it.

use crate::harness::Sandbox;

#[test]
fn a_settings_file_is_written_once_and_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"private":true,"workspaces":["a"]}"#);
    sandbox.file("project/a/package.json", r#"{"name":"a","version":"1.0.0"}"#);
    let lint = || sandbox.preflight("project/a", &["lint", "--offline", "--format", "json"]).stdout;
    let before = lint();
    let written = sandbox.preflight("project/a", &["init"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(written.stdout.contains("../npm-preflight.toml"), "the root's: {}", written.stdout);
    assert_eq!(lint(), before);
    sandbox.file("project/npm-preflight.toml", "# mine\n");
    let again = sandbox.preflight("project", &["init"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("already exists"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(sandbox.path("project/npm-preflight.toml")).unwrap(), "# mine\n");
}
