//! File name patterns as npm understands them: `minimatch` 10.2.5 with `brace-expansion` 5.0.9, as shipped with npm 11.19.1.
//! They come from the linted project, so the work is bounded: where `minimatch` tries one way after another, all ways are
//! followed at once, and every call has a number of steps that it may take, and room for what patterns are turned into. A
//! pattern that would take more is [too complex](PatternError::TooComplex): whether it matches is then not known. Windows
//! drives and UNC paths are not treated as such, and paths are written with `/`.

mod braces;
mod name;
mod regexp;

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use self::name::Compiled;
use self::regexp::{Flags, Regexp};

/// JavaScript counts and compares UTF-16 units, and so do `?`, `[…]` and the limits.
pub type Text = Vec<u16>;

/// `MAX_PATTERN_LENGTH` of minimatch (assert-valid-pattern.js), in UTF-16 units: npm refuses a longer pattern.
pub const MAX_LENGTH: usize = 1024 * 64;
/// How many patterns one with braces stands for at most (`EXPANSION_MAX` of brace-expansion); the others are left out.
pub const MAX_EXPANSIONS: usize = 100_000;
/// `maxGlobstarRecursion`: of more `**` in a pattern, with others between them, minimatch says that they do not match.
const MAX_GLOBSTARS: usize = 200;
/// From that many patterns on they are not compared with each other, which takes the square of their number.
const MAX_COMPARED: usize = 12_000;
/// How many steps the patterns of one question may take: a second or two, where a usual question takes some thousand.
const MAX_STEPS: u64 = 200_000_000;
/// How many bytes patterns may be turned into at a time, roughly: as many as 30,000 with several `*`, or a million plain names.
const MAX_ROOM: usize = 64 * 1024 * 1024;

/// Why it is not known what a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// npm refuses it.
    #[error("a pattern may have at most {MAX_LENGTH} characters")]
    TooLong,
    /// npm refuses it.
    #[error("npm turns a pattern into an invalid regular expression")]
    Invalid,
    /// npm would take very long, or run out of memory.
    #[error("the patterns are too complex")]
    TooComplex,
}

impl PatternError {
    /// npm fails, too.
    pub fn is_refused(self) -> bool {
        self != Self::TooComplex
    }
}

/// How much work is left for a question, and how much room.
#[derive(Debug)]
pub struct Steps {
    left: Cell<u64>,
    room: Cell<usize>,
}

/// Until this is dropped, patterns may take room. Then they are gone, and it is free again.
#[must_use]
#[derive(Debug)]
pub struct Lent<'s> {
    steps: &'s Steps,
    room: usize,
}

impl Steps {
    /// As many as that many questions have.
    pub fn for_questions(count: u64) -> Self {
        Self { left: Cell::new(MAX_STEPS.saturating_mul(count)), room: Cell::new(MAX_ROOM) }
    }

    /// At least this many are left, whatever was matched before.
    pub fn leave(&self, steps: u64) {
        self.left.set(self.left.get().max(steps));
    }

    /// For patterns that are not kept for longer than what is returned.
    pub fn lend(&self) -> Lent<'_> {
        Lent { steps: self, room: self.room.get() }
    }

    /// # Errors
    /// When nothing is left.
    pub(crate) fn spend(&self, steps: usize) -> Result<(), PatternError> {
        let left = self.left.get().checked_sub(u64::try_from(steps).unwrap_or(u64::MAX));
        self.left.set(left.unwrap_or(0));
        if left.is_some() { Ok(()) } else { Err(PatternError::TooComplex) }
    }

    /// # Errors
    /// When there is no room for that many bytes.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), PatternError> {
        let room = self.room.get().checked_sub(bytes).ok_or(PatternError::TooComplex)?;
        self.room.set(room);
        Ok(())
    }

    fn give_back(&self, bytes: usize) {
        self.room.set(self.room.get() + bytes);
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::for_questions(1)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.steps.room.set(self.room);
    }
}

/// The options of `minimatch` that npm uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are minimatch's")]
pub struct Options {
    /// A path that ends before the pattern does matches.
    pub partial: bool,
    /// `*` also matches names that begin with a dot.
    pub dot: bool,
    /// `a` matches `A`.
    pub nocase: bool,
    /// A pattern without `/` is compared with the last name of a path.
    pub match_base: bool,
    /// A pattern that begins with `!` says what the rest of it says.
    pub flip_negate: bool,
    /// `#` at the start is a character like others.
    pub nocomment: bool,
    /// `!` at the start is a character like others.
    pub nonegate: bool,
    /// `optimizationLevel: 2`: `.` and `..` in patterns and paths are resolved.
    pub resolves_dots: bool,
}

/// One pattern, ready to be compared.
#[derive(Clone, Debug)]
pub struct Glob {
    options: Options,
    /// It began with an odd number of `!`.
    pub negate: bool,
    kind: Kind,
    /// What it stands for, cut at `/`.
    pub sets: Vec<Vec<Part>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Comment,
    Empty,
    Pattern,
}

/// What is between two slashes of a pattern.
#[derive(Clone, Debug)]
pub enum Part {
    /// Just this name.
    Plain(Text),
    /// `**`
    Globstar,
    /// Everything else.
    Magic(Rc<Magic>),
}

/// A pattern of one name.
#[derive(Debug)]
pub struct Magic {
    test: Test,
    options: Options,
}

#[derive(Debug)]
enum Test {
    Quick(Quick),
    Regexp {
        regexp: Box<Regexp>,
        /// What is compared first: ASCII with which every name ends that matches.
        end: Box<[u16]>,
    },
}

/// The tests with which `minimatch` spares itself the regular expression, and one more.
#[derive(Debug)]
enum Quick {
    /// A name of ASCII, whatever its case.
    Same(Text),
    /// `*`
    Star,
    /// `*.js`
    StarAnd(Text),
    /// `??`, `??.js`: the length of the pattern, and its end.
    Questions(usize, Text),
    /// `*.*`
    StarDotStar,
    /// `.*`
    DotStar,
}

/// Whether a path matches a pattern.
///
/// # Errors
/// When npm refuses the pattern, or it takes too many steps.
pub fn matches(path: &str, pattern: &str, options: Options) -> Result<bool, PatternError> {
    let steps = Steps::default();
    Glob::new(pattern, options, &steps)?.matches(&cut(path), &steps)
}

/// What a pattern with braces stands for.
///
/// # Errors
/// When npm refuses the pattern, or it takes too many steps.
pub fn expansions(pattern: &str) -> Result<Vec<String>, PatternError> {
    let units: Text = pattern.encode_utf16().collect();
    if units.len() > MAX_LENGTH {
        return Err(PatternError::TooLong);
    }
    let found = braces::expand(&units, MAX_EXPANSIONS, &Steps::default())?;
    Ok(found.iter().map(|text| String::from_utf16_lossy(text)).collect())
}

/// A path cut at slashes, several in a row being one.
pub fn cut(path: &str) -> Vec<Text> {
    let units: Text = path.encode_utf16().collect();
    cut_units(&units)
}

fn cut_units(text: &[u16]) -> Vec<Text> {
    let slash = u16::from(b'/');
    let mut parts: Vec<Text> = text.split(|unit| *unit == slash).map(<[u16]>::to_vec).collect();
    let last = parts.len() - 1;
    let mut at = 0;
    parts.retain(|part| {
        at += 1;
        at == 1 || at == last + 1 || !part.is_empty()
    });
    parts
}

fn is_text(text: &[u16], expected: &str) -> bool {
    text.iter().copied().eq(expected.encode_utf16())
}

fn is_dots(name: &[u16]) -> bool {
    is_text(name, ".") || is_text(name, "..")
}

fn starts_with_dot(name: &[u16]) -> bool {
    name.first() == Some(&u16::from(b'.'))
}

impl Glob {
    /// # Errors
    /// When npm refuses the pattern, or it takes too many steps.
    pub fn new(pattern: &str, options: Options, steps: &Steps) -> Result<Self, PatternError> {
        Self::capped(pattern, options, MAX_EXPANSIONS, steps)
    }

    /// With another cap than [`MAX_EXPANSIONS`].
    ///
    /// # Errors
    /// When npm refuses the pattern, or it takes too many steps.
    pub fn capped(pattern: &str, options: Options, max_expansions: usize, steps: &Steps) -> Result<Self, PatternError> {
        let mut units: Text = pattern.encode_utf16().collect();
        if units.len() > MAX_LENGTH {
            return Err(PatternError::TooLong);
        }
        let mut glob = Self { options, negate: false, kind: Kind::Pattern, sets: Vec::new() };
        if !options.nocomment && units.first() == Some(&u16::from(b'#')) {
            return Ok(Self { kind: Kind::Comment, ..glob });
        }
        if units.is_empty() {
            return Ok(Self { kind: Kind::Empty, ..glob });
        }
        if !options.nonegate {
            let marks = units.iter().take_while(|unit| **unit == u16::from(b'!')).count();
            units.drain(..marks);
            glob.negate = marks % 2 == 1;
        }
        let expanded = braces::expand(&units, max_expansions, steps)?;
        let mut seen = HashSet::new();
        let expanded = expanded.iter().filter(|text| seen.insert(*text)).map(|text| cut_units(text));
        let mut known: HashMap<Text, Part> = HashMap::new();
        if options.resolves_dots {
            for set in without_covered(resolved(expanded.collect(), steps)?, options.dot, steps)? {
                glob.sets.push(parts(set, options, &mut known, steps)?);
            }
        } else {
            for set in expanded {
                glob.sets.push(parts(simplified(set), options, &mut known, steps)?);
            }
        }
        Ok(glob)
    }

    /// Whether a path that is [cut](cut) matches.
    ///
    /// # Errors
    /// When it takes too many steps.
    pub fn matches(&self, path: &[Text], steps: &Steps) -> Result<bool, PatternError> {
        self.is_met(path, self.options.partial, steps)
    }

    /// The same, where a path also matches that ends before the pattern does.
    ///
    /// # Errors
    /// When it takes too many steps.
    pub fn matches_in_part(&self, path: &[Text], steps: &Steps) -> Result<bool, PatternError> {
        self.is_met(path, true, steps)
    }

    fn is_met(&self, path: &[Text], partial: bool, steps: &Steps) -> Result<bool, PatternError> {
        steps.spend(1)?;
        let is_root = path.len() == 2 && path.iter().all(Vec::is_empty);
        match self.kind {
            Kind::Comment => return Ok(false),
            Kind::Empty => return Ok(path.len() == 1 && path[0].is_empty()),
            Kind::Pattern if partial && is_root => return Ok(true),
            Kind::Pattern => {}
        }
        let resolved = self.resolved(path, steps)?;
        let path = resolved.as_deref().unwrap_or(path);
        let nothing = Text::new();
        let base = std::slice::from_ref(path.iter().rev().find(|name| !name.is_empty()).unwrap_or(&nothing));
        for set in &self.sets {
            steps.spend(1)?;
            let path = if self.options.match_base && set.len() == 1 { base } else { path };
            if self.matches_set(path, set, partial, steps)? {
                return Ok(self.options.flip_negate || !self.negate);
            }
        }
        Ok(!self.options.flip_negate && self.negate)
    }

    /// Whether a path without a slash at its end may match, going by its last name alone.
    ///
    /// # Errors
    /// When it takes too many steps.
    pub fn may_end_in(&self, name: &[u16], steps: &Steps) -> Result<bool, PatternError> {
        let options = self.options;
        if self.kind != Kind::Pattern || options.resolves_dots || options.partial || self.negate && !options.flip_negate
        {
            return Ok(true);
        }
        for set in &self.sets {
            let is_hit = match set.last() {
                None | Some(Part::Globstar) => true,
                Some(Part::Plain(text)) if text.is_empty() => true,
                Some(part) => part.matches(name, steps)?,
            };
            if is_hit {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The path without `.` and `..`, if that is another one.
    fn resolved(&self, path: &[Text], steps: &Steps) -> Result<Option<Vec<Text>>, PatternError> {
        if !self.options.resolves_dots {
            return Ok(None);
        }
        let inner = path.len().saturating_sub(1);
        let has_dots = path.iter().any(|name| is_dots(name)) || path.iter().take(inner).any(Vec::is_empty);
        if !has_dots {
            return Ok(None);
        }
        steps.spend(path.len() * 4)?;
        Ok(Some(resolved_path(path.to_vec())))
    }

    /// The same, of what ends in `**` only.
    ///
    /// # Errors
    /// When it takes too many steps.
    pub fn matches_trees(&self, path: &[Text], steps: &Steps) -> Result<bool, PatternError> {
        let resolved = self.resolved(path, steps)?;
        let path = resolved.as_deref().unwrap_or(path);
        for set in self.sets.iter().filter(|set| matches!(set.last(), Some(Part::Globstar))) {
            steps.spend(1)?;
            if self.matches_set(path, set, self.options.partial, steps)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `matchOne`
    fn matches_set(&self, path: &[Text], set: &[Part], partial: bool, steps: &Steps) -> Result<bool, PatternError> {
        let is_globstar = |part: &Part| matches!(part, Part::Globstar);
        let Some(first) = set.iter().position(is_globstar) else { return names(path, set, partial, steps) };
        let last = set.iter().rposition(is_globstar).unwrap_or(first);
        let (head, middle, tail) = if partial {
            (&set[..first], &set[first + 1..], &set[set.len()..])
        } else {
            (&set[..first], set.get(first + 1..last).unwrap_or_default(), &set[last + 1..])
        };
        let start = head.len();
        if start > 0 && !names(&path[..start.min(path.len())], head, partial, steps)? {
            return Ok(false);
        }
        let mut tail_length = 0;
        if !tail.is_empty() {
            let Some(room) = path.len().checked_sub(tail.len() + start) else { return Ok(false) };
            tail_length = tail.len();
            if !names(&path[path.len() - tail_length..], tail, partial, steps)? {
                // `a/**/*` matches `a/b/`.
                if room == 0 || path.last().is_none_or(|last| !last.is_empty()) {
                    return Ok(false);
                }
                tail_length += 1;
                if !names(&path[path.len() - tail_length..], tail, partial, steps)? {
                    return Ok(false);
                }
            }
        }
        let end = path.len() - tail_length;
        if middle.is_empty() {
            let between = path.get(start..end).unwrap_or_default();
            let is_fine = between.iter().all(|name| self.is_passed_by_globstar(name));
            return Ok(is_fine && (partial || tail_length > 0 || !between.is_empty()));
        }
        steps.spend(middle.len() * 4 + 16)?;
        let sections: Vec<&[Part]> = middle.split(is_globstar).collect();
        // Where a section may start at the latest. minimatch adds up the lengths from the wrong end, so that it finds some
        // paths not to match that would.
        let mut sums = vec![0];
        for section in &sections {
            sums.push(sums.last().unwrap_or(&0) + section.len());
        }
        let room = |at: usize| sums[sections.len() - 1 - at] + sections[at].len();
        let latest: Vec<Option<usize>> = (0..sections.len()).map(|at| end.checked_sub(room(at))).collect();
        let saw_tail = tail_length > 0;
        let search = Search { glob: self, path, partial, sections: &sections, latest: &latest, saw_tail, steps };
        Ok(search.from(start, 0, &mut HashMap::new())?.unwrap_or(false))
    }

    fn is_passed_by_globstar(&self, name: &[u16]) -> bool {
        !is_dots(name) && (self.options.dot || !starts_with_dot(name))
    }
}

/// What comes between two `**` is looked for in every place of a path.
struct Search<'a> {
    glob: &'a Glob,
    path: &'a [Text],
    partial: bool,
    sections: &'a [&'a [Part]],
    latest: &'a [Option<usize>],
    saw_tail: bool,
    steps: &'a Steps,
}

impl Search<'_> {
    /// `#matchGlobStarBodySections`: `None` where it makes no sense to look further on. What was found out is kept, or
    /// this would take a number of steps that is exponential in the number of `**`.
    fn from(
        &self,
        start: usize,
        section: usize,
        known: &mut HashMap<(usize, usize), Option<bool>>,
    ) -> Result<Option<bool>, PatternError> {
        if let Some(found) = known.get(&(start, section)) {
            return Ok(*found);
        }
        let found = self.look(start, section, known)?;
        known.insert((start, section), found);
        Ok(found)
    }

    fn look(
        &self,
        start: usize,
        section: usize,
        known: &mut HashMap<(usize, usize), Option<bool>>,
    ) -> Result<Option<bool>, PatternError> {
        self.steps.spend(8)?;
        let partial = self.partial;
        let Some(parts) = self.sections.get(section) else {
            let rest = self.path.get(start..).unwrap_or_default();
            let is_fine = rest.iter().all(|name| self.glob.is_passed_by_globstar(name));
            return Ok(Some(is_fine && (self.saw_tail || !rest.is_empty())));
        };
        let mut at = start;
        while self.latest[section].is_some_and(|latest| at <= latest) {
            let end = (at + parts.len()).min(self.path.len());
            let is_here = names(self.path.get(at..end).unwrap_or_default(), parts, partial, self.steps)?;
            if is_here && section < MAX_GLOBSTARS {
                let rest = self.from(at + parts.len(), section + 1, known)?;
                if rest != Some(false) {
                    return Ok(rest);
                }
            }
            if self.path.get(at).is_some_and(|name| !self.glob.is_passed_by_globstar(name)) {
                return Ok(Some(false));
            }
            at += 1;
        }
        Ok(partial.then_some(true))
    }
}

/// `#matchOne`
fn names(path: &[Text], parts: &[Part], partial: bool, steps: &Steps) -> Result<bool, PatternError> {
    for (name, part) in path.iter().zip(parts) {
        if !part.matches(name, steps)? {
            return Ok(false);
        }
    }
    Ok(match path.len().checked_sub(parts.len()) {
        Some(0) => true,
        // Only a slash at the end is left.
        Some(1) => path.last().is_some_and(Vec::is_empty),
        Some(_) => false,
        None => partial,
    })
}

impl Part {
    /// Whether a name matches; `**` matches none by itself.
    ///
    /// # Errors
    /// When it takes too many steps.
    pub fn matches(&self, name: &[u16], steps: &Steps) -> Result<bool, PatternError> {
        steps.spend(1)?;
        Ok(match self {
            Self::Plain(text) => text == name,
            Self::Globstar => false,
            Self::Magic(magic) => match &magic.test {
                Test::Quick(quick) => {
                    steps.spend(name.len() / 16)?;
                    quick.matches(name, magic.options)
                }
                Test::Regexp { regexp, end } => {
                    may_end_with(name, end, magic.options.nocase) && regexp.matches(name, steps)?
                }
            },
        })
    }
}

/// What a pattern cut at `/` is compared with. `known`: parts that it has in common with others.
fn parts(
    set: Vec<Text>,
    options: Options,
    known: &mut HashMap<Text, Part>,
    steps: &Steps,
) -> Result<Vec<Part>, PatternError> {
    steps.take(64 + set.len() * 32)?;
    let mut parts = Vec::with_capacity(set.len());
    for text in set {
        steps.spend(8)?;
        if let Some(part) = known.get(&text) {
            parts.push(part.clone());
            continue;
        }
        let part = part(&text, options, steps)?;
        known.insert(text, part.clone());
        parts.push(part);
    }
    Ok(parts)
}

/// `parse`
fn part(text: &[u16], options: Options, steps: &Steps) -> Result<Part, PatternError> {
    steps.take(128 + text.len() * 4)?;
    if is_text(text, "**") {
        return Ok(Part::Globstar);
    }
    let is_special = |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(|one| "*?[\\(".contains(one));
    if text.is_empty() || !options.nocase && !text.iter().any(is_special) {
        return Ok(Part::Plain(text.to_vec()));
    }
    let magic = |test| Part::Magic(Rc::new(Magic { test, options }));
    let quick = match Quick::read(text, options).map(Test::Quick) {
        // What minimatch makes of most patterns need not be worked out: these are never refused.
        Some(quick) if !text.contains(&u16::from(b'\\')) => return Ok(magic(quick)),
        quick => quick,
    };
    Ok(match name::compile(text, options.dot, options.nocase, steps)? {
        Compiled::Plain(text) => Part::Plain(text),
        Compiled::Regexp { source, unicode } => {
            steps.spend(256 + source.len() * 8)?;
            let flags = Flags { ignores_case: options.nocase, unicode };
            let regexp = Regexp::compile(&source, flags, steps)?;
            let slow = || Test::Regexp { regexp: Box::new(regexp), end: literal_end(text) };
            magic(quick.unwrap_or_else(slow))
        }
    })
}

/// What follows everything in the pattern of a name that may be more than itself, as far as it is ASCII.
fn literal_end(pattern: &[u16]) -> Box<[u16]> {
    let is_literal =
        |unit: &u16| u8::try_from(*unit).is_ok_and(|byte| byte.is_ascii() && !b"*?[]\\(){}|!+@".contains(&byte));
    let length = pattern.iter().rev().take_while(|unit| is_literal(unit)).count();
    pattern[pattern.len() - length..].into()
}

/// `false`: a name does not end so. `end` is ASCII; a name that is not may hold characters that are the same in another case.
fn may_end_with(name: &[u16], end: &[u16], nocase: bool) -> bool {
    for (at, wanted) in end.iter().rev().enumerate() {
        let Some(found) = name.len().checked_sub(at + 1).map(|at| name[at]) else { return false };
        if !is_same(found, *wanted, nocase) {
            return found > 127;
        }
    }
    true
}

/// Whether two units are the same, one of them at least of ASCII.
fn is_same(left: u16, right: u16, nocase: bool) -> bool {
    let lower = |unit: u16| u8::try_from(unit).map_or(unit, |byte| u16::from(byte.to_ascii_lowercase()));
    left == right || nocase && lower(left) == lower(right)
}

impl Quick {
    fn read(pattern: &[u16], options: Options) -> Option<Self> {
        let text = String::from_utf16(pattern).ok()?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte);
        if options.nocase && !is_dots(pattern) && text.bytes().all(is_name) {
            return Some(Self::Same(pattern.to_vec()));
        }
        let behind_stars = text.trim_start_matches('*');
        let behind_questions = text.trim_start_matches('?');
        let is_plain = |end: &str| !end.contains(['+', '@', '!', '?', '*', '[', '(']);
        let units = |text: &str| text.encode_utf16().collect();
        if behind_stars.is_empty() {
            Some(Self::Star)
        } else if behind_stars.len() < text.len() && is_plain(behind_stars) {
            Some(Self::StarAnd(units(behind_stars)))
        } else if behind_questions.len() < text.len() && is_plain(behind_questions) {
            Some(Self::Questions(pattern.len(), units(behind_questions)))
        } else if text.starts_with('*') && text.ends_with('*') && text.trim_matches('*') == "." {
            Some(Self::StarDotStar)
        } else if text.len() > 1 && text.starts_with('.') && text[1..].bytes().all(|byte| byte == b'*') {
            Some(Self::DotStar)
        } else {
            None
        }
    }

    fn matches(&self, name: &[u16], options: Options) -> bool {
        let has_visible_start = !starts_with_dot(name);
        let ends_with = |end: &[u16]| {
            let is_ascii = |text: &[u16]| text.iter().all(|unit| *unit < 128);
            if !options.nocase {
                name.ends_with(end)
            } else if is_ascii(end) && is_ascii(&name[name.len().saturating_sub(end.len())..]) {
                may_end_with(name, end, true)
            } else {
                let lower = |text: &[u16]| String::from_utf16_lossy(text).to_lowercase();
                lower(name).ends_with(&lower(end))
            }
        };
        match self {
            Self::Same(text) => {
                text.len() == name.len() && text.iter().zip(name).all(|(wanted, found)| is_same(*found, *wanted, true))
            }
            Self::Star if options.dot => !name.is_empty() && !is_dots(name),
            Self::Star => !name.is_empty() && has_visible_start,
            Self::StarAnd(end) => (options.dot || has_visible_start) && ends_with(end),
            Self::Questions(length, end) => {
                let is_visible = if options.dot { !is_dots(name) } else { has_visible_start };
                name.len() == *length && is_visible && (end.is_empty() || ends_with(end))
            }
            Self::StarDotStar if options.dot => !is_dots(name) && name.contains(&u16::from(b'.')),
            Self::StarDotStar => has_visible_start && name.contains(&u16::from(b'.')),
            Self::DotStar => !is_dots(name) && !has_visible_start,
        }
    }
}

/// `levelOneOptimize`: several `**` in a row are one, and `x/..` is nothing.
fn simplified(parts: Vec<Text>) -> Vec<Text> {
    let mut kept: Vec<Text> = Vec::with_capacity(parts.len());
    for part in parts {
        let before = kept.last();
        if is_text(&part, "**") && before.is_some_and(|before| is_text(before, "**")) {
            continue;
        }
        let is_taken_back =
            before.is_some_and(|before| !before.is_empty() && !is_dots(before) && !is_text(before, "**"));
        if is_text(&part, "..") && is_taken_back {
            kept.pop();
        } else {
            kept.push(part);
        }
    }
    if kept.is_empty() { vec![Text::new()] } else { kept }
}

/// Takes `.` and the empty parts between slashes out (`<pre>/<e>/<rest>`).
fn drop_empty(parts: &mut Vec<Text>) -> bool {
    let before = parts.len();
    let (last, starts_empty) = (before.saturating_sub(1), parts.first().is_some_and(Vec::is_empty));
    let mut at = 0;
    parts.retain(|part| {
        at += 1;
        let is_inner = at > 1 && at <= last;
        let is_kept_root = at == 2 && part.is_empty() && starts_empty;
        !is_inner || is_kept_root || !(is_text(part, ".") || part.is_empty())
    });
    if let [first, second] = &parts[..]
        && is_text(first, ".")
        && (is_text(second, ".") || second.is_empty())
    {
        parts.pop();
    }
    parts.len() != before
}

/// Takes `x/..` out (`<pre>/<p>/../<rest>`). In a pattern a `.` stays before a `**`.
fn drop_parents(parts: &mut Vec<Text>, is_pattern: bool) -> bool {
    let mut kept: Vec<Text> = Vec::with_capacity(parts.len());
    let mut has_changed = false;
    let mut rest = std::mem::take(parts).into_iter().peekable();
    while let Some(part) = rest.next() {
        let is_taken_back =
            kept.last().is_some_and(|before| !before.is_empty() && !is_dots(before) && !is_text(before, "**"));
        if !(is_text(&part, "..") && is_taken_back) {
            kept.push(part);
            continue;
        }
        has_changed = true;
        kept.pop();
        if is_pattern && kept.is_empty() && rest.peek().is_some_and(|next| is_text(next, "**")) {
            kept.push(vec![u16::from(b'.')]);
        }
    }
    if kept.is_empty() {
        kept.push(Text::new());
    }
    *parts = kept;
    has_changed
}

/// `levelTwoFileOptimize`
fn resolved_path(mut path: Vec<Text>) -> Vec<Text> {
    loop {
        let has_dropped = drop_empty(&mut path);
        if !(drop_parents(&mut path, false) || has_dropped) {
            return path;
        }
    }
}

/// `firstPhasePreProcess`
fn resolved(mut sets: Vec<Vec<Text>>, steps: &Steps) -> Result<Vec<Vec<Text>>, PatternError> {
    loop {
        let mut has_changed = false;
        let mut at = 0;
        while at < sets.len() {
            let mut parts = std::mem::take(&mut sets[at]);
            steps.spend(parts.len())?;
            parts.dedup_by(|part, before| is_text(part, "**") && is_text(before, "**"));
            // `**/../a/b` is `../a/b` and `**/a/b`.
            let mut star = 0;
            while star < parts.len() {
                let is_name = |offset: usize| {
                    parts.get(star + offset).is_some_and(|part: &Text| !part.is_empty() && !is_dots(part))
                };
                let is_split = is_text(&parts[star], "**")
                    && parts.get(star + 1).is_some_and(|next| is_text(next, ".."))
                    && is_name(2)
                    && is_name(3);
                if is_split {
                    has_changed = true;
                    parts.remove(star);
                    let mut other = parts.clone();
                    other[star] = "**".encode_utf16().collect();
                    steps.spend(other.len())?;
                    sets.push(other);
                } else {
                    star += 1;
                }
            }
            has_changed |= drop_empty(&mut parts);
            has_changed |= drop_parents(&mut parts, true);
            sets[at] = parts;
            at += 1;
        }
        if !has_changed {
            return Ok(sets);
        }
    }
}

/// `secondPhasePreProcess`: of two patterns that differ only in that one has `*` where the other one has a name, the
/// first one is left.
fn without_covered(sets: Vec<Vec<Text>>, dot: bool, steps: &Steps) -> Result<Vec<Vec<Text>>, PatternError> {
    if sets.len() > MAX_COMPARED {
        return Err(PatternError::TooComplex);
    }
    // Numbers are compared faster than texts.
    let mut numbers: HashMap<Text, usize> = HashMap::new();
    let mut texts: Vec<Text> = Vec::new();
    let mut sets: Vec<Vec<usize>> = sets
        .into_iter()
        .map(|set| {
            let number = |text: Text| {
                *numbers.entry(text).or_insert_with_key(|text| {
                    texts.push(text.clone());
                    texts.len() - 1
                })
            };
            set.into_iter().map(number).collect()
        })
        .collect();
    let covering = Covering {
        star: texts.iter().position(|text| is_text(text, "*")),
        globstar: texts.iter().position(|text| is_text(text, "**")),
        can_be_covered: texts.iter().map(|text| !text.is_empty() && (dot || !starts_with_dot(text))).collect(),
    };
    if covering.star.is_none() && covering.globstar.is_none() {
        // Then one only covers another that is the same.
        let mut seen = HashSet::new();
        let mut kept: Vec<Vec<usize>> = sets.into_iter().rev().filter(|set| seen.insert(set.clone())).collect();
        kept.reverse();
        sets = kept;
    } else {
        for at in 0..sets.len() {
            steps.spend(sets.len() - at)?;
            let other = (at + 1..sets.len()).find_map(|other| Some((other, covering.of(&sets[at], &sets[other])?)));
            if let Some((other, both)) = other {
                sets[at].clear();
                sets[other] = both;
            }
        }
    }
    sets.retain(|set| !set.is_empty());
    Ok(sets.into_iter().map(|set| set.into_iter().map(|number| texts[number].clone()).collect()).collect())
}

struct Covering {
    star: Option<usize>,
    globstar: Option<usize>,
    /// By number: `*` stands for it.
    can_be_covered: Vec<bool>,
}

impl Covering {
    /// `partsMatch`: the pattern that stands for both.
    fn of(&self, left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
        if left.len() != right.len() {
            return None;
        }
        let (mut l, mut r) = (0, 0);
        let mut both = Vec::new();
        let mut wider = None;
        while let (Some(first), Some(second)) = (left.get(l).copied(), right.get(r).copied()) {
            let is_name = |part: usize| self.can_be_covered[part] && Some(part) != self.globstar;
            if first == second {
                both.push(first);
            } else if Some(first) == self.globstar && left.get(l + 1) == Some(&second) {
                both.push(first);
                l += 1;
                continue;
            } else if Some(second) == self.globstar && right.get(r + 1) == Some(&first) {
                both.push(second);
                r += 1;
                continue;
            } else if Some(first) == self.star && is_name(second) && wider != Some('r') {
                wider = Some('l');
                both.push(first);
            } else if Some(second) == self.star && is_name(first) && wider != Some('l') {
                wider = Some('r');
                both.push(second);
            } else {
                return None;
            }
            l += 1;
            r += 1;
        }
        Some(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_minimatch_matches() {
        for (path, pattern, expected) in [
            ("packages/a", "packages/*", true),
            ("packages", "packages/*", false),
            ("packages/.a", "packages/*", false),
            ("packages/a/b", "packages/*", false),
            ("packages/a/b", "packages/**", true),
            ("a/.b/c", "**/c", false),
            ("c", "**/c", true),
            ("p2", "p{1..3}", true),
            ("p2", "p[[:digit:]]", true),
            ("ad", "a[!a-c]", true),
            ("ab", "!(a)", true),
            ("x/ab", "x/!(a)", true),
            ("x/.b", "x/!(a)", false),
            ("aab", "+(a|b)", true),
            ("cab", "c@(ab|b)", true),
            ("a/c", "a/b/../c", true),
            ("a*", "a\\*", true),
        ] {
            assert_eq!(matches(path, pattern, Options::default()), Ok(expected), "{path} {pattern}");
        }
        let dot = Options { dot: true, ..Options::default() };
        assert_eq!(matches("a/.b/node_modules/c", "**/node_modules/**", dot), Ok(true));
        let partial = Options { partial: true, ..Options::default() };
        assert_eq!(matches("packages", "packages/*", partial), Ok(true));
    }

    #[test]
    fn patterns_with_catastrophic_backtracking_are_matched_quickly() {
        let long = "a".repeat(200);
        for (path, pattern) in [
            (long.clone(), "*a".repeat(25) + "b"),
            (long.clone(), "+(a|aa|a*)".repeat(6) + "b"),
            (long.clone(), "+(+(+(+(a))))b".to_owned()),
            (long.clone(), "*(a|*(a|*(a|*(a))))".repeat(4) + "b"),
            (long.clone(), "?!(+(a|aa)|*a*a*a*a)!(*a*b)*a*a*b".to_owned()),
            ("a/".repeat(60), "**/a/*/".repeat(20) + "b"),
            ("a/".repeat(60), "**/".repeat(30) + "b"),
        ] {
            assert_eq!(matches(&path, &pattern, Options::default()), Ok(false), "{pattern}");
        }
        assert_eq!(matches(&long, &("*a".repeat(25) + "*"), Options::default()), Ok(true));
    }

    #[test]
    fn the_fast_paths_agree_with_the_regular_expression() {
        let nocase = Options { dot: true, nocase: true, ..Options::default() };
        for (path, pattern, expected) in [
            ("README.md", "readme.MD", true),
            ("README.md", "readme_md", false),
            ("\u{212a}", "k", false),
            ("\u{17f}", "s", false),
            ("a.JS", "*.js", true),
            ("a.\u{212a}", "*.k", true),
            ("\u{130}.js", "*.JS", true),
            (".js", "*.min.js", false),
            ("ab.JS", "?(a)b.js", true),
            ("ab.jsx", "?(a)b.js", false),
            ("s", "?(a)b.js", false),
            ("a\u{17f}", "[[:alpha:]]s", true),
            ("A]b", "a[]]B", true),
            ("a+(b", "A+(b", true),
            ("aXc", "a[^b-d]c", true),
            ("aCc", "a[^b-d]c", false),
        ] {
            assert_eq!(matches(path, pattern, nocase), Ok(expected), "{path} {pattern}");
        }
    }

    #[test]
    fn patterns_share_a_memory_budget_and_release_it() {
        let steps = Steps::default();
        let options = Options { nocase: true, ..Options::default() };
        let many = |steps: &Steps| -> Result<Vec<Glob>, PatternError> {
            (0..1000).map(|at| Glob::new(&format!("{{1..100000}}*a*{at}"), options, steps)).collect()
        };
        let lent = steps.lend();
        assert_eq!(many(&steps).err(), Some(PatternError::TooComplex));
        assert!(Glob::new(&"*a".repeat(100), options, &steps).is_err() || steps.room.get() < MAX_ROOM);
        drop(lent);
        assert_eq!(steps.room.get(), MAX_ROOM);
        let glob = Glob::new("{1..100000}", options, &steps).unwrap();
        assert_eq!(glob.matches(&cut("99999"), &steps), Ok(true));
        assert_eq!(Glob::new(&"{a,b}".repeat(17), options, &steps).map(|glob| glob.sets.len()), Ok(MAX_EXPANSIONS));
    }

    #[test]
    fn brace_expansion_is_capped() {
        for pattern in ["{a,b}".repeat(25), "{1..65535}{1..65535}".to_owned(), "{1..99999999999999999999}".to_owned()] {
            assert_eq!(expansions(&pattern).unwrap().len(), MAX_EXPANSIONS, "{pattern}");
        }
        let long: usize = expansions(&"{a,b}".repeat(60)).unwrap().iter().map(String::len).sum();
        assert!(long <= 4_000_000, "{long}");
        let slow = "{a,b}".repeat(1500);
        for pattern in [slow, "{a},".repeat(16_000) + "}", "{".repeat(30_000) + "a,b" + &"}".repeat(30_000)] {
            assert_eq!(expansions(&pattern), Err(PatternError::TooComplex));
        }
    }

    #[test]
    fn invalid_or_too_complex_patterns_are_undecided() {
        for (pattern, error) in [
            ("a".repeat(MAX_LENGTH + 1), PatternError::TooLong),
            ("[[:alpha:]]-x".to_owned(), PatternError::Invalid),
            ("@(a|*(|))".to_owned(), PatternError::Invalid),
            ("!(a)".repeat(40), PatternError::TooComplex),
            ("+(a".repeat(1000) + &")".repeat(1000), PatternError::TooComplex),
        ] {
            assert_eq!(matches("a", &pattern, Options::default()), Err(error));
        }
    }
}
