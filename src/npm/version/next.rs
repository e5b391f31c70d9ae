//! Which version comes next: what a maintainer raises an already published version to.

use std::collections::BTreeSet;

use super::{MAX_SAFE_INTEGER, Version};

impl Version {
    /// The next version of its line that is free: `1.2.4` after `1.2.3`, `1.2.0-beta.4` after `1.2.0-beta.3`. It is higher than what is
    /// `published` of that line, because npm moves no dist-tag back unasked, and none of those in `gone`, which were there once.
    pub fn next_free<'t>(
        &self,
        published: impl IntoIterator<Item = &'t str>,
        gone: impl IntoIterator<Item = &'t str>,
    ) -> Option<Self> {
        let in_line = |text: &str| {
            let version = (!self.differs_plainly(text)).then(|| Self::clean(text, true))??;
            self.shares_line(&version).then_some(version)
        };
        let highest =
            published.into_iter().filter_map(in_line).max().map_or_else(|| self.clone(), |it| it.max(self.clone()));
        let gone: BTreeSet<Self> = gone.into_iter().filter_map(in_line).collect();
        let mut next = highest.successor()?;
        while gone.contains(&next) {
            next = next.successor()?;
        }
        Some(next)
    }

    /// Releases of the same minor version are a line, and so are prereleases of the same release and name: they differ in the last
    /// number.
    pub fn shares_line(&self, other: &Self) -> bool {
        match (self.is_prerelease(), other.is_prerelease()) {
            (true, true) => self.same_release(other) && self.series().0 == other.series().0,
            (false, false) => (self.0.major, self.0.minor) == (other.0.major, other.0.minor),
            _ => false,
        }
    }

    /// What the prereleases of a line have in common, and the number behind it: `beta` and 3 of `beta.3`.
    fn series(&self) -> (&str, Option<u64>) {
        let pre = self.0.pre.as_str();
        let (name, last) = pre.rsplit_once('.').unwrap_or(("", pre));
        last.parse().map_or((pre, None), |number| (name, Some(number)))
    }

    /// The next one of its line. `None`: npm accepts no higher number.
    fn successor(&self) -> Option<Self> {
        let after = |number: u64| Some(number + 1).filter(|number| *number < MAX_SAFE_INTEGER);
        if !self.is_prerelease() {
            return Some(Self::new(self.0.major, self.0.minor, after(self.0.patch)?));
        }
        let (name, number) = self.series();
        let number = number.map_or(Some(0), after)?;
        let dot = if name.is_empty() { "" } else { "." };
        let semver::Version { major, minor, patch, .. } = self.0;
        Self::valid(&format!("{major}.{minor}.{patch}-{name}{dot}{number}"), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(version: &str, published: &[&str], gone: &[&str]) -> Option<String> {
        let version = Version::valid(version, false).unwrap();
        version.next_free(published.iter().copied(), gone.iter().copied()).map(|next| next.to_string())
    }

    #[test]
    fn the_next_version_is_above_all_others_of_its_line() {
        for (version, published, gone, expected) in [
            ("1.2.3", &["1.2.3"][..], &[][..], "1.2.4"),
            // 1.2.4 is free, but `latest` would move back from 1.2.6.
            ("1.2.3", &["1.2.3", "1.2.5", "1.2.6"], &[], "1.2.7"),
            ("1.2.3", &["1.2.3", "1.3.0", "2.0.0", "1.2.9-rc.1"], &[], "1.2.4"),
            ("1.2.3", &["1.2.2"], &["1.2.3", "1.2.4", "1.2.6"], "1.2.5"),
            ("1.2.3", &["v1.2.3+5", "1.2.10", "junk"], &[], "1.2.11"),
            ("1.2.3", &[], &[], "1.2.4"),
            ("1.2.0-beta.3", &["1.2.0-beta.3"], &[], "1.2.0-beta.4"),
            ("1.2.0-beta.3", &["1.2.0-beta.3", "1.2.0-beta.10", "1.2.0-rc.20"], &["1.2.0-beta.11"], "1.2.0-beta.12"),
            ("1.2.0-beta", &["1.2.0-beta"], &[], "1.2.0-beta.0"),
            ("1.2.0-beta", &["1.2.0-beta", "1.2.0-beta.0"], &[], "1.2.0-beta.1"),
            ("1.2.0-0", &["1.2.0-0", "1.2.0"], &[], "1.2.0-1"),
            ("1.2.0-x.1.a", &["1.2.0-x.1.a"], &[], "1.2.0-x.1.a.0"),
        ] {
            assert_eq!(next(version, published, gone).as_deref(), Some(expected), "{version} {published:?} {gone:?}");
        }
    }

    #[test]
    fn there_is_no_next_version_after_the_largest_number() {
        let last = format!("1.2.{MAX_SAFE_INTEGER}");
        assert_eq!(next("1.2.3", &[&last], &[]), None);
        assert_eq!(next("1.2.0-1", &[&format!("1.2.0-{}", MAX_SAFE_INTEGER - 1)], &[]), None);
    }
}
