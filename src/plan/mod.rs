//! The publish plan: what `npm publish` would send where, as whom, under which dist-tag and access - every value
//! with the file, variable or flag that decided it. A function of the manifest, npm's configuration and the CI
//! environment; imitates npm 11.19.1 (lib/commands/publish.js, libnpmpublish/lib/publish.js,
//! npm-registry-fetch/lib/index.js).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod build;
pub mod contents;
pub mod discover;
mod ignored;
mod network;
mod packing;
mod publisher;
mod question;
mod sources;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use crate::facts::{Known, Reason, Unknown};
use crate::npm::name::PackageName;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::plan::contents::Contents;
use crate::plan::discover::Obstacle;
use crate::project::bundle::Bundle;
use crate::project::ci::{Ci, Provider, Pushed};
use crate::project::committed::Committed;
use crate::project::engines::Engines;
use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin, Sourced, Value};
use crate::project::overridden::OverriddenBundle;
use crate::project::package_files::ListError;
use crate::project::scripts::Rewriter;
use crate::publisher::Client;
use crate::publisher::dependencies::linked::Linked;
use crate::publisher::git_checks::GitChecks;
use crate::publisher::npm::Settings;
pub use crate::publisher::npm::shown;
pub use crate::publisher::{Access, Login, Tag, Target};
use crate::text::redact::{ShownUrl, mask_url};
use crate::text::source::Place;
pub use build::{Ingredients, Inputs, plans};
pub use network::differ_in_network;
pub use sources::Source;

/// One publish.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct PublishPlan {
    /// Why there is nothing to judge although npm was told of something.
    pub obstacle: Option<Obstacle>,
    /// What is published.
    pub manifest: Arc<Manifest>,
    /// Selected as a workspace: npm skips it when it is private.
    pub workspace: bool,
    /// `--skip-published`: a release tool publishes, which leaves private workspaces out before it looks at anything else.
    pub passes_private: bool,
    /// A release tool decides access and dist-tag, and leaves out what is published already.
    pub is_released_by_tool: bool,
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
    /// With a trusted publisher's token the client adds provenance unasked.
    pub signs_by_itself: bool,
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
    /// What is bundled although an override decided its version, for an npm that refuses that.
    pub overridden_bundle: OverriddenBundle,
    /// `publishConfig.cafile` names something that npm cannot read as a file.
    pub unreadable_cafile: Option<Origin>,
    /// What is packed, or why that is not known.
    pub contents: Result<Contents, ListError>,
    /// What is pushed.
    pub pushed: Pushed,
    /// Where npm installs each package from that this one depends on.
    pub sources: BTreeMap<PackageName, Source>,
    /// The package manager that the project names.
    pub client: Option<Arc<Client>>,
    /// What pnpm finds installed of its `workspace:` dependencies.
    pub linked: Linked,
    /// What pnpm checks in the git repository before it publishes; `None`: nothing, or another client publishes.
    pub git: Option<Arc<GitChecks>>,
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

    /// What the npm that would publish does otherwise than others.
    pub fn npm_release(&self) -> NpmRelease {
        NpmRelease::of(&self.npm.value)
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
        self.target.origin()
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
        self.ci.can_exchange && signs && self.ci.is_public != Some(false) && self.signs_by_itself
    }

    /// npm runs no scripts.
    pub fn ignores_scripts(&self) -> bool {
        self.manifest.is_packed || self.config.get("ignore-scripts").is_some_and(|entry| entry.value.is_truthy())
    }

    /// The name for sentences.
    pub fn shown_name(&self) -> &str {
        self.name.as_ref().map_or_else(
            || self.manifest.field("name").and_then(crate::text::json::Value::as_str).unwrap_or("this package"),
            PackageName::as_str,
        )
    }

    /// What is done, as a verb for sentences.
    pub const fn verb(&self) -> &'static str {
        if self.stage { "stage" } else { "publish" }
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
