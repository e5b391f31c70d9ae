//! The rules: what a rule is, the table of all of them, and what they see. A rule is a `static` with its docs in
//! it and a function beside it; adding one is a new file and a line in the table below.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![expect(clippy::unnecessary_wraps, reason = "every rule answers, also one that is always sure")]

pub mod access_change;
pub mod access_invalid;
pub mod access_missing;
pub mod account_restricted;
pub mod archive_refused;
pub mod bin_missing;
pub mod bin_unrunnable;
pub mod bundle_overridden;
pub mod case;
pub mod content;
pub mod content_policy;
pub mod credential_committed;
pub mod credential_expiring;
pub mod credential_malformed;
pub mod credential_missing;
pub mod credential_rejected;
pub mod credential_restricted;
pub mod credential_unset_variable;
pub mod dependency_unavailable;
pub mod dependency_undeclared;
pub mod dependency_unpublishable;
pub mod dev_engines;
pub mod development_file_packed;
pub mod diagnostic;
pub mod entry_missing;
pub mod exports_invalid;
pub mod exports_order;
pub mod files_swallowed;
pub mod files_unmatched;
pub mod format_mismatch;
pub mod git_behind;
pub mod git_branch;
pub mod git_not_clean;
pub mod guards_disabled;
pub mod ignore_expired;
pub mod ignore_file_dead;
pub mod import_missing;
pub mod import_unspecified;
pub mod install_script_missing;
pub mod latest_moves_back;
pub mod levels;
pub mod licence_missing;
pub mod link_dropped;
pub mod lint;
pub mod manifest_invalid;
pub mod manifest_rewritten;
pub mod name_conflict;
pub mod name_invalid;
pub mod name_on_hold;
pub mod name_taken;
pub mod name_too_similar;
pub mod name_unportable;
pub mod nested_modules_packed;
pub mod not_a_maintainer;
pub mod option_unknown;
pub mod package_empty;
pub mod prerelease_without_tag;
pub mod private_file_packed;
pub mod private_package;
pub mod provenance_impossible;
pub mod provenance_not_disabled;
pub mod provenance_repository;
pub mod publish_config_ignored;
pub mod publish_is_no_op;
pub mod publish_target;
pub mod readme_missing;
pub mod registry_invalid;
pub mod registry_mismatch;
pub mod registry_read_only;
pub mod registry_unreachable;
pub mod repository_missing;
pub mod rule;
pub mod scope_not_yours;
pub mod script_unrunnable;
pub mod secret_packed;
pub mod setting_misplaced;
pub mod setting_unknown;
pub mod source_map_dangling;
pub mod source_map_packed;
pub mod tag_invalid;
pub mod tag_overridden;
pub mod tag_version_mismatch;
pub mod trust_downgraded;
pub mod trusted_publisher;
pub mod trusted_publisher_shadowed;
pub mod two_factor_required;
pub mod types_missing;
pub mod version_invalid;
pub mod version_published;
pub mod version_reused;
pub mod version_rewritten;
pub mod version_staged;
pub mod workspace_invalid;
pub mod workspace_not_installed;
pub mod workspace_partial_release;

use std::collections::{BTreeMap, HashMap};

use crate::facts::{
    Answer, Ask, Fact, Facts, Gap, Packument, Permission, Profile, Question, Reason, Seen, Staging, TokenRow, Unknown,
    VersionDocument, Whoami,
};
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::nerf_dart;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::Diagnostic;
pub use rule::{About, Category, Input, Needs, Order, Rule, Stops};

/// What happens to one publish of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It takes place, as far as is known.
    #[default]
    Proceeds,
    /// npm fails, as this rule reports.
    Fails(&'static str),
    /// It is no part of the run: its version is already published, or none of its files changed.
    Skipped,
}

/// All publishes of a run, in their order.
pub struct Release<'a> {
    /// The publishes.
    pub plans: &'a [PublishPlan],
    by_name: HashMap<&'a PackageName, Vec<&'a PublishPlan>>,
    /// No two of them go to different registries, as npm looks for credentials.
    pub has_one_registry: bool,
}

impl<'a> Release<'a> {
    /// The run of these.
    pub fn new(plans: &'a [PublishPlan]) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for plan in plans {
            if let Some(name) = plan.package.name() {
                by_name.entry(name).or_default().push(plan);
            }
        }
        let mut registries = plans.iter().filter_map(|plan| plan.destination.registry()).map(|(url, _)| url);
        let has_one_registry = registries
            .next()
            .is_none_or(|first| registries.all(|other| other == first || nerf_dart(other) == nerf_dart(first)));
        Self { plans, by_name, has_one_registry }
    }

    /// Those of one name, in their order.
    pub fn named(&self, name: &PackageName) -> &[&'a PublishPlan] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What a rule sees.
pub struct Case<'a> {
    /// The publish it checks.
    pub plan: &'a PublishPlan,
    /// All publishes of the run.
    pub release: &'a Release<'a>,
    /// What registries answered.
    pub facts: &'a Facts,
    /// Seconds since 1970-01-01T00:00:00Z: a rule has no clock of its own.
    pub now: u64,
}

/// The function of a rule.
#[derive(Clone, Copy)]
pub enum Check {
    /// Looks at one package.
    Package(fn(&Case<'_>) -> Answer<Vec<Diagnostic>>),
    /// Looks at all packages of the run once it is known what happens to each.
    Release(fn(&Release<'_>, &[Outcome]) -> Vec<Diagnostic>),
}

/// What the function of a rule says of a package, with the codes of the client that publishes it.
///
/// # Errors
/// What has to be known first.
pub fn say(look: fn(&Case<'_>) -> Answer<Vec<Diagnostic>>, case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let words = case.plan.runner.words();
    Ok(look(case)?.into_iter().map(|diagnostic| diagnostic.said_by(words)).collect())
}

/// How many rules there are.
pub(crate) const RULES: usize = TABLE.len();

/// Every rule and its function, sorted by id.
pub static TABLE: &[(&Rule, Check)] = &[
    (&access_change::RULE, Check::Package(access_change::check)),
    (&access_invalid::RULE, Check::Package(access_invalid::check)),
    (&access_missing::RULE, Check::Package(access_missing::check)),
    (&account_restricted::RULE, Check::Package(account_restricted::check)),
    (&archive_refused::RULE, Check::Package(archive_refused::check)),
    (&bin_missing::RULE, Check::Package(bin_missing::check)),
    (&bin_unrunnable::RULE, Check::Package(bin_unrunnable::check)),
    (&bundle_overridden::RULE, Check::Package(bundle_overridden::check)),
    (&content_policy::RULE, Check::Package(content_policy::check)),
    (&credential_committed::RULE, Check::Package(credential_committed::check)),
    (&credential_expiring::RULE, Check::Package(credential_expiring::check)),
    (&credential_malformed::RULE, Check::Package(credential_malformed::check)),
    (&credential_missing::RULE, Check::Package(credential_missing::check)),
    (&credential_rejected::RULE, Check::Package(credential_rejected::check)),
    (&credential_restricted::RULE, Check::Package(credential_restricted::check)),
    (&credential_unset_variable::RULE, Check::Package(credential_unset_variable::check)),
    (&dependency_unavailable::RULE, Check::Package(dependency_unavailable::check)),
    (&dependency_undeclared::RULE, Check::Package(dependency_undeclared::check)),
    (&dependency_unpublishable::RULE, Check::Package(dependency_unpublishable::check)),
    (&dev_engines::RULE, Check::Package(dev_engines::check)),
    (&development_file_packed::RULE, Check::Package(development_file_packed::check)),
    (&entry_missing::RULE, Check::Package(entry_missing::check)),
    (&exports_invalid::RULE, Check::Package(exports_invalid::check)),
    (&exports_order::RULE, Check::Package(exports_order::check)),
    (&files_swallowed::RULE, Check::Package(files_swallowed::check)),
    (&files_unmatched::RULE, Check::Package(files_unmatched::check)),
    (&format_mismatch::RULE, Check::Package(format_mismatch::check)),
    (&git_behind::RULE, Check::Package(git_behind::check)),
    (&git_branch::RULE, Check::Package(git_branch::check)),
    (&git_not_clean::RULE, Check::Package(git_not_clean::check)),
    (&guards_disabled::RULE, Check::Package(guards_disabled::check)),
    (&ignore_expired::RULE, Check::Package(ignore_expired::check)),
    (&ignore_file_dead::RULE, Check::Package(ignore_file_dead::check)),
    (&import_missing::RULE, Check::Package(import_missing::check)),
    (&import_unspecified::RULE, Check::Package(import_unspecified::check)),
    (&install_script_missing::RULE, Check::Package(install_script_missing::check)),
    (&latest_moves_back::RULE, Check::Package(latest_moves_back::check)),
    (&licence_missing::RULE, Check::Package(licence_missing::check)),
    (&link_dropped::RULE, Check::Package(link_dropped::check)),
    (&manifest_invalid::RULE, Check::Package(manifest_invalid::check)),
    (&manifest_rewritten::RULE, Check::Package(manifest_rewritten::check)),
    (&name_conflict::RULE, Check::Package(name_conflict::check)),
    (&name_invalid::RULE, Check::Package(name_invalid::check)),
    (&name_on_hold::RULE, Check::Package(name_on_hold::check)),
    (&name_taken::RULE, Check::Package(name_taken::check)),
    (&name_too_similar::RULE, Check::Package(name_too_similar::check)),
    (&name_unportable::RULE, Check::Package(name_unportable::check)),
    (&nested_modules_packed::RULE, Check::Package(nested_modules_packed::check)),
    (&not_a_maintainer::RULE, Check::Package(not_a_maintainer::check)),
    (&option_unknown::RULE, Check::Package(option_unknown::check)),
    (&package_empty::RULE, Check::Package(package_empty::check)),
    (&prerelease_without_tag::RULE, Check::Package(prerelease_without_tag::check)),
    (&private_file_packed::RULE, Check::Package(private_file_packed::check)),
    (&private_package::RULE, Check::Package(private_package::check)),
    (&provenance_impossible::RULE, Check::Package(provenance_impossible::check)),
    (&provenance_not_disabled::RULE, Check::Package(provenance_not_disabled::check)),
    (&provenance_repository::RULE, Check::Package(provenance_repository::check)),
    (&publish_config_ignored::RULE, Check::Package(publish_config_ignored::check)),
    (&publish_is_no_op::RULE, Check::Package(publish_is_no_op::check)),
    (&publish_target::RULE, Check::Package(publish_target::check)),
    (&readme_missing::RULE, Check::Package(readme_missing::check)),
    (&registry_invalid::RULE, Check::Package(registry_invalid::check)),
    (&registry_mismatch::RULE, Check::Package(registry_mismatch::check)),
    (&registry_read_only::RULE, Check::Package(registry_read_only::check)),
    (&registry_unreachable::RULE, Check::Package(registry_unreachable::check)),
    (&repository_missing::RULE, Check::Package(repository_missing::check)),
    (&scope_not_yours::RULE, Check::Package(scope_not_yours::check)),
    (&script_unrunnable::RULE, Check::Package(script_unrunnable::check)),
    (&secret_packed::RULE, Check::Package(secret_packed::check)),
    (&setting_misplaced::RULE, Check::Package(setting_misplaced::check)),
    (&setting_unknown::RULE, Check::Package(setting_unknown::check)),
    (&source_map_dangling::RULE, Check::Package(source_map_dangling::check)),
    (&source_map_packed::RULE, Check::Package(source_map_packed::check)),
    (&tag_invalid::RULE, Check::Package(tag_invalid::check)),
    (&tag_overridden::RULE, Check::Package(tag_overridden::check)),
    (&tag_version_mismatch::RULE, Check::Package(tag_version_mismatch::check)),
    (&trust_downgraded::RULE, Check::Package(trust_downgraded::check)),
    (&trusted_publisher::RULE, Check::Package(trusted_publisher::check)),
    (&trusted_publisher_shadowed::RULE, Check::Package(trusted_publisher_shadowed::check)),
    (&two_factor_required::RULE, Check::Package(two_factor_required::check)),
    (&types_missing::RULE, Check::Package(types_missing::check)),
    (&version_invalid::RULE, Check::Package(version_invalid::check)),
    (&version_published::RULE, Check::Package(version_published::check)),
    (&version_reused::RULE, Check::Package(version_reused::check)),
    (&version_rewritten::RULE, Check::Package(version_rewritten::check)),
    (&version_staged::RULE, Check::Package(version_staged::check)),
    (&workspace_invalid::RULE, Check::Package(workspace_invalid::check)),
    (&workspace_not_installed::RULE, Check::Package(workspace_not_installed::check)),
    (&workspace_partial_release::RULE, Check::Release(workspace_partial_release::check)),
];

/// Every rule, sorted by id.
pub fn all() -> impl Iterator<Item = &'static Rule> + Clone {
    TABLE.iter().map(|(rule, _)| *rule)
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    entry(id).map(|(rule, _)| *rule)
}

/// The function of a rule.
pub fn check(rule: &Rule) -> Option<Check> {
    entry(rule.id).map(|(_, check)| *check)
}

fn entry(id: &str) -> Option<&'static (&'static Rule, Check)> {
    TABLE.get(position(id)?)
}

/// Where a rule is in the table, which is sorted: the engine looks into it for every rule of every package.
pub(crate) fn position(id: &str) -> Option<usize> {
    TABLE.binary_search_by(|(rule, _)| rule.id.cmp(id)).ok()
}

/// What somebody who wrote `name` can only have meant: of what is known, one name alone differs from it in case or in one letter, and
/// is long enough for that to be no other word.
pub fn only_similar<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_ascii_lowercase();
    let is_close = |known: &&str| {
        let known = known.to_ascii_lowercase();
        let is_as_long = name.len().abs_diff(known.len()) < 2;
        name == known || known.len() > 5 && is_as_long && strsim::damerau_levenshtein(&name, &known) == 1
    };
    let mut close = known.into_iter().filter(is_close);
    close.next().filter(|_| close.next().is_none())
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
                _ => Err(Gap::unknown(Reason::Malformed, "the answer does not match the question")),
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
        /// Whether the registry takes the credential, by another answer than whoami.
        any_stage: AnyStage -> bool;
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
        let question = question.ok_or_else(|| match self.plan.runner.unread_settings() {
            Some(unknown) if self.plan.is_target_unread() => unknown,
            _ => Unknown::new(Reason::NotAsked, "there is no valid registry or package name to ask about"),
        })?;
        if question.credential.is_none() && question.ask.needs_credential() {
            return Err(Gap::unknown(
                Reason::Unauthenticated,
                format!("{} cannot be requested without a credential", question.ask.noun()),
            ));
        }
        self.facts.get(&question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::Scene;

    #[test]
    fn the_table_is_sorted_and_every_rule_is_documented() {
        let ids: Vec<_> = all().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
        for rule in all() {
            let sections: Vec<_> = rule.docs.lines().filter_map(|line| line.strip_prefix("### ")).collect();
            assert_eq!(sections, ["What it finds", "Why it matters", "What to do", "Example"], "{}", rule.id);
            assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{}", rule.id);
            let first = rule.summary.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{}: a summary is no sentence", rule.id);
            assert!(!rule.npm_says.is_empty() || rule.category != Category::Correctness, "{}", rule.id);
        }
    }

    #[test]
    fn only_rules_about_the_release_check_the_whole_release() {
        for (rule, check) in TABLE {
            assert_eq!(rule.about == About::Release, matches!(check, Check::Release(_)), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_reports_its_example() {
        for rule in all() {
            let scene = Scene::example(rule);
            let found = scene.check(rule.id).unwrap_or_else(|unknown| panic!("{}: {}", rule.id, unknown.detail));
            assert!(!found.is_empty(), "the example of {} is fine", rule.id);
        }
    }

    #[test]
    fn a_diagnostic_has_message_reason_and_help() {
        for rule in all() {
            for diagnostic in Scene::example(rule).check(rule.id).unwrap_or_default() {
                for part in [&diagnostic.message, &diagnostic.why, &diagnostic.help] {
                    assert!(!part.is_empty() && !part.ends_with('.') && !part.contains('\n'), "{}: {part:?}", rule.id);
                }
            }
        }
    }
}

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod voice_tests;
