//! lerna and lerna-lite, which publish with code of their own, made of npm's libraries: npm's configuration counts, npm's guards
//! do not. Emulates lerna 10.1.1 and 8.2.4 (libs/commands/publish) and `@lerna-lite/publish` 4.11.5 (dist/publish-command.js).

use super::written::Written;
use super::{Decisions, Folder, NoIdentity, Project, Runs, Tool, args_of, dependency};
use crate::npm::version::Version;
use crate::project::npm_config::{Origin, Sourced};

pub(super) static TOOL: Tool = Tool {
    name: "lerna",
    packages: &["lerna"],
    publishes,
    read: |project| {
        let is_lite = LITE.packages.iter().any(|package| dependency(project.root, package).is_some());
        if is_lite && dependency(project.root, "lerna").is_none() {
            None
        } else {
            Some(read(project, TOOL.name, &TRUSTED, &["workspace"]))
        }
    },
};

/// Its program is called `lerna`, too.
pub(super) static LITE: Tool = Tool {
    name: "lerna-lite",
    packages: &["@lerna-lite/publish", "@lerna-lite/cli"],
    publishes,
    read: |project| {
        // Publishing is a package of its own there: who depends on it does so to publish.
        let is_set_up = || {
            dependency(project.root, LITE.packages[0]).is_some()
                && project.world.files.is_file(&project.root.folder.join(FILE))
        };
        (!project.words.is_empty() || is_set_up())
            .then(|| read(project, LITE.name, &TRUSTED_BY_LITE, &["workspace", "catalog"]))
    },
};

/// The settings file of both.
pub(super) const FILE: &str = "lerna.json";

/// The first lerna that uses the identity of a CI job.
static TRUSTED: Version = Version::new(9, 0, 0);
/// The first lerna-lite.
static TRUSTED_BY_LITE: Version = Version::new(4, 9, 0);

fn publishes(words: &[&str]) -> bool {
    let is_off = |word: &&str| matches!(*word, "--help" | "--skip-npm" | "--dry-run");
    args_of(words, &["lerna", "lerna-lite", "@lerna-lite/cli"])
        .is_some_and(|args| args.contains(&"publish") && !args.iter().any(is_off))
}

fn read(project: &Project<'_>, name: &str, trusted: &Version, replaces: &'static [&'static str]) -> Decisions {
    let file = project.root.folder.join(FILE);
    let config = Written::read(project.world, &file);
    let option = |flag: &str, key: &str| project.option_or(flag, config.as_ref(), &["command", "publish", key]);
    let is_canary = project.says("--canary") || project.says("-c");
    let canary = is_canary
        .then(|| Sourced { value: "canary".to_owned(), origin: Origin::Derived(format!("`--canary` of {name}")) });
    let bump = config.as_ref().and_then(|config| config.text(&["command", "publish", "bump"]));
    let is_from = |from: &str| {
        project.says(from)
            || project.words.iter().all(|word| !word.starts_with("from-")) && {
                bump.as_ref().is_some_and(|bump| bump.value == from)
            }
    };
    // With either it publishes what package.json has; otherwise it raises the version first.
    let takes_version = is_from("from-package") || is_from("from-git");
    let without_identity = project.version.filter(|version| version.is_before(trusted)).map(|version| NoIdentity {
        why: format!("{name} {} cannot use the identity of a CI job; {name} can since {trusted}", version.lowest),
        help: format!("update {name}, or give the job a token"),
        code: None,
    });
    let contents = option("contents", "contents").map(|contents| Folder::OfEach(contents.value));
    Decisions {
        runs: Runs::Itself,
        tag: option("dist-tag", "distTag").or(canary),
        registry: option("registry", "registry"),
        folder: contents.or(Some(Folder::Directory)),
        version_to_come: !takes_version || is_canary,
        leaves_out_published: takes_version,
        replaces,
        only_members: true,
        without_identity,
        ..Decisions::default()
    }
}
