//! Plans x rules -> report: runs every rule on every publish, applies the levels, and names what could not be
//! decided. Pure: the same plans, facts and levels give the same report.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod unread;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher as _;

use crate::facts::{Answer, Assumption, Facts, Gap, Question, Reason, Unknown};
use crate::plan::PublishPlan;
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::rules::levels::Levels;
use crate::rules::{
    self, credential_missing, credential_rejected, dependency_unavailable, private_package, trusted_publisher,
    version_published,
};
use crate::rules::{About, Case, Category, Check, Needs, Outcome, RULES, Release, Rule, Stops, TABLE};
use crate::text::count::{listed, plural};
use crate::text::redact::Scrubber;
use crate::text::source::Span;

/// What can be said of one publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No check found an error, and all that could be decided were.
    Ready,
    /// A check found an error.
    Blocked,
    /// No error, but a check that could have found one was not decided, and could have been.
    Undecided,
    /// npm would leave it out, or `--skip-published` does.
    Skipped,
}

/// A check that was not decided.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The rule.
    pub rule: &'static Rule,
    /// The publish: its index in the plans.
    pub package: usize,
    /// Why.
    pub unknown: Unknown,
}

/// What is taken for granted of a publish.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// The rule.
    pub rule: &'static Rule,
    /// The publish: its index in the plans.
    pub package: usize,
    /// What, and why.
    pub assumption: Assumption,
}

impl Undecided {
    /// Whether it could have found an error.
    fn could_block(&self) -> bool {
        self.rule.category == Category::Correctness && !self.unknown.is_minor
    }
}

/// A diagnostic and the publish it is about.
#[derive(Clone, Debug)]
pub struct Found {
    /// Index in the plans; `None`: about several of them.
    pub package: Option<usize>,
    /// All that it is about: indices in the plans; empty: the run as a whole.
    pub packages: Vec<usize>,
    /// What was found.
    pub diagnostic: Diagnostic,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Report {
    /// One verdict per plan.
    pub verdicts: Vec<Verdict>,
    /// In the order of the plans, errors first.
    pub found: Vec<Found>,
    /// How many findings there are besides: of a rule that finds very many in a package not all are kept.
    pub unlisted: usize,
    /// In the order of the plans.
    pub undecided: Vec<Undecided>,
    /// In the order of the plans.
    pub assumed: Vec<Assumed>,
    /// The questions whose answers could decide what is not decided yet.
    pub wanted: BTreeSet<Question>,
}

impl Report {
    /// How many diagnostics weigh that much.
    pub fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|found| found.diagnostic.severity == severity).count()
    }

    /// Takes the secrets out of all sentences: servers repeat what they are sent, and rules quote what they check.
    pub fn hide_secrets(&mut self, scrubber: &Scrubber) {
        for found in &mut self.found {
            found.diagnostic.hide_secrets(scrubber);
        }
        for undecided in &mut self.undecided {
            undecided.unknown.detail = scrubber.hide(&undecided.unknown.detail);
        }
        for Assumed { assumption, .. } in &mut self.assumed {
            assumption.statement = scrubber.hide(&assumption.statement);
            for text in [&mut assumption.evidence, &mut assumption.verify].into_iter().flatten() {
                *text = scrubber.hide(text);
            }
        }
    }

    /// Whether a check that could have found an error was not decided.
    pub fn is_open(&self) -> bool {
        self.verdicts.contains(&Verdict::Undecided)
    }

    /// Whether something is taken for granted of a package that is ready.
    pub fn assumes(&self) -> bool {
        self.assumed.iter().any(|assumed| self.verdicts.get(assumed.package) == Some(&Verdict::Ready))
    }

    /// For each package what was found of it; what is about the run as a whole is found of each.
    pub fn found_of_each(&self) -> Vec<Vec<&Found>> {
        let mut each = vec![Vec::new(); self.verdicts.len()];
        for found in &self.found {
            if found.packages.is_empty() {
                for own in &mut each {
                    own.push(found);
                }
            }
            for package in &found.packages {
                if let Some(own) = each.get_mut(*package) {
                    own.push(found);
                }
            }
        }
        each
    }

    /// What is not decided of a package.
    pub fn undecided_of(&self, package: usize) -> &[Undecided] {
        own(&self.undecided, package, |undecided| undecided.package)
    }

    /// What is taken for granted of a package.
    pub fn assumed_of(&self, package: usize) -> &[Assumed] {
        own(&self.assumed, package, |assumed| assumed.package)
    }

    /// What is taken for granted of a package, each statement once.
    pub fn assumptions_of(&self, package: usize) -> Vec<&Assumed> {
        let mut all: Vec<&Assumed> = Vec::new();
        for assumed in self.assumed_of(package) {
            if !all.iter().any(|known| known.assumption.statement == assumed.assumption.statement) {
                all.push(assumed);
            }
        }
        all
    }
}

/// Those of a package, where all are in the order of the packages.
fn own<T>(all: &[T], package: usize, package_of: impl Fn(&T) -> usize) -> &[T] {
    let start = all.partition_point(|one| package_of(one) < package);
    let end = all.partition_point(|one| package_of(one) <= package);
    &all[start..end]
}

/// What else decides what a report holds.
#[derive(Debug, Default)]
pub struct Options {
    /// Levels from the settings and the command line.
    pub levels: Levels,
    /// A version that is on the registry already makes a package `skipped`.
    pub skip_published: bool,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
}

/// Runs the rules.
pub fn lint(plans: &[PublishPlan], facts: &Facts, options: &Options) -> Report {
    Linter::new(plans, options).report(facts)
}

/// Runs the rules again as more is known: those that ask nothing, only where they find something. To keep what they find would
/// take as much memory as the report does.
pub struct Linter<'p> {
    release: Release<'p>,
    options: &'p Options,
    /// The levels of each package.
    levels: Vec<Cow<'p, Levels>>,
    /// Which rules that ask nothing found nothing in which package: almost all of them in almost all packages.
    silent: Vec<[u64; RULES.div_ceil(64)]>,
    /// What a rule sees that asks nothing.
    nothing: Facts,
}

impl<'p> Linter<'p> {
    /// For these publishes.
    pub fn new(plans: &'p [PublishPlan], options: &'p Options) -> Self {
        let levels = plans.iter().map(|plan| options.levels.of(plan)).collect();
        let silent = vec![Default::default(); plans.len()];
        Self { release: Release::new(plans), options, levels, silent, nothing: Facts::default() }
    }

    fn check(&mut self, rule: &Rule, package: usize, plan: &PublishPlan, facts: &Facts) -> Answer<Vec<Diagnostic>> {
        rules::position(rule.id).map_or(Ok(vec![]), |at| self.check_at(at, package, plan, facts))
    }

    /// What the rule at this place of the table says.
    fn check_at(&mut self, at: usize, package: usize, plan: &PublishPlan, facts: &Facts) -> Answer<Vec<Diagnostic>> {
        let Self { release, options, silent, nothing, .. } = self;
        let (rule, Check::Package(look)) = TABLE[at] else { return Ok(vec![]) };
        let now = options.now;
        let check = |facts| unread::settle(rule, plan, rules::say(look, &Case { plan, release, facts, now }));
        if !rule.asks.is_empty() {
            return check(facts);
        }
        let (word, bit) = (at / 64, 1 << (at % 64));
        if silent[package][word] & bit != 0 {
            return Ok(vec![]);
        }
        let answer = check(nothing);
        if matches!(&answer, Ok(found) if found.is_empty()) {
            silent[package][word] |= bit;
        }
        answer
    }

    /// It is not known yet whether its version is published, in which case the package is skipped: its dependencies, for each of
    /// which a registry is asked, come after that.
    fn waits_for_version(&mut self, package: usize, scope: Scope, plan: &PublishPlan, facts: &Facts) -> Option<Gap> {
        let rule = &version_published::RULE;
        let is_judged = scope.holds(rule) && self.levels[package].selects(rule);
        let answer = is_judged.then(|| self.check(rule, package, plan, facts))?;
        answer.err().filter(|gap| matches!(gap, Gap::Ask(_)))
    }

    /// npm refuses it for being private: what else would keep it from being published is no matter, and no registry need
    /// learn its name.
    fn is_refused_as_private(&mut self, package: usize, scope: Scope, plan: &PublishPlan, facts: &Facts) -> bool {
        let rule = &private_package::RULE;
        if plan.package.workspace || !scope.holds(rule) || !self.levels[package].selects(rule) {
            return false;
        }
        let found = self.check(rule, package, plan, facts).unwrap_or_default();
        let levels = &self.levels[package];
        found.into_iter().filter_map(|found| levels.apply(found)).any(|found| found.is_error())
    }

    /// What rules still want to know.
    pub fn questions(&mut self, facts: &Facts) -> BTreeSet<Question> {
        let (report, _) = self.run(facts, |rule| !rule.asks.is_empty());
        report.wanted
    }

    /// What can be said with these facts.
    pub fn report(&mut self, facts: &Facts) -> Report {
        let (mut report, outcomes) = self.run(facts, |_| true);
        check_release_rules(&self.release, self.options, &outcomes, &mut report);
        report
    }

    /// Runs rules about one package, and says what happens to each package.
    fn run(&mut self, facts: &Facts, is_run: impl Fn(&Rule) -> bool) -> (Report, Vec<Outcome>) {
        let options = self.options;
        let plans = self.release.plans;
        let mut report = Report::default();
        let mut said = HashMap::new();
        let mut outcomes = vec![Outcome::Proceeds; plans.len()];
        for (package, plan) in plans.iter().enumerate() {
            if plan.selection.unchanged_since.is_some() {
                outcomes[package] = Outcome::Skipped;
                report.verdicts.push(Verdict::Skipped);
                continue;
            }
            let leaves_out_published = options.skip_published || leaves_out_published(plan);
            let mut found = Vec::new();
            let mut unlisted = 0;
            let mut undecided = Vec::new();
            let mut assumed = Vec::new();
            let mut wanted = BTreeSet::new();
            let private = plan.is_skipped();
            let mut published = false;
            let scope = Scope::of(plan);
            let is_refused = self.is_refused_as_private(package, scope, plan, facts);
            let is_judged = |rule: &Rule| scope.holds(rule) && (!is_refused || rule.for_private);
            let waits = if leaves_out_published { self.waits_for_version(package, scope, plan, facts) } else { None };
            let levels = self.levels[package].clone();
            let mut leave_open = |rule, unknown| match unknown {
                Unknown { assumption: Some(assumption), .. } => {
                    assumed.push(Assumed { rule, package, assumption: *assumption });
                }
                unknown => undecided.push(Undecided { rule, package, unknown }),
            };
            let all = rules::all().enumerate();
            for (at, rule) in all.filter(|(_, rule)| is_run(rule) && is_judged(rule) && levels.selects(rule)) {
                let open = waits.clone().filter(|_| *rule == dependency_unavailable::RULE);
                match open.map_or_else(|| self.check_at(at, package, plan, facts), Err) {
                    Ok(diagnostics) => {
                        // An info says that a git hook pushes the very commit it was published from; what is published twice
                        // in one run points at the other one.
                        let is_published = |found: &Diagnostic| {
                            found.related.is_empty() && (leaves_out_published || found.severity == Severity::Info)
                        };
                        published |= *rule == version_published::RULE && diagnostics.first().is_some_and(is_published);
                        let refuses = diagnostics.iter().any(Diagnostic::is_error);
                        if refuses && outcomes[package] == Outcome::Proceeds && rule.stops != Stops::Nowhere {
                            outcomes[package] = Outcome::Fails(rule.id);
                        }
                        if !private {
                            let open = diagnostics.iter().filter_map(|found| found.open.as_deref());
                            open.for_each(|unknown| leave_open(rule, unknown.clone()));
                        }
                        let reported = diagnostics.into_iter().filter_map(|diagnostic| levels.apply(diagnostic));
                        let (reported, more) = at_most(MOST_OF_A_RULE, reported.collect());
                        found.extend(reported.into_iter().map(|diagnostic| aimed(diagnostic, plan)));
                        unlisted += more;
                    }
                    // npm leaves it out, whatever the answer is.
                    Err(_) if private => {}
                    Err(gap) => {
                        wanted.extend(gap.questions().iter().cloned());
                        leave_open(rule, gap.into_unknown());
                    }
                }
            }
            if published {
                outcomes[package] = Outcome::Skipped;
                report.verdicts.push(Verdict::Skipped);
                continue;
            }
            if found.iter().any(|found| found.is_error() && found.rule.explains_no_user) {
                undecided.retain(|undecided| !undecided.unknown.lacks_user);
            }
            let case = Case { plan, release: &self.release, facts, now: options.now };
            if options.levels.is_for_another_job() {
                leave_to_release_job(&case, package, &mut undecided, &mut assumed);
            }
            join_identity_and_credential(&case, package, &mut undecided, &mut assumed);
            found.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.rule.order));
            let blocked = found.iter().any(Diagnostic::is_error);
            let open = undecided.iter().any(Undecided::could_block);
            report.verdicts.push(match (blocked, open) {
                (true, _) => Verdict::Blocked,
                (false, _) if private => Verdict::Skipped,
                (false, true) => Verdict::Undecided,
                (false, false) => Verdict::Ready,
            });
            for diagnostic in found {
                report.add(package, diagnostic, &mut said);
            }
            report.unlisted += unlisted;
            report.undecided.append(&mut undecided);
            report.assumed.append(&mut assumed);
            // `append` would walk through all that is there already, for each package.
            report.wanted.extend(wanted);
        }
        (report, outcomes)
    }
}

/// Nothing is known here of who publishes in another job.
fn leave_to_release_job(case: &Case<'_>, package: usize, undecided: &mut Vec<Undecided>, assumed: &mut Vec<Assumed>) {
    undecided.retain(|undecided| !undecided.unknown.lacks_user);
    assumed.retain(|assumed| !assumed.rule.about.depends_on_publisher());
    if !case.plan.is_skipped() {
        let assumption = release_job_may_publish(case);
        assumed.push(Assumed { rule: &credential_missing::RULE, package, assumption });
    }
}

/// Where npm may trust the job, the publish may not need its credential: it does not wait for what is not known of that.
fn join_identity_and_credential(
    case: &Case<'_>,
    package: usize,
    undecided: &mut Vec<Undecided>,
    assumed: &mut Vec<Assumed>,
) {
    let may_be_trusted = assumed.iter().any(|assumed| *assumed.rule == trusted_publisher::RULE);
    if !may_be_trusted || !trusted_publisher::has_alternatives(case.plan) {
        return;
    }
    let all = undecided.len();
    let is_of_credential = |one: &Undecided| one.unknown.lacks_user || trusted_publisher::is_about_credential(one.rule);
    undecided.retain(|undecided| !is_of_credential(undecided));
    if undecided.len() < all {
        let assumption = case.token_suffices();
        assumed.push(Assumed { rule: &credential_rejected::RULE, package, assumption });
    }
    trusted_publisher::join_alternatives(assumed.iter_mut().map(|one| (one.rule, &mut one.assumption)));
}

/// What is assumed here where another job publishes.
fn release_job_may_publish(case: &Case<'_>) -> Assumption {
    let evidence = match case.maintainers().unwrap_or_default() {
        [] => None,
        [only] => Some(format!("on behalf of its maintainer {only}")),
        several => Some(format!("on behalf of its maintainers {}", listed(several, 2))),
    };
    let statement = format!("the release job may {} it", case.plan.options.verb());
    let assumption = Assumption::new(statement).evidence(evidence);
    assumption.verify_in("in that job", "npm-preflight lint")
}

/// How many findings of a rule are reported for a package: a file may cause a million of them.
const MOST_OF_A_RULE: usize = 1000;

/// The heaviest findings of a rule, and how many there are besides. The first one says so, too: every format shows that in full.
fn at_most(most: usize, mut diagnostics: Vec<Diagnostic>) -> (Vec<Diagnostic>, usize) {
    let more = diagnostics.len().saturating_sub(most);
    if more > 0 {
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        diagnostics.truncate(most);
        if let Some(first) = diagnostics.first_mut() {
            let are = if more == 1 { "is" } else { "are" };
            first.notes.push(format!("{} of `{}` {are} not listed", plural(more, "more finding"), first.rule.id));
        }
    }
    (diagnostics, more)
}

/// What changes a package.json changes the one in the working directory, unless it names a workspace.
fn aimed(mut diagnostic: Diagnostic, plan: &PublishPlan) -> Diagnostic {
    let is_here = plan.package.manifest.source.path() == "package.json";
    let Some(fix) = diagnostic.fix.as_mut().filter(|_| !is_here) else { return diagnostic };
    let words = plan.runner.words();
    let is_lost = |command: &String| words.changes_package(command) && !command.contains("--workspace=");
    let Some(command) = fix.command.take_if(|command| is_lost(command)) else { return diagnostic };
    let name = plan.package.name().filter(|_| plan.package.workspace);
    fix.command = name.and_then(|name| words.in_workspace(&command, name.as_str()));
    if fix.command.is_none() && fix.edits.is_empty() {
        diagnostic.fix = None;
    }
    diagnostic
}

/// Runs the rules about all packages together, which need to know what happens to each.
fn check_release_rules(release: &Release<'_>, options: &Options, outcomes: &[Outcome], report: &mut Report) {
    for (_, check) in TABLE.iter().filter(|(rule, _)| options.levels.selects(rule)) {
        let Check::Release(check) = check else { continue };
        let found = check(release, outcomes).into_iter().filter_map(|diagnostic| options.levels.apply(diagnostic));
        report.found.extend(found.map(|diagnostic| Found { package: None, packages: vec![], diagnostic }));
    }
}

/// `pnpm -r publish` and release tools ask the registry first, and leave out what is there.
fn leaves_out_published(plan: &PublishPlan) -> bool {
    plan.runner.tool.as_ref().is_some_and(|tool| tool.leaves_out_published())
        || plan.package.workspace && plan.runner.other_client() == Some(Manager::Pnpm)
}

/// A rule, its sentence and the text that it is about.
fn sentence(diagnostic: &Diagnostic) -> (&'static str, &str, Option<(&str, Span)>) {
    let place = diagnostic.place.as_ref().map(|place| (place.source.path(), place.span));
    (diagnostic.rule.id, &diagnostic.message, place)
}

impl Report {
    /// The same sentence about the same text is said once, however many packages it concerns; `said` is where, by its hash.
    fn add(&mut self, package: usize, diagnostic: Diagnostic, said: &mut HashMap<u64, usize>) {
        let hash = said.hasher().hash_one(sentence(&diagnostic));
        let at = *said.entry(hash).or_insert(self.found.len());
        match self.found.get_mut(at).filter(|found| sentence(&found.diagnostic) == sentence(&diagnostic)) {
            Some(found) => {
                found.package = found.package.filter(|known| *known == package);
                if found.packages.last() != Some(&package) {
                    found.packages.push(package);
                }
            }
            None => self.found.push(Found { package: Some(package), packages: vec![package], diagnostic }),
        }
    }
}

/// What of a publish there is for rules to look at.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    /// All of it.
    Whole,
    /// An argument that is not a folder, or a manifest that cannot be read: then most rules have nothing to check.
    Only(Needs),
    /// npm leaves it out, but not before it has looked at it.
    BeforeItIsSkipped,
    /// It is left out.
    Nothing,
}

impl Scope {
    /// That of a publish: worked out once for all rules.
    pub(crate) fn of(plan: &PublishPlan) -> Self {
        if plan.selection.obstacle.is_some() {
            Self::Only(Needs::Argument)
        } else if plan.package.manifest.broken.is_some() {
            Self::Only(Needs::ManifestText)
        } else if !plan.is_skipped() {
            Self::Whole
        } else if is_passed_over(plan) {
            Self::Nothing
        } else {
            Self::BeforeItIsSkipped
        }
    }

    /// Whether a rule has something to look at.
    pub(crate) fn holds(self, rule: &Rule) -> bool {
        rule.about != About::Release
            && match self {
                Self::Whole => true,
                Self::Only(needs) => rule.needs == needs,
                Self::BeforeItIsSkipped => rule.stops == Stops::ClientEarly,
                Self::Nothing => false,
            }
    }
}

/// Left out by something that looks at nothing else of a private package: another client, which refuses it at once where it
/// does not leave it out, or a release tool.
fn is_passed_over(plan: &PublishPlan) -> bool {
    let root = plan.package.root.as_deref().unwrap_or(&plan.package.manifest);
    let is_pnpm = plan.runner.client.as_ref().is_some_and(|client| client.manager == Manager::Pnpm);
    plan.selection.skips_private
        || plan.runner.other_client().is_some()
        || is_pnpm && root.field("workspaces").is_none()
}

/// The answer for everything that may not be asked.
pub fn offline(question: &Question) -> Unknown {
    Unknown::new(Reason::Offline, format!("{} was not requested because of `--offline`", question.ask.noun()))
}

#[cfg(test)]
mod tests;
