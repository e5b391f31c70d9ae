//! How paths are shown: as the user would write them in the folder that the program was started in.

use std::path::{Path, PathBuf};

use super::world::World;

impl World {
    /// How a path is shown: relative to the folder that the program was started in where it lies in it, `~/…` where it lies
    /// in the home folder, with `/`.
    pub fn shown_path(&self, path: &Path) -> String {
        let from = &self.started_in;
        let shown = path.strip_prefix(from).map_or_else(
            |_| match path.strip_prefix(self.home()) {
                Ok(rest) if rest.components().next().is_some() => Path::new("~").join(rest),
                _ => relative(from, path).unwrap_or_else(|| path.to_path_buf()),
            },
            Path::to_path_buf,
        );
        shown.to_string_lossy().replace('\\', "/")
    }
}

/// `../x` when `path` is at most three folders up and over from `from`.
fn relative(from: &Path, path: &Path) -> Option<PathBuf> {
    let common = from.components().zip(path.components()).take_while(|(left, right)| left == right).count();
    let up = from.components().count() - common;
    if common < 2 || up > 3 {
        return None;
    }
    let mut shown: PathBuf = std::iter::repeat_n("..", up).collect();
    shown.extend(path.components().skip(common));
    Some(shown)
}
