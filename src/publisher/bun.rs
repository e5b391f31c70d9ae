//! Bun (`bun publish`): bunfig.toml, .npmrc, its variables and the project's .env files. Emulates Bun 1.4.5
//! (src/install/PackageManager/PackageManagerOptions.rs, src/ini/lib.rs, `src/runtime/cli/publish_command.rs`).

use std::path::{Path, PathBuf};

use url::Url;

use super::Publisher;
use super::configuration::{Builder, Configuration, Line, names_registry, origin};
use super::decided::{Access, Login, Tag, Target};
use super::document::{Document, Node};
use super::npm::Settings;
use super::variables::Dialect;
use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::{self, nerf_dart};
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::npm_config::{Layer, NpmConfig, Origin, Sourced, Value};
use crate::project::world::{World, limit};
use crate::text::redact::{Secret, is_secret};

/// Files of the project with variables, the strongest first.
const ENV_FILES: [&str; 3] = [".env.local", ".env.production", ".env"];
/// What it reads of .npmrc besides registries and credentials.
const NPMRC_KEYS: [&str; 3] = ["registry", "ca", "cafile"];

/// Reads what Bun would, for a project with that root.
pub(super) fn configuration(world: &World, root: &Path, npm: &NpmConfig) -> Configuration {
    let mut reader = Reader { builder: Builder::new(world, npm), dotenv: dotenv(world, root) };
    reader.variable(&["BUN_CONFIG_REGISTRY", "NPM_CONFIG_REGISTRY", "npm_config_registry"], "registry");
    let home = world.home();
    let user = |name: &str| {
        let elsewhere = world.filled_var("XDG_CONFIG_HOME").map(|folder| PathBuf::from(folder).join(name));
        elsewhere.filter(|file| world.files.is_file(file)).unwrap_or_else(|| home.join(name))
    };
    let bunfigs = [(root.join("bunfig.toml"), Layer::Project), (user(".bunfig.toml"), Layer::User)];
    let bunfigs = bunfigs.map(|(path, layer)| (reader.builder.toml(&path), layer));
    let named = ["NPM_CONFIG_USERCONFIG", "npm_config_userconfig"].iter().find_map(|name| world.filled_var(name));
    let user_npmrc = named.map_or_else(|| user(".npmrc"), |named| world.resolve(named));
    let npmrcs = [(root.join(".npmrc"), Layer::Project), (user_npmrc, Layer::User)];
    for (document, layer) in &bunfigs {
        if let Some(document) = document {
            reader.bunfig(document, *layer);
        }
    }
    let mut lines = Vec::new();
    for (path, layer) in npmrcs {
        lines.extend(reader.builder.npmrc(layer, &path).into_iter().map(|line| (line, layer)));
    }
    let (registries, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(line, _)| names_registry(&line.key));
    for (line, layer) in registries {
        reader.line(line, layer);
    }
    reader.token();
    for (line, layer) in others {
        reader.line(line, layer);
    }
    reader.builder.build()
}

/// The variables of the project's .env files: name, value and the file, the strongest first.
fn dotenv(world: &World, root: &Path) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for path in ENV_FILES.map(|name| root.join(name)) {
        let Ok(bytes) = world.files.read(&path, limit::SETTINGS) else { continue };
        let shown = world.shown_path(&path);
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim_start().trim_start_matches("export ");
            let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            all.push((name.trim().to_owned(), value.to_owned(), shown.clone()));
        }
    }
    all
}

/// Collects settings, the strongest first.
struct Reader<'w> {
    builder: Builder<'w>,
    dotenv: Vec<(String, String, String)>,
}

impl Reader<'_> {
    /// A variable of the machine or of an .env file, and what says so.
    fn named(&self, names: &[&str]) -> Option<(String, Origin)> {
        let of_machine =
            |name: &&str| Some((self.builder.world.filled_var(name)?.to_owned(), Origin::Env((*name).to_owned())));
        let of_file = |wanted: &&str| {
            let (name, value, file) =
                self.dotenv.iter().find(|(name, value, _)| name == wanted && !value.is_empty())?;
            Some((value.clone(), Origin::Derived(format!("{name} in {file}"))))
        };
        names.iter().find_map(|name| of_machine(name).or_else(|| of_file(name)))
    }

    fn variable(&mut self, names: &[&str], key: &str) {
        let is_url = |value: &str| value.starts_with("http://") || value.starts_with("https://");
        if let Some((value, origin)) = self.named(names).filter(|(value, _)| is_url(value)) {
            self.builder.set(Layer::Env, key, Value::Text(value), origin);
        }
    }

    /// `BUN_CONFIG_TOKEN` and its kin are for the default registry alone.
    fn token(&mut self) {
        if let Some((value, origin)) = self.named(&["BUN_CONFIG_TOKEN", "NPM_CONFIG_TOKEN", "npm_config_token"]) {
            let key = format!("{}:_authToken", entry_of("registry"));
            self.builder.replace(Layer::Env, &key, Value::Secret(Secret::new(value)), origin);
        }
    }

    fn bunfig(&mut self, document: &Document, layer: Layer) {
        let Some(install) = document.root().get("install") else { return };
        if let Some(registry) = install.get("registry") {
            self.registry(document, layer, "registry", registry);
        }
        for (scope, registry) in install.get("scopes").into_iter().flat_map(Node::members) {
            let key = format!("@{}:registry", scope.trim_start_matches('@'));
            self.registry(document, layer, &key, registry);
        }
    }

    /// A URL, or a URL and the credential for it.
    fn registry(&mut self, document: &Document, layer: Layer, key: &str, node: &Node) {
        let url = node.get("url").unwrap_or(node);
        let Some(text) = url.text() else { return };
        // A credential belongs to its entry, whichever other one names the same registry.
        let same = |other: &str| nerf_of(other).is_some() && nerf_of(other) == nerf_of(text);
        // A variable or the option may name the registry of the entry again.
        let is_free = self.builder.is_free(key) || self.builder.named_by_variable(key).is_some_and(same);
        self.builder.expand(layer, key, text, origin(document, layer, url), Dialect::Bunfig, false);
        let is_flagged = key == "registry" && self.builder.flag("registry").is_some_and(|flag| !same(flag));
        if !is_free || is_flagged {
            return;
        }
        let entry = entry_of(key);
        if let Some(token) = node.get("token")
            && let Some(text) = token.text()
        {
            let origin = origin(document, layer, token);
            self.builder.expand(layer, &format!("{entry}:_authToken"), text, origin, Dialect::Bunfig, true);
        }
        // It is written as it is, and not in base64 as in .npmrc.
        if let (Some(username), Some(password)) = (node.get("username"), node.get("password"))
            && let (Some(name), Some(text)) = (username.text(), password.text())
        {
            let origin = origin(document, layer, password);
            let pair = format!("{name}:{text}");
            self.builder.expand(layer, &format!("{entry}:_auth"), &pair, origin, Dialect::Bunfig, true);
        }
    }

    fn line(&mut self, Line { key, value, origin }: Line, layer: Layer) {
        let counts = key.starts_with("//") || NPMRC_KEYS.contains(&key.as_str()) || names_registry(&key);
        let is_credential = key.starts_with("//") && !key.ends_with(":certfile") && !key.ends_with(":keyfile");
        match value.as_text() {
            Some(text) if counts && (is_credential || !key.starts_with("//")) => {
                self.builder.expand(layer, &key, text, origin, Dialect::Bun, is_secret(&key));
            }
            _ => {}
        }
    }
}

/// Host and path of a registry.
fn nerf_of(registry: &str) -> Option<String> {
    Url::parse(registry.trim()).ok().map(|url| nerf_dart(&url))
}

/// Where the credential of a bunfig's entry is kept: `install.registry`, or `install.@acme` for `@acme:registry`.
fn entry_of(key: &str) -> String {
    format!("install.{}", key.strip_suffix(":registry").unwrap_or(key))
}

/// Bun as the publisher of one package.
pub(super) struct Bun<'a>(pub(super) Settings<'a>);

impl Bun<'_> {
    /// The entry whose credential a publish carries: where publishConfig or `--registry` names the registry, any entry of it or of a folder above
    /// it that has one.
    fn entry(&self, registry: &Url, name: Option<&PackageName>) -> Option<String> {
        let scoped = name.and_then(PackageName::scope).map(|scope| format!("{scope}:registry"));
        if self.0.target_of_package(scoped.as_deref()).is_some() {
            return None;
        }
        let serves = |key: &str| match self.0.target_of_setting(key) {
            Target::Registry { url, .. } => nerf_dart(registry).starts_with(&nerf_dart(&url)),
            Target::Invalid { .. } => false,
        };
        let key = self.registry_key(name);
        let others = self.0.config.entries().map(|(_, entry)| entry.key.as_str());
        let others = others.filter(|other| key == "registry" && *other != key && names_registry(other));
        let of_package = self.0.target_of_package(["registry"]).is_some() || self.0.config.flag("registry").is_some();
        let mut all = std::iter::once(key.as_str()).chain(others.filter(|_| of_package)).filter(|key| serves(key));
        all.find(|key| self.0.configured_under(&entry_of(key)).is_some()).map(entry_of)
    }
}

impl Publisher for Bun<'_> {
    fn settings(&self) -> Settings<'_> {
        self.0
    }

    fn registry_key(&self, name: Option<&PackageName>) -> String {
        self.0.key_of_scope(name)
    }

    /// The scope comes first, in publishConfig and in the settings, then the flag.
    fn target(&self, name: Option<&PackageName>) -> Target {
        let scoped = name.and_then(PackageName::scope).map(|scope| format!("{scope}:registry"));
        let of_scope = self.0.target_of_package(scoped.as_deref());
        let key = self.registry_key(name);
        let is_flag = self.0.config.flag("registry").is_some();
        let of_package = || self.0.target_of_package(["registry"]).filter(|_| key == "registry" && !is_flag);
        of_scope.or_else(of_package).unwrap_or_else(|| self.0.target_of_setting(&key))
    }

    /// What the entry of the registry has, else what .npmrc has for it or for a folder above it.
    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        if let Some(login) = Settings::login_of_url(registry, keyring) {
            return login;
        }
        let own = self.entry(registry, name).and_then(|entry| self.0.configured_under(&entry));
        let nerf = nerf_dart(registry);
        let sent = own.or_else(|| nerf_dart::upwards(&nerf).find_map(|nerf| self.0.configured_under(nerf)));
        sent.map_or(Login::Nothing, |sent| sent.login(keyring))
    }

    fn tag(&self) -> Tag {
        self.0.flag_or(self.0.of_manifest("publishConfig.tag", self.0.manifest.publish_config("tag")))
    }

    fn access(&self, _: Option<&PackageName>) -> Sourced<Access> {
        self.0.access_or(|| Sourced { value: Access::Default, origin: Origin::Default })
    }

    /// It fails on every request for provenance, wherever it comes from.
    fn provenance(&self) -> Sourced<bool> {
        self.0.switch("provenance")
    }

    fn otp(&self) -> Option<Origin> {
        self.0.configured_otp()
    }

    /// It has no trusted publishing.
    fn job(&self, ci: &Ci, _: &Version, _: &Login) -> Ci {
        Ci { can_exchange: false, has_identity: false, can_attest: false, ..ci.clone() }
    }

    fn signs_by_itself(&self) -> bool {
        false
    }
}
