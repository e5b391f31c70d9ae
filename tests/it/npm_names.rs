//! Versions, ranges, names and arguments against npm's own modules: thousands of generated texts, the same ones every time,
//! answered by each npm (`npm_names/npm.js`) and by the library.

mod near;
pub(crate) mod texts;

use std::sync::LazyLock;

use npm_preflight::npm::name::{self, NameError};
use npm_preflight::npm::spec::{self, Place, RemoteKind, Spec};
use npm_preflight::npm::version::{Range, Version};
use npm_preflight::publisher::dependencies::Wanted;
use npm_preflight::registry::packument::{self, Document, Terms};
use serde_json::{Value, json};

use self::texts::{Asked, Dice};
use crate::npms::{self, Npm};

const POSIX: Place<'_> = Place { cwd: "/srv/space", home: "/home/alice", windows: false };
const WINDOWS: Place<'_> = Place { cwd: r"C:\srv\space", home: r"C:\Users\alice", windows: true };

/// The questions and the answers of each npm.
static ASKED: LazyLock<(Asked, Vec<(&'static Npm, Value)>)> = LazyLock::new(|| {
    let asked = Asked::new(&mut Dice(0x6e70_6d21));
    let platform = |place: Place<'_>, args: &[String]| json!({ "cwd": place.cwd, "home": place.home, "args": args });
    let mut specs = json!({ "win32": platform(WINDOWS, &asked.windows) });
    if cfg!(unix) {
        specs["linux"] = platform(POSIX, &asked.posix);
    }
    let question = json!({
        "versions": asked.versions, "orders": asked.orders, "ranges": asked.ranges, "fits": asked.fits,
        "names": asked.names, "specs": specs, "tags": asked.tags, "packuments": asked.packuments, "picks": asked.picks,
    });
    let answers = npms::answers_of_both(|npm| npms::ask(npm, "npm_names/npm.js", &question, None));
    (asked, answers)
});

#[test]
fn versions_are_read_as_npm_reads_them() {
    agree(
        "versions",
        |asked| &asked.versions,
        |text| {
            let show = |version: Option<Version>| version.map(|version| version.to_string());
            let valid = [false, true].map(|loose| show(Version::valid(text, loose)));
            let clean = [false, true].map(|loose| show(Version::clean(text, loose)));
            json!([valid[0], valid[1], clean[0], clean[1]])
        },
    );
}

#[test]
fn versions_are_ordered_as_npm_orders_them() {
    agree(
        "orders",
        |asked| &asked.orders,
        |[left, right]| match (Version::valid(left, false), Version::valid(right, false)) {
            (Some(left), Some(right)) => json!(left.cmp(&right) as i8),
            (None, _) => json!({ "error": format!("Invalid Version: {left}") }),
            (_, None) => json!({ "error": format!("Invalid Version: {right}") }),
        },
    );
}

#[test]
fn ranges_are_read_as_npm_reads_them() {
    agree(
        "ranges",
        |asked| &asked.ranges,
        |text| {
            let show = |range: Range| Some(range.to_string()).filter(|text| !text.is_empty()).unwrap_or("*".to_owned());
            json!([Range::parse(text, false).map(show), Range::parse(text, true).map(show)])
        },
    );
}

#[test]
fn ranges_match_the_versions_that_npm_matches() {
    agree(
        "fits",
        |asked| &asked.fits,
        |[version, range]| {
            json!([false, true].map(|loose| {
                let version = Version::valid(version, loose);
                let range = Range::parse(range, loose);
                version.is_some_and(|version| range.is_some_and(|range| range.satisfies(&version)))
            }))
        },
    );
}

/// Whether a version and a range are written in some way.
type Way = fn(&str, &str) -> bool;

fn is_prerelease(text: &str) -> bool {
    text.trim_start().get(1..).is_some_and(|rest| rest.contains('-'))
}

#[test]
fn the_pairs_cover_every_way_to_write_a_range() {
    let (asked, answers) = &*ASKED;
    let Some((_, answers)) = answers.first() else { return };
    let fits = answers["fits"].as_array().unwrap();
    let ways: [(&str, Way); 13] = [
        ("caret", |_, range| range.contains('^')),
        ("caret below 1", |_, range| range.starts_with("^0.")),
        ("tilde", |_, range| range.contains('~')),
        ("hyphen", |_, range| range.contains(" - ")),
        ("x-range", |_, range| range.contains(['x', 'X', '*'])),
        ("partial", |_, range| range.trim().parse::<u8>().is_ok()),
        ("alternatives", |_, range| range.contains("||")),
        ("comparator", |_, range| range.contains(['<', '>'])),
        ("several comparators", |_, range| range.matches(['<', '>']).count() > 1),
        ("prerelease of a version", |version, _| is_prerelease(version)),
        ("prerelease in both", |version, range| is_prerelease(version) && is_prerelease(range)),
        ("build", |_, range| range.contains('+')),
        ("loose", |_, range| range.contains(['v', '=']) || range.contains("> ")),
    ];
    assert!(fits.len() >= 5000);
    for (way, is_one) in ways {
        let of_this_way = asked.fits.iter().zip(fits).filter(|([version, range], _)| is_one(version, range));
        let taken = of_this_way.clone().filter(|(_, npm)| npm[1] == true).count();
        let all = of_this_way.count();
        assert!(all >= 400 && taken >= 40 && taken < all, "{way}: npm takes {taken} of {all}");
    }
}

#[test]
fn dependencies_get_the_version_that_npm_picks() {
    let (asked, _) = &*ASKED;
    let read = |text: &String| packument::read(text.as_bytes(), &Terms::default()).unwrap();
    let packuments: Vec<_> = asked.packuments.iter().map(read).collect();
    agree(
        "picks",
        |asked| &asked.picks,
        |(packument, text)| {
            let Document::Packument(packument) = &packuments[*packument] else { panic!("no packument") };
            match Wanted::of("x", text) {
                Some(wanted) => wanted.pick(packument).map_or(json!({ "error": "nothing fits" }), Value::String),
                None => json!({ "error": "not a registry" }),
            }
        },
    );
}

#[test]
fn names_are_valid_where_npm_accepts_them() {
    agree(
        "names",
        |asked| &asked.names,
        |text| match name::normalize(text) {
            Ok(name) => {
                let kinds = [("module", "core"), ("214", "length"), ("capital", "capital"), ("!()*", "special")];
                let objections = name::new_package_objections(&name);
                let warnings =
                    objections.iter().map(|text| kinds.iter().find(|(word, _)| text.contains(word)).unwrap().1);
                json!({ "name": name.as_str(), "warnings": warnings.collect::<Vec<_>>() })
            }
            Err(NameError::InvalidPackageName(_)) => json!({ "error": "EINVALIDPACKAGENAME" }),
            // an empty name becomes the tag `@latest`
            Err(NameError::Invalid(_)) if js_trim(text).is_empty() => json!({ "error": "EINVALIDTAGNAME" }),
            Err(NameError::Invalid(_)) => json!({ "error": "Invalid name" }),
        },
    );
}

#[test]
#[cfg(unix)]
fn arguments_are_interpreted_as_npm_does() {
    agree("specs/linux", |asked| &asked.posix, |arg| spec(arg, &POSIX));
}

#[test]
fn windows_arguments_are_interpreted_as_npm_does() {
    agree("specs/win32", |asked| &asked.windows, |arg| spec(arg, &WINDOWS));
}

#[test]
fn dist_tags_are_rejected_where_npm_rejects_them() {
    agree(
        "tags",
        |asked| &asked.tags,
        |[name, tag]| spec::tag_error(name, tag).map_or(Value::Null, |error| json!({ "error": error_text(error) })),
    );
}

fn spec(arg: &str, place: &Place<'_>) -> Value {
    match spec::classify(arg, place) {
        Ok(Spec::Directory(path)) => json!({ "type": "directory", "path": path }),
        Ok(Spec::Tarball(path)) => json!({ "type": "file", "path": path }),
        Ok(Spec::Remote(kind, _)) => json!({ "type": match kind {
            RemoteKind::Version => "version",
            RemoteKind::Range => "range",
            RemoteKind::Tag => "tag",
            RemoteKind::Alias => "alias",
            RemoteKind::Git => "git",
            RemoteKind::Url => "remote",
        } }),
        Err(error) => json!({ "error": error_text(error) }),
    }
}

/// npm's code, or a word for errors without one.
fn error_text(error: spec::SpecError) -> String {
    error.code().map_or_else(|| format!("{error:?}"), str::to_owned)
}

/// Compares all answers to one kind of question, and shows the first differences.
fn agree<T: std::fmt::Debug>(kind: &str, of: impl Fn(&Asked) -> &Vec<T>, ours: impl Fn(&T) -> Value) {
    let (asked, answers) = &*ASKED;
    let asked = of(asked);
    let ours: Vec<Value> = asked.iter().map(ours).collect();
    for (npm, answers) in answers {
        let answers = answers.pointer(&format!("/{kind}")).and_then(Value::as_array).unwrap();
        agree_with(&format!("{kind} of npm {}", npm.version), asked, answers, &ours);
    }
}

fn agree_with<T: std::fmt::Debug>(kind: &str, asked: &[T], answers: &[Value], ours: &[Value]) {
    assert_eq!(asked.len(), answers.len());
    let mut different = Vec::new();
    for ((text, npm), ours) in asked.iter().zip(answers).zip(ours) {
        let npm = in_our_words(npm);
        if npm != *ours {
            different.push(format!("{text:?}\n  npm:  {npm}\n  here: {ours}"));
        }
    }
    let refused = |answer: &&Value| match answer {
        Value::Array(answers) => answers.iter().all(|answer| answer.is_null() || *answer == Value::Bool(false)),
        answer => answer.get("error").is_some(),
    };
    let refusals = answers.iter().filter(refused).count();
    assert!(
        refusals > asked.len() / 20 && refusals < asked.len() * 19 / 20,
        "{kind}: {refusals} of {} are refused: the texts test one side only",
        asked.len()
    );
    assert!(
        different.is_empty(),
        "{kind}: {} differences\n{}",
        different.len(),
        different[..different.len().min(25)].join("\n")
    );
}

/// npm's messages without a code, by the name of ours.
fn in_our_words(answer: &Value) -> Value {
    let word = match answer.get("error").and_then(Value::as_str) {
        Some(text) if text.starts_with("cannot override existing") || text == "URI malformed" => "Revision",
        Some(text) if text.contains("aliases ") => "Alias",
        Some("ETARGET" | "ENOVERSIONS") => "nothing fits",
        _ => return answer.clone(),
    };
    json!({ "error": word })
}

fn js_trim(text: &str) -> &str {
    text.trim_matches(|char: char| char == '\u{feff}' || char.is_whitespace() && char != '\u{85}')
}
