//! A name that is missing, that npm's client refuses, or that the registry takes from old packages only.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Seen;
use crate::facts::vendor::Vendor;
use crate::npm::name::{NameError, new_package_objections, normalize};
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-invalid",
    category: Category::Correctness,
    summary: "the package name is missing or not allowed",
    npm_says: &[
        "Invalid name",
        "Invalid tag name \"@latest\"",
        "name field must be a string",
        "EINVALIDPACKAGENAME",
        "EINVALIDTAGNAME",
        "E400",
        "E403",
    ],
    asks: &[Ask::Packument],
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

A `name` that is missing or not text; a name that npm's client refuses, such as `.hidden` or `my package`; and, for a
package that does not exist yet on npm's public registry, a name that only old packages may have: capital letters, any of
`~'!()*`, more than 214 characters, the name of a Node.js core module. GitHub Packages wants lower-case names in the scope
of their owner; Gitea and Forgejo want lower-case letters, digits, `-`, `.` and `_`.

### Why it matters

npm refuses some of these names at once and others after your build; the last kind is refused by the registry. A missing
name is reported as an invalid *tag*.

### What to do

Choose a lower-case name made of letters, digits, `-`, `.` and `_`, or put the package into your scope.

### Example

```json package.json
{
  "name": "my package",
  "version": "1.0.0"
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let manifest = &plan.manifest;
    let found = |message: String, why: String, help: &str| {
        Diagnostic::new(&RULE, message, why, help).at(manifest.place_of("name"), "")
    };
    let Some(field) = manifest.field("name").filter(|name| name.is_truthy()) else {
        plan.settled_name_and_version()?;
        let why = "npm cannot publish without a name, and reports an invalid tag instead";
        let diagnostic = found("there is no package name".to_owned(), why.to_owned(), "add a `name`")
            .npm_error("EINVALIDTAGNAME")
            .fix(Fix::command("add a name", "npm pkg set name=<name>"));
        return Ok(vec![diagnostic]);
    };
    let Some(text) = field.as_str() else {
        let message = format!("the package name is {}", field.type_of());
        return Ok(vec![found(message, "npm wants a string".to_owned(), "write the name as a string")]);
    };
    match normalize(text) {
        Err(error) => {
            let diagnostic = found(format!("`{text}` is no package name"), error.to_string(), "choose another `name`");
            Ok(vec![match error {
                NameError::InvalidPackageName(_) => diagnostic.npm_error("EINVALIDPACKAGENAME"),
                NameError::Invalid(_) => diagnostic,
            }])
        }
        Ok(name) => {
            let vendor = plan.registry().filter(|_| !plan.dry_run.value).and_then(|(url, _)| Vendor::of(url));
            if let Some((why, code)) = vendor.and_then(|vendor| vendor.objection(name.as_str()))
                && !plan.is_skipped()
            {
                plan.settled_name_and_version()?;
                let message = format!("{} takes no package called `{name}`", plan.shown_registry());
                let diagnostic = found(message, why.to_owned(), "choose another `name`");
                return Ok(vec![match code {
                    Some(code) => diagnostic.npm_error(code),
                    None => diagnostic,
                }]);
            }
            let objections = new_package_objections(&name);
            if !plan.npmjs
                || plan.is_skipped()
                || objections.is_empty()
                || !matches!(case.packument()?, Seen::NotVisible)
            {
                return Ok(vec![]);
            }
            let reasons = objections.join("; ");
            let diagnostic = found(
                format!("a new package may not be called `{name}`"),
                format!("{reasons}; the registry takes such a name only for packages that have it already"),
                "choose another `name`",
            );
            Ok(vec![diagnostic.npm_error("E403")])
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn name(value: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":{value},"version":"1.0.0"}}"#))
    }

    #[test]
    fn what_the_client_refuses_is_found_without_asking() {
        for value in ["null", r#""""#, "0", "5", r#"["a"]"#, r#"".a""#, r#""a b""#, r#""alice/otter""#, r#""_a""#] {
            name(value).finds("name-invalid", 1);
        }
        Scene::new(r#"{"version":"1.0.0"}"#).finds("name-invalid", 1);
    }

    #[test]
    fn a_script_may_write_the_missing_name() {
        Scene::new(r#"{"version":"1.0.0","scripts":{"prepack":"node name.js"}}"#).undecided("name-invalid");
    }

    #[test]
    fn capital_letters_are_for_packages_that_have_them_already() {
        let missing = r#"{"error":"Not found"}"#;
        name(r#""JSONStream""#).answer("/JSONStream", 404, missing).finds("name-invalid", 1);
        name(r#""JSONStream""#).answer("/JSONStream", 200, r#"{"versions":{"0.1.0":{}}}"#).finds("name-invalid", 0);
        name(r#""JSONStream""#).private_registry().finds("name-invalid", 0);
        name(r#""JSONStream""#).undecided("name-invalid");
    }

    #[test]
    fn other_registries_have_rules_of_their_own() {
        let at = |text: &str, registry: &str| name(text).npmrc(&format!("registry={registry}\n")).private_registry();
        let (github, gitea) = ("https://npm.pkg.github.com/", "https://git.test/api/packages/acme/npm/");
        at(r#""otter""#, github).finds("name-invalid", 1);
        assert_eq!(at(r#""Otter""#, gitea).finds("name-invalid", 1)[0].npm_error, Some("E400"));
        at(r#""@acme/otter""#, github).finds("name-invalid", 0);
        at(r#""otter""#, gitea).finds("name-invalid", 0);
        at(r#""otter""#, github).args(&["--dry-run"]).finds("name-invalid", 0);
    }

    #[test]
    fn ordinary_names_need_no_answer() {
        for value in [r#""left-lodge""#, r#""@alice/left.lodge_2""#, r#"" left-lodge ""#] {
            name(value).finds("name-invalid", 0);
        }
    }
}
