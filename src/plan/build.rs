//! Makes the plans of a run from what decides them: the machine, npm's configuration, the arguments and the CI job.

use std::sync::Arc;

use url::Url;

use super::discover::{Selected, discover};
use super::settings::Settings;
use super::target::is_under;
use super::{
    Login, PublishPlan, TRUSTED_PUBLISHING, Target, Written, ignored, packing, publisher, sources, target_origin,
};
use crate::facts::credential::{Credential, Keyring, SETUP_NODE_PLACEHOLDER};
use crate::npm::version::Version;
use crate::project::bundle::Bundle;
use crate::project::changes::Changes;
use crate::project::ci::{Ci, Pushed};
use crate::project::committed::Committed;
use crate::project::engines::{self, Engines};
use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin, Sourced};
use crate::project::scripts;
use crate::project::world::World;
use crate::publisher::git_checks::GitChecks;
use crate::publisher::{Client, Manager};
use crate::text::json::Value as JsonValue;

/// What the plans of a run are made from, besides the machine.
pub struct Inputs<'a> {
    /// npm's configuration.
    pub config: &'a Arc<NpmConfig>,
    /// The arguments of `npm publish`: folders and tarballs.
    pub paths: &'a [String],
    /// The npm that would publish; `None`: the one on PATH.
    pub npm: Option<&'a Version>,
    /// The client that the user names.
    pub client: Option<Manager>,
    /// `npm stage publish` instead of `npm publish`.
    pub stage: bool,
    /// A release tool publishes, which leaves out what is published already, and private workspaces.
    pub skip_published: bool,
    /// What changed since a commit, where packages without a change are left out.
    pub changes: Option<&'a Changes>,
    /// What is pushed.
    pub pushed: Pushed,
    /// [`PublishPlan::can_prompt`].
    pub can_prompt: Option<bool>,
    /// Registries that enforce npm's public policy.
    pub npmjs: &'a [Url],
}

impl<'a> Inputs<'a> {
    /// `npm publish` without arguments and without a terminal, to a registry without npm's public policy.
    pub fn of(config: &'a Arc<NpmConfig>) -> Self {
        Self {
            config,
            paths: &[],
            npm: None,
            client: None,
            stage: false,
            skip_published: false,
            changes: None,
            pushed: Pushed::default(),
            can_prompt: Some(false),
            npmjs: &[],
        }
    }
}

/// The plan of every package that would be published; credentials go into `keyring`.
pub fn plans(world: &World, inputs: &Inputs<'_>, keyring: &mut Keyring) -> Vec<PublishPlan> {
    let root = Manifest::read(world, &inputs.config.local_prefix);
    let client = Client::read(world, &root, inputs.client).map(Arc::new);
    let engines = Engines::read(world, root, inputs.npm).map(Arc::new);
    let config = publisher::counting(inputs.config, client.as_deref());
    let npm = engines::npm(world, inputs.npm);
    let ci = Ci::detect(world);
    let committed = Arc::new(Committed::read(world, inputs.config));
    // A release tool turns the checks off, and a later job has another checkout.
    let git = (!inputs.skip_published).then(|| GitChecks::read(world, inputs.config, client.as_deref())).flatten();
    let git = git.map(Arc::new);
    let selected = discover(world, inputs.config, inputs.paths, client.as_deref());
    let unchanged = inputs.changes.map(|changes| unchanged(world, &selected, changes));
    let mut unchanged = unchanged.into_iter().flatten();
    let mut plan = |selected: Selected| {
        let ingredients = Ingredients {
            world,
            inputs,
            selected,
            config: &config,
            engines: engines.clone(),
            client: client.clone(),
            git: git.clone(),
            ci: &ci,
            npm: &npm,
            committed: &committed,
            unchanged_since: unchanged.next().flatten(),
        };
        PublishPlan::new(ingredients, keyring)
    };
    selected.into_iter().map(&mut plan).collect()
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
    /// What pnpm checks in the git repository.
    pub git: Option<Arc<GitChecks>>,
    /// The credentials that version control holds.
    pub committed: &'a Arc<Committed>,
    /// The commit since which nothing of it changed.
    pub unchanged_since: Option<String>,
}

impl PublishPlan {
    /// Works out what `npm publish` would do; credentials go into `keyring`.
    pub fn new(ingredients: Ingredients<'_>, keyring: &mut Keyring) -> Self {
        let Ingredients { world, inputs, selected, config, engines, client, git, ci, npm, committed, unchanged_since } =
            ingredients;
        let can_exchange = ci.can_exchange && npm.value >= TRUSTED_PUBLISHING;
        let ci = Ci { can_exchange, ..ci.clone() };
        let Selected { obstacle, manifest, workspace, root } = selected;
        let settings = Settings { config, manifest: &manifest };
        let name =
            manifest.field("name").and_then(JsonValue::as_str).and_then(|name| crate::npm::name::normalize(name).ok());
        let version = manifest.field("version").and_then(JsonValue::as_str).and_then(|text| Version::valid(text, true));
        let leaves_out_tag = client.as_ref().is_some_and(|client| publisher::leaves_out_tag(client, workspace));
        let has_own_settings = client.as_ref().is_some_and(|client| client.own.is_some());
        let target = settings.target(name.as_ref(), has_own_settings);
        let (login, read_credential) = match &target {
            Target::Registry { url, .. } => (
                settings.login(url, name.as_ref(), &ci, keyring),
                settings.read_credential(url, name.as_ref(), keyring),
            ),
            Target::Invalid { .. } => (Login::Nothing, None),
        };
        let login = if ci.can_exchange && is_placeholder(&login, config) { Login::TrustedPublisher } else { login };
        let is_npmjs =
            matches!(&target, Target::Registry { url, .. } if inputs.npmjs.iter().any(|root| is_under(url, root)));
        let provenance_file = settings.text("provenance-file");
        let rewriter = scripts::rewriter(world, &manifest).filter(|_| !settings.own_switch("ignore-scripts").value);
        let local = client.as_ref().and_then(|one| one.local.as_ref()).filter(|_| !manifest.is_packed);
        let linked = local.map(|local| local.linked(world, &manifest)).unwrap_or_default();
        let unreadable_file =
            if obstacle.is_none() { packing::unreadable_file(world, &manifest, workspace, config) } else { None };
        Self {
            obstacle,
            workspace,
            passes_private: inputs.skip_published,
            unchanged_since,
            root,
            astray: settings.is_astray(&target),
            tag: if leaves_out_tag { settings.configured_tag() } else { settings.tag() },
            access: settings.access(),
            provenance: settings.switch("provenance"),
            bundle: provenance_file.as_ref().map(|file| Bundle::read(world, &file.value)).unwrap_or_default(),
            provenance_file,
            force: settings.own_switch("force"),
            dry_run: settings.own_switch("dry-run"),
            otp: settings.otp(),
            stage: inputs.stage,
            login,
            read_credential,
            can_prompt: inputs.can_prompt,
            rewriter,
            npmjs: is_npmjs,
            ci,
            npm: npm.clone(),
            engines,
            ignores_members: manifest.field("workspaces").is_some() && ignored::leaves_members_out(world, &manifest),
            in_script: world.filled_var("npm_lifecycle_event").is_some(),
            unreadable_file,
            unreadable_cafile: packing::unreadable_cafile(world, &settings),
            pushed: inputs.pushed.clone(),
            sources: sources::sources(config, &manifest, (local, &linked), keyring),
            linked,
            written: written(&settings, name.as_ref(), &target, leaves_out_tag),
            name,
            version,
            target,
            client,
            git,
            committed: Arc::clone(committed),
            config: Arc::clone(config),
            manifest,
        }
    }
}

/// The credential is no secret yet: it names a variable that is not set, or is the text that actions/setup-node up to v6 sets.
/// Where npm gets a token by trusted publishing it never sends that.
fn is_placeholder(login: &Login, config: &NpmConfig) -> bool {
    let Login::Credential { credential, key, .. } = login else { return false };
    let is_unset = config.get(key).is_some_and(|entry| entry.unset_variable().is_some());
    is_unset || matches!(credential, Credential::Token(token) if token.expose() == SETUP_NODE_PLACEHOLDER)
}

fn written(
    settings: &Settings<'_>,
    name: Option<&crate::npm::name::PackageName>,
    target: &Target,
    leaves_out_tag: bool,
) -> Written {
    let has_own_tag = leaves_out_tag || settings.manifest.field("tag").is_some_and(JsonValue::is_truthy);
    Written {
        registry: settings
            .written(&settings.registry_key(name))
            .filter(|_| !matches!(target_origin(target), Origin::Manifest { .. })),
        tag: settings.written("tag").filter(|_| !has_own_tag),
        checked_tag: settings.config.get("tag").and_then(|entry| entry.written.clone()),
        access: settings.written("access"),
        provenance_file: settings.written("provenance-file"),
    }
}
