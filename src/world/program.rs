//! Programs among the files: a hook is one, where its mode says so.

use std::io;
use std::path::Path;

use super::World;

impl World {
    /// Writes a program, and the folders above it.
    ///
    /// # Errors
    /// As [`std::fs::write`].
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn write_program(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    /// Whether a file may be run. Windows has no such mode: git runs every hook there.
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn is_program(&self, path: &Path) -> bool {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    }

    /// Whether a file may be run. Windows has no such mode: git runs every hook there.
    #[cfg(not(unix))]
    pub fn is_program(&self, path: &Path) -> bool {
        self.files.is_file(path)
    }
}
