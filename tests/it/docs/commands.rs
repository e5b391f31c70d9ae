//! Every command in the documents is run: those of `console` blocks print what the documents show below them, and the others are
//! command lines that npm-preflight understands. `UPDATE=1 cargo test --test it -- docs` writes what is printed into the documents.

use std::collections::BTreeMap;
use std::path::Path;

use super::fences::{Block, ROOT, blocks, documents, inline_code, prose, read};
use super::projects::Project;
use crate::harness::few_at_a_time;

/// What starts the program without its name. Tests run the program itself instead, with the same arguments.
const LAUNCHERS: [&str; 8] = [
    "npx @npm-preflight/cli",
    "pnpm dlx @npm-preflight/cli",
    "yarn dlx @npm-preflight/cli",
    "bunx @npm-preflight/cli",
    "uvx npm-preflight",
    "pipx run npm-preflight",
    "docker run --rm -v \"$PWD:/project\" ghcr.io/npm-preflight/npm-preflight",
    "cargo run --release --",
];

/// Lines that a test cannot run: they install something, publish, or are this very command.
const NOT_RUN: [&str; 16] = [
    "npm install --save-dev @npm-preflight/cli",
    "pnpm add --save-dev @npm-preflight/cli",
    "yarn add --dev @npm-preflight/cli",
    "bun add --dev @npm-preflight/cli",
    "cargo binstall --git https://github.com/npm-preflight/npm-preflight npm-preflight",
    "cargo install --path .",
    "cargo test",
    "archive=npm-preflight-x86_64-unknown-linux-musl.tar.gz",
    concat!("release=https://github.com/npm-preflight/npm-preflight/releases/download/v", env!("CARGO_PKG_VERSION")),
    "curl -fL -O \"$release/$archive\" -O \"$release/$archive.sha256\"",
    "sha256sum -c \"$archive.sha256\" && tar -xzf \"$archive\" npm-preflight",
    "git config --global --add safe.directory <folder>",
    "npm publish",
    "npm publish --workspaces",
    "npm stage publish",
    "npm stage approve <id>",
];

/// The command of a line, without the comment behind it.
fn command(line: &str) -> &str {
    line.split_once(" # ").map_or(line, |(command, _)| command).trim()
}

/// The command as the tests run it; `None`: it is one that they cannot run.
fn runnable(command: &str) -> Option<String> {
    if NOT_RUN.contains(&command) {
        return None;
    }
    let launcher = LAUNCHERS.iter().find(|launcher| command.starts_with(*launcher));
    Some(launcher.map_or_else(|| command.to_owned(), |launcher| command.replacen(launcher, "npm-preflight", 1)))
}

/// Why a command cannot be used in a monorepo that has everything that the lists of commands name.
fn refused(project: &Project, place: &str, command: &str) -> Option<String> {
    let command = runnable(command)?;
    let (code, text) = project.shell(&command);
    // An option that nobody knows is npm's, and npm 12 refuses it.
    let is_known = !text.contains("[option-unknown]");
    let is_usable = command.contains("npm-preflight") && matches!(code, Some(0 | 1 | 3)) && is_known;
    (!is_usable).then(|| format!("{place}: `{command}` ends with {code:?}:\n{text}"))
}

/// The commands of a block that shows no output, each with its line.
fn listed(block: &Block) -> Vec<String> {
    let lines = block.text.lines().map(str::trim);
    let of_yaml = |line: &str| {
        let line = line.trim_start_matches("- ");
        let args = line.strip_prefix("args: ").map(|args| format!("npm-preflight lint {args}"));
        args.or_else(|| line.strip_prefix("run: ").filter(|run| run.starts_with("np")).map(ToOwned::to_owned))
            .or_else(|| line.starts_with("npm-preflight ").then(|| line.to_owned()))
            .map(|line| command(&line).to_owned())
    };
    match block.language.as_str() {
        "sh" => lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| command(line).to_owned())
            .collect(),
        "yaml" => lines.filter_map(of_yaml).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_documented_command_is_valid() {
    // A command that several documents show is run once.
    let mut commands = BTreeMap::new();
    for file in documents() {
        let text = read(&file);
        for block in blocks(&file, &text) {
            let known = ["console", "sh", "yaml", "toml", "json", "text", "diff"].contains(&block.language.as_str());
            assert!(known, "{}: `{}`", block.place, block.language);
            commands.extend(listed(&block).into_iter().map(|command| (command, block.place.clone())));
        }
        let code = inline_code(&prose(&file, &text));
        // What has a gap, such as `<rule>`, is a shape and not a command.
        let whole = code.into_iter().filter(|code| {
            let is_ours = |start: &&str| code.starts_with(*start);
            (code.starts_with("npm-preflight ") || LAUNCHERS.iter().any(is_ours)) && !code.contains('<')
        });
        commands.extend(whole.map(|command| (command, file.clone())));
    }
    assert!(commands.len() > 40, "{}", commands.len());
    let commands: Vec<_> = commands.into_iter().collect();
    let wrong = few_at_a_time(commands.chunks(commands.len().div_ceil(3)), |part| {
        let project = Project::named("monorepo");
        part.iter().filter_map(|(command, place)| refused(&project, place, command)).collect::<Vec<_>>()
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a `console` block looks like when its commands have been run.
fn played(block: &Block) -> String {
    let name = block.project.as_deref().unwrap_or_else(|| panic!("{}: name a project", block.place));
    let project = Project::named(name);
    let commands = block.text.lines().filter_map(|line| line.strip_prefix("$ "));
    let step = |command: &str| {
        let run = runnable(command).unwrap_or_else(|| panic!("{}: `{command}`", block.place));
        let printed = project.shell(&run).1;
        let rest = if printed.is_empty() { String::new() } else { format!("{}\n\n", printed.trim_end()) };
        format!("$ {command}\n{rest}")
    };
    let text: String = commands.map(step).collect();
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

#[test]
fn commands_print_what_the_docs_show() {
    let all: Vec<(String, String)> = documents().into_iter().map(|file| (file.clone(), read(&file))).collect();
    let shown = all.iter().flat_map(|(file, text)| blocks(file, text).into_iter().map(move |block| (file, block)));
    let shown: Vec<_> = shown.filter(|(_, block)| block.language == "console").collect();
    assert!(shown.len() >= 8, "{}", shown.len());
    let wrong = few_at_a_time(shown, |(file, block)| {
        let played = played(&block);
        (played != block.text).then_some((file, block, played))
    });
    let mut wrong: Vec<_> = wrong.into_iter().flatten().collect();
    if std::env::var_os("UPDATE").is_some() {
        // From the end, so that the places before stay where they are.
        wrong.sort_by_key(|(_, block, _)| std::cmp::Reverse(block.range.start));
        for (file, block, played) in wrong {
            let mut text = read(file);
            text.replace_range(block.range, &played);
            std::fs::write(Path::new(ROOT).join(file), text).expect("a document");
        }
        return;
    }
    let output: Vec<String> = wrong
        .iter()
        .map(|(_, block, played)| format!("{} shows\n{}but it prints\n{played}", block.place, block.text))
        .collect();
    assert!(output.is_empty(), "{}\n`UPDATE=1 cargo test --test it -- docs` shows what is printed", output.join("\n"));
}
