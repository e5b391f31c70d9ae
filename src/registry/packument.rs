//! Reading a packument as it arrives. A packument can be tens of megabytes of which a few kilobytes matter, so only
//! those are ever kept, and a single odd field never spoils the rest: packuments hold whatever publishers and other
//! registries put into them over fifteen years.

mod loose;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use loose::{Budget, Depth, Key, Loose};

use super::body;
use crate::facts::{Packument, Published, Unpublished};

/// What a JSON document turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Document {
    /// A packument.
    Packument(Packument),
    /// Something else; the text says what, as in "the URL …".
    Other(String),
}

/// Reads one JSON document to its end, while it arrives.
///
/// # Errors
/// When it is not JSON, or the reader fails.
pub fn read(reader: impl Read) -> serde_json::Result<Document> {
    decode(serde_json::Deserializer::from_reader(reader))
}

/// Reads one JSON document that is there as a whole, in half the time.
///
/// # Errors
/// When it is not JSON.
pub fn read_whole(bytes: &[u8]) -> serde_json::Result<Document> {
    decode(serde_json::Deserializer::from_slice(bytes))
}

fn decode<'de>(mut json: serde_json::Deserializer<impl serde_json::de::Read<'de>>) -> serde_json::Result<Document> {
    let budget = Budget::new();
    match Draft::new(&budget).deserialize(&mut json) {
        Err(_) if budget.is_spent() => {
            let problem = "answered 200 with a document that lists more than any package has, so it was not read on";
            Ok(Document::Other(problem.to_owned()))
        }
        draft => {
            let draft = draft?;
            json.end()?;
            Ok(draft.finish())
        }
    }
}

/// What a visitor makes of every scalar but `null`, where it makes the same of all of them.
macro_rules! scalars {
    ($value:ty, $made:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<$value, E> {
            Ok($made)
        }
        fn visit_u64<E>(self, _: u64) -> Result<$value, E> {
            Ok($made)
        }
        fn visit_i64<E>(self, _: i64) -> Result<$value, E> {
            Ok($made)
        }
        fn visit_f64<E>(self, _: f64) -> Result<$value, E> {
            Ok($made)
        }
        fn visit_str<E>(self, _: &str) -> Result<$value, E> {
            Ok($made)
        }
    };
}

/// The `versions` of a packument: every value of the map is looked through for what [`Published`] keeps.
struct VersionMap<'b>(&'b Budget);

/// `None`: neither a map nor nothing.
type MaybeVersions = Option<BTreeMap<String, Published>>;

impl<'de> DeserializeSeed<'de> for VersionMap<'_> {
    type Value = MaybeVersions;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<MaybeVersions, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for VersionMap<'_> {
    type Value = MaybeVersions;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("versions")
    }
    fn visit_unit<E>(self) -> Result<MaybeVersions, E> {
        Ok(Some(BTreeMap::new()))
    }
    scalars!(MaybeVersions, None);
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<MaybeVersions, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaybeVersions, A::Error> {
        let mut versions = BTreeMap::new();
        while let Some(version) = map.next_key_seed(Key(self.0))? {
            versions.insert(version, map.next_value_seed(Manifest(self.0))?);
        }
        Ok(Some(versions))
    }
}

/// A version's manifest.
struct Manifest<'b>(&'b Budget);

impl<'de> DeserializeSeed<'de> for Manifest<'_> {
    type Value = Published;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Published, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Manifest<'_> {
    type Value = Published;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }
    fn visit_unit<E>(self) -> Result<Published, E> {
        Ok(Published::default())
    }
    scalars!(Published, Published::default());
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Published, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Published::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Published, A::Error> {
        let mut published = Published::default();
        while let Some(key) = map.next_key_seed(OneOf(&["deprecated", "_npmUser"]))? {
            match key {
                Some("deprecated") => {
                    let value = self.0.lend(|| map.next_value_seed(Depth(0, self.0)))?;
                    published.deprecated = value.is_truthy();
                }
                Some(_) => {
                    let user = self.0.lend(|| map.next_value_seed(Depth(1, self.0)))?;
                    published.trusted = matches!(user, Loose::Texts(user) if user.contains_key("trustedPublisher"));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(published)
    }
}

/// Which of some keys it is, without keeping the others.
struct OneOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = Option<&'static str>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = Option<&'static str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|key| *key == text))
    }
}

/// What has been read of a document.
struct Draft<'b> {
    budget: &'b Budget,
    packument: Packument,
    /// Whether anything in it marks it as a packument.
    recognised: bool,
    /// What is wrong with it.
    problem: Option<String>,
}

impl<'de> DeserializeSeed<'de> for Draft<'_> {
    type Value = Self;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Draft<'_> {
    type Value = Self;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.recognised |= matches!(key.as_str(), "name" | "_id" | "versions" | "dist-tags" | "time");
            match key.as_str() {
                "versions" => match map.next_value_seed(VersionMap(self.budget))? {
                    Some(versions) => self.packument.versions = versions.into(),
                    None => self.problem = Some("answered 200 with `versions` that are not a map".to_owned()),
                },
                "dist-tags" => self.packument.dist_tags = texts(map.next_value_seed(Depth(1, self.budget))?).collect(),
                "time" => self.time(map.next_value_seed(Depth(3, self.budget))?),
                "maintainers" => self.packument.maintainers = names(map.next_value_seed(Depth(2, self.budget))?),
                "error" | "message" => {
                    if let Some(words) = map.next_value_seed(Depth(0, self.budget))?.into_text() {
                        self.problem
                            .get_or_insert_with(|| format!("answered 200 with an error ({})", body::tidy(&words)));
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(self)
    }
}

impl<'b> Draft<'b> {
    fn new(budget: &'b Budget) -> Self {
        Self { budget, packument: Packument::default(), recognised: false, problem: None }
    }

    /// A map of texts, except for `unpublished`.
    fn time(&mut self, time: Loose) {
        let Loose::Texts(mut times) = time else { return };
        self.packument.unpublished = times.remove("unpublished").filter(Loose::is_truthy).map(|unpublished| {
            let Loose::Texts(mut fields) = unpublished else {
                return Unpublished { time: unpublished.into_text(), versions: Vec::new() };
            };
            Unpublished {
                time: fields.remove("time").and_then(Loose::into_text),
                versions: match fields.remove("versions") {
                    Some(Loose::List(list)) => list.into_iter().filter_map(Loose::into_text).collect(),
                    Some(Loose::Texts(map)) => map.into_keys().collect(),
                    _ => Vec::new(),
                },
            }
        });
        let times = texts(Loose::Texts(times)).map(|(key, _)| key);
        self.packument.gone = times.filter(|key| key != "created" && key != "modified").collect();
    }

    fn finish(mut self) -> Document {
        self.packument.gone.retain(|version| !self.packument.versions.contains(version));
        self.packument.gone.shrink_to_fit();
        match self.problem {
            Some(problem) if !self.recognised || self.packument.versions.is_empty() => Document::Other(problem),
            None if !self.recognised => {
                Document::Other("answered 200 with JSON that is not a package's document".to_owned())
            }
            _ => Document::Packument(self.packument),
        }
    }
}

fn texts(value: Loose) -> impl Iterator<Item = (String, String)> {
    let map = if let Loose::Texts(map) = value { map } else { BTreeMap::new() };
    map.into_iter().filter_map(|(key, value)| Some((key, value.into_text()?)))
}

/// `[{"name": "alice", "email": …}]`, or `["alice <alice@example.com>"]`.
fn names(value: Loose) -> Option<Vec<String>> {
    let Loose::List(list) = value else { return None };
    let name = |person: Loose| match person {
        Loose::Text(text) => Some(text.split('<').next().unwrap_or_default().trim().to_owned()),
        Loose::Texts(mut fields) => fields.remove("name").and_then(Loose::into_text),
        _ => None,
    };
    Some(list.into_iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packument(json: &str) -> Packument {
        match read(json.as_bytes()) {
            Ok(Document::Packument(packument)) => packument,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_would_fill_the_memory_is_not_kept() {
        let entries = |count: u32, value: &str| {
            let entries: Vec<_> = (0..count).map(|at| format!("\"{at}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        };
        let nested = entries(1_000, &entries(1_000, "1"));
        let many = entries(600_000, "1");
        let list = format!("[{}1]", "1,".repeat(600_000));
        for (field, value) in [("versions", &many), ("time", &nested), ("dist-tags", &many), ("maintainers", &list)] {
            let document = read(format!(r#"{{"_id":"n","{field}":{value}}}"#).as_bytes());
            let Ok(Document::Other(problem)) = document else { panic!("{field} was kept") };
            assert!(problem.contains("more than any package has"), "{problem}");
        }
    }

    #[test]
    fn many_versions_are_kept() {
        let user = r#"{"name":"alice","email":"alice@example.com"}"#;
        let version = format!(r#"{{"deprecated":"{}","_npmUser":{user}}}"#, "old ".repeat(50));
        let list = |value: &str| (0..100_000).map(|at| format!(r#""1.0.{at}":{value}"#)).collect::<Vec<_>>().join(",");
        let (versions, times) = (list(&version), list(r#""2026-01-01T00:00:00.000Z""#));
        let packument = packument(&format!(r#"{{"versions":{{{versions}}},"time":{{{times}}}}}"#));
        assert_eq!((packument.versions.len(), packument.gone.len()), (100_000, 0));
    }

    #[test]
    fn what_rules_need_is_kept_and_the_rest_passed_over() {
        let packument = packument(
            r#"{"_id":"n","readme":"\ud800 odd","dist-tags":{"latest":"1.2.0","odd":7},
            "versions":{"1.0.0":{"deprecated":"old","dist":{"signatures":[{"sig":"x"}]}},"1.1.0":{"deprecated":"","_npmUser":{"name":"a"}},
                "1.2.0":{"_npmUser":{"name":"CI","trustedPublisher":{"id":"github"}},"deprecated":false},"1.3.0":null,"1.4.0":{"deprecated":true}},
            "time":{"created":"a","modified":"b","1.0.0":"c","0.9.0":"2020-01-01T00:00:00.000Z","odd":["x"]},
            "maintainers":[{"name":"alice","email":"a@example.com"},"bob <b@example.com>",null]}"#,
        );
        let deprecated: Vec<_> = packument.versions.iter().map(|(_, version)| version.deprecated).collect();
        assert_eq!(deprecated, [true, false, false, false, true]);
        let trusted: Vec<_> = packument.versions.iter().filter(|(_, version)| version.trusted).collect();
        assert_eq!(trusted.into_iter().map(|(version, _)| version).collect::<Vec<_>>(), ["1.2.0"]);
        assert_eq!(packument.dist_tags.len(), 1);
        assert_eq!(packument.gone, ["0.9.0"]);
        assert_eq!(packument.maintainers, Some(vec!["alice".to_owned(), "bob".to_owned()]));
        assert_eq!(packument.unpublished, None);
    }

    #[test]
    fn a_package_that_was_unpublished_as_a_whole_keeps_its_versions_in_time() {
        let packument = packument(
            r#"{"_id":"n","time":{"created":"a","0.6.22":"c","unpublished":{"name":"alice","time":"2016-12-07T16:28:02.949Z",
            "tags":{"latest":"0.6.23"},"maintainers":[{"name":"alice"}],"versions":["0.6.22","0.6.23"]}}}"#,
        );
        let unpublished = packument.unpublished.expect("unpublished");
        assert_eq!(unpublished.time.as_deref(), Some("2016-12-07T16:28:02.949Z"));
        assert_eq!(unpublished.versions, ["0.6.22", "0.6.23"]);
        assert!(packument.versions.is_empty() && packument.gone == ["0.6.22"]);
    }

    #[test]
    fn what_is_not_a_packument_is_not_an_empty_one() {
        for json in [r#"{"error":"not_found"}"#, "{}", r#"{"name":"n","versions":["1.0.0"]}"#] {
            assert!(matches!(read(json.as_bytes()), Ok(Document::Other(_))), "{json}");
        }
        for json in ["[]", "<html>", r#"{"versions":{"1.0.0":{"#, "{} x"] {
            assert!(read(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn fields_of_odd_types_spoil_nothing_else() {
        let packument =
            packument(r#"{"versions":{"1.0.0":[1,{"a":2}]},"dist-tags":[[1]],"time":"x","maintainers":{"name":"a"}}"#);
        assert_eq!(packument.versions.len(), 1);
        assert_eq!(packument.maintainers, None);
    }
}
