//! The report for people: every diagnostic with the text that decided it, what could not be decided, one verdict per
//! package and a last line that counts. It says the same without colour.

pub(in crate::report) mod verdicts;

use std::fmt::Write as _;
use std::io::{self, Write};

use annotate_snippets::{Group, Level, Renderer};
use anstyle::{AnsiColor, Style as Ansi};

use super::snippet::snippets;
use super::words;
use super::{Run, Style, summary};
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::rules::lint::Found;
use crate::text::escape;

/// How many similar ones get a line of their own.
const MOST_ALIKE: usize = 10;

/// The report.
pub(super) fn write(run: Run<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let mut shown: Vec<&Found> = run.report.found.iter().collect();
    shown.retain(|found| !style.quiet || found.diagnostic.severity != Severity::Info);
    shown.sort_by_key(|found| found.diagnostic.severity);
    for (found, others) in
        if style.verbose { shown.into_iter().map(|one| (one, Vec::new())).collect() } else { words::alike(shown) }
    {
        let is_short = found.diagnostic.severity == Severity::Info && !style.verbose;
        let block = if is_short { info(found, run, paint) } else { diagnostic(found, run, paint) };
        write!(out, "{block}\n\n")?;
        if !others.is_empty() {
            out.write_all(like_it(&found.diagnostic, &others, paint).as_bytes())?;
        }
    }
    out.write_all(undecided(run, style, paint).as_bytes())?;
    if !style.quiet {
        out.write_all(assumed(run, style, paint).as_bytes())?;
    }
    if style.verbose {
        for plan in run.plans {
            writeln!(out, "{}", super::plan::table(plan, run.facts, &run.keyring.scrubber, style.color))?;
        }
    }
    verdicts::write(run, style, out)?;
    super::changes::write(run, out)?;
    if !style.quiet {
        // The whole project has one client.
        if let Some(rival) = run.plans.iter().find_map(words::rival) {
            writeln!(out, "\n{}: {}", paint.bold(AnsiColor::BrightBlue, "note"), escape::line(&rival))?;
        }
        let ends = words::ends(run.report.verdicts.iter().copied());
        writeln!(out)?;
        if run.plans.len() > words::MANY && ends.len() > 1 {
            let ends = ends.iter().map(|(count, verdict)| format!("{count} {}", words::verdict(*verdict)));
            writeln!(out, "{}", ends.collect::<Vec<_>>().join(", "))?;
        }
        writeln!(out, "{}", summary::line(run))?;
    }
    summary::failure(run).map_or(Ok(()), |failure| writeln!(out, "{failure}"))
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

/// Advice in two lines, without the text that it is about: it must not bury what stops a release.
fn info(found: &Found, run: Run<'_>, paint: Paint) -> String {
    let Found { diagnostic, packages, .. } = found;
    let head = paint.bold(AnsiColor::BrightBlue, &format!("info[{}]", diagnostic.rule.id));
    let place = diagnostic.place.as_ref().map(|place| format!(" ({})", place.path_and_line())).unwrap_or_default();
    let many = packages.len() > 1;
    let packages = if many { format!("\n  = for: {}", words::concerned(run, packages)) } else { String::new() };
    let message = escape::line(&diagnostic.message).into_owned() + &escape::line(&place);
    format!("{head}: {message}\n  = help: {}{}", escape::line(&diagnostic.help), packages)
}

fn diagnostic(found: &Found, run: Run<'_>, paint: Paint) -> String {
    let Found { diagnostic, packages, .. } = found;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let said = |level: Level<'static>, text: &str| level.message(escape::line(text).into_owned());
    let mut group = Group::with_title(level.primary_title(escape::line(&diagnostic.message)).id(diagnostic.rule.id))
        .elements(snippets(diagnostic))
        .element(said(Level::NOTE.with_name("why"), &diagnostic.why))
        .elements(diagnostic.notes.iter().map(|note| said(Level::NOTE, note)))
        .elements((packages.len() > 1).then(|| said(Level::NOTE.with_name("for"), &words::concerned(run, packages))));
    if let Some(code) = diagnostic.npm_error {
        group = group.element(said(Level::NOTE.with_name(diagnostic.printed_by), &format!("would fail with {code}")));
    }
    let renderer = if paint.color { Renderer::styled() } else { Renderer::plain() };
    group = group.element(said(Level::HELP, &diagnostic.help));
    if let Some(way) = way(diagnostic) {
        group = group.element(said(Level::HELP.with_name("try"), &way));
    }
    let block = renderer.render(&[group]);
    block.lines().map(arrow).collect::<Vec<_>>().join("\n")
}

/// Those that say the same of something else: a line for each, with what only it says.
fn like_it(first: &Diagnostic, others: &[&Found], paint: Paint) -> String {
    let (name, color) = match first.severity {
        Severity::Error => ("error", AnsiColor::BrightRed),
        Severity::Warning => ("warning", AnsiColor::Yellow),
        Severity::Info => ("info", AnsiColor::BrightBlue),
    };
    let head = paint.bold(color, &format!("{name}[{}]", first.rule.id));
    let mut text = format!("{head}: {} more like this; use `--verbose` to see them in full\n", others.len());
    for Found { diagnostic, .. } in &others[..others.len().min(MOST_ALIKE)] {
        let place = diagnostic.place.as_ref().map(crate::text::source::Place::path_and_line);
        let message = Some(&diagnostic.message).filter(|message| **message != first.message || place.is_none());
        let parts: Vec<_> = [place, message.cloned()].into_iter().flatten().collect();
        let _ = writeln!(text, "  --> {}", escape::line(&parts.join(": ")));
    }
    if let Some(more) = others.len().checked_sub(MOST_ALIKE).filter(|more| *more > 0) {
        let _ = writeln!(text, "  and {more} more");
    }
    text + "\n"
}

/// The command that fixes it, and what it does where the help says something else.
fn way(diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref()?;
    let command = words::command(fix).filter(|command| !diagnostic.help.contains(&format!("`{command}`")))?;
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

/// What is taken for granted.
fn assumed(run: Run<'_>, style: Style, paint: Paint) -> String {
    let mut text = String::new();
    for line in super::assumed::lines(run, style.verbose) {
        let _ = writeln!(text, "{}: {}", paint.bold(AnsiColor::Cyan, "assumed"), escape::line(&line.text));
        if run.plans.len() > 1 {
            let _ = writeln!(text, "  = for: {}", escape::line(&line.packages(run)));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The checks without a result, a line for each cause; where little is wanted, what keeps a package from a verdict.
fn undecided(run: Run<'_>, style: Style, paint: Paint) -> String {
    let mut text = String::new();
    for cause in words::causes(run).iter().filter(|cause| !style.quiet || cause.decides(run)) {
        let head = format!("undecided[{}]", cause.names());
        let detail = escape::line(cause.detail);
        let _ = writeln!(text, "{}: {detail}{}", paint.bold(AnsiColor::Yellow, &head), words::bracketed(cause.reason));
        if run.plans.len() > 1 {
            let _ = writeln!(text, "  = for: {}", escape::line(&cause.packages(run)));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Format;
    use super::super::testing::{Fixture, TOKEN, npmrc, place, published, rule};
    use super::*;
    use crate::commands::testing::Scene;
    use crate::facts::Reason;
    use crate::rules::lint::Verdict;
    use crate::text::source::{Place, Source, Span};

    fn render(run: Run<'_>, style: Style) -> String {
        super::super::render(Format::Text, run, style)
    }

    fn plain(fixture: &Fixture) -> String {
        render(fixture.run(), Style::default())
    }

    #[test]
    fn a_report_shows_the_problem_its_place_the_reason_and_the_fix() {
        let fixture = Fixture::new().alice();
        let diagnostic = published(&fixture);
        insta::assert_snapshot!(plain(&fixture.found(0, diagnostic)), @r#"
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
          = why: https://r.example/ does not accept the same version twice
          = npm: would fail with E403
          = help: raise `version`
          = try: `npm version patch --no-git-tag-version`

        left-lodge 1.1.0: blocked (1 error)
            would go to https://r.example/ as alice, tag latest, access default

        1 error, 0 warnings, 0 undecided checks in 1 package
        "#);
    }

    #[test]
    fn undecided_checks_are_grouped_by_cause() {
        let mut fixture = Fixture::new();
        fixture.add(Scene::new(r#"{"name":"@acme/core"}"#).plan());
        let fixture = fixture.undecided(Reason::Offline, "`--offline` was given");
        insta::assert_snapshot!(plain(&fixture), @r#"
        undecided[version-published]: `--offline` was given (offline)
          = for: left-lodge 1.1.0, @acme/core

        left-lodge 1.1.0: ready (1 undecided check)
            would go to https://r.example/ as the token's owner, tag latest, access default
        @acme/core: ready (1 undecided check)
            would go to https://r.example/ as the token's owner, tag latest, access default

        0 errors, 0 warnings, 2 undecided checks in 2 packages; nothing was checked online
        "#);
    }

    #[test]
    fn similar_diagnostics_and_equal_destinations_are_shortened() {
        let mut fixture = Fixture::new();
        for number in 1..10 {
            fixture.add(Scene::new(&format!(r#"{{"name":"@acme/p{number}","version":"1.0.0"}}"#)).plan());
        }
        fixture = fixture.undecided(Reason::Offline, "`--offline` was given");
        for package in 0..5 {
            let diagnostic = Diagnostic::new(rule(), format!("what {package}"), "because", "mend it");
            let place = fixture.run().plans[package].package.manifest.place_of("name");
            fixture = fixture.found(package, diagnostic.at(place, "here"));
        }
        fixture = fixture.found(5, Diagnostic::new(rule(), "what 5", "because", "something else"));
        let text = plain(&fixture);
        assert_eq!(text.matches("= help: mend it").count(), 1, "{text}");
        assert!(
            text.contains("error[version-published]: 4 more like this; use `--verbose` to see them in full\n  --> "),
            "{text}"
        );
        assert!(text.contains("package.json:1: what 4\n\n") && text.contains("= help: something else"), "{text}");
        assert!(text.contains("  = for: all 10 packages\n"), "{text}");
        assert!(text.contains("\n    each of these 10 would go to https://r.example/ "), "{text}");
        assert!(text.contains("\n\n6 blocked, 4 ready\n6 errors, 0 warnings, "), "{text}");
        let all = render(fixture.run(), Style { verbose: true, ..Style::default() });
        assert_eq!(all.matches("= help: mend it").count(), 5, "{all}");
    }

    #[test]
    fn a_secret_is_masked_in_a_quoted_line() {
        let fixture = Fixture::new();
        let diagnostic = published(&fixture).related(place(&npmrc(), TOKEN), "this token");
        let text = plain(&fixture.found(0, diagnostic));
        assert!(text.contains("//r.example/:_authToken=************************\n"), "{text}");
        assert!(!text.contains(TOKEN));
    }

    #[test]
    fn carets_line_up_after_wide_and_invisible_characters() {
        let source = Source::new(".npmrc", "\u{feff}; é\u{1b}\u{202e}😀 registry=x\n".as_bytes());
        let place = place(&Arc::new(source), "registry");
        let text = plain(&Fixture::new().found(0, Diagnostic::new(rule(), "m", "w", "h").at(place, "here")));
        assert!(text.contains("\n1 | ; é␛�😀 registry=x\n  |         ^^^^^^^^ here\n"), "{text}");
    }

    #[test]
    fn untrusted_text_cannot_inject_terminal_or_runner_commands() {
        let bad = "::error::\u{1b}[31mx\u{202e}\r\n::add-mask::y##[group]##vso[task.x]";
        let json = serde_json::json!({ "name": bad, "version": bad }).to_string();
        let mut fixture = Fixture::of(Scene::new(&json).plan());
        fixture.add(Scene::new(&json).plan());
        let diagnostic = Diagnostic::new(rule(), bad, bad, bad)
            .at(fixture.plans[0].package.manifest.place_of("name"), bad)
            .note(bad)
            .fix(crate::rules::diagnostic::Fix::command(bad, bad));
        let fixture = fixture.found(0, diagnostic).undecided(Reason::Malformed, bad);
        for color in [false, true] {
            let text = render(fixture.run(), Style { color, verbose: true, quiet: false });
            assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
            assert!(!text.contains("##[") && !text.contains("##vso[") && !text.contains(['\r', '\u{202e}']), "{text}");
            assert!(!text.contains("\u{1b}[31mx") && (color || !text.contains('\u{1b}')), "{text}");
        }
    }

    #[test]
    fn quiet_shows_errors_warnings_and_verdicts() {
        let fixture = Fixture::new().undecided(Reason::Offline, "`--offline` was given");
        let warning = Diagnostic::new(rule(), "a warning", "w", "h").severity(Severity::Warning);
        let error = published(&fixture);
        let text = render(fixture.found(0, warning).found(0, error).run(), Style { quiet: true, ..Style::default() });
        assert!(text.contains("error[version-published]") && text.contains("left-lodge 1.1.0: blocked"), "{text}");
        assert!(text.contains("a warning") && !text.contains("undecided["), "{text}");
        let mut fixture = Fixture::new().undecided(Reason::Offline, "`--offline` was given");
        fixture.report.verdicts[0] = Verdict::Undecided;
        let text = render(fixture.run(), Style { quiet: true, ..Style::default() });
        assert!(text.starts_with("undecided[version-published]: `--offline` was given (offline)\n"), "{text}");
    }

    #[test]
    fn the_text_is_the_same_without_colour() {
        let fixture = Fixture::new().undecided(Reason::Offline, "`--offline` was given");
        let diagnostic = published(&fixture);
        let fixture = fixture.found(0, diagnostic);
        let style = Style { verbose: true, ..Style::default() };
        let color = render(fixture.run(), Style { color: true, ..style });
        assert_eq!(anstream::adapter::strip_str(&color).to_string(), render(fixture.run(), style));
    }

    #[test]
    fn a_missing_file_is_named_without_a_quote() {
        let fixture = Fixture::new();
        let place = Place::new(&Arc::new(Source::new("package.json", b"")), Span::at(0));
        let diagnostic = Diagnostic::new(rule(), "there is no package.json", "w", "h").at(place, "");
        let text = plain(&fixture.found(0, diagnostic));
        assert!(text.starts_with("error[version-published]: there is no package.json\n--> package.json\n"), "{text}");
    }
}
