//! The rules: what a rule is, the table of all of them, and what they see. A rule is a `static` with its docs in
//! it and a function beside it; adding one is a new file, its `mod` line and a line in the table below.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![expect(clippy::unnecessary_wraps, reason = "every rule answers, also one that is always sure")]

pub mod access_change;
pub mod access_invalid;
pub mod access_missing;
pub mod account_restricted;
pub mod credential_committed;
pub mod credential_expiring;
pub mod credential_malformed;
pub mod credential_missing;
pub mod credential_rejected;
pub mod credential_restricted;
pub mod credential_unset_variable;
pub mod dependency_unavailable;
pub mod dependency_unpublishable;
pub mod dev_engines;
pub mod guards_disabled;
pub mod latest_moves_back;
pub mod manifest_invalid;
pub mod manifest_rewritten;
pub mod name_invalid;
pub mod name_on_hold;
pub mod name_taken;
pub mod name_too_similar;
pub mod not_a_maintainer;
pub mod prerelease_without_tag;
pub mod private_package;
pub mod provenance_impossible;
pub mod provenance_not_disabled;
pub mod provenance_repository;
pub mod publish_config_ignored;
pub mod publish_is_no_op;
pub mod publish_target;
pub mod registry_invalid;
pub mod registry_mismatch;
pub mod registry_read_only;
pub mod registry_unreachable;
pub mod scope_not_yours;
pub mod tag_invalid;
pub mod tag_overridden;
pub mod tag_version_mismatch;
pub mod trusted_publisher;
pub mod trusted_publisher_shadowed;
pub mod two_factor_required;
pub mod version_invalid;
pub mod version_published;
pub mod version_reused;
pub mod version_rewritten;
pub mod version_staged;
pub mod workspace_invalid;
pub mod workspace_partial_release;

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::{Diagnostic, Severity};
use crate::name::PackageName;
use crate::plan::PublishPlan;
use crate::registry::{
    Answer, Ask, Fact, Facts, Packument, Permission, Profile, Question, Reason, Seen, Staging, TokenRow, Unknown,
    VersionDocument, Whoami,
};

/// What kind of problem a rule finds; it decides the severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// npm refuses, or what comes out is provably not what the files ask for: an error.
    Correctness,
    /// It would succeed, and probably not be what was meant: a warning.
    Suspicious,
    /// Worth knowing: info.
    Advice,
}

impl Category {
    /// The severity of what its rules find.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Correctness => Severity::Error,
            Self::Suspicious => Severity::Warning,
            Self::Advice => Severity::Info,
        }
    }

    /// Its name on the command line and in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Suspicious => "suspicious",
            Self::Advice => "advice",
        }
    }
}

/// A rule.
pub struct Rule {
    /// Kebab-case, names the problem; public and never renamed.
    pub id: &'static str,
    /// What kind of problem it finds.
    pub category: Category,
    /// One line without a full stop: the README's row, SARIF's short description.
    pub summary: &'static str,
    /// Markdown with the sections `What it finds`, `Why it matters`, `What to do`, `Example`.
    pub docs: &'static str,
    /// What npm says instead: codes and the words of its messages.
    pub npm_says: &'static [&'static str],
    /// What it asks the registry; empty: it works offline.
    pub asks: &'static [Ask],
    /// The version that brought it.
    pub since: &'static str,
    /// What it finds in one package, or why it cannot tell.
    pub check: fn(&Case<'_>) -> Answer<Vec<Diagnostic>>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What becomes of one publish of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Course {
    /// It takes place, as far as can be told.
    #[default]
    Goes,
    /// npm stops there, as this rule says.
    Stops(&'static str),
    /// It is no part of the run: its version is out, or nothing of it changed.
    LeftOut,
}

/// All publishes of a run, in their order.
pub struct Release<'a> {
    /// The publishes.
    pub plans: &'a [PublishPlan],
    by_name: HashMap<&'a PackageName, Vec<&'a PublishPlan>>,
}

impl<'a> Release<'a> {
    /// The run of these.
    pub fn new(plans: &'a [PublishPlan]) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for plan in plans {
            if let Some(name) = &plan.name {
                by_name.entry(name).or_default().push(plan);
            }
        }
        Self { plans, by_name }
    }

    /// Those of one name, in their order.
    pub fn named(&self, name: &PackageName) -> &[&'a PublishPlan] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What a rule sees.
pub struct Case<'a> {
    /// The publish it judges.
    pub plan: &'a PublishPlan,
    /// All publishes of the run.
    pub release: &'a Release<'a>,
    /// What registries answered.
    pub facts: &'a Facts,
    /// What becomes of each publish of the run; empty while that is being found out.
    pub courses: &'a [Course],
    /// Seconds since 1970-01-01T00:00:00Z: a rule has no clock of its own.
    pub now: u64,
}

/// Every rule, sorted by id.
pub static RULES: &[&Rule] = &[
    &access_change::RULE,
    &access_invalid::RULE,
    &access_missing::RULE,
    &account_restricted::RULE,
    &credential_committed::RULE,
    &credential_expiring::RULE,
    &credential_malformed::RULE,
    &credential_missing::RULE,
    &credential_rejected::RULE,
    &credential_restricted::RULE,
    &credential_unset_variable::RULE,
    &dependency_unavailable::RULE,
    &dependency_unpublishable::RULE,
    &dev_engines::RULE,
    &guards_disabled::RULE,
    &latest_moves_back::RULE,
    &manifest_invalid::RULE,
    &manifest_rewritten::RULE,
    &name_invalid::RULE,
    &name_on_hold::RULE,
    &name_taken::RULE,
    &name_too_similar::RULE,
    &not_a_maintainer::RULE,
    &prerelease_without_tag::RULE,
    &private_package::RULE,
    &provenance_impossible::RULE,
    &provenance_not_disabled::RULE,
    &provenance_repository::RULE,
    &publish_config_ignored::RULE,
    &publish_is_no_op::RULE,
    &publish_target::RULE,
    &registry_invalid::RULE,
    &registry_mismatch::RULE,
    &registry_read_only::RULE,
    &registry_unreachable::RULE,
    &scope_not_yours::RULE,
    &tag_invalid::RULE,
    &tag_overridden::RULE,
    &tag_version_mismatch::RULE,
    &trusted_publisher::RULE,
    &trusted_publisher_shadowed::RULE,
    &two_factor_required::RULE,
    &version_invalid::RULE,
    &version_published::RULE,
    &version_reused::RULE,
    &version_rewritten::RULE,
    &version_staged::RULE,
    &workspace_invalid::RULE,
    &workspace_partial_release::RULE,
];

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// What somebody who wrote `name` may have meant.
pub fn most_similar(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .max_by(|left, right| strsim::jaro(left, name).total_cmp(&strsim::jaro(right, name)))
        .filter(|best| strsim::jaro(best, name) > 0.8)
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident: $ask:ident -> $fact:ty;)+) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// Why it is not known.
        pub fn $name(&self) -> Answer<&$fact> {
            match self.ask(Ask::$ask)? {
                Fact::$ask(fact) => Ok(fact),
                _ => Err(Unknown::new(Reason::Malformed, "the answer does not fit the question")),
            }
        })+
    };
}

impl Case<'_> {
    facts! {
        /// Everything published under the name.
        packument: Packument -> Seen<Packument>;
        /// Whose credential it is.
        whoami: Whoami -> Whoami;
        /// The account behind the credential.
        profile: Profile -> Profile;
        /// The tokens of that account.
        tokens: Tokens -> Vec<TokenRow>;
        /// Who belongs to the organisation of the name's scope: user -> role.
        roster: Roster -> Seen<BTreeMap<String, String>>;
        /// Who may write the package.
        collaborators: Collaborators -> Seen<BTreeMap<String, Permission>>;
        /// Whether the package is public.
        visibility: Visibility -> Seen<bool>;
        /// Its versions that wait for approval.
        staging: Stage -> Seen<Staging>;
        /// The version, where the packument cannot be read.
        version_document: Version -> Seen<VersionDocument>;
        /// Names like the package's.
        search: Search -> Vec<String>;
        /// The package's dist-tags.
        dist_tags: DistTags -> Seen<BTreeMap<String, String>>;
    }

    /// Whether the registry answers at all.
    ///
    /// # Errors
    /// Why it is not known, an outage included.
    pub fn ping(&self) -> Answer<()> {
        self.ask(Ask::Ping).map(|_| ())
    }

    fn ask(&self, ask: Ask) -> Answer<&Fact> {
        self.put(self.plan.question(ask))
    }

    /// The answer to a question that [`PublishPlan::question`] made.
    pub(crate) fn put(&self, question: Option<Question>) -> Answer<&Fact> {
        let question = question.ok_or_else(|| match self.plan.own_settings() {
            Some(own) if self.plan.is_target_unread() => own.unknown(),
            _ => Unknown::new(Reason::NotAsked, "there is no usable registry or package name to ask with"),
        })?;
        if question.credential.is_none() && question.ask.needs_credential() {
            return Err(Unknown::new(
                Reason::Unauthenticated,
                format!("{} cannot be asked for without a credential", question.ask.noun()),
            ));
        }
        self.facts.get(&question)
    }
}

#[cfg(test)]
pub(crate) use crate::testing;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    #[test]
    fn the_table_is_sorted_and_every_rule_is_documented() {
        let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
        for rule in RULES {
            let sections: Vec<_> = rule.docs.lines().filter_map(|line| line.strip_prefix("### ")).collect();
            assert_eq!(sections, ["What it finds", "Why it matters", "What to do", "Example"], "{}", rule.id);
            assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{}", rule.id);
            let first = rule.summary.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{}: a summary is no sentence", rule.id);
            assert!(!rule.npm_says.is_empty() || rule.category != Category::Correctness, "{}", rule.id);
        }
    }

    #[test]
    fn every_example_is_found_by_its_rule() {
        for rule in RULES {
            let scene = Scene::example(rule);
            let found = scene.check(rule.id).unwrap_or_else(|unknown| panic!("{}: {}", rule.id, unknown.detail));
            assert!(!found.is_empty(), "the example of {} is fine", rule.id);
        }
    }

    #[test]
    fn a_diagnostic_says_what_why_and_what_to_do() {
        for rule in RULES {
            for diagnostic in Scene::example(rule).check(rule.id).unwrap_or_default() {
                for part in [&diagnostic.message, &diagnostic.why, &diagnostic.help] {
                    assert!(!part.is_empty() && !part.ends_with('.') && !part.contains('\n'), "{}: {part:?}", rule.id);
                }
            }
        }
    }
}
