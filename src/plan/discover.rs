//! Which packages are published: `npm publish`'s arguments, the working directory and workspaces, selected as npm 11.19.1
//! selects them (lib/commands/publish.js, lib/utils/get-workspaces.js).

mod select;
mod tarball;

pub(crate) use select::{filters, selected};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::select::{Stopped, members_of};
use crate::npm::spec::{Place, RemoteKind, Spec, SpecError, classify};
use crate::project::manifest::{Broken, Manifest};
use crate::project::npm_config::workspaces::Workspace;
use crate::project::npm_config::{NpmConfig, Value};
use crate::project::world::World;
use crate::publisher::Client;

/// Why there is no package to check although npm was given one.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// The argument is a registry, GitHub or URL spec: npm fetches that and publishes it.
    Remote {
        /// The argument.
        spec: String,
        /// A folder or file of that name lies here.
        exists: bool,
        /// What npm would fetch.
        kind: RemoteKind,
    },
    /// npm can make nothing of the argument.
    Senseless {
        /// The argument.
        spec: String,
        /// Why: a sentence about "it" without a full stop.
        why: String,
        /// npm's code.
        code: Option<&'static str>,
    },
    /// The argument is a tarball that cannot be read.
    Tarball {
        /// The path as shown.
        path: String,
        /// Why: a sentence without a full stop.
        why: String,
    },
    /// The argument is a tarball that was not read to its end.
    LargeTarball {
        /// The path as shown.
        path: String,
        /// Why: a sentence without a full stop.
        why: String,
    },
    /// The workspace selection is empty.
    NoWorkspaces {
        /// What was selected; empty: all.
        filters: Vec<String>,
        /// The name of the workspace that may be meant.
        meant: Option<String>,
    },
    /// Two workspaces have the same name.
    DuplicateWorkspace {
        /// The name.
        name: String,
        /// Their folders as shown.
        folders: Vec<String>,
    },
    /// `workspaces` is not a list of patterns.
    MalformedWorkspaces,
    /// npm refuses a pattern in `workspaces`.
    RefusedPattern {
        /// Why: a sentence without a full stop.
        why: String,
    },
    /// It is not known which folders the patterns of workspaces name: it takes too much work.
    UnexpandedWorkspaces {
        /// The file that has the patterns, as shown.
        path: String,
        /// Why: a sentence without a full stop.
        why: String,
    },
    /// pnpm cannot read its list of workspaces.
    MalformedPnpmWorkspaces {
        /// The file as shown.
        path: String,
        /// Why: a sentence without a full stop.
        why: String,
    },
    /// `--no-workspaces` together with `--workspace`.
    ContradictoryWorkspaces,
    /// Workspaces in npm's global mode.
    GlobalWorkspaces,
}

/// A package that npm would publish.
#[derive(Debug)]
pub struct Selected {
    /// Why it cannot be read.
    pub obstacle: Option<Obstacle>,
    /// Its package.json; that of the project's root when there is an obstacle.
    pub manifest: Manifest,
    /// Selected as a workspace: npm skips it when it is private.
    pub workspace: bool,
    /// The package.json of the project's root, of which npm reads nothing for a workspace.
    pub root: Option<Arc<Manifest>>,
    /// The folder that a release tool publishes in its place, as shown, where there is no package.json in it yet.
    pub unbuilt: Option<String>,
    /// The folder of the package, where the manifest is that of another one, which pnpm packs in its place.
    pub own_folder: Option<PathBuf>,
}

impl Selected {
    /// A package that is published by itself.
    pub fn alone(manifest: Manifest) -> Self {
        Self { obstacle: None, manifest, workspace: false, root: None, unbuilt: None, own_folder: None }
    }

    /// A workspace; `root`: the package.json of the project's root, unless it is that.
    fn workspace(manifest: Manifest, root: Option<Arc<Manifest>>) -> Self {
        Self { workspace: true, root, ..Self::alone(manifest) }
    }

    /// Nothing can be published.
    fn stopped(obstacle: Obstacle, manifest: Manifest) -> Self {
        Self { obstacle: Some(obstacle), ..Self::alone(manifest) }
    }
}

impl Obstacle {
    /// The argument it is about.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Remote { spec, .. } | Self::Senseless { spec, .. } => Some(spec),
            Self::Tarball { path, .. } | Self::LargeTarball { path, .. } => Some(path),
            _ => None,
        }
    }
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Remote { .. } => "not a folder or a tarball: npm fetches it",
            Self::Tarball { why, .. }
            | Self::LargeTarball { why, .. }
            | Self::Senseless { why, .. }
            | Self::RefusedPattern { why }
            | Self::UnexpandedWorkspaces { why, .. }
            | Self::MalformedPnpmWorkspaces { why, .. } => why,
            Self::NoWorkspaces { .. } => "no workspaces found",
            Self::DuplicateWorkspace { .. } => "two workspaces have the same name",
            Self::MalformedWorkspaces => "`workspaces` is not a list of patterns",
            Self::ContradictoryWorkspaces => "`--workspace` together with `--no-workspaces`",
            Self::GlobalWorkspaces => "workspaces with `--global`",
        })
    }
}

/// What the arguments select, in the order of npm, or of pnpm where it publishes. At a private root the members that can
/// be published come along, though `npm publish` there refuses the root and looks at nothing else. `only_members`: a release tool
/// publishes them, and a root only where it has none.
pub fn discover(
    world: &World,
    config: &NpmConfig,
    paths: &[String],
    client: Option<&Client>,
    only_members: bool,
) -> Vec<Selected> {
    let filters = filters(config);
    let all = config.get("workspaces").map(|entry| &entry.value);
    let root = || Manifest::read(world, &config.local_prefix);
    let stopped = |obstacle| vec![Selected::stopped(obstacle, root())];
    if all == Some(&Value::Bool(false)) && !filters.is_empty() {
        return stopped(Obstacle::ContradictoryWorkspaces);
    }
    let selects = all == Some(&Value::Bool(true)) || !filters.is_empty();
    if selects && config.is_global() && client.and_then(Client::other).is_none() {
        return stopped(Obstacle::GlobalWorkspaces);
    }
    if selects && (paths.is_empty() || paths.iter().any(|path| path == ".")) {
        return selected(world, config, &filters, client).unwrap_or_else(stopped);
    }
    let is_here = paths.is_empty() || paths == ["."];
    let here = [".".to_owned()];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let several = paths.len() > 1;
    let mut members_here = None;
    let mut found: Vec<Selected> = Vec::new();
    for path in paths {
        let (selected, members) = argument(world, path);
        found.push(if several { only_local(selected) } else { selected });
        members_here = members;
    }
    if let [Selected { obstacle: None, manifest, .. }] = &found[..]
        && is_here
        && (manifest.is_private() || only_members)
    {
        let is_private = manifest.is_private();
        let members = select::of_private_root(world, config, client, members_here);
        if !is_private && !members.is_empty() {
            return members;
        }
        found.extend(members);
    }
    found
}

/// Several arguments are several publishes to us; a stray word among them is none, and npm takes one argument only.
fn only_local(found: Selected) -> Selected {
    let Some(Obstacle::Remote { spec, exists: false, .. }) = found.obstacle else { return found };
    let why = "it is not a folder or tarball, and `npm publish` takes only one argument".to_owned();
    Selected { obstacle: Some(Obstacle::Senseless { spec, why, code: Some("EUSAGE") }), ..found }
}

/// What npm takes an argument for.
fn spec(world: &World, argument: &str) -> Result<Spec, SpecError> {
    let (cwd, home) = (world.cwd.to_string_lossy(), world.home());
    classify(argument, &Place { cwd: &cwd, home: &home.to_string_lossy(), windows: cfg!(windows) })
}

/// A path in a spec: the working directory need not be Unicode.
fn path_of(world: &World, path: &str) -> PathBuf {
    match Path::new(path).strip_prefix(&*world.cwd.to_string_lossy()) {
        Ok(inside) => world.cwd.components().chain(inside.components()).collect(),
        Err(_) => PathBuf::from(path),
    }
}

/// Whether an argument is the path of a folder or tarball that is not there.
pub fn is_missing(world: &World, argument: &str) -> bool {
    match spec(world, argument) {
        Ok(Spec::Directory(path) | Spec::Tarball(path)) => !world.has(&path_of(world, &path)),
        _ => false,
    }
}

/// What an argument names, and the workspaces below it if it is the root of some.
fn argument(world: &World, argument: &str) -> (Selected, Option<Vec<Workspace>>) {
    let obstacle = match spec(world, argument) {
        Ok(Spec::Directory(path)) => {
            let path = path_of(world, &path);
            let manifest = Manifest::read(world, &path);
            return match members_of(world, &path, &manifest) {
                Err(Stopped::At(member)) => (Selected::alone(*member), None),
                Err(Stopped::By(obstacle)) => (Selected::stopped(obstacle, manifest), None),
                Ok(members) => (Selected::alone(manifest), members),
            };
        }
        Ok(Spec::Tarball(path)) => {
            let path = path_of(world, &path);
            match tarball::manifest(world, &path) {
                Ok((bytes, entries)) => {
                    let shown = format!("{}/package.json", world.shown_path(&path));
                    let manifest = Manifest::parse(shown, &bytes, path.parent().unwrap_or(&path));
                    let size = world.files.stat(&path).ok().map(|stat| stat.size);
                    return (Selected::alone(manifest.packed(entries, size)), None);
                }
                Err(error) => {
                    let (path, why) = (world.shown_path(&path), error.to_string());
                    if error.is_ours() { Obstacle::LargeTarball { path, why } } else { Obstacle::Tarball { path, why } }
                }
            }
        }
        Ok(Spec::Remote(kind, _)) => {
            let path = world.resolve(argument);
            let exists = world.files.is_dir(&path) || world.files.is_file(&path);
            Obstacle::Remote { spec: argument.to_owned(), exists, kind }
        }
        Err(error) => Obstacle::Senseless { spec: argument.to_owned(), why: error.to_string(), code: error.code() },
    };
    let broken = Broken::Missing { folder: argument.to_owned() };
    let manifest = Manifest::unread(argument.to_owned(), &world.cwd, broken);
    (Selected::stopped(obstacle, manifest), None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::npm::release::NpmRelease;
    use crate::project::npm_config::args;
    use crate::project::world::{Files, locked};

    fn selected(arguments: &[&str]) -> Vec<String> {
        let world = World::memory(
            &[
                ("/project/package.json", r#"{"name": "root", "private": true, "workspaces": ["packages/*"]}"#),
                ("/project/packages/a/package.json", r#"{"name": "a"}"#),
                ("/project/packages/b/package.json", r#"{"name": "b"}"#),
            ],
            &[],
        );
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let npm = args::parse(&arguments, &NpmRelease::default());
        let config = NpmConfig::load(&world, &npm);
        let name = |selected: Selected| match selected.obstacle {
            Some(_) => "nothing".to_owned(),
            None => selected
                .manifest
                .field("name")
                .and_then(crate::text::json::Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        };
        discover(&world, &config, &npm.positional, None, false).into_iter().map(name).collect()
    }

    #[test]
    fn workspaces_are_selected_as_npm_does_in_the_order_of_the_filters() {
        for (arguments, expected) in [
            (&["--workspaces"][..], &["a", "b"][..]),
            (&["-w", "b", "-w", "a"], &["b", "a"]),
            (&["-w", "packages/a"], &["a"]),
            (&["-w", "./packages/b"], &["b"]),
            (&["-w", "packages"], &["a", "b"]),
            (&["-w", "*"], &["a", "b"]),
            (&["-w", "pack*"], &["a", "b"]),
            (&["-w", "{packages,x}"], &["a", "b"]),
            (&["-w", "c"], &["nothing"]),
            (&[], &["root", "a", "b"]),
            (&["--dry-run"], &["root"]),
            (&["./packages/a"], &["a"]),
            (&["-g", "./packages/a"], &["a"]),
            (&["-g", "-w", "a"], &["nothing"]),
            (&["--location=global", "--workspaces"], &["nothing"]),
            (&["-w", "a", "./packages/a", "--global"], &["nothing"]),
        ] {
            assert_eq!(selected(arguments), expected, "{arguments:?}");
        }
    }

    /// Files of which it is counted how often each is read.
    struct Counted(World, Arc<Mutex<BTreeMap<PathBuf, usize>>>);

    impl Files for Counted {
        fn read(&self, path: &Path, at_most: u64) -> std::io::Result<Vec<u8>> {
            *locked(&self.1).entry(path.to_path_buf()).or_default() += 1;
            self.0.files.read(path, at_most)
        }
        fn is_file(&self, path: &Path) -> bool {
            self.0.files.is_file(path)
        }
        fn is_dir(&self, path: &Path) -> bool {
            self.0.files.is_dir(path)
        }
        fn list(&self, path: &Path) -> std::io::Result<Vec<String>> {
            self.0.files.list(path)
        }
        fn real_path(&self, path: &Path) -> std::io::Result<PathBuf> {
            self.0.files.real_path(path)
        }
        fn git_tracks(&self, path: &Path) -> Result<bool, crate::project::world::git::GitError> {
            self.0.files.git_tracks(path)
        }
    }

    #[test]
    fn the_package_json_of_each_member_is_read_once() {
        let pnpm = "packages: [packages/*]\n";
        for (root, list, argument) in [
            (r#"{"workspaces":["packages/*"]}"#, "", Some("--workspaces")),
            (r#"{"workspaces":["packages/*"],"private":true}"#, "", None),
            ("{}", pnpm, Some("--workspaces")),
            (r#"{"private":true}"#, pnpm, None),
        ] {
            let folders: Vec<String> =
                (0..5).map(|number| format!("/project/packages/p{number}/package.json")).collect();
            let member = |at: usize| format!(r#"{{"name":"p{at}","version":"1.0.0"}}"#);
            let texts: Vec<String> = (0..5).map(member).collect();
            let mut files: Vec<(&str, &str)> = vec![("/project/package.json", root)];
            files.extend(folders.iter().zip(&texts).map(|(folder, text)| (folder.as_str(), text.as_str())));
            files.extend((!list.is_empty()).then_some(("/project/pnpm-workspace.yaml", list)));
            let counts = Arc::default();
            let disk = World::memory(&files, &[]);
            let world = World::memory(&files, &[]);
            let world = world.with_files(Box::new(Counted(disk, Arc::clone(&counts))), world.cwd.clone());
            let arguments: Vec<String> = argument.into_iter().map(str::to_owned).collect();
            let config = NpmConfig::load(&world, &args::parse(&arguments, &NpmRelease::default()));
            let manifest = Manifest::read(&world, &config.local_prefix);
            let client = Client::read(&world, &manifest, &config, None, &crate::publisher::Releases::default());
            let selected = discover(&world, &config, &[], client.as_ref(), false);
            assert_eq!(selected.iter().filter(|one| one.root.is_some()).count(), 5, "{root} {list}");
            let counts = locked(&counts);
            assert!(folders.iter().all(|path| counts.get(Path::new(path)) == Some(&1)), "{root} {list}: {counts:?}");
        }
    }
}
