//! Yarn's credential without a registry, which Yarn sends to whatever registry it publishes to.

use url::Url;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::credential::Credential;
use crate::facts::vendor::Vendor;
use crate::plan::{Login, PublishPlan};
use crate::project::npm_config::Origin;
use crate::publisher::Manager;
use crate::rules::diagnostic::Diagnostic;
use crate::text::redact::ShownUrl;

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-misdirected",
    category: Category::Suspicious,
    summary: "a credential goes to another registry than it is for",
    npm_says: &["E401", "E403", "E404"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Credential,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: Some("5.0"),
    docs: r#"
### What it finds

A token or password at the top level of Yarn's configuration (`npmAuthToken`, `npmAuthIdent`, YARN_NPM_AUTH_TOKEN) that goes
to another registry than it is for: one of npm's tokens, which begin with `npm_`, to a registry that is not npm's; or a
credential in a file that names another registry beside it, in `npmPublishRegistry` or `npmRegistryServer`. For
environment variables it is the same if both are set there.

### Why it matters

Yarn sends a credential without a registry to whatever registry it publishes to, also to the one that
`publishConfig.registry` names. The other registry sees the credential, and usually refuses the publish.

### What to do

Put the credential below the registry that it is for: `npmRegistries["https://registry.npmjs.org"].npmAuthToken`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "publishConfig": { "registry": "https://npm.example.com" }
}
```
```yaml .yarnrc.yml
npmPublishRegistry: "https://registry.npmjs.org"
npmAuthToken: "${NPM_TOKEN}"
```
```sh
NPM_TOKEN=secretsecretsecret yarn npm publish
```
"#,
};

/// What Yarn sends to any registry (4.18.1, sources/npmHttpUtils.ts of @yarnpkg/plugin-npm, `getAuthenticationHeader`).
const FOR_ANY: [&str; 2] = ["npmAuthToken", "npmAuthIdent"];
/// What npm's granular tokens begin with.
const OF_NPM: &str = "npm_";

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let is_yarn = plan.runner.client.as_ref().is_some_and(|client| client.other() == Some(Manager::Yarn));
    let Login::Credential { credential, origin, key, .. } = &plan.auth.login else { return Ok(vec![]) };
    if !is_yarn || !FOR_ANY.contains(&key.as_str()) {
        return Ok(vec![]);
    }
    let Some((owner, named)) = owner(plan, credential, origin) else { return Ok(vec![]) };
    let noun = if key == FOR_ANY[0] { "token" } else { "user name and password" };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("the {noun} for {owner} goes to {}", plan.destination.shown()),
        format!("Yarn sends `{key}` at the top level to every registry that it publishes to"),
        format!("move it to `npmRegistries`, below the registry that it is for: `npmRegistries[\"https://…\"].{key}`"),
    );
    let diagnostic = case.at_credential(diagnostic).set_by("the registry", plan.destination.origin());
    Ok(vec![match named {
        Some(origin) => diagnostic.set_by("the other registry", origin),
        None => diagnostic,
    }])
}

/// The registry that a credential is for, and what names it, where that is another than the one it goes to.
fn owner<'a>(plan: &'a PublishPlan, credential: &Credential, origin: &Origin) -> Option<(String, Option<&'a Origin>)> {
    let (target, _) = plan.destination.registry()?;
    let is_npms = matches!(credential, Credential::Token(token) if token.expose().starts_with(OF_NPM));
    if is_npms && !plan.destination.npmjs {
        return Some(("npm's registry".to_owned(), None));
    }
    let beside = ["npmPublishRegistry", "npmRegistryServer"].into_iter().find_map(|key| plan.config.get(key))?;
    let own = Url::parse(beside.value.as_text()?).ok().filter(|_| is_beside(&beside.origin, origin))?;
    let vendor = |url: &Url| Vendor::of(url).map(|vendor| vendor.name);
    // Yarn's default is another name of npm's registry.
    let is_alias = plan.destination.npmjs && vendor(&own) == vendor(target);
    let is_same =
        own.origin() == target.origin() && own.path().trim_end_matches('/') == target.path().trim_end_matches('/');
    (!is_alias && !is_same).then(|| (ShownUrl::new(&own).to_string(), Some(&beside.origin)))
}

/// Whether two settings stand in the same file, or both in the environment.
fn is_beside(left: &Origin, right: &Origin) -> bool {
    match (left.place(), right.place()) {
        (Some(left), Some(right)) => left.source.path() == right.source.path(),
        _ => matches!((left, right), (Origin::Env(_), Origin::Env(_))),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    const ID: &str = super::RULE.id;
    const NPMS: &str = "npm_secretsecretsecretsecretsecretsecret";

    fn to(registry: &str) -> Scene {
        let manifest =
            format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{{"registry":"{registry}"}}}}"#);
        Scene::new(&manifest).client(Manager::Yarn).packed_by("yarn@4.18.1")
    }

    #[test]
    fn a_token_of_npm_that_goes_to_another_registry_is_reported() {
        let own = format!("npmAuthToken: {NPMS}\n");
        let found = to("https://npm.example.com").file("~/.yarnrc.yml", &own).finds(ID, 1);
        assert_eq!(found[0].message, "the token for npm's registry goes to https://npm.example.com/");
        to("https://npm.example.com").env("YARN_NPM_AUTH_TOKEN", NPMS).finds(ID, 1);
        for registry in ["https://registry.npmjs.org/", "https://registry.yarnpkg.com"] {
            to(registry).file("~/.yarnrc.yml", &own).finds(ID, 0);
        }
    }

    #[test]
    fn a_credential_is_for_the_registry_that_stands_beside_it() {
        let beside = |url: &str| format!("npmAuthIdent: \"alice:secret\"\nnpmRegistryServer: \"{url}\"\n");
        let found =
            to("https://npm.example.com").file(".yarnrc.yml", &beside("https://other.example.com")).finds(ID, 1);
        assert!(found[0].message.starts_with("the user name and password for https://other.example.com/"));
        to("https://npm.example.com").file(".yarnrc.yml", &beside("https://npm.example.com/")).finds(ID, 0);
        to("https://registry.npmjs.org").file(".yarnrc.yml", &beside("https://registry.yarnpkg.com")).finds(ID, 0);
    }

    #[test]
    fn a_credential_that_nothing_ties_to_a_registry_is_not_reported() {
        let job = |registry: &str| to(registry).env("YARN_NPM_AUTH_TOKEN", "ghs_secretsecretsecret");
        job("https://npm.pkg.github.com").finds(ID, 0);
        job("https://npm.pkg.github.com")
            .file(".yarnrc.yml", "npmRegistryServer: https://npm.example.com\n")
            .finds(ID, 0);
        let tied = format!("npmRegistries:\n  \"https://npm.example.com\":\n    npmAuthToken: {NPMS}\n");
        to("https://npm.example.com").file("~/.yarnrc.yml", &tied).finds(ID, 0);
        let npmrc = format!("//npm.example.com/:_authToken={NPMS}\n");
        to("https://npm.example.com").client(Manager::Pnpm).packed_by("pnpm@12.21.0").user_npmrc(&npmrc).finds(ID, 0);
    }
}
