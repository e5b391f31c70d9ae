//! Settings at which the client stops: keys that npm 12, where it is strict, or Yarn does not know, and variables that Yarn does
//! not find.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops, most_similar, only_similar};
use crate::npm::release::NpmRelease;
use crate::project::npm_config::definitions::{is_known, names_for};
use crate::project::npm_config::{Layer, Origin};
use crate::publisher::{Fault, yarn};
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::text::source::Place;

/// The rule.
pub static RULE: Rule = Rule {
    id: "setting-unknown",
    category: Category::Correctness,
    summary: "the package manager does not know a setting and fails",
    npm_says: &[
        "EUNKNOWNCONFIG",
        "Unknown npm configuration key",
        "Unrecognized or legacy configuration settings found",
        "Environment variable not found",
    ],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Target,
    decided_by: &[],
    needs: Needs::Argument,
    for_private: true,
    explains_no_user: false,
    order: Order::First,
    security_severity: None,
    docs: r"
### What it finds

A key in an .npmrc that npm 12 does not know, if `strict-npmrc` is set in an .npmrc, the environment or on the command line. Without `strict-npmrc`, and with npm 11 and older, npm only warns about such a key, and nothing is reported. Variables `npm_config_…` and `publishConfig` are not reported either, because `strict-npmrc` does not apply to them.

If Yarn publishes: a setting in a `.yarnrc.yml` or a variable `YARN_…` that Yarn does not know, and `${NAME}` in a `.yarnrc.yml` if NAME is not set and has no default. The `.yarnrc.yml` in the home folder may have any setting.

### Why it matters

Every command fails, in npm 12 with `EUNKNOWNCONFIG`.

### What to do

Correct or remove the key. Settings of other package managers belong in their own files.

`lint --fix` corrects a key in the project's .npmrc if only one known key is spelled like it, except for case or one letter.

### Example

```sh
npm@12.2.2 publish
```
```ini .npmrc
strict-npmrc=true
shamefully-hoist=true
```
",
};

/// What npm reads as an .npmrc (npm 12.2.2, lib/base-cmd.js `validateCli`).
const FILES: [Layer; 4] = [Layer::Builtin, Layer::Project, Layer::User, Layer::Global];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let of_client: Vec<_> = plan.runner.client_faults().iter().filter_map(at_yarn).collect();
    if !of_client.is_empty() {
        return Ok(of_client);
    }
    let npm = plan.runner.npm_release();
    let strict = plan.config.get("strict-npmrc").filter(|entry| entry.value.is_truthy());
    let Some(strict) = strict.filter(|_| npm.has_setting("strict-npmrc") && plan.runner.is_sent_by_npm()) else {
        return Ok(vec![]);
    };
    let unknown =
        FILES.into_iter().flat_map(|layer| plan.config.layer(layer)).filter(|entry| !is_known(&npm, &entry.key));
    let found = unknown.filter_map(|entry| {
        let Origin::File { place, key, .. } = &entry.origin else { return None };
        let name = &entry.key;
        let message = format!("npm {} does not know the setting `{name}`", plan.runner.npm.value);
        let why = "with `strict-npmrc`, npm 12 fails on an unknown key in an .npmrc";
        let meant = meant(&npm, name);
        let help = match &meant {
            Some(meant) => format!("write `{meant}`, or remove `{name}`"),
            None => format!("correct or remove `{name}`"),
        };
        let diagnostic = Diagnostic::new(&RULE, message, why, help);
        let diagnostic = diagnostic.npm_error("EUNKNOWNCONFIG").at(Place::new(&place.source, *key), "this key");
        // Of two values somebody has to choose.
        let meant = meant.filter(|meant| plan.config.layer(Layer::Project).all(|other| other.key != *meant));
        let edit = meant.and_then(|meant| entry.origin.renamed(name, &meant));
        let fix = edit.map(|(place, meant)| Fix::replace(format!("write `{meant}`"), place, meant));
        let diagnostic = diagnostic.fix(fix);
        Some(diagnostic.set_by("`strict-npmrc`", &strict.origin))
    });
    Ok(found.collect())
}

/// The only key that npm knows and that somebody can have meant.
fn meant(npm: &NpmRelease, key: &str) -> Option<String> {
    let (before, names) = names_for(npm, key);
    let name = key.strip_prefix(before)?;
    only_similar(name, names).map(|meant| format!("{before}{meant}"))
}

/// Yarn 4.18.1 (@yarnpkg/core sources/Configuration.ts), and of variables Yarn 1.22.22 (src/util/env-replace.js).
fn at_yarn(fault: &Fault) -> Option<Diagnostic> {
    match fault {
        Fault::UnknownSetting { key, origin } => {
            let message = format!("Yarn does not know the setting `{key}`");
            let why = "Yarn fails on an unknown setting";
            let meant = most_similar(key, yarn::known());
            let help = meant.map_or_else(|| format!("remove `{key}`"), |meant| format!("write `{meant}`"));
            Some(Diagnostic::new(&RULE, message, why, help).at_origin(&format!("`{key}`"), origin, "this setting"))
        }
        Fault::UnsetVariable { name, origin } => {
            // Yarn 1 reads npm's files, and knows no defaults.
            let is_npms = matches!(origin, Origin::File { place, .. } if place.source.path().ends_with("npmrc"));
            let file = if is_npms { "an .npmrc" } else { "a `.yarnrc.yml`" };
            let message = format!("{name} is not set, but {file} uses it");
            let why = "Yarn fails on a variable that is not set and has no default";
            let help = if is_npms {
                format!("set {name}, or remove this line, whichever registry it is about")
            } else {
                format!("set {name}, or give it a default: `${{{name}:-}}`")
            };
            Some(Diagnostic::new(&RULE, message, why, help).at_origin(name, origin, "not set"))
        }
        Fault::VariableInRegistry { .. } | Fault::UnknownOption { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;
    use crate::report::testing::rendered;

    const ID: &str = "setting-unknown";

    fn scene(npmrc: &str) -> Scene {
        Scene::version("1.0.0").npmrc(npmrc).npm(Version::new(12, 0, 0))
    }

    #[test]
    fn with_strict_npmrc_npm_12_rejects_an_unknown_key() {
        for npmrc in
            ["foo-bar=1", "shrinkwrap=false", "//h/:always-auth=true", "@a:foo=x", "[section]\ntag=x", "email=x"]
        {
            let found = scene(&format!("{npmrc}\n")).args(&["--strict-npmrc"]).finds(ID, 1);
            assert_eq!(found[0].npm_error, Some("EUNKNOWNCONFIG"), "{npmrc}");
            scene(&format!("{npmrc}\n")).finds(ID, 0);
        }
        for npm in [Version::new(11, 21, 2), Version::new(10, 9, 4)] {
            scene("foo-bar=1\nstrict-npmrc=true\n").npm(npm).finds(ID, 0);
        }
    }

    #[test]
    fn an_unambiguous_misspelling_in_the_project_file_is_fixed() {
        for (written, meant) in [
            ("; ours\r\nregistri = https://h/ ; here\r\n", "; ours\r\nregistry = https://h/ ; here\r\n"),
            ("save_exact=true\n", "save-exact=true\n"),
            ("//h/:_authTken=${T}\n", "//h/:_authToken=${T}\n"),
            ("@a:Registry=https://h/\n", "@a:registry=https://h/\n"),
        ] {
            let mended = scene(written).env("T", "x").args(&["--strict-npmrc"]).mended(ID);
            assert_eq!(mended.text(".npmrc"), meant);
        }
        for left in ["foo-bar=1\n", "save_exact=true\nsave-exact=false\n", "\"registri\"=https://h/\n", "taf=x\n"] {
            let found = scene(left).args(&["--strict-npmrc"]).finds(ID, 1);
            assert!(found[0].fix.is_none(), "{left}");
        }
        let found = scene("").user_npmrc("registri=https://h/\n").args(&["--strict-npmrc"]).finds(ID, 1);
        assert!(found[0].fix.is_none() && found[0].help.contains("write `registry`"), "{found:?}");
    }

    #[test]
    fn strictness_comes_from_the_strongest_source() {
        scene("foo-bar=1\n").env("NPM_CONFIG_STRICT_NPMRC", "true").finds(ID, 1);
        scene("foo-bar=1\nstrict-npmrc\n").finds(ID, 1);
        scene("strict-npmrc=true\n").user_npmrc("foo-bar=1\n").finds(ID, 1);
        for off in ["strict-npmrc=false\n", "strict-npmrc=0\n"] {
            scene(&format!("foo-bar=1\n{off}")).user_npmrc("strict-npmrc=true\n").finds(ID, 0);
        }
        scene("foo-bar=1\nstrict-npmrc=true\n").args(&["--no-strict-npmrc"]).finds(ID, 0);
    }

    #[test]
    fn known_keys_variables_and_publish_config_are_fine() {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","publishConfig":{"foo-bar":1}}"#;
        let npmrc = "strict-npmrc=true\n@a:registry=https://h/\n//h/:_authToken=x\n//h/:certfile=c\npatches-dir=x\n";
        let scene = Scene::new(manifest).npmrc(npmrc).npm(Version::new(12, 0, 0));
        scene.env("npm_config_foo_bar", "1").finds(ID, 0);
    }

    #[test]
    fn other_publishing_clients_read_other_keys() {
        let strict = || scene("foo-bar=1\nstrict-npmrc=true\n");
        for client in [Manager::Pnpm, Manager::Yarn, Manager::Bun] {
            strict().client(client).finds(ID, 0);
        }
        strict().client(Manager::Npm).finds(ID, 1);
    }

    #[test]
    fn yarn_rejects_an_unknown_setting_and_an_unset_variable() {
        let yarn = |rc: &str| {
            let manifest = r#"{"name":"left-lodge","version":"1.0.0","packageManager":"yarn@4.18.1"}"#;
            Scene::new(manifest).file(".yarnrc.yml", rc).client(Manager::Yarn)
        };
        assert_eq!(yarn("npmAuthTokn: x\n").finds(ID, 1)[0].help, "write `npmAuthToken`");
        assert!(yarn("npmAuthToken: ${NPM_TOKEN}\n").finds(ID, 1)[0].message.contains("NPM_TOKEN"));
        yarn("npmAuthToken: x\n").env("YARN_NPM_CONFIG_PROVENANCE", "1").finds(ID, 1);
        yarn("npmAuthToken: ${NPM_TOKEN:-}\n").finds(ID, 0);
        yarn("npmAuthTokn: x\n").client(Manager::Npm).finds(ID, 0);
    }

    #[test]
    fn a_possibly_misspelt_credential_is_not_quoted() {
        let found = scene("strict-npmrc=true\n//h/:_authTken=hunter2\n").finds(ID, 1);
        let output = rendered(&found[0]);
        assert!(output.contains("_authTken") && !output.contains("hunter2"), "{output}");
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","packageManager":"yarn@4.18.1"}"#;
        let yarn = Scene::new(manifest).file(".yarnrc.yml", "npmAuthTokn: hunter2\n").client(Manager::Yarn);
        let output = rendered(&yarn.finds(ID, 1)[0]);
        assert!(output.contains("npmAuthTokn") && !output.contains("hunter2"), "{output}");
    }
}
