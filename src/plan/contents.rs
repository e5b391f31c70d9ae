//! The files that would be in the package, with what rules and reports want to know of them.

use std::path::Path;

use crate::npm::release::NpmRelease;
use crate::project::manifest::Manifest;
use crate::project::npm_config::workspaces::workspaces;
use crate::project::package_files::{self, ListError, Package, Packer};
use crate::project::world::World;
use crate::publisher::{Client, Manager};

/// What is packed.
#[derive(Debug, Default)]
pub struct Contents {
    /// The files, sorted by their paths.
    pub files: Vec<PackedFile>,
}

/// A file in the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedFile {
    /// Its path from the package on, with `/`.
    pub path: String,
    /// In bytes; `None`: not known.
    pub size: Option<u64>,
    /// Somebody may run it.
    pub is_executable: bool,
}

/// Who packs the package.
fn packer(client: Option<&Client>, npm: &NpmRelease) -> Packer {
    match client.and_then(Client::other) {
        None | Some(Manager::Npm) => Packer::Npm(npm.clone()),
        Some(Manager::Pnpm) => Packer::Pnpm,
        Some(Manager::Yarn) => Packer::Yarn,
        Some(Manager::Bun) => Packer::Bun,
    }
}

impl Contents {
    /// Those of a folder.
    ///
    /// # Errors
    /// When the package manager stops, or it is not known what it packs.
    pub(super) fn read(
        world: &World,
        manifest: &Manifest,
        prefix: &Path,
        selected: &[&Path],
        client: Option<&Client>,
        npm: &NpmRelease,
    ) -> Result<Self, ListError> {
        let members = manifest.field("workspaces").and_then(|_| workspaces(world, &manifest.folder, manifest).ok());
        let members: Vec<_> = members.into_iter().flatten().map(|member| member.folder).collect();
        let package = Package { world, manifest, prefix, selected, members: &members };
        let packed = package_files::list(&packer(client, npm), &package)?;
        let mut files = Vec::with_capacity(packed.files.len());
        for path in packed.files {
            let stat = world.files.stat(&manifest.folder.join(&path)).ok();
            files.push(PackedFile {
                size: stat.map(|stat| stat.size),
                // npm gives commands the right, and finds them in the package's own folder alone (pacote,
                // lib/util/is-package-bin.js).
                is_executable: stat.is_some_and(|stat| stat.is_executable)
                    || !path.contains('/') && packed.bin.contains(&path),
                path,
            });
        }
        Ok(Self { files })
    }
}
