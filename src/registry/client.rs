//! One question to a registry and its answer: connecting as npm's settings say, following redirects by hand, trying
//! again where that can help. The credential goes to the registry's own origin and nowhere else.
#![expect(clippy::disallowed_types, reason = "this is the one place that talks to a registry")]

mod gate;
mod headers;
mod origin;
mod proxy;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, IF_NONE_MATCH};
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::budget::Budget;
use super::cache::Slot;
use super::decoder::{self, Decoder};
use super::endpoint::{self, Response as Answered, unknown};
use super::failure::{Context, Failure};
use super::network::{Identity, Network, Roots};
use super::packument::{Document, TOO_LARGE, Terms};
use super::tarball;
use super::tls::{self, UntrustedByNode};
use super::transfer::{self, Broken};
use crate::facts::credential::Credential;
use crate::facts::{Ask, Fact, Known, NotARegistry, Question, Reason, Server, Unknown, Whoami, origin_of};
use crate::npm::nerf_dart::host;
use crate::project::world::cache::Store;
use crate::text::redact::{Scrubber, ShownUrl};
use gate::STREAMS;
use headers::{authorization, redirect, same_site, wanted_pause};
use origin::{ConnectStop, HttpVersion, Origin};
pub(super) use proxy::shown as shown_proxy;

/// npm follows twenty; a read that needs more than ten leads nowhere.
const MOST_REDIRECTS: usize = 10;
/// The first pause is at most this long: a read costs a registry little, and npm's ten seconds cost an author much.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// No pause is longer than this, unless the registry asks for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// What may arrive on one stream before it is read, in bytes: at 30 ms away it lets 8 MB through in a second.
const WINDOW: u32 = 256 << 10;
/// How often a request is put again that no server has looked at.
const MOST_UNREAD: usize = 10;
const USER_AGENT: &str = concat!("npm-preflight/", env!("CARGO_PKG_VERSION"));

/// Asks questions until a deadline.
pub(super) struct Client {
    pub(super) network: Network,
    pub(super) deadline: Instant,
    /// Servers that answered and that npm may not trust.
    pub(super) untrusted_by_node: UntrustedByNode,
    cache: Option<Arc<Store>>,
    /// What a server may repeat of it is not kept.
    pub(super) scrubber: Arc<Scrubber>,
    /// There is none until a packument arrives.
    decoder: OnceCell<Decoder>,
    /// What the answers may take of the memory.
    budget: Budget,
    /// One permit for each tarball that may be listed.
    tarballs: Semaphore,
    origins: RefCell<BTreeMap<Route, Rc<Origin>>>,
}

/// What requests must have in common to share connections.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    origin: String,
    identity: Option<String>,
}

/// Where an answer comes from, and where it goes.
#[derive(Clone, Copy)]
struct Place<'a> {
    url: &'a Url,
    terms: &'a Terms,
    slot: &'a Slot,
}

/// What is said in a request besides its URL.
#[derive(Clone, Copy)]
struct Headers<'a> {
    accept: &'static str,
    may_compress: bool,
    auth: Option<&'a HeaderValue>,
    tag: Option<&'a HeaderValue>,
}

/// One try.
#[derive(Clone, Copy)]
struct Try {
    /// It may be asked whether what is kept has changed.
    may_look: bool,
    /// It gets a connection that no other request shares.
    is_apart: bool,
}

/// An answer, and what decides whether to ask again.
struct Reply {
    answer: Known<Fact>,
    again: bool,
    /// The pause that the registry asks for.
    pause: Option<Duration>,
}

impl Reply {
    fn last(answer: Known<Fact>) -> Self {
        Self { answer, again: false, pause: None }
    }
}

impl Client {
    pub(super) fn new(network: Network, deadline: Instant, cache: Option<Store>, scrubber: Scrubber) -> Self {
        tls::install_provider();
        // What anybody could have answered would be confirmed later by somebody who can be trusted.
        let cache = cache.filter(|_| network.roots != Roots::Any);
        Self {
            network,
            deadline,
            untrusted_by_node: UntrustedByNode::default(),
            cache: cache.map(Arc::new),
            scrubber: Arc::new(scrubber),
            decoder: OnceCell::new(),
            budget: Budget::default(),
            tarballs: Semaphore::new(tarball::AT_A_TIME),
            origins: RefCell::default(),
        }
    }

    /// Asks, and asks again after a server error, a request for patience or a broken connection. `arrived` learns when
    /// nothing more is to come, which may be before the answer is understood.
    pub(super) async fn ask(
        &self,
        question: &Question,
        credential: Option<&Credential>,
        arrived: &dyn Fn(),
    ) -> Result<Known<Fact>, Failure> {
        let mut repetition = 0;
        // The failure of the connection that was shared.
        let mut shared = None;
        loop {
            let this = Try { may_look: repetition == 0 && shared.is_none(), is_apart: shared.is_some() };
            let result = self.attempt(question, credential, this, arrived).await;
            if let Err(failure) = &result {
                if failure.shared && failure.transient && shared.is_none() {
                    // Another request may be to blame. npm has a connection for each.
                    shared = Some(failure.clone());
                    continue;
                }
                if let Some(shared) = shared.take_if(|_| failure.origin_wide) {
                    return Err(shared);
                }
            }
            let (again, wanted) = match &result {
                Ok(reply) => (reply.again, reply.pause),
                Err(failure) => (failure.transient, None),
            };
            let pause = wanted.unwrap_or_else(|| self.pause(repetition));
            if !again || repetition >= self.network.retries || self.left() <= pause {
                return result.map(|reply| reply.answer);
            }
            tokio::time::sleep(pause).await;
            repetition += 1;
        }
    }

    /// How many requests an origin gets at a time, as far as is known now.
    pub(super) fn width(&self, origin: &str) -> usize {
        let origins = self.origins.borrow();
        let mut known = origins.iter().filter(|(route, known)| route.origin == origin && known.multiplexes());
        known.next().map_or(self.network.max_sockets, |(_, known)| known.gate.width())
    }

    /// What answers at an origin.
    pub(super) fn server(&self, origin: &str) -> Server {
        let origins = self.origins.borrow();
        let known = origins.iter().find(|(route, _)| route.origin == origin);
        known.map_or_else(Server::default, |(_, known)| known.server())
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Doubles; what npm's settings ask for is the upper bound.
    fn pause(&self, repetition: u32) -> Duration {
        let first = self.network.first_pause.min(FIRST_PAUSE);
        let longest = self.network.longest_pause.min(LONGEST_PAUSE);
        first.saturating_mul(2_u32.saturating_pow(repetition)).min(longest)
    }

    async fn attempt(
        &self,
        question: &Question,
        credential: Option<&Credential>,
        this: Try,
        arrived: &dyn Fn(),
    ) -> Result<Reply, Failure> {
        let not_asked = |why: &str| Ok(Reply::last(Err(unknown(question, Reason::NotAsked, why))));
        let Ok(mut request) = endpoint::request(question) else { return not_asked("is not a URL") };
        if !matches!(request.url.scheme(), "http" | "https") {
            return not_asked("was not asked: it is not an http or https URL");
        }
        let is_tarball = question.ask == Ask::Tarball;
        // A tarball may lie on another server, which gets no credential: what it hashes to says that it is the right one.
        let registry = if is_tarball { Url::parse(question.registry.trim()).ok() } else { Some(request.url.clone()) };
        let Some(mut registry) = registry else { return not_asked("was not asked: the registry is not a URL") };
        let is_at_home = same_site(&registry, &request.url);
        if !is_at_home && request.url.scheme() != "https" {
            return not_asked("was not asked: it is not on the registry's server, and not an https URL");
        }
        let authorization = if is_at_home { authorization(&registry, credential) } else { Ok(None) };
        let Ok(mut authorization) = authorization else {
            return not_asked("was not asked: the credential contains characters that cannot be sent");
        };
        for url in [&mut request.url, &mut registry] {
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        let mut url = request.url;
        let terms = Terms::of(question, &self.budget);
        let store = self.cache.as_ref().filter(|_| question.ask.is_packument() && self.is_authentic(&url));
        let slot = Slot::new(store.cloned(), &url, request.accept, authorization.is_some());
        let mut slot = if this.may_look { slot.look(&terms) } else { slot };
        let origin = self.origin(&url);
        let _permit = if this.is_apart { origin.apart.acquire().await.ok() } else { None };
        for _ in 0..MOST_REDIRECTS {
            // A tarball is compressed already.
            let may_compress = !is_tarball;
            let headers =
                Headers { accept: request.accept, may_compress, auth: authorization.as_ref(), tag: slot.tag() };
            let response = self.send(&url, headers, this.is_apart).await?;
            if let (407, Some(proxy)) = (response.status().as_u16(), self.network.proxy_for(&url)) {
                return Err(Failure::proxy_requires_password(&shown_proxy(proxy)));
            }
            if slot.tag().is_some() && matches!(response.status().as_u16(), 304 | 412) {
                let kept = slot.confirmed(response.status().as_u16(), response.headers());
                let Some(kept) = kept.map(Document::Packument) else { continue };
                return Ok(Reply::last(self.within_memory(question, endpoint::packument_fact(question, Ok(kept)))));
            }
            // What another server says of a package or a credential is nothing that this registry says.
            let may_lead = |target: &Url| same_site(&registry, target) || is_tarball && target.scheme() == "https";
            let Some(target) = redirect(&url, &response).filter(may_lead) else {
                let place = Place { url: &url, terms: &terms, slot: &slot };
                return self.reply(question, response, place, arrived).await;
            };
            authorization = authorization.filter(|_| same_site(&registry, &target));
            url = target;
            // Where a redirect leads may change from run to run.
            slot = Slot::default();
        }
        let endless = unknown(question, Reason::Malformed, "redirects endlessly");
        Ok(Reply::last(Err(endless.from(NotARegistry::RedirectLoop))))
    }

    /// Sends it again where a server ended the connection before it had looked at it.
    async fn send(&self, url: &Url, headers: Headers<'_>, is_apart: bool) -> Result<Response, Failure> {
        let Headers { accept, may_compress, auth, tag } = headers;
        let origin = self.origin(url);
        let mut unread = 0;
        loop {
            let stack = origin.stack(is_apart, |http_version, stop| self.build(url, http_version, stop))?;
            let mut request = stack.get(url.clone()).header(ACCEPT, accept);
            if may_compress {
                request = request.header(ACCEPT_ENCODING, "gzip");
            }
            if let Some(auth) = auth {
                request = request.header(AUTHORIZATION, auth);
            }
            if let Some(tag) = tag {
                request = request.header(IF_NONE_MATCH, tag);
            }
            let started = Instant::now();
            let result = match tokio::time::timeout(self.patience(), request.send()).await {
                Ok(result) => result.map_err(|error| self.failure(url, &error, is_apart)),
                Err(_) => Err(self.silent(url)),
            };
            self.log(url, started, &result);
            match result {
                Err(failure) if failure.connections_stopped => origin.move_on(),
                Err(failure) if failure.unread && unread < MOST_UNREAD => unread += 1,
                Err(failure) => return Err(failure),
                Ok(response) => {
                    origin.learn_server(response.headers());
                    if response.version() == reqwest::Version::HTTP_2 {
                        origin.learn_http2();
                    }
                    return Ok(response);
                }
            }
        }
    }

    fn log(&self, url: &Url, started: Instant, result: &Result<Response, Failure>) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let url = self.scrubber.hide(&ShownUrl::new(url).to_string());
        let took = started.elapsed().as_millis();
        match result {
            Ok(response) => tracing::debug!("GET {url}: {} after {took} ms", response.status().as_u16()),
            Err(failure) => {
                tracing::debug!("GET {url}: no answer after {took} ms, {}", self.scrubber.hide(&failure.cause));
            }
        }
    }

    fn origin(&self, url: &Url) -> Rc<Origin> {
        let route =
            Route { origin: origin_of(url), identity: self.network.identity_for(url).map(|(key, _)| key.to_owned()) };
        let new = || Rc::new(Origin::new(self.network.max_sockets));
        Rc::clone(self.origins.borrow_mut().entry(route).or_insert_with(new))
    }

    /// Whether an answer from there can only come from there. What anybody on the way could have answered would be
    /// confirmed by the registry in a later run.
    fn is_authentic(&self, url: &Url) -> bool {
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(_)) | None => false,
        };
        url.scheme() == "https" || (is_loopback && self.network.proxy_for(url).is_none())
    }

    /// The answer, if the memory has room for it.
    fn within_memory(&self, question: &Question, answer: Known<Fact>) -> Known<Fact> {
        let fact = answer?;
        if self.budget.keep(fact.weight()) { Ok(fact) } else { Err(unknown(question, Reason::Malformed, TOO_LARGE)) }
    }

    fn patience(&self) -> Duration {
        self.network.silence.min(self.left())
    }

    /// Silence, or the end of the run's time, whichever it was.
    fn silent(&self, url: &Url) -> Failure {
        let host = host(url);
        if self.left().is_zero() {
            return Failure::out_of_time(&host);
        }
        let proxy = self.network.proxy_for(url).map(shown_proxy);
        Failure::silent(&host, proxy.as_deref(), self.network.silence, !self.network.npm_waits_longer)
    }

    fn failure(&self, url: &Url, error: &reqwest::Error, is_apart: bool) -> Failure {
        let proxy = self.network.proxy_for(url).map(shown_proxy);
        let failure = Failure::of(
            error,
            &Context {
                host: &host(url),
                proxy: proxy.as_deref(),
                roots: &self.network.roots,
                identity: self.network.identity_for(url).is_some(),
            },
        );
        let shared = !is_apart && (failure.shared || self.origin(url).multiplexes());
        Failure { shared, ..failure }
    }

    async fn reply(
        &self,
        question: &Question,
        mut response: Response,
        place: Place<'_>,
        arrived: &dyn Fn(),
    ) -> Result<Reply, Failure> {
        let Place { url, terms, slot } = place;
        let status = response.status().as_u16();
        let patience = self.patience();
        let is_apart = response.version() != reqwest::Version::HTTP_2;
        let read = if status == 200 && question.ask.is_packument() {
            let origin = self.origin(url);
            let _turn = origin.gate.bodies.acquire().await.ok();
            let arrived = |length| {
                origin.gate.measure(length);
                arrived();
            };
            let longest = self.network.longest_packument;
            let keeper = slot.keeper(response.headers(), &self.scrubber);
            let decoder = self.decoder.get_or_init(Decoder::start);
            let decoding = decoder.begin(response.headers(), terms, longest, keeper);
            let read = decoder::packument(&mut response, patience, decoding, &arrived).await;
            read.map(|document| Reply::last(endpoint::packument_fact(question, document)))
        } else if status == 200 && question.ask == Ask::Tarball {
            let _turn = self.tarballs.acquire().await.ok();
            let listed = tarball::list(&mut response, patience, &self.budget, &question.subject).await;
            listed.map(|listed| Reply::last(endpoint::tarball_fact(question, listed)))
        } else {
            transfer::small(&mut response, patience, &self.budget).await.map(|(body, _share)| {
                let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
                let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
                let headers = headers.collect();
                let answered = Answered { status, headers, body };
                Reply {
                    answer: endpoint::decode(question, &answered),
                    again: matches!(status, 408 | 420 | 429) || (status >= 500 && status != 501),
                    pause: wanted_pause(answered.header("retry-after"), answered.header("date")),
                }
            })
        };
        match read {
            Ok(reply) => Ok(Reply { answer: self.within_memory(question, reply.answer), ..reply }),
            Err(Broken::Silent) => Err(self.silent(url)),
            Err(Broken::Off(error)) => Err(self.failure(url, &error, is_apart)),
            Err(Broken::Garbled) => {
                let damaged = unknown(question, Reason::Malformed, "sent compressed data that is damaged");
                Ok(Reply { again: true, ..Reply::last(Err(damaged)) })
            }
            Err(Broken::TooLarge) => Ok(Reply::last(Err(unknown(question, Reason::Malformed, TOO_LARGE)))),
        }
    }

    fn build(
        &self,
        url: &Url,
        http_version: HttpVersion,
        stop: Option<ConnectStop>,
    ) -> Result<reqwest::Client, Failure> {
        let proxy = self.network.proxy_for(url);
        let is_secure = url.scheme() == "https";
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(self.network.max_sockets)
            // What waits to be decoded on one stream holds up none of the others.
            .http2_initial_stream_window_size(WINDOW)
            .http2_initial_connection_window_size(WINDOW * STREAMS)
            .local_address(self.network.local_address)
            .no_proxy();
        let builder = match http_version {
            HttpVersion::Http2 => builder.http2_prior_knowledge(),
            HttpVersion::Http1 => builder.http1_only(),
            HttpVersion::Either => builder,
        };
        let builder = match stop {
            Some(stop) => builder.connector_layer(stop),
            None => builder,
        };
        let builder = match proxy {
            Some(proxy) => builder.proxy(proxy::of(proxy)?),
            None => builder,
        };
        let speaks_tls = is_secure || proxy.is_some_and(|proxy| proxy.starts_with("https:"));
        let builder = if speaks_tls {
            let identity = if is_secure { self.network.identity_for(url).map(|(_, identity)| identity) } else { None };
            builder.tls_backend_preconfigured(self.tls(identity, http_version)?)
        } else {
            builder.tls_certs_only([])
        };
        builder.build().map_err(|error| {
            let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            let cause = format!("the network client could not be set up ({})", super::body::tidy(&why));
            Failure::new("ERR_OSSL", cause).uncertain()
        })
    }

    fn tls(&self, identity: Option<&Identity>, http_version: HttpVersion) -> Result<rustls::ClientConfig, Failure> {
        let roots = &self.network.roots;
        match roots {
            Roots::Only { pem, setting } if !pem.windows(10).any(|window| window == b"-----BEGIN") => {
                let cause = format!("{setting} contains no certificate, so no server is trusted");
                return Err(Failure::new("SELF_SIGNED_CERT_IN_CHAIN", cause));
            }
            _ => {}
        }
        tls::config(roots, identity, &self.untrusted_by_node, http_version.protocols()).map_err(|error| {
            let words = super::body::tidy(&error.to_string());
            let what = match roots {
                Roots::Only { setting, .. } if identity.is_none() => format!("the certificates in {setting}"),
                _ => "the certificates in npm's settings".to_owned(),
            };
            Failure::new("ERR_OSSL", format!("{what} cannot be used ({words})")).uncertain()
        })
    }
}

/// An answer in whose sentences no secret is left: registries quote what they were sent.
pub(super) fn without_secrets(answer: Known<Fact>, scrubber: &Scrubber) -> Known<Fact> {
    match answer {
        Err(unknown) => Err(Unknown { detail: scrubber.hide(&unknown.detail), ..unknown }),
        Ok(Fact::Whoami(Whoami::Rejected { by_address, message })) => {
            Ok(Fact::Whoami(Whoami::Rejected { by_address, message: scrubber.hide(&message) }))
        }
        fact => fact,
    }
}
