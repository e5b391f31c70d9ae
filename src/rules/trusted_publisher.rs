//! Trusted publishing that cannot work: a package that does not exist yet, an empty token line, a registry without its
//! slash. Everything else about it is known only by trying, which would create a token; the last release makes it more or less likely.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::credential::{Credential, SETUP_NODE_PLACEHOLDER};
use crate::facts::{Assumption, Gap, Packument, Reason, Seen};
use crate::npm::nerf_dart::nerf_dart;
use crate::npm::release::NpmRelease;
use crate::plan::{Access, Login, PublishPlan};
use crate::project::npm_config::Layer;
use crate::rules::diagnostic::{Diagnostic, Severity};
use declared::{Word, word};
use last_release::{Evidence, last_release};

mod declared;
mod last_release;

/// The rule.
pub static RULE: Rule = Rule {
    id: "trusted-publisher",
    category: Category::Correctness,
    summary: "trusted publishing cannot work for this package",
    npm_says: &["ENEEDAUTH", "E404", "OIDC token exchange error", "oidc"],
    asks: &[Ask::Packument, Ask::Attestations],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Machine,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: true,
    order: Order::Middle,
    security_severity: None,
    docs: r"
### What it finds

A CI job that has only its identity as a credential, although trusted publishing cannot work: npm is older than 11.5.1;
GitHub started the job for `pull_request_target` or `issue_comment`, which npm refuses since October 2026; the package
does not exist yet; an empty token line in the project's .npmrc hides the token that npm gets (npm 11.19 and older); the
registry's URL has a path and no slash at the end.

Only maintainers can see a package's trusted publishers, so it is assumed that the package trusts the job. The last
release by a trusted publisher shows how likely that is: if its provenance names another repository or another workflow
file, or if the last release was staged and approved and this one is not staged, that is a warning; so is a self-hosted
runner.

### Why it matters

If trusted publishing fails, npm does not say so, but reports that you are not logged in.

### What to do

Use npm 11.5.1 or newer; publish or stage the first version from your machine and then configure the trusted publisher;
remove the empty line; add the slash.

### Example

```ini .npmrc
registry=https://registry.example.com/npm
```
```sh
GITLAB_CI=true NPM_ID_TOKEN=identity npm publish
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if let Some(diagnostic) = too_old(case) {
        return Ok(vec![diagnostic]);
    }
    if matches!(plan.auth.login, Login::Credential { .. }) && case.sends_to_npmjs() && plan.runner.ci.can_exchange {
        return beside_a_credential(case);
    }
    let (Login::TrustedPublisher, Some((url, _)), false) =
        (&plan.auth.login, plan.destination.registry(), plan.options.dry_run.value)
    else {
        return Ok(vec![]);
    };
    if let Some(event) = plan.runner.ci.refused_event.filter(|_| plan.destination.npmjs) {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("npm does not accept trusted publishing from a job started by `{event}`"),
            "anyone can trigger that event, so npm rejects the job's identity, and there is no other credential",
            "publish from a workflow that starts on `push`, `release` or `workflow_dispatch`",
        );
        let diagnostic = diagnostic.npm_error("ENEEDAUTH").note(format!("GITHUB_EVENT_NAME is `{event}`"));
        return Ok(vec![diagnostic]);
    }
    // Only npm keeps the token in its configuration.
    let is_kept = plan.runner.is_sent_by_npm();
    if is_kept && let Some(diagnostic) = empty_token(plan, &nerf_dart(url))? {
        return Ok(vec![diagnostic]);
    }
    if is_kept && !url.path().ends_with('/') {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("{} does not end with a slash", plan.destination.shown()),
            "npm stores the token it gets under the full path, but looks for it one level up",
            "add a slash to the end of the registry's URL",
        );
        return Ok(vec![diagnostic.npm_error("ENEEDAUTH").at_origin(
            "the registry",
            plan.destination.origin(),
            "no slash",
        )]);
    }
    let public =
        plan.package.name().is_some_and(|name| name.scope().is_none()) || plan.options.access.value == Access::Public;
    if plan.destination.npmjs && is_to_be_created(case.packument()?, public) {
        plan.package.settled_name_and_version()?;
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{}` does not exist yet, and trusted publishing cannot create it", plan.package.shown_name()),
            format!(
                "a trusted publisher can only be set up for an existing package, and {} has no other credential here",
                plan.runner.name()
            ),
            "publish or stage the first version from your machine after `npm login`, then configure the trusted publisher",
        );
        return Ok(vec![diagnostic.npm_error("ENEEDAUTH").at(plan.package.manifest.place_of("name"), "a new package")]);
    }
    let word = word(plan);
    if let Some(Word::Differs { error, .. }) = word {
        return Ok(vec![*error]);
    }
    if plan.destination.npmjs && plan.runner.ci.self_hosted {
        return Ok(vec![self_hosted().leaves_open(case.trusts_this_job().into())]);
    }
    if let Some(Word::Agrees(evidence)) = word {
        return Err(case.trusts_this_job().evidence(Some(evidence)).into());
    }
    if !plan.destination.npmjs {
        return Err(case.trusts_this_job().into());
    }
    match last_release(case)? {
        Evidence::Against { evidence: _, warning } => Ok(vec![warning.leaves_open(case.trusts_this_job().into())]),
        Evidence::For(evidence) => Err(case.trusts_this_job().evidence(evidence).into()),
    }
}

/// What was found about the configured credential or its user. In a CI job that can prove its identity npm tries
/// a trusted publisher's token first (lib/utils/oidc.js, npm 11.19.1), and whether it gets one cannot be read.
///
/// # Errors
/// When something was found and such a token may replace the credential.
pub(super) fn about_credential(case: &Case<'_>, found: Vec<Diagnostic>) -> Answer<Vec<Diagnostic>> {
    match found.first() {
        Some(first) if case.plan.destination.npmjs && case.plan.runner.ci.can_exchange && !is_refused(case) => {
            let instead = format!("although {}", first.message);
            Err(case.trusts_this_job().evidence(Some(instead)).into())
        }
        _ => Ok(found),
    }
}

/// Whether a job has both an identity and a credential.
pub(super) fn has_alternatives(plan: &PublishPlan) -> bool {
    matches!(plan.auth.login, Login::Credential { .. }) && plan.runner.ci.can_exchange
}

/// Whether a rule is about what a credential may do.
pub(super) fn is_about_credential(rule: &Rule) -> bool {
    matches!(rule.about, About::Credential | About::Account | About::Owner)
}

/// npm tries the identity of a job first and then its credential, so that one of the two is enough: what is assumed of both
/// becomes one assumption.
pub(super) fn join_alternatives<'a>(assumed: impl Iterator<Item = (&'static Rule, &'a mut Assumption)>) {
    let mut either: Vec<_> = assumed.filter(|(rule, _)| **rule == RULE || is_about_credential(rule)).collect();
    let Some(trust) = either.iter().find(|(rule, _)| **rule == RULE).map(|(_, trust)| (**trust).clone()) else {
        return;
    };
    let mut of_credential: Vec<&str> = Vec::new();
    for (_, one) in either.iter().filter(|(rule, _)| **rule != RULE) {
        if !of_credential.contains(&one.statement.as_str()) {
            of_credential.push(&one.statement);
        }
    }
    // Something stands against the credential for sure, so that nothing else about it matters.
    let is_credential_refused = of_credential.contains(&trust.statement.as_str());
    let joined = match &of_credential[..] {
        [] => return,
        _ if is_credential_refused => trust.clone(),
        conditions => {
            let statement = format!("{}, or {}", trust.statement, conditions.join(" and "));
            Assumption { statement, ..trust.clone() }
        }
    };
    for (_, one) in either.iter_mut().filter(|(_, one)| !is_credential_refused || one.statement != trust.statement) {
        **one = joined.clone();
    }
}

/// The job gets no token by trusted publishing, whatever the package trusts: npm refuses what started it, the package is to
/// be created, or the declared trusted publisher is another one.
fn is_refused(case: &Case<'_>) -> bool {
    case.plan.runner.ci.refused_event.is_some()
        || matches!(case.is_new(), Ok(true))
        || matches!(word(case.plan), Some(Word::Differs { .. }))
}

/// There is no package to trust the job: it never was there, or was unpublished as a whole. A private one is shown to nobody who has
/// no credential.
fn is_to_be_created(seen: &Seen<Packument>, is_public: bool) -> bool {
    match seen {
        Seen::NotVisible => is_public,
        Seen::Here(packument) => packument.is_gone(),
    }
}

/// npm's documentation names hosted runners alone; what the registry answers others is not documented.
fn self_hosted() -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &RULE,
        "npm does not support trusted publishing from self-hosted runners",
        "npm trusts only jobs on GitHub-hosted runners, and there is no other credential",
        "run the job that publishes on a GitHub-hosted runner, or give it a token",
    );
    diagnostic.severity(Severity::Warning).npm_error("ENEEDAUTH").note("RUNNER_ENVIRONMENT is `self-hosted`")
}

/// A token that npm gets by trusted publishing takes the credential's place, whatever it may do.
fn beside_a_credential(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    if case.plan.runner.ci.refused_event.is_some() {
        return Ok(vec![]);
    }
    match (case.packument()?, word(case.plan)) {
        (seen, _) if is_to_be_created(seen, true) => Ok(vec![]),
        (_, Some(Word::Differs { beside, .. })) => Ok(vec![*beside]),
        (_, Some(Word::Agrees(evidence))) => Err(case.trusts_this_job().evidence(Some(evidence)).into()),
        _ => {
            let (Evidence::For(evidence) | Evidence::Against { evidence, .. }) = last_release(case)?;
            Err(case.trusts_this_job().evidence(evidence).into())
        }
    }
}

/// An older npm does not know trusted publishing, and says that nobody is logged in, or sends what is no token.
fn too_old(case: &Case<'_>) -> Option<Diagnostic> {
    let plan = case.plan;
    let is_placeholder = match &plan.auth.login {
        Login::Credential { credential: Credential::Token(token), .. } => {
            case.is_credential_unset() || token.expose() == SETUP_NODE_PLACEHOLDER
        }
        _ => false,
    };
    let alone = (matches!(plan.auth.login, Login::Nothing) || is_placeholder) && case.sends_to_npmjs();
    if let Some(diagnostic) = tool_without_identity(case, alone && plan.runner.ci.has_identity) {
        return Some(diagnostic);
    }
    let npm = &plan.runner.npm.value;
    let knows_it = plan.runner.npm_release().trusted_publishing() || !plan.runner.is_sent_by_npm();
    if !alone || !plan.runner.ci.has_identity || knows_it {
        return None;
    }
    let (stops, code) = if is_placeholder {
        ("sends whatever is in place of the token", "E404")
    } else {
        ("fails because nobody is logged in", "ENEEDAUTH")
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("npm {npm} is too old for trusted publishing, and there is no other credential"),
        format!("npm uses the identity of a CI job since {}, and {stops}", NpmRelease::TRUSTED_PUBLISHING),
        "update npm in the job, for example with `npm install --global npm@11`, or give it a token",
    );
    let diagnostic = diagnostic.npm_error(code);
    Some(if is_placeholder {
        case.at_credential(diagnostic)
    } else {
        diagnostic.at_origin("the registry", plan.destination.origin(), "no credential for this registry")
    })
}

/// A release tool that does not pass on the identity of the job.
fn tool_without_identity(case: &Case<'_>, is_alone: bool) -> Option<Diagnostic> {
    let tool = case.plan.runner.tool.as_ref().filter(|_| is_alone)?;
    let refusal = tool.without_identity()?;
    let message =
        format!("{} releases without trusted publishing, and there is no other credential", tool.name_and_version());
    let mut diagnostic = Diagnostic::new(&RULE, message, refusal.why.clone(), refusal.help.clone());
    diagnostic.npm_error = refusal.code;
    diagnostic = diagnostic.note(format!("{} is called in {}", tool.name(), tool.source()));
    Some(diagnostic.at_origin("the registry", case.plan.destination.origin(), "no credential for this registry"))
}

/// npm stores the token it gets as if it stood in the user's .npmrc, and a stronger empty value hides it
/// (lib/utils/oidc.js).
fn empty_token(plan: &PublishPlan, nerf: &str) -> Answer<Option<Diagnostic>> {
    let key = format!("{nerf}:_authToken");
    let layers = [Layer::Cli, Layer::Env, Layer::Project];
    let empty = layers.into_iter().find_map(|layer| plan.config.layer(layer).find(|entry| entry.key == key));
    let hides = plan.runner.npm_release().hides_exchanged_token();
    let Some(empty) = empty.filter(|_| hides != Some(false)) else { return Ok(None) };
    if hides.is_none() {
        let detail = format!(
            "it is not known whether npm {} uses the empty `{key}` instead of the token it gets",
            plan.runner.npm.value
        );
        return Err(Gap::unknown(Reason::Unsupported, detail));
    }
    let mut diagnostic = Diagnostic::new(
        &RULE,
        "an empty token overrides the one from trusted publishing",
        "npm 11.19 and older use the project's empty line instead of the token they just got, and ask you to log in",
        format!("remove the line `{key}`, or use npm {} or newer", NpmRelease::KEEPS_EXCHANGED_TOKEN),
    )
    .npm_error("ENEEDAUTH")
    .at_origin("the empty token", &empty.origin, "empty");
    for variable in &empty.variables {
        diagnostic = diagnostic.note(format!("the variable {variable} is empty"));
    }
    Ok(Some(diagnostic))
}

#[cfg(test)]
mod tests;
