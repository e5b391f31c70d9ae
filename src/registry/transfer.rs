//! Reading an answer's body: a small one at once, a packument while it arrives. What that takes is charged to the run's
//! memory before it is there, so that neither a hostile server nor a compressed bomb can use it up.

use std::ops::Deref;
use std::time::Duration;

use reqwest::Response;

use super::budget::{Budget, Share};
use super::packument::{Document, Flaw, Reading, Terms, refused};
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
    /// It takes more memory than it may.
    TooLarge,
}

/// What comes next of a body.
pub(super) async fn chunk(
    response: &mut Response,
    silence: Duration,
) -> Result<Option<impl Deref<Target = [u8]>>, Broken> {
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
    let (mut body, mut scan, share) = (Vec::new(), Scan::default(), budget.share());
    while let Some(bytes) = chunk(response, silence).await? {
        let is_scanned = scan.pass(&bytes, &share).is_ok() && scan.containers() <= MOST_CONTAINERS;
        if !is_scanned || body.len() + bytes.len() > LONGEST_BODY || !share.take(bytes.len()) {
            return Err(Broken::TooLarge);
        }
        body.extend_from_slice(&bytes);
    }
    Ok((body, share))
}

/// A packument, decoded while it arrives; `longest`: in bytes after decompression; `arrived` learns how long it is when all
/// of it is there.
pub(super) async fn packument(
    response: &mut Response,
    silence: Duration,
    longest: usize,
    terms: &Terms,
    arrived: &dyn Fn(usize),
) -> Result<Result<Document, Flaw>, Broken> {
    let mut reading = Reading::new(terms);
    let mut length = 0;
    while let Some(bytes) = chunk(response, silence).await? {
        length += bytes.len();
        if length > longest {
            return Err(Broken::TooLarge);
        }
        if let Err(refusal) = reading.pass(&bytes) {
            return Ok(refused(refusal));
        }
    }
    arrived(length);
    Ok(reading.end())
}
