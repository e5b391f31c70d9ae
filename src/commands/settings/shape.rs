//! What settings there are, and what each of them may hold. The reader, the JSON schema and the file that `init` writes are
//! all made from it.

use super::node::{Member, Node};
use crate::commands::cli::LONGEST_TIMEOUT;
use crate::npm::glob::{Glob, Options, Steps};
use crate::project::declared::Day;
use crate::rules::levels::{self, Level};
use crate::rules::{self, Category};
use crate::text::source::Span;

/// What a setting may hold.
#[derive(Debug)]
pub(super) enum Shape {
    /// A text that is not empty.
    Text,
    /// The URL of a registry.
    Url,
    /// A day such as `2027-01-31`.
    Day,
    /// A pattern of folders or of names.
    Pattern,
    /// A whole number up to this one.
    Number(u64),
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The id of a rule, or a category.
    Rule,
    /// `allow`, `warn` or `deny`.
    Level,
    /// `true`, `false`, or one of these words.
    SwitchOr(&'static [&'static str]),
    /// As many as there are.
    List(&'static Shape),
    /// One, or a list that is not empty.
    OneOrMore(&'static Shape),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table whose keys are all of one shape, and so are its values.
    Map(&'static Shape, &'static Shape),
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// A sentence without a full stop.
    pub(super) about: &'static str,
    pub(super) shape: &'static Shape,
    /// The table means nothing without it.
    pub(super) is_required: bool,
}

impl Key {
    const fn new(name: &'static str, about: &'static str, shape: &'static Shape) -> Self {
        Self { name, about, shape, is_required: false }
    }

    const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }
}

/// Lists do not get longer: each entry is compared with each package.
pub(super) const MOST_ENTRIES: usize = 1000;

const RULES: Shape = Shape::Map(&Shape::Rule, &Shape::Level);
const PATTERNS: Shape = Shape::OneOrMore(&Shape::Pattern);

const PACKAGES: Shape = Shape::Table(&[
    Key::new(
        "match",
        "Folders from the project's root, such as packages/*, or names, such as @acme/*; a pattern that begins with ! \
         excludes packages",
        &PATTERNS,
    )
    .required(),
    Key::new("rules", "Levels of rules and categories for these packages", &RULES).required(),
]);

const IGNORE: Shape = Shape::Table(&[
    Key::new("rule", "The rule or category whose findings are ignored", &Shape::Rule).required(),
    Key::new("reason", "Why", &Shape::Text).required(),
    Key::new("packages", "For which packages, as in match [default: all]", &PATTERNS),
    Key::new(
        "expires",
        "The last day on which they are ignored; from the next day, this entry is reported too",
        &Shape::Day,
    ),
]);

const TRUSTED_PUBLISHER: Shape = Shape::Table(&[
    Key::new("repository", "owner/name on GitHub, or the path of a project on GitLab", &Shape::Text),
    Key::new("workflow", "The file of the workflow or pipeline, such as release.yml", &Shape::Text),
    Key::new("environment", "The environment of the job", &Shape::Text),
    Key::new("allow", "What it may do", &Shape::List(&Shape::Word(&RIGHTS))),
]);

const REGISTRY: Shape = Shape::Table(&[
    Key::new("trusted-publisher", "Whom the packages trust", &TRUSTED_PUBLISHER),
    Key::new("token-expires", "The last day on which the publish token is valid", &Shape::Day),
    Key::new("token-bypasses-2fa", "Whether that token may publish without a second factor", &Shape::Switch),
    Key::new("two-factor", "What the packages require of whoever publishes them", &Shape::Word(&TWO_FACTOR)),
]);

/// `npm publish`, `npm stage publish`.
pub(super) const RIGHTS: [&str; 2] = ["publish", "stage"];
/// The choices of "Publishing access" on npm's web site, the strictest first.
pub(super) const TWO_FACTOR: [&str; 3] = ["required", "required-or-token", "optional"];
/// The names that `--client` takes.
pub(super) const CLIENTS: [&str; 4] = ["npm", "pnpm", "yarn", "bun"];
/// The words of `strict`.
pub(super) const STRICT: [&str; 1] = ["all"];

/// All settings.
pub(super) static SETTINGS: Shape = Shape::Table(&[
    Key::new("$schema", "The address of this schema, for editors", &Shape::Text),
    Key::new(
        "client",
        "The package manager that publishes [default: what the project says, or npm]",
        &Shape::Word(&CLIENTS),
    ),
    Key::new(
        "strict",
        "Whether lint exits with code 3 if a check could have been decided and was not; with \"all\", also if something is \
         assumed",
        &Shape::SwitchOr(&STRICT),
    ),
    Key::new("timeout", "How many seconds lint waits for registries [default: 45]", &Shape::Number(LONGEST_TIMEOUT)),
    Key::new(
        "npmjs-registries",
        "Registries, besides npm's own, that enforce its public policy: two-factor authentication, scopes, paid private \
         packages",
        &Shape::List(&Shape::Url),
    ),
    Key::new("rules", "Levels of rules and categories", &RULES),
    Key::new("packages", "Levels for some packages; of several entries, the last one wins", &Shape::List(&PACKAGES)),
    Key::new("ignore", "Findings to ignore, with a reason", &Shape::List(&IGNORE)),
    Key::new(
        "registry",
        "By registry URL, facts that a registry shows only to maintainers, or not at all",
        &Shape::Map(&Shape::Url, &REGISTRY),
    ),
]);

/// Why settings cannot be used.
#[derive(Debug)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) span: Span,
    /// Why, without a full stop.
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

impl Shape {
    /// Whether a value fits; the first thing in it that does not.
    pub(super) fn check(&self, node: Node<'_>) -> Result<(), Fault> {
        let fails = |message: String| Err(Fault::new(node.span(), message));
        let expected = |what: &str| fails(format!("expected {what}"));
        match self {
            Self::Table(keys) => {
                let Some(members) = node.members() else { return expected("a table") };
                for Member { key, key_span, value } in &members {
                    let Some(known) = keys.iter().find(|known| known.name == *key) else {
                        return Err(unknown_key(key, *key_span, keys));
                    };
                    known.shape.check(*value)?;
                }
                let missing = keys.iter().find(|key| key.is_required && node.get(key.name).is_none());
                missing.map_or(Ok(()), |key| fails(format!("`{}` is missing", key.name)))
            }
            Self::Map(keys, values) => {
                let Some(members) = node.members() else { return expected("a table") };
                for Member { key, key_span, value } in members {
                    keys.check_text(key).map_err(|message| Fault::new(key_span, message))?;
                    values.check(value)?;
                }
                Ok(())
            }
            Self::List(shape) => {
                let Some(elements) = node.elements() else { return expected("a list") };
                if elements.len() > MOST_ENTRIES {
                    return fails(format!("the list has more than {MOST_ENTRIES} entries"));
                }
                elements.into_iter().try_for_each(|element| shape.check(element))
            }
            Self::OneOrMore(shape) if node.text().is_some() => shape.check(node),
            Self::OneOrMore(shape) => match node.elements() {
                Some(elements) if !elements.is_empty() => Self::List(shape).check(node),
                _ => expected("a string, or a list of strings"),
            },
            Self::Switch | Self::SwitchOr(_) if node.switch().is_some() => Ok(()),
            Self::Switch => expected("`true` or `false`"),
            Self::SwitchOr(words) => match node.text() {
                Some(text) if words.contains(&text) => Ok(()),
                _ => expected(&format!("`true`, `false` or {}", quoted(words))),
            },
            Self::Number(most) => match node.number() {
                Some(number) if number <= *most => Ok(()),
                _ => expected(&format!("a whole number, at most {most}")),
            },
            Self::Day => match node.date() {
                Some(text) if Day::parse(&text).is_some() => Ok(()),
                _ => expected("a date such as 2027-01-31"),
            },
            Self::Text | Self::Url | Self::Pattern | Self::Word(_) | Self::Rule | Self::Level => match node.text() {
                Some(text) => self.check_text(text).or_else(fails),
                None => expected("a string"),
            },
        }
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        match self {
            Self::Text if text.trim().is_empty() => Err("expected a non-empty string".to_owned()),
            Self::Url => match text.parse::<url::Url>() {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
                Ok(_) => Err("expected a URL that begins with https:// or http://".to_owned()),
                Err(error) => Err(format!("expected a URL ({error})")),
            },
            Self::Pattern => {
                let pattern = text.strip_prefix('!').unwrap_or(text);
                let glob = Glob::new(pattern, Options::default(), &Steps::default());
                glob.map(drop).map_err(|error| error.to_string())
            }
            Self::Word(words) if !words.contains(&text) => Err(format!("expected {}", quoted(words))),
            Self::Level if !Level::ALL.iter().any(|level| level.name() == text) => {
                Err(format!("expected {}", quoted(&Level::ALL.map(Level::name))))
            }
            Self::Rule => levels::select(text).map(drop).map_err(|error| error.to_string()),
            _ => Ok(()),
        }
    }

    /// The JSON schema of what fits.
    pub(super) fn schema(&self) -> serde_json::Value {
        use serde_json::{Map, Value, json};
        match self {
            Self::Text => json!({ "type": "string", "pattern": "\\S" }),
            Self::Url => json!({ "type": "string", "pattern": "^https?://" }),
            Self::Day => json!({ "type": "string", "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" }),
            Self::Pattern => json!({ "type": "string" }),
            Self::Number(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
            Self::Switch => json!({ "type": "boolean" }),
            Self::Word(words) => json!({ "enum": words }),
            Self::Rule => json!({ "$ref": "#/$defs/rule" }),
            Self::Level => json!({ "enum": Level::ALL.map(Level::name) }),
            Self::SwitchOr(words) => json!({ "anyOf": [{ "type": "boolean" }, { "enum": words }] }),
            Self::List(shape) => json!({ "type": "array", "maxItems": MOST_ENTRIES, "items": shape.schema() }),
            Self::OneOrMore(shape) => {
                let list = json!({ "type": "array", "minItems": 1, "maxItems": MOST_ENTRIES, "items": shape.schema() });
                json!({ "anyOf": [shape.schema(), list] })
            }
            Self::Table(keys) => {
                let described = |key: &Key| {
                    let mut schema = key.shape.schema();
                    if let Value::Object(members) = &mut schema {
                        members.insert("description".to_owned(), key.about.into());
                    }
                    (key.name.to_owned(), schema)
                };
                let properties: Map<String, Value> = keys.iter().map(described).collect();
                let required: Vec<&str> = keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
                json!({
                    "type": "object", "properties": properties, "required": required, "additionalProperties": false
                })
            }
            Self::Map(keys, values) => json!({
                "type": "object", "propertyNames": keys.schema(), "additionalProperties": values.schema()
            }),
        }
    }
}

/// The JSON schema of the settings, as a text.
pub(super) fn schema() -> String {
    let mut schema = SETTINGS.schema();
    if let serde_json::Value::Object(members) = &mut schema {
        let categories = Category::ALL.map(Category::name);
        let names: Vec<&str> = categories.into_iter().chain(rules::all().map(|rule| rule.id)).collect();
        members.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        members.insert("title".to_owned(), "Settings of npm-preflight".into());
        members.insert("$defs".to_owned(), serde_json::json!({ "rule": { "enum": names } }));
    }
    format!("{schema:#}\n")
}

fn unknown_key(key: &str, span: Span, keys: &[Key]) -> Fault {
    let begun = keys.iter().map(|known| known.name).find(|known| key.len() > 1 && known.starts_with(key));
    let nearest = begun.or_else(|| rules::most_similar(key, keys.iter().map(|key| key.name)));
    let hint = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the settings here are {}", quoted(&keys.iter().map(|key| key.name).collect::<Vec<_>>())),
    };
    Fault::new(span, format!("`{key}` is not a setting; {hint}"))
}

/// `a`, `b` or `c`.
fn quoted(words: &[&str]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        text.push_str(match at {
            0 => "",
            _ if at + 1 == words.len() => " or ",
            _ => ", ",
        });
        text.push('`');
        text.push_str(word);
        text.push('`');
    }
    text
}

/// Every key of every table.
#[cfg(test)]
pub(super) fn keys() -> Vec<&'static str> {
    fn below(shape: &'static Shape, keys: &mut Vec<&'static str>) {
        match shape {
            Shape::Table(own) => {
                for key in *own {
                    keys.push(key.name);
                    below(key.shape, keys);
                }
            }
            Shape::List(shape) | Shape::OneOrMore(shape) | Shape::Map(_, shape) => below(shape, keys),
            _ => {}
        }
    }
    let mut keys = Vec::new();
    below(&SETTINGS, &mut keys);
    keys
}
