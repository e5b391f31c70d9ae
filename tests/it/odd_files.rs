//! Packages with files that cannot be looked at: what the list of files and the report say of them.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::harness::{Outcome, Sandbox};

fn package() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    sandbox.file("project/index.js", "");
    sandbox.file("project/lib/a.js", "");
    sandbox
}

fn refused(sandbox: &Sandbox, message: &str) {
    let Outcome { code, stderr, .. } = sandbox.preflight("project", &["files"]);
    assert_eq!((code, stderr.trim()), (Some(1), format!("npm-preflight: package.json: {message}").as_str()));
    let report = sandbox.preflight("project", &["lint", "--offline", "--format", "json"]).json().unwrap();
    let mut found = report["diagnostics"].as_array().unwrap().iter();
    assert!(found.any(|found| found["rule"] == "publish-target" && found["message"] == message), "{report:#}");
}

/// Other systems have no such names.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_cannot_be_packed() {
    use std::os::unix::ffi::OsStrExt as _;

    for (name, is_folder) in [(&b"la\xe9tin.js"[..], false), (b"la\xe9tin", true)] {
        let sandbox = package();
        let path = sandbox.path("project/lib").join(std::ffi::OsStr::from_bytes(name));
        if is_folder {
            std::fs::create_dir(&path).unwrap();
        } else {
            std::fs::write(&path, "").unwrap();
        }
        let shown = String::from_utf8_lossy(name);
        refused(&sandbox, &format!("`lib/{shown}` cannot be read: its name is not UTF-8"));
        sandbox.file("project/.npmignore", "lib");
        assert_eq!(sandbox.preflight("project", &["files"]).code, Some(0));
    }
}

/// Whoever may do everything can look at them all the same.
#[test]
fn a_folder_whose_files_cannot_be_looked_at_is_not_passed_over() {
    let sandbox = package();
    sandbox.file("project/.env", "TOKEN=correct-horse\n");
    let lib = sandbox.path("project/lib");
    let allow = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(&lib, 0o444);
    if std::fs::metadata(lib.join("a.js")).is_err() {
        refused(&sandbox, "`lib/a.js` cannot be read: permission denied");
    }
    allow(&lib, 0o755);
}
