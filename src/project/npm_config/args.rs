//! The argument vector of `npm publish` as npm reads it: nopt 9 as shipped with npm 11.19.1 (lib/nopt-lib.js), with
//! its abbreviations, negations, aliases and types. What npm 12 fails on is read as npm 11 reads it, and named.

use super::definitions::{Type, is_known, keys, shorthand, shorthands, types_for};
use super::parse_field::wrap_secret;
use super::validate::{Cleaned, clean};
use super::{Value, js};
use crate::npm::release::NpmRelease;
use crate::text::redact::is_secret;

/// A read argument vector.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The npm that reads them.
    pub npm: NpmRelease,
    /// Key, value, and the flag as it was written, without the value when it is a secret.
    pub flags: Vec<(String, Value, String)>,
    /// Values that npm drops with a warning because their type is wrong: key, value, flag.
    pub dropped: Vec<(String, Value, String)>,
    /// Values at which npm throws instead: key, value, flag.
    pub refused: Vec<(String, Value, String)>,
    /// What is not a flag, in order.
    pub positional: Vec<String>,
    /// Flags that npm does not know, with two dashes (npm 11 warns and goes on).
    pub unknown: Vec<String>,
    /// Flags that are abbreviated, with two dashes, and what npm 11 takes them for.
    pub abbreviated: Vec<(String, &'static str)>,
    /// Words behind a single dash that npm 11 takes for flags with two, without the dash (lib/index.js `loadCLI`: wherever
    /// they are).
    pub single_dash: Vec<&'static str>,
}

impl Parsed {
    /// `--json` is there: npm would print JSON.
    pub fn asks_json(&self) -> bool {
        self.flags.iter().any(|(key, value, _)| key == "json" && value.is_truthy())
    }
}

/// Reads the arguments that follow `npm publish`.
pub fn parse(args: &[String], npm: &NpmRelease) -> Parsed {
    let is_given = |word: &&'static str| args.iter().any(|arg| arg.strip_prefix('-') == Some(*word));
    let single_dash = shorthands().filter(|word| word.len() > 1).filter(is_given).collect();
    let mut parser = Parser {
        words: args.iter().map(|arg| Word { text: arg.clone(), written: arg.clone() }).collect(),
        data: Vec::new(),
        parsed: Parsed { npm: npm.clone(), single_dash, ..Parsed::default() },
    };
    parser.run();
    let Parser { data, mut parsed, .. } = parser;
    for Flag { key, value, written } in data {
        let outcome = clean(npm, &key, &value, None);
        for invalid in outcome.invalid {
            parsed.dropped.push((key.clone(), wrap_secret(&key, invalid), written.clone()));
        }
        match outcome.value {
            Cleaned::Kept(value) => parsed.flags.push((key.clone(), wrap_secret(&key, value), written)),
            Cleaned::Removed => {}
            Cleaned::Throws => parsed.refused.push((key.clone(), wrap_secret(&key, value), written)),
        }
    }
    parsed
}

/// The names of an npm's settings that are longer than a letter or two.
pub fn settings(npm: &NpmRelease) -> impl Iterator<Item = &'static str> {
    keys(npm).chain(shorthands()).filter(|name| name.len() > 2)
}

/// An argument, or a part of one behind `=`, or what a shorthand stands for.
#[derive(Clone)]
struct Word {
    text: String,
    /// The argument it comes from, up to `=`.
    written: String,
}

struct Flag {
    key: String,
    value: Value,
    written: String,
}

struct Parser {
    words: Vec<Word>,
    data: Vec<Flag>,
    parsed: Parsed,
}

impl Parser {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(word) = self.words.get(at) {
            let text = word.text.clone();
            if is_dashes(&text) {
                self.parsed.positional.extend(self.words.drain(at + 1..).map(|word| word.text));
                return;
            }
            if !text.starts_with('-') || text.len() == 1 {
                self.parsed.positional.push(text);
                at += 1;
                continue;
            }
            let mut name = text.as_str();
            let equals = text.split_once('=');
            if let Some((before, value)) = equals {
                name = before;
                let part = |text: &str| Word { text: text.to_owned(), written: text.to_owned() };
                self.words.splice(at..=at, [part(before), part(value)]);
            }
            let written = self.words[at].written.clone();
            if let Some(Short { words: expansion, completed }) = resolve_short(name, &self.parsed.npm) {
                if let Some(full) = completed {
                    self.parsed.abbreviated.push((format!("--{}", name.trim_start_matches('-')), full));
                }
                let same = expansion.first() == Some(&name);
                let words: Vec<_> =
                    expansion.iter().map(|text| Word { text: (*text).to_owned(), written: written.clone() }).collect();
                self.words.splice(at..=at, words);
                if !same {
                    continue;
                }
            }
            at = self.flag(at, name, equals.is_some(), written);
        }
    }

    /// Reads the flag at `at` and its value; the next position.
    fn flag(&mut self, at: usize, name: &str, had_equals: bool, written: String) -> usize {
        let mut name = name.trim_start_matches('-');
        let mut no = None;
        while name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("no-")) {
            no = Some(!no.unwrap_or(false));
            name = &name[3..];
        }
        let full = unabbreviate(name, &self.parsed.npm);
        let key = full.unwrap_or(name).to_owned();
        if let Some(full) = full.filter(|full| *full != name) {
            self.parsed.abbreviated.push((format!("--{name}"), full));
        }
        let known = types_for(&self.parsed.npm, &key);
        let types = known.unwrap_or_default();
        let several = types.len() > 1;
        let has = |wanted: Type| types.contains(&wanted);
        let next = self.words.get(at + 1).map(|word| word.text.clone());
        if !is_known(&self.parsed.npm, &key) {
            self.parsed.unknown.push(format!("--{key}"));
        }
        let mut is_array = has(Type::Array);
        if known.is_none()
            && let Some(flag) = self.data.iter_mut().find(|flag| flag.key == key)
        {
            if !matches!(flag.value, Value::List(_)) {
                flag.value = Value::List(vec![std::mem::replace(&mut flag.value, Value::Undefined)]);
            }
            is_array = true;
        }
        let is_bool = no.is_some()
            || has(Type::Boolean)
            || (known.is_none() && !had_equals)
            || (next.as_deref() == Some("false") && several && has(Type::Null));
        let (value, consumed) =
            if is_bool { boolean(types, no.unwrap_or(false), next.as_deref()) } else { plain(types, next.as_deref()) };
        let shown = match next {
            Some(text) if consumed && !is_secret(&key) => {
                format!("{written}{}{text}", if had_equals { '=' } else { ' ' })
            }
            _ => written,
        };
        self.add(key, value, shown, is_array);
        at + 1 + usize::from(consumed)
    }

    fn add(&mut self, key: String, value: Value, written: String, is_array: bool) {
        let value = if is_array { Value::List(vec![value]) } else { value };
        match self.data.iter_mut().find(|flag| flag.key == key) {
            None => self.data.push(Flag { key, value, written }),
            Some(flag) => match (&mut flag.value, value) {
                (Value::List(values), Value::List(more)) => {
                    values.extend(more);
                    flag.written = format!("{} {written}", flag.written);
                }
                (_, value) => {
                    flag.value = value;
                    flag.written = written;
                }
            },
        }
    }
}

/// A flag that needs no value: its value and whether the next argument is part of it.
fn boolean(types: &[Type], no: bool, next: Option<&str>) -> (Value, bool) {
    match next {
        Some("true") => return (Value::Bool(!no), true),
        Some("false") => return (Value::Bool(no), true),
        Some(next) if types.len() > 1 && !next.is_empty() => {
            let has = |wanted: Type| types.contains(&wanted);
            if types.iter().any(|known| matches!(known, Type::Text(text) if *text == next)) {
                return (Value::Text(next.to_owned()), true);
            }
            if next == "null" && has(Type::Null) {
                return (Value::Null, true);
            }
            let long = next.trim_start_matches('-');
            let is_long_flag = next.len() - long.len() >= 2 && !long.is_empty();
            if !is_long_flag
                && has(Type::Number)
                && let Some(number) = js::number(next)
            {
                return (Value::Number(number), true);
            }
            if !is_short_flag(next) && has(Type::String) {
                return (Value::Text(next.to_owned()), true);
            }
        }
        _ => {}
    }
    (Value::Bool(!no), false)
}

/// A flag that needs a value.
fn plain(types: &[Type], next: Option<&str>) -> (Value, bool) {
    let only_text = types == [Type::String];
    match next {
        None if only_text => (Value::Text(String::new()), false),
        None => (Value::Bool(true), false),
        Some(next) if only_text && (is_short_flag(next) || is_short_flag(next.strip_prefix('-').unwrap_or(""))) => {
            (Value::Text(String::new()), false)
        }
        Some(next) if is_dashes(next) => (Value::Bool(true), false),
        Some(next) => (Value::Text(next.to_owned()), true),
    }
}

/// `^-{2,}$`
fn is_dashes(text: &str) -> bool {
    text.len() >= 2 && text.bytes().all(|byte| byte == b'-')
}

/// `^-[^-]`
fn is_short_flag(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && !rest.starts_with('-'))
}

/// What a flag stands for that is not a setting itself.
struct Short {
    words: Vec<&'static str>,
    /// It is the beginning of this.
    completed: Option<&'static str>,
}

/// `resolveShort`: what a flag stands for.
fn resolve_short(flag: &str, npm: &NpmRelease) -> Option<Short> {
    let name = flag.trim_start_matches('-');
    if types_for(npm, name).is_some() {
        return None;
    }
    if let Some(words) = shorthand(name) {
        return Some(Short { words: words.to_vec(), completed: None });
    }
    let letters: Option<Vec<_>> =
        name.char_indices().map(|(at, letter)| shorthand(&name[at..at + letter.len_utf8()])).collect();
    if let Some(words) = letters {
        return Some(Short { words: words.concat(), completed: None });
    }
    if unabbreviate(name, npm).is_some() {
        return None;
    }
    let full = unique(name, shorthands())?;
    Some(Short { words: shorthand(full)?.to_vec(), completed: Some(full) })
}

/// The setting that begins like this, when there is only one.
fn unabbreviate(name: &str, npm: &NpmRelease) -> Option<&'static str> {
    unique(name, keys(npm))
}

/// `abbrev` 4.0.0
fn unique(name: &str, words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let mut candidates = words.filter(|word| !name.is_empty() && word.starts_with(name)).peekable();
    let first = candidates.next()?;
    let mut only = candidates.peek().is_none().then_some(first);
    if first == name {
        only = Some(first);
    }
    only.or_else(|| candidates.find(|word| *word == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Parsed {
        parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), &NpmRelease::default())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn flags_are_parsed_as_nopt_parses_them() {
        let list = |part: &str| Value::List(vec![text(part)]);
        for (line, key, value, rest) in [
            ("--tag next pkg", "tag", text("next"), "pkg"),
            ("--tag=next", "tag", text("next"), ""),
            ("-tag next", "tag", text("next"), ""),
            ("--ta next", "ta", Value::Bool(true), "next"),
            ("--tag --force", "tag", text(""), ""),
            ("--acces public", "access", text("public"), ""),
            ("--acc public", "call", text("public"), ""),
            ("--no-access", "access", Value::Null, ""),
            ("--dry-run .", "dry-run", Value::Bool(true), "."),
            ("--dry-run false .", "dry-run", Value::Bool(false), "."),
            ("--no-dry-run", "dry-run", Value::Bool(false), ""),
            ("--no-no-force", "force", Value::Bool(true), ""),
            ("--dry-run=maybe", "dry-run", Value::Bool(true), "maybe"),
            ("-fw a", "workspace", list("a"), ""),
            ("-fw a", "force", Value::Bool(true), ""),
            ("-C x .", "prefix", text("x"), "."),
            ("--reg https://R.example", "registry", text("https://r.example/"), ""),
            ("--@a:registry=https://s/", "@a:registry", text("https://s/"), ""),
            ("--ws", "workspaces", Value::Bool(true), ""),
            ("--unknown value", "unknown", Value::Bool(true), "value"),
            ("--unknown=value", "unknown", text("value"), ""),
        ] {
            let parsed = read(line);
            let found = parsed.flags.iter().find(|(known, ..)| known == key).map(|(_, value, _)| value.clone());
            assert_eq!(found, Some(value), "{line}");
            assert_eq!(parsed.positional.join(" "), rest, "{line}");
        }
        assert_eq!(read("a -- --tag b").positional, ["a", "--tag", "b"]);
    }

    #[test]
    fn values_of_a_wrong_type_are_dropped_and_unknown_flags_are_named() {
        let parsed = read("--access=everybody --registry=none --nonsense --//h/:_authToken=x");
        let dropped: Vec<_> = parsed.dropped.iter().map(|(key, _, flag)| format!("{key} {flag}")).collect();
        assert_eq!(dropped, ["access --access=everybody", "registry --registry=none"]);
        assert_eq!(parsed.unknown, ["--nonsense"]);
    }

    #[test]
    fn a_flag_never_shows_a_secret() {
        let parsed = read("--otp=123456 --//h/:_authToken=abc --otp 654321");
        assert!(parsed.flags.iter().all(|(_, value, _)| matches!(value, Value::Secret(_))));
        let shown = format!("{parsed:?}");
        assert!(!["123456", "abc", "654321"].iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}
