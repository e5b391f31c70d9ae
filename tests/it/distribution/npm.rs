//! `@npm-preflight/cli` and its packages for platforms: made by the script of the release, checked by npm-preflight itself, published
//! by npm in the order that the script prints, installed and run.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{ROOT, program, version};
use crate::harness::{Outcome, Sandbox, npm_is_here};
use crate::verdaccio::server::Verdaccio;

/// The targets of a release and the names of their packages.
const PLATFORMS: [(&str, &str); 5] = [
    ("x86_64-unknown-linux-musl", "linux-x64"),
    ("aarch64-unknown-linux-musl", "linux-arm64"),
    ("x86_64-apple-darwin", "darwin-x64"),
    ("aarch64-apple-darwin", "darwin-arm64"),
    ("x86_64-pc-windows-msvc", "win32-x64"),
];

/// The package for the machine of the tests.
fn here() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        other => panic!("there is no package for {other:?}"),
    }
}

/// Makes the packages in `reports/packages`; the programs for other machines are a line of text.
fn make(sandbox: &Sandbox) -> Outcome {
    sandbox.file("reports/stub", "not for this machine\n");
    let stub = sandbox.path("reports/stub");
    let programs = PLATFORMS.map(|(target, name)| {
        let program = if name == here() { program() } else { &stub };
        format!("{target}={}", program.display())
    });
    script(sandbox, &programs.each_ref().map(String::as_str))
}

fn script(sandbox: &Sandbox, sources: &[&str]) -> Outcome {
    let file = Path::new(ROOT).join("npm/packages.mjs").display().to_string();
    let args = [&[file.as_str(), "packages"], sources].concat();
    sandbox.run(Path::new("node"), "reports", &args)
}

/// A registry that has the packages.
pub(super) struct Shop {
    verdaccio: Verdaccio,
    token: String,
    /// What npm-preflight said of the packages before they were published.
    judged: Value,
}

impl Shop {
    pub(super) fn open() -> &'static Self {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        SHOP.get_or_init(|| {
            let verdaccio = Verdaccio::start(
                &[("@npm-preflight/*", "$all", "$authenticated")],
                &json!({ "max_body_size": "500mb" }),
            );
            let token = verdaccio.add_user("alice", "swordfish");
            let sandbox = customer(&verdaccio, &token);
            let made = make(&sandbox);
            assert_eq!(made.code, Some(0), "{}", made.stderr);
            let order: Vec<String> = made.stdout.lines().map(|folder| format!("./{folder}")).collect();
            let packages: Vec<&str> = order.iter().map(String::as_str).collect();
            assert_eq!((packages.len(), packages.last()), (6, Some(&"./packages/cli")));
            // This Verdaccio accepts more than one accepts by default.
            let lint = ["lint", "--format", "json", "--allow", "archive-refused"];
            let judged = sandbox.preflight("reports", &[&lint, &packages[..]].concat());
            let judged = judged.json().unwrap_or_else(|error| panic!("{error}"));
            for package in packages {
                let published = sandbox.npm("reports", &["publish", package]);
                assert_eq!(published.code, Some(0), "{package}: {}", published.stderr);
            }
            Self { verdaccio, token, judged }
        })
    }

    /// Its address, without a slash at the end.
    pub(super) fn origin(&self) -> &str {
        self.verdaccio.origin()
    }

    /// Somebody with an empty project and this registry.
    pub(super) fn customer(&self) -> Sandbox {
        customer(&self.verdaccio, &self.token)
    }
}

fn customer(verdaccio: &Verdaccio, token: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let origin = verdaccio.origin();
    let nerf = origin.trim_start_matches("http:");
    sandbox.file("home/.npmrc", &format!("registry={origin}/\n{nerf}/:_authToken={token}\n"));
    sandbox.file("project/package.json", r#"{ "name": "left-lodge", "version": "one" }"#);
    sandbox
}

/// The wrapper as npm installed it.
fn installed(sandbox: &Sandbox, args: &[&str]) -> Outcome {
    sandbox.run(&sandbox.path("project/node_modules/.bin/npm-preflight"), "project", args)
}

fn install(sandbox: &Sandbox, more: &[&str]) {
    let outcome =
        sandbox.npm("project", &[&["install", "@npm-preflight/cli", "--no-audit", "--no-fund"], more].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    // Not even a warning, of a script or of a package that fits nowhere.
    assert_eq!(outcome.stderr, "");
}

#[test]
fn npm_preflight_passes_its_own_packages() {
    if !npm_is_here() {
        return;
    }
    let judged = &Shop::open().judged;
    let verdicts: Vec<&Value> =
        judged["packages"].as_array().expect("packages").iter().map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts, ["ready"; 6], "{judged:#}");
    assert_eq!(judged["diagnostics"], json!([]), "{judged:#}");
}

#[test]
fn npm_installs_only_the_program_for_this_platform() {
    if !npm_is_here() {
        return;
    }
    let sandbox = Shop::open().customer();
    install(&sandbox, &[]);
    let scope = std::fs::read_dir(sandbox.path("project/node_modules/@npm-preflight")).expect("a folder").flatten();
    let mut packages: Vec<_> = scope.map(|entry| entry.file_name().into_string().expect("a name")).collect();
    packages.sort_unstable();
    let mut expected = ["cli", here()];
    expected.sort_unstable();
    assert_eq!(packages, expected);
    let files = sandbox.snapshot_of(&["project/node_modules/@npm-preflight"]).into_keys();
    let files: Vec<String> = files.filter_map(|file| Some(file.split_once("@npm-preflight/")?.1.to_owned())).collect();
    let of_all = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];
    let program = [("cli", "bin.js"), (here(), "npm-preflight")];
    let mut wanted: Vec<String> = program
        .iter()
        .flat_map(|(package, program)| of_all.iter().chain([program]).map(move |file| format!("{package}/{file}")))
        .collect();
    wanted.sort_unstable();
    assert_eq!(files, wanted);

    assert_eq!(installed(&sandbox, &["--version"]).stdout, version());
    for (args, code) in [(&["lint", "--offline"][..], 1), (&["rules"], 0), (&["explain", "nothing"], 2)] {
        let [own, through] = [sandbox.preflight("project", args), installed(&sandbox, args)];
        assert_eq!(through.code, Some(code), "{args:?}: {}", through.stderr);
        assert_eq!((through.stdout, through.stderr), (own.stdout, own.stderr), "{args:?}");
    }
    let diagnose = "printf 'npm error code EOTP\\n' | node_modules/.bin/npm-preflight diagnose -";
    let outcome = sandbox.run(Path::new("sh"), "project", &["-c", diagnose]);
    assert!(outcome.code == Some(0) && outcome.stdout.contains("two-factor-required"), "{}", outcome.stderr);
}

#[test]
fn npx_runs_it_from_the_registry_by_its_scoped_name() {
    if !npm_is_here() {
        return;
    }
    let sandbox = Shop::open().customer();
    let outcome = sandbox.run(Path::new("npx"), "project", &["--yes", "@npm-preflight/cli", "--version"]);
    assert_eq!((outcome.code, outcome.stdout), (Some(0), version()), "{}", outcome.stderr);
}

#[test]
fn without_the_package_for_this_platform_the_wrapper_names_it() {
    if !npm_is_here() {
        return;
    }
    let mut sandbox = Shop::open().customer();
    install(&sandbox, &["--omit=optional"]);
    let outcome = installed(&sandbox, &["lint"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(2), ""));
    let name = format!("@npm-preflight/{}", here());
    assert!(outcome.stderr.contains(&name) && outcome.stderr.contains("--omit=optional"), "{}", outcome.stderr);
    // Somebody who has the program elsewhere names it.
    sandbox.env("NPM_PREFLIGHT_BINARY", env!("CARGO_BIN_EXE_npm-preflight"));
    assert_eq!(installed(&sandbox, &["--version"]).stdout, version());
    sandbox.env("NPM_PREFLIGHT_BINARY", "./nothing");
    let outcome = installed(&sandbox, &["lint"]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("./nothing cannot be started"), "{}", outcome.stderr);
}

#[test]
fn on_a_platform_without_a_package_the_wrapper_says_so() {
    if !npm_is_here() {
        return;
    }
    let sandbox = Shop::open().customer();
    install(&sandbox, &[]);
    let elsewhere = "Object.defineProperty(process, 'platform', { value: 'sunos' });\n\
                     require('./node_modules/@npm-preflight/cli/bin.js')";
    let outcome = sandbox.run(Path::new("node"), "project", &["-e", elsewhere]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("no package for sunos on "), "{}", outcome.stderr);
}

#[test]
fn stopping_the_wrapper_stops_the_program() {
    if !npm_is_here() {
        return;
    }
    let mut sandbox = Shop::open().customer();
    install(&sandbox, &["--omit=optional"]);
    // It ends the wrapper, and waits longer than anybody here.
    sandbox.file("project/waits", "#!/bin/sh\nkill -s TERM $PPID\nexec sleep 1000\n");
    sandbox.run(Path::new("chmod"), "project", &["+x", "waits"]);
    sandbox.env("NPM_PREFLIGHT_BINARY", "./waits");
    assert_eq!(installed(&sandbox, &[]).code, None, "ended by the signal");
}

#[test]
fn the_script_extracts_the_programs_from_the_release_archives() {
    if !npm_is_here() {
        return;
    }
    let sandbox = Sandbox::new();
    for (target, name) in PLATFORMS {
        let program = if name.starts_with("win32") { "npm-preflight.exe" } else { "npm-preflight" };
        sandbox.file(&format!("reports/{target}/{program}"), &format!("for {name}\n"));
        sandbox.file(&format!("reports/{target}/README.md"), "of the archive\n");
        let archive = format!("npm-preflight-{target}.tar.gz");
        let packed = sandbox.run(Path::new("tar"), "reports", &["-czf", &archive, "-C", target, program, "README.md"]);
        assert_eq!(packed.code, Some(0), "{}", packed.stderr);
    }
    let outcome = script(&sandbox, &["."]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for (_, name) in PLATFORMS {
        let program = if name.starts_with("win32") { "npm-preflight.exe" } else { "npm-preflight" };
        let file = sandbox.path(&format!("reports/packages/{name}/{program}"));
        assert_eq!(std::fs::read_to_string(&file).expect("a program"), format!("for {name}\n"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).expect("a program").permissions());
        assert_eq!(mode & 0o777, 0o755);
    }

    std::fs::remove_file(sandbox.path("reports/npm-preflight-x86_64-apple-darwin.tar.gz")).expect("removed");
    for (sources, output) in [
        (&["."][..], "no program for x86_64-apple-darwin"),
        (&["x86_64-apple-darwin=stub"], "no program for x86_64-unknown-linux-musl, aarch64"),
        (&["sparc-sun-solaris=stub", "x"], "`sparc-sun-solaris=stub` is no"),
        (&[], "name a folder"),
    ] {
        let outcome = script(&sandbox, sources);
        assert!(outcome.code == Some(2) && outcome.stderr.contains(output), "{sources:?}: {}", outcome.stderr);
    }
}

#[test]
fn there_is_a_package_for_every_release_archive() {
    let release = std::fs::read_to_string(Path::new(ROOT).join(".github/workflows/release.yml")).expect("a file");
    let built = release.lines().filter_map(|line| line.trim().strip_prefix("- { target: ")?.split(',').next());
    assert_eq!(built.collect::<Vec<_>>(), PLATFORMS.map(|(target, _)| target));
}
