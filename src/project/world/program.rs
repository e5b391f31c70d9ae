//! Programs: where one is looked for before it is started, and those that are written, as a hook is.
//!
//! A checkout may hold anything, and npm puts `node_modules/.bin` in front of PATH. So git and node are looked up here,
//! never by the operating system, and only where neither the project nor one of its dependencies can put a file.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::World;

/// A program to start.
pub(super) struct Program {
    /// The file.
    pub(super) file: PathBuf,
    /// PATH as the program is to see it: without the folders in which it was not looked for.
    pub(super) path: OsString,
}

/// Looks for `name` on PATH as [`trusted_folders`] leaves it; `cwd` is the folder in which it will run.
///
/// # Errors
/// When it is in none of these folders.
#[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
pub(super) fn find(name: &str, cwd: &Path) -> io::Result<Program> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let project = project_around(cwd, std::env::home_dir().as_deref(), Path::is_file, |path| {
        std::fs::symlink_metadata(path).is_ok()
    });
    let untrusted = untrusted(cwd, project, real);
    let folders = trusted_folders(&path, &untrusted, real);
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".com"] } else { &[""] };
    for folder in &folders {
        for ending in endings {
            let file = folder.join(format!("{name}{ending}"));
            if is_executable(&file) && !is_in_one_of(&real(&file), &untrusted) {
                let path = std::env::join_paths(&folders).map_err(io::Error::other)?;
                return Ok(Program { file, path });
            }
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "there is no such program"))
}

/// The path without links, as far as that can be known.
#[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The folders of a PATH in which neither the project nor a dependency can put a program: not the relative ones, not
/// those inside one of `untrusted`, no `node_modules/.bin`. `real` resolves the links of a folder.
pub(crate) fn trusted_folders(path: &OsStr, untrusted: &[PathBuf], real: impl Fn(&Path) -> PathBuf) -> Vec<PathBuf> {
    let is_outside = |folder: &Path| !folder.ends_with("node_modules/.bin") && !is_in_one_of(folder, untrusted);
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute() && is_outside(folder) && is_outside(&real(folder)))
        .collect()
}

/// The folders in which a checkout can put a program, with and without links.
fn untrusted(cwd: &Path, project: PathBuf, real: impl Fn(&Path) -> PathBuf) -> Vec<PathBuf> {
    let mut untrusted = vec![cwd.to_path_buf(), real(cwd), real(&project), project];
    // A run in `/` would otherwise find nothing anywhere.
    untrusted.retain(|folder| folder.parent().is_some());
    untrusted
}

fn is_in_one_of(path: &Path, folders: &[PathBuf]) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

/// The project around a folder: the repository, or the outermost folder with a package.json. The folder itself where
/// that would hold the home folder, which is full of the user's own programs.
pub(crate) fn project_around(
    cwd: &Path,
    home: Option<&Path>,
    is_file: impl Fn(&Path) -> bool,
    exists: impl Fn(&Path) -> bool,
) -> PathBuf {
    let holds_home = |folder: &&Path| home.is_some_and(|home| home.starts_with(folder));
    let around: Vec<&Path> = cwd.ancestors().take_while(|folder| !holds_home(folder)).collect();
    let repository = around.iter().find(|folder| exists(&folder.join(".git")));
    let package = || around.iter().rfind(|folder| is_file(&folder.join("package.json")));
    repository.or_else(package).map_or(cwd, |folder| *folder).to_path_buf()
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

impl World {
    /// Writes a program, and the folders above it. A symbolic link at `path` is replaced, not followed.
    ///
    /// # Errors
    /// As [`std::fs::write`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn write_program(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // A new file takes the old one's name: writing into the old one would follow a link to somewhere else.
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".npm-preflight-new");
        let new = path.with_file_name(name);
        drop(std::fs::remove_file(&new));
        std::fs::OpenOptions::new().write(true).create_new(true).open(&new)?.write_all(bytes)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755))?;
        }
        std::fs::rename(&new, path)
    }

    /// Whether a file may be run. Windows has no such mode: git runs every hook there.
    pub fn is_program(&self, path: &Path) -> bool {
        is_executable(path)
    }

    /// The folders of PATH in which a program is looked for.
    pub fn program_folders(&self) -> Vec<PathBuf> {
        let Some(path) = self.filled_var("PATH").or_else(|| self.filled_var("Path")) else { return Vec::new() };
        let is_file = |path: &Path| self.files.is_file(path);
        let project = project_around(&self.cwd, Some(&self.home()), is_file, |path| self.has(path));
        let real = |path: &Path| self.files.real_path(path).unwrap_or_else(|_| path.to_path_buf());
        trusted_folders(OsStr::new(path), &untrusted(&self.cwd, project, real), real)
    }

    /// Whether a symbolic link is at this path, wherever it leads.
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn is_link(&self, path: &Path) -> bool {
        std::fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(path: &[&str]) -> Vec<String> {
        let path = std::env::join_paths(path).unwrap();
        let real = |folder: &Path| match folder.to_str() {
            Some("/linked") => PathBuf::from("/project/tools"),
            _ => folder.to_path_buf(),
        };
        let folders = trusted_folders(&path, &[PathBuf::from("/project")], real);
        folders.iter().map(|folder| folder.display().to_string()).collect()
    }

    #[test]
    #[cfg(unix)]
    fn no_program_comes_from_the_project_a_dependency_or_a_relative_folder() {
        let path = ["", ".", "bin", "/project", "/project/bin", "/linked", "/home/a/node_modules/.bin", "/usr/bin"];
        assert_eq!(trusted(&path), ["/usr/bin"]);
        assert_eq!(trusted(&["/projects/bin", "/opt/node_modules/x"]), ["/projects/bin", "/opt/node_modules/x"]);
    }

    #[test]
    fn the_project_is_the_repository_or_the_outermost_package_but_not_the_home_folder() {
        let project = |there: &[&str]| {
            let exists = |path: &Path| there.iter().any(|known| Path::new(known) == path);
            project_around(Path::new("/home/a/x/y/z"), Some(Path::new("/home/a")), exists, exists).display().to_string()
        };
        assert_eq!(project(&["/home/a/x/.git", "/home/a/x/y/z/package.json"]), "/home/a/x");
        assert_eq!(project(&["/home/a/x/package.json", "/home/a/x/y/package.json"]), "/home/a/x");
        assert_eq!(project(&["/home/a/.git", "/home/a/package.json"]), "/home/a/x/y/z");
    }
}
