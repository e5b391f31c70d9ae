//! `publishConfig.provenance: false` that npm does not look at when it adds provenance by itself.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::ci::Provider;
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::text::json::Type;

/// The rule.
pub static RULE: Rule = Rule {
    id: "provenance-not-disabled",
    category: Category::Suspicious,
    summary: "`publishConfig.provenance: false` does not stop npm from adding provenance",
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

`"provenance": false` in `publishConfig`, in a GitHub Actions or GitLab CI job that may use trusted publishing.

### Why it matters

With a trusted publisher's token, npm adds provenance to public packages of public repositories by default. It looks for
this setting in flags, variables and .npmrc files, but not in `publishConfig`. A provenance statement stays in a public
log forever.

### What to do

Write `provenance=false` into the project's .npmrc, or publish with `--no-provenance`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "publishConfig": { "provenance": false }
}
```
```sh
GITHUB_ACTIONS=true ACTIONS_ID_TOKEN_REQUEST_URL=https://h/ ACTIONS_ID_TOKEN_REQUEST_TOKEN=t npm publish
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let set = plan
        .package
        .manifest
        .publish_config("provenance")
        .filter(|set| set.type_of() == Type::Boolean && !set.is_truthy());
    let Some(set) = set.filter(|_| plan.adds_provenance() && case.sends_to_npmjs()) else { return Ok(vec![]) };
    let seen = match (plan.runner.ci.is_public, plan.runner.ci.provider) {
        (Some(true), _) => "the repository is public",
        (_, Some(Provider::GitLab)) => "this applies if the project is public",
        _ => "this applies if the repository is public",
    };
    let Some(words) = &plan.runner.words().provenance else { return Ok(vec![]) };
    let client = plan.runner.name();
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{client} adds provenance anyway, because it ignores this `provenance`"),
        format!(
            "with a trusted publisher's token, {client} adds provenance to a public package unless a flag, a variable or {} \
             disables it",
            plan.runner.words().settings
        ),
        format!("write {}, or pass `--no-provenance`", words.off),
    )
    .at(plan.package.manifest.place(set.span()), "not looked at")
    .note(seen)
    .fix(Fix::maybe(format!("disable it where {client} looks"), words.off_command.map(str::to_owned)));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = "provenance-not-disabled";

    fn off(value: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{{"provenance":{value}}}}}"#))
    }

    fn event(scene: Scene, visibility: &str) -> Scene {
        scene
            .env("GITHUB_EVENT_PATH", "/event.json")
            .file("/event.json", &format!(r#"{{"repository":{{"visibility":"{visibility}"}}}}"#))
    }

    #[test]
    fn a_key_that_npm_does_not_read_is_reported() {
        off("false").identity().finds(ID, 1);
        event(off("false").identity(), "public").finds(ID, 1);
        off("false").identity().logged_out().finds(ID, 1);
        // {"project_visibility":"public"}
        let gitlab = || {
            off("false")
                .env("GITLAB_CI", "true")
                .env("NPM_ID_TOKEN", "e30.eyJwcm9qZWN0X3Zpc2liaWxpdHkiOiJwdWJsaWMifQ.x")
        };
        gitlab().env("SIGSTORE_ID_TOKEN", "t").finds(ID, 1);
        gitlab().finds(ID, 0);
    }

    #[test]
    fn nothing_is_reported_where_npm_adds_no_provenance() {
        off("false").finds(ID, 0);
        event(off("false").identity(), "private").finds(ID, 0);
        off("false").env("GITHUB_ACTIONS", "true").finds(ID, 0);
        off("false").identity().private_registry().finds(ID, 0);
        off("false").identity().args(&["--dry-run"]).finds(ID, 0);
        off("false").env("CIRCLECI", "true").env("NPM_ID_TOKEN", "t").finds(ID, 0);
    }

    #[test]
    fn provenance_disabled_where_npm_looks_is_fine() {
        off("false").identity().npmrc("provenance=false\n").finds(ID, 0);
        off("false").identity().args(&["--no-provenance"]).finds(ID, 0);
        off("true").identity().finds(ID, 0);
        Scene::version("1.0.0").identity().finds(ID, 0);
    }
}
