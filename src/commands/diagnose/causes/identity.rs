//! What happened to the job's identity decides about a missing or refused credential: npm continues silently when the exchange
//! fails (lib/utils/oidc.js), and then says that nobody is logged in, or sends what else is configured.

use super::super::attempt::{Attempt, Client, Identity, Service};
use super::{Cause, Verdict};
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::rules::{
    credential_missing, credential_rejected, credential_unset_variable, registry_mismatch, trusted_publisher,
};

/// What a job without a token needs.
pub(super) const WHAT_IT_NEEDS: &str = "Trusted publishing needs `permissions: id-token: write` in the job, npm 11.5.1 or newer, and a \
    trusted publisher in the package's settings on npm's website that names the workflow. `--loglevel verbose` shows what became of it.";
/// What may be wrong where the registry knows no publisher for the job.
const NOT_TRUSTED: &str = "In the package's settings on npm's website, compare the trusted publisher with the job: \
    owner and repository, the workflow's file name (`release.yml`, not its title; for a reusable workflow, the \
    caller's), and the environment, all in the same case. A package that does not exist yet has no trusted publisher: \
    publish its first version with a token. A trusted publisher that was never used expires 48 hours after it was set \
    up: create it again.";
const EVENT: &str = "Trigger the release by another event: `push`, `release` or `workflow_dispatch`. npm does not \
    accept `pull_request_target` and `issue_comment`.";
const STAGE: &str = "Allow `npm publish` for this trusted publisher in the package's settings on npm's website, or \
    run `npm stage publish` and approve the version there. Trusted publishers set up since September 2026 can only \
    stage until you allow it.";
const PERMISSION: &str = "Give the job `permissions: id-token: write` (with `contents: read`, because a `permissions` \
    list removes all others), also where a reusable workflow is called. Without trusted publishing, give npm a token.";
const VARIABLE: &str = "On GitHub Actions, give the job `permissions: id-token: write`. On GitLab and CircleCI, pass \
    the identity in the variable `NPM_ID_TOKEN`, with the audience `npm:registry.npmjs.org`. Without trusted \
    publishing, give npm a token.";
const EMPTY_LINE: &str = "Remove the line `//<registry>/:_authToken=` with an empty value from the project's .npmrc: \
    npm 11 before 11.21 uses it instead of the token it got. A registry URL with a path must end with a slash.";

/// What to do where a service failed.
const AGAIN: &str = "Run the job again: nothing is wrong with the package, or with its trusted publisher. If it fails again, look at the \
    service's status page.";
/// What to do where the identity is made out for somebody else.
const AUDIENCE: &str = "Request the identity for npm: its audience must be `npm:registry.npmjs.org`. On GitLab that is `aud` of \
    `NPM_ID_TOKEN` under `id_tokens`; on GitHub Actions, npm requests it by itself.";
/// What to do with an npm that cannot use the job's identity.
const UPDATE: &str = "Update npm in the job before it publishes, or use a Node.js that comes with a newer one.";

/// What the identity decides.
pub(super) fn verdict(attempt: &Attempt) -> Option<Verdict> {
    let is_anonymous = attempt.is_anonymous();
    let is_forbidden = attempt.status() == Some(403)
        && (attempt.says("oidc permission denied") || attempt.identity == Identity::Exchanged && !says_why(attempt));
    if !(is_anonymous || attempt.is_upload_refused() || is_forbidden || attempt.is_exchange())
        || attempt.says("scope not found")
    {
        return None;
    }
    if attempt.is_exchange() {
        return Some(Verdict::one(match attempt.status() {
            Some(500..) => failed(Service::Registry),
            _ => refused(attempt.lines.first().map_or("", String::as_str)),
        }));
    }
    let is_npm_s = attempt.may_follow_npm();
    if let Some(version) = attempt.npm.as_ref().filter(|_| is_npm_s && !is_forbidden)
        && let Some(verdict) = too_old(attempt, version, is_anonymous)
    {
        return Some(verdict);
    }
    match &attempt.identity {
        _ if is_forbidden => Some(Verdict::one(stage_only(attempt))),
        Identity::Refused(words) if is_npm_s || words.to_ascii_lowercase().contains("oidc") => {
            Some(Verdict::one(refused(words)))
        }
        Identity::Failed(service) => Some(Verdict::one(failed(*service))),
        Identity::NotPermitted if is_npm_s => {
            let cause = Cause::of(&trusted_publisher::RULE)
                .why("the job has no identity, because it is not allowed to request one (`id-token: write` is missing)")
                .fix(PERMISSION);
            Some(Verdict {
                causes: vec![cause],
                others: vec![&credential_missing::RULE, &credential_unset_variable::RULE],
            })
        }
        Identity::NotGiven if is_npm_s => {
            let cause = Cause::of(&trusted_publisher::RULE).why("the CI system gave the job no identity").fix(VARIABLE);
            Some(Verdict { causes: vec![cause], others: vec![&credential_missing::RULE] })
        }
        Identity::Exchanged if is_anonymous => Some(Verdict::one(
            Cause::of(&trusted_publisher::RULE)
                .why("the registry exchanged the job's identity for a token, but npm did not use it")
                .fix(EMPTY_LINE),
        )),
        Identity::Exchanged if attempt.is_upload_refused() => Some(Verdict::one(
            Cause::of(&trusted_publisher::RULE)
                .why("the registry exchanged the job's identity for a token, but did not let that token publish")
                .fix(STAGE),
        )),
        _ if attempt.has_identity() && is_npm_s => Some(with_identity(attempt, is_anonymous)),
        _ if is_anonymous && is_npm_s => beside_published(attempt),
        _ => None,
    }
}

/// This npm does not use the job's identity, whatever trusts the job.
fn too_old(attempt: &Attempt, version: &Version, is_anonymous: bool) -> Option<Verdict> {
    let is_unsaid = matches!(attempt.identity, Identity::Unsaid | Identity::Present);
    if attempt.client != Client::Npm || !is_unsaid || NpmRelease::of(version).trusted_publishing() {
        return None;
    }
    let trusted = Cause::of(&trusted_publisher::RULE)
        .why(format!(
            "this is npm {version}, and trusted publishing needs npm {} or newer",
            NpmRelease::TRUSTED_PUBLISHING
        ))
        .fix(UPDATE)
        .run("npm install -g npm@11");
    let missing = Cause::of(&credential_missing::RULE);
    let causes = match (attempt.has_identity(), is_anonymous) {
        (true, true) => vec![trusted, missing],
        (true, false) => {
            vec![trusted, Cause::of(&credential_rejected::RULE), Cause::of(&credential_unset_variable::RULE)]
        }
        (false, true) if attempt.unset.is_none() => vec![missing, trusted],
        (false, _) => return None,
    };
    Some(Verdict { causes, others: Vec::new() })
}

/// The same run published another package, so that it has a credential: one that each package gets by itself.
fn beside_published(attempt: &Attempt) -> Option<Verdict> {
    let sibling = attempt.sibling.as_ref()?;
    let cause = Cause::of(&trusted_publisher::RULE)
        .why(format!("{sibling} was published in the same run, so this package may not trust the job"))
        .fix(NOT_TRUSTED);
    Some(Verdict { causes: vec![cause], others: vec![&registry_mismatch::RULE, &credential_missing::RULE] })
}

/// Whether the registry said more than that it refuses.
fn says_why(attempt: &Attempt) -> bool {
    // The last of these says that the credential may not do it, and the credential is the identity's.
    const NOTHING: [&str; 3] = ["", "forbidden", "you may not perform that action with these credentials"];
    let after = |line: &String| Some(line.split_once("://")?.1.split_once(" - ")?.1.trim().to_ascii_lowercase());
    attempt.lines.iter().find_map(after).is_some_and(|said| !NOTHING.contains(&said.trim_end_matches('.')))
}

/// Nobody refused anything: what is needed for trusted publishing was not there at that time.
fn failed(service: Service) -> Cause {
    let (name, why) = match service {
        Service::Registry => (
            "the registry failed",
            "the registry failed while it exchanged the job's identity for a token, so npm had none",
        ),
        Service::CiSystem => (
            "the CI system failed",
            "the CI system did not answer npm's request for the job's identity, so npm had no credential",
        ),
    };
    Cause::named(name).why(why).fix(AGAIN)
}

fn refused(words: &str) -> Cause {
    let small = words.to_ascii_lowercase();
    let said = if words.is_empty() { String::new() } else { format!(": {words}") };
    let is_event = ["pull_request_target", "issue_comment", "event"].iter().any(|event| small.contains(event));
    let cause = Cause::of(&trusted_publisher::RULE).why(format!("the registry refused the job's identity{said}"));
    match small {
        _ if is_event => cause.fix(EVENT),
        small if small.contains("audience") => cause.fix(AUDIENCE),
        _ => cause.fix(NOT_TRUSTED).run("npm trust list {package}"),
    }
}

fn stage_only(attempt: &Attempt) -> Cause {
    let why = if attempt.says("oidc permission denied") {
        "the registry recognizes the job, but the trusted publisher is not allowed to do this"
    } else if attempt.says("may not perform that action") {
        "the registry exchanged the job's identity for a token, but did not let that token publish"
    } else {
        "the registry exchanged the job's identity for a token that can only stage, not publish"
    };
    Cause::of(&trusted_publisher::RULE).why(why).fix(STAGE).run("npm stage publish")
}

/// The job has an identity, and what happened to it is not said.
fn with_identity(attempt: &Attempt, is_anonymous: bool) -> Verdict {
    let tool = if attempt.client == Client::Lerna {
        "Use lerna 9 or newer: older versions cannot use the job's identity. "
    } else {
        ""
    };
    let trusted = Cause::of(&trusted_publisher::RULE)
        .why("the job has an identity, but the package may not trust it; the log does not say why")
        .fix(format!("{tool}{NOT_TRUSTED} `--loglevel verbose` shows what the registry answered."));
    let others = if is_anonymous {
        vec![Cause::of(&credential_missing::RULE)]
    } else {
        vec![Cause::of(&credential_rejected::RULE), Cause::of(&credential_unset_variable::RULE)]
    };
    Verdict { causes: std::iter::once(trusted).chain(others).collect(), others: Vec::new() }
}
