//! The wheel, made by maturin, installed by pip into an environment of its own, and run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{ROOT, program, version};
use crate::tools::Python;

fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Stands in for cargo, which has built the program already, with other features of its dependencies: it reads what the package is,
/// and says where the program lies.
fn cargo(folder: &Path) -> PathBuf {
    let host = succeeds(Command::new("rustc").arg("-vV"));
    let host = String::from_utf8(host.stdout).expect("text");
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(ROOT);
    let metadata: serde_json::Value = serde_json::from_slice(&succeeds(&mut metadata).stdout).expect("JSON");
    let package = &metadata["packages"][0];
    let target = package["targets"].as_array().expect("targets").iter().find(|target| target["kind"][0] == "bin");
    let built = serde_json::json!({
        "reason": "compiler-artifact",
        "package_id": package["id"],
        "manifest_path": package["manifest_path"],
        "target": target,
        "profile": { "opt_level": "0", "debug_assertions": true, "overflow_checks": true, "test": false },
        "features": [],
        "filenames": [program()],
        "executable": program(),
        "fresh": true,
    });
    let finished = serde_json::json!({ "reason": "build-finished", "success": true });
    std::fs::write(folder.join("messages"), format!("{built}\n{finished}\n")).expect("a file");
    let script = format!(
        "#!/bin/sh\ncase $1 in\nmetadata) exec '{}' \"$@\" --filter-platform {host} ;;\nrustc) exec cat '{}' ;;\nesac\nexit 70\n",
        env!("CARGO"),
        folder.join("messages").display(),
    );
    let file = folder.join("cargo");
    std::fs::write(&file, script).expect("a file");
    succeeds(Command::new("chmod").arg("+x").arg(&file));
    file
}

#[test]
fn the_wheel_contains_the_program_and_needs_nothing_else() {
    let python = Python::with_tools();
    let folder = tempfile::tempdir().expect("a folder");
    let cargo = cargo(folder.path());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(folder.path().to_owned()).chain(std::env::split_paths(&path));
    let wheels = folder.path().join("wheels");
    let mut maturin = Command::new(python.program("maturin"));
    maturin.args(["build", "--locked", "--offline", "--compatibility", "linux", "--out"]).arg(&wheels);
    maturin.current_dir(Path::new(ROOT).join("pypi")).env("CARGO", cargo);
    succeeds(maturin.env("PATH", std::env::join_paths(path).expect("a path")));
    let wheel = std::fs::read_dir(&wheels).expect("a folder").flatten().next().expect("a wheel").path();
    let name = wheel.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.starts_with(concat!("npm_preflight-", env!("CARGO_PKG_VERSION"), "-py3-none-")), "{name}");

    let home = folder.path().join("venv");
    succeeds(python.command().args(["-m", "venv", "--without-pip"]).arg(&home));
    let mut pip = python.command();
    pip.args(["-m", "pip", "--python"]).arg(home.join("bin/python")).args(["install", "--quiet", "--no-index"]);
    succeeds(pip.arg(&wheel));
    let output = succeeds(Command::new(home.join("bin/npm-preflight")).arg("--version").env_clear());
    assert_eq!(String::from_utf8_lossy(&output.stdout), version());
}
