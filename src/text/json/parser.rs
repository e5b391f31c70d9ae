//! The parser behind [`super::Document`]: iterative, so that no depth overflows the stack, and as strict as
//! `JSON.parse`.

use super::{Bounds, Document, Kind, LONGEST, Large, Node, ParseError, SMALL_OBJECT, SyntaxError, index};

/// The parent of the outermost value.
const NONE: u32 = u32::MAX;

pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    document: Document,
    /// The innermost container that is still open.
    open: u32,
    /// How many containers are open.
    levels: usize,
    /// The longest string so far, in bytes.
    longest: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, document: Document::default(), open: NONE, levels: 0, longest: 0 }
    }

    pub(super) fn document(mut self, bounds: Bounds) -> Result<Document, ParseError> {
        if self.text.len() >= LONGEST {
            let message = format!("the text is longer than {LONGEST} bytes");
            return Err(SyntaxError { offset: 0, message }.into());
        }
        loop {
            self.blank();
            let complete = self.value()?;
            if self.document.nodes.len() > bounds.values {
                return Err(ParseError::Values(bounds.values));
            }
            if self.levels > bounds.levels {
                return Err(ParseError::Levels(bounds.levels));
            }
            if self.longest > bounds.text {
                return Err(ParseError::Text(bounds.text));
            }
            if !complete {
                continue;
            }
            if !self.close_finished()? {
                break;
            }
        }
        self.blank();
        if self.at < self.text.len() {
            return Err(self.unexpected("expected the end of the file").into());
        }
        self.document.large.sort_unstable_by_key(|large| large.node);
        Ok(self.document)
    }

    /// After a value: closes every container that ends here. False when the outermost value is complete; true when
    /// another value must follow.
    fn close_finished(&mut self) -> Result<bool, SyntaxError> {
        while self.open != NONE {
            let is_object = self.document.nodes[self.open as usize].kind() == Kind::Object;
            self.blank();
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    if is_object {
                        self.blank();
                        if self.peek() == Some(b'}') {
                            return Err(surplus_comma(comma, '}'));
                        }
                        self.key()?;
                    } else {
                        self.blank();
                        if self.peek() == Some(b']') {
                            return Err(surplus_comma(comma, ']'));
                        }
                    }
                    return Ok(true);
                }
                Some(b'}') if is_object => self.close(),
                Some(b']') if !is_object => self.close(),
                _ if is_object => return Err(self.unexpected("expected `,` or `}`")),
                _ => return Err(self.unexpected("expected `,` or `]`")),
            }
        }
        Ok(false)
    }

    /// Closes the innermost container.
    fn close(&mut self) {
        self.levels -= 1;
        self.at += 1;
        let behind = index(self.document.nodes.len());
        let node = &mut self.document.nodes[self.open as usize];
        node.end = index(self.at);
        let (closed, kind) = (self.open, node.kind());
        self.open = std::mem::replace(&mut node.more, behind);
        if kind == Kind::Object {
            self.sort_members(closed);
        }
    }

    /// Makes the sorted list of an object's members when it has many.
    fn sort_members(&mut self, object: u32) {
        let first = self.document.by_place.len();
        let mut key = object + 1;
        while (key as usize) < self.document.nodes.len() {
            self.document.by_place.push(key);
            key = self.document.behind(key + 1);
        }
        if self.document.by_place.len() - first <= SMALL_OBJECT {
            self.document.by_place.truncate(first);
            return;
        }
        let mut keys = self.document.by_place[first..].to_vec();
        keys.sort_unstable_by(|one, other| self.document.key(*one).cmp(self.document.key(*other)).then(one.cmp(other)));
        self.document.by_text.append(&mut keys);
        self.document.large.push(Large { node: object, keys: first..self.document.by_place.len() });
    }

    /// Reads a value. False when it is a container that was opened and has a first value to read.
    fn value(&mut self) -> Result<bool, SyntaxError> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                self.open(Kind::Object);
                if self.peek() == Some(b'}') {
                    self.close();
                    return Ok(true);
                }
                self.key()?;
                return Ok(false);
            }
            Some(b'[') => {
                self.open(Kind::Array);
                if self.peek() == Some(b']') {
                    self.close();
                    return Ok(true);
                }
                return Ok(false);
            }
            Some(b'"') => {
                let string = self.string()?;
                self.add(Kind::String, start, string);
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?;
                let at = index(self.document.numbers.len());
                self.document.numbers.push(number);
                self.add(Kind::Number, start, at);
            }
            Some(b't') => self.word("true", Kind::True)?,
            Some(b'f') => self.word("false", Kind::False)?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => return Err(self.unexpected("expected a value")),
        }
        Ok(true)
    }

    /// Enters a container, up to what follows its bracket.
    fn open(&mut self, kind: Kind) {
        let node = index(self.document.nodes.len());
        self.document.nodes.push(Node::new(kind, self.at, self.open));
        self.open = node;
        self.levels += 1;
        self.at += 1;
        self.blank();
    }

    /// Adds what has just been read.
    fn add(&mut self, kind: Kind, start: usize, more: u32) {
        self.document.nodes.push(Node { end: index(self.at), ..Node::new(kind, start, more) });
    }

    fn key(&mut self) -> Result<(), SyntaxError> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("expected a key in double quotes"));
        }
        let start = self.at;
        let string = self.string()?;
        self.add(Kind::Key, start, string);
        self.blank();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("expected `:`"));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), SyntaxError> {
        if self.text[self.at..].starts_with(word) {
            let start = self.at;
            self.at += word.len();
            self.add(kind, start, 0);
            return Ok(());
        }
        Err(self.unexpected("expected a value"))
    }

    fn number(&mut self) -> Result<f64, SyntaxError> {
        let start = self.at;
        self.skip(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("expected a digit")),
        }
        if self.skip(b'.') {
            self.digit()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            if !self.skip(b'+') {
                self.skip(b'-');
            }
            self.digit()?;
        }
        Ok(self.text[start..self.at].parse().unwrap_or(f64::INFINITY))
    }

    fn digit(&mut self) -> Result<(), SyntaxError> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("expected a digit"));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// Reads a string and keeps it without its escapes; which one it is.
    fn string(&mut self) -> Result<u32, SyntaxError> {
        self.at += 1;
        let start = self.document.strings.len();
        loop {
            let rest = &self.text[self.at..];
            let run = rest.bytes().position(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
            self.document.strings.push_str(&rest[..run]);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.longest = self.longest.max(self.document.strings.len() - start);
                    let string = index(self.document.string_ends.len());
                    self.document.string_ends.push(index(self.document.strings.len()));
                    return Ok(string);
                }
                Some(b'\\') => {
                    let character = self.escape()?;
                    self.document.strings.push(character);
                }
                Some(_) => return Err(self.unexpected("control characters must be escaped in a string")),
                None => return Err(self.unexpected("the string is not closed")),
            }
        }
    }

    /// A lone surrogate becomes U+FFFD: JavaScript keeps it, and writes U+FFFD when it sends it.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                let high = self.hex()?;
                if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
                    let before = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = before;
                }
                return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
            }
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.unexpected("invalid escape sequence")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.unexpected("expected four hexadecimal digits after `\\u`"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self, rule: &str) -> SyntaxError {
        let message = match self.text[self.at..].chars().next() {
            None => format!("unexpected end of file: {rule}"),
            Some(character) => format!("unexpected {character:?}: {rule}"),
        };
        SyntaxError { offset: self.at, message }
    }
}

fn surplus_comma(offset: usize, bracket: char) -> SyntaxError {
    SyntaxError { offset, message: format!("a comma is not allowed before `{bracket}`") }
}
