//! Surveys against servers on the loopback interface that misbehave in one way each.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::network::{Network, Roots, testing::network};
use super::progress::Progress;
use super::survey::{Survey, SurveyOptions};
use crate::facts::credential::{Credential, Keyring, Secret};
use crate::facts::{Ask, Fact, Facts, Known, Question, Reason, Seen, Whoami};
use crate::project::world::cache::Store;

const PACKUMENT: &str = r#"{"versions":{"1.0.0":{}}}"#;

/// What a server does with a request.
enum Act {
    Send(Vec<u8>),
    Close,
    Hang,
}

/// A server and the heads of the requests it got, in lower case.
struct Server {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `act` is given the path and how many requests came for it before.
    #[expect(clippy::disallowed_methods, reason = "a test server on the loopback interface")]
    fn new(act: impl Fn(&str, usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, act) = (Arc::clone(&heads), Arc::new(act));
        std::thread::spawn(move || {
            let mut hanging = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                hanging.extend(serve(stream, &seen, &*act));
            }
        });
        Self { address, heads }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn requests(&self, path: &str) -> usize {
        self.heads.lock().unwrap().iter().filter(|head| head.starts_with(&format!("get {path} "))).count()
    }
}

fn serve(mut stream: TcpStream, heads: &Mutex<Vec<String>>, act: &dyn Fn(&str, usize) -> Act) -> Option<TcpStream> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let start = reader.fill_buf().ok()?;
    if start.first() == Some(&0x16) {
        // A TLS client's hello: what a server without TLS makes of it.
        let length = start.len();
        reader.consume(length);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").ok()?;
        return None;
    }
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).ok()? > 0 {}
    let path = head.split(' ').nth(1)?.to_ascii_lowercase();
    let before = {
        let mut heads = heads.lock().ok()?;
        let before = heads.iter().filter(|head| head.split(' ').nth(1) == Some(&path)).count();
        heads.push(head.to_ascii_lowercase());
        before
    };
    match act(&path, before) {
        Act::Send(bytes) => stream.write_all(&bytes).ok()?,
        Act::Close => {}
        Act::Hang => return Some(stream),
    }
    None
}

fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    Act::Send([head.as_bytes(), body].concat())
}

fn json(body: &str) -> Act {
    answer(200, "content-type: application/json\r\n", body)
}

fn question(ask: Ask, origin: &str) -> Question {
    Question { ask, registry: format!("{origin}/"), subject: "p".to_owned(), credential: None }
}

fn survey(network: Network) -> Survey {
    Survey::new(SurveyOptions { network, timeout: Duration::from_secs(20), cache: None })
}

fn ask_all(network: Network, origin: &str, asks: &[Ask]) -> Facts {
    let mut facts = Facts::default();
    let questions: BTreeSet<_> = asks.iter().map(|ask| question(*ask, origin)).collect();
    survey(network).ask(questions, &Keyring::default(), &mut facts, &mut Progress::silent());
    facts
}

/// The packument that the server has.
fn packument(server: &Server) -> Known<Fact> {
    let facts = ask_all(network(), &server.origin(), &[Ask::Packument]);
    facts.known(&question(Ask::Packument, &server.origin())).cloned()
}

fn versions(answer: &Known<Fact>) -> usize {
    match answer {
        Ok(Fact::Packument(Seen::Here(packument))) => packument.versions.len(),
        other => panic!("no packument: {other:?}"),
    }
}

#[test]
fn a_server_error_is_retried_and_a_rejection_is_not() {
    let server = Server::new(|_, before| if before == 0 { answer(503, "", "") } else { json(PACKUMENT) });
    assert_eq!(versions(&packument(&server)), 1);
    let server = Server::new(|_, _| answer(403, "", "{}"));
    assert_eq!(packument(&server).unwrap_err().reason, Reason::Forbidden);
    assert_eq!(server.requests("/p"), 1);
}

#[test]
fn a_pending_retry_takes_no_slot_from_others() {
    let server = Server::new(|path, before| {
        let long =
            format!("content-length: 1000000\r\n\r\n{{\"versions\":{{\"1.0.0\":{{\"x\":\"{}", "x".repeat(300_000));
        match (path, before) {
            ("/p", 0) => Act::Send(format!("HTTP/1.1 200 X\r\n{long}").into_bytes()),
            _ => json(PACKUMENT),
        }
    });
    let mut network = network();
    network.max_sockets = 1;
    let questions = ["p", "q"]
        .map(|subject| Question { subject: subject.to_owned(), ..question(Ask::Packument, &server.origin()) });
    let mut facts = Facts::default();
    survey(network).ask(questions.clone().into(), &Keyring::default(), &mut facts, &mut Progress::silent());
    for question in questions {
        assert_eq!(versions(&facts.known(&question).cloned()), 1);
    }
    let heads = server.heads.lock().unwrap();
    let paths: Vec<_> = heads.iter().filter_map(|head| head.split(' ').nth(1)).collect();
    assert_eq!(paths, ["/p", "/p", "/q"], "one at a time");
}

#[test]
fn retry_after_is_honoured_if_time_allows() {
    let server =
        Server::new(|_, before| if before == 0 { answer(429, "retry-after: 0\r\n", "") } else { json(PACKUMENT) });
    assert_eq!(versions(&packument(&server)), 1);
    let server = Server::new(|_, _| answer(429, "retry-after: 3600\r\n", ""));
    assert_eq!(packument(&server).unwrap_err().reason, Reason::RateLimited);
    assert_eq!(server.requests("/p"), 1);
}

#[test]
fn retry_after_may_be_a_date_relative_to_the_responses_date() {
    let later = |by: &str| format!("date: Mon, 23 Nov 2026 12:00:00 GMT\r\nretry-after: Mon, 23 Nov 2026 {by} GMT\r\n");
    let (now, hour) = (later("12:00:00"), later("13:00:00"));
    let server = Server::new(move |_, before| if before == 0 { answer(503, &now, "") } else { json(PACKUMENT) });
    assert_eq!(versions(&packument(&server)), 1);
    let server = Server::new(move |_, _| answer(503, &hour, ""));
    assert_eq!(packument(&server).unwrap_err().reason, Reason::Unreachable);
    assert_eq!(server.requests("/p"), 1);
}

#[test]
fn one_broken_connection_is_retried_and_a_permanent_one_is_an_outage() {
    let server = Server::new(|_, before| if before == 0 { Act::Close } else { json(PACKUMENT) });
    assert_eq!(versions(&packument(&server)), 1);
    let server = Server::new(|_, _| Act::Close);
    let facts = ask_all(network(), &server.origin(), &[Ask::Packument, Ask::Whoami]);
    let outage = facts.outage(&server.origin()).expect("an outage");
    assert_eq!((outage.npm_error, outage.reason), (Some("ECONNRESET"), Reason::Unreachable));
    assert_eq!(server.requests("/p"), 3);
}

#[test]
fn a_silent_origin_is_an_outage_and_a_silent_endpoint_is_not() {
    let server = Server::new(|_, _| Act::Hang);
    let mut impatient = network();
    impatient.silence = Duration::from_millis(100);
    let facts = ask_all(impatient, &server.origin(), &[Ask::Packument, Ask::Whoami]);
    assert_eq!(facts.outage(&server.origin()).map(|outage| outage.reason), Some(Reason::TimedOut));
    for ask in [Ask::Packument, Ask::Whoami] {
        assert_eq!(facts.known(&question(ask, &server.origin())).unwrap_err().reason, Reason::TimedOut);
    }
    let server = Server::new(|path, _| if path == "/-/whoami" { Act::Hang } else { json(PACKUMENT) });
    let facts = ask_all(network(), &server.origin(), &[Ask::Packument, Ask::Whoami]);
    assert!(facts.outage(&server.origin()).is_none());
    assert!(facts.known(&question(Ask::Packument, &server.origin())).is_ok());
    assert_eq!(facts.known(&question(Ask::Whoami, &server.origin())).unwrap_err().reason, Reason::TimedOut);
}

#[test]
fn a_broken_endpoint_is_not_an_outage_if_ping_answers() {
    let server = Server::new(|path, _| if path == "/p" { Act::Close } else { json("{}") });
    let facts = ask_all(network(), &server.origin(), &[Ask::Packument]);
    assert!(facts.outage(&server.origin()).is_none());
    assert_eq!(facts.known(&question(Ask::Packument, &server.origin())).unwrap_err().reason, Reason::Unreachable);
}

#[test]
fn a_broken_body_is_retried_and_a_truncated_one_is_malformed() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"versions\":{";
    let server = Server::new(move |_, before| if before == 0 { Act::Send(short.into()) } else { json(PACKUMENT) });
    assert_eq!(versions(&packument(&server)), 1);
    let server = Server::new(|_, _| json(&PACKUMENT[..14]));
    assert_eq!(packument(&server).unwrap_err().reason, Reason::Malformed);
    assert_eq!(server.requests("/p"), 1);
}

#[test]
fn a_long_packument_is_streamed_and_restarted_after_a_break() {
    let body: Vec<_> = (0..900).map(|patch| format!(r#""1.0.{patch}":{{"readme":"{}"}}"#, "x".repeat(1000))).collect();
    let body = format!(r#"{{"versions":{{{}}}}}"#, body.join(","));
    let server = Server::new(move |_, before| match json(&body) {
        Act::Send(mut bytes) if before == 0 => {
            bytes.truncate(500_000);
            Act::Send(bytes)
        }
        whole => whole,
    });
    assert_eq!(versions(&packument(&server)), 900);
    assert_eq!(server.requests("/p"), 2);
}

#[test]
fn a_packument_that_never_ends_is_not_read_to_its_end() {
    // Sixteen megabytes of a README, in some kilobytes.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let start = format!(r#"{{"versions":{{"1.0.0":{{}}}},"readme":"{}"#, "x".repeat(1 << 20));
    encoder.write_all(start.as_bytes()).unwrap();
    for _ in 0..15 {
        encoder.write_all(&start.as_bytes()[start.len() - (1 << 20)..]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let server = Server::new(move |_, _| answer(200, "content-encoding: gzip\r\n", &bomb));
    let mut network = network();
    network.longest_packument = 4 << 20;
    let facts = ask_all(network, &server.origin(), &[Ask::Packument]);
    let unknown = facts.known(&question(Ask::Packument, &server.origin())).unwrap_err();
    assert_eq!(unknown.reason, Reason::Malformed);
    assert!(unknown.detail.contains("too large"), "{}", unknown.detail);
    assert_eq!(server.requests("/p"), 1);
}

#[test]
fn a_compressed_packument_is_read() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(PACKUMENT.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    let server = Server::new(move |_, _| answer(200, "content-encoding: gzip\r\n", &body));
    assert_eq!(versions(&packument(&server)), 1);
}

#[test]
fn the_credential_follows_redirects_only_within_the_registry() {
    let mut keyring = Keyring::default();
    let number = keyring.number(&Credential::Token(Secret::new("npm_fake")));
    let elsewhere = Server::new(|_, _| json(r#"{"username":"mallory"}"#));
    let target = elsewhere.origin();
    let server = Server::new(move |path, _| match path {
        "/-/whoami" => answer(302, "location: /moved\r\n", ""),
        "/moved" => json(r#"{"username":"alice"}"#),
        _ => answer(302, &format!("location: {target}/p\r\n"), ""),
    });
    let whoami = Question { credential: Some(number), ..question(Ask::Whoami, &server.origin()) };
    let packument = Question { credential: Some(number), ..question(Ask::Packument, &server.origin()) };
    let mut facts = Facts::default();
    survey(network()).ask([whoami.clone(), packument.clone()].into(), &keyring, &mut facts, &mut Progress::silent());
    assert_eq!(facts.known(&whoami), Ok(&Fact::Whoami(Whoami::User("alice".to_owned()))));
    assert_eq!(facts.known(&packument).unwrap_err().reason, Reason::Unsupported);
    let heads = server.heads.lock().unwrap();
    assert!(heads.iter().all(|head| head.contains("\r\nauthorization: bearer npm_fake\r\n")), "{heads:?}");
    assert!(elsewhere.heads.lock().unwrap().is_empty());
}

#[test]
fn no_credential_is_invented_and_an_echoed_one_is_not_shown() {
    let server = Server::new(|_, _| answer(401, "", r#"{"error":"bad token npm_fakefake"}"#));
    let mut keyring = Keyring::default();
    let number = keyring.number(&Credential::Token(Secret::new("npm_fakefake")));
    let bare = question(Ask::Packument, &server.origin());
    let whoami = Question { credential: Some(number), ..question(Ask::Whoami, &server.origin()) };
    let mut facts = Facts::default();
    survey(network()).ask([bare.clone(), whoami.clone()].into(), &keyring, &mut facts, &mut Progress::silent());
    assert_eq!(facts.known(&bare).unwrap_err().reason, Reason::Unauthenticated);
    let Ok(Fact::Whoami(Whoami::Rejected { message, .. })) = facts.known(&whoami) else { panic!("not rejected") };
    assert_eq!(message, "bad token …");
    let heads = server.heads.lock().unwrap();
    assert_eq!(heads.iter().filter(|head| head.contains("authorization")).count(), 1);
}

/// Whether a second run asks if what the first one got has changed. `registry` is given the server's port.
fn is_kept(network: &Network, registry: impl Fn(u16) -> String) -> bool {
    let server = Server::new(|path, _| match path {
        "/npm/p" => answer(302, "location: /p\r\n", ""),
        _ => answer(200, "etag: \"1\"\r\n", PACKUMENT),
    });
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let question = question(Ask::Packument, &registry(port.parse().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let cache = Some(Store::new(folder.path().join("kept")));
        let options = SurveyOptions { network: network.clone(), timeout: Duration::from_secs(20), cache };
        let mut facts = Facts::default();
        let questions = [question.clone()].into();
        Survey::new(options).ask(questions, &Keyring::default(), &mut facts, &mut Progress::silent());
        assert_eq!(versions(&facts.known(&question).cloned()), 1);
    }
    let heads = server.heads.lock().unwrap();
    heads.iter().any(|head| head.contains("\r\nif-none-match: \"1\"\r\n"))
}

#[test]
fn redirected_responses_are_not_cached() {
    assert!(is_kept(&network(), |port| format!("http://127.0.0.1:{port}")));
    assert!(!is_kept(&network(), |port| format!("http://127.0.0.1:{port}/npm")));
}

#[test]
fn responses_over_plain_http_are_not_cached() {
    let mut unchecked = network();
    unchecked.roots = Roots::Any;
    assert!(!is_kept(&unchecked, |port| format!("http://127.0.0.1:{port}")), "`strict-ssl=false`");
    // A name, and whatever a proxy calls loopback, may lead anywhere.
    assert!(!is_kept(&network(), |port| format!("http://localhost:{port}")));
    let proxy = Server::new(|_, _| answer(200, "etag: \"1\"\r\n", PACKUMENT));
    is_kept(&network().through(&proxy.origin()), |port| format!("http://127.0.0.1:{port}"));
    let heads = proxy.heads.lock().unwrap();
    assert_eq!(heads.len(), 2, "{heads:?}");
    assert!(heads.iter().all(|head| !head.contains("if-none-match")), "{heads:?}");
}

#[test]
fn no_request_is_repeated_or_sent_to_an_origin_that_is_down() {
    let server = Server::new(|_, _| json(PACKUMENT));
    let mut survey = survey(network());
    let mut facts = Facts::default();
    let here = question(Ask::Packument, &server.origin());
    let dead = "http://127.0.0.1:1";
    for ask in [Ask::Packument, Ask::DistTags] {
        let questions = [here.clone(), question(ask, dead)].into();
        survey.ask(questions, &Keyring::default(), &mut facts, &mut Progress::silent());
    }
    assert_eq!(server.requests("/p"), 1);
    let outage = facts.outage(dead).expect("an outage");
    assert_eq!(outage.npm_error, Some("ECONNREFUSED"));
    assert!(facts.known(&question(Ask::DistTags, dead)).unwrap_err().detail.contains(&outage.cause));
}

#[test]
fn https_to_a_plain_http_server_is_named_as_such() {
    let server = Server::new(|_, _| Act::Close);
    let origin = format!("https://{}", server.address);
    let facts = ask_all(network(), &origin, &[Ask::Packument]);
    assert_eq!(facts.outage(&origin).and_then(|outage| outage.npm_error), Some("ERR_SSL_WRONG_VERSION_NUMBER"));
}

#[test]
fn a_dead_proxy_is_blamed_when_the_registry_answers_without_it() {
    let server = Server::new(|_, _| json("{}"));
    let facts = ask_all(network().through("http://user:hunter2@127.0.0.1:1/"), &server.origin(), &[Ask::Packument]);
    let outage = facts.outage(&server.origin()).expect("an outage");
    assert!(outage.cause.contains("the proxy `http://127.0.0.1:1`"), "{}", outage.cause);
    let opinion = outage.second_opinion.as_deref().expect("a second opinion");
    assert!(opinion.contains("answers without the proxy") && !opinion.contains("hunter2"), "{opinion}");
}

/// A tarball with two files, and what it hashes to.
fn tarball() -> (Vec<u8>, String) {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, size) in [("package/package.json", 2), ("package/lib/a.js", 3000)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        archive.append_data(&mut header, path, std::io::repeat(b'x').take(size)).unwrap();
    }
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let digits: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    (bytes, digits.concat())
}

/// What is known of a tarball at an address, to a registry at an origin, after it was asked for with a credential.
fn listed(registry: &str, address: &str, checksum: &str) -> Known<Fact> {
    let mut keyring = Keyring::default();
    let number = keyring.number(&Credential::Token(Secret::new("npm_fake")));
    let subject = format!("{address}#{checksum}");
    let question = Question { subject, credential: Some(number), ..question(Ask::Tarball, registry) };
    let mut facts = Facts::default();
    survey(network()).ask([question.clone()].into(), &keyring, &mut facts, &mut Progress::silent());
    facts.known(&question).cloned()
}

#[test]
fn a_tarball_is_listed_only_if_its_hash_matches() {
    let (bytes, checksum) = tarball();
    let server = Server::new(move |path, before| match path {
        "/moved.tgz" => answer(302, "location: /p.tgz\r\n", ""),
        "/broken.tgz" if before == 0 => {
            Act::Send([b"HTTP/1.1 200 X\r\ncontent-length: 900\r\n\r\n", &bytes[..50]].concat())
        }
        _ => answer(200, "", &bytes),
    });
    let list = |path: &str, checksum: &str| listed(&server.origin(), &format!("{}{path}", server.origin()), checksum);
    let files = [("lib/a.js".to_owned(), 3000), ("package.json".to_owned(), 2)];
    for path in ["/p.tgz", "/moved.tgz", "/broken.tgz"] {
        assert_eq!(list(path, &checksum), Ok(Fact::Tarball(files.clone().into())), "{path}");
    }
    for (checksum, why) in [("00", "does not match its checksum"), ("md5-AAAA", "has a checksum of an unknown kind")] {
        let unknown = list("/p.tgz", checksum).unwrap_err();
        assert!(unknown.reason == Reason::Malformed && unknown.detail.contains(why), "{}", unknown.detail);
    }
    assert!(server.heads.lock().unwrap().iter().all(|head| head.contains("authorization: bearer npm_fake")));
}

#[test]
fn another_host_is_asked_for_a_tarball_over_https_only() {
    let (bytes, checksum) = tarball();
    let elsewhere = Server::new(move |_, _| answer(200, "", &bytes));
    let address = format!("{}/p.tgz", elsewhere.origin());
    let target = address.clone();
    let server = Server::new(move |_, _| answer(302, &format!("location: {target}\r\n"), ""));
    assert_eq!(listed(&server.origin(), &address, &checksum).unwrap_err().reason, Reason::NotAsked);
    let redirected = listed(&server.origin(), &format!("{}/p.tgz", server.origin()), &checksum);
    assert_eq!(redirected.unwrap_err().reason, Reason::Unsupported);
    assert!(elsewhere.heads.lock().unwrap().is_empty());
}
