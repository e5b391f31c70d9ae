//! Which rules explain what npm said. Distinctive words end the search; a code, of which many rules know the same, only
//! serves where no words are known.

use std::cmp::Reverse;

use super::said::Said;
use crate::explain::is_code;
use crate::rules::{self, RULES, Rule};

/// What npm's output means.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    /// The rules that explain it, the likeliest first.
    pub(super) rules: Vec<&'static Rule>,
    /// So many of them are likely enough to tell what to do.
    pub(super) likely: usize,
    /// What to do, where that is in no rule.
    pub(super) advice: Option<&'static str>,
}

/// Words, or a code, and what they mean.
struct Reading {
    /// npm's code; empty: any, or none.
    code: &'static str,
    /// In small letters; all of them stand in the errors.
    words: &'static [&'static str],
    likely: &'static [&'static str],
    others: &'static [&'static str],
    advice: Option<&'static str>,
}

impl Reading {
    /// Less likely rules.
    const fn or(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }
}

const fn words(words: &'static [&'static str], likely: &'static [&'static str]) -> Reading {
    Reading { code: "", words, likely, others: &[], advice: None }
}

const fn coded(code: &'static str, words: &'static [&'static str], likely: &'static [&'static str]) -> Reading {
    Reading { code, words, likely, others: &[], advice: None }
}

const fn advised(code: &'static str, words: &'static [&'static str], advice: &'static str) -> Reading {
    Reading { code, words, likely: &[], others: &[], advice: Some(advice) }
}

const TOO_LARGE: &str = "The package's archive is larger than the registry takes. `npm pack --dry-run` lists what is in it;\n\
    leave out what does not belong with `files` in package.json, or raise the registry's limit where it is yours.";
const LIMITED: &str = "The registry got too many requests and takes no more for a while. Nothing is wrong with the package: wait some\n\
    minutes, then publish again.";
const CONFLICT: &str = "Somebody published the same package at the same moment, or the first attempt went through after all. Wait a minute and\n\
    look with `npm view <name>@<version>`: if the version is there, all is well; if not, publish again.";
const FAILED: &str = "The registry, or a gateway before it, failed. Nothing is wrong with the package: try again later. Look first with\n\
    `npm view <name>@<version>` whether the version is out in spite of the error.";
const SPAM: &str = "npm takes the name or the package for spam. Choose another name, or publish under your own scope; if it is a mistake, npm's\n\
    support can help.";

const OUT: &[&str] = &["version-published", "version-reused"];

/// A 404 to an upload, unless the credential is unknown.
const HIDDEN: &[&str] = &["not-a-maintainer", "credential-restricted", "credential-malformed", "trusted-publisher"];

/// In this order; the first that fits is meant.
const READINGS: &[Reading] = &[
    // npm's own manual follows, with the words of half of the others.
    coded("EUSAGE", &["publish a package", "usage:"], &["publish-target"]),
    words(&["you cannot publish over the previously published versions"], OUT),
    words(&["cannot publish over existing version"], OUT),
    words(&["already present"], OUT),
    words(&["already contains"], OUT),
    words(&["package already exists"], OUT),
    words(&["version already exists"], OUT),
    words(&["does not allow updating assets"], OUT),
    words(&["two-factor authentication or granular access token"], &["two-factor-required"]),
    words(&["two-factor authentication is required"], &["two-factor-required"]),
    words(&["one-time pass"], &["two-factor-required"]),
    words(&["too similar to existing package"], &["name-too-similar"]),
    words(&["oidc permission denied"], &["trusted-publisher"]),
    words(&["e_stage_required"], &["credential-restricted"]),
    words(&["login is not allowed from your ip address"], &["credential-restricted"]),
    words(&["permission_denied"], &["not-a-maintainer", "credential-restricted"]),
    words(&["do not have permission to publish", "%2f"], &["not-a-maintainer", "scope-not-yours"])
        .or(&["credential-restricted"]),
    words(&["do not have permission to publish"], &["name-taken", "not-a-maintainer"]).or(&["credential-restricted"]),
    words(&["must sign up for private packages"], &["access-missing"]).or(&["access-change", "access-invalid"]),
    words(&["invalid access"], &["access-invalid"]),
    words(&["is invalid for new packages"], &["name-invalid"]),
    words(&["invalid tag name \"@latest\""], &["name-invalid"]),
    words(&["invalid tag name"], &["tag-invalid"]),
    words(&["provenance", "repository.url"], &["provenance-repository"]),
    words(&["source repository visibility"], &["provenance-repository"]),
    advised("", &["spam detection"], SPAM),
    advised("", &["payload too large"], TOO_LARGE),
    advised("", &["file is too large"], TOO_LARGE),
    advised("E413", &[], TOO_LARGE),
    advised("", &["rate limited"], LIMITED),
    advised("E429", &[], LIMITED),
    advised("", &["failed to save packument"], CONFLICT),
    coded("E401", &["incorrect or missing password"], &["credential-rejected", "credential-malformed"]),
    coded("E401", &[], &["credential-rejected", "credential-unset-variable"]).or(&["credential-malformed"]),
    coded("ENEEDAUTH", &[], &["credential-missing"]).or(&["trusted-publisher", "registry-mismatch"]),
    words(&["scope not found"], &["scope-not-yours"]),
    coded("E404", &[" - put ", "%2f"], &["credential-rejected", "credential-unset-variable", "scope-not-yours"])
        .or(HIDDEN),
    coded("E404", &[" - put "], &["credential-rejected", "credential-unset-variable"]).or(HIDDEN),
    coded("E404", &[" - get "], &["publish-target", "dependency-unavailable"]).or(&["registry-mismatch"]),
    coded("ENOTFOUND", &[], &["registry-unreachable", "registry-invalid"]),
    coded("ENOENT", &["package.json"], &["manifest-invalid"]),
    coded("EPUBLISHCONFLICT", &[], OUT),
];

/// What npm's output means.
pub(super) fn meaning(said: &Said) -> Meaning {
    let warned = by_words(&said.aside);
    let mut meaning = by_readings(said).unwrap_or_else(|| by_code(said, &warned));
    // A warning may belong to something else: it only tells which of several rules is likelier.
    meaning.rules.sort_by_key(|rule| warned.iter().position(|warned| warned.id == rule.id).unwrap_or(usize::MAX));
    meaning
}

fn by_readings(said: &Said) -> Option<Meaning> {
    let code = said.code.as_deref().unwrap_or_default();
    // The registry adds this notice to a refusal that it would explain by nothing else.
    if matches!(code, "" | "E401" | "E404") && said.aside.contains("access token expired or revoked") {
        return Some(Meaning { likely: 2, ..named(&["credential-rejected", "credential-unset-variable"]) });
    }
    let fits = |reading: &&Reading| {
        (reading.code.is_empty() || reading.code == code) && reading.words.iter().all(|word| said.error.contains(word))
    };
    if let Some(reading) = READINGS.iter().find(fits) {
        let rules = named(&[reading.likely, reading.others].concat());
        return Some(Meaning { likely: reading.likely.len(), advice: reading.advice, ..rules });
    }
    let rules = by_words(&said.error);
    (!rules.is_empty()).then_some(Meaning { likely: rules.len(), rules, advice: None })
}

/// What a code alone says: of many rules that know it none is likelier than another.
fn by_code(said: &Said, warned: &[&'static Rule]) -> Meaning {
    let code = said.code.as_deref().unwrap_or_default();
    let mut rules: Vec<_> = RULES.iter().copied().filter(|rule| rule.npm_says.contains(&code)).collect();
    // This is what an install ends in.
    if said.error.contains(" - put ") {
        rules.retain(|rule| rule.id != "dependency-unavailable");
    }
    let advice = if rules.is_empty() { advice(code) } else { None };
    if rules.is_empty() && advice.is_none() {
        rules.extend(warned);
    }
    Meaning { likely: if rules.len() <= 3 { rules.len() } else { 0 }, rules, advice }
}

fn named(ids: &[&str]) -> Meaning {
    Meaning { rules: ids.iter().filter_map(|id| rules::find(id)).collect(), ..Meaning::default() }
}

/// The rules whose words stand in a text, those with the most words first.
fn by_words(text: &str) -> Vec<&'static Rule> {
    let weigh = |rule: &'static Rule| {
        let words = rule.npm_says.iter().filter(|words| !is_code(words) && text.contains(&words.to_lowercase()));
        (words.map(|words| words.len()).sum::<usize>(), rule)
    };
    let mut found: Vec<_> = RULES.iter().copied().map(weigh).filter(|(weight, _)| *weight > 0).collect();
    found.sort_by_key(|(weight, _)| Reverse(*weight));
    found.into_iter().map(|(_, rule)| rule).collect()
}

/// What to do about a code that no rule explains.
pub(crate) fn advice(code: &str) -> Option<&'static str> {
    let failed = code.len() == 4 && code.starts_with("E5") && code[2..].bytes().all(|byte| byte.is_ascii_digit());
    let alone = READINGS.iter().find(|reading| reading.code == code && reading.words.is_empty());
    alone.map_or(failed.then_some(FAILED), |reading| reading.advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_names_rules_that_exist_or_says_what_to_do() {
        for reading in READINGS {
            let ids = [reading.likely, reading.others].concat();
            assert_eq!(named(&ids).rules.len(), ids.len(), "{:?}", reading.words);
            assert_eq!(ids.is_empty(), reading.advice.is_some(), "{:?}", reading.words);
            assert!(reading.words.iter().all(|words| *words == words.to_lowercase()), "{:?}", reading.words);
        }
    }
}
