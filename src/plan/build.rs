//! Makes the plans of a run from what decides them: the machine, npm's configuration, the arguments and the CI job.

use std::sync::Arc;

use url::Url;

use super::discover::{Selected, discover};
use super::options::{self, Provenance, PublishOptions};
use super::packed::Packed;
use super::sources::{self, ByScope};
use super::{
    Auth, Declared, Dependencies, Destination, Git, Login, Package, PublishPlan, Runner, Selection, Target, packing,
};
use crate::facts::credential::{Credential, Keyring, SETUP_NODE_PLACEHOLDER};
use crate::npm::name::{PackageName, normalize};
use crate::npm::version::Version;
use crate::project::bundle::Bundle;
use crate::project::changes::Changes;
use crate::project::ci::{Ci, Pushed};
use crate::project::cloned::Cloned;
use crate::project::committed::Committed;
use crate::project::declared::Declarations;
use crate::project::engines::{self, Engines};
use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin, Sourced};
use crate::project::scripts;
use crate::project::world::World;
use crate::publisher::git_checks::GitChecks;
use crate::publisher::npm::Settings;
use crate::publisher::{Client, Manager, NamedBy, Publisher, ReleaseTool, Releases, publisher};
use crate::text::json::Value as JsonValue;

/// What the plans of a run are made from, besides the machine.
pub struct Inputs<'a> {
    /// npm's configuration.
    pub config: &'a Arc<NpmConfig>,
    /// package.json in the project's root.
    pub root: Arc<Manifest>,
    /// The arguments of `npm publish`: folders and tarballs.
    pub paths: &'a [String],
    /// The npm that would publish; `None`: the one on PATH.
    pub npm: Option<&'a Version>,
    /// The client that the user names, and where.
    pub client: Option<(Manager, NamedBy)>,
    /// `npm stage publish` instead of `npm publish`.
    pub stage: bool,
    /// A release tool publishes, which leaves out what is published already, and private workspaces.
    pub skip_published: bool,
    /// What changed since a commit, where packages without a change are left out.
    pub changes: Option<&'a Changes>,
    /// What is pushed.
    pub pushed: Pushed,
    /// [`Auth::can_prompt`].
    pub can_prompt: Option<bool>,
    /// Registries that enforce npm's public policy.
    pub npmjs: &'a [Url],
    /// What the people of the project say of it.
    pub declarations: Option<&'a Declarations>,
}

impl<'a> Inputs<'a> {
    /// `npm publish` without arguments and without a terminal, to a registry without npm's public policy.
    pub fn of(world: &World, config: &'a Arc<NpmConfig>) -> Self {
        Self {
            config,
            root: Arc::new(Manifest::read(world, &config.local_prefix)),
            paths: &[],
            npm: None,
            client: None,
            stage: false,
            skip_published: false,
            changes: None,
            pushed: Pushed::default(),
            can_prompt: Some(false),
            npmjs: &[],
            declarations: None,
        }
    }
}

/// The plan of every package that would be published; credentials go into `keyring`.
pub fn plans(world: &World, inputs: &Inputs<'_>, keyring: &mut Keyring) -> Vec<PublishPlan> {
    let root = &inputs.root;
    let releases = Releases::read(world, root);
    let client = Client::read(world, root, inputs.config, inputs.client.clone(), &releases).map(Arc::new);
    let tool = releases.tool.map(Arc::new);
    let engines = Engines::read(world, Arc::clone(root), inputs.npm).map(Arc::new);
    let own = client.as_ref().and_then(|client| client.configuration.as_ref());
    let config = Arc::clone(own.map_or(inputs.config, |own| &own.config));
    let brought = tool.as_ref().and_then(|tool| tool.npm()).filter(|_| inputs.npm.is_none());
    let npm = brought.unwrap_or_else(|| engines::npm(world, inputs.npm));
    let ci = Ci::detect(world);
    let selected = discover(
        world,
        inputs.config,
        inputs.paths,
        client.as_deref(),
        tool.as_ref().is_some_and(|tool| tool.only_members()),
    );
    let selected: Vec<_> =
        selected.into_iter().map(|one| packed_folder(world, one, client.as_deref(), tool.as_deref())).collect();
    // A release tool turns the checks off, and a later job has another checkout. But `pnpm -r publish` itself skips published
    // versions, so that it may be what `--skip-published` is about.
    let is_checked = tool.is_none() && (!inputs.skip_published || selected.iter().any(|one| one.workspace));
    let checks = is_checked.then(|| GitChecks::read(world, inputs.config, client.as_deref())).flatten();
    let git = Git {
        checks: checks.map(Arc::new),
        committed: Arc::new(Committed::read(world, inputs.config)),
        cloned: Cloned::read(world, &inputs.config.local_prefix).map(Arc::new),
        pushed: inputs.pushed.clone(),
    };
    let unchanged = inputs.changes.map(|changes| unchanged(world, &selected, changes));
    let mut unchanged = unchanged.into_iter().flatten();
    let mut by_scope = ByScope::new();
    let plan = |selected| {
        let ingredients = Ingredients {
            world,
            inputs,
            selected,
            config: &config,
            engines: engines.clone(),
            client: client.clone(),
            tool: tool.clone(),
            git: git.clone(),
            ci: &ci,
            npm: &npm,
            unchanged_since: unchanged.next().flatten(),
            by_scope: &mut by_scope,
        };
        PublishPlan::new(ingredients, keyring)
    };
    selected.into_iter().map(plan).collect()
}

/// pnpm publishes the folder that `publishConfig.directory` names, with the package.json in it; a release tool the one that it is
/// configured for, which a build may still have to create.
fn packed_folder(world: &World, selected: Selected, client: Option<&Client>, tool: Option<&ReleaseTool>) -> Selected {
    if selected.manifest.is_packed || selected.obstacle.is_some() {
        return selected;
    }
    if let Some(folder) = tool.and_then(|tool| tool.folder(&selected.manifest)) {
        if !world.files.is_file(&folder.join("package.json")) {
            return Selected { unbuilt: Some(world.shown_path(&folder)), ..selected };
        }
        let own_folder = Some(selected.manifest.folder.clone());
        return Selected { manifest: Manifest::read(world, &folder), own_folder, ..selected };
    }
    let is_pnpm = client.and_then(Client::other) == Some(Manager::Pnpm);
    let directory = selected.manifest.publish_config("directory").and_then(JsonValue::as_str);
    let directory = directory.filter(|directory| is_pnpm && !directory.is_empty());
    let Some(folder) = directory.map(|directory| selected.manifest.folder.join(directory)) else { return selected };
    let own_folder = Some(selected.manifest.folder.clone());
    Selected { manifest: Manifest::read(world, &folder), own_folder, ..selected }
}

/// For each package the commit since which none of its files changed.
fn unchanged(world: &World, selected: &[Selected], changes: &Changes) -> Vec<Option<String>> {
    let folders: Vec<_> = selected.iter().map(|one| one.manifest.folder.as_path()).collect();
    let touched = changes.of_folders(world, &folders);
    let unchanged = selected.iter().zip(touched).map(|(one, is_changed)| {
        let can_tell = one.obstacle.is_none() && !one.manifest.is_packed;
        (can_tell && !is_changed).then(|| changes.reference.clone())
    });
    unchanged.collect()
}

/// What a plan is made of.
pub struct Ingredients<'a> {
    /// The machine.
    pub world: &'a World,
    /// What it has in common with the other plans of the run.
    pub inputs: &'a Inputs<'a>,
    /// What is published.
    pub selected: Selected,
    /// What counts of npm's configuration.
    pub config: &'a Arc<NpmConfig>,
    /// The CI job.
    pub ci: &'a Ci,
    /// The npm that would publish.
    pub npm: &'a Sourced<Version>,
    /// What `devEngines` of the project's root is compared with.
    pub engines: Option<Arc<Engines>>,
    /// The package manager that the project's root names.
    pub client: Option<Arc<Client>>,
    /// The release tool that runs the client.
    pub tool: Option<Arc<ReleaseTool>>,
    /// What version control says.
    pub git: Git,
    /// The commit since which nothing of it changed.
    pub unchanged_since: Option<String>,
    /// Where the packages come from that others of the run depend on.
    pub by_scope: &'a mut ByScope,
}

impl PublishPlan {
    /// Works out what `npm publish` would do; credentials go into `keyring`.
    pub fn new(ingredients: Ingredients<'_>, keyring: &mut Keyring) -> Self {
        let Ingredients {
            world,
            inputs,
            selected,
            config,
            engines,
            client,
            tool,
            git,
            ci,
            npm,
            unchanged_since,
            by_scope,
        } = ingredients;
        let Selected { obstacle, manifest, workspace, root, own_folder, unbuilt } = selected;
        let manifest = Arc::new(manifest);
        let publisher = publisher(client.as_deref(), tool.as_deref(), config, &manifest);
        let settings = publisher.settings();
        let written_name = publisher.name();
        let sourced_name = written_name.clone().and_then(|name| name.read_as(|text| normalize(&text).ok()));
        let sourced_version =
            publisher.version().and_then(|version| version.read_as(|text| Version::valid(&text, true)));
        let name = sourced_name.as_ref().map(|name| name.value.clone());
        let target = publisher.target(name.as_ref());
        let (login, read_credential) = match &target {
            Target::Registry { url, .. } => {
                (publisher.login(url, name.as_ref(), keyring), publisher.read_credential(url, name.as_ref(), keyring))
            }
            Target::Invalid { .. } => (Login::Nothing, None),
        };
        let ci = publisher.job(ci, &npm.value, &login);
        let (login, read_credential) = prefer_identity(login, read_credential, &ci, config);
        let is_npmjs =
            matches!(&target, Target::Registry { url, .. } if inputs.npmjs.iter().any(|root| is_under(url, root)));
        let rewriter = scripts::rewriter(world, &manifest).filter(|_| !settings.own_switch("ignore-scripts").value);
        let local = client.as_ref().and_then(|one| one.local.as_ref()).filter(|_| !manifest.is_packed);
        let linked = local.map(|local| local.linked(world, &manifest, own_folder.as_deref())).unwrap_or_default();
        let declared = declared(inputs.declarations, &target);
        let sources = sources::sources(config, &manifest, (client.as_deref(), &linked), by_scope, keyring);
        Self {
            destination: Destination {
                astray: settings.registry_fell_back(&target),
                npmjs: is_npmjs,
                written: written(&settings, &publisher.registry_key(name.as_ref()), target.origin()),
                target,
            },
            auth: Auth { login, read_credential, otp: publisher.otp(), can_prompt: inputs.can_prompt },
            options: publish_options(publisher.as_ref(), name.as_ref(), inputs.stage),
            provenance: provenance(publisher.as_ref(), world),
            runner: Runner {
                tool: tool.clone(),
                npm: npm.clone(),
                engines,
                ci,
                in_script: world.filled_var("npm_lifecycle_event").is_some(),
                unreadable_cafile: packing::unreadable_cafile(world, &settings),
                client,
            },
            selection: Selection { obstacle, skips_private: inputs.skip_published || tool.is_some(), unchanged_since },
            packed: unbuilt.map(|folder| Packed::unbuilt(&folder).into()).unwrap_or_default(),
            dependencies: Dependencies { sources, linked },
            declared,
            git,
            config: Arc::clone(config),
            package: Package {
                written_name,
                sourced_name,
                sourced_version,
                version_to_come: tool
                    .as_ref()
                    .filter(|tool| tool.sets_version() && !manifest.is_packed)
                    .map(|tool| tool.name()),
                missing_tool: scripts::missing_tool(world, &manifest),
                rewriter,
                root,
                workspace,
                manifest: Arc::clone(&manifest),
            },
        }
    }
}

/// Of several registries whose URLs lead to the target, the longest says most.
fn declared(all: Option<&Declarations>, target: &Target) -> Declared {
    let Some(all) = all else { return Declared::default() };
    let of_registry = match target {
        Target::Registry { url, .. } => {
            let around = all.registries.iter().filter(|(root, _)| is_under(url, root));
            around.max_by_key(|(root, _)| root.path().len()).map(|(_, of_registry)| Arc::clone(of_registry))
        }
        Target::Invalid { .. } => None,
    };
    let registry = of_registry.unwrap_or_else(|| Arc::clone(&all.elsewhere));
    Declared { registry, ignored: Arc::clone(&all.ignored) }
}

fn publish_options(publisher: &dyn Publisher, name: Option<&PackageName>, stage: bool) -> PublishOptions {
    let settings = publisher.settings();
    let (tag, access) = (publisher.tag(), publisher.access(name));
    PublishOptions {
        stage,
        force: settings.own_switch("force"),
        dry_run: settings.own_switch("dry-run"),
        written: options::Written {
            tag: written(&settings, "tag", &tag.value.origin),
            checked_tag: settings.config.get("tag").and_then(|entry| entry.written.clone()),
            access: settings.written("access"),
        },
        tag,
        access,
    }
}

fn provenance(publisher: &dyn Publisher, world: &World) -> Provenance {
    let settings = publisher.settings();
    let file = settings.text("provenance-file");
    Provenance {
        wanted: publisher.provenance(),
        signs_by_itself: publisher.signs_by_itself(),
        bundle: file.as_ref().map(|file| Bundle::read(world, &file.value)).unwrap_or_default(),
        written_file: settings.written("provenance-file"),
        file,
    }
}

/// The text of a setting with variables in it, unless package.json decides the value.
fn written(settings: &Settings<'_>, key: &str, origin: &Origin) -> Option<String> {
    settings.written(key).filter(|_| !matches!(origin, Origin::Manifest { .. }))
}

/// The job's identity where there is no token to send. A placeholder shows no more than no credential does, so nothing is
/// asked with it.
fn prefer_identity(login: Login, reads: Option<usize>, ci: &Ci, config: &NpmConfig) -> (Login, Option<usize>) {
    if !ci.can_exchange || !(matches!(login, Login::Nothing) || is_placeholder(&login, config)) {
        return (login, reads);
    }
    (Login::TrustedPublisher, reads.filter(|number| login.number() != Some(*number)))
}

/// The credential is no secret yet: it names a variable that is not set, or is the text that actions/setup-node up to v6 sets.
/// Where npm gets a token by trusted publishing it never sends that.
fn is_placeholder(login: &Login, config: &NpmConfig) -> bool {
    let Login::Credential { credential, key, .. } = login else { return false };
    let is_unset = config.get(key).is_some_and(|entry| entry.unset_variable().is_some());
    is_unset || matches!(credential, Credential::Token(token) if token.expose() == SETUP_NODE_PLACEHOLDER)
}

/// Whether `url` is `root` or below it: same origin, and a path that begins with its path.
fn is_under(url: &Url, root: &Url) -> bool {
    let directory = |url: &Url| format!("{}/", url.path().trim_end_matches('/'));
    url.origin() == root.origin() && directory(url).starts_with(&directory(root))
}
