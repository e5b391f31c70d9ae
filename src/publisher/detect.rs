//! Which client publishes a project, read off the commands that are written down: in the scripts of package.json and in the CI
//! workflows of the repository. Nothing of them is run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Manager;
use crate::project::manifest::Manifest;
use crate::project::world::{World, limit};
use crate::text::json::Value;
use crate::text::source::{Place, Source, Span};

/// What a command publishes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum With {
    Client(Manager),
    /// Changesets, which runs the project's package manager.
    Changesets,
}

/// A command that publishes.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// What with.
    pub(super) with: With,
    /// Where it stands.
    pub(super) place: Place,
}

/// How many workflows are read. Real repositories have dozens.
const MOST_WORKFLOWS: usize = 100;

/// The commands of a project, in the order in which they are found.
pub(super) fn commands(world: &World, root: &Manifest) -> Vec<Command> {
    let mut found = Vec::new();
    for script in root.field("scripts").into_iter().flat_map(Value::members) {
        if let Some(text) = script.value.as_str() {
            let place = root.place(script.value.span());
            found.extend(in_line(text).map(|with| Command { with, place: place.clone() }));
        }
    }
    let top = world.repository(&root.folder).unwrap_or(&root.folder);
    for file in workflows(world, top) {
        let Ok(bytes) = world.files.read(&file, limit::SETTINGS) else { continue };
        let source = Arc::new(Source::new(world.shown_path(&file), &bytes));
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let span = Span::new(start, start + line.trim_end().len());
            start += line.len();
            found.extend(in_line(line).map(|with| Command { with, place: Place::new(&source, span) }));
        }
    }
    found
}

fn workflows(world: &World, top: &Path) -> Vec<PathBuf> {
    let folder = top.join(".github/workflows");
    let names = world.files.list(&folder).unwrap_or_default().into_iter();
    let is_yaml = |name: &String| Path::new(name).extension().is_some_and(|end| end == "yml" || end == "yaml");
    let of_github = names.filter(is_yaml).take(MOST_WORKFLOWS).map(|name| folder.join(name));
    of_github.chain([top.join(".gitlab-ci.yml"), top.join(".circleci/config.yml")]).collect()
}

/// The publishes in a line of a shell or of YAML with one in it.
fn in_line(line: &str) -> impl Iterator<Item = With> {
    let is_comment = line.trim_start().starts_with('#');
    let parts = line.split(['&', '|', ';', '(', ')', '"', '\'', '`', '{', '}']).filter(move |_| !is_comment);
    parts.filter_map(publishes_with)
}

/// Words before a command that do not change what it is.
const BEFORE: [&str; 8] = ["-", "run:", "publish:", "npx", "bunx", "exec", "dlx", "sudo"];
/// Commands of package managers that run something else, or install something called `publish`.
const OTHERS: [&str; 9] = ["run", "run-script", "exec", "dlx", "x", "install", "i", "add", "ci"];

fn publishes_with(command: &str) -> Option<With> {
    let is_before = |word: &&str| BEFORE.contains(word) || word.contains('=') || word.starts_with("--");
    let words: Vec<&str> = command.split_whitespace().skip_while(is_before).collect();
    let [program, rest @ ..] = words.as_slice() else { return None };
    let program = program.split_once('@').map_or(*program, |(name, _)| name);
    let first = *rest.first()?;
    let says = |word: &str| rest.contains(&word);
    if says("--dry-run") {
        return None;
    }
    let tool = |name: &str| name == "changeset" && says("publish");
    if tool(program) || matches!(program, "pnpm" | "yarn" | "bun") && tool(first) {
        return Some(With::Changesets);
    }
    if !says("publish") || OTHERS.contains(&first) {
        return None;
    }
    match program {
        "npm" => Some(With::Client(Manager::Npm)),
        "pnpm" => Some(With::Client(Manager::Pnpm)),
        "yarn" if says("npm") || first == "publish" => Some(With::Client(Manager::Yarn)),
        "bun" => Some(With::Client(Manager::Bun)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_publish_are_told_from_those_that_do_not() {
        let npm = Some(With::Client(Manager::Npm));
        let pnpm = Some(With::Client(Manager::Pnpm));
        for (line, expected) in [
            ("npm publish --access public", npm),
            ("      - run: npm publish", npm),
            ("NPM_TOKEN=x npx npm@12 publish --provenance", npm),
            ("npm ci && npm run build && npm publish ./dist", npm),
            ("pnpm -r publish --no-git-checks", pnpm),
            ("pnpm --filter ./packages/** publish", pnpm),
            ("yarn workspaces foreach --all npm publish", Some(With::Client(Manager::Yarn))),
            ("yarn publish --non-interactive", Some(With::Client(Manager::Yarn))),
            ("bun publish", Some(With::Client(Manager::Bun))),
            ("pnpm build && changeset publish", Some(With::Changesets)),
            ("publish: yarn changeset publish", Some(With::Changesets)),
            ("npm run publish", None),
            ("pnpm run publish", None),
            ("npm publish --dry-run", None),
            ("# npm publish", None),
            ("echo publish", None),
            ("docker publish", None),
            ("", None),
        ] {
            assert_eq!(in_line(line).next(), expected, "{line}");
        }
    }
}
