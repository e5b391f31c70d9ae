//! Whether the .npmignore of a workspace's root keeps its members out of its tarball: one that came with a template and
//! names other things says nothing of them. The patterns are read as far as they name whole folders.

use std::path::Path;

use crate::npm::glob::{Glob, Options, PatternError, Steps, cut};
use crate::project::manifest::Manifest;
use crate::project::npm_config::workspaces::member_folders;
use crate::project::world::World;

/// It names the folder of every member, or one above it. Where that is not known, any file will do.
pub(super) fn leaves_members_out(world: &World, root: &Manifest, steps: &Steps) -> bool {
    let Ok(bytes) = world.files.read(&root.folder.join(".npmignore"), crate::project::world::limit::PROGRAM) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let patterns: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!'])).collect();
    let Ok(members) = member_folders(world, &root.folder, root) else { return true };
    let folders = members.iter().map(|folder| folder.strip_prefix(&root.folder).unwrap_or(folder));
    let _lent = steps.lend();
    leave_out(&patterns, folders, steps).unwrap_or(true)
}

/// Whether one of the patterns names each of the folders, or one above it.
fn leave_out<'f>(
    patterns: &[&str],
    folders: impl Iterator<Item = &'f Path>,
    steps: &Steps,
) -> Result<bool, PatternError> {
    let patterns = patterns.iter().filter_map(|pattern| Ignored::read(pattern, steps).transpose());
    let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
    for folder in folders {
        let mut is_named = false;
        for above in folder.ancestors().filter(|folder| folder.file_name().is_some()) {
            for pattern in &patterns {
                is_named = is_named || pattern.names(above, steps)?;
            }
        }
        if !is_named {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A pattern of an ignore file, without what stands for the files in a folder.
struct Ignored {
    glob: Glob,
    /// It is compared with the last name of a path.
    is_name: bool,
}

impl Ignored {
    fn read(pattern: &str, steps: &Steps) -> Result<Option<Self>, PatternError> {
        let written = pattern.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
        if written.is_empty() {
            return Ok(None);
        }
        let anchored = written.strip_prefix('/');
        let options = Options { dot: true, ..Options::default() };
        let glob = Glob::new(anchored.unwrap_or(written), options, steps)?;
        Ok(Some(Self { glob, is_name: anchored.is_none() && !written.contains('/') }))
    }

    fn names(&self, folder: &Path, steps: &Steps) -> Result<bool, PatternError> {
        steps.spend(16)?;
        let path = folder.to_string_lossy().replace('\\', "/");
        let path = if self.is_name { path.rsplit('/').next().unwrap_or_default() } else { &path };
        self.glob.matches(&cut(path), steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignore_file_excludes_the_members_only_if_it_covers_all() {
        let root = r#"{"workspaces":["packages/*","tools/cli"]}"#;
        for (text, expected) in [
            ("packages\ntools\n", true),
            ("/packages/\ntools/cli\n", true),
            ("packages/**\ntools/*\n", true),
            ("*\n!lib\n", true),
            ("# packages\n!packages\ntools\n", false),
            ("packages\n", false),
            (".github\n*.test.js\nnode_modules\n", false),
            ("", false),
        ] {
            let files = [
                ("/project/package.json", root),
                ("/project/packages/a/package.json", "{}"),
                ("/project/tools/cli/package.json", "{}"),
                ("/project/.npmignore", text),
            ];
            let world = World::memory(&files, &[]);
            let manifest = Manifest::read(&world, Path::new("/project"));
            assert_eq!(leaves_members_out(&world, &manifest, &Steps::default()), expected, "{text}");
        }
    }
}
