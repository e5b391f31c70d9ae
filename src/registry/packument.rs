//! Reading a packument as it arrives. A packument can be tens of megabytes of which a few kilobytes matter, so only
//! those are ever kept, and a single odd field never spoils the rest: packuments hold whatever publishers and other
//! registries put into them over fifteen years.

mod loose;

use std::collections::BTreeMap;

use serde::de::DeserializeSeed;

use loose::{Depth, Key, Loose, charge};

use super::body;
use super::budget::{Budget, Share};
use super::sift::{Refusal, Rejected, Sift, Sink, Wanted, Within};
use crate::facts::{Ask, DUAL_USE, Dated, Packument, Published, Question, Recent, Unpublished, Versions};
use crate::npm::version::Version;

pub use super::sift::Flaw;

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

    /// Whether a document with this name is about another package. Old names have capitals, and not every registry
    /// keeps them.
    fn exclude(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(name))
    }
}

/// Reads one JSON document that is there as a whole.
///
/// # Errors
/// When it is not a JSON object.
pub fn read(bytes: &[u8], terms: &Terms) -> Result<Document, Flaw> {
    let mut reading = Reading::new(terms);
    match reading.pass(bytes) {
        Ok(()) => reading.end(),
        Err(refusal) => refused(refusal),
    }
}

/// What is looked at of a packument.
static WANTED: Wanted = {
    static VERSION: Wanted = Wanted::Members(&[
        ("deprecated", Wanted::Whole),
        (
            "_npmUser",
            Wanted::Members(&[("trustedPublisher", Wanted::Members(&[])), ("approver", Wanted::Members(&[]))]),
        ),
        ("dist", Wanted::Members(&[("attestations", Wanted::Members(&[]))])),
        ("contentPolicy", Wanted::Members(&[("class", Wanted::Whole)])),
    ]);
    Wanted::Members(&[
        ("name", Wanted::Whole),
        ("_id", Wanted::Members(&[])),
        ("versions", Wanted::Each(Within::Versions, &VERSION)),
        ("dist-tags", Wanted::Whole),
        ("time", Wanted::Each(Within::Time, &Wanted::Whole)),
        ("maintainers", Wanted::Whole),
        ("error", Wanted::Whole),
        ("message", Wanted::Whole),
    ])
};

/// A document that is read while it arrives.
pub(super) struct Reading {
    sift: Sift,
    share: Share,
    draft: Draft,
}

impl Reading {
    pub(super) fn new(terms: &Terms) -> Self {
        Self { sift: Sift::new(&WANTED), share: terms.budget.share(), draft: Draft::new(terms) }
    }

    /// Reads what comes next.
    ///
    /// # Errors
    /// When nothing that may follow changes what the document is: [`refused`] says what.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let Self { sift, share, draft } = self;
        sift.pass(bytes, share, &mut Drafting { draft, share })
    }

    /// What the document is, now that it is there.
    pub(super) fn end(self) -> Result<Document, Flaw> {
        self.sift.end()?;
        Ok(self.draft.finish())
    }
}

/// What a document is that is not read on.
pub(super) fn refused(refusal: Refusal) -> Result<Document, Flaw> {
    match refusal {
        Refusal::TooMuch => Ok(Document::Other(TOO_LARGE.to_owned())),
        Refusal::Flaw(flaw) => Err(flaw),
    }
}

/// What has been read of a document.
struct Draft {
    terms: Terms,
    packument: Packument,
    /// The `versions` that are being read.
    versions: BTreeMap<String, Published>,
    /// The `time` that is being read: version, or what else has a time, and when.
    times: BTreeMap<String, String>,
    unpublished: Option<Unpublished>,
    /// The last `time` of the document.
    all_times: Option<BTreeMap<String, String>>,
    /// Whether anything in it marks it as a packument.
    recognised: bool,
    has_versions: bool,
    /// Why it cannot be used, whatever else is in it.
    flaw: Option<String>,
    /// What it says of an error, which counts where it has no versions.
    error: Option<String>,
}

/// A draft, and what may be taken of the memory for it.
struct Drafting<'d> {
    draft: &'d mut Draft,
    share: &'d Share,
}

impl Sink for Drafting<'_> {
    fn member(&mut self, within: Within, key: &[u8], value: &[u8]) -> Result<(), Rejected> {
        match within {
            Within::Versions => {
                let version = self.read(Key(self.share), key)?;
                let published = self.published(value)?;
                self.draft.versions.insert(version, published);
                Ok(())
            }
            Within::Time => self.time(key, value),
            Within::Document => self.field(key, value),
        }
    }
}

impl Drafting<'_> {
    fn read<'v, S: DeserializeSeed<'v>>(&self, seed: S, json: &'v [u8]) -> Result<S::Value, Rejected> {
        let unfit = |_| if self.share.is_refused() { Rejected::TooMuch } else { Rejected::Unreadable };
        seed.deserialize(&mut serde_json::Deserializer::from_slice(json)).map_err(unfit)
    }

    /// A value that is looked into so deep.
    fn loose(&self, depth: u8, json: &[u8]) -> Result<Loose, Rejected> {
        self.read(Depth(depth, self.share), json)
    }

    /// The same, for the time of a look.
    fn lent(&self, depth: u8, json: &[u8]) -> Result<Loose, Rejected> {
        self.share.lend(|| self.loose(depth, json))
    }

    fn published(&self, json: &[u8]) -> Result<Published, Rejected> {
        if is_ordinary(json) {
            return Ok(Published::default());
        }
        let Loose::Texts(fields) = self.lent(2, json)? else { return Ok(Published::default()) };
        let has =
            |field: &str, key: &str| matches!(fields.get(field), Some(Loose::Texts(map)) if map.contains_key(key));
        let is_dual_use = |policy: &BTreeMap<String, Loose>| match policy.get("class") {
            Some(Loose::Text(class)) => class == DUAL_USE,
            _ => false,
        };
        let is_attested = |dist: &BTreeMap<String, Loose>| dist.get("attestations").is_some_and(Loose::is_truthy);
        Ok(Published {
            deprecated: fields.get("deprecated").is_some_and(Loose::is_truthy),
            trusted: has("_npmUser", "trustedPublisher"),
            approved: has("_npmUser", "approver"),
            provenance: matches!(fields.get("dist"), Some(Loose::Texts(dist)) if is_attested(dist)),
            dual_use: matches!(fields.get("contentPolicy"), Some(Loose::Texts(policy)) if is_dual_use(policy)),
        })
    }

    /// A member of `time`: a text, except for `unpublished`.
    fn time(&mut self, key: &[u8], value: &[u8]) -> Result<(), Rejected> {
        let key = self.share.lend(|| self.read(Key(self.share), key))?;
        match key.as_str() {
            "created" | "modified" => {}
            "unpublished" => {
                let unpublished = Some(self.loose(2, value)?).filter(Loose::is_truthy);
                self.draft.unpublished = unpublished.map(unpublished_of);
            }
            _ if self.draft.terms.is_short => {}
            _ => {
                if !charge(self.share, key.len()) {
                    return Err(Rejected::TooMuch);
                }
                if let Some(time) = self.loose(0, value)?.into_text() {
                    self.draft.times.insert(key, time);
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, key: &[u8], value: &[u8]) -> Result<(), Rejected> {
        let key = self.share.lend(|| self.read(Key(self.share), key))?;
        let is_object = value.starts_with(b"{");
        self.draft.recognised |= matches!(key.as_str(), "name" | "_id" | "versions" | "dist-tags" | "time");
        match key.as_str() {
            "name" => {
                let name = self.lent(0, value)?.into_text();
                if let Some(name) = name.filter(|name| self.draft.terms.exclude(name)) {
                    let other = body::tidy(&name);
                    self.flaw(&format!("another package's document (`{other}`)"));
                }
            }
            "versions" if is_object => {
                self.draft.has_versions = true;
                self.draft.packument.versions = std::mem::take(&mut self.draft.versions).into();
            }
            "versions" => self.flaw("`versions` that is not an object"),
            "dist-tags" => match self.loose(1, value)? {
                Loose::Texts(tags) => self.draft.packument.dist_tags = texts(tags).collect(),
                _ => self.flaw("`dist-tags` that is not an object"),
            },
            "time" if is_object => {
                self.draft.packument.unpublished = self.draft.unpublished.take();
                self.draft.all_times = Some(std::mem::take(&mut self.draft.times));
            }
            "time" => self.flaw("a `time` that is not an object"),
            "maintainers" if !self.draft.terms.is_short => {
                self.draft.packument.maintainers = names(self.loose(2, value)?);
            }
            "error" | "message" => {
                if let Some(words) = self.lent(0, value)?.into_text() {
                    let reported = || format!("answered 200 with an error ({})", body::tidy(&words));
                    self.draft.error.get_or_insert_with(reported);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn flaw(&mut self, what: &str) {
        self.draft.flaw = Some(format!("answered 200 with {what}"));
    }
}

/// Whether what is kept of a version has nothing in it that counts, as almost always: then there is nothing to decode.
fn is_ordinary(json: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'"' | b':' | b',' | b'{' | b'}');
    // Short enough to be three empty objects.
    json.starts_with(b"{")
        && json.len() <= r#"{"_npmUser":{},"dist":{},"contentPolicy":{}}"#.len()
        && json.iter().all(is_plain)
        && ["deprecated", "trustedPublisher", "approver", "attestations", "class"]
            .iter()
            .all(|key| memchr::memmem::find(json, key.as_bytes()).is_none())
}

fn unpublished_of(reported: Loose) -> Unpublished {
    let Loose::Texts(mut fields) = reported else {
        return Unpublished { time: reported.into_text(), versions: Vec::new() };
    };
    Unpublished {
        time: fields.remove("time").and_then(Loose::into_text),
        versions: match fields.remove("versions") {
            Some(Loose::List(list)) => list.into_iter().filter_map(Loose::into_text).collect(),
            Some(Loose::Texts(map)) => map.into_keys().collect(),
            _ => Vec::new(),
        },
    }
}

impl Draft {
    fn new(terms: &Terms) -> Self {
        Self {
            terms: terms.clone(),
            packument: Packument::default(),
            versions: BTreeMap::new(),
            times: BTreeMap::new(),
            unpublished: None,
            all_times: None,
            recognised: false,
            has_versions: false,
            flaw: None,
            error: None,
        }
    }

    fn finish(self) -> Document {
        let Self { terms, mut packument, all_times, recognised, has_versions, flaw, error, .. } = self;
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
        } else if let Some(times) = all_times {
            packument.recent = Box::new(recent(&packument.versions, &times));
            let gone = times.into_keys().filter(|version| !packument.versions.contains(version));
            let mut gone: Vec<_> = gone.collect();
            gone.shrink_to_fit();
            packument.gone = Some(gone);
        }
        Document::Packument(packument)
    }
}

/// The times are compared as texts: registries write all of them in one form.
fn recent(versions: &Versions, times: &BTreeMap<String, String>) -> Recent {
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
        let (many, times) = (entries(600_000, "1"), entries(600_000, "\"x\""));
        let list = format!("[{}1]", "1,".repeat(600_000));
        let people = format!("[{}1]", r#"{"name":1},"#.repeat(80_000));
        let fields = [
            ("versions", &many),
            ("time", &times),
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
    fn a_version_is_decoded_if_anything_in_it_may_count() {
        for ordinary in ["{}", r#"{"_npmUser":{},"dist":{}}"#, r#"{"contentPolicy":{},"dist":{},"_npmUser":{}}"#] {
            assert!(is_ordinary(ordinary.as_bytes()), "{ordinary}");
        }
        for other in [
            r#"{"deprecated":true}"#,
            r#"{"_npmUser":{"trustedPublisher":{}}}"#,
            r#"{"_npmUser":{"approver":{}}}"#,
            r#"{"dist":{"attestations":{}}}"#,
            r#"{"contentPolicy":{"class":"dual-use"}}"#,
            r#"{"\u0064eprecated":true}"#,
            "null",
            r#"{"dist":1e999}"#,
            "{\"dist\":\"\u{e9}\"}",
        ] {
            assert!(!is_ordinary(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_packument_with_many_versions_is_read() {
        let user = r#"{"name":"alice","email":"alice@example.com"}"#;
        let version = format!(r#"{{"deprecated":"{}","_npmUser":{user}}}"#, "old ".repeat(50));
        let list = |value: &str| (0..100_000).map(|at| format!(r#""1.0.{at}":{value}"#)).collect::<Vec<_>>().join(",");
        let (versions, times) = (list(&version), list(r#""2026-01-01T00:00:00.000Z""#));
        let packument = packument(&format!(r#"{{"versions":{{{versions}}},"time":{{{times}}}}}"#));
        assert_eq!((packument.versions.len(), packument.gone), (100_000, Some(vec![])));
    }

    #[test]
    fn only_what_rules_need_is_kept() {
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
    fn the_newest_versions_are_found_by_time() {
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
    fn a_fully_unpublished_package_still_lists_its_versions() {
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
    fn other_json_is_not_an_empty_packument() {
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
    fn malformed_fields_that_no_rule_reads_are_harmless() {
        let packument = packument(r#"{"versions":{"1.0.0":[1,{"a":2}]},"readme":[[1]],"maintainers":{"name":"a"}}"#);
        assert_eq!(packument.versions.len(), 1);
        assert_eq!((packument.maintainers, packument.gone), (None, None));
    }

    fn terms(ask: Ask, subject: &str) -> Terms {
        let question = Question { ask, registry: String::new(), subject: subject.to_owned(), credential: None };
        Terms::of(&question, &Budget::default())
    }

    #[test]
    fn a_document_for_another_package_is_rejected() {
        for (subject, name, is_read) in
            [("@s%2fp", "@s/p", true), ("p", "P", true), ("p", "@s/p", false), ("p", "other", false)]
        {
            let json = format!(r#"{{"name":"{name}","versions":{{"1.0.0":{{}}}}}}"#);
            let document = read(json.as_bytes(), &terms(Ask::Packument, subject)).unwrap();
            assert_eq!(matches!(document, Document::Packument(_)), is_read, "{subject}: {document:?}");
        }
    }

    #[test]
    fn only_versions_and_tags_of_a_dependency_are_kept() {
        let json = br#"{"name":"p","versions":{"1.0.0":{"deprecated":"x"}},"dist-tags":{"latest":"1.0.0"},
            "time":{"0.9.0":"x"},"maintainers":[{"name":"alice"}]}"#;
        let Ok(Document::Packument(short)) = read(json, &terms(Ask::Versions, "p")) else { panic!("not read") };
        assert_eq!((short.versions.len(), short.dist_tags.len()), (1, 1));
        assert_eq!((short.gone, short.maintainers, short.unpublished), (None, None, None));
    }

    #[test]
    fn documents_of_one_run_share_a_memory_budget() {
        let versions: Vec<_> = (0..1000).map(|at| format!(r#""1.0.{at}":{{}}"#)).collect();
        let json = format!(r#"{{"versions":{{{}}}}}"#, versions.join(","));
        let terms = Terms { budget: Budget::of(150_000), ..Terms::default() };
        let is_read = || matches!(read(json.as_bytes(), &terms), Ok(Document::Packument(_)));
        assert!(is_read() && is_read(), "what reading takes is given back");
        assert!(terms.budget.keep(50_000));
        assert!(!is_read());
    }
}
