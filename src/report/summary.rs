//! The last line of a report.

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

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::super::shorten::Shortened;
    use super::super::testing::Fixture;
    use super::super::{Format, Style, render};
    use super::*;
    use crate::commands::testing::Scene;
    use crate::rules::lint::{Options, lint};

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
