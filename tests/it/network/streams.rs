//! How many requests are under way at once: in HTTP/2 as many as the server takes, on one connection; in HTTP/1.1 as many
//! connections as npm's `maxsockets` allows.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::front::{Front, Log, Tls};
use crate::harness::Sandbox;

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

/// How a server takes requests in HTTP/2.
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
}

impl Server {
    async fn serve(self, stream: TlsStream<TcpStream>, log: Log) -> Option<()> {
        log.lock().unwrap().push("a connection".to_owned());
        let limit = self.streams.try_into().ok()?;
        let mut connection = h2::server::Builder::new().max_concurrent_streams(limit).handshake(stream).await.ok()?;
        let (mut waiting, mut taken) = (Vec::new(), 0);
        while let Some(Ok((request, respond))) = connection.accept().await {
            log.lock().unwrap().push(request.uri().path().to_owned());
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
                let mut body = respond.send_response(response.body(()).ok()?, false).ok()?;
                body.send_data(&br#"{"error":"Not found"}"#[..], true).ok()?;
            }
        }
        Some(())
    }
}

/// Keeps the connection, and answers its requests one after the other.
async fn kept(mut stream: TcpStream, log: Log) -> Option<()> {
    log.lock().unwrap().push("a connection".to_owned());
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let path = String::from_utf8(head).ok()?.split(' ').nth(1)?.to_owned();
        log.lock().unwrap().push(path);
        let body = r#"{"error":"Not found"}"#;
        let head = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
    }
}

/// The questions about versions that were not answered.
fn unanswered(sandbox: &Sandbox, more: &[&str]) -> Vec<String> {
    let arguments = [&["lint", "--workspaces", "--format", "json"], more].concat();
    let report = sandbox.preflight("project", &arguments).json().expect("a report");
    assert_eq!(report["packages"].as_array().map(Vec::len), Some(MEMBERS));
    let open = report["undecided"].as_array().cloned().unwrap_or_default();
    open.iter().filter(|open| open["rule"] == "version-published").map(ToString::to_string).collect()
}

/// How many connections there were; each package was asked for once.
fn connections(front: &Front) -> usize {
    let mut paths = front.log();
    let seen = paths.len();
    paths.retain(|line| line != "a connection");
    let connections = seen - paths.len();
    let names = paths.iter().filter(|path| path.starts_with("/@acme%2f")).count();
    paths.sort();
    paths.dedup();
    assert_eq!((names, paths.len()), (MEMBERS, MEMBERS), "{paths:?}");
    connections
}

/// What speaks HTTP/2.
const TLS: Tls = Tls { certificate: "server.pem", asks_client: None, http2: true };

#[test]
fn one_http2_connection_carries_as_many_requests_as_the_server_takes() {
    // All that are left after the first, and a third of them.
    for at_once in [MEMBERS - 1, (MEMBERS - 1) / 3] {
        let front = Front::of_tls(&TLS, move |stream, log| {
            Server { streams: at_once, held: at_once, most: MEMBERS, breaks: false }.serve(stream, log)
        });
        assert_eq!(unanswered(&workspace(&front, "https"), &[]), Vec::<String>::new());
        assert_eq!(connections(&front), 1);
    }
}

#[test]
fn a_server_that_ends_its_connections_is_asked_on_new_ones() {
    let front =
        Front::of_tls(&TLS, |stream, log| Server { streams: 5, held: 1, most: 10, breaks: false }.serve(stream, log));
    assert_eq!(unanswered(&workspace(&front, "https"), &[]), Vec::<String>::new());
    let connections = connections(&front);
    assert!((MEMBERS.div_ceil(10)..=10).contains(&connections), "{connections}: each request opened its own");
}

#[test]
fn what_a_broken_connection_carried_is_asked_for_on_one_new_connection() {
    let broken = Server { streams: MEMBERS, held: 1, most: 20, breaks: true };
    let front = Front::of_tls(&TLS, move |stream, log| broken.serve(stream, log));
    assert_eq!(unanswered(&workspace(&front, "https"), &[]), Vec::<String>::new());
    let connections = front.log().iter().filter(|line| *line == "a connection").count();
    assert!((2..=10).contains(&connections), "{connections}: each request opened its own");
}

#[test]
fn over_http1_no_more_connections_are_opened_than_npm_would() {
    let front = Front::start(kept);
    let sandbox = workspace(&front, "http");
    for (maxsockets, expected) in [("3", 3), ("1", 1)] {
        front.clear();
        assert_eq!(unanswered(&sandbox, &["--maxsockets", maxsockets]), Vec::<String>::new());
        assert_eq!(connections(&front), expected);
    }
}
