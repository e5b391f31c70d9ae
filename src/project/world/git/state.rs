//! What a client looks at that publishes from a clean checkout of the right branch only: pnpm's questions to git (pnpm 12,
//! `git-utils/src/lib.rs`; pnpm 10 and 11, `git-utils/src/index.ts`), put so that no program of the repository runs.

use std::collections::HashSet;
use std::path::Path;

use super::{GitError, command, filters, git, git_text, path_of, run, top, without_filters};

/// How many files are named.
const MOST_NAMED: usize = 3;

/// What git says of the working tree around a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether something is not committed.
    pub tree: Tree,
    /// What is checked out.
    pub head: Head,
    /// What is missing of the upstream branch, as it was last fetched; `None`: nothing, or there is no upstream.
    pub behind: Option<Behind>,
}

/// What `git status --porcelain` lists, untracked files included where the user's configuration does not hide them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Nothing.
    Clean,
    /// Files.
    Dirty {
        /// The first of them, relative to the top of the working tree.
        some: Vec<String>,
        /// How many there are besides.
        more: usize,
    },
    /// It cannot be known without starting programs that the repository names: why, a sentence without a full stop.
    Unclear(String),
}

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch, by its name.
    Branch(String),
    /// A commit.
    Detached,
}

/// A branch that lacks commits of its upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The upstream branch, such as `origin/main`.
    pub upstream: String,
    /// How many commits.
    pub commits: u64,
}

/// What git says of the working tree around a folder; `None`: it takes the folder for none of its own, also because the
/// repository belongs to somebody else.
///
/// # Errors
/// When git cannot be started, or does not know what is checked out.
pub(in crate::project::world) fn state(folder: &Path) -> Result<Option<State>, GitError> {
    match git(folder, &["rev-parse", "--git-dir"], b"") {
        Ok(_) => {}
        Err(GitError::Untrusted { .. } | GitError::Failed { code: Some(128), .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    let head = match git_text(folder, &["symbolic-ref", "--quiet", "HEAD"]) {
        Ok(name) => Head::Branch(name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()),
        Err(GitError::Failed { code: Some(1), .. }) => Head::Detached,
        Err(error) => return Err(error),
    };
    let tree = tree(folder).unwrap_or_else(|error| Tree::Unclear(error.to_string()));
    let behind = if head == Head::Detached { None } else { behind(folder)? };
    Ok(Some(State { tree, head, behind }))
}

fn behind(folder: &Path) -> Result<Option<Behind>, GitError> {
    let count = ["rev-list", "--count", "--left-only", "@{upstream}...HEAD", "--"];
    let commits = match git_text(folder, &count) {
        Err(GitError::Failed { .. }) => return Ok(None),
        commits => commits?.parse().unwrap_or(0),
    };
    if commits == 0 {
        return Ok(None);
    }
    let upstream = git_text(folder, &["rev-parse", "--abbrev-ref", "@{upstream}"])?;
    Ok(Some(Behind { upstream, commits }))
}

fn tree(folder: &Path) -> Result<Tree, GitError> {
    let filters = filters(folder)?;
    let mut command = without_filters(command(folder)?, &filters);
    command.args(["status", "--porcelain", "-z", "--no-renames"]);
    // No git is started in a submodule, which has a configuration of its own.
    command.arg("--ignore-submodules=dirty");
    let listed = match run(command, &[], b"") {
        Err(GitError::TooMuch { .. }) => return Ok(Tree::Dirty { some: Vec::new(), more: 0 }),
        listed => listed?,
    };
    let entries: Vec<Entry<'_>> = listed.split(|byte| *byte == 0).filter_map(Entry::read).collect();
    if entries.is_empty() {
        return submodules(folder);
    }
    let filtered = if filters.is_empty() { HashSet::new() } else { filtered(folder, &entries, &filters)? };
    let mut certain = entries.iter().filter(|entry| !filtered.contains(entry.path)).map(Entry::name);
    let some: Vec<String> = certain.by_ref().take(MOST_NAMED).collect();
    if some.is_empty() {
        return Ok(Tree::Unclear(format!(
            "whether `{}` changed depends on a filter in git's configuration, and filters are not run",
            entries[0].name()
        )));
    }
    Ok(Tree::Dirty { some, more: certain.count() })
}

/// A line of `git status --porcelain -z`.
struct Entry<'a> {
    /// The file changed since it was added to the index, and nothing else is known about it.
    is_content: bool,
    /// Relative to the top of the working tree.
    path: &'a [u8],
}

impl<'a> Entry<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let (state, path) = line.split_at_checked(3)?;
        Some(Self { is_content: state == b" M ", path })
    }

    fn name(&self) -> String {
        String::from_utf8_lossy(self.path).into_owned()
    }
}

/// The files that a filter may even out: without it they count as changed.
fn filtered<'a>(folder: &Path, entries: &[Entry<'a>], filters: &[String]) -> Result<HashSet<&'a [u8]>, GitError> {
    let changed: Vec<&[u8]> = entries.iter().filter(|entry| entry.is_content).map(|entry| entry.path).collect();
    if changed.is_empty() {
        return Ok(HashSet::new());
    }
    // Path, attribute and value of each, in this order.
    let output = git(&top(folder)?, &["check-attr", "-z", "--stdin", "filter"], &changed.join(&0))?;
    let values = output.split(|byte| *byte == 0).skip(2).step_by(3);
    let is_filter = |value: &[u8]| filters.iter().any(|filter| filter.as_bytes() == value);
    Ok(changed.iter().zip(values).filter(|(_, value)| is_filter(value)).map(|(path, _)| *path).collect())
}

/// A tree that is clean but for what git would have to be started for in a submodule.
#[expect(clippy::disallowed_methods, reason = "this is where git is run")]
fn submodules(folder: &Path) -> Result<Tree, GitError> {
    let top = top(folder)?;
    let listed = git(&top, &["ls-files", "--stage", "-z"], b"")?;
    let paths = listed.split(|byte| *byte == 0).filter(|line| line.starts_with(b"160000 "));
    let mut paths = paths.filter_map(|line| line.splitn(2, |byte| *byte == b'\t').nth(1));
    let checked_out = paths.find(|path| top.join(path_of(path)).join(".git").symlink_metadata().is_ok());
    Ok(checked_out.map_or(Tree::Clean, |path| {
        let path = String::from_utf8_lossy(path);
        Tree::Unclear(format!("something may have changed in the submodule `{path}`, where git is not run"))
    }))
}
