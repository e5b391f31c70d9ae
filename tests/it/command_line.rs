//! A command line that cannot be used: what is said of it, on standard error alone, and that nothing of it is obeyed.

use crate::harness::Sandbox;

#[test]
fn a_rejected_command_line_starts_no_runner_command() {
    let sandbox = Sandbox::new();
    let bad = "x\n::error::pwn\u{1b}[31m##[error]y";
    for args in [
        &["lint", "--format", bad][..],
        &["lint", "-o", bad],
        &["lint", "--timeout", bad],
        &["rules", "--format", bad],
        &["rules", bad],
        &["explain", "E403", bad],
        &["explain", bad],
        &["hook", bad],
        &["diagnose", bad],
    ] {
        let outcome = sandbox.preflight("project", args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{args:?}");
        let said = outcome.stderr;
        assert!(!said.lines().any(|line| line.trim_start().starts_with("::")), "{said}");
        assert!(!said.contains("##[") && !said.contains('\u{1b}') && said.contains("pwn"), "{said}");
    }
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    let refused = sandbox.preflight("project", &["lint", "--offline", "-o", "json=no/such/report.json"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("cannot write `no/such/report.json`: the folder `no/such` does not exist"));
    let written = sandbox.preflight("project", &["lint", "--offline", "-o", "json=report.json"]);
    assert_eq!(written.stderr, "");
}

#[test]
fn a_bare_word_is_a_command_or_a_folder() {
    let sandbox = Sandbox::new();
    sandbox.file("project/dist/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    let refused = sandbox.preflight("project", &["verify"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("unknown command `verify`"), "{}", refused.stderr);
    for args in [&["dist", "--offline"][..], &["lint", "dist", "--offline"], &["lint", "verify", "--offline"]] {
        let outcome = sandbox.preflight("project", args);
        assert!(outcome.stdout.contains("publish-target"), "{args:?}: {}", outcome.stdout);
    }
}

#[test]
fn a_path_that_does_not_exist_is_named_and_nothing_is_checked() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    for path in ["./dist", "../left-lodge-1.0.0.tgz", "left-lodge-1.0.0.tgz", "packages/../dist/", "file:dist"] {
        let refused = sandbox.preflight("project", &["lint", path, "--offline"]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{path}");
        assert!(refused.stderr.contains(&format!("there is no file or folder `{path}`")), "{}", refused.stderr);
    }
    for prefix in [&["--prefix", "dist"][..], &["-C", "dist"], &["--prefix=./dist"]] {
        let refused = sandbox.preflight("project", &[&["lint", "--offline"], prefix].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{prefix:?}");
        let message = format!("the folder in `{}` does not exist", prefix.join(" "));
        assert!(refused.stderr.contains(&message), "{}", refused.stderr);
    }
}

#[test]
fn npms_json_option_selects_the_json_report() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    for command in ["lint", "plan"] {
        let report = sandbox.preflight("project", &[command, "--json", "--offline"]).json().expect("JSON");
        assert_eq!(report["packages"][0]["name"], "left-lodge", "{command}");
    }
    let text = sandbox.preflight("project", &["lint", "--json", "--format", "text", "--offline"]);
    assert!(text.json().is_err(), "the format that is named counts");
}
