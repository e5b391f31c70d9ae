//! Credentials that name no registry, at which npm refuses to start with `ERR_INVALID_AUTH` (`@npmcli/config` as
//! shipped with npm 11.19.1 and 12.2.2, lib/index.js `validate`, lib/nerf-dart.js).

use url::Url;

use super::{Entry, InvalidAuth};
use crate::npm::nerf_dart::host;
use crate::npm::release::NpmRelease;

/// The key prefix for a registry's settings; `None`: it is not a URL.
pub(super) fn nerf_dart(registry: &str) -> Option<String> {
    let url = Url::parse(registry).ok()?;
    let from = format!("{}://{}{}", url.scheme(), host(&url), url.path());
    let directory = Url::parse(&from).ok()?.join(".").ok()?;
    Some(format!("//{}{}", host(&directory), directory.path()))
}

/// The keys of one layer that an npm refuses; `nerf` is the prefix they would need.
pub(super) fn invalid<'a>(
    get: impl Fn(&str) -> Option<&'a Entry>,
    nerf: Option<&str>,
    npm: &NpmRelease,
) -> Vec<InvalidAuth> {
    let set = |key: &str| get(key).filter(|entry| entry.value.is_truthy());
    let problem = |entry: &Entry, rename_to: Option<String>| InvalidAuth {
        key: entry.key.clone(),
        origin: entry.origin.clone(),
        rename_to,
    };
    let removed = ["_authtoken", "-authtoken"].into_iter().filter_map(set).map(|entry| problem(entry, None));
    let misplaced = npm.refused_top_level_keys().iter().filter_map(|key| {
        let entry = set(key)?;
        let lonely = partner(key).is_some_and(|partner| set(partner).is_none());
        let rename_to = nerf.filter(|_| !lonely).map(|nerf| format!("{nerf}:{key}"));
        Some(problem(entry, rename_to))
    });
    removed.chain(misplaced).collect()
}

/// The key without which a key is nothing.
fn partner(key: &str) -> Option<&'static str> {
    Some(match key {
        "username" => "_password",
        "_password" => "username",
        "certfile" => "keyfile",
        "keyfile" => "certfile",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_becomes_the_prefix_npm_uses() {
        for (registry, expected) in [
            ("https://h/a/b", Some("//h/a/")),
            ("https://u:p@H:443/", Some("//h/")),
            ("http://h:8080", Some("//h:8080/")),
            ("h.example", None),
            ("", None),
        ] {
            assert_eq!(nerf_dart(registry).as_deref(), expected, "{registry}");
        }
    }
}
