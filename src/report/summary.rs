//! The last line of a report.

use super::exit::{Exit, Strict};
use super::{Run, assumed};
use crate::facts::Reason;
use crate::rules::diagnostic::Severity;
use crate::text::count::plural;

/// What was found and in how many packages.
pub(super) fn line(run: Run<'_>) -> String {
    let Run { plans, report, facts, .. } = run;
    let infos = report.count(Severity::Info);
    let infos = if infos > 0 { format!("{}, ", plural(infos, "info")) } else { String::new() };
    let offline = report.undecided.iter().any(|undecided| undecided.unknown.reason == Reason::Offline);
    let offline = if offline && !facts.any() { "; nothing was checked online" } else { "" };
    let unlisted = match report.unlisted {
        0 => String::new(),
        1 => "; 1 more finding is not listed".to_owned(),
        more => format!("; {more} more findings are not listed"),
    };
    let assumed = assumed::assumptions(run).len();
    let assumed = if assumed > 0 { format!(", {}", plural(assumed, "assumption")) } else { String::new() };
    format!(
        "{}, {}, {infos}{}{assumed} in {}{unlisted}{offline}",
        plural(report.count(Severity::Error), "error"),
        plural(report.count(Severity::Warning), "warning"),
        plural(report.undecided.len(), "undecided check"),
        plural(plans.len(), "package"),
    )
}

/// Why a run without an error fails.
pub(super) fn failure(run: Run<'_>) -> Option<String> {
    let strictness = run.strictness.filter(|_| run.exit == Exit::Undecided)?;
    let open = if run.report.is_open() { run.report.undecided.len() } else { 0 };
    let assumed = if strictness.strict == Strict::All { assumed::assumptions(run).len() } else { 0 };
    let reasons = [(open, "undecided check"), (assumed, "assumption")];
    let reasons: Vec<_> =
        reasons.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(*count, noun)).collect();
    Some(format!("exit code {} because of {}: {}", run.exit.code(), strictness.written(), reasons.join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::super::exit::Strictness;
    use super::super::shorten::Shortened;
    use super::super::testing::Fixture;
    use super::super::{Format, Style, render};
    use super::*;
    use crate::commands::testing::Scene;
    use crate::facts::Assumption;
    use crate::rules::lint::{Assumed, Options, Verdict, lint};

    #[test]
    fn a_strict_run_that_fails_says_why_in_its_last_line() {
        let mut fixture = Fixture::new().undecided(Reason::Offline, "`--offline` was given");
        fixture.report.verdicts[0] = Verdict::Undecided;
        let rule = crate::rules::find("trusted-publisher").unwrap();
        let assumption = Assumption::new("npm trusts it");
        fixture.report.assumed = vec![Assumed { rule, package: 0, assumption }];
        let said = |fixture: &Fixture, strict, by_option, exit| {
            let run = Run { exit, strictness: Some(Strictness { strict, by_option }), ..fixture.run() };
            let of = |format, quiet| render(format, run, Style { quiet, ..Style::default() });
            let text = of(Format::Text, false);
            let last = text.lines().next_back().unwrap_or_default().to_owned();
            let is_said = exit == Exit::Undecided;
            for other in [of(Format::Text, true), of(Format::Concise, false)] {
                let is_last = other.lines().next_back() == Some(&last) && last.starts_with("exit");
                assert_eq!((is_last, other.contains("exit code")), (is_said, is_said), "{other}");
            }
            assert_eq!(of(Format::Markdown, false).contains("\nExit code 3 because of "), is_said);
            last
        };
        let (open, all) = (Strict::Undecided, Strict::All);
        assert_eq!(said(&fixture, open, true, Exit::Undecided), "exit code 3 because of `--strict`: 1 undecided check");
        assert_eq!(
            said(&fixture, all, false, Exit::Undecided),
            "exit code 3 because of `strict = \"all\"` in the settings: 1 undecided check, 1 assumption"
        );
        fixture.report.undecided.clear();
        fixture.report.verdicts[0] = Verdict::Ready;
        assert_eq!(said(&fixture, all, true, Exit::Undecided), "exit code 3 because of `--strict=all`: 1 assumption");
        assert!(!said(&fixture, open, true, Exit::Clear).contains("exit"));
    }

    #[test]
    fn every_format_says_how_many_findings_are_not_listed() {
        let dependencies: Vec<String> = (0..1003).map(|number| format!(r#""x{number}":"file:../x""#)).collect();
        let dependencies = dependencies.join(",");
        let manifest = format!(r#"{{"name":"left-lodge","version":"1.1.0","dependencies":{{{dependencies}}}}}"#);
        let mut fixture = Fixture::of(Scene::new(&manifest).plan());
        let report = lint(&fixture.plans, &fixture.facts, &Options::default());
        fixture.report = Shortened::of(report, &fixture.keyring.scrubber);
        for format in Format::value_variants() {
            let text = render(*format, fixture.run(), Style::default());
            assert!(text.contains("3 more findings"), "{format:?}: {}", &text[text.len() - 300..]);
        }
        assert!(line(fixture.run()).starts_with("1000 errors, "), "{}", line(fixture.run()));
    }
}
