//! The JSON bodies of small endpoints. Shapes differ between registries and over time, so everything is read from
//! loose JSON: a field that no rule needs may be anything; one that a rule relies on and that is none of its known kinds
//! makes the answer a problem in words, so that it does not pass for "no limit".

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{attestations, staging, tokens};
use crate::facts::{Ask, Fact, Permission, Profile, Seen, Tarball, TwoFactor, VersionDocument, Whoami};

/// The longest text of a registry that is passed on, in characters.
const LONGEST: usize = 200;

/// The fact in a body with status 200; the error is what follows "the URL …".
pub(super) fn decode(ask: Ask, body: &[u8]) -> Result<Fact, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() && !body.trim_ascii().is_empty() {
            "answered 200 with JSON that ends early".to_owned()
        } else {
            "answered 200 with something that is not JSON".to_owned()
        }
    })?;
    let Value::Object(object) = value else { return Err("answered 200 with JSON that is not an object".to_owned()) };
    match ask {
        Ask::Whoami => Ok(Fact::Whoami(match object.get("username").and_then(Value::as_str) {
            Some(name) if !name.trim().is_empty() => Whoami::User(name.to_owned()),
            _ => Whoami::Nobody,
        })),
        Ask::Profile => profile(&object).map(Fact::Profile),
        Ask::Tokens => tokens::read(&object).map(Fact::Tokens),
        Ask::Roster => strings(&object).map(|roles| Fact::Roster(Seen::Here(roles))),
        Ask::Collaborators => collaborators(&object).map(|all| Fact::Collaborators(Seen::Here(all))),
        Ask::Visibility => visibility(&object).map(|public| Fact::Visibility(Seen::Here(public))),
        Ask::DistTags => strings(&object).map(|tags| Fact::DistTags(Seen::Here(tags))),
        Ask::Version => match object.get("version").and_then(Value::as_str) {
            Some(version) => {
                let git_head = object.get("gitHead").and_then(Value::as_str).map(str::to_owned);
                let tarball = object.get("dist").and_then(tarball);
                let unpacked_size = object.get("dist").and_then(|dist| dist.get("unpackedSize")?.as_u64());
                let version = version.to_owned();
                Ok(Fact::Version(Seen::Here(VersionDocument { version, git_head, tarball, unpacked_size })))
            }
            None => Err("answered 200 with something that is not a version".to_owned()),
        },
        Ask::Search => search(&object).map(Fact::Search),
        Ask::Stage => staging::read(&object).map(|staging| Fact::Stage(Seen::Here(staging))),
        Ask::AnyStage => staging::read(&object).map(|_| Fact::AnyStage(true)),
        Ask::Packages => collaborators(&object).map(|all| Fact::Packages(Seen::Here(all))),
        Ask::Attestations => attestations::read(&object).map(|found| Fact::Attestations(Seen::Here(found))),
        Ask::Ping => Ok(Fact::Ping),
        Ask::Packument | Ask::Versions => Err("answered with something other than a package's document".to_owned()),
        Ask::Tarball => Err("answered with something other than a tarball".to_owned()),
    }
}

/// The strongest checksum counts, as for npm (ssri 12).
fn tarball(dist: &Value) -> Option<Tarball> {
    let text = |key| dist.get(key).and_then(Value::as_str);
    let hashes = || text("integrity").unwrap_or_default().split_ascii_whitespace();
    let strongest =
        ["sha512-", "sha384-", "sha256-"].into_iter().find_map(|kind| hashes().find(|hash| hash.starts_with(kind)));
    let strongest = strongest.map(|hash| hash.split('?').next().unwrap_or(hash));
    let checksum = strongest.or_else(|| text("shasum")).filter(|checksum| checksum.len() < LONGEST)?;
    Some(Tarball { url: text("tarball")?.to_owned(), checksum: checksum.to_owned() })
}

fn search(object: &Map<String, Value>) -> Result<Vec<String>, String> {
    let Some(found) = object.get("objects").and_then(Value::as_array) else {
        return Err("answered 200 with something that is not a search result".to_owned());
    };
    let name = |found: &Value| Some(found.get("package")?.get("name")?.as_str()?.to_owned());
    let names = found.iter().map(name).collect::<Option<_>>();
    names.ok_or_else(|| "answered 200 with a search result in an unknown form".to_owned())
}

/// The registry's own words in an error's body, tidied for a sentence.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let words = match &value {
        Value::String(text) => Some(text.as_str()),
        Value::Object(object) => {
            ["message", "error", "reason"].into_iter().find_map(|key| object.get(key).and_then(Value::as_str))
        }
        _ => None,
    };
    words.map(tidy).filter(|words| !words.is_empty())
}

/// Whether a 404 says that there is no such endpoint, in the words of those that say so in JSON (Verdaccio's static
/// fallback, GitLab's API router), rather than no such package or organisation.
pub(super) fn is_no_such_route(body: &[u8]) -> bool {
    message(body).is_some_and(|words| {
        let words = words.to_ascii_lowercase();
        ["file not found", "404 page not found", "no such route", "route not found"]
            .iter()
            .any(|known| words.contains(known))
            || words.starts_with("cannot get ")
    })
}

/// Outside text for a sentence: on one line, without control characters, not longer than it is worth.
pub(super) fn tidy(text: &str) -> String {
    let one_line: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let words = one_line.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// Text -> text; an error object is no such map. Keys that begin with `_` are a database's own.
fn strings(object: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    let entries = || object.iter().filter(|(key, _)| !key.starts_with('_'));
    let map: BTreeMap<_, _> =
        entries().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    match object.get("error").or_else(|| object.get("message")).and_then(Value::as_str) {
        Some(words) if map.len() <= 2 => Err(format!("answered 200 with an error ({})", tidy(words))),
        _ if map.len() < entries().count() => {
            Err("answered 200 with a map whose values are not all strings".to_owned())
        }
        _ => Ok(map),
    }
}

fn collaborators(object: &Map<String, Value>) -> Result<BTreeMap<String, Permission>, String> {
    let all = strings(object)?;
    let known: BTreeMap<_, _> = all
        .iter()
        .filter_map(|(user, permission)| {
            let permission = match permission.as_str() {
                "read-write" | "write" => Permission::Write,
                "read-only" | "read" => Permission::Read,
                _ => return None,
            };
            Some((user.clone(), permission))
        })
        .collect();
    // A right that is not understood must not pass for "not a collaborator".
    if known.len() < all.len() { Err("answered 200 with unknown permissions".to_owned()) } else { Ok(known) }
}

/// `{"public": bool}`, or a map with one value such as `{"@s/p": "public"}`.
fn visibility(object: &Map<String, Value>) -> Result<bool, String> {
    if let Some(public) = object.get("public").and_then(Value::as_bool) {
        return Ok(public);
    }
    let mut values = object.values();
    match (values.next().and_then(Value::as_str), values.next()) {
        (Some("public"), None) => Ok(true),
        (Some("private" | "restricted"), None) => Ok(false),
        _ => Err("answered 200 with an unknown visibility".to_owned()),
    }
}

fn profile(object: &Map<String, Value>) -> Result<Profile, String> {
    let text = |key| object.get(key).and_then(Value::as_str);
    if !object.contains_key("tfa") && text("name").or_else(|| text("email")).is_none() {
        return Err("answered 200 with something that is not a profile".to_owned());
    }
    let two_factor = match object.get("tfa") {
        None | Some(Value::Null | Value::Bool(false)) => TwoFactor::Off,
        Some(Value::Object(tfa)) if tfa.get("pending").and_then(Value::as_bool) == Some(true) => TwoFactor::Off,
        Some(Value::Object(tfa)) => match tfa.get("mode").and_then(Value::as_str) {
            Some("auth-only") => TwoFactor::AuthOnly,
            Some("auth-and-writes") => TwoFactor::AuthAndWrites,
            _ => return Err("answered 200 with an unknown two-factor mode".to_owned()),
        },
        Some(_) => return Err("answered 200 with a two-factor mode in an unknown form".to_owned()),
    };
    Ok(Profile { two_factor, email_verified: object.get("email_verified").and_then(Value::as_bool) })
}
