//! The report for people: every diagnostic with the text that decided it, what could not be decided, one verdict per
//! package and a last line that counts. It says the same without colour.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use annotate_snippets::{Group, Level, Renderer};
use anstyle::{AnsiColor, Style as Ansi};

use super::snippet::snippets;
use super::{Run, Style, escape};
use crate::diagnostic::{Diagnostic, Severity};
use crate::lint::{Report, Undecided, Verdict};
use crate::plan::{Login, PublishPlan};
use crate::registry::{Facts, Reason};

/// The report.
pub fn render(run: Run<'_>, style: Style) -> String {
    let paint = Paint { color: style.color };
    let mut text = String::new();
    for found in &run.report.found {
        if !style.quiet || found.diagnostic.severity == Severity::Error {
            text.push_str(&diagnostic(&found.diagnostic, paint));
            text.push_str("\n\n");
        }
    }
    if !style.quiet {
        text.push_str(&undecided(run, paint));
    }
    if style.verbose {
        for plan in run.plans {
            text.push_str(&super::plan::table(plan, run.facts, style.color));
            text.push('\n');
        }
    }
    for (index, (plan, verdict)) in run.plans.iter().zip(&run.report.verdicts).enumerate() {
        text.push_str(&verdict_line(index, plan, *verdict, run.report, paint));
        if !style.quiet && *verdict != Verdict::Skipped && can_be_read(plan) {
            let _ = writeln!(text, "    {}", destination(plan, run.facts));
        }
    }
    if !style.quiet {
        text.push_str(&summary(run));
    }
    escape::commands(&text)
}

/// Whether there is a package whose publish can be told.
fn can_be_read(plan: &PublishPlan) -> bool {
    plan.obstacle.is_none() && plan.manifest.broken.is_none()
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn with(self, style: Ansi, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn bold(self, color: AnsiColor, text: &str) -> String {
        self.with(color.on_default().bold(), text)
    }
}

fn diagnostic(diagnostic: &Diagnostic, paint: Paint) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let said = |level: Level<'static>, text: &str| level.message(escape::line(text).into_owned());
    let mut group = Group::with_title(level.primary_title(escape::line(&diagnostic.message)).id(diagnostic.rule))
        .elements(snippets(diagnostic))
        .element(said(Level::NOTE.with_name("why"), &diagnostic.why))
        .elements(diagnostic.notes.iter().map(|note| said(Level::NOTE, note)));
    if let Some(code) = diagnostic.npm_error {
        group = group.element(said(Level::NOTE.with_name("npm"), &format!("would fail with {code}")));
    }
    let renderer = if paint.color { Renderer::styled() } else { Renderer::plain() };
    group = group.element(said(Level::HELP, &diagnostic.help));
    if let Some(way) = way(diagnostic) {
        group = group.element(said(Level::HELP.with_name("try"), &way));
    }
    let block = renderer.render(&[group]);
    block.lines().map(arrow).collect::<Vec<_>>().join("\n")
}

/// The command that mends it, and what it does where the help says something else.
fn way(diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let command = fix.command.as_ref().filter(|command| !diagnostic.help.contains(&format!("`{command}`")))?;
    let same = fix.description == diagnostic.help;
    Some(if same { format!("`{command}`") } else { format!("`{command}` to {}", fix.description) })
}

/// The arrow of a second file is `:::`, which is too close to a command of GitHub's runner.
fn arrow(line: &str) -> String {
    let mut start = line.trim_start();
    while let Some((sequence, rest)) = start.split_once('m')
        && sequence.starts_with("\u{1b}[")
    {
        start = rest.trim_start();
    }
    match start.strip_prefix(":::") {
        Some(rest) => format!("{}-->{rest}", &line[..line.len() - start.len()]),
        None => line.to_owned(),
    }
}

/// The checks without a result: those with one cause together, and the packages of one list together.
fn undecided(run: Run<'_>, paint: Paint) -> String {
    let mut causes: BTreeMap<(Reason, &str, usize), BTreeSet<&str>> = BTreeMap::new();
    for Undecided { rule, package, unknown, .. } in &run.report.undecided {
        causes.entry((unknown.reason, &unknown.detail, *package)).or_default().insert(rule.id);
    }
    let mut lists: BTreeMap<(Reason, &str, BTreeSet<&str>), Vec<usize>> = BTreeMap::new();
    for ((reason, detail, package), rules) in causes {
        lists.entry((reason, detail, rules)).or_default().push(package);
    }
    let mut text = String::new();
    for ((reason, detail, rules), packages) in lists {
        let rules: Vec<&str> = rules.into_iter().collect();
        // All rules but a few were left out on purpose: their names say less than their number.
        let names = if rules.len() > 12 { plural(rules.len(), "rule") } else { rules.join(", ") };
        let head = format!("undecided[{names}]");
        let _ = writeln!(text, "{}: {} ({reason})", paint.bold(AnsiColor::Yellow, &head), escape::line(detail));
        if run.plans.len() > 1 {
            let names: Vec<String> =
                packages.iter().filter_map(|index| run.plans.get(*index)).map(super::title).collect();
            let _ = writeln!(text, "  = for: {}", escape::line(&names.join(", ")));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn verdict_line(index: usize, plan: &PublishPlan, verdict: Verdict, report: &Report, paint: Paint) -> String {
    let count = |severity| {
        let own = report.found.iter().filter(|found| found.package == Some(index));
        own.filter(|found| found.diagnostic.severity == severity).count()
    };
    let open = report.undecided.iter().filter(|undecided| undecided.package == index).count();
    let counts = [
        (count(Severity::Error), "error"),
        (count(Severity::Warning), "warning"),
        (count(Severity::Info), "info"),
        (open, "undecided check"),
    ];
    let mut details: Vec<String> =
        counts.into_iter().filter(|(number, _)| *number > 0).map(|(number, noun)| plural(number, noun)).collect();
    let (word, color) = match verdict {
        Verdict::Ready => ("ready", AnsiColor::Green),
        Verdict::Blocked => ("blocked", AnsiColor::Red),
        Verdict::Undecided => ("undecided", AnsiColor::Yellow),
        Verdict::Skipped => ("skipped", AnsiColor::Cyan),
    };
    match verdict {
        Verdict::Blocked if count(Severity::Error) == 0 => {
            details.insert(0, "by an error it shares with other packages".to_owned());
        }
        Verdict::Skipped if plan.is_skipped() => details = vec!["private".to_owned()],
        Verdict::Skipped => details = vec!["already published".to_owned()],
        _ => {}
    }
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    let title = super::title(plan);
    format!("{}: {}{details}\n", escape::line(&title), paint.bold(color, word))
}

/// `would go to … as … with tag …, access …`; a staged version keeps its dist-tag.
fn destination(plan: &PublishPlan, facts: &Facts) -> String {
    let user = super::user(plan, facts);
    let who = match (&plan.login, user) {
        (_, Some(user)) => format!("as {user}"),
        (Login::Credential { .. }, None) => "as the token's owner".to_owned(),
        (Login::Certificate { .. }, None) => "as the certificate's owner".to_owned(),
        (Login::TrustedPublisher, None) => "as a trusted publisher".to_owned(),
        (Login::Nothing, None) => "as nobody".to_owned(),
    };
    let (tag, access) = (&plan.tag.value.value, super::plan::access(&plan.access.value));
    let (verb, then) = if plan.stage {
        ("would be staged at", "; it keeps that tag, and waits for `npm stage approve`")
    } else {
        ("would go to", "")
    };
    let sentence = format!("{verb} {} {who} with tag {tag}, access {access}{then}", plan.shown_registry());
    escape::line(&sentence).into_owned()
}

fn summary(run: Run<'_>) -> String {
    let Run { plans, report, facts, .. } = run;
    let infos = report.count(Severity::Info);
    let infos = if infos > 0 { format!("{}, ", plural(infos, "info")) } else { String::new() };
    let offline = report.undecided.iter().any(|undecided| undecided.unknown.reason == Reason::Offline);
    let offline = if offline && !facts.any() { "; nothing was checked online" } else { "" };
    format!(
        "\n{}, {}, {infos}{} in {}{offline}\n",
        plural(report.count(Severity::Error), "error"),
        plural(report.count(Severity::Warning), "warning"),
        plural(report.undecided.len(), "undecided check"),
        plural(plans.len(), "package"),
    )
}

fn plural(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::{TOKEN, Told, npmrc, place, published, rule};
    use super::*;
    use crate::source::{Place, Source, Span};
    use crate::testing::Scene;

    fn plain(told: &Told) -> String {
        render(told.run(), Style::default())
    }

    #[test]
    fn a_report_says_what_where_why_and_what_to_do() {
        let told = Told::new().alice();
        let diagnostic = published(&told);
        insta::assert_snapshot!(plain(&told.found(0, diagnostic)), @r#"
        error[version-published]: `left-lodge` 1.1.0 is already published
         --> package.json:3:14
          |
        3 |   "version": "1.1.0"
          |              ^^^^^^^ this version
          |
         --> .npmrc:2:10
          |
        2 | registry=https://r.example/
          |          ------------------ `registry` set here
          |
          = why: https://r.example/ never accepts a version twice
          = npm: would fail with E403
          = help: raise `version`
          = try: `npm version patch --no-git-tag-version`

        left-lodge 1.1.0: blocked (1 error)
            would go to https://r.example/ as alice with tag latest, access default

        1 error, 0 warnings, 0 undecided checks in 1 package
        "#);
    }

    #[test]
    fn what_is_undecided_is_named_once_per_cause_with_every_rule_and_package() {
        let mut told = Told::new();
        told.add(Scene::new(r#"{"name":"@acme/core"}"#).plan());
        let told = told.undecided(Reason::Offline, "`--offline` was given");
        insta::assert_snapshot!(plain(&told), @r#"
        undecided[version-published]: `--offline` was given (offline)
          = for: left-lodge 1.1.0, @acme/core

        left-lodge 1.1.0: ready (1 undecided check)
            would go to https://r.example/ as the token's owner with tag latest, access default
        @acme/core: ready (1 undecided check)
            would go to https://r.example/ as the token's owner with tag latest, access default

        0 errors, 0 warnings, 2 undecided checks in 2 packages; nothing was checked online
        "#);
    }

    #[test]
    fn a_secret_is_masked_in_a_quoted_line() {
        let told = Told::new();
        let diagnostic = published(&told).related(place(&npmrc(), TOKEN), "this token");
        let text = plain(&told.found(0, diagnostic));
        assert!(text.contains("//r.example/:_authToken=************************\n"), "{text}");
        assert!(!text.contains(TOKEN));
    }

    #[test]
    fn marks_stay_under_their_text_behind_wide_and_hidden_characters() {
        let source = Source::new(".npmrc", "\u{feff}; é\u{1b}\u{202e}😀 registry=x\n".as_bytes());
        let place = place(&Arc::new(source), "registry");
        let text = plain(&Told::new().found(0, Diagnostic::new(rule(), "m", "w", "h").at(place, "here")));
        assert!(text.contains("\n1 | ; é␛�😀 registry=x\n  |         ^^^^^^^^ here\n"), "{text}");
    }

    #[test]
    fn nothing_from_outside_reaches_the_terminal_or_the_runner_as_a_command() {
        let bad = "::error::\u{1b}[31mx\u{202e}\r\n::add-mask::y##[group]##vso[task.x]";
        let json = serde_json::json!({ "name": bad, "version": bad }).to_string();
        let mut told = Told::of(Scene::new(&json).plan());
        told.add(Scene::new(&json).plan());
        let diagnostic = Diagnostic::new(rule(), bad, bad, bad)
            .at(told.plans[0].manifest.place_of("name"), bad)
            .note(bad)
            .fix(crate::diagnostic::Fix::command(bad, bad));
        let told = told.found(0, diagnostic).undecided(Reason::Malformed, bad);
        for color in [false, true] {
            let text = render(told.run(), Style { color, verbose: true, quiet: false });
            assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
            assert!(!text.contains("##[") && !text.contains("##vso[") && !text.contains(['\r', '\u{202e}']), "{text}");
            assert!(!text.contains("\u{1b}[31mx") && (color || !text.contains('\u{1b}')), "{text}");
        }
    }

    #[test]
    fn quiet_keeps_errors_and_verdicts_alone() {
        let told = Told::new().undecided(Reason::Offline, "`--offline` was given");
        let warning = Diagnostic::new(rule(), "a warning", "w", "h").severity(Severity::Warning);
        let error = published(&told);
        let text = render(told.found(0, warning).found(0, error).run(), Style { quiet: true, ..Style::default() });
        assert!(text.contains("error[version-published]") && text.contains("left-lodge 1.1.0: blocked"), "{text}");
        assert!(!text.contains("a warning") && !text.contains("undecided["), "{text}");
    }

    #[test]
    fn the_text_is_the_same_without_colour() {
        let told = Told::new().undecided(Reason::Offline, "`--offline` was given");
        let diagnostic = published(&told);
        let told = told.found(0, diagnostic);
        let style = Style { verbose: true, ..Style::default() };
        let color = render(told.run(), Style { color: true, ..style });
        assert_eq!(anstream::adapter::strip_str(&color).to_string(), render(told.run(), style));
    }

    #[test]
    fn a_file_that_is_not_there_is_named_without_a_quotation() {
        let told = Told::new();
        let place = Place::new(&Arc::new(Source::new("package.json", b"")), Span::at(0));
        let diagnostic = Diagnostic::new(rule(), "there is no package.json", "w", "h").at(place, "");
        let text = plain(&told.found(0, diagnostic));
        assert!(text.starts_with("error[version-published]: there is no package.json\n--> package.json\n"), "{text}");
    }
}
