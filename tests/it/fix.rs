//! `lint --fix` on files: what it changes, what it leaves alone, what it shows first, and that npm then accepts what it
//! refused before.

use std::path::{Path, PathBuf};

use npm_preflight::text::edit;
use npm_preflight::text::json::Document;
use serde_json::{Value, json};

use crate::harness::{Sandbox, npm_is_here, shown};
use crate::registry::{FakeRegistry, cast};
use crate::tools;

const BROKEN: &str = "\u{feff}{\r\n\t\"name\": \"left-lodge\",\r\n\t\"version\": \"v1.2.0+5\",\r\n\t\"publishConfig\": { \"acces\" : \"public\" }\r\n}";
const MENDED: &str = "\u{feff}{\r\n\t\"name\": \"left-lodge\",\r\n\t\"version\": \"1.2.0\",\r\n\t\"publishConfig\": { \"access\" : \"public\" }\r\n}";

fn text(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.path(path)).expect("a file")
}

fn broken() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", BROKEN);
    sandbox.file("project/index.js", "");
    sandbox
}

#[test]
fn unambiguous_problems_are_fixed_and_no_other_byte_changes() {
    let sandbox = broken();
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix", "-q"]);
    assert_eq!(text(&sandbox, "project/package.json"), MENDED);
    assert_eq!(outcome.stderr, "npm-preflight: fixed `package.json` in 2 places\n");
    let output = |rule: &str| outcome.stdout.contains(&format!("[{rule}]"));
    assert!(!output("version-rewritten") && !output("publish-config-ignored"), "{}", outcome.stdout);
    // Nothing is left to do, and nothing beside it.
    let before = sandbox.snapshot_of(&["project"]);
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix", "-q"]);
    assert_eq!((&*outcome.stderr, sandbox.snapshot_of(&["project"])), ("", before));
}

#[test]
fn a_dry_run_prints_a_diff_that_git_applies_and_changes_nothing() {
    let sandbox = broken();
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix", "--dry-run"]);
    assert_eq!((text(&sandbox, "project/package.json").as_str(), &*outcome.stderr), (BROKEN, ""));
    std::fs::write(sandbox.path("project/fix.diff"), &outcome.stdout).expect("a file");
    let applied = sandbox.run(Path::new("git"), "project", &["apply", "fix.diff"]);
    assert_eq!(applied.code, Some(0), "{}\n{}", applied.stderr, outcome.stdout);
    assert_eq!(text(&sandbox, "project/package.json"), MENDED);
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix", "--dry-run"]);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_run_that_fixes_nothing_says_so_and_reports_the_rest() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"one\"}\n");
    sandbox.file("project/index.js", "");
    let lint = |more: &[&str]| {
        sandbox.preflight("project", &[&["lint", "--offline", "--only", "version-invalid"], more].concat())
    };
    let dry = lint(&["--fix", "--dry-run"]);
    assert_eq!((dry.code, &*dry.stdout), (Some(1), ""));
    assert!(
        dry.stderr.contains("nothing would be fixed") && dry.stderr.contains("`npm-preflight lint` shows 1 finding"),
        "{}",
        dry.stderr
    );
    let wet = lint(&["--fix"]);
    assert!(wet.stderr.contains("nothing was fixed") && wet.stdout.contains("[version-invalid]"), "{}", wet.stderr);
    assert_eq!(lint(&["--fix", "--dry-run", "-q"]).stderr, "");
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"1.0.0\"}\n");
    assert_eq!(lint(&["--fix", "--dry-run"]).stderr, "npm-preflight: there is nothing to fix\n");
}

#[test]
fn a_dry_run_prints_no_report_and_rejects_report_options() {
    let sandbox = broken();
    for (report, named) in
        [(&["--format", "json"][..], "--format"), (&["-o", "sarif=x.sarif"], "-o"), (&["--json"], "--json")]
    {
        let arguments = [&["lint", "--offline", "--fix", "--dry-run"], report].concat();
        let outcome = sandbox.preflight("project", &arguments);
        assert_eq!((outcome.code, &*outcome.stdout), (Some(2), ""), "{named}");
        assert!(outcome.stderr.contains(&format!("leave out `{named}`")), "{}", outcome.stderr);
    }
}

#[test]
fn disabled_rules_fix_nothing_and_links_are_not_followed() {
    let sandbox = broken();
    let off = ["lint", "--offline", "-q", "--fix", "-A", "version-rewritten", "-A", "publish-config-ignored"];
    assert_eq!(sandbox.preflight("project", &off).stderr, "");
    assert_eq!(text(&sandbox, "project/package.json"), BROKEN);
    std::fs::rename(sandbox.path("project/package.json"), sandbox.path("home/package.json")).expect("moved");
    std::os::unix::fs::symlink("../home/package.json", sandbox.path("project/package.json")).expect("a link");
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix", "-q"]);
    assert!(outcome.stderr.contains("`package.json` was not changed"), "{}", outcome.stderr);
    assert_eq!(text(&sandbox, "home/package.json"), BROKEN);
}

#[test]
fn a_committed_token_is_replaced_by_a_variable_and_never_shown_in_the_diff() {
    let sandbox = Sandbox::new();
    let token = "npm_0123456789abcdefghijklmnopqrstuvwxyz";
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"1.2.0\"}\n");
    sandbox.file("project/.npmrc", &format!("; ours\r\n//registry.example/:_authToken={token}\r\n"));
    std::fs::set_permissions(sandbox.path("project/.npmrc"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("permissions");
    for args in [&["init", "-q"][..], &["add", "-A"]] {
        sandbox.git("project", args);
    }
    let shown = sandbox.preflight("project", &["lint", "--offline", "--fix", "--dry-run"]);
    assert!(!shown.stdout.contains(token) && shown.stdout.contains("+//registry.example/:_authToken=${NPM_TOKEN}"));
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix"]);
    let after = text(&sandbox, "project/.npmrc");
    assert_eq!(after, "; ours\r\n//registry.example/:_authToken=${NPM_TOKEN}\r\n", "{}", outcome.stderr);
    let mode = std::fs::metadata(sandbox.path("project/.npmrc")).expect("a file").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
}

#[test]
fn npm_publishes_a_scoped_package_once_fix_sets_its_access() {
    if !npm_is_here() {
        return;
    }
    let registry = FakeRegistry::start(cast::registry());
    let sandbox = Sandbox::with_registry(&registry);
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
    sandbox.file("project/package.json", "{\n  \"name\": \"@alice/brand-new\",\n  \"version\": \"1.0.0\"\n}\n");
    sandbox.file("project/index.js", "");
    let refused = sandbox.npm_publish("project", &[]);
    assert_eq!(refused.npm_code(), Some("E402"), "{}", refused.stderr);
    // It is not for everybody to see unless somebody says so.
    let before = text(&sandbox, "project/package.json");
    let outcome = sandbox.preflight("project", &["lint", "--fix"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("`--fix=access:public` would make"), "{}", outcome.stderr);
    assert_eq!(text(&sandbox, "project/package.json"), before);
    let outcome = sandbox.preflight("project", &["lint", "--fix=access:public"]);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    let published = sandbox.npm_publish("project", &[]);
    assert_eq!(published.code, Some(0), "{}", published.stderr);
    assert_eq!(shown(&registry.published()), ["@alice/brand-new@1.0.0 latest public"]);
}

/// Every package.json below a folder.
fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => manifests(&entry.path(), found),
            Ok(kind) if kind.is_file() && entry.file_name() == "package.json" => found.push(entry.path()),
            _ => {}
        }
    }
}

#[test]
fn edits_of_real_manifests_keep_every_other_byte() {
    if !npm_is_here() {
        return;
    }
    let mut files = Vec::new();
    manifests(&tools::from_npm("verdaccio").join("node_modules"), &mut files);
    assert!(files.len() >= 200, "{}", files.len());
    let path = ["publishConfig", "access"];
    let set = |text: &str| {
        let document = Document::parse(text).expect("JSON");
        npm_preflight::text::json::edit::set(text, document.root(), &path, "\"public\"")
    };
    let mut changed = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let Some(change) = set(&text) else { continue };
        changed += 1;
        let after = edit::apply(&text, std::slice::from_ref(&change));
        let mut expected: Value = serde_json::from_str(&text).expect("JSON");
        expected["publishConfig"]["access"] = json!("public");
        assert_eq!(serde_json::from_str::<Value>(&after).expect("JSON"), expected, "{}", file.display());
        let (before, behind) = (&text[..change.span.start], &text[change.span.end..]);
        assert!(after.starts_with(before) && after.ends_with(behind), "{}", file.display());
        assert_eq!(set(&after), None, "{}", file.display());
    }
    assert!(changed >= 200, "{changed}");
}

#[test]
fn excluded_files_shebangs_and_slashless_keys_are_fixed_together() {
    let sandbox = Sandbox::new();
    let package = "{\r\n  \"name\": \"left-lodge\",\r\n  \"version\": \"1.2.0\",\r\n  \"bin\": \"cli.js\",\r\n  \
        \"publishConfig\": { \"registry\": \"http://127.0.0.1:9/npm/\" },\r\n  \"types\": \"./index.d.ts\",\r\n  \
        \"exports\": { \".\": \"./lib/a.js\", \"./b\": \"./lib/b.js\" },\r\n  \"files\": [\r\n    \"data\"\r\n  ]\r\n}";
    for (path, text) in [
        ("package.json", package),
        ("cli.js", "require('./lib/a.js')\r\n"),
        ("data/x.json", "{}"),
        ("lib/a.js", "exports.a = 1"),
        ("lib/b.js", "exports.b = 1"),
        ("index.d.ts", "export const a: number"),
        (".npmrc", "; ours\r\n//127.0.0.1:9/npm:_authToken=hunter2\r\n"),
    ] {
        sandbox.file(&format!("project/{path}"), text);
    }
    sandbox.file("home/.npmrc", "");
    let shown = sandbox.preflight("project", &["lint", "--offline", "--fix", "--dry-run"]);
    assert!(shown.stdout.contains("+//127.0.0.1:9/npm/:_authToken=*******\r\n"), "{}", shown.stdout);
    let outcome = sandbox.preflight("project", &["lint", "--offline", "--fix"]);
    let listed = "\"data\",\r\n    \"index.d.ts\",\r\n    \"lib/a.js\",\r\n    \"lib/b.js\"\r\n  ]\r\n}";
    let expected = package.replace("\"data\"\r\n  ]\r\n}", listed);
    assert_eq!(text(&sandbox, "project/package.json"), expected, "{}", outcome.stderr);
    assert_eq!(text(&sandbox, "project/cli.js"), "#!/usr/bin/env node\nrequire('./lib/a.js')\r\n");
    assert_eq!(text(&sandbox, "project/.npmrc"), "; ours\r\n//127.0.0.1:9/npm/:_authToken=hunter2\r\n");
    for rule in ["entry-missing", "types-missing", "bin-unrunnable", "credential-missing"] {
        assert!(!outcome.stdout.contains(&format!("[{rule}]")), "{}", outcome.stdout);
    }
    let before = sandbox.snapshot_of(&["project"]);
    sandbox.preflight("project", &["lint", "--offline", "--fix", "-q"]);
    assert_eq!(sandbox.snapshot_of(&["project"]), before);
}
