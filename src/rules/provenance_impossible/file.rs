//! A bundle of `provenance-file` that npm fails on: the digest alone has to wait for the tarball.

use super::RULE;
use crate::facts::{Answer, Gap, Reason};
use crate::plan::PublishPlan;
use crate::project::bundle::Bundle;
use crate::rules::Case;
use crate::rules::diagnostic::Diagnostic;

/// What npm would say of the bundle.
pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(file) = plan.provenance.file.as_ref().filter(|_| plan.runner.is_sent_by_npm()) else { return Ok(vec![]) };
    plan.package.settled()?;
    let undecided = |why: &str| Err(Gap::unknown(Reason::Unsupported, format!("the bundle `{}` {why}", file.value)));
    if makes_files(plan) {
        return undecided("may be created by the package's scripts, which npm runs first");
    }
    let (what, code) = match (&plan.provenance.bundle, subject(plan)) {
        (Bundle::Broken { what, npm_error }, _) => (what.clone(), *npm_error),
        (Bundle::About(name), Some(subject)) if *name != subject => {
            (format!("is for `{name}`, not for `{subject}`"), None)
        }
        _ => return undecided("must match the tarball, which does not exist yet"),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the bundle `{}` {what}", file.value),
        "npm sends a bundle only if it is for exactly this package, and fails otherwise",
        "create the bundle from the published tarball, or leave out `provenance-file`",
    );
    let diagnostic = diagnostic.at_origin("`provenance-file`", &file.origin, "this bundle");
    Ok(vec![match code {
        Some(code) => diagnostic.npm_error(code),
        None => diagnostic,
    }])
}

/// `npa.toPurl` (npm-package-arg 13).
fn subject(plan: &PublishPlan) -> Option<String> {
    let (name, version) = (plan.package.name()?, plan.package.version()?);
    Some(format!("pkg:npm/{}@{version}", name.as_str().replacen('@', "%40", 1)))
}

/// Scripts run before npm reads the bundle.
fn makes_files(plan: &PublishPlan) -> bool {
    let scripts = plan.package.manifest.field("scripts");
    let has = |name| scripts.and_then(|scripts| scripts.get(name)).is_some_and(crate::text::json::Value::is_truthy);
    !plan.ignores_scripts() && ["prepublishOnly", "prepack", "prepare", "postpack"].into_iter().any(has)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use crate::commands::testing::Scene;

    const RULE: &str = "provenance-impossible";

    fn about(subject: &str) -> String {
        let digest = "a".repeat(128);
        let statement = format!(r#"{{"subject":[{{"name":"{subject}","digest":{{"sha512":"{digest}"}}}}]}}"#);
        let payload = base64::engine::general_purpose::STANDARD.encode(statement);
        format!(r#"{{"dsseEnvelope":{{"payload":"{payload}"}}}}"#)
    }

    fn with(scene: Scene, bundle: &str) -> Scene {
        scene.args(&["--provenance-file", "b.json"]).file("b.json", bundle)
    }

    #[test]
    fn a_provenance_file_excludes_the_provenance_flag() {
        let scene = Scene::version("1.0.0").args(&["--provenance"]).env("GITHUB_ACTIONS", "true");
        with(scene, "{}").finds(RULE, 1);
    }

    #[test]
    fn a_bundle_that_npm_rejects_is_reported() {
        let missing = Scene::version("1.0.0").args(&["--provenance-file", "b.json"]).finds(RULE, 1);
        assert_eq!(missing[0].npm_error, Some("ENOENT"));
        for bundle in ["{}", "hello", &about("pkg:npm/other@1.0.0"), &about("pkg:npm/left-lodge@1.0.1")] {
            with(Scene::version("1.0.0"), bundle).finds(RULE, 1);
        }
        with(Scene::version("1.0.0"), "{}").args(&["--dry-run"]).finds(RULE, 0);
        let scoped = || Scene::new(r#"{"name":"@a/b","version":"1.0.0"}"#);
        with(scoped(), &about("pkg:npm/@a/b@1.0.0")).finds(RULE, 1);
        with(scoped(), &about("pkg:npm/%40a/b@1.0.0")).undecided(RULE);
    }

    #[test]
    fn changes_by_a_tarball_or_script_make_it_undecided() {
        with(Scene::version("1.0.0"), &about("pkg:npm/left-lodge@1.0.0")).undecided(RULE);
        let scripts = r#"{"name":"left-lodge","version":"1.0.0","scripts":{"prepack":"node x"}}"#;
        with(Scene::new(scripts), "{}").undecided(RULE);
        with(Scene::new(scripts), "{}").args(&["--ignore-scripts"]).finds(RULE, 1);
    }
}
