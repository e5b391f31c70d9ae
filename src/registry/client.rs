//! One question to a registry and its answer: connecting as npm's settings say, following redirects by hand, trying
//! again where that can help. The credential goes to the registry's own origin and nowhere else.
#![expect(clippy::disallowed_types, reason = "this is the one place that talks to a registry")]

mod gate;
mod headers;
mod proxy;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, IF_NONE_MATCH};
use url::Url;

use super::cache::Slot;
use super::endpoint::{self, Response as Answered, unknown};
use super::failure::{Context, Failure};
use super::network::{Identity, Network, Roots};
use super::packument::Document;
use super::tls::{self, Doubts};
use super::transfer::{self, Broken};
use crate::facts::credential::Credential;
use crate::facts::{Fact, Known, Question, Reason, Stranger, Unknown, Whoami, origin_of};
use crate::npm::nerf_dart::host;
use crate::project::world::cache::Store;
use crate::text::redact::Scrubber;
use gate::{Gate, STREAMS};
use headers::{authorization, redirect, same_site, wanted_pause};
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
    pub(super) doubts: Doubts,
    cache: Option<Store>,
    /// What a server may repeat of it is not kept.
    pub(super) scrubber: Scrubber,
    stacks: RefCell<BTreeMap<Route, reqwest::Client>>,
    /// Origins that answered in HTTP/2.
    multiplexing: RefCell<BTreeMap<String, Rc<Gate>>>,
}

/// What requests must have in common to share connections.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    secure: bool,
    proxy: Option<String>,
    identity: Option<String>,
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
            doubts: Doubts::default(),
            cache,
            scrubber,
            stacks: RefCell::default(),
            multiplexing: RefCell::default(),
        }
    }

    /// Asks, and asks again after a server error, a request for patience or a broken connection. `arrived` is told when
    /// nothing more is to come, which may be before the answer is understood.
    pub(super) async fn ask(
        &self,
        question: &Question,
        credential: Option<&Credential>,
        arrived: &dyn Fn(),
    ) -> Result<Known<Fact>, Failure> {
        let mut repetition = 0;
        loop {
            let result = self.attempt(question, credential, repetition == 0, arrived).await;
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
        self.multiplexing.borrow().get(origin).map_or(self.network.max_sockets, |gate| gate.width())
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

    /// `may_look`: it may be asked whether what is kept has changed.
    async fn attempt(
        &self,
        question: &Question,
        credential: Option<&Credential>,
        may_look: bool,
        arrived: &dyn Fn(),
    ) -> Result<Reply, Failure> {
        let not_asked = |why: &str| Ok(Reply::last(Err(unknown(question, Reason::NotAsked, why))));
        let Ok(mut request) = endpoint::request(question) else { return not_asked("is not a URL") };
        if !matches!(request.url.scheme(), "http" | "https") {
            return not_asked("was not asked: only http and https can be");
        }
        let Ok(authorization) = authorization(&request.url, credential) else {
            return not_asked("was not asked: the credential holds characters that cannot be sent");
        };
        let _ = request.url.set_username("");
        let _ = request.url.set_password(None);
        let registry = request.url.clone();
        let mut url = request.url;
        let store = self.cache.as_ref().filter(|_| question.ask.is_packument());
        let slot = Slot::new(store, &url, request.accept, authorization.is_some());
        let mut slot = if may_look { slot.look() } else { slot };
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(&url, request.accept, authorization.as_ref(), slot.tag()).await?;
            if let (407, Some(proxy)) = (response.status().as_u16(), self.network.proxy_for(&url)) {
                return Err(Failure::proxy_wants_password(&shown_proxy(proxy)));
            }
            if slot.tag().is_some() && matches!(response.status().as_u16(), 304 | 412) {
                let kept = slot.confirmed(response.status().as_u16(), response.headers());
                let Some(kept) = kept.map(Document::Packument) else { continue };
                return Ok(Reply::last(endpoint::packument_fact(question, Ok(kept))));
            }
            let Some(target) = redirect(&url, &response) else {
                return self.reply(question, &url, response, &slot, arrived).await;
            };
            // What another server says of a package or a credential is nothing that this registry says.
            if !same_site(&registry, &target) {
                return self.reply(question, &url, response, &slot, arrived).await;
            }
            url = target;
            // Where a redirect leads may change from run to run.
            slot = Slot::default();
        }
        let endless = unknown(question, Reason::Malformed, "leads from one redirect to the next without an end");
        Ok(Reply::last(Err(endless.from(Stranger::Maze))))
    }

    /// Sends it again where a server ended the connection before it had looked at it.
    async fn send(
        &self,
        url: &Url,
        accept: &'static str,
        auth: Option<&HeaderValue>,
        tag: Option<&HeaderValue>,
    ) -> Result<Response, Failure> {
        let mut unread = 0;
        loop {
            let gate = self.gate(url);
            let pass = match &gate {
                Some(gate) => Some(gate.pass().await),
                None => None,
            };
            let mut request = self.stack(url)?.get(url.clone()).header(ACCEPT, accept);
            if let Some(auth) = auth {
                request = request.header(AUTHORIZATION, auth);
            }
            if let Some(tag) = tag {
                request = request.header(IF_NONE_MATCH, tag);
            }
            let result = match tokio::time::timeout(self.patience(), request.send()).await {
                Ok(result) => result.map_err(|error| self.failure(url, &error)),
                Err(_) => Err(self.silent(url)),
            };
            if let Some(pass) = pass {
                pass.ended(&result);
            }
            match result {
                Err(failure) if failure.unread && unread < MOST_UNREAD => unread += 1,
                Err(failure) => return Err(failure),
                Ok(response) => {
                    if response.version() == reqwest::Version::HTTP_2 {
                        self.multiplexing.borrow_mut().entry(origin_of(url)).or_default();
                    }
                    return Ok(response);
                }
            }
        }
    }

    /// `None`: the origin is not known to speak HTTP/2.
    fn gate(&self, url: &Url) -> Option<Rc<Gate>> {
        self.multiplexing.borrow().get(&origin_of(url)).cloned()
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

    fn failure(&self, url: &Url, error: &reqwest::Error) -> Failure {
        let proxy = self.network.proxy_for(url).map(shown_proxy);
        Failure::of(
            error,
            &Context {
                host: &host(url),
                proxy: proxy.as_deref(),
                roots: &self.network.roots,
                identity: self.network.identity_for(url).is_some(),
            },
        )
    }

    async fn reply(
        &self,
        question: &Question,
        url: &Url,
        mut response: Response,
        slot: &Slot<'_>,
        arrived: &dyn Fn(),
    ) -> Result<Reply, Failure> {
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let patience = self.patience();
        let gate = self.gate(url);
        let read = if status == 200 && question.ask.is_packument() {
            let _turn = match &gate {
                Some(gate) => gate.bodies.acquire().await.ok(),
                None => None,
            };
            let arrived = |length| {
                if let Some(gate) = &gate {
                    gate.measure(length);
                }
                arrived();
            };
            let read = transfer::packument(&mut response, patience, self.network.longest_packument, &arrived).await;
            if let Ok(Ok(Document::Packument(packument))) = &read {
                slot.keep(response.headers(), packument, &self.scrubber);
            }
            read.map(|document| Reply::last(endpoint::packument_fact(question, document)))
        } else {
            transfer::small(&mut response, patience).await.map(|body| {
                let answered = Answered { status, headers, body };
                Reply {
                    answer: endpoint::decode(question, &answered),
                    again: matches!(status, 408 | 420 | 429) || (status >= 500 && status != 501),
                    pause: wanted_pause(answered.header("retry-after"), answered.header("date")),
                }
            })
        };
        match read {
            Ok(reply) => Ok(reply),
            Err(Broken::Silent) => Err(self.silent(url)),
            Err(Broken::Off(error)) => {
                if let Some(gate) = &gate {
                    gate.shut();
                }
                Err(self.failure(url, &error))
            }
            Err(Broken::TooLong) => {
                let why = "answered with more than any honest answer is long, so it was not read";
                Ok(Reply::last(Err(unknown(question, Reason::Malformed, why))))
            }
        }
    }

    fn route(&self, url: &Url) -> Route {
        Route {
            secure: url.scheme() == "https",
            proxy: self.network.proxy_for(url).map(str::to_owned),
            identity: self.network.identity_for(url).map(|(key, _)| key.to_owned()),
        }
    }

    fn stack(&self, url: &Url) -> Result<reqwest::Client, Failure> {
        let route = self.route(url);
        if let Some(stack) = self.stacks.borrow().get(&route) {
            return Ok(stack.clone());
        }
        let stack = self.build(&route, url)?;
        self.stacks.borrow_mut().insert(route, stack.clone());
        Ok(stack)
    }

    fn build(&self, route: &Route, url: &Url) -> Result<reqwest::Client, Failure> {
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
        let builder = match &route.proxy {
            Some(proxy) => builder.proxy(proxy::of(proxy)?),
            None => builder,
        };
        let speaks_tls = route.secure || route.proxy.as_ref().is_some_and(|proxy| proxy.starts_with("https:"));
        let builder = if speaks_tls {
            let identity =
                if route.secure { self.network.identity_for(url).map(|(_, identity)| identity) } else { None };
            builder.tls_backend_preconfigured(self.tls(identity)?)
        } else {
            builder.tls_certs_only([])
        };
        builder.build().map_err(|error| {
            let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            let cause = format!("no connection could be prepared ({})", super::body::tidy(&why));
            Failure::new("ERR_OSSL", cause).uncertain()
        })
    }

    fn tls(&self, identity: Option<&Identity>) -> Result<rustls::ClientConfig, Failure> {
        let roots = &self.network.roots;
        match roots {
            Roots::Only { pem, setting } if !pem.windows(10).any(|window| window == b"-----BEGIN") => {
                let cause = format!("{setting} holds no certificate, so no server is trusted");
                return Err(Failure::new("SELF_SIGNED_CERT_IN_CHAIN", cause));
            }
            _ => {}
        }
        tls::config(roots, identity, &self.doubts).map_err(|error| {
            let words = super::body::tidy(&error.to_string());
            let what = match roots {
                Roots::Only { setting, .. } if identity.is_none() => format!("the certificates in {setting}"),
                _ => "the certificates in npm's settings".to_owned(),
            };
            Failure::new("ERR_OSSL", format!("{what} are of no use ({words})")).uncertain()
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
