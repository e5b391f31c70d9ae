//! Texts that are told are cut to a length that somebody reads: what they quote comes from files, and may be a megabyte of
//! anything. Every format gets the same report, which has been through here.

use std::borrow::Cow;

use super::Run;
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::rules::lint::{Assumed, Found, Report, Undecided};
use crate::text::shorten;

/// A replacement in a file is told whole or not at all.
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
    let mut diagnostic = diagnostic.clone();
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
    use clap::ValueEnum as _;

    use super::super::testing::{Told, rule};
    use super::super::{Format, Style, render};
    use super::*;

    #[test]
    fn no_format_repeats_a_value_of_a_megabyte() {
        let long = "1".repeat(1 << 20);
        let mut told = Told::new().found(0, Diagnostic::new(rule(), long.as_str(), long.as_str(), long.as_str()));
        told.plans[0].tag.value.value.clone_from(&long);
        told.plans[0].access.value = crate::plan::Access::Other(long.clone());
        for format in Format::value_variants() {
            let style = Style { verbose: true, ..Style::default() };
            let report = render(*format, told.run(), style);
            assert!(!report.contains(&long[..3000]), "{format:?}");
        }
        let (facts, scrubber) = (&told.facts, &told.keyring.scrubber);
        assert!(!crate::report::json::render_plan(&told.plans, facts, scrubber).contains(&long[..3000]));
        assert!(!crate::report::plan::render(&told.plans, facts, scrubber, false).contains(&long[..3000]));
    }
}
