//! A credential read from an environment variable that is not set: npm sends the name of the variable instead.

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::npm::version::Version;
use crate::plan::PublishPlan;
use crate::project::ci::Provider;
use crate::project::npm_config::{Entry, Layer, Origin};
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-unset-variable",
    category: Category::Correctness,
    summary: "the credential refers to an environment variable that is not set",
    npm_says: &["E404", "E401", "Access token expired or revoked", "Failed to replace env in config"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Credential,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: true,
    order: Order::Last,
    security_severity: None,
    docs: r"
### What it finds

A `${VARIABLE}` in the token, user name or password that npm would use, when the variable is not set. Lines that are not
used for this publish are ignored. As a warning: a variable in the project's .npmrc, set or not, when the project's package
manager is pnpm 11 or later.

### Why it matters

npm sends the text `${VARIABLE}` itself, and the registry rejects it. npm's public registry answers with a 404, as if the
package did not exist. pnpm 11 and later do not expand variables in the credentials of a project's .npmrc.

### What to do

Set the variable where `npm publish` runs. In GitHub Actions, map the secret in the step's `env`. For pnpm, move the line to
the user's .npmrc.

### Example

```ini ~/.npmrc
registry=https://registry.example.com/
//registry.example.com/:_authToken=${NPM_TOKEN}
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let mut found: Vec<_> = case.credential_entries().flat_map(|entry| diagnostics(plan, entry)).collect();
    if !found.is_empty() && plan.runner.ci.can_exchange {
        return Err(case.trusts_this_job().into());
    }
    if found.is_empty() {
        found.extend(case.credential_entries().find_map(|entry| left_alone_by_pnpm(plan, entry)));
    }
    Ok(found)
}

/// pnpm since 11: "environment variables are not expanded in repository-controlled registry credentials".
fn left_alone_by_pnpm(plan: &PublishPlan, entry: &Entry) -> Option<Diagnostic> {
    let client = plan.runner.client.as_ref().filter(|client| client.manager == Manager::Pnpm)?;
    let is_new = client.version.as_ref().is_some_and(|version| *version >= Version::new(11, 0, 0));
    let is_project = matches!(entry.origin, Origin::File { layer: Layer::Project, .. });
    let name = entry.variables.first().filter(|_| is_new && is_project)?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("pnpm does not expand `${{{name}}}` in the project's .npmrc"),
        "npm does, but pnpm 11 and later ignore credentials with variables in a repository's .npmrc",
        "publish with npm, or move the line to the user's .npmrc with `pnpm config set --location=user`",
    );
    let diagnostic = diagnostic.at_origin("the credential", &entry.origin, "only npm expands this");
    let diagnostic = diagnostic.severity(Severity::Warning);
    Some(match client.place() {
        Some(place) => diagnostic.related(place.clone(), "the project's package manager"),
        None => diagnostic,
    })
}

fn diagnostics(plan: &PublishPlan, entry: &Entry) -> Vec<Diagnostic> {
    let unset = entry.unset.iter().filter(|variable| !variable.optional);
    unset
        .map(|variable| {
            // The token itself may be between the braces.
            let is_name = variable.name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            let name = if is_name { variable.name.as_str() } else { "…" };
            let place = entry.origin.place().map(|mut place| {
                place.span = variable.span.unwrap_or(place.span);
                place
            });
            let help = if plan.runner.ci.provider == Some(Provider::GitHub) {
                format!("map the secret in the step that publishes: `env: {{ {name}: ${{{{ secrets.{name} }}}} }}`")
            } else {
                format!("set {name} before you publish")
            };
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("the credential for {} refers to {name}, which is not set", plan.destination.shown()),
                plan.runner.words().unset_variable(name),
                help,
            )
            .npm_error(if plan.destination.npmjs { "E404" } else { "E401" });
            match place {
                Some(place) => diagnostic.at(place, "not set"),
                None => diagnostic.set_by("the credential", &entry.origin),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn scene(line: &str) -> Scene {
        Scene::version("1.0.0").user_npmrc(&format!("registry=https://h/\n{line}\n"))
    }

    #[test]
    fn a_variable_that_is_not_set_is_reported() {
        let found = scene("//h/:_authToken=${NPM_TOKEN}").finds("credential-unset-variable", 1);
        assert!(found[0].message.contains("NPM_TOKEN"));
        scene("//h/:_auth=${NPM_AUTH}").check("credential-missing").unwrap();
    }

    #[test]
    fn a_set_optional_or_unused_variable_is_fine() {
        scene("//h/:_authToken=${NPM_TOKEN}").env("NPM_TOKEN", "t").finds("credential-unset-variable", 0);
        scene("//h/:_authToken=${NPM_TOKEN?}").finds("credential-unset-variable", 0);
        scene("//h/:_authToken=t\n//other/:_authToken=${OTHER}").finds("credential-unset-variable", 0);
        scene("//h/:_authToken=t").finds("credential-unset-variable", 0);
    }

    #[test]
    fn trusted_publishing_may_replace_the_credential() {
        scene("//h/:_authToken=${NPM_TOKEN}")
            .env("GITHUB_ACTIONS", "true")
            .env("NPM_ID_TOKEN", "t")
            .finds("credential-unset-variable", 0);
    }

    #[test]
    fn pnpm_does_not_expand_what_npm_does() {
        let scene = |manager: &str, user: bool| {
            let line = "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n";
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","packageManager":"{manager}"}}"#);
            let scene = Scene::new(&manifest).logged_out().env("NPM_TOKEN", "npm_secret");
            let workflow = ".github/workflows/release.yml";
            let scene = scene.file(workflow, "      - run: npm publish\n");
            if user { scene.user_npmrc(line) } else { scene.npmrc(line) }
        };
        let found = scene("pnpm@12.21.0", false).finds("credential-unset-variable", 1);
        assert_eq!(found[0].severity, crate::rules::diagnostic::Severity::Warning);
        scene("pnpm@10.20.0", false).finds("credential-unset-variable", 0);
        scene("pnpm@12.21.0", true).finds("credential-unset-variable", 0);
        scene("npm@12.2.0", false).finds("credential-unset-variable", 0);
    }
}
