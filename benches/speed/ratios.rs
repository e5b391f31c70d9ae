//! What the benchmark is for: each figure next to its limit. A ratio is that of two medians of one run of the
//! benchmark; what was not measured is left out.

use std::fmt::Write as _;

use super::cases::Tool;
use super::cases::Tool::{Again, CurlAll, CurlOne, Gzip, Npm, Offline, Preflight};
use super::measure::Sample;
use super::report::{Spread, bytes, cpu, figure, peak, wall};
use super::rounds::Results;

/// A figure that has a limit.
struct Ratio {
    what: &'static str,
    value: Option<f64>,
    unit: &'static str,
    limit: Limit,
}

enum Limit {
    Most(f64),
    Least(f64),
}

/// Medians by case and tool.
struct Medians<'a>(&'a Results);

impl Medians<'_> {
    fn get(&self, case: &str, tool: Tool, value: impl Fn(&Sample) -> f64) -> Option<f64> {
        Spread::of(self.0.of(case, tool), value).map(|spread| spread.median)
    }

    fn wall(&self, case: &str, tool: Tool) -> Option<f64> {
        self.get(case, tool, wall)
    }

    /// How many times the time of the second the first takes.
    fn times(&self, (case, tool): (&str, Tool), (other_case, other): (&str, Tool)) -> Option<f64> {
        Some(self.wall(case, tool)? / self.wall(other_case, other)?)
    }

    /// What a packument of 10 MB costs on top of a tiny one, against gzip.
    fn decoding(&self, value: impl Fn(&Sample) -> f64) -> Option<f64> {
        let (large, tiny) = ("10 MB packument, no latency", "tiny packument, no latency");
        let cost = self.get(large, Preflight, &value)? - self.get(tiny, Preflight, &value)?;
        Some(cost / self.get(large, Gzip, &value)?)
    }
}

fn all(results: &Results) -> Vec<Ratio> {
    let medians = Medians(results);
    let most = |what, value, unit, limit| Ratio { what, value, unit, limit: Limit::Most(limit) };
    let least = |what, value, unit, limit| Ratio { what, value, unit, limit: Limit::Least(limit) };
    let (one, hundred, many) = ("1 package", "100 packages", "500 packages");
    let (known, many_versions) = ("1 package, credential", "500 packages, 10 x versions");
    let connections = |sample: &Sample| u32::try_from(sample.traffic.connections).map_or(f64::INFINITY, f64::from);
    vec![
        most(
            "1 package, no credential: wall time against one `curl` GET of its packument",
            medians.times((one, Preflight), (one, CurlOne)),
            "x",
            1.5,
        ),
        most(
            "1 package, credential: wall time against one `curl` GET of its packument",
            medians.times((known, Preflight), (known, CurlOne)),
            "x",
            2.0,
        ),
        least("1 package: faster than `npm publish --dry-run`", medians.times((one, Npm), (one, Preflight)), "x", 8.0),
        least(
            "1 package, credential: faster than `npm publish --dry-run`",
            medians.times((known, Npm), (known, Preflight)),
            "x",
            8.0,
        ),
        least(
            "1 package, `--offline`: faster than `npm publish --dry-run`",
            medians.times((one, Npm), (one, Offline)),
            "x",
            50.0,
        ),
        most(
            "500 packages, HTTP/2: wall time against `curl --parallel` of the same URLs",
            medians.times((many, Preflight), (many, CurlAll)),
            "x",
            1.5,
        ),
        most(
            "500 packages, HTTP/2, credential: wall time against `curl --parallel` of the same URLs",
            medians.times(("500 packages, credential", Preflight), ("500 packages, credential", CurlAll)),
            "x",
            1.5,
        ),
        most("500 packages, HTTP/2: connections", medians.get(many, Preflight, connections), "", 1.0),
        most("500 packages: peak memory", medians.get(many, Preflight, peak), "MiB", 40.0),
        most("500 packages, 10 x versions: peak memory", medians.get(many_versions, Preflight, peak), "MiB", 40.0),
        most(
            "peak memory with 10 x versions against the usual number",
            medians.get(many_versions, Preflight, peak).zip(medians.get(many, Preflight, peak)).map(|(a, b)| a / b),
            "x",
            1.1,
        ),
        most(
            "cost per package: 500 against 100 packages",
            medians.times((many, Preflight), (hundred, Preflight)).map(|ratio| ratio / 5.0),
            "x",
            1.0,
        ),
        most("500 packages, `--offline`: wall time", medians.wall(many, Offline), "ms", 150.0),
        most(
            "a packument of 10 MB on top of a tiny one: wall time against `gzip -dc` of the same bytes",
            medians.decoding(wall),
            "x",
            3.0,
        ),
        most("the same: processor time against `gzip -dc`", medians.decoding(cpu), "x", 3.0),
        most(
            "500 packages, second run with an unchanged registry: bytes against the first",
            medians.get(many, Again, bytes).zip(medians.get(many, Preflight, bytes)).map(|(a, b)| 100.0 * a / b),
            "%",
            5.0,
        ),
    ]
}

/// All that could be computed, with their limits.
pub fn table(results: &Results) -> String {
    let mut text = "| | measured | limit | |\n|---|---|---|---|\n".to_owned();
    for Ratio { what, value, unit, limit } in all(results) {
        let Some(value) = value else { continue };
        let (bound, words, met) = match limit {
            Limit::Most(limit) => (limit, "≤", value <= limit),
            Limit::Least(limit) => (limit, "≥", value >= limit),
        };
        let measured = if unit == "x" { format!("{value:.2}") } else { figure(value) };
        let verdict = if met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {what} | {measured} {unit} | {words} {bound} {unit} | {verdict} |");
    }
    text
}
