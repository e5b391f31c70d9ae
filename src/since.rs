//! `--since`: which packages of a run have files that changed since a commit, as git tells it. Only a package's own files
//! count, as for the version that a release tool raises; what depends on it did not change by that.

use std::path::{Path, PathBuf};

use crate::plan::PublishPlan;
use crate::world::World;
use crate::world::git::{self, GitError, git, git_text};

/// Why it cannot be told what changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinceError {
    /// git knows no such commit.
    #[error(
        "`--since {reference}` names no commit here; in a shallow clone fetch it first (actions/checkout: `fetch-depth: 0`)"
    )]
    NoCommit { reference: String },
    /// git does not answer.
    #[error("`--since {reference}` cannot be used: {error}")]
    Git { reference: String, error: GitError },
}

/// Marks the packages of the run that did not change since `reference` branched off.
///
/// # Errors
/// When git cannot tell.
pub(crate) fn mark(plans: &mut [PublishPlan], world: &World, reference: &str) -> Result<(), SinceError> {
    let changed = changed(&world.cwd, reference)?;
    let real = |folder: &Path| world.files.real_path(folder).unwrap_or_else(|_| folder.to_path_buf());
    let folders: Vec<PathBuf> = plans.iter().map(|plan| real(&plan.manifest.folder)).collect();
    for (plan, own) in plans.iter_mut().zip(&folders) {
        // A file belongs to the innermost package around it.
        let is_inner = |folder: &&PathBuf| *folder != own && folder.starts_with(own);
        let inner: Vec<_> = folders.iter().filter(is_inner).collect();
        let is_own = |path: &PathBuf| path.starts_with(own) && !inner.iter().any(|folder| path.starts_with(folder));
        let can_tell = plan.obstacle.is_none() && !plan.manifest.is_packed;
        if can_tell && !changed.iter().any(is_own) {
            plan.unchanged_since = Some(reference.to_owned());
        }
    }
    Ok(())
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
