//! Which packages are published, against npm's own modules: generated projects with workspaces, the same ones every time,
//! answered by each npm and by the library.

mod published;
mod runs;
mod trees;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use npm_preflight::npm::release::NpmRelease;
use npm_preflight::plan::discover::{Obstacle, discover};
use npm_preflight::project::manifest::{Broken, Manifest};
use npm_preflight::project::npm_config::workspaces::{WorkspacesError, workspaces};
use npm_preflight::project::npm_config::{LoadError, NpmConfig, Value, args};
use npm_preflight::project::world::World;
use serde_json::{Value as Json, json};

use self::trees::{Query, Tree};
use crate::npm_names::texts::Dice;
use crate::npms::{self, Npm};

const TREES: usize = 400;
/// In how many each npm also installs.
const INSTALLED: usize = 80;

#[test]
fn the_workspaces_equal_npms() {
    let memory = Some(Path::new("/dev/shm")).filter(|folder| folder.is_dir()).map(Path::to_path_buf);
    let folder = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut dice = Dice(0x0077_6f72_6b73);
    let trees: Vec<Tree> = (0..TREES).map(|number| Tree::plant(&mut dice, &root.join(format!("t{number}")))).collect();
    let env = BTreeMap::from([("HOME".to_owned(), root.join("home").display().to_string())]);
    let query = |query: &Query| json!({ "cwd": query.cwd, "argv": query.argv, "env": env });
    let questions = |npm: &Npm| -> Json {
        // Every npm installs other projects.
        let [from, to] = if npm.release.unknown_options_fail() { [INSTALLED, 2 * INSTALLED] } else { [0, INSTALLED] };
        let all = trees.iter().enumerate().map(|(number, tree)| {
            let queries: Vec<_> = tree.queries.iter().map(query).collect();
            let installs = (from..to).contains(&number);
            json!({ "root": tree.root, "queries": queries, "installs": installs, "env": env })
        });
        all.collect()
    };
    let answers = npms::answers_of_both(|npm| npms::ask(npm, "workspaces/npm.js", &questions(npm), Some(&root)));
    for (npm, answers) in answers {
        agree(npm, &trees, answers.as_array().unwrap(), &env);
    }
}

/// Compares what an npm says of each project with what we say.
fn agree(npm: &Npm, trees: &[Tree], answers: &[Json], env: &BTreeMap<String, String>) {
    let (mut differences, mut counts) = (Vec::new(), BTreeMap::<&str, usize>::new());
    let (mut compared, mut executed) = (0, 0);
    let mut compare = |tree: &Tree, what: String, ours: &Json, theirs: &Json| {
        let kind = if theirs.get("error").is_some() { "refused" } else { "selected" };
        *counts.entry(kind).or_default() += 1;
        if ours != theirs {
            let field = std::fs::read_to_string(tree.root.join("package.json")).unwrap();
            differences.push(
                format!("{field} {what}\n  ours {ours}\n  npm's {theirs}").replace(&*tree.root.to_string_lossy(), ""),
            );
        }
    };
    for (tree, answer) in trees.iter().zip(answers) {
        let world = World::on_disk(env.clone(), tree.root.clone());
        compare(tree, String::new(), &members(&world, &tree.root), &answer["members"]);
        let queried = &answer["queried"];
        if !queried.is_null() && can_be_installed(answer) {
            compare(tree, "npm query .workspace".to_owned(), &linked(&world, &tree.root), queried);
            compared += 1;
            let printed = &answer["printed"];
            assert!(printed.is_null() || printed == queried, "the program prints {printed}, its modules {queried}");
            executed += usize::from(!printed.is_null());
        }
        for (query, theirs) in tree.queries.iter().zip(answer["selected"].as_array().unwrap()) {
            let world = World::on_disk(env.clone(), query.cwd.clone());
            compare(
                tree,
                format!("{} {}", query.cwd.display(), query.argv.join(" ")),
                &selected(&world, &query.argv, &npm.release),
                theirs,
            );
        }
    }
    assert!(counts["refused"] > TREES / 4 && counts["selected"] > TREES, "too few of a kind: {counts:?}");
    assert!(compared * 5 >= INSTALLED * 4 && executed >= 2, "npm query answered for {compared} projects");
    let shown = differences.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "npm {}: {} of {counts:?} differ:\n{shown}", npm.version, differences.len());
}

fn members(world: &World, root: &Path) -> Json {
    match workspaces(world, root, &Manifest::read(world, root)) {
        Ok(members) => members.into_iter().map(|member| json!([member.name, member.folder])).collect(),
        Err(error) => json!({ "error": code(&error) }),
    }
}

/// npm installs nothing where a member's name is none for a package, and one of two members whose names differ in case only:
/// nothing to compare, since `npm query` sees what is installed.
fn can_be_installed(answer: &Json) -> bool {
    let members = answer["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: BTreeSet<_> = members.iter().map(|member| member[0].as_str().unwrap().to_lowercase()).collect();
    answer["queried"]["error"] != "EINVALIDPACKAGENAME" && names.len() == members.len()
}

/// The members as `npm query .workspace` lists them: each real folder once, in no order, and only those whose package.json
/// names them, since it looks up what the root links to by that name.
fn linked(world: &World, root: &Path) -> Json {
    match workspaces(world, root, &Manifest::read(world, root)) {
        Ok(members) => {
            let has_name = |folder: &Path| {
                let manifest = Manifest::read(world, folder);
                manifest
                    .field("name")
                    .and_then(npm_preflight::text::json::Value::as_str)
                    .is_some_and(|name| !name.is_empty())
            };
            let named = members.into_iter().filter(|member| has_name(&member.folder));
            let real = named.map(|member| member.folder.canonicalize().unwrap());
            let folders: BTreeSet<_> = real.map(|folder| folder.strip_prefix(root).unwrap().to_owned()).collect();
            json!(folders)
        }
        Err(error) => json!({ "error": code(&error) }),
    }
}

fn code(error: &WorkspacesError) -> &'static str {
    match error {
        WorkspacesError::Expansion(error) => panic!("{error}"),
        WorkspacesError::NotAList => "EWORKSPACESCONFIG",
        WorkspacesError::Broken { broken, .. } => broken_code(broken),
        WorkspacesError::SameName { .. } => "EDUPLICATEWORKSPACE",
    }
}

fn broken_code(broken: &Broken) -> &'static str {
    if matches!(broken, Broken::Missing { .. }) { "ENOENT" } else { "EJSONPARSE" }
}

/// The folders in their order, or npm's code.
fn selected(world: &World, argv: &[String], npm: &NpmRelease) -> Json {
    let config = NpmConfig::load(world, &args::parse(argv, npm));
    if let Some(LoadError::Workspaces { error, .. }) = &config.fatal {
        return json!({ "error": code(error) });
    }
    let found = discover(world, &config, &[], None, false);
    let is_here = found.len() == 1 && !found[0].workspace;
    let stops_later = || workspaces(world, &world.cwd, &Manifest::read(world, &world.cwd)).is_err();
    if is_here && (found[0].obstacle.is_none() || !selects(&config) && stops_later()) {
        return json!({ "here": true });
    }
    if let [one] = &found[..] {
        match &one.obstacle {
            Some(Obstacle::NoWorkspaces { .. }) => return json!({ "error": "none" }),
            Some(Obstacle::DuplicateWorkspace { .. }) => return json!({ "error": "EDUPLICATEWORKSPACE" }),
            Some(Obstacle::MalformedWorkspaces) => return json!({ "error": "EWORKSPACESCONFIG" }),
            Some(Obstacle::ContradictoryWorkspaces) => return json!({ "error": "contradiction" }),
            Some(other) => return json!({ "error": other.to_string() }),
            None => {}
        }
    }
    match found.iter().find_map(|one| one.manifest.broken.as_ref()) {
        Some(broken) => json!({ "error": broken_code(broken) }),
        None => found.iter().map(|one| json!(one.manifest.folder)).collect(),
    }
}

/// npm looks for workspaces before it does anything else.
fn selects(config: &NpmConfig) -> bool {
    let value = |key: &str| config.get(key).map(|entry| entry.value.clone());
    let named = matches!(value("workspace"), Some(Value::List(list)) if !list.is_empty());
    value("workspaces") == Some(Value::Bool(true)) || named || config.implicit_workspace.is_some()
}
