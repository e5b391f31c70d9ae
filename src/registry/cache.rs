//! Packuments that are kept between runs, so that a registry need not send again what has not changed. Nothing is
//! believed for being kept: an entry counts once the registry has said, in this very run and to this very request
//! (`If-None-Match`), that it is what it would have answered. Only what the decoder keeps of a packument is stored,
//! under a digest of what was asked: neither a credential nor a URL, which may hold one, is ever
//! written, and nothing in which a registry repeats one.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue};
use ring::digest::{SHA256, digest};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use url::Url;

use super::packument::{self, Document, Terms};
use crate::facts::{DUAL_USE, Dated, Packument, Published, Recent, Unpublished, Versions};
use crate::project::world::cache::Store;
use crate::text::redact::Scrubber;

/// Counts what is kept of a packument and how: another form has other names.
const FORM: &str = "5";
/// What takes more of the memory is not stored, in bytes: the store takes no longer files.
const HEAVIEST: usize = 8 << 20;
/// No server's is longer, in bytes.
const LONGEST_TAG: usize = 256;

/// The place of one answer.
#[derive(Default)]
pub(super) struct Slot {
    /// `None`: nothing is kept of this one.
    store: Option<Arc<Store>>,
    name: String,
    kept: Option<(HeaderValue, Packument)>,
}

impl Slot {
    /// For what a URL answers to this `Accept` header, with a credential or without one.
    pub(super) fn new(store: Option<Arc<Store>>, url: &Url, accept: &str, authorized: bool) -> Self {
        let authorized = if authorized { "with" } else { "without" };
        let key = [env!("CARGO_PKG_VERSION"), FORM, url.as_str(), accept, authorized].join("\n");
        Self { store, name: hexadecimal(&[key.as_bytes()]), kept: None }
    }

    /// Reads what is kept, before the registry is asked: what it then confirms cannot have vanished.
    pub(super) fn look(mut self, terms: &Terms) -> Self {
        self.kept = self.store.as_ref().and_then(|store| unpack(&self.name, &store.read(&self.name)?, terms));
        self
    }

    /// The tag to ask with.
    pub(super) fn tag(&self) -> Option<&HeaderValue> {
        self.kept.as_ref().map(|(tag, _)| tag)
    }

    /// What is kept, when the answer confirms it: a 304, and for nothing else. Nothing is left to ask with afterwards.
    pub(super) fn confirmed(&mut self, status: u16, headers: &HeaderMap) -> Option<Packument> {
        let (tag, packument) = self.kept.take()?;
        let same = status == 304 && headers.get(ETAG).is_none_or(|named| opaque(named) == opaque(&tag));
        if let Some(store) = self.store.as_ref().filter(|_| forbids(headers)) {
            store.remove(&self.name);
        }
        same.then_some(packument)
    }

    /// What keeps the answer with these headers.
    pub(super) fn keeper(&self, headers: &HeaderMap, scrubber: &Arc<Scrubber>) -> Option<Keeper> {
        let store = self.store.clone()?;
        let tag = headers.get(ETAG).filter(|_| !forbids(headers)).cloned();
        Some(Keeper { store, name: self.name.clone(), tag, scrubber: Arc::clone(scrubber) })
    }
}

/// Keeps an answer once it is read to its end.
pub(super) struct Keeper {
    store: Arc<Store>,
    name: String,
    /// `None`: its registry does not let it be kept.
    tag: Option<HeaderValue>,
    scrubber: Arc<Scrubber>,
}

impl Keeper {
    /// Keeps it, if the registry does not repeat a secret in it; what was kept before goes in any case.
    pub(super) fn keep(self, packument: &Packument) {
        let Self { store, name, tag, scrubber } = self;
        let tag = tag.filter(|_| packument.weight() <= HEAVIEST);
        let packed = tag.and_then(|tag| pack(&name, &tag, packument));
        match packed.filter(|packed| !scrubber.is_in(packed)) {
            Some(packed) => store.write(&name, &packed),
            None => store.remove(&name),
        }
    }
}

/// A tag without its mark of weakness, which servers that compress add and take away.
fn opaque(tag: &HeaderValue) -> &[u8] {
    tag.as_bytes().strip_prefix(b"W/").unwrap_or(tag.as_bytes())
}

/// A single entity tag (RFC 9110, 8.8.3): `*` would match whatever there is.
fn is_tag(tag: &HeaderValue) -> bool {
    let inner = opaque(tag).strip_prefix(b"\"").and_then(|tag| tag.strip_suffix(b"\""));
    inner.is_some_and(|inner| {
        (1..=LONGEST_TAG).contains(&inner.len()) && inner.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"')
    })
}

fn forbids(headers: &HeaderMap) -> bool {
    let mut directives = headers.get_all(CACHE_CONTROL).iter();
    directives.any(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase().contains("no-store"))
}

fn hexadecimal(parts: &[&[u8]]) -> String {
    use std::fmt::Write as _;
    digest(&SHA256, &parts.concat()).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A digest of all that follows and of the entry's name, the tag, and the packument as JSON, a line each: what was cut
/// short, damaged or put in another's place is no entry.
fn pack(name: &str, tag: &HeaderValue, packument: &Packument) -> Option<Vec<u8>> {
    if !is_tag(tag) {
        return None;
    }
    let mut rest = [tag.as_bytes(), b"\n"].concat();
    serde_json::to_writer(&mut rest, &Kept::from(packument)).ok()?;
    let sum = hexadecimal(&[name.as_bytes(), b"\n", &rest]);
    Some([sum.as_bytes(), b"\n", &rest].concat())
}

fn unpack(name: &str, bytes: &[u8], terms: &Terms) -> Option<(HeaderValue, Packument)> {
    let line_end = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
    let (sum, rest) = bytes.split_at_checked(line_end(bytes)?)?;
    let rest = rest.get(1..)?;
    if hexadecimal(&[name.as_bytes(), b"\n", rest]).as_bytes() != sum {
        return None;
    }
    let (tag, json) = rest.split_at_checked(line_end(rest)?)?;
    let tag = HeaderValue::from_bytes(tag).ok().filter(is_tag)?;
    match packument::read(json, terms) {
        Ok(Document::Packument(packument)) => Some((tag, packument)),
        _ => None,
    }
}

/// A packument in the words of a registry, so that [`packument::read`] reads it.
#[derive(Serialize)]
struct Kept<'p> {
    #[serde(serialize_with = "versions")]
    versions: &'p Versions,
    #[serde(rename = "dist-tags")]
    dist_tags: &'p BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Times<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintainers: Option<Vec<Person<'p>>>,
}

#[derive(Serialize)]
struct Person<'p> {
    name: &'p str,
}

struct Times<'p> {
    gone: &'p [String],
    recent: &'p Recent,
    unpublished: Option<&'p Unpublished>,
}

#[derive(Serialize)]
struct Manifest {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(rename = "_npmUser", skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dist: Option<Dist>,
    #[serde(rename = "contentPolicy", skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
}

#[derive(Serialize)]
struct Policy {
    class: &'static str,
}

#[derive(Serialize)]
struct Dist {
    attestations: bool,
}

#[derive(Serialize)]
struct User {
    #[serde(rename = "trustedPublisher", skip_serializing_if = "std::ops::Not::not")]
    trusted_publisher: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    approver: bool,
}

impl<'p> From<&'p Packument> for Kept<'p> {
    fn from(packument: &'p Packument) -> Self {
        // A field more is another FORM.
        let Packument { versions, dist_tags, gone, maintainers, unpublished, recent } = packument;
        let people = |names: &'p Vec<String>| names.iter().map(|name| Person { name }).collect();
        let has_times = gone.is_some() || unpublished.is_some();
        let gone = gone.as_deref().unwrap_or_default();
        let time = has_times.then_some(Times { gone, recent, unpublished: unpublished.as_ref() });
        Self { versions, dist_tags, time, maintainers: maintainers.as_ref().map(people) }
    }
}

fn versions<S: Serializer>(versions: &Versions, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(versions.iter().map(|(version, published)| {
        let Published { deprecated, trusted, approved, provenance, dual_use } = published;
        let user = User { trusted_publisher: trusted, approver: approved };
        let dist = provenance.then_some(Dist { attestations: true });
        let policy = dual_use.then_some(Policy { class: DUAL_USE });
        (version, Manifest { deprecated, user: (trusted || approved).then_some(user), dist, policy })
    }))
}

impl Serialize for Times<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for version in self.gone {
            map.serialize_entry(version, "")?;
        }
        let Recent { any, witness, stable_witness } = self.recent;
        let recent: BTreeMap<_, _> = [any, witness, stable_witness]
            .into_iter()
            .flatten()
            .map(|Dated { version, time }| (version, time))
            .collect();
        for (version, time) in recent {
            map.serialize_entry(version, time)?;
        }
        if let Some(Unpublished { time, versions }) = self.unpublished {
            map.serialize_entry("unpublished", &serde_json::json!({ "time": time, "versions": versions }))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(json: &str) -> Packument {
        match packument::read(json.as_bytes(), &Terms::default()) {
            Ok(Document::Packument(packument)) => packument,
            other => panic!("{other:?}"),
        }
    }

    fn tag(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), tag(value))).collect()
    }

    const PACKUMENT: &str = r#"{"versions":{"1.0.0":{},"1.1.0":{"deprecated":"old","_npmUser":{"trustedPublisher":{"id":"x"}}}},
        "dist-tags":{"latest":"1.0.0"},"time":{"0.9.0":"a","1.0.0":"b"},"maintainers":[{"name":"alice <x>"},"bob"]}"#;

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("unpublished".to_owned()),
            Just("created".to_owned()),
            "[0-9]\\.[0-9]\\.[0-9](-[a-z<\"\\\\]{1,3})?",
            any::<String>()
        ]
    }

    prop_compose! {
        /// Any packument as a registry may write it.
        fn any_packument()(
            versions in proptest::collection::btree_map(any_text(), any::<(bool, bool, bool, bool)>(), 0..8),
            tags in proptest::collection::btree_map(any_text(), any_text(), 0..4),
            times in proptest::collection::btree_map(any_text(), any_text(), 0..8),
            unpublished in proptest::option::of((proptest::option::of(any_text()), proptest::collection::vec(any_text(), 0..4))),
            maintainers in proptest::option::of(proptest::collection::vec((any::<bool>(), any_text()), 0..4)),
        ) -> serde_json::Value {
            let manifest = |(deprecated, trusted, provenance, dual_use)| serde_json::json!({
                "deprecated": if deprecated { "yes" } else { "" },
                "_npmUser": if trusted { serde_json::json!({ "name": "x", "trustedPublisher": null }) } else { "x".into() },
                "dist": { "attestations": provenance },
                "contentPolicy": { "class": if dual_use { "dual-use" } else { "other" } },
            });
            let versions: serde_json::Map<_, _> = versions.into_iter().map(|(version, known)| (version, manifest(known))).collect();
            let mut packument = serde_json::json!({ "versions": versions, "dist-tags": tags, "time": times });
            if let Some((time, versions)) = unpublished {
                packument["time"]["unpublished"] = serde_json::json!({ "time": time, "versions": versions });
            }
            if let Some(people) = maintainers {
                let person = |(plain, name): (bool, String)| if plain { name.into() } else { serde_json::json!({ "name": name }) };
                packument["maintainers"] = people.into_iter().map(person).collect();
            }
            packument
        }
    }

    proptest! {
        #[test]
        fn a_cached_document_equals_the_decoded_one(json in any_packument()) {
            let packument = decoded(&json.to_string());
            let packed = pack("n", &tag("\"1\""), &packument).unwrap();
            prop_assert_eq!(unpack("n", &packed, &Terms::default()), Some((tag("\"1\""), packument)));
        }
    }

    #[test]
    fn a_damaged_cache_entry_is_ignored() {
        let packed = pack("n", &tag("W/\"1\""), &decoded(PACKUMENT)).unwrap();
        assert!(unpack("n", &packed, &Terms::default()).is_some());
        assert_eq!(unpack("m", &packed, &Terms::default()), None, "put in another's place");
        for length in 0..packed.len() {
            assert_eq!(unpack("n", &packed[..length], &Terms::default()), None, "cut to {length}");
        }
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 1;
            assert_eq!(unpack("n", &damaged, &Terms::default()), None, "damaged at {at}");
        }
        for strange in ["", "\n", "\n\n", PACKUMENT, "é\u{0}\n\u{0}"] {
            assert_eq!(unpack("n", strange.as_bytes(), &Terms::default()), None, "{strange}");
        }
    }

    #[test]
    fn only_a_single_etag_is_sent_for_revalidation() {
        for good in ["\"a\"", "W/\"a\"", "\"{SHA1{0}}\""] {
            assert!(is_tag(&tag(good)), "{good}");
        }
        let long = format!("\"{}\"", "x".repeat(LONGEST_TAG + 1));
        for bad in ["*", "\"\"", "W/\"\"", "", "a", "\"", "\"a\", \"b\"", "\"a\",\"b\"", "\"*", &long] {
            assert!(!is_tag(&tag(bad)), "{bad}");
        }
    }

    #[test]
    fn documents_that_repeat_a_credential_are_not_cached() {
        let mut scrubber = Scrubber::default();
        scrubber.secret("npm_aBcDeFgHiJ");
        let scrubber = Arc::new(scrubber);
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::new(folder.path().join("kept")));
        let slot = || Slot::new(Some(Arc::clone(&store)), &"https://h.test/p".parse().unwrap(), "*/*", true);
        let kept = |tag: &str, json: &str| {
            slot().keeper(&headers(&[("etag", tag)]), &scrubber).unwrap().keep(&decoded(json));
            slot().look(&Terms::default()).tag().is_some()
        };
        assert!(kept("\"1\"", PACKUMENT));
        assert!(!kept("\"npm_aBcDeFgHiJ\"", PACKUMENT));
        for place in ["bob", "latest", "1.1.0", "0.9.0"] {
            assert!(!kept("\"1\"", &PACKUMENT.replace(place, "npm_aBcDeFgHiJ")), "{place}");
        }
    }

    #[test]
    fn url_form_and_credential_are_part_of_the_cache_key() {
        let mut names = Vec::new();
        for url in ["https://h.test/p", "http://h.test/p", "https://h.test/npm/p"] {
            for accept in ["application/json", "*/*"] {
                for authorized in [false, true] {
                    names.push(Slot::new(None, &url.parse().unwrap(), accept, authorized).name);
                }
            }
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 12);
        assert!(names.iter().all(|name| name.len() == 64), "{names:?}");
    }

    #[test]
    fn a_cached_document_is_used_only_after_the_registry_confirms_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::new(folder.path().join("kept")));
        let slot = || Slot::new(Some(Arc::clone(&store)), &"https://h.test/p".parse().unwrap(), "*/*", false);
        let packument = decoded(PACKUMENT);
        let asked_with = || slot().look(&Terms::default()).tag().cloned();
        assert_eq!(asked_with(), None);
        slot().keeper(&headers(&[("etag", "\"1\"")]), &Arc::default()).unwrap().keep(&packument);
        assert_eq!(slot().tag(), None, "not before it was looked at");
        assert_eq!(asked_with(), Some(tag("\"1\"")));
        let confirmed = |status, pairs: &[_]| {
            let mut slot = slot().look(&Terms::default());
            let kept = slot.confirmed(status, &headers(pairs));
            assert_eq!(slot.tag(), None);
            kept
        };
        assert_eq!(confirmed(304, &[("etag", "W/\"1\"")]), Some(packument.clone()));
        assert_eq!(confirmed(304, &[("etag", "\"2\"")]), None, "it names another");
        assert_eq!(confirmed(412, &[]), None);
        assert_eq!(confirmed(304, &[]), Some(packument.clone()));
        assert_eq!(confirmed(304, &[("cache-control", "private, No-Store")]), Some(packument.clone()));
        assert_eq!(asked_with(), None, "it was not to be kept");
        for pairs in [&[][..], &[("etag", "\"3\""), ("cache-control", "no-store")], &[("etag", "*")]] {
            slot().keeper(&headers(&[("etag", "\"1\"")]), &Arc::default()).unwrap().keep(&packument);
            slot().keeper(&headers(pairs), &Arc::default()).unwrap().keep(&packument);
            assert_eq!(asked_with(), None, "{pairs:?}");
        }
    }
}
