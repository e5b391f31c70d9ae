//! The commands that a log repeats before it shows what they print: `$ npm publish`, `+ npm view …`, `##[group]Run npm publish`, the
//! head of a lifecycle script, and the line that says that the job failed.

use super::super::attempt::{Action, Client};
use super::super::cutter::{Cutter, name_and_version};

/// What is between a prompt, or a runner's label, and the command.
const PROMPTS: [&str; 8] = ["$ ", "> ", "+ ", "% ", "❯ ", "➜ ", "Run ", "[command]"];

/// How CI systems say that a step failed.
const FAILED: [&str; 7] = [
    "Process completed with exit code ",
    "ERROR: Job failed",
    "Exited with code exit status ",
    "Bash exited with code ",
    "script returned exit code ",
    "Cmd.exe exited with code ",
    "Build step 'Execute shell' marked build as failure",
];

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    if FAILED.iter().any(|failed| line.contains(failed)) {
        let is_success = line.ends_with("exit code 0.");
        if !is_success {
            cut.job_failed();
        }
        return true;
    }
    // What a tool ran is behind its failure, and is not run there.
    if line.contains("Command failed") || line.contains("command failed:") {
        return true;
    }
    if line.ends_with(": not found") || line.contains("command not found") {
        cut.missing_command(line);
        return true;
    }
    if let Some(script) = line.strip_prefix("> ").filter(|word| is_script(word)) {
        cut.script_alone(script);
        return true;
    }
    // `+ name@1.0.0 (staged with id …)` is npm's `stage publish`.
    let plus = line.strip_prefix("+ ").map(|rest| rest.split_once(" (staged").map_or(rest, |(label, _)| label));
    if let Some((name, Some(version))) = plus.and_then(name_and_version) {
        cut.plus(name, version);
        return true;
    }
    if let Some(head) = line.strip_prefix("> ") {
        let mut words = head.split_whitespace();
        if let (Some((name, Some(version))), Some(script)) = (words.next().and_then(name_and_version), words.next()) {
            cut.script(name, Some(version), script);
            return true;
        }
    }
    if let Some(command) = line.strip_prefix("> ") {
        cut.script_runs(command);
    }
    PROMPTS.iter().any(|prompt| {
        let Some(at) = line.find(prompt) else { return false };
        // A prompt may show a user, a host and a folder; a sentence does not.
        let is_prompt = line[..at].split_whitespace().count() <= 3;
        is_prompt && command(&line[at + prompt.len()..], *prompt == "> ", cut)
    })
}

/// The name of a lifecycle script or of one that releases: npm prints it alone for a package without a name.
fn is_script(word: &str) -> bool {
    const NAMES: [&str; 8] =
        ["prepublishOnly", "prepublish", "prepack", "prepare", "postpack", "release", "publish", "postpublish"];
    NAMES.contains(&word) || word.strip_prefix("release:").is_some_and(|rest| !rest.contains(' '))
}

/// npm shows the commands of its scripts behind `>`.
fn command(text: &str, is_nested: bool, cut: &mut Cutter) -> bool {
    let is_setting =
        |word: &&str| word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.starts_with('-'));
    let mut words = text
        .split_whitespace()
        .skip_while(|word| is_setting(word) || matches!(*word, "npx" | "sudo" | "exec" | "call"));
    let Some(program) = words.next() else { return false };
    let program = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let rest: Vec<&str> = words.take(64).collect();
    let client = match program.trim_end_matches(".cmd").trim_end_matches(".exe") {
        "npm" => Client::Npm,
        "pnpm" => Client::Pnpm,
        "bun" | "bunx" => Client::Bun,
        "lerna" => Client::Lerna,
        "yarn" if rest.first() == Some(&"npm") || rest.contains(&"foreach") => Client::Yarn,
        "yarn" => Client::YarnClassic,
        "changeset" => Client::Changesets,
        "semantic-release" => Client::SemanticRelease,
        "release-it" => Client::ReleaseIt,
        "np" => Client::Np,
        _ => return false,
    };
    let words = rest.iter().copied().filter(|word| !matches!(*word, "npm" | "stage" | "workspaces" | "foreach"));
    let arguments: Vec<&str> = rest.iter().copied().filter(|word| word.starts_with('-')).collect();
    cut.begin(client, action(words), &arguments, is_nested);
    if let Some(url) = option(&rest, "--registry") {
        cut.asked_for(url);
    }
    true
}

/// The value of an option, in a word of its own or behind `=`.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let behind = |word: &&'a str| word.strip_prefix(name)?.strip_prefix('=');
    let next = || words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied();
    words.iter().find_map(behind).or_else(next).map(|value| value.trim_matches(['"', '\'']))
}

/// What the words of a command mean.
pub(super) fn action<'a>(mut words: impl Iterator<Item = &'a str>) -> Action {
    match words.find(|word| !word.starts_with('-')).unwrap_or_default() {
        "publish" | "pub" => Action::Publish,
        "view" | "info" | "show" | "v" | "search" | "whoami" | "ping" | "outdated" => Action::Look,
        "install" | "i" | "ci" | "add" | "clean-install" => Action::Install,
        "version" => Action::Version,
        "deprecate" | "undeprecate" | "unpublish" | "owner" | "access" | "star" | "unstar" => Action::Change,
        _ => Action::Other,
    }
}
