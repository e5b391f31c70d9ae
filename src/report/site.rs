//! Where a code host can point: at files of the repository, named from its root. A place elsewhere (`~/.npmrc`, or above
//! the root) is named in the message, and the diagnostic is anchored at the package's manifest.

use std::path::Path;
use std::sync::Arc;

use crate::plan::PublishPlan;
use crate::project::world::World;
use crate::text::source::{Place, Source, Span};

/// The repository around the working directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    /// Its root, with `/`.
    root: String,
    /// From the root to the working directory: empty, or with `/` at the end.
    prefix: String,
}

impl Repository {
    /// The one that git knows, else the one that a CI service has checked out, else the working directory.
    pub fn around(world: &World) -> Self {
        let checked_out = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"].iter();
        let checked_out = || checked_out.filter_map(|name| world.filled_var(name)).map(Path::new);
        let root = world.repository(&world.cwd).or_else(|| checked_out().find(|root| world.cwd.starts_with(root)));
        let root = root.unwrap_or(&world.cwd);
        let slashes = |path: &Path| path.to_string_lossy().replace('\\', "/");
        let prefix = world.cwd.strip_prefix(root).map(slashes).unwrap_or_default();
        let prefix = if prefix.is_empty() { prefix } else { format!("{prefix}/") };
        Self { root: slashes(root), prefix }
    }

    /// A shown path from the root; `None`: it lies elsewhere.
    pub(super) fn path(&self, shown: &str) -> Option<String> {
        let drive = shown.as_bytes().get(1) == Some(&b':');
        let whole = if shown.starts_with('/') || drive {
            shown.strip_prefix(&self.root)?.strip_prefix('/')?.to_owned()
        } else if shown.is_empty() || shown.starts_with('~') {
            return None;
        } else {
            format!("{}{shown}", self.prefix)
        };
        let mut parts = Vec::new();
        for part in whole.split('/').filter(|part| !matches!(*part, "" | ".")) {
            match part {
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    /// What to call a file: its path from the root where it lies in the repository.
    pub(super) fn name(&self, shown: &str) -> String {
        self.path(shown).unwrap_or_else(|| shown.to_owned())
    }

    /// The place of a diagnostic: its own when that lies in the repository, else the name in the manifest.
    pub(super) fn anchor(&self, place: Option<&Place>, plan: Option<&PublishPlan>) -> Place {
        let is_inside = |source: &Source| self.path(source.path()).is_some();
        if let Some(place) = place.filter(|place| is_inside(&place.source)) {
            return place.clone();
        }
        match plan {
            Some(plan) if is_inside(&plan.package.manifest.source) => plan.package.manifest.place_of("name"),
            _ => Place::new(&Arc::new(Source::new("package.json", b"")), Span::at(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cwd: &str, files: &[(&str, &str)], env: &[(&str, &str)]) -> Repository {
        let mut world = World::memory(files, env);
        world.cwd = cwd.into();
        Repository::around(&world)
    }

    #[test]
    fn paths_are_named_from_the_root_of_the_repository() {
        let git = [("/repo/.git/HEAD", "")];
        for (files, env) in [(&git[..], &[][..]), (&[][..], &[("GITHUB_WORKSPACE", "/repo")][..])] {
            let repository = at("/repo/packages/a", files, env);
            for (shown, path) in [
                ("package.json", Some("packages/a/package.json")),
                ("./x/../package.json", Some("packages/a/package.json")),
                ("../../.npmrc", Some(".npmrc")),
                ("/repo/.npmrc", Some(".npmrc")),
                ("../../../.npmrc", None),
                ("/repository/.npmrc", None),
                ("~/.npmrc", None),
                ("C:/Users/a/.npmrc", None),
                ("", None),
            ] {
                assert_eq!(repository.path(shown).as_deref(), path, "{shown}");
            }
        }
    }

    #[test]
    fn without_a_repository_only_the_working_directory_counts() {
        for repository in [at("/p/a", &[], &[("GITHUB_WORKSPACE", "/q")]), Repository::default()] {
            assert_eq!(repository.path("a..b/.npmrc").as_deref(), Some("a..b/.npmrc"));
            assert_eq!(repository.path("../.npmrc"), None);
        }
    }
}
