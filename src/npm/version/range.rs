//! Version ranges: node-semver 7.8 (classes/range.js, classes/comparator.js) without `includePrerelease`. npm rewrites
//! the text step by step until only comparators are left; so does this, because a step reads what the one before wrote,
//! which decides what happens to malformed text.

mod spacing;

use std::fmt;

use self::spacing::{without_builds, without_gap_after, without_gaps};
use super::{MAX_LENGTH, Patch, Shape, Version, is_numeric, is_version_prefix, number};
use crate::text::js;

/// A range of versions: alternatives, each of which is a list of comparators that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range(Vec<Vec<Comparator>>);

impl Range {
    /// `new semver.Range(text, { loose })`; `None`: npm throws. No text is every release.
    pub fn parse(text: &str, loose: bool) -> Option<Self> {
        let text = text.split(js::is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let mut sets = Vec::new();
        for part in text.split("||") {
            let set = comparators(part.trim_matches(' '), loose)?;
            if !set.is_empty() {
                sets.push(set);
            }
        }
        if sets.len() > 1 {
            let first = sets.first().cloned();
            sets.retain(|set| !set.first().is_some_and(Comparator::is_nothing));
            if sets.is_empty() {
                sets.extend(first);
            } else if let Some(any) = sets.iter().position(|set| matches!(set.as_slice(), [Comparator::Any])) {
                sets = vec![sets.swap_remove(any)];
            }
        }
        (!sets.is_empty()).then_some(Self(sets))
    }

    /// `semver.satisfies(version, range)`: a prerelease only where a comparator names a prerelease of the same release.
    pub fn satisfies(&self, version: &Version) -> bool {
        self.0.iter().any(|set| {
            set.iter().all(|comparator| comparator.test(version))
                && (!version.is_prerelease() || set.iter().any(|comparator| comparator.invites(version)))
        })
    }
}

/// The range as npm writes it; empty: every release.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, set) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "||" })?;
            for (index, comparator) in set.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { " " })?;
                comparator.fmt(f)?;
            }
        }
        Ok(())
    }
}

/// What makes npm throw for the whole range.
struct Refused;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Comparator {
    Any,
    Is { operator: &'static str, version: Version },
}

impl Comparator {
    /// `None`: left out, which only happens when `loose`.
    fn parse(text: &str, loose: bool) -> Result<Option<Self>, Refused> {
        if text.is_empty() {
            return Ok(Some(Self::Any));
        }
        let (operator, version) = split_operator(text);
        let operator = if operator == "=" { "" } else { operator };
        match Shape::of(version, loose) {
            Some(shape) if version.len() <= MAX_LENGTH => {
                shape.version().map(|version| Some(Self::Is { operator, version })).ok_or(Refused)
            }
            None if loose => Ok(None),
            _ => Err(Refused),
        }
    }

    /// `<0.0.0-0`, which nothing satisfies.
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Is { operator: "<", version } if version.to_string() == "0.0.0-0")
    }

    fn test(&self, other: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::Is { operator, version } => match *operator {
                "<" => other < version,
                "<=" => other <= version,
                ">" => other > version,
                ">=" => other >= version,
                _ => other.cmp(version).is_eq(),
            },
        }
    }

    fn invites(&self, prerelease: &Version) -> bool {
        matches!(self, Self::Is { version, .. } if version.is_prerelease() && version.same_release(prerelease))
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Is { operator, version } => write!(f, "{operator}{version}"),
        }
    }
}

/// `Range.parseRange`; an empty list: nothing in it was a comparator.
fn comparators(text: &str, loose: bool) -> Option<Vec<Comparator>> {
    let mut text = without_builds(text);
    if let Some((from, to)) = hyphen_range(&text, loose) {
        text = [from, to].into_iter().filter(|end| !end.is_empty()).collect::<Vec<_>>().join(" ");
    }
    text = without_gap_after('^', &without_gap_after('~', &without_gaps(&text)));
    let simple = text.split(' ').map(|word| simplify(word, loose)).collect::<Vec<_>>().join(" ");
    let mut words: Vec<_> = simple.split(' ').filter(|word| !word.is_empty()).collect();
    if simple.is_empty() || simple.starts_with(' ') || simple.ends_with(' ') {
        words.insert(0, "");
    }
    let mut set = Vec::new();
    for word in words {
        let word = if word == ">=0.0.0" { "" } else { word };
        if let Some(comparator) = Comparator::parse(word, loose).ok()?
            && !set.contains(&comparator)
        {
            set.push(comparator);
        }
    }
    if let Some(nothing) = set.iter().position(Comparator::is_nothing) {
        return Some(vec![set.swap_remove(nothing)]);
    }
    if set.len() > 1 {
        set.retain(|comparator| *comparator != Comparator::Any);
    }
    Some(set)
}

/// An x-range (`XRANGEPLAIN`): up to three parts, each a number or `x`.
struct XRange<'a> {
    major: &'a str,
    minor: &'a str,
    patch: &'a str,
    pre: Option<&'a str>,
}

impl<'a> XRange<'a> {
    fn parse(text: &'a str, loose: bool) -> Option<Self> {
        let mut parts = text.trim_start_matches(is_version_prefix).splitn(3, '.');
        let (major, minor) = (parts.next()?, parts.next());
        let Patch { patch, pre } =
            parts.next().map_or(Some(Patch { patch: "", pre: None }), |p| Patch::of(p, loose))?;
        let known = |part: &str| is_numeric(part, loose) || matches!(part, "x" | "X" | "*");
        let all_known = known(major) && minor.is_none_or(known) && (patch.is_empty() || known(patch));
        all_known.then_some(Self { major, minor: minor.unwrap_or_default(), patch, pre })
    }
}

fn is_x(part: &str) -> bool {
    matches!(part, "" | "x" | "X" | "*")
}

/// The number after this one, as JavaScript writes it: too high for a version, it makes npm throw; with an exponent it is
/// no version at all, which `loose` leaves out.
fn after(part: &str) -> String {
    match number(part) {
        Some(number) => (number + 1).to_string(),
        None if part.parse::<f64>().is_ok_and(|number| number < 1e21) => part.to_owned(),
        None => "1e+21".to_owned(),
    }
}

/// Before a patch: the release with its prerelease, if it has one.
fn release(XRange { major, minor, patch, pre }: &XRange<'_>) -> String {
    pre.map_or_else(|| format!("{major}.{minor}.{patch}"), |pre| format!("{major}.{minor}.{patch}-{pre}"))
}

/// `parseComparator`: carets, tildes and x-ranges become comparators, stars vanish.
fn simplify(word: &str, loose: bool) -> String {
    let tilde = word.strip_prefix('~').map(|rest| rest.strip_prefix('>').unwrap_or(rest));
    let simple = if let Some(range) = word.strip_prefix('^').and_then(|rest| XRange::parse(rest, loose)) {
        caret(&range)
    } else if let Some(range) = tilde.and_then(|rest| XRange::parse(rest, loose)) {
        simple_tilde(&range)
    } else {
        x_range(word, loose)
    };
    let Some((before, rest)) = simple.split_once('*') else { return simple };
    let before = before.strip_suffix('=').unwrap_or(before);
    let before = before.strip_suffix(['<', '>']).unwrap_or(before);
    format!("{before}{rest}")
}

fn caret(range: &XRange<'_>) -> String {
    let XRange { major, minor, patch, .. } = range;
    let above_major = || format!("<{}.0.0-0", after(major));
    let above_minor = || format!("<{major}.{}.0-0", after(minor));
    if is_x(major) {
        String::new()
    } else if is_x(minor) {
        format!(">={major}.0.0 {}", above_major())
    } else if is_x(patch) {
        format!(">={major}.{minor}.0 {}", if *major == "0" { above_minor() } else { above_major() })
    } else {
        let above = match (*major, *minor) {
            ("0", "0") => format!("<0.0.{}-0", after(patch)),
            ("0", _) => above_minor(),
            _ => above_major(),
        };
        format!(">={} {above}", release(range))
    }
}

fn simple_tilde(range: &XRange<'_>) -> String {
    let XRange { major, minor, patch, .. } = range;
    if is_x(major) {
        String::new()
    } else if is_x(minor) {
        format!(">={major}.0.0 <{}.0.0-0", after(major))
    } else if is_x(patch) {
        format!(">={major}.{minor}.0 <{major}.{}.0-0", after(minor))
    } else {
        format!(">={} <{major}.{}.0-0", release(range), after(minor))
    }
}

fn x_range(word: &str, loose: bool) -> String {
    let (operator, rest) = split_operator(word);
    let Some(XRange { major, minor, patch, .. }) = XRange::parse(rest, loose) else { return word.to_owned() };
    let out_of_order = (is_x(major) && !is_x(minor)) || (is_x(minor) && !is_x(patch));
    if out_of_order || !is_x(patch) {
        return word.to_owned();
    }
    let minor = (!is_x(minor)).then_some(minor);
    match (operator, minor) {
        (">" | "<", _) if is_x(major) => "<0.0.0-0".to_owned(),
        _ if is_x(major) => "*".to_owned(),
        (">", None) => format!(">={}.0.0", after(major)),
        (">", Some(minor)) => format!(">={major}.{}.0", after(minor)),
        ("<=", None) => format!("<{}.0.0-0", after(major)),
        ("<=", Some(minor)) => format!("<{major}.{}.0-0", after(minor)),
        ("<", minor) => format!("<{major}.{}.0-0", minor.unwrap_or("0")),
        (">=", minor) => format!(">={major}.{}.0", minor.unwrap_or("0")),
        (_, None) => format!(">={major}.0.0 <{}.0.0-0", after(major)),
        (_, Some(minor)) => format!(">={major}.{minor}.0 <{major}.{}.0-0", after(minor)),
    }
}

/// `A - B` as two comparators, each empty where it says nothing.
fn hyphen_range(text: &str, loose: bool) -> Option<(String, String)> {
    let text = text.strip_prefix(' ').unwrap_or(text);
    let (from, rest) = split_core(text)?;
    let (to, rest) = split_core(rest.strip_prefix(" - ")?)?;
    if !matches!(rest, "" | " ") {
        return None;
    }
    let low = XRange::parse(from, loose)?;
    let high = XRange::parse(to, loose)?;
    let from = if is_x(low.major) {
        String::new()
    } else if is_x(low.minor) {
        format!(">={}.0.0", low.major)
    } else if is_x(low.patch) {
        format!(">={}.{}.0", low.major, low.minor)
    } else {
        format!(">={from}")
    };
    let to = if is_x(high.major) {
        String::new()
    } else if is_x(high.minor) {
        format!("<{}.0.0-0", after(high.major))
    } else if is_x(high.patch) {
        format!("<{}.{}.0-0", high.major, after(high.minor))
    } else if high.pre.is_some() {
        format!("<={}", release(&high))
    } else {
        format!("<={to}")
    };
    Some((from, to))
}

/// The first version with what npm lets come before it (`v`, `=`, spaces), and the rest.
fn split_core(text: &str) -> Option<(&str, &str)> {
    let start = text.find(|char| !is_version_prefix(char))?;
    let end = text.get(start..)?.find(' ').map_or(text.len(), |end| start + end);
    text.split_at_checked(end)
}

/// The operator a word starts with (`GTLT`).
fn split_operator(text: &str) -> (&'static str, &str) {
    ["<=", ">=", "<", ">", "="]
        .into_iter()
        .find_map(|operator| text.strip_prefix(operator).map(|rest| (operator, rest)))
        .unwrap_or(("", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Option<String> {
        Range::parse(text, false).map(|range| range.to_string())
    }

    #[test]
    fn ranges_are_formatted_as_npm_formats_them() {
        for (text, written) in [
            ("", ""),
            (" \u{feff}", ""),
            ("*", ""),
            ("v1.2", ">=1.2.0 <1.3.0-0"),
            ("^0.0.1-a+b || ~> 1.2", ">=0.0.1-a <0.0.2-0||>=1.2.0 <1.3.0-0"),
            ("1 - 2.0", ">=1.0.0 <2.1.0-0"),
            ("> 1 <= 2", ">=2.0.0 <3.0.0-0"),
            ("1.2.*3", "1.2.3"),
            (">x || 2.x", ">=2.0.0 <3.0.0-0"),
        ] {
            assert_eq!(range(text).as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn other_text_is_not_a_range() {
        for text in ["latest", "v1-latest", "release-1.x", "1.2.3.4", "01", "x.1", "1 foo", "^9007199254740991"] {
            assert_eq!(range(text), None, "{text}");
        }
        assert!(Range::parse("1 foo", true).is_some());
    }

    #[test]
    fn a_prerelease_satisfies_only_ranges_with_a_prerelease_of_the_same_version() {
        let satisfies = |version: &str, range: &str| {
            let version = Version::clean(version, false).expect("a version");
            Range::parse(range, false).is_some_and(|range| range.satisfies(&version))
        };
        assert!(satisfies("1.2.3-beta.2", ">=1.2.3-beta.1"));
        assert!(!satisfies("1.2.4-beta.2", ">=1.2.3-beta.1"));
        assert!(!satisfies("1.2.3-beta.2", "*"));
        assert!(!satisfies("1.2.3-beta.2", "* || 1.2.3-beta.2"));
        assert!(satisfies("1.2.4", "^1.2.3 <1.3.0 || 5"));
    }
}
