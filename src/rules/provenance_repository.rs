//! Provenance for another repository than package.json names: the registry compares them and refuses the publish.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Assumption, Gap, Reason, Seen};
use crate::plan::{Login, PublishPlan};
use crate::project::ci::Provider;
use crate::project::repository::Repository;
use crate::rules::diagnostic::{Applied, Diagnostic, Fix, Severity};
use crate::text::redact::without_user;
use crate::text::source::Place;

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
        "Unsupported GitHub Actions source repository visibility",
    ],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[Input::NpmConfig],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

Provenance that will be created in a GitHub or GitLab job, when `repository` in package.json is missing or is not the
repository that the job builds; the comparison is case-sensitive. In a job without an identity token for provenance,
such as one for a pull request, this is a warning. Also provenance from a self-hosted GitHub runner, or from a
repository that GitHub reports as not public.

With a trusted publisher's token, npm adds provenance by default if the repository and the package are public. This is
checked if the job has no other credential; if it has one, it is assumed that npm adds none.

### Why it matters

The registry compares the provenance with package.json and refuses the publish with 422. By then the provenance statement is
permanently in a public log.

### What to do

Set `repository` to the repository that the job builds.

In the job, `lint --fix` does this if `repository` is missing or differs only in case.

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

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let wished =
        plan.provenance.wanted.value && plan.runner.ci.provider.is_some_and(|provider| provider != Provider::Circle);
    let explicit = wished && plan.runner.ci.can_attest;
    if !case.sends_to_npmjs() || !(wished || plan.adds_provenance()) {
        return Ok(vec![]);
    }
    let Some(built) = &plan.runner.ci.repository else {
        let detail =
            "the CI job does not say which repository it builds, which the registry compares with `repository`";
        return Err(Gap::unknown(Reason::Unsupported, detail));
    };
    let manifest = &plan.package.manifest;
    let repository = Repository::of(manifest);
    let url = repository.as_ref().and_then(|repository| repository.url.as_deref()).unwrap_or_default();
    let mut found = Vec::new();
    if plan.runner.ci.self_hosted && (explicit || !wished && is_added_by_default(case)? == Some(true)) {
        found.push(self_hosted(plan, explicit));
    }
    if plan.runner.ci.is_private && explicit {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("provenance would name `{built}`, which is not public"),
            "the registry accepts provenance only from public repositories",
            match &plan.runner.words().provenance {
                Some(words) => format!("pass `--no-provenance`, or write {}", words.off),
                None => "leave out `provenance`".to_owned(),
            },
        );
        let diagnostic =
            diagnostic.npm_error("E422").note("according to the event that started the job (GITHUB_EVENT_PATH)");
        found.push(diagnostic.at_origin("`provenance`", &plan.provenance.wanted.origin, "enabled here"));
    }
    if comparable(url) == comparable(built) {
        return Ok(found);
    }
    plan.package.settled()?;
    if path(url) == path(built) {
        return Err(Gap::unknown(
            Reason::Unsupported,
            format!("`repository` refers to the repository that is built, but not as `{built}`"),
        ));
    }
    match if wished { Some(true) } else { is_added_by_default(case)? } {
        Some(true) => {}
        Some(false) => return Ok(found),
        None => {
            let what = if url.is_empty() {
                "package.json has no `repository`".to_owned()
            } else {
                format!("`repository` is not `{built}`")
            };
            let statement = format!("{} does not add provenance to it", plan.runner.name());
            let why = format!(
                "although it does if the repository is public, and the registry would refuse the publish with E422 because \
                 {what}. Set `repository` to `git+{built}.git`"
            );
            return Err(Assumption::new(statement).evidence(Some(why)).into());
        }
    }
    let message = if url.is_empty() {
        format!("`repository` is missing, but provenance would name `{built}`")
    } else {
        format!("`repository` is `{}`, but the CI job builds `{built}`", without_user(url))
    };
    let place = match &repository {
        Some(repository) => manifest.place(repository.field.span()),
        None => manifest.place_of("repository"),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        message,
        "the registry compares `repository` with the provenance statement and refuses the publish if they differ",
        format!("set `repository` to `git+{built}.git`"),
    )
    .npm_error("E422")
    .at(place, "compared with the provenance statement");
    // Without the identity for it there is no provenance yet: another job publishes, or the permission comes later.
    let diagnostic = if explicit {
        diagnostic
    } else {
        diagnostic.severity(if wished { Severity::Warning } else { Severity::Error })
    };
    let diagnostic = if wished {
        diagnostic.set_by("`provenance`", &plan.provenance.wanted.origin)
    } else {
        diagnostic.note(format!(
            "{} adds provenance by default, because the repository and the package are public and the job publishes with a \
             trusted publisher's token",
            plan.runner.name()
        ))
    };
    let url = format!("git+{built}.git");
    let fields = format!("repository.type=git repository.url={url}");
    let fix = Fix::maybe("set `repository`", plan.runner.words().set_fields(&fields));
    let edit = mended(plan, repository.as_ref(), &url);
    let diagnostic = diagnostic.fix(fix.or_edit(edit, Applied::Always));
    found.insert(0, diagnostic);
    Ok(found)
}

/// The edit of package.json that names the repository that is built, where that is certainly the one that is meant: nothing names
/// another one, or what does differs in case alone.
fn mended(plan: &PublishPlan, repository: Option<&Repository<'_>>, built: &str) -> Option<(Place, String)> {
    let manifest = &plan.package.manifest;
    let Some(repository) = repository else {
        let directory = plan.git.cloned.as_ref().and_then(|cloned| cloned.directory(&manifest.folder));
        return manifest.naming_repository(built, directory.as_deref());
    };
    let is_same = repository.url.as_deref().is_some_and(|url| path(url).eq_ignore_ascii_case(&path(built)));
    let written =
        if repository.field.as_str().is_some() { Some(repository.field) } else { repository.field.get("url") };
    let is_free = is_same && !manifest.is_packed && !built.contains(['"', '\\']);
    written.filter(|_| is_free).map(|written| (manifest.place(written.span()), format!("\"{built}\"")))
}

/// `explicit`: the settings ask for provenance.
fn self_hosted(plan: &PublishPlan, explicit: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &RULE,
        "provenance would come from a self-hosted runner",
        "the registry accepts provenance only from GitHub-hosted runners",
        "run the job on a GitHub-hosted runner, or pass `--no-provenance`",
    );
    let diagnostic = diagnostic.npm_error("E422").note("RUNNER_ENVIRONMENT is `self-hosted`");
    if explicit {
        diagnostic.at_origin("`provenance`", &plan.provenance.wanted.origin, "enabled here")
    } else {
        diagnostic.note(format!("{} adds provenance by default with a trusted publisher's token", plan.runner.name()))
    }
}

/// Whether npm adds provenance by default if this job publishes: it does when its only credential is a trusted publisher's
/// token, and the repository and the package are public (lib/utils/oidc.js, npm 11.19.1). `None`: it may.
fn is_added_by_default(case: &Case<'_>) -> Answer<Option<bool>> {
    let plan = case.plan;
    match case.packument()? {
        Seen::Here(packument) if !packument.versions.is_empty() => {}
        // A package that is new, or not for everybody.
        _ => return Ok(Some(false)),
    }
    let is_alone = matches!(plan.auth.login, Login::TrustedPublisher) && plan.auth.read_credential.is_none();
    Ok((is_alone && plan.runner.ci.is_public == Some(true) && plan.runner.ci.can_attest).then_some(true))
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
mod tests;
