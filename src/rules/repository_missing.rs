//! Where the source code is.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::plan::contents::is_licence;
use crate::rules::diagnostic::Diagnostic;
use crate::text::json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "repository-missing",
    category: Category::Advice,
    summary: "package.json has no `repository`",
    npm_says: &[],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A package for npm's registry with a `description` and a licence file, and without `repository`. For a publish with provenance, see `provenance-repository`.

### Why it matters

Users cannot find the source code or report a problem, and tools that update dependencies find no release notes.

### What to do

Set `repository`, and in a monorepo `repository.directory`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "description": "A lodge, left"
}
```
```text LICENSE
MIT
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    // A licence text is for others, who will look for the source.
    let has_licence = case.contents().is_some_and(|contents| contents.files.iter().any(|file| is_licence(&file.path)));
    let is_there = plan.package.manifest.field("repository").is_some_and(Value::is_truthy);
    if is_there || !has_licence || !case.is_described() || plan.provenance.wanted.value || plan.adds_provenance() {
        return Ok(vec![]);
    }
    plan.package.settled()?;
    let message = "package.json has no `repository`";
    let why = "users of the package cannot find its source code or report a problem";
    let help = "set `repository` to the address of the git repository";
    Ok(vec![Diagnostic::new(&RULE, message, why, help).at(plan.package.manifest.place_of("repository"), "")])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn only_public_packages_need_a_repository() {
        let scene =
            || Scene::new(r#"{"name":"left-lodge","version":"1.0.0","description":"A lodge"}"#).file("LICENSE", "");
        scene().finds(ID, 1);
        scene().private_registry().finds(ID, 0);
        scene().args(&["--access", "restricted"]).finds(ID, 0);
        Scene::version("1.0.0").finds(ID, 0);
        Scene::new(
            r#"{"name":"left-lodge","version":"1.0.0","description":"A lodge","repository":"alice/left-lodge"}"#,
        )
        .finds(ID, 0);
    }
}
