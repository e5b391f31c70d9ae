//! What registries of other vendors say in their own way, as the vendors' files have it.

use super::super::attempt::Attempt;
use super::{Cause, Reading};
use crate::facts::vendor::{self, Likely, Meaning, Refusal, Says, Vendor};
use crate::rules::{
    Rule, credential_malformed, credential_missing, credential_rejected, credential_restricted,
    credential_unset_variable, not_a_maintainer, registry_mismatch, registry_read_only, scope_not_yours,
};

/// By words that nobody else uses.
pub(super) fn by_words() -> Vec<Reading> {
    let of_vendor = |vendor: &'static Vendor| {
        vendor.refusals.iter().filter_map(|refusal| match refusal.says {
            Says::Words(words) => Some(Reading { words, ..reading(refusal) }),
            Says::Code(_) => None,
        })
    };
    vendor::ALL.into_iter().flat_map(of_vendor).collect()
}

/// By npm's code, at an address of the vendor: where no words decide.
pub(super) fn by_code(code: &'static [&'static str], when: fn(&Attempt) -> bool) -> Vec<Reading> {
    let of_vendor = |vendor: &'static Vendor| {
        let has_code = |refusal: &&Refusal| matches!(refusal.says, Says::Code(one) if code.contains(&one));
        let here = move |refusal| Reading { codes: code, when, at: Some(vendor), ..reading(refusal) };
        vendor.refusals.iter().filter(has_code).map(here)
    };
    vendor::ALL.into_iter().flat_map(of_vendor).collect()
}

fn reading(refusal: &Refusal) -> Reading {
    let causes = refusal.causes.iter().map(cause).collect();
    let others = refusal.others.iter().filter_map(|meaning| rule(*meaning).ok()).collect();
    Reading { codes: &[], words: &[], when: |_| true, at: None, causes, others }
}

fn cause(likely: &Likely) -> Cause {
    let cause = match rule(likely.meaning) {
        Ok(rule) => Cause::of(rule),
        Err(name) => Cause::named(name),
    };
    cause.why(likely.why).fix(likely.fix)
}

/// The rule that finds it, or what it is called where none does.
fn rule(meaning: Meaning) -> Result<&'static Rule, &'static str> {
    Ok(match meaning {
        Meaning::NoCredential => &credential_missing::RULE,
        Meaning::UnknownCredential => &credential_rejected::RULE,
        Meaning::MalformedCredential => &credential_malformed::RULE,
        Meaning::UnsetVariable => &credential_unset_variable::RULE,
        Meaning::RestrictedCredential => &credential_restricted::RULE,
        Meaning::NotAMaintainer => &not_a_maintainer::RULE,
        Meaning::ForeignScope => &scope_not_yours::RULE,
        Meaning::ReadOnly => &registry_read_only::RULE,
        Meaning::WrongRegistry => &registry_mismatch::RULE,
        Meaning::Other(name) => return Err(name),
    })
}
