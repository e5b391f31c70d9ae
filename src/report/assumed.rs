//! What is taken for granted, in words: the condition behind `ready`, and the lines that say why and how to see it.

use std::collections::HashMap;

use super::{Run, words};
use crate::facts;
use crate::plan::PublishPlan;
use crate::rules::Rule;
use crate::rules::lint::{Assumed, Verdict};
use crate::text::count::listed;
use crate::text::shorten;

/// How many lines say what is taken for granted of one package.
const MOST_LINES: usize = 3;

/// What is taken for granted of packages.
pub(super) struct Assumption<'a> {
    /// That of the first package.
    first: &'a facts::Assumption,
    /// A rule that takes it for granted.
    pub(super) rule: &'static Rule,
    pub(super) packages: Vec<usize>,
    /// The evidence and the command differ between packages.
    is_example: bool,
}

impl Assumption<'_> {
    /// Whether there is more to it than the verdicts of its packages say.
    fn says_more(&self, run: Run<'_>) -> bool {
        let is_ready = |package: &usize| run.report.verdicts.get(*package) == Some(&Verdict::Ready);
        self.first.evidence.is_some() || self.first.verify.is_some() || !self.packages.iter().all(is_ready)
    }

    /// Statement, evidence, and the command that shows it.
    pub(super) fn sentence(&self, run: Run<'_>) -> String {
        let example = if self.is_example { " (for the first one, and similarly for the others)" } else { "" };
        sentence(self.first, &self.statement(run), example)
    }

    /// The statement, with the name of its package.
    fn statement(&self, run: Run<'_>) -> String {
        let only = if let [only] = self.packages[..] { run.plans.get(only) } else { None };
        about(only, self.first)
    }

    /// The packages it concerns; of many the first few and how many there are.
    pub(super) fn packages(&self, run: Run<'_>) -> String {
        words::concerned(run, &self.packages)
    }
}

/// What is taken for granted, each statement once: where something speaks against it apart from where nothing does. Packages
/// that are blocked or skipped are left out.
pub(super) fn assumptions(run: Run<'_>) -> Vec<Assumption<'_>> {
    let mut all: Vec<Assumption<'_>> = Vec::new();
    let mut places = HashMap::new();
    for (package, verdict) in run.report.verdicts.iter().enumerate() {
        if matches!(verdict, Verdict::Blocked | Verdict::Skipped) {
            continue;
        }
        for Assumed { rule, assumption, .. } in run.report.assumptions_of(package) {
            let at = *places.entry((&assumption.statement, is_doubted(assumption))).or_insert(all.len());
            match all.get_mut(at) {
                Some(known) => {
                    known.packages.push(package);
                    known.is_example |= known.first != assumption;
                }
                None => all.push(Assumption { first: assumption, rule, packages: vec![package], is_example: false }),
            }
        }
    }
    all
}

/// One line, and the packages that it is about.
pub(super) struct Line {
    pub(super) text: String,
    packages: Vec<usize>,
}

impl Line {
    /// The packages it concerns; of many the first few and how many there are.
    pub(super) fn packages(&self, run: Run<'_>) -> String {
        words::concerned(run, &self.packages)
    }
}

/// What the verdicts do not say of what is taken for granted: at most three lines a package, unless all are wanted. First what
/// something speaks against.
pub(super) fn lines(run: Run<'_>, all: bool) -> Vec<Line> {
    let mut assumptions: Vec<_> = assumptions(run).into_iter().filter(|one| one.says_more(run)).collect();
    assumptions.sort_by_key(|one| !is_doubted(one.first));
    let mut totals = vec![0; run.plans.len()];
    for package in assumptions.iter().flat_map(|one| &one.packages) {
        totals[*package] += 1;
    }
    let mut used = vec![0; run.plans.len()];
    let mut has_room = |one: &Assumption<'_>| {
        let has_room = |package: &usize| totals[*package] <= MOST_LINES || used[*package] < MOST_LINES - 1;
        let is_shown = all || one.packages.iter().all(has_room);
        one.packages.iter().filter(|_| is_shown).for_each(|package| used[*package] += 1);
        is_shown
    };
    let (shown, rest): (Vec<_>, Vec<_>) = assumptions.into_iter().partition(|one| has_room(one));
    let mut lines: Vec<Line> =
        shown.into_iter().map(|one| Line { text: one.sentence(run), packages: one.packages }).collect();
    if !rest.is_empty() {
        lines.push(together(run, &rest));
    }
    lines
}

/// Several in one line.
fn together(run: Run<'_>, all: &[Assumption<'_>]) -> Line {
    let statements: Vec<_> = all.iter().map(|one| one.statement(run)).collect();
    let mut commands: Vec<_> = all.iter().filter_map(|one| command(one.first)).collect();
    commands.dedup();
    let show = if commands.len() == 1 { "shows" } else { "show" };
    let show = (!commands.is_empty()).then(|| format!("{} {show} it", listed(&commands, commands.len())));
    let why = all.iter().any(|one| one.first.evidence.is_some()).then(|| "`--verbose` gives the reasons".to_owned());
    let more: Vec<_> = show.into_iter().chain(why).collect();
    let more = if more.is_empty() { String::new() } else { format!("; {}", more.join("; ")) };
    let mut packages: Vec<usize> = all.iter().flat_map(|one| one.packages.iter().copied()).collect();
    packages.sort_unstable();
    packages.dedup();
    Line { text: format!("{}{more}", clauses(&statements, "that ")), packages }
}

/// `, if …` behind `ready`.
pub(super) fn condition(run: Run<'_>, package: usize) -> String {
    let assumptions = run.report.assumptions_of(package);
    if assumptions.is_empty() {
        return String::new();
    }
    let statements: Vec<_> = assumptions.iter().map(|one| one.assumption.statement.clone()).collect();
    format!(", {}", clauses(&statements, "if "))
}

/// The verdict on a package, and its condition.
pub(super) fn verdict(run: Run<'_>, package: usize) -> String {
    let verdict = run.report.verdicts.get(package).copied().unwrap_or(Verdict::Undecided);
    let condition = if verdict == Verdict::Ready { condition(run, package) } else { String::new() };
    format!("{}{}", words::verdict(verdict), shorten::text(&condition))
}

/// Clauses in a row, each behind its conjunction.
fn clauses(statements: &[String], conjunction: &str) -> String {
    match statements {
        [] => String::new(),
        [one] => format!("{conjunction}{one}"),
        [others @ .., last] => {
            let others = others.join(&format!(", {conjunction}"));
            format!("{conjunction}{others}, and {conjunction}{last}")
        }
    }
}

/// What one package is taken to be, where nothing else names it.
pub(super) fn alone(run: Run<'_>, assumed: &Assumed) -> String {
    let statement = about(run.plans.get(assumed.package), &assumed.assumption);
    sentence(&assumed.assumption, &statement, "")
}

/// The statement, evidence, and the command that shows it; `example`: what is said if they are those of one package of several.
fn sentence(assumption: &facts::Assumption, statement: &str, example: &str) -> String {
    let verify = command(assumption).map(|command| format!("; {command} shows it")).unwrap_or_default();
    let (evidence, advice) = evidence(assumption);
    format!("{statement}{evidence}{verify}{example}{advice}")
}

/// The statement with the name of its package.
fn about(plan: Option<&PublishPlan>, assumption: &facts::Assumption) -> String {
    let name = plan.and_then(super::name).map(|name| format!("`{name}`"));
    named(&assumption.statement, name.as_deref().unwrap_or("the package"))
}

/// Something speaks against it.
fn is_doubted(assumption: &facts::Assumption) -> bool {
    assumption.evidence.as_ref().is_some_and(|evidence| evidence.starts_with("although "))
}

/// The evidence behind the statement: a subordinate clause, or a sentence in brackets. A clause may have a sentence behind it,
/// which is apart, because the command that shows the statement comes between them.
fn evidence(assumption: &facts::Assumption) -> (String, String) {
    let Some(evidence) = &assumption.evidence else { return (String::new(), String::new()) };
    if !["although ", "as ", "because "].iter().any(|word| evidence.starts_with(word)) {
        return (format!(" ({evidence})"), String::new());
    }
    match evidence.split_once(". ") {
        Some((clause, advice)) => (format!(", {clause}"), format!(". {advice}")),
        None => (format!(", {evidence}"), String::new()),
    }
}

/// The command that shows it, and where it does.
fn command(assumption: &facts::Assumption) -> Option<String> {
    let place = assumption.verify_in.map(|place| format!(" {place}")).unwrap_or_default();
    assumption.verify.as_ref().map(|command| format!("`{command}`{place}"))
}

/// A statement with the name of the package instead of "it"; what is quoted stays.
fn named(statement: &str, name: &str) -> String {
    let mut is_quoted = false;
    let words = statement.split(' ').map(|word| {
        let is_it = word.trim_end_matches(',') == "it" && !is_quoted;
        is_quoted ^= word.matches('`').count() % 2 == 1;
        if is_it { word.replacen("it", name, 1) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use super::super::{Format, Style, render};
    use super::*;
    use crate::commands::testing::Scene;

    fn assumed(package: usize, assumption: facts::Assumption) -> Assumed {
        Assumed { rule: crate::rules::find("trusted-publisher").unwrap(), package, assumption }
    }

    fn texts(fixture: &Fixture, all: bool) -> Vec<String> {
        lines(fixture.run(), all).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_shared_assumption_is_shown_once() {
        let mut fixture = Fixture::new();
        let rule = crate::rules::find("trusted-publisher").unwrap();
        let of = |package, evidence: Option<&str>, verify: &str| {
            let assumption = facts::Assumption::new("npm trusts this workflow to publish it").verify(verify);
            Assumed { rule, package, assumption: assumption.evidence(evidence.map(str::to_owned)) }
        };
        fixture.add(Scene::version("1.2.0").plan());
        fixture.add(Scene::version("1.3.0").plan());
        let evidence = [Some("as 1.0.0 was published"), Some("as 2.0.0 was published"), Some("although none was")];
        fixture.report.assumed =
            evidence.into_iter().enumerate().map(|(at, why)| of(at, why, &format!("show {at}"))).collect();
        let all = assumptions(fixture.run());
        let packages: Vec<_> = all.iter().map(|one| one.packages.clone()).collect();
        assert_eq!(packages, [vec![0, 1], vec![2]]);
        let first = all[0].sentence(fixture.run());
        assert!(first.contains("as 1.0.0 was published; `show 0` shows it (for the first one, "), "{first}");
        assert!(!all[1].sentence(fixture.run()).contains("similarly"));
    }

    #[test]
    fn no_package_has_more_than_three_lines() {
        let mut fixture = Fixture::new();
        let of = |number| facts::Assumption::new(format!("a{number} may publish it")).verify(format!("show {number}"));
        let mut all: Vec<_> = (0..4).map(|number| assumed(0, of(number))).collect();
        all.push(assumed(0, facts::Assumption::new("it is fine").evidence(Some("although it is not".to_owned()))));
        fixture.report.assumed = all;
        assert_eq!(
            texts(&fixture, false),
            [
                "`left-lodge` is fine, although it is not",
                "a0 may publish `left-lodge`; `show 0` shows it",
                "that a1 may publish `left-lodge`, that a2 may publish `left-lodge`, and that a3 may publish \
                 `left-lodge`; `show 1`, `show 2` and `show 3` show it",
            ]
        );
        assert_eq!(texts(&fixture, true).len(), 5);
        fixture.report.assumed.truncate(3);
        assert_eq!(texts(&fixture, false).len(), 3);
    }

    #[test]
    fn the_command_follows_the_clause_that_it_belongs_to() {
        let mut fixture = Fixture::new();
        let evidence = Some("although none has come from one yet. If none is set up, alice sets one up".to_owned());
        let trusts =
            facts::Assumption::new("npm trusts it").evidence(evidence).verify_in("after `npm login`", "npm trust");
        fixture.report.assumed = vec![assumed(0, trusts)];
        let text = "npm trusts `left-lodge`, although none has come from one yet; `npm trust` after `npm login` shows it. If \
                    none is set up, alice sets one up";
        assert_eq!(texts(&fixture, false), [text]);
        assert_eq!(alone(fixture.run(), &fixture.report.assumed[0]), text);
    }

    #[test]
    fn every_format_with_a_verdict_says_its_condition() {
        let mut fixture = Fixture::new();
        fixture.report.assumed = vec![assumed(0, facts::Assumption::new("npm trusts it"))];
        for format in [Format::Text, Format::Concise, Format::Markdown, Format::Junit] {
            for quiet in [false, true] {
                let report = render(format, fixture.run(), Style { quiet, ..Style::default() });
                assert!(report.contains("ready, if npm trusts it"), "{format:?}: {report}");
            }
        }
    }

    #[test]
    fn a_statement_alone_names_its_package_and_keeps_what_is_quoted() {
        assert_eq!(
            named("`do it now` runs before it is published", "`otter`"),
            "`do it now` runs before `otter` is published"
        );
        assert_eq!(named("npm trusts it, or the token may", "`otter`"), "npm trusts `otter`, or the token may");
        let declared =
            facts::Assumption::new("npm trusts it").evidence(Some("npm-preflight.toml:2 says so".to_owned()));
        let mut fixture = Fixture::new();
        fixture.add(Scene::version("1.2.0").plan());
        fixture.report.assumed = (0..2).map(|package| assumed(package, declared.clone())).collect();
        assert_eq!(texts(&fixture, false), ["npm trusts the package (npm-preflight.toml:2 says so)"]);
        let one = &fixture.report.assumed[0];
        assert_eq!(alone(fixture.run(), one), "npm trusts `left-lodge` (npm-preflight.toml:2 says so)");
    }
}
