//! Looks at the bytes of a JSON document before it is decoded. A decoder holds a whole text, and a trace of every
//! bracket that is open, before it hands anything over; what would take too much of that is refused here, while it
//! arrives.

use super::budget::Share;

/// No text of an honest answer is longer, in bytes as sent: a README with pictures in it may have some megabytes.
const LONGEST_TEXT: usize = 8 << 20;
/// Texts up to this length cost too little to be charged, in bytes.
const SHORT_TEXT: usize = 16 << 10;
/// A buffer that grows by doubling may be twice as long as what it holds.
const GROWTH: usize = 2;
/// No honest document is nested deeper.
const DEEPEST: usize = 1_000;

/// It needs more memory than it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// How far a document has been looked at.
#[derive(Default)]
pub(super) struct Scan {
    /// Lists and maps that are open.
    depth: usize,
    /// Lists and maps so far.
    containers: usize,
    is_text: bool,
    /// The next byte is part of an escape.
    is_escaped: bool,
    /// Of the text that is open, in bytes.
    length: usize,
    /// Of the longest text so far: a decoder uses its buffer again.
    charged: usize,
}

impl Scan {
    /// Lists and maps so far.
    pub(super) fn containers(&self) -> usize {
        self.containers
    }

    /// Looks at what comes next.
    pub(super) fn pass(&mut self, mut bytes: &[u8], share: &Share) -> Result<(), TooMuch> {
        while !bytes.is_empty() {
            bytes = if self.is_text { self.text(bytes, share)? } else { self.structure(bytes)? };
        }
        Ok(())
    }

    /// Up to the end of the text, if it is there; gives what follows.
    fn text<'b>(&mut self, bytes: &'b [u8], share: &Share) -> Result<&'b [u8], TooMuch> {
        if self.is_escaped {
            self.is_escaped = false;
            self.lengthen(1, share)?;
            return Ok(&bytes[1..]);
        }
        let end = memchr::memchr2(b'"', b'\\', bytes);
        self.lengthen(end.unwrap_or(bytes.len()), share)?;
        let Some(end) = end else { return Ok(&[]) };
        if bytes[end] == b'"' {
            self.is_text = false;
            self.length = 0;
        } else {
            self.is_escaped = true;
        }
        Ok(&bytes[end + 1..])
    }

    fn lengthen(&mut self, by: usize, share: &Share) -> Result<(), TooMuch> {
        self.length += by;
        if self.length <= self.charged.max(SHORT_TEXT) {
            return Ok(());
        }
        let more = self.length - self.charged;
        if self.length > LONGEST_TEXT || !share.take(more.saturating_mul(GROWTH)) {
            return Err(TooMuch);
        }
        self.charged = self.length;
        Ok(())
    }

    /// Up to the beginning of the next text; gives what follows.
    fn structure<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], TooMuch> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'"' => {
                    self.is_text = true;
                    return Ok(&bytes[at + 1..]);
                }
                b'[' | b'{' => {
                    self.containers += 1;
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(TooMuch);
                    }
                }
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::Budget;
    use super::*;

    /// The document in pieces of that length.
    fn scanned(document: &[u8], piece: usize, budget: usize) -> Result<Scan, TooMuch> {
        let budget = Budget::of(budget);
        let (mut scan, share) = (Scan::default(), budget.share());
        for piece in document.chunks(piece) {
            scan.pass(piece, &share)?;
        }
        Ok(scan)
    }

    #[test]
    fn documents_are_refused_for_their_depth_before_they_are_decoded() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = |depth| [open.repeat(depth), close.repeat(depth)].concat().into_bytes();
            for piece in [1, 7, 1 << 20] {
                assert!(scanned(&nested(DEEPEST), piece, 0).is_ok());
                assert!(scanned(&nested(DEEPEST + 1), piece, 0).is_err());
            }
        }
        assert!(scanned("[]".repeat(2 * DEEPEST).as_bytes(), 1, 0).is_ok(), "one after the other");
        let quoted = format!("\"{}\"", "[".repeat(2 * DEEPEST));
        assert!(scanned(quoted.as_bytes(), 3, 0).is_ok(), "in a text");
    }

    #[test]
    fn a_string_is_charged_as_it_arrives() {
        let text = |length| [b"{\"".to_vec(), vec![b'x'; length], b"\":1}".to_vec()].concat();
        for piece in [1000, 1 << 24] {
            assert!(scanned(&text(SHORT_TEXT), piece, 0).is_ok());
            assert!(scanned(&text(SHORT_TEXT + 1), piece, 0).is_err());
            assert!(scanned(&text(1 << 20), piece, GROWTH << 20).is_ok());
            assert!(scanned(&text(1 << 20), piece, (GROWTH << 20) - 1).is_err());
            assert!(scanned(&text(LONGEST_TEXT), piece, usize::MAX).is_ok());
            assert!(scanned(&text(LONGEST_TEXT + 1), piece, usize::MAX).is_err());
        }
    }

    #[test]
    fn consecutive_strings_share_a_buffer() {
        let text = format!("\"{}\",", "x".repeat(1 << 20));
        assert!(scanned(text.repeat(8).as_bytes(), 10_000, GROWTH << 20).is_ok());
    }

    #[test]
    fn a_string_ends_at_an_unescaped_quote() {
        for (document, containers) in
            [(r#"["a\"[",{}]"#, 2), (r#"["a\\",[]]"#, 2), (r#"["\\\"[["]"#, 1), (r#"["\u0022",[]]"#, 2)]
        {
            for piece in [1, 2, 100] {
                assert_eq!(scanned(document.as_bytes(), piece, 0).unwrap().containers(), containers, "{document}");
            }
        }
    }
}
