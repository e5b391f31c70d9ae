//! Versions by npm's rules: node-semver 7.8 as shipped with npm 11.19.1, over the `semver` crate. Ranges are in
//! [`range`], what comes next in `next`.

mod next;
pub mod range;

use std::cmp::Ordering;
use std::fmt;

pub use range::Range;

use crate::text::js;

/// No longer version is one: UTF-16 units, as npm counts them.
const MAX_LENGTH: usize = 256;
/// No part of a version is higher (`Number.MAX_SAFE_INTEGER`).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A version as npm would publish it: cleaned, without build metadata.
///
/// Its order is npm's, and total: numbers in a prerelease above 2^53 are compared exactly, where npm rounds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(semver::Version);

impl Version {
    /// The release `major.minor.patch`.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// `semver.valid(text, loose)`; `None`: npm refuses it. With `loose` the result must be a strict version, too: npm
    /// reads its own result strictly before it publishes (a hyphen it added may make it too long, for example).
    pub fn valid(text: &str, loose: bool) -> Option<Self> {
        // That hyphen is the only thing that is ever added.
        let is_short = |version: &Self| text.len() < MAX_LENGTH || version.to_string().len() <= MAX_LENGTH;
        Shape::of_version(text, loose)?.version().filter(is_short)
    }

    /// `semver.clean(text, loose)`: [`Self::valid`] after leading `=` and `v` are taken away.
    pub fn clean(text: &str, loose: bool) -> Option<Self> {
        Self::valid(js::trim(text).trim_start_matches(['=', 'v']), loose)
    }

    /// Whether a text has another major or minor, by a quick look: for going through hundreds of versions.
    pub fn differs_plainly(&self, text: &str) -> bool {
        let mut parts = text.split('.').map(str::parse::<u64>);
        matches!((parts.next(), parts.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) != (self.0.major, self.0.minor))
    }

    /// The first of its numbers.
    pub const fn major(&self) -> u64 {
        self.0.major
    }

    /// Whether it is a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The same major, minor and patch.
    fn same_release(&self, other: &Self) -> bool {
        (self.0.major, self.0.minor, self.0.patch) == (other.0.major, other.0.minor, other.0.patch)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether `semver.valid(text, true)` accepts it, the few texts included that [`Version::valid`] leaves out.
pub(crate) fn is_loose_version(text: &str) -> bool {
    Shape::of_version(text, true).is_some_and(|shape| shape.parts.iter().all(|part| number(part).is_some()))
}

/// Whether `semver.validRange(text)` accepts it: a dist-tag must not look like a range.
pub fn is_range(text: &str) -> bool {
    Range::parse(text, false).is_some()
}

/// What looks like a version; its numbers may still be too high.
struct Shape<'a> {
    parts: [&'a str; 3],
    pre: Option<&'a str>,
}

impl<'a> Shape<'a> {
    fn of_version(text: &'a str, loose: bool) -> Option<Self> {
        (js::length(text) <= MAX_LENGTH).then(|| Self::of(js::trim(text), loose)).flatten()
    }

    /// The expressions `FULL` and `LOOSE` (internal/re.js) on a trimmed text.
    fn of(text: &'a str, loose: bool) -> Option<Self> {
        let text =
            if loose { text.trim_start_matches(is_version_prefix) } else { text.strip_prefix('v').unwrap_or(text) };
        let (major, rest) = text.split_once('.')?;
        let (minor, rest) = rest.split_once('.')?;
        let Patch { patch, pre } = Patch::of(rest, loose)?;
        let parts = [major, minor, patch];
        parts.iter().all(|part| is_numeric(part, loose)).then_some(Self { parts, pre })
    }

    fn version(&self) -> Option<Version> {
        let [major, minor, patch] = self.parts.map(number);
        let mut version = semver::Version::new(major?, minor?, patch?);
        if let Some(pre) = self.pre {
            let identifiers: Vec<_> = pre.split('.').map(normal_identifier).collect();
            version.pre = semver::Prerelease::new(&identifiers.join(".")).ok()?;
        }
        Some(Version(version))
    }
}

/// What follows the second dot of a version: `PATCH[-PRERELEASE][+BUILD]`, the patch perhaps `x`.
struct Patch<'a> {
    patch: &'a str,
    pre: Option<&'a str>,
}

impl<'a> Patch<'a> {
    fn of(text: &'a str, loose: bool) -> Option<Self> {
        let text = match text.split_once('+') {
            Some((text, build)) if build.split('.').all(is_identifier) => text,
            Some(_) => return None,
            None => text,
        };
        let end = match text.as_bytes().first()? {
            b'x' | b'X' | b'*' => 1,
            _ => text.bytes().take_while(u8::is_ascii_digit).count(),
        };
        let (patch, rest) = text.split_at_checked(end).filter(|(patch, _)| !patch.is_empty())?;
        if rest.is_empty() {
            return Some(Self { patch, pre: None });
        }
        let whole = |pre: &'a str| pre.split('.').all(|id| is_prerelease_identifier(id, loose)).then_some(pre);
        let marked = rest.strip_prefix('-').and_then(whole);
        if !loose || marked.is_some() {
            return marked.map(|pre| Self { patch, pre: Some(pre) });
        }
        if let Some(pre) = whole(rest) {
            return Some(Self { patch, pre: Some(pre) });
        }
        // `1.2.34.5`: the expression gives back a digit, and reads 1.2.3-4.5
        let shorter = end.checked_sub(1).filter(|&shorter| shorter > 0)?;
        let (patch, rest) = text.split_at_checked(shorter)?;
        whole(rest).map(|pre| Self { patch, pre: Some(pre) })
    }
}

fn is_version_prefix(char: char) -> bool {
    matches!(char, '=' | 'v') || js::is_space(char)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A part of a version, as it is: digits, and no leading zero unless `loose`.
fn is_numeric(text: &str, loose: bool) -> bool {
    is_digits(text) && (loose || text == "0" || !text.starts_with('0'))
}

fn is_prerelease_identifier(text: &str, loose: bool) -> bool {
    is_identifier(text) && (!is_digits(text) || is_numeric(text, loose))
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|&number| number <= MAX_SAFE_INTEGER)
}

/// npm makes a number of a numeric identifier below 2^53 - 1, which takes leading zeros away.
fn normal_identifier(text: &str) -> &str {
    if !is_digits(text) {
        return text;
    }
    let short = text.trim_start_matches('0');
    match short.parse::<u64>() {
        _ if short.is_empty() => "0",
        Ok(number) if number < MAX_SAFE_INTEGER => short,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str, loose: bool) -> Option<String> {
        Version::clean(text, loose).map(|version| version.to_string())
    }

    proptest::proptest! {
        #[test]
        fn the_fast_comparison_never_confuses_two_versions(text in "[ =v]{0,2}[0-9]{1,3}\\.[0-9]{1,2}\\.[0-9x](-?[a-z0-9.]{1,3})?(\\+b)?") {
            if let Some(version) = Version::clean(&text, true) {
                proptest::prop_assert!(!version.differs_plainly(&text), "{version}");
            }
            proptest::prop_assert!(Version::new(1000, 0, 0).differs_plainly("1.0.0"));
        }
    }

    #[test]
    fn versions_are_cleaned_as_npm_cleans_them() {
        for (text, version) in [
            ("\u{feff} v1.2.3\u{a0}", "1.2.3"),
            ("=v1.2.3-rc.1+build", "1.2.3-rc.1"),
            ("1.2.3-00x.0-1", "1.2.3-00x.0-1"),
        ] {
            assert_eq!(clean(text, false).as_deref(), Some(version));
        }
        for (text, version) in [
            ("v = 01.2.03", "1.2.3"),
            ("1.2.3beta", "1.2.3-beta"),
            ("1.2.3-", "1.2.3--"),
            ("1.2.3-01", "1.2.3-1"),
            ("1.2.34.5", "1.2.3-4.5"),
        ] {
            assert_eq!(clean(text, false), None, "{text}");
            assert_eq!(clean(text, true).as_deref(), Some(version));
        }
    }

    #[test]
    fn versions_that_npm_refuses_are_refused() {
        for text in ["", "1", "1.2", "1.2.3.4", "a.b.c", "1.2.x", "1.2.3-é", "1.2.3+", "1.2.9007199254740992"] {
            assert_eq!(clean(text, true), None, "{text}");
        }
        assert!(clean("1.2.9007199254740991", false).is_some());
        let long = format!("{:250}1.2.3", "");
        assert_eq!(clean(&format!("{long:300}"), false).as_deref(), Some("1.2.3"));
        assert!(Version::valid(&long, false).is_some());
        assert!(Version::valid(&format!("  {long}"), false).is_none());
    }

    #[test]
    fn a_prerelease_comes_before_its_release() {
        let mut versions =
            ["1.0.0", "1.0.0-rc.10", "1.0.0-rc.9", "1.0.0-9", "1.0.0-rc"].map(|v| Version::clean(v, false));
        versions.sort();
        let sorted: Vec<_> = versions.into_iter().flatten().map(|version| version.to_string()).collect();
        assert_eq!(sorted, ["1.0.0-9", "1.0.0-rc", "1.0.0-rc.9", "1.0.0-rc.10", "1.0.0"]);
    }
}
