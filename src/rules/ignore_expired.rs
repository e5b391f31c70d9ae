//! An ignore in npm-preflight's settings that has expired: what it ignored is reported again.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ignore-expired",
    category: Category::Suspicious,
    summary: "an `ignore` in npm-preflight's settings has expired",
    npm_says: &[],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Argument,
    for_private: false,
    explains_no_user: false,
    order: Order::Last,
    security_severity: None,
    docs: r#"
### What it finds

An entry of `ignore` in npm-preflight's settings whose `expires` has passed. It no longer has an effect: findings of its rule
are reported again.

### Why it matters

The date is a reminder. An entry that no longer has an effect hides that a decision is still open.

### What to do

Fix what the rule reports and remove the entry, or give it a later date.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```toml npm-preflight.toml
[[ignore]]
rule = "repository-missing"
reason = "the repository is not public yet"
expires = 2026-12-31
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let package = &case.plan.package;
    let name = package.name().map(crate::npm::name::PackageName::as_str);
    let found = case.plan.declared.ignored.iter().filter_map(|ignored| {
        let expires = ignored.expires.as_ref().filter(|day| day.value.is_over(case.now))?;
        let concerns = |packages: &crate::project::declared::Packages| packages.hold(&package.manifest.folder, name);
        if !ignored.packages.as_ref().is_none_or(concerns) {
            return None;
        }
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{}` was to be ignored until {}", ignored.rule.value, expires.value.text),
            format!("that day has passed, so its findings are reported again; the reason was: {}", ignored.reason),
            "fix what the rule reports and remove this entry, or give it a later date",
        );
        let diagnostic = diagnostic.at(expires.place.clone(), "this day has passed");
        Some(diagnostic.related(ignored.rule.place.clone(), "what was ignored"))
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn ignoring(expires: &str, packages: &str) -> Scene {
        let settings = format!(
            "[[ignore]]\nrule = \"name-taken\"\nreason = \"x\"\nexpires = {expires}\npackages = \"{packages}\"\n"
        );
        Scene::version("1.1.0").file("npm-preflight.toml", &settings)
    }

    #[test]
    fn an_ignore_is_reported_from_the_day_after_it_expires() {
        ignoring("2027-01-14", "**").finds("ignore-expired", 1);
        ignoring("2027-01-15", "**").finds("ignore-expired", 0);
    }

    #[test]
    fn an_ignore_of_other_packages_is_not_reported() {
        ignoring("2027-01-14", "left-lodge").finds("ignore-expired", 1);
        ignoring("2027-01-14", "packages/*").finds("ignore-expired", 0);
    }
}
