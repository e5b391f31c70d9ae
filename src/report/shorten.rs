//! Texts in reports are cut to a readable length: what they quote comes from files, and may be a megabyte of
//! anything. Every format gets the same report, which has been through here.

use std::borrow::Cow;
use std::ops::Deref;

use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::rules::lint::Report;
use crate::text::redact::Scrubber;
use crate::text::shorten;

/// How many other places a diagnostic shows, and how many notes it has. Rules name a few; a file may offer a million.
const BESIDES: usize = 20;
/// A replacement in a file is shown whole or not at all.
const EDIT: usize = 2000;

/// A report with its texts cut.
#[derive(Debug)]
pub struct Shortened(Report);

impl Shortened {
    /// Cuts the texts of a report.
    pub fn of(mut report: Report, scrubber: &Scrubber) -> Self {
        for found in &mut report.found {
            diagnostic(&mut found.diagnostic, scrubber);
        }
        for open in &mut report.undecided {
            own(&mut open.unknown.detail, scrubber);
        }
        for assumed in &mut report.assumed {
            let assumption = &mut assumed.assumption;
            own(&mut assumption.statement, scrubber);
            for text in [&mut assumption.evidence, &mut assumption.verify].into_iter().flatten() {
                own(text, scrubber);
            }
        }
        Self(report)
    }
}

impl Deref for Shortened {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

#[cfg(test)]
impl std::ops::DerefMut for Shortened {
    fn deref_mut(&mut self) -> &mut Report {
        &mut self.0
    }
}

fn diagnostic(diagnostic: &mut Diagnostic, scrubber: &Scrubber) {
    let more = diagnostic.related.len().saturating_sub(BESIDES) + diagnostic.notes.len().saturating_sub(BESIDES);
    diagnostic.related.truncate(BESIDES);
    diagnostic.notes.truncate(BESIDES);
    if more > 0 {
        diagnostic.notes.push(format!("{more} more like these are not listed"));
    }
    let Diagnostic { message, why, help, label, notes, related, fix, .. } = diagnostic;
    let sentences = [message, why, help, label].into_iter().chain(notes);
    sentences.chain(related.iter_mut().map(|related| &mut related.message)).for_each(|part| own(part, scrubber));
    if fix.as_ref().is_some_and(|fix| !is_short(fix)) {
        *fix = None;
    }
    if let Some(fix) = fix {
        own(&mut fix.description, scrubber);
    }
}

fn is_short(fix: &Fix) -> bool {
    fix.command.as_ref().is_none_or(|command| command.len() <= EDIT)
        && fix.edits.iter().all(|edit| edit.text.len() <= EDIT)
}

/// Half a secret is not recognised any more, so it is masked first.
fn own(part: &mut String, scrubber: &Scrubber) {
    if let Cow::Owned(cut) = shorten::with(part, |text| scrubber.hide(text)) {
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
        fixture.report = Shortened::of(std::mem::take(&mut *fixture.report), &fixture.keyring.scrubber);
        for format in Format::value_variants() {
            let style = Style { verbose: true, ..Style::default() };
            let report = render(*format, fixture.run(), style);
            assert!(!report.contains(&long[..3000]), "{format:?}");
        }
        let (facts, scrubber) = (&fixture.facts, &fixture.keyring.scrubber);
        let mut plans = Vec::new();
        crate::report::json::write_plans(&fixture.plans, facts, scrubber, &mut plans).unwrap();
        crate::report::plan::write(&fixture.plans, facts, scrubber, false, &mut plans).unwrap();
        assert!(!String::from_utf8(plans).unwrap().contains(&long[..3000]));
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
        let [mut short, mut cut] = [many(BESIDES), many(BESIDES + 3)];
        diagnostic(&mut short, &Scrubber::default());
        assert_eq!((short.related.len(), short.notes.len()), (BESIDES, BESIDES));
        diagnostic(&mut cut, &Scrubber::default());
        assert_eq!((cut.related.len(), cut.notes.len()), (BESIDES, BESIDES + 1));
        assert_eq!(cut.notes[BESIDES], "6 more like these are not listed");
    }
}
