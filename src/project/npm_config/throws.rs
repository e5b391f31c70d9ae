//! Values at which npm's code throws while it takes its options from the layers (`@npmcli/config` as shipped with npm
//! 11.19.1, lib/definitions/definitions.js), and while it sets up its output (lib/utils/display.js). It then often ends
//! silently.

use std::path::Path;

use super::definitions::{Type, types};
use super::parse_field::Machine;
use super::{Entry, Layer, LoadError, NpmConfig, Value, js};
use crate::project::world::World;

impl NpmConfig {
    /// npm takes its options from every layer, from those that a stronger one overrules, too; of the log level only the
    /// strongest counts.
    pub(super) fn check_options(&mut self, machine: &Machine<'_>) {
        let thrown = |entry: &Entry| Some((entry.clone(), why(entry, machine.world)?));
        let set = self.layers.iter().filter(|(layer, _)| **layer != Layer::Default).map(|(_, entries)| entries);
        let odd = set.flat_map(|entries| OPTIONS.iter().filter_map(|key| entries.get(*key))).find_map(thrown);
        let level = self.layers.values().rev().find_map(|entries| entries.get("loglevel"));
        let level = || level.filter(|entry| !is_level(&entry.value)).cloned();
        if let Some((entry, why)) = odd.or_else(|| Some((level()?, "is not one of npm's log levels"))) {
            let (key, origin) = (entry.key, Box::new(entry.origin));
            self.fail(LoadError::Unusable { key, why: why.to_owned(), origin });
        }
    }
}

const OPTIONS: [&str; 5] = ["cache", "cafile", "include", "omit", "user-agent"];

fn why(entry: &Entry, world: &World) -> Option<&'static str> {
    let value = &entry.value;
    match &*entry.key {
        // npm makes a set of both (`buildOmitList`), and a bare key is no list.
        "include" | "omit" => {
            let is_odd = value.is_truthy() && matches!(value, Value::Bool(_) | Value::Number(_));
            is_odd.then_some("is not a list")
        }
        "cache" => value.as_text().is_none().then_some("is not a path"),
        "user-agent" => value.as_text().is_none().then_some("is not text"),
        _ => match value {
            // A file that is not there is none, and npm goes on.
            Value::Text(path) if !path.is_empty() => {
                world.is_unreadable(Path::new(path)).then_some("does not name a file that npm can read")
            }
            other => other.is_truthy().then_some("is not a path"),
        },
    }
}

fn is_level(value: &Value) -> bool {
    let levels = types("loglevel").unwrap_or_default();
    js::string(value)
        .is_some_and(|text| levels.iter().any(|level| matches!(level, Type::Text(known) if *known == text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npm::release::NpmRelease;
    use crate::project::npm_config::args;

    fn fatal(user: &str, project: &str, env: &[(&str, &str)], flags: &[&str]) -> Option<String> {
        let files = [("/project/package.json", "{}"), ("/project/.npmrc", project), ("/home/alice/.npmrc", user)];
        let flags: Vec<_> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let config = NpmConfig::load(&World::memory(&files, env), &args::parse(&flags, &NpmRelease::default()));
        config.fatal.map(|fatal| fatal.to_string())
    }

    #[test]
    fn settings_that_npm_cannot_turn_into_options_stop_it() {
        for user in [
            "cafile=/project",
            "cafile=",
            "cafile",
            "cafile[]=x",
            "cache=null",
            "cache",
            "user-agent[]=x",
            "omit",
            "loglevel=loud",
            "loglevel=",
            "loglevel=null",
        ] {
            assert!(fatal(user, "", &[], &[]).is_some(), "{user}");
        }
        assert!(fatal("cafile=/project", "cafile=/missing", &[], &[]).is_some(), "npm reads both");
        assert!(fatal("", "", &[("npm_config_loglevel", "WARN")], &[]).is_some());
    }

    #[test]
    fn files_that_npm_ignores_are_not_reported() {
        for user in ["cafile=/missing.pem", "cafile=null", "cache=", "user-agent=", "loglevel=silly", "loglevel[]=warn"]
        {
            assert_eq!(fatal(user, "", &[], &[]), None, "{user}");
        }
        assert_eq!(fatal("cafile=/project/package.json", "", &[], &[]), None);
        assert_eq!(fatal("loglevel=loud", "loglevel=warn", &[], &[]), None);
        assert_eq!(fatal("", "", &[("npm_config_cafile", ""), ("npm_config_cache", "null")], &[]), None);
        assert_eq!(fatal("", "", &[], &["--loglevel=loud", "--no-cache"]), None, "npm drops such flags");
    }
}
