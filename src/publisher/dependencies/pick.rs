//! Which version npm would install: `npm-pick-manifest` as shipped with npm 11.19.1 (lib/index.js), but for the engines
//! of those who install, which are unknown.

use super::Wanted;
use crate::facts::{Packument, Published};
use crate::npm::spec::RemoteKind;
use crate::npm::version::{Range, Version};
use crate::project::npm_config::definitions::DEFAULT_TAG;

impl Wanted {
    /// The version that npm installs; `None`: it ends in `ETARGET` or `ENOVERSIONS`.
    pub fn pick(&self, packument: &Packument) -> Option<String> {
        let versions = &packument.versions;
        let is_there = |version: &&String| versions.contains(version);
        match self.kind {
            RemoteKind::Tag => packument.dist_tags.get(&self.spec).filter(is_there).cloned(),
            RemoteKind::Version => {
                // A text that only npm can read is no proof.
                let Some(version) = Version::clean(&self.spec, true) else { return Some(self.spec.clone()) };
                Some(version.to_string()).filter(|version| versions.contains(version))
            }
            _ => {
                let range = self.range();
                let latest = packument.dist_tags.get(DEFAULT_TAG).filter(|latest| {
                    let is_picked =
                        |known: Published| !known.deprecated && (self.is_any() || takes(range.as_ref(), latest));
                    versions.get(latest).is_some_and(is_picked)
                });
                let best = || {
                    let all = versions.iter().filter(|(version, _)| takes(range.as_ref(), version));
                    all.max_by_key(|(version, known)| (!known.deprecated, Version::valid(version, true)))
                };
                latest.cloned().or_else(|| best().map(|(version, _)| version.to_owned()))
            }
        }
    }

    /// Whether a range takes a version, as the registry writes it.
    pub fn takes(&self, version: &str) -> bool {
        takes(self.range().as_ref(), version)
    }

    fn range(&self) -> Option<Range> {
        Range::parse(&self.spec, true)
    }

    /// Whether whatever is `latest` will do.
    pub fn takes_latest(&self) -> bool {
        self.is_any() || (self.kind == RemoteKind::Tag && self.spec == DEFAULT_TAG)
    }

    fn is_any(&self) -> bool {
        self.kind == RemoteKind::Range && matches!(self.spec.as_str(), "" | "*")
    }
}

/// What is no range takes nothing.
fn takes(range: Option<&Range>, version: &str) -> bool {
    range.zip(Version::valid(version, true)).is_some_and(|(range, version)| range.satisfies(&version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::packument::{Document, Terms, read};

    fn picked(packument: &str, spec: &str) -> Option<String> {
        let Ok(Document::Packument(packument)) = read(packument.as_bytes(), &Terms::default()) else {
            panic!("{packument}")
        };
        Wanted::of("x", spec).expect("a registry's").pick(&packument)
    }

    #[test]
    fn the_picked_version_is_the_one_npm_installs() {
        let packument = r#"{"dist-tags":{"latest":"1.1.0","next":"2.0.0-rc.1","gone":"0.9.0"},"versions":{
            "1.0.0":{},"1.1.0":{},"1.2.0":{"deprecated":"broken"},"1.3.0":{},"2.0.0-rc.1":{},"3.0.0":{"deprecated":"old"}}}"#;
        for (spec, version) in [
            ("^1.0.0", Some("1.1.0")),
            (">=1.2.0 <2", Some("1.3.0")),
            ("~1.2", Some("1.2.0")),
            ("3", Some("3.0.0")),
            ("1.0.0 || 7", Some("1.0.0")),
            ("1.2 - 1.9", Some("1.3.0")),
            ("*", Some("1.1.0")),
            (" v1.0.0+build ", Some("1.0.0")),
            ("latest", Some("1.1.0")),
            ("next", Some("2.0.0-rc.1")),
            ("^2.0.0-rc.0", Some("2.0.0-rc.1")),
            ("^2.0.0", None),
            ("2.x", None),
            ("1.4.0", None),
            ("beta", None),
            ("gone", None),
        ] {
            assert_eq!(picked(packument, spec).as_deref(), version, "{spec}");
        }
    }

    #[test]
    fn a_prerelease_at_latest_satisfies_any_range_unless_deprecated() {
        let packument = |manifest: &str| {
            format!(r#"{{"dist-tags":{{"latest":"1.0.0-rc.1"}},"versions":{{"1.0.0-rc.1":{manifest}}}}}"#)
        };
        for (spec, version) in [("*", Some("1.0.0-rc.1")), ("", Some("1.0.0-rc.1")), ("x", None), (">=0", None)] {
            assert_eq!(picked(&packument("{}"), spec).as_deref(), version, "{spec:?}");
        }
        assert_eq!(picked(&packument(r#"{"deprecated":"old"}"#), "*"), None);
    }
}
