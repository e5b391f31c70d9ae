//! Moves of `latest` that npm allows. If the packument cannot be read, npm cannot check, and the dist-tags alone may show
//! the move.

use super::{DEFAULT_TAG, RULE};
use crate::facts::{Answer, OnceAsked as _, Seen, Unknown};
use crate::npm::version::Version;
use crate::project::npm_config::Origin;
use crate::rules::Case;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// What npm's registry publishes when the first version of a package is staged (npm 12.2.2, docs of `npm stage`).
const PLACEHOLDER: &str = "0.0.0-stage";

/// A warning if `latest` would move back; otherwise why it is not known.
pub(super) fn find(case: &Case<'_>, version: &Version, unknown: Unknown) -> Answer<Vec<Diagnostic>> {
    let Ok(Seen::Here(tags)) = case.dist_tags().once_asked()? else { return Err(unknown.into()) };
    let latest = tags.get(DEFAULT_TAG).and_then(|latest| Version::clean(latest, true));
    match moved(case, version, latest) {
        Some(diagnostic) if !case.plan.options.dry_run.value => Ok(vec![diagnostic]),
        _ => Err(unknown.into()),
    }
}

/// A warning: npm allows it.
pub(super) fn moved(case: &Case<'_>, version: &Version, latest: Option<Version>) -> Option<Diagnostic> {
    let plan = case.plan;
    let name = plan.package.shown_name();
    let message = match latest {
        Some(latest) if plan.options.tag.value.value != DEFAULT_TAG || latest == *version => return None,
        Some(latest) if latest > *version => format!("`latest` would move back from {latest} to {version}"),
        Some(latest) if version.is_prerelease() && !latest.is_prerelease() => {
            format!("`latest` would move from the release {latest} to the prerelease {version}")
        }
        _ => return None,
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        message,
        format!("`npm install {name}` would install {version}"),
        "use another dist-tag with `--tag`, such as `next` or `v1-lts`",
    )
    .severity(Severity::Warning)
    .at(plan.package.manifest.place_of("version"), "this version");
    let diagnostic = match plan.runner.other_client().filter(|_| plan.options.tag.implicit) {
        Some(client) => diagnostic
            .note(format!("without a dist-tag, {} uses `latest` and does not check", client.name()))
            .fix(Fix::command("use another dist-tag", format!("{} --tag <tag>", plan.runner.words().publish))),
        None => diagnostic,
    };
    let decided_by = &plan.options.tag.value.origin;
    Some(match (decided_by, plan.options.force.value) {
        (Origin::Default, true) => diagnostic.set_by("`force`", &plan.options.force.origin),
        (Origin::Default, false) => diagnostic,
        _ => diagnostic.set_by("`tag`", decided_by),
    })
}

/// npm's public registry never holds a package without `latest`: the first version of a new one is an info, and what npm
/// publishes in the place of a staged one is a warning.
pub(super) fn first(case: &Case<'_>, version: &Version) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    // A release is what people may as well install.
    if !case.sends_to_npmjs() || !(plan.options.stage || version.is_prerelease()) {
        return Ok(vec![]);
    }
    // Neither is an error, so it is not undecided when the registry cannot be read.
    if case.is_new().once_asked()? != Ok(true) {
        return Ok(vec![]);
    }
    let (name, tag) = (plan.package.shown_name(), &plan.options.tag.value.value);
    if plan.options.stage {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`latest` will point to the placeholder {PLACEHOLDER}, because the version is staged as `{tag}`"),
            format!(
                "npm creates a new package with an empty {PLACEHOLDER}, and `npm install {name}` would install that"
            ),
            format!(
                "stage it without a dist-tag; or after the approval run `npm dist-tag add {name}@{version} latest` and \
                 deprecate {PLACEHOLDER}"
            ),
        )
        .severity(Severity::Warning)
        .at(plan.package.manifest.place_of("version"), "the first version");
        return Ok(vec![diagnostic.set_by("`tag`", &plan.options.tag.value.origin)]);
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`latest` will point to the prerelease {version}, and so will `{tag}`"),
        format!(
            "the first version of a package becomes `latest` whatever its dist-tag, so `npm install {name}` installs it"
        ),
        "nothing to do if that is fine; the next release moves `latest`",
    )
    .severity(Severity::Info)
    .at(plan.package.manifest.place_of("version"), "the first version");
    Ok(vec![diagnostic.set_by("`tag`", &plan.options.tag.value.origin)])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::Severity;

    #[test]
    fn the_first_version_is_latest_whatever_its_tag() {
        let first = |tag: &str| Scene::version("1.0.0-rc.1").no_package().args(&["--tag", tag]);
        assert_eq!(first("next").finds("latest-moves-back", 1)[0].severity, Severity::Info);
        first("latest").finds("latest-moves-back", 0);
        Scene::version("1.0.0").no_package().args(&["--tag", "next"]).finds("latest-moves-back", 0);
        first("next").private_registry().finds("latest-moves-back", 0);
        let next = Scene::version("1.0.0-rc.1").args(&["--tag", "next"]);
        next.packument(r#"{"versions":{"0.9.0":{}},"dist-tags":{"latest":"0.9.0"}}"#).finds("latest-moves-back", 0);
    }

    #[test]
    fn a_placeholder_stays_latest_if_the_first_version_is_staged_with_another_tag() {
        let staged = |version| Scene::version(version).stage().args(&["--tag", "next"]);
        for version in ["1.0.0", "1.0.0-rc.1"] {
            let found = staged(version).no_package().finds("latest-moves-back", 1);
            assert_eq!(found[0].severity, Severity::Warning);
            assert!(found[0].help.contains(&format!("left-lodge@{version} latest")), "{found:?}");
        }
        Scene::version("1.0.0").stage().no_package().finds("latest-moves-back", 0);
        let published = r#"{"versions":{"0.9.0":{}},"dist-tags":{"latest":"0.9.0"}}"#;
        staged("1.0.0").packument(published).finds("latest-moves-back", 0);
    }

    #[test]
    fn a_package_manager_that_does_not_check_moves_latest() {
        let published = r#"{"versions":{"1.0.0":{},"2.0.0":{}},"dist-tags":{"latest":"2.0.0"}}"#;
        for client in [Manager::Yarn, Manager::Bun, Manager::Pnpm] {
            for version in ["1.0.1", "3.0.0-rc.1"] {
                let scene = || Scene::version(version).packument(published).client(client);
                let found = scene().finds("latest-moves-back", 1);
                assert_eq!(found[0].severity, Severity::Warning, "{client:?} {version}");
                let command = found[0].fix.as_ref().unwrap().command.clone().unwrap();
                assert_eq!(command, format!("{} --tag <tag>", client.command()));
                scene().args(&["--tag", "next"]).finds("latest-moves-back", 0);
            }
            Scene::version("2.0.1").packument(published).client(client).finds("latest-moves-back", 0);
        }
    }

    #[test]
    fn without_the_packument_the_dist_tags_can_still_warn() {
        let scene = || Scene::version("1.0.5").answer("/left-lodge", 500, "");
        let tags = |latest: &str| format!(r#"{{"latest":"{latest}"}}"#);
        let path = "/-/package/left-lodge/dist-tags";
        let found = scene().answer(path, 200, &tags("1.1.0")).finds("latest-moves-back", 1);
        assert_eq!(found[0].severity, Severity::Warning);
        scene().answer(path, 200, &tags("1.0.0")).undecided("latest-moves-back");
        scene().answer(path, 404, "{}").undecided("latest-moves-back");
    }
}
