//! `--since`: which packages of a run have files that changed since a commit, according to git. Only a package's own files
//! count, as for the version that a release tool raises; what depends on it did not change by that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::project::world::World;
use crate::project::world::git::{self, GitError, git, git_text};

/// Why it is not known what changed.
#[derive(Debug, thiserror::Error)]
pub enum SinceError {
    /// git knows no such commit.
    #[error(
        "`--since {reference}` does not name a commit in this repository; in a shallow clone, fetch it first \
            (actions/checkout: `fetch-depth: 0`)"
    )]
    NoCommit {
        /// As the user names it.
        reference: String,
    },
    /// git does not answer.
    #[error("`--since {reference}` cannot be used: {error}")]
    Git {
        /// As the user names it.
        reference: String,
        /// What git says.
        error: GitError,
    },
}

/// What changed since a commit.
#[derive(Debug)]
pub struct Changes {
    /// The commit, as the user names it.
    pub reference: String,
    files: Vec<PathBuf>,
}

impl Changes {
    /// Asks git what changed since `reference` branched off.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn since(world: &World, reference: &str) -> Result<Self, SinceError> {
        Ok(Self { reference: reference.to_owned(), files: changed(&world.cwd, reference)? })
    }

    /// For each of these folders of packages whether a file changed in it. A file belongs to the innermost package around it.
    pub fn of_folders(&self, world: &World, folders: &[&Path]) -> Vec<bool> {
        let real = |folder: &&Path| world.files.real_path(folder).unwrap_or_else(|_| folder.to_path_buf());
        let folders: Vec<PathBuf> = folders.iter().map(real).collect();
        let known: BTreeSet<&Path> = folders.iter().map(PathBuf::as_path).collect();
        let owner =
            |file: &PathBuf| file.ancestors().skip(1).find(|folder| known.contains(folder)).map(Path::to_path_buf);
        let changed: BTreeSet<PathBuf> = self.files.iter().filter_map(owner).collect();
        folders.iter().map(|folder| changed.contains(folder)).collect()
    }
}

/// Files that differ between the working tree and the commit at which `reference` and HEAD parted; new ones that are not
/// ignored count.
fn changed(folder: &Path, reference: &str) -> Result<Vec<PathBuf>, SinceError> {
    let unusable = |error| SinceError::Git { reference: reference.to_owned(), error };
    let top = git::top(folder).map_err(unusable)?;
    let wanted = format!("{reference}^{{commit}}");
    let commit = match git_text(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]) {
        Err(GitError::Failed { code: Some(1 | 128), .. }) => {
            return Err(SinceError::NoCommit { reference: reference.to_owned() });
        }
        commit => commit.map_err(unusable)?,
    };
    let base = git_text(folder, &["merge-base", &commit, "HEAD"]).map_err(unusable)?;
    let diff = git::changed_since(folder, &base).map_err(unusable)?;
    let args = ["ls-files", "--others", "--exclude-standard", "--full-name", "-z"];
    let new = git(&top, &args, b"").map_err(unusable)?;
    let paths = [diff, new].concat();
    let names = paths.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| top.join(git::path_of(name))).collect())
}
