//! How many requests are under way at once: in HTTP/2 as many as the server takes, on one connection; in HTTP/1.1 as many
//! connections as npm's `maxsockets` allows.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::front::{Front, Log, Tls};
use crate::harness::Sandbox;

/// What the log says of a connection.
const CONNECTION: &str = "a connection";
/// More than `maxsockets` is by default.
const MEMBERS: usize = 40;

/// A workspace whose packages the registry does not have.
fn workspace(front: &Front, scheme: &str) -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.value("<registry>", &format!("{scheme}://127.0.0.1:{}/", front.port()));
    sandbox.env("NPM_PREFLIGHT_NPMJS_REGISTRY", "<registry>");
    sandbox.file("home/authority.pem", super::certificates::text("authority.pem"));
    let cafile = sandbox.path("home/authority.pem").display().to_string();
    sandbox.file("home/.npmrc", &format!("registry=<registry>\ncafile={cafile}\n"));
    sandbox.file("project/package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#);
    for member in 0..MEMBERS {
        let manifest = format!(r#"{{"name":"@acme/{member}","version":"1.0.0"}}"#);
        sandbox.file(&format!("project/packages/{member}/package.json"), &manifest);
    }
    sandbox
}

/// How a server takes requests in HTTP/2. In HTTP/1.1 it answers one after the other.
#[derive(Clone, Copy)]
struct Server {
    /// How many at a time.
    streams: usize,
    /// How many must be there before any but the first is answered.
    held: usize,
    /// After how many the connection ends, as servers do after many more.
    most: usize,
    /// It breaks off then, whatever was asked.
    breaks: bool,
    /// It closes the connection when it is asked for this, in both protocols.
    drops: Option<&'static str>,
}

/// Answers whatever is asked, on one connection.
const STEADY: Server = Server { streams: MEMBERS, held: 1, most: usize::MAX, breaks: false, drops: None };
const NOT_FOUND: &str = r#"{"error":"Not found"}"#;

impl Server {
    async fn serve(self, stream: TlsStream<TcpStream>, log: Log) -> Option<()> {
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, log).await
        } else {
            http1(stream, log, self.drops).await
        }
    }

    async fn http2(self, stream: TlsStream<TcpStream>, log: Log) -> Option<()> {
        log.lock().unwrap().push(CONNECTION.to_owned());
        let limit = self.streams.try_into().ok()?;
        let mut connection = h2::server::Builder::new().max_concurrent_streams(limit).handshake(stream).await.ok()?;
        let (mut waiting, mut taken) = (Vec::new(), 0);
        while let Some(Ok((request, respond))) = connection.accept().await {
            log.lock().unwrap().push(request.uri().path().to_owned());
            if self.drops == Some(request.uri().path()) {
                return None;
            }
            waiting.push(respond);
            taken += 1;
            match (taken == self.most, self.breaks) {
                (true, true) => connection.abrupt_shutdown(h2::Reason::INTERNAL_ERROR),
                (true, false) => connection.graceful_shutdown(),
                (false, _) => {}
            }
            if taken > 1 && waiting.len() < self.held {
                continue;
            }
            for mut respond in waiting.drain(..) {
                let response = ureq::http::Response::builder().status(404).header("content-type", "application/json");
                // One that the client no longer waits for says nothing of the others.
                if let Ok(mut body) = respond.send_response(response.body(()).ok()?, false) {
                    let _ = body.send_data(NOT_FOUND.as_bytes(), true);
                }
            }
        }
        Some(())
    }
}

/// Keeps the connection, and answers its requests one after the other.
async fn http1(mut stream: impl AsyncRead + AsyncWrite + Unpin, log: Log, drops: Option<&str>) -> Option<()> {
    log.lock().unwrap().push(CONNECTION.to_owned());
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let path = String::from_utf8(head).ok()?.split(' ').nth(1)?.to_owned();
        log.lock().unwrap().push(path.clone());
        if drops == Some(path.as_str()) {
            return None;
        }
        let head = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n", NOT_FOUND.len());
        stream.write_all(format!("{head}{NOT_FOUND}").as_bytes()).await.ok()?;
    }
}

/// A run over all packages of the workspace.
fn report(sandbox: &Sandbox, more: &[&str]) -> Value {
    let arguments = [&["lint", "--workspaces", "--format", "json"], more].concat();
    let report = sandbox.preflight("project", &arguments).json().expect("a report");
    assert_eq!(report["packages"].as_array().map(Vec::len), Some(MEMBERS));
    report
}

/// The packages whose versions were not learnt.
fn unanswered(report: &Value) -> Vec<String> {
    let open = report["undecided"].as_array().into_iter().flatten();
    let open = open.filter(|open| open["rule"] == "version-published");
    open.map(|open| open["package"].to_string()).collect()
}

/// How often each path was asked for.
fn requests(front: &Front) -> BTreeMap<String, usize> {
    let mut requests = BTreeMap::new();
    for path in front.log().into_iter().filter(|line| line != CONNECTION) {
        *requests.entry(path).or_default() += 1;
    }
    requests
}

/// How many connections there were; each package was asked for once.
fn connections(front: &Front) -> usize {
    let requests = requests(front);
    let names = requests.keys().filter(|path| path.starts_with("/@acme%2f")).count();
    assert_eq!((names, requests.len()), (MEMBERS, MEMBERS), "{requests:?}");
    assert!(requests.values().all(|times| *times == 1), "{requests:?}");
    front.log().iter().filter(|line| *line == CONNECTION).count()
}

/// What speaks HTTP/2.
const TLS: Tls = Tls { certificate: "server.pem", asks_client: None, http2: true };

fn front(server: Server) -> Front {
    Front::of_tls(&TLS, move |stream, log| server.serve(stream, log))
}

#[test]
fn one_http2_connection_carries_all_requests_the_server_allows() {
    // All that are left after the first, and a third of them.
    for at_once in [MEMBERS - 1, (MEMBERS - 1) / 3] {
        let front = front(Server { streams: at_once, held: at_once, ..STEADY });
        assert_eq!(unanswered(&report(&workspace(&front, "https"), &[])), Vec::<String>::new());
        assert_eq!(connections(&front), 1);
    }
}

#[test]
fn requests_move_to_a_new_connection_when_the_server_closes_one() {
    let front = front(Server { streams: 5, most: 10, ..STEADY });
    assert_eq!(unanswered(&report(&workspace(&front, "https"), &[])), Vec::<String>::new());
    let requests = requests(&front);
    assert!(requests.values().all(|times| *times <= 2), "{requests:?}");
}

#[test]
fn requests_on_a_broken_connection_are_retried() {
    let front = front(Server { most: 20, breaks: true, ..STEADY });
    assert_eq!(unanswered(&report(&workspace(&front, "https"), &[])), Vec::<String>::new());
}

#[test]
fn a_request_that_breaks_its_connection_fails_no_other() {
    for retries in ["0", "2"] {
        let front = front(Server { drops: Some("/@acme%2f7"), ..STEADY });
        let mut sandbox = workspace(&front, "https");
        sandbox.env("npm_config_fetch_retries", retries);
        let report = report(&sandbox, &[]);
        assert_eq!(unanswered(&report), ["\"@acme/7\""]);
        let mut found = report["diagnostics"].as_array().into_iter().flatten();
        assert!(found.all(|found| found["rule"] != "registry-unreachable"), "{report}");
    }
}

#[test]
fn over_http1_at_most_as_many_connections_are_opened_as_by_npm() {
    let front = Front::start(|stream, log| http1(stream, log, None));
    let sandbox = workspace(&front, "http");
    for (maxsockets, expected) in [("3", 3), ("1", 1)] {
        front.clear();
        assert_eq!(unanswered(&report(&sandbox, &["--maxsockets", maxsockets])), Vec::<String>::new());
        let connections = connections(&front);
        assert!((1..=expected).contains(&connections), "{connections}");
    }
}
