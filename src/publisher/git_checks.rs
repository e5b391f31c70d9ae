//! pnpm's checks of the git repository, which come before everything else of a publish: whether they are on, which branches
//! they allow, and what git says (pnpm 10.34 and 11.28, `releasing/commands/src/publish/publish.ts`; pnpm 12.21,
//! `publish/src/git_checks.rs`). What decides them differs between versions: where the version is not known, all are asked.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Client, Manager};
use crate::facts::{Known, Reason, Unknown};
use crate::npm::version::Version;
use crate::project::ci;
use crate::project::members::{self, PNPM_FILE};
use crate::project::npm_config::{Layer, NpmConfig, Value};
use crate::project::world::git::State;
use crate::project::world::{World, limit};

/// Those between which something differs, the newest first.
static VERSIONS: [Version; 6] =
    [PUBLISH_BRANCH, DETACHED_12, Version::new(12, 0, 0), DETACHED_11, Version::new(11, 0, 0), Version::new(10, 0, 0)];
/// The first pnpm 12 that takes `publishBranch` from elsewhere than the command line.
const PUBLISH_BRANCH: Version = Version::new(12, 17, 0);
/// The first pnpm 12 and the first pnpm 11 that publish from a detached HEAD in a CI job.
const DETACHED_12: Version = Version::new(12, 6, 0);
const DETACHED_11: Version = Version::new(11, 27, 1);

/// What pnpm checks in the repository around the working directory.
#[derive(Debug)]
pub struct GitChecks {
    /// What git says, or why it says nothing.
    state: Result<State, String>,
    /// Of every version that it may be, the newest first.
    versions: Vec<Checks>,
}

/// The checks of one version of pnpm.
#[derive(Clone, Debug)]
pub struct Checks {
    version: Version,
    is_on: bool,
    /// The branches from which it publishes without asking.
    pub branches: Vec<String>,
    /// It publishes from a detached HEAD.
    pub takes_detached: bool,
    /// It exits with 0 where nobody answers its question whether to publish from another branch.
    pub hides_refusal: bool,
}

impl GitChecks {
    /// Those of a run in the working directory; `None`: there are none.
    pub fn read(world: &World, config: &NpmConfig, client: Option<&Client>) -> Option<Self> {
        let client = client.filter(|client| client.other() == Some(Manager::Pnpm))?;
        let is_repository = world.repository(&world.cwd).is_some() || world.filled_var("GIT_DIR").is_some();
        if !is_repository {
            return None;
        }
        let settings = Settings::read(world);
        let known = client.version.as_ref().map(std::slice::from_ref);
        let versions = known.unwrap_or(&VERSIONS).iter().map(|version| settings.checks(world, config, version));
        let versions: Vec<_> = versions.collect();
        if !versions.iter().any(|checks| checks.is_on) {
            return None;
        }
        let state = world.files.git_state(&world.cwd).map_err(|error| error.to_string()).transpose()?;
        Some(Self { state, versions })
    }

    /// What git says.
    ///
    /// # Errors
    /// When it is not known.
    pub fn state(&self) -> Known<&State> {
        self.state.as_ref().map_err(|why| {
            Unknown::new(Reason::Unsupported, format!("git cannot answer what pnpm checks before it publishes: {why}"))
        })
    }

    /// The checks of the pnpm that publishes, if they are on and stop at something; of several versions that agree, those of
    /// the newest.
    ///
    /// # Errors
    /// When it may be one of several versions, and only some of them stop.
    pub fn stopping(&self, stops: impl Fn(&Checks) -> bool) -> Known<Option<&Checks>> {
        let (stopping, passing): (Vec<_>, Vec<_>) =
            self.versions.iter().partition(|checks| checks.is_on && stops(checks));
        match (stopping.first(), passing.first()) {
            (Some(stopping), Some(passing)) => Err(Unknown::new(
                Reason::Unsupported,
                format!(
                    "pnpm {} would fail and pnpm {} would not, and package.json does not say which one publishes; set \
                        it in `packageManager`",
                    stopping.version, passing.version
                ),
            )),
            (stopping, _) => Ok(stopping.copied()),
        }
    }

    /// It may be a version that exits with 0 where nobody answers its question.
    pub fn may_hide_refusal(&self) -> bool {
        self.versions.iter().any(|checks| checks.is_on && checks.hides_refusal)
    }
}

/// What is in the files of pnpm's own.
struct Settings {
    /// `pnpm-workspace.yaml` in the working directory or above.
    workspace: Option<(PathBuf, Written)>,
    /// `config.yaml` of the user.
    user: Option<bool>,
    /// `rc` of the user, and the `.npmrc` beside `pnpm-workspace.yaml`.
    user_rc: Written,
    workspace_rc: Written,
    /// Known once a version asks: listing the members is slow.
    is_member: OnceCell<bool>,
}

/// The settings as one place writes them.
#[derive(Clone, Debug, Default)]
struct Written {
    git_checks: Option<Switch>,
    publish_branch: Option<String>,
}

/// A value of `gitChecks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switch {
    On,
    Off,
    /// The text `false` where a boolean belongs, which pnpm 12 takes for one.
    OffAsText,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Text(String),
    Other(IgnoredAny),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Yaml {
    git_checks: Option<Scalar>,
    publish_branch: Option<Scalar>,
}

impl Settings {
    fn read(world: &World) -> Self {
        let workspace = world.cwd.ancestors().find(|folder| world.files.is_file(&folder.join(PNPM_FILE)));
        let home = world.home();
        let named = world.filled_var("XDG_CONFIG_HOME").map(PathBuf::from);
        let local = world.filled_var("LOCALAPPDATA").map_or_else(|| home.join("AppData/Local"), PathBuf::from);
        let folders = [
            named.unwrap_or_else(|| home.join(".config")).join("pnpm"),
            home.join("Library/Preferences/pnpm"),
            local.join("pnpm/config"),
        ];
        let of_user =
            |file: &str| folders.iter().map(|folder| folder.join(file)).find(|path| world.files.is_file(path));
        let yaml = of_user("config.yaml").map(|path| Written::of_yaml(world, &path));
        Self {
            workspace: workspace.map(|folder| (folder.to_owned(), Written::of_yaml(world, &folder.join(PNPM_FILE)))),
            user: yaml.and_then(|written| written.git_checks).map(|switch| switch == Switch::On),
            user_rc: of_user("rc").map(|path| Written::of_ini(world, &path)).unwrap_or_default(),
            workspace_rc: workspace.map(|folder| Written::of_ini(world, &folder.join(".npmrc"))).unwrap_or_default(),
            is_member: OnceCell::new(),
        }
    }

    /// Whether the working directory belongs to the workspace.
    fn is_member(&self, world: &World, root: &Path) -> bool {
        let look = || members::is_in_pnpm_workspace(&members::of_pnpm(world, root), root, &world.cwd);
        *self.is_member.get_or_init(look)
    }

    fn checks(&self, world: &World, config: &NpmConfig, version: &Version) -> Checks {
        let major = |major| *version >= Version::new(major, 0, 0);
        let takes_text = major(12);
        let of_workspace = self.workspace.as_ref().filter(|(root, _)| !major(11) || self.is_member(world, root));
        let of_workspace = of_workspace.map(|(_, written)| written.clone()).unwrap_or_default();
        let of_user = Written { git_checks: self.user.map(Switch::of), publish_branch: None };
        let mut places = vec![Written::of_layer(config, Layer::Cli)];
        if major(11) {
            places.extend([Written::of_variables(world), of_workspace, of_user]);
        } else {
            let [variables, project, npmrc] =
                [Layer::Env, Layer::Project, Layer::User].map(|layer| Written::of_layer(config, layer));
            places.extend([of_workspace, variables, project, self.workspace_rc.clone(), npmrc, self.user_rc.clone()]);
        }
        let is_off = |switch: Switch| switch == Switch::Off || switch == Switch::OffAsText && takes_text;
        let git_checks = places.iter().find_map(|written| written.git_checks);
        if major(12) && *version < PUBLISH_BRANCH {
            places.truncate(1);
        }
        let branch = places.into_iter().find_map(|written| written.publish_branch).filter(|name| !name.is_empty());
        let in_ci = if major(12) { *version >= DETACHED_12 } else { *version >= DETACHED_11 };
        Checks {
            version: version.clone(),
            is_on: !git_checks.is_some_and(is_off),
            branches: branch.map_or_else(|| vec!["master".to_owned(), "main".to_owned()], |branch| vec![branch]),
            takes_detached: in_ci && ci::is_ci(world),
            hides_refusal: !major(12),
        }
    }
}

impl Switch {
    const fn of(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }

    /// Of a file or variable in which everything is text.
    fn of_text(text: &str) -> Self {
        Self::of(text != "false")
    }
}

impl Written {
    fn of_yaml(world: &World, path: &Path) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let read = world.files.read(path, limit::SETTINGS).map(text).unwrap_or_default();
        // To pnpm `y` and `off` are texts.
        let options = serde_saphyr::options! { strict_booleans: true };
        let yaml: Option<Yaml> = serde_saphyr::from_str_with_options(&read, options).unwrap_or_default();
        let Yaml { git_checks, publish_branch } = yaml.unwrap_or_default();
        Self {
            git_checks: git_checks.map(|value| match value {
                Scalar::Bool(is_on) => Switch::of(is_on),
                Scalar::Text(text) if text == "false" => Switch::OffAsText,
                Scalar::Text(_) | Scalar::Other(_) => Switch::On,
            }),
            publish_branch: publish_branch.and_then(|value| match value {
                Scalar::Text(name) => Some(name),
                Scalar::Bool(_) | Scalar::Other(_) => None,
            }),
        }
    }

    /// A file in the style of `.npmrc`.
    fn of_ini(world: &World, path: &Path) -> Self {
        let mut written = Self::default();
        let bytes = world.files.read(path, limit::NPMRC).unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            match key.trim() {
                "git-checks" => written.git_checks = Some(Switch::of_text(value)),
                "publish-branch" => written.publish_branch = Some(value.to_owned()),
                _ => {}
            }
        }
        written
    }

    /// What npm reads in a file of its own, in a variable of its own, or on the command line.
    fn of_layer(config: &NpmConfig, layer: Layer) -> Self {
        let value = |names: [&str; 3]| config.layer(layer).find(|entry| names.contains(&entry.key.as_str()));
        let checks = value(["git-checks", "config.git-checks", "config.gitChecks"]);
        let branch = value(["publish-branch", "config.publish-branch", "config.publishBranch"]);
        Self {
            git_checks: checks.map(|entry| match &entry.value {
                Value::Bool(is_on) => Switch::of(*is_on),
                value => Switch::of_text(value.as_text().unwrap_or_default()),
            }),
            publish_branch: branch.map(|entry| entry.value.to_text()),
        }
    }

    /// The variables of pnpm 11 and newer.
    fn of_variables(world: &World) -> Self {
        let value = |names: [&str; 2]| names.iter().find_map(|name| world.filled_var(name));
        Self {
            git_checks: value(["pnpm_config_git_checks", "PNPM_CONFIG_GIT_CHECKS"]).map(Switch::of_text),
            publish_branch: value(["pnpm_config_publish_branch", "PNPM_CONFIG_PUBLISH_BRANCH"]).map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests;
