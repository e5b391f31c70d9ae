//! TLS as npm would have it: whose certificates are trusted, and which one is shown. Node brings Mozilla's list of
//! authorities along and does not look at the system's; where npm replaces it (`ca`, `cafile`) nothing else counts.
//! A server that only the system trusts is asked all the same, and remembered as one that npm may refuse.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use webpki::EndEntityCert;

use super::network::{Identity, Roots};

/// The names of the servers that the system trusts and node's own list does not.
#[derive(Clone, Debug, Default)]
pub(super) struct UntrustedByNode(Arc<Mutex<BTreeSet<String>>>);

impl UntrustedByNode {
    fn add(&self, server: &ServerName<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(server.to_str().into_owned());
    }

    /// Whether a host (as a URL has it) is among them.
    pub(super) fn contains(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(host)
    }
}

/// A chain that leads to no trusted authority, in node's four ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Untrusted {
    /// The server signed for itself.
    #[error("self-signed certificate")]
    SelfSigned,
    /// The authority's own certificate came along.
    #[error("self-signed certificate in certificate chain")]
    SelfSignedInChain,
    /// Nothing came along but the server's own.
    #[error("unable to verify the first certificate")]
    Alone,
    /// The chain ends before an authority.
    #[error("unable to get local issuer certificate")]
    NoIssuer,
}

impl Untrusted {
    fn of(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Self {
        let self_signed = |certificate: &CertificateDer<'_>| {
            EndEntityCert::try_from(certificate).is_ok_and(|parsed| parsed.issuer() == parsed.subject())
        };
        let others = || intermediates.iter().filter(|certificate| *certificate != end_entity);
        match () {
            () if self_signed(end_entity) => Self::SelfSigned,
            () if others().any(self_signed) => Self::SelfSignedInChain,
            () if others().next().is_none() => Self::Alone,
            () => Self::NoIssuer,
        }
    }
}

/// Installs ring as the default crypto provider, unless one is already installed.
pub(super) fn install_provider() {
    let _ = ring::default_provider().install_default();
}

/// ring's algorithms, for a stack that needs them passed in.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The certificates in a PEM text that can be used as roots.
fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem)
        .filter_map(Result::ok)
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .collect()
}

/// How a connection is made; `protocols`: what may be spoken over it (RFC 7301).
///
/// # Errors
/// When there is nothing to trust, or the client certificate does not fit its key.
pub(super) fn config(
    roots: &Roots,
    identity: Option<&Identity>,
    untrusted_by_node: &UntrustedByNode,
    protocols: Vec<Vec<u8>>,
) -> Result<ClientConfig, rustls::Error> {
    let mozilla = || webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let (mut listed, trusted, beyond) = match roots {
        Roots::Any => (mozilla(), Vec::new(), Beyond::Anybody),
        Roots::Only { pem, .. } => (RootCertStore::empty(), certificates(pem), Beyond::Nobody),
        Roots::Node { extra, system } => {
            let untrusted_by_node = (!system).then(|| untrusted_by_node.clone());
            (mozilla(), certificates(extra), Beyond::System { verifier: OnceLock::new(), untrusted_by_node })
        }
    };
    listed.add_parsable_certificates(trusted.iter().cloned());
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(listed), provider())
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AsNode { inner, trusted, beyond }));
    let mut config = match identity {
        Some(identity) => builder.with_client_auth_cert(chain(identity), key(identity)?)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols;
    Ok(config)
}

fn chain(identity: &Identity) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(&identity.certificate).filter_map(Result::ok).collect()
}

fn key(identity: &Identity) -> Result<PrivateKeyDer<'static>, rustls::Error> {
    PrivateKeyDer::from_pem_slice(&identity.key)
        .map_err(|_| rustls::Error::General("the client certificate's key cannot be read".to_owned()))
}

/// Who is trusted besides those on the list.
#[derive(Debug)]
enum Beyond {
    Nobody,
    Anybody,
    /// Whom the system trusts; read when it is needed.
    System {
        verifier: OnceLock<Option<rustls_platform_verifier::Verifier>>,
        untrusted_by_node: Option<UntrustedByNode>,
    },
}

/// Decides as node does.
#[derive(Debug)]
struct AsNode {
    inner: Arc<WebPkiServerVerifier>,
    /// Roots that may be servers' own certificates: OpenSSL accepts a server's self-signed certificate that is
    /// trusted itself, even when it is marked as an authority's.
    trusted: Vec<CertificateDer<'static>>,
    beyond: Beyond,
}

impl ServerCertVerifier for AsNode {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if matches!(self.beyond, Beyond::Anybody) {
            return Ok(ServerCertVerified::assertion());
        }
        let error = match self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(error)) => error,
            verdict => return verdict,
        };
        let is_authority = matches!(&error, CertificateError::Other(problem)
            if problem.to_string().contains("CaUsedAsEndEntity"));
        // Its time has been checked before this can come.
        if is_authority && self.trusted.iter().any(|trusted| trusted == end_entity) {
            rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        if !is_authority && error != CertificateError::UnknownIssuer {
            return Err(error.into());
        }
        if let Beyond::System { verifier, untrusted_by_node } = &self.beyond {
            let system = verifier.get_or_init(|| rustls_platform_verifier::Verifier::new(provider()).ok());
            let verdict = system
                .as_ref()
                .map(|system| system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now));
            if let Some(Ok(verified)) = verdict {
                if let Some(untrusted_by_node) = untrusted_by_node {
                    untrusted_by_node.add(server_name);
                }
                return Ok(verified);
            }
        }
        let untrusted = Untrusted::of(end_entity, intermediates);
        Err(CertificateError::Other(OtherError(Arc::new(untrusted))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
