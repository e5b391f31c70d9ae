//! Reading an answer's body: in pieces, or a small one as a whole. What that takes is charged to the run's memory before it is
//! there, so that neither a hostile server nor a compressed bomb can use it up.

use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;

use super::budget::{Budget, Share};
use super::inflate::Inflate;
use super::scan::Scan;

/// The longest body of a small endpoint, in bytes.
const LONGEST_BODY: usize = 2 << 20;
/// Lists and maps in a small body: decoded, each may take hundreds of bytes.
const MOST_CONTAINERS: usize = 20_000;

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing came in time.
    Silent,
    /// It broke off.
    Off(reqwest::Error),
    /// Its compression cannot be undone.
    Garbled,
    /// It takes more memory than it may.
    TooLarge,
}

/// What comes next of a body.
pub(super) async fn chunk(response: &mut Response, silence: Duration) -> Result<Option<Bytes>, Broken> {
    match tokio::time::timeout(silence, response.chunk()).await {
        Err(_) => Err(Broken::Silent),
        Ok(Err(error)) => Err(Broken::Off(error)),
        Ok(Ok(chunk)) => Ok(chunk),
    }
}

/// The whole of a small body, and its share of the run's memory.
pub(super) async fn small(
    response: &mut Response,
    silence: Duration,
    budget: &Budget,
) -> Result<(Vec<u8>, Share), Broken> {
    let small = Small { body: Vec::new(), scan: Scan::default(), share: budget.share(), is_too_large: false };
    let mut inflate = Inflate::new(response.headers(), small);
    loop {
        let bytes = chunk(response, silence).await?;
        let passed = match &bytes {
            Some(bytes) => inflate.pass(bytes),
            None => inflate.end(),
        };
        match passed {
            Err(_) if inflate.sink().is_some_and(|small| small.is_too_large) => return Err(Broken::TooLarge),
            Err(_) => return Err(Broken::Garbled),
            Ok(()) if bytes.is_some() => {}
            Ok(()) => {
                let small = inflate.into_sink().ok_or(Broken::Garbled)?;
                return Ok((small.body, small.share));
            }
        }
    }
}

/// A small body as it grows.
struct Small {
    body: Vec<u8>,
    scan: Scan,
    share: Share,
    is_too_large: bool,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_scanned = self.scan.pass(bytes, &self.share).is_ok() && self.scan.containers() <= MOST_CONTAINERS;
        let length = self.body.len() + bytes.len();
        self.is_too_large = !is_scanned || length > LONGEST_BODY || !self.share.take(bytes.len());
        if self.is_too_large {
            return Err(io::ErrorKind::Other.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
