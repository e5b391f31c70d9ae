//! A package that goes to another registry than its package.json or the command line asks for.

use url::Url;

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::vendor::Vendor;
use crate::plan::PublishPlan;
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::json::Value as JsonValue;
use crate::text::redact::ShownUrl;

/// The rule.
pub static RULE: Rule = Rule {
    id: "registry-mismatch",
    category: Category::Correctness,
    summary: "the package goes to another registry than package.json or the command line asks for",
    npm_says: &["E403", "E404", "ENEEDAUTH"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Target,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::First,
    security_severity: None,
    docs: r#"
### What it finds

`publishConfig.registry` or `--registry` that has no effect because a registry is configured for the package's scope; a
`scope` in the configuration that sends an unscoped package to that scope's registry (a warning for `--scope`); and an empty
`publishConfig.registry` that overrides another registry (a warning if there is none to override). Also a warning: a registry
in the project's .npmrc that the package manager does not use, such as Yarn, which reads no .npmrc, if nothing else names one.

### Why it matters

npm prefers the registry of a scope to any other, even to `--registry`. The package is published to the wrong registry, or
refused there.

### What to do

Set the scope's registry: `"publishConfig": { "@scope:registry": "https://…/" }` or `--@scope:registry=https://…/`.

### Example

```json package.json
{
  "name": "@acme/core",
  "version": "1.0.0",
  "publishConfig": { "registry": "https://public.example.com/" }
}
```
```ini .npmrc
@acme:registry=https://internal.example.com/
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let mut found: Vec<Diagnostic> =
        overruled(plan).or_else(|| rerouted(plan)).or_else(|| unused(plan)).into_iter().collect();
    if let Some(empty) = plan.package.manifest.publish_config("registry").filter(|value| !value.is_truthy())
        && matches!(plan.destination.origin(), Origin::Manifest { .. })
    {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("an empty `publishConfig.registry` sends the package to {}", plan.destination.shown()),
            format!("{} then uses its own default registry, whatever is configured", plan.runner.name()),
            "remove `registry` from `publishConfig`, or write the URL",
        )
        .at(plan.package.manifest.place(empty.span()), "empty");
        let configured = plan.config.flat("registry");
        let hidden = configured.filter(|entry| entry.value.as_text().is_some_and(|text| other(plan, text).is_some()));
        found.push(match hidden {
            Some(entry) => diagnostic.set_by("another registry", &entry.origin),
            None => diagnostic.severity(Severity::Warning),
        });
    }
    Ok(found)
}

/// A scope's registry that takes precedence over what the command line or package.json asks for.
fn overruled(plan: &PublishPlan) -> Option<Diagnostic> {
    let scope = plan.package.name()?.scope()?;
    let key = format!("{scope}:registry");
    let flag = |key: &str| plan.config.flag(key);
    let in_manifest = plan.package.manifest.publish_config(&key).filter(|value| value.is_truthy());
    if flag(&key).is_some() || (in_manifest.is_none() && !plan.config.flat(&key)?.value.is_truthy()) {
        return None;
    }
    let (asked, requested) = if let Some(entry) = flag("registry") {
        (entry.value.as_text()?.to_owned(), entry.origin.clone())
    } else if in_manifest.is_some() {
        return None;
    } else {
        let value = plan.package.manifest.publish_config("registry").filter(|value| value.is_truthy())?;
        let place = plan.package.manifest.place(value.span());
        (JsonValue::as_str(value)?.to_owned(), Origin::Manifest { field: "publishConfig.registry".to_owned(), place })
    };
    let meant = other(plan, &asked)?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the package goes to {}, not to {meant}", plan.destination.shown()),
        format!("`{key}` takes precedence over `--registry` and `publishConfig.registry`"),
        match &requested {
            Origin::Manifest { .. } => {
                format!("replace `publishConfig.registry` with `\"publishConfig\": {{ \"{key}\": \"{meant}\" }}`")
            }
            _ => format!("pass `--{key}={meant}` instead of `--registry`, or remove `{key}` from the configuration"),
        },
    );
    Some(
        diagnostic.at_origin("the registry asked for", &requested, "no effect").set_by(&key, plan.destination.origin()),
    )
}

/// A `scope` in the configuration that applies to a package without one.
fn rerouted(plan: &PublishPlan) -> Option<Diagnostic> {
    if plan.package.name()?.scope().is_some() {
        return None;
    }
    let scope = plan.config.flat("scope")?;
    let key = format!("@{}:registry", scope.value.as_text()?.trim_start_matches('@'));
    let decided = plan.config.flat(&key).filter(|entry| entry.value.is_truthy())?;
    let asked = match plan.package.manifest.publish_config("registry").and_then(JsonValue::as_str) {
        Some(asked) => asked,
        None => plan.config.flat("registry")?.value.as_text()?,
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the unscoped package goes to {}, not to {}", plan.destination.shown(), other(plan, asked)?),
        format!("`scope` is set in the configuration, so `{key}` also applies to packages without a scope"),
        "remove `scope` from the configuration",
    );
    let diagnostic =
        diagnostic.at_origin("`scope`", &scope.origin, "applies to this package").set_by(&key, &decided.origin);
    let is_by_flag = matches!(scope.origin, Origin::Flag(_));
    Some(if is_by_flag { diagnostic.severity(Severity::Warning) } else { diagnostic })
}

/// A registry that the project's .npmrc names for a client that does not use the line, and nothing names another one.
fn unused(plan: &PublishPlan) -> Option<Diagnostic> {
    if !matches!(plan.destination.origin(), Origin::Default | Origin::Derived(_)) {
        return None;
    }
    let scoped = plan.package.name().and_then(|name| name.scope()).map(|scope| format!("{scope}:registry"));
    let lines = plan.runner.dropped_settings();
    let mut keys = scoped.as_deref().into_iter().chain(["registry"]);
    let (key, origin, why) = keys.find_map(|key| lines.iter().find(|(known, ..)| known == key))?;
    let place = origin.place()?;
    let asked = place.source.text().get(place.span.start..place.span.end)?;
    // Yarn's default is another name of npm's registry. A variable may stand for any.
    let vendor = |url: &Url| Vendor::of(url).map(|vendor| vendor.name);
    let (target, _) = plan.destination.registry()?;
    let is_npms = Url::parse(asked.trim()).is_ok_and(|url| plan.destination.npmjs && vendor(&url) == vendor(target));
    if is_npms || !asked.contains("${") && other(plan, asked).is_none() {
        return None;
    }
    let message = format!("the package goes to {}, not to the registry in the .npmrc", plan.destination.shown());
    let help = "set `publishConfig.registry` in package.json to the intended registry, or remove this line";
    let diagnostic = Diagnostic::new(&RULE, message, *why, help).severity(Severity::Warning);
    Some(diagnostic.at_origin(&format!("`{key}`"), origin, "not used"))
}

/// The URL to show when it is another one than the target's.
fn other(plan: &PublishPlan, asked: &str) -> Option<String> {
    let (url, _) = plan.destination.registry()?;
    let asked = Url::parse(asked.trim()).ok()?;
    let same = |left: &Url, right: &Url| {
        left.origin() == right.origin() && left.path().trim_end_matches('/') == right.path().trim_end_matches('/')
    };
    (!same(url, &asked)).then(|| ShownUrl::new(&asked).to_string())
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    fn scoped(publish_config: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"@acme/core","version":"1.0.0","publishConfig":{publish_config}}}"#))
            .npmrc("@acme:registry=https://internal.example.com/\n")
    }

    #[test]
    fn the_registry_of_the_scope_takes_precedence() {
        let written = scoped(r#"{"registry":"https://public.example.com/"}"#).finds("registry-mismatch", 1);
        assert!(
            written[0].help.contains(r#"{ "@acme:registry": "https://public.example.com/" }`"#),
            "{}",
            written[0].help
        );
        let given = scoped("{}").args(&["--registry", "https://public.example.com/"]).finds("registry-mismatch", 1);
        assert!(given[0].help.starts_with("pass `--@acme:registry=https://public.example.com/`"), "{}", given[0].help);
        scoped(r#"{"@acme:registry":"https://c.example.com/"}"#)
            .args(&["--registry", "https://public.example.com/"])
            .finds("registry-mismatch", 1);
    }

    #[test]
    fn matching_or_default_registries_are_fine() {
        scoped("{}").finds("registry-mismatch", 0);
        scoped(r#"{"registry":"https://internal.example.com"}"#).finds("registry-mismatch", 0);
        scoped(r#"{"registry":"https://a.example.com/","@acme:registry":"https://a.example.com/"}"#)
            .finds("registry-mismatch", 0);
        scoped(r#"{"registry":"https://public.example.com/"}"#)
            .args(&["--@acme:registry=https://public.example.com/"])
            .finds("registry-mismatch", 0);
        Scene::version("1.0.0").npmrc("@acme:registry=https://internal.example.com/\n").finds("registry-mismatch", 0);
    }

    #[test]
    fn a_configured_scope_redirects_unscoped_packages() {
        let rc = "scope=@acme\n@acme:registry=https://internal.example.com/\n";
        Scene::version("1.0.0").npmrc(rc).finds("registry-mismatch", 1);
        Scene::version("1.0.0").npmrc("scope=@acme\n").finds("registry-mismatch", 0);
        let flag =
            Scene::version("1.0.0").npmrc("@acme:registry=https://internal.example.com/\n").args(&["--scope=@acme"]);
        assert_eq!(flag.finds("registry-mismatch", 1)[0].severity, Severity::Warning);
    }

    #[test]
    fn a_registry_that_the_client_does_not_use_is_pointed_out() {
        let scene = |manager: &str, npmrc: &str, more: &str| {
            let client = if manager.starts_with("yarn") { Manager::Yarn } else { Manager::Pnpm };
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0"{more}}}"#);
            Scene::new(&manifest).packed_by(manager).client(client).npmrc(npmrc)
        };
        let (yarn, corp) = ("yarn@4.18.1", "registry=https://npm.corp.test/\n");
        let found = scene(yarn, corp, "").finds("registry-mismatch", 1);
        assert_eq!((found[0].severity, found[0].why.as_str()), (Severity::Warning, "Yarn reads no .npmrc"));
        scene(yarn, "registry=https://registry.npmjs.org/\n", "").finds("registry-mismatch", 0);
        scene(yarn, "@acme:registry=https://npm.corp.test/\n", "").finds("registry-mismatch", 0);
        let named = r#","publishConfig":{"registry":"https://registry.npmjs.org/"}"#;
        scene(yarn, corp, named).finds("registry-mismatch", 0);
        scene("yarn@1.22.22", corp, "").finds("registry-mismatch", 0);
        scene("pnpm@12.21.0", corp, "").finds("registry-mismatch", 0);
        let variable = scene("pnpm@11.28.10", "registry=https://${HOST}/\n", "").env("HOST", "npm.corp.test");
        assert!(variable.finds("registry-mismatch", 1)[0].why.contains("variable"));
    }

    #[test]
    fn an_empty_registry_in_package_json_overrides_the_configured_one() {
        let scene = || Scene::new(r#"{"name":"left-lodge","version":"1.0.0","publishConfig":{"registry":""}}"#);
        assert_eq!(scene().finds("registry-mismatch", 1)[0].severity, Severity::Warning);
        let found = scene().npmrc("registry=https://h/\n").finds("registry-mismatch", 1);
        assert_eq!(found[0].severity, Severity::Error);
    }
}
