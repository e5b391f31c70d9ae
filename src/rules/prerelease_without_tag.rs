//! A prerelease needs a dist-tag; npm does not make it `latest` by default.

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "prerelease-without-tag",
    category: Category::Correctness,
    summary: "a prerelease is published without a dist-tag",
    npm_says: &["You must specify a tag using --tag when publishing a prerelease version"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Package,
    decided_by: &[Input::Flag("tag")],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A prerelease version such as `2.0.0-rc.1` when no dist-tag is set by `--tag`, `publishConfig.tag` or npm's configuration. A
`tag` at the root of package.json does not count.

### Why it matters

npm refuses it, because everyone who installs the package without a version would get the prerelease. It does so only after
running your build. (npm 10 and older, pnpm 11, `pnpm -r publish`, Yarn and Bun silently make it `latest`; see
`latest-moves-back`.)

### What to do

Set a dist-tag: `npm publish --tag next`, or `"publishConfig": { "tag": "next" }`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "2.0.0-rc.1"
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(version) = plan.package.version().filter(|version| version.is_prerelease()) else { return Ok(vec![]) };
    let refuses = if plan.guards_latest() {
        "npm does not make a prerelease `latest` unless you ask for it"
    } else if plan.options.tag.implicit && plan.runner.other_client() == Some(Manager::Bun) {
        "Bun since 1.4 refuses a prerelease without a dist-tag"
    } else {
        return Ok(vec![]);
    };
    plan.package.settled_name_and_version()?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{version} is a prerelease, but no dist-tag is set"),
        refuses,
        "pass `--tag next`, or set `publishConfig.tag`",
    )
    .at(plan.package.manifest.place_of("version"), "a prerelease")
    .fix(Fix::command("set a dist-tag", format!("{} --tag next", plan.runner.words().publish)));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    #[test]
    fn a_prerelease_needs_a_tag() {
        Scene::version("2.0.0-rc.1").finds("prerelease-without-tag", 1);
        Scene::version("2.0.0").finds("prerelease-without-tag", 0);
    }

    #[test]
    fn any_dist_tag_that_npm_reads_is_enough() {
        let scene = || Scene::version("2.0.0-rc.1");
        scene().args(&["--tag", "next"]).finds("prerelease-without-tag", 0);
        scene().args(&["--tag", "latest"]).finds("prerelease-without-tag", 0);
        scene().npmrc("tag=next\n").finds("prerelease-without-tag", 0);
        scene().env("npm_config_tag", "next").finds("prerelease-without-tag", 0);
        scene().args(&["--force"]).finds("prerelease-without-tag", 0);
        let manifest = r#"{"name":"left-lodge","version":"2.0.0-rc.1","publishConfig":{"tag":"next"}}"#;
        Scene::new(manifest).finds("prerelease-without-tag", 0);
    }

    #[test]
    fn npm_10_does_not_reject_it() {
        Scene::version("2.0.0-rc.1").npm(Version::new(10, 9, 4)).finds("prerelease-without-tag", 0);
        Scene::version("2.0.0-rc.1").npm(Version::new(11, 0, 0)).finds("prerelease-without-tag", 1);
    }

    #[test]
    fn only_package_managers_that_run_npm_reject_it() {
        let scene = |manager: &str| {
            Scene::new(&format!(r#"{{"name":"left-lodge","version":"2.0.0-rc.1","packageManager":"{manager}"}}"#))
        };
        let found = scene("pnpm@10.34.9").client(Manager::Pnpm).finds("prerelease-without-tag", 1);
        assert_eq!(found[0].fix.as_ref().unwrap().command.as_deref(), Some("pnpm publish --tag next"));
        for (version, client) in
            [("pnpm@11.28.11", Manager::Pnpm), ("npm@11.19.1", Manager::Pnpm), ("yarn@4.18.1", Manager::Yarn)]
        {
            scene(version).client(client).finds("prerelease-without-tag", 0);
            scene(version).client(Manager::Npm).finds("prerelease-without-tag", 1);
        }
        let found = scene("bun@1.4.5").client(Manager::Bun).finds("prerelease-without-tag", 1);
        assert!(found[0].why.starts_with("Bun"), "{}", found[0].why);
        let scene = scene("pnpm@10.34.9").client(Manager::Pnpm);
        let mut plan = scene.plan();
        plan.package.workspace = true;
        assert!(scene.check_plan("prerelease-without-tag", &plan).unwrap().is_empty(), "`pnpm -r publish` names it");
    }

    #[test]
    fn a_tag_at_the_root_does_not_count() {
        let manifest = r#"{"name":"left-lodge","version":"2.0.0-rc.1","tag":"next"}"#;
        Scene::new(manifest).finds("prerelease-without-tag", 1);
    }
}
