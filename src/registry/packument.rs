//! Reading a packument as it arrives. A packument can be tens of megabytes of which a few kilobytes matter, so only
//! those are ever kept, and a single odd field never spoils the rest: packuments hold whatever publishers and other
//! registries put into them over fifteen years.

mod loose;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use loose::{Depth, Key, Loose};

use super::body;
use super::budget::{Budget, Share};
use crate::facts::{Ask, DUAL_USE, Dated, Packument, Published, Question, Recent, Unpublished, Versions};
use crate::npm::version::Version;

/// What follows "the URL" where an answer is not read, or not read on.
pub(super) const TOO_LARGE: &str = "sent an answer that is too large to read";

/// What a JSON document turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Document {
    /// A packument.
    Packument(Packument),
    /// Something else; the text says what, as in "the URL …".
    Other(String),
}

/// What a document is read for. By default: everything in it, whichever package it is about.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The package that was asked for.
    name: Option<String>,
    /// Versions and dist-tags are all that is wanted.
    is_short: bool,
    /// What it may take of the run's memory.
    budget: Budget,
}

impl Terms {
    /// For the answer to a question.
    pub(super) fn of(question: &Question, budget: &Budget) -> Self {
        let name = question.subject.replacen("%2f", "/", 1);
        Self { name: Some(name), is_short: question.ask == Ask::Versions, budget: budget.clone() }
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Whether a document with this name is about another package. Old names have capitals, and not every registry
    /// keeps them.
    fn exclude(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(name))
    }
}

/// Reads one JSON document to its end, while it arrives.
///
/// # Errors
/// When it is not JSON, or the reader fails.
pub fn read(reader: impl Read, terms: &Terms) -> serde_json::Result<Document> {
    decode(serde_json::Deserializer::from_reader(reader), terms)
}

/// Reads one JSON document that is there as a whole, in half the time.
///
/// # Errors
/// When it is not JSON.
pub fn read_whole(bytes: &[u8], terms: &Terms) -> serde_json::Result<Document> {
    decode(serde_json::Deserializer::from_slice(bytes), terms)
}

fn decode<'de>(
    mut json: serde_json::Deserializer<impl serde_json::de::Read<'de>>,
    terms: &Terms,
) -> serde_json::Result<Document> {
    let share = terms.budget.share();
    match Draft::new(terms, &share).deserialize(&mut json) {
        Err(_) if share.is_refused() => Ok(Document::Other(TOO_LARGE.to_owned())),
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
struct VersionMap<'b>(&'b Share);

/// `None`: it is not a map.
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
        Ok(None)
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
struct Manifest<'b>(&'b Share);

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
        while let Some(key) = map.next_key_seed(OneOf(&["deprecated", "_npmUser", "dist", "contentPolicy"]))? {
            match key {
                Some("deprecated") => {
                    let value = self.0.lend(|| map.next_value_seed(Depth(0, self.0)))?;
                    published.deprecated = value.is_truthy();
                }
                Some("dist") => published.provenance = map.next_value_seed(Dist(self.0))?,
                Some("contentPolicy") => {
                    if let Loose::Texts(mut policy) = self.0.lend(|| map.next_value_seed(Depth(1, self.0)))? {
                        let class = policy.remove("class").and_then(Loose::into_text);
                        published.dual_use = class.as_deref() == Some(DUAL_USE);
                    }
                }
                Some(_) => {
                    if let Loose::Texts(user) = self.0.lend(|| map.next_value_seed(Depth(1, self.0)))? {
                        published.trusted = user.contains_key("trustedPublisher");
                        published.approved = user.contains_key("approver");
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(published)
    }
}

/// A version's `dist`: whether the registry has attestations for it.
struct Dist<'b>(&'b Share);

impl<'de> DeserializeSeed<'de> for Dist<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Dist<'_> {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a `dist`")
    }
    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
    scalars!(bool, false);
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut has_attestations = false;
        while let Some(key) = map.next_key_seed(OneOf(&["attestations"]))? {
            match key {
                Some(_) => {
                    has_attestations = self.0.lend(|| map.next_value_seed(Depth(0, self.0)))?.is_truthy();
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(has_attestations)
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
    terms: &'b Terms,
    share: &'b Share,
    packument: Packument,
    /// Version, or what else has a time, and when.
    times: Option<Vec<(String, String)>>,
    /// Whether anything in it marks it as a packument.
    recognised: bool,
    has_versions: bool,
    /// Why it cannot be used, whatever else is in it.
    flaw: Option<String>,
    /// What it says of an error, which counts where it has no versions.
    error: Option<String>,
}

/// The keys that are looked at.
const KEYS: &[&str] = &["name", "_id", "versions", "dist-tags", "time", "maintainers", "error", "message"];

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
        while let Some(key) = map.next_key_seed(OneOf(KEYS))? {
            self.recognised |= matches!(key, Some("name" | "_id" | "versions" | "dist-tags" | "time"));
            match key {
                Some("name") => {
                    let name = self.share.lend(|| map.next_value_seed(Depth(0, self.share)))?.into_text();
                    if let Some(name) = name.filter(|name| self.terms.exclude(name)) {
                        let other = body::tidy(&name);
                        self.flaw = Some(format!("answered 200 with another package's document (`{other}`)"));
                    }
                }
                Some("versions") => match map.next_value_seed(VersionMap(self.share))? {
                    Some(versions) => {
                        self.has_versions = true;
                        self.packument.versions = versions.into();
                    }
                    None => self.flaw = Some("answered 200 with `versions` that is not an object".to_owned()),
                },
                Some("dist-tags") => match map.next_value_seed(Depth(1, self.share))? {
                    Loose::Texts(tags) => self.packument.dist_tags = texts(tags).collect(),
                    _ => self.flaw = Some("answered 200 with `dist-tags` that is not an object".to_owned()),
                },
                Some("time") => match map.next_value_seed(Depth(3, self.share))? {
                    Loose::Texts(times) => self.time(times),
                    _ => self.flaw = Some("answered 200 with a `time` that is not an object".to_owned()),
                },
                Some("maintainers") if !self.terms.is_short => {
                    self.packument.maintainers = names(map.next_value_seed(Depth(2, self.share))?);
                }
                Some("error" | "message") => {
                    if let Some(words) = self.share.lend(|| map.next_value_seed(Depth(0, self.share)))?.into_text() {
                        self.error
                            .get_or_insert_with(|| format!("answered 200 with an error ({})", body::tidy(&words)));
                    }
                }
                Some(_) | None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(self)
    }
}

impl<'b> Draft<'b> {
    fn new(terms: &'b Terms, share: &'b Share) -> Self {
        Self {
            terms,
            share,
            packument: Packument::default(),
            times: None,
            recognised: false,
            has_versions: false,
            flaw: None,
            error: None,
        }
    }

    /// A map of texts, except for `unpublished`.
    fn time(&mut self, mut times: BTreeMap<String, Loose>) {
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
        self.times = Some(texts(times).filter(|(key, _)| key != "created" && key != "modified").collect());
    }

    fn finish(self) -> Document {
        let Self { terms, mut packument, times, recognised, has_versions, flaw, error, .. } = self;
        let problem = match (flaw, error) {
            (Some(flaw), _) => Some(flaw),
            (None, Some(error)) if !recognised || packument.versions.is_empty() => Some(error),
            _ if !recognised => Some("answered 200 with JSON that is not a package's document".to_owned()),
            _ if !has_versions && packument.unpublished.is_none() => {
                Some("answered 200 with a package's document that has no `versions`".to_owned())
            }
            _ => None,
        };
        if let Some(problem) = problem {
            return Document::Other(problem);
        }
        if terms.is_short {
            packument.unpublished = packument.unpublished.map(|_| Unpublished::default());
        } else if let Some(times) = times {
            packument.recent = Box::new(recent(&packument.versions, &times));
            let gone = times.into_iter().map(|(version, _)| version);
            let mut gone: Vec<_> = gone.filter(|version| !packument.versions.contains(version)).collect();
            gone.shrink_to_fit();
            packument.gone = Some(gone);
        }
        Document::Packument(packument)
    }
}

/// The times are compared as texts: registries write all of them in one form.
fn recent(versions: &Versions, times: &[(String, String)]) -> Recent {
    let mut recent = [None; 3];
    for (version, time) in times {
        let Some(published) = versions.get(version) else { continue };
        let is_witness = published.trusted && published.provenance;
        let is_stable = !version.split('+').next().unwrap_or_default().contains('-');
        for (newest, counts) in recent.iter_mut().zip([true, is_witness, is_witness && is_stable]) {
            if counts && newest.is_none_or(|known| is_newer((version, time), known)) {
                *newest = Some((version, time));
            }
        }
    }
    let [any, witness, stable_witness] = recent.map(|newest: Option<(&String, &String)>| {
        newest.map(|(version, time)| Dated { version: version.clone(), time: time.clone() })
    });
    Recent { any, witness, stable_witness }
}

/// Of two that were published at the same time the higher one.
fn is_newer((version, time): (&str, &str), (known, known_time): (&String, &String)) -> bool {
    let rank = |version: &str| Version::valid(version, false);
    time.cmp(known_time).then_with(|| rank(version).cmp(&rank(known))).then_with(|| version.cmp(known)).is_gt()
}

fn texts(map: BTreeMap<String, Loose>) -> impl Iterator<Item = (String, String)> {
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
        match read(json.as_bytes(), &Terms::default()) {
            Ok(Document::Packument(packument)) => packument,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn documents_beyond_the_memory_budget_are_not_cached() {
        let entries = |count: u32, value: &str| {
            let entries: Vec<_> = (0..count).map(|at| format!("\"{at}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        };
        let nested = entries(1_000, &entries(1_000, "1"));
        let many = entries(600_000, "1");
        let list = format!("[{}1]", "1,".repeat(600_000));
        let people = format!("[{}1]", r#"{"name":1},"#.repeat(80_000));
        let fields = [
            ("versions", &many),
            ("time", &nested),
            ("dist-tags", &many),
            ("maintainers", &list),
            ("maintainers", &people),
        ];
        for (field, value) in fields {
            let document = format!(r#"{{"_id":"n","{field}":{value}}}"#);
            let document = read(document.as_bytes(), &Terms::default());
            let Ok(Document::Other(problem)) = document else { panic!("{field} was kept") };
            assert!(problem.contains("too large"), "{problem}");
        }
    }

    #[test]
    fn many_versions_are_kept() {
        let user = r#"{"name":"alice","email":"alice@example.com"}"#;
        let version = format!(r#"{{"deprecated":"{}","_npmUser":{user}}}"#, "old ".repeat(50));
        let list = |value: &str| (0..100_000).map(|at| format!(r#""1.0.{at}":{value}"#)).collect::<Vec<_>>().join(",");
        let (versions, times) = (list(&version), list(r#""2026-01-01T00:00:00.000Z""#));
        let packument = packument(&format!(r#"{{"versions":{{{versions}}},"time":{{{times}}}}}"#));
        assert_eq!((packument.versions.len(), packument.gone), (100_000, Some(vec![])));
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
        assert_eq!(packument.gone, Some(vec!["0.9.0".to_owned()]));
        assert_eq!(packument.maintainers, Some(vec!["alice".to_owned(), "bob".to_owned()]));
        assert_eq!(packument.unpublished, None);
    }

    #[test]
    fn the_newest_versions_are_known_by_their_times() {
        let by = |also: &str| format!(r#"{{"_npmUser":{{"trustedPublisher":{{"id":"github"}}}},"dist":{{{also}}}}}"#);
        let (trusted, attested) = (by(""), by(r#""attestations":{"url":"u"}"#));
        let packument = packument(&format!(
            r#"{{"_id":"n","time":{{"created":"9","2.0.0":"2026-01-05","1.0.0":"2026-01-01","1.1.0-rc.1":"2026-01-03",
                "1.1.0":"2026-01-02","1.2.0":"2026-01-04","0.9.0":"2026-01-06"}},
            "versions":{{"1.0.0":{attested},"1.1.0":{attested},"1.1.0-rc.1":{attested},"1.2.0":{trusted},"2.0.0":{{}}}}}}"#
        ));
        let dated = |version: &str, time: &str| Some(Dated { version: version.to_owned(), time: time.to_owned() });
        let recent = Recent {
            any: dated("2.0.0", "2026-01-05"),
            witness: dated("1.1.0-rc.1", "2026-01-03"),
            stable_witness: dated("1.1.0", "2026-01-02"),
        };
        assert_eq!((*packument.recent, packument.gone), (recent, Some(vec!["0.9.0".to_owned()])));
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
        assert!(packument.versions.is_empty());
        assert_eq!(packument.gone, Some(vec!["0.6.22".to_owned()]));
    }

    #[test]
    fn what_is_not_a_packument_is_not_an_empty_one() {
        for json in [
            r#"{"error":"not_found"}"#,
            "{}",
            r#"{"name":"n"}"#,
            r#"{"name":"n","versions":["1.0.0"]}"#,
            r#"{"name":"n","versions":null}"#,
            r#"{"versions":{"1.0.0":{}},"dist-tags":[["latest"]]}"#,
            r#"{"versions":{"1.0.0":{}},"time":"x"}"#,
        ] {
            assert!(matches!(read(json.as_bytes(), &Terms::default()), Ok(Document::Other(_))), "{json}");
        }
        for json in ["[]", "<html>", r#"{"versions":{"1.0.0":{"#, "{} x"] {
            assert!(read(json.as_bytes(), &Terms::default()).is_err(), "{json}");
        }
    }

    #[test]
    fn odd_fields_that_no_rule_relies_on_spoil_nothing() {
        let packument = packument(r#"{"versions":{"1.0.0":[1,{"a":2}]},"readme":[[1]],"maintainers":{"name":"a"}}"#);
        assert_eq!(packument.versions.len(), 1);
        assert_eq!((packument.maintainers, packument.gone), (None, None));
    }

    fn terms(ask: Ask, subject: &str) -> Terms {
        let question = Question { ask, registry: String::new(), subject: subject.to_owned(), credential: None };
        Terms::of(&question, &Budget::default())
    }

    #[test]
    fn a_document_of_another_package_is_no_answer() {
        for (subject, name, is_read) in
            [("@s%2fp", "@s/p", true), ("p", "P", true), ("p", "@s/p", false), ("p", "other", false)]
        {
            let json = format!(r#"{{"name":"{name}","versions":{{"1.0.0":{{}}}}}}"#);
            let document = read_whole(json.as_bytes(), &terms(Ask::Packument, subject)).unwrap();
            assert_eq!(matches!(document, Document::Packument(_)), is_read, "{subject}: {document:?}");
        }
    }

    #[test]
    fn of_a_dependency_only_versions_and_tags_are_kept() {
        let json = br#"{"name":"p","versions":{"1.0.0":{"deprecated":"x"}},"dist-tags":{"latest":"1.0.0"},
            "time":{"0.9.0":"x"},"maintainers":[{"name":"alice"}]}"#;
        let Ok(Document::Packument(short)) = read_whole(json, &terms(Ask::Versions, "p")) else { panic!("not read") };
        assert_eq!((short.versions.len(), short.dist_tags.len()), (1, 1));
        assert_eq!((short.gone, short.maintainers, short.unpublished), (None, None, None));
    }

    #[test]
    fn documents_of_one_run_share_its_memory() {
        let versions: Vec<_> = (0..1000).map(|at| format!(r#""1.0.{at}":{{}}"#)).collect();
        let json = format!(r#"{{"versions":{{{}}}}}"#, versions.join(","));
        let terms = Terms { budget: Budget::of(150_000), ..Terms::default() };
        let is_read = || matches!(read_whole(json.as_bytes(), &terms), Ok(Document::Packument(_)));
        assert!(is_read() && is_read(), "what reading takes is given back");
        assert!(terms.budget.keep(50_000));
        assert!(!is_read());
    }
}
