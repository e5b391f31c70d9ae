//! A settings file of another client as values with their places: YAML (pnpm, Yarn) and TOML (Bun).

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use toml::de::{DeTable, DeValue};

use crate::project::world::{World, limit};
use crate::text::redact::is_secret;
use crate::text::source::{Place, Source, Span};

/// A value and where it is.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    span: Span,
}

/// A value. A number is its text, and a date likewise: no setting that matters is one.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The last member of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members().rfind(|(key, _)| *key == name).map(|(_, node)| node)
    }

    pub(super) fn members(&self) -> impl DoubleEndedIterator<Item = (&str, &Self)> {
        let members = if let Value::Map(members) = &self.value { members.as_slice() } else { &[] };
        members.iter().map(|(key, node)| (key.as_str(), node))
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    pub(super) fn elements(&self) -> &[Self] {
        if let Value::List(list) = &self.value { list } else { &[] }
    }

    pub(super) const fn bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self.value { Some(value) } else { None }
    }
}

/// A settings file.
#[derive(Debug)]
pub(super) struct Document {
    source: Arc<Source>,
    root: Node,
}

/// Why a settings file says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    /// It may not be read, or is too large.
    #[error("`{path}` cannot be read: {}", crate::project::world::describe(*.kind))]
    Unreadable { path: String, kind: ErrorKind },
    /// It is neither.
    #[error("`{path}` cannot be parsed: {why}")]
    Invalid { path: String, why: String },
}

impl Document {
    /// Reads a YAML file; `None`: there is none.
    pub(super) fn yaml(world: &World, path: &Path) -> Result<Option<Self>, DocumentError> {
        Self::read(world, path, |text| {
            let root: Option<Spanned<Yaml>> = serde_saphyr::from_str(text).map_err(|error| first_line(&error))?;
            Ok(root.map_or(Node { value: Value::Null, span: Span::default() }, Node::from))
        })
    }

    /// Reads a TOML file; `None`: there is none.
    pub(super) fn toml(world: &World, path: &Path) -> Result<Option<Self>, DocumentError> {
        Self::read(world, path, |text| {
            let root = DeTable::parse(text).map_err(|error| first_line(&error))?;
            let span = root.span();
            Ok(Node { value: of_table(root.into_inner()), span: Span::new(span.start, span.end) })
        })
    }

    fn read(
        world: &World,
        path: &Path,
        parse: impl FnOnce(&str) -> Result<Node, String>,
    ) -> Result<Option<Self>, DocumentError> {
        let shown = world.shown_path(path);
        let bytes = match world.files.read(path, limit::SETTINGS) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(DocumentError::Unreadable { path: shown, kind: error.kind() }),
        };
        let source = Source::new(shown, &bytes);
        let root =
            parse(source.text()).map_err(|why| DocumentError::Invalid { path: source.path().to_owned(), why })?;
        let mut secrets = Vec::new();
        hide(&root, false, &mut secrets);
        Ok(Some(Self { source: Arc::new(source.with_secrets(secrets)), root }))
    }

    pub(super) const fn root(&self) -> &Node {
        &self.root
    }

    /// Where a value is.
    pub(super) fn place(&self, node: &Node) -> Place {
        Place::new(&self.source, node.span)
    }

    /// The span of its text, without quotes.
    pub(super) fn inner(&self, node: &Node) -> Span {
        let Span { start, end } = node.span;
        let text = self.source.text().get(start..end).unwrap_or_default();
        let quoted = text.len() > 1 && text.starts_with(['"', '\'']);
        if quoted { Span::new(start + 1, end - 1) } else { node.span }
    }
}

fn first_line(error: &dyn fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// The values that must never be shown: those of credentials' keys.
fn hide(node: &Node, secret: bool, spans: &mut Vec<Span>) {
    match &node.value {
        Value::Map(members) => {
            for (key, value) in members {
                hide(value, secret || may_be_credential(key), spans);
            }
        }
        Value::List(elements) => elements.iter().for_each(|element| hide(element, secret, spans)),
        Value::Text(text) if secret && !text.starts_with("${") => spans.push(node.span),
        _ => {}
    }
}

/// Whether a key may hold a credential, a misspelt one included.
fn may_be_credential(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    is_credential(&key) || ["auth", "tok", "ident", "pass", "secret"].iter().any(|part| key.contains(part))
}

/// Whether a key holds a credential: Yarn's `npmAuthToken` and `npmAuthIdent`, Bun's `token` and `password`, pnpm's `authToken`.
pub(super) fn is_credential(key: &str) -> bool {
    let key = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
    is_secret(&key) || ["token", "ident", "password"].iter().any(|end| key.ends_with(end))
}

/// What a YAML document holds.
struct Yaml(Value);

impl From<Spanned<Yaml>> for Node {
    fn from(spanned: Spanned<Yaml>) -> Self {
        let span = spanned.referenced.span();
        let offset = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
        let start = offset(span.byte_offset());
        Self { value: spanned.value.0, span: Span::new(start, start + offset(span.byte_len())) }
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Yaml(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml(Value::Text(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Yaml(Value::Text(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Yaml, E> {
        Ok(Yaml(Value::Text(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
        Ok(Yaml(Value::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Yaml, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element::<Spanned<Yaml>>()? {
            elements.push(element.into());
        }
        Ok(Yaml(Value::List(elements)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Yaml, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Spanned<Yaml>>()? {
            members.push((key, value.into()));
        }
        Ok(Yaml(Value::Map(members)))
    }
}

fn of_table(table: DeTable<'_>) -> Value {
    let member =
        |(key, value): (toml::Spanned<std::borrow::Cow<'_, str>>, _)| (key.into_inner().into_owned(), of_toml(value));
    Value::Map(table.into_iter().map(member).collect())
}

fn of_toml(value: toml::Spanned<DeValue<'_>>) -> Node {
    let span = Span::new(value.span().start, value.span().end);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Integer(number) => Value::Text(number.as_str().to_owned()),
        DeValue::Float(number) => Value::Text(number.as_str().to_owned()),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(list) => Value::List(list.into_iter().map(of_toml).collect()),
        DeValue::Table(table) => of_table(table),
    };
    Node { value, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_from_both_file_formats_have_places() {
        let yaml = "npmScopes:\n  acme:\n    npmAuthToken: \"abc\"\nflag: true\nlist: [a]\n";
        let toml = "flag = true\nlist = [\"a\"]\n[npmScopes.acme]\nnpmAuthToken = \"abc\"\n";
        let world = World::memory(&[("/a.yml", yaml), ("/b.toml", toml), ("/broken.yml", "a: [")], &[]);
        for document in [Document::yaml(&world, Path::new("/a.yml")), Document::toml(&world, Path::new("/b.toml"))] {
            let document = document.unwrap().unwrap();
            let token = document.root().get("npmScopes").and_then(|all| all.get("acme")?.get("npmAuthToken")).unwrap();
            assert_eq!(token.text(), Some("abc"));
            let span = document.inner(token);
            assert_eq!(&document.source.text()[span.start..span.end], "abc");
            assert!(!document.source.shown(Span::new(0, document.source.text().len())).contains("abc"), "it is hidden");
            assert_eq!(document.root().get("flag").and_then(Node::bool), Some(true));
            assert_eq!(document.root().get("list").unwrap().elements()[0].text(), Some("a"));
        }
        assert!(Document::yaml(&world, Path::new("/none.yml")).unwrap().is_none());
        assert!(Document::yaml(&world, Path::new("/broken.yml")).is_err());
    }
}
