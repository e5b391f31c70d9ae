//! How a file of the project gets new content: all of it or nothing, and only if it is still what was checked.

use std::io::{self, Write as _};
use std::path::Path;

use super::World;

/// Why a file keeps its content.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// It is not what was read before.
    #[error("it has changed since it was read")]
    Changed,
    /// A symbolic link, which may lead anywhere.
    #[error("it is a symbolic link")]
    Link,
    /// The system does not let it.
    #[error("{}", super::describe(.0.kind()))]
    System(#[from] io::Error),
}

impl World {
    /// Gives a file new content, if it has the old one. A new file takes its place and its permissions, so that nobody sees half
    /// of it.
    ///
    /// # Errors
    /// When it is a link, has other content, or cannot be written.
    #[expect(clippy::disallowed_methods, reason = "this is where the machine is touched")]
    pub fn replace(&self, path: &Path, old: &[u8], new: &[u8]) -> Result<(), ReplaceError> {
        if self.is_link(path) {
            return Err(ReplaceError::Link);
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".npm-preflight-new");
        let fresh = path.with_file_name(name);
        drop(std::fs::remove_file(&fresh));
        let written = (|| {
            // Before anything is in it: others may read it no sooner than the old one.
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&fresh)?;
            std::fs::set_permissions(&fresh, std::fs::metadata(path)?.permissions())?;
            file.write_all(new)?;
            file.sync_all()?;
            // As late as possible.
            let length = u64::try_from(old.len()).unwrap_or(u64::MAX);
            match self.files.read(path, length) {
                Ok(found) if found == old => Ok(std::fs::rename(&fresh, path)?),
                Ok(_) => Err(ReplaceError::Changed),
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(ReplaceError::Changed),
                Err(error) => Err(error.into()),
            }
        })();
        if written.is_err() {
            drop(std::fs::remove_file(&fresh));
        }
        written
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test looks at the disk")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_is_kept_and_no_temporary_remains() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::on_disk(BTreeMap::new(), folder.path().to_path_buf());
        let file = folder.path().join("package.json");
        std::fs::write(&file, "{}").unwrap();
        world.replace(&file, b"{}", b"[]").unwrap();
        for old in ["{}", "", "[", "[] "] {
            let refused = world.replace(&file, old.as_bytes(), b"1");
            assert!(matches!(refused, Err(ReplaceError::Changed)), "{old}: {refused:?}");
        }
        let missing = world.replace(&folder.path().join("x"), b"", b"1");
        assert!(matches!(missing, Err(ReplaceError::System(_))), "{missing:?}");
        assert_eq!(std::fs::read(&file).unwrap(), b"[]");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
