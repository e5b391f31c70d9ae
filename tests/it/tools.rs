//! Programs that some tests need and a machine need not have, as the files in `tests/npm12`, `tests/clients`, `tests/verdaccio`
//! and `tests/tools` pin them: npm and pip install them into the target folder, once, as long as those files stay the same. This
//! is the one thing in the tests that goes to the network.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::harness::{Outcome, Sandbox};

/// In the folder of a finished installation: the pins it was made from.
const RECORD: &str = "installed-from";

/// The packages that npm installs as `tests/<name>/package-lock.json` says: the folder with `node_modules`.
pub(crate) fn from_npm(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    installation(name, &source.join("package-lock.json"), |fresh| {
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            std::fs::copy(source.join(file), fresh.join(file)).expect("a copy");
        }
        // The configuration of whoever runs the tests holds: npm needs its registry and its proxy.
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(fresh);
        npm
    })
}

/// The Python programs of `tests/tools/requirements.txt`.
pub(crate) struct Python {
    interpreter: PathBuf,
    packages: PathBuf,
}

impl Python {
    /// # Panics
    /// When there is no Python 3.11 with pip: a test that silently does not run is not one.
    pub(crate) fn with_tools() -> &'static Self {
        static PYTHON: OnceLock<Python> = OnceLock::new();
        PYTHON.get_or_init(|| {
            let printed = Command::new("python3").args(["-c", "import sys, pip; print(sys.executable)"]).output();
            let printed = printed.ok().filter(|printed| printed.status.success());
            let printed = printed.expect("these tests need python3 (3.11 or newer) with pip on PATH");
            let interpreter = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim());
            let pins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/requirements.txt");
            let packages = installation("tools-python", &pins, |fresh| {
                let mut pip = Command::new(&interpreter);
                pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target"]);
                pip.arg(fresh).arg("-r").arg(&pins);
                pip
            });
            Self { interpreter, packages }
        })
    }

    /// A program that is no module: zizmor, shellcheck.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.packages.join("bin").join(name)
    }

    /// The interpreter without the modules, in the environment of whoever runs the tests.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.interpreter)
    }

    /// Where the modules are, for PYTHONPATH.
    pub(crate) fn packages(&self) -> &Path {
        &self.packages
    }

    /// Runs Python in a sandbox, which must have the modules on PYTHONPATH if it needs them.
    pub(crate) fn run(&self, sandbox: &Sandbox, folder: &str, args: &[&str]) -> Outcome {
        sandbox.run(&self.interpreter, folder, args)
    }

    /// A sandbox in which the modules are found.
    pub(crate) fn sandbox(&self) -> Sandbox {
        let mut sandbox = Sandbox::new();
        sandbox.env("PYTHONPATH", &self.packages.display().to_string());
        sandbox
    }

    /// The content of a YAML file.
    pub(crate) fn yaml(&self, path: &Path) -> serde_json::Value {
        let code = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout)";
        let outcome = self.run(&self.sandbox(), "project", &["-c", code, &path.display().to_string()]);
        outcome.json().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// The folder into which `install` puts what the file `pins` names.
fn installation(name: &str, pins: &Path, install: impl FnOnce(&Path) -> Command) -> PathBuf {
    // Whoever comes second finds it done.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let home = target.join(name);
    let wanted = std::fs::read(pins).expect("the pins");
    let is_done = || std::fs::read(home.join(RECORD)).is_ok_and(|record| record == wanted);
    if is_done() {
        return home;
    }
    let fresh = tempfile::Builder::new().prefix(name).tempdir_in(target).expect("a temporary folder");
    let mut command = install(fresh.path());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} cannot be installed: {said}", pins.display());
    std::fs::write(fresh.path().join(RECORD), &wanted).expect("a record");
    // Absent, or of other pins.
    let _ = std::fs::remove_dir_all(&home);
    let renamed = std::fs::rename(fresh.keep(), &home);
    assert!(renamed.is_ok() || is_done(), "{}: {renamed:?}", home.display());
    home
}
