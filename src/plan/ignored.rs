//! Whether the .npmignore of a workspace's root keeps its members out of its tarball: one that came with a template and
//! names other things says nothing of them. The patterns are read as far as they name whole folders.

use std::path::Path;

use crate::manifest::Manifest;
use crate::npm_config::glob::{Options, matches};
use crate::npm_config::workspaces::workspaces;
use crate::world::World;

/// It names the folder of every member, or one above it. Where the members cannot be told, any file will do.
pub(super) fn leaves_members_out(world: &World, root: &Manifest) -> bool {
    let Ok(bytes) = world.files.read(&root.folder.join(".npmignore"), crate::world::limit::PROGRAM) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let patterns: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!'])).collect();
    let Ok(members) = workspaces(world, &root.folder, root) else { return true };
    members.iter().all(|member| {
        let folder = member.folder.strip_prefix(&root.folder).unwrap_or(&member.folder);
        let above: Vec<&Path> = folder.ancestors().filter(|folder| folder.file_name().is_some()).collect();
        patterns.iter().any(|pattern| above.iter().any(|folder| names(pattern, folder)))
    })
}

fn names(pattern: &str, folder: &Path) -> bool {
    let written = pattern.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    let path = folder.to_string_lossy().replace('\\', "/");
    let options = Options { dot: true, ..Options::default() };
    match written.strip_prefix('/') {
        _ if written.is_empty() => false,
        Some(anchored) => matches(&path, anchored, options),
        None if written.contains('/') => matches(&path, written, options),
        None => path.rsplit('/').next().is_some_and(|name| matches(name, written, options)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_that_names_every_member_leaves_them_out() {
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
            assert_eq!(leaves_members_out(&world, &manifest), expected, "{text}");
        }
    }
}
