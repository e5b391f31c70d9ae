//! release-it, which raises the version and runs `npm publish <folder> --tag <tag>`. Emulates 19.2.4 (lib/plugin/npm/npm.js).

use super::written::Written;
use super::{Decisions, Folder, Manager, NoIdentity, Project, Runs, Tool, args_of, latest};
use crate::text::json::Value;
use clap::ValueEnum as _;

pub(super) static TOOL: Tool = Tool {
    name: "release-it",
    packages: &["release-it"],
    publishes: |words| {
        let is_off = |word: &&str| {
            let only_tells = matches!(*word, "--dry-run" | "-d" | "--help" | "--release-version" | "--changelog");
            only_tells || matches!(*word, "--no-npm" | "--no-npm.publish" | "--npm.publish=false" | "--npm=false")
        };
        args_of(words, &["release-it"]).is_some_and(|args| !args.iter().any(is_off))
    },
    read,
};

const FILES: [&str; 9] = [
    ".release-it.json",
    ".release-it.js",
    ".release-it.ts",
    ".release-it.cjs",
    ".release-it.mjs",
    ".release-it.yaml",
    ".release-it.yml",
    ".release-it.toml",
    "release-it.config.js",
];

fn read(project: &Project<'_>) -> Option<Decisions> {
    let config = Written::find(project.world, project.root, &FILES, "release-it");
    let is_off = |path: &[&str]| config.as_ref().is_some_and(|config| config.is_off(path));
    if is_off(&["npm"]) || is_off(&["npm", "publish"]) {
        return None;
    }
    let get = |key: &str| config.as_ref().and_then(|config| config.get(&["npm", key]));
    let text = |key: &str| project.option_or(&format!("npm.{key}"), config.as_ref(), &["npm", key]);
    let manager = text("publishPackageManager").and_then(|name| Manager::from_str(&name.value, false).ok());
    let skips_checks = get("skipChecks").is_some_and(Value::is_truthy)
        || project.says("--npm.skipChecks")
        // What code says is not known.
        || matches!(&config, Some(Written::Code(text)) if text.contains("skipChecks"));
    let without_identity = (!skips_checks).then(|| NoIdentity {
        why: "release-it runs `npm whoami` first, which fails with only the identity of a CI job".to_owned(),
        help: "set `npm.skipChecks` in the configuration of release-it, or give the job a token".to_owned(),
        code: None,
    });
    Some(Decisions {
        runs: manager.map_or(Runs::Npm, Runs::Named),
        tag: text("tag").or_else(|| Some(latest("the default of release-it"))),
        folder: text("publishPath").map(|path| Folder::OfRoot(path.value)),
        version_to_come: !project.says("--no-increment") && !is_off(&["increment"]),
        without_identity,
        ..Decisions::default()
    })
}
