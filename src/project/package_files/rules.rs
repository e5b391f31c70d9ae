//! Ignore rules as npm applies them: the lines of one ignore file, or of a list that stands for one (ignore-walk 8.0.0 and
//! 9.0.0, lib/index.js `onReadIgnoreFile` and `filterEntry`). A rule keeps or drops, and the last one that matches decides.
//! Rules without magic are looked up instead of compared, since npm 12 makes one of every file that `files` names. What is
//! kept of rules and names is bounded: a project may bring any number of both.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use crate::npm::glob::{Glob, Options, Part, PatternError, Steps, Text};
use crate::text::js;

/// The options with which ignore-walk compiles a line.
const OPTIONS: Options = Options {
    partial: false,
    dot: true,
    nocase: true,
    match_base: true,
    flip_negate: true,
    nocomment: false,
    nonegate: false,
    resolves_dots: false,
};

/// The rules of one file, in their order.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    keeps: Vec<bool>,
    looked_up: Lookup,
    /// Patterns of one name, which are compared with the last one of a path, by their places.
    names: Vec<(usize, Edges, Glob)>,
    /// The others, by their places.
    paths: Vec<(usize, PathGlob)>,
    /// The last of `names` that matches a name: many folders have an `index.js`, and each entry is asked for twice.
    known: RefCell<HashMap<String, Option<usize>>>,
}

/// So few patterns are compared each time.
const FEW: usize = 8;
/// How many names are known at a time.
const MOST_KNOWN: usize = 1_000;
/// What looking a path up takes, in steps.
const LOOKUP: usize = 8;

/// The last rules that match a path, by the path in ASCII lower case, without the slash in front.
#[derive(Debug, Default)]
struct Lookup {
    /// `x`: the last name of a path.
    names: Places,
    /// `x/`: the same, of folders.
    folder_names: Places,
    /// `a/x`: a path.
    paths: Places,
    /// `a/x/**`: what is below a path.
    trees: Places,
    /// The folders around what a rule keeps.
    around: Places,
    /// `**/x`: the last name, where it drops.
    anywhere: Places,
    /// `**/x/**`: what is below such a name, where it drops.
    below: Places,
}

/// The places of rules by texts. Most paths begin like none of the texts, which is seen without looking them up.
#[derive(Debug, Default)]
struct Places {
    by_text: HashMap<String, usize>,
    /// A bit for each byte that a text begins with.
    firsts: [u64; 4],
}

impl Places {
    fn insert(&mut self, text: String, at: usize) {
        if let Some(first) = text.bytes().next() {
            self.firsts[usize::from(first >> 6)] |= 1 << (first & 63);
        }
        self.by_text.insert(text, at);
    }

    fn begins_like_one(&self, text: &str) -> bool {
        text.bytes().next().is_some_and(|first| self.firsts[usize::from(first >> 6)] & (1 << (first & 63)) != 0)
    }

    fn get(&self, text: &str) -> Option<usize> {
        if self.begins_like_one(text) { self.by_text.get(text).copied() } else { None }
    }
}

/// How the names that a pattern matches begin and end, in ASCII lower case; `None`: in any way.
#[derive(Clone, Copy, Debug, Default)]
struct Edges {
    first: Option<u8>,
    last: Option<u8>,
}

impl Edges {
    /// Those of each name of a pattern; none where there is other magic than stars and question marks.
    fn of(pattern: &str) -> impl Iterator<Item = Self> + Clone {
        let is_simple = |byte: u8| byte.is_ascii_alphanumeric() || b"._-*?/".contains(&byte);
        let is_passed_over = |name: &str| matches!(name, "." | "..");
        let is_known = pattern.bytes().all(is_simple) && !pattern.split('/').any(is_passed_over);
        let literal = |byte: Option<&u8>| byte.filter(|byte| !b"*?".contains(byte)).map(u8::to_ascii_lowercase);
        let names = pattern.split('/').filter(move |_| is_known).map(str::as_bytes);
        names.map(move |name| Self { first: literal(name.first()), last: literal(name.last()) })
    }

    fn is_known(self) -> bool {
        self.first.is_some() || self.last.is_some()
    }

    /// Whether a name in ASCII lower case may match. Other letters may stand for ASCII where case does not matter.
    fn may_be_of(self, name: &str) -> bool {
        let fits = |edge: Option<u8>, byte: Option<&u8>| {
            edge.is_none_or(|edge| byte.is_none_or(|byte| *byte == edge || !byte.is_ascii()))
        };
        let name = name.as_bytes();
        fits(self.first, name.first()) && fits(self.last, name.last())
    }
}

#[derive(Debug)]
struct PathGlob {
    glob: Glob,
    /// How the last name of a match begins and ends.
    edges: Edges,
    /// The same of any one of its names, if that is fixed.
    some: Option<Edges>,
    /// A folder that may lead to what matches does, too.
    keeps_around: bool,
    /// A name alone may match, too, seen from a folder above it.
    is_relative: bool,
    /// The most names of a path that matches; `None`: any number.
    most: Option<usize>,
}

/// An entry seen from a folder around it.
#[derive(Debug)]
pub(super) struct Query<'a> {
    /// Its path from there.
    path: &'a str,
    /// It has a slash at its end.
    has_slash: bool,
    /// It is asked whether it is kept if it is a folder.
    as_folder: bool,
    /// It is asked in the name of a folder below.
    is_from_below: bool,
    lower: OnceCell<Cow<'a, str>>,
    names: OnceCell<usize>,
    parts: OnceCell<Vec<Text>>,
}

impl<'a> Query<'a> {
    pub(super) fn new(path: &'a str, as_folder: bool, is_from_below: bool) -> Self {
        let (path, has_slash) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        let (lower, names, parts) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { path, has_slash, as_folder, is_from_below, lower, names, parts }
    }

    /// The same of a path whose text in ASCII lower case is known.
    pub(super) fn in_lower_case(path: &'a str, lower: &'a str, as_folder: bool, is_from_below: bool) -> Self {
        let lower = Cow::Borrowed(lower.strip_suffix('/').unwrap_or(lower));
        Self { lower: OnceCell::from(lower), ..Self::new(path, as_folder, is_from_below) }
    }

    fn lower(&self) -> &str {
        self.lower.get_or_init(|| Cow::Owned(self.path.to_ascii_lowercase()))
    }

    fn name(&self) -> &str {
        let lower = self.lower();
        lower.rsplit_once('/').map_or(lower, |(_, name)| name)
    }

    /// How many names the path has.
    fn names(&self) -> usize {
        *self.names.get_or_init(|| self.path.split('/').count())
    }

    /// The path cut at slashes, with one in front and one behind.
    fn parts(&self) -> &[Text] {
        self.parts.get_or_init(|| {
            let names = self.path.split('/').map(|name| name.encode_utf16().collect());
            std::iter::once(Text::new()).chain(names).chain(std::iter::once(Text::new())).collect()
        })
    }
}

impl RuleSet {
    /// Those of a text.
    ///
    /// # Errors
    /// When npm refuses a line, or one is too complex.
    pub(super) fn of_text(text: &str, steps: &Steps) -> Result<Self, PatternError> {
        let mut set = Self::default();
        for line in text.split('\n') {
            let rule = js::trim(line);
            if !rule.is_empty() && !rule.starts_with('#') {
                set.add(rule, steps)?;
            }
        }
        Ok(set)
    }

    /// Those of lines, which may hold several lines themselves.
    ///
    /// # Errors
    /// As [`of_text`](Self::of_text).
    pub(super) fn of_lines<S: AsRef<str>>(
        lines: impl IntoIterator<Item = S>,
        steps: &Steps,
    ) -> Result<Self, PatternError> {
        let mut text = String::new();
        for line in lines {
            text.push_str(line.as_ref());
            text.push('\n');
        }
        Self::of_text(&text, steps)
    }

    fn add(&mut self, rule: &str, steps: &Steps) -> Result<(), PatternError> {
        steps.spend(16 + rule.len() / 8)?;
        // A path is kept once more for each folder around it.
        steps.take(64 + rule.len() * 2)?;
        let at = self.keeps.len();
        let pattern = rule.trim_start_matches('!');
        let is_kept = (rule.len() - pattern.len()) % 2 == 1;
        self.keeps.push(is_kept);
        if self.looked_up.add(pattern, is_kept, at) {
            return Ok(());
        }
        let glob = Glob::new(rule, OPTIONS, steps)?;
        let is_empty = |part: &Part| matches!(part, Part::Plain(text) if text.is_empty());
        let is_one_name = |set: &Vec<Part>| set.len() == 1 && !is_empty(&set[0]) && !matches!(set[0], Part::Globstar);
        let mut all = Edges::of(pattern);
        let edges = all.clone().last().unwrap_or_default();
        if glob.sets.iter().all(is_one_name) {
            self.names.push((at, edges, glob));
            return Ok(());
        }
        let is_relative = |set: &Vec<Part>| set.len() <= if set.last().is_some_and(is_empty) { 2 } else { 1 };
        let globstar = |set: &Vec<Part>| set.iter().any(|part| matches!(part, Part::Globstar));
        let is_unbounded = glob.sets.iter().any(|set| set.len() == 1 || globstar(set));
        let most = glob.sets.iter().map(Vec::len).max().filter(|_| !is_unbounded);
        let is_relative = glob.sets.iter().any(is_relative);
        let some = all.find(|edges| edges.is_known());
        self.paths.push((at, PathGlob { is_relative, most, keeps_around: is_kept, edges, some, glob }));
        Ok(())
    }

    /// Whether an entry is kept that is `kept` so far.
    ///
    /// # Errors
    /// When it takes too many steps.
    pub(super) fn apply(&self, query: &Query<'_>, kept: bool, steps: &Steps) -> Result<bool, PatternError> {
        steps.spend(LOOKUP + query.path.len() / 16)?;
        let mut last = self.looked_up.last(query);
        if self.names.last().is_some_and(|(at, ..)| last < Some(*at)) {
            last = last.max(self.last_of_name(query, steps)?);
        }
        for (at, glob) in self.paths.iter().rev() {
            if last > Some(*at) {
                break;
            }
            if glob.matches(query, steps)? {
                last = Some(*at);
                break;
            }
        }
        Ok(last.map_or(kept, |last| self.keeps[last]))
    }

    fn last_of_name(&self, query: &Query<'_>, steps: &Steps) -> Result<Option<usize>, PatternError> {
        let name = query.path.rsplit_once('/').map_or(query.path, |(_, name)| name);
        let compared = || -> Result<Option<usize>, PatternError> {
            let mut parts = None;
            for (at, edges, glob) in self.names.iter().rev() {
                steps.spend(1)?;
                if edges.may_be_of(query.name())
                    && glob.matches(parts.get_or_insert_with(|| [name.encode_utf16().collect()]), steps)?
                {
                    return Ok(Some(*at));
                }
            }
            Ok(None)
        };
        // A single line is compared as fast as it is looked up, and there may be thousands of such sets.
        if self.names.len() < FEW {
            return compared();
        }
        if let Some(known) = self.known.borrow().get(name) {
            return Ok(*known);
        }
        let last = compared()?;
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(name.to_owned(), last);
        Ok(last)
    }
}

impl PathGlob {
    fn matches(&self, query: &Query<'_>, steps: &Steps) -> Result<bool, PatternError> {
        steps.spend(1)?;
        let names = query.names();
        let is_alone = query.is_from_below && self.is_relative && query.as_folder;
        if self.most.is_some_and(|most| names > most) && !is_alone {
            return Ok(false);
        }
        if !query.as_folder && !query.has_slash && !self.edges.may_be_of(query.name()) {
            return Ok(false);
        }
        let has_some = |edges: Edges| query.lower().split('/').any(|name| edges.may_be_of(name));
        let is_whole = !(query.as_folder && self.keeps_around);
        if is_whole && !self.some.is_none_or(has_some) {
            return Ok(false);
        }
        let parts = query.parts();
        let end = parts.len() - 1;
        let hits = |path: &[Text]| self.glob.matches(path, steps);
        let meets = |path: &[Text]| Ok(self.keeps_around && self.glob.matches_in_part(path, steps)?);
        if query.has_slash {
            return Ok(hits(parts)? || hits(&parts[1..])?);
        }
        if self.glob.may_end_in(&parts[end - 1], steps)? && (hits(&parts[..end])? || hits(&parts[1..end])?) {
            return Ok(true);
        }
        if !query.as_folder {
            return Ok(false);
        }
        if hits(parts)? || hits(&parts[1..])? || meets(&parts[..end])? || meets(&parts[1..end])? {
            return Ok(true);
        }
        if !(query.is_from_below && self.is_relative) {
            return Ok(false);
        }
        let alone = [Text::new(), parts[end - 1].clone(), Text::new()];
        Ok(hits(&alone)? || hits(&alone[1..])? || meets(&alone[..2])? || meets(&alone[1..2])?)
    }
}

impl Lookup {
    /// Takes a pattern that needs no comparing.
    fn add(&mut self, pattern: &str, is_kept: bool, at: usize) -> bool {
        let is_plain = |text: &str| {
            let is_name = |name: &str| !name.is_empty() && name != "." && name != "..";
            let is_literal = |byte: u8| byte.is_ascii() && !b"*?[]{}\\()#".contains(&byte);
            text.bytes().all(is_literal) && text.split('/').all(is_name)
        };
        let lower = |text: &str| text.to_ascii_lowercase();
        if let Some(rest) = pattern.strip_prefix("**/").filter(|_| !is_kept) {
            let (name, map) = match rest.strip_suffix("/**") {
                Some(name) => (name, &mut self.below),
                None => (rest, &mut self.anywhere),
            };
            if name.contains('/') || !is_plain(name) {
                return false;
            }
            map.insert(lower(name), at);
            return true;
        }
        let is_anchored = pattern.starts_with('/');
        let path = pattern.strip_prefix('/').unwrap_or(pattern);
        let (path, is_tree) = path.strip_suffix("/**").map_or((path, false), |path| (path, true));
        let (path, is_folder) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        if !is_plain(path) || is_tree && is_folder || pattern.starts_with('!') {
            return false;
        }
        let path = lower(path);
        let is_name = !is_anchored && !path.contains('/');
        if is_folder {
            if is_name {
                self.folder_names.insert(path, at);
            }
            return is_name;
        }
        if is_name && !is_tree {
            self.names.insert(path, at);
            return true;
        }
        if is_kept {
            let ends = path.match_indices('/').map(|(end, _)| &path[..end]);
            for folder in ends {
                match self.around.by_text.get_mut(folder) {
                    Some(last) => *last = at,
                    None => self.around.insert(folder.to_owned(), at),
                }
            }
        }
        if is_tree {
            self.trees.insert(path, at);
        } else {
            self.paths.insert(path, at);
        }
        true
    }

    /// The place of the last rule that matches.
    fn last(&self, query: &Query<'_>) -> Option<usize> {
        let (path, name) = (query.lower(), query.name());
        let ends_in_slash = query.as_folder || query.has_slash;
        let mut last = self.names.get(name);
        let mut hit = |at: Option<usize>| last = last.max(at);
        hit(self.paths.get(path));
        hit(self.anywhere.get(name));
        if query.as_folder || query.has_slash && !path.contains('/') {
            hit(self.folder_names.get(name));
        }
        if query.as_folder {
            hit(self.around.get(path));
        }
        if ends_in_slash {
            hit(self.trees.get(path));
            hit(self.below.get(name));
        }
        if self.trees.begins_like_one(path) {
            path.match_indices('/').for_each(|(end, _)| hit(self.trees.get(&path[..end])));
        }
        if !self.below.by_text.is_empty() {
            path.split('/').rev().skip(1).for_each(|name| hit(self.below.get(name)));
        }
        last
    }
}
