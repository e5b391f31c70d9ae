//! Which packages of a commit are meant by a tag or a changed version, and what cannot be known about them. An unreadable
//! package.json is checked only where the tag can mean no other one; what a tag may mean by a folder's name, or by a
//! name without its scope, only where the versions agree: a part of the repository that is no npm package may be
//! called so, too.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::candidates::{Candidate, is_below};
use crate::npm::version::Version;
use crate::project::ci::ReleaseTag;

/// What says that something is released.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Release {
    /// A tag with a version in it.
    Tag(String),
    /// A package.json, from the root of the repository, with a new version, or one that npm cannot read.
    Manifest(PathBuf),
}

/// A package to check.
#[derive(Debug)]
pub(super) struct Package {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The folder in which npm would be started: that of the workspaces' root.
    pub(super) root: PathBuf,
    /// The tag that names it.
    pub(super) tag: Option<String>,
}

/// What may be released and is not checked: a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unchecked {
    pub(super) what: String,
    pub(super) why: String,
    /// A package.json that cannot be read is the reason: what is released there is not known.
    pub(super) is_open: bool,
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not check {}: {}", self.what, self.why)
    }
}

/// The packages of a commit.
pub(super) struct Packages<'a> {
    /// The top of the working tree.
    pub(super) top: &'a Path,
    /// The commit, as short as people read it.
    pub(super) commit: &'a str,
    pub(super) all: &'a [Candidate],
    /// It holds a file called package.json at all.
    pub(super) has_any: bool,
}

/// Those that a release means, and why not all that it may mean are there.
type Matched<'a> = (Vec<&'a Candidate>, Option<(String, bool)>);

impl<'a> Packages<'a> {
    /// Those that are released, each once, and what is not checked.
    pub(super) fn released(&self, releases: &BTreeSet<Release>) -> (Vec<Package>, Vec<Unchecked>) {
        let mut found: Vec<Package> = Vec::new();
        let mut unchecked = Vec::new();
        let mut seen = HashSet::new();
        // Tags come first: a package that a tag names keeps it.
        for release in releases {
            let (tag, what, (meant, open)) = match release {
                Release::Tag(tag) => (Some(tag), format!("the tag {tag}"), self.by_tag(tag)),
                Release::Manifest(path) => (None, "the new commits".to_owned(), self.by_path(path)),
            };
            for candidate in meant {
                if !found.iter().any(|known| known.folder == candidate.folder) {
                    let (folder, root) = (candidate.folder.clone(), candidate.root.clone());
                    found.push(Package { folder, root, tag: tag.cloned() });
                }
            }
            let outcome = open.map(|(why, is_open)| Unchecked { what, why, is_open });
            unchecked.extend(outcome.filter(|one| seen.insert(one.clone())));
        }
        (found, unchecked)
    }

    fn by_path(&self, path: &Path) -> Matched<'a> {
        let folder = self.top.join(path).parent().map(Path::to_path_buf).unwrap_or_default();
        let is_in = |one: &Candidate| one.folder == folder || one.real == folder;
        let around = |one: &&Candidate| is_in(one) || one.broken.is_some() && is_below(&folder, &one.folder);
        match self.all.iter().find(around) {
            Some(one) if one.broken.is_some() => (vec![], self.unreadable(&[one])),
            Some(one) if !one.is_private && one.version.is_some() => (vec![one], None),
            _ => (vec![], None),
        }
    }

    fn by_tag(&self, tag: &str) -> Matched<'a> {
        let Some(tag) = ReleaseTag::parse(tag) else { return (vec![], None) };
        match tag.name {
            Some(name) => self.by_name(name, &tag),
            None => self.by_version(&tag.version),
        }
    }

    fn by_name(&self, name: &str, tag: &ReleaseTag<'_>) -> Matched<'a> {
        let of = |is_it: &dyn Fn(&Candidate) -> bool| self.all.iter().filter(|one| is_it(one)).collect::<Vec<_>>();
        let own = of(&|one| one.name.as_deref() == Some(name));
        let bare = of(&|one| one.name.as_deref().is_some_and(|own| tag.names(own)));
        let in_folder = of(&|one| one.folder != self.top && one.folder.file_name().is_some_and(|own| own == name));
        // One that cannot be read, and does not seem to have another name.
        let nameless = of(&|one| one.name.is_none() && one.folder == self.top && self.all.len() == 1);
        let may_be_several = !bare.is_empty() || !in_folder.is_empty();
        let is_one = |found: &Vec<_>| found.len() == 1;
        let is_guess = own.is_empty();
        let meant = if is_guess { [bare, in_folder, nameless].into_iter().find(is_one) } else { Some(own) };
        let several = || (format!("`{name}` matches several packages at {}", self.commit), false);
        let other = || if may_be_several { several() } else { (self.none(name), false) };
        match meant {
            Some(meant) => {
                let meant = public(meant);
                let is_other = |one: &&&Candidate| is_guess && one.broken.is_none() && !one.has_version(&tag.version);
                match meant.iter().find(is_other) {
                    Some(one) => (vec![], Some((self.differs(name, one), false))),
                    None => (meant, None),
                }
            }
            None => (vec![], self.unreadable(&self.broken()).or_else(|| Some(other()))),
        }
    }

    fn by_version(&self, promised: &Version) -> Matched<'a> {
        let all = public(self.all.iter().filter(|one| !one.is_inner).collect());
        let broken = self.broken();
        let keeping: Vec<_> = all.iter().copied().filter(|one| one.has_version(promised)).collect();
        if !keeping.is_empty() {
            return (keeping, self.unreadable(&broken));
        }
        // Of several packages with versions of their own none need be meant, unless one of them is the repository itself.
        let versioned = all.iter().filter(|one| one.version.is_some()).count();
        let is_alone = versioned == 1 && broken.is_empty();
        let can_be_meant = |one: &&Candidate| match one.version {
            Some(_) => is_alone || one.folder == self.top,
            None => one.folder == self.top && (one.broken.is_some() || self.all.len() == 1),
        };
        let meant: Vec<_> = all.iter().copied().filter(can_be_meant).collect();
        if !meant.is_empty() {
            return (meant, None);
        }
        let other = || match (self.all.is_empty(), all.is_empty()) {
            (true, _) => Some((self.none(""), false)),
            // Private packages are not published.
            (_, true) => self.inner(promised).map(|why| (why, false)),
            _ => Some((format!("no package at {} has version {promised}", self.commit), false)),
        };
        (vec![], self.unreadable(&broken).or_else(other))
    }

    /// What a private package holds has the version, and that package has not.
    fn inner(&self, promised: &Version) -> Option<String> {
        let having: Vec<_> = self.all.iter().filter(|one| one.has_version(promised)).collect();
        let one = having.iter().find(|one| one.is_inner && !one.is_private)?;
        let is_other = having.iter().any(|other| is_below(&one.folder, &other.folder));
        (!is_other).then(|| {
            let (path, commit) = (self.path(one), self.commit);
            format!("{path} at {commit} has this version, but is inside another package and not one of its workspaces")
        })
    }

    /// Those that cannot be read; in the folder of a private package it may be a test's fixture.
    fn broken(&self) -> Vec<&'a Candidate> {
        self.all.iter().filter(|one| one.broken.is_some() && !one.is_inner).collect()
    }

    /// The package.json, from the root of the repository.
    fn path(&self, one: &Candidate) -> String {
        let path = one.folder.strip_prefix(self.top).unwrap_or(&one.folder).join("package.json");
        path.to_string_lossy().replace('\\', "/")
    }

    /// No package is meant; `name`: what was looked for.
    fn none(&self, name: &str) -> String {
        let commit = self.commit;
        match (self.has_any, name) {
            (false, _) => format!("there is no package.json at {commit}"),
            (_, "") => format!("no package.json at {commit} has a name"),
            _ => format!("no package at {commit} is named `{name}`"),
        }
    }

    /// What may be meant has another version.
    fn differs(&self, name: &str, one: &Candidate) -> String {
        let called = one.name.as_deref().unwrap_or_default();
        let version = one.version.as_deref().map_or_else(|| "no version".to_owned(), |own| format!("version {own}"));
        format!("`{name}` may refer to {called}, which has {version} at {}", self.commit)
    }

    /// That something cannot be read.
    fn unreadable(&self, broken: &[&Candidate]) -> Option<(String, bool)> {
        let [first, others @ ..] = broken else { return None };
        let path = self.path(first);
        let why = first.broken.as_deref().unwrap_or_default();
        let why = why.strip_prefix("package.json ").unwrap_or(why);
        let more = match others.len() {
            0 => String::new(),
            1 => " (and 1 other is affected too)".to_owned(),
            more => format!(" (and {more} others are affected too)"),
        };
        Some((format!("{path} at {} {why}{more}", self.commit), true))
    }
}

/// Those that may be published.
fn public(mut found: Vec<&Candidate>) -> Vec<&Candidate> {
    found.retain(|one| !one.is_private);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `folder name version`; `-` for what is not there, a name with `!` for a private one, `broken` as a version; `+`
    /// before the folder of one that a private package holds.
    fn candidates(lines: &[&str]) -> Vec<Candidate> {
        let candidate = |line: &&str| {
            let [folder, name, version] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let (is_inner, folder) = (folder.starts_with('+'), folder.trim_start_matches('+'));
            let folder = if folder == "." { PathBuf::from("/p") } else { Path::new("/p").join(folder) };
            let is_there = |text: &&str| *text != "-" && *text != "broken";
            Candidate {
                root: folder.clone(),
                real: folder.clone(),
                folder,
                name: Some(name.trim_end_matches('!')).filter(is_there).map(str::to_owned),
                version: Some(version).filter(is_there).map(str::to_owned),
                is_private: name.ends_with('!'),
                is_inner,
                broken: (version == "broken").then(|| "package.json is not valid JSON".to_owned()),
            }
        };
        lines.iter().map(candidate).collect()
    }

    /// The folders that are checked, and what is said of the others.
    fn outcome(lines: &[&str], release: Release) -> (Vec<String>, String) {
        let all = candidates(lines);
        let packages = Packages { top: Path::new("/p"), commit: "1fd98c5", all: &all, has_any: !lines.is_empty() };
        let (found, unchecked) = packages.released(&BTreeSet::from([release]));
        let shown = |one: &Package| match one.folder.strip_prefix("/p").unwrap().to_str().unwrap() {
            "" => ".".to_owned(),
            path => path.to_owned(),
        };
        (found.iter().map(shown).collect(), unchecked.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_tag_matches_a_package_by_name_or_folder() {
        let several =
            ["js/core @acme/core 1.0.0", "js/cli acme-cli 1.0.0", "a/x one 1.0.0", "b/x two 1.0.0", ". all! -"];
        for (tag, expected) in [
            ("@acme/core@1.1.0", &["js/core"][..]),
            ("core-v1.0.0", &["js/core"]),
            ("core@1.0.0", &["js/core"]),
            ("acme-cli-v1.1.0", &["js/cli"]),
            ("cli@1.0.0", &["js/cli"]),
            ("all@1.1.0", &[]),
        ] {
            assert_eq!(outcome(&several, Release::Tag(tag.to_owned())), (to_owned(expected), String::new()), "{tag}");
        }
        for tag in ["x@1.1.0", "p@1.1.0", "other-v1.1.0", "v1.1.0"] {
            let (found, text) = outcome(&several, Release::Tag(tag.to_owned()));
            let why = if tag.starts_with('x') { "`x` matches several packages" } else { "no package at 1fd98c5 " };
            assert!(found.is_empty() && text.starts_with(&format!("could not check the tag {tag}: {why}")), "{text}");
        }
    }

    #[test]
    fn an_ambiguous_tag_is_mentioned_where_the_versions_differ() {
        let lines = ["web/api @acme/web 1.0.0", "js/core @acme/core 1.0.0", "c c -", "d d! 1.0.0", "e/f g broken"];
        for (tag, why) in [
            ("api-v2.0.0", "`api` may refer to @acme/web, which has version 1.0.0 at 1fd98c5"),
            ("api@2.0.0", "`api` may refer to @acme/web, which has version 1.0.0 at 1fd98c5"),
            ("core-v2.0.0", "`core` may refer to @acme/core, which has version 1.0.0 at 1fd98c5"),
        ] {
            let text = format!("could not check the tag {tag}: {why}");
            assert_eq!(outcome(&lines, Release::Tag(tag.to_owned())), (vec![], text));
        }
        for (tag, expected) in [
            ("api-v1.0.0", &["web/api"][..]),
            ("core-v1.0.0", &["js/core"]),
            ("@acme/core-v2.0.0", &["js/core"]),
            ("c@2.0.0", &["c"]),
            ("d-v2.0.0", &[]),
            ("f-v2.0.0", &["e/f"]),
        ] {
            assert_eq!(outcome(&lines, Release::Tag(tag.to_owned())), (to_owned(expected), String::new()), "{tag}");
        }
    }

    #[test]
    fn a_package_inside_a_private_one_is_matched_by_name_or_new_version() {
        let app = |version: &str| [format!(". app! {version}"), "+sdk sdk 1.0.1".to_owned(), "+f f broken".to_owned()];
        let outcome = |version: &str, release| {
            let lines = app(version);
            outcome(&lines.each_ref().map(String::as_str), release)
        };
        let tag = |text: &str| Release::Tag(text.to_owned());
        let sdk = || (to_owned(&["sdk"]), String::new());
        assert_eq!(outcome("-", Release::Manifest(PathBuf::from("sdk/package.json"))), sdk());
        for name in ["sdk@1.0.1", "sdk-v1.0.2"] {
            assert_eq!(outcome("-", tag(name)), sdk(), "{name}");
        }
        let (found, text) = outcome("-", tag("v1.0.1"));
        let why = "could not check the tag v1.0.1: sdk/package.json at 1fd98c5 has this version, but ";
        assert!(found.is_empty() && text.starts_with(why), "{text}");
        for (version, name) in [("1.0.1", "v1.0.1"), ("1.0.2", "v1.0.2"), ("-", "v1.0.2")] {
            assert_eq!(outcome(version, tag(name)), (vec![], String::new()), "{version} {name}");
        }
    }

    fn to_owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn an_unreadable_manifest_is_checked_where_only_it_can_match() {
        let unreadable = "could not check the tag TAG: PATH at 1fd98c5 is not valid JSON";
        for (lines, tag, expected, text) in [
            (&[". a broken"][..], "v1.0.0", &["."][..], ""),
            (&[". - broken"], "a@1.0.0", &["."], ""),
            (&[". a broken"], "b@1.0.0", &[], unreadable),
            (&[". a -"], "v1.0.0", &["."], ""),
            (&["pkg a broken"], "v1.0.0", &[], unreadable),
            (&["pkg a broken"], "pkg-v1.0.0", &["pkg"], ""),
            (&[". all! -", "a a broken", "b b 1.0.0"], "v1.0.0", &["b"], unreadable),
            (&[". all! -", "a a broken", "b b 1.0.0"], "v1.0.1", &[], unreadable),
            (&[". all! -", "a a broken", "b b 1.0.0"], "b@1.0.0", &["b"], ""),
            (&[". all -", "b b 1.0.0"], "v1.0.1", &["b"], ""),
            (&[". all! 1.0.0"], "v1.0.0", &[], ""),
            (&[], "v1.0.0", &[], "could not check the tag TAG: there is no package.json at 1fd98c5"),
        ] {
            let (found, outcome) = outcome(lines, Release::Tag(tag.to_owned()));
            let path = if lines[..].iter().any(|line| line.starts_with(". a broken")) {
                "package.json".to_owned()
            } else {
                format!("{}/package.json", if lines.len() == 1 { "pkg" } else { "a" })
            };
            let text = text.replace("TAG", tag).replace("PATH", &path);
            assert_eq!((found, outcome), (to_owned(expected), text), "{lines:?} {tag}");
        }
    }

    #[test]
    fn a_package_json_broken_by_new_commits_is_mentioned() {
        let manifest = |path: &str| Release::Manifest(PathBuf::from(path));
        let lines = ["a a broken", "b b 1.0.0", "c c! 1.0.0", "d d -"];
        let text = "could not check the new commits: a/package.json at 1fd98c5 is not valid JSON";
        for path in ["a/package.json", "a/packages/x/package.json"] {
            assert_eq!(outcome(&lines, manifest(path)), (vec![], text.to_owned()));
        }
        assert_eq!(outcome(&lines, manifest("b/package.json")), (to_owned(&["b"]), String::new()));
        for path in ["c/package.json", "d/package.json", "b/test/package.json"] {
            assert_eq!(outcome(&lines, manifest(path)), (vec![], String::new()));
        }
    }
}
