//! Lines of ignore files that do not do what they seem to do, as far as something is packed because of it: npm does not read the
//! root's own ignore files beside `files`, and takes `./` and a backslash literally (ignore-walk 8.0.0, lib/index.js).

use std::path::Path;

use super::ListError;
use super::rules::{Query, RuleSet};
use super::tree::Tree;
use crate::npm::glob::{PatternError, Steps};
use crate::project::world::{EntryKind, World};

/// A line of an ignore file, or all of them, without an effect on a file that is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLine {
    /// The ignore file, from the package on.
    pub file: &'static str,
    /// The line, from 1 on, and its text.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// Why it has no effect.
    pub why: Why,
    /// A file that is packed all the same.
    pub packed: String,
}

/// Why a line has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// `files` is there.
    Files,
    /// It begins with `./`.
    Dot,
    /// It has backslashes in the place of slashes.
    Backslash,
}

/// The largest ignore file that is looked at, in lines.
const MOST_LINES: usize = 1_000;

/// What an ignore file in the root says about packed files without effect; `forced`: those that it could not keep out either.
///
/// # Errors
/// When there is too much to look at.
pub fn dead_lines(
    world: &World,
    folder: &Path,
    has_files: bool,
    packed: &[&str],
    forced: &dyn Fn(&str) -> bool,
    steps: &Steps,
) -> Result<Vec<DeadLine>, ListError> {
    let tree = Tree::new(world);
    let names = [".npmignore", ".gitignore"];
    let Some(file) = names.into_iter().find(|name| tree.kind(&folder.join(name)) == Some(EntryKind::File)) else {
        return Ok(Vec::new());
    };
    // What git leaves out need not be left out of the package.
    if has_files && file == ".gitignore" {
        return Ok(Vec::new());
    }
    let text = tree.text(&folder.join(file))?;
    let mut candidates = Vec::new();
    let lines = text.lines().map(str::trim).enumerate().take(MOST_LINES);
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '!'])) {
        let (rule, why) = match corrected(line) {
            Some(corrected) if !has_files => corrected,
            None if has_files => (line.to_owned(), Why::Files),
            _ => continue,
        };
        if let Some(rules) = known(RuleSet::of_lines([&rule], steps))? {
            let line = DeadLine { file, line: at + 1, text: line.to_owned(), why, packed: String::new() };
            candidates.push(Candidate { line, rules, hit: None });
        }
    }
    look_for_hits(&mut candidates, packed, forced, steps)?;
    let mut all: Option<Option<RuleSet>> = None;
    let mut found = Vec::new();
    for (line, packed) in candidates.into_iter().filter_map(|candidates| Some((candidates.line, candidates.hit?))) {
        // A later line may take it back.
        if line.why == Why::Files {
            if all.is_none() {
                all = Some(known(RuleSet::of_text(&text, steps))?);
            }
            let Some(Some(all)) = &all else { continue };
            if !drops(all, packed, steps)? {
                continue;
            }
        }
        found.push(DeadLine { packed: packed.to_owned(), ..line });
    }
    Ok(found)
}

/// `None`: npm refuses the rules.
fn known(rules: Result<RuleSet, PatternError>) -> Result<Option<RuleSet>, PatternError> {
    match rules {
        Ok(rules) => Ok(Some(rules)),
        Err(error) if error.is_refused() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a line would do if it had an effect.
struct Candidate<'p> {
    line: DeadLine,
    rules: RuleSet,
    /// The first file that it would leave out.
    hit: Option<&'p str>,
}

/// Asks all lines about one path after the other, each folder once: a path must not be kept for every line.
fn look_for_hits<'p>(
    candidates: &mut [Candidate<'p>],
    packed: &[&'p str],
    forced: &dyn Fn(&str) -> bool,
    steps: &Steps,
) -> Result<(), PatternError> {
    let packed = if candidates.is_empty() { &[] } else { packed };
    let mut before = "";
    for path in packed.iter().copied().filter(|path| !forced(path)) {
        // They are sorted: what is in a folder comes one after the other.
        let shared = before.bytes().zip(path.bytes()).take_while(|(left, right)| left == right).count();
        let folders = path.match_indices('/').map(|(end, _)| end).filter(|end| *end >= shared);
        let folders = folders.map(|end| Query::new(&path[..end], true, false));
        for query in folders.chain(std::iter::once(Query::new(path, false, false))) {
            for candidates in candidates.iter_mut().filter(|candidates| candidates.hit.is_none()) {
                candidates.hit = (!candidates.rules.apply(&query, true, steps)?).then_some(path);
            }
        }
        before = path;
    }
    Ok(())
}

/// What a line was meant to say; `None`: what it says.
fn corrected(line: &str) -> Option<(String, Why)> {
    if let Some(rest) = line.strip_prefix("./") {
        return Some((format!("/{rest}"), Why::Dot));
    }
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        // In front of anything else it is an escape.
        if letter == '\\'
            && !letters.peek().is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '_'))
        {
            return None;
        }
    }
    line.contains('\\').then(|| (line.replace('\\', "/"), Why::Backslash))
}

/// Whether rules drop a file, or a folder around it.
fn drops(rules: &RuleSet, path: &str, steps: &Steps) -> Result<bool, PatternError> {
    for (end, _) in path.match_indices('/') {
        if !rules.apply(&Query::new(&path[..end], true, false), true, steps)? {
            return Ok(true);
        }
    }
    Ok(!rules.apply(&Query::new(path, false, false), true, steps)?)
}
