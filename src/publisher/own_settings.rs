//! Settings of other clients than npm, which are not read here: Yarn has them instead of npm's, pnpm since 11 and Bun beside
//! them (`@yarnpkg/plugin-npm` 4, pnpm 11.28, Bun 1.2). That they may name a registry is told by their text alone.

use std::path::{Path, PathBuf};

use super::{Client, Manager};
use crate::facts::{Reason, Unknown};
use crate::project::world::World;

/// What a client that publishes may read and npm does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSettings {
    /// What it reads, and what tells the author more: a sentence without a full stop.
    pub detail: &'static str,
    /// Nothing of npm's configuration counts beside them.
    pub instead: bool,
    /// They may say where a package goes that does not say so itself.
    pub may_name_registry: bool,
}

impl OwnSettings {
    /// Those of the client that publishes the project with that root; `None`: npm's are all it reads.
    pub(super) fn of(world: &World, client: &Client, root: &Path) -> Option<Self> {
        if !client.publishes() {
            return None;
        }
        let above = || root.ancestors().map(Path::to_path_buf).chain([world.home()]);
        let names = |file: &str, keys: &[&str]| above().any(|folder| mentions(world, &folder.join(file), keys));
        let user = world.filled_var("XDG_CONFIG_HOME").map(PathBuf::from);
        Some(match client.manager {
            Manager::Npm => return None,
            Manager::Pnpm if client.is_before(11) => return None,
            Manager::Pnpm => Self {
                detail: "pnpm since 11 also reads credentials and registries from files of its own, which are not read \
                         here; `pnpm whoami` tells who would publish",
                instead: false,
                may_name_registry: names("pnpm-workspace.yaml", &["\nregistr"])
                    || pnpm_of_user(world, user)
                    || world.filled_vars().any(|(name, _)| {
                        let name = name.to_ascii_lowercase();
                        name.strip_prefix("pnpm_config_").is_some_and(|name| name.contains("registr"))
                    }),
            },
            Manager::Yarn if client.is_before(2) => Self {
                detail: "Yarn 1 also reads `.yarnrc`, which is not read here, and asks who publishes; `yarn config list` \
                         tells what it reads",
                instead: false,
                may_name_registry: names(".yarnrc", &["registry"]),
            },
            Manager::Yarn => {
                let file = world.filled_var("YARN_RC_FILENAME").unwrap_or(".yarnrc.yml");
                let variables = ["YARN_NPM_PUBLISH_REGISTRY", "YARN_NPM_REGISTRY_SERVER", "YARN_NPM_SCOPES"];
                Self {
                    detail: "Yarn reads `.yarnrc.yml` instead of `.npmrc`, and that is not read here; `yarn npm whoami \
                             --publish` tells who would publish, `yarn config` where to",
                    instead: true,
                    may_name_registry: variables.iter().any(|name| world.filled_var(name).is_some())
                        || names(file, &["npmPublishRegistry", "npmRegistryServer"]),
                }
            }
            Manager::Bun => Self {
                detail: "Bun also reads `bunfig.toml`, which is not read here; `bun pm whoami` tells who would publish",
                instead: false,
                may_name_registry: names("bunfig.toml", &["registry", "scopes"])
                    || world.filled_var("BUN_CONFIG_REGISTRY").is_some()
                    || user
                        .into_iter()
                        .chain([world.home()])
                        .any(|folder| mentions(world, &folder.join(".bunfig.toml"), &["registry", "scopes"])),
            },
        })
    }
}

impl OwnSettings {
    /// Why something is not known that they decide.
    pub fn unknown(&self) -> Unknown {
        Unknown::new(Reason::Unsupported, self.detail)
    }
}

/// Whether pnpm's files for the user name a registry; `user`: where a variable says that settings are. The folders of all
/// systems are looked at.
fn pnpm_of_user(world: &World, user: Option<PathBuf>) -> bool {
    let home = world.home();
    let local = world.filled_var("LOCALAPPDATA").map_or_else(|| home.join("AppData/Local"), PathBuf::from);
    let folders = [
        user.unwrap_or_else(|| home.join(".config")).join("pnpm"),
        home.join("Library/Preferences/pnpm"),
        local.join("pnpm/config"),
    ];
    folders.iter().any(|folder| {
        mentions(world, &folder.join("config.yaml"), &["\nregistr"])
            || ["rc", "auth.ini"].iter().any(|file| has_registry_key(world, &folder.join(file)))
    })
}

/// Whether a file in the style of `.npmrc` sets a registry: a credential's key, which holds a host, does not.
fn has_registry_key(world: &World, path: &Path) -> bool {
    world.files.read(path, crate::project::world::limit::SETTINGS).is_ok_and(|bytes| {
        let text = String::from_utf8_lossy(&bytes);
        let mut keys = text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key.trim());
        keys.any(|key| key.trim_matches(['"', '\'']).ends_with("registry"))
    })
}

/// Whether a file's text has one of the words; `\n` stands for the start of a line.
fn mentions(world: &World, path: &Path, words: &[&str]) -> bool {
    world.files.read(path, crate::project::world::limit::SETTINGS).is_ok_and(|bytes| {
        let text = format!("\n{}", String::from_utf8_lossy(&bytes));
        words.iter().any(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::manifest::Manifest;

    fn own(manager: Manager, named: &str, file: (&str, &str), env: &[(&str, &str)]) -> Option<(bool, bool)> {
        let package = format!(r#"{{"packageManager":"{named}"}}"#);
        let world = World::memory(&[("/code/project/package.json", package.as_str()), file], env);
        let client = Client::read(&world, &Manifest::read(&world, Path::new("/code/project")), Some(manager));
        client?.own.map(|own| (own.instead, own.may_name_registry))
    }

    #[test]
    fn yarn_reads_its_own_settings_instead_of_those_of_npm() {
        let yarn = |file, env: &[(&str, &str)]| own(Manager::Yarn, "yarn@4.18.1", file, env);
        let harmless = "nodeLinker: node-modules\nnpmAuthToken: x\n";
        assert_eq!(yarn(("/code/project/.yarnrc.yml", harmless), &[]), Some((true, false)));
        for path in ["/code/project/.yarnrc.yml", "/code/.yarnrc.yml", "/home/alice/.yarnrc.yml"] {
            let named = "npmScopes:\n  acme:\n    npmPublishRegistry: https://npm.acme.test/\n";
            assert_eq!(yarn((path, named), &[]), Some((true, true)), "{path}");
        }
        let variable = [("YARN_NPM_REGISTRY_SERVER", "https://npm.acme.test/")];
        assert_eq!(yarn(("/code/x", ""), &variable), Some((true, true)));
        assert_eq!(own(Manager::Yarn, "yarn@1.22.22", ("/code/x", ""), &[]), Some((false, false)));
    }

    #[test]
    fn others_read_theirs_beside_those_of_npm_and_npm_none() {
        let list = |text| ("/code/project/pnpm-workspace.yaml", text);
        let pnpm = |named, text| own(Manager::Pnpm, named, list(text), &[]);
        assert_eq!(pnpm("pnpm@10.34.9", "registries:\n"), None);
        assert_eq!(pnpm("pnpm@11.28.11", "packages: []\n"), Some((false, false)));
        assert_eq!(pnpm("npm@11.19.1", "registries:\n  default: x\n"), Some((false, true)), "its version is not known");
        let bunfig = ("/code/project/bunfig.toml", "[install]\nregistry = \"https://npm.acme.test/\"\n");
        assert_eq!(own(Manager::Bun, "bun@1.2.0", bunfig, &[]), Some((false, true)));
        assert_eq!(own(Manager::Bun, "bun@1.2.0", ("/code/x", ""), &[]), Some((false, false)));
        assert_eq!(own(Manager::Npm, "yarn@4.18.1", ("/code/project/.yarnrc.yml", "npmRegistryServer: x"), &[]), None);
    }

    #[test]
    fn the_user_s_files_and_variables_of_pnpm_and_bun_may_name_a_registry_too() {
        let is_named = |manager, file, env: &[(&str, &str)]| own(manager, "npm@11.19.1", file, env).unwrap().1;
        let elsewhere = [("XDG_CONFIG_HOME", "/etc/alice")];
        for (manager, path, text, env) in [
            (Manager::Pnpm, "/home/alice/.config/pnpm/rc", "@acme:registry = https://npm.acme.test/", &[][..]),
            (Manager::Pnpm, "/home/alice/.config/pnpm/auth.ini", "registry=https://npm.acme.test/", &[]),
            (Manager::Pnpm, "/etc/alice/pnpm/config.yaml", "registries:\n  default: x\n", &elsewhere),
            (Manager::Pnpm, "/home/alice/Library/Preferences/pnpm/rc", "registry=x", &[]),
            (Manager::Pnpm, "/home/alice/AppData/Local/pnpm/config/config.yaml", "registry: x", &[]),
            (Manager::Pnpm, "/code/x", "", &[("PNPM_CONFIG_REGISTRY", "x")]),
            (Manager::Pnpm, "/code/x", "", &[("pnpm_config_registry", "x")]),
            (Manager::Bun, "/etc/alice/.bunfig.toml", "[install]\nregistry = \"x\"\n", &elsewhere),
            (Manager::Bun, "/home/alice/.bunfig.toml", "[install]\nregistry = \"x\"\n", &[]),
            (Manager::Bun, "/code/x", "", &[("BUN_CONFIG_REGISTRY", "x")]),
        ] {
            assert!(is_named(manager, (path, text), env), "{path} {env:?}");
        }
        let credential = ("/home/alice/.config/pnpm/auth.ini", "//registry.acme.test/:_authToken=x");
        assert!(!is_named(Manager::Pnpm, credential, &[]), "a host is no target");
        assert!(!is_named(Manager::Pnpm, ("/code/x", ""), &[("PNPM_HOME", "/registry")]));
    }
}
