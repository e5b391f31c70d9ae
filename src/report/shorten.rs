//! Texts in reports are cut to a readable length: what they quote comes from files, and may be a megabyte of
//! anything. Every format gets the same report, which has been through here.

use std::borrow::Cow;

use super::Run;
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::rules::lint::{Assumed, Found, Report, Undecided};
use crate::text::shorten;

/// How many other places a diagnostic shows, and how many notes it has. Rules name a few; a file may offer a million.
const BESIDES: usize = 20;
/// A replacement in a file is shown whole or not at all.
const EDIT: usize = 2000;

/// The report with its texts cut.
pub(super) fn report(run: Run<'_>) -> Report {
    let found = run.report.found.iter().map(|found| Found {
        package: found.package,
        packages: found.packages.clone(),
        diagnostic: diagnostic(&found.diagnostic, run),
    });
    let undecided = run.report.undecided.iter().map(|open| {
        let mut open: Undecided = open.clone();
        own(&mut open.unknown.detail, run);
        open
    });
    let assumed = run.report.assumed.iter().map(|assumed| {
        let mut assumed: Assumed = assumed.clone();
        own(&mut assumed.assumption.statement, run);
        for text in [&mut assumed.assumption.evidence, &mut assumed.assumption.verify].into_iter().flatten() {
            own(text, run);
        }
        assumed
    });
    Report {
        assumed: assumed.collect(),
        verdicts: run.report.verdicts.clone(),
        found: found.collect(),
        undecided: undecided.collect(),
        wanted: run.report.wanted.clone(),
    }
}

fn diagnostic(diagnostic: &Diagnostic, run: Run<'_>) -> Diagnostic {
    let more = diagnostic.related.len().saturating_sub(BESIDES) + diagnostic.notes.len().saturating_sub(BESIDES);
    let mut diagnostic = Diagnostic {
        related: diagnostic.related.iter().take(BESIDES).cloned().collect(),
        notes: diagnostic.notes.iter().take(BESIDES).cloned().collect(),
        ..diagnostic.clone()
    };
    if more > 0 {
        diagnostic.notes.push(format!("{more} more like these are not listed"));
    }
    for part in [&mut diagnostic.message, &mut diagnostic.why, &mut diagnostic.help, &mut diagnostic.label] {
        own(part, run);
    }
    diagnostic.notes.iter_mut().for_each(|note| own(note, run));
    diagnostic.related.iter_mut().for_each(|related| own(&mut related.message, run));
    diagnostic.fix = diagnostic.fix.filter(is_short);
    if let Some(fix) = &mut diagnostic.fix {
        own(&mut fix.description, run);
    }
    diagnostic
}

fn is_short(fix: &Fix) -> bool {
    fix.command.as_ref().is_none_or(|command| command.len() <= EDIT)
        && fix.edits.iter().all(|edit| edit.text.len() <= EDIT)
}

/// Half a secret is not recognised any more, so it is masked first.
fn own(part: &mut String, run: Run<'_>) {
    if let Cow::Owned(cut) = shorten::with(part, |text| run.clean(text)) {
        *part = cut;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::ValueEnum as _;

    use super::super::testing::{Fixture, rule};
    use super::super::{Format, Style, render};
    use super::*;
    use crate::text::source::{Place, Source, Span};

    #[test]
    fn no_format_prints_a_huge_value_in_full() {
        let long = "1".repeat(1 << 20);
        let mut fixture = Fixture::new().found(0, Diagnostic::new(rule(), long.as_str(), long.as_str(), long.as_str()));
        fixture.plans[0].options.tag.value.value.clone_from(&long);
        fixture.plans[0].options.access.value = crate::plan::Access::Other(long.clone());
        for format in Format::value_variants() {
            let style = Style { verbose: true, ..Style::default() };
            let report = render(*format, fixture.run(), style);
            assert!(!report.contains(&long[..3000]), "{format:?}");
        }
        let (facts, scrubber) = (&fixture.facts, &fixture.keyring.scrubber);
        assert!(!crate::report::json::render_plan(&fixture.plans, facts, scrubber).contains(&long[..3000]));
        assert!(!crate::report::plan::render(&fixture.plans, facts, scrubber, false).contains(&long[..3000]));
    }

    #[test]
    fn the_first_of_many_places_and_notes_are_listed_and_the_rest_counted() {
        let source = Arc::new(Source::new("package.json", b"{}"));
        let place = Place::new(&source, Span::new(0, 1));
        let many = |count: usize| {
            (0..count).fold(Diagnostic::new(rule(), "m", "w", "h"), |diagnostic, _| {
                diagnostic.related(place.clone(), "here").note("note")
            })
        };
        let fixture = Fixture::new();
        let short = diagnostic(&many(BESIDES), fixture.run());
        assert_eq!((short.related.len(), short.notes.len()), (BESIDES, BESIDES));
        let cut = diagnostic(&many(BESIDES + 3), fixture.run());
        assert_eq!((cut.related.len(), cut.notes.len()), (BESIDES, BESIDES + 1));
        assert_eq!(cut.notes[BESIDES], "6 more like these are not listed");
    }
}
