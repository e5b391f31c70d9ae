//! Verdaccio as `tests/verdaccio/package-lock.json` pins it, installed by npm into the target folder: once, as long as
//! the lockfile stays the same. This is the one thing in the tests that goes to the network.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What is copied from `tests/verdaccio`.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
/// In the folder of a finished installation: the lockfile it was made from.
const RECORD: &str = "installed-from.json";

/// The script that starts Verdaccio.
pub(super) fn script() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| installation().join("node_modules/verdaccio/bin/verdaccio"))
}

fn installation() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdaccio");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let home = target.join("verdaccio");
    let lockfile = std::fs::read(source.join("package-lock.json")).expect("the lockfile");
    let is_done = || std::fs::read(home.join(RECORD)).is_ok_and(|record| record == lockfile);
    if is_done() {
        return home;
    }
    let fresh = tempfile::Builder::new().prefix("verdaccio-").tempdir_in(target).expect("a temporary folder");
    for file in FILES {
        std::fs::copy(source.join(file), fresh.path().join(file)).expect("a copy");
    }
    // The configuration of whoever runs the tests holds: npm needs its registry and its proxy.
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(fresh.path())
        .output()
        .expect("npm");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "npm cannot install Verdaccio from {}: {said}", source.display());
    std::fs::write(fresh.path().join(RECORD), &lockfile).expect("a record");
    // Absent, or of another lockfile.
    let _ = std::fs::remove_dir_all(&home);
    let renamed = std::fs::rename(fresh.keep(), &home);
    assert!(renamed.is_ok() || is_done(), "{}: {renamed:?}", home.display());
    home
}
