//! What npm does with its loaded configuration before a command runs: it takes its options (lib/npm.js), then validates
//! every layer (`@npmcli/config` as shipped with npm 11.19.1, lib/index.js `validate`; called by lib/base-cmd.js).

use super::parse_field::{Machine, unwrap_secret, wrap_secret};
use super::validate::{Cleaned, clean};
use super::{Entry, Layer, LoadError, NpmConfig, Value, auth, js};
use crate::project::world::World;

impl NpmConfig {
    /// Everything between loading and the command.
    pub(super) fn finish(&mut self, machine: &Machine<'_>) {
        self.check_options(machine);
        self.set_scope();
        for layer in [Layer::Global, Layer::User, Layer::Project, Layer::Env] {
            self.validate_layer(layer, machine);
            if layer != Layer::Env {
                self.find_invalid_auth(layer);
            }
        }
    }

    /// npm puts its settings into the environment of the scripts and programs that it runs. Such a variable says what a file says,
    /// and the file is what somebody wrote.
    pub(super) fn drop_exported(&mut self, world: &World) {
        if world.filled_var("npm_execpath").is_none() {
            return;
        }
        let files = [Layer::Project, Layer::User, Layer::Global, Layer::Builtin];
        let in_file = |key: &str| files.iter().find_map(|layer| self.checked_entry(*layer, key));
        let is_exported = |key: &str| {
            let variable = self.checked_entry(Layer::Env, key);
            variable.is_some_and(|variable| in_file(key).is_some_and(|file| file.value == variable.value))
        };
        let keys = self.layer(Layer::Env).map(|entry| &entry.key);
        let exported: Vec<String> = keys.filter(|key| is_exported(key)).cloned().collect();
        for key in exported {
            self.layers.entry(Layer::Env).or_default().remove(&key);
            self.checked.entry(Layer::Env).or_default().remove(&key);
        }
    }

    /// lib/npm.js gives `scope` its `@`, which makes npm take its options anew after validation.
    fn set_scope(&mut self) {
        let Some((layer, entry)) =
            self.layers.iter().rev().find_map(|(layer, entries)| Some((*layer, entries.get("scope")?.clone())))
        else {
            return;
        };
        let Some(text) = js::string(&entry.value) else { return };
        if entry.value.is_truthy() && !text.starts_with('@') {
            self.flat_is_checked = true;
            let entry = Entry { value: Value::Text(format!("@{text}")), ..entry };
            self.checked.entry(layer).or_default().insert("scope".to_owned(), Some(entry));
        }
    }

    /// nopt's `clean`; defaults, npm's own file and flags are left alone.
    fn validate_layer(&mut self, layer: Layer, machine: &Machine<'_>) {
        let mut thrown = None;
        let checked = self.checked.entry(layer).or_default();
        for (key, entry) in self.layers.get(&layer).into_iter().flatten().filter(|(key, _)| *key != "argv") {
            let current = checked.get(key).and_then(Option::as_ref).unwrap_or(entry);
            let before = unwrap_secret(&current.value);
            let changed = match clean(&self.npm, key, &before, Some(machine)).value {
                Cleaned::Kept(value) if value == before => continue,
                Cleaned::Kept(value) => Some(Entry { value: wrap_secret(key, value), ..current.clone() }),
                Cleaned::Removed => None,
                Cleaned::Throws => {
                    thrown.get_or_insert(LoadError::Unusable {
                        key: key.clone(),
                        why: "has a value that makes npm fail with a JavaScript error".to_owned(),
                        origin: Box::new(entry.origin.clone()),
                    });
                    continue;
                }
            };
            checked.insert(key.clone(), changed);
        }
        if let Some(error) = thrown {
            self.fail(error);
        }
    }

    fn find_invalid_auth(&mut self, layer: Layer) {
        let registry = self.get("registry").cloned();
        let nerf = registry.as_ref().and_then(|entry| js::string(&entry.value)).and_then(|text| auth::nerf_dart(&text));
        if nerf.is_none()
            && let Some(entry) = registry
        {
            self.fail(LoadError::Unusable {
                key: "registry".to_owned(),
                why: "is not a URL".to_owned(),
                origin: Box::new(entry.origin),
            });
        }
        let found = auth::invalid(|key| self.checked_entry(layer, key), nerf.as_deref(), &self.npm);
        self.invalid_auth.extend(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npm::release::NpmRelease;
    use crate::npm::version::Version;
    use crate::project::npm_config::args;

    fn load(project: &str, user: &str, env: &[(&str, &str)], args: &[&str]) -> NpmConfig {
        let files = [("/project/package.json", "{}"), ("/project/.npmrc", project), ("/home/alice/.npmrc", user)];
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        NpmConfig::load(&World::memory(&files, env), &args::parse(&args, &NpmRelease::default()))
    }

    fn text(entry: Option<&Entry>) -> String {
        entry.map(|entry| entry.value.to_text()).unwrap_or_default()
    }

    #[test]
    fn the_later_of_two_spellings_of_a_variable_wins() {
        let (lower, upper) = (("npm_config_tag", "lower"), ("NPM_CONFIG_TAG", "upper"));
        assert_eq!(text(load("", "", &[lower, upper], &[]).get("tag")), "upper");
        assert_eq!(text(load("", "", &[upper, lower], &[]).get("tag")), "lower");
    }

    #[test]
    fn the_strongest_layer_wins_and_its_place_is_known() {
        let config = load("tag=project", "tag=user\naccess=public", &[("NPM_CONFIG_TAG", "env")], &["--tag=cli"]);
        let origins: Vec<_> = config.entries().filter(|(_, entry)| entry.key == "tag").collect();
        let shown: Vec<_> =
            origins.iter().map(|(_, entry)| format!("{} {}", entry.value.to_text(), entry.origin)).collect();
        assert_eq!(
            shown,
            [
                "cli --tag=cli",
                "env environment variable NPM_CONFIG_TAG",
                "project .npmrc:1 (project)",
                "user ~/.npmrc:1 (user)"
            ]
        );
        assert_eq!(text(config.get("access")), "public");
        assert_eq!(text(config.get("registry")), crate::project::npm_config::definitions::DEFAULT_REGISTRY);
    }

    #[test]
    fn what_npm_exports_to_its_scripts_is_a_setting_of_the_file() {
        let project = "registry=https://r.example\ntag=next";
        let exported = [("npm_config_registry", "https://r.example/"), ("npm_config_tag", "beta")];
        let origins = |env: &[(&str, &str)]| {
            let config = load(project, "tag=beta", env, &[]);
            ["registry", "tag"].map(|key| config.get(key).unwrap().origin.to_string())
        };
        let variable = |name: &str| format!("environment variable {name}");
        assert_eq!(origins(&exported), [variable("npm_config_registry"), variable("npm_config_tag")]);
        let by_npm = [exported[0], exported[1], ("npm_execpath", "/usr/lib/node_modules/npm/bin/npm-cli.js")];
        // The project's tag is another one: the variable is from `npm run --tag beta`.
        assert_eq!(origins(&by_npm), [".npmrc:1 (project)".to_owned(), variable("npm_config_tag")]);
    }

    #[test]
    fn npm_reads_its_options_before_it_drops_invalid_values() {
        let config = load("access=everybody", "access=public", &[], &[]);
        assert_eq!((text(config.flat("access")), text(config.get("access"))), ("everybody".into(), "public".into()));
        assert_eq!(config.invalid().count(), 1);
        let config = load("access=everybody\nscope=acme", "access=public", &[], &[]);
        assert_eq!(text(config.flat("access")), "public", "a scope without @ makes npm take them again");
    }

    #[test]
    fn a_credential_without_a_registry_is_refused_in_files_only() {
        let config = load("username=alice\n_authToken=x\nregistry=https://r.example/a/", "_authtoken=y", &[], &[]);
        let found: Vec<_> = config.invalid_auth.iter().map(|it| (it.key.as_str(), it.rename_to.as_deref())).collect();
        assert_eq!(
            found,
            [("_authtoken", None), ("_authToken", Some("//r.example/a/:_authToken")), ("username", None)]
        );
        let config = load("", "", &[("npm_config__auth", "x")], &["--_auth=x"]);
        assert!(config.invalid_auth.is_empty());
    }

    #[test]
    fn npm_12_refuses_more_keys_without_a_registry() {
        let refused = |npm: (u64, u64, u64), user: &str| {
            let release = NpmRelease::from(Version::new(npm.0, npm.1, npm.2));
            let files = [("/project/package.json", "{}"), ("/home/alice/.npmrc", user)];
            let env = [("npm_config_email", "a@b.example")];
            let config = NpmConfig::load(&World::memory(&files, &env), &args::parse(&[], &release));
            config.invalid_auth.into_iter().map(|auth| (auth.key, auth.rename_to)).collect::<Vec<_>>()
        };
        let user = "email=a@b.example\ncertfile=c.pem\nregistry=https://r.example/\n//r.example/:email=a@b.example\n";
        assert_eq!(refused((11, 21, 2), user), []);
        let renamed = |key: &str| (key.to_owned(), Some(format!("//r.example/:{key}")));
        assert_eq!(refused((12, 0, 0), user), [renamed("email"), ("certfile".to_owned(), None)]);
        let both = "keyfile=k.pem\ncertfile=c.pem\nregistry=https://r.example/\n";
        assert_eq!(refused((12, 0, 0), both), [renamed("certfile"), renamed("keyfile")]);
        assert_eq!(refused((12, 0, 0), "always-auth=true\nemail=\n"), []);
    }

    #[test]
    fn mutually_exclusive_settings_are_fatal_whatever_their_values() {
        let config = load("provenance=false", "", &[], &["--provenance-file=x"]);
        assert!(matches!(config.fatal, Some(LoadError::Exclusive { .. })));
        let config = load("", "", &[("npm_config_provenance", "true")], &["--provenance-file=x"]);
        assert!(config.fatal.is_none(), "npm drops the variable then");
        assert!(!config.get("provenance").is_some_and(|entry| entry.value.is_truthy()));
    }

    #[test]
    fn a_missing_variable_is_reported_at_its_place() {
        let config = load("//h/:_authToken=${NO_TOKEN}", "", &[], &[]);
        let entry = config.get("//h/:_authToken").unwrap();
        assert_eq!(entry.unset[0].name, "NO_TOKEN");
        assert_eq!(entry.unset[0].span, Some(crate::text::source::Span::new(16, 27)));
        assert_eq!(entry.value.as_text(), Some("${NO_TOKEN}"));
    }

    #[test]
    fn a_registry_that_is_not_a_url_stops_npm_first() {
        assert!(matches!(load("registry=r.example", "", &[], &[]).fatal, Some(LoadError::Unusable { .. })));
        assert!(load("", "registry=r.example", &[], &["--registry=https://r.example/"]).fatal.is_none());
    }

    #[test]
    fn a_project_file_that_is_also_the_user_file_is_read_once() {
        let config = load("tag=x", "", &[("npm_config_userconfig", "/project/.npmrc")], &[]);
        assert!(config.fatal.is_none());
        assert_eq!(config.files.iter().map(|file| file.layer).collect::<Vec<_>>(), [Layer::Global, Layer::User]);
        let config = load("userconfig=./.npmrc", "", &[], &[]);
        assert!(matches!(config.fatal, Some(LoadError::LoadedTwice { .. })));
    }

    #[test]
    fn the_npmrc_of_a_workspace_member_is_ignored() {
        let files = [
            ("/project/package.json", r#"{"workspaces": ["packages/*"]}"#),
            ("/project/.npmrc", "tag=root"),
            ("/project/packages/a/package.json", "{}"),
            ("/project/packages/a/.npmrc", "tag=member"),
        ];
        let mut world = World::memory(&files, &[]);
        world.cwd = "/project/packages/a".into();
        let config = NpmConfig::load(&world, &args::Parsed::default());
        assert_eq!(text(config.get("tag")), "root");
        assert_eq!(config.ignored_files.len(), 1);
        assert_eq!(config.implicit_workspace.as_deref(), Some(std::path::Path::new("/project/packages/a")));
        assert_eq!(text(config.get("workspace")), "/project/packages/a");
    }
}
