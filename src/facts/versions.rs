//! The versions of a packument in little memory: a release of hundreds of packages holds hundreds of thousands of them.

use std::collections::BTreeMap;

use crate::facts::Published;

/// Version -> what is known of it, by the registry's text and in its order as text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// All texts without anything between them.
    texts: Box<str>,
    /// Where each ends, and what is known of it.
    entries: Box<[(u32, Published)]>,
}

impl Versions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, Published)> {
        (0..self.entries.len()).filter_map(|at| self.at(at))
    }

    /// The texts.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.iter().map(|(version, _)| version)
    }

    /// What is known of the version with this very text.
    pub fn get(&self, version: &str) -> Option<Published> {
        let (mut from, mut to) = (0, self.entries.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            let (text, published) = self.at(middle)?;
            match text.cmp(version) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return Some(published),
            }
        }
        None
    }

    /// Whether there is one with this very text.
    pub fn contains(&self, version: &str) -> bool {
        self.get(version).is_some()
    }

    /// What they take of the memory, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.texts.len() + size_of_val(&*self.entries)
    }

    fn at(&self, at: usize) -> Option<(&str, Published)> {
        let (end, published) = *self.entries.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.entries.get(before)).map_or(0, |(end, _)| *end);
        Some((self.texts.get(start as usize..end as usize)?, published))
    }
}

impl From<BTreeMap<String, Published>> for Versions {
    fn from(versions: BTreeMap<String, Published>) -> Self {
        let mut texts = String::with_capacity(versions.keys().map(String::len).sum());
        let entries = versions.into_iter().map_while(|(version, published)| {
            texts.push_str(&version);
            Some((u32::try_from(texts.len()).ok()?, published))
        });
        let entries = entries.collect();
        Self { texts: texts.into_boxed_str(), entries }
    }
}

impl std::fmt::Debug for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_compact_form_equals_the_map_it_was_built_from(
            map in proptest::collection::btree_map("[0-9a-c.é-]{0,6}", any::<(bool, bool, bool, bool, bool)>(), 0..20),
            other in "[0-9a-c.é-]{0,6}",
        ) {
            let published = |(deprecated, trusted, approved, provenance, dual_use)| Published {
                deprecated, trusted, approved, provenance, dual_use,
            };
            let map: BTreeMap<_, _> = map.into_iter().map(|(version, known)| (version, published(known))).collect();
            let versions = Versions::from(map.clone());
            prop_assert_eq!(versions.get(&other), map.get(&other).copied());
            for (version, known) in &map {
                prop_assert_eq!(versions.get(version), Some(*known));
            }
            prop_assert_eq!((versions.len(), versions.is_empty()), (map.len(), map.is_empty()));
            let all: Vec<_> = map.iter().map(|(version, known)| (version.as_str(), *known)).collect();
            prop_assert_eq!(versions.iter().collect::<Vec<_>>(), all);
        }
    }
}
