//! Yarn since version 2 (`yarn npm publish`), which reads no file and no variable of npm's. Emulates Yarn 4.18.1
//! (@yarnpkg/core sources/Configuration.ts; @yarnpkg/plugin-npm sources/npmConfigUtils.ts, npmHttpUtils.ts, npmPublishUtils.ts).

mod settings;

pub use settings::known;

use std::path::Path;

use url::Url;

use super::Publisher;
use super::configuration::{Builder, Configuration, Fault, names_registry, origin, upwards};
use super::decided::{Access, Login, Tag, Target};
use super::document::{Document, Node, is_credential};
use super::npm::{Sent, Settings};
use super::variables::{Dialect, expand};
use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::version::Version;
use crate::project::ci::{Ci, Provider};
use crate::project::npm_config::{Layer, NpmConfig, Origin, Sourced, Value};
use crate::project::world::World;
use crate::project::yarn_files;

/// The registry that Yarn publishes to when nothing names one: another name of npm's public registry.
pub const DEFAULT_REGISTRY: &str = "https://registry.yarnpkg.com";

/// The hosts that it speaks plain http with.
const HOSTS_IN_PLAIN: &str = "unsafeHttpWhitelist";

/// Why a line of npm's files is none for it.
const READS_NO_NPMRC: &str = "Yarn reads no .npmrc";

/// Settings that one of npm's stands for, besides those that name a registry.
const LIKE_NPMS: [(&str, &str); 6] = [
    ("npmPublishAccess", "access"),
    ("npmPublishProvenance", "provenance"),
    ("httpProxy", "proxy"),
    ("httpsProxy", "https-proxy"),
    ("httpsCaFilePath", "cafile"),
    ("enableStrictSsl", "strict-ssl"),
];

/// Reads what Yarn would, in a folder.
pub(super) fn configuration(world: &World, folder: &Path, npm: &NpmConfig) -> Configuration {
    let mut reader = Reader { builder: Builder::new(world, npm) };
    reader.variables();
    let file = yarn_files::settings(world);
    let own = world.home().join(file);
    let mut was_read = false;
    for path in upwards(folder, file) {
        was_read |= path == own;
        if let Some(document) = reader.builder.yaml(&path) {
            let layer = if path == own { Layer::User } else { Layer::Project };
            reader.document(&document, layer);
        }
    }
    if !was_read && let Some(document) = reader.builder.yaml(&own) {
        reader.document(&document, Layer::User);
    }
    reader.registries();
    for (layer, entry) in npm.entries().filter(|(_, entry)| entry.origin.place().is_some()) {
        // The registry of a machine is that of everything that is installed there.
        if entry.key.starts_with("//") || layer == Layer::Project && names_registry(&entry.key) {
            reader.builder.dropped.push((entry.key.clone(), entry.origin.clone(), READS_NO_NPMRC));
        }
    }
    if let Some(entry) = npm.flag("registry") {
        reader.builder.fault(Fault::UnknownOption { option: entry.origin.to_string() });
    }
    reader.builder.build()
}

/// Collects settings under Yarn's own names, the strongest first.
struct Reader<'w> {
    builder: Builder<'w>,
}

impl Reader<'_> {
    /// `YARN_NPM_AUTH_TOKEN` is `npmAuthToken`.
    fn variables(&mut self) {
        for (name, value) in self.builder.world.filled_vars() {
            let Some(rest) = name.get(.."yarn_".len()).filter(|start| start.eq_ignore_ascii_case("yarn_")) else {
                continue;
            };
            let key = camel_case(&name[rest.len()..]);
            let origin = Origin::Env(name.clone());
            if settings::IGNORED_VARIABLES.contains(&key.as_str()) {
                continue;
            }
            if !settings::is_known(&key) {
                self.builder.fault(Fault::UnknownSetting { key, origin });
                continue;
            }
            self.scalar(Layer::Env, &key, &Scalar::Text(value), origin);
        }
    }

    fn document(&mut self, document: &Document, layer: Layer) {
        let root = document.root();
        // A plugin of somebody else's brings settings of its own.
        let has_plugins = root.get("plugins").is_some_and(|plugins| !plugins.elements().is_empty());
        let is_strict = root.get("enableStrictSettings").and_then(Node::bool) != Some(false);
        for (key, node) in root.members() {
            if layer == Layer::Project && is_strict && !has_plugins && !settings::is_known(key) {
                let origin = origin(document, layer, node);
                self.builder.fault(Fault::UnknownSetting { key: key.to_owned(), origin });
            }
            self.node(document, layer, key, node);
        }
    }

    /// A setting, or the entries of one that is a map: `npmScopes.acme.npmAuthToken`.
    fn node(&mut self, document: &Document, layer: Layer, key: &str, node: &Node) {
        let origin = origin(document, layer, node);
        if let Some(text) = node.text() {
            self.scalar(layer, key, &Scalar::Text(text), origin.clone());
        } else if let Some(value) = node.bool() {
            self.scalar(layer, key, &Scalar::Bool(value), origin.clone());
        } else if key == HOSTS_IN_PLAIN {
            let hosts = node.elements().iter().filter_map(|host| Some(Value::Text(host.text()?.to_owned())));
            self.builder.set(layer, key, Value::List(hosts.collect()), origin.clone());
        }
        // An entry of a registry counts as a whole: the nearest file that has it.
        let is_entry = key.starts_with("npmRegistries.");
        if is_entry && !self.builder.is_free(key) {
            return;
        }
        for (name, member) in node.members() {
            self.node(document, layer, &format!("{key}.{name}"), member);
        }
        if is_entry {
            self.builder.set(layer, key, Value::Bool(true), origin);
        }
    }

    fn scalar(&mut self, layer: Layer, key: &str, value: &Scalar<'_>, origin: Origin) {
        let text = match value {
            // A list, of which Yarn takes text apart.
            Scalar::Text(text) if key == HOSTS_IN_PLAIN => {
                let hosts = text.split(',').map(|host| Value::Text(host.to_owned())).collect();
                return self.builder.set(layer, key, Value::List(hosts), origin);
            }
            Scalar::Bool(value) => return self.builder.set(layer, key, Value::Bool(*value), origin),
            Scalar::Text(text) => text,
        };
        let is_read = expand(self.builder.world, Dialect::Yarn, text, None);
        // What a stronger source has said is not looked at, but for the entries of maps.
        let is_looked_at = key.contains('.') || self.builder.is_free(key);
        if let Some(variable) = is_read.unset.first().filter(|_| layer != Layer::Env && is_looked_at) {
            self.builder.fault(Fault::UnsetVariable { name: variable.name.clone(), origin: origin.clone() });
        }
        match *text {
            "true" | "1" if layer == Layer::Env => self.builder.set(layer, key, Value::Bool(true), origin),
            "false" | "0" if layer == Layer::Env => self.builder.set(layer, key, Value::Bool(false), origin),
            text => self.builder.expand(layer, key, text, origin, Dialect::Yarn, is_credential(key)),
        }
    }

    /// The registries and what else is npm's under another name.
    fn registries(&mut self) {
        for (theirs, ours) in LIKE_NPMS {
            self.builder.copy(theirs, ours);
        }
        self.builder.copy("npmPublishRegistry", "registry");
        self.builder.copy("npmRegistryServer", "registry");
        self.builder.set(
            Layer::Builtin,
            "registry",
            Value::Text(DEFAULT_REGISTRY.to_owned()),
            Origin::Derived("Yarn's default".to_owned()),
        );
        for scope in self.builder.names_between("npmScopes.", ".npmPublishRegistry") {
            self.builder.copy(&format!("npmScopes.{scope}.npmPublishRegistry"), &format!("@{scope}:registry"));
        }
    }
}

enum Scalar<'t> {
    Text(&'t str),
    Bool(bool),
}

/// `NPM_AUTH_TOKEN` becomes `npmAuthToken`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
    let first = words.next().unwrap_or_default();
    words.fold(first, |mut all, word| {
        let (head, tail) = word.split_at(1);
        all.push_str(&head.to_ascii_uppercase());
        all.push_str(tail);
        all
    })
}

/// Yarn as the publisher of one package.
pub(super) struct Yarn<'a>(pub(super) Settings<'a>);

impl Yarn<'_> {
    /// The credential of a part of the configuration: `npmScopes.acme.`, or the top level.
    fn under(&self, prefix: &str) -> Option<Sent> {
        self.0.token(&format!("{prefix}npmAuthToken")).or_else(|| self.0.ident(&format!("{prefix}npmAuthIdent")))
    }

    fn sent(&self, registry: &Url, name: Option<&PackageName>) -> Option<Sent> {
        let scope = name.and_then(PackageName::scope).map(|scope| scope.trim_start_matches('@'));
        if let Some(sent) = scope.and_then(|scope| self.under(&format!("npmScopes.{scope}."))) {
            return Some(sent);
        }
        let url = registry.as_str().trim_end_matches('/');
        let without_scheme = url.split_once(':').map_or(url, |(_, rest)| rest);
        let entry = [url, without_scheme].map(|url| format!("npmRegistries.{url}"));
        let entry = entry.iter().find(|key| self.0.config.get(key).is_some());
        match entry {
            Some(key) => self.under(&format!("{key}.")),
            None => self.under(""),
        }
    }
}

/// Whether Yarn speaks plain http with a host: only with those that `unsafeHttpWhitelist` names (YN0081; sources/httpUtils.ts of
/// @yarnpkg/core). A pattern there may name any host.
pub fn speaks_plainly_with(config: &NpmConfig, host: &str) -> bool {
    let Some(Value::List(hosts)) = config.get(HOSTS_IN_PLAIN).map(|entry| &entry.value) else { return false };
    hosts
        .iter()
        .filter_map(Value::as_text)
        .any(|allowed| allowed == host || allowed.contains(['*', '?', '[', '{', '!']))
}

impl Publisher for Yarn<'_> {
    fn settings(&self) -> Settings<'_> {
        self.0
    }

    fn registry_key(&self, name: Option<&PackageName>) -> String {
        self.0.key_of_scope(name)
    }

    fn target(&self, name: Option<&PackageName>) -> Target {
        let target = self.0.target_of_package(["registry"]);
        target.unwrap_or_else(|| self.0.target_of_setting(&self.registry_key(name)))
    }

    fn source(&self, name: &PackageName) -> Target {
        let scoped = name.scope().map(|scope| format!("npmScopes.{}.npmRegistryServer", scope.trim_start_matches('@')));
        let keys = scoped.as_deref().into_iter().chain(["npmRegistryServer"]);
        let named = keys.filter(|key| self.0.config.get(key).is_some()).map(|key| self.0.target_of_setting(key)).next();
        named.unwrap_or_else(|| Settings::registry(DEFAULT_REGISTRY, Origin::Default))
    }

    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        self.sent(registry, name).map_or(Login::Nothing, |sent| sent.login(keyring))
    }

    fn tag(&self) -> Tag {
        self.0.flag_or(None)
    }

    /// Every scoped package is restricted unless something says otherwise, one that exists and is public as well.
    fn access(&self, name: Option<&PackageName>) -> Sourced<Access> {
        let configured = || self.0.config.get("access").and_then(|entry| Some((entry.value.as_text()?, &entry.origin)));
        self.0.access_or(|| match configured() {
            Some(("public", origin)) => Sourced { value: Access::Public, origin: origin.clone() },
            Some((_, origin)) => Sourced { value: Access::Restricted, origin: origin.clone() },
            None if name.is_some_and(|name| name.scope().is_some()) => Sourced {
                value: Access::Restricted,
                origin: Origin::Derived("Yarn's default for packages with a scope".to_owned()),
            },
            None => Sourced {
                value: Access::Public,
                origin: Origin::Derived("Yarn's default for packages without a scope".to_owned()),
            },
        })
    }

    fn provenance(&self) -> Sourced<bool> {
        self.0.switch("provenance")
    }

    fn otp(&self) -> Option<Origin> {
        self.0.configured_otp()
    }

    /// It exchanges the job's identity only where it finds no credential.
    fn job(&self, ci: &Ci, _: &Version, login: &Login) -> Ci {
        let knows = matches!(ci.provider, Some(Provider::GitHub | Provider::GitLab | Provider::Circle));
        Ci { can_exchange: ci.can_exchange && knows && matches!(login, Login::Nothing), ..ci.clone() }
    }

    fn signs_by_itself(&self) -> bool {
        false
    }
}
