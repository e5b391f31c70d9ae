//! How npm writes a registry in the keys of its configuration: `//host/path/`.

/// The key prefix under which npm looks for a registry's credential when it publishes: host and path up to the last
/// slash (`@npmcli/config` 11.19.1, lib/nerf-dart.js).
pub fn nerf_dart(registry: &url::Url) -> String {
    let host = host(registry);
    let path = registry.path();
    let directory = path.rfind('/').map_or("/", |at| &path[..=at]);
    format!("//{host}{directory}")
}

/// Host and port as JavaScript's `URL.host` gives them.
pub fn host(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The key prefix and those of the folders above it, the nearest first: `//host/a/b/`, `//host/a/`, `//host/`.
pub fn upwards(nerf: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(nerf), |nerf| {
        let at = nerf.trim_end_matches('/').rfind('/').filter(|at| *at > 1)?;
        nerf.get(..=at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_followed_by_its_parents() {
        assert_eq!(upwards("//h:81/a/b/").collect::<Vec<_>>(), ["//h:81/a/b/", "//h:81/a/", "//h:81/"]);
        assert_eq!(upwards("//h/").collect::<Vec<_>>(), ["//h/"]);
    }

    #[test]
    fn the_last_segment_is_dropped_unless_it_ends_in_a_slash() {
        for (registry, key) in
            [("https://h/", "//h/"), ("https://h:443/a/b", "//h/a/"), ("http://H:8080/a/b/", "//h:8080/a/b/")]
        {
            assert_eq!(nerf_dart(&registry.parse().unwrap()), key);
        }
    }
}
