//! A git tag for another version than the one in package.json.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Seen};
use crate::plan::PublishPlan;
use crate::project::ci::ReleaseTag;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tag-version-mismatch",
    category: Category::Correctness,
    summary: "the git tag being pushed, or that started the CI job, does not match the version in package.json",
    npm_says: &["E403"],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A tag `v1.2.3`, `name@1.2.3`, `@scope/name@1.2.3` or `name-v1.2.3` when package.json has another version. In a git hook this
is an error. If the tag matches the package only by the name of its folder, or by its name without the scope, the hook only
prints a line about it, because the tag may belong to something else. In a CI job started by the tag it is a warning, because
a later step may still set the version, and only for packages that have been published before. A tag without a package name
is not compared when several packages are released, unless none of them has that version.

### Why it matters

npm publishes the version in package.json. Usually that version is already published, so the release fails after the tag has
been pushed. Otherwise the tag and the package disagree permanently.

### What to do

Set the version, commit, and move the tag. `npm version` does all three at once.

### Example

```json package.json
{ "name": "left-lodge", "version": "1.2.2" }
```

```sh
GITHUB_ACTIONS=true GITHUB_REF=refs/tags/v1.2.3 npm publish
```

```json GET /left-lodge
{ "versions": { "1.2.1": {} } }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let parsed = plan.git.pushed.tag.as_deref().and_then(|tag| Some((tag, ReleaseTag::parse(tag)?)));
    let Some((tag, release)) = parsed else { return Ok(vec![]) };
    let promised = &release.version;
    let is_named = |plan: &PublishPlan| plan.package.name().is_some_and(|name| release.names(name.as_str()));
    if release.name.is_some() && !plan.git.pushed.matched_by_hook && !is_named(plan) {
        return Ok(vec![]);
    }
    let Some(version) = plan.package.version().filter(|version| *version != promised) else { return Ok(vec![]) };
    // A name without its scope may be that of another package.
    let may_be_other =
        |other: &PublishPlan| release.is_component && !plan.git.pushed.matched_by_hook && is_named(other);
    let is_kept = |other: &PublishPlan| {
        other.package.version() == Some(promised) && (release.name.is_none() || may_be_other(other))
    };
    if plan.is_skipped() || case.release.plans.iter().any(is_kept) {
        return Ok(vec![]);
    }
    plan.package.settled_name_and_version()?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the tag `{tag}` is for version {promised}, but package.json has {version}"),
        format!("{} publishes the version in package.json", plan.runner.name()),
        format!("set `version` to {promised}, or tag the commit as {version}"),
    )
    .at(plan.package.manifest.place_of("version"), "this version would be published")
    .fix(Fix::command("set the version", plan.runner.words().set_version(&promised.to_string())));
    if plan.git.pushed.commit.is_some() {
        return Ok(vec![diagnostic]);
    }
    // If the package was never published, the repository's tags may be for something else.
    match case.packument().map_err(Gap::minor)? {
        Seen::Here(_) => Ok(vec![diagnostic.severity(Severity::Warning)]),
        Seen::NotVisible => Ok(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    fn scene(name: &str, tag: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"{name}","version":"1.2.2"}}"#)).pushed(Some(tag), Some("1a2b"))
    }

    #[test]
    fn a_tag_for_another_version_is_reported() {
        for (name, tag) in [
            ("left-lodge", "v1.2.3"),
            ("left-lodge", "1.2.3"),
            ("left-lodge", "left-lodge@1.2.3"),
            ("@acme/a", "@acme/a@1.2.3-rc.1"),
            ("left-lodge", "left-lodge-v1.2.3"),
            ("@acme/a", "a-v1.2.3"),
        ] {
            assert_eq!(scene(name, tag).finds("tag-version-mismatch", 1)[0].severity, Severity::Error, "{tag}");
        }
    }

    #[test]
    fn a_matching_or_unrelated_tag_is_fine() {
        for (name, tag) in [
            ("left-lodge", "v1.2.2"),
            ("left-lodge", "left-lodge@1.2.2"),
            ("left-lodge", "other@1.2.3"),
            ("@acme/a", "a@1.2.3"),
            ("left-lodge", "left-lodge-v1.2.2"),
            ("@acme/a", "lodge-v1.2.3"),
            ("left-lodge", "v1"),
            ("left-lodge", "nightly"),
        ] {
            scene(name, tag).finds("tag-version-mismatch", 0);
        }
    }

    #[test]
    fn in_a_ci_job_started_by_the_tag_it_is_a_warning() {
        let job = |tag: &str| {
            let scene = Scene::version("1.2.2").env("GITHUB_ACTIONS", "true");
            scene.env("GITHUB_REF", &format!("refs/{tag}")).packument(r#"{"versions":{"1.2.1":{}}}"#)
        };
        assert_eq!(job("tags/v1.2.3").finds("tag-version-mismatch", 1)[0].severity, Severity::Warning);
        let denied = job("tags/v1.2.3").env("CI", "false").finds("tag-version-mismatch", 1);
        assert_eq!(denied[0].severity, Severity::Warning, "this is not a hook, whatever CI says");
        job("tags/v1.2.2").finds("tag-version-mismatch", 0);
        job("heads/v1.2.3").finds("tag-version-mismatch", 0);
        let first = Scene::version("1.2.2").env("GITHUB_ACTIONS", "true").env("GITHUB_REF", "refs/tags/v1.2.3");
        first.no_package().finds("tag-version-mismatch", 0);
    }
}
