//! What happens to each package: a line for each, in the order of the run, the skipped ones last. Of many that end alike, or
//! are left out for one reason, the number and a few names are enough, and where many in a row would go is said once.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use anstyle::AnsiColor;

use super::super::words::{self, FEW, MANY};
use super::super::{Run, Style, assumed, title};
use super::Paint;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::Severity;
use crate::rules::lint::Verdict;
use crate::text::count::plural;
use crate::text::escape;
use crate::text::shorten;

/// The lines.
pub(in crate::report) fn write(run: Run<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let counts = counts(run);
    let all = || run.plans.iter().zip(&run.report.verdicts);
    let left_out = if style.verbose { BTreeMap::new() } else { words::left_out(run) };
    let mut numbers: HashMap<(String, String), usize> = HashMap::new();
    let mut alike: Vec<Vec<&PublishPlan>> = Vec::new();
    // A skipped package goes nowhere: among the others it would part those that go to the same place.
    let (mut ends, mut skipped) = (Vec::new(), Vec::new());
    for (package, ((plan, verdict), counts)) in all().zip(counts).enumerate() {
        if *verdict == Verdict::Skipped && left_out.contains_key(&words::why_skipped(plan)) {
            continue;
        }
        let shows_destination = !style.quiet && *verdict != Verdict::Skipped && words::has_destination(plan);
        let destination = if shows_destination { run.clean(&words::destination(run, plan)) } else { String::new() };
        let condition = assumed::condition(run, package);
        let condition = escape::line(&shorten::text(&condition)).into_owned();
        let destination = shorten::text(&destination).into_owned();
        let end = (verdict_of(plan, *verdict, counts, &condition, paint), destination);
        let number = *numbers.entry(end).or_insert(alike.len());
        match alike.get_mut(number) {
            Some(plans) => plans.push(plan),
            None => alike.push(vec![plan]),
        }
        if *verdict == Verdict::Skipped { &mut skipped } else { &mut ends }.push((plan, number));
    }
    let mut texts: Vec<(&str, &str)> = vec![("", ""); alike.len()];
    for ((verdict, destination), number) in &numbers {
        texts[*number] = (verdict, destination);
    }
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    for (plan, number) in ends.into_iter().chain(skipped) {
        let plans = &alike[number];
        let is_many = plans.len() > MANY && !style.verbose;
        let (verdict, destination) = texts[number];
        match rows.last_mut() {
            _ if is_many && !plans.first().is_some_and(|first| std::ptr::eq(*first, plan)) => {}
            _ if is_many => {
                for (destination, lines) in rows.drain(..) {
                    out.write_all(block(destination, &lines, style).as_bytes())?;
                }
                let (count, names) = (plural(plans.len(), "package"), words::some(plans));
                writeln!(out, "{count}: {verdict}: {}", escape::line(&names))?;
                if !destination.is_empty() {
                    writeln!(out, "    each of these {}", escape::line(destination))?;
                }
            }
            Some((same, lines)) if *same == destination => lines.push(row(plan, verdict)),
            _ => rows.push((destination, vec![row(plan, verdict)])),
        }
    }
    for (destination, lines) in &rows {
        out.write_all(block(destination, lines, style).as_bytes())?;
    }
    for (why, plans) in left_out {
        let (count, names) = (plural(plans.len(), "package"), words::some(&plans));
        let word = paint.bold(AnsiColor::Cyan, words::verdict(Verdict::Skipped));
        writeln!(out, "{count}: {word} ({why}): {}", escape::line(&names))?;
    }
    Ok(())
}

/// Packages in a row that would go to the same place.
fn block(destination: &str, lines: &[String], style: Style) -> String {
    let destination = match destination {
        "" => return lines.concat(),
        other => escape::line(other),
    };
    if lines.len() > FEW && !style.verbose {
        return format!("{}    each of these {} {destination}\n", lines.concat(), lines.len());
    }
    lines.iter().flat_map(|line| [line.as_str(), "    ", &destination, "\n"]).collect()
}

/// For each package how many errors, warnings and infos there are, and checks without a result.
fn counts(run: Run<'_>) -> Vec<[usize; 4]> {
    let mut counts = vec![[0; 4]; run.plans.len()];
    let found = run.report.found.iter().filter_map(|found| Some((found.package?, found.diagnostic.severity)));
    let found = found.map(|(package, severity)| match severity {
        Severity::Error => (package, 0),
        Severity::Warning => (package, 1),
        Severity::Info => (package, 2),
    });
    for (package, kind) in found.chain(run.report.undecided.iter().map(|undecided| (undecided.package, 3))) {
        if let Some(counts) = counts.get_mut(package) {
            counts[kind] += 1;
        }
    }
    counts
}

fn row(plan: &PublishPlan, verdict: &str) -> String {
    format!("{}: {verdict}\n", escape::line(&title(plan)))
}

/// The word, and why.
fn verdict_of(plan: &PublishPlan, verdict: Verdict, counts: [usize; 4], condition: &str, paint: Paint) -> String {
    let counted = counts.into_iter().zip(["error", "warning", "info", "undecided check"]);
    let mut details: Vec<String> =
        counted.filter(|(number, _)| *number > 0).map(|(number, noun)| plural(number, noun)).collect();
    let color = match verdict {
        Verdict::Ready => AnsiColor::Green,
        Verdict::Blocked => AnsiColor::Red,
        Verdict::Undecided => AnsiColor::Yellow,
        Verdict::Skipped => AnsiColor::Cyan,
    };
    match verdict {
        Verdict::Blocked if counts[0] == 0 => {
            details.insert(0, "an error shared with other packages".to_owned());
        }
        Verdict::Skipped => details = vec![words::why_skipped(plan)],
        _ => {}
    }
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    let condition = if verdict == Verdict::Ready { condition } else { "" };
    format!("{}{condition}{details}", paint.bold(color, words::verdict(verdict)))
}
