//! What a push brings to the remote: git's lines on standard input (githooks(5), pre-push), or what hook runners that
//! keep those to themselves leave in the environment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::commit::{CommitId, Store};
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::project::world::git::{GitError, git, git_text, path_of};

/// The most commits that the new ones of a branch may start from; a branch that starts from more is not compared.
const MOST_BASES: usize = 256;

/// The most commits that are searched for a package.json that is a symbolic link; the others are assumed to have the same ones.
const MOST_SEARCHED: usize = 64;

/// Something that may be a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefUpdate {
    /// A tag.
    Tag {
        /// Its name, such as `v1.2.3`.
        name: String,
        /// The commit, or an annotated tag that leads to it.
        object: String,
    },
    /// New commits on a branch.
    Commits {
        /// The branch as the remote calls it.
        branch: String,
        /// The last one.
        tip: String,
        /// What the remote has at that branch.
        old: Option<String>,
    },
}

impl RefUpdate {
    /// What has to be found of it.
    pub(super) fn objects(&self) -> impl Iterator<Item = &str> {
        let (object, old) = match self {
            Self::Tag { object, .. } => (object, &None),
            Self::Commits { tip, old, .. } => (tip, old),
        };
        std::iter::once(object).chain(old).map(String::as_str)
    }
}

/// The remote's name, or its URL.
pub(super) struct Remote<'a>(pub(super) &'a str);

/// What the lines on standard input bring. Deletions bring nothing.
pub(super) fn lines(input: &str) -> Vec<RefUpdate> {
    input.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<RefUpdate> {
    // The local ref is what the user typed, blanks and all.
    let mut fields = line.trim_end().rsplitn(4, ' ');
    let (old, remote, tip) = (fields.next()?, fields.next()?, fields.next()?);
    fields.next()?;
    let is_object = |text: &str| text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_none = |object: &str| object.bytes().all(|byte| byte == b'0');
    if !is_object(old) || !is_object(tip) || is_none(tip) {
        return None;
    }
    let tip = tip.to_owned();
    if let Some(name) = remote.strip_prefix("refs/tags/") {
        return Some(RefUpdate::Tag { name: name.to_owned(), object: tip });
    }
    let branch = remote.strip_prefix("refs/heads/").unwrap_or(remote).to_owned();
    Some(RefUpdate::Commits { branch, tip, old: (!is_none(old)).then(|| old.to_owned()) })
}

/// Without lines: pre-commit names the commits in variables, lefthook passes nothing on, and somebody may have started
/// the hook by hand. Then it is the commit that is checked out, with the tags that point at it, unless the remote has
/// it. pre-commit does not pass tags at all.
pub(super) fn guessed(world: &World, store: &Store, remote: &Remote<'_>) -> Result<Vec<RefUpdate>, GitError> {
    let (tip, old) = match world.filled_var("PRE_COMMIT_TO_REF") {
        Some(tip) => (tip.to_owned(), world.filled_var("PRE_COMMIT_FROM_REF").map(str::to_owned)),
        None => ("HEAD".to_owned(), None),
    };
    let wanted = format!("{tip}^{{commit}}");
    let tip = git_text(&world.cwd, &["rev-parse", "--verify", "--end-of-options", &wanted])?;
    let old = match old {
        Some(old) => store.commit(&old)?,
        None => None,
    };
    let old = old.map(|old| old.commit);
    let tips = BTreeSet::from([tip.clone()]);
    if !NewCommits::read(store, remote, &tips, &old.iter().cloned().collect())?.has(&tip) {
        return Ok(Vec::new());
    }
    // `git tag` lays its list out as the user's settings say.
    let points_at = format!("--points-at={tip}");
    let args = ["for-each-ref", &points_at, "--format=%(refname:strip=2)", "refs/tags"];
    let tags = git_text(&world.cwd, &args)?;
    let mut updates: Vec<_> =
        tags.lines().map(|name| RefUpdate::Tag { name: name.to_owned(), object: tip.clone() }).collect();
    updates.push(RefUpdate::Commits { branch: "HEAD".to_owned(), tip, old });
    Ok(updates)
}

/// New commits on a branch, as this repository has them.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) name: String,
    pub(super) tip: CommitId,
    /// What the remote has there, when this repository has it, too.
    pub(super) old: Option<CommitId>,
}

/// What the new commits of a branch release.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A package.json with another `version`, from the root of the repository, or one that npm cannot read any more.
    Manifest(PathBuf),
    /// A new package.json with a version that npm refuses: path and version.
    NewInvalid(PathBuf, String),
    /// Nothing says what is new: why.
    Incomparable(&'static str),
}

/// What branches bring, all looked at together: their number may be large.
pub(super) struct Branches<'a> {
    store: &'a Store,
    new_commits: NewCommits,
    changed: Changed,
}

impl<'a> Branches<'a> {
    /// Looks at the branches that touch a package.json, as most pushes do not; gives these, too.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn read(
        store: &'a Store,
        remote: &Remote<'_>,
        branches: Vec<Branch>,
    ) -> Result<(Self, Vec<Branch>), GitError> {
        let mut changed = Changed::default();
        let known = branches.iter().filter_map(|branch| Some((branch.old.as_ref()?, &branch.tip)));
        changed.add(store, known)?;
        let is_untouched =
            |branch: &Branch| branch.old.as_ref().is_some_and(|old| changed.between(old, &branch.tip).is_empty());
        let branches: Vec<Branch> = branches.into_iter().filter(|branch| !is_untouched(branch)).collect();
        let tips = branches.iter().map(|branch| branch.tip.commit.clone()).collect();
        let olds = branches.iter().filter_map(|branch| Some(branch.old.as_ref()?.commit.clone())).collect();
        let new_commits = NewCommits::read(store, remote, &tips, &olds)?;
        let mut firsts = Vec::new();
        for branch in &branches {
            if let Some(first) = new_commits.bases(branch).and_then(|bases| bases.first().cloned())
                && let Some(first) = store.commit(&first)?
            {
                firsts.push((first, branch.tip.clone()));
            }
        }
        changed.add(store, firsts.iter().map(|(first, tip)| (first, tip)))?;
        Ok((Self { store, new_commits, changed }, branches))
    }

    /// The package.json whose `version` no commit had that the remote knows: one that comes in by a merge is no news.
    /// Those, too, that npm cannot read any more.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn found(&self, branch: &Branch) -> Result<Vec<Found>, GitError> {
        if !self.new_commits.has(&branch.tip.commit) {
            return Ok(Vec::new());
        }
        let Some(names) = self.new_commits.bases(branch) else {
            return Ok(vec![Found::Incomparable("they are based on too many other commits")]);
        };
        let mut bases = Vec::new();
        for name in names {
            bases.extend(self.store.commit(&name)?);
        }
        let Some(first) = bases.first() else {
            return Ok(vec![Found::Incomparable("it is not known which commits the remote already has")]);
        };
        let paths = self.changed.between(first, &branch.tip);
        let found = paths.into_iter().map(|path| self.check(branch, &bases, path)).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    fn check(&self, branch: &Branch, bases: &[CommitId], path: PathBuf) -> Result<Option<Found>, GitError> {
        let Some(new) = self.manifest(&branch.tip, &path) else { return Ok(None) };
        let mut before = bases.iter().filter_map(|base| self.manifest(base, &path));
        let Some(first) = before.next() else {
            let invalid = version(&new).filter(|text| !new.is_private() && Version::valid(text, false).is_none());
            return Ok(invalid.map(|version| Found::NewInvalid(path, version)));
        };
        let was_broken = first.broken.is_some();
        let readable = if was_broken { self.last_readable(bases, &path)? } else { None };
        let first = readable.unwrap_or(first);
        let is_released = match (version(&new), version(&first)) {
            _ if new.broken.is_some() => !first.is_private(),
            (None, _) => false,
            (Some(_), None) => was_broken && first.broken.is_some(),
            (new, first) => new != first && !before.any(|other| version(&other) == new),
        };
        Ok(is_released.then_some(Found::Manifest(path)))
    }

    /// A commit's package.json; `None`: it has none there.
    fn manifest(&self, commit: &CommitId, path: &Path) -> Option<Manifest> {
        match self.store.read(commit, path) {
            Ok(bytes) => Some(Manifest::parse(path.to_string_lossy().into_owned(), &bytes, Path::new(""))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                let broken = crate::project::manifest::Broken::Unreadable(error.kind());
                Some(Manifest::unread(path.to_string_lossy().into_owned(), Path::new(""), broken))
            }
        }
    }

    /// The last package.json that npm could read, of those before a commit.
    fn last_readable(&self, bases: &[CommitId], path: &Path) -> Result<Option<Manifest>, GitError> {
        let (Some(first), Some(shown)) = (bases.first(), path.to_str()) else { return Ok(None) };
        let place = format!(":(top,literal){shown}");
        let args = ["rev-list", "--max-count=50", &first.commit, "--", &place];
        for commit in git_text(self.store.root(), &args)?.lines() {
            let Some(commit) = self.store.commit(commit)? else { continue };
            if let Some(manifest) = self.manifest(&commit, path).filter(|manifest| manifest.broken.is_none()) {
                return Ok(Some(manifest));
            }
        }
        Ok(None)
    }
}

fn version(manifest: &Manifest) -> Option<String> {
    Some(manifest.field("version")?.as_str()?.to_owned())
}

/// The commits that the remote does not have yet, found by one walk over all that is pushed.
#[derive(Default)]
struct NewCommits {
    /// New commit -> the commits of the remote that it and its new ancestors start from; `None`: they are too many.
    bases: HashMap<String, Option<Rc<BTreeSet<String>>>>,
}

impl NewCommits {
    fn read(
        store: &Store,
        remote: &Remote<'_>,
        tips: &BTreeSet<String>,
        olds: &BTreeSet<String>,
    ) -> Result<Self, GitError> {
        if tips.is_empty() {
            return Ok(Self::default());
        }
        let mut known = known(store.root(), remote)?;
        known.extend(olds.iter().cloned());
        if known.is_empty() {
            // The first push of all: there is nothing to compare with, so that the tips suffice.
            let none = || Some(Rc::new(BTreeSet::new()));
            return Ok(Self { bases: tips.iter().map(|tip| (tip.clone(), none())).collect() });
        }
        let mut asked = String::new();
        for tip in tips {
            asked.push_str(tip);
            asked.push('\n');
        }
        for known in &known {
            asked.push('^');
            asked.push_str(known);
            asked.push('\n');
        }
        let args = ["rev-list", "--parents", "--topo-order", "--stdin"];
        let listed = git(store.root(), &args, asked.as_bytes())?;
        let listed = String::from_utf8_lossy(&listed);
        let mut new_commits = Self::default();
        // Parents come before their children.
        for line in listed.lines().rev() {
            let mut commits = line.split(' ');
            let Some(commit) = commits.next() else { continue };
            let bases = new_commits.joined(&commits.collect::<Vec<_>>());
            new_commits.bases.insert(commit.to_owned(), bases);
        }
        Ok(new_commits)
    }

    /// The bases of a commit with these parents. Most have one parent, and share its set.
    fn joined(&self, parents: &[&str]) -> Option<Rc<BTreeSet<String>>> {
        let mut joined: Option<Rc<BTreeSet<String>>> = None;
        for parent in parents {
            let bases = match self.bases.get(*parent) {
                Some(bases) => Rc::clone(bases.as_ref()?),
                None => Rc::new(BTreeSet::from([(*parent).to_owned()])),
            };
            joined = Some(match joined {
                Some(known) if bases.is_subset(&known) => known,
                Some(known) => Rc::new(known.union(&bases).cloned().collect()),
                None => bases,
            });
        }
        Some(joined.unwrap_or_default()).filter(|bases| bases.len() <= MOST_BASES)
    }

    /// Whether the remote does not have a commit.
    fn has(&self, commit: &str) -> bool {
        self.bases.contains_key(commit)
    }

    /// The commits that the new ones of a branch start from; `None`: they are too many.
    fn bases(&self, branch: &Branch) -> Option<Vec<String>> {
        let Some(bases) = self.bases.get(&branch.tip.commit) else { return Some(Vec::new()) };
        let mut bases: Vec<String> = bases.as_ref()?.iter().cloned().collect();
        // A branch that was rewritten: what it held before is no news either.
        let old = branch.old.as_ref().map(|old| &old.commit);
        bases.extend(old.filter(|old| !bases.contains(old)).cloned());
        Some(bases)
    }
}

/// The commits that the remote is known to have: those that were fetched from it or pushed to it. Of a remote of which
/// nothing is known, such as a URL, those of all remotes: what another one has was released elsewhere.
fn known(folder: &Path, remote: &Remote<'_>) -> Result<BTreeSet<String>, GitError> {
    let key = format!("remote.{}.fetch", remote.0);
    let refspecs = match git_text(folder, &["config", "--get-all", &key]) {
        // It is not set, or cannot be: a URL is no name.
        Err(GitError::Failed { .. }) => String::new(),
        refspecs => refspecs?,
    };
    let fetched: Vec<&str> = refspecs.lines().filter_map(|refspec| Some(refspec.split_once(':')?.1)).collect();
    // A mirror keeps them where the branches are that it pushes.
    let is_apart = |place: &&str| place.starts_with("refs/") && !place.starts_with("refs/heads") && *place != "refs/*";
    let mut known = BTreeSet::new();
    for place in fetched.into_iter().filter(is_apart) {
        let start = place.split('*').next().unwrap_or(place);
        let folder_of_refs = start.rsplit_once('/').map_or(start, |(above, _)| above);
        let refs = git_text(folder, &["for-each-ref", "--format=%(objectname) %(refname)", folder_of_refs])?;
        let refs = refs.lines().filter_map(|line| line.split_once(' '));
        known.extend(refs.filter(|(_, name)| name.starts_with(start)).map(|(object, _)| object.to_owned()));
    }
    if known.is_empty() {
        let refs = git_text(folder, &["for-each-ref", "--format=%(objectname)", "refs/remotes"])?;
        known.extend(refs.lines().map(str::to_owned));
    }
    Ok(known)
}

/// The package.json that differ between pairs of commits.
#[derive(Default)]
struct Changed {
    /// From, to (folders as git names them) -> the paths from the root of the repository.
    paths: HashMap<(String, String), Vec<PathBuf>>,
    /// Folder -> the files called package.json in it that are symbolic links: what they lead to may change alone.
    links: HashMap<String, Vec<PathBuf>>,
}

impl Changed {
    /// Compares these pairs, by one git for all of them.
    fn add<'c>(
        &mut self,
        store: &Store,
        pairs: impl Iterator<Item = (&'c CommitId, &'c CommitId)>,
    ) -> Result<(), GitError> {
        let mut asked = BTreeMap::new();
        for (from, to) in pairs {
            let pair = (from.tree.clone(), to.tree.clone());
            if !self.paths.contains_key(&pair) {
                asked.insert(format!("{} {}", pair.0, pair.1), pair);
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for line in asked.keys() {
            lines.push_str(line);
            lines.push('\n');
        }
        let args = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-relative"];
        let args = [&args[..], &["--no-ext-diff", "--no-textconv", "-O/dev/null"]].concat();
        let args = [&args[..], &["--", ":(top,glob)**/package.json"]].concat();
        let printed = git(store.root(), &args, lines.as_bytes())?;
        let mut rest = &printed[..];
        let mut paths: Vec<PathBuf> = Vec::new();
        let mut pair = None;
        while !rest.is_empty() {
            if rest.starts_with(b":") {
                // `:<modes, objects, what happened>`, the path.
                let mut fields = rest.splitn(3, |byte| *byte == 0);
                let path = fields.nth(1).unwrap_or_default();
                paths.push(path_of(path));
                rest = fields.next().unwrap_or_default();
            } else {
                let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len() - 1);
                let next = asked.remove(&*String::from_utf8_lossy(&rest[..end]));
                self.paths.extend(pair.replace(next).flatten().map(|pair| (pair, std::mem::take(&mut paths))));
                rest = &rest[end + 1..];
            }
        }
        self.paths.extend(pair.flatten().map(|pair| (pair, paths)));
        self.search_links(store)
    }

    fn search_links(&mut self, store: &Store) -> Result<(), GitError> {
        let from: BTreeSet<String> = self.paths.keys().map(|(from, _)| from.clone()).collect();
        for tree in from {
            if self.links.len() < MOST_SEARCHED && !self.links.contains_key(&tree) {
                let listed = git(store.root(), &["ls-tree", "-r", "-z", "--full-tree", &tree], b"")?;
                self.links.insert(tree, links(&listed));
            }
        }
        Ok(())
    }

    /// What differs, or may differ behind a link.
    fn between(&self, from: &CommitId, to: &CommitId) -> Vec<PathBuf> {
        if from.tree == to.tree {
            return Vec::new();
        }
        let mut paths = self.paths.get(&(from.tree.clone(), to.tree.clone())).cloned().unwrap_or_default();
        match self.links.get(&from.tree) {
            Some(links) => paths.extend(links.iter().cloned()),
            None => paths.extend(self.links.values().flatten().cloned()),
        }
        paths.sort();
        paths.dedup();
        paths
    }
}

/// The symbolic links called package.json in what `git ls-tree` lists.
fn links(listed: &[u8]) -> Vec<PathBuf> {
    let entries = listed.split(|byte| *byte == 0).filter(|entry| entry.starts_with(b"120000 "));
    let paths = entries.filter_map(|entry| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        Some(path_of(&entry[tab + 1..]))
    });
    paths.filter(|path| path.file_name().is_some_and(|name| name == "package.json")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_from_git_are_parsed_from_the_right() {
        let (one, two, none) = ("1".repeat(40), "2".repeat(64), "0".repeat(40));
        let input = format!(
            "refs/heads/main {one} refs/heads/main {two}\n\
             HEAD@{{1 day ago}} {one} refs/heads/new {none}\n\
             (delete) {none} refs/tags/v1.0.0 {one}\n\
             refs/tags/@acme/a@1.0.0 {two} refs/tags/@acme/a@1.0.0 {none}\n\
             nonsense\n"
        );
        let commits = |branch: &str, old: Option<&String>| RefUpdate::Commits {
            branch: branch.to_owned(),
            tip: one.clone(),
            old: old.cloned(),
        };
        let tag = RefUpdate::Tag { name: "@acme/a@1.0.0".to_owned(), object: two.clone() };
        assert_eq!(lines(&input), [commits("main", Some(&two)), commits("new", None), tag]);
    }
}
