//! pnpm since version 11, which publishes by itself: what it reads and how it resolves a publish. Emulates pnpm 12.21.0 and 11.28.10
//! (pnpm/crates/config/src/lib.rs `current_inner`, `npmrc_auth.rs`, `publish/src/publish_options.rs`, network/src/auth.rs).

use std::path::{Path, PathBuf};

use url::Url;

use super::Publisher;
use super::configuration::{Builder, Configuration, Fault, Line, credential_key, names_registry, origin, upwards};
use super::decided::{Access, Login, Tag, Target};
use super::document::{Document, Node};
use super::npm::Settings;
use super::variables::Dialect;
use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::{self, host};
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::members::PNPM_FILE;
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::project::npm_config::{Layer, NpmConfig, Origin, Sourced, Value};
use crate::project::world::World;
use crate::text::json;
use crate::text::redact::{Secret, is_secret};

/// The first pnpm that replaces no variables in a project's .npmrc.
const EXPANDS_NO_VARIABLES: Version = Version::new(11, 5, 3);
/// The first one that fails on a registry's URL with a variable in a file of the project.
const REFUSES_VARIABLES: Version = Version::new(12, 19, 0);

/// What it reads of files in the style of .npmrc besides registries and what belongs to a host.
const NPMRC_KEYS: [&str; 12] = [
    "registry",
    "ca",
    "cafile",
    "cert",
    "key",
    "strict-ssl",
    "local-address",
    "https-proxy",
    "http-proxy",
    "proxy",
    "noproxy",
    "no-proxy",
];
/// Credentials that a file may name without a registry: they are for the one that this file names.
const UNSCOPED: [&str; 6] = ["_authToken", "_auth", "username", "_password", "cert", "key"];

/// Reads what pnpm would, for a project around a folder; `version`: `None` is the newest.
pub(super) fn configuration(world: &World, version: Option<&Version>, root: &Path, npm: &NpmConfig) -> Configuration {
    let mut reader = Reader {
        builder: Builder::new(world, npm),
        expands_in_project: version.is_some_and(|version| *version < EXPANDS_NO_VARIABLES),
        refuses_variables: version.is_none_or(|version| *version >= REFUSES_VARIABLES),
    };
    let own = config_dir(world);
    let workspace = upwards(root, PNPM_FILE).find(|file| world.files.is_file(file));
    let settings = workspace.as_deref().and_then(|file| reader.builder.yaml(file));
    let global = reader.builder.yaml(&own.join("config.yaml"));
    let routes = routes(world, global.as_ref());
    reader.tokens(&routes);
    reader.variables();
    // Seen with 12.21.0 and 11.28.10: stronger than the registry of any file.
    reader.routes(&routes, Layer::Env);
    if let Some(settings) = &settings {
        reader.settings(settings, Layer::Project);
    }
    if let Some(global) = &global {
        reader.settings(global, Layer::User);
    }
    let user = user_file(world, npm, global.as_ref());
    let project = workspace.as_deref().and_then(Path::parent).unwrap_or(&world.cwd).join(".npmrc");
    if project != user {
        reader.npmrc(&project, Layer::Project);
    }
    reader.npmrc(&own.join("auth.ini"), Layer::User);
    reader.npmrc(&user, Layer::User);
    reader.routes(&routes, Layer::User);
    reader.builder.build()
}

/// Where pnpm keeps the settings of a user (crates/config-dir/src/lib.rs).
fn config_dir(world: &World) -> PathBuf {
    let home = world.home();
    if let Some(named) = world.filled_var("XDG_CONFIG_HOME") {
        return PathBuf::from(named).join("pnpm");
    }
    if cfg!(target_os = "macos") {
        return home.join("Library/Preferences/pnpm");
    }
    match world.filled_var("LOCALAPPDATA").filter(|_| cfg!(windows)) {
        Some(local) => PathBuf::from(local).join("pnpm/config"),
        None => home.join(".config/pnpm"),
    }
}

/// The user's .npmrc.
fn user_file(world: &World, npm: &NpmConfig, global: Option<&Document>) -> PathBuf {
    let flag = npm.flag("userconfig").and_then(|entry| entry.value.as_text());
    let variable = |names: &[&str]| names.iter().find_map(|name| world.filled_var(name));
    let named = flag
        .or_else(|| variable(&["pnpm_config_npmrc_auth_file", "PNPM_CONFIG_NPMRC_AUTH_FILE"]))
        .or_else(|| variable(&["pnpm_config_userconfig", "PNPM_CONFIG_USERCONFIG"]))
        .or_else(|| global?.root().get("npmrcAuthFile")?.text())
        .or_else(|| variable(&["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"]));
    named.map_or_else(|| world.home().join(".npmrc"), |named| world.resolve(named))
}

/// An entry of `_auth`: which registry serves a scope, and with which token.
struct Route {
    registry: String,
    /// `@`: all packages without a scope of their own there.
    scope: String,
    token: Option<Secret>,
    layer: Layer,
    origin: Origin,
}

/// Those of `PNPM_CONFIG__AUTH`, which is JSON, and of config.yaml: `{"<registry>": {"@": {"authToken": "…"}}}`.
fn routes(world: &World, global: Option<&Document>) -> Vec<Route> {
    let mut all = Vec::new();
    let names = ["pnpm_config__auth", "PNPM_CONFIG__AUTH"];
    let variable = names.iter().find_map(|name| Some((*name, world.filled_var(name)?)));
    if let Some((name, Ok(document))) = variable.map(|(name, text)| (name, json::Document::parse(text))) {
        for registry in document.root().members() {
            all.extend(registry.value.members().map(|scope| Route {
                registry: registry.key.to_owned(),
                scope: scope.key.to_owned(),
                token: scope.value.get("authToken").and_then(json::Value::as_str).map(Secret::new),
                layer: Layer::Env,
                origin: Origin::Env(name.to_owned()),
            }));
        }
    }
    let listed = global.and_then(|document| Some((document, document.root().get("_auth")?)));
    for (document, (registry, scopes)) in
        listed.iter().flat_map(|(document, auth)| auth.members().map(move |one| (document, one)))
    {
        all.extend(scopes.members().map(|(scope, held)| Route {
            registry: registry.to_owned(),
            scope: scope.to_owned(),
            token: held.get("authToken").and_then(Node::text).map(Secret::new),
            layer: Layer::User,
            origin: origin(document, Layer::User, held.get("authToken").unwrap_or(held)),
        }));
    }
    all
}

/// Collects settings, the strongest first.
struct Reader<'w> {
    builder: Builder<'w>,
    expands_in_project: bool,
    refuses_variables: bool,
}

impl Reader<'_> {
    /// `pnpm_config_*` in both spellings, of which the one in capitals counts first, and npm's variables for what belongs to a host.
    fn variables(&mut self) {
        let world = self.builder.world;
        for (setting, key) in [("registry", "registry"), ("provenance", "provenance"), ("otp", "otp")] {
            let upper = format!("PNPM_CONFIG_{}", setting.to_ascii_uppercase());
            // `otp` has this spelling alone.
            let lower = format!("pnpm_config_{setting}");
            let names = if key == "otp" { vec![upper] } else { vec![upper, lower] };
            let Some((name, value)) = names.iter().find_map(|name| Some((name, world.filled_var(name)?))) else {
                continue;
            };
            let value = match value {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                text => Value::Text(text.to_owned()),
            };
            self.builder.set(Layer::Env, key, value, Origin::Env(name.clone()));
        }
        for prefix in ["pnpm_config_", "npm_config_"] {
            for (name, value) in world.filled_vars() {
                let key = name.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix));
                let key = key.map(|_| &name[prefix.len()..]).filter(|key| key.starts_with("//") && is_secret(key));
                if let Some(key) = key {
                    let value = Value::Secret(Secret::new(value.as_str()));
                    self.builder.set(Layer::Env, key, value, Origin::Env(name.clone()));
                }
            }
        }
    }

    /// The credentials of `_auth`.
    fn tokens(&mut self, routes: &[Route]) {
        for Route { registry, scope, token, layer, origin } in routes {
            let Some((key, token)) = credential_key(registry, &token_name(scope)).zip(token.as_ref()) else { continue };
            let value = Value::Secret(token.clone());
            self.builder.set(*layer, &key, value, origin.clone());
        }
    }

    /// The registries that `_auth` brings along.
    fn routes(&mut self, routes: &[Route], layer: Layer) {
        for Route { registry, scope, origin, .. } in routes.iter().filter(|route| route.layer == layer) {
            self.builder.set(layer, &scope_key(scope), Value::Text(registry.clone()), origin.clone());
        }
    }

    /// pnpm-workspace.yaml or config.yaml.
    fn settings(&mut self, document: &Document, layer: Layer) {
        let root = document.root();
        if let Some(node) = root.get("registry")
            && let Some(url) = node.text()
        {
            self.registry("registry", url, origin(document, layer, node), layer);
        }
        for (scope, url) in registries(root.get("registries")) {
            self.registry(&scope_key(scope), url.0, origin(document, layer, url.1), layer);
        }
        if let Some(node) = root.get("provenance")
            && let Some(value) = node.bool()
        {
            self.builder.set(layer, "provenance", Value::Bool(value), origin(document, layer, node));
        }
    }

    /// A registry of a file, in which the project may name no variables.
    fn registry(&mut self, key: &str, url: &str, origin: Origin, layer: Layer) {
        if layer == Layer::Project && !self.expands_in_project && url.contains("${") {
            if self.refuses_variables {
                self.builder.fault(Fault::VariableInRegistry { key: key.to_owned(), origin });
            } else {
                self.builder.dropped.push((key.to_owned(), origin, NOT_EXPANDED));
            }
            return;
        }
        self.builder.expand(layer, key, url, origin, Dialect::Pnpm, false);
    }

    fn npmrc(&mut self, path: &Path, layer: Layer) {
        let lines = self.builder.npmrc(layer, path);
        let registry = lines.iter().find(|line| line.key == "registry").and_then(|line| line.value.as_text());
        let registry = registry.filter(|url| !url.contains("${")).unwrap_or(DEFAULT_REGISTRY).to_owned();
        for line in lines {
            self.line(line, layer, &registry);
        }
    }

    fn line(&mut self, Line { key, value, origin }: Line, layer: Layer, registry: &str) {
        let key = if UNSCOPED.contains(&key.as_str()) {
            match credential_key(registry, &key) {
                Some(key) => key,
                None => return,
            }
        } else {
            key
        };
        let Some(text) = value.as_text() else {
            if NPMRC_KEYS.contains(&key.as_str()) {
                self.builder.set(layer, &key, value, origin);
            }
            return;
        };
        if names_registry(&key) {
            let text = text.to_owned();
            return self.registry(&key, &text, origin, layer);
        }
        if !key.starts_with("//") && !NPMRC_KEYS.contains(&key.as_str()) {
            return;
        }
        let is_guarded = is_secret(&key) || key.contains("proxy");
        if layer == Layer::Project
            && !self.expands_in_project
            && (is_guarded && text.contains("${") || key.contains("${"))
        {
            self.builder.dropped.push((key, origin, NOT_EXPANDED));
            return;
        }
        self.builder.expand(layer, &key, text, origin, Dialect::Pnpm, is_secret(&key));
    }
}

/// Why a line of a project's .npmrc does not count.
const NOT_EXPANDED: &str = "pnpm 11.5.3 and later ignores this line, because it uses a variable in a project file";

/// The name of the token for a scope in `_auth`.
fn token_name(scope: &str) -> String {
    if scope == "@" { "_authToken".to_owned() } else { format!("{scope}:_authToken") }
}

/// The setting that names the registry of a scope; `@` and `default`: of all.
fn scope_key(scope: &str) -> String {
    match scope {
        "@" | "default" => "registry".to_owned(),
        scope => format!("{scope}:registry"),
    }
}

/// Scope and URL in both forms of `registries`: a URL for a scope, and scopes for a URL.
fn registries(node: Option<&Node>) -> Vec<(&str, (&str, &Node))> {
    let mut found = Vec::new();
    for (key, value) in node.into_iter().flat_map(Node::members) {
        if let Some(url) = value.text() {
            found.push((key, (url, value)));
        } else {
            let scopes = value.get("scopes").map(Node::elements).unwrap_or_default();
            found.extend(scopes.iter().filter_map(|scope| Some((scope.text()?, (key, scope)))));
        }
    }
    found
}

/// pnpm as the publisher of one package.
pub(super) struct Pnpm<'a>(pub(super) Settings<'a>);

impl Pnpm<'_> {
    /// It sends a token although nothing is in it.
    fn has_empty_token(&self, nerf: &str) -> bool {
        let entry = self.0.config.get(&format!("{nerf}:_authToken"));
        entry.is_some_and(|entry| !entry.value.is_truthy())
    }
}

impl Publisher for Pnpm<'_> {
    fn settings(&self) -> Settings<'_> {
        self.0
    }

    /// `publishConfig.name` renames the package since 11.18.
    fn name(&self) -> Option<Sourced<String>> {
        let renamed = self.0.publish_config("name").filter(|name| !name.value.is_empty());
        renamed.or_else(|| self.0.field("name"))
    }

    fn registry_key(&self, name: Option<&PackageName>) -> String {
        self.0.key_of_scope(name)
    }

    fn target(&self, name: Option<&PackageName>) -> Target {
        let scoped = name.and_then(PackageName::scope).map(|scope| format!("{scope}:registry"));
        let keys = scoped.as_deref().into_iter().chain(["registry"]);
        self.0.target_of_package(keys).unwrap_or_else(|| self.0.target_of_setting(&self.registry_key(name)))
    }

    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        if let Some(login) = Settings::login_of_url(registry, keyring) {
            return login;
        }
        let scope = name.and_then(PackageName::scope);
        let with_port = host(registry);
        let hosts = [Some(with_port.as_str()), registry.host_str().filter(|bare| *bare != with_port)];
        for host in hosts.into_iter().flatten() {
            let nerf = format!("//{host}{}/", registry.path().trim_end_matches('/'));
            for nerf in nerf_dart::upwards(&nerf) {
                let scoped = scope.and_then(|scope| self.0.token(&format!("{nerf}:{scope}:_authToken")));
                let is_empty = self.has_empty_token(nerf);
                let sent = scoped.or_else(|| self.0.configured_under(nerf).filter(|_| !is_empty));
                if let Some(sent) = sent {
                    return sent.login(keyring);
                }
                if is_empty {
                    return Login::Nothing;
                }
            }
        }
        Login::Nothing
    }

    /// The field counts before the flag.
    fn tag(&self) -> Tag {
        match self.0.of_manifest("tag", self.0.manifest.field("tag")) {
            Some(value) => Tag { checked: value.clone(), value, implicit: false },
            None => self.0.flag_or(None),
        }
    }

    /// Another word in `publishConfig.access` is ignored.
    fn access(&self, _: Option<&PackageName>) -> Sourced<Access> {
        let nothing = || Sourced { value: Access::Default, origin: Origin::Default };
        let access = self.0.access_or(nothing);
        let is_ignored = matches!((&access.value, &access.origin), (Access::Other(_), Origin::Manifest { .. }));
        if is_ignored { nothing() } else { access }
    }

    fn provenance(&self) -> Sourced<bool> {
        self.0.own_switch("provenance")
    }

    fn otp(&self) -> Option<Origin> {
        self.0.configured_otp()
    }

    /// It exchanges the job's identity on every publish, before it looks at a credential.
    fn job(&self, ci: &Ci, _: &Version, _: &Login) -> Ci {
        ci.clone()
    }

    fn signs_by_itself(&self) -> bool {
        self.0.config.is_default("provenance")
    }
}
