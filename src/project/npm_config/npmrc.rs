//! The text of an .npmrc as npm's `ini` 6.0.0 (lib/ini.js `decode`) reads it, with the place of every key and value.
//! A pure function of the text; variables and types come later.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Value, js};
use crate::text::json::{Document, Type, Value as JsonValue};
use crate::text::source::Span;

/// A top-level setting; of duplicates the last one, of `key[]` lines all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) key: String,
    /// Before variables and types.
    pub(super) value: Value,
    pub(super) key_span: Span,
    /// Of a list the last element's, of a bare key the key's.
    pub(super) value_span: Span,
}

/// An .npmrc.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ini {
    /// Each key once.
    pub(super) settings: Vec<Setting>,
    /// Where they are among the settings.
    by_key: HashMap<String, usize>,
    /// Keys under a `[section]`, where npm does not look.
    pub(super) buried: Vec<(String, Span)>,
    /// Where npm's parser throws.
    pub(super) broken: Option<Span>,
}

/// How many parts of a section's name are nested at most: no setting is that deep.
const MOST_PARTS: usize = 32;

/// What JavaScript makes of a JSON object where npm wants a text.
const OBJECT: &str = "[object Object]";

/// What the lines below a `[section]` are added to.
enum Target {
    Top,
    Section(String),
    Detached,
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Ini {
    let mut ini = Ini::default();
    let mut target = Target::Top;
    let mut start = 0;
    for line in text.split(['\r', '\n']) {
        let at = start;
        start += line.len() + 1;
        let first = line.chars().find(|character| !js::is_space(*character));
        if matches!(first, None | Some(';' | '#')) {
            continue;
        }
        if let Some(name) = section(line) {
            let (name, span) = unsafe_text(name, at + 1);
            let Some(name) = js::string(&name) else { continue };
            target = ini.open(name, span);
            continue;
        }
        let (key, raw_value) = match line.split_once('=') {
            Some(("", _)) => continue,
            // `.` does not match these two, so the whole line does not match.
            Some((_, value)) if value.contains(['\u{2028}', '\u{2029}']) => continue,
            Some((key, value)) => (key, Some(value)),
            None => (line, None),
        };
        let value_at = at + key.len() + 1;
        let (key, key_span) = unsafe_text(key, at);
        if key == Value::Null {
            ini.broken.get_or_insert(key_span);
            break;
        }
        let Some(key) = js::string(&key) else { continue };
        let (value, value_span) = raw_value.map_or((Value::Bool(true), key_span), |value| unsafe_text(value, value_at));
        let value = match value.as_text() {
            Some("true") => Value::Bool(true),
            Some("false") => Value::Bool(false),
            Some("null") => Value::Null,
            _ => value,
        };
        let (key, is_array) = match key.strip_suffix("[]") {
            Some(stem) if !stem.is_empty() => (stem.to_owned(), true),
            _ => (key, false),
        };
        if key == "__proto__" {
            continue;
        }
        if !matches!(target, Target::Top) {
            ini.buried.push((key.clone(), key_span));
        }
        ini.assign(&target, Setting { key, value, key_span, value_span }, is_array);
    }
    ini.nest();
    ini
}

/// `^\[([^\]]*)\]\s*$`
fn section(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    rest.chars().all(js::is_space).then_some(name)
}

impl Ini {
    fn known(&mut self, key: &str) -> Option<&mut Setting> {
        self.settings.get_mut(*self.by_key.get(key)?)
    }

    fn top(&mut self, key: &str) -> Option<&mut Value> {
        self.known(key).map(|setting| &mut setting.value)
    }

    fn push(&mut self, setting: Setting) {
        self.by_key.insert(setting.key.clone(), self.settings.len());
        self.settings.push(setting);
    }

    fn open(&mut self, name: String, span: Span) -> Target {
        if name == "__proto__" {
            return Target::Detached;
        }
        match self.top(&name) {
            Some(value) if value.is_truthy() => {}
            Some(value) => *value = Value::Section(BTreeMap::new()),
            None => self.push(Setting {
                key: name.clone(),
                value: Value::Section(BTreeMap::new()),
                key_span: span,
                value_span: span,
            }),
        }
        Target::Section(name)
    }

    fn assign(&mut self, target: &Target, setting: Setting, is_array: bool) {
        match target {
            Target::Detached => {}
            Target::Section(name) => {
                // A section that is named like a setting is that setting's text, which takes no members.
                if let Some(Value::Section(members)) = self.top(name) {
                    let merged = merge(members.remove(&setting.key), setting.value, is_array);
                    members.insert(setting.key, merged);
                }
            }
            Target::Top => {
                if let Some(known) = self.known(&setting.key) {
                    let before = std::mem::replace(&mut known.value, Value::Undefined);
                    *known = Setting { value: merge(Some(before), setting.value, is_array), ..setting };
                } else {
                    let value = merge(None, setting.value, is_array);
                    self.push(Setting { value, ..setting });
                }
            }
        }
    }

    /// `{"a.b": {x: 2}}` becomes `{a: {b: {x: 2}}}`; JavaScript's `null` is an object here.
    fn nest(&mut self) {
        let keys: Vec<String> = self.settings.iter().map(|setting| setting.key.clone()).collect();
        let mut moved = HashSet::new();
        for key in keys {
            let Some(setting) = self.known(&key) else { continue };
            let is_object = setting.value.as_text() == Some(OBJECT);
            if !is_object && !matches!(setting.value, Value::Section(_) | Value::Null) {
                continue;
            }
            let setting = setting.clone();
            let mut parts = split_sections(&key);
            let last = parts.pop().unwrap_or_default();
            let name = last.replace("\\.", ".");
            parts.retain(|part| *part != "__proto__");
            parts.truncate(MOST_PARTS);
            if parts.is_empty() && name == last {
                continue;
            }
            if self.put(&parts, name, &setting).is_none() {
                self.broken.get_or_insert(setting.key_span);
                return;
            }
            moved.insert(key);
        }
        self.settings.retain(|setting| !moved.contains(&setting.key));
        self.by_key.clear();
    }

    /// `None`: JavaScript throws, because one of the parts is `null`.
    fn put(&mut self, parts: &[&str], name: String, setting: &Setting) -> Option<()> {
        let Some((first, others)) = parts.split_first() else {
            let renamed = Setting { key: name, ..setting.clone() };
            match self.known(&renamed.key) {
                Some(known) => *known = renamed,
                None => self.push(renamed),
            }
            return Some(());
        };
        if self.top(first).is_none() {
            self.push(Setting {
                key: (*first).to_owned(),
                value: Value::Undefined,
                key_span: setting.key_span,
                value_span: setting.value_span,
            });
        }
        let mut at = as_object(self.top(first)?);
        for part in others {
            let Value::Section(members) = at else { break };
            at = as_object(members.entry((*part).to_owned()).or_insert(Value::Undefined));
        }
        match at {
            Value::Null => None,
            Value::Section(members) => {
                members.insert(name, setting.value.clone());
                Some(())
            }
            _ => Some(()),
        }
    }
}

/// What is no object in JavaScript is replaced by a section.
fn as_object(value: &mut Value) -> &mut Value {
    if !matches!(value, Value::Section(_) | Value::List(_) | Value::Null) {
        *value = Value::Section(BTreeMap::new());
    }
    value
}

fn merge(before: Option<Value>, value: Value, is_array: bool) -> Value {
    match before {
        Some(Value::List(mut values)) => {
            values.push(value);
            Value::List(values)
        }
        Some(before) if is_array => Value::List(vec![before, value]),
        None if is_array => Value::List(vec![value]),
        _ => value,
    }
}

fn split_sections(key: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in key.match_indices('.') {
        if at > 0 && key.as_bytes()[at - 1] == b'\\' {
            continue;
        }
        parts.push(&key[start..at]);
        start = at + 1;
    }
    parts.push(&key[start..]);
    parts
}

/// `unsafe`: quotes, escapes and comments of a key or a value; `at` is where the raw text is.
fn unsafe_text(raw: &str, at: usize) -> (Value, Span) {
    let text = js::trim(raw);
    let start = at + (raw.len() - raw.trim_start_matches(js::is_space).len()).min(raw.len() - text.len());
    let span = |length: usize| Span::new(start, start + length);
    let quoted = |quote: char| text.starts_with(quote) && text.ends_with(quote);
    if quoted('"') || quoted('\'') {
        let inner = if text.starts_with('\'') { text.get(1..text.len().max(2) - 1).unwrap_or_default() } else { text };
        return (json(inner).unwrap_or_else(|| Value::Text(inner.to_owned())), span(text.len()));
    }
    let mut plain = String::with_capacity(text.len());
    let mut escaped = false;
    let mut end = text.len();
    for (index, character) in text.char_indices() {
        if escaped {
            if !matches!(character, '\\' | ';' | '#') {
                plain.push('\\');
            }
            plain.push(character);
            escaped = false;
        } else if matches!(character, ';' | '#') {
            end = index;
            break;
        } else if character == '\\' {
            escaped = true;
        } else {
            plain.push(character);
        }
    }
    if escaped {
        plain.push('\\');
    }
    (Value::Text(js::trim(&plain).to_owned()), span(text[..end].trim_end_matches(js::is_space).len()))
}

/// `JSON.parse`; an object becomes [`OBJECT`].
fn json(text: &str) -> Option<Value> {
    if text.starts_with('\u{feff}') {
        return None;
    }
    let document = Document::parse(text).ok()?;
    Some(from_json(document.root()))
}

fn from_json(value: JsonValue<'_>) -> Value {
    match value.type_of() {
        Type::Null => Value::Null,
        Type::Boolean => Value::Bool(value.is_truthy()),
        Type::Number => Value::Number(value.as_number().unwrap_or_default()),
        Type::String => Value::Text(value.as_str().unwrap_or_default().to_owned()),
        Type::Array => Value::List(value.elements().map(from_json).collect()),
        Type::Object => Value::Text(OBJECT.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    fn value(source: &str, key: &str) -> Option<Value> {
        parse(source).settings.into_iter().find(|setting| setting.key == key).map(|setting| setting.value)
    }

    #[test]
    fn values_are_trimmed_unquoted_and_unescaped_as_npm_does() {
        for (line, expected) in [
            ("k=https://r/#x", text("https://r/")),
            ("k = a ; b", text("a")),
            (r"k=a\;b\#c\\d\e", text(r"a;b#c\d\e")),
            (r"k=a\", text(r"a\")),
            ("k=\"abc\" ; prod", text("\"abc\"")),
            ("k=\"a\\u0041\\n\"", text("aA\n")),
            ("k=\"a", text("\"a")),
            ("k='", text("")),
            ("k=\"", text("\"")),
            ("k='x y'", text("x y")),
            ("k='123'", Value::Number(123.0)),
            ("k=\"true\"", Value::Bool(true)),
            ("k=null", Value::Null),
            ("k", Value::Bool(true)),
            ("k=", text("")),
            ("k=a=b", text("a=b")),
            ("\u{feff}k=1", text("1")),
            ("\"k\"=1", text("1")),
            ("k=a\r\nk=b\rk=c", text("c")),
        ] {
            assert_eq!(value(line, "k"), Some(expected), "{line}");
        }
    }

    #[test]
    fn lines_that_npm_ignores_are_ignored() {
        for line in ["=k", "k=a\u{2028}b", "; k=1", "\u{feff}#k=1", "__proto__=1", "k[]", "[k"] {
            assert_eq!(value(line, "k").filter(|value| !matches!(value, Value::List(_))), None, "{line}");
        }
        assert_eq!(value("[sec] ; c\nk=1", "k"), Some(text("1")), "a comment after a section makes it a key");
    }

    #[test]
    fn brackets_append_and_so_does_a_later_plain_line() {
        let list = |parts: &[&str]| Some(Value::List(parts.iter().map(|part| text(part)).collect()));
        assert_eq!(value("k[]=a\nk[]=b\nk=c", "k"), list(&["a", "b", "c"]));
        assert_eq!(value("k=a\nk[]=b", "k"), list(&["a", "b"]));
        assert_eq!(value("k=a\nk=b", "k"), Some(text("b")));
    }

    #[test]
    fn keys_in_a_section_are_ignored_and_a_section_can_replace_a_setting() {
        let ini = parse("a=1\n[s]\n//h/:_authToken=x\na=2");
        assert_eq!(ini.buried.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["//h/:_authToken", "a"]);
        assert_eq!(value("a=1\n[s]\na=2", "a"), Some(text("1")));
        assert!(matches!(value("a=1\n[a.b]\nc=2", "a"), Some(Value::Section(_))));
        assert_eq!(value("//r.example/:_authToken=null", "//r.example/:_authToken"), None, "null nests at the dot");
        assert!(parse("'null'=1").broken.is_some());
    }

    /// Each would take minutes if every key were looked for among all others.
    #[test]
    fn a_file_with_many_keys_is_read_in_one_pass() {
        for line in ["//h{}/:_authToken=x", "a{}=null", "[s{}.x]\nk=1", "k[]={}", "b\\.{}=null"] {
            let lines: Vec<String> = (0..60_000).map(|number| line.replace("{}", &number.to_string())).collect();
            let settings = parse(&lines.join("\n")).settings;
            assert!(!settings.is_empty(), "{line}");
        }
    }

    #[test]
    fn every_setting_has_the_place_of_its_value() {
        let source = "; c\r\n  k [] = \"a b\" \r\n//h/:_authToken = ${T} # c\nbare";
        let shown: Vec<_> = parse(source)
            .settings
            .iter()
            .map(|setting| {
                (
                    &source[setting.key_span.start..setting.key_span.end],
                    &source[setting.value_span.start..setting.value_span.end],
                )
            })
            .collect();
        assert_eq!(shown, [("k []", "\"a b\""), ("//h/:_authToken", "${T}"), ("bare", "bare")]);
    }
}
