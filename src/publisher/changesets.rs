//! Changesets, which publishes with a client and tells it access and dist-tag: both always, so that the client's own defaults and
//! guards have no part in it. Imitates `@changesets/cli` 3.0.3 and 2.31.1 (src/commands/publish).

use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::Publisher;
use super::decided::{Access, Login, Tag, Target};
use super::npm::Settings;
use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::npm_config::definitions::DEFAULT_TAG;
use crate::project::npm_config::{Layer, Origin, Sourced};
use crate::project::world::{World, limit};
use crate::text::json::Document;
use crate::text::source::{Place, Source};

/// Where Changesets keeps what it is told of a project.
const FOLDER: &str = ".changeset";

/// What Changesets passes to the client.
#[derive(Clone, Debug)]
pub struct Changesets {
    access: Sourced<Access>,
    /// That of the prerelease mode; `None`: `latest`.
    tag: Option<Sourced<String>>,
}

impl Changesets {
    /// What it is told of the project around a folder; `None`: it is not used there, or its configuration cannot be read.
    pub fn read(world: &World, root: &Path) -> Option<Self> {
        let folder = root.join(FOLDER);
        let config = read(world, &folder.join("config.json"))?;
        let access = text(&config, "access");
        let access = match access {
            Some(Sourced { value, origin }) if value == "public" => Sourced { value: Access::Public, origin },
            Some(Sourced { origin, .. }) => Sourced { value: Access::Restricted, origin },
            None => {
                Sourced { value: Access::Restricted, origin: Origin::Derived("the default of Changesets".to_owned()) }
            }
        };
        let mode = read(world, &folder.join("pre.json"));
        let mode = mode.filter(|mode| text(mode, "mode").is_some_and(|mode| mode.value == "pre"));
        Some(Self { access, tag: mode.and_then(|mode| text(&mode, "tag")) })
    }
}

fn read(world: &World, path: &Path) -> Option<(Arc<Source>, Document)> {
    let bytes = world.files.read(path, limit::SETTINGS).ok()?;
    let source = Arc::new(Source::new(world.shown_path(path), &bytes));
    let document = Document::parse(source.text()).ok()?;
    Some((source, document))
}

fn text((source, document): &(Arc<Source>, Document), key: &str) -> Option<Sourced<String>> {
    let value = document.root().get(key)?;
    let place = Place::new(source, value.span());
    let origin = Origin::File { layer: Layer::Project, key: place.span, place };
    Some(Sourced { value: value.as_str()?.to_owned(), origin })
}

/// A client that Changesets runs.
pub(super) struct ByChangesets<'a> {
    pub(super) client: Box<dyn Publisher + 'a>,
    pub(super) told: &'a Changesets,
}

impl Publisher for ByChangesets<'_> {
    fn settings(&self) -> Settings<'_> {
        self.client.settings()
    }

    fn name(&self) -> Option<Sourced<String>> {
        self.client.name()
    }

    fn version(&self) -> Option<Sourced<String>> {
        self.client.version()
    }

    fn registry_key(&self, name: Option<&PackageName>) -> String {
        self.client.registry_key(name)
    }

    fn target(&self, name: Option<&PackageName>) -> Target {
        self.client.target(name)
    }

    fn source(&self, name: &PackageName) -> Target {
        self.client.source(name)
    }

    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        self.client.login(registry, name, keyring)
    }

    fn read_credential(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Option<usize> {
        self.client.read_credential(registry, name, keyring)
    }

    fn tag(&self) -> Tag {
        let latest = || {
            let origin = Origin::Derived("Changesets passes `--tag latest`".to_owned());
            Sourced { value: DEFAULT_TAG.to_owned(), origin }
        };
        let tag = self.settings().flag_or(self.told.tag.clone().or_else(|| Some(latest())));
        Tag { implicit: false, ..tag }
    }

    fn access(&self, _: Option<&PackageName>) -> Sourced<Access> {
        self.settings().access_or(|| self.told.access.clone())
    }

    fn provenance(&self) -> Sourced<bool> {
        self.client.provenance()
    }

    fn otp(&self) -> Option<Origin> {
        self.client.otp()
    }

    fn job(&self, ci: &Ci, npm: &Version, login: &Login) -> Ci {
        self.client.job(ci, npm, login)
    }

    fn signs_by_itself(&self) -> bool {
        self.client.signs_by_itself()
    }
}
