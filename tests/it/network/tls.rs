//! Certificates: whom npm trusts, and what it says of the others.

use super::front::Tls;
use super::{Case, Ends, check};

const CAFILE: &str = "cafile=<home>/authority.pem\n";

fn server(certificate: &'static str) -> Tls {
    Tls { certificate, ..Tls::default() }
}

fn untrusted(name: &'static str, certificate: &'static str, code: &'static str) -> Case {
    Case { tls: Some(server(certificate)), ..Case::new(name, Ends::With(code)) }
}

fn untrusted_by(name: &'static str, settings: &'static str) -> Case {
    Case { settings, ..untrusted(name, "server.pem", "UNABLE_TO_VERIFY_LEAF_SIGNATURE") }
}

fn trusted(name: &'static str, settings: &'static str, env: &'static [(&'static str, &'static str)]) -> Case {
    Case { tls: Some(server("server.pem")), settings, env, ..Case::new(name, Ends::Well) }
}

fn with_authority(name: &'static str, certificate: &'static str, ends: Ends) -> Case {
    Case { tls: Some(server(certificate)), settings: CAFILE, ..Case::new(name, ends) }
}

#[test]
fn certificates_are_verified_as_npm_verifies_them() {
    let asks_client = |insists| Some(Tls { certificate: "server.pem", asks_client: Some(insists), http2: false });
    let identity =
        "cafile=<home>/authority.pem\n//<tls>/:certfile=<home>/client.pem\n//<tls>/:keyfile=<home>/server.key\n";
    check(&[
        untrusted("unknown authority", "server.pem", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        untrusted("unknown authority that comes along", "server-and-authority.pem", "SELF_SIGNED_CERT_IN_CHAIN"),
        untrusted("unknown intermediate", "server-and-intermediate.pem", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
        untrusted("self-signed", "self-signed.pem", "DEPTH_ZERO_SELF_SIGNED_CERT"),
        trusted("strict-ssl=false", "strict-ssl=false\n", &[]),
        trusted("cafile", CAFILE, &[]),
        trusted("ca", "ca=\"<authority>\"\n", &[]),
        trusted("NODE_EXTRA_CA_CERTS", "", &[("NODE_EXTRA_CA_CERTS", "<home>/authority.pem")]),
        untrusted_by("cafile of another", "cafile=<home>/other-authority.pem\n"),
        Case {
            settings: "cafile=<home>/self-signed-authority.pem\n",
            ..with_authority("own authority's certificate, trusted", "self-signed-authority.pem", Ends::Well)
        },
        Case {
            settings: "",
            env: &[("NODE_EXTRA_CA_CERTS", "<home>/self-signed-authority.pem")],
            ..with_authority("own authority's certificate, added", "self-signed-authority.pem", Ends::Well)
        },
        with_authority("intermediate", "server-and-intermediate.pem", Ends::Well),
        with_authority("expired", "expired.pem", Ends::With("CERT_HAS_EXPIRED")),
        with_authority("not valid yet", "early.pem", Ends::With("CERT_NOT_YET_VALID")),
        with_authority("another host's", "other-host.pem", Ends::With("ERR_TLS_CERT_ALTNAME_INVALID")),
        Case {
            registry: "https://<localhost>/",
            ours: Ends::Open,
            ..with_authority("a common name alone", "common-name.pem", Ends::Well)
        },
        Case {
            tls: asks_client(true),
            ..with_authority("client certificate wanted", "", Ends::With("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"))
        },
        Case {
            tls: asks_client(true),
            settings: identity,
            sees: Some("a client's certificate"),
            ..with_authority("client certificate given", "", Ends::Well)
        },
        Case { tls: asks_client(false), ..with_authority("client certificate welcome", "", Ends::Well) },
        Case {
            tls: Some(Tls { certificate: "server.pem", http2: true, asks_client: None }),
            sees: Some("HTTP/2 /left-lodge"),
            ..with_authority("HTTP/2", "", Ends::Well)
        },
        Case {
            registry: "https://<plain>/",
            ..Case::new("no TLS behind https", Ends::With("ERR_SSL_WRONG_VERSION_NUMBER"))
        },
        Case {
            registry: "http://<tls>/",
            ..with_authority("TLS behind http", "server.pem", Ends::With("HPE_INVALID_CONSTANT"))
        },
    ]);
}

/// On other systems no variable names the system's authorities.
#[cfg(target_os = "linux")]
#[test]
fn an_authority_that_only_the_system_trusts_is_undecided() {
    let system: &[_] = &[("SSL_CERT_FILE", "<home>/authority.pem")];
    let both: &[_] = &[("SSL_CERT_FILE", "<home>/authority.pem"), ("NODE_OPTIONS", "--use-openssl-ca")];
    check(&[
        Case { npm: Ends::Open, ours: Ends::Open, ..trusted("the system's authority", "", system) },
        Case {
            says: Some("`cafile` (~/other-authority.pem) replaces them"),
            ..Case { env: system, ..untrusted_by("another authority alone", "cafile=<home>/other-authority.pem\n") }
        },
        trusted("the system's authority, and node is told", "", both),
    ]);
}
