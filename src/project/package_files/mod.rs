//! Which files a package manager packs, worked out from the folder and package.json as they are: no script runs, nothing
//! outside of the package is followed, and there is an end to what is looked at.

mod bun;
mod bundles;
pub mod entry_status;
mod fields;
pub mod ignored;
mod named;
mod npm;
mod rules;
mod shared;
mod tree;
mod yarn;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use self::shared::Dialect;
use crate::npm::glob::{PatternError, Steps};
use crate::npm::release::NpmRelease;
use crate::project::manifest::Manifest;
use crate::project::world::{World, read};
use crate::text::json::Value;

/// Who packs.
#[derive(Clone, Debug)]
pub enum Packer {
    /// npm, of some release.
    Npm(NpmRelease),
    /// pnpm 12
    Pnpm,
    /// Yarn 4
    Yarn,
    /// Bun 1.4
    Bun,
}

/// What is packed of a folder.
#[derive(Debug)]
pub struct Listing {
    /// The paths of the files from the package on, with `/`, sorted by their bytes.
    pub files: BTreeSet<String>,
    /// The files of commands, as they are published.
    pub bin: Vec<String>,
    /// Symbolic links that would be packed if they were files; pnpm and Yarn pack them as links.
    pub links: Vec<String>,
}

/// What happens to an entry of `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    /// Something of it is packed, or nothing was to be expected.
    Fine,
    /// Nothing has that name, or matches.
    Unmatched,
    /// It is there, and an ignore file, from the package on, leaves all of it out.
    Swallowed {
        /// The ignore file.
        by: String,
    },
    /// It is a symbolic link.
    Link,
}

/// What is packed.
#[derive(Clone, Copy)]
pub struct Package<'a> {
    /// The machine.
    pub world: &'a World,
    /// Its package.json.
    pub manifest: &'a Manifest,
    /// The root of the project, as npm finds it.
    pub prefix: &'a Path,
    /// The folders of the workspaces that are selected together, sorted, the root's own among them where it is.
    pub selected: &'a [&'a Path],
    /// The user's own ignore file, which npm 12 reads: `global-ignore-file`.
    pub global_ignore_file: Option<&'a Path>,
    /// The folders of its own workspaces.
    pub members: &'a [PathBuf],
    /// What comparing its files with patterns may take.
    pub steps: &'a Steps,
}

/// Why there is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The package manager stops.
    #[error("{0}")]
    Refused(String),
    /// It fails on a pattern: which one, and why.
    #[error("{0}")]
    Pattern(String),
    /// It fails on a folder or an ignore file.
    #[error("`{path}` cannot be read: {why}")]
    Unreadable {
        /// As shown.
        path: String,
        /// What reading it comes to.
        why: String,
    },
    /// It has no end of what it looks at for this entry of `files`.
    #[error("npm looks at every file around the package for the entry `{0}` of `files`, and may not finish")]
    Endless(String),
    /// It is not known which files it packs.
    #[error("{0}")]
    Unknown(String),
}

impl ListError {
    /// The error for something that a folder lists and that cannot be looked at.
    pub fn unread(world: &World, path: &Path, kind: ErrorKind) -> Self {
        let (shown, why) = (world.shown_path(path), read::describe(kind));
        match kind {
            ErrorKind::NotFound if world.files.is_lossy(path) => {
                Self::Unreadable { path: shown, why: "its name is not UTF-8".to_owned() }
            }
            ErrorKind::NotFound => {
                Self::Unknown(format!("`{shown}` disappeared while the package was read; try again"))
            }
            _ => Self::Unreadable { path: shown, why },
        }
    }
}

impl From<PatternError> for ListError {
    fn from(error: PatternError) -> Self {
        if error.is_refused() {
            Self::Pattern(format!("a pattern: {error}"))
        } else {
            Self::Unknown("`files` and the ignore files have too many patterns, or too complex ones".to_owned())
        }
    }
}

/// What a package manager packs.
///
/// # Errors
/// When the package manager stops, or it is not known which files it packs.
pub fn list(packer: &Packer, package: &Package<'_>) -> Result<Listing, ListError> {
    let is_complete = ["name", "version"].iter().all(|key| package.manifest.field(key).is_some_and(Value::is_truthy));
    if !is_complete && !matches!(packer, Packer::Yarn) {
        return Err(ListError::Refused("a package needs a name and a version before it can be packed".to_owned()));
    }
    match packer {
        Packer::Npm(release) => npm::list(package, Dialect::Npm(release)),
        Packer::Pnpm => npm::list(package, Dialect::Pnpm),
        Packer::Yarn => yarn::list(package),
        Packer::Bun => bun::list(package),
    }
}

#[cfg(test)]
mod tests {
    use super::entry_status::Entries;
    use super::*;
    use crate::npm::version::Version;

    const TOO_MANY: &str = "`files` and the ignore files have too many patterns, or too complex ones";

    fn packers() -> Vec<Packer> {
        let npm = |version: &str| Packer::Npm(NpmRelease::of(&Version::valid(version, true).unwrap()));
        vec![npm("11.19.1"), npm("12.2.2"), Packer::Pnpm, Packer::Yarn, Packer::Bun]
    }

    /// What is packed of files with long names, beside package.json and an ignore file.
    fn listed(packer: &Packer, count: usize, rest: &str, ignored: &str, steps: &Steps) -> Result<Listing, ListError> {
        let manifest = format!(r#"{{"name":"a","version":"1.0.0"{rest}}}"#);
        let paths: Vec<String> =
            (0..count).map(|at| format!("/p/src/d{}/{}{at}.js", at % 10, "a".repeat(30))).collect();
        let mut files = vec![("/p/package.json", manifest.as_str()), ("/p/.npmignore", ignored)];
        files.extend(paths.iter().map(|path| (path.as_str(), "")));
        let world = World::memory(&files, &[]);
        let root = Path::new("/p");
        let manifest = Manifest::read(&world, root);
        let package = Package {
            world: &world,
            manifest: &manifest,
            prefix: root,
            selected: &[],
            global_ignore_file: None,
            members: &[],
            steps,
        };
        list(packer, &package)
    }

    fn lines(count: usize, line: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(line).collect()
    }

    fn some_steps(count: u64) -> Steps {
        let steps = Steps::for_questions(0);
        steps.leave(count);
        steps
    }

    #[test]
    fn patterns_that_would_take_minutes_to_match_are_undecided() {
        let many = [
            lines(500, |at| format!("{{1..100000}}{at}")),
            lines(5_000, |at| format!("*a*{at}*a*b*")),
            lines(5_000, |at| format!("**/d*/**/*a*{at}*")),
        ];
        for (packer, patterns) in packers().iter().flat_map(|packer| many.iter().map(move |many| (packer, many))) {
            let steps = some_steps(100_000);
            let unknown = Err(ListError::Unknown(TOO_MANY.to_owned()));
            let ignored = listed(packer, 1_000, "", &patterns.join("\n"), &steps).map(|listing| listing.files.len());
            assert_eq!(ignored, unknown, "{packer:?} {}", patterns[0]);
            let steps = some_steps(100_000);
            let rest = format!(r#","files":["{}"]"#, patterns.join("\",\""));
            let named = listed(packer, 1_000, &rest, "", &steps).map(|listing| listing.files.len());
            assert_eq!(named, unknown, "{packer:?} {}", patterns[0]);
        }
    }

    /// Of 100,000 files three thousandths take less than three quarters of as much of the 400 million steps of a run.
    #[test]
    fn the_patterns_of_a_huge_package_are_matched() {
        let ordinary = lines(500, |at| match at % 5 {
            0 => format!("*.x{at}"),
            1 => format!("**/*.test{at}.js"),
            2 => format!("test{at}/**"),
            3 => format!("src/{at}/**/*.ts"),
            _ => format!("*.{{spec,test}}.x{at}"),
        });
        let ignored = ordinary.join("\n");
        for packer in packers() {
            let found = listed(&packer, 300, "", &ignored, &some_steps(900_000));
            assert_eq!(found.map(|listing| listing.files.len()), Ok(301), "{packer:?}");
        }
    }

    #[test]
    fn entries_that_would_take_minutes_to_match_are_undecided() {
        let world = World::memory(&[("/p/a.js", "")], &[]);
        let packed: Vec<String> = lines(2_000, |at| format!("src/{}{at}.js", "a".repeat(30)));
        let packed: Vec<&str> = packed.iter().map(String::as_str).collect();
        let steps = some_steps(1_000_000);
        let entries = Entries::new(&world, Path::new("/p"), &packed, &steps);
        assert_eq!(entries.status("src/*a1999.js"), Ok(EntryStatus::Fine));
        assert_eq!(entries.status("SRC"), Ok(EntryStatus::Fine));
        assert_eq!(entries.status("sr"), Ok(EntryStatus::Unmatched));
        let statuses: Result<Vec<_>, _> = (0..5_000).map(|at| entries.status(&format!("*/*a*b*{at}"))).collect();
        assert_eq!(statuses, Err(ListError::Unknown(TOO_MANY.to_owned())));
    }

    #[test]
    fn ignore_lines_that_would_take_minutes_to_match_are_undecided() {
        let text = lines(1_000, |at| format!("./src/*a*b*{at}")).join("\n");
        let world = World::memory(&[("/p/.npmignore", &text)], &[]);
        let packed: Vec<String> = lines(2_000, |at| format!("src/{}{at}.js", "a".repeat(30)));
        let packed: Vec<&str> = packed.iter().map(String::as_str).collect();
        let dead_lines =
            |steps: &Steps| ignored::dead_lines(&world, Path::new("/p"), false, &packed, &|_| false, steps);
        assert_eq!(dead_lines(&some_steps(1_000_000)), Err(ListError::Unknown(TOO_MANY.to_owned())));
    }
}
