//! Provenance where it cannot be created: outside a supported CI job, without its permission, for a package that is not
//! public.

mod file;

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Assumption, Seen};
use crate::plan::Access;
use crate::project::ci::Provider;
use crate::project::npm_config::LoadError;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "provenance-impossible",
    category: Category::Correctness,
    summary: "provenance is requested where npm cannot create it",
    npm_says: &[
        "EUSAGE",
        "IDENTITY_TOKEN_READ_ERROR",
        "Automatic provenance generation not supported for provider",
        "Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission",
        "Can't generate provenance for new or private package",
        "--provenance-file cannot be provided when using --provenance",
        "Invalid provenance provided",
        "No dsseEnvelope with payload found in sigstore bundle",
        "No subject found in sigstore bundle payload",
        "Found more than one subject in the sigstore bundle payload",
        "does not match the package",
    ],
    asks: &[Ask::Visibility],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Machine,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

`provenance` enabled outside GitHub Actions and GitLab CI, in a GitHub job without `id-token: write`, in a GitLab job
without `SIGSTORE_ID_TOKEN`, or in a step without the job's identity; for a package that is new or not public, unless
`access` is `public`; and together with `provenance-file`. Also a `provenance-file` that is missing, is not a Sigstore
bundle, or is for another package or version.

### Why it matters

npm refuses only after it has run your scripts and packed the package, and `--dry-run` does not notice.

### What to do

Publish from a CI job with the permission, set `access` to `public`, or pass `--no-provenance`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "publishConfig": { "provenance": true }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if let Some(LoadError::Exclusive { key, other, origin }) = &plan.config.fatal
        && plan.runner.is_sent_by_npm()
    {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{key}` and `{other}` are both set"),
            "npm accepts only one of them and fails",
            "remove one of them",
        );
        return Ok(vec![diagnostic.at_origin(&format!("`{key}`"), origin, "not together with the other")]);
    }
    if plan.options.dry_run.value {
        return Ok(vec![]);
    }
    if !plan.provenance.wanted.value {
        return file::check(case);
    }
    plan.package.settled()?;
    let client = plan.runner.name();
    let Some(words) = &plan.runner.words().provenance else {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("{client} cannot create provenance"),
            format!("{client} does not support it, and refuses to publish if it is asked for"),
            "leave out `provenance`, or publish with npm",
        );
        return Ok(vec![diagnostic.at_origin("`provenance`", &plan.provenance.wanted.origin, "enabled here")]);
    };
    let refused = |message: String, why: &str, help: &str| {
        let diagnostic = Diagnostic::new(&RULE, message, why, help).npm_error(words.refused);
        vec![diagnostic.at_origin("`provenance`", &plan.provenance.wanted.origin, "enabled here")]
    };
    if !plan.runner.ci.can_attest {
        let off = "pass `--no-provenance`, or publish from GitHub Actions or GitLab CI";
        return Ok(match plan.runner.ci.provider {
            Some(Provider::GitHub) => refused(
                "the job is not allowed to request the identity that provenance needs".to_owned(),
                &format!(
                    "{client} needs `ACTIONS_ID_TOKEN_REQUEST_URL`, which is set only with the permission `id-token: write`"
                ),
                "give the job that publishes `permissions: { id-token: write, contents: read }`",
            ),
            Some(Provider::GitLab) => refused(
                "the job has no `SIGSTORE_ID_TOKEN`".to_owned(),
                &format!("{client} refuses to create provenance in GitLab CI without it"),
                "add `id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }` to the job",
            ),
            Some(Provider::Circle) => refused(
                format!("{client} cannot create provenance in CircleCI"),
                "it supports only GitHub Actions and \
                    GitLab CI",
                off,
            ),
            None => refused(
                format!("{client} cannot create provenance here"),
                &format!(
                    "{client} creates provenance only in GitHub Actions and GitLab CI, and refuses everywhere else"
                ),
                off,
            ),
        });
    }
    if !plan.runner.ci.can_sign {
        let diagnostic = Diagnostic::new(
            &RULE,
            "the job has no identity to sign provenance with",
            "Sigstore needs `ACTIONS_ID_TOKEN_REQUEST_TOKEN` in addition to its URL, or `SIGSTORE_ID_TOKEN`",
            "pass both `ACTIONS_ID_TOKEN_REQUEST_…` variables of the job to the step that publishes",
        )
        .npm_error("IDENTITY_TOKEN_READ_ERROR");
        return Ok(vec![diagnostic.at_origin("`provenance`", &plan.provenance.wanted.origin, "enabled here")]);
    }
    if plan.options.access.value != Access::Public && !matches!(case.visibility()?, Seen::Here(true)) {
        return Ok(refused(
            format!("`{}` is new or not public, and `access` is not `public`", plan.package.shown_name()),
            &format!(
                "{client} creates provenance only for public packages, and cannot tell whether this one will be public"
            ),
            "set `access` to `public`",
        ));
    }
    if plan.destination.npmjs {
        Ok(vec![])
    } else {
        Err(Assumption::new(format!("{} accepts provenance", plan.destination.shown())).into())
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn github() -> Scene {
        Scene::version("1.0.0").args(&["--provenance"]).env("GITHUB_ACTIONS", "true")
    }

    fn permitted() -> Scene {
        asking().env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")
    }

    fn asking() -> Scene {
        github().env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://h/")
    }

    const VISIBILITY: &str = "/-/package/left-lodge/visibility";

    #[test]
    fn it_needs_a_ci_job_with_the_permission() {
        Scene::version("1.0.0").args(&["--provenance"]).finds("provenance-impossible", 1);
        Scene::version("1.0.0").env("npm_config_provenance", "true").finds("provenance-impossible", 1);
        github().finds("provenance-impossible", 1);
        Scene::version("1.0.0").args(&["--provenance"]).env("CIRCLECI", "true").finds("provenance-impossible", 1);
    }

    #[test]
    fn a_gitlab_job_needs_an_identity_for_the_signature() {
        let job = || Scene::version("1.0.0").args(&["--provenance", "--access", "public"]).env("GITLAB_CI", "true");
        job().finds("provenance-impossible", 1);
        job().env("SIGSTORE_ID_TOKEN", "t").finds("provenance-impossible", 0);
    }

    #[test]
    fn a_github_job_needs_an_identity_for_the_signature() {
        let public = |scene: Scene| scene.args(&["--provenance", "--access", "public"]);
        let found = public(asking()).finds("provenance-impossible", 1);
        assert_eq!(found[0].npm_error, Some("IDENTITY_TOKEN_READ_ERROR"));
        public(asking()).env("SIGSTORE_ID_TOKEN", "t").finds("provenance-impossible", 0);
    }

    #[test]
    fn it_needs_a_public_package() {
        permitted().answer(VISIBILITY, 200, r#"{"public":true}"#).finds("provenance-impossible", 0);
        permitted().answer(VISIBILITY, 200, r#"{"public":false}"#).finds("provenance-impossible", 1);
        permitted().answer(VISIBILITY, 404, "{}").finds("provenance-impossible", 1);
        permitted().args(&["--access", "public"]).finds("provenance-impossible", 0);
        permitted().undecided("provenance-impossible");
    }

    #[test]
    fn nothing_is_requested_without_provenance() {
        Scene::version("1.0.0").finds("provenance-impossible", 0);
        let manifest = |value: &str| {
            Scene::new(&format!(
                r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{{"provenance":{value}}}}}"#
            ))
        };
        manifest("\"true\"").finds("provenance-impossible", 0);
        manifest("true").args(&["--no-provenance"]).finds("provenance-impossible", 0);
    }

    #[test]
    fn other_registries_may_refuse_it() {
        permitted().private_registry().args(&["--access", "public"]).undecided("provenance-impossible");
    }
}
