//! Yarn 1 (`yarn publish`), which reads npm's files and variables and `.yarnrc`. Emulates Yarn 1.22.22
//! (src/registries/npm-registry.js, yarn-registry.js, src/cli/commands/publish.js).

use std::path::{Path, PathBuf};

use url::Url;

use super::Publisher;
use super::configuration::{Builder, Configuration, Fault, upwards};
use super::decided::{Access, Login, Tag, Target};
use super::npm::{Sent, Settings};
use super::yarn::DEFAULT_REGISTRY;
use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::nerf_dart;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::npm_config::{Layer, NpmConfig, Origin, Sourced, Value};
use crate::project::world::{World, limit};
use crate::text::redact::Secret;
use crate::text::source::{Place, Source, Span};

/// Variables with a token for whichever registry it is, where no file has one (src/cli/commands/login.js `getToken`).
const TOKENS: [&str; 2] = ["YARN_AUTH_TOKEN", "NPM_AUTH_TOKEN"];
/// The key under which that token is kept.
const TOKEN: &str = "yarn:_authToken";

/// Reads what Yarn 1 would, in a folder.
pub(super) fn configuration(world: &World, folder: &Path, npm: &NpmConfig) -> Configuration {
    let mut builder = Builder::new(world, npm);
    // npm's settings come before Yarn's own (npm-registry.js `getRegistry`).
    builder.take_all();
    for (name, value) in world.filled_vars() {
        if name.eq_ignore_ascii_case("yarn_registry") {
            builder.set(Layer::Env, "registry", Value::Text(value.clone()), Origin::Env(name.clone()));
        }
    }
    let token = TOKENS.iter().find_map(|name| Some((*name, world.filled_var(name)?)));
    if let Some((name, value)) = token {
        builder.set(Layer::Env, TOKEN, Value::Secret(Secret::new(value)), Origin::Env(name.to_owned()));
    }
    // In any line of any file (src/util/env-replace.js).
    for (_, entry) in npm.entries().filter(|(layer, _)| *layer != Layer::Cli) {
        if let Some(variable) = entry.unset_variable() {
            let (name, origin) = (variable.name.clone(), entry.origin.clone());
            builder.fault(Fault::UnsetVariable { name, origin });
        }
    }
    let home = world.home().join(".yarnrc");
    let files: Vec<PathBuf> = upwards(folder, ".yarnrc").chain([home]).collect();
    for path in files {
        yarnrc(&mut builder, &path);
    }
    let default = Origin::Derived("Yarn's default".to_owned());
    builder.set(Layer::Builtin, "registry", Value::Text(DEFAULT_REGISTRY.to_owned()), default);
    builder.build()
}

/// A line is a key and a value, each with quotes or without.
fn yarnrc(builder: &mut Builder<'_>, path: &Path) {
    let Ok(bytes) = builder.world.files.read(path, limit::SETTINGS) else { return };
    let source = std::sync::Arc::new(Source::new(builder.world.shown_path(path), &bytes));
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let at = start;
        start += line.len();
        let Some((key, value)) = line.trim_end().split_once(' ').filter(|(key, _)| !key.starts_with('#')) else {
            continue;
        };
        let key = key.trim_matches('"').trim_end_matches(':');
        if key != "registry" && !key.ends_with(":registry") {
            continue;
        }
        let text = value.trim().trim_matches('"');
        let from = at + line.find(text).unwrap_or_default();
        let place = Place::new(&source, Span::new(from, from + text.len()));
        let origin = Origin::File { layer: Layer::Project, place, key: Span::new(at, at + key.len()) };
        builder.set(Layer::Project, key, Value::Text(text.to_owned()), origin);
    }
}

/// Yarn 1 as the publisher of one package.
pub(super) struct YarnClassic<'a>(pub(super) Settings<'a>);

impl YarnClassic<'_> {
    fn sent(&self, nerf: &str) -> Option<Sent> {
        let bare = nerf.trim_end_matches('/');
        let without_suffix = bare.strip_suffix("registry").unwrap_or(bare);
        let hosts = [nerf, bare, without_suffix];
        let of_host = |find: &dyn Fn(&str) -> Option<Sent>| hosts.iter().find_map(|host| find(host));
        let token = of_host(&|host| self.0.token(&format!("{host}:_authToken"))).or_else(|| self.0.token("_authToken"));
        let pair = || of_host(&|host| self.0.ident(&format!("{host}:_auth"))).or_else(|| self.0.ident("_auth"));
        token.or_else(pair).or_else(|| of_host(&|host| self.0.configured_under(host)))
    }
}

impl Publisher for YarnClassic<'_> {
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

    /// A credential for npm's registry serves Yarn's own default as well, if it is written as Yarn writes it; a credential
    /// without a registry comes before one of a lesser kind that has it (src/registries/npm-registry.js `getAuthByRegistry`).
    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        let is_default = matches!(
            self.target(name),
            Target::Registry { text, origin, .. } if text == DEFAULT_REGISTRY && !matches!(origin, Origin::Manifest { .. })
        );
        let npms = Url::parse(crate::project::npm_config::definitions::DEFAULT_REGISTRY).ok().filter(|_| is_default);
        let nerves = [Some(nerf_dart(registry)), npms.map(|url| nerf_dart(&url))];
        let sent = nerves.into_iter().flatten().find_map(|nerf| self.sent(&nerf));
        sent.or_else(|| self.0.token(TOKEN)).map_or(Login::Nothing, |sent| sent.login(keyring))
    }

    fn tag(&self) -> Tag {
        self.0.flag_or(None)
    }

    fn access(&self, _: Option<&PackageName>) -> Sourced<Access> {
        self.0.access_or(|| Sourced { value: Access::Default, origin: Origin::Default })
    }

    /// It has none, and says nothing of it.
    fn provenance(&self) -> Sourced<bool> {
        Sourced { value: false, origin: Origin::Default }
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
