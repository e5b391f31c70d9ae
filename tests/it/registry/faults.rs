//! What can go wrong between a client and the registry, for chosen methods and paths.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::exchange;
use super::http::Reply;

/// The harm done instead of, or to, the answer.
#[derive(Clone, Debug)]
pub(crate) enum Harm {
    /// The connection is closed without an answer.
    Reset,
    /// No answer as long as the registry runs.
    Hang,
    /// The request is carried out, the connection then closed without an answer.
    LoseReply,
    /// The answer comes when this can be locked.
    Hold(Arc<Mutex<()>>),
    /// Half of the body is missing.
    Truncate,
    /// Another answer.
    Answer(Reply),
    /// What is on the wire instead of the answer; the connection is closed afterwards.
    Wire(fn(&Reply) -> Vec<u8>),
    /// One byte of the answer, and after this time the next, but never the last.
    Drip(Duration),
    /// The answer of another registry, asked without the prefix of the path.
    Forward {
        /// `http://host:port`.
        origin: String,
        /// `/npm`, or nothing.
        prefix: &'static str,
    },
}

/// A harm and where it strikes.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    method: &'static str,
    path: String,
    harm: Harm,
    left: u32,
}

impl Fault {
    /// For a method (`*`: any) and a decoded path (a `*` at the end: everything that begins so).
    pub(crate) fn new(method: &'static str, path: &str, harm: Harm) -> Self {
        Self { method, path: path.to_owned(), harm, left: u32::MAX }
    }

    /// A status, a header and a body of JSON.
    pub(crate) fn status(status: u16, header: Option<(&str, &str)>, body: &str) -> Harm {
        let json = ("content-type", "application/json");
        let headers = std::iter::once(json).chain(header);
        let headers = headers.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Harm::Answer(Reply { status, reason: "Answer".to_owned(), headers, body: body.as_bytes().to_vec() })
    }

    /// A recorded exchange as the answer.
    pub(crate) fn exchange(method: &'static str, path: &str, name: &str) -> Self {
        let values = json!({ "name": path.trim_start_matches('/') });
        Self::new(method, path, Harm::Answer(exchange::reply(name, &values)))
    }

    /// A status and a page of HTML, as a portal or proxy answers.
    pub(crate) fn html(method: &'static str, path: &str, status: u16) -> Self {
        let reply = Reply {
            status,
            reason: "Answer".to_owned(),
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: b"<!DOCTYPE html><html><body>Please sign in</body></html>".to_vec(),
        };
        Self::new(method, path, Harm::Answer(reply))
    }

    /// Strikes only so often.
    pub(crate) fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }

    /// The harm to this request, if it strikes.
    pub(super) fn strike(&mut self, method: &str, path: &str) -> Option<Harm> {
        let fits = match self.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == self.path,
        };
        if self.left == 0 || !fits || !(self.method == "*" || self.method == method) {
            return None;
        }
        self.left -= 1;
        Some(self.harm.clone())
    }
}
