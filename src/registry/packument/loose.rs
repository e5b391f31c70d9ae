//! A value of a packument that may be anything: old documents hold what no registry takes today. Kept as far as a rule
//! may want to know, and never more of it than the run's memory has room for.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::registry::budget::{ENTRY, Share};

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

/// A text is there twice while what was read becomes a packument.
const COPIES: usize = 2;

/// What a map with a single entry takes besides that entry, in bytes: a node has room for eleven.
const NODE: usize = 640;

/// Whether there is room for an entry with a text of that length.
pub(super) fn charge(share: &Share, length: usize) -> bool {
    share.take(length.saturating_mul(COPIES).saturating_add(ENTRY))
}

/// # Errors
/// When there was no room.
fn need<E: serde::de::Error>(is_there: bool) -> Result<(), E> {
    if is_there { Ok(()) } else { Err(E::custom("no memory is left for it")) }
}

/// Reads a key that is kept.
#[derive(Clone, Copy)]
pub(super) struct Key<'b>(pub(super) &'b Share);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<String, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        need(charge(self.0, text.len()))?;
        Ok(text.to_owned())
    }
}

/// Reads a [`Loose`] value, looking into lists and maps to a depth.
#[derive(Clone, Copy)]
pub(super) struct Depth<'b>(pub(super) u8, pub(super) &'b Share);

impl<'de> DeserializeSeed<'de> for Depth<'_> {
    type Value = Loose;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Loose, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth<'_> {
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
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Loose, E> {
        need(charge(self.1, text.len()))?;
        Ok(Loose::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
        let Some(depth) = self.0.checked_sub(1) else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Loose::Other);
        };
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(Self(depth, self.1))? {
            need(charge(self.1, 0))?;
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
        while let Some(key) = map.next_key_seed(Key(self.1))? {
            if texts.is_empty() {
                need(self.1.take(NODE))?;
            }
            texts.insert(key, map.next_value_seed(Self(depth, self.1))?);
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
