//! A setting in a place where npm 12 does not read it.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::npm_config::{Layer, Value};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "setting-misplaced",
    category: Category::Correctness,
    summary: "`extension-file` is set where npm 12 does not allow it",
    npm_says: &["ENPMEXTENSIONCONFIG", "may only be set in project config or on the command line"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Machine,
    decided_by: &[],
    needs: Needs::Argument,
    for_private: true,
    explains_no_user: false,
    order: Order::First,
    security_severity: None,
    docs: r"
### What it finds

`extension-file` in the user's, the global or npm's built-in npmrc, or in the environment, if neither the project's .npmrc nor the command line sets it. npm 11 and older do not have this setting and ignore it.

### Why it matters

The setting makes npm run code. npm 12 accepts it only in the project's .npmrc and on the command line. If it is set anywhere else, every command fails with `ENPMEXTENSIONCONFIG`.

### What to do

Move the line to the project's .npmrc.

### Example

```sh
npm@12.2.2 publish
```
```ini ~/.npmrc
extension-file=extension.mjs
```
",
};

/// Of all settings the one that npm is so particular about (npm 12.2.2, lib/npm.js `#load`).
const KEY: &str = "extension-file";

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let strongest = plan.config.entries().find(|(_, entry)| entry.key == KEY);
    let Some((layer, entry)) =
        strongest.filter(|_| plan.runner.npm_release().has_setting(KEY) && plan.runner.is_sent_by_npm())
    else {
        return Ok(vec![]);
    };
    let is_allowed = matches!(layer, Layer::Project | Layer::Cli | Layer::Default);
    if is_allowed || matches!(entry.value, Value::Null | Value::Undefined) {
        return Ok(vec![]);
    }
    let noun = if layer == Layer::Env { "" } else { " configuration" };
    let message = format!("`{KEY}` is set in the {layer}{noun}");
    let why = "npm 12 accepts it only in the project's .npmrc and on the command line, and refuses to start otherwise";
    let help = format!("remove `{KEY}` there, or move it into the project's .npmrc");
    let diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error("ENPMEXTENSIONCONFIG");
    Ok(vec![diagnostic.at_origin(&format!("`{KEY}`"), &entry.origin, "set here")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    const ID: &str = "setting-misplaced";

    fn scene() -> Scene {
        Scene::version("1.0.0").npm(Version::new(12, 0, 0))
    }

    fn user() -> Scene {
        scene().user_npmrc("extension-file=x.mjs\n")
    }

    #[test]
    fn npm_12_reads_the_extension_file_only_from_project_and_command_line() {
        assert_eq!(user().finds(ID, 1)[0].npm_error, Some("ENPMEXTENSIONCONFIG"));
        scene()
            .file("/etc/npmrc.global", "extension-file=x.mjs\n")
            .args(&["--globalconfig=/etc/npmrc.global"])
            .finds(ID, 1);
        scene().env("npm_config_extension_file", "x.mjs").finds(ID, 1);
        scene().npmrc("extension-file=x.mjs\n").finds(ID, 0);
        scene().args(&["--extension-file=x.mjs"]).finds(ID, 0);
        user().npm(Version::new(11, 21, 2)).finds(ID, 0);
    }

    #[test]
    fn only_the_strongest_source_counts() {
        user().npmrc("extension-file=y.mjs\n").finds(ID, 0);
        user().args(&["--extension-file=y.mjs"]).finds(ID, 0);
        scene().npmrc("extension-file=y.mjs\n").env("npm_config_extension_file", "x.mjs").finds(ID, 1);
    }

    #[test]
    fn other_publishing_clients_do_not_read_it() {
        user().client(Manager::Pnpm).finds(ID, 0);
        user().client(Manager::Npm).finds(ID, 1);
    }
}
