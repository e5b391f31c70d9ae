//! Git, run as a program: the index and the objects have more forms than are worth reading by hand. Nothing here writes to
//! a repository.
//!
//! The checkout may be hostile, and a repository's configuration can name programs for git to run: a file system monitor,
//! filters, hooks, and what transports the objects of a partial clone. So git is started in one place, [`command`], with
//! all of them shut. The user's own configuration and `safe.directory` stay in force: where git refuses a repository,
//! the refusal is the answer.

mod objects;
mod state;

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub use objects::{Kind, Object, Objects};
pub(super) use state::state;
pub use state::{Behind, Head, State, Tree};

use super::program;

/// The most that is read of git's standard output, in bytes.
const MOST_OUTPUT: u64 = 64 * 1024 * 1024;

/// The most that is read of git's standard error, in bytes.
const MOST_COMPLAINT: u64 = 16 * 1024;

/// The most that is quoted of git's standard error, in characters.
const MOST_QUOTED: usize = 300;

/// Settings for every git. Those of the command line count as protected ones, as `safe.bareRepository` must.
const SHUT: [&str; 9] = [
    // A pull request can commit a bare repository as plain files.
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    // git before 2.45 does not know GIT_NO_LAZY_FETCH.
    "protocol.allow=never",
    "core.sshCommand=false",
    "credential.helper=",
    "core.askPass=",
    "core.alternateRefsCommand=",
    "core.pager=cat",
];

/// Variables of the user's own configuration, which are passed on. All others that begin with `GIT_` are not, but for
/// [`OF_A_HOOK`].
const OF_THE_USER: [&str; 6] = [
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_PARAMETERS",
];

/// Variables that name the repository in a hook, which are passed on, too.
const OF_A_HOOK: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

/// Why git did not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be started.
    #[error("cannot run git: {0}; is it on PATH, outside the project and `node_modules/.bin`?")]
    Missing(io::Error),
    /// What it prints could not be read, or what it reads could not be written.
    #[error("cannot read git's output: {0}")]
    Broken(io::Error),
    /// The repository belongs to another user.
    #[error(
        "git does not trust the repository `{folder}`, which belongs to another user; if you do, run \
         `git config --global --add safe.directory {folder}`"
    )]
    Untrusted {
        /// The repository as git names it.
        folder: String,
    },
    /// A bare repository that no variable names: any folder of files can look like one.
    #[error("`{folder}` looks like a bare git repository, whose configuration is not trusted; run this somewhere else")]
    Bare {
        /// The folder.
        folder: String,
    },
    /// It printed more than is read.
    #[error("`git {command}` printed more than {} MB", MOST_OUTPUT / 1024 / 1024)]
    TooMuch {
        /// The arguments.
        command: String,
    },
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
/// When it cannot be started, fails, or prints more than is read.
pub fn git(folder: &Path, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
    run(command(folder)?, args, input)
}

/// The same for a command that prints one value, or a list of lines: without the last line's end.
///
/// # Errors
/// As [`git`].
pub fn git_text(folder: &Path, args: &[&str]) -> Result<String, GitError> {
    git(folder, args, b"").map(|printed| text(&printed))
}

/// What git says of its own hooks, whose folder is otherwise hidden from it. Only for `config` and `rev-parse`, which
/// run none.
///
/// # Errors
/// As [`git`].
pub fn git_on_hooks(folder: &Path, args: &[&str]) -> Result<String, GitError> {
    let command = with_settings(folder, |setting| !setting.starts_with("core.hooksPath"))?;
    run(command, args, b"").map(|printed| text(&printed))
}

fn text(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).trim_end_matches('\n').to_owned()
}

/// The names of files that differ between the working tree and a commit, each ended by a zero byte.
///
/// # Errors
/// As [`git`].
pub fn changed_since(folder: &Path, commit: &str) -> Result<Vec<u8>, GitError> {
    let command = without_filters(command(folder)?, &filters(folder)?);
    let args = [
        "diff",
        "--name-only",
        "--no-renames",
        "--no-relative",
        "--no-ext-diff",
        "--no-textconv",
        // No git is started in a submodule, which has a configuration of its own.
        "--ignore-submodules=dirty",
        "-O/dev/null",
        "-z",
        commit,
        "--",
    ];
    run(command, &args, b"")
}

/// To compare files git may run the filters that the repository's configuration names for them: each gets none. What a
/// filter would have evened out then counts as changed.
fn without_filters(mut command: Command, filters: &[String]) -> Command {
    command.env("NPM_PREFLIGHT_NO_FILTER", "").env("NPM_PREFLIGHT_NOT_REQUIRED", "false");
    for filter in filters {
        for key in ["clean", "smudge", "process"] {
            command.arg(format!("--config-env=filter.{filter}.{key}=NPM_PREFLIGHT_NO_FILTER"));
        }
        command.arg(format!("--config-env=filter.{filter}.required=NPM_PREFLIGHT_NOT_REQUIRED"));
    }
    command
}

/// The filters that git's configuration has here.
fn filters(folder: &Path) -> Result<Vec<String>, GitError> {
    let listed = match git(folder, &["config", "--null", "--name-only", "--get-regexp", r"^filter\."], b"") {
        // There is none.
        Err(GitError::Failed { code: Some(1), .. }) => return Ok(Vec::new()),
        listed => listed?,
    };
    let listed = String::from_utf8_lossy(&listed);
    let name = |key: &str| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned());
    let mut names: Vec<String> = listed.split('\0').filter_map(name).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// The top of the working tree around a folder.
///
/// # Errors
/// As [`git`].
pub fn top(folder: &Path) -> Result<PathBuf, GitError> {
    let printed = git(folder, &["rev-parse", "--show-toplevel"], b"")?;
    Ok(path_of(printed.strip_suffix(b"\n").unwrap_or(&printed)))
}

/// A path as git prints it: any bytes on Unix, UTF-8 on Windows.
#[cfg(unix)]
pub fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// A path as git prints it: any bytes on Unix, UTF-8 on Windows.
#[cfg(not(unix))]
pub fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Whether the repository around a file tracks it.
pub(super) fn tracks(path: &Path) -> Result<bool, GitError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(false) };
    let mut command = command(folder)?;
    // A hook's variables may name another repository.
    for name in OF_A_HOOK {
        command.env_remove(name);
    }
    refuse_bare(folder)?;
    // A name is no pattern.
    command.env("GIT_LITERAL_PATHSPECS", "1").args(["ls-files", "--error-unmatch", "--"]).arg(name);
    match run(command, &[], b"") {
        Ok(_) => Ok(true),
        Err(GitError::Failed { code: Some(1), .. }) => Ok(false),
        Err(GitError::Failed { code, message, .. }) => {
            Err(GitError::Failed { command: "ls-files".to_owned(), code, message })
        }
        Err(error) => Err(error),
    }
}

/// A git with everything shut, without its arguments.
fn command(folder: &Path) -> Result<Command, GitError> {
    with_settings(folder, |_| true)
}

/// A git with those of the settings of [`SHUT`] that are selected.
fn with_settings(folder: &Path, is_selected: impl Fn(&str) -> bool) -> Result<Command, GitError> {
    let mut command = plain(folder)?;
    for setting in SHUT.iter().filter(|setting| is_selected(setting)) {
        command.args(["-c", setting]);
    }
    Ok(command)
}

/// Whether git may see a variable of the environment.
fn is_passed_on(name: &str) -> bool {
    const CONFIGURATION: [&str; 3] = ["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"];
    if !name.starts_with("GIT_") {
        return name != "SSH_ASKPASS";
    }
    OF_THE_USER.contains(&name)
        || OF_A_HOOK.contains(&name)
        || CONFIGURATION.iter().any(|start| name.starts_with(start))
}

#[expect(clippy::disallowed_methods, reason = "this is where git is run")]
fn plain(folder: &Path) -> Result<Command, GitError> {
    let program = program::find("git", folder).map_err(GitError::Missing)?;
    let mut command = Command::new(program.file);
    let mut names_repository = false;
    for (name, value) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        names_repository |= shown == "GIT_DIR" && !value.is_empty();
        if !is_passed_on(&shown) {
            command.env_remove(&name);
        }
    }
    if !names_repository {
        refuse_bare(folder)?;
    }
    command.current_dir(folder).env("PATH", program.path);
    for (name, value) in [
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_ALLOW_PROTOCOL", "none"),
        ("GIT_PROTOCOL_FROM_USER", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("LC_ALL", "C"),
    ] {
        command.env(name, value);
    }
    command.args(["--no-pager", "--no-optional-locks", "--no-replace-objects"]);
    Ok(command)
}

/// git before 2.38 does not know `safe.bareRepository`.
#[expect(clippy::disallowed_methods, reason = "this is where git is run")]
fn refuse_bare(folder: &Path) -> Result<(), GitError> {
    for folder in folder.ancestors() {
        if folder.join(".git").symlink_metadata().is_ok() {
            return Ok(());
        }
        let looks_bare = folder.join("HEAD").symlink_metadata().is_ok()
            && folder.join("objects").is_dir()
            && folder.join("refs").is_dir();
        if looks_bare && folder.file_name() != Some(OsStr::new(".git")) {
            return Err(GitError::Bare { folder: folder.to_string_lossy().into_owned() });
        }
    }
    Ok(())
}

fn run(mut command: Command, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.args(args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(GitError::Missing)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (output, complaint) = std::thread::scope(|scope| {
        if let Some(mut stdin) = stdin {
            // Git may end before it has read everything; its exit code says so.
            scope.spawn(move || drop(stdin.write_all(input)));
        }
        let complaint = scope.spawn(move || stderr.map_or_else(Vec::new, complaint));
        let output = stdout.map_or_else(|| Ok(None), |stdout| bounded(stdout, &mut child));
        (output, complaint.join().unwrap_or_default())
    });
    let ended = child.wait().map_err(GitError::Broken)?;
    let command = args.join(" ");
    let Some(output) = output.map_err(GitError::Broken)? else { return Err(GitError::TooMuch { command }) };
    if ended.success() {
        return Ok(output);
    }
    Err(failure(command, ended.code(), &complaint))
}

/// All that a git prints; `None`: it is too much, and git was stopped.
fn bounded(stdout: impl Read, child: &mut Child) -> io::Result<Option<Vec<u8>>> {
    let mut output = Vec::new();
    let read = stdout.take(MOST_OUTPUT + 1).read_to_end(&mut output);
    if read.is_err() || output.len() as u64 > MOST_OUTPUT {
        drop(child.kill());
    }
    read?;
    Ok((output.len() as u64 <= MOST_OUTPUT).then_some(output))
}

/// The start of what git complains of; the rest is read, too, so that git can end.
fn complaint(mut stderr: impl Read) -> Vec<u8> {
    let mut start = Vec::new();
    drop(stderr.by_ref().take(MOST_COMPLAINT).read_to_end(&mut start));
    drop(io::copy(&mut stderr, &mut io::sink()));
    start
}

fn failure(command: String, code: Option<i32>, complaint: &[u8]) -> GitError {
    let text = String::from_utf8_lossy(complaint);
    let refusal = text.split_once("dubious ownership in repository at '").and_then(|(_, rest)| rest.split_once("'\n"));
    if let Some((folder, _)) = refusal {
        return GitError::Untrusted { folder: folder.to_owned() };
    }
    let message = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = match message.char_indices().nth(MOST_QUOTED) {
        Some((at, _)) => format!("{}…", &message[..at]),
        None => message,
    };
    GitError::Failed { command, code, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_of_another_user_is_reported_with_the_remedy() {
        let text = "fatal: detected dubious ownership in repository at '/a b'\nTo add an exception for this directory, call:\n";
        let error = failure("ls-files".to_owned(), Some(128), text.as_bytes());
        assert!(error.to_string().ends_with("`git config --global --add safe.directory /a b`"), "{error}");
    }

    #[test]
    fn a_long_error_from_git_is_shortened() {
        let error = failure("diff".to_owned(), Some(128), "é ".repeat(10_000).as_bytes());
        assert!(error.to_string().chars().count() < 400, "{error}");
    }
}
