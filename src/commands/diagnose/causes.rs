//! Why a publish failed, as far as its words decide it. A reading is what a client or a registry says, and the causes that it leaves;
//! the first that fits counts, so that those with more words come before those with fewer. Where the words leave several causes,
//! they are ranked, and each says how to distinguish it from the others.

mod client;
mod identity;
mod outcome;
mod registry;
mod scripts;
mod vendor;

use std::cmp::Reverse;
use std::sync::LazyLock;

use super::attempt::{Attempt, Client, Identity, status_of};
use crate::facts::vendor::Vendor;
use crate::report::explain::is_code;
use crate::rules::{self, Rule};

/// Shows whether the version is there.
const VIEW: &str = "npm view {package}@{version} version";

/// One explanation of a failure.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    /// `None`: nothing that a look at the project could find.
    pub(super) rule: Option<&'static Rule>,
    /// What it is called without a rule, or instead of the rule's own summary.
    pub(super) name: &'static str,
    /// What in the log says so, or why the client or the registry does it.
    pub(super) why: String,
    /// What to do; empty: what the rule says.
    pub(super) fix: String,
    /// A command that does or shows it.
    pub(super) command: Option<String>,
}

impl Cause {
    pub(super) fn of(rule: &'static Rule) -> Self {
        Self { rule: Some(rule), name: "", why: String::new(), fix: String::new(), command: None }
    }

    fn named(name: &'static str) -> Self {
        Self { rule: None, name, why: String::new(), fix: String::new(), command: None }
    }

    fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    fn why(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    fn run(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}

/// What the words leave.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// The likely causes, the likeliest first. One: it is decided, unless there are others.
    pub(super) causes: Vec<Cause>,
    /// Rules that the words do not exclude, either.
    pub(super) others: Vec<&'static Rule>,
}

impl Verdict {
    fn one(cause: Cause) -> Self {
        Self { causes: vec![cause], others: Vec::new() }
    }
}

/// Words, or a code, and what they mean.
struct Reading {
    /// One of these; none: any code, or no code.
    codes: &'static [&'static str],
    /// All of these are in the error, in lowercase.
    words: &'static [&'static str],
    /// What else must hold.
    when: fn(&Attempt) -> bool,
    /// It was sent to a registry of this vendor.
    at: Option<&'static Vendor>,
    causes: Vec<Cause>,
    others: Vec<&'static Rule>,
}

impl Reading {
    fn or<const N: usize>(self, others: [&'static Rule; N]) -> Self {
        Self { others: others.to_vec(), ..self }
    }

    fn when(self, when: fn(&Attempt) -> bool) -> Self {
        Self { when, ..self }
    }

    fn fits(&self, attempt: &Attempt) -> bool {
        let is_code = self.codes.is_empty() || self.codes.iter().any(|code| attempt.has_code(code));
        let is_there = |at: &Vendor| attempt.vendor().is_some_and(|vendor| vendor.name == at.name);
        is_code
            && (self.when)(attempt)
            && self.at.is_none_or(is_there)
            && self.words.iter().all(|words| attempt.says(words))
    }
}

fn reading<const N: usize>(
    codes: &'static [&'static str],
    words: &'static [&'static str],
    causes: [Cause; N],
) -> Reading {
    Reading { codes, words, when: |_| true, at: None, causes: Vec::from(causes), others: Vec::new() }
}

fn words<const N: usize>(words: &'static [&'static str], causes: [Cause; N]) -> Reading {
    reading(&[], words, causes)
}

fn codes<const N: usize>(codes: &'static [&'static str], causes: [Cause; N]) -> Reading {
    reading(codes, &[], causes)
}

/// In this order; the first that fits is meant.
static READINGS: LazyLock<Vec<Reading>> = LazyLock::new(|| {
    [
        client::usage(),
        registry::no_publish(),
        registry::versions(),
        registry::second_factor(),
        registry::provenance(),
        registry::names(),
        vendor::by_words(),
        registry::nameless(),
        registry::rights(),
        registry::load(),
        client::settings(),
        client::manifest(),
        client::other_clients(),
        client::git(),
        scripts::readings(),
        client::machine(),
        registry::credentials(),
        registry::network(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// Why this failed.
pub(super) fn verdict(attempt: &Attempt) -> Verdict {
    if let Some(verdict) = outcome::verdict(attempt) {
        return verdict;
    }
    let special = client::silent(attempt)
        .or_else(|| scripts::again(attempt))
        .or_else(|| registry::other_repository(attempt))
        .or_else(|| identity::verdict(attempt))
        .or_else(|| client::left_out(attempt))
        .or_else(|| client::unknown_setting(attempt))
        .or_else(|| registry::objection(attempt))
        .or_else(|| client::unset(attempt))
        .or_else(|| registry::expired(attempt));
    let mut verdict = special.or_else(|| by_readings(attempt)).unwrap_or_else(|| by_rules(attempt));
    registry::closed(attempt, &mut verdict);
    scripts::fit(attempt, &mut verdict);
    registry::never_without_credential(attempt, &mut verdict);
    registry::beside_published(attempt, &mut verdict);
    exclude(attempt, &mut verdict);
    by_warnings(attempt, &mut verdict);
    for cause in &mut verdict.causes {
        client::fit(attempt, cause);
    }
    verdict
}

fn by_readings(attempt: &Attempt) -> Option<Verdict> {
    let reading = READINGS.iter().find(|reading| reading.fits(attempt))?;
    Some(Verdict { causes: reading.causes.clone(), others: reading.others.clone() })
}

/// Words that only one rule knows decide. A code alone does not, where a registry chose it: of the rules that know it none is
/// likelier than another. A code of the client's own means one thing.
fn by_rules(attempt: &Attempt) -> Verdict {
    let worded = by_words(attempt.words());
    if !worded.is_empty() {
        return Verdict { causes: worded.into_iter().map(Cause::of).collect(), others: Vec::new() };
    }
    let known = |rule: &&'static Rule| attempt.codes.iter().any(|code| rule.npm_says.contains(&code.as_str()));
    let mut rules: Vec<_> = rules::all().filter(known).collect();
    // This is what an install ends in.
    if attempt.is_upload() {
        rules.retain(|rule| **rule != rules::dependency_unavailable::RULE);
    }
    if attempt.status() == Some(400) && attempt.is_upload() {
        return registry::invalid(attempt, &rules);
    }
    if rules.is_empty() {
        let causes = attempt.codes.iter().find_map(|code| of_code(code)).into_iter().collect();
        return Verdict { causes, others: by_words(attempt.aside()) };
    }
    if attempt.status() == Some(403) && !attempt.is_download() {
        return registry::forbidden(attempt);
    }
    if attempt.status().is_none() && rules.len() <= 3 {
        return Verdict { causes: rules.into_iter().map(Cause::of).collect(), others: Vec::new() };
    }
    Verdict { causes: Vec::new(), others: rules }
}

/// The rules whose words are in a text without blanks, those with the most words first.
fn by_words(text: &str) -> Vec<&'static Rule> {
    let weigh = |rule: &'static Rule| {
        let squeezed = |words: &str| super::attempt::squeezed(words).collect::<String>();
        let words = rule.npm_says.iter().filter(|words| !is_code(words) && text.contains(&squeezed(words)));
        (words.map(|words| words.len()).sum::<usize>(), rule)
    };
    let mut found: Vec<_> = rules::all().map(weigh).filter(|(weight, _)| *weight > 0).collect();
    found.sort_by_key(|(weight, _)| Reverse(*weight));
    found.into_iter().map(|(_, rule)| rule).collect()
}

/// What a code means by itself, where no rule knows it.
fn of_code(code: &str) -> Option<Cause> {
    if status_of(code).is_some_and(|status| status >= 500) {
        return Some(registry::failed());
    }
    client::of_code(code)
}

/// Takes out what cannot be meant at this registry, or in this situation.
fn exclude(attempt: &Attempt, verdict: &mut Verdict) {
    use rules::{
        access_change, access_invalid, access_missing, account_restricted, name_on_hold, name_taken, name_too_similar,
        not_a_maintainer, scope_not_yours, trusted_publisher, trusted_publisher_shadowed, version_reused,
        version_staged,
    };
    let mut excluded: Vec<&Rule> = Vec::new();
    if !attempt.may_follow_npm() {
        excluded.extend([
            &name_too_similar::RULE,
            &account_restricted::RULE,
            &name_on_hold::RULE,
            &access_missing::RULE,
            &access_change::RULE,
            &trusted_publisher::RULE,
            &trusted_publisher_shadowed::RULE,
            &version_staged::RULE,
        ]);
    }
    if attempt.is_elsewhere() && !attempt.says("oidc") && matches!(attempt.identity, Identity::Unsaid) {
        excluded.extend([&trusted_publisher::RULE, &trusted_publisher_shadowed::RULE]);
    }
    if attempt.vendor().is_some_and(|vendor| vendor.takes_deleted_versions) {
        excluded.push(&version_reused::RULE);
    }
    // A package that does not exist has no maintainers and no owner.
    if attempt.is_new {
        excluded.extend([&not_a_maintainer::RULE, &name_taken::RULE, &access_change::RULE]);
    }
    if attempt.package.is_some() && !attempt.is_scoped() {
        excluded.push(&scope_not_yours::RULE);
    }
    if attempt.is_scoped() {
        excluded.push(&name_too_similar::RULE);
        // A scoped package can be restricted.
        if attempt.status() == Some(402) {
            excluded.push(&access_invalid::RULE);
        }
    }
    // It is there for trusted publishing only.
    if matches!(attempt.client, Client::Bun | Client::YarnClassic) {
        excluded.extend([&trusted_publisher::RULE, &trusted_publisher_shadowed::RULE]);
    }
    let is_left = |rule: &Rule| !excluded.iter().any(|excluded| excluded.id == rule.id);
    if verdict.causes.iter().any(|cause| cause.rule.is_none_or(is_left)) {
        verdict.causes.retain(|cause| cause.rule.is_none_or(is_left));
    }
    let stated: Vec<&str> = verdict.causes.iter().filter_map(|cause| cause.rule).map(|rule| rule.id).collect();
    verdict.others.retain(|rule| is_left(rule) && !stated.contains(&rule.id));
}

/// A warning may belong to something else: it only shows which of several causes is likelier.
fn by_warnings(attempt: &Attempt, verdict: &mut Verdict) {
    let warned = by_words(attempt.aside());
    let rank = |rule: Option<&Rule>| {
        let place = |rule: &Rule| warned.iter().position(|warned| warned.id == rule.id);
        rule.and_then(place).unwrap_or(usize::MAX)
    };
    verdict.causes.sort_by_key(|cause| rank(cause.rule));
    verdict.others.sort_by_key(|rule| rank(Some(rule)));
}

/// What to do about a code that no rule explains.
pub(crate) fn advice(code: &str) -> Option<&'static str> {
    static ADVICE: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
        let alone = READINGS.iter().filter(|reading| reading.words.is_empty());
        let pairs = alone.flat_map(|reading| reading.codes.iter().map(move |code| (*code, reading)));
        let without_rule = pairs.filter_map(|(code, reading)| {
            let [cause] = &reading.causes[..] else { return None };
            cause.rule.is_none().then(|| (code, cause.fix.clone()))
        });
        without_rule.collect()
    });
    static FAILED: LazyLock<String> = LazyLock::new(|| registry::failed().fix);
    let known = ADVICE.iter().find(|(known, _)| *known == code).map(|(_, advice)| advice.as_str());
    known.or_else(|| status_of(code).filter(|status| *status >= 500).map(|_| FAILED.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_names_a_cause_and_a_remedy() {
        for reading in READINGS.iter() {
            assert!(!reading.causes.is_empty(), "{:?} {:?}", reading.codes, reading.words);
            assert!(reading.words.iter().all(|words| *words == words.to_lowercase()), "{:?}", reading.words);
            for cause in &reading.causes {
                assert!(cause.rule.is_some() || !cause.name.is_empty() && !cause.fix.is_empty(), "{:?}", reading.words);
            }
        }
    }
}
