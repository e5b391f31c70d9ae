//! Another HTTP stack looks at an origin where nothing answered: without the proxy, with the system's certificates,
//! over HTTP/1.1, without a credential. Where it gets an answer, the difference is the explanation.
#![expect(clippy::disallowed_types, reason = "this is the one place that asks for a second opinion")]

use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy};
use url::Url;

use super::client::shown_proxy;
use super::network::{Network, Roots};
use super::tls;

/// The longest it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opinion {
    /// Nothing either.
    Same,
    /// An answer, over the same way as the first stack: the origin lives.
    Alive,
    /// An answer, over another way: a sentence without a full stop.
    Differs(String),
}

/// Asks `<registry>/-/ping`, whatever the answer may say.
pub(super) fn ask(ping: &Url, network: &Network, left: Duration) -> Opinion {
    let host = crate::npm::nerf_dart::host(ping);
    let secure = ping.scheme() == "https";
    let proxy = network.proxy_for(ping);
    if !answers(ping, network, left.min(PATIENCE).min(network.silence)) {
        return Opinion::Same;
    }
    match (proxy, &network.roots) {
        (Some(proxy), _) => Opinion::Differs(format!(
            "`{host}` answers without the proxy {}: is the proxy correct, or is this host missing from `noproxy`?",
            shown_proxy(proxy)
        )),
        (None, Roots::Only { setting, .. }) if secure => Opinion::Differs(format!(
            "`{host}` answers when the system's certificates are trusted: {setting} replaces them instead of adding to them"
        )),
        _ => Opinion::Alive,
    }
}

fn answers(ping: &Url, network: &Network, patience: Duration) -> bool {
    // The system's roots, unless verification is off: an answer that npm would not believe explains nothing.
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .disable_verification(network.roots == Roots::Any)
        .unversioned_rustls_crypto_provider(tls::provider())
        .build();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None::<Proxy>)
        .user_agent(concat!("npm-preflight/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build()
        .into();
    agent.get(ping.as_str()).call().is_ok()
}
