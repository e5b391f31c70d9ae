//! One line for each diagnostic, for editors and agents: `file:line:column: severity[rule]: message`; then the verdicts.

use std::io::{self, Write};

use super::text::verdicts;
use super::{Run, Style, summary, words};
use crate::text::escape;

/// The report.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for found in &run.report.found {
        let diagnostic = &found.diagnostic;
        let plan = run.plan_of(found);
        let place = match (&diagnostic.place, plan) {
            (Some(place), _) => {
                let start = place.source.position(place.span.start);
                format!("{}:{}:{}", place.source.path(), start.line, start.column)
            }
            (None, Some(plan)) => super::title(plan),
            (None, None) => "npm-preflight".to_owned(),
        };
        let line = format!(
            "{place}: {}[{}]: {}; {}",
            diagnostic.severity, diagnostic.rule.id, diagnostic.message, diagnostic.help
        );
        writeln!(out, "{}", escape::line(&line))?;
    }
    for cause in words::causes(run) {
        let line = format!(
            "{}: undecided[{}]: {}{}",
            cause.packages(run),
            cause.names(),
            cause.detail,
            words::bracketed(cause.reason)
        );
        writeln!(out, "{}", escape::line(&line))?;
    }
    verdicts::write(run, Style { quiet: true, ..Style::default() }, out)?;
    writeln!(out, "{}", summary::line(run))?;
    summary::failure(run).map_or(Ok(()), |failure| writeln!(out, "{failure}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, published, rule};
    use super::super::{Format, Style, render};
    use crate::facts::Reason;
    use crate::rules::diagnostic::Diagnostic;

    #[test]
    fn each_diagnostic_is_one_line() {
        let fixture = Fixture::new();
        let first = published(&fixture);
        let fixture = fixture.found(0, first).found(0, Diagnostic::new(rule(), "m\n::error::x", "w", "h"));
        let fixture = fixture.undecided(Reason::Offline, "`--offline` was given");
        insta::assert_snapshot!(render(Format::Concise, fixture.run(), Style::default()), @r"
        package.json:3:14: error[version-published]: `left-lodge` 1.1.0 is already published; raise `version`
        left-lodge 1.1.0: error[version-published]: m␊::error::x; h
        left-lodge 1.1.0: undecided[version-published]: `--offline` was given (offline)
        left-lodge 1.1.0: blocked (2 errors, 1 undecided check)
        2 errors, 0 warnings, 1 undecided check in 1 package; nothing was checked online
        ");
    }
}
