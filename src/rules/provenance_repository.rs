//! Provenance that names another repository than package.json: the registry verifies it and refuses.

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::registry::{Reason, Unknown};
use crate::repository::{Repository, shown};

/// The rule.
pub static RULE: Rule = Rule {
    id: "provenance-repository",
    category: Category::Correctness,
    summary: "`repository` is not the repository that the CI job builds",
    npm_says: &[
        "E422",
        "Error verifying sigstore provenance bundle",
        "Failed to validate repository information",
        "Unsupported GitHub Actions runner environment",
    ],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

Provenance that will be created in a GitHub or GitLab job while `repository` in package.json is missing or names another
repository than the job builds; the registry compares capital letters, too. And a self-hosted GitHub runner.

### Why it matters

The registry verifies provenance against package.json and refuses the publish with 422, after the statement has been
written to a public log for ever.

### What to do

Set `repository` to the repository that is built.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "repository": "github:alice/old-name"
}
```
```sh
GITHUB_ACTIONS=true GITHUB_REPOSITORY=alice/left-lodge ACTIONS_ID_TOKEN_REQUEST_URL=https://h/ npm publish --provenance
```
"#,
};

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let explicit = plan.provenance.value && plan.ci.can_attest;
    let automatic = plan.ci.can_exchange && plan.config.is_default("provenance");
    if !plan.npmjs || plan.dry_run.value || !(explicit || automatic) {
        return Ok(vec![]);
    }
    let Some(built) = &plan.ci.repository else { return Ok(vec![]) };
    let manifest = &plan.manifest;
    let repository = Repository::of(manifest);
    let url = repository.as_ref().and_then(|repository| repository.url.as_deref()).unwrap_or_default();
    let mut found = Vec::new();
    if plan.ci.self_hosted && explicit {
        let diagnostic = Diagnostic::new(
            &RULE,
            "provenance would come from a self-hosted runner",
            "the registry accepts provenance from GitHub's own runners only",
            "run the job on a runner of GitHub's, or pass `--no-provenance`",
        );
        let diagnostic = diagnostic.npm_error("E422").note("RUNNER_ENVIRONMENT is `self-hosted`");
        found.push(diagnostic.at_origin("`provenance`", &plan.provenance.origin, "switched on here"));
    }
    if comparable(url) == comparable(built) {
        return Ok(found);
    }
    plan.settled()?;
    if path(url) == path(built) {
        return Err(Unknown::new(
            Reason::Unsupported,
            format!("`repository` names the repository that is built in another spelling than `{built}`"),
        ));
    }
    if !explicit {
        return Err(Unknown::new(
            Reason::Unsupported,
            format!("`repository` is not `{built}`: the registry refuses that if npm adds provenance by itself"),
        ));
    }
    let message = if url.is_empty() {
        "`repository` is missing, and provenance names one".to_owned()
    } else {
        format!("`repository` is `{}`, but the job builds `{built}`", shown(url))
    };
    let place = match &repository {
        Some(repository) => manifest.place(repository.field.span()),
        None => manifest.place_of("repository"),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        message,
        "the registry compares `repository` with the provenance statement and refuses a mismatch",
        format!("set `repository` to `git+{built}.git`"),
    )
    .npm_error("E422")
    .at(place, "compared with the provenance statement")
    .set_by("`provenance`", &plan.provenance.origin)
    .fix(Fix::command("set `repository`", format!("npm pkg set repository.type=git repository.url=git+{built}.git")));
    found.insert(0, diagnostic);
    Ok(found)
}

/// What the registry compares: the URL without `git+` and `.git`.
fn comparable(url: &str) -> &str {
    let url = url.strip_prefix("git+").unwrap_or(url);
    url.strip_suffix(".git").unwrap_or(url)
}

/// Host, owner and name, whatever the protocol; user, `#branch` and a slash at the end do not count.
fn path(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).replacen(':', "/", 1);
    rest.trim_end_matches('/').trim_end_matches(".git").to_owned()
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;

    fn job(repository: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","repository":{repository}}}"#))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REPOSITORY", "alice/left-lodge")
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://h/")
    }

    #[test]
    fn every_spelling_that_npm_rewrites_is_the_same_repository() {
        for url in [
            "alice/left-lodge",
            "github:alice/left-lodge",
            "https://github.com/alice/left-lodge",
            "https://github.com/alice/left-lodge/",
            "git+https://github.com/alice/left-lodge.git",
        ] {
            job(&format!("\"{url}\"")).args(&["--provenance"]).finds("provenance-repository", 0);
            let object = format!(r#"{{"type":"git","url":"{url}","directory":"packages/x"}}"#);
            job(&object).args(&["--provenance"]).finds("provenance-repository", 0);
        }
    }

    #[test]
    fn another_repository_or_none_is_refused() {
        for repository in [
            "null",
            "{}",
            r#""github:alice/old-name""#,
            r#""https://github.com/Alice/left-lodge""#,
            r#"{"url":"git+https://gitlab.com/alice/left-lodge.git"}"#,
        ] {
            let found = job(repository).args(&["--provenance"]).finds("provenance-repository", 1);
            assert_eq!(found[0].npm_error, Some("E422"));
        }
    }

    #[test]
    fn another_spelling_that_npm_leaves_is_not_decided() {
        for url in [
            "git@github.com:alice/left-lodge.git",
            "git://github.com/alice/left-lodge",
            "http://github.com/alice/left-lodge",
            "https://github.com/alice/left-lodge/tree/main",
            "https://alice:pw@github.com/alice/left-lodge",
        ] {
            job(&format!("\"{url}\"")).args(&["--provenance"]).undecided("provenance-repository");
        }
    }

    #[test]
    fn a_password_in_the_url_is_not_shown() {
        let found = job(r#""https://alice:pw@github.com/alice/x""#).args(&["--provenance"]);
        let message = &found.finds("provenance-repository", 1)[0].message;
        assert!(!message.contains("pw"), "{message}");
    }

    #[test]
    fn automatic_provenance_may_or_may_not_come() {
        let scene = || job(r#""alice/other""#).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t");
        scene().undecided("provenance-repository");
        scene().args(&["--no-provenance"]).finds("provenance-repository", 0);
        job(r#""alice/other""#).finds("provenance-repository", 0);
    }

    #[test]
    fn a_self_hosted_runner_is_refused() {
        let scene = job(r#""alice/left-lodge""#).env("RUNNER_ENVIRONMENT", "self-hosted");
        scene.args(&["--provenance"]).finds("provenance-repository", 1);
    }
}
