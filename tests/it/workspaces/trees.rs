//! Generated projects: folders with and without a package.json, patterns that people write and patterns that nobody should, and
//! arguments that select among them.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::npm_names::texts::Dice;

/// A project on the disk, and what is asked about it.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) queries: Vec<Query>,
}

/// A working directory, and arguments after `npm publish`.
pub(super) struct Query {
    pub(super) cwd: PathBuf,
    pub(super) argv: Vec<String>,
}

const FOLDERS: &[&str] = &[
    "packages/a",
    "packages/b",
    "packages/B",
    "packages/c-d",
    "packages/c_d",
    "packages/c.d",
    "packages/10",
    "packages/9",
    "packages/.hidden",
    "packages/a/nested",
    "packages/a/nested/deeper",
    "packages/a/node_modules/x",
    "packages/with space",
    "packages/@scope/p",
    "node_modules/y",
    "tools/t",
    "tools/a",
    "tools",
    "libs/x1",
    "libs/x2",
    "libs/x3",
    "deep/one/two",
    "deep/one",
    "@scope/q",
    "a",
    "packages",
];

const PATTERNS: &[&str] = &[
    "packages/*",
    "packages/*",
    "packages/**",
    "packages/a",
    "packages/b",
    "./packages/*",
    "/packages/*",
    "packages/*/",
    "packages/a/",
    "**",
    "*",
    "*/*",
    "tools/*",
    "tools",
    "{packages,tools}/*",
    "libs/x{1..3}",
    "libs/x[12]",
    "libs/x[!1]",
    "libs/?1",
    "packages/{a,b}",
    "packages/{a,b}/nested",
    "packages/{c-d,{a,b}}",
    "deep/*/*",
    "deep/**/two",
    "deep/**",
    "packages/**/nested",
    "packages/*/nested",
    ".",
    "packages\\*",
    "packages/.*",
    "nowhere/*",
    "@scope/*",
    "packages/@scope/*",
    "packages/@*/*",
    "packages/*-*",
    "packages/c?d",
    "*/a",
    "**/a",
    "**/nested",
    "packages/./a",
    "packages//a",
    "packages/linked",
    "linked/*",
    "packages/@(a|b)",
    "packages/!(a)",
    "packages/!(a|b)",
    "packages/+(a|b)",
    "packages/?(a)",
    "packages/*(a|b|c)",
    "packages/[a-b]",
    "packages/[^a]*",
];

const FILTERS: &[&str] = &[
    "a",
    "b",
    "same",
    "x1",
    "@scope/q",
    "packages/a",
    "./packages/a",
    "packages/b/",
    "packages",
    "./packages",
    "packages/",
    "tools",
    "libs",
    "libs/x1",
    "deep",
    "deep/one",
    "..",
    ".",
    "../b",
    "./a",
    "./nested",
    "*",
    "pack*",
    "./pack*",
    "**",
    "{packages,tools}",
    "nobody",
    "@scope",
    "./@scope",
    "packages/*",
    "[p]ackages",
    "packages/a/nested",
    "node_modules/y",
    "c-d",
    "../packages",
];

impl Tree {
    /// Writes one into a folder.
    pub(super) fn plant(dice: &mut Dice, root: &Path) -> Self {
        let mut folders: Vec<&str> = FOLDERS.iter().copied().filter(|_| dice.one_in(2)).collect();
        for folder in &folders {
            manifest(dice, &root.join(folder), folder);
        }
        #[cfg(unix)]
        for (link, target) in [("packages/linked", "../tools"), ("linked", "packages"), ("packages/loop", ".")] {
            if dice.one_in(6) && root.join("packages").is_dir() && root.join("tools").is_dir() {
                std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            }
        }
        let field = workspaces(dice);
        let mut package = json!({ "name": "root", "version": "1.0.0" });
        if let Some(field) = field {
            package["workspaces"] = field;
        }
        write(root, &package.to_string());
        folders.extend(["", "", "packages"]);
        folders.retain(|folder| root.join(folder).is_dir());
        let queries = (0..4).map(|_| query(dice, root, &folders)).collect();
        Self { root: root.to_path_buf(), queries }
    }
}

fn query(dice: &mut Dice, root: &Path, folders: &[&str]) -> Query {
    let folder = dice.pick(folders);
    let cwd = if folder.is_empty() { root.to_path_buf() } else { root.join(folder) };
    Query { cwd, argv: arguments(dice, root) }
}

fn write(folder: &Path, text: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("package.json"), text).unwrap();
}

fn manifest(dice: &mut Dice, folder: &Path, path: &str) {
    let own = path.replace('/', "-").to_lowercase();
    match dice.below(40) {
        0 => std::fs::create_dir_all(folder).unwrap(),
        1 if dice.one_in(3) => write(folder, "{ \"name\": "),
        3 => write(folder, r#"{"name": ""}"#),
        4 | 5 => write(folder, "{}"),
        6 => write(folder, r#"{"name": "same"}"#),
        7 => write(folder, &json!({ "name": own, "private": true }).to_string()),
        8..=14 => write(folder, &json!({ "name": path.rsplit('/').next() }).to_string()),
        _ => write(folder, &json!({ "name": own, "version": "1.0.0" }).to_string()),
    }
}

fn workspaces(dice: &mut Dice) -> Option<Json> {
    let patterns: Vec<String> = (0..=dice.below(4))
        .map(|_| {
            let marks = ["", "", "", "!", "!", "!!", "!./"][dice.below(7)];
            let pattern = dice.pick(PATTERNS);
            // npm crashes where the root itself is left out.
            if pattern == "." { pattern.to_owned() } else { format!("{marks}{pattern}") }
        })
        .collect();
    Some(match dice.below(24) {
        0 => return None,
        1 => json!({}),
        2 => json!("packages/*"),
        3 => json!([]),
        4 => Json::Null,
        5 => json!({ "packages": "packages/*" }),
        6..=9 => json!({ "packages": patterns, "nohoist": ["**"] }),
        _ => json!(patterns),
    })
}

fn arguments(dice: &mut Dice, root: &Path) -> Vec<String> {
    let mut argv = Vec::new();
    match dice.below(10) {
        0 => {}
        1 | 2 => argv.push("--workspaces".to_owned()),
        3 => argv.push("--no-workspaces".to_owned()),
        _ => {
            for _ in 0..=dice.below(3) {
                let filter = dice.pick(FILTERS);
                let absolute = root.join(filter).display().to_string();
                argv.push(format!("--workspace={}", if dice.one_in(8) { &absolute } else { filter }));
            }
        }
    }
    if dice.one_in(4) {
        argv.push("--include-workspace-root".to_owned());
    }
    argv
}
