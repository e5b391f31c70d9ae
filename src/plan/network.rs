//! Whether several publishes of one run reach their registries in the same way.

use super::PublishPlan;

/// The settings that decide how npm reaches a registry.
const NETWORK: [&str; 15] = [
    "ca",
    "cafile",
    "cert",
    "fetch-retries",
    "fetch-retry-factor",
    "fetch-retry-maxtimeout",
    "fetch-retry-mintimeout",
    "fetch-timeout",
    "https-proxy",
    "key",
    "local-address",
    "maxsockets",
    "noproxy",
    "proxy",
    "strict-ssl",
];

/// Whether the publishConfig of some packages says other things than that of others about how to reach a registry.
pub fn differ_in_network(plans: &[PublishPlan]) -> bool {
    plans.windows(2).any(|pair| NETWORK.iter().any(|key| pair[0].option(key) != pair[1].option(key)))
}
