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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_without_a_slash_is_cut_off() {
        for (registry, key) in
            [("https://h/", "//h/"), ("https://h:443/a/b", "//h/a/"), ("http://H:8080/a/b/", "//h:8080/a/b/")]
        {
            assert_eq!(nerf_dart(&registry.parse().unwrap()), key);
        }
    }
}
