//! Hosts that serve packages, or look like a registry, but never accept a publish.

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::vendor::Vendor;
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

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

#[expect(clippy::unnecessary_wraps, reason = "the type of every rule's function")]
pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some((url, _)) = plan.destination.registry().filter(|_| !plan.options.dry_run.value) else { return Ok(vec![]) };
    let Some(closed) = Vendor::of(url).and_then(|vendor| vendor.closed(url)) else { return Ok(vec![]) };
    let help = closed
        .instead
        .clone()
        .unwrap_or_else(|| format!("set `publishConfig.registry`, for example to {DEFAULT_REGISTRY}"));
    let message = format!("{} {}", plan.destination.shown(), closed.what);
    let mut diagnostic = Diagnostic::new(&RULE, message, closed.why, help);
    diagnostic.npm_error = closed.code;
    if closed.is_guess {
        diagnostic = diagnostic.severity(Severity::Warning);
    }
    if closed.instead.is_none() && plan.runner.words().has_registry_flag {
        let command = format!("{} --registry {DEFAULT_REGISTRY}", plan.runner.words().publish);
        diagnostic = diagnostic.fix(Fix::command("publish to npm's registry", command));
    }
    Ok(vec![match plan.destination.origin().place() {
        Some(place) => diagnostic.at(place, "`registry` set here"),
        None => diagnostic.set_by("`registry`", plan.destination.origin()),
    }])
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::commands::testing::Scene;

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
    fn registries_that_accept_publishes_are_fine() {
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
