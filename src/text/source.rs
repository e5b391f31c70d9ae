//! A file's text and where things are in it. Every diagnostic points at a span of bytes; this module turns
//! spans into lines and columns, and keeps the parts of a file that must never be shown (tokens, passwords)
//! out of every rendering.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::text::redact::{masked, shapes};

/// A half-open range of byte offsets into [`Source::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty range at `at`.
    pub const fn at(at: usize) -> Self {
        Self { start: at, end: at }
    }
}

/// A place as editors count it: both numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, ended by LF, CRLF or CR.
    pub line: usize,
    /// The column in Unicode scalar values; a byte order mark does not count.
    pub column: usize,
    /// The column in UTF-16 code units, which SARIF and language servers count.
    pub utf16_column: usize,
}

/// What of a file is before a part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Bytes.
    pub bytes: usize,
    /// Whole lines.
    pub lines: usize,
    /// Unicode scalar values in the line in which the part begins.
    pub characters: usize,
    /// UTF-16 code units in that line.
    pub utf16: usize,
}

/// A file as it was read. Looking something up in it takes about as long in a file of one line as in any other: a run
/// may point at a hundred thousand places.
pub struct Source {
    path: String,
    text: String,
    /// What is before the text, where it is only a part of the file.
    start: Option<Start>,
    line_starts: Vec<u32>,
    /// The characters before every [`BLOCK`]th byte.
    blocks: Vec<Count>,
    /// (offset in `text`, how many bytes of `text` before it the file does not have).
    replaced: Vec<(u32, u32)>,
    /// In order, none touches another.
    secrets: Vec<Range<usize>>,
}

/// How many bytes are counted at most to find a column.
const BLOCK: usize = 512;

/// Characters of a text from its start.
#[derive(Clone, Copy, Default)]
struct Count {
    characters: u32,
    utf16: u32,
}

impl Count {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            // What continues a character begins none; four bytes are two units.
            let begins = u32::from(byte & 0xc0 != 0x80);
            self.characters += begins;
            self.utf16 += begins + u32::from(byte >= 0xf0);
        }
    }
}

impl fmt::Debug for Source {
    /// Its text may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?})", self.path)
    }
}

const BOM: char = '\u{feff}';

impl Source {
    /// `path` is what is shown: relative to the working directory where possible, with `/`. Bytes that are
    /// not UTF-8 become U+FFFD, as in Node's `readFile(path, 'utf8')`.
    pub fn new(path: impl Into<String>, bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        let mut replaced = Vec::new();
        let mut surplus = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push('\u{fffd}');
                surplus += '\u{fffd}'.len_utf8() - chunk.invalid().len();
                replaced.push((word(text.len()), word(surplus)));
            }
        }
        let mut line_starts = vec![0];
        let raw = text.as_bytes();
        for (at, byte) in raw.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && raw.get(at + 1) != Some(&b'\n')) {
                line_starts.push(word(at + 1));
            }
        }
        let blocks = blocks(&text);
        let secrets = shapes::recognised(&text);
        Self { path: path.into(), text, start: None, line_starts, blocks, replaced, secrets }
    }

    /// A part of a file whose whole text is not kept: places in it are those of the file.
    pub fn part(path: impl Into<String>, text: &str, start: Start) -> Self {
        Self { start: Some(start), ..Self::new(path, text.as_bytes()) }
    }

    /// The text is only a part of the file.
    pub fn is_part(&self) -> bool {
        self.start.is_some()
    }

    /// Marks the spans whose text must never be shown, besides those that give themselves away.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Vec<Span>) -> Self {
        self.secrets.extend(secrets.into_iter().map(|span| span.start..span.end));
        self.secrets = shapes::merged(self.secrets);
        self
    }

    /// The path to show.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text, with a byte order mark if the file has one. It may hold secrets: show [`Source::shown`] instead.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset in the file of an offset in [`Source::text`]: they differ only behind bytes that are not UTF-8.
    pub fn file_offset(&self, offset: usize) -> usize {
        let at = self.replaced.partition_point(|(end, _)| *end as usize <= offset);
        let surplus = at.checked_sub(1).map_or(0, |last| self.replaced[last].1 as usize);
        self.start.map_or(0, |start| start.bytes) + offset - surplus
    }

    /// Where `offset` is.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset.min(self.text.len()));
        let line = self.line_starts.partition_point(|start| *start as usize <= offset);
        let (start, end) = (self.counted(self.line_starts[line - 1] as usize), self.counted(offset));
        let mark = u32::from(line == 1 && offset > 0 && self.text.starts_with(BOM));
        let column = |before: u32, at: u32| (at - before - mark) as usize + 1;
        let before = self.start.unwrap_or_default();
        let (characters, utf16) = if line == 1 { (before.characters, before.utf16) } else { (0, 0) };
        Position {
            line: before.lines + line,
            column: characters + column(start.characters, end.characters),
            utf16_column: utf16 + column(start.utf16, end.utf16),
        }
    }

    /// The characters before an offset.
    fn counted(&self, offset: usize) -> Count {
        let block = offset / BLOCK;
        let mut count = self.blocks.get(block).copied().unwrap_or_default();
        count.add(&self.text[self.floor(block * BLOCK)..offset]);
        count
    }

    /// The span of a line (1-based) without its line end.
    pub fn line(&self, line: usize) -> Span {
        let start_of = |line: usize| self.line_starts.get(line).map_or(self.text.len(), |start| *start as usize);
        let line = line.saturating_sub(self.start.map_or(0, |start| start.lines));
        let (start, end) = (start_of(line.saturating_sub(1)), start_of(line));
        Span::new(start, start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }

    /// A span cut down to at most `longest` bytes at the side of its end.
    pub fn head(&self, span: Span, longest: usize) -> Span {
        Span::new(span.start, self.floor(span.end.min(span.start.saturating_add(longest))).max(span.start))
    }

    /// A span cut down to at most `longest` bytes at the side of its start.
    pub fn tail(&self, span: Span, longest: usize) -> Span {
        Span::new(self.floor(span.start.max(span.end.saturating_sub(longest))), span.end)
    }

    /// The text with every secret character replaced by `*`; offsets are no longer those of [`Source::text`]
    /// where a secret is not ASCII, so cut it by line.
    pub fn shown(&self, span: Span) -> String {
        let secrets: Vec<_> =
            self.secrets_in(span).map(|secret| secret.start - span.start..secret.end - span.start).collect();
        masked(&self.text[span.start..span.end], &secrets)
    }

    /// The secrets in a span, or as much of them as is in it.
    pub fn secrets_in(&self, span: Span) -> impl Iterator<Item = Span> {
        let first = self.secrets.partition_point(|secret| secret.end <= span.start);
        let secrets = self.secrets[first..].iter().take_while(move |secret| secret.start < span.end);
        secrets.map(move |secret| Span::new(secret.start.max(span.start), secret.end.min(span.end)))
    }

    fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

/// An offset in the form in which it is kept: no file that is read is anywhere near as long.
fn word(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn blocks(text: &str) -> Vec<Count> {
    let mut blocks = Vec::with_capacity(text.len() / BLOCK + 1);
    let mut count = Count::default();
    let mut before = 0;
    for start in (0..=text.len()).step_by(BLOCK) {
        let start = text.floor_char_boundary(start);
        count.add(&text[before..start]);
        blocks.push(count);
        before = start;
    }
    blocks
}

/// A span of a certain file.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The part of it.
    pub span: Span,
}

impl Place {
    /// The part `span` of `source`.
    pub fn new(source: &Arc<Source>, span: Span) -> Self {
        Self { source: Arc::clone(source), span }
    }

    /// `path:line`, for sentences.
    pub fn path_and_line(&self) -> String {
        format!("{}:{}", self.source.path(), self.source.position(self.span.start).line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_all_line_endings_and_skip_the_byte_order_mark() {
        let source = Source::new("x", "\u{feff}a\r\nbé😀c\rd\n".as_bytes());
        let at = |needle: &str| source.position(source.text().find(needle).unwrap());
        assert_eq!((at("a").line, at("a").column), (1, 1));
        assert_eq!((at("c").line, at("c").column, at("c").utf16_column), (2, 4, 5));
        assert_eq!((at("d").line, at("d").column), (3, 1));
        assert_eq!(source.position(999).line, 4);
        assert_eq!(source.shown(source.line(2)), "bé😀c");
    }

    #[test]
    fn offsets_match_the_file_even_after_invalid_utf8() {
        let source = Source::new("x", b"a\xffb\xe9\xe9c");
        assert_eq!(source.text(), "a\u{fffd}b\u{fffd}\u{fffd}c");
        let offset = |needle: char| source.file_offset(source.text().find(needle).unwrap());
        assert_eq!((offset('a'), offset('b'), offset('c')), (0, 2, 5));
    }

    #[test]
    fn text_that_looks_like_a_token_is_never_shown() {
        let source = Source::new(".npmrc", b"registry=https://alice:secret@r/x\ntag=next");
        assert_eq!(source.shown(source.line(1)), "registry=https://alice:******@r/x");
        assert_eq!(source.shown(source.line(2)), "tag=next");
    }

    #[test]
    fn places_in_a_part_are_those_of_the_file() {
        let before = "a\né😀 ";
        let part = Source::part("x", "npm_", Start { bytes: before.len(), lines: 1, characters: 3, utf16: 4 });
        let whole = Source::new("x", format!("{before}npm_").as_bytes());
        for at in 0..=4 {
            assert_eq!(part.position(at), whole.position(before.len() + at));
            assert_eq!(part.file_offset(at), whole.file_offset(before.len() + at));
        }
        assert_eq!(part.shown(part.line(2)), "npm_");
    }

    #[test]
    fn columns_are_right_in_a_long_line() {
        let text = "\u{feff}".to_owned() + &"é😀x ".repeat(50_000);
        let source = Source::new("x", text.as_bytes());
        for (number, (at, _)) in text.match_indices('x').enumerate() {
            let position = source.position(at);
            assert_eq!((position.line, position.column), (1, number * 4 + 3));
            assert_eq!(position.utf16_column, number * 5 + 4);
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let source = Source::new("x", b"token=abc\nx").with_secrets(vec![Span::new(6, 9)]);
        assert_eq!(source.shown(Span::new(0, 11)), "token=***\nx");
    }
}
