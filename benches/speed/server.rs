//! The local registry: HTTP/1.1 and HTTP/2 over TLS on loopback, in one thread. Every answer leaves a fixed time after
//! its request came, whatever else is under way; connecting and the handshake cost what they cost on loopback. It
//! counts what it sees.

use std::io;
use std::net::{Ipv4Addr, TcpListener as Listener};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, AUTHORIZATION};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsAcceptor;

use super::Outcome;
use super::answers;
use super::cases::Protocol;
use super::packuments::Packages;

/// How many requests one HTTP/2 connection may have open.
const STREAMS: u32 = 128;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// With the query.
    pub target: String,
    pub accept: Option<String>,
    pub authorization: Option<String>,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let credential = if self.authorization.is_some() { " (with a credential)" } else { "" };
        write!(f, "{} as {}{credential}", self.target, self.accept.as_deref().unwrap_or("anything"))
    }
}

/// What came and went.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    pub requests: Vec<Seen>,
    pub connections: u64,
    /// In both directions, TLS included.
    pub bytes: u64,
}

#[derive(Default)]
struct State {
    setting: Mutex<(Duration, Arc<Packages>)>,
    requests: Mutex<Vec<Seen>>,
    connections: AtomicU64,
    bytes: AtomicU64,
}

/// A running one.
pub struct Server {
    /// Offers HTTP/1.1 only.
    http1: u16,
    /// Offers HTTP/2, and HTTP/1.1 to those who do not speak it.
    http2: u16,
    /// The certificate of the authority that vouches for it, PEM.
    pub authority: String,
    state: Arc<State>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// # Errors
    /// When there is no free port.
    pub fn start() -> Outcome<Self> {
        let (authority, config) = identity()?;
        let state = Arc::new(State::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut ports = Vec::new();
        for protocols in [&[b"http/1.1".as_slice()][..], &[b"h2".as_slice(), b"http/1.1".as_slice()][..]] {
            let mut config = config.clone();
            config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
            let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            ports.push(listener.local_addr()?.port());
            let listener = {
                let _inside = runtime.enter();
                TcpListener::from_std(listener)?
            };
            runtime.spawn(listen(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&state)));
        }
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        let [http1, http2] = ports[..] else { return Err("two ports are needed".into()) };
        Ok(Self { http1, http2, authority, state })
    }

    /// Where it is, with a slash at the end.
    pub fn registry(&self, protocol: Protocol) -> String {
        let port = if protocol == Protocol::Http1 { self.http1 } else { self.http2 };
        format!("https://{}:{port}/", Ipv4Addr::LOCALHOST)
    }

    /// What it holds from now on, and how long it takes to say so.
    pub fn set(&self, latency: Duration, packages: &Arc<Packages>) {
        *lock(&self.state.setting) = (latency, Arc::clone(packages));
    }

    /// What it has seen since it was last asked.
    pub fn take(&self) -> Traffic {
        Traffic {
            requests: std::mem::take(&mut *lock(&self.state.requests)),
            connections: self.state.connections.swap(0, Ordering::Relaxed),
            bytes: self.state.bytes.swap(0, Ordering::Relaxed),
        }
    }
}

/// The authority's certificate, and the server's with its key.
fn identity() -> Outcome<(String, ServerConfig)> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::<String>::new())?;
    authority.distinguished_name.push(DnType::CommonName, "Authority of the benchmark");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key)?;
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec![Ipv4Addr::LOCALHOST.to_string()])?;
    server.distinguished_name.push(DnType::CommonName, "Registry of the benchmark");
    let server = server.signed_by(&key, &Issuer::from_params(&authority, &authority_key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;
    Ok((root.pem(), config))
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&state)));
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(Counted { stream, state: Arc::clone(&state) }).await else { return };
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(move |request| respond(request, Arc::clone(&state)));
    // A client that goes away in the middle is nothing to speak of.
    let _ = if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.max_concurrent_streams(STREAMS).serve_connection(TokioIo::new(stream), service).await
    } else {
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    };
}

async fn respond(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let came = Instant::now();
    let (parts, _) = request.into_parts();
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    lock(&state.requests).push(Seen { target, accept: text(ACCEPT), authorization: text(AUTHORIZATION) });
    let (latency, packages) = lock(&state.setting).clone();
    let answer = answers::answer(&packages, &parts);
    if !latency.is_zero() {
        sleep_until(came + latency).await;
    }
    Ok(answer.map(Full::new))
}

/// A connection whose bytes are counted.
struct Counted {
    stream: TcpStream,
    state: Arc<State>,
}

impl Counted {
    fn count(&self, bytes: usize) {
        self.state.bytes.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
    }
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        self.count(into.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, from);
        if let Poll::Ready(Ok(bytes)) = &polled {
            self.count(*bytes);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
