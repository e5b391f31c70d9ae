//! What a release puts in people's hands: the packages of npm, published to a Verdaccio and installed from there, and the wheel.
//! The program in them is the executable under test.

mod managers;
mod npm;
mod wheel;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The executable under test without what only a debugger reads, two thirds of it: every package manager packs or unpacks it.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("npm-preflight");
        let stripped = Command::new("strip").arg("-o").arg(&program).arg(env!("CARGO_BIN_EXE_npm-preflight")).status();
        if !stripped.is_ok_and(|status| status.success()) {
            std::fs::copy(env!("CARGO_BIN_EXE_npm-preflight"), &program).expect("a copy");
        }
        (folder, program)
    });
    program
}

/// What `--version` prints.
fn version() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_npm-preflight")).arg("--version").output().expect("its version");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_pre_commit_hook_installs_the_wheel_of_this_version() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("pyproject.toml")).expect("a file");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        text.contains(&format!("\nversion = \"{version}\"\ndependencies = [\"npm-preflight=={version}\"]\n")),
        "{text}"
    );
}
