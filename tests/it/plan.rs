//! `npm-preflight plan`: every value with the file, variable or flag that decided it, as text and as JSON.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Sandbox, rules_with};

fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    // npm's version must not depend on the machine.
    sandbox.env("PATH", "");
    sandbox
}

fn text(sandbox: &Sandbox, args: &[&str]) -> String {
    let outcome = sandbox.preflight("project", &[&["plan"], args].concat());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    sandbox.masked(&outcome.stdout)
}

fn packages(sandbox: &Sandbox, args: &[&str]) -> Vec<Value> {
    let outcome = sandbox.preflight("project", &[&["plan", "--format", "json"], args].concat());
    let json = outcome.json().unwrap();
    assert_eq!((&json["version"], &json["tool"]["name"]), (&json!(1), &json!("npm-preflight")));
    assert_eq!(json.as_object().unwrap().len(), 3, "version, tool and packages alone");
    json["packages"].as_array().unwrap().clone()
}

/// A scoped package whose values come from everywhere.
fn scoped() -> Sandbox {
    let mut sandbox = sandbox();
    sandbox.file(
        "project/package.json",
        r#"{
  "name": "@acme/core",
  "version": "v1.2.0-rc.1",
  "publishConfig": { "access": "public", "tag": "next" }
}
"#,
    );
    sandbox.file("project/.npmrc", "; project\n@acme:registry=https://r.example/npm/\n");
    sandbox.file("home/.npmrc", "//r.example/npm/:_authToken=${NPM_TOKEN}\n");
    sandbox.env("NPM_TOKEN", "<token:alice>");
    sandbox.env("npm_config_dry_run", "true");
    sandbox
}

#[test]
fn every_value_names_what_decided_it() {
    assert_snapshot!(text(&scoped(), &["--provenance", "--otp=123456", "--npm-version", "10.9.4"]), @r#"
    @acme/core 1.2.0-rc.1
      name               @acme/core              package.json:2
      version            1.2.0-rc.1              package.json:3
      files              1 file, 113 B           about 178 B packed
      registry           https://r.example/npm/  .npmrc:2 (project)
      tag                next                    package.json:4 (publishConfig.tag)
      tag checked        latest                  npm's default: npm checks and prints this one
      access             public                  package.json:4 (publishConfig.access)
      credential         token                   ~/.npmrc:1 (user): //r.example/npm/:_authToken, from the environment variable NPM_TOKEN
      provenance         on                      --provenance
      one-time password  provided                --otp
      ci                 no
      npm                10.9.4                  --npm-version
      dry-run            on                      environment variable npm_config_dry_run
    "#);
}

#[test]
fn json_has_the_same_values_and_no_secret() {
    let found = packages(&scoped(), &["--tag", "beta"]);
    assert_eq!(
        found,
        [json!({
            "name": "@acme/core",
            "package_version": "1.2.0-rc.1",
            "manifest": "package.json",
            "plan": {
                "client": { "value": "npm 12.2.2", "origin": "assumed, because no npm was found on PATH" },
                "registry": { "value": "https://r.example/npm/", "origin": ".npmrc:2 (project)" },
                "tag": { "value": "beta", "origin": "--tag beta" },
                "access": { "value": "public", "origin": "package.json:4 (publishConfig.access)" },
                "credential": { "kind": "token", "origin": "~/.npmrc:1 (user)", "user": null },
                "provenance": { "value": false, "origin": "npm's default" },
                "files": { "count": 1, "packed_size": 178, "unpacked_size": 113 },
            },
        })]
    );
}

#[test]
fn a_release_tool_is_named_with_the_command_that_calls_it() {
    let sandbox = sandbox();
    let manifest =
        r#"{ "name": "left-lodge", "version": "0.0.0-development", "scripts": { "release": "semantic-release" } }"#;
    sandbox.file("project/package.json", manifest);
    let plan = text(&sandbox, &[]);
    let row = plan.lines().find(|line| line.contains("release tool")).unwrap();
    assert!(row.contains("semantic-release") && row.ends_with("scripts.release in package.json"), "{plan}");
    assert!(plan.contains("(not set yet)"), "{plan}");
    let found = packages(&sandbox, &[]);
    let tool = json!({ "value": "semantic-release", "origin": "scripts.release in package.json" });
    assert_eq!(found[0]["plan"]["release_tool"], tool);
    assert_eq!(found[0]["package_version"], json!(null), "it is worked out later");
}

#[test]
fn every_public_workspace_has_a_plan() {
    let sandbox = sandbox();
    sandbox.file("project/package.json", r#"{ "name": "root", "version": "1.0.0", "workspaces": ["packages/*"] }"#);
    sandbox.file("project/packages/a/package.json", "{ \"name\": \"a\", \"version\": \"1.0.0\",\n\"private\": true }");
    sandbox.file(
        "project/packages/b/package.json",
        r#"{ "name": "b", "version": "1.0.0", "publishConfig": { "registry": "https:\/\/alice:pw@b.example" } }"#,
    );
    sandbox.file(
        "global/npmrc",
        "registry=https://g.example/\n//g.example/:username=alice\n//g.example/:_password=cHc=\n",
    );
    assert_snapshot!(text(&sandbox, &["--workspaces"]), @r#"
    a 1.0.0
      name        a                                packages/a/package.json:1
      version     1.0.0                            packages/a/package.json:1
      files       1 file, 52 B                     about 138 B packed
      registry    https://g.example/               ../global/npmrc:1 (global)
      tag         latest                           npm's default
      access      default                          not set; the registry decides
      credential  user name and password of alice  ../global/npmrc:3 (global): //g.example/:_password
      provenance  off                              npm's default
      ci          no
      npm         12.2.2                           assumed, because no npm was found on PATH
      private     yes                              packages/a/package.json:2: npm skips private workspaces

    b 1.0.0
      name        b                   packages/b/package.json:1
      version     1.0.0               packages/b/package.json:1
      files       1 file, 100 B       about 173 B packed
      registry    https://b.example/  packages/b/package.json:1 (publishConfig.registry)
      tag         latest              npm's default
      access      default             not set; the registry decides
      credential  none                nothing is set under //b.example/
      provenance  off                 npm's default
      ci          no
      npm         12.2.2              assumed, because no npm was found on PATH
    "#);
    let users: Vec<_> = packages(&sandbox, &["--ws"]).iter().map(|one| one["plan"]["credential"].clone()).collect();
    assert_eq!(
        users,
        [
            json!({ "kind": "basic", "origin": "../global/npmrc:3 (global)", "user": "alice" }),
            json!({ "kind": "none", "origin": null, "user": null }),
        ]
    );
}

#[test]
fn a_ci_job_shows_its_identity_unless_npm_is_too_old_to_use_it() {
    let mut sandbox = sandbox();
    sandbox
        .file("project/package.json", "{\n\"name\": \"left-lodge\",\n\"version\": \"1.0.0\",\n\"tag\": \"lts\"\n}\n");
    sandbox.file("home/.npmrc", "access=restricted\n");
    sandbox.env("GITHUB_ACTIONS", "true");
    sandbox.env("NPM_ID_TOKEN", "identity");
    assert_snapshot!(text(&sandbox, &[]), @r#"
    left-lodge 1.0.0
      name         left-lodge                   package.json:2
      version      1.0.0                        package.json:3
      files        1 file, 59 B                 about 142 B packed
      registry     https://registry.npmjs.org/  npm's default
      tag          lts                          package.json:4 (tag)
      tag checked  latest                       npm's default: npm checks and prints this one
      access       restricted                   ~/.npmrc:1 (user)
      credential   trusted publisher            the CI job's identity token
      provenance   off                          npm's default: npm may enable it after trusted publishing
      ci           GitHub Actions               can prove its identity to a registry
      npm          12.2.2                       assumed, because no npm was found on PATH
    "#);
    let credential = |args: &[&str]| packages(&sandbox, args)[0]["plan"]["credential"]["kind"].clone();
    assert_eq!(credential(&["--npm-version=11.5.1"]), "trusted-publisher");
    assert_eq!(credential(&["--npm-version=11.5.0"]), "none");
}

#[test]
fn unusable_credentials_say_why() {
    let mut sandbox = sandbox();
    sandbox.env("npm_config_registry", "host");
    sandbox.file("project/package.json", r#"{ "name": "left-lodge", "version": "1.0.0", "private": true }"#);
    sandbox.file("project/nowhere/README.md", "");
    assert_snapshot!(text(&sandbox, &["dist", "./nowhere", "."]), @r#"
    dist
      argument  dist  it is not a folder or tarball, and `npm publish` takes only one argument

    nowhere/package.json
      package.json  unusable  there is no package.json in `nowhere`
      name          (none)
      version       (none)
      registry      host      environment variable npm_config_registry: it is not a URL (relative URL without a base)
      tag           latest    npm's default
      access        default   not set; the registry decides
      credential    none
      provenance    off       npm's default
      ci            no
      npm           12.2.2    assumed, because no npm was found on PATH

    left-lodge 1.0.0
      name        left-lodge     package.json:1
      version     1.0.0          package.json:1
      files       2 files, 61 B  about 180 B packed
      registry    host           environment variable npm_config_registry: it is not a URL (relative URL without a base)
      tag         latest         npm's default
      access      default        not set; the registry decides
      credential  none
      provenance  off            npm's default
      ci          no
      npm         12.2.2         assumed, because no npm was found on PATH
      private     yes            package.json:1: npm refuses to publish it
    "#);
}

#[test]
fn a_client_certificate_is_a_credential() {
    let sandbox = sandbox();
    sandbox.file("project/package.json", r#"{ "name": "left-lodge", "version": "1.0.0" }"#);
    sandbox.file("home/mine", "registry=https://c.example/\n//c.example/:certfile=c.pem\n//c.example/:keyfile=k.pem\n");
    let userconfig = format!("--userconfig={}", sandbox.path("home/mine").display());
    let plan = &packages(&sandbox, &[&userconfig])[0]["plan"];
    assert_eq!(plan["credential"], json!({ "kind": "certificate", "origin": "~/mine:2 (user)", "user": null }));
    assert_eq!(plan["registry"], json!({ "value": "https://c.example/", "origin": "~/mine:1 (user)" }));
}

#[test]
fn an_invalid_npm_version_is_a_usage_error() {
    for args in [["plan", "--npm-version=11"], ["lint", "--npm-version=latest"]] {
        let outcome = sandbox().preflight("project", &args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
        assert!(outcome.stderr.contains("for example 11.19.1"), "{}", outcome.stderr);
    }
}

#[test]
fn an_old_npm_is_planned_by_its_own_behaviour() {
    let mut sandbox = sandbox();
    sandbox.file("project/package.json", r#"{ "name": "left-lodge", "version": "1.0.0-rc.1" }"#);
    sandbox.env("GITHUB_ACTIONS", "true");
    sandbox.env("NPM_ID_TOKEN", "identity");
    let errors = |npm: &str| {
        let report = sandbox.preflight("project", &["lint", "--offline", "--format=json", "--npm-version", npm]);
        rules_with(&report.json().unwrap(), "error")
    };
    assert_eq!(errors("11.19.1"), ["prerelease-without-tag"]);
    assert_eq!(errors("11.5.0"), ["prerelease-without-tag", "trusted-publisher"]);
    assert_eq!(errors("10.9.4"), ["trusted-publisher"]);
}

#[test]
fn a_staged_version_keeps_its_tag_and_waits_for_approval() {
    let sandbox = sandbox();
    sandbox.file("project/package.json", r#"{ "name": "left-lodge", "version": "1.2.0-rc.1" }"#);
    let staged = |args: &[&str]| {
        let plan = text(&sandbox, &[args, &["--tag", "next"]].concat());
        plan.lines().find(|line| line.trim_start().starts_with("staged")).map(|line| line.trim().to_owned())
    };
    assert_eq!(staged(&[]), None);
    let line = staged(&["--stage"]).expect("a row");
    assert!(line.contains("keeps its tag") && line.contains("npm stage approve"), "{line}");

    let judged = |args: &[&str]| {
        let outcome = sandbox.preflight("project", &[&["lint", "--offline", "--tag=next"], args].concat());
        outcome.stdout
    };
    assert!(judged(&["--stage"]).contains("would be staged at"));
    assert!(judged(&[]).contains("would go to"));
    let too_old = judged(&["--stage", "--npm-version", "11.14.0"]);
    assert!(too_old.contains("error[publish-target]") && too_old.contains("has no `npm stage`"), "{too_old}");
}
