//! `npm-preflight hook install` and `uninstall`. An existing hook is kept and runs first. If another program manages the
//! hooks, it would undo the change, so the error says which line to add instead.

use std::path::{Path, PathBuf};

use crate::commands::Stop;
use crate::commands::unwritable;
use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::project::world::git::{self, GitError, git_on_hooks};

/// The hook, which is also the file `hooks/pre-push` of this repository.
const SCRIPT: &str = include_str!("../../../hooks/pre-push");

/// All arguments of a script.
const QUOTED: &str = "\"$@\"";

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
        advice: String,
    },
    /// Other repositories would run the hook, too.
    #[error(
        "`core.hooksPath` in git's {scope} configuration is `{folder}`, so every repository that uses it would run the hook; \
         give this repository its own folder (`git config core.hooksPath .githooks`) and install again, or add {line} to \
         `{folder}/pre-push` yourself"
    )]
    Shared {
        /// The folder.
        folder: String,
        /// Where it is configured, in git's word.
        scope: String,
        /// What to add.
        line: String,
    },
    /// A hook would be lost.
    #[error("`{path}` already contains an earlier hook; move it away, then install again")]
    InTheWay {
        /// The file.
        path: String,
    },
    /// It is unknown what it leads to.
    #[error("`{path}` is a broken symbolic link; remove it, then install again")]
    DanglingLink {
        /// The link.
        path: String,
    },
    /// The hook is somebody else's.
    #[error("`{path}` is not npm-preflight's hook; nothing was removed")]
    NotOurs {
        /// The file.
        path: String,
    },
}

/// Programs that write a repository's hooks: a file that gives them away, and their name.
const MANAGERS: [(&str, &str); 8] = [
    (".husky", "husky"),
    ("lefthook.yml", "lefthook"),
    (".lefthook.yml", "lefthook"),
    ("lefthook.yaml", "lefthook"),
    (".lefthook.yaml", "lefthook"),
    ("lefthook.toml", "lefthook"),
    ("lefthook.json", "lefthook"),
    (".pre-commit-config.yaml", "pre-commit"),
];

/// The line for a script that hands its arguments on as `args`. These run under `sh -e`: without the program every push of
/// every colleague would fail.
fn line(args: &str) -> String {
    format!(
        "if command -v npm-preflight >/dev/null; then npm-preflight hook run -- {args}; \
         else echo 'npm-preflight is not on PATH, so the push was not checked' >&2; fi"
    )
}

/// What lefthook and simple-git-hooks need before the line, to find a dependency of the project; husky does that itself.
const FINDS_DEPENDENCIES: &str = "PATH=\"$PATH:node_modules/.bin\"; ";

/// What to add where a program manages the hooks.
fn advice(manager: &str) -> String {
    match manager {
        "husky" => format!("add the line `{}` to `.husky/pre-push`", line(QUOTED)),
        "lefthook" => {
            format!(
                "add the command `{FINDS_DEPENDENCIES}{}` with `use_stdin: true` under `pre-push` in its configuration",
                line("{1} {2}")
            )
        }
        "pre-commit" => "add the hook `npm-preflight` from npm-preflight's repository to its configuration, then run \
                         `pre-commit install -t pre-push`"
            .to_owned(),
        _ => {
            let command = format!("{FINDS_DEPENDENCIES}{}", line(QUOTED)).replace('"', "\\\"");
            format!("set `simple-git-hooks.pre-push` in package.json to `{command}`")
        }
    }
}

/// Puts the hook among the hooks of the repository; says where.
pub(crate) fn install(world: &World) -> Result<String, Stop> {
    let top = git::top(&world.cwd)?;
    if let Some(manager) = manager(world, &top) {
        return Err(HookError::Managed { manager, advice: advice(manager) }.into());
    }
    let folder = hooks(world)?;
    if let Some(scope) = foreign_scope(world)? {
        let line = format!("the line `{}`", line(QUOTED));
        return Err(HookError::Shared { folder: world.shown_path(&folder), scope, line }.into());
    }
    let (hook, before) = (folder.join("pre-push"), folder.join(BEFORE));
    let shown = world.shown_path(&hook);
    if is_ours(world, &hook) {
        // Where a link leads is not this repository's to change.
        if !world.is_link(&hook) {
            write(world, &hook)?;
        }
        return Ok(format!("{shown} is up to date\n"));
    }
    if world.is_link(&hook) && !world.files.is_file(&hook) {
        return Err(HookError::DanglingLink { path: shown }.into());
    }
    let mut kept = String::new();
    if world.files.is_file(&hook) {
        if world.files.is_file(&before) || world.is_link(&before) {
            return Err(HookError::InTheWay { path: world.shown_path(&before) }.into());
        }
        let runs = world.is_program(&hook);
        world.rename(&hook, &before).map_err(|error| unwritable(world, &before, &error))?;
        let runs = if runs { "runs first" } else { "is not executable, so it still does not run" };
        kept = format!("; the previous hook is kept as {} and {runs}", world.shown_path(&before));
    }
    write(world, &hook)?;
    Ok(format!(
        "Installed {shown}{kept}. It checks pushes that release a package; to skip it once, use `git push --no-verify`\n"
    ))
}

/// Takes the hook away, and puts back the one that was there before; says what it did.
pub(crate) fn uninstall(world: &World) -> Result<String, Stop> {
    let folder = hooks(world)?;
    let (hook, before) = (folder.join("pre-push"), folder.join(BEFORE));
    let shown = world.shown_path(&hook);
    if !world.files.is_file(&hook) && !world.is_link(&hook) {
        return Ok(format!("{shown} does not exist\n"));
    }
    if !is_ours(world, &hook) {
        return Err(HookError::NotOurs { path: shown }.into());
    }
    let unwritable = |error| unwritable(world, &hook, &error);
    if world.files.is_file(&before) {
        world.rename(&before, &hook).map_err(unwritable)?;
        return Ok(format!("Restored the previous hook in {shown}\n"));
    }
    world.remove(&hook).map_err(unwritable)?;
    Ok(format!("Removed {shown}\n"))
}

fn manager(world: &World, top: &Path) -> Option<&'static str> {
    let found = MANAGERS.iter().find(|(file, _)| {
        let path = top.join(file);
        world.files.is_file(&path) || world.files.is_dir(&path)
    });
    let simple = || Manifest::read(world, top).field("simple-git-hooks").map(|_| "simple-git-hooks");
    found.map(|(_, name)| *name).or_else(simple)
}

/// Whose configuration names the folder of the hooks, when it is not the repository's own.
fn foreign_scope(world: &World) -> Result<Option<String>, Stop> {
    match git_on_hooks(&world.cwd, &["config", "--show-scope", "--get", "core.hooksPath"]) {
        Ok(output) => {
            let scope = output.split_whitespace().next().unwrap_or_default();
            Ok((!matches!(scope, "local" | "worktree")).then(|| scope.to_owned()))
        }
        // It is not set.
        Err(GitError::Failed { code: Some(1), .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where git looks for hooks: `core.hooksPath` counts.
fn hooks(world: &World) -> Result<PathBuf, Stop> {
    Ok(world.resolve(git_on_hooks(&world.cwd, &["rev-parse", "--git-path", "hooks"])?))
}

fn is_ours(world: &World, hook: &Path) -> bool {
    world
        .files
        .read(hook, crate::project::world::limit::PROGRAM)
        .is_ok_and(|bytes| bytes.starts_with(b"#!/bin/sh\n# npm-preflight:"))
}

fn write(world: &World, hook: &Path) -> Result<(), Stop> {
    world.write_program(hook, SCRIPT.as_bytes()).map_err(|error| unwritable(world, hook, &error))
}
