//! Changesets, which publishes with the project's package manager and passes it access and dist-tag: both always, so that the
//! client's own defaults and guards have no part in it. Emulates `@changesets/cli` 3.0.3 and 2.31.1 (src/commands/publish).

use super::written::Written;
use super::{Decisions, Folder, Manager, Passed, Project, Runs, Tool, args_of, latest};
use crate::npm::version::Version;
use crate::project::npm_config::{Origin, Sourced};
use crate::publisher::decided::Access;

/// What it decides for a project.
pub(super) const FILE: &str = ".changeset/config.json";
/// The first that publishes with Yarn.
const YARN: Version = Version::new(3, 0, 0);

pub(super) static TOOL: Tool = Tool {
    name: "Changesets",
    packages: &["@changesets/cli"],
    publishes: |words| args_of(words, &["changeset", "@changesets/cli"]).is_some_and(|args| args.contains(&"publish")),
    read,
};

fn read(project: &Project<'_>) -> Option<Decisions> {
    let folder = project.root.folder.join(".changeset");
    let config = Written::read(project.world, &project.root.folder.join(FILE));
    if config.is_none() && project.words.is_empty() {
        return None;
    }
    let access = config.map(|config| match config.text(&["access"]) {
        Some(Sourced { value, origin }) if value == "public" => Sourced { value: Access::Public, origin },
        Some(Sourced { origin, .. }) => Sourced { value: Access::Restricted, origin },
        None => Sourced { value: Access::Restricted, origin: Origin::Derived("the default of Changesets".to_owned()) },
    });
    let mode = Written::read(project.world, &folder.join("pre.json"));
    let mode = mode.filter(|mode| mode.text(&["mode"]).is_some_and(|mode| mode.value == "pre"));
    let tag = mode.and_then(|mode| mode.text(&["tag"])).or_else(|| project.option("tag"));
    let is_old = project.version.is_some_and(|version| version.is_before(&YARN));
    // In a project of Bun it publishes with npm.
    let except: &[Manager] = if is_old { &[Manager::Bun, Manager::Yarn] } else { &[Manager::Bun] };
    Some(Decisions {
        runs: Runs::Own { except },
        access: access.map(Passed::Otherwise),
        tag: tag.or_else(|| Some(latest("Changesets passes `--tag latest`"))),
        folder: Some(Folder::Directory),
        leaves_out_published: true,
        only_members: true,
        ..Decisions::default()
    })
}
