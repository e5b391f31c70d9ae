//! JSON that remembers where everything is. It accepts exactly what `JSON.parse` accepts (duplicate keys,
//! lone surrogates, numbers beyond f64, any depth), because npm reads package.json with it; a byte order mark in
//! front is skipped, as npm's `json-parse-even-better-errors` 5.0.0 does. The registry's answers are read with
//! `serde_json` instead: no diagnostic points at their lines.

pub mod edit;
mod parser;

use std::ops::Range;

use crate::text::source::Span;

/// A parsed text. What it takes is a small multiple of the text, whatever is in it: twelve bytes for each value and
/// key, and what strings, numbers and large objects need besides.
#[derive(Debug, Default)]
pub struct Document {
    /// Every value and every key, in the order of the text: the root first, each container right before what it holds,
    /// each key right before its value.
    nodes: Vec<Node>,
    /// The strings and keys without their escapes, one behind the other.
    strings: String,
    /// Where each of them ends.
    string_ends: Vec<u32>,
    numbers: Vec<f64>,
    /// The large objects, sorted by node.
    large: Vec<Large>,
    /// The keys of the large objects, sorted by text; of equal ones the last one comes last.
    by_text: Vec<u32>,
    /// The same keys in the order of the text.
    by_place: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Where it starts, in all bits but the lowest [`KIND_BITS`], which hold the kind.
    start_and_kind: u32,
    /// One past its last byte.
    end: u32,
    /// The string or the number it is; for a container the first node behind what it holds, or its parent while it is
    /// read.
    more: u32,
}

/// An object whose members are looked up in a sorted list.
#[derive(Debug)]
struct Large {
    node: u32,
    /// Its part of `by_text` and of `by_place`.
    keys: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Key,
    Array,
    Object,
}

const KIND_BITS: u32 = 3;

/// Texts beyond this length are not read: nodes have no room for what is there.
const LONGEST: usize = (u32::MAX >> KIND_BITS) as usize;

/// Objects with more members have a sorted list of them.
const SMALL_OBJECT: usize = 16;

impl Node {
    fn new(kind: Kind, start: usize, more: u32) -> Self {
        Self { start_and_kind: index(start) << KIND_BITS | kind as u32, end: index(start), more }
    }

    fn kind(self) -> Kind {
        const KINDS: [Kind; 1 << KIND_BITS] =
            [Kind::Null, Kind::False, Kind::True, Kind::Number, Kind::String, Kind::Key, Kind::Array, Kind::Object];
        KINDS[self.start_and_kind as usize % KINDS.len()]
    }

    fn span(self) -> Span {
        Span::new((self.start_and_kind >> KIND_BITS) as usize, self.end as usize)
    }
}

/// An offset or an index in the form in which it is kept; the parser refuses texts for which it has no room.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Byte offset of the first character that is not allowed.
    pub offset: usize,
    /// What is wrong, without a full stop.
    pub message: String,
}

/// How much is read of a text.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Values and keys.
    pub values: usize,
    /// Nested objects and arrays.
    pub levels: usize,
    /// Bytes of a key or a string.
    pub text: usize,
}

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It is not JSON.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It is beyond [`Bounds::values`].
    #[error("has more than {0} values")]
    Values(usize),
    /// It is beyond [`Bounds::levels`].
    #[error("is nested more than {0} levels deep")]
    Levels(usize),
    /// It is beyond [`Bounds::text`].
    #[error("has a string of more than {0} bytes")]
    Text(usize),
}

/// A value in a document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    document: &'a Document,
    index: u32,
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
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_within(text, Bounds { values: usize::MAX, levels: usize::MAX, text: usize::MAX })
    }

    /// The same of a text that may have been made to have no end.
    ///
    /// # Errors
    /// Where `JSON.parse` would throw, and beyond the bounds.
    pub fn parse_within(text: &str, bounds: Bounds) -> Result<Self, ParseError> {
        parser::Parser::new(text).document(bounds)
    }

    /// The outermost value; `null` for a document that was not parsed from a text.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, index: 0 }
    }

    /// Every value in the order of the text, at any depth.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        let values = (0..).zip(&self.nodes).filter(|(_, node)| node.kind() != Kind::Key);
        values.map(|(index, _)| Value { document: self, index })
    }

    fn string(&self, number: u32) -> &str {
        self.strings.get(self.place_of_string(number)).unwrap_or_default()
    }

    fn place_of_string(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let start = number.checked_sub(1).and_then(|before| self.string_ends.get(before)).copied().unwrap_or(0);
        let end = self.string_ends.get(number).copied().unwrap_or(start);
        start as usize..end as usize
    }

    /// The text of the key at a node.
    fn key(&self, node: u32) -> &str {
        self.nodes.get(node as usize).map_or("", |node| self.string(node.more))
    }

    /// Whether the key at a node is this one. Most are ruled out by their length.
    fn is_key(&self, node: u32, key: &str) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| {
            let place = self.place_of_string(node.more);
            place.len() == key.len() && self.strings.as_bytes().get(place) == Some(key.as_bytes())
        })
    }

    /// The first node behind a value.
    fn behind(&self, node: u32) -> u32 {
        match self.nodes.get(node as usize) {
            Some(container) if matches!(container.kind(), Kind::Array | Kind::Object) => container.more,
            _ => node + 1,
        }
    }

    fn large(&self, node: u32) -> Option<&Large> {
        let at = self.large.binary_search_by_key(&node, |large| large.node).ok()?;
        self.large.get(at)
    }

    fn member(&self, key: u32) -> Member<'_> {
        let key_span = self.nodes.get(key as usize).map_or_else(Span::default, |node| node.span());
        Member { key: self.key(key), key_span, value: Value { document: self, index: key + 1 } }
    }
}

/// The members of an object, or the elements of an array.
struct Inner<'a> {
    document: &'a Document,
    next: u32,
    end: u32,
    /// How far the value is behind the node where an entry begins: a key comes first.
    value_at: u32,
}

impl Iterator for Inner<'_> {
    /// The node where it begins.
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let node = (self.next < self.end).then_some(self.next)?;
        self.next = self.document.behind(node + self.value_at);
        Some(node)
    }
}

impl<'a> Value<'a> {
    fn node(self) -> Option<Node> {
        self.document.nodes.get(self.index as usize).copied()
    }

    fn kind(self) -> Kind {
        self.node().map_or(Kind::Null, Node::kind)
    }

    /// Where it is, quotes and brackets included.
    pub fn span(self) -> Span {
        self.node().map_or_else(Span::default, Node::span)
    }

    /// Its type.
    pub fn type_of(self) -> Type {
        match self.kind() {
            Kind::Null => Type::Null,
            Kind::False | Kind::True => Type::Boolean,
            Kind::Number => Type::Number,
            Kind::String | Kind::Key => Type::String,
            Kind::Array => Type::Array,
            Kind::Object => Type::Object,
        }
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<&'a str> {
        self.node().filter(|node| node.kind() == Kind::String).map(|node| self.document.string(node.more))
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// A number, infinite where JavaScript's would be.
    pub fn as_number(self) -> Option<f64> {
        let node = self.node().filter(|node| node.kind() == Kind::Number)?;
        self.document.numbers.get(node.more as usize).copied()
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.type_of() == Type::Null
    }

    /// Whether JavaScript takes it for true: not `null`, `false`, `0`, `""`.
    pub fn is_truthy(self) -> bool {
        match self.kind() {
            Kind::Null | Kind::False => false,
            Kind::Number => self.as_number().is_some_and(|value| value != 0.0),
            Kind::String => self.as_str().is_some_and(|text| !text.is_empty()),
            Kind::True | Kind::Key | Kind::Array | Kind::Object => true,
        }
    }

    fn inner(self, kind: Kind) -> Inner<'a> {
        let end = if self.kind() == kind { self.document.behind(self.index) } else { 0 };
        Inner { document: self.document, next: self.index + 1, end, value_at: u32::from(kind == Kind::Object) }
    }

    /// The elements of an array; nothing for other types.
    pub fn elements(self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.inner(Kind::Array).map(move |index| Value { document: self.document, index })
    }

    /// Every member of an object in the order of the text, earlier duplicates included; nothing for other types.
    pub fn members(self) -> impl Iterator<Item = Member<'a>> + use<'a> {
        self.inner(Kind::Object).map(move |key| self.document.member(key))
    }

    /// The member that counts: the last one with this key.
    pub fn member(self, key: &str) -> Option<Member<'a>> {
        let Some(large) = self.document.large(self.index) else {
            let named = self.inner(Kind::Object).filter(|node| self.document.is_key(*node, key)).last();
            return named.map(|node| self.document.member(node));
        };
        let keys = self.document.by_text.get(large.keys.clone())?;
        let behind = keys.partition_point(|known| self.document.key(*known) <= key);
        let last = keys.get(behind.checked_sub(1)?)?;
        Some(self.document.member(*last)).filter(|member| member.key == key)
    }

    /// The member that a place lies in, from its key to the end of its value.
    pub fn member_around(self, place: Span) -> Option<Member<'a>> {
        let is_around =
            |member: &Member<'a>| member.key_span.start <= place.start && place.end <= member.value.span().end;
        let Some(large) = self.document.large(self.index) else {
            return self.members().find(is_around);
        };
        let keys = self.document.by_place.get(large.keys.clone())?;
        let behind = keys.partition_point(|key| self.document.member(*key).key_span.start <= place.start);
        let last = keys.get(behind.checked_sub(1)?)?;
        Some(self.document.member(*last)).filter(is_around)
    }

    /// The value of [`Value::member`].
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.member(key).map(|member| member.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_key_and_value_has_its_place() {
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
    fn syntax_that_only_javascript_accepts_is_accepted() {
        for text in ["\"\\ud800\"", "1e999", "-0", "{\"a\":1,\"a\":2}", &"[".repeat(100_000)] {
            let closed = format!("{text}{}", "]".repeat(text.matches('[').count()));
            assert!(Document::parse(&closed).is_ok(), "{}", &closed[..closed.len().min(20)]);
        }
        assert_eq!(Document::parse("\"\\ud83d\\ude00\"").unwrap().root().as_str(), Some("😀"));
    }

    #[test]
    fn documents_beyond_the_limits_are_not_read() {
        let bounds = Bounds { values: 4, levels: 2, text: 3 };
        for (text, expected) in [
            ("[1,2,3]", None),
            ("[1,2,3,4]", Some(ParseError::Values(4))),
            ("{\"a\":1,\"b\":2}", Some(ParseError::Values(4))),
            ("[[],[]]", None),
            ("[[[1]]]", Some(ParseError::Levels(2))),
            ("[\"123\"]", None),
            ("[\"1234\"]", Some(ParseError::Text(3))),
            ("{\"1234\":1}", Some(ParseError::Text(3))),
        ] {
            assert_eq!(Document::parse_within(text, bounds).err(), expected, "{text}");
        }
    }

    #[test]
    fn an_error_points_at_the_first_wrong_character() {
        for (text, offset) in [
            ("{\"a\": 1,}", 7),
            ("{\n  // x\n}", 4),
            ("[1 2]", 3),
            ("{'a':1}", 1),
            ("", 0),
            ("{\"a\":01}", 6),
            ("\"a\tb\"", 2),
            ("{} x", 3),
        ] {
            let error = Document::parse(text).unwrap_err();
            assert!(matches!(&error, ParseError::Syntax(error) if error.offset == offset), "{text}: {error}");
        }
    }

    /// What the document holds in memory, but for what vectors keep in reserve.
    fn size(document: &Document) -> usize {
        let Document { nodes, strings, string_ends, numbers, large, by_text, by_place } = document;
        let words = string_ends.len() + by_text.len() + by_place.len();
        size_of_val(&nodes[..]) + strings.len() + words * 4 + numbers.len() * 8 + size_of_val(&large[..])
    }

    #[test]
    fn a_document_takes_at_most_twelve_times_its_text_in_memory() {
        const COUNT: usize = 100_000;
        assert_eq!(size_of::<Node>(), 12, "a bracket that is never closed makes one");
        let list = |element: &str| format!("[{}]", vec![element; COUNT].join(","));
        let object = |member: &str| format!("{{{}}}", vec![member; COUNT].join(","));
        let deep = "[".repeat(COUNT) + &"]".repeat(COUNT);
        for text in [deep, list("1"), list("[]"), list("\"\""), list("{}"), object("\"\":0"), object("\"\":\"\"")] {
            let document = Document::parse(&text).unwrap();
            assert!(size(&document) <= 12 * text.len(), "{}: {}", &text[..20], size(&document));
        }
    }

    #[test]
    fn members_of_a_large_object_are_found_by_key_and_position() {
        let members: Vec<String> = (0..1000).map(|number| format!("\"k{}\": {number}", number % 600)).collect();
        let text = format!("{{\"inner\": {{{}}}, \"k0\": true}}", members.join(", "));
        let document = Document::parse(&text).unwrap();
        let inner = document.root().get("inner").unwrap();
        let number = |key: &str| inner.get(key).and_then(Value::as_number);
        assert_eq!(number("k0"), Some(600.0), "the last duplicate counts");
        assert_eq!((number("k599"), number("k399"), number("k400")), (Some(599.0), Some(999.0), Some(400.0)));
        assert_eq!((number("k"), number("k600"), number("")), (None, None, None));
        for member in inner.members() {
            for place in [member.key_span, member.value.span()] {
                assert_eq!(inner.member_around(place).unwrap().key_span, member.key_span);
            }
        }
        assert!(inner.member_around(Span::new(0, 5)).is_none());
        assert_eq!(document.root().get("k0").and_then(Value::as_bool), Some(true));
    }

    #[test]
    fn values_are_visited_once_in_document_order() {
        let document = Document::parse(r#"{"a": [1, {"b": "x"}], "c": null}"#).unwrap();
        let starts: Vec<usize> = document.values().map(|value| value.span().start).collect();
        assert_eq!(starts, [0, 6, 7, 10, 16, 28]);
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
