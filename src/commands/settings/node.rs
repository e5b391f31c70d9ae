//! Settings as they are written, in npm-preflight.toml or under a key of package.json: one kind of value for both, each with
//! its place.

use toml::Spanned;
use toml::de::DeValue;

use crate::text::json::{self, Type};
use crate::text::source::Span;

/// A value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    /// Of a TOML file.
    Toml(&'a Spanned<DeValue<'a>>),
    /// Of package.json.
    Json(json::Value<'a>),
}

/// A member of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    /// The key as it is written.
    pub(super) key_span: Span,
    pub(super) value: Node<'a>,
}

impl<'a> Node<'a> {
    /// Where it is.
    pub(super) fn span(self) -> Span {
        match self {
            Self::Toml(value) => span(value),
            Self::Json(value) => value.span(),
        }
    }

    /// Its text.
    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Self::Toml(value) => value.get_ref().as_str(),
            Self::Json(value) => value.as_str(),
        }
    }

    /// The text of a date, which TOML writes without quotes.
    pub(super) fn date(self) -> Option<String> {
        match self {
            Self::Toml(value) if let Some(date) = value.get_ref().as_datetime() => Some(date.to_string()),
            _ => self.text().map(str::to_owned),
        }
    }

    /// Whether it is on.
    pub(super) fn switch(self) -> Option<bool> {
        match self {
            Self::Toml(value) => value.get_ref().as_bool(),
            Self::Json(value) => value.as_bool(),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Toml(value) => {
                let number = value.get_ref().as_integer()?;
                u64::from_str_radix(number.as_str(), number.radix()).ok()
            }
            // What JavaScript prints of it has no point where it is whole.
            Self::Json(value) => value.as_number()?.to_string().parse().ok(),
        }
    }

    /// The elements of a list.
    pub(super) fn elements(self) -> Option<Vec<Self>> {
        match self {
            Self::Toml(value) => Some(value.get_ref().as_array()?.iter().map(Self::Toml).collect()),
            Self::Json(value) if value.type_of() == Type::Array => Some(value.elements().map(Self::Json).collect()),
            Self::Json(_) => None,
        }
    }

    /// The members of a table in the order of the text; of duplicates, which only JSON can have, the last one.
    pub(super) fn members(self) -> Option<Vec<Member<'a>>> {
        let mut members: Vec<Member<'a>> = match self {
            Self::Toml(value) => {
                let members = value.get_ref().as_table()?.iter();
                let member = |(key, value): (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
                    let key_span = Span::new(key.span().start, key.span().end);
                    Member { key: key.get_ref().as_ref(), key_span, value: Self::Toml(value) }
                };
                members.map(member).collect()
            }
            Self::Json(value) if value.type_of() == Type::Object => {
                let members = value.members().filter(|member| {
                    let last = value.member(member.key);
                    last.is_some_and(|last| last.key_span == member.key_span)
                });
                let member = |member: json::Member<'a>| Member {
                    key: member.key,
                    key_span: member.key_span,
                    value: Self::Json(member.value),
                };
                members.map(member).collect()
            }
            Self::Json(_) => return None,
        };
        members.sort_by_key(|member| member.key_span.start);
        Some(members)
    }

    /// The member of a table with this key.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        match self {
            Self::Toml(value) => value.get_ref().as_table()?.get(key).map(Self::Toml),
            Self::Json(value) => value.get(key).map(Self::Json),
        }
    }
}

fn span(value: &Spanned<DeValue<'_>>) -> Span {
    Span::new(value.span().start, value.span().end)
}
