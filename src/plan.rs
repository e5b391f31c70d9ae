//! The publish plan: what `npm publish` would send where, as whom, under which dist-tag and access - every value
//! with the file, variable or flag that decided it. A function of the manifest, npm's configuration and the CI
//! environment; imitates npm 11.19.1 (lib/commands/publish.js, libnpmpublish/lib/publish.js,
//! npm-registry-fetch/lib/index.js).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod ignored;
mod network;
mod packing;
mod publisher;
mod question;
mod settings;
mod sources;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use crate::bundle::Bundle;
use crate::ci::{Ci, Provider, Pushed};
use crate::client::Client;
use crate::committed::Committed;
use crate::discover::{Obstacle, Selected};
use crate::engines::Engines;
use crate::json::Value as JsonValue;
use crate::manifest::Manifest;
use crate::name::PackageName;
use crate::npm_config::{NpmConfig, Origin, Value};
use crate::redact::{ShownUrl, mask_url};
use crate::registry::credential::{Credential, Keyring};
use crate::registry::{Known, Reason, Unknown};
use crate::scripts::Rewriter;
use crate::source::Place;
use crate::version::Version;
use crate::world::World;
pub use network::differ_in_network;
pub use publisher::counting;
use settings::Settings;
pub use settings::shown;
pub use sources::Source;
pub use target::Target;
use target::is_under;

/// The first npm that exchanges a CI job's identity for a token (lib/utils/oidc.js).
pub const TRUSTED_PUBLISHING: Version = Version::new(11, 5, 1);
/// The first npm with `npm stage` (<https://docs.npmjs.com/staged-publishing>).
pub const STAGING: Version = Version::new(11, 15, 0);
/// The first npm that guards `latest`.
const GUARDED_LATEST: Version = Version::new(11, 0, 0);

/// A value and what decided it.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// What decided it.
    pub origin: Origin,
}

/// The dist-tag.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The one that would be set.
    pub value: Sourced<String>,
    /// The one that npm checks (`config.get('tag')`): not always the one it sets.
    pub checked: Sourced<String>,
    /// Neither the configuration nor publishConfig names one.
    pub implicit: bool,
}

/// Who may install it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing set: the registry decides.
    Default,
    /// Everybody.
    Public,
    /// Those with rights; paid.
    Restricted,
    /// Something else, which npm sends as it is.
    Other(String),
}

/// What npm would authenticate with.
#[derive(Clone, Debug)]
pub enum Login {
    /// A token or a password.
    Credential {
        /// Which.
        credential: Credential,
        /// Its number in the run's keyring.
        number: usize,
        /// The line or variable that holds it.
        origin: Origin,
        /// The configuration key.
        key: String,
    },
    /// A client certificate alone.
    Certificate {
        /// The line that names it.
        origin: Origin,
    },
    /// None in the configuration, but the CI job can prove its identity to a trusted publisher.
    TrustedPublisher,
    /// None.
    Nothing,
}

/// One publish.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct PublishPlan {
    /// Why there is nothing to judge although npm was told of something.
    pub obstacle: Option<Obstacle>,
    /// What is published.
    pub manifest: Manifest,
    /// Selected as a workspace: npm skips it when it is private.
    pub workspace: bool,
    /// `--skip-published`: a release tool publishes, which leaves private workspaces out before it looks at anything else.
    pub passes_private: bool,
    /// `--since`: none of its files changed since that commit, so that nothing is judged.
    pub unchanged_since: Option<String>,
    /// The package.json of the root whose workspace it is: npm reads nothing of it for this package.
    pub root: Option<Arc<Manifest>>,
    /// The name npm would use; `None`: there is none, or npm refuses it.
    pub name: Option<PackageName>,
    /// The version npm would use; `None`: there is none, or npm refuses it.
    pub version: Option<Version>,
    /// `npm stage publish` instead of `npm publish`: the version waits for approval.
    pub stage: bool,
    /// Where to.
    pub target: Target,
    /// The registry that was named is unusable, or a file that may name one was not read: nothing may be asked at this
    /// one, since it would learn the name of a package that was meant for somewhere else.
    pub astray: bool,
    /// Under which dist-tag.
    pub tag: Tag,
    /// For whom.
    pub access: Sourced<Access>,
    /// As whom.
    pub login: Login,
    /// The number of the credential that npm's reads would carry.
    pub read_credential: Option<usize>,
    /// `provenance`.
    pub provenance: Sourced<bool>,
    /// `provenance-file`.
    pub provenance_file: Option<Sourced<String>>,
    /// What the file that it names holds.
    pub bundle: Bundle,
    /// `force`: npm's own guards are off.
    pub force: Sourced<bool>,
    /// `dry-run`.
    pub dry_run: Sourced<bool>,
    /// A one-time password is at hand: from where.
    pub otp: Option<Origin>,
    /// Whether npm could ask for a one-time password: it needs a terminal on both sides. `None`: there is one on one side, and
    /// where the output of a lint goes says little of that of the publish.
    pub can_prompt: Option<bool>,
    /// Whether npm's public policy holds at the target.
    pub npmjs: bool,
    /// A lifecycle script that changes package.json before npm sends it.
    pub rewriter: Option<Rewriter>,
    /// The CI job, with what this npm can do in it.
    pub ci: Ci,
    /// The npm that would publish.
    pub npm: Sourced<Version>,
    /// What `devEngines` is compared with; `None`: the project's root has none.
    pub engines: Option<Arc<Engines>>,
    /// An .npmignore keeps the members of this root out of its tarball.
    pub ignores_members: bool,
    /// A script of npm's runs this, with the flags of its command in the environment (`@npmcli/config` 10 lib/set-envs.js).
    pub in_script: bool,
    /// A file that npm certainly reads when it packs the package, and cannot: as shown.
    pub unreadable_file: Option<String>,
    /// `publishConfig.cafile` names something that npm cannot read as a file.
    pub unreadable_cafile: Option<Origin>,
    /// What is pushed.
    pub pushed: Pushed,
    /// Where npm installs each package from that this one depends on.
    pub sources: BTreeMap<PackageName, Source>,
    /// The package manager that the project names.
    pub client: Option<Arc<Client>>,
    /// The credentials that version control holds.
    pub committed: Arc<Committed>,
    /// npm's configuration.
    pub config: Arc<NpmConfig>,
    /// What is shown in the place of values that a variable of the environment is a part of.
    pub written: Written,
}

/// The text of settings before npm expands the variables in it; `None`: there are none, and the value may be shown.
#[derive(Clone, Debug, Default)]
pub struct Written {
    registry: Option<String>,
    tag: Option<String>,
    checked_tag: Option<String>,
    access: Option<String>,
    provenance_file: Option<String>,
}

impl PublishPlan {
    /// The target's URL and its text, when it is one.
    pub fn registry(&self) -> Option<(&Url, &str)> {
        match &self.target {
            Target::Registry { url, text, .. } => Some((url, text)),
            Target::Invalid { .. } => None,
        }
    }

    /// npm's `opts[key]`: a flag beats publishConfig, which beats the rest of the configuration.
    pub fn option(&self, key: &str) -> Option<Value> {
        self.sourced_option(key).map(|option| option.value)
    }

    /// [`option`](Self::option), and what decided it.
    pub fn sourced_option(&self, key: &str) -> Option<Sourced<Value>> {
        let settings = Settings { config: &self.config, manifest: &self.manifest };
        settings.effective(key).map(|(value, origin)| Sourced { value, origin })
    }

    /// What decided the target.
    pub fn target_origin(&self) -> &Origin {
        target_origin(&self.target)
    }

    /// `private`, when JavaScript takes it for true.
    pub fn private(&self) -> Option<Place> {
        let value = self.manifest.field("private").filter(|value| value.is_truthy())?;
        Some(self.manifest.place(value.span()))
    }

    /// npm leaves it out of a workspace publish, or the user out of this run.
    pub fn is_skipped(&self) -> bool {
        self.unchanged_since.is_some() || self.workspace && self.private().is_some()
    }

    /// With a trusted publisher's token npm adds provenance by itself, unless the repository is known not to be public
    /// (lib/utils/oidc.js): to a package that is public.
    pub fn adds_provenance(&self) -> bool {
        let signs = self.ci.provider == Some(Provider::GitHub) || self.ci.can_attest;
        self.ci.can_exchange && signs && self.ci.is_public != Some(false) && self.config.is_default("provenance")
    }

    /// npm runs no scripts.
    pub fn ignores_scripts(&self) -> bool {
        self.manifest.is_packed || self.config.get("ignore-scripts").is_some_and(|entry| entry.value.is_truthy())
    }

    /// The name for sentences.
    pub fn shown_name(&self) -> &str {
        self.name.as_ref().map_or_else(
            || self.manifest.field("name").and_then(crate::json::Value::as_str).unwrap_or("this package"),
            PackageName::as_str,
        )
    }
}

/// What a plan is made of.
pub struct Ingredients<'a> {
    /// What is published.
    pub selected: Selected,
    /// npm's configuration.
    pub config: &'a Arc<NpmConfig>,
    /// The CI job.
    pub ci: &'a Ci,
    /// The npm that would publish.
    pub npm: &'a Sourced<Version>,
    /// What `devEngines` of the project's root is compared with.
    pub engines: Option<Arc<Engines>>,
    /// The package manager that the project's root names.
    pub client: Option<Arc<Client>>,
    /// A lifecycle script of the package that changes its package.json.
    pub rewriter: Option<Rewriter>,
    /// The credentials that version control holds.
    pub committed: &'a Arc<Committed>,
    /// `npm stage publish` instead of `npm publish`.
    pub stage: bool,
    /// [`PublishPlan::can_prompt`].
    pub can_prompt: Option<bool>,
    /// Registries that enforce npm's public policy.
    pub npmjs: &'a [Url],
}

impl PublishPlan {
    /// Works out what `npm publish` would do; credentials go into `keyring`.
    pub fn new(ingredients: Ingredients<'_>, keyring: &mut Keyring) -> Self {
        let Ingredients { selected, config, engines, client, rewriter, ci, npm, committed, stage, can_prompt, npmjs } =
            ingredients;
        let can_exchange = ci.can_exchange && npm.value >= TRUSTED_PUBLISHING;
        let ci = Ci { can_exchange, ..ci.clone() };
        let Selected { obstacle, manifest, workspace, root } = selected;
        let settings = Settings { config, manifest: &manifest };
        let name =
            manifest.field("name").and_then(JsonValue::as_str).and_then(|name| crate::name::normalize(name).ok());
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
        let written = Written {
            registry: settings
                .written(&settings.registry_key(name.as_ref()))
                .filter(|_| !matches!(target_origin(&target), Origin::Manifest { .. })),
            tag: settings
                .written("tag")
                .filter(|_| !leaves_out_tag && !manifest.field("tag").is_some_and(JsonValue::is_truthy)),
            checked_tag: config.get("tag").and_then(|entry| entry.written.clone()),
            access: settings.written("access"),
            provenance_file: settings.written("provenance-file"),
        };
        let is_npmjs = matches!(&target, Target::Registry { url, .. } if npmjs.iter().any(|root| is_under(url, root)));
        Self {
            obstacle,
            workspace,
            passes_private: false,
            unchanged_since: None,
            root,
            name,
            version,
            astray: settings.is_astray(&target),
            tag: if leaves_out_tag { settings.configured_tag() } else { settings.tag() },
            access: settings.access(),
            provenance: settings.switch("provenance"),
            provenance_file: settings.text("provenance-file"),
            bundle: Bundle::default(),
            force: settings.own_switch("force"),
            dry_run: settings.own_switch("dry-run"),
            otp: settings.otp(),
            stage,
            target,
            login,
            read_credential,
            can_prompt,
            rewriter: rewriter.filter(|_| !settings.own_switch("ignore-scripts").value),
            npmjs: is_npmjs,
            ci,
            npm: npm.clone(),
            engines,
            ignores_members: false,
            in_script: false,
            unreadable_file: None,
            unreadable_cafile: None,
            pushed: Pushed::default(),
            sources: sources::sources(config, &manifest, client.as_ref().and_then(|one| one.local.as_ref()), keyring),
            client,
            committed: Arc::clone(committed),
            config: Arc::clone(config),
            written,
            manifest,
        }
    }

    /// Reads what is pushed, the file that `provenance-file` names, whether an .npmignore keeps the members of a root out, and
    /// whether npm can read what it packs in any case.
    pub fn read_surroundings(&mut self, world: &World) {
        self.unreadable_file = packing::unreadable_file(world, self);
        self.unreadable_cafile = packing::unreadable_cafile(world, self);
        self.pushed = Pushed::detect(world);
        self.in_script = world.filled_var("npm_lifecycle_event").is_some();
        self.ignores_members =
            self.manifest.field("workspaces").is_some() && ignored::leaves_members_out(world, &self.manifest);
        if let Some(file) = &self.provenance_file {
            self.bundle = Bundle::read(world, &file.value);
        }
    }

    /// Whether package.json says now what the registry will be told.
    ///
    /// # Errors
    /// When a lifecycle script may change it first.
    pub fn settled(&self) -> Known<()> {
        self.unless_rewritten(|rewriter| !rewriter.only_what_is_missing)
    }

    /// The same of the name and the version: where one is missing, any script may write it.
    ///
    /// # Errors
    /// When a lifecycle script may.
    pub fn settled_name_and_version(&self) -> Known<()> {
        self.unless_rewritten(|_| true)
    }

    fn unless_rewritten(&self, matters: impl Fn(&Rewriter) -> bool) -> Known<()> {
        let Some(rewriter) = self.rewriter.as_ref().filter(|rewriter| matters(rewriter)) else { return Ok(()) };
        let what = if rewriter.only_what_is_missing { "the name or the version" } else { "package.json" };
        let script = rewriter.script;
        let detail = format!("the script `{script}` may change {what} before npm sends it: run it, then lint again");
        Err(Unknown::new(Reason::Unsupported, detail))
    }

    /// The registry for sentences, without user name and password, and with `${NAME}` where a variable is expanded.
    pub fn shown_registry(&self) -> String {
        match (&self.written.registry, &self.target) {
            (Some(written), _) => mask_url(written.trim()),
            (None, Target::Registry { url, .. }) => ShownUrl::new(url).to_string(),
            (None, Target::Invalid { text, .. }) => text.clone(),
        }
    }

    /// The dist-tag that would be set, for people.
    pub fn shown_tag(&self) -> &str {
        self.written.tag.as_ref().unwrap_or(&self.tag.value.value)
    }

    /// The dist-tag that npm checks, for people.
    pub fn shown_checked_tag(&self) -> &str {
        self.written.checked_tag.as_ref().unwrap_or(&self.tag.checked.value)
    }

    /// The access, for people.
    pub fn shown_access(&self) -> &str {
        match (&self.written.access, &self.access.value) {
            (Some(written), _) => written,
            (None, Access::Default) => "default",
            (None, Access::Public) => "public",
            (None, Access::Restricted) => "restricted",
            (None, Access::Other(text)) => text,
        }
    }

    /// The file that `provenance-file` names, for people.
    pub fn shown_provenance_file(&self) -> Option<&str> {
        let file = self.provenance_file.as_ref()?;
        Some(self.written.provenance_file.as_ref().unwrap_or(&file.value))
    }
}

fn target_origin(target: &Target) -> &Origin {
    match target {
        Target::Registry { origin, .. } | Target::Invalid { origin, .. } => origin,
    }
}
