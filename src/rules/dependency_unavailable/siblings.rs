//! Packages that are published in the same run: they are there when somebody installs this one, with the version they
//! will have.

use super::RULE;
use super::look::is_same;
use crate::facts::{Ask, Fact, Seen};
use crate::npm::spec::RemoteKind;
use crate::npm::version::Version;
use crate::plan::{Access, PublishPlan};
use crate::project::npm_config::definitions::DEFAULT_TAG;
use crate::publisher::dependencies::{Dependency, Wanted};
use crate::rules::Case;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The publish of the wanted package in this run, to where it is looked for.
pub(super) fn find<'a>(case: &Case<'a>, wanted: &Wanted) -> Option<&'a PublishPlan> {
    let target = case.plan.destination.registry().map(|(url, _)| url);
    let source = case
        .plan
        .dependencies
        .sources
        .of(&wanted.name)
        .filter(|_| !case.plan.destination.npmjs)
        .map(|source| &source.url);
    let goes_there = |plan: &PublishPlan| {
        plan.destination
            .registry()
            .is_some_and(|(url, _)| target.into_iter().chain(source).any(|known| is_same(known, url)))
    };
    let is_scoped = |plan: &PublishPlan| plan.package.name().is_some_and(|name| name.scope().is_some());
    let becomes_public = case.plan.options.access.value == Access::Public || !is_scoped(case.plan);
    let is_hidden =
        |plan: &PublishPlan| becomes_public && is_scoped(plan) && plan.options.access.value == Access::Restricted;
    case.release.named(&wanted.name).iter().copied().find(|plan| {
        plan.package.private().is_none()
            && !plan.is_skipped()
            && plan.package.version().is_some()
            && goes_there(plan)
            && !is_hidden(plan)
    })
}

/// Its version is already on the registry, so the registry's response is complete.
pub(super) fn is_published(case: &Case<'_>, sibling: &PublishPlan) -> bool {
    let packument = sibling.question(Ask::Packument).map(|question| case.facts.get(&question));
    let Some(Ok(Fact::Packument(Seen::Here(packument)))) = packument else { return false };
    sibling.package.version().is_some_and(|version| packument.find(version).is_some())
}

/// Whether its version is one that is wanted.
pub(super) fn provides(sibling: &PublishPlan, wanted: &Wanted) -> bool {
    let Some(version) = sibling.package.version() else { return false };
    match wanted.kind {
        RemoteKind::Version => Version::clean(&wanted.spec, true).is_some_and(|wanted| wanted == *version),
        RemoteKind::Tag => sibling.options.tag.value.value == wanted.spec,
        _ => {
            wanted.takes(&version.to_string())
                || (wanted.takes_latest() && sibling.options.tag.value.value == DEFAULT_TAG)
        }
    }
}

/// A range that leaves the sibling's new version out, although another fits. An alias means to.
pub(super) fn older(
    case: &Case<'_>,
    dependency: Dependency<'_>,
    wanted: &Wanted,
    sibling: &PublishPlan,
    picked: &str,
) -> Option<Diagnostic> {
    let (name, field, spec) = (&wanted.name, dependency.field, &wanted.spec);
    let version = sibling.package.version().filter(|_| dependency.member.key == name.as_str())?;
    if wanted.kind == RemoteKind::Tag {
        return None;
    }
    let place = case.plan.package.manifest.place(dependency.member.value.span());
    let operator = match (wanted.kind, spec.chars().next()) {
        (RemoteKind::Version, _) => "",
        (_, Some('~')) => "~",
        _ => "^",
    };
    let range = format!("{operator}{version}");
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{spec}` for `{name}` in `{field}` does not include {version}, which is published in the same run"),
        format!("users of this package get `{name}` {picked} instead"),
        format!("write `{range}`, unless the older version is intended"),
    );
    let is_written = dependency.spec.trim() == spec;
    let is_simple = is_written && field != "peerDependencies" && !spec.contains([' ', '|']);
    let fix = Fix::replace("include the version of this run", place.clone(), format!("\"{range}\"")).undecided();
    let diagnostic = if is_simple { diagnostic.fix(fix) } else { diagnostic };
    Some(also(diagnostic.severity(Severity::Warning).at(place, "this range"), sibling))
}

/// Shows what the sibling's version is.
pub(super) fn also(diagnostic: Diagnostic, sibling: &PublishPlan) -> Diagnostic {
    diagnostic.related(sibling.package.manifest.place_of("version"), "published in the same run")
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::{Diagnostic, Severity};

    const ID: &str = "dependency-unavailable";
    const NONE: &str = r#"{"error":"Not found"}"#;

    /// `@acme/core` at a version and `@acme/site` that wants it, published together; the answers are those for the core.
    fn release(version: &str, range: &str, core: &str, site: &str) -> Scene {
        Scene::new("{}")
            .file(
                "site/package.json",
                &format!(
                    r#"{{"name":"@acme/site","version":"1.0.0","dependencies":{{"@acme/core":"{range}"}}{site}}}"#
                ),
            )
            .file("core/package.json", &format!(r#"{{"name":"@acme/core","version":"{version}"{core}}}"#))
            .args(&["--access=public", "./site", "./core"])
    }

    fn of_release(scene: &Scene) -> Vec<Diagnostic> {
        scene.check_release(ID, &scene.plans()).unwrap_or_else(|unknown| panic!("{unknown:?}"))
    }

    #[test]
    fn a_sibling_of_the_same_run_counts_with_its_new_version() {
        for (version, range) in [("2.0.0", "^2.0.0"), ("2.0.0", "2.0.0"), ("2.0.0", "latest"), ("2.0.0-rc.1", "*")] {
            assert!(of_release(&release(version, range, "", "")).is_empty(), "{range}");
        }
        let new = || release("2.0.0", "^3.0.0", "", "").answer("/@acme%2fcore", 404, NONE).logged_out();
        let found = of_release(&new());
        assert_eq!((found.len(), found[0].severity, found[0].related.len()), (1, Severity::Error, 1), "{found:#?}");
        assert!(found[0].why.ends_with("ETARGET") && found[0].help.contains("2.0.0"), "{found:#?}");
    }

    #[test]
    fn a_sibling_published_elsewhere_or_private_does_not_count() {
        let absent = |core: &str| release("2.0.0", "^2.0.0", core, "").answer("/@acme%2fcore", 404, NONE).logged_out();
        assert!(of_release(&absent("")).is_empty());
        for core in [
            r#","private":true"#,
            r#","publishConfig":{"registry":"https://npm.acme.test/"}"#,
            r#","publishConfig":{"@acme:registry":"https://npm.acme.test/"}"#,
        ] {
            assert_eq!(of_release(&absent(core))[0].severity, Severity::Error, "{core}");
        }
        let alone = absent("");
        let plans = alone.plans();
        assert_eq!(alone.check_plan(ID, &plans[0]).unwrap()[0].severity, Severity::Error, "it is not part of the run");
    }

    #[test]
    fn the_range_that_the_package_manager_writes_is_looked_up() {
        let scene = |spec: &str, core: &str| {
            release("2.0.0", spec, core, "")
                .file("package.json", r#"{"workspaces":["core","site"]}"#)
                .file("pnpm-workspace.yaml", "packages: [core, site]\n")
                .answer("/@acme%2fcore", 404, NONE)
                .logged_out()
        };
        for client in [Manager::Pnpm, Manager::Yarn, Manager::Bun] {
            let of = |spec: &str, core: &str| of_release(&scene(spec, core).client(client));
            for spec in ["workspace:^", "workspace:*", "workspace:~", "workspace:^2.0.0"] {
                assert!(of(spec, "").is_empty(), "{client:?} {spec}: it is published in the same run");
                let found = of(spec, r#","private":true"#);
                assert_eq!((found.len(), found[0].severity), (1, Severity::Error), "{client:?} {spec}");
                let note = found[0].notes.join(" ");
                assert!(note.contains(client.name()) && note.ends_with("private"), "{note}");
            }
            let newer = of("workspace:^3.0.0", "");
            assert_eq!(newer.len(), usize::from(client != Manager::Yarn), "Yarn writes nothing for it");
            assert!(newer.iter().all(Diagnostic::is_error));
            assert!(of("workspace:@acme/other@^", "").is_empty(), "{client:?} stops, which another rule reports");
            let broken = scene("workspace:^", "").file("pnpm-workspace.yaml", "packages: {").client(client);
            let broken = broken.file("package.json", r#"{"workspaces":1}"#);
            let unknown = broken.check_release(ID, &broken.plans()).unwrap_err();
            assert!(unknown.detail.contains("is not known") && !unknown.is_minor, "{}", unknown.detail);
        }
        let npm = scene("workspace:^", "").client(Manager::Npm);
        assert!(of_release(&npm).is_empty(), "npm does not replace it, which another rule reports");
    }

    #[test]
    fn a_range_that_excludes_the_new_sibling_version_is_a_warning() {
        let published = r#"{"dist-tags":{"latest":"1.1.0"},"versions":{"1.0.0":{},"1.1.0":{}}}"#;
        for (range, better) in [("^1.0.0", "\"^2.0.0\""), ("~1.1.0", "\"~2.0.0\""), ("1.0.0", "\"2.0.0\"")] {
            let scene = release("2.0.0", range, "", "").answer("/@acme%2fcore", 200, published);
            let found = of_release(&scene);
            assert_eq!((found.len(), found[0].severity), (1, Severity::Warning), "{found:#?}");
            assert_eq!(found[0].fix.as_ref().unwrap().edits[0].text, better);
            assert!(found[0].message.contains("does not include 2.0.0"), "{}", found[0].message);
        }
        let scene = release("2.0.0", "^1.0.0 || 0.x", "", "").answer("/@acme%2fcore", 200, published);
        assert!(of_release(&scene)[0].fix.is_none(), "an alternative must not get lost");
        let old = r#","peerDependencies":{"old":"npm:@acme/core@^1.0.0"}"#;
        for (range, site) in [(">=1.0.0", ""), ("latest", ""), ("^2.0.0", old)] {
            let scene = release("2.0.0", range, "", site).answer("/@acme%2fcore", 200, published);
            assert!(of_release(&scene).is_empty(), "{range} {site}");
        }
    }
}
