//! action.yml, carried out step by step: what it installs from a release on loopback, what it makes of its inputs, and what
//! comes of one run of npm-preflight.

mod runner;

use std::path::Path;

use serde_json::Value;

use crate::harness::{Sandbox, few_at_a_time};
use crate::registry::faults::{Fault, Harm};
use crate::registry::http::Reply;
use crate::registry::{FakeRegistry, cast};
use runner::{Job, Ran};

const ARCHIVE: &str = "npm-preflight-x86_64-unknown-linux-musl.tar.gz";

/// A published package with a tag that cannot be installed.
const BROKEN: &str =
    "{\n  \"name\": \"left-lodge\",\n  \"version\": \"1.1.0\",\n  \"publishConfig\": { \"tag\": \"1.x\" }\n}\n";
const SOUND: &str = "{\n  \"name\": \"left-lodge\",\n  \"version\": \"1.2.0\"\n}\n";

/// A job beside a server that is the registry and has the releases.
struct World {
    server: FakeRegistry,
    job: Job,
}

impl World {
    fn new(package: &str) -> Self {
        let server = FakeRegistry::start(cast::registry());
        let mut sandbox = Sandbox::with_registry(&server);
        sandbox.env("NPM_PREFLIGHT_RELEASES", "<registry>/releases");
        sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
        sandbox.file("project/package.json", package);
        let world = Self { server, job: Job::new(sandbox) };
        world.stub("cargo", "echo no cargo was wanted >&2; exit 70");
        world
    }

    /// A program of that name, before all others.
    fn stub(&self, name: &str, script: &str) {
        let path = format!("home/bin/{name}");
        self.job.sandbox.file(&path, &format!("#!/bin/sh\n{script}\n"));
        self.shell(&format!("chmod +x '{}'", self.job.sandbox.path(&path).display()));
    }

    fn shell(&self, script: &str) {
        let outcome = self.job.sandbox.run(Path::new("sh"), "tmp", &["-c", script]);
        assert_eq!(outcome.code, Some(0), "{script}: {}", outcome.stderr);
    }

    /// Puts a release there, whose program is the executable under test.
    fn released(self, version: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_npm-preflight");
        self.job.sandbox.file("home/pack/npm-preflight", &format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
        let sum = "sha256sum * 2>/dev/null || shasum -a 256 *";
        let folder = self.job.sandbox.path("home/pack").display().to_string();
        self.shell(&format!(
            "cd '{folder}'; chmod +x npm-preflight; mkdir out; tar -czf out/{ARCHIVE} npm-preflight; cd out; ({sum}) > ../sum"
        ));
        let archive = std::fs::read(self.job.sandbox.path(&format!("home/pack/out/{ARCHIVE}"))).expect("an archive");
        let sum = std::fs::read(self.job.sandbox.path("home/pack/sum")).expect("a checksum");
        self.serve(&format!("/releases/v{version}/{ARCHIVE}"), 200, archive);
        self.serve(&format!("/releases/v{version}/{ARCHIVE}.sha256"), 200, sum);
        self
    }

    fn serve(&self, path: &str, status: u16, body: Vec<u8>) {
        let reply = Reply { status, reason: "Answer".to_owned(), headers: Vec::new(), body };
        self.server.fault(Fault::new("*", path, Harm::Answer(reply)));
    }

    fn run(&mut self) -> Ran {
        let bin = self.job.sandbox.path("home/bin").display().to_string();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        self.job.sandbox.env("PATH", &path);
        self.job.run()
    }

    fn sarif(&self, ran: &Ran) -> Value {
        let text = std::fs::read_to_string(&ran.outputs["sarif-file"]).expect("SARIF");
        assert!(Path::new(&ran.outputs["sarif-file"]).starts_with(self.job.sandbox.path("tmp")));
        serde_json::from_str(&text).expect("JSON")
    }
}

fn own() -> World {
    World::new(BROKEN).released(env!("CARGO_PKG_VERSION"))
}

#[test]
fn a_broken_package_fails_the_step_with_sarif_annotations_and_a_summary() {
    let mut world = own();
    let ran = world.run();
    assert_eq!(ran.code, 1, "{}", ran.text);
    assert_eq!((&*ran.outputs["exit-code"], &*ran.outputs["installed-from"]), ("1", "release"));
    let sarif = world.sarif(&ran);
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let mut found: Vec<(&str, u64)> = results
        .iter()
        .filter(|result| result["level"] == "error")
        .map(|result| {
            let line = &result["locations"][0]["physicalLocation"]["region"]["startLine"];
            (result["ruleId"].as_str().expect("a rule"), line.as_u64().expect("a line"))
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("tag-invalid", 4), ("version-published", 3)]);
    let annotations: Vec<&str> = ran.text.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(annotations.len(), 2, "{}", ran.text);
    for (rule, line) in found {
        let start = format!("::error title=npm-preflight%3A {rule},file=package.json,line={line},");
        assert!(annotations.iter().any(|annotation| annotation.starts_with(&start)), "{start}: {annotations:?}");
        assert!(ran.text.contains(&format!("error[{rule}]")) && ran.summary.contains(rule), "{}", ran.summary);
    }
    assert!(ran.used.is_empty(), "nobody asked for an upload");
}

#[test]
fn sarif_is_uploaded_even_after_errors_and_only_on_request() {
    let mut world = own();
    world.job.input("upload-sarif", "true");
    let ran = world.run();
    assert_eq!(ran.code, 1);
    assert_eq!(ran.used.len(), 1);
    assert_eq!(ran.used[0]["sarif_file"], ran.outputs["sarif-file"]);
    assert_eq!(ran.used[0]["category"], "npm-preflight");
    // Nothing was checked, and nothing may be uploaded: a report of an earlier run least of all.
    world.job.input("args", "--fromat json");
    let ran = world.run();
    assert_eq!((ran.code, &*ran.outputs["exit-code"], ran.used.len()), (2, "2", 0));
}

#[test]
fn a_correct_package_passes_and_later_steps_find_the_program() {
    let mut world = World::new(SOUND).released(env!("CARGO_PKG_VERSION"));
    let ran = world.run();
    assert_eq!(ran.code, 0, "{}", ran.text);
    let sarif = world.sarif(&ran);
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["level"] == "note"), "{sarif:#}");
    assert!(ran.summary.contains("| left-lodge 1.2.0 |") && !ran.summary.contains("blocked"), "{}", ran.summary);
    let later = world.job.sandbox.run(Path::new("sh"), "home", &["-c", "npm-preflight --version"]);
    let version = concat!("npm-preflight ", env!("CARGO_PKG_VERSION"));
    assert!(later.stdout.starts_with(version), "{}", later.stdout);
}

#[test]
fn undecided_checks_fail_only_a_strict_run() {
    for (strict, code) in [("false", 0), ("true", 3)] {
        let mut world = World::new(SOUND).released(env!("CARGO_PKG_VERSION"));
        world.job.input("strict", strict);
        world.job.input("args", "--offline\n  --tag   next");
        let ran = world.run();
        assert_eq!(ran.code, code, "{}", ran.text);
        assert!(ran.summary.contains("| next |"), "{}", ran.summary);
    }
    let mut world = own();
    world.job.input("strict", "yes");
    let ran = world.run();
    assert!(ran.code == 2 && ran.text.contains("`strict` is neither true nor false"), "{}", ran.text);
}

#[test]
fn reports_are_written_only_on_request() {
    let mut world = own();
    for input in ["annotations", "summary"] {
        world.job.input(input, "false");
    }
    world.job.input("sarif-file", "");
    let ran = world.run();
    assert_eq!(ran.code, 1);
    assert!(ran.text.contains("error[version-published]") && !ran.text.contains("::error"), "{}", ran.text);
    assert!(ran.summary.is_empty() && ran.outputs["sarif-file"].is_empty());
    assert!(!world.job.sandbox.path("tmp/npm-preflight.sarif").exists());
}

#[test]
fn an_archive_with_the_wrong_checksum_is_not_unpacked() {
    let world = World::new(SOUND);
    let path = format!("/releases/v{}/{ARCHIVE}.sha256", env!("CARGO_PKG_VERSION"));
    world.serve(&path, 200, format!("{}  {ARCHIVE}\n", "0".repeat(64)).into_bytes());
    let mut world = world.released(env!("CARGO_PKG_VERSION"));
    let ran = world.run();
    assert!(ran.code == 2 && ran.text.contains("does not match its checksum"), "{}", ran.text);
    assert!(ran.outputs["installed-from"].is_empty() && ran.outputs["exit-code"].is_empty());
    assert!(!world.job.sandbox.path("tmp/npm-preflight/bin/npm-preflight").exists());
}

#[test]
fn the_action_is_built_from_source_if_there_is_no_release() {
    let program = env!("CARGO_BIN_EXE_npm-preflight");
    let build =
        format!("echo \"$@\" > '<root>/tmp/cargo'; cp '{program}' '<root>/tmp/npm-preflight/bin/npm-preflight'");
    for (version, os) in [("", "Linux"), ("source", "Linux"), (env!("CARGO_PKG_VERSION"), "Linux"), ("", "Plan9")] {
        // A release that is there, where it must not be taken.
        let released = version == "source" || os == "Plan9";
        let mut world = if released { own() } else { World::new(BROKEN) };
        let root = world.job.sandbox.path("").display().to_string();
        world.stub("cargo", &build.replace("<root>/", &root));
        world.job.sandbox.env("RUNNER_OS", os);
        world.job.input("version", version);
        let ran = world.run();
        assert_eq!((ran.code, &*ran.outputs["installed-from"]), (1, "source"), "{version} {os}: {}", ran.text);
        let printed = std::fs::read_to_string(world.job.sandbox.path("tmp/cargo")).expect("cargo was started");
        let wanted = format!("install --locked --path {} --root {root}tmp/", env!("CARGO_MANIFEST_DIR"));
        assert!(printed.starts_with(&wanted), "{printed}");
    }
}

#[test]
fn a_missing_named_release_is_not_replaced_by_another() {
    let mut world = own();
    world.job.input("version", "v9.9.9");
    let ran = world.run();
    assert!(ran.code == 2 && ran.text.contains("there is no release 9.9.9"), "{}", ran.text);
    let mut world = World::new(SOUND).released("9.9.9");
    world.job.input("version", "v9.9.9");
    assert_eq!(world.run().code, 0);
}

#[test]
fn a_server_error_is_not_taken_for_a_missing_release() {
    let mut world = World::new(SOUND);
    world.serve("/releases/*", 403, Vec::new());
    let ran = world.run();
    assert!(ran.code == 2 && ran.text.contains("the server answered 403"), "{}", ran.text);
    world.job.sandbox.env("NPM_PREFLIGHT_RELEASES", "http://127.0.0.1:1");
    let ran = world.run();
    assert!(ran.code == 2 && ran.text.contains("curl exited with 7"), "{}", ran.text);
}

#[test]
fn the_documents_name_every_input() {
    let read = |file: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file");
    let (action, page) = (read("action.yml"), read("docs/ci.md"));
    let inputs = action.lines().skip_while(|line| *line != "inputs:").take_while(|line| *line != "outputs:");
    let inputs =
        inputs.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with(' ')));
    let named = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(named.collect::<Vec<_>>(), inputs.collect::<Vec<_>>());
}

#[test]
fn inputs_are_never_run_as_code() {
    let hostile =
        ["\"; touch pwned; \"", "$(touch pwned)", "`touch pwned`", "a\ntouch pwned\n", "'; touch pwned #", "-e x"];
    let inputs = ["version", "working-directory", "args", "strict", "annotations", "summary", "sarif-file", "category"];
    let pairs = inputs.iter().flat_map(|input| hostile.iter().map(move |value| (*input, *value)));
    few_at_a_time(pairs, |(input, value)| {
        let mut world = own();
        world.job.input(input, value);
        world.job.input("upload-sarif", if input == "category" { "true" } else { "false" });
        let ran = world.run();
        assert!(!ran.text.contains("syntax error") && ran.code > 0, "{input} {value}: {}", ran.text);
        for folder in ["project", "tmp", "tmp/npm-preflight", "home"] {
            assert!(!world.job.sandbox.path(folder).join("pwned").exists(), "{input}: {value}");
        }
        // No output that a line end in an input made up.
        assert!(ran.outputs.values().all(|output| !output.contains('\n')));
    });
}

#[test]
fn an_input_cannot_forge_the_outputs_of_a_step() {
    let mut world = own();
    world.job.input("sarif-file", "x.sarif\nexit-code=0");
    let ran = world.run();
    assert_eq!((ran.code, &*ran.outputs["exit-code"]), (2, "2"), "{}", ran.text);
}

#[test]
fn an_invalid_sarif_file_name_fails_the_step_with_its_outputs() {
    for name in [".", "reports", &"x".repeat(300)] {
        let mut world = own();
        world.job.sandbox.file("project/reports/.keep", "");
        world.job.input("sarif-file", name);
        let ran = world.run();
        assert_eq!((ran.code, &*ran.outputs["exit-code"], &*ran.outputs["sarif-file"]), (2, "2", ""), "{}", ran.text);
        assert!(
            ran.text.contains("::error title=npm-preflight::the input `sarif-file` cannot be written"),
            "{}",
            ran.text
        );
    }
}

#[test]
fn a_summary_is_appended_and_other_files_are_replaced() {
    let mut sandbox = Sandbox::new();
    let summary = sandbox.path("reports/summary.md").display().to_string();
    sandbox.env("GITHUB_STEP_SUMMARY", &summary);
    for file in ["summary.md", "other.md"] {
        sandbox.file(&format!("reports/{file}"), "before\n");
        let output = format!("markdown={}", sandbox.path("reports").join(file).display());
        sandbox.preflight("project", &["lint", "--offline", "-o", &output]);
    }
    let read = |file: &str| std::fs::read_to_string(sandbox.path("reports").join(file)).expect("a file");
    assert_eq!(read("summary.md"), format!("before\n{}", read("other.md")));
    assert!(read("other.md").starts_with("## npm-preflight"));
}

#[test]
fn a_folder_input_is_linted_and_paths_start_at_the_repository_root() {
    let mut world = own();
    world.shell("cd ../project && git init -q .");
    world.job.sandbox.file("project/packages/a b/package.json", BROKEN);
    world.job.sandbox.file("project/package.json", SOUND);
    world.job.input("working-directory", "packages/a b");
    let ran = world.run();
    assert_eq!(ran.code, 1, "{}", ran.text);
    let uri = world.sarif(&ran).pointer("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri").cloned();
    assert_eq!(uri, Some("packages/a%20b/package.json".into()));
    assert!(ran.text.contains(",file=packages/a b/package.json,"), "{}", ran.text);
    let status =
        world.job.sandbox.run(Path::new("git"), "project", &["status", "--porcelain", "--untracked-files=all"]);
    // What is new there would be packed by the publish that follows.
    assert_eq!(status.stdout, "?? package.json\n?? \"packages/a b/package.json\"\n");
}

#[test]
fn a_named_sarif_file_must_be_in_the_workspace() {
    let mut world = own();
    world.job.input("sarif-file", "reports/x.sarif");
    world.job.sandbox.file("project/reports/.keep", "");
    let ran = world.run();
    let path = world.job.sandbox.path("project/reports/x.sarif");
    assert!(path.is_file() && Path::new(&ran.outputs["sarif-file"]) == path, "{}", ran.text);
}

#[test]
fn a_run_that_checks_nothing_is_annotated_and_summarised() {
    for (args, word) in [("--fromat json", "unknown option `--fromat`"), ("--timeout <b>5%", "'<b>5%25'")] {
        let mut world = World::new(SOUND).released(env!("CARGO_PKG_VERSION"));
        world.job.input("args", args);
        let ran = world.run();
        let annotations: Vec<&str> = ran.text.lines().filter(|line| line.starts_with("::error ")).collect();
        let [annotation] = annotations[..] else { panic!("{}", ran.text) };
        assert!(
            annotation.starts_with("::error title=npm-preflight::nothing was checked (exit code 2)%0A"),
            "{annotation}"
        );
        assert!(ran.code == 2 && annotation.contains(word), "{annotation}");
        let (head, printed) = ran.summary.split_once("Nothing was checked (exit code 2):\n\n").expect("a summary");
        assert!(head == "## npm-preflight\n\n" && printed.lines().all(|line| line.starts_with("    ")), "{printed}");
        world.job.input("summary", "false");
        assert_eq!(world.run().summary, "");
    }
}
