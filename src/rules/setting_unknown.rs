//! Keys of an .npmrc that npm 12 does not know, where it is told to stop at them.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::npm_config::definitions::is_known;
use crate::project::npm_config::{Layer, Origin};
use crate::rules::diagnostic::Diagnostic;
use crate::text::source::Place;

/// The rule.
pub static RULE: Rule = Rule {
    id: "setting-unknown",
    category: Category::Correctness,
    summary: "npm 12 does not know a key of an .npmrc, and `strict-npmrc` is set",
    npm_says: &["EUNKNOWNCONFIG", "Unknown npm configuration key"],
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

A key of an .npmrc that npm 12 does not know, where `strict-npmrc` is set in an .npmrc, the environment or on the command line.
Without `strict-npmrc`, and with npm 11 and older, which do not have it, such a key is a warning of npm's, and nothing is
reported. Nor is it of a variable `npm_config_…` or of `publishConfig`, which `strict-npmrc` leaves alone.

### Why it matters

npm 12 stops with `EUNKNOWNCONFIG` at every command.

### What to do

Correct or remove the key. Settings of other package managers belong in their own files.

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
    let npm = plan.npm_release();
    let strict = plan.config.get("strict-npmrc").filter(|entry| entry.value.is_truthy());
    let Some(strict) = strict.filter(|_| npm.has_setting("strict-npmrc") && plan.is_sent_by_npm()) else {
        return Ok(vec![]);
    };
    let unknown =
        FILES.into_iter().flat_map(|layer| plan.config.layer(layer)).filter(|entry| !is_known(&npm, &entry.key));
    let found = unknown.filter_map(|entry| {
        let Origin::File { place, key, .. } = &entry.origin else { return None };
        let name = &entry.key;
        let message = format!("npm {} does not know the setting `{name}`", plan.npm.value);
        let why = "with `strict-npmrc`, npm 12 stops at a key of an .npmrc that it does not know";
        let diagnostic = Diagnostic::new(&RULE, message, why, format!("correct or remove `{name}`"));
        let diagnostic = diagnostic.npm_error("EUNKNOWNCONFIG").at(Place::new(&place.source, *key), "this key");
        Some(diagnostic.set_by("`strict-npmrc`", &strict.origin))
    });
    Ok(found.collect())
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
    fn with_strict_npmrc_npm_12_stops_at_an_unknown_key() {
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
    fn any_source_may_say_that_npm_is_strict_and_the_strongest_decides() {
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
    fn another_client_that_publishes_reads_other_keys() {
        let strict = || scene("foo-bar=1\nstrict-npmrc=true\n");
        for client in [Manager::Pnpm, Manager::Yarn, Manager::Bun] {
            strict().client(client).finds(ID, 0);
        }
        strict().client(Manager::Npm).finds(ID, 1);
    }

    #[test]
    fn what_may_be_a_misspelt_credential_is_not_quoted() {
        let found = scene("strict-npmrc=true\n//h/:_authTken=hunter2\n").finds(ID, 1);
        let told = rendered(&found[0]);
        assert!(told.contains("_authTken") && !told.contains("hunter2"), "{told}");
    }
}
