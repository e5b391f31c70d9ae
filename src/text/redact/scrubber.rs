//! The secrets of a run in every form, and what takes them out of a text.
//!
//! A text of unknown content is searched at two depths, because a short secret is in many texts by
//! chance:
//!
//! - [`Scrubber::hide`] is for sentences and values, before they become part of a format. Everything is hidden there from
//!   four characters on, what is shorter than eight only where it stands alone.
//! - [`Scrubber::scrub`] is for what leaves the program. The text has a structure there, of which a password such as
//!   `failures` would be a part, so that only what cannot be there by chance is hidden: see [`is_unmistakable`].
//!
//! What a variable of the environment holds is hidden like a secret, because whoever writes an .npmrc chooses the variable:
//! in its place is `${NAME}`, which is what the file says.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::encoded::forms;
use super::{HIDDEN, mask};

/// Shorter ones are left to the types: a text holds them by chance.
const SHORTEST: usize = 4;
/// From this length on it need not stand alone.
const LONG: usize = 8;
/// What is longer is no word.
const LONGEST_WORD: usize = 16;
/// How much of a secret gives it away where a text was cut.
const SHORTEST_START: usize = 6;
/// The most forms that are searched for; a configuration with more secrets is an attack, and most of them are never sent.
const MOST: usize = 20_000;

/// How much is known to everybody of what a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publicity {
    /// Nothing: it may be a secret.
    Unknown,
    /// It is said elsewhere, as the folder of the project is: values show the variable, and a report as a whole may hold it.
    Familiar,
    /// It is in the package itself, or is a word of npm's own.
    Public,
}

#[derive(Clone)]
struct Needle {
    /// What replaces it.
    shown: String,
    /// It cannot be in a text by chance.
    is_unmistakable: bool,
    /// A word, in whose place a sentence may use the same word.
    is_word: bool,
}

/// Hides the secrets that it knows.
#[derive(Default)]
pub struct Scrubber {
    /// By text in small letters.
    needles: BTreeMap<String, Needle>,
    finders: OnceLock<Option<Finders>>,
}

struct Finders {
    unmistakable: AhoCorasick,
    others: AhoCorasick,
    /// What is shown for each pattern of `unmistakable`.
    shown: Vec<String>,
    /// The same of `others`, and whether it is a word.
    shown_others: Vec<(String, bool)>,
}

impl Clone for Scrubber {
    fn clone(&self) -> Self {
        Self { needles: self.needles.clone(), finders: OnceLock::new() }
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scrubber({} forms)", self.needles.len())
    }
}

impl Scrubber {
    /// Hides a secret. `${NAME}` is none: npm sends it as it is when there is no such variable.
    pub fn secret(&mut self, text: &str) {
        if !text.starts_with("${") {
            for form in forms(text) {
                self.add(&form, HIDDEN, false, true);
            }
        }
    }

    /// Hides a password, and the pair that is sent with it.
    pub fn password(&mut self, username: &str, password: &str) {
        self.secret(password);
        self.secret(&format!("{username}:{password}"));
    }

    /// Shows `${NAME}` for what a variable holds.
    pub fn variable(&mut self, name: &str, value: &str, publicity: Publicity) {
        if publicity == Publicity::Public || matches!(value, "true" | "false" | "null" | "undefined") {
            return;
        }
        let shown = format!("${{{name}}}");
        let is_unknown = publicity == Publicity::Unknown;
        for form in forms(value) {
            self.add(&form, &shown, true, is_unknown);
        }
        // In a URL it comes apart: `http://${NAME}/` makes a host of the first part and a path of the rest.
        for part in value.split(|letter: char| letter.is_whitespace() || "/\\?#@:&=%".contains(letter)) {
            if is_unmistakable(part) {
                self.add(part, &shown, true, is_unknown);
            }
        }
    }

    fn add(&mut self, text: &str, shown: &str, is_variable: bool, may_be_everywhere: bool) {
        if text.chars().count() < SHORTEST || self.needles.len() >= MOST {
            return;
        }
        let needle = Needle {
            shown: shown.to_owned(),
            is_unmistakable: may_be_everywhere && is_unmistakable(text),
            is_word: is_variable && text.bytes().all(|byte| byte.is_ascii_alphabetic()),
        };
        let known = self.needles.entry(text.to_ascii_lowercase()).or_insert(needle);
        if !is_variable && known.shown != shown {
            // What is both is a secret.
            shown.clone_into(&mut known.shown);
            (known.is_unmistakable, known.is_word) = (is_unmistakable(text), false);
        }
        self.finders = OnceLock::new();
    }

    fn finders(&self) -> Option<&Finders> {
        let build = || {
            let (unmistakable, others): (Vec<_>, Vec<_>) =
                self.needles.iter().partition(|(_, needle)| needle.is_unmistakable);
            let mut builder = AhoCorasick::builder();
            // Making a DFA takes the square of the time for a form that repeats itself.
            builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA));
            Some(Finders {
                unmistakable: builder
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(unmistakable.iter().map(|(text, _)| text.as_str()))
                    .ok()?,
                others: builder
                    .match_kind(MatchKind::Standard)
                    .build(others.iter().map(|(text, _)| text.as_str()))
                    .ok()?,
                shown: unmistakable.into_iter().map(|(_, needle)| needle.shown.clone()).collect(),
                shown_others: others.into_iter().map(|(_, needle)| (needle.shown.clone(), needle.is_word)).collect(),
            })
        };
        self.finders.get_or_init(build).as_ref()
    }

    /// A sentence or a value without secrets.
    pub fn hide(&self, text: &str) -> String {
        mask(&self.without_known(text, true))
    }

    /// A whole report without secrets.
    pub fn scrub(&self, text: &str) -> String {
        mask(&self.without_known(text, false))
    }

    /// Whether there is a secret in what is to be kept, or something else than may be shown.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        if self.needles.is_empty() {
            return false;
        }
        let Some(finders) = self.finders() else { return true };
        finders.unmistakable.is_match(bytes) || {
            let text = String::from_utf8_lossy(bytes);
            finders.standing_alone(&text).into_iter().any(|(_, shown)| shown == HIDDEN)
        }
    }

    fn without_known(&self, text: &str, is_prose: bool) -> String {
        if self.needles.is_empty() {
            return text.to_owned();
        }
        // What cannot be searched cannot be shown.
        let Some(finders) = self.finders() else { return HIDDEN.to_owned() };
        let whole = finders.unmistakable.find_iter(text);
        let mut found: Vec<(Range<usize>, &str)> =
            whole.map(|found| (found.range(), finders.shown[found.pattern().as_usize()].as_str())).collect();
        if is_prose {
            found.extend(finders.standing_alone(text));
        }
        found.extend(self.cut(text));
        replaced(text, found)
    }

    /// The starts of secrets where a text was cut: `npm_abcdef…`.
    fn cut<'t>(&self, text: &'t str) -> Vec<(Range<usize>, &'t str)> {
        const LONGEST_START: usize = 256;
        let is_start = |start: &str| {
            let start = start.to_ascii_lowercase();
            let next = self.needles.range(start.clone()..).next();
            next.is_some_and(|(needle, found)| found.is_unmistakable && needle.starts_with(&start))
        };
        let cuts = text.match_indices('…').map(|(at, _)| at);
        cuts.filter_map(|end| {
            let from = end.saturating_sub(LONGEST_START);
            let mut starts = (from..end.saturating_sub(SHORTEST_START - 1)).filter(|at| text.is_char_boundary(*at));
            let start = starts.find(|start| is_start(&text[*start..end]))?;
            Some((start..end, ""))
        })
        .collect()
    }
}

impl Finders {
    /// What is hidden where it stands alone, and is no word of a sentence.
    fn standing_alone<'f>(&'f self, text: &str) -> Vec<(Range<usize>, &'f str)> {
        let found = self.others.find_overlapping_iter(text).filter_map(|found| {
            let (shown, is_word) = &self.shown_others[found.pattern().as_usize()];
            let range = found.range();
            let is_hidden = if *is_word {
                stands_alone(text, &range) && !is_in_sentence(text, &range)
            } else {
                range.len() >= LONG || stands_alone(text, &range)
            };
            is_hidden.then_some((range, shown.as_str()))
        });
        found.collect()
    }
}

/// Whether a text of this shape cannot be in a report by chance: long, and no word.
fn is_unmistakable(text: &str) -> bool {
    let kinds = [
        text.bytes().any(|byte| byte.is_ascii_lowercase()),
        text.bytes().any(|byte| byte.is_ascii_uppercase()),
        text.bytes().any(|byte| byte.is_ascii_digit()),
        text.bytes().any(|byte| !byte.is_ascii_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|has| *has).count();
    text.len() >= LONG && (kinds > 1 || text.len() >= LONGEST_WORD)
}

fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let is_part = |character: char| character.is_alphanumeric();
    let edges = (text[range.clone()].chars().next(), text[range.clone()].chars().next_back());
    let before = text[..range.start].chars().next_back().filter(|_| edges.0.is_some_and(is_part));
    let after = text[range.end..].chars().next().filter(|_| edges.1.is_some_and(is_part));
    !before.is_some_and(is_part) && !after.is_some_and(is_part)
}

/// Whether a word is between other words, and not in quotes, a path or an assignment.
fn is_in_sentence(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    before.is_none_or(char::is_whitespace)
        && after.is_none_or(|after| after.is_whitespace() || ".,;:!?".contains(after))
}

/// The text with something else in these places; where two overlap, the first one's text stands for both.
fn replaced(text: &str, mut found: Vec<(Range<usize>, &str)>) -> String {
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, shown) in found {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(shown);
        }
        at = at.max(range.end);
    }
    out.push_str(&text[at..]);
    out
}
