//! JSON that remembers where everything stands. It accepts exactly what `JSON.parse` accepts (duplicate keys,
//! lone surrogates, numbers beyond f64, any depth), because npm reads package.json with it; a byte order mark in
//! front is skipped, as npm's `json-parse-even-better-errors` 5.0.0 does. The registry's answers are read with
//! `serde_json` instead: nobody points at their lines.

use crate::source::Span;

/// A parsed text: nodes in an arena, the first one is the root.
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    span: Span,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<usize>),
    Object(Vec<Key>),
}

#[derive(Debug)]
struct Key {
    text: String,
    span: Span,
    value: usize,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Byte offset of the first character that cannot stand where it stands.
    pub offset: usize,
    /// What is wrong, without a full stop.
    pub message: String,
}

/// A value in a document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    document: &'a Document,
    index: usize,
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The key, unescaped.
    pub key: &'a str,
    /// The key with its quotes.
    pub key_span: Span,
    /// The value.
    pub value: Value<'a>,
}

/// A value's type, named as JavaScript programmers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// Any number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// Where `JSON.parse` would throw.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Parser::new(text).document()
    }

    /// The outermost value; `null` for a document that was not parsed from a text.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, index: 0 }
    }
}

impl<'a> Value<'a> {
    fn node(self) -> Option<&'a Node> {
        self.document.nodes.get(self.index)
    }

    /// Where it stands, quotes and brackets included.
    pub fn span(self) -> Span {
        self.node().map_or_else(Span::default, |node| node.span)
    }

    /// Its type.
    pub fn type_of(self) -> Type {
        match self.node().map(|node| &node.kind) {
            None | Some(Kind::Null) => Type::Null,
            Some(Kind::Bool(_)) => Type::Boolean,
            Some(Kind::Number(_)) => Type::Number,
            Some(Kind::String(_)) => Type::String,
            Some(Kind::Array(_)) => Type::Array,
            Some(Kind::Object(_)) => Type::Object,
        }
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<&'a str> {
        match &self.node()?.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.node()?.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A number, infinite where JavaScript's would be.
    pub fn as_number(self) -> Option<f64> {
        match self.node()?.kind {
            Kind::Number(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.type_of() == Type::Null
    }

    /// Whether JavaScript takes it for true: not `null`, `false`, `0`, `""`.
    pub fn is_truthy(self) -> bool {
        match self.node().map(|node| &node.kind) {
            None | Some(Kind::Null) => false,
            Some(Kind::Bool(value)) => *value,
            Some(Kind::Number(value)) => *value != 0.0,
            Some(Kind::String(text)) => !text.is_empty(),
            Some(Kind::Array(_) | Kind::Object(_)) => true,
        }
    }

    /// The elements of an array; nothing for other types.
    pub fn elements(self) -> impl ExactSizeIterator<Item = Value<'a>> + use<'a> {
        let indices: &[usize] = match self.node().map(|node| &node.kind) {
            Some(Kind::Array(indices)) => indices,
            _ => &[],
        };
        indices.iter().map(move |index| Value { document: self.document, index: *index })
    }

    /// Every member of an object in the order of the text, earlier duplicates included; nothing for other types.
    pub fn members(self) -> impl ExactSizeIterator<Item = Member<'a>> + use<'a> {
        let keys: &[Key] = match self.node().map(|node| &node.kind) {
            Some(Kind::Object(keys)) => keys,
            _ => &[],
        };
        keys.iter().map(move |key| Member {
            key: &key.text,
            key_span: key.span,
            value: Value { document: self.document, index: key.value },
        })
    }

    /// The member that counts: the last one with this key.
    pub fn member(self, key: &str) -> Option<Member<'a>> {
        self.members().filter(|member| member.key == key).last()
    }

    /// The value of [`Value::member`].
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.member(key).map(|member| member.value)
    }
}

/// A container that is still open: its node, and the key that waits for a value.
struct Open {
    node: usize,
    key: Option<(String, Span)>,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    nodes: Vec<Node>,
    open: Vec<Open>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, nodes: Vec::new(), open: Vec::new() }
    }

    fn document(mut self) -> Result<Document, SyntaxError> {
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
                    self.at += 1;
                    if is_object {
                        self.blank();
                        if self.peek() == Some(b'}') {
                            return Err(self.unexpected("a comma may not stand before `}`"));
                        }
                        self.key()?;
                    } else {
                        self.blank();
                        if self.peek() == Some(b']') {
                            return Err(self.unexpected("a comma may not stand before `]`"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "\u{feff}{\"a\" : [1, {\"b\":\"x\\n\"}], \"a\": null }";
        let document = Document::parse(text).unwrap();
        let members: Vec<_> = document.root().members().collect();
        let shown = |span: Span| &text[span.start..span.end];
        assert_eq!(shown(members[0].key_span), "\"a\"");
        assert_eq!(shown(members[0].value.span()), "[1, {\"b\":\"x\\n\"}]");
        let inner = members[0].value.elements().nth(1).unwrap().get("b").unwrap();
        assert_eq!((shown(inner.span()), inner.as_str()), ("\"x\\n\"", Some("x\n")));
        assert!(document.root().get("a").unwrap().is_null(), "the last duplicate counts");
    }

    #[test]
    fn what_only_javascript_accepts_is_accepted() {
        for text in ["\"\\ud800\"", "1e999", "-0", "{\"a\":1,\"a\":2}", &"[".repeat(100_000)] {
            let closed = format!("{text}{}", "]".repeat(text.matches('[').count()));
            assert!(Document::parse(&closed).is_ok(), "{}", &closed[..closed.len().min(20)]);
        }
        assert_eq!(Document::parse("\"\\ud83d\\ude00\"").unwrap().root().as_str(), Some("😀"));
    }

    #[test]
    fn an_error_points_at_the_first_character_that_is_wrong() {
        for (text, offset) in [
            ("{\"a\": 1,}", 8),
            ("{\n  // x\n}", 4),
            ("[1 2]", 3),
            ("{'a':1}", 1),
            ("", 0),
            ("{\"a\":01}", 6),
            ("\"a\tb\"", 2),
            ("{} x", 3),
        ] {
            assert_eq!(Document::parse(text).unwrap_err().offset, offset, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn accepts_exactly_what_serde_json_accepts(
            parts in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u12\"", "\"\\ud800\"", "1", "-", "0", ".5", "e9", "true",
                "nul", "null", " ", "\n", "\"", "\\", "/", "é", "01", "1.0",
            ]), 0..12)
        ) {
            let text = parts.concat();
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(Document::parse(&text).is_ok(), theirs, "{}", text);
        }
    }
}
