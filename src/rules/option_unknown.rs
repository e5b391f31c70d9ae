//! npm 12 stops at options that npm 11 ignores or completes.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "option-unknown",
    category: Category::Correctness,
    summary: "npm 12 does not know an option of the publish command",
    npm_says: &["EUNKNOWNCONFIG", "Unknown cli flag", "Invalid abbreviated flag"],
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

An option of `npm publish` that npm 12 does not know, or that is abbreviated. npm 11 and older accept both: they ignore
unknown options with a warning, and complete abbreviated ones. With those nothing is reported.

### Why it matters

npm 12 stops with `EUNKNOWNCONFIG` at an unknown option. At an abbreviated one it stops without printing anything.

### What to do

Correct the option, write it in full, or remove it.

### Example

```sh
npm@12.2.2 publish --acess public
```
",
};

/// Options that npm 12 knows and npm 11 does not (npm 12.2.2, @npmcli/config lib/definitions/definitions.js).
const NEW: [&str; 11] = [
    "--allow-unused-patches",
    "--edit-dir",
    "--extension-file",
    "--global-ignore-file",
    "--ignore-existing",
    "--ignore-extension",
    "--ignore-patch-failures",
    "--keep-edit-dir",
    "--patches-dir",
    "--strict-npmrc",
    "--to",
];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let npm = &plan.npm.value;
    if !plan.npm_release().unknown_options_fail() || plan.other_client().is_some() {
        return Ok(vec![]);
    }
    let unknown = plan.config.unknown_flags.iter().filter(|flag| !NEW.contains(&flag.as_str())).map(|flag| {
        let message = format!("npm {npm} does not know the option `{flag}`");
        let why = "npm 11 ignores an unknown option, but npm 12 stops";
        Diagnostic::new(&RULE, message, why, format!("correct or remove `{flag}`")).npm_error("EUNKNOWNCONFIG")
    });
    let abbreviated = plan.config.abbreviated_flags.iter().map(|(flag, full)| {
        let message = format!("npm {npm} does not accept `{flag}` for `--{full}`");
        let why = "npm 11 completes an abbreviated option, but npm 12 stops and prints nothing";
        Diagnostic::new(&RULE, message, why, format!("write `--{full}`"))
    });
    Ok(unknown.chain(abbreviated).collect())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;

    const ID: &str = "option-unknown";

    fn scene(args: &[&str], major: u64) -> Scene {
        Scene::version("1.0.0").args(args).npm(Version::new(major, 0, 0))
    }

    #[test]
    fn npm_12_stops_at_an_unknown_option() {
        for args in [&["--acess", "public"][..], &["--no-git-checks"], &["--registry https://h/"]] {
            assert_eq!(scene(args, 12).finds(ID, 1)[0].npm_error, Some("EUNKNOWNCONFIG"), "{args:?}");
            scene(args, 11).finds(ID, 0);
        }
    }

    #[test]
    fn npm_12_stops_at_an_abbreviated_option() {
        assert_eq!(scene(&["--acces", "public"], 12).finds(ID, 1)[0].help, "write `--access`");
        scene(&["--acces", "public"], 11).finds(ID, 0);
    }

    #[test]
    fn options_of_either_npm_are_fine() {
        for args in [&["--access=public"][..], &["--ws"], &["--strict-npmrc"], &["--no-provenance"]] {
            scene(args, 12).finds(ID, 0);
        }
    }
}
