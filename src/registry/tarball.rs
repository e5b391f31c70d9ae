//! The files of a published tarball, listed while it arrives. Nothing of it is kept but their paths and sizes, and those only if
//! all of it hashes to what the registry says. How much it may unpack to, and what the list may take of the memory, is bounded.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use ring::digest::{self, Algorithm, Context};
use tokio::sync::mpsc;

use super::budget::{Budget, ENTRY};
use super::transfer::{Broken, chunk};
use crate::project::archive::{self, Listed};

/// How many are listed at a time.
pub(super) const AT_A_TIME: usize = 2;
/// The longest that is read, in bytes as it is sent.
const LONGEST: usize = 256 << 20;
/// How much of it is listed.
const LISTED: Listed = Listed { unpacked: 1 << 30, entries: 100_000, paths: 4 << 20 };
/// What the list takes of the run's memory at most while it is made, in bytes.
const LIST: usize = LISTED.entries * ENTRY + LISTED.paths;

/// What a file must hash to.
struct Checksum {
    algorithm: &'static Algorithm,
    hash: Vec<u8>,
}

impl Checksum {
    /// `sha512-` and base64, or the digits of SHA-1; behind the `#` of an address.
    fn behind(address: &str) -> Option<Self> {
        let (_, text) = address.rsplit_once('#')?;
        let Some((name, hash)) = text.split_once('-') else {
            let digits: Vec<&str> = (0..text.len()).step_by(2).filter_map(|at| text.get(at..at + 2)).collect();
            let hash: Option<Vec<u8>> = digits.iter().map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
            return Some(Self { algorithm: &digest::SHA1_FOR_LEGACY_USE_ONLY, hash: hash? });
        };
        let algorithm = match name {
            "sha512" => &digest::SHA512,
            "sha384" => &digest::SHA384,
            "sha256" => &digest::SHA256,
            _ => return None,
        };
        Some(Self { algorithm, hash: STANDARD.decode(hash).ok()? })
    }
}

/// A part of a body on its way to the thread that reads it. A closed channel means the end, so an end that is none has to be
/// distinguished by a message of its own.
enum Piece {
    Bytes(Vec<u8>),
    /// Nothing more is to come.
    End,
}

/// The pieces of a body as something to read from.
struct Incoming {
    receiver: mpsc::Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Incoming {
    fn new(receiver: mpsc::Receiver<Piece>) -> Self {
        Self { receiver, piece: Vec::new(), at: 0, ended: false }
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() && !self.ended {
            match self.receiver.blocking_recv() {
                Some(Piece::Bytes(piece)) => (self.piece, self.at) = (piece, 0),
                Some(Piece::End) => self.ended = true,
                None => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        let length = buffer.len().min(self.piece.len() - self.at);
        buffer[..length].copy_from_slice(&self.piece[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// The files in the body of an answer, or why they are unknown: what follows "a tarball that". `subject`: the question's.
///
/// # Errors
/// When the body was not read to its end.
pub(super) async fn list(
    response: &mut Response,
    silence: Duration,
    budget: &Budget,
    subject: &str,
) -> Result<Result<BTreeMap<String, u64>, &'static str>, Broken> {
    let Some(checksum) = Checksum::behind(subject) else { return Ok(Err("has a checksum of an unknown kind")) };
    let share = budget.share();
    if !share.take(LIST) {
        return Err(Broken::TooLarge);
    }
    let (sender, receiver) = mpsc::channel(2);
    let listing = tokio::task::spawn_blocking(move || {
        archive::files(BufReader::with_capacity(64 << 10, Incoming::new(receiver)), LISTED)
    });
    let mut context = Context::new(checksum.algorithm);
    let (mut length, mut is_heard) = (0, true);
    let broken = loop {
        match chunk(response, silence).await {
            Ok(Some(bytes)) => {
                length += bytes.len();
                if length > LONGEST {
                    break Some(Broken::TooLarge);
                }
                context.update(&bytes);
                // The list may be complete, or given up: the checksum is that of the whole.
                is_heard = is_heard && sender.send(Piece::Bytes(bytes.to_vec())).await.is_ok();
            }
            Ok(None) => {
                let _ = sender.send(Piece::End).await;
                break None;
            }
            Err(broken) => break Some(broken),
        }
    };
    drop(sender);
    let listed = listing.await;
    match broken {
        Some(broken) => Err(broken),
        None if context.finish().as_ref() != checksum.hash => Ok(Err("does not match its checksum")),
        None => Ok(listed.unwrap_or(Err("cannot be listed"))),
    }
}
