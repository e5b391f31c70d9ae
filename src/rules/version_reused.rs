//! A version that was unpublished: npm's public registry never accepts it again.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason, Seen, same};
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-reused",
    category: Category::Correctness,
    summary: "the version was published before and then unpublished",
    npm_says: &[
        "E403",
        "E400",
        "Cannot publish over previously published version",
        "You cannot publish over the previously published versions",
    ],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A `version` that is no longer on the registry but was published before. The registry still lists the time it was published.

### Why it matters

npm's public registry does not accept the same version twice, even after it was unpublished. npm's own check does not
detect this. Other registries have their own rules, so the check is undecided there.

### What to do

Raise `version`, for example with `npm version patch`.

`npm-preflight lint` names the next free version.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /left-lodge
{
  "versions": { "1.0.0": {} },
  "time": { "1.0.0": "2025-03-01T00:00:00.000Z", "1.1.0": "2025-04-01T00:00:00.000Z" }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let (Some(version), Some(name), false) =
        (case.plan.package.version(), case.plan.package.name(), case.plan.options.dry_run.value)
    else {
        return Ok(vec![]);
    };
    let Seen::Here(packument) = case.packument()? else { return Ok(vec![]) };
    let unpublished = packument.unpublished.iter().flat_map(|unpublished| &unpublished.versions);
    let was_there = packument.gone.iter().flatten().chain(unpublished).any(|known| same(known, version));
    if packument.gone.is_none() && case.plan.destination.npmjs && packument.find(version).is_none() {
        let detail =
            format!("the registry's answer for `{name}` has no `time`, which lists the versions that were unpublished");
        return Err(Gap::unknown(Reason::Malformed, detail));
    }
    if !was_there || packument.find(version).is_some() {
        return Ok(vec![]);
    }
    let registry = case.plan.destination.shown();
    if !case.plan.destination.npmjs {
        return Err(Gap::unknown(
            Reason::Unsupported,
            format!("{version} was published and removed, and it is not known whether {registry} accepts it again"),
        ));
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` {version} was published before and then unpublished"),
        format!("{registry} does not accept the same version twice, even after it was unpublished"),
        "raise `version`",
    )
    .npm_error(if packument.versions.is_empty() { "E400" } else { "E403" })
    .at(case.plan.package.manifest.place_of("version"), "this version")
    .fix(Fix::command("raise `version`", case.raise_version(version)));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ONE_REMOVED: &str = r#"{"versions":{"1.0.0":{}},"time":{"created":"2025-01-01T00:00:00.000Z",
        "1.0.0":"2025-01-01T00:00:00.000Z","1.1.0":"2025-02-01T00:00:00.000Z"}}"#;
    const ALL_REMOVED: &str = r#"{"time":{"unpublished":{"time":"2025-06-01T00:00:00.000Z","versions":["1.1.0"]}}}"#;

    #[test]
    fn an_unpublished_version_is_reported() {
        Scene::version("1.1.0").packument(ONE_REMOVED).finds("version-reused", 1);
        Scene::version("1.1.0+build.2").packument(ONE_REMOVED).finds("version-reused", 1);
        let found = Scene::version("1.1.0").packument(ALL_REMOVED).finds("version-reused", 1);
        let command = found[0].fix.clone().unwrap().command;
        assert_eq!(command.as_deref(), Some("npm version 1.1.1 --no-git-tag-version"));
    }

    #[test]
    fn new_and_published_versions_are_fine() {
        for version in ["1.0.0", "1.2.0"] {
            Scene::version(version).packument(ONE_REMOVED).finds("version-reused", 0);
        }
        Scene::version("1.2.0").packument(ALL_REMOVED).finds("version-reused", 0);
        Scene::version("1.1.0").no_package().finds("version-reused", 0);
    }

    #[test]
    fn without_publish_times_it_is_undecided_on_the_public_registry() {
        let untimed = r#"{"versions":{"1.0.0":{}}}"#;
        Scene::version("1.1.0").packument(untimed).undecided("version-reused");
        Scene::version("1.0.0").packument(untimed).finds("version-reused", 0);
        Scene::version("1.1.0").packument(untimed).private_registry().finds("version-reused", 0);
    }

    #[test]
    fn on_other_registries_it_is_undecided() {
        Scene::version("1.1.0").packument(ONE_REMOVED).private_registry().undecided("version-reused");
        Scene::version("1.2.0").packument(ONE_REMOVED).private_registry().finds("version-reused", 0);
    }
}
