//! np, which raises the version and publishes with the project's package manager from a terminal. Emulates 10.3.0
//! (source/npm/publish.js, source/package-manager/configs.js).

use super::written::Written;
use super::{Decisions, Folder, Manager, Project, Runs, Tool, args_of};
use clap::ValueEnum as _;

pub(super) static TOOL: Tool = Tool {
    name: "np",
    packages: &["np"],
    publishes: |words| {
        let is_off = |word: &&str| {
            matches!(*word, "--no-publish" | "--publish=false" | "--preview" | "--release-draft-only" | "--help")
        };
        args_of(words, &["np"]).is_some_and(|args| !args.iter().any(is_off))
    },
    read,
};

const FILES: [&str; 4] = [".np-config.json", ".np-config.js", ".np-config.cjs", ".np-config.mjs"];

fn read(project: &Project<'_>) -> Option<Decisions> {
    let config = Written::find(project.world, project.root, &FILES, "np");
    if config.as_ref().is_some_and(|config| config.is_off(&["publish"])) {
        return None;
    }
    let option = |flag: &str, key: &str| project.option_or(flag, config.as_ref(), &[key]);
    let manager = option("package-manager", "packageManager");
    let manager = manager.and_then(|name| Manager::from_str(name.value.split('@').next()?, false).ok());
    // It publishes a project of Bun with npm.
    let own = Runs::Own { except: &[Manager::Bun] };
    Some(Decisions {
        runs: manager.map_or(own, |manager| if manager == Manager::Bun { Runs::Npm } else { Runs::Named(manager) }),
        tag: option("tag", "tag"),
        folder: option("contents", "contents").map(|contents| Folder::OfRoot(contents.value)),
        version_to_come: true,
        ..Decisions::default()
    })
}
