//! A file's text and where things stand in it. Every diagnostic points at a span of bytes; this module turns
//! spans into lines and columns, and keeps the parts of a file that must never be shown (tokens, passwords)
//! out of every rendering.

use std::fmt;
use std::sync::Arc;

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

/// A file as it was read. Looking something up in it takes about as long in a file of one line as in any other: a run
/// may point at a hundred thousand places.
pub struct Source {
    path: String,
    text: String,
    line_starts: Vec<u32>,
    /// The characters before every [`BLOCK`]th byte.
    blocks: Vec<Count>,
    /// (offset in `text`, how many bytes of `text` before it the file does not have).
    replaced: Vec<(u32, u32)>,
    /// Sorted, and apart from each other.
    secrets: Vec<Span>,
}

/// How many bytes are counted at most to tell a column.
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
        let secrets = recognised(&text);
        Self { path: path.into(), text, line_starts, blocks, replaced, secrets }
    }

    /// Marks the spans whose text must never be shown, besides those that give themselves away.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Vec<Span>) -> Self {
        self.secrets = apart(self.secrets.into_iter().chain(secrets).collect());
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
        offset - at.checked_sub(1).map_or(0, |last| self.replaced[last].1 as usize)
    }

    /// Where `offset` stands.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset.min(self.text.len()));
        let line = self.line_starts.partition_point(|start| *start as usize <= offset);
        let (start, end) = (self.counted(self.line_starts[line - 1] as usize), self.counted(offset));
        let mark = u32::from(line == 1 && offset > 0 && self.text.starts_with(BOM));
        let column = |before: u32, at: u32| (at - before - mark) as usize + 1;
        Position {
            line,
            column: column(start.characters, end.characters),
            utf16_column: column(start.utf16, end.utf16),
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
        let mut shown = String::with_capacity(span.end - span.start);
        mask(&self.text[span.start..span.end], span.start, &self.secrets, &mut shown);
        shown
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

/// The same parts of a text, sorted and apart from each other.
fn apart(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.into_iter().filter(|span| span.start < span.end) {
        match apart.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => apart.push(span),
        }
    }
    apart
}

/// Writes a text, which stands at `start`, with a `*` for every character in a span that is to be hidden; lines stay.
/// The spans are sorted, and apart.
fn mask(text: &str, start: usize, hidden: &[Span], shown: &mut String) {
    let mut hidden = &hidden[hidden.partition_point(|span| span.end <= start)..];
    for (at, character) in text.char_indices() {
        let at = start + at;
        while let [first, others @ ..] = hidden
            && first.end <= at
        {
            hidden = others;
        }
        let is_hidden = hidden.first().is_some_and(|span| span.start <= at) && !matches!(character, '\n' | '\r');
        shown.push(if is_hidden { '*' } else { character });
    }
}

/// Where a value ends that starts somewhere in a text, found once for all that end at the same place: a text may be made of
/// nothing but starts.
struct Ends<'t, F> {
    text: &'t str,
    is_end: F,
    /// The last part that was looked at.
    known: std::ops::Range<usize>,
}

impl<'t, F: Fn(char) -> bool> Ends<'t, F> {
    fn new(text: &'t str, is_end: F) -> Self {
        Self { text, is_end, known: 0..0 }
    }

    /// Starts must not go back.
    fn of(&mut self, start: usize) -> usize {
        if !self.known.contains(&start) {
            let rest = &self.text[start..];
            self.known = start..start + rest.find(&self.is_end).unwrap_or(rest.len());
        }
        self.known.end
    }
}

/// The passwords in the URLs of a text: what stands between `user:` and `@`, and what stands alone before `@` when it
/// is too long for a user name.
fn url_passwords(text: &str) -> Vec<Span> {
    const LONGEST_USER: usize = 20;
    // One slash, or a backslash, is as good as two: WHATWG's URL parser does not mind.
    let schemes = ["http:", "https:"].iter().flat_map(|scheme| text.match_indices(scheme));
    let web = schemes
        .map(|(at, scheme)| at + scheme.len())
        .map(|at| at + text[at..].bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count());
    let mut starts: Vec<usize> =
        text.match_indices("://").map(|(at, separator)| at + separator.len()).chain(web).collect();
    starts.sort_unstable();
    let is_end = |character: char| character.is_whitespace() || "/?#\"'`\\,<>".contains(character);
    let mut ends = Ends::new(text, is_end);
    // The last `@` before an end.
    let mut last = (0, None);
    let mut spans = Vec::new();
    for start in starts {
        let end = ends.of(start);
        if last.0 != end {
            last = (end, text[start..end].rfind('@').map(|at| start + at));
        }
        let Some(at) = last.1.filter(|at| start < *at) else { continue };
        let password = match text[start..at].find(':') {
            Some(colon) => start + colon + 1,
            None if at - start > LONGEST_USER => start,
            None => continue,
        };
        spans.push(Span::new(password, at));
    }
    spans
}

/// Tokens that their prefix gives away: those of npm, of GitHub and of GitLab, whose registries take them, too.
fn tokens(text: &str) -> Vec<Span> {
    // (prefix, the least number of characters behind it, whether `_` and `-` may stand among them)
    const KINDS: [(&str, usize, bool); 8] = [
        ("npm_", 30, false),
        ("ghp_", 30, false),
        ("gho_", 30, false),
        ("ghu_", 30, false),
        ("ghs_", 30, false),
        ("ghr_", 30, false),
        ("github_pat_", 20, true),
        ("glpat-", 20, true),
    ];
    let mut spans = Vec::new();
    for (prefix, shortest, joined) in KINDS {
        let is_part =
            move |character: char| character.is_ascii_alphanumeric() || (joined && matches!(character, '_' | '-'));
        let mut ends = Ends::new(text, |character| !is_part(character));
        for (at, _) in text.match_indices(prefix) {
            let start = at + prefix.len();
            let end = ends.of(start);
            if end - start >= shortest {
                spans.push(Span::new(at, end));
            }
        }
    }
    spans
}

/// The values of npm's secret settings, which stand in a URL where a line break has been lost.
fn assigned(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for key in ["_authToken=", "_auth=", "_password="] {
        let mut ends = Ends::new(text, |character: char| character.is_whitespace() || "\"'`,<>\\".contains(character));
        // The last `${` before an end.
        let mut last = (0, None);
        for (at, _) in text.match_indices(key) {
            let start = at + key.len();
            let end = ends.of(start);
            if last.0 != end {
                last = (end, text[start..end].rfind("${").map(|at| start + at));
            }
            // What npm expands is a name.
            if last.1.is_none_or(|reference| reference < start) {
                spans.push(Span::new(start, end));
            }
        }
    }
    spans
}

/// What anybody can see to be a secret, wherever it stands; sorted and apart from each other.
fn recognised(text: &str) -> Vec<Span> {
    let mut spans = url_passwords(text);
    spans.extend(tokens(text));
    spans.extend(assigned(text));
    apart(spans)
}

/// Whether anything in a text is seen to be a secret.
pub fn holds_secret(text: &str) -> bool {
    !recognised(text).is_empty()
}

/// A text with the tokens and the passwords of URLs in it masked, as many characters as before.
pub fn mask_secrets(text: &str) -> String {
    let spans = recognised(text);
    let mut shown = String::with_capacity(text.len());
    mask(text, 0, &spans, &mut shown);
    shown
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
    fn positions_count_lines_of_every_kind_and_skip_the_byte_order_mark() {
        let source = Source::new("x", "\u{feff}a\r\nbé😀c\rd\n".as_bytes());
        let at = |needle: &str| source.position(source.text().find(needle).unwrap());
        assert_eq!((at("a").line, at("a").column), (1, 1));
        assert_eq!((at("c").line, at("c").column, at("c").utf16_column), (2, 4, 5));
        assert_eq!((at("d").line, at("d").column), (3, 1));
        assert_eq!(source.position(999).line, 4);
        assert_eq!(source.shown(source.line(2)), "bé😀c");
    }

    #[test]
    fn offsets_are_those_of_the_file_even_behind_bytes_that_are_not_utf8() {
        let source = Source::new("x", b"a\xffb\xe9\xe9c");
        assert_eq!(source.text(), "a\u{fffd}b\u{fffd}\u{fffd}c");
        let offset = |needle: char| source.file_offset(source.text().find(needle).unwrap());
        assert_eq!((offset('a'), offset('b'), offset('c')), (0, 2, 5));
    }

    #[test]
    fn what_can_be_seen_to_be_a_secret_is_never_shown() {
        for (text, shown) in [
            ("a:http:b:c@d", "a:http:b:*@d"),
            ("registry=https://alice:pä@ss@r/x", "registry=https://alice:*****@r/x"),
            ("--tag npm_abcdefghijklmnopqrstuvwxyz0123456789", &format!("--tag {}", "*".repeat(40))),
            ("glpat-AbCdEf-GhIjKl_MnOpQr", &"*".repeat(26)),
            ("https:/bot:secret@h/", "https:/bot:******@h/"),
            ("npm_config_registry=x npm_lifecycle_event", "npm_config_registry=x npm_lifecycle_event"),
            ("registry=https://h.te//r/:_authToken=s3cret", "registry=https://h.te//r/:_authToken=******"),
            ("//r/:_password=${WORD} _auth=", "//r/:_password=${WORD} _auth="),
            ("\"https://npm_0123456789012345678@r/\"", "\"https://***********************@r/\""),
            (
                "git+ssh://git@github.com:a/b, https://r:8080/@acme/core",
                "git+ssh://git@github.com:a/b, https://r:8080/@acme/core",
            ),
        ] {
            let source = Source::new(".npmrc", text.as_bytes());
            assert_eq!(source.shown(source.line(1)), shown);
            assert_eq!(mask_secrets(text), shown);
        }
    }

    /// Each would take minutes if every start were followed to its end, or every character were held against every secret.
    #[test]
    fn a_text_made_of_nothing_but_secrets_is_masked_in_one_pass() {
        const COUNT: usize = 100_000;
        for (part, ends) in [
            ("http:", ""),
            ("http:", "@"),
            ("x://u:p@h/", ""),
            ("github_pat_", ""),
            ("glpat-", ""),
            ("_auth=", ""),
            ("_auth=${", ""),
            ("npm_0123456789012345678901234567890123456789 ", ""),
        ] {
            let text = part.repeat(COUNT) + ends;
            let source = Source::new("x", text.as_bytes());
            assert_eq!(mask_secrets(&text).len(), text.len(), "{part}");
            assert_eq!(source.shown(source.line(1)).len(), text.len(), "{part}");
        }
    }

    #[test]
    fn columns_of_one_long_line_are_told_without_counting_from_its_start() {
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
