//! Members of a workspace: those that npm 11.19.1 selects (lib/utils/get-workspaces.js), and those that `pnpm -r publish`
//! would publish where a project's package manager is pnpm.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{Obstacle, Selected};
use crate::npm::glob::{self, Options, PatternError};
use crate::project::manifest::Manifest;
use crate::project::members::{self, MembersError};
use crate::project::npm_config::workspaces::{Workspace, WorkspacesError, workspaces};
use crate::project::npm_config::{NpmConfig, Value};
use crate::project::world::World;
use crate::publisher::{Client, Manager};

/// npm's `workspace` setting: flags and files, else the member folder it is in.
pub(crate) fn filters(config: &NpmConfig) -> Vec<String> {
    let named: Vec<String> = match config.get("workspace").map(|entry| &entry.value) {
        Some(Value::List(values)) => values.iter().filter_map(Value::as_text).map(str::to_owned).collect(),
        Some(Value::Text(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    if named.is_empty() && config.is_default("workspace") {
        return config.implicit_workspace.iter().map(|folder| folder.to_string_lossy().into_owned()).collect();
    }
    named
}

/// What stops npm while it looks for the workspaces below a folder: before it selects some of them, and before it packs
/// their root.
pub(super) enum Stopped {
    /// A member that it cannot read.
    At(Box<Manifest>),
    By(Obstacle),
}

/// The workspaces below a folder; `None`: its `workspaces` is no list, which rules of their own say.
pub(super) fn members_of(world: &World, folder: &Path, manifest: &Manifest) -> Result<Option<Vec<Workspace>>, Stopped> {
    match workspaces(world, folder, manifest) {
        Ok(members) => Ok(Some(members)),
        Err(WorkspacesError::NotAList) => Ok(None),
        Err(WorkspacesError::Expansion(error)) if error.is_refused() => {
            Err(Stopped::By(Obstacle::RefusedPattern { why: error.to_string() }))
        }
        Err(WorkspacesError::Expansion(error)) => {
            let path = world.shown_path(&folder.join("package.json"));
            Err(Stopped::By(Obstacle::UnexpandedWorkspaces { path, why: error.to_string() }))
        }
        Err(WorkspacesError::Broken { path, .. }) => Err(Stopped::At(Box::new(Manifest::read(world, &path)))),
        Err(WorkspacesError::SameName { name, first, second }) => {
            Err(Stopped::By(Obstacle::DuplicateWorkspace { name, folders: vec![first, second] }))
        }
    }
}

/// The members that the filters name; without filters all.
pub(crate) fn selected(
    world: &World,
    config: &NpmConfig,
    filters: &[String],
    client: Option<&Client>,
) -> Result<Vec<Selected>, Obstacle> {
    if let Some(root) = pnpm_root(world, config, client) {
        return of_pnpm(world, &root, filters);
    }
    let root_path = &config.local_prefix;
    let root = Manifest::read(world, root_path);
    if root.broken.is_some() {
        return Ok(vec![Selected::workspace(root, None)]);
    }
    let members = match members_of(world, root_path, &root) {
        Ok(Some(members)) => members,
        Ok(None) => return Err(Obstacle::MalformedWorkspaces),
        Err(Stopped::At(broken)) => return Ok(vec![Selected::workspace(*broken, None)]),
        Err(Stopped::By(obstacle)) => return Err(obstacle),
    };
    among(world, config, filters, root, members)
}

/// The same, of these members of this root.
fn among(
    world: &World,
    config: &NpmConfig,
    filters: &[String],
    root: Manifest,
    members: Vec<Workspace>,
) -> Result<Vec<Selected>, Obstacle> {
    let root_path = &config.local_prefix;
    let chosen = chosen_of(world, &members, filters, root_path)?;
    let mut order: Vec<Option<usize>> = Vec::new();
    if config.get("include-workspace-root").is_some_and(|entry| entry.value.is_truthy()) {
        order.push(None);
    } else if chosen.is_empty() {
        return Err(none_of(&members, filters));
    }
    // npm keeps them by name: a member with the root's name takes its place.
    let root_name = root.field("name").and_then(crate::text::json::Value::as_str);
    for at in chosen {
        match order.first_mut() {
            Some(first @ None) if root_name == Some(&members[at].name) => *first = Some(at),
            _ => order.push(Some(at)),
        }
    }
    let root = Arc::new(root);
    let mut manifests: Vec<Option<Manifest>> = members.into_iter().map(|member| Some(member.manifest)).collect();
    let selected = order.into_iter().map(|at| {
        let manifest = at.and_then(|at| manifests[at].take()).unwrap_or_else(|| Manifest::read(world, root_path));
        let root = (manifest.folder != *root_path).then(|| Arc::clone(&root));
        Selected::workspace(manifest, root)
    });
    Ok(selected.collect())
}

/// Their places in the order of the filters, each once.
fn chosen_of(world: &World, members: &[Workspace], filters: &[String], root: &Path) -> Result<Vec<usize>, Obstacle> {
    if filters.is_empty() {
        return Ok((0..members.len()).collect());
    }
    let from = if world.cwd.starts_with(root) { &world.cwd } else { root };
    let mut chosen: Vec<usize> = Vec::new();
    let mut is_chosen = vec![false; members.len()];
    for filter in filters {
        for (at, member) in members.iter().enumerate() {
            if !is_chosen[at] && matches(world, filter, member, root, from).map_err(of_filter)? {
                is_chosen[at] = true;
                chosen.push(at);
            }
        }
    }
    Ok(chosen)
}

fn of_filter(error: PatternError) -> Obstacle {
    let why = error.to_string();
    if error.is_refused() {
        Obstacle::RefusedPattern { why }
    } else {
        Obstacle::UnexpandedWorkspaces { path: "--workspace".to_owned(), why }
    }
}

/// A workspace is selected by its name, its folder, or a pattern of the folder right above it.
fn matches(world: &World, filter: &str, workspace: &Workspace, root: &Path, from: &Path) -> Result<bool, PatternError> {
    if filter == workspace.name || world.resolve(from.join(filter)) == workspace.folder {
        return Ok(true);
    }
    let dot = if filter.starts_with("./") { "./" } else { "" };
    let folder = format!("{dot}{}", relative(from, &workspace.folder));
    let below = |pattern: &str| {
        let pattern = format!("{}/*", pattern.replace('\\', "/"));
        glob::matches(&folder, &pattern, Options::default())
    };
    Ok(below(&relative(root, &world.resolve(filter)))? || below(filter)?)
}

/// Node's `path.relative`, with `/`.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(left, right)| left == right).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    path.to_string_lossy().replace('\\', "/")
}

/// The members that can be published, for a run at their private root. `known`: npm's, as they were read already.
pub(super) fn of_private_root(
    world: &World,
    config: &NpmConfig,
    client: Option<&Client>,
    known: Option<Vec<Workspace>>,
) -> Vec<Selected> {
    let is_dry = config.get("dry-run").is_some_and(|entry| entry.value.is_truthy());
    if is_dry || world.cwd != config.local_prefix {
        return Vec::new();
    }
    let known = known.filter(|_| pnpm_root(world, config, client).is_none());
    let all = match known {
        Some(members) => among(world, config, &[], Manifest::read(world, &config.local_prefix), members),
        None => selected(world, config, &[], client),
    };
    let all = match all {
        Ok(all) => all,
        Err(obstacle @ Obstacle::UnexpandedWorkspaces { .. }) => {
            let manifest = Manifest::read(world, &config.local_prefix);
            return vec![Selected::stopped(obstacle, manifest)];
        }
        Err(_) => return Vec::new(),
    };
    let is_member = |one: &Selected| one.manifest.broken.is_none() && one.manifest.folder != world.cwd;
    all.into_iter().filter(|one| is_member(one) && !one.manifest.is_private()).collect()
}

/// The root of a pnpm workspace whose members are meant. Where package.json has `workspaces`, npm's are, unless
/// `--client pnpm` was given.
fn pnpm_root(world: &World, config: &NpmConfig, client: Option<&Client>) -> Option<PathBuf> {
    let client = client.filter(|client| client.manager == Manager::Pnpm)?;
    let folder = world.cwd.ancestors().find(|folder| world.files.is_file(&folder.join(members::PNPM_FILE)))?;
    let declares = || Manifest::read(world, &config.local_prefix).field("workspaces").is_some();
    (client.publishes() || !declares()).then(|| folder.to_path_buf())
}

/// Nothing is selected: the member whose name or folder is most like what was asked for may be meant.
fn none_of(members: &[Workspace], filters: &[String]) -> Obstacle {
    let asked = filters.first().map(|filter| filter.rsplit('/').next().unwrap_or_default()).unwrap_or_default();
    let likeness = |member: &&Workspace| strsim::jaro(member.name.rsplit('/').next().unwrap_or_default(), asked);
    let best = members.iter().max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    let meant = best.filter(|member| likeness(member) > 0.8).map(|member| member.name.clone());
    Obstacle::NoWorkspaces { filters: filters.to_vec(), meant }
}

/// Dependencies come first; what has no name or no version, pnpm leaves out.
fn of_pnpm(world: &World, root: &Path, filters: &[String]) -> Result<Vec<Selected>, Obstacle> {
    let members = members::of_pnpm(world, root).map_err(|error| {
        let (path, why) = (world.shown_path(&root.join(members::PNPM_FILE)), error.to_string());
        match error {
            MembersError::Expansion(_) | MembersError::Beyond => Obstacle::UnexpandedWorkspaces { path, why },
            _ => Obstacle::MalformedPnpmWorkspaces { path, why },
        }
    })?;
    let shared = Arc::new(Manifest::read(world, root));
    let is_text = |manifest: &Manifest, key: &str| manifest.field(key).is_some_and(|value| value.as_str().is_some());
    let can_be_judged = |manifest: &Manifest| {
        manifest.broken.is_some() || manifest.is_private() || is_text(manifest, "name") && is_text(manifest, "version")
    };
    let chosen = chosen_of(world, &members, filters, root)?;
    let nothing = none_of(&members, filters);
    let mut manifests: Vec<Option<Manifest>> = members.into_iter().map(|member| Some(member.manifest)).collect();
    let chosen = chosen.into_iter().filter_map(|at| manifests[at].take());
    let chosen: Vec<Manifest> = chosen.filter(can_be_judged).collect();
    let order = sorted(&chosen);
    let mut waiting: Vec<Option<Manifest>> = chosen.into_iter().map(Some).collect();
    let in_order = order.into_iter().filter_map(|at| waiting[at].take());
    let selected: Vec<Selected> = in_order
        .map(|manifest| {
            let root = (manifest.folder != root).then(|| Arc::clone(&shared));
            Selected::workspace(manifest, root)
        })
        .collect();
    if selected.is_empty() { Err(nothing) } else { Ok(selected) }
}

/// Their places with dependencies first, else as they are. A circle is entered where pnpm lists it first.
fn sorted(manifests: &[Manifest]) -> Vec<usize> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, manifest) in manifests.iter().enumerate() {
        if let Some(name) = manifest.field("name").and_then(crate::text::json::Value::as_str) {
            places.entry(name).or_default().push(at);
        }
    }
    let mut wanted = vec![BTreeSet::new(); manifests.len()];
    let mut dependents = vec![Vec::new(); manifests.len()];
    for (at, manifest) in manifests.iter().enumerate() {
        let fields = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
        let lists = fields.iter().filter_map(|field| manifest.field(field));
        let names = lists.flat_map(|list| list.members().map(|member| member.key));
        for other in names.filter_map(|name| places.get(name)).flatten().filter(|other| **other != at) {
            if wanted[at].insert(*other) {
                dependents[*other].push(at);
            }
        }
    }
    let mut waiting: BTreeSet<usize> = (0..manifests.len()).collect();
    let mut free: BTreeSet<usize> = waiting.iter().copied().filter(|at| wanted[*at].is_empty()).collect();
    let mut order = Vec::new();
    while let Some(next) = free.first().or(waiting.first()).copied() {
        waiting.remove(&next);
        free.remove(&next);
        order.push(next);
        for at in &dependents[next] {
            wanted[*at].remove(&next);
            if wanted[*at].is_empty() && waiting.contains(at) {
                free.insert(*at);
            }
        }
    }
    order
}
