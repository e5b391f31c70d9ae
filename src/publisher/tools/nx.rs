//! `nx release`, which runs `npm publish`, `pnpm publish` or `bun publish` for each project, with registry and dist-tag. Emulates
//! nx 21.6.11 and `@nx/js` of the same version (src/executors/release-publish, src/utils/npm-config.js).

use super::written::Written;
use super::{Decisions, Folder, Manager, Passed, Project, Runs, Tool, args_of, latest};
use crate::publisher::decided::Access;

pub(super) static TOOL: Tool = Tool {
    name: "nx release",
    packages: &["nx"],
    publishes: |words| {
        let is_off = |word: &&str| matches!(*word, "--skip-publish" | "--dry-run" | "-d" | "--help");
        let Some(args) = args_of(words, &["nx"]).filter(|args| !args.iter().any(is_off)) else { return false };
        match args {
            ["release", "version" | "changelog" | "plan" | "plan:check", ..] => false,
            ["release", ..] => true,
            _ => args.contains(&"nx-release-publish"),
        }
    },
    read: |project| Some(read(project)),
};

fn read(project: &Project<'_>) -> Decisions {
    let config = Written::read(project.world, &project.root.folder.join("nx.json"));
    let option =
        |key: &str| project.option_or(key, config.as_ref(), &["targetDefaults", "nx-release-publish", "options", key]);
    let access = option("access").and_then(|access| {
        access.read_as(|access| match access.as_str() {
            "public" => Some(Access::Public),
            "restricted" => Some(Access::Restricted),
            _ => None,
        })
    });
    let publishes_alone = project.says("publish") || project.says("nx-release-publish");
    Decisions {
        runs: Runs::Own { except: &[Manager::Yarn] },
        access: access.map(Passed::Flag),
        tag: option("tag").or_else(|| Some(latest("nx release passes `--tag latest`"))),
        registry: option("registry"),
        folder: option("packageRoot").map(|folder| Folder::Template(folder.value)),
        version_to_come: !publishes_alone,
        leaves_out_published: publishes_alone && !project.says("--first-release"),
        only_members: true,
        ..Decisions::default()
    }
}
