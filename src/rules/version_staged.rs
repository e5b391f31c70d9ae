//! A version that is waiting for approval can be neither published nor staged again.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Assumption, Gap, NotARegistry, OnceAsked as _, Reason, Seen, Staging, Unknown, same};
use crate::plan::Login;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-staged",
    category: Category::Correctness,
    summary: "the version is already staged and waiting for approval",
    npm_says: &["E409", "Cannot publish over previously staged version", "Cannot stage previously published version"],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Stage],
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

A version that was staged with `npm stage publish`, or by an interrupted publish, and has not been approved or rejected yet.
Login sessions and most granular tokens can read the list of staged versions, but a trusted publisher cannot: with
`--stage`, or if earlier versions were staged, it is then assumed that the version is not in it. With `--stage`,
the same is assumed if the registry has no such list.

### Why it matters

A version that is staged cannot be staged or published again. npm itself sees only published versions, so the registry
answers `E409` after the scripts have run and the package has been uploaded.

### What to do

Approve the staged version (`npm stage approve <id>`), reject it (`npm stage reject <id>`), or raise `version`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /left-lodge
{ "versions": { "1.0.0": {} } }
```
```json GET /-/whoami
{ "username": "alice" }
```
```json GET /-/stage?page=0&perPage=100&package=left-lodge
{ "items": [{ "id": "5b1f2b0c-7f0e-4c38-9d7b-1d3a4f0c2e11", "packageName": "left-lodge", "version": "1.1.0" }], "total": 1 }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Some(name), Some(version)) = (plan.package.name(), plan.package.version()) else { return Ok(vec![]) };
    // On other registries staging is rare, so they are asked only for `--stage`.
    if plan.options.dry_run.value || !(plan.destination.npmjs || plan.options.stage) {
        return Ok(vec![]);
    }
    let credential = matches!(plan.auth.login, Login::Credential { .. } | Login::Nothing);
    // Staging a new package publishes a placeholder: what is not there has nothing staged.
    let packument = match case.packument_along_with(Ask::Stage)? {
        Seen::Here(packument) if packument.find(version).is_none() => packument,
        _ => return Ok(vec![]),
    };
    if !credential && !plan.options.stage {
        // A trusted publisher cannot read the list, and few stage a version and then publish it directly.
        let has_staged = packument.versions.iter().any(|(_, published)| published.approved);
        return if has_staged { Err(not_staged(case).into()) } else { Ok(vec![]) };
    }
    if plan.destination.npmjs && credential && case.user()?.is_none() {
        return Ok(vec![]);
    }
    plan.package.settled_name_and_version()?;
    let advice = || format!("after `npm login`, run `npm stage list {name}` to see what is staged");
    let staging = match case.staging().once_asked()? {
        Ok(Seen::Here(staging)) => staging,
        // No such list, or nothing that this credential may see.
        Ok(Seen::NotVisible) if !plan.options.stage => return Ok(vec![]),
        Err(unknown) if !plan.options.stage && has_no_list(&unknown) => return Ok(vec![]),
        // Nobody with this credential, or without one, can find out.
        Ok(Seen::NotVisible) => return Err(not_staged(case).into()),
        Err(unknown) if unknown.is_withheld() || has_no_list(&unknown) => return Err(not_staged(case).into()),
        Err(unknown) => return Err(unknown.advise(advice()).into()),
    };
    let Staging { versions, is_complete } = staging;
    let mut own =
        versions.iter().filter(|staged| staged.package.as_deref().is_none_or(|package| package == name.as_str()));
    let Some(staged) = own.find(|staged| same(&staged.version, version)) else {
        let detail = "only part of the registry's list of staged versions could be read";
        return if *is_complete { Ok(vec![]) } else { Err(Gap::unknown(Reason::Malformed, detail).advise(advice())) };
    };
    let id = if staged.id.is_empty() { "<id>" } else { &staged.id };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` {} is already staged and waiting for approval", staged.version),
        "a version that is staged cannot be staged or published again",
        format!("approve it with `npm stage approve {id}`, reject it with `npm stage reject {id}`, or raise `version`"),
    )
    .npm_error("E409")
    .at(plan.package.manifest.place_of("version"), "this version")
    .fix(Fix::command("see what is staged", format!("npm stage view {id}")));
    Ok(vec![diagnostic])
}

/// What is assumed where the list of staged versions is not shown.
fn not_staged(case: &Case<'_>) -> Assumption {
    let name = case.plan.package.shown_name();
    Assumption::new("the version is not already staged").verify(format!("npm stage list {name}"))
}

/// It says so itself, and does not lead to another server.
fn has_no_list(unknown: &Unknown) -> bool {
    unknown.reason == Reason::Unsupported && !matches!(unknown.not_a_registry, Some(NotARegistry::RedirectsTo { .. }))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::facts::Ask;

    const ID: &str = "version-staged";
    const LIST: &str = "/-/stage?page=0&perPage=100&package=left-lodge";

    fn publish() -> Scene {
        Scene::version("1.1.0").alice().packument(r#"{"versions":{"1.0.0":{}}}"#)
    }

    fn list(items: &str) -> Scene {
        publish().answer(LIST, 200, &format!(r#"{{"items":[{items}],"total":1}}"#))
    }

    #[test]
    fn a_version_waiting_for_approval_is_reported() {
        for item in [r#"{"id":"i","packageName":"left-lodge","version":"1.1.0"}"#, r#"{"version":"1.1.0+build"}"#] {
            assert_eq!(list(item).finds(ID, 1)[0].npm_error, Some("E409"));
            list(item).stage().finds(ID, 1);
        }
    }

    #[test]
    fn other_staged_versions_and_packages_are_fine() {
        list(r#"{"version":"1.1.0-rc.1"}"#).finds(ID, 0);
        list(r#"{"packageName":"right-lodge","version":"1.1.0"}"#).stage().finds(ID, 0);
        publish().answer(LIST, 200, r#"{"items":[],"total":0}"#).stage().finds(ID, 0);
    }

    #[test]
    fn nothing_is_requested_if_nothing_can_be_staged() {
        Scene::version("1.1.0").no_package().finds(ID, 0);
        Scene::version("1.0.0").packument(r#"{"versions":{"1.0.0":{}}}"#).finds(ID, 0);
        publish().private_registry().finds(ID, 0);
        publish().args(&["--dry-run"]).stage().finds(ID, 0);
        publish().logged_out().identity().finds(ID, 0);
    }

    #[test]
    fn the_staged_versions_are_requested_together_with_the_packument() {
        assert_eq!(Scene::version("1.1.0").asks_along(ID), [Ask::Stage]);
        assert_eq!(Scene::version("1.1.0").logged_out().asks_along(ID), []);
    }

    #[test]
    fn a_trusted_publisher_of_a_package_with_staged_releases_assumes_that_it_is_not_staged() {
        let staged =
            r#"{"versions":{"1.0.0":{"_npmUser":{"trustedPublisher":{"id":"x"},"approver":{"name":"alice"}}}}}"#;
        let job = Scene::version("1.1.0").logged_out().identity().packument(staged);
        assert_eq!(job.assumes(ID), "the version is not already staged");
    }

    #[test]
    fn without_a_user_it_is_undecided() {
        assert!(publish().logged_out().undecided(ID).lacks_user);
    }

    #[test]
    fn a_registry_without_a_list_matters_only_when_staging() {
        for (status, body) in [(404, r#"{"error":"Not found"}"#), (404, "<html>"), (405, "{}")] {
            publish().answer(LIST, status, body).finds(ID, 0);
            assert_eq!(publish().answer(LIST, status, body).stage().assumes(ID), "the version is not already staged");
        }
        publish().private_registry().stage().answer(LIST, 404, "<html>").assumes(ID);
    }

    #[test]
    fn a_list_that_may_not_be_read_is_assumed_not_to_contain_the_version() {
        for status in [401, 403] {
            publish().answer(LIST, status, r#"{"error":"no"}"#).assumes(ID);
            publish().answer(LIST, status, r#"{"error":"no"}"#).stage().assumes(ID);
        }
        publish().logged_out().identity().stage().assumes(ID);
    }

    #[test]
    fn an_unreadable_list_is_undecided() {
        let unknown = publish().answer(LIST, 500, r#"{"error":"no"}"#).undecided(ID);
        assert!(unknown.detail.contains("npm stage list left-lodge"), "{}", unknown.detail);
        publish().answer(LIST, 200, r#"{"items":[{"version":"0.9.0"}],"total":200}"#).undecided(ID);
    }
}
