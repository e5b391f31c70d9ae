//! Where a report goes while it is written: foreign text is made harmless there, and what is left of secrets is taken out. A
//! report of twenty thousand packages is a hundred megabytes long, so that no more of it is kept than is being looked at.

use std::io;

use crate::text::escape;
use crate::text::redact::Scrubber;

/// How much is escaped and scrubbed at once, in bytes; more if a line is longer.
const PIECE: usize = 1 << 16;

/// How the commands of runners are defused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// As in a text.
    Text,
    /// As in JSON.
    Json,
    /// The reporter does it, piece by piece.
    Done,
}

/// Takes a report bit by bit. Neither what is escaped nor a secret goes over the end of a line: what comes from outside is on
/// one line in every format, or was searched as a whole before.
pub(super) struct Output<'a> {
    out: &'a mut dyn io::Write,
    scrubber: &'a Scrubber,
    escape: Escape,
    waiting: Vec<u8>,
}

impl<'a> Output<'a> {
    pub(super) fn new(out: &'a mut dyn io::Write, scrubber: &'a Scrubber, escape: Escape) -> Self {
        Self { out, scrubber, escape, waiting: Vec::new() }
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.pass_on(self.waiting.len())?;
        self.out.flush()
    }

    fn pass_on(&mut self, length: usize) -> io::Result<()> {
        let text = String::from_utf8_lossy(&self.waiting[..length]);
        let safe = match self.escape {
            Escape::Text => escape::commands(&text),
            Escape::Json => escape::json(&text),
            Escape::Done => text.into_owned(),
        };
        self.out.write_all(self.scrubber.scrub(&safe).as_bytes())?;
        self.waiting.drain(..length);
        Ok(())
    }
}

impl io::Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.waiting.len();
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE
            && let Some(end) = memchr::memrchr(b'\n', bytes)
        {
            self.pass_on(before + end + 1)?;
        }
        Ok(bytes.len())
    }

    /// Nothing: what waits is not a whole line.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn written(escape: Escape, pieces: &[&str]) -> (String, usize) {
        struct Counting(Vec<u8>, usize);
        impl io::Write for Counting {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.1 = self.1.max(bytes.len());
                self.0.write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut scrubber = Scrubber::default();
        scrubber.secret("Sup3r-Secret-Value");
        let mut out = Counting(Vec::new(), 0);
        let mut output = Output::new(&mut out, &scrubber, escape);
        for piece in pieces {
            output.write_all(piece.as_bytes()).unwrap();
        }
        output.finish().unwrap();
        (String::from_utf8(out.0).unwrap(), out.1)
    }

    #[test]
    fn a_long_report_is_passed_on_in_pieces_with_the_same_text_in_all() {
        let line = "é a Sup3r-Secret-Value ##[error] x\n::error::y\n";
        let whole = line.repeat(10_000);
        // Cut where it hurts: in a character, in a secret, in a command, and in its line end.
        for size in [1, 7, 4096] {
            let mut scrubber = Scrubber::default();
            scrubber.secret("Sup3r-Secret-Value");
            let expected = scrubber.scrub(&escape::commands(&whole));
            let mut out = Vec::new();
            let mut output = Output::new(&mut out, &scrubber, Escape::Text);
            for piece in whole.as_bytes().chunks(size) {
                output.write_all(piece).unwrap();
            }
            output.finish().unwrap();
            assert!(out == expected.as_bytes(), "{size}");
        }
        let (text, longest) = written(Escape::Text, &vec![line; 10_000]);
        assert!(!text.contains("Secret") && longest < 2 * PIECE, "{longest}");
    }

    #[test]
    fn a_line_without_an_end_is_searched_as_a_whole() {
        let half = "x".repeat(PIECE);
        let (text, _) = written(Escape::Json, &[&half, "Sup3r-Sec", "ret-Value", &half]);
        assert_eq!(text, format!("{half}…{half}"));
    }
}
