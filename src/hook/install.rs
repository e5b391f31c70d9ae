//! `npm-preflight hook install` and `uninstall`. A hook that is there already is kept and runs first. Where a program
//! manages the hooks, it would undo what is written, so that the line to add is told instead.

use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::world::World;
use crate::world::git::{self, git_text};
use crate::{Stop, unwritable};

/// The hook, which is also the file `hooks/pre-push` of this repository.
const SCRIPT: &str = include_str!("../../hooks/pre-push");

/// Where a hook is kept that was there before.
const BEFORE: &str = "pre-push.before-npm-preflight";

/// Why nothing was installed or taken away.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    /// Another program writes the hooks.
    #[error("the hooks of this repository are managed by {manager}; {advice}")]
    Managed {
        /// The program.
        manager: &'static str,
        /// What to add, and where.
        advice: &'static str,
    },
    /// A hook would be lost.
    #[error("`{path}` is in the way: it holds an earlier hook; move it, then install again")]
    InTheWay {
        /// The file.
        path: String,
    },
    /// The hook is somebody else's.
    #[error("`{path}` is not npm-preflight's hook; nothing was taken away")]
    NotOurs {
        /// The file.
        path: String,
    },
}

/// Programs that write a repository's hooks: a file that gives them away, their name, and what to do.
const MANAGERS: [(&str, &str, &str); 8] = [
    (".husky", "husky", "add the line `npm-preflight hook run -- \"$@\"` to `.husky/pre-push`"),
    ("lefthook.yml", "lefthook", LEFTHOOK),
    (".lefthook.yml", "lefthook", LEFTHOOK),
    ("lefthook.yaml", "lefthook", LEFTHOOK),
    (".lefthook.yaml", "lefthook", LEFTHOOK),
    ("lefthook.toml", "lefthook", LEFTHOOK),
    ("lefthook.json", "lefthook", LEFTHOOK),
    (
        ".pre-commit-config.yaml",
        "pre-commit",
        "add the hook `npm-preflight` of this tool's repository there, and run `pre-commit install -t pre-push`",
    ),
];

const LEFTHOOK: &str =
    "add a command `npm-preflight hook run -- {1} {2}` with `use_stdin: true` under `pre-push` there";

/// Puts the hook among the hooks of the repository; says where.
pub(crate) fn install(world: &World) -> Result<String, Stop> {
    let top = git::top(&world.cwd)?;
    if let Some((manager, advice)) = manager(world, &top) {
        return Err(HookError::Managed { manager, advice }.into());
    }
    let folder = hooks(world)?;
    let (hook, before) = (folder.join("pre-push"), folder.join(BEFORE));
    let shown = world.shown_path(&hook);
    if is_ours(world, &hook) {
        write(world, &hook)?;
        return Ok(format!("{shown} is up to date\n"));
    }
    let mut kept = String::new();
    if world.files.is_file(&hook) {
        if world.files.is_file(&before) {
            return Err(HookError::InTheWay { path: world.shown_path(&before) }.into());
        }
        world.rename(&hook, &before).map_err(|error| unwritable(world, &before, &error))?;
        kept = format!("; the hook that was there is kept as {} and runs first", world.shown_path(&before));
    }
    write(world, &hook)?;
    Ok(format!(
        "Installed {shown}{kept}. It checks pushes that release a package; skip it once with `git push --no-verify`\n"
    ))
}

/// Takes the hook away, and puts back the one that was there before; says what it did.
pub(crate) fn uninstall(world: &World) -> Result<String, Stop> {
    let folder = hooks(world)?;
    let (hook, before) = (folder.join("pre-push"), folder.join(BEFORE));
    let shown = world.shown_path(&hook);
    if !world.files.is_file(&hook) {
        return Ok(format!("there is no {shown}\n"));
    }
    if !is_ours(world, &hook) {
        return Err(HookError::NotOurs { path: shown }.into());
    }
    let unwritable = |error| unwritable(world, &hook, &error);
    if world.files.is_file(&before) {
        world.rename(&before, &hook).map_err(unwritable)?;
        return Ok(format!("{shown} is again the hook that was there before\n"));
    }
    world.remove(&hook).map_err(unwritable)?;
    Ok(format!("{shown} is gone\n"))
}

fn manager(world: &World, top: &Path) -> Option<(&'static str, &'static str)> {
    let found = MANAGERS.iter().find(|(file, ..)| {
        let path = top.join(file);
        world.files.is_file(&path) || world.files.is_dir(&path)
    });
    let simple = || {
        let manifest = Manifest::read(world, top);
        manifest.field("simple-git-hooks").map(|_| {
            (
                "simple-git-hooks",
                "set `simple-git-hooks.pre-push` in package.json to `npm-preflight hook run -- \"$@\"`",
            )
        })
    };
    found.map(|(_, name, advice)| (*name, *advice)).or_else(simple)
}

/// Where git looks for hooks: `core.hooksPath` counts.
fn hooks(world: &World) -> Result<PathBuf, Stop> {
    Ok(world.resolve(git_text(&world.cwd, &["rev-parse", "--git-path", "hooks"])?))
}

fn is_ours(world: &World, hook: &Path) -> bool {
    world.files.read(hook).is_ok_and(|bytes| bytes.starts_with(b"#!/bin/sh\n# npm-preflight:"))
}

fn write(world: &World, hook: &Path) -> Result<(), Stop> {
    world.write_program(hook, SCRIPT.as_bytes()).map_err(|error| unwritable(world, hook, &error))
}
