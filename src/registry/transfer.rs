//! Reading an answer's body: a small one at once, a packument while it arrives. What that takes is charged to the run's
//! memory before it is there, so that neither a hostile server nor a compressed bomb can use it up.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read};
use std::time::Duration;

use reqwest::Response;
use tokio::sync::mpsc;

use super::budget::{Budget, Share};
use super::packument::{self, Document, Terms};
use super::scan::Scan;

/// The longest body of a small end-point, in bytes.
const LONGEST_BODY: usize = 2 << 20;
/// Lists and maps in a small body: decoded, each may take hundreds of bytes.
const MOST_CONTAINERS: usize = 20_000;
/// Up to this size a packument is decoded without a second thread.
const IN_PLACE: usize = 256 << 10;

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

pub(super) async fn chunk(response: &mut Response, silence: Duration) -> Result<Option<Vec<u8>>, Broken> {
    match tokio::time::timeout(silence, response.chunk()).await {
        Err(_) => Err(Broken::Silent),
        Ok(Err(error)) => Err(Broken::Off(error)),
        Ok(Ok(chunk)) => Ok(chunk.map(Into::into)),
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

/// A packument, decoded while it arrives; `longest`: in bytes after decompression; `arrived` is told how long it is when all
/// of it is there.
pub(super) async fn packument(
    response: &mut Response,
    silence: Duration,
    longest: usize,
    terms: &Terms,
    arrived: &dyn Fn(usize),
) -> Result<serde_json::Result<Document>, Broken> {
    let mut start: VecDeque<Vec<u8>> = VecDeque::new();
    let mut length = 0;
    while length < IN_PLACE {
        let Some(bytes) = chunk(response, silence).await? else {
            arrived(length);
            // Whoever waits to ask goes first: decoding takes the time that the answer takes anyway.
            tokio::task::yield_now().await;
            let whole: Vec<u8> = start.make_contiguous().concat();
            return Ok(packument::read_whole(&whole, terms));
        };
        length += bytes.len();
        start.push_back(bytes);
    }
    let (mut scan, share) = (Scan::default(), terms.budget().share());
    for bytes in &start {
        scan.pass(bytes, &share).map_err(|_| Broken::TooLarge)?;
    }
    // A closed channel means the end, so an end that is none has to be told apart by a message of its own.
    let (sender, receiver) = mpsc::channel(2);
    let terms = terms.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let incoming = Incoming::new(start, receiver);
        packument::read(BufReader::with_capacity(16 << 10, incoming), &terms)
    });
    let broken = loop {
        match chunk(response, silence).await {
            Ok(Some(bytes)) => {
                length += bytes.len();
                if length > longest || scan.pass(&bytes, &share).is_err() {
                    break Some(Broken::TooLarge);
                }
                if sender.send(Piece::Bytes(bytes)).await.is_err() {
                    break None; // the decoder has seen enough to know that it is none
                }
            }
            Ok(None) => {
                let _ = sender.send(Piece::End).await;
                break None;
            }
            Err(broken) => break Some(broken),
        }
    };
    drop(sender);
    // What broke off may be asked for again.
    if broken.is_none() {
        arrived(length);
    }
    let decoded = reading.await;
    match (broken, decoded) {
        (Some(broken), _) => Err(broken),
        (None, Ok(decoded)) => Ok(decoded),
        (None, Err(_)) => Err(Broken::TooLarge),
    }
}

/// A part of a body on its way to the thread that reads it.
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// Nothing more is to come.
    End,
}

/// The chunks of a body as something to read from.
pub(super) struct Incoming {
    /// What came before there was a thread to read it.
    start: VecDeque<Vec<u8>>,
    receiver: mpsc::Receiver<Piece>,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Incoming {
    pub(super) fn new(start: VecDeque<Vec<u8>>, receiver: mpsc::Receiver<Piece>) -> Self {
        Self { start, receiver, chunk: Vec::new(), at: 0, ended: false }
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() && !self.ended {
            match self.start.pop_front().map(Piece::Bytes).or_else(|| self.receiver.blocking_recv()) {
                Some(Piece::Bytes(chunk)) => (self.chunk, self.at) = (chunk, 0),
                Some(Piece::End) => self.ended = true,
                None => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        let length = buffer.len().min(self.chunk.len() - self.at);
        buffer[..length].copy_from_slice(&self.chunk[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
