//! The HTTP stacks of one origin. Whether a server speaks HTTP/2 is only known once it has answered. From then on the
//! first stack opens no more connections: without prior knowledge it would open one for each waiting request whenever the
//! server ends one. The second stack is told to speak HTTP/2, and so opens one connection at a time. The third speaks
//! HTTP/1.1, as npm does: there no request shares its connection with others.

use std::cell::{Cell, OnceCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use reqwest::header::{HeaderMap, HeaderName, SERVER};
use tokio::sync::Semaphore;
use tower_layer::Layer;
use tower_service::Service;

use super::gate::Gate;
use crate::facts::Server;
use crate::registry::failure::{ConnectionsStopped, Failure};

const POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a stack offers a server to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpVersion {
    /// HTTP/2 or HTTP/1.1.
    Either,
    /// HTTP/2.
    Http2,
    /// HTTP/1.1.
    Http1,
}

impl HttpVersion {
    /// For the TLS handshake (RFC 7301).
    pub(super) fn protocols(self) -> Vec<Vec<u8>> {
        let (http2, http1) = (b"h2".to_vec(), b"http/1.1".to_vec());
        match self {
            Self::Either => vec![http2, http1],
            Self::Http2 => vec![http2],
            Self::Http1 => vec![http1],
        }
    }
}

/// What is shared by the requests to one origin.
pub(super) struct Origin {
    pub(super) gate: Gate,
    /// One permit for each request that may be under way apart from the others.
    pub(super) apart: Semaphore,
    /// It has answered in HTTP/2.
    stop: ConnectStop,
    /// The first connections are over.
    has_moved: Cell<bool>,
    /// What answers there.
    server: Cell<Server>,
    either: OnceCell<reqwest::Client>,
    http2: OnceCell<reqwest::Client>,
    http1: OnceCell<reqwest::Client>,
}

impl Origin {
    pub(super) fn new(max_sockets: usize) -> Self {
        Self {
            gate: Gate::default(),
            apart: Semaphore::new(max_sockets),
            stop: ConnectStop::default(),
            has_moved: Cell::default(),
            server: Cell::default(),
            either: OnceCell::default(),
            http2: OnceCell::default(),
            http1: OnceCell::default(),
        }
    }

    /// Its requests share a connection.
    pub(super) fn multiplexes(&self) -> bool {
        self.stop.0.load(Ordering::Relaxed)
    }

    /// It has answered in HTTP/2.
    pub(super) fn learn_http2(&self) {
        self.stop.0.store(true, Ordering::Relaxed);
    }

    /// What an answer shows of the server.
    pub(super) fn learn_server(&self, headers: &HeaderMap) {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        self.server.set(self.server.get().or(text(POWERED_BY), text(SERVER)));
    }

    /// What answers there.
    pub(super) fn server(&self) -> Server {
        self.server.get()
    }

    /// The connections of before are over.
    pub(super) fn move_on(&self) {
        self.has_moved.set(true);
    }

    /// The stack for the next request. `build` is given what it is to speak and what stops it from connecting.
    pub(super) fn stack(
        &self,
        apart: bool,
        build: impl FnOnce(HttpVersion, Option<ConnectStop>) -> Result<reqwest::Client, Failure>,
    ) -> Result<reqwest::Client, Failure> {
        let (cell, http_version, stop) = match (apart, self.has_moved.get()) {
            (true, _) => (&self.http1, HttpVersion::Http1, None),
            (false, true) => (&self.http2, HttpVersion::Http2, None),
            (false, false) => (&self.either, HttpVersion::Either, Some(self.stop.clone())),
        };
        if let Some(stack) = cell.get() {
            return Ok(stack.clone());
        }
        let stack = build(http_version, stop)?;
        Ok(cell.get_or_init(|| stack).clone())
    }
}

/// Stops a stack from opening further connections.
#[derive(Clone, Default)]
pub(super) struct ConnectStop(Arc<AtomicBool>);

/// A connector that can be stopped.
#[derive(Clone)]
pub(super) struct StoppableConnector<S> {
    connector: S,
    stop: ConnectStop,
}

impl<S> Layer<S> for ConnectStop {
    type Service = StoppableConnector<S>;
    fn layer(&self, connector: S) -> StoppableConnector<S> {
        StoppableConnector { connector, stop: self.clone() }
    }
}

impl<S, R> Service<R> for StoppableConnector<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        if self.stop.0.load(Ordering::Relaxed) {
            return Box::pin(async { Err(ConnectionsStopped.into()) });
        }
        Box::pin(self.connector.call(target))
    }
}
