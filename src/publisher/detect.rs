//! Which client publishes a project, according to the commands in the scripts of package.json and in the CI workflows
//! of the repository. Nothing of them is run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Manager;
use crate::project::manifest::Manifest;
use crate::project::world::{World, limit};
use crate::text::json::Value;
use crate::text::source::{Place, Source, Span};

/// A command that publishes.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// The client that it calls; `None`: a release tool.
    pub(super) with: Option<Manager>,
    /// Its words, from the program on.
    pub(super) words: Vec<String>,
    /// Where it is.
    pub(super) place: Place,
    /// The script of package.json that it is in.
    script: Option<String>,
    /// A workflow runs it.
    is_in_workflow: bool,
}

impl Command {
    /// How much it says of what happens: what a workflow runs, happens.
    pub(super) const fn weight(&self) -> u8 {
        if self.is_in_workflow { 2 } else { 1 }
    }

    /// Where it is, for people: `scripts.release in package.json`.
    pub(super) fn source(&self) -> String {
        match &self.script {
            Some(script) => format!("scripts.{script} in {}", self.place.source.path()),
            None => self.place.path_and_line(),
        }
    }
}

/// How many workflows are read. Real repositories have dozens.
const MOST_WORKFLOWS: usize = 100;
/// How many commands are kept. Real repositories have a handful.
const MOST_COMMANDS: usize = 1000;

/// The commands of a project that publish, in the order in which they are found. `is_tool`: whether the words of a command call a
/// release tool.
pub(super) fn commands(world: &World, root: &Manifest, is_tool: &dyn Fn(&[&str]) -> bool) -> Vec<Command> {
    let mut found = Vec::new();
    let scripts = || root.field("scripts").into_iter().flat_map(Value::members);
    for script in scripts() {
        if let Some(text) = script.value.as_str() {
            let place = root.place(script.value.span());
            found.extend(in_script(text).filter_map(|words| command(&words, &place, Some(script.key), is_tool)));
        }
    }
    let names: HashSet<&str> = scripts().map(|script| script.key).collect();
    let mut called: HashSet<&str> = HashSet::new();
    let top = world.repository(&root.folder).unwrap_or(&root.folder);
    for file in workflows(world, top) {
        let Ok(bytes) = world.files.read(&file, limit::SETTINGS) else { continue };
        let source = Arc::new(Source::new(world.shown_path(&file), &bytes));
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let span = Span::new(start, start + line.trim_end().len());
            start += line.len();
            // A condition or a title may have the same words in it.
            let key = line.trim_start().trim_start_matches("- ");
            if ["if:", "name:", "description:"].iter().any(|other| key.starts_with(other)) {
                continue;
            }
            for words in in_line(line) {
                called.extend(script_of(&words).and_then(|script| names.get(script)));
                found.extend(command(&words, &Place::new(&source, span), None, is_tool));
            }
            if found.len() > MOST_COMMANDS {
                break;
            }
        }
    }
    // A script that a workflow runs may call another one, and often does nothing else.
    for _ in 0..MOST_CALLS {
        let bodies = scripts().filter(|script| called.contains(script.key)).filter_map(|script| script.value.as_str());
        let more: Vec<&str> = bodies
            .flat_map(in_script)
            .filter_map(|words| names.get(script_of(&words)?).copied())
            .filter(|name| !called.contains(name))
            .collect();
        if more.is_empty() {
            break;
        }
        called.extend(more);
    }
    found.truncate(MOST_COMMANDS);
    for command in &mut found {
        command.is_in_workflow |= command.script.as_deref().is_some_and(|script| called.contains(script));
    }
    found
}

/// How many scripts deep a workflow is followed.
const MOST_CALLS: usize = 4;

/// The script that a command of a package manager runs.
fn script_of<'w>(words: &[&'w str]) -> Option<&'w str> {
    let [program, rest @ ..] = words else { return None };
    let mut rest = rest.iter().filter(|word| !word.starts_with('-'));
    let first = *rest.next()?;
    match *program {
        "npm" | "pnpm" | "yarn" | "bun" if matches!(first, "run" | "run-script") => rest.next().copied(),
        "pnpm" | "yarn" => Some(first),
        _ => None,
    }
}

fn command(words: &[&str], place: &Place, script: Option<&str>, is_tool: &dyn Fn(&[&str]) -> bool) -> Option<Command> {
    let is_tool = is_tool(words);
    let with = publishes_with(words).filter(|_| !is_tool);
    (with.is_some() || is_tool).then(|| Command {
        with,
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        place: place.clone(),
        script: script.map(str::to_owned),
        is_in_workflow: script.is_none(),
    })
}

fn workflows(world: &World, top: &Path) -> Vec<PathBuf> {
    let folder = top.join(".github/workflows");
    let names = world.files.list(&folder).unwrap_or_default().into_iter();
    let is_yaml = |name: &String| Path::new(name).extension().is_some_and(|end| end == "yml" || end == "yaml");
    let of_github = names.filter(is_yaml).take(MOST_WORKFLOWS).map(|name| folder.join(name));
    of_github.chain([top.join(".gitlab-ci.yml"), top.join(".circleci/config.yml")]).collect()
}

/// The commands in a line of a shell or of YAML with one in it, as their words from the program on. A lone word is one only in a
/// script or where something runs it.
fn in_line(line: &str) -> impl Iterator<Item = Vec<&str>> {
    let runs = |word: &str| ["run:", "publish:", "npx", "bunx"].contains(&word);
    parts(line).filter_map(move |part| {
        let words = in_script_part(part);
        (words.len() > 1 || part.split_whitespace().any(runs)).then_some(words)
    })
}

/// The commands in the text of a script.
fn in_script(text: &str) -> impl Iterator<Item = Vec<&str>> {
    parts(text).map(in_script_part)
}

fn parts(line: &str) -> impl Iterator<Item = &str> {
    let is_comment = line.trim_start().starts_with('#');
    line.split(['&', '|', ';', '(', ')', '"', '\'', '`', '{', '}']).filter(move |_| !is_comment)
}

fn in_script_part(part: &str) -> Vec<&str> {
    let is_before = |word: &&str| BEFORE.contains(word) || word.contains('=') || word.starts_with("--");
    let words: Vec<&str> = part.split_whitespace().skip_while(is_before).collect();
    // `node` runs the program that the path behind it leads to.
    let is_of_node = |word: &&str| matches!(*word, "node" | "yarn" | "bun") || word.starts_with('-');
    let at = words.iter().take_while(|word| is_of_node(word)).count();
    match words.get(at).and_then(|path| program_at(path)) {
        Some(program) => std::iter::once(program).chain(words[at + 1..].iter().copied()).collect(),
        None => words,
    }
}

/// What is at a path: the package in `node_modules` that it leads into, or a program there, or the Yarn that a project has for
/// itself. `None`: something else.
fn program_at(path: &str) -> Option<&str> {
    if let Some((_, inside)) = path.rsplit_once("node_modules/") {
        if let Some(program) = inside.strip_prefix(".bin/") {
            return Some(program);
        }
        let scope = if inside.starts_with('@') { inside.find('/')? + 1 } else { 0 };
        let end = inside[scope..].find('/').map_or(inside.len(), |end| scope + end);
        return Some(&inside[..end]);
    }
    let (_, file) = path.rsplit_once(".yarn/releases/")?;
    file.get(.."yarn".len()).filter(|name| *name == "yarn")
}

/// Words before a command that do not change what it is.
const BEFORE: [&str; 8] = ["-", "run:", "publish:", "npx", "bunx", "exec", "dlx", "sudo"];
/// Commands of package managers that run something else, or install something called `publish`.
const OTHERS: [&str; 9] = ["run", "run-script", "exec", "dlx", "x", "install", "i", "add", "ci"];

fn publishes_with(words: &[&str]) -> Option<Manager> {
    let [program, rest @ ..] = words else { return None };
    let program = program.split_once('@').map_or(*program, |(name, _)| name);
    let first = *rest.first()?;
    let says = |word: &str| rest.contains(&word);
    if says("--dry-run") || !says("publish") || OTHERS.contains(&first) {
        return None;
    }
    match program {
        "npm" => Some(Manager::Npm),
        "pnpm" => Some(Manager::Pnpm),
        "yarn" if says("npm") || first == "publish" => Some(Manager::Yarn),
        "bun" => Some(Manager::Bun),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publish_commands_are_distinguished_from_others() {
        let npm = Some(Manager::Npm);
        let pnpm = Some(Manager::Pnpm);
        for (line, expected) in [
            ("npm publish --access public", npm),
            ("      - run: npm publish", npm),
            ("NPM_TOKEN=x npx npm@12 publish --provenance", npm),
            ("npm ci && npm run build && npm publish ./dist", npm),
            ("pnpm -r publish --no-git-checks", pnpm),
            ("pnpm --filter ./packages/** publish", pnpm),
            ("yarn workspaces foreach --all npm publish", Some(Manager::Yarn)),
            ("yarn publish --non-interactive", Some(Manager::Yarn)),
            ("bun publish", Some(Manager::Bun)),
            ("pnpm build && changeset publish", None),
            ("publish: yarn changeset publish", None),
            ("npm run publish", None),
            ("pnpm run publish", None),
            ("npm publish --dry-run", None),
            ("# npm publish", None),
            ("echo publish", None),
            ("docker publish", None),
            ("node .yarn/releases/yarn-4.18.1.cjs npm publish", Some(Manager::Yarn)),
            ("./node_modules/.bin/pnpm publish", pnpm),
            ("node --no-warnings node_modules/npm/bin/npm-cli.js publish", npm),
            ("node ./node_modules/@scope/tool/cli.js publish", None),
            ("node scripts/publish.js", None),
            ("", None),
        ] {
            assert_eq!(in_line(line).find_map(|words| publishes_with(&words)), expected, "{line}");
        }
    }
}
