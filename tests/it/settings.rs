//! npm-preflight's settings as people use them: in both places, for some packages, overridden by options, shown by `config`, and
//! as editors see them by their JSON schema.

use serde_json::{Value, json};

use crate::harness::Sandbox;
use crate::tools::Python;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn schema() -> Value {
    let text = std::fs::read_to_string(format!("{ROOT}/src/commands/settings/schema.json")).expect("a file");
    serde_json::from_str(&text).expect("the schema")
}

/// The examples of docs/settings.md, which are one file together.
fn of_the_page() -> String {
    let page = std::fs::read_to_string(format!("{ROOT}/docs/settings.md")).expect("a file");
    page.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Which rules find something in which package, and how much that weighs.
fn found(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let args = [&["lint", "--offline", "--format", "json", "--only", "version-invalid"], args].concat();
    let outcome = sandbox.preflight("project", &args);
    let report = outcome.json().unwrap_or_else(|error| panic!("{error}: {}", outcome.stderr));
    let diagnostics = report["diagnostics"].as_array().expect("diagnostics");
    diagnostics.iter().map(|one| format!("{} {}", one["location"]["path"], one["severity"]).replace('"', "")).collect()
}

#[test]
fn levels_can_be_set_per_package_and_options_win() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"private":true,"workspaces":["packages/*"]}"#);
    for name in ["a", "b", "c"] {
        sandbox
            .file(&format!("project/packages/{name}/package.json"), &format!(r#"{{"name":"{name}","version":"x"}}"#));
    }
    sandbox.file(
        "project/npm-preflight.toml",
        "[[packages]]\nmatch = \"packages/*\"\nrules = { version-invalid = \"warn\" }\n\
         [[packages]]\nmatch = \"b\"\nrules = { correctness = \"deny\" }\n\
         [[ignore]]\nrule = \"version-invalid\"\npackages = \"c\"\nreason = \"not released\"\n",
    );
    let severities = |args: &[&str]| -> Vec<String> {
        let all = found(&sandbox, &[&["--workspaces"], args].concat());
        all.iter().filter_map(|one| Some(one.split_once(' ')?.1.to_owned())).collect()
    };
    let mut own = severities(&[]);
    own.sort();
    assert_eq!(own, ["error", "warning"], "of c it is ignored");
    assert_eq!(severities(&["-D", "version-invalid"]), ["error", "error", "error"]);
    assert_eq!(severities(&["-A", "version-invalid"]), [""; 0]);
}

#[test]
fn undecided_checks_fail_a_run_if_configured() {
    let sandbox = Sandbox::new();
    sandbox.file("home/.npmrc", "registry=http://127.0.0.1:1/\n//127.0.0.1:1/:_authToken=x\n");
    let package = |settings: &str| {
        let text = format!("{{\"name\":\"left-lodge\",\"version\":\"1.0.0\",\"npm-preflight\":{settings}}}");
        sandbox.file("project/package.json", &text);
    };
    let code = |args: &[&str]| sandbox.preflight("project", &[&["lint", "--offline"], args].concat()).code;
    package(r#"{"strict":true}"#);
    assert_eq!((code(&[]), code(&["--strict=off"])), (Some(3), Some(0)));
    package(r#"{"strict":false}"#);
    assert_eq!((code(&[]), code(&["--strict"])), (Some(0), Some(3)));
}

#[test]
fn invalid_settings_stop_the_run() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\n\"version\":\"1.0.0\",\n\"npm-preflight\":{}}");
    sandbox.file("project/npm-preflight.toml", "timeout = 3\n");
    let both = sandbox.preflight("project", &["lint", "--offline"]);
    assert_eq!((both.code, both.stdout.as_str()), (Some(2), ""));
    assert!(
        both.stderr.contains("package.json:3:1: there are settings here and in `npm-preflight.toml`"),
        "{}",
        both.stderr
    );
    std::fs::remove_file(sandbox.path("project/npm-preflight.toml")).expect("a file");
    let init = sandbox.preflight("project", &["init"]);
    assert!(init.code == Some(2) && init.stderr.contains("already exists"), "{}", init.stderr);
}

#[test]
fn config_shows_each_setting_with_its_origin() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.0.0"}"#);
    sandbox.file("project/npm-preflight.toml", "timeout = 60\n\n[rules]\nname-taken = \"warn\"\n");
    let text = sandbox.preflight("project", &["config"]).stdout;
    let line = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("timeout = 60").ends_with("# npm-preflight.toml:1"), "{text}");
    assert!(line("rules.name-taken = \"warn\"").ends_with("# npm-preflight.toml:4"), "{text}");
    assert!(line("strict = false").ends_with("# default"), "{text}");
    let json = sandbox.preflight("project", &["config", "--format", "json"]).json().expect("JSON");
    assert_eq!(json["version"], 1);
    assert_eq!((&json["levels"]["name-taken"], &json["levels"]["name-invalid"]), (&json!("warn"), &json!("deny")));
    let timeout = json!({ "key": "timeout", "value": 60, "origin": "npm-preflight.toml:1" });
    assert!(json["settings"].as_array().expect("settings").contains(&timeout), "{json:#}");
    let printed = sandbox.preflight("project", &["config", "--schema"]).json().expect("a schema");
    assert_eq!(printed, schema());
}

#[test]
fn the_schema_accepts_what_the_program_accepts() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let sandbox = Sandbox::new();
    let registry = |text: &str| format!(r#"{{"registry":{{"https://h.test/":{text}}}}}"#);
    for (settings, is_fine) in [
        (r#"{"client":"bun","strict":"all","timeout":0,"npmjs-registries":["http://h.test"]}"#.to_owned(), true),
        (r#"{"rules":{"advice":"allow","name-taken":"deny"}}"#.to_owned(), true),
        (r#"{"packages":[{"match":["a","!b"],"rules":{}}]}"#.to_owned(), true),
        (r#"{"ignore":[{"rule":"name-taken","reason":"x","expires":"2027-01-31"}]}"#.to_owned(), true),
        (registry(r#"{"two-factor":"optional","trusted-publisher":{"allow":["publish"]}}"#), true),
        (r#"{"colour":true}"#.to_owned(), false),
        (r#"{"client":"npx"}"#.to_owned(), false),
        (r#"{"strict":"some"}"#.to_owned(), false),
        (r#"{"timeout":1.5}"#.to_owned(), false),
        (r#"{"timeout":86401}"#.to_owned(), false),
        (r#"{"npmjs-registries":"http://h.test"}"#.to_owned(), false),
        (r#"{"rules":{"no-such-rule":"allow"}}"#.to_owned(), false),
        (r#"{"rules":{"name-taken":"off"}}"#.to_owned(), false),
        (r#"{"packages":[{"match":[],"rules":{}}]}"#.to_owned(), false),
        (r#"{"packages":[{"rules":{}}]}"#.to_owned(), false),
        (r#"{"ignore":[{"rule":"name-taken","reason":" "}]}"#.to_owned(), false),
        (r#"{"ignore":[{"rule":"name-taken","reason":"x","expires":"soon"}]}"#.to_owned(), false),
        (r#"{"registry":{"npm":{}}}"#.to_owned(), false),
        (registry(r#"{"two-factor":true}"#), false),
        (registry(r#"{"trusted-publisher":{"allow":["all"]}}"#), false),
    ] {
        let document: Value = serde_json::from_str(&settings).expect("JSON");
        assert_eq!(validator.is_valid(&document), is_fine, "the schema: {settings}");
        let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","npm-preflight":{settings}}}"#);
        sandbox.file("project/package.json", &manifest);
        let outcome = sandbox.preflight("project", &["config"]);
        assert_eq!(outcome.code, Some(if is_fine { 0 } else { 2 }), "the program: {settings}: {}", outcome.stderr);
    }
}

#[test]
fn generated_and_documented_settings_follow_the_schema() {
    let python = Python::with_tools();
    let sandbox = python.sandbox();
    assert_eq!(sandbox.preflight("project", &["init"]).code, Some(0));
    sandbox.file("project/page.toml", &of_the_page());
    sandbox.file("project/broken.toml", "[rules]\nname-taken = \"loud\"\n");
    let schema = format!("{ROOT}/src/commands/settings/schema.json");
    let check = |file: &str| {
        python.run(&sandbox, "project", &["-m", "check_jsonschema", "--schemafile", schema.as_str(), file])
    };
    for file in ["npm-preflight.toml", "page.toml"] {
        let outcome = check(file);
        assert_eq!(outcome.code, Some(0), "{file}: {}{}", outcome.stdout, outcome.stderr);
        let read = sandbox.preflight("project", &["config", "--config", file]);
        assert_eq!(read.code, Some(0), "{file}: {}", read.stderr);
    }
    assert_eq!(check("broken.toml").code, Some(1));
}
