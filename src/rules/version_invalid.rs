//! A version that is missing, or that npm cannot parse.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "version-invalid",
    category: Category::Correctness,
    summary: "the version is missing or is not a semantic version",
    npm_says: &["Invalid version", "EBADSEMVER", "Cannot read properties of null (reading 'prerelease')"],
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

A `version` that is missing, empty, not a string, or that npm cannot read as `major.minor.patch`, even after removing spaces
and a leading `v` or `=`. Where a release tool works out the version, what package.json has does not matter.

### Why it matters

npm refuses an invalid version. If there is no version, it runs your scripts, packs the package, and then crashes with a
message that does not mention the version.

### What to do

Write a version such as `1.2.3`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.2"
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let manifest = &plan.package.manifest;
    if plan.package.version_to_come.is_some() {
        return Ok(vec![]);
    }
    let field = manifest.field("version");
    let diagnostic = match field.filter(|version| version.is_truthy()) {
        None => {
            plan.package.settled_name_and_version()?;
            let problem = if field.is_some() { "the version is empty" } else { "the package has no version" };
            let why = if plan.options.force.value || !plan.runner.is_sent_by_npm() {
                format!("{} refuses to publish without a version", plan.runner.name())
            } else {
                "without a version, npm packs the package and then crashes".to_owned()
            };
            let diagnostic = Diagnostic::new(&RULE, problem, why, "add a `version` such as `1.0.0`")
                .fix(Fix::maybe("add a version", plan.runner.words().set_fields("version=1.0.0")));
            if plan.options.force.value { diagnostic.npm_error("EBADSEMVER") } else { diagnostic }
        }
        Some(version) if plan.package.version().is_none() => {
            let shown = manifest.source.shown(version.span());
            Diagnostic::new(
                &RULE,
                format!("{shown} is not a version"),
                "a semantic version has three numbers, none larger than 9007199254740991",
                "write `version` as `major.minor.patch`, for example `1.2.3`",
            )
        }
        Some(_) => return Ok(vec![]),
    };
    Ok(vec![diagnostic.at(manifest.place_of("version"), "")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn version(value: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":{value}}}"#))
    }

    #[test]
    fn a_version_that_npm_cannot_parse_is_reported() {
        for value in [r#""1.2""#, r#""latest""#, r#""1.2.3.4""#, "5", "{}", "true"] {
            version(value).finds("version-invalid", 1);
        }
    }

    #[test]
    fn a_missing_version_is_reported_unless_a_script_may_write_it() {
        for value in ["null", r#""""#, "0"] {
            assert_eq!(version(value).finds("version-invalid", 1)[0].npm_error, None);
        }
        let scripted = r#"{"name":"left-lodge","scripts":{"prepublishOnly":"node version.js"}}"#;
        Scene::new(scripted).undecided("version-invalid");
    }

    #[test]
    fn versions_that_npm_can_clean_are_fine() {
        for value in [r#""1.2.3""#, r#""v1.2.3""#, r#"" =1.2.3 ""#, r#""1.2.3+build""#, r#""1.2.3-rc.1""#] {
            version(value).finds("version-invalid", 0);
        }
    }
}
