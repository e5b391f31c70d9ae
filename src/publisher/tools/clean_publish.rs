//! clean-publish, which publishes a copy of the package without what its development needs. Emulates 6.0.5 (core.js `publish`,
//! get-config.js). What it leaves out of files and package.json decides no publish.

use clap::ValueEnum as _;

use super::written::Written;
use super::{Decisions, Manager, Passed, Project, Runs, Tool, args_of};
use crate::publisher::decided::Access;
use crate::text::json::Value;

pub(super) static TOOL: Tool = Tool {
    name: "clean-publish",
    packages: &["clean-publish"],
    publishes: |words| {
        let is_off = |word: &&str| matches!(*word, "--without-publish" | "--dry-run" | "--help" | "--version");
        args_of(words, &["clean-publish"]).is_some_and(|args| !args.iter().any(is_off))
    },
    read,
};

const FILES: [&str; 3] = [".clean-publish", ".clean-publish.js", ".clean-publish.json"];

fn read(project: &Project<'_>) -> Option<Decisions> {
    let config = Written::find(project.world, project.root, &FILES, "clean-publish");
    let is_on = |key: &str| config.as_ref().is_some_and(|config| config.get(&[key]).is_some_and(Value::is_truthy));
    if is_on("withoutPublish") || is_on("dryRun") {
        return None;
    }
    let option = |flag: &str, key: &str| project.option_or(flag, config.as_ref(), &[key]);
    let manager = option("package-manager", "packageManager");
    let manager = manager.and_then(|name| Manager::from_str(&name.value, false).ok());
    let access = option("access", "access").and_then(|access| {
        access.read_as(|access| match access.as_str() {
            "public" => Some(Access::Public),
            "restricted" => Some(Access::Restricted),
            _ => None,
        })
    });
    Some(Decisions {
        runs: manager.map_or(Runs::Npm, Runs::Named),
        access: access.map(Passed::Flag),
        tag: option("tag", "tag"),
        ..Decisions::default()
    })
}
