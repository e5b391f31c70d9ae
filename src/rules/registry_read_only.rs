//! Hosts that serve packages, or look like a registry, but never accept a publish.

mod group;

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::vendor::Vendor;
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "registry-read-only",
    category: Category::Correctness,
    summary: "the registry is a mirror, a website or an install-only URL, and does not accept packages",
    npm_says: &["E403", "E404", "E405", "[no_perms] Private mode enable"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Target,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A registry URL that is known never to accept a publish: a public read-only mirror of npm's registry, the URL of npm's website
instead of its registry, GitLab's endpoint for a group or a whole instance, or a view of an Azure Artifacts feed. A Nexus or
Artifactory repository whose name suggests a group, proxy or remote repository is a warning, because the name is only a
convention.

### Why it matters

Installing from such a URL works, so the setting goes unnoticed until the publish is refused with `E403`, `E404` or `E405`.

### What to do

Keep it for installing, and set the registry to publish to in package.json:
`"publishConfig": { "registry": "https://registry.npmjs.org/" }`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```ini .npmrc
registry=https://registry.npmmirror.com/
```
"#,
};

/// Mirrors of npm's public registry, and of JSR.
const MIRRORS: &[&str] = &[
    "mirrors.cloud.tencent.com",
    "mirrors.huaweicloud.com",
    "npm.jsr.io",
    "r.cnpmjs.org",
    "registry.cnpmjs.org",
    "registry.npm.taobao.org",
    "registry.npmmirror.com",
    "replicate.npmjs.com",
    "repo.huaweicloud.com",
    "skimdb.npmjs.com",
];

/// Addresses of web sites about packages.
const WEB_SITES: &[&str] = &["npmjs.com", "www.npmjs.com", "npmjs.org", "www.npmjs.org", "npmmirror.com"];

#[expect(clippy::unnecessary_wraps, reason = "the type of every rule's function")]
pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some((url, _)) = plan.destination.registry().filter(|_| !plan.terms.dry_run.value) else { return Ok(vec![]) };
    let host = url.host_str().unwrap_or_default();
    let registry = plan.destination.shown();
    let mirror = |what: &str| {
        Diagnostic::new(
            &RULE,
            format!("{registry} is {what}"),
            "it does not accept packages",
            format!("set `publishConfig.registry`, for example to {DEFAULT_REGISTRY}"),
        )
        .npm_error("E403")
        .fix(Fix::command(
            "publish to npm's registry",
            format!("{} --registry {DEFAULT_REGISTRY}", plan.runner.publish_command()),
        ))
    };
    let found = match Vendor::of(url) {
        _ if MIRRORS.contains(&host) => Some(mirror("a read-only mirror")),
        _ if WEB_SITES.contains(&host) => Some(mirror("a website, not a registry")),
        Some(Vendor::GitLabReader) => Some(
            Diagnostic::new(
                &RULE,
                format!("{registry} is only for installing packages"),
                "GitLab accepts packages only at the URL of a project",
                "set `publishConfig.registry` to `/api/v4/projects/<id>/packages/npm/` on that host",
            )
            .npm_error("E404"),
        ),
        // What `Local` shows is the feed itself.
        Some(Vendor::AzureView(view)) if !view.eq_ignore_ascii_case("local") => Some(Diagnostic::new(
            &RULE,
            format!("{registry} is the view `{view}` of a feed"),
            "Azure Artifacts accepts packages only in the feed itself, from which they are promoted to a view",
            format!("remove `@{view}` from the registry URL to publish to"),
        )),
        _ => group::find(url, &registry),
    };
    let Some(diagnostic) = found else { return Ok(vec![]) };
    Ok(vec![match plan.destination.origin().place() {
        Some(place) => diagnostic.at(place, "`registry` set here"),
        None => diagnostic.set_by("`registry`", plan.destination.origin()),
    }])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    fn at(registry: &str) -> Scene {
        Scene::version("1.1.0").npmrc(&format!("registry={registry}\n"))
    }

    #[test]
    fn mirrors_and_websites_are_reported() {
        for registry in ["https://registry.npmmirror.com", "http://registry.npm.taobao.org/", "https://www.npmjs.com/"]
        {
            let found = at(registry).finds("registry-read-only", 1);
            assert!(found[0].place.is_some(), "it points at the line");
        }
    }

    #[test]
    fn install_only_urls_are_reported() {
        for registry in [
            "https://npm.jsr.io/",
            "https://git.test/api/v4/packages/npm/",
            "https://git.test/api/v4/groups/7/-/packages/npm/",
            "https://pkgs.dev.azure.com/o/_packaging/feed@Release/npm/registry/",
        ] {
            assert_eq!(at(registry).finds("registry-read-only", 1)[0].severity, Severity::Error, "{registry}");
        }
    }

    #[test]
    fn a_repository_named_like_a_group_is_a_warning() {
        for registry in
            ["https://nexus.test/repository/npm-group/", "https://jfrog.test/artifactory/api/npm/npm-remote/"]
        {
            assert_eq!(at(registry).finds("registry-read-only", 1)[0].severity, Severity::Warning, "{registry}");
        }
    }

    #[test]
    fn registries_are_not() {
        for registry in [
            "https://registry.npmjs.org/",
            "https://registry.yarnpkg.com/",
            "https://npm.acme.example/",
            "https://npm.acme.example/npm-group/",
            "https://nexus.test/repository/npm-hosted/",
            "https://nexus.test/repository/groupware/",
            "https://nexus.test/repository/group-7-hosted/",
            "https://jfrog.test/artifactory/api/npm/npm-virtual/",
            "https://git.test/api/v4/projects/7/packages/npm/",
            "https://pkgs.dev.azure.com/o/_packaging/feed/npm/registry/",
            "https://pkgs.dev.azure.com/o/_packaging/feed@Local/npm/registry/",
        ] {
            at(registry).finds("registry-read-only", 0);
        }
    }
}
