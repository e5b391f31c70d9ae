//! What several formats say in the same words: who would publish where, what stayed undecided and why, the last line.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use crate::facts::credential::Credential;
use crate::facts::{Ask, Fact, Facts, Reason, Seen, Whoami};
use crate::plan::{Login, PublishPlan};
use crate::publisher::{Client, Manager, Rival};
use crate::rules::diagnostic::{Applied, Diagnostic, Fix};
use crate::rules::lint::{Found, Undecided, Verdict};
use crate::text::count::plural;
use crate::text::escape;

/// More than that many packages are not named one by one.
pub(super) const MANY: usize = 8;
/// How many of them are.
const SHOWN: usize = 5;
/// How many similar diagnostics are listed one by one.
pub(super) const FEW: usize = 3;

/// Which package manager's own error code this is, for the documentation of a rule.
pub(super) fn who_prints(code: &str) -> &'static str {
    if code.starts_with("ERR_PNPM_") { "pnpm" } else { "npm" }
}

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
    pub(super) fn all_packages(&self, run: Run<'_>) -> String {
        titles(self.packages.iter().filter_map(|index| run.plans.get(*index)))
    }

    /// The packages it concerns; of many the first few and how many there are.
    pub(super) fn packages(&self, run: Run<'_>) -> String {
        concerned(run, &self.packages)
    }

    /// Whether a package has no verdict for it.
    pub(super) fn decides(&self, run: Run<'_>) -> bool {
        self.packages.iter().any(|package| run.report.verdicts.get(*package) == Some(&Verdict::Undecided))
    }

    /// The checks: all rules but a few were left out on purpose, and their names say less than their number.
    pub(super) fn names(&self) -> String {
        if self.rules.len() > 12 { plural(self.rules.len(), "rule") } else { self.rules.join(", ") }
    }
}

/// What packages are called, by their index; of many the first few and how many there are.
pub(super) fn concerned(run: Run<'_>, packages: &[usize]) -> String {
    let judged = run.report.verdicts.iter().filter(|verdict| **verdict != Verdict::Skipped).count();
    if packages.len() > MANY && packages.len() == judged {
        return format!("all {judged} packages");
    }
    some(&packages.iter().filter_map(|index| run.plans.get(*index)).collect::<Vec<_>>())
}

fn titles<'a>(plans: impl IntoIterator<Item = &'a PublishPlan>) -> String {
    plans.into_iter().map(super::title).collect::<Vec<_>>().join(", ")
}

/// What packages are called; of many the first few and how many more there are.
pub(super) fn some(plans: &[&PublishPlan]) -> String {
    if plans.len() <= MANY {
        return titles(plans.iter().copied());
    }
    format!("{} and {} more", titles(plans[..SHOWN].iter().copied()), plans.len() - SHOWN)
}

/// Why a package is left out, for a line of its own.
pub(super) fn why_skipped(plan: &PublishPlan) -> String {
    match &plan.selection.unchanged_since {
        Some(reference) => format!("unchanged since {}", escape::line(reference)),
        None if plan.is_skipped() => "private".to_owned(),
        None => "already published".to_owned(),
    }
}

/// Whether there is a package whose publish can be told, and one that npm does not refuse for being private.
pub(super) fn has_destination(plan: &PublishPlan) -> bool {
    plan.selection.obstacle.is_none() && plan.package.manifest.broken.is_none() && plan.package.private().is_none()
}

/// What carries a fix out: its own command, or ours where we would edit the files.
pub(super) fn command(fix: &Fix) -> Option<&str> {
    let is_ours = fix.applied == Applied::Always && !fix.edits.is_empty();
    fix.command.as_deref().or(is_ours.then_some("npm-preflight lint --fix"))
}

/// The packages that are left out, by the reason: where they are many.
pub(super) fn left_out(run: Run<'_>) -> BTreeMap<String, Vec<&PublishPlan>> {
    let mut all: BTreeMap<String, Vec<&PublishPlan>> = BTreeMap::new();
    for (plan, verdict) in run.plans.iter().zip(&run.report.verdicts) {
        if *verdict == Verdict::Skipped {
            all.entry(why_skipped(plan)).or_default().push(plan);
        }
    }
    all.retain(|_, plans| plans.len() > FEW);
    all
}

/// The diagnostics in their order. Of many that differ only in what they are about the first one, and with it the others.
pub(super) fn alike<'f>(found: impl IntoIterator<Item = &'f Found>) -> Vec<(&'f Found, Vec<&'f Found>)> {
    let found: Vec<&Found> = found.into_iter().collect();
    let key = |found: &'f Found| {
        let Diagnostic { rule, severity, why, help, npm_error, .. } = &found.diagnostic;
        (*rule, *severity, why.as_str(), help.as_str(), *npm_error)
    };
    let mut counts = BTreeMap::new();
    for one in &found {
        *counts.entry(key(one)).or_insert(0) += 1;
    }
    let mut groups: Vec<(&Found, Vec<&Found>)> = Vec::new();
    let mut places = BTreeMap::new();
    for one in found {
        if counts.get(&key(one)).is_some_and(|count| *count > FEW)
            && let Some((_, others)) = places.get(&key(one)).and_then(|at: &usize| groups.get_mut(*at))
        {
            others.push(one);
        } else {
            places.insert(key(one), groups.len());
            groups.push((one, Vec::new()));
        }
    }
    groups
}

/// The checks without a result: those with one cause together, and the packages of one list together.
pub(super) fn causes(run: Run<'_>) -> Vec<Cause<'_>> {
    let mut lists: BTreeMap<(Reason, &str, BTreeSet<&str>), Vec<usize>> = BTreeMap::new();
    for of_package in run.report.undecided.chunk_by(|one, next| one.package == next.package) {
        let mut causes: BTreeMap<(Reason, &str), BTreeSet<&str>> = BTreeMap::new();
        for Undecided { rule, unknown, .. } in of_package {
            causes.entry((unknown.reason, &unknown.detail)).or_default().insert(rule.id);
        }
        for ((reason, detail), rules) in causes {
            lists.entry((reason, detail, rules)).or_default().extend(of_package.first().map(|open| open.package));
        }
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

/// The reason behind a detail, in brackets, where it is the state of a network; what cannot be known at all, or is shown to a
/// login only, the detail says better.
pub(super) fn bracketed(reason: Reason) -> String {
    match reason {
        Reason::Unauthenticated | Reason::Forbidden | Reason::Unsupported | Reason::NotAsked => String::new(),
        Reason::Offline | Reason::RateLimited | Reason::Unreachable | Reason::TimedOut | Reason::Malformed => {
            format!(" ({reason})")
        }
    }
}

/// The user npm would publish as, such as `as alice` or `not logged in`.
pub(super) fn identity(run: Run<'_>, plan: &PublishPlan) -> String {
    if run.is_for_another_job {
        return "as the release job".to_owned();
    }
    let who = configured(plan, run.facts);
    match plan.auth.login {
        Login::Credential { .. } if tries_identity(plan, run.facts) => {
            let fallback = if who.starts_with("not ") { String::new() } else { format!(", or else {who}") };
            format!("as a trusted publisher{fallback}")
        }
        _ => who,
    }
}

/// Whether the job's identity may publish, and is tried before its credential.
fn tries_identity(plan: &PublishPlan, facts: &Facts) -> bool {
    let ci = &plan.runner.ci;
    let is_new = || {
        let packument = plan.question(Ask::Packument).map(|question| facts.get(&question));
        matches!(packument, Some(Ok(Fact::Packument(Seen::NotVisible))))
    };
    plan.destination.npmjs && ci.can_exchange && ci.refused_event.is_none() && !is_new()
}

/// The user of the configured credential.
fn configured(plan: &PublishPlan, facts: &Facts) -> String {
    let is_rejected = || {
        let question = plan.question(Ask::Whoami);
        let is_alive =
            matches!(plan.question(Ask::AnyStage).map(|question| facts.get(&question)), Some(Ok(Fact::AnyStage(true))));
        let whoami = question.map(|question| facts.get(&question));
        !is_alive && matches!(whoami, Some(Ok(Fact::Whoami(Whoami::Rejected { .. }))))
    };
    match (&plan.auth.login, super::user(plan, facts)) {
        (Login::Credential { credential: Credential::Token(_), .. }, _) if is_rejected() => {
            "with a rejected token".to_owned()
        }
        (Login::Credential { .. }, _) if is_rejected() => "with a rejected password".to_owned(),
        (_, Some(user)) => format!("as {user}"),
        (Login::Credential { key, .. }, None) => match unset(plan, key) {
            Some(variable) => format!("not logged in ({variable} is not set)"),
            None => "as the token's owner".to_owned(),
        },
        (Login::Certificate { .. }, None) => "as the certificate's owner".to_owned(),
        (Login::TrustedPublisher, None) => "as a trusted publisher".to_owned(),
        (Login::Nothing, None) => match plan.runner.unread_settings().and(plan.runner.other_client()) {
            Some(client) => format!("as the user configured in {}", client.name()),
            None => "not logged in".to_owned(),
        },
    }
}

/// The variable that the credential is to be taken from, and that is not there.
fn unset<'a>(plan: &'a PublishPlan, key: &str) -> Option<&'a str> {
    Some(plan.config.get(key)?.unset_variable()?.name.as_str())
}

/// The client that publishes, where it is not npm, and what says so: `pnpm 12.21.0 (packageManager in package.json)`.
pub(super) fn client(plan: &PublishPlan) -> Option<String> {
    let client = plan.runner.client.as_ref().filter(|client| client.other().is_some())?;
    Some(format!("{} ({})", client_and_version(client), client.source()))
}

/// How to check for another client, if it is not certain which one publishes.
pub(super) fn rival(plan: &PublishPlan) -> Option<String> {
    let client = plan.runner.client.as_ref()?;
    let Rival { manager, command } = client.rival.as_ref()?;
    let judged = client.other().unwrap_or(Manager::Npm);
    let (other, judged, option) = (manager.name(), judged.name(), manager.name().to_lowercase());
    Some(format!("checked as if published with {judged} ({command}); if {other} publishes, add `--client {option}`"))
}

/// `pnpm 12.21.0`, or `pnpm` where the version is not known.
pub(super) fn client_and_version(client: &Client) -> String {
    let version = client.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    format!("{}{version}", client.manager.name())
}

/// The client that publishes and its version, and what says so.
pub(super) fn who_publishes(plan: &PublishPlan) -> (String, String) {
    match plan.runner.client.as_ref().filter(|client| client.other().is_some()) {
        Some(client) => (client_and_version(client), client.source()),
        None => (format!("npm {}", plan.runner.npm.value), plan.runner.npm.origin.to_string()),
    }
}

/// `would go to … as …, tag …, access …`; a staged version keeps its dist-tag.
pub(super) fn destination(run: Run<'_>, plan: &PublishPlan) -> String {
    let (tag, access) = (plan.options.shown_tag(), plan.options.shown_access());
    let who = identity(run, plan);
    let named =
        |noun: &str, value: &str| if value.is_empty() { format!("an empty {noun}") } else { format!("{noun} {value}") };
    let (tag, access) = (named("tag", tag), named("access", access));
    let (verb, at, then) = if plan.options.stage {
        ("would be staged", "at", "; it keeps this tag and waits for `npm stage approve`")
    } else {
        ("would go", "to", "")
    };
    let place = match plan.runner.other_client().filter(|_| plan.is_target_unread()) {
        Some(client) => format!("{at} the registry configured in {}", client.name()),
        None if plan.destination.shown().is_empty() => format!("{at} an empty registry URL"),
        None => format!("{at} {}", plan.destination.shown()),
    };
    let comma = if who.starts_with("not ") { "," } else { "" };
    let client = client(plan).map(|client| format!(" with {client}")).unwrap_or_default();
    let tool = plan.runner.tool.as_ref();
    let tool = tool.map(|tool| format!(", released by {} ({}),", tool.name_and_version(), tool.source()));
    let (comma, client) = tool.map_or((comma, client.clone()), |tool| ("", format!("{client}{tool}")));
    format!("{verb} {place}{client}{comma} {who}, {tag}, {access}{then}")
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

/// How many end in each way: what needs attention comes first.
pub(super) fn ends(verdicts: impl Iterator<Item = Verdict>) -> Vec<(usize, Verdict)> {
    let order = [Verdict::Blocked, Verdict::Undecided, Verdict::Ready, Verdict::Skipped];
    let mut ends = order.map(|verdict| (0, verdict));
    for verdict in verdicts {
        ends.iter_mut().filter(|(_, end)| *end == verdict).for_each(|(count, _)| *count += 1);
    }
    ends.into_iter().filter(|(count, _)| *count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use super::*;
    use crate::commands::testing::Scene;

    fn destination_of(whoami: Option<Whoami>) -> String {
        let mut fixture = Fixture::new();
        if let Some(whoami) = whoami {
            let question = fixture.plans[0].question(Ask::Whoami).unwrap();
            fixture.facts.learn(question, Ok(Fact::Whoami(whoami)));
        }
        destination(fixture.run(), &fixture.plans[0])
    }

    #[test]
    fn the_destination_names_the_user_if_known() {
        let rejected = Whoami::Rejected { by_address: false, message: String::new() };
        for (whoami, who) in [
            (None, "as the token's owner"),
            (Some(Whoami::User("alice".to_owned())), "as alice"),
            (Some(rejected), "with a rejected token"),
        ] {
            assert_eq!(
                destination_of(whoami),
                format!("would go to https://r.example/ {who}, tag latest, access default")
            );
        }
    }

    #[test]
    fn the_destination_names_who_is_tried_first() {
        let said = |scene: Scene| destination(Fixture::new().run(), &scene.plan());
        let job = || Scene::version("1.1.0").identity();
        assert!(said(job()).contains(" as a trusted publisher, or else as the token's owner, tag "), "{}", said(job()));
        assert!(said(job().logged_out()).contains(" as a trusted publisher, tag "));
        let unset = job().user_npmrc("//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}\n");
        assert!(said(unset).contains(" as a trusted publisher, tag "));
        let refused = job().env("GITHUB_EVENT_NAME", "pull_request_target");
        assert!(said(refused).contains(" as the token's owner, tag "));
        let mut fixture = Fixture::of(job().plan());
        fixture.plans = vec![job().plan()];
        let question = fixture.plans[0].question(Ask::Packument).unwrap();
        fixture.facts.learn(question, Ok(Fact::Packument(Seen::NotVisible)));
        assert!(destination(fixture.run(), &fixture.plans[0]).contains(" as the token's owner, tag "));
    }

    #[test]
    fn the_destination_of_another_job_names_no_login_of_this_machine() {
        for fixture in [Fixture::new().alice(), Fixture::of(Scene::version("1.1.0").logged_out().plan())] {
            let run = Run { is_for_another_job: true, ..fixture.run() };
            assert!(destination(run, &fixture.plans[0]).contains(" as the release job, tag "));
        }
    }

    #[test]
    fn the_destination_names_an_unset_variable_and_an_empty_tag() {
        let npmrc = "registry=https://r.example/\n//r.example/:_authToken=${NPM_TOKEN}\n";
        let scene = || Scene::version("1.1.0").user_npmrc(npmrc);
        let said = |scene: Scene| destination(Fixture::new().run(), &scene.plan());
        assert!(said(scene()).contains(", not logged in (NPM_TOKEN is not set), tag latest,"), "{}", said(scene()));
        let set = scene().env("NPM_TOKEN", "npm_secret");
        assert!(said(set).contains(" as the token's owner, "));
        let empty = scene().args(&["--tag="]);
        assert!(said(empty).contains(", an empty tag, access"));
        let empty = r#"{"name":"","version":"","publishConfig":{"access":""}}"#;
        let scene = Scene::new(empty).user_npmrc("registry=\n");
        assert_eq!(said(scene), "would go to an empty registry URL, not logged in, tag latest, an empty access");
        assert_eq!(super::super::title(&Scene::new(empty).plan()), "package.json");
    }

    #[test]
    fn the_reason_is_shown_only_for_network_problems() {
        assert_eq!(bracketed(Reason::Unauthenticated), "");
        assert_eq!(bracketed(Reason::Offline), " (offline)");
    }
}
