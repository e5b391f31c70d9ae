//! JSON that remembers where everything stands. It accepts exactly what `JSON.parse` accepts (duplicate keys,
//! lone surrogates, numbers beyond f64, any depth), because npm reads package.json with it; a byte order mark in
//! front is skipped, as npm's `json-parse-even-better-errors` 5.0.0 does. The registry's answers are read with
//! `serde_json` instead: nobody points at their lines.

mod parser;

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
        parser::Parser::new(text).document()
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
            ("{\"a\": 1,}", 7),
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
