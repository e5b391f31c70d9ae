//! Where npm installs the dependencies of a package from: it picks a registry and a credential by the name of each, and
//! `publishConfig` has no part in that (npm-registry-fetch 19, lib/index.js `pickRegistry`).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use url::Url;

use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::project::manifest::Manifest;
use crate::project::npm_config::NpmConfig;
use crate::publisher::dependencies;
use crate::publisher::dependencies::linked::Linked;
use crate::publisher::{Client, Target, publisher};

/// A registry that npm installs a package from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its URL, parsed.
    pub url: Url,
    /// Its URL as npm would use it.
    pub text: String,
    /// The number of the credential that goes along.
    pub credential: Option<usize>,
}

/// Where the packages of each scope come from, and those of none under an empty one: the same for all packages of a run.
pub type ByScope = HashMap<String, Option<Arc<Source>>>;

/// Where the dependencies of a package come from. A release may have a million of them, so that what a scope shares is kept
/// once for each package.
#[derive(Debug, Default)]
pub struct Sources {
    by_scope: BTreeMap<String, Arc<Source>>,
    /// Those that are asked for with a credential of their own.
    own: BTreeMap<PackageName, Arc<Source>>,
}

impl Sources {
    /// That of a dependency; `None`: no registry has to answer for it, or it is not known which.
    pub fn of(&self, name: &PackageName) -> Option<&Source> {
        let shared = || self.by_scope.get(name.scope().unwrap_or_default());
        self.own.get(name).or_else(shared).map(AsRef::as_ref)
    }

    /// Whether no registry has to answer for any.
    pub fn is_empty(&self) -> bool {
        self.by_scope.is_empty()
    }
}

/// The source of every dependency that a registry has to answer for; `replacing`: what a client writes in their place, and
/// what is installed beside the package.
pub(super) fn sources(
    config: &NpmConfig,
    manifest: &Manifest,
    (client, linked): (Option<&Client>, &Linked),
    by_scope: &mut ByScope,
    keyring: &mut Keyring,
) -> Sources {
    let consumer = Manifest::parse(String::new(), b"{}", Path::new(""));
    let publisher = publisher(client, None, config, &consumer);
    let local = client.and_then(|client| client.local.as_ref()).filter(|_| !manifest.is_packed);
    let wanted = dependencies::installed(manifest).into_iter().filter_map(|dependency| {
        let written = dependency.written(local, linked).ok()?;
        dependency.wanted_as(written.as_ref())
    });
    let mut sources = Sources::default();
    for name in wanted.map(|wanted| wanted.name) {
        let scope = name.scope().unwrap_or_default();
        let shared = by_scope.entry(scope.to_owned()).or_insert_with(|| match publisher.source(&name) {
            // It would learn a name that is meant for somewhere else.
            Target::Registry { origin, .. } if config.may_be_overruled(&origin) => None,
            Target::Registry { url, text, .. } => {
                let credential = publisher.read_credential(&url, None, keyring);
                Some(Arc::new(Source { url, text, credential }))
            }
            Target::Invalid { .. } => None,
        });
        let Some(shared) = shared else { continue };
        let own = publisher.settings().own_read_credential(&shared.url, &name, keyring);
        if !sources.by_scope.contains_key(scope) {
            sources.by_scope.insert(scope.to_owned(), Arc::clone(shared));
        }
        if own.is_some() && own != shared.credential {
            let source = Source { credential: own, ..Source::clone(shared) };
            sources.own.insert(name, Arc::new(source));
        }
    }
    sources
}
