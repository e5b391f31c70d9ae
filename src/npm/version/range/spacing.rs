//! The steps of a range's rewriting that take text away: build metadata, and spaces between an operator and a version.
//! node-semver 7.8 (`BUILD`, `COMPARATORTRIM`, `TILDETRIM`, `CARETTRIM` of internal/re.js); these match anywhere.

use super::split_operator;
use crate::npm::version::{is_digits, is_identifier, is_numeric, is_version_prefix};

/// Takes every `+build.metadata` away.
pub(super) fn without_builds(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('+') {
        kept.push_str(before);
        rest = after;
        match identifiers_end(after.as_bytes(), 0, false) {
            Some(end) => rest = after.get(end..).unwrap_or_default(),
            None => kept.push('+'),
        }
    }
    kept + rest
}

/// `~ 1` becomes `~1`, and `~> 1`, too (`TILDETRIM`, `CARETTRIM`).
pub(super) fn without_gap_after(operator: char, text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(operator) {
        kept.push_str(before);
        kept.push(operator);
        let gap = if operator == '~' { after.strip_prefix('>').unwrap_or(after) } else { after };
        rest = gap.strip_prefix(' ').unwrap_or(after);
    }
    kept + rest
}

/// `> 1` becomes `>1` (`COMPARATORTRIM`): one space between an operator, which may be empty, and what follows.
pub(super) fn without_gaps(text: &str) -> String {
    let mut kept = String::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let inner = rest.strip_prefix(' ').unwrap_or(rest);
        let (_, version) = split_operator(inner);
        let operator_end = text.len() - version.len();
        let version = version.strip_prefix(' ').unwrap_or(version);
        let core = version.trim_start_matches(is_version_prefix);
        let core_start = text.len() - core.len();
        let end = version_end(text.as_bytes(), core_start).or_else(|| x_range_end(text.as_bytes(), core_start));
        if let Some(end) = end {
            kept.push_str(text.get(at..operator_end).unwrap_or_default());
            kept.push_str(text.get(text.len() - version.len()..end).unwrap_or_default());
            at = end;
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            kept.push_str(text.get(at..at + length).unwrap_or_default());
            at += length;
        }
    }
    kept
}

/// Where `LOOSEPLAIN` stops matching, without what may precede a version.
fn version_end(text: &[u8], at: usize) -> Option<usize> {
    let digits = |at: usize| {
        let length = text.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count();
        (length > 0).then_some(at + length)
    };
    let dot = |at: usize| (text.get(at) == Some(&b'.')).then_some(at + 1);
    let end = digits(at).and_then(dot).and_then(digits).and_then(dot).and_then(digits)?;
    let marked = (text.get(end) == Some(&b'-')).then(|| identifiers_end(text, end + 1, false)).flatten();
    Some(marked.or_else(|| identifiers_end(text, end, false)).unwrap_or(end))
}

/// Where `XRANGEPLAIN` stops matching, without what may precede a version.
fn x_range_end(text: &[u8], at: usize) -> Option<usize> {
    let part = |at: usize| match text.get(at)? {
        b'0' | b'x' | b'X' | b'*' => Some(at + 1),
        b'1'..=b'9' => Some(at + text.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count()),
        _ => None,
    };
    let next = |at: usize| (text.get(at) == Some(&b'.')).then(|| part(at + 1)).flatten();
    let major = part(at)?;
    let Some(minor) = next(major) else { return Some(major) };
    let Some(patch) = next(minor) else { return Some(minor) };
    let pre = (text.get(patch) == Some(&b'-')).then(|| identifiers_end(text, patch + 1, true)).flatten();
    Some(pre.unwrap_or(patch))
}

/// Where identifiers with dots between them end; `strict`: a number with a leading zero ends after it.
fn identifiers_end(text: &[u8], at: usize, strict: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    let identifier =
        rest.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).filter(|id| is_identifier(id))?;
    if strict && is_digits(identifier) && !is_numeric(identifier, false) {
        return Some(at + 1);
    }
    let end = at + length;
    let more = (text.get(end) == Some(&b'.')).then(|| identifiers_end(text, end + 1, strict)).flatten();
    more.or(Some(end))
}
