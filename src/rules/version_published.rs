//! A version the registry already holds can never be published again.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Assumption, OnceAsked as _, Seen, same};
use crate::npm::name::PackageName;
use crate::npm::version::Version;
use crate::plan::Access;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-published",
    category: Category::Correctness,
    summary: "the version is already published",
    npm_says: &[
        "E403",
        "E409",
        "EPUBLISHCONFLICT",
        "You cannot publish over the previously published versions",
        "Cannot stage previously published version",
    ],
    asks: &[Ask::Packument, Ask::Version],
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

A `version` that is already on the registry, whether deprecated or not, release or prerelease. Build metadata does not
make a new version: `1.2.3+5` is published as `1.2.3`. If the package's document cannot be read, the registry is asked
for this one version.

In a git hook, a version that was published from the pushed commit itself is not reported. If the registry does not say
from which commit it was published, this is a warning.

Where lerna, semantic-release, release-it, np or nx release works out the version when it publishes, that it is a new one is assumed.

### Why it matters

A version can be published only once. npm's own check looks only at releases that are not deprecated, ignores all
errors, and runs after your build; in all other cases the registry answers `E403`.

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
{ "versions": { "1.0.0": {}, "1.1.0": {} } }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    if let Some(tool) = case.plan.package.version_to_come {
        let assumption = Assumption::new(format!("{tool} publishes it as a version that is not published yet"));
        return Err(assumption.into());
    }
    let (Some(version), Some(name)) = (case.plan.package.version(), case.plan.package.name()) else {
        return Ok(vec![]);
    };
    case.plan.package.settled_name_and_version()?;
    let published = match held(case, version).once_asked()? {
        Ok(Some(published)) => published,
        free_or_unknown => match twin(case, name, version) {
            Some(diagnostic) => return Ok(vec![diagnostic]),
            None if free_or_unknown.is_ok() && is_hidden(case, name)? => return Err(not_published().into()),
            None => return Ok(free_or_unknown.map(|_| vec![])?),
        },
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` {published} is already published"),
        format!("{} does not accept the same version twice", case.plan.destination.shown()),
        "raise `version`",
    )
    .at(case.plan.package.manifest.place_of("version"), "this version")
    .fix(Fix::command("raise `version`", case.raise_version(version)));
    // npm's own check sees it otherwise, and stops without a code (lib/commands/publish.js, npm 11.19.1).
    let is_deprecated_or_unseen = match case.packument() {
        Ok(Seen::Here(packument)) => packument.versions.get(published).is_some_and(|known| known.deprecated),
        _ => true,
    };
    let diagnostic = match &case.plan.git.pushed.commit {
        Some(commit) => match weight(case, commit)? {
            Severity::Warning => diagnostic.severity(Severity::Warning).note(UNKNOWN_COMMIT),
            severity => diagnostic.severity(severity),
        },
        None => diagnostic,
    };
    // Other registries answer 400, 403 or 409.
    Ok(vec![if case.plan.destination.npmjs
        && (is_deprecated_or_unseen || version.is_prerelease() || case.plan.options.force.value)
    {
        diagnostic.npm_error(if case.plan.options.stage { "E409" } else { "E403" })
    } else {
        diagnostic
    }])
}

/// The version as the registry holds it.
fn held<'c>(case: &'c Case<'_>, version: &Version) -> Answer<Option<&'c str>> {
    match case.packument().once_asked()? {
        Ok(Seen::Here(packument)) => Ok(packument.find(version)),
        Ok(Seen::NotVisible) => Ok(None),
        Err(unknown) if case.may_ask_otherwise(&unknown) => match case.version_document().once_asked()? {
            Ok(Seen::Here(found)) if same(&found.version, version) => Ok(Some(&found.version)),
            // Not to be shown a version is not to know that there is none.
            _ => Err(unknown.into()),
        },
        Err(unknown) => Err(unknown.into()),
    }
}

/// A private package of npm's public registry that nobody sees without a credential. With one, a package that is not visible
/// is new.
fn is_hidden(case: &Case<'_>, name: &PackageName) -> Answer<bool> {
    let plan = case.plan;
    let may_be_private =
        name.scope().is_some() && plan.options.access.value == Access::Restricted && plan.destination.npmjs;
    Ok(may_be_private && plan.auth.read_credential.is_none() && *case.packument()? == Seen::NotVisible)
}

fn not_published() -> Assumption {
    let why = "because the registry does not show a private package without a credential";
    Assumption::new("the version is not published yet").evidence(Some(why.to_owned()))
}

/// An earlier publish of the run takes it.
fn twin(case: &Case<'_>, name: &PackageName, version: &Version) -> Option<Diagnostic> {
    let earlier = case.release.named(name).iter().take_while(|plan| !std::ptr::eq(**plan, case.plan));
    let mut twins = earlier.filter(|plan| plan.package.version() == Some(version));
    let twin = twins.find(|twin| {
        !twin.is_skipped()
            && twin.package.private().is_none()
            && twin.destination.registry() == case.plan.destination.registry()
    })?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` {version} is published twice in this run"),
        format!("{} does not accept the same version twice", case.plan.destination.shown()),
        "leave out one of them, or raise its `version`",
    );
    let diagnostic = diagnostic.at(case.plan.package.manifest.place_of("version"), "this version");
    Some(diagnostic.related(twin.package.manifest.place_of("version"), "published before"))
}

/// Why a push of a published version may be in order.
const UNKNOWN_COMMIT: &str =
    "the registry does not say from which commit it was published; if it was this one, you can ignore this warning";

/// What it means for a push. If it was published from the pushed commit, that is fine: some publish first and push afterwards.
fn weight(case: &Case<'_>, commit: &str) -> Answer<Severity> {
    let head = match case.version_document().once_asked()? {
        Ok(Seen::Here(document)) => document.git_head.as_deref(),
        _ => None,
    };
    Ok(match head {
        Some(head) if head == commit => Severity::Info,
        Some(_) => Severity::Error,
        // It is not recorded which commit it came from.
        None => Severity::Warning,
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::Severity;

    #[test]
    fn a_published_version_is_reported_whatever_its_state() {
        for version in ["1.1.0", "v1.1.0", "1.1.0+build.5", "2.0.0-rc.1", "1.0.0"] {
            Scene::version(version)
                .packument(r#"{"versions":{"1.0.0":{"deprecated":"old"},"1.1.0":{},"2.0.0-rc.1":{}}}"#)
                .finds("version-published", 1);
        }
    }

    #[test]
    fn a_version_published_from_the_pushed_commit_is_not_an_error() {
        let found = |head: &str| {
            let scene = Scene::version("1.1.0").pushed(None, Some("1a2b"));
            let scene = scene.packument(r#"{"versions":{"1.1.0":{}}}"#);
            let document = format!(r#"{{"version":"1.1.0"{head}}}"#);
            let found = scene.answer("/left-lodge/1.1.0", 200, &document).finds("version-published", 1);
            (found[0].severity, found[0].notes.concat().contains("does not say from which commit"))
        };
        assert_eq!(found(r#","gitHead":"1a2b""#), (Severity::Info, false));
        assert_eq!(found(r#","gitHead":"3c4d""#), (Severity::Error, false));
        assert_eq!(found(""), (Severity::Warning, true), "nobody knows");
    }

    #[test]
    fn an_unpublished_version_is_fine() {
        let scene = Scene::version("1.1.1").packument(r#"{"versions":{"1.1.0":{},"1.1.1-rc.1":{}}}"#);
        scene.finds("version-published", 0);
        Scene::version("1.1.0").no_package().finds("version-published", 0);
    }

    #[test]
    fn a_private_package_without_a_credential_assumes_that_the_version_is_free() {
        let scene = |access: &str| {
            let publish_config = format!(r#""publishConfig":{{"access":"{access}"}}"#);
            let scene = Scene::new(&format!(r#"{{"name":"@gold/vault","version":"1.0.0",{publish_config}}}"#));
            scene.answer("/@gold%2fvault", 404, r#"{"error":"Not found"}"#)
        };
        let hidden = scene("restricted").logged_out();
        assert_eq!(hidden.assumes("version-published"), "the version is not published yet");
        scene("public").logged_out().finds("version-published", 0);
        scene("restricted").alice().finds("version-published", 0);
    }

    #[test]
    fn the_version_endpoint_decides_if_the_packument_is_unreadable() {
        let scene = |status, body| Scene::version("1.1.0").answer("/left-lodge", status, body);
        let held = r#"{"name":"left-lodge","version":"1.1.0"}"#;
        for (status, body) in [(500, ""), (200, "<html>"), (200, r#"{"versions":{"1"#), (404, "<html>")] {
            scene(status, body).answer("/left-lodge/1.1.0", 200, held).finds("version-published", 1);
            scene(status, body).answer("/left-lodge/1.1.0", 404, "\"no\"").undecided("version-published");
        }
        scene(401, "{}").undecided("version-published");
    }

    #[test]
    fn the_command_names_the_next_free_version() {
        let list = r#"{"versions":{"1.1.0":{},"1.1.1":{},"1.1.3":{},"1.2.0-beta.3":{},"1.2.0-beta.4":{},"2.0.0":{}},
            "time":{"1.1.4":"2025-01-01T00:00:00.000Z"}}"#;
        let command = |scene: Scene| scene.finds("version-published", 1)[0].fix.clone().unwrap().command.unwrap();
        let scene = |version| Scene::version(version).packument(list);
        // 1.1.2 would move `latest` back, and 1.1.4 was unpublished.
        assert_eq!(command(scene("1.1.0")), "npm version 1.1.5 --no-git-tag-version");
        assert_eq!(command(scene("1.2.0-beta.3")), "npm version 1.2.0-beta.5 --no-git-tag-version");
        for (manager, version, expected) in [
            (Manager::Pnpm, "pnpm@12.21.0", "pnpm version 2.0.1 --no-git-tag-version"),
            (Manager::Yarn, "yarn@4.18.1", "yarn version 2.0.1"),
            (Manager::Yarn, "yarn@1.22.22", "yarn version --no-git-tag-version --new-version 2.0.1"),
            (Manager::Bun, "bun@1.4.5", "bun pm version 2.0.1 --no-git-tag-version"),
        ] {
            assert_eq!(command(scene("2.0.0").packed_by(version).client(manager)), expected);
        }
        // The list is not known.
        let held = r#"{"name":"left-lodge","version":"1.1.0"}"#;
        let alone = Scene::version("1.1.0").answer("/left-lodge", 500, "").answer("/left-lodge/1.1.0", 200, held);
        assert_eq!(command(alone), "npm version patch --no-git-tag-version");
    }

    #[test]
    fn without_a_response_it_is_undecided() {
        Scene::version("1.1.0").undecided("version-published");
    }
}
