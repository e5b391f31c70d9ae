//! A log, read into failures.

use std::borrow::Cow;

use super::attempt::{Action, Attempt, Kind, Outcome};
use super::cutter::{Cutter, Pieces, Published};
use super::decoration::{bare, strip_outermost};
use super::readers::READERS;
use super::wrapping::unwrapped;

/// How many characters of a line are read at most; a client's lines are shorter.
const LINE: usize = 8_000;
/// How many decorations one line has at most.
const LAYERS: usize = 12;

/// The failures of a log, those apart that stopped nothing.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// In their order.
    pub(super) failures: Vec<Attempt>,
    /// Look-ups that failed before something else did.
    pub(super) lookups: Vec<Attempt>,
    /// What was published.
    pub(super) published: Vec<Published>,
    /// How many failures there are beyond those that are kept.
    pub(super) left: usize,
    /// What a tool says that found nothing to publish.
    pub(super) skipped: Option<String>,
    /// A publish was rehearsed: `--dry-run`.
    pub(super) is_rehearsed: bool,
}

impl Log {
    /// Reads what a client, a release tool or a CI system printed.
    pub(super) fn read(text: &str) -> Self {
        let text = without_times(text);
        let text = text.as_ref();
        // Most logs have neither colours nor other control characters, and taking them out reads byte by byte.
        let is_plain = !text.bytes().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
        let text =
            if is_plain { Cow::Borrowed(text) } else { Cow::Owned(anstream::adapter::strip_str(text).to_string()) };
        let text = unwrapped(&text, is_known);
        let mut cut = Cutter::default();
        for line in text.lines() {
            // What a terminal wrote over is gone.
            let line = line.trim_end_matches('\r');
            let line = line.rsplit('\r').next().unwrap_or(line);
            // A line that quotes several lines.
            if line.contains("\\nnpm ") {
                line.split("\\n").for_each(|line| read_line(line, &mut cut));
            } else {
                read_line(line, &mut cut);
            }
        }
        Self::of(cut.finish())
    }

    fn of(pieces: Pieces) -> Self {
        let Pieces { failures: mut all, published, left, skipped, is_rehearsed } = pieces;
        let unknown: Vec<String> =
            all.iter().filter(|one| is_unknown_package(one)).filter_map(|one| one.package.clone()).collect();
        // The first of these kinds that there is stopped the publish.
        let kind = |one: &Attempt| match one {
            one if is_echo(one) => 3,
            one if is_lookup(one) => 2,
            one if is_script(one) => 1,
            _ => 0,
        };
        let first = all.iter().map(kind).min().unwrap_or_default();
        // What was only looked up stopped nothing where something was published.
        let is_stopped = first < 2 || published.is_empty();
        let is_failure = |one: &Attempt| kind(one) == first && is_stopped;
        let lookups = all.iter().filter(|one| !is_failure(one) && kind(one) == 2 && !is_whoami(one)).cloned().collect();
        all.retain(is_failure);
        // Each client above the one that failed repeats that something did, and names nothing.
        all.dedup_by(|after, before| is_echo(before) && is_echo(after) && after.package.is_none());
        for failure in &mut all {
            failure.is_new |= failure.package.as_ref().is_some_and(|package| unknown.contains(package));
        }
        Self { failures: all, lookups, published, left, skipped, is_rehearsed }
    }
}

/// The text without Buildkite's times: `\u{1b}_bk;t=1732097472123\u{7}` before a line is a string to a terminal that ends later.
fn without_times(text: &str) -> Cow<'_, str> {
    const START: &str = "\u{1b}_bk;";
    if !text.contains(START) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(START);
    let first = parts.next().unwrap_or_default().to_owned();
    Cow::Owned(parts.fold(first, |mut whole, part| {
        let end = part.char_indices().take(40).find(|(_, char)| *char == '\u{7}').map_or(0, |(at, _)| at + 1);
        whole.push_str(&part[end..]);
        whole
    }))
}

fn read_line(line: &str, cut: &mut Cutter) {
    // A line with no more bytes than that has no more characters.
    let is_long = line.len() > LINE;
    let end = if is_long { line.char_indices().nth(LINE).map_or(line.len(), |(at, _)| at) } else { line.len() };
    let whole = line[..end].trim();
    if whole.is_empty() {
        return cut.blank();
    }
    let plain = bare(whole);
    if is_test_name(plain) {
        return cut.blank();
    }
    match is_taken(whole, cut) {
        Some(true) => {}
        Some(false) => cut.blank(),
        None => cut.other(plain),
    }
}

/// Whether a reader takes the line; `None`: no reader knows it, and `false`: it is only decoration.
fn is_taken(mut line: &str, cut: &mut Cutter) -> Option<bool> {
    for _ in 0..LAYERS {
        if READERS.iter().any(|reader| reader(line, cut)) {
            return Some(true);
        }
        match strip_outermost(line)? {
            "" => return Some(false),
            rest => line = rest,
        }
    }
    None
}

/// Whether a reader knows a row that follows another.
fn is_known(before: &str, row: &str) -> bool {
    let mut cut = Cutter::default();
    is_taken(before.trim(), &mut cut);
    is_taken(row.trim(), &mut cut).is_some()
}

/// The name of a test that ran: it may quote what clients print.
fn is_test_name(line: &str) -> bool {
    let is_numbered = |rest: &str| rest.starts_with(|char: char| char.is_ascii_digit()) && rest.contains(" - ");
    // Release tools have this sign, too, and quote no errors of npm's behind it.
    let is_quote = |rest: &str| rest.contains("npm error") || rest.contains("npm ERR!");
    line.starts_with(['✓', '√', '✗'])
        || line.strip_prefix(['✔', '✖']).is_some_and(|rest| is_quote(rest) || ends_with_duration(rest))
        || line.strip_prefix("not ok ").or_else(|| line.strip_prefix("ok ")).is_some_and(is_numbered)
}

/// `(2ms)`, `(1.5 s)`
fn ends_with_duration(line: &str) -> bool {
    let duration =
        line.trim_end().strip_suffix(')').and_then(|line| line.rsplit_once('(')).map(|(_, duration)| duration);
    duration.is_some_and(|text| {
        let number = text.trim_end_matches("ms").trim_end_matches('s').trim_end();
        number.len() < text.len()
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

/// The registry was only asked for something.
fn is_lookup(attempt: &Attempt) -> bool {
    if matches!(attempt.outcome, Outcome::AfterPublish(_)) {
        return false;
    }
    attempt.action == Some(Action::Look) || attempt.is_download() || attempt.says("no match found for version")
}

/// The registry was asked who the user is: its answer is why what follows fails.
fn is_whoami(attempt: &Attempt) -> bool {
    attempt.url.as_deref().is_some_and(|url| url.contains("/-/whoami"))
}

/// The registry did not know the package at all.
fn is_unknown_package(attempt: &Attempt) -> bool {
    is_lookup(attempt) && attempt.status() == Some(404) && !attempt.says("no match found for version")
}

/// A script failed, for its own reasons or for those of what it ran.
fn is_script(attempt: &Attempt) -> bool {
    if matches!(attempt.outcome, Outcome::AfterPublish(_)) {
        return false;
    }
    attempt.is_of_script()
}

/// It only says that something else failed.
fn is_echo(attempt: &Attempt) -> bool {
    attempt.kind != Kind::Cause && !matches!(attempt.outcome, Outcome::AfterPublish(_))
}
