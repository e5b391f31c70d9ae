//! The measurements as Markdown: all of them, the short table of docs/how-fast.md and the sentence in the README.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::Outcome;
use super::cases::{self, Tool};
use super::measure::Sample;
use super::options::Options;
use super::ratios;
use super::rounds::Results;

/// The middle, the smallest and the largest of some figures.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// `None`: no figures.
    pub fn of(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> Option<Self> {
        let mut all: Vec<f64> = samples.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        let (least, most) = (*all.first()?, *all.last()?);
        Some(Self { median: f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]), least, most })
    }
}

/// Milliseconds.
pub fn wall(sample: &Sample) -> f64 {
    sample.wall.as_secs_f64() * 1e3
}

/// Milliseconds.
pub fn cpu(sample: &Sample) -> f64 {
    sample.cpu.as_secs_f64() * 1e3
}

/// MiB.
#[expect(clippy::cast_precision_loss, reason = "nothing is that large")]
pub fn peak(sample: &Sample) -> f64 {
    sample.peak as f64 / 1024.0
}

/// KiB.
#[expect(clippy::cast_precision_loss, reason = "nothing is that large")]
pub fn bytes(sample: &Sample) -> f64 {
    sample.traffic.bytes as f64 / 1024.0
}

/// A figure with as many digits as mean something.
pub fn figure(value: f64) -> String {
    if value.abs() < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn cell(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> String {
    Spread::of(samples, value).map_or_else(String::new, |spread| {
        format!("{} [{}–{}]", figure(spread.median), figure(spread.least), figure(spread.most))
    })
}

#[expect(clippy::cast_precision_loss, reason = "nothing is that large")]
fn middle(samples: &[Sample], value: impl Fn(&Sample) -> u64) -> String {
    Spread::of(samples, |sample| value(sample) as f64)
        .map_or_else(String::new, |spread| format!("{:.0}", spread.median))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Everything.
pub fn whole(results: &Results, options: &Options, took: Duration) -> String {
    let mut text = format!("Machine: {}. Runs of each: {}. ", machine(), options.rounds);
    let _ = writeln!(text, "All of it took {} s.", took.as_secs());
    text.push_str(
        "\nMedian [least–most]. Processor time is of all processes of a run, memory of the largest one; what can be\n",
    );
    text.push_str("measured of memory begins where the row of `true` is. Bytes are those on the wire in both directions, TLS\nincluded.\n");
    for case in cases::ALL {
        let rows: Vec<_> = case.tools.iter().map(|tool| (*tool, results.of(case.name, *tool))).collect();
        if rows.iter().all(|(_, samples)| samples.is_empty()) {
            continue;
        }
        let _ = writeln!(text, "\n### {}\n", title(case));
        text.push_str("| | wall, ms | processor, ms | peak memory, MiB | requests | connections | KiB |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for (tool, samples) in rows.into_iter().filter(|(_, samples)| !samples.is_empty()) {
            let name = tool.name(case.members);
            let (wall, cpu, peak) = (cell(samples, wall), cell(samples, cpu), cell(samples, peak));
            let requests = middle(samples, |sample| count(sample.traffic.requests.len()));
            let connections = middle(samples, |sample| sample.traffic.connections);
            let bytes = cell(samples, bytes);
            let _ = writeln!(text, "| {name} | {wall} | {cpu} | {peak} | {requests} | {connections} | {bytes} |");
        }
    }
    let _ = write!(text, "\n### Ratios\n\n{}", ratios::table(results));
    text
}

fn title(case: &cases::Case) -> String {
    let protocol = if case.protocol == cases::Protocol::Http2 && !case.latency.is_zero() { ", HTTP/2" } else { "" };
    format!("{}{protocol}", case.name)
}

/// What docs/how-fast.md shows.
fn short(results: &Results) -> String {
    let mut text = "| wall time, ms | 1 package | 100 packages | 500 packages |\n|---|---|---|---|\n".to_owned();
    let rows = [
        Tool::Preflight,
        Tool::Again,
        Tool::Offline,
        Tool::CurlAll,
        Tool::Pnpm,
        Tool::Npm,
        Tool::CanNpmPublish,
        Tool::Publint,
    ];
    for tool in rows {
        let cells: Vec<String> = ["1 package", "100 packages", "500 packages"]
            .into_iter()
            .map(|case| cell(results.of(case, tool), wall))
            .map(|cell| if cell.is_empty() { "-".to_owned() } else { cell })
            .collect();
        if cells.iter().any(|cell| cell != "-") {
            let _ = writeln!(text, "| {} | {} |", tool.name(1), cells.join(" | "));
        }
    }
    text
}

/// What the README says of it.
fn sentence(results: &Results) -> String {
    let median = |case: &str, tool| Spread::of(results.of(case, tool), wall).map_or(0.0, |spread| spread.median);
    format!(
        "One package takes {:.0} ms and 500 packages take {:.0} ms. `npm publish --dry-run` takes {:.0} ms and {:.0} seconds.\n",
        median("1 package", Tool::Preflight),
        median("500 packages", Tool::Preflight),
        median("1 package", Tool::Npm),
        median("500 packages", Tool::Npm) / 1e3,
    )
}

/// Writes what the documents say, and the file with all figures.
///
/// # Errors
/// When one of them cannot be written.
pub fn write(results: &Results, options: &Options, whole: &str) -> Outcome<()> {
    let machine = format!("{}; {} runs of each, median [least–most].", machine(), options.rounds);
    between_marks("docs/how-fast.md", &format!("{machine}\n\n{}", short(results)))?;
    between_marks("README.md", &sentence(results))?;
    let intro = "# What `cargo bench -- --readme` measured\n\n\
        What is measured against what, and what the latency stands for: [how fast](../docs/how-fast.md).\n\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/RESULTS.md");
    Ok(std::fs::write(file, format!("{intro}{whole}"))?)
}

/// Replaces what is between the marks in a document.
fn between_marks(document: &str, new: &str) -> Outcome<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = std::fs::read_to_string(&file)?;
    let parts = text.split_once("<!-- bench -->\n").and_then(|(before, rest)| {
        let (_, after) = rest.split_once("<!-- /bench -->")?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| format!("{document} has no `<!-- bench -->`"))?;
    Ok(std::fs::write(&file, format!("{before}<!-- bench -->\n{new}<!-- /bench -->{after}"))?)
}

/// System and processors.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{} on {}, {cores} processors", std::env::consts::OS, std::env::consts::ARCH)
}
