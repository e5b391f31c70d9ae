//! What pnpm finds installed beside a package, or in the folders that it names, for its `workspace:` dependencies: their
//! package.json has the version.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::project::manifest::{Broken, Manifest};
use crate::project::world::World;
use crate::text::json::Value;

/// How many are looked at. A package has a few dozen.
const MOST: usize = 500;

/// The folders of a package's `workspace:` dependencies.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// The folder of the package.
    pub folder: PathBuf,
    found: BTreeMap<String, Link>,
}

/// What one of these folders holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A package.
    Package {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// No package, or one without a name or a version.
    Nothing,
    /// It was not looked at, or cannot be read.
    Unread,
}

impl Linked {
    /// Looks into the folders of a package's dependencies: `wanted` has their names and what follows `workspace:`. Paths
    /// count from the folder that is packed, what is installed lies in the package's own (seen with pnpm 12.21.0).
    pub fn read<'a>(
        world: &World,
        folder: &Path,
        own_folder: &Path,
        wanted: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut linked = Self { folder: folder.to_owned(), found: BTreeMap::new() };
        for (name, rest) in wanted {
            let path = is_relative(rest).then(|| rest.to_owned());
            for (path, from) in path.map(|path| (path, folder)).into_iter().chain([(installed(name), own_folder)]) {
                if linked.found.len() < MOST && !linked.found.contains_key(&path) {
                    let link = look(world, &world.resolve(from.join(&path)));
                    linked.found.insert(path, link);
                }
            }
        }
        linked
    }

    /// What is in `node_modules` under that name.
    pub fn installed(&self, name: &str) -> &Link {
        self.at(&installed(name))
    }

    /// What is in that folder, seen from the package.
    pub fn at(&self, path: &str) -> &Link {
        self.found.get(path).unwrap_or(&Link::Unread)
    }
}

fn installed(name: &str) -> String {
    format!("node_modules/{name}")
}

fn look(world: &World, folder: &Path) -> Link {
    let manifest = Manifest::read(world, folder);
    let text = |key| manifest.field(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    match (&manifest.broken, text("name"), text("version")) {
        (None, Some(name), Some(version)) => Link::Package { name, version },
        (None | Some(Broken::Missing { .. }), ..) => Link::Nothing,
        _ => Link::Unread,
    }
}

/// Whether it begins like a path from the folder of the package.
pub(super) fn is_relative(range: &str) -> bool {
    range.starts_with("./") || range.starts_with("../")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_resolve_from_the_own_folder_and_paths_from_the_packed_one() {
        let files = [
            ("/a/node_modules/b/package.json", r#"{"name":"b","version":"2.0.0"}"#),
            ("/a/b/package.json", r#"{"name":"b","version":"3.0.0"}"#),
        ];
        let world = World::memory(&files, &[]);
        let package = |version: &str| Link::Package { name: "b".to_owned(), version: version.to_owned() };
        let read = |folder: &str| Linked::read(&world, Path::new(folder), Path::new("/a"), [("b", "../b")].into_iter());
        assert_eq!(
            (read("/a/dist").installed("b"), read("/a/dist").at("../b")),
            (&package("2.0.0"), &package("3.0.0"))
        );
    }
}
