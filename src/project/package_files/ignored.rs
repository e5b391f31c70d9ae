//! Lines of ignore files that do not do what they seem to say, as far as something is packed because of it: npm does not read the
//! root's own ignore files beside `files`, and takes `./` and a backslash literally (ignore-walk 8.0.0, lib/index.js).

use std::path::Path;

use super::ListError;
use super::rules::{Query, RuleSet};
use super::tree::Tree;
use crate::npm::glob::{PatternError, Steps};
use crate::project::world::{EntryKind, World};

/// A line of an ignore file, or all of them, without an effect on a file that is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheeded {
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

/// What an ignore file in the root says in vain of the files that are packed; `forced`: those that it could not keep out either.
///
/// # Errors
/// When there is too much to look at.
pub fn unheeded(
    world: &World,
    folder: &Path,
    has_files: bool,
    packed: &[&str],
    forced: &dyn Fn(&str) -> bool,
) -> Result<Vec<Unheeded>, ListError> {
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
    let steps = Steps::for_questions(2);
    let mut found = Vec::new();
    let first_hit = |rules: &RuleSet| -> Result<Option<String>, PatternError> {
        for path in packed.iter().filter(|path| !forced(path)) {
            if drops(rules, path, &steps)? {
                return Ok(Some((*path).to_owned()));
            }
        }
        Ok(None)
    };
    let lines = text.lines().map(str::trim).enumerate().take(MOST_LINES);
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '!'])) {
        let (rule, why) = match corrected(line) {
            Some(corrected) if !has_files => corrected,
            None if has_files => (line.to_owned(), Why::Files),
            _ => continue,
        };
        let Ok(rules) = RuleSet::of_lines([&rule], &steps) else { continue };
        let Some(packed) = first_hit(&rules)? else { continue };
        // A later line may take it back.
        if why == Why::Files
            && !RuleSet::of_text(&text, &steps).is_ok_and(|all| drops(&all, &packed, &steps) == Ok(true))
        {
            continue;
        }
        found.push(Unheeded { file, line: at + 1, text: line.to_owned(), why, packed });
    }
    Ok(found)
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
