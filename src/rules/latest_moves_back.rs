//! The dist-tag `latest` is what people install by default: moving it to a lower version gives them an old release.

mod unguarded;

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Gap, OnceAsked as _, Packument, Reason, Seen};
use crate::npm::version::Version;
use crate::plan::PublishPlan;
use crate::project::npm_config::definitions::DEFAULT_TAG;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "latest-moves-back",
    category: Category::Correctness,
    summary: "the dist-tag `latest` would move to a lower version or to a prerelease",
    npm_says: &["Cannot implicitly apply the \"latest\" tag"],
    asks: &[Ask::Packument, Ask::DistTags],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[Input::Flag("tag")],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A version that would become `latest` although a higher version is published. It is an error if npm refuses it: no dist-tag
is given, and a higher release that is not deprecated is published under any dist-tag. It is a warning if npm allows it,
because `latest` is given explicitly, `force` or `offline` is set, the higher version is deprecated, npm is older than 11, or the package
manager that publishes does not check (Yarn, Bun, pnpm 11, `pnpm -r publish`). It is also a warning if `latest` would move
from a release to a prerelease. If the first version of a package is a prerelease, that is an info, because on npm's
public registry it becomes `latest` whatever its dist-tag is. If the first version is staged with another dist-tag than
`latest`, that is a warning, because npm publishes the placeholder `0.0.0-stage` and makes it `latest`.

### Why it matters

`npm install <package>` installs `latest`, so users would get an older release, or a prerelease they did not ask for.

### What to do

Use another dist-tag, such as `--tag v1-lts` for a fix to an old release line, or `--tag next` for a prerelease.

If the highest release differs only in the patch number, `npm-preflight lint` names the next free version above it instead.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.1"
}
```
```json GET /left-lodge
{ "versions": { "1.1.0": {}, "2.0.0": {} }, "dist-tags": { "latest": "2.0.0" } }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Some(version), Some(name)) = (plan.package.version(), plan.package.name()) else { return Ok(vec![]) };
    let guarded = plan.guards_latest();
    // npm refuses a prerelease without a dist-tag before it asks the registry.
    if version.is_prerelease() && guarded {
        return Ok(vec![]);
    }
    if plan.options.tag.value.value != DEFAULT_TAG && !guarded {
        return unguarded::first(case, version);
    }
    let packument = match case.packument().once_asked()? {
        Ok(Seen::Here(packument)) => packument,
        Ok(Seen::NotVisible) => return Ok(vec![]),
        Err(unknown) if case.may_ask_otherwise(&unknown) => return unguarded::find(case, version, unknown),
        Err(unknown) => return Err(unknown.into()),
    };
    if packument.find(version).is_some() {
        return Ok(vec![]);
    }
    if guarded
        && plan.reads_published()
        && let Some(highest) = highest_release(packument).filter(|highest| highest > version)
    {
        if looks_elsewhere(plan) {
            return Err(Gap::unknown(
                Reason::Unsupported,
                "npm compares the version with those on the registry configured for the scope, not with those on the \
                 registry in `publishConfig`",
            ));
        }
        let fix = overtaking(case, version, &highest).unwrap_or_else(|| {
            Fix::command("publish with another dist-tag", format!("{} --tag <tag>", plan.runner.words().publish))
        });
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`latest` would move back: `{name}` {highest} is higher than {version}"),
            "npm does not move `latest` to a lower version unless you ask for it",
            "raise `version`, or use another dist-tag with `--tag`",
        )
        .at(plan.package.manifest.place_of("version"), "this version")
        .fix(fix);
        return Ok(vec![diagnostic]);
    }
    if plan.options.dry_run.value {
        return Ok(vec![]);
    }
    let latest = packument.dist_tags.get(DEFAULT_TAG).and_then(|latest| Version::clean(latest, true));
    Ok(unguarded::moved(case, version, latest).into_iter().collect())
}

/// A version above the highest one, where both are of the same minor version: there is no other release line, so nobody wants to stay
/// below it.
fn overtaking(case: &Case<'_>, version: &Version, highest: &Version) -> Option<Fix> {
    let next = case.next_free(highest).filter(|_| version.shares_line(highest))?;
    Some(Fix::command("raise `version`", case.plan.runner.words().set_version(&next.to_string())))
}

/// `#registryVersions` of npm 11.19.1 (lib/commands/publish.js): the highest release that is not deprecated. One key
/// that is not a strict version makes npm give up on all of them.
fn highest_release(packument: &Packument) -> Option<Version> {
    let mut highest = None;
    for (text, published) in packument.versions.iter() {
        let version = Version::clean(text, false).filter(|_| !text.trim_start().starts_with('='))?;
        if !version.is_prerelease() && !published.deprecated {
            highest = highest.max(Some(version));
        }
    }
    highest
}

/// npm's guard asks `pacote` with the options before publishConfig: its registry for the scope wins there.
fn looks_elsewhere(plan: &PublishPlan) -> bool {
    let Some(scope) = plan.package.name().and_then(crate::npm::name::PackageName::scope) else { return false };
    let configured = plan.config.flat(&format!("{scope}:registry")).and_then(|entry| entry.value.as_text());
    matches!((configured, plan.destination.registry()), (Some(configured), Some((_, target)))
        if !configured.is_empty() && configured.trim_end_matches('/') != target.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::rules::diagnostic::Severity;

    const TWO: &str = r#"{"versions":{"1.0.0":{},"1.1.0":{},"2.0.0":{}},"dist-tags":{"latest":"2.0.0"}}"#;

    fn severity(scene: &Scene) -> Severity {
        scene.finds("latest-moves-back", 1)[0].severity
    }

    #[test]
    fn npm_refuses_a_lower_version_without_a_tag() {
        assert_eq!(severity(&Scene::version("1.1.1").packument(TWO)), Severity::Error);
        let other_tag = r#"{"versions":{"1.0.0":{},"2.0.0":{}},"dist-tags":{"latest":"1.0.0","next":"2.0.0"}}"#;
        assert_eq!(severity(&Scene::version("1.1.1").packument(other_tag)), Severity::Error);
    }

    #[test]
    fn a_lower_version_of_the_latest_minor_line_is_bumped_by_the_command() {
        let list = r#"{"versions":{"1.1.0":{},"1.1.3":{}},"time":{"1.1.4":"2025-01-01T00:00:00.000Z"}}"#;
        let command = |version, list| {
            let found = Scene::version(version).packument(list).finds("latest-moves-back", 1);
            found[0].fix.clone().unwrap().command.unwrap()
        };
        assert_eq!(command("1.1.2", list), "npm version 1.1.5 --no-git-tag-version");
        assert_eq!(command("1.1.1", TWO), "npm publish --tag <tag>");
    }

    #[test]
    fn an_explicit_dist_tag_is_respected() {
        let lower = || Scene::version("1.1.1").packument(TWO);
        lower().args(&["--tag", "v1"]).finds("latest-moves-back", 0);
        assert_eq!(severity(&lower().args(&["--tag", "latest"])), Severity::Warning);
        assert_eq!(severity(&lower().args(&["--force"])), Severity::Warning);
        assert_eq!(severity(&lower().npmrc("offline=true\n")), Severity::Warning);
        assert_eq!(severity(&lower().args(&["--dry-run"])), Severity::Error);
        lower().args(&["--dry-run", "--force"]).finds("latest-moves-back", 0);
    }

    #[test]
    fn npm_10_moves_latest_without_an_error() {
        let npm10 = |version| Scene::version(version).packument(TWO).npm(Version::new(10, 9, 4));
        assert_eq!(severity(&npm10("1.1.1")), Severity::Warning);
        assert_eq!(severity(&npm10("3.0.0-rc.1")), Severity::Warning);
        npm10("2.0.1").finds("latest-moves-back", 0);
    }

    #[test]
    fn a_higher_version_that_npm_ignores_is_a_warning() {
        let deprecated = r#"{"versions":{"1.0.0":{},"2.0.0":{"deprecated":"no"}},"dist-tags":{"latest":"2.0.0"}}"#;
        assert_eq!(severity(&Scene::version("1.1.1").packument(deprecated)), Severity::Warning);
        let odd = r#"{"versions":{"1.x":{},"2.0.0":{}},"dist-tags":{"latest":"2.0.0"}}"#;
        assert_eq!(severity(&Scene::version("1.1.1").packument(odd)), Severity::Warning);
    }

    #[test]
    fn moving_latest_to_a_prerelease_is_a_warning() {
        let rc = || Scene::version("3.0.0-rc.1").packument(TWO);
        assert_eq!(severity(&rc().args(&["--tag=latest"])), Severity::Warning);
        rc().args(&["--tag=next"]).finds("latest-moves-back", 0);
        rc().finds("latest-moves-back", 0);
        let only_rcs = r#"{"versions":{"3.0.0-rc.0":{}},"dist-tags":{"latest":"3.0.0-rc.0"}}"#;
        let scene = Scene::version("3.0.0-rc.1").packument(only_rcs).args(&["--tag=latest"]);
        scene.finds("latest-moves-back", 0);
    }

    #[test]
    fn higher_new_and_published_versions_are_fine() {
        for version in ["2.0.1", "1.1.0", "2.0.0"] {
            Scene::version(version).packument(TWO).finds("latest-moves-back", 0);
        }
        Scene::version("1.0.0").no_package().finds("latest-moves-back", 0);
        let higher_rc = r#"{"versions":{"1.0.0":{},"2.0.0-rc.1":{}},"dist-tags":{"latest":"1.0.0"}}"#;
        Scene::version("1.0.1").packument(higher_rc).finds("latest-moves-back", 0);
    }

    #[test]
    fn without_the_packument_it_is_undecided() {
        Scene::version("1.1.1").undecided("latest-moves-back");
        Scene::version("1.1.1").args(&["--tag", "v1"]).answer("/left-lodge", 500, "").finds("latest-moves-back", 0);
    }
}
