//! Credentials that others can read: written out in a configuration file of the project that git tracks, or in
//! publishConfig, which npm publishes. Git is run only for a file that holds such a credential.

use std::path::Path;

use url::{Host, Url};

use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin};
use crate::project::world::World;
use crate::project::world::git::GitError;
use crate::text::redact::{is_secret, shapes};
use crate::text::source::Place;

/// A credential that is written out.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its key, such as `//registry.example.com/:_authToken`.
    pub key: String,
    /// The value.
    pub place: Place,
    /// Its shape is one in which npm, GitHub or GitLab issue tokens, so that it is certainly no stand-in.
    pub issued: bool,
}

impl Written {
    fn new(key: &str, text: &str, place: Place) -> Option<Self> {
        let issued = !shapes::tokens(text).is_empty();
        (!text.is_empty()).then(|| Self { key: key.to_owned(), place, issued })
    }
}

/// The credentials in publishConfig. A `${VARIABLE}` there is never expanded, and no secret.
pub fn in_publish_config(manifest: &Manifest) -> Vec<Written> {
    let members = manifest.field("publishConfig").into_iter().flat_map(crate::text::json::Value::members);
    members
        .filter(|member| is_credential(member.key))
        .filter_map(|member| {
            let text = member.value.as_str().filter(|text| !text.contains("${"))?;
            Written::new(member.key, text, manifest.place(member.value.span()))
        })
        .collect()
}

/// What git says of the files with credentials.
#[derive(Debug, Default)]
pub struct Committed {
    /// In the files that it tracks.
    pub written: Vec<Written>,
    /// A file, as shown, of which git does not tell, and why.
    pub unreadable: Option<(String, String)>,
}

impl Committed {
    /// Looks at the files of the project that npm reads its configuration from.
    pub fn read(world: &World, config: &NpmConfig) -> Self {
        let mut committed = Self::default();
        for file in config.files.iter().filter(|file| file.path.starts_with(&config.local_prefix)) {
            let written: Vec<_> = config
                .layer(file.layer)
                .filter(|entry| entry.variables.is_empty() && entry.unset.is_empty() && is_credential(&entry.key))
                .filter_map(|entry| {
                    let Origin::File { place, .. } = &entry.origin else { return None };
                    Written::new(&entry.key, entry.value.as_text()?, place.clone())
                })
                .collect();
            if written.is_empty() {
                continue;
            }
            match git_tracks(world, &file.path) {
                Ok(true) => committed.written.extend(written),
                Ok(false) => {}
                Err(error) => committed.unreadable = Some((world.shown_path(&file.path), error.to_string())),
            }
        }
        committed
    }
}

/// A one-time password is worth nothing to anybody, nor is what opens a server on the same machine.
fn is_credential(key: &str) -> bool {
    is_secret(key) && key != "otp" && !is_here(key)
}

/// Whether the server that a key names is this machine.
fn is_here(key: &str) -> bool {
    let host = key.strip_prefix("//").and_then(|rest| Url::parse(&format!("http://{}", rest.split('/').next()?)).ok());
    match host.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}

/// Without a repository there is nothing to ask.
fn git_tracks(world: &World, path: &Path) -> Result<bool, GitError> {
    match path.parent().and_then(|folder| world.repository(folder)) {
        Some(_) => world.files.git_tracks(path),
        None => Ok(false),
    }
}
