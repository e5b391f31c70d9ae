//! A name that is missing, that npm refuses, or that the registry accepts only for existing packages.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Seen;
use crate::facts::vendor::{Objection, Vendor};
use crate::npm::name::{NameError, new_package_objections, normalize};
use crate::project::npm_config::Origin;
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

A `name` that is missing or not a string; a name that npm refuses, such as `.hidden` or `my package`; and, for a package
that is not on npm's public registry yet, a name that only existing packages may have: with capital letters or any of
`~'!()*`, longer than 214 characters, or the name of a Node.js core module. GitHub Packages requires lowercase names in
the scope of their owner. Gitea and Forgejo allow lowercase letters, digits, `-`, `.` and `_`.

### Why it matters

npm refuses some of these names immediately and others only after your build; the registry refuses the rest. If the name is
missing, npm reports an invalid *tag*.

### What to do

Choose a lowercase name made of letters, digits, `-`, `.` and `_`, or move the package into your scope.

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
    let manifest = &plan.package.manifest;
    let named = plan.package.written_name.as_ref().filter(|name| !name.value.is_empty());
    // pnpm's `publishConfig.name` counts before the field.
    let (field, place) = match named.map(|name| &name.origin) {
        Some(Origin::Manifest { field, place }) => (field.as_str(), place.clone()),
        _ => ("name", manifest.place_of("name")),
    };
    let found =
        |message: String, why: String, help: &str| Diagnostic::new(&RULE, message, why, help).at(place.clone(), "");
    let another = format!("choose another `{field}`");
    let text = named.map(|name| name.value.as_str());
    let Some(value) = manifest.field("name").filter(|name| name.is_truthy() || text.is_some()) else {
        plan.package.settled_name_and_version()?;
        let mut why = format!("{} cannot publish a package without a name", plan.runner.name());
        if plan.runner.is_sent_by_npm() {
            why += ", and reports an invalid tag instead";
        }
        let diagnostic = found("the package has no name".to_owned(), why, "add a `name`")
            .npm_error("EINVALIDTAGNAME")
            .fix(Fix::maybe("add a name", plan.runner.words().set_fields("name=<name>")));
        return Ok(vec![diagnostic]);
    };
    let Some(text) = text else {
        let message = format!("the package name is {}", value.type_of());
        return Ok(vec![found(
            message,
            format!("{} expects a string", plan.runner.name()),
            "write the name as a string",
        )]);
    };
    match normalize(text) {
        Err(error) => {
            let message = format!("`{text}` is not a valid package name");
            let diagnostic = found(message, error.to_string(), &another);
            Ok(vec![match error {
                NameError::InvalidPackageName(_) => diagnostic.npm_error("EINVALIDPACKAGENAME"),
                NameError::Invalid(_) => diagnostic,
            }])
        }
        Ok(name) => {
            let vendor = plan
                .destination
                .registry()
                .filter(|_| !plan.options.dry_run.value)
                .and_then(|(url, _)| Vendor::of(url));
            if let Some(Objection { why, code }) = vendor.and_then(|vendor| vendor.objection(name.as_str()))
                && !plan.is_skipped()
            {
                plan.package.settled_name_and_version()?;
                let message = format!("{} does not accept packages named `{name}`", plan.destination.shown());
                let diagnostic = found(message, why.to_owned(), &another);
                return Ok(vec![match code {
                    Some(code) => diagnostic.npm_error(code),
                    None => diagnostic,
                }]);
            }
            let objections = new_package_objections(&name);
            if !plan.destination.npmjs
                || plan.is_skipped()
                || objections.is_empty()
                || !matches!(case.packument()?, Seen::NotVisible)
            {
                return Ok(vec![]);
            }
            let reasons = objections.join("; ");
            let diagnostic = found(
                format!("a new package cannot be named `{name}`"),
                format!("{reasons}; the registry allows such a name only for existing packages"),
                &another,
            );
            Ok(vec![diagnostic.npm_error("E403")])
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    fn name(value: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":{value},"version":"1.0.0"}}"#))
    }

    #[test]
    fn names_that_npm_refuses_are_reported_offline() {
        for value in ["null", r#""""#, "0", "5", r#"["a"]"#, r#"".a""#, r#""a b""#, r#""alice/otter""#, r#""_a""#] {
            name(value).finds("name-invalid", 1);
        }
        Scene::new(r#"{"version":"1.0.0"}"#).finds("name-invalid", 1);
    }

    #[test]
    fn the_name_that_pnpm_publishes_under_is_checked() {
        let pnpm = |name: &str, renamed: &str| {
            let manifest = format!(r#"{{"name":"{name}","version":"1.0.0","publishConfig":{{"name":"{renamed}"}}}}"#);
            Scene::new(&manifest).packed_by("pnpm@12.21.0").client(Manager::Pnpm)
        };
        pnpm("a b", "otter").finds("name-invalid", 0);
        let found = pnpm("otter", "a b").finds("name-invalid", 1);
        assert!(found[0].help.contains("`publishConfig.name`"), "{}", found[0].help);
        let place = found[0].place.as_ref().unwrap();
        assert_eq!(place.source.text()[place.span.start..place.span.end].trim_matches('"'), "a b");
    }

    #[test]
    fn a_script_may_write_the_missing_name() {
        Scene::new(r#"{"version":"1.0.0","scripts":{"prepack":"node name.js"}}"#).undecided("name-invalid");
    }

    #[test]
    fn capital_letters_are_allowed_only_in_existing_packages() {
        let missing = r#"{"error":"Not found"}"#;
        name(r#""JSONStream""#).answer("/JSONStream", 404, missing).finds("name-invalid", 1);
        name(r#""JSONStream""#).answer("/JSONStream", 200, r#"{"versions":{"0.1.0":{}}}"#).finds("name-invalid", 0);
        name(r#""JSONStream""#).private_registry().finds("name-invalid", 0);
        name(r#""JSONStream""#).undecided("name-invalid");
    }

    #[test]
    fn other_registries_have_their_own_rules() {
        let at = |text: &str, registry: &str| name(text).npmrc(&format!("registry={registry}\n")).private_registry();
        let (github, gitea) = ("https://npm.pkg.github.com/", "https://git.test/api/packages/acme/npm/");
        at(r#""otter""#, github).finds("name-invalid", 1);
        assert_eq!(at(r#""Otter""#, gitea).finds("name-invalid", 1)[0].npm_error, Some("E400"));
        at(r#""@acme/otter""#, github).finds("name-invalid", 0);
        at(r#""otter""#, gitea).finds("name-invalid", 0);
        at(r#""otter""#, github).args(&["--dry-run"]).finds("name-invalid", 0);
    }

    #[test]
    fn ordinary_names_need_no_request() {
        for value in [r#""left-lodge""#, r#""@alice/left.lodge_2""#, r#"" left-lodge ""#] {
            name(value).finds("name-invalid", 0);
        }
    }
}
