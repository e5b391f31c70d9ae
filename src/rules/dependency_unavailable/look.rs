//! Where a dependency is looked up, and as whom. Everybody installs from npm's public registry without a login, so it is
//! asked without one; of any other registry it is not known who has which access.

use crate::facts::{Answer, Gap, NotARegistry, OnceAsked as _, Packument, Reason, Seen, Unknown, origin_of};
use crate::npm::name::PackageName;
use crate::plan::{Access, Source};
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::publisher::dependencies::Wanted;
use crate::rules::Case;
use crate::text::redact::ShownUrl;

/// What there is of a dependency.
pub(super) enum Found {
    /// The version that npm would install.
    Version(String),
    /// Others, and which is the latest.
    NoVersion {
        /// `None`: there is no version at all.
        latest: Option<String>,
    },
    /// Nothing of the name.
    Nothing,
    /// Something that only some may see.
    Private,
}

/// What was seen.
pub(super) struct Look {
    pub(super) found: Found,
    /// Where, for sentences.
    pub(super) registry: String,
    /// Another registry that the author's npm takes it from, and that those who install from the public one do not.
    pub(super) elsewhere: Option<String>,
}

pub(super) fn look(case: &Case<'_>, wanted: &Wanted) -> Answer<Look> {
    let target = case.plan.destination.registry().map(|(url, _)| url);
    let source = case.plan.dependencies.sources.of(&wanted.name);
    let other = source.filter(|source| target.is_none_or(|target| !is_same(target, &source.url)));
    let registry = case.plan.destination.shown();
    let elsewhere = other.map(|source| ShownUrl::new(&source.url).to_string());
    Ok(if case.plan.destination.npmjs {
        Look { found: in_public(case, wanted)?, registry, elsewhere }
    } else {
        let registry = elsewhere.map_or_else(|| registry.clone(), |other| format!("{other} or {registry}"));
        Look { found: in_private(case, wanted, other)?, registry, elsewhere: None }
    })
}

pub(super) fn is_same(left: &url::Url, right: &url::Url) -> bool {
    left.as_str().trim_end_matches('/') == right.as_str().trim_end_matches('/')
}

/// Whether everybody may install the package once it is published: a scoped one keeps the access it has.
fn is_public(case: &Case<'_>) -> Answer<bool> {
    let Some(name) = case.plan.package.name().filter(|name| name.scope().is_some()) else { return Ok(true) };
    match case.plan.options.access.value {
        Access::Public => Ok(true),
        Access::Restricted => Ok(false),
        Access::Default | Access::Other(_) => Ok(matches!(case.versions_at(None, name, None)?, Seen::Here(_))),
    }
}

fn in_public(case: &Case<'_>, wanted: &Wanted) -> Answer<Found> {
    let name = &wanted.name;
    let seen = match case.versions_at(None, name, None)? {
        Seen::Here(packument) => found(packument, wanted),
        Seen::NotVisible => Found::Nothing,
    };
    if matches!(seen, Found::Version(_)) {
        return Ok(seen);
    }
    // A login sees what is private, and what was published so lately that the registry's cache does not show it yet.
    let mine = match case.plan.auth.read_credential {
        Some(number) => case.versions_at(None, name, Some(number)).once_asked()?,
        None => Ok(&Seen::NotVisible),
    };
    let mine = mine.map(|seen| match seen {
        Seen::Here(packument) => found(packument, wanted),
        Seen::NotVisible => Found::Nothing,
    });
    // Only a scoped name can be hidden.
    let can_be_hidden = matches!(seen, Found::Nothing) && name.scope().is_some();
    match mine {
        Ok(Found::Version(version)) if !can_be_hidden => Ok(Found::Version(version)),
        _ if !can_be_hidden => Ok(seen),
        Ok(Found::Nothing) | Err(_) if is_public(case)? => Ok(Found::Nothing),
        Ok(Found::Nothing) => Err(hidden(name)),
        Ok(_) if is_public(case)? => Ok(Found::Private),
        mine => Ok(mine?),
    }
}

fn hidden(name: &PackageName) -> Gap {
    let detail = format!(
        "this credential cannot see `{name}` on the registry: it may not exist, or it may be private like this package; to find \
         out, run `npm view {name}` with the credential of somebody who installs this package"
    );
    Gap::unknown(Reason::Forbidden, detail)
}

fn in_private(case: &Case<'_>, wanted: &Wanted, other: Option<&Source>) -> Answer<Found> {
    let mut best = Found::Nothing;
    let mut open = None;
    let target = case.versions_at(None, &wanted.name, case.plan.auth.read_credential);
    let source = other.map(|source| case.versions_at(Some(&source.text), &wanted.name, source.credential));
    for seen in source.into_iter().chain([target]) {
        let seen = match seen.once_asked()? {
            Ok(seen) => Ok(seen),
            Err(unknown) => forwarded(case, wanted, unknown).once_asked()?,
        };
        // The target is asked only for what the source does not have.
        match seen {
            Ok(Seen::Here(packument)) => match found(packument, wanted) {
                Found::Version(version) => return Ok(Found::Version(version)),
                other => best = other,
            },
            Ok(Seen::NotVisible) => {}
            Err(unknown) => open = Some(unknown),
        }
    }
    open.map_or(Ok(best), |unknown| Err(unknown.into()))
}

/// A registry that sends npm to the public one for what it does not have, as GitLab does.
fn forwarded<'a>(case: &'a Case<'_>, wanted: &Wanted, unknown: Unknown) -> Answer<&'a Seen<Packument>> {
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| origin_of(&url));
    match &unknown.not_a_registry {
        Some(NotARegistry::RedirectsTo { origin: to, .. }) if origin(to) == origin(DEFAULT_REGISTRY) => {
            case.versions_at(Some(DEFAULT_REGISTRY), &wanted.name, None)
        }
        _ => Err(unknown.into()),
    }
}

fn found(packument: &Packument, wanted: &Wanted) -> Found {
    let newest =
        || packument.dist_tags.get("latest").map(String::as_str).or_else(|| packument.versions.keys().next_back());
    match wanted.pick(packument) {
        Some(version) => Found::Version(version),
        None if packument.versions.is_empty() => Found::NoVersion { latest: None },
        None => Found::NoVersion { latest: newest().map(str::to_owned) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    const ID: &str = "dependency-unavailable";
    const NONE: &str = r#"{"error":"Not found"}"#;
    const OTTER: &str = r#"{"name":"otter","dist-tags":{"latest":"1.4.0"},"versions":{"1.4.0":{}}}"#;

    fn finds_warning(scene: &Scene, message: &str) {
        let found = scene.finds(ID, 1).remove(0);
        assert_eq!((found.severity, found.message.contains(message)), (Severity::Warning, true), "{found:#?}");
    }

    #[test]
    fn a_dependency_may_come_from_the_public_registry_instead() {
        let manifest = r#"{"name":"@acme/core","version":"1.0.0","dependencies":{"otter":"^1"},
            "publishConfig":{"registry":"https://npm.acme.test/"}}"#;
        let scene = || Scene::new(manifest).answer("https://npm.acme.test/otter", 404, NONE);
        scene().answer("/otter", 200, OTTER).finds(ID, 0);
        finds_warning(&scene().answer("/otter", 404, NONE), "or https://npm.acme.test/");
        Scene::new(manifest).answer("https://npm.acme.test/otter", 200, OTTER).answer("/otter", 404, NONE).finds(ID, 0);
    }

    #[test]
    fn a_registry_that_redirects_to_the_public_one_serves_its_packages() {
        let scene = |status, body| {
            Scene::new(r#"{"name":"@acme/core","version":"1.0.0","dependencies":{"otter":"^1"}}"#)
                .npmrc("registry=https://git.acme.test/npm/\n")
                .private_registry()
                .answer("https://git.acme.test/npm/otter", 302, "")
                .header("location", &format!("{DEFAULT_REGISTRY}otter"))
                .answer("/otter", status, body)
        };
        scene(200, OTTER).finds(ID, 0);
        finds_warning(&scene(404, NONE), "is not on");
    }
}
