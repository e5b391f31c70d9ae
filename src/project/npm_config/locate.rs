//! Where npm finds itself, the global prefix and the project's root (`@npmcli/config` as shipped with npm 11.19.1,
//! lib/index.js `loadGlobalPrefix`, `loadLocalPrefix`). No process is run: npm and node are looked for on `PATH`.

use std::path::{Path, PathBuf};

use super::expand::lookup;
use super::workspaces::{WorkspacesError, workspaces};
use crate::project::manifest::{Broken, Manifest};
use crate::project::world::World;

/// The project's root.
#[derive(Debug, Default)]
pub(super) struct LocalPrefix {
    pub(super) folder: PathBuf,
    /// The member folder that npm came from.
    pub(super) member: Option<PathBuf>,
    /// A parent folder whose workspaces npm cannot read, so it fails.
    pub(super) broken: Option<(PathBuf, WorkspacesError)>,
}

/// npm's own folder, the one with its package.json.
pub(super) fn npm_root(world: &World) -> Option<PathBuf> {
    folders_on_path(world).find_map(|folder| {
        let script = world.files.real_path(&folder.join("npm")).ok().filter(|script| world.files.is_file(script));
        let own = script
            .as_deref()
            .filter(|script| script.ends_with("bin/npm-cli.js"))
            .and_then(|script| up(script, 2))
            .map(Path::to_path_buf);
        let script = script.or_else(|| Some(folder.join("npm.cmd")).filter(|script| world.files.is_file(script)))?;
        let beside = ["node_modules/npm", "../lib/node_modules/npm"].into_iter().map(|place| {
            let bin = script.parent().unwrap_or(&folder);
            world.resolve(bin.join(place))
        });
        own.into_iter().chain(beside).find(|root| world.files.is_file(&root.join("package.json")))
    })
}

/// The folder below which global packages lie, before any setting.
pub(super) fn global_prefix(world: &World) -> PathBuf {
    if let Some(prefix) = world.filled_var("PREFIX") {
        return PathBuf::from(prefix);
    }
    let name = if cfg!(windows) { "node.exe" } else { "node" };
    let node = folders_on_path(world)
        .map(|folder| folder.join(name))
        .find(|node| world.files.is_file(node))
        .and_then(|node| world.files.real_path(&node).ok());
    if cfg!(windows) {
        return node.as_deref().and_then(Path::parent).map_or_else(|| world.cwd.clone(), Path::to_path_buf);
    }
    let prefix = node.as_deref().and_then(|node| up(node, 2)).unwrap_or(Path::new("/usr/local"));
    match world.filled_var("DESTDIR") {
        Some(root) => world.resolve(format!("{root}/{}", prefix.to_string_lossy())),
        None => prefix.to_path_buf(),
    }
}

/// The project's root: the next folder upwards with a package.json or `node_modules`, or the workspace root that has
/// it as a member. `alone`: workspaces are not looked for.
pub(super) fn local_prefix(world: &World, alone: bool) -> LocalPrefix {
    let is_file = |folder: &Path| world.files.is_file(&folder.join("package.json"));
    let mut folders = world.cwd.ancestors();
    let Some(own) = folders.find(|folder| is_file(folder) || world.files.is_dir(&folder.join("node_modules"))) else {
        return LocalPrefix { folder: world.cwd.clone(), ..LocalPrefix::default() };
    };
    let own = own.to_path_buf();
    for root in folders.filter(|folder| !alone && is_file(folder)) {
        let manifest = Manifest::read(world, root);
        if manifest.broken.is_some() || !manifest.field("workspaces").is_some_and(crate::text::json::Value::is_truthy) {
            continue;
        }
        match workspaces(world, root, &manifest) {
            // npm reads what is not read here.
            Err(WorkspacesError::Broken { broken: Broken::Unread(_) | Broken::Beyond(_), .. }) => {}
            Err(error) => {
                return LocalPrefix { folder: own, member: None, broken: Some((root.to_path_buf(), error)) };
            }
            Ok(members) if members.iter().any(|member| member.folder == own) => {
                return LocalPrefix { folder: root.to_path_buf(), member: Some(own), broken: None };
            }
            Ok(_) => {}
        }
    }
    LocalPrefix { folder: own, ..LocalPrefix::default() }
}

fn folders_on_path(world: &World) -> impl Iterator<Item = PathBuf> {
    let path = lookup(&world.env, "PATH").unwrap_or_default();
    std::env::split_paths(path).filter(|folder| !folder.as_os_str().is_empty()).map(|folder| world.resolve(folder))
}

fn up(path: &Path, levels: usize) -> Option<&Path> {
    path.ancestors().nth(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_member_belongs_to_its_root_and_other_folders_to_themselves() {
        let files = [
            ("/project/package.json", r#"{"workspaces": ["packages/*"]}"#),
            ("/project/packages/a/package.json", "{}"),
            ("/project/other/package.json", "{}"),
        ];
        let at = |folder: &str, alone: bool| {
            let mut world = World::memory(&files, &[]);
            world.cwd = PathBuf::from(folder);
            let found = local_prefix(&world, alone);
            (found.folder.to_string_lossy().into_owned(), found.member.is_some())
        };
        assert_eq!(at("/project/packages/a/src", false), ("/project".to_owned(), true));
        assert_eq!(at("/project/packages/a", true), ("/project/packages/a".to_owned(), false));
        assert_eq!(at("/project/other", false), ("/project/other".to_owned(), false));
        assert_eq!(at("/elsewhere", false), ("/elsewhere".to_owned(), false));
    }

    #[test]
    fn npm_and_the_prefix_are_found_on_path() {
        let files = [("/n/bin/node", ""), ("/n/bin/npm", ""), ("/n/lib/node_modules/npm/package.json", "{}")];
        let world = World::memory(&files, &[("PATH", "/x:/n/bin")]);
        assert_eq!(npm_root(&world), Some(PathBuf::from("/n/lib/node_modules/npm")));
        assert_eq!(global_prefix(&world), PathBuf::from("/n"));
        let world = World::memory(&files, &[("PATH", "/n/bin"), ("DESTDIR", "/d")]);
        assert_eq!(global_prefix(&world), PathBuf::from("/d/n"));
    }
}
