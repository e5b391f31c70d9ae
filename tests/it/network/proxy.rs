//! Proxies: which one npm takes, and what it says when that does not let it through.

use super::front::{Proxy, Tls};
use crate::registry::faults::Harm;

use super::{Case, Ends, check};

const PLAIN: &str = "http://<plain>/";
const CONNECT: Option<&str> = Some("CONNECT <tls>");
const GET: Option<&str> = Some("GET http://<plain>/left-lodge");

fn secure(name: &'static str, proxy: Proxy, settings: &'static str, ends: Ends) -> Case {
    let tls = Some(Tls { certificate: "server.pem", ..Tls::default() });
    let env = &[("NODE_EXTRA_CA_CERTS", "<home>/authority.pem")];
    Case { tls, proxy: Some(proxy), settings, env, sees: CONNECT, ..Case::new(name, ends) }
}

fn plain(name: &'static str, proxy: Proxy, settings: &'static str, ends: Ends) -> Case {
    Case { registry: PLAIN, proxy: Some(proxy), settings, sees: GET, ..Case::new(name, ends) }
}

fn variables(name: &'static str, env: &'static [(&'static str, &'static str)], ends: Ends) -> Case {
    Case { env, ..plain(name, Proxy::Open, "", ends) }
}

#[test]
fn a_silent_or_missing_registry_is_reported_with_npms_code() {
    let silent: &[_] = &[("npm_config_fetch_timeout", "2000")];
    let plain = |name, harm, env, code| Case { registry: PLAIN, harm, env, ..Case::new(name, Ends::With(code)) };
    check(&[
        plain("silent", Some(Harm::Hang), silent, "FETCH_ERROR"),
        plain("closing", Some(Harm::Reset), &[], "ECONNRESET"),
        Case { registry: "http://127.0.0.1:1/", ..plain("gone", None, &[], "ECONNREFUSED") },
    ]);
}

#[test]
fn the_local_address_is_used_as_npm_uses_it() {
    let from = |name, settings, ends| Case { registry: PLAIN, settings, ..Case::new(name, ends) };
    check(&[
        from("this machine's", "local-address=127.0.0.1\n", Ends::Well),
        from("no machine's", "local-address=192.0.2.1\n", Ends::With("EADDRNOTAVAIL")),
    ]);
}

#[test]
fn proxies_are_used_as_npm_uses_them() {
    let (open, refuses, demands) = (Proxy::Open, Proxy::Refuses, Proxy::For("user:pass word"));
    let e407 = Ends::With("E407");
    let dead = Ends::With("ECONNREFUSED");
    check(&[
        secure("https-proxy", open, "https-proxy=http://<proxy>/\n", Ends::Well),
        secure("proxy, for https", open, "proxy=http://<proxy>/\n", Ends::Well),
        secure(
            "https-proxy before proxy",
            open,
            "https-proxy=http://<proxy>/\nproxy=http://127.0.0.1:1/\n",
            Ends::Well,
        ),
        secure("user and password", demands, "https-proxy=http://user:pass%20word@<proxy>/\n", Ends::Well),
        secure("no user and password", demands, "https-proxy=http://<proxy>/\n", e407),
        secure("a proxy that refuses", refuses, "https-proxy=http://<proxy>/\n", Ends::Badly),
        Case { sees: None, ..secure("no proxy there", open, "https-proxy=http://127.0.0.1:1/\n", dead) },
        Case {
            sees: None,
            ..secure("noproxy", open, "https-proxy=http://127.0.0.1:1/\nnoproxy=other.test,0.0.1\n", Ends::Well)
        },
        plain("proxy", open, "proxy=http://<proxy>/\n", Ends::Well),
        plain("user and password, without TLS", demands, "proxy=http://user:pass%20word@<proxy>/\n", Ends::Well),
        plain("no user and password, without TLS", demands, "proxy=http://<proxy>/\n", e407),
        variables("http_proxy", &[("http_proxy", "http://<proxy>/")], Ends::Well),
        variables("HTTP_PROXY", &[("HTTP_PROXY", "http://<proxy>/")], Ends::Well),
        variables(
            "HTTPS_PROXY before HTTP_PROXY, for http too",
            &[("HTTPS_PROXY", "http://<proxy>/"), ("HTTP_PROXY", "http://127.0.0.1:1/")],
            Ends::Well,
        ),
        Case {
            sees: None,
            ..variables("NO_PROXY", &[("HTTPS_PROXY", "http://127.0.0.1:1/"), ("NO_PROXY", "127.0.0.1")], Ends::Well)
        },
        Case {
            settings: "proxy=http://<proxy>/\n",
            ..variables("a setting before the variables", &[("HTTPS_PROXY", "http://127.0.0.1:1/")], Ends::Well)
        },
    ]);
}
