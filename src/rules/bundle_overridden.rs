//! A bundled package whose version an override decided, which npm 12 refuses to pack.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::project::overridden::{Overridden, OverriddenBundle};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "bundle-overridden",
    category: Category::Correctness,
    summary: "npm 12 refuses to bundle a package whose version comes from `overrides`",
    npm_says: &["EBUNDLEOVERRIDE", "affects a bundled package", "affect bundled packages"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A package in node_modules that `bundleDependencies` adds to the tarball, directly or through another package, and that
has exactly the version set by `overrides`. npm 11 and older pack it, so nothing is reported for them. The check is
undecided if the override applies only to some versions or is nested in another one, if packages in node_modules are
links, and if `prepublishOnly` runs first and may install something else.

### Why it matters

`overrides` do not apply to users who install the package, so the bundled versions would not match its dependencies. npm
12 fails with `EBUNDLEOVERRIDE` before it packs the package.

### What to do

Remove the override, or do not bundle the package that depends on it.

### Example

```sh
npm@12.2.2 publish
```
```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "dependencies": { "acorn-tools": "^1.0.0" },
  "bundleDependencies": ["acorn-tools"],
  "overrides": { "acorn-core": "2.0.0" }
}
```
```json node_modules/acorn-tools/package.json
{ "name": "acorn-tools", "version": "1.0.0", "dependencies": { "acorn-core": "^1.0.0" } }
```
```json node_modules/acorn-core/package.json
{ "name": "acorn-core", "version": "2.0.0" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if plan.runner.other_client().is_some() {
        return Ok(vec![]);
    }
    let undecided = |detail: String| Err(Gap::unknown(Reason::Unsupported, detail));
    let overridden = match &plan.packed().overridden_bundle {
        OverriddenBundle::None => return Ok(vec![]),
        OverriddenBundle::Unclear { why } => {
            return undecided(format!("it is not known whether npm 12 refuses the bundled packages: {why}"));
        }
        OverriddenBundle::Some(overridden) => overridden,
    };
    if !plan.ignores_scripts() && plan.package.manifest.script("prepublishOnly").is_some() {
        return undecided(
            "npm 12 would refuse a bundled package whose version comes from `overrides`, but the script \
                `prepublishOnly` runs first and may install another version"
                .to_owned(),
        );
    }
    let list =
        ["bundleDependencies", "bundledDependencies"].into_iter().find_map(|field| plan.package.manifest.field(field));
    let found = overridden.iter().map(|Overridden { name, version, span }| {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{name}` {version} is bundled, but its version comes from `overrides`"),
            "`overrides` do not apply to users who install the package, so npm 12 refuses to bundle what they change",
            format!("remove the override, or do not bundle what depends on `{name}`"),
        );
        let diagnostic =
            diagnostic.npm_error("EBUNDLEOVERRIDE").at(plan.package.manifest.place(*span), "this override");
        match list {
            Some(list) => diagnostic.related(plan.package.manifest.place(list.span()), "bundled by this"),
            None => diagnostic,
        }
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    const ID: &str = "bundle-overridden";

    /// A root that bundles `dep`, which needs `deep`.
    fn scene(root: &str, deep: &str) -> Scene {
        let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","dependencies":{{"dep":"1"}},{root}}}"#);
        Scene::new(&manifest)
            .npm(Version::new(12, 0, 0))
            .file("node_modules/dep/package.json", r#"{"version":"1.0.0","dependencies":{"deep":"^1"}}"#)
            .file("node_modules/deep/package.json", &format!(r#"{{"version":"{deep}"}}"#))
    }

    const ROOT: &str = r#""bundleDependencies":["dep"],"overrides":{"deep":"2.0.0"}"#;

    #[test]
    fn npm_12_refuses_to_bundle_overridden_dependencies() {
        let found = scene(ROOT, "2.0.0").finds(ID, 1);
        assert_eq!((found[0].npm_error, found[0].related.len()), (Some("EBUNDLEOVERRIDE"), 1));
        scene(ROOT, "2.0.0").npm(Version::new(11, 21, 2)).finds(ID, 0);
        for bundle in ["true", r#"["dep"]"#, r#"{"dep":""}"#] {
            let root = format!(r#""bundledDependencies":{bundle},"overrides":{{"deep":{{".":"2.0.0"}}}}"#);
            scene(&root, "2.0.0").finds(ID, 1);
        }
    }

    #[test]
    fn unbundled_or_other_versions_are_fine() {
        scene(ROOT, "1.5.0").finds(ID, 0);
        scene(r#""bundleDependencies":["other"],"overrides":{"deep":"2.0.0"}"#, "2.0.0").finds(ID, 0);
        scene(r#""bundleDependencies":["dep"],"overrides":{"deep":"^2.0.0"}"#, "2.0.0").finds(ID, 0);
        scene(r#""bundleDependencies":["dep"],"overrides":{"other":"2.0.0"}"#, "2.0.0").finds(ID, 0);
        let unneeded = scene(ROOT, "2.0.0").file("node_modules/dep/package.json", r#"{"version":"1.0.0"}"#);
        unneeded.finds(ID, 0);
    }

    #[test]
    fn a_dependency_tree_too_complex_to_follow_is_undecided() {
        for overrides in
            [r#"{"dep":{"deep":"2.0.0"}}"#, r#"{"deep@1":"2.0.0"}"#, r#"{"deep":"2.0.0","dep":{"deep":"1"}}"#]
        {
            scene(&format!(r#""bundleDependencies":["dep"],"overrides":{overrides}"#), "2.0.0").undecided(ID);
        }
        scene(ROOT, "2.0.0").file(".npm-extension.mjs", "").undecided(ID);
        let scripts = format!(r#"{ROOT},"scripts":{{"prepublishOnly":"npm ci"}}"#);
        scene(&scripts, "2.0.0").undecided(ID);
        scene(&scripts, "2.0.0").args(&["--ignore-scripts"]).finds(ID, 1);
        scene(&scripts, "1.5.0").finds(ID, 0);
    }

    #[test]
    fn a_dependency_cycle_is_undecided_unless_the_root_depends_on_it() {
        let circle = |root: &str| {
            scene(root, "2.0.0")
                .file("node_modules/deep/package.json", r#"{"version":"2.0.0","dependencies":{"dep":"1"}}"#)
        };
        circle(ROOT).undecided(ID);
        circle(&format!(r#"{ROOT},"peerDependencies":{{"deep":"2.0.0"}}"#)).finds(ID, 1);
    }

    #[test]
    fn dependencies_are_looked_up_in_node_modules_only() {
        let root =
            r#""bundleDependencies":true,"overrides":{"../deep":"2.0.0"},"peerDependencies":{"../deep":"2.0.0"}"#;
        scene(root, "1.0.0").file("deep/package.json", r#"{"version":"2.0.0"}"#).finds(ID, 0);
    }

    #[test]
    fn other_clients_do_their_own_packing() {
        for client in [Manager::Pnpm, Manager::Yarn, Manager::Bun] {
            scene(ROOT, "2.0.0").client(client).finds(ID, 0);
        }
    }
}
