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

/// Where the packages of each scope come from, and those of none: the same for all packages of a run.
pub type ByScope = HashMap<Option<String>, Option<Arc<Source>>>;

/// The source of every dependency that a registry has to answer for; `replacing`: what a client writes in their place, and
/// what is installed beside the package.
pub(super) fn sources(
    config: &NpmConfig,
    manifest: &Manifest,
    (client, linked): (Option<&Client>, &Linked),
    by_scope: &mut ByScope,
    keyring: &mut Keyring,
) -> BTreeMap<PackageName, Arc<Source>> {
    let consumer = Manifest::parse(String::new(), b"{}", Path::new(""));
    let publisher = publisher(client, None, config, &consumer);
    let local = client.and_then(|client| client.local.as_ref()).filter(|_| !manifest.is_packed);
    let wanted = dependencies::installed(manifest).into_iter().filter_map(|dependency| {
        let written = dependency.written(local, linked).ok()?;
        dependency.wanted_as(written.as_ref())
    });
    let mut sources = BTreeMap::new();
    for name in wanted.map(|wanted| wanted.name) {
        let scope = name.scope().map(str::to_owned);
        let shared = by_scope.entry(scope).or_insert_with(|| match publisher.source(&name) {
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
        let source = match own {
            Some(_) if own != shared.credential => Arc::new(Source { credential: own, ..Source::clone(shared) }),
            _ => Arc::clone(shared),
        };
        sources.insert(name, source);
    }
    sources
}
