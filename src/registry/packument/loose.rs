//! A value of a packument that may be anything: old documents hold what no registry takes today. Kept as far as a rule
//! may want to know, and never more of it than any package has.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value of which only little matters.
pub(super) enum Loose {
    /// A text.
    Text(String),
    /// A list, or a map that is not looked into.
    Other,
    /// What JavaScript takes for false.
    Falsy,
    /// `true`, or a number.
    Truthy,
    /// A map: the texts in it.
    Texts(BTreeMap<String, Loose>),
    /// A list.
    List(Vec<Loose>),
}

/// No package has had a tenth of so many versions; more would only fill the memory.
pub(super) const MOST_ENTRIES: usize = 200_000;

/// # Errors
/// When a map or list holds as much as may be kept.
pub(super) fn room<E: serde::de::Error>(kept: usize) -> Result<(), E> {
    if kept < MOST_ENTRIES { Ok(()) } else { Err(E::custom("more entries than any package has")) }
}

/// Reads a [`Loose`] value, looking into lists and maps to a depth.
#[derive(Clone, Copy)]
pub(super) struct Depth(pub(super) u8);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Loose;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Loose, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Loose;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Falsy)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Loose, E> {
        Ok(if value { Loose::Truthy } else { Loose::Falsy })
    }
    fn visit_u64<E>(self, value: u64) -> Result<Loose, E> {
        Ok(if value == 0 { Loose::Falsy } else { Loose::Truthy })
    }
    fn visit_i64<E>(self, _: i64) -> Result<Loose, E> {
        Ok(Loose::Truthy)
    }
    fn visit_f64<E>(self, value: f64) -> Result<Loose, E> {
        Ok(if value == 0.0 { Loose::Falsy } else { Loose::Truthy })
    }
    fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
        let Some(depth) = self.0.checked_sub(1) else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Loose::Other);
        };
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(Self(depth))? {
            room(list.len())?;
            list.push(value);
        }
        Ok(Loose::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        let Some(depth) = self.0.checked_sub(1) else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Loose::Other);
        };
        let mut texts = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            room(texts.len())?;
            texts.insert(key, map.next_value_seed(Self(depth))?);
        }
        Ok(Loose::Texts(texts))
    }
}

impl Loose {
    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Falsy => false,
            Self::Truthy | Self::Other | Self::Texts(_) | Self::List(_) => true,
        }
    }

    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}
