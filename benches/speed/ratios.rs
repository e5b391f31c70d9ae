//! What the benchmark is for: each figure next to its limit. A ratio is that of two medians of one run of the
//! benchmark; what was not measured is left out.

use std::fmt::Write as _;

use super::cases::Tool::{Again, CurlAll, CurlOne, Files, Gzip, Nothing, Npm, Offline, Preflight, RgCount, RgFiles};
use super::cases::{self, Tool};
use super::measure::Sample;
use super::report::{Spread, bytes, cpu, figure, peak, wall};
use super::rounds::Results;

/// A figure that has a limit.
struct Ratio {
    what: String,
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

/// What each case that asks a registry is compared with, and how many times its wall time it may take; of its processor time
/// it may take [`PROCESSOR`] times as much.
const AGAINST_CURL: &[(&str, Tool, f64)] = &[
    ("1 package", CurlOne, 1.2),
    ("1 package, credential", CurlOne, 1.2),
    ("1 package, HTTP/1.1", CurlAll, 1.2),
    ("100 packages", CurlAll, 1.25),
    ("100 packages, HTTP/1.1", CurlAll, 1.2),
    ("500 packages", CurlAll, 1.25),
    ("500 packages, credential", CurlAll, 1.25),
    ("500 packages, HTTP/1.1", CurlAll, 1.2),
    ("500 packages, 10 x versions", CurlAll, 1.5),
];
const PROCESSOR: f64 = 2.0;

/// How much longer than the build of before something may take, and from how many milliseconds on that counts: the time that
/// an empty process takes is noise.
const SLOWER: f64 = 1.2;
const NOISE: f64 = 2.0;

/// The least that each build took, and whether that is too much. A machine makes runs slower, and never faster.
pub fn against_before(results: &Results) -> (String, bool) {
    let least = |case, tool, value: fn(&Sample) -> f64| Some(Spread::of(results.of(case, tool), value)?.least);
    let mut text = format!("| | now, ms | before, ms | | at most {SLOWER} x |\n|---|---|---|---|---|\n");
    let mut is_slower = false;
    for (case, tool) in cases::ALL.iter().flat_map(|case| case.tools.iter().map(move |tool| (case, *tool))) {
        for (what, value) in [("wall", wall as fn(&Sample) -> f64), ("processor", cpu)] {
            let before = tool.before().and_then(|before| least(case.name, before, value));
            let Some((now, before)) = least(case.name, tool, value).zip(before) else { continue };
            let is_worse = now > before * SLOWER && now - before > NOISE;
            is_slower |= is_worse;
            let (name, verdict) = (tool.name(case.members), if is_worse { "**not met**" } else { "met" });
            let (shown_now, shown_before, ratio) = (figure(now), figure(before), now / before);
            let _ = writeln!(
                text,
                "| {}: {name}, {what} | {shown_now} | {shown_before} | {ratio:.2} x | {verdict} |",
                case.name
            );
        }
    }
    (text, is_slower)
}

fn most(what: impl Into<String>, value: Option<f64>, unit: &'static str, limit: f64) -> Ratio {
    Ratio { what: what.into(), value, unit, limit: Limit::Most(limit) }
}

fn least(what: impl Into<String>, value: Option<f64>, unit: &'static str, limit: f64) -> Ratio {
    Ratio { what: what.into(), value, unit, limit: Limit::Least(limit) }
}

fn against_curl(medians: &Medians<'_>) -> Vec<Ratio> {
    let rows = AGAINST_CURL.iter().flat_map(|(case, other, limit)| {
        let value = |of: fn(&Sample) -> f64| Some(medians.get(case, Preflight, of)? / medians.get(case, *other, of)?);
        let what = |of: &str| format!("{case}: {of} against `{}`", other.name(if *other == CurlOne { 1 } else { 2 }));
        [most(what("wall time"), value(wall), "x", *limit), most(what("processor time"), value(cpu), "x", PROCESSOR)]
    });
    rows.collect()
}

fn all(results: &Results) -> Vec<Ratio> {
    let medians = Medians(results);
    let (one, hundred, many) = ("1 package", "100 packages", "500 packages");
    let (known, many_versions) = ("1 package, credential", "500 packages, 10 x versions");
    let (large, huge) = ("10 MB packument, no latency", "20000 packages");
    let (many_files, long_texts) = ("100,000 files", "340 MB of text");
    let connections = |sample: &Sample| u32::try_from(sample.traffic.connections).map_or(f64::INFINITY, f64::from);
    let per_package = |value: fn(&Sample) -> f64| {
        let more = medians.get(huge, Offline, value)? - medians.get(many, Offline, value)?;
        Some(more / (20_000.0 - 500.0))
    };
    let above_tiny = |tool| Some(medians.get(many_files, tool, peak)? - medians.get(one, tool, peak)?);
    let mut all = against_curl(&medians);
    all.extend([
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
            "1 package, `--offline`: wall time above that of `true`",
            medians.wall(one, Offline).zip(medians.wall(one, Nothing)).map(|(own, nothing)| own - nothing),
            "ms",
            3.0,
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
        most("each of 20,000 packages, `--offline`: processor time", per_package(cpu), "ms", 0.1),
        most("each of 20,000 packages, `--offline`: memory", per_package(peak).map(|mib| mib * 1024.0), "KiB", 10.0),
        most("20,000 packages, `--offline`: peak memory", medians.get(huge, Offline, peak), "MiB", 200.0),
        most(
            "100,000 files, of which 10,000 are packed, `files`: wall time against `rg --files`",
            medians.times((many_files, Files), (many_files, RgFiles)),
            "x",
            1.5,
        ),
        most("100,000 files, `files`: peak memory above that with 1 small package", above_tiny(Files), "MiB", 40.0),
        most(
            "100,000 files, `--offline`: peak memory above that with 1 small package",
            above_tiny(Offline),
            "MiB",
            40.0,
        ),
        most(
            "340 MB of text, `--offline`: wall time against `rg -c npm_`",
            medians.times((long_texts, Offline), (long_texts, RgCount)),
            "x",
            2.0,
        ),
        most(
            "a packument of 10 MB on top of a tiny one: wall time against `gzip -dc` of the same bytes",
            medians.decoding(wall),
            "x",
            1.5,
        ),
        most("the same: processor time against `gzip -dc`", medians.decoding(cpu), "x", 1.5),
        most("a packument of 10 MB: peak memory", medians.get(large, Preflight, peak), "MiB", 13.0),
        most(
            "500 packages, second run with an unchanged registry: bytes against the first",
            medians.get(many, Again, bytes).zip(medians.get(many, Preflight, bytes)).map(|(a, b)| 100.0 * a / b),
            "%",
            5.0,
        ),
    ]);
    // The unfavourable ones first.
    all.sort_by(|left, right| right.strain().total_cmp(&left.strain()));
    all
}

impl Ratio {
    /// How close it comes to its limit: above 1 it is beyond it.
    fn strain(&self) -> f64 {
        let Some(value) = self.value else { return 0.0 };
        match self.limit {
            Limit::Most(limit) => value / limit,
            Limit::Least(limit) => limit / value,
        }
    }
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
        let measured = if unit == "x" || bound < 1.0 { format!("{value:.2}") } else { figure(value) };
        let verdict = if met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {what} | {measured} {unit} | {words} {bound} {unit} | {verdict} |");
    }
    text
}
