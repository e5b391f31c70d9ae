//! What a project declares in npm-preflight's settings, where no registry shows it: whom a package trusts, when a
//! token ends. It is their word, and each part of it knows its place, so that whatever rests on it can point there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::npm::glob::{Glob, Options, PatternError, Steps, cut};
use crate::text::source::Place;
use crate::text::time::seconds;

/// A value, and where it is written.
#[derive(Clone, Debug)]
pub struct Declared<T> {
    /// What is said.
    pub value: T,
    /// Its place in the settings.
    pub place: Place,
}

impl<T> Declared<T> {
    /// Whose word it is, as a clause behind an assumption.
    pub fn says_so(&self) -> String {
        format!("{} says so", self.place.path_and_line())
    }
}

/// What is declared of a registry.
#[derive(Clone, Debug, Default)]
pub struct OfRegistry {
    /// Whom the packages trust there.
    pub trusted_publisher: Option<Declared<TrustedPublisher>>,
    /// The last day on which the publish token is valid there.
    pub token_expires: Option<Declared<Day>>,
    /// Whether that token may publish without a second factor.
    pub token_bypasses_2fa: Option<Declared<bool>>,
    /// What the packages ask of who publishes.
    pub two_factor: Option<Declared<TwoFactorPolicy>>,
}

/// Whom packages trust. What is not said may be anything.
#[derive(Clone, Debug, Default)]
pub struct TrustedPublisher {
    /// `owner/name` on GitHub, the project's path on GitLab, or the URL of either.
    pub repository: Option<Declared<String>>,
    /// The file of the workflow or the pipeline.
    pub workflow: Option<Declared<String>>,
    /// The environment in which its job runs.
    pub environment: Option<Declared<String>>,
    /// What it may do.
    pub allow: Option<Declared<Vec<Right>>>,
}

/// What a trusted publisher may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// `npm publish`.
    Publish,
    /// `npm stage publish`.
    Stage,
}

/// What a package asks of who publishes it: its setting "Publishing access" on npm's web site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoFactorPolicy {
    /// A second factor; tokens that bypass it are refused.
    Required,
    /// A second factor, or a token that bypasses it.
    RequiredOrToken,
    /// Nothing.
    Optional,
}

/// A day, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// `2027-01-31`.
    pub text: String,
    /// When it begins, in seconds since 1970-01-01T00:00:00Z.
    begins: u64,
}

const DAY: u64 = 24 * 60 * 60;

impl Day {
    /// `None`: the text is no day such as `2027-01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_written = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let begins = is_written.then(|| seconds(&format!("{text}T00:00:00Z"))).flatten()?;
        Some(Self { text: text.to_owned(), begins })
    }

    /// Whether it has gone by; `now`: seconds since 1970-01-01T00:00:00Z.
    pub const fn is_over(&self, now: u64) -> bool {
        now >= self.begins + DAY
    }

    /// How many days there are until it ends, today included; `None`: it has gone by.
    pub fn days_left(&self, now: u64) -> Option<u64> {
        let left = (self.begins + DAY).checked_sub(now).filter(|left| *left > 0)?;
        Some(left.div_ceil(DAY))
    }
}

/// Findings of rules that are left out for a reason, and for a time.
#[derive(Clone, Debug)]
pub struct Ignored {
    /// The rule, or the category.
    pub rule: Declared<String>,
    /// Of which packages; `None`: of all.
    pub packages: Option<Packages>,
    /// Why.
    pub reason: String,
    /// Until the end of this day.
    pub expires: Option<Declared<Day>>,
}

/// Packages, by the paths of their folders from the project's root, or by their names.
#[derive(Clone, Debug)]
pub struct Packages {
    root: PathBuf,
    wanted: Vec<Glob>,
    unwanted: Vec<Glob>,
}

impl Packages {
    /// Those that one of these patterns matches, and none of those that begin with `!`.
    ///
    /// # Errors
    /// The number of a pattern that cannot be used, and why.
    pub fn new<'p>(root: &Path, patterns: impl Iterator<Item = &'p str>) -> Result<Self, (usize, PatternError)> {
        let mut packages = Self { root: root.to_path_buf(), wanted: Vec::new(), unwanted: Vec::new() };
        let steps = Steps::for_questions(1);
        let options = Options { dot: true, nonegate: true, nocomment: true, ..Options::default() };
        for (at, pattern) in patterns.enumerate() {
            let (list, pattern) = match pattern.strip_prefix('!') {
                Some(rest) => (&mut packages.unwanted, rest),
                None => (&mut packages.wanted, pattern),
            };
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
            list.push(Glob::new(pattern, options, &steps).map_err(|error| (at, error))?);
        }
        Ok(packages)
    }

    /// Whether a package is among them. A pattern that would take too long matches nothing.
    pub fn hold(&self, folder: &Path, name: Option<&str>) -> bool {
        let path = folder.strip_prefix(&self.root).map(|path| path.to_string_lossy().replace('\\', "/"));
        let path = path.map(|path| if path.is_empty() { ".".to_owned() } else { path });
        let called: Vec<_> = path.ok().as_deref().into_iter().chain(name).map(cut).collect();
        let steps = Steps::for_questions(1);
        let any = |list: &[Glob]| {
            list.iter().any(|glob| called.iter().any(|path| glob.matches(path, &steps).unwrap_or_default()))
        };
        any(&self.wanted) && !any(&self.unwanted)
    }
}

/// Everything that is declared.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    /// By the URL that a registry's begins with.
    pub registries: Vec<(Url, Arc<OfRegistry>)>,
    /// Of all other registries: nothing.
    pub elsewhere: Arc<OfRegistry>,
    /// Findings that are left out.
    pub ignored: Arc<[Ignored]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_ends_at_midnight_and_has_one_format() {
        let day = Day::parse("2027-01-15").unwrap();
        let noon = seconds("2027-01-15T12:00:00Z").unwrap();
        assert_eq!((day.is_over(noon), day.days_left(noon)), (false, Some(1)));
        assert_eq!((day.is_over(noon + DAY), day.days_left(noon + DAY)), (true, None));
        assert_eq!(day.days_left(noon - 7 * DAY), Some(8));
        for text in ["2027-1-15", "2027-02-30", "tomorrow", "", "15-01-2027", "2027-01-15T00:00:00Z"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn packages_are_matched_by_folder_or_name() {
        let holds = |patterns: &[&str], folder: &str, name: &str| {
            let packages = Packages::new(Path::new("/project"), patterns.iter().copied()).unwrap();
            packages.hold(Path::new(folder), Some(name))
        };
        assert!(holds(&["packages/*"], "/project/packages/a", "a"));
        assert!(holds(&["./packages/a/"], "/project/packages/a", "a"));
        assert!(holds(&["@acme/*"], "/project/x", "@acme/b"));
        assert!(holds(&["."], "/project", "root"));
        assert!(holds(&["**"], "/project/packages/.hidden", "a"));
        assert!(!holds(&["packages/*"], "/project/packages/a/b", "a/b"));
        assert!(!holds(&["packages/*", "!packages/a"], "/project/packages/a", "a"));
        assert!(!holds(&["!packages/a"], "/project/packages/b", "b"));
    }
}
