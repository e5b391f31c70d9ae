//! The parser behind [`super::Document`]: iterative, so that no depth overflows the stack, and as strict as
//! `JSON.parse`.

use super::{Document, Key, Kind, Node, SyntaxError};
use crate::source::Span;

/// A container that is still open: its node, and the key that waits for a value.
struct Open {
    node: usize,
    key: Option<(String, Span)>,
}

pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    nodes: Vec<Node>,
    open: Vec<Open>,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, nodes: Vec::new(), open: Vec::new() }
    }

    pub(super) fn document(mut self) -> Result<Document, SyntaxError> {
        loop {
            self.blank();
            let complete = self.value()?;
            if !complete {
                continue;
            }
            if !self.close_finished()? {
                break;
            }
        }
        self.blank();
        if self.at < self.text.len() {
            return Err(self.unexpected("nothing may follow the outermost value"));
        }
        Ok(Document { nodes: self.nodes })
    }

    /// After a value: closes every container that ends here. False when the outermost value is complete; true when
    /// another value must follow.
    fn close_finished(&mut self) -> Result<bool, SyntaxError> {
        while let Some(open) = self.open.last() {
            let node = open.node;
            let is_object = matches!(self.nodes[node].kind, Kind::Object(_));
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
                Some(b'}') if is_object => self.close(node),
                Some(b']') if !is_object => self.close(node),
                _ if is_object => return Err(self.unexpected("`,` or `}` must follow here")),
                _ => return Err(self.unexpected("`,` or `]` must follow here")),
            }
        }
        Ok(false)
    }

    fn close(&mut self, node: usize) {
        self.at += 1;
        self.nodes[node].span.end = self.at;
        self.open.pop();
    }

    /// Reads a value. False when it is a container that was opened and has a first value to read.
    fn value(&mut self) -> Result<bool, SyntaxError> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let node = self.add(start, Kind::Object(Vec::new()));
                self.open.push(Open { node, key: None });
                self.blank();
                if self.peek() == Some(b'}') {
                    self.close(node);
                    return Ok(true);
                }
                self.key()?;
                return Ok(false);
            }
            Some(b'[') => {
                self.at += 1;
                let node = self.add(start, Kind::Array(Vec::new()));
                self.open.push(Open { node, key: None });
                self.blank();
                if self.peek() == Some(b']') {
                    self.close(node);
                    return Ok(true);
                }
                return Ok(false);
            }
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => return Err(self.unexpected("a value must stand here")),
        };
        let node = self.add(start, kind);
        self.nodes[node].span.end = self.at;
        Ok(true)
    }

    fn add(&mut self, start: usize, kind: Kind) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node { span: Span::at(start), kind });
        if let Some(parent) = self.open.last_mut() {
            let key = parent.key.take();
            match (&mut self.nodes[parent.node].kind, key) {
                (Kind::Object(keys), Some((text, span))) => keys.push(Key { text, span, value: index }),
                (Kind::Array(elements), _) => elements.push(index),
                _ => {}
            }
        }
        index
    }

    fn key(&mut self) -> Result<(), SyntaxError> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes must stand here"));
        }
        let start = self.at;
        let text = self.string()?;
        let span = Span::new(start, self.at);
        self.blank();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:` must follow the key"));
        }
        self.at += 1;
        if let Some(open) = self.open.last_mut() {
            open.key = Some((text, span));
        }
        Ok(())
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, SyntaxError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(kind);
        }
        Err(self.unexpected("a value must stand here"))
    }

    fn number(&mut self) -> Result<f64, SyntaxError> {
        let start = self.at;
        self.skip(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("a digit must stand here")),
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
            return Err(self.unexpected("a digit must stand here"));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let run = rest.bytes().position(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
            text.push_str(&rest[..run]);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
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
            _ => return Err(self.unexpected("this escape does not exist in JSON")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.unexpected("four hexadecimal digits must follow `\\u`"));
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
            None => format!("the text ends too early: {rule}"),
            Some(character) => format!("unexpected {character:?}: {rule}"),
        };
        SyntaxError { offset: self.at, message }
    }
}

fn surplus_comma(offset: usize, bracket: char) -> SyntaxError {
    SyntaxError { offset, message: format!("a comma may not stand before `{bracket}`") }
}
