//! What differs between releases of npm, as far as a publish depends on it. Version numbers of npm are here and nowhere
//! else, so that what a release does can be read off, and tested, in one place.

use super::version::Version;

/// A release of npm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpmRelease(Version);

impl NpmRelease {
    /// The one that is emulated if nothing says which one would publish.
    pub const REFERENCE: Version = Version::new(12, 2, 2);
    /// The one of the generation before, with which texts compare a newer npm.
    pub const OLDER: Version = Version::new(11, 19, 1);
    /// The first one that exchanges a CI job's identity for a token (lib/utils/oidc.js).
    pub const TRUSTED_PUBLISHING: Version = Version::new(11, 5, 1);
    /// The first one with `npm stage` (<https://docs.npmjs.com/staged-publishing>).
    pub const STAGING: Version = Version::new(11, 15, 0);
    /// The first one that is known to use the token it gets from trusted publishing whatever else is configured
    /// (lib/utils/oidc.js).
    pub const KEEPS_EXCHANGED_TOKEN: Version = Version::new(11, 21, 2);
    /// The first one that guards `latest` (lib/commands/publish.js).
    const GUARDED_LATEST: Version = Version::new(11, 0, 0);
    /// The first one that is not known to prefer an empty token to the one it gets from trusted publishing.
    const UNTRIED_EXCHANGED_TOKEN: Version = Version::new(11, 20, 0);
    /// The first one that is known to have `allow-git` and `allow-remote`.
    const FETCH_SETTINGS: Version = Version::new(11, 14, 1);
    /// The first one after 12.0 that packs a folder whatever `allow-directory` says.
    const IGNORES_ALLOW_DIRECTORY: Version = Version::new(12, 1, 0);
    /// The first one that fails on options it does not know.
    const STRICT: Version = Version::new(12, 0, 0);

    /// That of a version.
    pub fn of(version: &Version) -> Self {
        Self(version.clone())
    }

    /// It exchanges a CI job's identity for a token.
    pub fn trusted_publishing(&self) -> bool {
        self.0 >= Self::TRUSTED_PUBLISHING
    }

    /// It has `npm stage`.
    pub fn staging(&self) -> bool {
        self.0 >= Self::STAGING
    }

    /// It refuses to make a prerelease or an older version `latest` unasked.
    pub fn guards_latest(&self) -> bool {
        self.0 >= Self::GUARDED_LATEST
    }

    /// An empty token in the project's .npmrc, the environment or a flag hides the one that trusted publishing gives.
    /// `None`: not known.
    pub fn hides_exchanged_token(&self) -> Option<bool> {
        if self.0 < Self::UNTRIED_EXCHANGED_TOKEN {
            Some(true)
        } else if self.0 < Self::KEEPS_EXCHANGED_TOKEN {
            None
        } else {
            Some(false)
        }
    }

    /// It fails on options that it does not know, that are abbreviated, or that are words behind a single dash; before, it
    /// ignored the first and understood the others (npm 12.2.2, lib/base-cmd.js `validateCli`, `@npmcli/config` lib/index.js
    /// `abbrevHandler`, `loadCLI`).
    pub fn unknown_options_fail(&self) -> bool {
        self.0 >= Self::STRICT
    }

    /// It fetches repositories and URLs unless `allow-git` or `allow-remote` forbids it; `Some(false)`: only where they allow it
    /// (npm 11.19.1 and 12.2.2, `@npmcli/config` lib/definitions/definitions.js). `None`: it is not known to have both settings.
    pub fn fetches_by_default(&self) -> Option<bool> {
        (self.0 >= Self::FETCH_SETTINGS).then(|| self.0 < Self::STRICT)
    }

    /// It packs no folder where `allow-directory` forbids folders among dependencies (libnpmpack lib/index.js).
    pub fn heeds_allow_directory(&self) -> bool {
        (Self::STRICT..Self::IGNORES_ALLOW_DIRECTORY).contains(&self.0)
    }

    /// It refuses a package.json with `packageExtensions` (npm 12.2.2, lib/commands/publish.js).
    pub fn refuses_package_extensions(&self) -> bool {
        self.0 >= Self::STRICT
    }

    /// It takes for a URL in its configuration what a browser takes for one, and writes it so; before, what Node's `url.parse` did
    /// (nopt 10.0.1 and 9.0.0, lib/type-defs.js `validateUrl`).
    pub fn reads_urls_as_browsers_do(&self) -> bool {
        self.0 >= Self::STRICT
    }

    /// It expands the entries of `files` on the disk; before, it took for a pattern what was no path (npm-packlist 11.3.0 and
    /// 10.0.4, lib/index.js `processPackage`).
    pub fn expands_files(&self) -> bool {
        self.0 >= Self::STRICT
    }

    /// It refuses to bundle a package whose version `overrides` decided (npm 12.2.2, libnpmpack lib/index.js).
    pub fn refuses_overridden_bundles(&self) -> bool {
        self.0 >= Self::STRICT
    }

    /// Keys of an .npmrc that must have a registry in front of them (npm 11.19.1 and 12.2.2, `@npmcli/config` lib/index.js
    /// `validate`).
    pub fn refused_top_level_keys(&self) -> &'static [&'static str] {
        const KEYS: [&str; 7] = ["_auth", "_authToken", "username", "_password", "email", "certfile", "keyfile"];
        if self.0 >= Self::STRICT { &KEYS } else { &KEYS[..4] }
    }

    /// Whether it has a setting, of those that some release has (npm 11.19.1 and 12.2.2, `@npmcli/config`
    /// lib/definitions/definitions.js).
    pub fn has_setting(&self, key: &str) -> bool {
        let is_strict = self.0 >= Self::STRICT;
        !(if is_strict { &DROPPED[..] } else { &ADDED[..] }).contains(&key)
    }
}

/// Settings that 12.0.0 added.
const ADDED: [&str; 11] = [
    "allow-unused-patches",
    "edit-dir",
    "extension-file",
    "global-ignore-file",
    "ignore-existing",
    "ignore-extension",
    "ignore-patch-failures",
    "keep-edit-dir",
    "patches-dir",
    "strict-npmrc",
    "to",
];

/// Settings that 12.0.0 dropped.
const DROPPED: [&str; 1] = ["shrinkwrap"];

impl From<Version> for NpmRelease {
    fn from(version: Version) -> Self {
        Self(version)
    }
}

impl Default for NpmRelease {
    fn default() -> Self {
        Self(Self::REFERENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> NpmRelease {
        NpmRelease::of(&Version::valid(text, false).unwrap())
    }

    #[test]
    fn a_release_has_a_feature_from_the_version_that_introduced_it() {
        type Ability = fn(&NpmRelease) -> bool;
        for (ability, without, with) in [
            (NpmRelease::guards_latest as Ability, "10.9.4", "11.0.0"),
            (NpmRelease::trusted_publishing, "11.5.0", "11.5.1"),
            (NpmRelease::staging, "11.14.9", "11.15.0"),
            (NpmRelease::unknown_options_fail, "11.21.2", "12.0.0"),
            (NpmRelease::heeds_allow_directory, "11.21.2", "12.0.2"),
            (|npm| !npm.heeds_allow_directory(), "12.0.2", "12.1.0"),
            (NpmRelease::refuses_package_extensions, "11.21.2", "12.0.0"),
            (NpmRelease::expands_files, "11.21.2", "12.0.0"),
            (NpmRelease::reads_urls_as_browsers_do, "11.21.2", "12.0.0"),
            (NpmRelease::refuses_overridden_bundles, "11.21.2", "12.0.0"),
            (|npm| npm.refused_top_level_keys().contains(&"email"), "11.21.2", "12.0.0"),
            (|npm| npm.has_setting("strict-npmrc"), "11.21.2", "12.0.0"),
            (|npm| !npm.has_setting("shrinkwrap"), "11.21.2", "12.0.0"),
        ] {
            assert!(!ability(&release(without)), "{without}");
            assert!(ability(&release(with)), "{with}");
        }
    }

    #[test]
    fn fetching_by_default_is_known_only_for_versions_with_the_option() {
        let fetches = |text| release(text).fetches_by_default();
        assert_eq!([fetches("10.9.4"), fetches("11.19.1"), fetches("12.0.0")], [None, Some(true), Some(false)]);
    }

    #[test]
    fn hiding_the_exchanged_token_is_unknown_for_the_releases_in_between() {
        let hides = |text| release(text).hides_exchanged_token();
        assert_eq!([hides("11.19.1"), hides("11.20.0"), hides("11.21.2")], [Some(true), None, Some(false)]);
    }
}
