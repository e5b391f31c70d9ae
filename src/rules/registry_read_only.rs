//! Some hosts that serve packages, or look like a registry, never take one.

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::npm_config::definitions::DEFAULT_REGISTRY;

/// The rule.
pub static RULE: Rule = Rule {
    id: "registry-read-only",
    category: Category::Correctness,
    summary: "the registry is a mirror or a web site that takes no packages",
    npm_says: &["E403", "E404", "E405", "[no_perms] Private mode enable"],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A target that is known never to accept a publish: a public read-only mirror of npm's registry, or the address of
npm's web site in the place of the registry's.

### Why it matters

Installing from a mirror works, so the setting goes unnoticed until the publish is refused with `E403`, `E404` or
`E405`.

### What to do

Keep the mirror for installing, and name the registry to publish to in package.json:
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

/// Mirrors of npm's public registry.
const MIRRORS: &[&str] = &[
    "mirrors.cloud.tencent.com",
    "mirrors.huaweicloud.com",
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
fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let target = plan.registry().filter(|_| !plan.dry_run.value);
    let Some(host) = target.and_then(|(url, _)| url.host_str()) else { return Ok(vec![]) };
    let what = if MIRRORS.contains(&host) {
        "a read-only mirror"
    } else if WEB_SITES.contains(&host) {
        "a web site and not a registry"
    } else {
        return Ok(vec![]);
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{} is {what}", plan.shown_registry()),
        "it serves packages or pages about them, and takes none",
        format!("set `publishConfig.registry`, for example to {DEFAULT_REGISTRY}"),
    )
    .npm_error("E403")
    .fix(Fix::command("publish to npm's registry", format!("npm publish --registry {DEFAULT_REGISTRY}")));
    Ok(vec![match plan.target_origin().place() {
        Some(place) => diagnostic.at(place, "`registry` set here"),
        None => diagnostic.set_by("`registry`", plan.target_origin()),
    }])
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::Scene;

    fn at(registry: &str) -> Scene {
        Scene::version("1.1.0").npmrc(&format!("registry={registry}\n"))
    }

    #[test]
    fn mirrors_and_web_sites_are_found() {
        for registry in ["https://registry.npmmirror.com", "http://registry.npm.taobao.org/", "https://www.npmjs.com/"]
        {
            let found = at(registry).finds("registry-read-only", 1);
            assert!(found[0].place.is_some(), "it points at the line");
        }
    }

    #[test]
    fn registries_are_not() {
        for registry in ["https://registry.npmjs.org/", "https://registry.yarnpkg.com/", "https://npm.acme.example/"] {
            at(registry).finds("registry-read-only", 0);
        }
    }
}
