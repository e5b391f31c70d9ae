//! Servers in front of a fake registry: one that speaks TLS, and a proxy. What they see is written down.

use std::net::{Ipv4Addr, TcpListener as Listener};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::server::TlsStream;

use super::certificates;

/// A server with TLS.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    /// Its certificate, and those that go along.
    pub(crate) certificate: &'static str,
    /// Whether it asks for a client's certificate (`Some`), and insists (`true`).
    pub(crate) asks_client: Option<bool>,
    /// It speaks HTTP/2 with those who want it.
    pub(crate) http2: bool,
}

/// A proxy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Proxy {
    /// For everybody.
    Open,
    /// For those who name this user and password.
    For(&'static str),
    /// For nobody.
    Refuses,
}

pub(crate) type Log = Arc<Mutex<Vec<String>>>;

/// A running one; it ends with the value.
pub(crate) struct Front {
    port: u16,
    log: Log,
    _stop: oneshot::Sender<()>,
}

impl Front {
    /// Passes on to a port what comes through TLS.
    pub(crate) fn tls(tls: &Tls, upstream: u16) -> Self {
        Self::of_tls(tls, move |mut stream, log| async move {
            let session = stream.get_ref().1;
            if session.peer_certificates().is_some() {
                log.lock().unwrap().push("a client's certificate".to_owned());
            }
            if session.alpn_protocol() == Some(b"h2") {
                return http2(stream, upstream, log).await;
            }
            let mut registry = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream)).await.ok()?;
            copy_bidirectional(&mut stream, &mut registry).await.ok().map(drop)
        })
    }

    /// Serves what comes through TLS.
    pub(super) fn of_tls<F: Future<Output = Option<()>> + 'static>(
        tls: &Tls,
        serve: impl Fn(TlsStream<TcpStream>, Log) -> F + Clone + Send + 'static,
    ) -> Self {
        let mut config = server_config(tls);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if tls.http2 {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        Self::start(move |stream, log| {
            let (acceptor, serve) = (acceptor.clone(), serve.clone());
            async move { serve(acceptor.accept(stream).await.ok()?, log).await }
        })
    }

    /// An HTTP proxy.
    pub(super) fn proxy(proxy: Proxy) -> Self {
        Self::start(move |stream, log| pass_on(stream, proxy, log))
    }

    /// A proxy that leads to one port, whatever host is asked for.
    pub(crate) fn to_one(port: u16) -> Self {
        Self::start(move |mut stream, _| async move {
            read_head(&mut stream).await?;
            let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
            stream.write_all(ESTABLISHED).await.ok()?;
            copy_bidirectional(&mut stream, &mut server).await.ok().map(drop)
        })
    }

    pub(super) fn start<F: Future<Output = Option<()>> + 'static>(
        serve: impl Fn(TcpStream, Log) -> F + Send + 'static,
    ) -> Self {
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let (stop, mut stopped) = oneshot::channel();
        let log = Log::default();
        let seen = Arc::clone(&log);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                loop {
                    tokio::select! {
                        _ = &mut stopped => return,
                        Ok((stream, _)) = listener.accept() => {
                            tokio::task::spawn_local(serve(stream, Arc::clone(&seen)));
                        }
                    }
                }
            });
        });
        Self { port, log, _stop: stop }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it saw.
    pub(super) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Forgets what it saw.
    pub(super) fn clear(&self) {
        self.log.lock().unwrap().clear();
    }
}

/// What a server with TLS needs to know.
pub(crate) fn server_config(tls: &Tls) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pem = |name: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(certificates::text(name).as_bytes()).map(Result::unwrap).collect()
    };
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match tls.asks_client {
        None => builder.with_no_client_auth(),
        Some(insists) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(pem("authority.pem"));
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if insists { verifier } else { verifier.allow_unauthenticated() };
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::from_pem_slice(certificates::text("server.key").as_bytes()).unwrap();
    builder.with_single_cert(pem(tls.certificate), key).unwrap()
}

/// Asks the registry in HTTP/1.1 what came in HTTP/2.
async fn http2(stream: TlsStream<TcpStream>, upstream: u16, log: Log) -> Option<()> {
    let mut connection = h2::server::handshake(stream).await.ok()?;
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        log.lock().unwrap().push(format!("HTTP/2 {}", request.uri().path()));
        let auth = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let auth = auth.map_or(String::new(), |value| format!("authorization: {value}\r\n"));
        let target = request.uri().path_and_query()?.as_str();
        let head = format!("GET {target} HTTP/1.1\r\nhost: x\r\n{auth}connection: close\r\n\r\n");
        let mut registry = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream)).await.ok()?;
        registry.write_all(head.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        registry.read_to_end(&mut answer).await.ok()?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let status: u16 = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1)?.parse().ok()?;
        let response = ureq::http::Response::builder().status(status).header("content-type", "application/json");
        let mut body = respond.send_response(response.body(()).ok()?, false).ok()?;
        body.send_data(answer.split_off(end).into(), true).ok()?;
    }
    Some(())
}

/// What a proxy answers before it passes on what comes.
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

async fn pass_on(mut stream: TcpStream, proxy: Proxy, log: Log) -> Option<()> {
    let head = read_head(&mut stream).await?;
    let first = head.lines().next()?.to_owned();
    log.lock().unwrap().push(first.clone());
    let refusal = match proxy {
        Proxy::Open => None,
        Proxy::Refuses => Some("403 Forbidden"),
        Proxy::For(pair) => {
            let wanted = format!("basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
            let given = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
            });
            let fits = given.is_some_and(|given| given.eq_ignore_ascii_case(&wanted));
            (!fits).then_some("407 Proxy Authentication Required")
        }
    };
    if let Some(status) = refusal {
        let answer = format!(
            "HTTP/1.1 {status}\r\nproxy-authenticate: Basic realm=\"x\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        return stream.write_all(answer.as_bytes()).await.ok();
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    if method == "CONNECT" {
        let mut registry = TcpStream::connect(target).await.ok()?;
        stream.write_all(ESTABLISHED).await.ok()?;
        return copy_bidirectional(&mut stream, &mut registry).await.ok().map(drop);
    }
    let rest = target.strip_prefix("http://")?;
    let (place, _) = rest.split_once('/')?;
    let mut registry = TcpStream::connect(place).await.ok()?;
    // One request per connection is enough; the registry is told to close it.
    let head = head.replacen(&format!("http://{place}"), "", 1).replace("keep-alive", "close");
    registry.write_all(head.as_bytes()).await.ok()?;
    copy_bidirectional(&mut stream, &mut registry).await.ok().map(drop)
}
