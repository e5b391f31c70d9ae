//! What a push brings to the remote: git's lines on standard input (githooks(5), pre-push), or what hook runners that
//! keep those to themselves leave in the environment.

use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::world::World;
use crate::world::git::{GitError, git, git_text};

/// Something that may be a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// A tag.
    Tag {
        /// Its name, such as `v1.2.3`.
        name: String,
        /// The commit, or an annotated tag that leads to it.
        object: String,
    },
    /// New commits on a branch.
    Commits {
        /// The last one.
        tip: String,
        /// What the remote has at that branch.
        old: Option<String>,
    },
}

/// The remote's name, or its URL.
pub(super) struct Remote<'a>(pub(super) &'a str);

/// What the lines on standard input bring. Deletions bring nothing.
pub(super) fn lines(input: &str) -> Vec<Brought> {
    input.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Brought> {
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
    Some(match remote.strip_prefix("refs/tags/") {
        Some(name) => Brought::Tag { name: name.to_owned(), object: tip },
        None => Brought::Commits { tip, old: (!is_none(old)).then(|| old.to_owned()) },
    })
}

/// Without lines: pre-commit names the commits in variables, lefthook passes nothing on, and somebody may have started
/// the hook by hand. Then it is the commit that is checked out, with the tags that point at it, unless the remote has
/// it. pre-commit does not tell of tags at all.
pub(super) fn guessed(world: &World, remote: &Remote<'_>) -> Result<Vec<Brought>, GitError> {
    let (tip, old) = match world.filled_var("PRE_COMMIT_TO_REF") {
        Some(tip) => (tip.to_owned(), world.filled_var("PRE_COMMIT_FROM_REF").map(str::to_owned)),
        None => (git_text(&world.cwd, &["rev-parse", "--verify", "HEAD^{commit}"])?, None),
    };
    let known = old.as_deref().filter(|old| is_here(&world.cwd, old));
    if news(&world.cwd, remote, &tip, known)?.is_empty() {
        return Ok(Vec::new());
    }
    // `git tag` lays its list out as the user's settings say.
    let points_at = format!("--points-at={tip}");
    let args = ["for-each-ref", &points_at, "--format=%(refname:strip=2)", "refs/tags"];
    let tags = git_text(&world.cwd, &args)?;
    let mut brought: Vec<_> =
        tags.lines().map(|name| Brought::Tag { name: name.to_owned(), object: tip.clone() }).collect();
    brought.push(Brought::Commits { tip, old });
    Ok(brought)
}

/// What the remote does not have yet: commits, and (behind a `-`) those they start from. `known`: what the remote has at
/// the branch, when this repository has it, too.
fn news(folder: &Path, remote: &Remote<'_>, tip: &str, known: Option<&str>) -> Result<Vec<String>, GitError> {
    let remotes = format!("--remotes={}", remote.0);
    let mut args = vec!["rev-list", "--boundary", tip, "--not"];
    args.extend(known);
    args.push(&remotes);
    Ok(git_text(folder, &args)?.lines().map(str::to_owned).collect())
}

/// The files called package.json, from the root of the repository, whose `version` no commit had that the remote knows:
/// one that comes in by a merge is no news. Those, too, that npm cannot read any more.
///
/// # Errors
/// When git does not know one of the commits.
pub(super) fn changed_versions(
    folder: &Path,
    remote: &Remote<'_>,
    tip: &str,
    old: Option<&str>,
) -> Result<Vec<PathBuf>, GitError> {
    // Most pushes touch no package.json, and this one question ends them.
    if old.is_some_and(|old| changed_manifests(folder, old, tip).is_ok_and(|changed| changed.is_empty())) {
        return Ok(Vec::new());
    }
    let bases = bases(folder, remote, tip, old.filter(|old| is_here(folder, old)))?;
    let Some((first, others)) = bases.split_first() else { return Ok(Vec::new()) };
    let mut released = Vec::new();
    for path in changed_manifests(folder, first, tip)? {
        let read = |commit: &str| manifest(folder, commit, &path);
        let version = |manifest: &Manifest| Some(manifest.field("version")?.as_str()?.to_owned());
        let (Some(new), Some(before)) = (read(tip), read(first)) else { continue };
        let was_broken = before.broken.is_some();
        let before = if was_broken { last_readable(folder, first, &path).unwrap_or(before) } else { before };
        let is_released = match (version(&new), version(&before)) {
            _ if new.broken.is_some() => !before.is_private(),
            (None, _) => false,
            (Some(_), None) => was_broken && before.broken.is_some(),
            (new, before) => {
                let is_known = |other: &String| read(other).and_then(|other| version(&other)) == new;
                new != before && !others.iter().any(is_known)
            }
        };
        if is_released {
            released.push(PathBuf::from(path));
        }
    }
    Ok(released)
}

/// A commit's package.json; `None`: it has none there.
fn manifest(folder: &Path, commit: &str, path: &str) -> Option<Manifest> {
    let bytes = git(folder, &["cat-file", "blob", &format!("{commit}:{path}")], b"").ok()?;
    Some(Manifest::parse(path.to_owned(), &bytes, Path::new("")))
}

/// The last package.json that npm could read, of those before a commit.
fn last_readable(folder: &Path, commit: &str, path: &str) -> Option<Manifest> {
    let place = format!(":(top,literal){path}");
    let commits = git_text(folder, &["rev-list", "--max-count=50", commit, "--", &place]).ok()?;
    commits.lines().filter_map(|commit| manifest(folder, commit, path)).find(|manifest| manifest.broken.is_none())
}

/// The commits that the new ones start from; empty: nothing is new, or all of it is.
fn bases(folder: &Path, remote: &Remote<'_>, tip: &str, known: Option<&str>) -> Result<Vec<String>, GitError> {
    let news = news(folder, remote, tip, known)?;
    if news.iter().all(|commit| commit.starts_with('-')) {
        return Ok(Vec::new());
    }
    let mut bases: Vec<String> = news.iter().filter_map(|commit| commit.strip_prefix('-')).map(str::to_owned).collect();
    // A branch that was rewritten: what it held before is no news either.
    bases.extend(known.map(str::to_owned).filter(|known| !bases.contains(known)));
    Ok(bases)
}

fn is_here(folder: &Path, commit: &str) -> bool {
    git(folder, &["cat-file", "-e", &format!("{commit}^{{commit}}")], b"").is_ok()
}

/// The files called package.json that differ between two commits, from the root of the repository.
fn changed_manifests(folder: &Path, from: &str, to: &str) -> Result<Vec<String>, GitError> {
    let args = ["diff", "--name-only", "--no-renames", "-z", from, to, "--", ":(top,glob)**/package.json"];
    let names = git_text(folder, &args)?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_s_lines_are_read_from_the_right() {
        let (one, two, none) = ("1".repeat(40), "2".repeat(64), "0".repeat(40));
        let input = format!(
            "refs/heads/main {one} refs/heads/main {two}\n\
             HEAD@{{1 day ago}} {one} refs/heads/new {none}\n\
             (delete) {none} refs/tags/v1.0.0 {one}\n\
             refs/tags/@acme/a@1.0.0 {two} refs/tags/@acme/a@1.0.0 {none}\n\
             nonsense\n"
        );
        let commits = |old: Option<&String>| Brought::Commits { tip: one.clone(), old: old.cloned() };
        let tag = Brought::Tag { name: "@acme/a@1.0.0".to_owned(), object: two.clone() };
        assert_eq!(lines(&input), [commits(Some(&two)), commits(None), tag]);
    }
}
