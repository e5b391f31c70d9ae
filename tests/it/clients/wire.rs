//! A proxy behind which every host answers with its own name and takes every publish: what a client sends to the registries that
//! it takes for npm's, Yarn's or a company's never leaves loopback, and is written down.

use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::network::front::{Tls, server_config};
use crate::registry::http::Request;

/// A running one; it ends with the value.
pub(super) struct Wire {
    port: u16,
    sent: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
}

impl Wire {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (sent, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let wire = Self { port, sent, is_over };
        let (sent, is_over) = (Arc::clone(&wire.sent), Arc::clone(&wire.is_over));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let sent = Arc::clone(&sent);
                std::thread::spawn(move || serve(stream, &sent));
            }
        });
        wire
    }

    /// Its URL.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The publishes, as [`publish`] shows them.
    pub(super) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// A client's way to one host, if it asks for one.
fn serve(stream: TcpStream, sent: &Mutex<Vec<String>>) -> Option<()> {
    static TLS: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    let mut reader = BufReader::new(stream);
    let connect = Request::read(&mut reader).ok()?.filter(|request| request.method == "CONNECT")?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let config = TLS.get_or_init(|| Arc::new(server_config(&Tls { certificate: "registries.pem", ..Tls::default() })));
    let connection = ServerConnection::new(Arc::clone(config)).ok()?;
    answer(StreamOwned::new(connection, reader.into_inner()), &connect.target, sent)
}

fn answer(stream: impl Read + Write, host: &str, sent: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader).ok()? {
        let (status, body) = if request.method == "PUT" {
            sent.lock().unwrap().push(publish(&request, host)?);
            ("201 Created", r#"{"ok":true,"success":true}"#)
        } else {
            ("404 Not Found", r#"{"error":"Not found"}"#)
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        reader.get_mut().write_all(format!("{head}{body}").as_bytes()).ok()?;
        reader.get_mut().flush().ok()?;
    }
    Some(())
}

/// Registry, credential, access, dist-tag and package: `https://npm.corp.test/ t1 public next @acme/core@1.0.0`.
fn publish(request: &Request, host: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let key = |field: &str| Some(body[field].as_object()?.keys().next()?.clone());
    let name = body["name"].as_str()?;
    let path = request.path();
    let registry = path.strip_suffix(name).unwrap_or(&path);
    let host = host.strip_suffix(":443").unwrap_or(host);
    let credential = request.header("authorization").map_or_else(|| "nobody".to_owned(), credential);
    let access = body["access"].as_str().unwrap_or("default");
    Some(format!("https://{host}{registry} {credential} {access} {} {name}@{}", key("dist-tags")?, key("versions")?))
}

/// The name of a token, or user and password.
fn credential(header: &str) -> String {
    let (scheme, text) = header.split_once(' ').unwrap_or(("", header));
    let plain =
        base64::engine::general_purpose::STANDARD.decode(text).ok().and_then(|text| String::from_utf8(text).ok());
    match plain.filter(|_| scheme == "Basic") {
        Some(pair) => pair,
        // What is empty is no credential to anybody.
        None if text.is_empty() || text == "Bearer" => "nobody".to_owned(),
        None => super::cases::named(text).to_owned(),
    }
}
