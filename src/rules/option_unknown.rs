//! npm 12 fails on options that npm 11 ignores or completes.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::publisher::Fault;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "option-unknown",
    category: Category::Correctness,
    summary: "npm 12 does not know an option of the publish command",
    npm_says: &[
        "EUNKNOWNCONFIG",
        "Unknown cli flag",
        "Invalid abbreviated flag",
        "is not a valid single-hyphen cli flag",
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

An option of `npm publish` that npm 12 does not know, that is abbreviated, or that is a word after a single dash, such as `-ws` or `-reg`. npm 11 and older accept all three: they ignore unknown options with a warning and understand the others. Nothing is reported for them.

### Why it matters

npm 12 fails with `EUNKNOWNCONFIG` on an unknown option. On an abbreviated option or a single dash it fails without an error code, before it reads its configuration.

### What to do

Correct the option, write it in full, or remove it.

### Example

```sh
npm@12.2.2 publish --acess public
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let npm = &plan.runner.npm.value;
    let of_client = plan.runner.client_faults().iter().filter_map(at_yarn);
    if !plan.runner.npm_release().unknown_options_fail()
        || !plan.runner.is_sent_by_npm()
        || !plan.runner.passes_options_to_npm()
    {
        return Ok(of_client.collect());
    }
    let config = &plan.config;
    let unknown = config.unknown_flags.iter().map(|flag| {
        let message = format!("npm {npm} does not know the option `{flag}`");
        let why = "npm 11 ignores an unknown option, but npm 12 fails";
        Diagnostic::new(&RULE, message, why, format!("correct or remove `{flag}`")).npm_error("EUNKNOWNCONFIG")
    });
    let abbreviated = config.abbreviated_flags.iter().map(|(flag, full)| {
        let message = format!("npm {npm} does not accept `{flag}` for `--{full}`");
        let why = "npm 11 completes an abbreviated option, but npm 12 fails";
        Diagnostic::new(&RULE, message, why, format!("write `--{full}`"))
    });
    let single = config.single_dash_flags.iter().map(|word| {
        let message = format!("npm {npm} does not accept `-{word}` for `--{word}`");
        let why = "npm 11 reads a word after a single dash as an option, but npm 12 fails";
        Diagnostic::new(&RULE, message, why, format!("write `--{word}`"))
    });
    Ok(unknown.chain(abbreviated).chain(single).collect())
}

/// Yarn's options of a publish are few, and `--registry` is none of them (Yarn 4.18.1, @yarnpkg/plugin-npm-cli
/// sources/commands/npm/publish.ts).
fn at_yarn(fault: &Fault) -> Option<Diagnostic> {
    let Fault::UnknownOption { option } = fault else { return None };
    let message = format!("`yarn npm publish` does not have the option `{option}`");
    let why = "Yarn fails on an unknown option; it takes the registry from its settings and from `publishConfig`";
    let help = "remove it, and set `npmPublishRegistry` in `.yarnrc.yml` or `publishConfig.registry` in package.json";
    Some(Diagnostic::new(&RULE, message, why, help))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    const ID: &str = "option-unknown";

    fn scene(args: &[&str], major: u64) -> Scene {
        Scene::version("1.0.0").args(args).npm(Version::new(major, 0, 0))
    }

    #[test]
    fn npm_12_rejects_an_unknown_option() {
        for args in [&["--acess", "public"][..], &["--no-git-checks"], &["--registry https://h/"]] {
            assert_eq!(scene(args, 12).finds(ID, 1)[0].npm_error, Some("EUNKNOWNCONFIG"), "{args:?}");
            scene(args, 11).finds(ID, 0);
        }
    }

    #[test]
    fn npm_12_rejects_an_abbreviated_option() {
        for (args, help) in [(&["--acces", "public"][..], "write `--access`"), (&["--verb"], "write `--verbose`")] {
            assert_eq!(scene(args, 12).finds(ID, 1)[0].help, help);
            scene(args, 11).finds(ID, 0);
        }
    }

    #[test]
    fn npm_12_rejects_a_word_with_a_single_dash_anywhere() {
        for args in [&["-reg", "https://h/"][..], &["-dd"], &["--message", "-ws"], &["--", "-no"]] {
            scene(args, 12).finds(ID, 1);
            scene(args, 11).finds(ID, 0);
        }
        for args in [&["-reg=https://h/"][..], &["-tag", "next"], &["-d"], &["-fd"], &["--ws"]] {
            scene(args, 12).finds(ID, 0);
        }
    }

    #[test]
    fn options_that_npm_12_knows_are_fine() {
        for args in [&["--access=public"][..], &["--ws"], &["--strict-npmrc"], &["--to", "x"], &["--local-prefix=x"]] {
            scene(args, 12).finds(ID, 0);
        }
        for args in [&["--no-shrinkwrap"][..], &["--shrinkwrap=false"], &["--shrink"]] {
            scene(args, 12).finds(ID, 1);
            scene(args, 11).finds(ID, 0);
        }
    }

    #[test]
    fn pnpm_up_to_10_12_passes_unknown_options_to_npm() {
        let pnpm = |version: &str| {
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","packageManager":"pnpm@{version}"}}"#);
            Scene::new(&manifest).args(&["--no-git-checks"]).npm(Version::new(12, 0, 0)).client(Manager::Pnpm)
        };
        pnpm("10.12.4").finds(ID, 1);
        pnpm("10.34.8").finds(ID, 0);
        pnpm("11.28.10").finds(ID, 0);
    }

    #[test]
    fn yarn_has_no_option_for_the_registry() {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","packageManager":"yarn@4.18.1"}"#;
        let yarn = |args: &[&str]| Scene::new(manifest).args(args).client(Manager::Yarn);
        yarn(&["--registry", "https://h/"]).finds(ID, 1);
        yarn(&["--tag", "next"]).finds(ID, 0);
    }

    #[test]
    fn the_value_of_an_option_new_in_npm_12_is_not_an_argument() {
        let scene = |major| scene(&["--patches-dir", "patches"], major).file("patches/x", "");
        scene(12).finds("publish-target", 0);
        scene(11).finds("publish-target", 1);
    }
}
