//! As much HTTP/1.1 as a registry's clients speak: a request with a body by length or in chunks, and a reply by length.

use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, BufRead, Read as _};

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    /// `GET`, `PUT`...
    pub(crate) method: String,
    /// The path as sent, query included.
    pub(crate) target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut text = String::new();
    Ok((reader.read_line(&mut text)? > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned()))
}

impl Request {
    /// The next request of a connection; none when the client is gone.
    ///
    /// # Errors
    /// When the connection breaks or does not speak HTTP.
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(reader)? else { return Ok(None) };
        let mut words = first.split(' ').map(ToOwned::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(bad("request line")) };
        let mut headers = Vec::new();
        loop {
            let header = line(reader)?.ok_or_else(|| bad("headers end early"))?;
            if header.is_empty() {
                break;
            }
            let (key, value) = header.split_once(':').ok_or_else(|| bad("header"))?;
            headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { method, target, headers, body: Vec::new() };
        if request.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            request.body = chunks(reader)?;
        } else if let Some(length) = request.header("content-length") {
            let length = length.parse().map_err(|_| bad("content-length"))?;
            reader.take(length).read_to_end(&mut request.body)?;
        }
        Ok(Some(request))
    }

    /// The first header of that name (lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the client wants to ask more on this connection.
    pub(crate) fn keep_alive(&self) -> bool {
        self.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close"))
    }

    /// The path without query, percent signs decoded.
    pub(crate) fn path(&self) -> String {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        let (mut out, mut bytes) = (Vec::new(), path.as_bytes());
        while let [first, rest @ ..] = bytes {
            let two = rest.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
            let code = two.and_then(|two| u8::from_str_radix(two, 16).ok());
            out.push(code.unwrap_or(*first));
            bytes = if code.is_some() { &rest[2..] } else { rest };
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader)?.ok_or_else(|| bad("chunk"))?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| bad("chunk size"))?;
        reader.by_ref().take(size).read_to_end(&mut body)?;
        line(reader)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    /// The words beside it.
    pub(crate) reason: String,
    /// Headers but for the length.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The same with the second half of the body missing and an honest length: JSON that ends early.
    pub(crate) fn truncated(mut self) -> Self {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// The same with an entity tag, or without a body when that is what the client has already.
    pub(crate) fn tagged(mut self, request: &Request) -> Self {
        if self.status != 200 || request.method != "GET" {
            return self;
        }
        let mut hasher = std::hash::DefaultHasher::new();
        self.body.hash(&mut hasher);
        let tag = format!("\"{:016x}\"", hasher.finish());
        if request.header("if-none-match").is_some_and(|known| known == tag) {
            (self.status, self.reason, self.body) = (304, "Not Modified".to_owned(), Vec::new());
        }
        self.headers.push(("etag".to_owned(), tag));
        self
    }

    /// As it goes over the wire.
    pub(crate) fn bytes(&self, head_only: bool, keep_alive: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        for (key, value) in &self.headers {
            let _ = write!(head, "{key}: {value}\r\n");
        }
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let _ = write!(head, "content-length: {}\r\nconnection: {connection}\r\n\r\n", self.body.len());
        let mut bytes = head.into_bytes();
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}
