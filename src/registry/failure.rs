//! Why there was no response, in one readable sentence: the chain of errors of the HTTP stack is searched for the one
//! that decided, and named with npm's own code. Where node's TLS may have gone on and this one did not, the failure is
//! not certain, so that no rule takes it for npm's.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use super::network::Roots;
use super::tls::Untrusted;
use crate::facts::Reason;

/// The stack opens no further connection to an origin.
#[derive(Debug, thiserror::Error)]
#[error("another stack speaks HTTP/2 with this origin")]
pub(super) struct ConnectionsStopped;

/// A request that got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each decides something else")]
pub(super) struct Failure {
    /// [`Reason::Unreachable`] or [`Reason::TimedOut`], or [`Reason::Unsupported`] for what npm could do.
    pub(super) reason: Reason,
    /// npm's code; `None`: it depends on what this run does not see.
    pub(super) npm_error: Option<&'static str>,
    /// One sentence without a full stop.
    pub(super) cause: String,
    /// Whether npm fails at it as well.
    pub(super) certain: bool,
    /// Whether npm has no more patience than this run had.
    pub(super) npm_gives_up: bool,
    /// Whether it may be different the next time.
    pub(super) transient: bool,
    /// Whether it came before the first byte of an answer could: then it concerns the origin, not the request.
    pub(super) origin_wide: bool,
    /// The server has not looked at the request: it takes no more on this connection, or no more at a time.
    pub(super) unread: bool,
    /// It went with a connection that others may have been sharing.
    pub(super) shared: bool,
    /// The stack opens no more connections: another one does.
    pub(super) connections_stopped: bool,
}

/// What the request was about.
pub(super) struct Context<'a> {
    /// `host` or `host:port`.
    pub(super) host: &'a str,
    /// The proxy, without user name and password.
    pub(super) proxy: Option<&'a str>,
    /// Whom it trusted.
    pub(super) roots: &'a Roots,
    /// Whether a client certificate was offered.
    pub(super) identity: bool,
}

impl Failure {
    pub(super) fn new(npm_error: &'static str, cause: impl Into<String>) -> Self {
        Self {
            reason: Reason::Unreachable,
            npm_error: Some(npm_error),
            cause: cause.into(),
            certain: true,
            npm_gives_up: true,
            transient: false,
            origin_wide: true,
            unread: false,
            shared: false,
            connections_stopped: false,
        }
    }

    /// npm may get further than this.
    pub(super) fn uncertain(self) -> Self {
        Self { certain: false, ..self }
    }

    /// Concerns this request, not the origin; another try may go better.
    fn passing(self) -> Self {
        Self { transient: true, origin_wide: false, ..self }
    }

    /// Nothing came for as long as an origin may be silent; `npm_gives_up`: npm waits no longer.
    pub(super) fn silent(host: &str, proxy: Option<&str>, silence: Duration, npm_gives_up: bool) -> Self {
        let via = proxy.map_or(String::new(), |proxy| format!(" through the proxy {proxy}"));
        let cause = format!("`{host}` sent nothing{via} for {silence:.0?}");
        // `minipass-fetch` gives its "network timeout" no code of its own.
        let failure = Self::new("FETCH_ERROR", cause).passing();
        Self { reason: Reason::TimedOut, npm_gives_up, transient: false, ..failure }
    }

    /// 407, for a tunnel or for a request; `proxy`: without user name and password.
    pub(super) fn proxy_requires_password(proxy: &str) -> Self {
        Self::new("E407", format!("the proxy {proxy} requires a user name and a password (407)"))
    }

    /// The run's own time is up; says nothing of the origin.
    pub(super) fn out_of_time(host: &str) -> Self {
        let cause = format!("the time limit of this run passed before `{host}` answered; raise it with `--timeout`");
        Self { reason: Reason::TimedOut, transient: false, ..Self::new("ETIMEDOUT", cause).passing().uncertain() }
    }

    /// Finds the deciding error.
    pub(super) fn of(error: &(dyn Error + 'static), context: &Context<'_>) -> Self {
        let mut texts = Vec::new();
        let mut kind = None;
        let mut shared = false;
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return of_tls(tls, context);
            }
            if error.is::<ConnectionsStopped>() {
                return Self { connections_stopped: true, ..Self::new("ECONNRESET", error.to_string()).passing() };
            }
            shared |= error.is::<h2::Error>();
            if error.downcast_ref().is_some_and(is_unread) {
                let peer = context.peer();
                let cause = format!("{peer} closed each connection before it handled the request");
                return Self { unread: true, ..Self::new("ECONNRESET", cause).passing() };
            }
            texts.push(error.to_string());
            next = error.source();
            if let Some(io) = error.downcast_ref::<io::Error>() {
                if io.kind() != io::ErrorKind::Other || kind.is_none() {
                    kind = Some(io.kind());
                }
                // An `io::Error` hides what it wraps from `source`.
                if let Some(inner) = io.get_ref() {
                    next = Some(inner);
                }
            }
        }
        Self { shared, ..of_texts(&texts.join(": "), kind, context) }
    }
}

impl Context<'_> {
    /// Who is at the other end.
    fn peer(&self) -> String {
        self.proxy.map_or_else(|| format!("`{}`", self.host), |proxy| format!("the proxy {proxy}"))
    }
}

/// RFC 9113, 8.7: what such an error is about was not processed.
fn is_unread(error: &h2::Error) -> bool {
    let because = |reason| error.is_remote() && error.reason() == Some(reason);
    error.is_go_away() && because(h2::Reason::NO_ERROR) || error.is_reset() && because(h2::Reason::REFUSED_STREAM)
}

fn of_texts(text: &str, kind: Option<io::ErrorKind>, context: &Context<'_>) -> Failure {
    let (host, proxy, peer) = (context.host, context.proxy, context.peer());
    let has = |part: &str| text.contains(part);
    if has("proxy authorization required") {
        return Failure::proxy_requires_password(proxy.unwrap_or("of this machine"));
    }
    if has("tunnel error: unsuccessful") || has("tunnel error: unexpected") {
        // npm names the proxy's status, which is not known here; one of the server errors may pass.
        let failure = Failure::new("", format!("{peer} refuses to connect to `{host}`"));
        return Failure { npm_error: None, transient: true, ..failure };
    }
    if has("dns error") || has("failed to lookup address") {
        if has("Temporary failure") || has("try again") {
            let cause = format!("the name of {peer} could not be resolved: no name server answered");
            return Failure { transient: true, ..Failure::new("EAI_AGAIN", cause) };
        }
        return Failure::new("ENOTFOUND", format!("the name of {peer} does not resolve to a host"));
    }
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            let cause = format!("{peer} refused the connection: nothing is listening on that port");
            Failure { transient: true, ..Failure::new("ECONNREFUSED", cause) }
        }
        Some(io::ErrorKind::TimedOut) => Failure {
            reason: Reason::TimedOut,
            ..Failure::new("ETIMEDOUT", format!("the connection to {peer} timed out"))
        },
        Some(io::ErrorKind::AddrNotAvailable) => {
            let cause = format!("`local-address` is not an address of this machine, so {peer} cannot be reached");
            Failure::new("EADDRNOTAVAIL", cause)
        }
        Some(io::ErrorKind::HostUnreachable) => Failure::new("EHOSTUNREACH", format!("there is no route to {peer}")),
        Some(io::ErrorKind::NetworkUnreachable) => {
            Failure::new("ENETUNREACH", format!("no network of this machine reaches {peer}"))
        }
        _ if has("invalid HTTP") || has("invalid content-length") || has("invalid header") => {
            let cause = format!("{peer} answers with something that is not HTTP: is it an https:// address?");
            Failure { transient: false, ..Failure::new("HPE_INVALID_CONSTANT", cause).passing() }
        }
        _ if is_broken_off(text, kind) => {
            Failure::new("ECONNRESET", format!("{peer} closed the connection before its answer was complete")).passing()
        }
        _ => {
            let detail = super::body::tidy(text.rsplit(": ").next().unwrap_or(text));
            Failure::new("ECONNRESET", format!("the request to {peer} failed ({detail})")).passing().uncertain()
        }
    }
}

fn is_broken_off(text: &str, kind: Option<io::ErrorKind>) -> bool {
    matches!(
        kind,
        Some(
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::NotConnected
        )
    ) || [
        "connection closed before",
        "end of file before",
        "connection reset",
        "stream error",
        "unexpected EOF",
        "dispatch task",
    ]
    .iter()
    .any(|part| text.contains(part))
}

fn of_tls(error: &rustls::Error, context: &Context<'_>) -> Failure {
    use rustls::Error as Tls;
    let host = context.host;
    match error {
        Tls::InvalidCertificate(problem) => of_certificate(problem, context),
        Tls::InvalidMessage(_) => Failure::new(
            "ERR_SSL_WRONG_VERSION_NUMBER",
            format!("`{host}` answers without TLS: is it an http:// address?"),
        ),
        Tls::AlertReceived(AlertDescription::CertificateRequired) => {
            let offered = if context.identity { "another client certificate" } else { "a client certificate" };
            let cause = format!("`{host}` requires {offered}; set `certfile` and `keyfile`");
            Failure::new("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", cause)
        }
        Tls::AlertReceived(AlertDescription::UnrecognisedName) => {
            Failure::new("ERR_SSL_TLSV1_UNRECOGNIZED_NAME", format!("the server does not know the name `{host}`"))
        }
        other => {
            let words = super::body::tidy(&other.to_string());
            let cause = format!("the TLS handshake with `{host}` failed ({words}); npm may still succeed");
            Failure::new("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", cause).uncertain()
        }
    }
}

fn of_certificate(problem: &CertificateError, context: &Context<'_>) -> Failure {
    let host = context.host;
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Failure::new("CERT_HAS_EXPIRED", format!("the certificate of `{host}` has expired"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let cause = format!("the certificate of `{host}` is not valid yet: is this machine's clock right?");
            Failure::new("CERT_NOT_YET_VALID", cause)
        }
        CertificateError::Revoked => {
            Failure::new("CERT_REVOKED", format!("the certificate of `{host}` has been revoked"))
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            // The verifier gives them as `DnsName("h.test")`.
            let name = |shown: &String| shown.split('"').nth(1).unwrap_or(shown).to_owned();
            let names = super::body::tidy(&presented.iter().map(name).collect::<Vec<_>>().join(", "));
            let cause = format!("the certificate of `{host}` is for other names ({names})");
            Failure::new("ERR_TLS_CERT_ALTNAME_INVALID", cause)
        }
        // Node falls back to the common name where there are no alternative names.
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Failure::new(
            "ERR_TLS_CERT_ALTNAME_INVALID",
            format!("the certificate of `{host}` has no host name in its subjectAltName; npm may still accept it"),
        )
        .uncertain(),
        CertificateError::Other(other) if other.0.downcast_ref::<Untrusted>().is_some() => {
            let untrusted = other.0.downcast_ref::<Untrusted>().copied().unwrap_or(Untrusted::NoIssuer);
            of_untrusted(untrusted, context)
        }
        other => {
            let words = super::body::tidy(&other.to_string());
            let cause = format!("the certificate of `{host}` was rejected ({words}); npm may still accept it");
            Failure::new("ERR_TLS_CERT", cause).uncertain()
        }
    }
}

fn of_untrusted(untrusted: Untrusted, context: &Context<'_>) -> Failure {
    let code = match untrusted {
        Untrusted::SelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
        Untrusted::SelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
        Untrusted::Alone => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        Untrusted::NoIssuer => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    };
    let signed = if untrusted == Untrusted::SelfSigned { "self-signed and signed by" } else { "signed by" };
    let trusted = match context.roots {
        Roots::Only { setting, .. } => format!("{signed} none of the authorities in {setting}"),
        _ => format!("{signed} no authority that npm trusts; add yours with `cafile` or NODE_EXTRA_CA_CERTS"),
    };
    Failure::new(code, format!("the certificate of `{}` is {trusted}", context.host))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    fn of(error: rustls::Error, roots: &Roots) -> Failure {
        let context = Context { host: "h.test", proxy: None, roots, identity: false };
        // As it arrives: wrapped in an `io::Error` that hides it from `source`.
        Failure::of(&io::Error::new(io::ErrorKind::InvalidData, error), &context)
    }

    #[test]
    fn certificates_that_node_may_accept_are_undecided() {
        let node = Roots::Node { extra: vec![], system: false };
        let for_other_names = |presented| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("h.test").unwrap(),
            presented,
        };
        for (problem, code, certain) in [
            (CertificateError::Expired, "CERT_HAS_EXPIRED", true),
            (for_other_names(vec!["DnsName(\"other.test\")".to_owned()]), "ERR_TLS_CERT_ALTNAME_INVALID", true),
            (for_other_names(vec![]), "ERR_TLS_CERT_ALTNAME_INVALID", false),
            (CertificateError::BadEncoding, "ERR_TLS_CERT", false),
        ] {
            let failure = of(problem.into(), &node);
            assert_eq!((failure.npm_error, failure.certain), (Some(code), certain), "{}", failure.cause);
        }
    }

    #[test]
    fn the_setting_that_configures_the_authorities_is_named() {
        let roots = Roots::Only { pem: vec![], setting: "`cafile` (ca.pem)".to_owned() };
        let untrusted = CertificateError::Other(rustls::OtherError(std::sync::Arc::new(Untrusted::NoIssuer)));
        let failure = of(untrusted.into(), &roots);
        assert!(failure.cause.ends_with("none of the authorities in `cafile` (ca.pem)"), "{}", failure.cause);
    }
}
