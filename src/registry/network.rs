//! npm's network settings, read once before anything is asked: proxies, certificates, patience. What npm leaves to
//! node's environment (`NODE_EXTRA_CA_CERTS`) or to its agent's (`HTTPS_PROXY` and its kin) is read from the world.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use crate::npm::version::Version;
use crate::project::npm_config::{Layer, NpmConfig, Value};
use crate::project::world::World;

/// An origin may be silent for this long, whatever `fetch-timeout` forbids.
const SHORTEST_SILENCE: Duration = Duration::from_secs(1);

/// An origin that is silent for this long is given up, whatever `fetch-timeout` allows: npm waits five minutes.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// An order of magnitude above the largest known.
const LONGEST_PACKUMENT: usize = 256 << 20;

/// npm repeats a request as often as configured; a read that fails so often fails.
const MOST_RETRIES: u64 = 5;

/// Which certificate authorities are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those that node brings along, and the PEM text of `NODE_EXTRA_CA_CERTS`.
    Node {
        /// PEM.
        extra: Vec<u8>,
        /// Node is configured to trust the system's authorities, too.
        system: bool,
    },
    /// These and no others: npm hands `ca` and `cafile` to node, where they replace the default.
    Only {
        /// PEM.
        pem: Vec<u8>,
        /// The setting, for sentences.
        setting: String,
    },
    /// `strict-ssl=false`: any certificate will do.
    Any,
}

/// A client certificate and its key, PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate and what leads to its authority.
    pub certificate: Vec<u8>,
    /// The private key.
    pub key: Vec<u8>,
}

/// How to reach registries.
#[derive(Clone)]
pub struct Network {
    proxy: Option<String>,
    https_proxy_variable: Option<String>,
    http_proxy_variable: Option<String>,
    no_proxy: Vec<String>,
    /// Whom to trust.
    pub roots: Roots,
    identity: Option<Identity>,
    identities: BTreeMap<String, Identity>,
    /// From which of the machine's addresses to connect.
    pub local_address: Option<IpAddr>,
    /// How long an origin may be silent.
    pub silence: Duration,
    /// npm's own `fetch-timeout` is longer than that.
    pub npm_waits_longer: bool,
    /// How often a request is repeated after the first time.
    pub retries: u32,
    /// The longest pause that npm's settings ask for before the first repetition.
    pub first_pause: Duration,
    /// The longest pause between two repetitions.
    pub longest_pause: Duration,
    /// How many requests an origin gets at a time.
    pub max_sockets: usize,
    /// The longest packument that is read, in bytes after decompression.
    pub longest_packument: usize,
}

impl Network {
    /// The settings as `npm publish` has them here. `lookup` is npm's `opts[key]`, publishConfig laid over the
    /// configuration; credentials of hosts come from the configuration alone.
    pub fn new(world: &World, config: &NpmConfig, lookup: &dyn Fn(&str) -> Option<Value>) -> Self {
        let text = |key: &str| {
            lookup(key).and_then(|value| value.as_text().map(str::to_owned)).filter(|text| !text.is_empty())
        };
        let read = |path: &str| world.files.read(&world.resolve(path), crate::project::world::limit::CERTIFICATE).ok();
        let millis = |key: &str, default| Duration::from_millis(number(lookup, key).unwrap_or(default));
        let variable = |wanted: &str| {
            // The agent folds the environment into lower case; of two spellings the later one counts.
            let same = |(name, _): &(&String, &String)| name.to_ascii_lowercase() == wanted;
            world.env.iter().rfind(same).map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        let https_proxy_variable = variable("https_proxy");
        let no_proxy = lookup("noproxy").map(|value| texts(&value)).unwrap_or_default();
        let no_proxy =
            if no_proxy.iter().all(String::is_empty) { variable("no_proxy").into_iter().collect() } else { no_proxy };
        // Zero is no limit.
        let fetch_timeout = Some(millis("fetch-timeout", 300_000)).filter(|limit| !limit.is_zero());
        let fetch_timeout = fetch_timeout.unwrap_or(Duration::MAX);
        let strict = lookup("strict-ssl").is_none_or(|value| value != Value::Bool(false));
        let certificate = |text: &str| text.replace("\\n", "\n").into_bytes();
        Self {
            proxy: text("https-proxy").or_else(|| text("proxy")),
            http_proxy_variable: https_proxy_variable
                .clone()
                .or_else(|| variable("http_proxy"))
                .or_else(|| variable("proxy")),
            https_proxy_variable,
            no_proxy: no_proxy
                .iter()
                .flat_map(|list| list.split(','))
                .map(|host| host.trim().to_owned())
                .filter(|host| !host.is_empty())
                .collect(),
            roots: if strict { roots(world, config, lookup) } else { Roots::Any },
            identity: text("cert")
                .zip(text("key"))
                .map(|(cert, key)| Identity { certificate: certificate(&cert), key: certificate(&key) }),
            identities: config
                .entries()
                .filter_map(|(_, entry)| entry.key.strip_suffix(":certfile"))
                .filter_map(|prefix| {
                    let certificate = read(&text(&format!("{prefix}:certfile"))?)?;
                    let key = read(&text(&format!("{prefix}:keyfile"))?)?;
                    Some((prefix.to_owned(), Identity { certificate, key }))
                })
                .collect(),
            local_address: text("local-address").and_then(|address| address.parse().ok()),
            // npm counts from the last byte in ticks of its own; a limit of milliseconds lets it through.
            silence: fetch_timeout.clamp(SHORTEST_SILENCE, LONGEST_SILENCE),
            npm_waits_longer: fetch_timeout > LONGEST_SILENCE,
            retries: number(lookup, "fetch-retries").unwrap_or(2).min(MOST_RETRIES).try_into().unwrap_or(2),
            first_pause: millis("fetch-retry-mintimeout", 10_000),
            longest_pause: millis("fetch-retry-maxtimeout", 60_000),
            max_sockets: number(lookup, "maxsockets").unwrap_or(15).clamp(1, 256).try_into().unwrap_or(15),
            longest_packument: LONGEST_PACKUMENT,
        }
    }

    /// The proxy for a URL, as npm's agent chooses it (`@npmcli/agent` 4 lib/proxy.js).
    pub fn proxy_for(&self, url: &Url) -> Option<&str> {
        let proxy = self.proxy.as_deref().or(match url.scheme() {
            "https" => self.https_proxy_variable.as_deref(),
            _ => self.http_proxy_variable.as_deref(),
        })?;
        let host: Vec<&str> = url.host_str().unwrap_or_default().rsplit('.').collect();
        let exempt = self.no_proxy.iter().any(|pattern| {
            let pattern: Vec<&str> = pattern.rsplit('.').filter(|label| !label.is_empty()).collect();
            !pattern.is_empty() && host.starts_with(&pattern)
        });
        (!exempt).then_some(proxy)
    }

    /// The client certificate for a URL and the key it is configured under (`npm-registry-fetch` 19 lib/auth.js).
    pub fn identity_for(&self, url: &Url) -> Option<(&str, &Identity)> {
        let path = format!("//{}{}", crate::npm::nerf_dart::host(url), url.path());
        let nearest = self
            .identities
            .iter()
            .filter(|(prefix, _)| {
                path.strip_prefix(prefix.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/'))
            })
            .max_by_key(|(prefix, _)| prefix.len());
        nearest.map(|(key, identity)| (key.as_str(), identity)).or(self.identity.as_ref().map(|own| ("", own)))
    }
}

/// npm lays `ca` and what `cafile` names over each other layer by layer, publishConfig last (`@npmcli/config` as shipped with
/// npm 11.19.1, lib/definitions/definitions.js). A `ca` that is empty and not `null` leaves nobody to trust; a file that is
/// not there, or empty, changes nothing.
fn roots(world: &World, config: &NpmConfig, lookup: &dyn Fn(&str) -> Option<Value>) -> Roots {
    let read = |path: &str| {
        world
            .files
            .read(&world.resolve(path), crate::project::world::limit::CERTIFICATE)
            .ok()
            .filter(|pem| !pem.is_empty())
    };
    let named = |ca: Option<Value>, cafile: Option<Value>| {
        let path = cafile.and_then(|value| value.as_text().map(str::to_owned)).filter(|path| !path.is_empty());
        if let Some((pem, path)) = path.and_then(|path| Some((read(&path)?, path))) {
            let setting = format!("`cafile` ({})", world.shown_path(&world.resolve(&path)));
            return Some(Some(Roots::Only { pem, setting }));
        }
        let ca = ca?;
        let pem = || texts(&ca).join("\n").replace("\\n", "\n").into_bytes();
        Some(ca.is_truthy().then(|| Roots::Only { pem: pem(), setting: "`ca`".to_owned() }))
    };
    let laid_over = |key: &str| lookup(key).filter(|value| config.flat(key).map(|entry| &entry.value) != Some(value));
    let of = |layer, key: &str| config.layer(layer).find(|entry| entry.key == key).map(|entry| entry.value.clone());
    let layers = [Layer::Cli, Layer::Env, Layer::Project, Layer::User, Layer::Global, Layer::Builtin];
    let strongest = || layers.into_iter().find_map(|layer| named(of(layer, "ca"), of(layer, "cafile")));
    named(laid_over("ca"), laid_over("cafile")).or_else(strongest).flatten().unwrap_or_else(|| {
        let extra = world.filled_var("NODE_EXTRA_CA_CERTS").and_then(read).unwrap_or_default();
        Roots::Node { extra, system: asks_the_system(world) }
    })
}

/// Whether node trusts the system's authorities: `--use-system-ca` and `--use-openssl-ca`, which a node that does not
/// know them refuses, and `NODE_USE_SYSTEM_CA`, which node knows from 22.19 and 24.6 on.
fn asks_the_system(world: &World) -> bool {
    let options = world.var("NODE_OPTIONS").unwrap_or_default();
    if options.split_whitespace().any(|option| matches!(option, "--use-system-ca" | "--use-openssl-ca")) {
        return true;
    }
    if world.var("NODE_USE_SYSTEM_CA") != Some("1") {
        return false;
    }
    let version = (world.node_version)().and_then(|text| Version::clean(&text, true));
    version.is_some_and(|version| {
        (Version::new(22, 19, 0)..Version::new(23, 0, 0)).contains(&version) || version >= Version::new(24, 6, 0)
    })
}

/// The text, or the texts of the list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::List(list) => list.iter().flat_map(texts).collect(),
        value => value.as_text().map(str::to_owned).into_iter().collect(),
    }
}

fn number(lookup: &dyn Fn(&str) -> Option<Value>, key: &str) -> Option<u64> {
    match lookup(key)? {
        Value::Number(number) => format!("{number:.0}").parse().ok(),
        value => value.as_text()?.trim().parse().ok(),
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// No proxy, no certificates, and patience for the busiest machine.
    pub(in crate::registry) fn network() -> Network {
        Network {
            proxy: None,
            https_proxy_variable: None,
            http_proxy_variable: None,
            no_proxy: Vec::new(),
            roots: Roots::Node { extra: Vec::new(), system: false },
            identity: None,
            identities: BTreeMap::new(),
            local_address: None,
            silence: Duration::from_secs(5),
            npm_waits_longer: true,
            retries: 2,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(2),
            max_sockets: 15,
            longest_packument: LONGEST_PACKUMENT,
        }
    }

    impl Network {
        /// With npm's `proxy`.
        pub(in crate::registry) fn through(self, proxy: &str) -> Self {
            Self { proxy: Some(proxy.to_owned()), ..self }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn exempt_hosts_are_matched_by_whole_labels_from_the_right() {
        let network = Network {
            no_proxy: vec![".corp.test".to_owned(), "h.test".to_owned()],
            ..testing::network().through("http://proxy.test:3128")
        };
        for (host, proxied) in
            [("npm.corp.test", false), ("corp.test", false), ("h.test", false), ("xcorp.test", true), ("test", true)]
        {
            assert_eq!(network.proxy_for(&url(&format!("https://{host}/"))).is_some(), proxied, "{host}");
        }
    }

    #[test]
    fn the_proxy_variable_depends_on_the_scheme() {
        let world = World::memory(&[], &[("HTTP_PROXY", "http://a.test"), ("no_proxy", "x.test,y.test")]);
        let config = NpmConfig::load(
            &world,
            &crate::project::npm_config::args::parse(&[], &crate::npm::release::NpmRelease::default()),
        );
        let network = Network::new(&world, &config, &|key| config.flat(key).map(|entry| entry.value.clone()));
        assert_eq!(network.proxy_for(&url("http://h.test/")), Some("http://a.test"));
        assert_eq!(network.proxy_for(&url("https://h.test/")), None);
        assert_eq!(network.proxy_for(&url("http://a.y.test/")), None);
    }

    fn configured(npmrc: &str, env: &[(&str, &str)], node: fn() -> Option<String>) -> Network {
        let mut world = World::memory(&[("/home/alice/.npmrc", npmrc), ("/extra.pem", "extra")], env);
        world.node_version = node;
        let config = NpmConfig::load(
            &world,
            &crate::project::npm_config::args::parse(&[], &crate::npm::release::NpmRelease::default()),
        );
        Network::new(&world, &config, &|key| config.flat(key).map(|entry| entry.value.clone()))
    }

    #[test]
    fn the_timeout_is_ten_seconds_or_npms_setting() {
        for (npmrc, seconds, longer) in [
            ("", 10, true),
            ("fetch-timeout=1", 1, false),
            ("fetch-timeout=3000", 3, false),
            ("fetch-timeout=10000", 10, false),
            ("fetch-timeout=0", 10, true),
            ("fetch-timeout=86400000", 10, true),
        ] {
            let network = configured(npmrc, &[], || None);
            assert_eq!((network.silence.as_secs(), network.npm_waits_longer), (seconds, longer), "{npmrc}");
        }
    }

    #[test]
    fn node_trusts_the_systems_authorities_only_if_configured() {
        let node = |version: &'static str| -> fn() -> Option<String> {
            match version {
                "22.18.0" => || Some("v22.18.0".to_owned()),
                "22.19.0" => || Some("v22.19.0".to_owned()),
                "23.0.0" => || Some("v23.0.0".to_owned()),
                _ => || Some("v24.6.0".to_owned()),
            }
        };
        let system = |env: &[(&str, &str)], version| match configured("", env, node(version)).roots {
            Roots::Node { extra, system } => (extra, system),
            roots => panic!("{roots:?}"),
        };
        assert_eq!(system(&[], "24.6.0"), (vec![], false));
        assert_eq!(system(&[("NODE_EXTRA_CA_CERTS", "/extra.pem")], "24.6.0"), (b"extra".to_vec(), false));
        assert!(system(&[("NODE_OPTIONS", "--max-old-space-size=99 --use-system-ca")], "22.18.0").1);
        for (version, knows) in [("22.18.0", false), ("22.19.0", true), ("23.0.0", false), ("24.6.0", true)] {
            assert_eq!(system(&[("NODE_USE_SYSTEM_CA", "1")], version).1, knows, "{version}");
        }
        assert!(!system(&[("NODE_USE_SYSTEM_CA", "0")], "24.6.0").1);
    }

    #[test]
    fn the_strongest_ca_setting_wins_and_an_empty_one_trusts_nobody() {
        let trusted = |npmrc, env: &[(&str, &str)]| match configured(npmrc, env, || None).roots {
            Roots::Only { pem, .. } => Some(String::from_utf8(pem).unwrap()),
            _ => None,
        };
        for (npmrc, variable, expected) in [
            ("", "", None),
            ("ca=null", "", None),
            ("ca=", "", Some("")),
            ("ca=\"\"", "", Some("")),
            ("ca[]=", "", Some("")),
            ("ca=x", "", Some("x")),
            ("ca=\ncafile=/extra.pem", "", Some("extra")),
            ("ca=x\ncafile=/missing.pem", "", Some("x")),
            ("cafile=/extra.pem", "x", Some("x")),
            ("cafile=/extra.pem", " ", Some("")),
        ] {
            let found = trusted(npmrc, &[("npm_config_ca", variable)]);
            assert_eq!(found.as_deref(), expected, "{npmrc} {variable:?}");
        }
    }

    #[test]
    fn the_client_certificate_of_the_longest_prefix_wins() {
        let own = Identity { certificate: vec![], key: vec![] };
        let identities = ["//h.test/", "//h.test/npm/"].map(|key| (key.to_owned(), own.clone())).into();
        let network = Network { identities, ..testing::network() };
        let key = |text| network.identity_for(&url(text)).map(|(key, _)| key.to_owned());
        assert_eq!(key("https://h.test/npm/p").as_deref(), Some("//h.test/npm/"));
        assert_eq!(key("https://h.test/other").as_deref(), Some("//h.test/"));
        assert_eq!(key("https://h.test:8443/npm/p"), None);
    }
}
