//! Yarn 1 (`yarn publish`), which reads npm's files and variables and `.yarnrc`. Imitates Yarn 1.22.22
//! (src/registries/npm-registry.js, yarn-registry.js, src/cli/commands/publish.js).

use std::path::{Path, PathBuf};

use url::Url;

use super::Publisher;
use super::configuration::{Builder, Configuration, upwards};
use super::decided::{Access, Login, Tag, Target};
use super::npm::Settings;
use super::yarn::DEFAULT_REGISTRY;
use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::nerf_dart;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::npm_config::{Layer, NpmConfig, Origin, Sourced, Value};
use crate::project::world::{World, limit};
use crate::text::source::{Place, Source, Span};

/// Reads what Yarn 1 would, in a folder.
pub(super) fn configuration(world: &World, folder: &Path, npm: &NpmConfig) -> Configuration {
    let mut builder = Builder::new(world, npm);
    for (name, value) in world.filled_vars() {
        if ["yarn_registry", "yarn_config_registry"].contains(&name.to_ascii_lowercase().as_str()) {
            builder.set(Layer::Env, "registry", Value::Text(value.clone()), Origin::Env(name.clone()));
        }
    }
    // npm's settings come before those of `.yarnrc` (npm-registry.js `getRegistry`).
    builder.take_all();
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

    /// A credential for npm's registry serves Yarn's name of it as well.
    fn login(&self, registry: &Url, _: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        let is_default = registry.host_str() == Url::parse(DEFAULT_REGISTRY).ok().as_ref().and_then(Url::host_str);
        let npms = Url::parse(crate::project::npm_config::definitions::DEFAULT_REGISTRY).ok().filter(|_| is_default);
        let hosts = [Some(nerf_dart(registry)), npms.map(|url| nerf_dart(&url))];
        let sent = hosts.into_iter().flatten().find_map(|nerf| {
            let without_slash = nerf.trim_end_matches('/').to_owned();
            self.0.configured_under(&nerf).or_else(|| self.0.configured_under(&without_slash))
        });
        sent.or_else(|| self.0.token("_authToken")).map_or(Login::Nothing, |sent| sent.login(keyring))
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
