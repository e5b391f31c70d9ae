//! `@npm-preflight/cli` as pnpm, Yarn and Bun install it. Each lays out packages in its own way, and the wrapper has to find the
//! program all the same.

use super::npm::Shop;
use super::version;
use crate::clients::Client;
use crate::harness::{Outcome, Sandbox, npm_is_here};

/// What runs a command of an installed package.
fn run(sandbox: &Sandbox, client: Client, words: &[&str]) -> Outcome {
    let (program, before) = client.program();
    let words: Vec<&str> = before.iter().map(String::as_str).chain(words.iter().copied()).collect();
    sandbox.run(&program, "project", &words)
}

fn installs_and_runs(sandbox: &Sandbox, client: Client, add: &[&str], exec: &[&str]) {
    let added = run(sandbox, client, &[add, &["@npm-preflight/cli"]].concat());
    assert_eq!(added.code, Some(0), "{}{}", added.stdout, added.stderr);
    let outcome = run(sandbox, client, &[exec, &["npm-preflight", "--version"]].concat());
    assert_eq!((outcome.code, outcome.stdout), (Some(0), version()), "{}", outcome.stderr);
    let outcome = run(sandbox, client, &[exec, &["npm-preflight", "lint", "--offline"]].concat());
    // The version of the project is `one`.
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("error[version-invalid]"), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn pnpm_installs_the_program_and_it_runs() {
    if !npm_is_here() {
        return;
    }
    let mut sandbox = Shop::open().customer();
    // It does not take what was published a moment ago.
    sandbox.env("pnpm_config_minimum_release_age", "0");
    installs_and_runs(&sandbox, Client::Pnpm, &["add"], &["exec"]);
}

#[test]
fn yarn_installs_the_program_with_and_without_node_modules_and_it_runs() {
    if !npm_is_here() {
        return;
    }
    let shop = Shop::open();
    let mut sandbox = shop.customer();
    for (name, value) in [
        ("YARN_ENABLE_TELEMETRY", "0"),
        ("YARN_NPM_MINIMAL_AGE_GATE", "0"),
        ("YARN_NPM_REGISTRY_SERVER", shop.origin()),
        ("YARN_UNSAFE_HTTP_WHITELIST", "127.0.0.1"),
    ] {
        sandbox.env(name, value);
    }
    // In this order: without the setting, node_modules of the first would be left where they are.
    for linker in ["pnp", "node-modules"] {
        sandbox.file("project/package.json", r#"{ "name": "left-lodge", "version": "one" }"#);
        sandbox.file("project/yarn.lock", "");
        sandbox.file("project/.yarnrc.yml", &format!("nodeLinker: {linker}\n"));
        installs_and_runs(&sandbox, Client::Yarn, &["add"], &[]);
        assert_eq!(sandbox.path("project/.pnp.cjs").exists(), linker == "pnp");
    }
}

#[test]
fn yarn_classic_installs_the_program_and_it_runs() {
    if !npm_is_here() {
        return;
    }
    installs_and_runs(&Shop::open().customer(), Client::YarnClassic, &["add"], &["--silent"]);
}

#[test]
fn bun_installs_the_program_and_it_runs() {
    if !npm_is_here() {
        return;
    }
    installs_and_runs(&Shop::open().customer(), Client::Bun, &["add"], &["run"]);
}
