//! Undoing the compression of a body while it arrives. We ask for gzip and nothing else, so that nothing else need be understood.

use std::io::{self, Write};

use flate2::write::GzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// A body on its way into what takes its bytes.
pub(super) enum Inflate<W: Write> {
    Plain(W),
    /// Nothing has arrived yet: what stays empty is not compressed, whatever the headers say.
    Expected(W),
    Gzip(Box<GzDecoder<W>>),
    /// It cannot be read on.
    Broken,
}

impl<W: Write> Inflate<W> {
    /// For the body of an answer with these headers.
    pub(super) fn new(headers: &HeaderMap, sink: W) -> Self {
        let is_gzip =
            |value: &reqwest::header::HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"gzip");
        if headers.get_all(CONTENT_ENCODING).iter().any(is_gzip) { Self::Expected(sink) } else { Self::Plain(sink) }
    }

    /// Passes on what comes next.
    ///
    /// # Errors
    /// What the sink says, or that it is not gzip.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if matches!(self, Self::Expected(_)) && !bytes.is_empty() {
            *self = match std::mem::replace(self, Self::Broken) {
                Self::Expected(sink) => Self::Gzip(Box::new(GzDecoder::new(sink))),
                other => other,
            };
        }
        match self {
            Self::Plain(sink) => sink.write_all(bytes),
            Self::Gzip(decoder) => {
                while !bytes.is_empty() {
                    match decoder.write(bytes)? {
                        // node, too, ignores what follows the end.
                        0 => break,
                        length => bytes = &bytes[length..],
                    }
                }
                Ok(())
            }
            Self::Expected(_) | Self::Broken => Ok(()),
        }
    }

    /// Passes on what is left, at the end of the body.
    ///
    /// # Errors
    /// What the sink says, or that the end is missing or does not match its checksum.
    pub(super) fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) | Self::Expected(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Broken => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// What took the bytes.
    pub(super) fn into_sink(self) -> Option<W> {
        match self {
            Self::Plain(sink) | Self::Expected(sink) => Some(sink),
            Self::Gzip(decoder) => decoder.finish().ok(),
            Self::Broken => None,
        }
    }

    /// What takes the bytes.
    pub(super) fn sink(&mut self) -> Option<&mut W> {
        match self {
            Self::Plain(sink) | Self::Expected(sink) => Some(sink),
            Self::Gzip(decoder) => Some(decoder.get_mut()),
            Self::Broken => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(encoding: &str, body: &[u8], step: usize) -> io::Result<Vec<u8>> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())]);
        let mut inflate = Inflate::new(&headers, Vec::new());
        for bytes in body.chunks(step) {
            inflate.pass(bytes)?;
        }
        inflate.end()?;
        Ok(std::mem::take(inflate.sink().unwrap()))
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_undone_in_pieces_of_any_size() {
        let text = "a packument ".repeat(10_000).into_bytes();
        for step in [1, 7, 1 << 20] {
            assert_eq!(read("gzip", &gzip(&text), step).unwrap(), text);
            assert_eq!(read("GZIP", &[&gzip(&text)[..], b"behind it"].concat(), step).unwrap(), text);
            assert_eq!(read("identity", &text, step).unwrap(), text);
        }
        assert_eq!(read("gzip", b"", 1).unwrap(), b"");
    }

    #[test]
    fn damaged_or_incomplete_gzip_is_an_error() {
        let whole = gzip(&b"a packument ".repeat(100));
        for length in 1..whole.len() {
            assert!(read("gzip", &whole[..length], 64).is_err(), "{length}");
        }
        assert!(read("gzip", b"{\"name\":\"not compressed\"}", 64).is_err());
        let mut damaged = whole.clone();
        let checksum = damaged.len() - 6;
        damaged[checksum] ^= 1;
        assert!(read("gzip", &damaged, 64).is_err());
    }
}
