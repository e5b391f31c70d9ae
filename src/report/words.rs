//! What several formats say in the same words: who would publish where, what stayed undecided and why, the last line.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use crate::diagnostic::Severity;
use crate::lint::{Undecided, Verdict};
use crate::plan::{Login, PublishPlan};
use crate::registry::{Ask, Fact, Facts, Reason, Whoami};

/// Why some checks stayed undecided.
pub(super) struct Cause<'a> {
    pub(super) reason: Reason,
    pub(super) detail: &'a str,
    /// The checks, sorted.
    pub(super) rules: Vec<&'a str>,
    packages: Vec<usize>,
}

impl Cause<'_> {
    /// The packages it concerns.
    pub(super) fn packages(&self, run: Run<'_>) -> String {
        let titles: Vec<String> =
            self.packages.iter().filter_map(|index| run.plans.get(*index)).map(super::title).collect();
        titles.join(", ")
    }

    /// The checks: all rules but a few were left out on purpose, and their names say less than their number.
    pub(super) fn names(&self) -> String {
        if self.rules.len() > 12 { plural(self.rules.len(), "rule") } else { self.rules.join(", ") }
    }
}

/// The checks without a result: those with one cause together, and the packages of one list together.
pub(super) fn causes(run: Run<'_>) -> Vec<Cause<'_>> {
    let mut causes: BTreeMap<(Reason, &str, usize), BTreeSet<&str>> = BTreeMap::new();
    for Undecided { rule, package, unknown, .. } in &run.report.undecided {
        causes.entry((unknown.reason, &unknown.detail, *package)).or_default().insert(rule.id);
    }
    let mut lists: BTreeMap<(Reason, &str, BTreeSet<&str>), Vec<usize>> = BTreeMap::new();
    for ((reason, detail, package), rules) in causes {
        lists.entry((reason, detail, rules)).or_default().push(package);
    }
    lists
        .into_iter()
        .map(|((reason, detail, rules), packages)| Cause {
            reason,
            detail,
            rules: rules.into_iter().collect(),
            packages,
        })
        .collect()
}

/// As whom npm would publish: the end of a sentence.
pub(super) fn identity(plan: &PublishPlan, facts: &Facts) -> String {
    let is_rejected = || {
        let question = plan.question(Ask::Whoami);
        matches!(question.map(|question| facts.get(&question)), Some(Ok(Fact::Whoami(Whoami::Rejected { .. }))))
    };
    match (&plan.login, super::user(plan, facts)) {
        (Login::Credential { .. }, _) if is_rejected() => "with a credential that is not taken".to_owned(),
        (_, Some(user)) => format!("as {user}"),
        (Login::Credential { .. }, None) => "as the token's owner".to_owned(),
        (Login::Certificate { .. }, None) => "as the certificate's owner".to_owned(),
        (Login::TrustedPublisher, None) => "as a trusted publisher".to_owned(),
        (Login::Nothing, None) => "as nobody".to_owned(),
    }
}

/// `would go to … as … with tag …, access …`; a staged version keeps its dist-tag.
pub(super) fn destination(plan: &PublishPlan, facts: &Facts) -> String {
    let (tag, access) = (&plan.tag.value.value, super::plan::access(&plan.access.value));
    let who = identity(plan, facts);
    let (verb, then) = if plan.stage {
        ("would be staged at", "; it keeps that tag, and waits for `npm stage approve`")
    } else {
        ("would go to", "")
    };
    format!("{verb} {} {who} with tag {tag}, access {access}{then}", plan.shown_registry())
}

/// One word.
pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "ready",
        Verdict::Blocked => "blocked",
        Verdict::Undecided => "undecided",
        Verdict::Skipped => "skipped",
    }
}

/// What was found and in how many packages.
pub(super) fn summary(run: Run<'_>) -> String {
    let Run { plans, report, facts, .. } = run;
    let infos = report.count(Severity::Info);
    let infos = if infos > 0 { format!("{}, ", plural(infos, "info")) } else { String::new() };
    let offline = report.undecided.iter().any(|undecided| undecided.unknown.reason == Reason::Offline);
    let offline = if offline && !facts.any() { "; nothing was checked online" } else { "" };
    format!(
        "{}, {}, {infos}{} in {}{offline}",
        plural(report.count(Severity::Error), "error"),
        plural(report.count(Severity::Warning), "warning"),
        plural(report.undecided.len(), "undecided check"),
        plural(plans.len(), "package"),
    )
}

/// `1 error`, `2 errors`.
pub(super) fn plural(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
