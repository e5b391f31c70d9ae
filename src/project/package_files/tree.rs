//! The folders of a package as they are on the disk, each listed once, and no more of them than a run can hold.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::ListError;
use crate::project::world::{Entry, EntryKind, World, limit, read};

/// How many entries of folders are looked at. A registry takes some ten thousand files.
const MAX_ENTRIES: usize = 500_000;
/// How deep folders may lie.
const MAX_DEPTH: usize = 100;
/// What a look at the disk takes, in steps of patterns.
pub(super) const LOOK: usize = 200;

/// The disk, as far as it was looked at.
pub(super) struct Tree<'a> {
    pub(super) world: &'a World,
    left: Cell<usize>,
    listed: RefCell<HashMap<PathBuf, Rc<[Entry]>>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, left: Cell::new(MAX_ENTRIES), listed: RefCell::default() }
    }

    /// What is in a folder.
    ///
    /// # Errors
    /// When it cannot be listed, or there is too much.
    pub(super) fn entries(&self, folder: &Path) -> Result<Rc<[Entry]>, ListError> {
        if let Some(known) = self.listed.borrow().get(folder) {
            return Ok(Rc::clone(known));
        }
        let left = self.left.get();
        let entries = self.world.files.entries(folder, left + 1).map_err(|error| self.refused(folder, error.kind()))?;
        if entries.len() > left {
            return Err(ListError::Unknown(format!("the folders contain more than {MAX_ENTRIES} entries")));
        }
        self.left.set(left - entries.len());
        let entries: Rc<[Entry]> = entries.into();
        self.listed.borrow_mut().insert(folder.to_path_buf(), Rc::clone(&entries));
        Ok(entries)
    }

    /// # Errors
    /// Deeper than folders are looked at.
    pub(super) fn deeper(depth: usize) -> Result<usize, ListError> {
        if depth < MAX_DEPTH {
            return Ok(depth + 1);
        }
        Err(ListError::Unknown(format!("the folders are nested more than {MAX_DEPTH} deep")))
    }

    /// What is at a path, without following a link at its end.
    pub(super) fn kind(&self, path: &Path) -> Option<EntryKind> {
        self.world.files.kind(path).ok()
    }

    /// The text of an ignore file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn text(&self, path: &Path) -> Result<String, ListError> {
        match self.world.files.read(path, limit::PROGRAM) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if read::is_unread(error.kind()) => {
                let (path, why) = (self.world.shown_path(path), read::describe(error.kind()));
                Err(ListError::Unknown(format!("`{path}` was not read: {why}")))
            }
            Err(error) => Err(self.refused(path, error.kind())),
        }
    }

    fn refused(&self, path: &Path, kind: ErrorKind) -> ListError {
        ListError::unread(self.world, path, kind)
    }
}
