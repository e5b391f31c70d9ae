//! Git, run as a program: the index and the objects have more forms than are worth reading by hand. Nothing here writes to
//! a repository.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why git did not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be started.
    #[error("git cannot be run: {0}; is it on PATH?")]
    Missing(io::Error),
    /// It ended with a failure.
    #[error("`git {command}` failed: {message}")]
    Failed {
        /// The arguments.
        command: String,
        /// The exit code, when there is one.
        code: Option<i32>,
        /// What git said, on one line.
        message: String,
    },
}

/// What `git <args>` prints in a folder, given `input`. The variables of a hook stay: they name the repository that is
/// pushed from.
///
/// # Errors
/// When it cannot be started or fails.
pub fn git(folder: &Path, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
    run(command(folder, args), args, input)
}

/// The same for a command that prints one value, or a list of lines: without the last line's end.
///
/// # Errors
/// As [`git`].
pub fn git_text(folder: &Path, args: &[&str]) -> Result<String, GitError> {
    let printed = git(folder, args, b"")?;
    Ok(String::from_utf8_lossy(&printed).trim_end_matches('\n').to_owned())
}

/// The top of the working tree around a folder.
///
/// # Errors
/// As [`git`].
pub fn top(folder: &Path) -> Result<PathBuf, GitError> {
    git_text(folder, &["rev-parse", "--show-toplevel"]).map(PathBuf::from)
}

/// Whether the repository around a file tracks it; `None`: git is not there or fails.
pub(super) fn tracks(path: &Path) -> Option<bool> {
    let name = path.file_name()?.to_str()?;
    // In CI the repository often belongs to another user. With `fsmonitor` its settings may name a program.
    let args = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--", name];
    let mut command = command(path.parent()?, &args);
    // A hook's variables may name another repository.
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    match run(command, &args, b"") {
        Ok(_) => Some(true),
        Err(GitError::Failed { code: Some(1), .. }) => Some(false),
        Err(_) => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where git is run")]
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(args).current_dir(folder);
    command
}

fn run(mut command: Command, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut child =
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(GitError::Missing)?;
    let output = std::thread::scope(|scope| {
        if let Some(mut stdin) = child.stdin.take() {
            // Git may end before it has read everything; its exit code tells.
            scope.spawn(move || drop(stdin.write_all(input)));
        }
        child.wait_with_output()
    });
    let output = output.map_err(GitError::Missing)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    Err(GitError::Failed { command: args.join(" "), code: output.status.code(), message })
}
