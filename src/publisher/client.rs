//! The package manager of a project, and whether it publishes too. `--client` says so; else a publish command in a script or a
//! CI workflow does, else `packageManager`. `devEngines` and lockfiles say which client installs: such a project may publish with npm.

use std::path::Path;

use clap::ValueEnum as _;

use super::configuration::Configuration;
use super::manager::Manager;
use super::tools::Releases;
use super::yarn_lock::YarnLock;
use super::{bun, pnpm, yarn, yarn_classic};
use crate::npm::version::Version;
use crate::project::engines::NamedManager;
use crate::project::manifest::Manifest;
use crate::project::members::PNPM_FILE;
use crate::project::npm_config::NpmConfig;
use crate::project::world::World;
use crate::project::yarn_files;
use crate::publisher::dependencies::local::Local;
use crate::text::source::Place;

/// What says which one it is, or that it publishes.
#[derive(Clone, Debug)]
pub enum NamedBy {
    /// `--client`.
    User,
    /// npm-preflight's own settings.
    Setting(Place),
    /// A command in a script or a CI workflow.
    Command(Place),
    /// `packageManager` in package.json.
    Field(Place),
    /// `devEngines.packageManager` in package.json.
    Engines(Place),
    /// A lockfile.
    File(&'static str),
}

/// The package manager of a project.
#[derive(Clone, Debug)]
pub struct Client {
    /// The package manager.
    pub manager: Manager,
    /// `None`: not said, or a range.
    pub version: Option<Version>,
    /// What says so.
    pub named_by: NamedBy,
    /// It publishes as well; otherwise npm does.
    publishes: bool,
    /// What it reads, when it publishes and does not hand over to npm.
    pub configuration: Option<Configuration>,
    /// What it replaces in dependencies, when it publishes.
    pub local: Option<Local>,
    /// What it has to know of a workspace, when it publishes.
    pub lockfile: Option<YarnLock>,
    /// Who else may publish: the project says one, a command that publishes another.
    pub rival: Option<Rival>,
}

/// A client that may publish, but is not the one that is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// The package manager.
    pub manager: Manager,
    /// The command because of which the other one is checked, `path:line`.
    pub command: String,
}

/// Files that one of them alone writes.
const FILES: [(&str, Manager); 6] = [
    (PNPM_FILE, Manager::Pnpm),
    ("pnpm-lock.yaml", Manager::Pnpm),
    (yarn_files::LOCKFILE, Manager::Yarn),
    ("bun.lock", Manager::Bun),
    ("bun.lockb", Manager::Bun),
    ("package-lock.json", Manager::Npm),
];

impl Client {
    /// That of the project with that package.json, there or in a folder above it in the same repository; `None`: nothing says
    /// which. `publisher`: the one that the user says publishes, and where.
    pub fn read(
        world: &World,
        root: &Manifest,
        npm: &NpmConfig,
        publisher: Option<(Manager, NamedBy)>,
        releases: &Releases,
    ) -> Option<Self> {
        let top = world.repository(&root.folder).or_else(|| workspace_of(world, &root.folder)).unwrap_or(&root.folder);
        let mut above = root.folder.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
        let found =
            Self::at(world, root).or_else(|| above.find_map(|folder| Self::at(world, &Manifest::read(world, folder))));
        let client = match publisher {
            Some((manager, named_by)) => Self::publishing(manager, named_by, found),
            None => Self::of_commands(releases, found)?,
        };
        let configuration = client.read_settings(world, &root.folder, npm);
        let replacing = client.other().filter(|_| client.replaces_dependencies());
        let local = replacing.map(|manager| Local::read(world, &root.folder, manager, client.version.clone()));
        let lockfile = YarnLock::read(world, &client, configuration.as_ref(), &root.folder);
        Some(Self { configuration, local, lockfile, ..client })
    }

    const fn new(manager: Manager, version: Option<Version>, named_by: NamedBy) -> Self {
        Self {
            manager,
            version,
            named_by,
            publishes: false,
            configuration: None,
            local: None,
            lockfile: None,
            rival: None,
        }
    }

    /// This one publishes; of the project's the version is known.
    fn publishing(manager: Manager, named_by: NamedBy, found: Option<Self>) -> Self {
        let version = found.filter(|found| found.manager == manager).and_then(|found| found.version);
        Self { publishes: true, ..Self::new(manager, version, named_by) }
    }

    /// Where a command publishes, its client does, else the one that `packageManager` names.
    fn of_commands(releases: &Releases, found: Option<Self>) -> Option<Self> {
        let own = found.as_ref().map(|found| found.manager);
        let of_tool = releases.tool.as_ref().and_then(|tool| Some((tool.runs(own), tool.place()?)));
        let of_clients = || {
            let commands = releases.commands.iter().filter_map(|command| Some((command.with?, &command.place)));
            let mut own_first: Vec<_> = commands.collect();
            own_first.sort_by_key(|(with, _)| Some(*with) != own);
            own_first.first().copied()
        };
        let is_of_tool = of_tool.is_some();
        let rival = |judged: Manager, place: &Place| {
            // A release tool decides by itself which one it runs.
            own.filter(|own| !is_of_tool && *own != judged)
                .map(|manager| Rival { manager, command: place.path_and_line() })
        };
        match of_tool.or_else(of_clients) {
            // npm publishes what another one installs.
            Some((Manager::Npm, place)) if own.is_some() => {
                found.map(|found| Self { rival: rival(Manager::Npm, place), ..found })
            }
            Some((manager, place)) => Some(Self {
                rival: rival(manager, place),
                ..Self::publishing(manager, NamedBy::Command(place.clone()), found)
            }),
            None => found.map(|found| {
                let tool = releases.tool.as_ref();
                let is_passed_over = tool.is_some_and(|tool| tool.runs(own) != found.manager);
                Self { publishes: matches!(found.named_by, NamedBy::Field(_)) && !is_passed_over, ..found }
            }),
        }
    }

    /// What it reads of the project around a folder; `None`: npm's configuration.
    fn read_settings(&self, world: &World, folder: &Path, npm: &NpmConfig) -> Option<Configuration> {
        let version = self.version.as_ref();
        match self.other()? {
            Manager::Pnpm if self.is_before(11) => None,
            Manager::Pnpm => Some(pnpm::configuration(world, version, folder, npm)),
            Manager::Yarn if self.is_before(2) => Some(yarn_classic::configuration(world, folder, npm)),
            Manager::Yarn => Some(yarn::configuration(world, folder, npm)),
            Manager::Bun => Some(bun::configuration(world, folder, npm)),
            Manager::Npm => None,
        }
    }

    fn at(world: &World, manifest: &Manifest) -> Option<Self> {
        Self::of_manifest(manifest).or_else(|| {
            let (file, manager) = FILES.iter().find(|(file, _)| world.files.is_file(&manifest.folder.join(file)))?;
            Some(Self::new(*manager, None, NamedBy::File(file)))
        })
    }

    /// What a root's package.json says; `None`: nothing, or a name that is not known here.
    fn of_manifest(root: &Manifest) -> Option<Self> {
        let named = NamedManager::of(root)?;
        let place = root.place(named.value.span());
        let named_by = if named.is_for_corepack { NamedBy::Field(place) } else { NamedBy::Engines(place) };
        let manager = Manager::from_str(named.name, false).ok()?;
        // Corepack's `+sha512.…` reads as build metadata.
        let version = named.version.and_then(|text| Version::valid(text, false));
        Some(Self::new(manager, version, named_by))
    }

    /// It is known to publish, not only to install.
    pub const fn publishes(&self) -> bool {
        self.publishes
    }

    /// Which one publishes, where it is known not to be npm.
    pub fn other(&self) -> Option<Manager> {
        (self.publishes && self.manager != Manager::Npm).then_some(self.manager)
    }

    /// It is known to be older than the first of that major version.
    pub fn is_before(&self, major: u64) -> bool {
        self.is_before_version(major, 0)
    }

    /// It is known to be older than that version.
    pub fn is_before_version(&self, major: u64, minor: u64) -> bool {
        self.version.as_ref().is_some_and(|version| *version < Version::new(major, minor, 0))
    }

    /// It writes something in the place of `workspace:` and `catalog:` when it publishes.
    pub fn replaces_dependencies(&self) -> bool {
        match self.manager {
            Manager::Npm => false,
            Manager::Yarn => !self.is_before(2),
            Manager::Pnpm | Manager::Bun => true,
        }
    }

    /// What it takes for a package that is private: Yarn since 2 nothing but `true` (sources/Manifest.ts of @yarnpkg/core
    /// 4.18.1), the others everything that JavaScript takes for true. `written`: the value as JSON.
    pub fn takes_for_private(&self, written: &str) -> bool {
        written == "true" || self.other() != Some(Manager::Yarn) || self.is_before(2)
    }

    /// Where it is named.
    pub const fn place(&self) -> Option<&Place> {
        match &self.named_by {
            NamedBy::Setting(place) | NamedBy::Command(place) | NamedBy::Field(place) | NamedBy::Engines(place) => {
                Some(place)
            }
            NamedBy::User | NamedBy::File(_) => None,
        }
    }

    /// What names it, for people: `packageManager in package.json`.
    pub fn source(&self) -> String {
        match &self.named_by {
            NamedBy::User => "--client".to_owned(),
            NamedBy::Setting(place) | NamedBy::Command(place) => place.path_and_line(),
            NamedBy::Field(place) => format!("packageManager in {}", place.source.path()),
            NamedBy::Engines(place) => format!("devEngines in {}", place.source.path()),
            NamedBy::File(file) => (*file).to_owned(),
        }
    }
}

/// The folder above with pnpm's list of members.
fn workspace_of<'f>(world: &World, folder: &'f Path) -> Option<&'f Path> {
    folder.ancestors().find(|above| world.files.is_file(&above.join(PNPM_FILE)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npm::release::NpmRelease;
    use crate::project::npm_config::args;

    fn client(
        files: &[(&str, &str)],
        folder: &str,
        publisher: Option<Manager>,
    ) -> Option<(Manager, Option<String>, bool)> {
        let world = World::memory(files, &[]);
        let npm = NpmConfig::load(&world, &args::parse(&[], &NpmRelease::of(&NpmRelease::REFERENCE)));
        let root = Manifest::read(&world, Path::new(folder));
        let publisher = publisher.map(|one| (one, NamedBy::User));
        let client = Client::read(&world, &root, &npm, publisher, &Releases::read(&world, &root))?;
        Some((client.manager, client.version.as_ref().map(ToString::to_string), client.publishes()))
    }

    #[test]
    fn the_package_manager_is_read_from_both_fields() {
        let at = |text: &str| client(&[("/project/package.json", text)], "/project", None);
        let pnpm = |version: &str, publishes| Some((Manager::Pnpm, Some(version.to_owned()), publishes));
        assert_eq!(at(r#"{"packageManager":"pnpm@11.2.0+sha512.0a1b"}"#), pnpm("11.2.0", true));
        let devengines = r#"{"devEngines":{"packageManager":{"name":"pnpm","version":"12.0.1"}}}"#;
        assert_eq!(at(devengines), pnpm("12.0.1", false), "it may publish with npm");
        let range = r#"{"devEngines":{"packageManager":{"name":"yarn","version":"^4.0.0"}}}"#;
        assert_eq!(at(range), Some((Manager::Yarn, None, false)));
        for nothing in ["{}", r#"{"packageManager":"pnpm"}"#, r#"{"packageManager":"other@1.0.0"}"#] {
            assert_eq!(at(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_publish_command_outranks_the_field() {
        let with = |package: &str, workflow: &str| {
            let files = [
                ("/project/package.json", package),
                ("/project/.git/HEAD", ""),
                ("/project/.github/workflows/release.yml", workflow),
            ];
            client(&files, "/project", None).map(|(manager, _, publishes)| (manager, publishes))
        };
        let pnpm = r#"{"packageManager":"pnpm@12.21.0"}"#;
        assert_eq!(with(pnpm, "- run: npm publish\n"), Some((Manager::Pnpm, false)));
        assert_eq!(with(pnpm, "- run: npm publish\n- run: pnpm publish\n"), Some((Manager::Pnpm, true)));
        assert_eq!(with(pnpm, "- run: pnpm changeset publish\n"), Some((Manager::Pnpm, true)));
        assert_eq!(with("{}", "- run: bun publish\n"), Some((Manager::Bun, true)));
        assert_eq!(
            with(r#"{"packageManager":"bun@1.4.5"}"#, "- run: bunx changeset publish\n"),
            Some((Manager::Bun, false))
        );
        let script = r#"{"scripts":{"release":"yarn npm publish"}}"#;
        assert_eq!(with(script, ""), Some((Manager::Yarn, true)));
    }

    #[test]
    fn a_conflict_between_project_and_command_keeps_both() {
        let rival = |package: &str, script: &str| {
            let manifest = format!(r#"{{"packageManager":"{package}","scripts":{{"release":"{script}"}}}}"#);
            let world = World::memory(&[("/project/package.json", &manifest)], &[]);
            let npm = NpmConfig::load(&world, &args::parse(&[], &NpmRelease::default()));
            let root = Manifest::read(&world, Path::new("/project"));
            let client = Client::read(&world, &root, &npm, None, &Releases::read(&world, &root)).unwrap();
            client.rival.map(|rival| (rival.manager, rival.command))
        };
        let by_script = |manager| Some((manager, "package.json:1".to_owned()));
        assert_eq!(rival("pnpm@12.21.0", "npm publish"), by_script(Manager::Pnpm));
        assert_eq!(rival("pnpm@12.21.0", "bun publish"), by_script(Manager::Pnpm));
        assert_eq!(rival("pnpm@12.21.0", "npm publish && pnpm publish"), None);
        assert_eq!(rival("npm@12.2.2", "npm publish"), None);
        assert_eq!(rival("bun@1.4.5", "changeset publish"), None);
    }

    #[test]
    fn a_lockfile_counts_too_and_the_user_overrides_it() {
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
