//! What npm reads of a folder before it packs it (npm-packlist 10, lib/index.js; ignore-walk 8): it stops at what it cannot.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::discover::Obstacle;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin};
use crate::project::overridden::OverriddenBundle;
use crate::project::world::World;
use crate::publisher::npm::Settings;

/// What npm packs whatever `files` and the ignore files say, as it is mostly spelt; and what `main` names.
const ALWAYS: [&str; 7] = ["README.md", "README", "readme.md", "LICENSE", "LICENSE.md", "LICENCE", "COPYING"];

/// The ignore file in the folder itself, or for a workspace in a folder above it, or a file that is always packed, that is
/// there and cannot be read.
pub(super) fn unreadable_file(
    world: &World,
    manifest: &Manifest,
    workspace: bool,
    config: &NpmConfig,
) -> Option<String> {
    let own = &manifest.folder;
    if manifest.is_packed || manifest.broken.is_some() {
        return None;
    }
    let files = [".npmignore", ".gitignore"];
    // Of the folder itself npm reads both, of those above a workspace the first that is there.
    let here = files.into_iter().map(|file| own.join(file)).find(|file| world.is_unreadable(file));
    let root = &config.local_prefix;
    let above = own.ancestors().skip(1).take_while(|folder| workspace && folder.starts_with(root));
    let first = |folder: &Path| {
        let mut there = files.into_iter().map(|file| folder.join(file));
        there.find(|file| world.files.is_file(file) || world.is_unreadable(file))
    };
    // npm makes a pattern of it, and other ignore files may have their say in other folders.
    let is_plain = |main: &&str| !main.contains(['/', '\\', '*', '?', '[', '{', '!', '#', '(']);
    let main = manifest.field("main").and_then(crate::text::json::Value::as_str).filter(is_plain);
    let packed = || ALWAYS.into_iter().chain(main).map(|file| own.join(file)).find(|file| is_forbidden(world, file));
    let found = here.or_else(|| above.filter_map(first).find(|file| world.is_unreadable(file))).or_else(packed)?;
    Some(world.shown_path(&found))
}

/// A file, and no link, which npm would not pack, that this user may not read.
fn is_forbidden(world: &World, file: &Path) -> bool {
    let is_link = || file.parent().is_none_or(|folder| world.files.real_path(file).ok() != real(world, folder, file));
    world.files.is_file(file)
        && world.files.readable(file).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        && !is_link()
}

/// Where it would lie if it were no link.
fn real(world: &World, folder: &Path, file: &Path) -> Option<PathBuf> {
    Some(world.files.real_path(folder).ok()?.join(file.file_name()?))
}

/// What npm refuses to bundle, in a folder that it packs.
pub(super) fn overridden_bundle(
    world: &World,
    obstacle: Option<&Obstacle>,
    manifest: &Manifest,
    npm: &Version,
) -> OverriddenBundle {
    let is_packed_here = obstacle.is_none() && !manifest.is_packed;
    if is_packed_here && NpmRelease::of(npm).refuses_overridden_bundles() {
        OverriddenBundle::read(world, manifest)
    } else {
        OverriddenBundle::None
    }
}

/// npm reads it together with package.json; the other layers' are read with the configuration.
pub(super) fn unreadable_cafile(world: &World, settings: &Settings<'_>) -> Option<Origin> {
    let (value, origin) = settings.effective("cafile")?;
    let path = value.as_text().filter(|path| !path.is_empty() && matches!(origin, Origin::Manifest { .. }))?;
    world.is_unreadable(&world.resolve(path)).then_some(origin)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::commands::testing::Scene;
    use crate::project::world::Files;

    /// Files of which one may not be read.
    struct Guarded {
        world: World,
        forbidden: &'static str,
        link: bool,
    }

    impl Files for Guarded {
        fn read(&self, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
            if path == Path::new(self.forbidden) {
                return Err(ErrorKind::PermissionDenied.into());
            }
            self.world.files.read(path, at_most)
        }
        fn is_file(&self, path: &Path) -> bool {
            self.world.files.is_file(path)
        }
        fn is_dir(&self, path: &Path) -> bool {
            self.world.files.is_dir(path)
        }
        fn list(&self, path: &Path) -> io::Result<Vec<String>> {
            self.world.files.list(path)
        }
        fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
            let leads = self.link && path == Path::new(self.forbidden);
            Ok(if leads { PathBuf::from("/elsewhere") } else { path.to_path_buf() })
        }
        fn git_tracks(&self, path: &Path) -> Result<bool, crate::project::world::git::GitError> {
            self.world.files.git_tracks(path)
        }
    }

    #[test]
    fn what_is_packed_in_any_case_must_be_readable() {
        let plan = Scene::new(r#"{"name":"left-lodge","version":"1.0.0","main":"index.js","files":["x"]}"#).plan();
        let found = |forbidden: &'static str, link| {
            let world = || World::memory(&[(forbidden, "")], &[]);
            let files = Guarded { world: world(), forbidden, link };
            let cwd = world().cwd;
            unreadable_file(
                &world().with_files(Box::new(files), cwd),
                &plan.package.manifest,
                plan.package.workspace,
                &plan.config,
            )
        };
        for path in ["/project/README.md", "/project/LICENSE", "/project/index.js", "/project/.npmignore"] {
            assert!(found(path, false).is_some(), "{path}");
        }
        assert_eq!(found("/project/README.md", true), None, "npm packs no links");
        for path in ["/project/notes.md", "/project/lib/other.js", "/README.md"] {
            assert_eq!(found(path, false), None, "{path}");
        }
    }
}
