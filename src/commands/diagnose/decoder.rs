//! Which rules explain what npm said. Distinctive words end the search; a code, of which many rules know the same, only
//! serves where no words are known.

use std::cmp::Reverse;
use std::sync::LazyLock;

use super::said::Said;
use crate::report::explain::is_code;
use crate::rules::{
    self, Rule, access_change, access_invalid, access_missing, credential_malformed, credential_missing,
    credential_rejected, credential_restricted, credential_unset_variable, dependency_unavailable, manifest_invalid,
    name_invalid, name_taken, name_too_similar, not_a_maintainer, provenance_repository, publish_target,
    registry_invalid, registry_mismatch, registry_unreachable, scope_not_yours, tag_invalid, trusted_publisher,
    two_factor_required, version_published, version_reused,
};

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
    likely: Vec<&'static Rule>,
    others: Vec<&'static Rule>,
    advice: Option<&'static str>,
}

impl Reading {
    /// Less likely rules.
    fn or<const N: usize>(self, others: [&'static Rule; N]) -> Self {
        Self { others: others.to_vec(), ..self }
    }
}

fn words<const N: usize>(words: &'static [&'static str], likely: [&'static Rule; N]) -> Reading {
    coded("", words, likely)
}

fn coded<const N: usize>(code: &'static str, words: &'static [&'static str], likely: [&'static Rule; N]) -> Reading {
    Reading { code, words, likely: likely.to_vec(), others: Vec::new(), advice: None }
}

fn advised(code: &'static str, words: &'static [&'static str], advice: &'static str) -> Reading {
    Reading { code, words, likely: Vec::new(), others: Vec::new(), advice: Some(advice) }
}

const TOO_LARGE: &str = "The package is larger than the registry allows. Run `npm pack --dry-run` to see what is in it. Exclude files that do\n\
    not belong there with `files` in package.json, or raise the limit if it is your registry.";
const LIMITED: &str = "The registry received too many requests and is refusing more for a while. There is nothing wrong with the package.\n\
    Wait a few minutes, then publish again.";
const CONFLICT: &str = "The same package was published at the same time, or the first attempt succeeded after all. Wait a minute, then run\n\
    `npm view <name>@<version>`. If the version is there, you are done; otherwise publish again.";
const FAILED: &str = "The registry, or a gateway in front of it, failed. There is nothing wrong with the package. Run\n\
    `npm view <name>@<version>` to see whether the version was published in spite of the error; otherwise try again later.";
const SPAM: &str = "npm's spam detection rejected the name or the package. Choose another name, or publish under your own scope. If this\n\
    is a mistake, contact npm's support.";

const PUBLISHED: [&Rule; 2] = [&version_published::RULE, &version_reused::RULE];

/// A 404 to an upload, unless the credential is unknown.
const HIDDEN: [&Rule; 4] =
    [&not_a_maintainer::RULE, &credential_restricted::RULE, &credential_malformed::RULE, &trusted_publisher::RULE];

/// In this order; the first that fits is meant.
static READINGS: LazyLock<Vec<Reading>> = LazyLock::new(|| {
    vec![
        // npm's own manual follows, with the words of half of the others.
        coded("EUSAGE", &["publish a package", "usage:"], [&publish_target::RULE]),
        words(&["you cannot publish over the previously published versions"], PUBLISHED),
        words(&["cannot publish over existing version"], PUBLISHED),
        words(&["already present"], PUBLISHED),
        words(&["already contains"], PUBLISHED),
        words(&["package already exists"], PUBLISHED),
        words(&["version already exists"], PUBLISHED),
        words(&["does not allow updating assets"], PUBLISHED),
        words(&["two-factor authentication or granular access token"], [&two_factor_required::RULE]),
        words(&["two-factor authentication is required"], [&two_factor_required::RULE]),
        words(&["one-time pass"], [&two_factor_required::RULE]),
        words(&["too similar to existing package"], [&name_too_similar::RULE]),
        words(&["oidc permission denied"], [&trusted_publisher::RULE]),
        words(&["e_stage_required"], [&credential_restricted::RULE]),
        words(&["login is not allowed from your ip address"], [&credential_restricted::RULE]),
        words(&["permission_denied"], [&not_a_maintainer::RULE, &credential_restricted::RULE]),
        words(&["do not have permission to publish", "%2f"], [&not_a_maintainer::RULE, &scope_not_yours::RULE])
            .or([&credential_restricted::RULE]),
        words(&["do not have permission to publish"], [&name_taken::RULE, &not_a_maintainer::RULE])
            .or([&credential_restricted::RULE]),
        words(&["must sign up for private packages"], [&access_missing::RULE])
            .or([&access_change::RULE, &access_invalid::RULE]),
        words(&["invalid access"], [&access_invalid::RULE]),
        words(&["is invalid for new packages"], [&name_invalid::RULE]),
        words(&["invalid tag name \"@latest\""], [&name_invalid::RULE]),
        words(&["invalid tag name"], [&tag_invalid::RULE]),
        words(&["provenance", "repository.url"], [&provenance_repository::RULE]),
        words(&["source repository visibility"], [&provenance_repository::RULE]),
        advised("", &["spam detection"], SPAM),
        advised("", &["payload too large"], TOO_LARGE),
        advised("", &["file is too large"], TOO_LARGE),
        advised("E413", &[], TOO_LARGE),
        advised("", &["rate limited"], LIMITED),
        advised("E429", &[], LIMITED),
        advised("", &["failed to save packument"], CONFLICT),
        coded("E401", &["incorrect or missing password"], [&credential_rejected::RULE, &credential_malformed::RULE]),
        coded("E401", &[], [&credential_rejected::RULE, &credential_unset_variable::RULE])
            .or([&credential_malformed::RULE]),
        coded("ENEEDAUTH", &[], [&credential_missing::RULE]).or([&trusted_publisher::RULE, &registry_mismatch::RULE]),
        words(&["scope not found"], [&scope_not_yours::RULE]),
        coded(
            "E404",
            &[" - put ", "%2f"],
            [&credential_rejected::RULE, &credential_unset_variable::RULE, &scope_not_yours::RULE],
        )
        .or(HIDDEN),
        coded("E404", &[" - put "], [&credential_rejected::RULE, &credential_unset_variable::RULE]).or(HIDDEN),
        coded("E404", &[" - get "], [&publish_target::RULE, &dependency_unavailable::RULE])
            .or([&registry_mismatch::RULE]),
        coded("ENOTFOUND", &[], [&registry_unreachable::RULE, &registry_invalid::RULE]),
        coded("ENOENT", &["package.json"], [&manifest_invalid::RULE]),
        coded("EPUBLISHCONFLICT", &[], PUBLISHED),
    ]
});

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
        return Some(Meaning { likely: 2, ..named(&[&credential_rejected::RULE, &credential_unset_variable::RULE]) });
    }
    let fits = |reading: &&Reading| {
        (reading.code.is_empty() || reading.code == code) && reading.words.iter().all(|word| said.error.contains(word))
    };
    if let Some(reading) = READINGS.iter().find(fits) {
        let rules = named(&[&reading.likely[..], &reading.others].concat());
        return Some(Meaning { likely: reading.likely.len(), advice: reading.advice, ..rules });
    }
    let rules = by_words(&said.error);
    (!rules.is_empty()).then_some(Meaning { likely: rules.len(), rules, advice: None })
}

/// What a code alone says: of many rules that know it none is likelier than another.
fn by_code(said: &Said, warned: &[&'static Rule]) -> Meaning {
    let code = said.code.as_deref().unwrap_or_default();
    let mut rules: Vec<_> = rules::all().filter(|rule| rule.npm_says.contains(&code)).collect();
    // This is what an install ends in.
    if said.error.contains(" - put ") {
        rules.retain(|rule| **rule != dependency_unavailable::RULE);
    }
    let advice = if rules.is_empty() { advice(code) } else { None };
    if rules.is_empty() && advice.is_none() {
        rules.extend(warned);
    }
    Meaning { likely: if rules.len() <= 3 { rules.len() } else { 0 }, rules, advice }
}

fn named(rules: &[&'static Rule]) -> Meaning {
    Meaning { rules: rules.to_vec(), ..Meaning::default() }
}

/// The rules whose words stand in a text, those with the most words first.
fn by_words(text: &str) -> Vec<&'static Rule> {
    let weigh = |rule: &'static Rule| {
        let words = rule.npm_says.iter().filter(|words| !is_code(words) && text.contains(&words.to_lowercase()));
        (words.map(|words| words.len()).sum::<usize>(), rule)
    };
    let mut found: Vec<_> = rules::all().map(weigh).filter(|(weight, _)| *weight > 0).collect();
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
    fn every_reading_names_rules_or_gives_advice() {
        for reading in READINGS.iter() {
            let no_rule = reading.likely.is_empty() && reading.others.is_empty();
            assert_eq!(no_rule, reading.advice.is_some(), "{:?}", reading.words);
            assert!(reading.words.iter().all(|words| *words == words.to_lowercase()), "{:?}", reading.words);
        }
    }
}
