//! The package manager of the project: the one that the user says publishes, else the one that the project names, in
//! `packageManager` or `devEngines.packageManager` of the root's package.json or by its lockfile. What it does otherwise than
//! npm matters when it is the one that publishes; a project that installs with it may still publish with npm.

use clap::ValueEnum as _;

use super::manager::Manager;
use super::own_settings::OwnSettings;
use super::yarn_lock::YarnLock;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::publisher::dependencies::local::Local;
use crate::text::json::Value;
use crate::text::source::Place;

/// What says which one it is.
#[derive(Clone, Debug)]
pub enum NamedBy {
    /// `--client`: it publishes.
    User,
    /// A field of package.json: it installs, and may publish.
    Field(Place),
    /// A lockfile: likewise.
    File(&'static str),
}

/// The one that is told.
#[derive(Clone, Debug)]
pub struct Client {
    /// Which.
    pub manager: Manager,
    /// `None`: not told, or a range.
    pub version: Option<Version>,
    /// What tells it.
    pub named_by: NamedBy,
    /// What it reads beside or instead of npm's configuration, when it publishes.
    pub own: Option<OwnSettings>,
    /// What it replaces in dependencies, when it publishes.
    pub local: Option<Local>,
    /// What it has to know of a workspace, when it publishes.
    pub lockfile: Option<YarnLock>,
}

/// Files that one of them alone writes.
const FILES: [(&str, Manager); 6] = [
    ("pnpm-workspace.yaml", Manager::Pnpm),
    ("pnpm-lock.yaml", Manager::Pnpm),
    ("yarn.lock", Manager::Yarn),
    ("bun.lock", Manager::Bun),
    ("bun.lockb", Manager::Bun),
    ("package-lock.json", Manager::Npm),
];

impl Client {
    /// What is told of the project with that package.json, there or in a folder above it in the same repository; `None`:
    /// nothing.
    pub fn read(world: &World, root: &Manifest, publisher: Option<Manager>) -> Option<Self> {
        let told = publisher.map(|manager| Self {
            manager,
            version: None,
            named_by: NamedBy::User,
            own: None,
            local: None,
            lockfile: None,
        });
        let top = world.repository(&root.folder).unwrap_or(&root.folder);
        let mut above = root.folder.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
        let found =
            Self::at(world, root).or_else(|| above.find_map(|folder| Self::at(world, &Manifest::read(world, folder))));
        let client = match (told, found) {
            (Some(told), Some(found)) if told.manager == found.manager => Self { named_by: NamedBy::User, ..found },
            (told, found) => told.or(found)?,
        };
        let own = OwnSettings::of(world, &client, &root.folder);
        let publisher = client.other().filter(|_| client.replaces_dependencies());
        let local = publisher.map(|manager| Local::read(world, &root.folder, manager, client.version.clone()));
        let lockfile = YarnLock::read(world, &client, &root.folder);
        Some(Self { own, local, lockfile, ..client })
    }

    fn at(world: &World, manifest: &Manifest) -> Option<Self> {
        Self::of_manifest(manifest).or_else(|| {
            let (file, manager) = FILES.iter().find(|(file, _)| world.files.is_file(&manifest.folder.join(file)))?;
            Some(Self {
                manager: *manager,
                version: None,
                named_by: NamedBy::File(file),
                own: None,
                local: None,
                lockfile: None,
            })
        })
    }

    /// What a root's package.json says; `None`: nothing, or a name that is not known here.
    fn of_manifest(root: &Manifest) -> Option<Self> {
        let field = root.field("packageManager").filter(|field| field.as_str().is_some());
        let (name, version, span) = if let Some(field) = field {
            let (name, version) = field.as_str()?.split_once('@')?;
            (name, Some(version), field.span())
        } else {
            let tool = root.field("devEngines")?.get("packageManager")?;
            (tool.get("name")?.as_str()?, tool.get("version").and_then(Value::as_str), tool.span())
        };
        let manager = Manager::from_str(name, false).ok()?;
        // Corepack's `+sha512.…` reads as build metadata.
        let version = version.and_then(|text| Version::valid(text, false));
        Some(Self {
            manager,
            version,
            named_by: NamedBy::Field(root.place(span)),
            own: None,
            local: None,
            lockfile: None,
        })
    }

    /// It is known to publish, not only to install.
    pub const fn publishes(&self) -> bool {
        matches!(self.named_by, NamedBy::User)
    }

    /// Which one publishes, where it is known not to be npm.
    pub fn other(&self) -> Option<Manager> {
        (self.publishes() && self.manager != Manager::Npm).then_some(self.manager)
    }

    /// It is known to be older than the first of that major version.
    pub fn is_before(&self, major: u64) -> bool {
        self.version.as_ref().is_some_and(|version| *version < Version::new(major, 0, 0))
    }

    /// It writes something in the place of `workspace:` and `catalog:` when it publishes.
    pub fn replaces_dependencies(&self) -> bool {
        match self.manager {
            Manager::Npm => false,
            Manager::Yarn => !self.is_before(2),
            Manager::Pnpm | Manager::Bun => true,
        }
    }

    /// Where package.json names it.
    pub const fn place(&self) -> Option<&Place> {
        match &self.named_by {
            NamedBy::Field(place) => Some(place),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn client(
        files: &[(&str, &str)],
        folder: &str,
        publisher: Option<Manager>,
    ) -> Option<(Manager, Option<String>, bool)> {
        let world = World::memory(files, &[]);
        let client = Client::read(&world, &Manifest::read(&world, Path::new(folder)), publisher)?;
        Some((client.manager, client.version.as_ref().map(ToString::to_string), client.publishes()))
    }

    #[test]
    fn the_package_manager_is_read_from_both_fields() {
        let at = |text: &str| client(&[("/project/package.json", text)], "/project", None);
        let pnpm = |version: &str| Some((Manager::Pnpm, Some(version.to_owned()), false));
        assert_eq!(at(r#"{"packageManager":"pnpm@11.2.0+sha512.0a1b"}"#), pnpm("11.2.0"));
        let devengines = r#"{"devEngines":{"packageManager":{"name":"pnpm","version":"12.0.1"}}}"#;
        assert_eq!(at(devengines), pnpm("12.0.1"));
        let range = r#"{"devEngines":{"packageManager":{"name":"yarn","version":"^4.0.0"}}}"#;
        assert_eq!(at(range), Some((Manager::Yarn, None, false)));
        for nothing in ["{}", r#"{"packageManager":"pnpm"}"#, r#"{"packageManager":"other@1.0.0"}"#] {
            assert_eq!(at(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_lockfile_of_the_same_repository_tells_it_too_and_the_user_decides() {
        let files = [
            ("/project/package.json", "{}"),
            ("/project/.git/HEAD", ""),
            ("/project/pnpm-lock.yaml", ""),
            ("/project/packages/a/package.json", "{}"),
            ("/yarn.lock", ""),
        ];
        let found = |publisher| client(&files, "/project/packages/a", publisher);
        assert_eq!(found(None), Some((Manager::Pnpm, None, false)));
        assert_eq!(found(Some(Manager::Npm)), Some((Manager::Npm, None, true)));
        assert_eq!(client(&files, "/elsewhere", None), None);
    }
}
