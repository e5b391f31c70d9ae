//! What registries answer: npm's, and others with their own messages.

use super::super::attempt::{Action, Attempt, Client, squeezed};
use super::{Cause, Reading, VIEW, Verdict, codes, reading, vendor, words};
use crate::facts::vendor::Vendor;
use crate::rules::{
    Rule, access_change, access_invalid, access_missing, account_restricted, archive_refused, credential_malformed,
    credential_missing, credential_rejected, credential_restricted, credential_unset_variable, dependency_unavailable,
    name_invalid, name_taken, name_too_similar, not_a_maintainer, provenance_impossible, provenance_repository,
    publish_target, registry_invalid, registry_mismatch, registry_read_only, registry_unreachable, scope_not_yours,
    tag_invalid, trusted_publisher, two_factor_required, version_invalid, version_published, version_reused,
    version_staged,
};
use crate::text::redact::ShownUrl;

const NO_PROVENANCE: &str = "npm publish --no-provenance";
const WAIT: &str = "Wait 15 minutes, then check whether the version is published; do not raise it, and do not publish \
    again. npm scans every version before it shows it, and until then the version counts as staged. If it was staged \
    on purpose, approve it (`npm stage approve <id>`) or reject it.";
const OTP_FORM: &str = "Update npm (`npm install -g npm@11`): npm 10.8 and older send the one-time password \
    incorrectly after you log in with the browser. Or publish with `--otp=<code>`, or from CI by trusted publishing.";
const NEW_CODE: &str = "Publish again with a new code, as soon as the authenticator shows it: each is good for about 30 seconds, and for one \
    use.";
const PRIVATE: &str = "Publish without provenance: `--no-provenance`, or `provenance=false` in .npmrc, and no \
    `provenance: true` in `publishConfig`. Or make the repository public: provenance makes the source public.";
const SELF_HOSTED: &str = "Run the publishing job on a GitHub-hosted runner (`runs-on: ubuntu-latest`), or publish \
    with `--no-provenance`.";
const SIGN_AGAIN: &str = "Publish again later: sigstore, which signs provenance, was not available. Nothing is wrong \
    with the package. If you cannot wait, publish with `--no-provenance`.";
const UNVERIFIED: &str = "Run the job again, so that the provenance is signed again; update npm if it fails again. If you cannot wait, publish \
    with `--no-provenance`.";
const SIGNED_BEFORE: &str = "An earlier attempt signed the same archive. Check whether its upload succeeded; if not, \
    run the release again to sign it again, or publish with `--no-provenance`.";
const TOO_LARGE: &str = "The package is larger than the registry allows. Run `npm pack --dry-run` to see what is in \
    it. Exclude what does not belong there with `files` in package.json, or raise the limit if you run the registry.";
const LIMITED: &str = "The registry received too many requests. Nothing is wrong with the package. Wait a few \
    minutes, then publish again; publish a large release in batches.";
const CONFLICT: &str = "The same package was published at the same time, or the first attempt succeeded after all. \
    Wait a minute, then check whether the version is published. If it is, you are done; otherwise publish again.";
const FAILED: &str = "The registry, or a gateway in front of it, failed. Nothing is wrong with the package. Check \
    whether the version was published despite the error; if not, try again later.";
const SPAM: &str = "npm's spam detection rejected the name or the package. Choose another name, or publish under your own scope. If \
    this is a mistake, contact npm's support.";
const DUAL_USE: &str = "npm accepts a package that declares `contentPolicy.class` \"dual-use\" only as a staged \
    version: run `npm stage publish` and approve it. Keep the declaration and the `DISCLOSURE` file in later \
    versions.";
const ONE_BY_ONE: &str = "Publish the packages one after the other (with changesets or lerna, without concurrency), then run the \
    release again.";
const GIT_TAG: &str = "An earlier run already tagged this version. If it was not published, delete the tag (`git push --delete origin \
    <tag>`, `git tag -d <tag>`) and run the release again; otherwise release the next version.";
const NO_PLAN: &str = "the log shows that public access was requested, so `access` is not what is missing";
const PLAN: &str = "On npm's website, check the plan of the organisation (Billing), and whether the package is private there: a private \
    package stays private until its access is changed.";
const GITHUB_STEP: &str = "Give the job `permissions: contents: write`, and `issues: write` and `pull-requests: write` if the tool \
    comments on them.";
const GIT_PUSH: &str = "Give the job `permissions: contents: write`, or the tool a token that may push to the branch and push tags. \
    Branch protection must let it push.";
const ADDRESS: &str = "Publish from an address in the token's list of allowed addresses, or change the list on npm's website. Runners of a \
    CI service have no fixed addresses.";
const LOST: &str = "Check whether the version was published before you do anything else. If it was, go on; if not, publish again. A large \
    package may need more time: raise `fetch-timeout`.";
const PAYMENT: &str = "Check the plan and the quotas of the account on that registry.";
const INVALID: &str =
    "Correct what the message names in package.json. `npm pack` makes the archive that the registry refused.";
const EMAIL: &str = "Verify your email address: follow the link in npm's email, or request a new one in your account settings on npm's \
    website.";
const NO_AUDIT: &str = "This was not a publish. Many registries do not support audits: turn them off with `--no-audit`, or with `audit=false` \
    in .npmrc, and look for another failure.";
const LOGIN: &str = "Log in from a terminal, with `npm login`. A job cannot log in: use trusted publishing, or give npm a token in .npmrc.";
const NO_CHANGE: &str = "This was not a publish, but a command such as `npm unpublish`, `npm deprecate` or `npm owner`. npm removes a version \
    only within 72 hours, or if nothing depends on it: otherwise deprecate it (`npm deprecate`).";
const NOT_THERE: &str = "It is not published, as expected before a publish. Find what failed after this, and pass \
    that to `npm-preflight diagnose`.";

/// Requests that send no package.
pub(super) fn no_publish() -> Vec<Reading> {
    vec![
        words(&[], [Cause::named("the registry has no audit").fix(NO_AUDIT)]).when(Attempt::is_audit),
        words(&[], [Cause::named("the login failed, before anything was published").fix(LOGIN)])
            .when(Attempt::is_login),
        words(&[], [Cause::named("the registry refused to change or to remove a package").fix(NO_CHANGE)])
            .when(|attempt| attempt.is_change() && matches!(attempt.status(), Some(400 | 402 | 405..=428))),
    ]
}

/// The version is there, or was.
pub(super) fn versions() -> Vec<Reading> {
    let published = || Cause::of(&version_published::RULE).run(VIEW);
    let reused = || Cause::of(&version_reused::RULE);
    let seen =
        || published().why("the client checked before the upload and found that the version is already published");
    let tagged = || Cause::named("the version's git tag already exists").fix(GIT_TAG);
    let two = || Cause::named("two publishes of the package collided").fix(CONFLICT).run(VIEW);
    vec![
        words(&["you cannot publish over the previously published versions"], [seen()])
            .when(|attempt| !attempt.is_of_registry() && attempt.codes.is_empty()),
        words(&["you cannot publish over the previously published version"], [published(), reused()]),
        words(&["cannot publish over previously published version"], [reused(), published()]),
        words(&["attempting to modify version"], [taken()]),
        words(&["pre-existing version"], [taken()]),
        words(&["cannot publish over existing version"], [taken()]),
        words(
            &["cannot stage previously published version"],
            [published(), Cause::of(&version_staged::RULE).fix(WAIT)],
        ),
        words(&["cannot publish over previously staged version"], [staged()]),
        words(&["cannot stage previously staged version"], [staged()]),
        words(&["is already staged"], [staged()]),
        words(&["this package is already present"], [taken()]),
        words(&["already contains file"], [taken()]),
        words(&["package already exists"], [taken()]),
        words(&["version already exists"], [taken()]),
        words(&["does not allow updating assets"], [taken()]),
        words(&["permissions to overwrite artifact"], [taken()]),
        words(&["permissions to delete/overwrite"], [taken()]).or([&credential_restricted::RULE]),
        words(&["version `", "` already exists"], [taken()]),
        words(&["git tag `", "` already exists"], [tagged()]),
        words(&["fatal: tag '", "' already exists"], [tagged()]).when(Attempt::is_unanswered),
        reading(&["E400", "E403", "E409"], &["already exists"], [taken()]).when(Attempt::is_upload),
        codes(&["EPUBLISHCONFLICT", "ERR_PNPM_PUBLISHED_RELEASE_DIFFERS"], [taken()]),
        reading(&["E409"], &["failed to save packument"], [two()]),
        reading(&["E409"], &["document", "conflict"], [two()]),
    ]
}

fn taken() -> Cause {
    Cause::of(&version_published::RULE)
        .why("the version is already published, and a version cannot be published twice")
        .run(VIEW)
}

fn staged() -> Cause {
    Cause::of(&version_staged::RULE)
        .why(
            "the registry already accepted this version but does not show it yet: most likely npm is still scanning it after an earlier run",
        )
        .fix(WAIT)
        .run(VIEW)
}

/// A second factor is asked for.
pub(super) fn second_factor() -> Vec<Reading> {
    let factor = || Cause::of(&two_factor_required::RULE);
    let nobody = || factor().why("the registry requires a one-time password, and there is no terminal to ask for it");
    let refused = |why: &str| factor().called("the one-time password was not accepted").why(why).fix(NEW_CODE);
    let required = || factor().called("publishing requires two-factor authentication");
    vec![
        words(
            &["\"otp\"", "[object object]"],
            [Cause::named("npm sent the one-time password incorrectly").fix(OTP_FORM)],
        ),
        words(
            &["child \"otp\" fails"],
            [factor().why("this is not a one-time password: recovery codes, for example, are not accepted")],
        ),
        words(&["two-factor authentication or granular access token"], [required()]),
        words(&["two-factor authentication is required"], [required()]),
        words(&["must enable two-factor"], [required()]),
        words(&["one-time password", "invalid"], [refused("the registry says that the one-time password is invalid")]),
        words(&["one-time pass"], [refused("`--otp` was given: the code was wrong, or it had expired")])
            .when(gave_code),
        codes(&["EOTP"], [refused("`--otp` was given: the code was wrong, or it had expired")]).when(gave_code),
        words(&["failed to read otp"], [nobody()]),
        // pnpm 12, Yarn 4, Yarn 1, and Bun 1.4, which waits for the browser.
        words(&["requires additional authentication"], [nobody()]),
        words(&["can't answer a question unless a user tty"], [nobody()]),
        words(&["/-/v1/done"], [nobody()]),
        words(&["invalid otp token"], [refused("the one-time password was wrong, or it had expired")]),
        words(&["one-time pass"], [factor()]).when(|attempt| attempt.status() != Some(429)),
        codes(&["EOTP", "ERR_PNPM_OTP_NON_INTERACTIVE", "ERR_PNPM_OTP_SECOND_CHALLENGE", "ETWOFACTOR"], [nobody()]),
    ]
}

/// The command had a one-time password.
fn gave_code(attempt: &Attempt) -> bool {
    attempt.status() != Some(429) && attempt.arguments.iter().any(|argument| argument.starts_with("--otp"))
}

/// The value between quotes after `label`.
fn quoted_after<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    line.split_once(label)?.1.split('"').nth(1)
}

/// The registry compared `repository` with what the provenance says, and tells both.
pub(super) fn other_repository(attempt: &Attempt) -> Option<Verdict> {
    if !attempt.says("\"repository.url\"") || !attempt.says("expected to match") {
        return None;
    }
    let text = attempt.lines.join(" ");
    let is_plain = |url: &&str| {
        url.starts_with("https://") && url.chars().all(|char| char.is_ascii_alphanumeric() || ":/._-".contains(char))
    };
    let expected = quoted_after(&text, "expected to match").filter(is_plain);
    let has = quoted_after(&text, "\"repository.url\" is").unwrap_or_default();
    let why = match (has, expected) {
        ("", Some(expected)) => {
            format!("the package.json that was sent has no `repository`; the job builds {expected}")
        }
        (has, Some(expected)) => format!("the package.json that was sent has {has}, but the job builds {expected}"),
        (_, None) => "`repository` in package.json is not the repository that the job builds".to_owned(),
    };
    let cause = Cause::of(&provenance_repository::RULE).why(why);
    Some(Verdict::one(match expected {
        Some(url) => cause
            .run(format!("npm pkg set repository.type=git repository.url=git+{}.git", url.trim_end_matches(".git"))),
        None => cause,
    }))
}

/// Provenance is refused, or could not be made. Each message has its own way out.
pub(super) fn provenance() -> Vec<Reading> {
    let private = || {
        let cause = Cause::of(&provenance_impossible::RULE)
            .why("the registry accepts provenance only from public repositories");
        cause.fix(PRIVATE).run(NO_PROVENANCE)
    };
    let unverified = || Cause::named("the registry could not verify the signature of the provenance").fix(UNVERIFIED);
    let mut readings = vec![
        words(&["source repository visibility"], [private()]),
        words(&["only public source repositories"], [private()]),
        words(
            &["unsupported", "runner environment"],
            [Cause::of(&provenance_impossible::RULE)
                .why("the registry does not accept provenance from self-hosted runners")
                .fix(SELF_HOSTED)],
        ),
        words(&["error verifying sigstore provenance bundle", "rekor"], [unverified()]),
        words(&["error verifying sigstore provenance bundle", "certificate"], [unverified()]),
        words(
            &["error verifying sigstore provenance bundle"],
            [Cause::named("the registry rejected the provenance of this build")
                .fix("Change what the registry complains about in the workflow, or publish with `--no-provenance`.")],
        ),
        words(
            &["unsupported registry call"],
            [Cause::named("the registry does not support provenance")
                .fix("Publish with `--no-provenance`.")
                .run(NO_PROVENANCE)],
        ),
        reading(
            &["TLOG_CREATE_ENTRY_ERROR"],
            &["already exists in the transparency log"],
            [Cause::named("this provenance was already signed").fix(SIGNED_BEFORE).run(VIEW)],
        ),
        codes(
            &[
                "TLOG_CREATE_ENTRY_ERROR",
                "TLOG_FETCH_ENTRY_ERROR",
                "TLOG_ERROR",
                "TSA_CREATE_TIMESTAMP_ERROR",
                "TUF_REFRESH_METADATA_ERROR",
                "TUF_FIND_TARGET_ERROR",
                "TUF_DOWNLOAD_TARGET_ERROR",
                "TUF_READ_TARGET_ERROR",
                "TUF_INIT_CACHE_ERROR",
            ],
            [Cause::named("provenance could not be signed").fix(SIGN_AGAIN)],
        ),
        codes(
            &["CA_CREATE_SIGNING_CERTIFICATE_ERROR", "IDENTITY_TOKEN_PARSE_ERROR"],
            [Cause::named("sigstore did not issue a certificate to sign the provenance with").fix(format!(
                "{SIGN_AGAIN} If it keeps failing, sigstore does not accept the job's identity: the job needs `id-token: write` and a CI system that sigstore supports."
            ))],
        ),
    ];
    readings.extend(vendor::by_code(&["E422"], |_| true));
    readings
}

/// Names, tags and access.
pub(super) fn names() -> Vec<Reading> {
    let access = || Cause::of(&access_missing::RULE);
    vec![
        words(&["too similar to existing package"], [Cause::of(&name_too_similar::RULE)]),
        words(&["is invalid for new packages"], [Cause::of(&name_invalid::RULE)]),
        words(&["invalid tag name \"@latest\""], [Cause::of(&name_invalid::RULE)]),
        words(&["invalid tag name"], [Cause::of(&tag_invalid::RULE)]),
        words(&["tag name must not be a valid semver range"], [Cause::of(&tag_invalid::RULE)]),
        words(&["without a paid plan"], [access()]),
        words(
            &["must sign up for private packages"],
            [Cause::named("the account or organisation has no paid plan").why(NO_PLAN).fix(PLAN)],
        )
        .when(|attempt| attempt.notes("and public access"))
        .or([&access_change::RULE]),
        words(
            &["must sign up for private packages"],
            [access().why("the package is new and scoped, and `access` is not `public`")],
        )
        .when(|attempt| attempt.is_new),
        words(&["must sign up for private packages"], [access()]).or([&access_change::RULE, &access_invalid::RULE]),
        words(&["invalid access"], [Cause::of(&access_invalid::RULE)]),
        words(
            &["must verify your email"],
            [Cause::of(&account_restricted::RULE)
                .why("an account may publish a new package only after its email address was verified")
                .fix(EMAIL)],
        ),
        words(&["spam detection"], [Cause::named("npm's spam detection rejected it").fix(SPAM)]),
        words(
            &["dual-use"],
            [Cause::named("a dual-use package must be staged").fix(DUAL_USE).run("npm stage publish")],
        ),
    ]
}

/// What an unknown registry says.
pub(super) fn nameless() -> Vec<Reading> {
    const REFUSED: &[&str] = &["E400", "E403", "E409"];
    vec![
        words(&["version is empty"], [Cause::of(&version_invalid::RULE)]),
        reading(REFUSED, &["overwrite"], [taken()]).when(Attempt::is_upload),
        reading(REFUSED, &["override"], [taken()]).when(Attempt::is_upload),
        reading(REFUSED, &["has been deleted"], [Cause::of(&version_reused::RULE)]).when(Attempt::is_upload),
    ]
}

/// Who may publish.
pub(super) fn rights() -> Vec<Reading> {
    let restricted = || Cause::of(&credential_restricted::RULE);
    let maintainer = || Cause::of(&not_a_maintainer::RULE);
    let address = || restricted().why("the token is not allowed from this IP address").fix(ADDRESS);
    let stage = || {
        let cause = restricted().why("the token may only stage versions");
        cause
            .fix("Stage the version and approve it, or use trusted publishing or a token that may publish.")
            .run("npm stage publish")
    };
    let mut readings = vec![
        words(&["oidc permission denied"], [Cause::of(&trusted_publisher::RULE)]),
        words(
            &["oidc publish authorize"],
            [Cause::of(&trusted_publisher::RULE)
                .why("the token that npm got for the job's identity is no longer valid, because several packages were published at once")
                .fix(ONE_BY_ONE)],
        ),
        words(&["e_stage_required"], [stage()]),
        codes(&["E_STAGE_REQUIRED"], [stage()]),
        words(&["use npm stage publish"], [stage()]),
        words(&["resource not accessible by integration"], [Cause::named("GitHub refused a step of the release").fix(GITHUB_STEP)]),
        codes(&["EGITNOPERMISSION"], [Cause::named("the release tool may not push to the git repository").fix(GIT_PUSH)]),
        words(&["your ip address"], [address()]),
        codes(&["EAUTHIP"], [address()]),
        words(
            &["may not perform that action with these credentials"],
            [restricted().why("the token is valid but cannot publish this package: it is read-only, or limited to other packages")],
        ),
        words(&["do not have permission to publish"], [maintainer(), Cause::of(&scope_not_yours::RULE)])
            .when(Attempt::is_scoped)
            .or([&credential_restricted::RULE]),
        words(&["do not have permission to publish"], [Cause::of(&name_taken::RULE), maintainer()])
            .or([&credential_restricted::RULE]),
        words(&["do not have write permission"], [maintainer()]).or([&credential_restricted::RULE]),
        words(&["is not a collaborator for"], [maintainer()]),
        words(&["scope not found"], [Cause::of(&scope_not_yours::RULE)]),
    ];
    readings.extend(vendor::by_code(&["E403"], Attempt::is_upload));
    readings.extend([
        codes(&["E403"], [restricted(), maintainer(), Cause::of(&version_published::RULE)])
            .when(|attempt| !attempt.may_follow_npm() && attempt.is_upload())
            .or([&registry_read_only::RULE, &registry_mismatch::RULE]),
        words(
            &["requires the package to already exist"],
            [Cause::named("np cannot stage the first version of a package")
                .fix("Publish the first version with `npm publish`, then stage later ones.")],
        ),
    ]);
    readings
}

/// The registry could not, or would not now.
pub(super) fn load() -> Vec<Reading> {
    let large = || Cause::named("the package is too large").fix(TOO_LARGE).run("npm pack --dry-run");
    let limited = || Cause::named("there were too many requests").fix(LIMITED);
    vec![
        words(&["payload too large"], [large()]),
        words(&["file is too large"], [large()]),
        codes(&["E413"], [large()]),
        reading(&["E400", "E403", "E422"], &["exceeds", "size"], [large()]).when(Attempt::is_upload),
        codes(&["E402"], [Cause::named("the registry requires payment").fix(PAYMENT)])
            .when(|attempt| !attempt.may_follow_npm()),
        words(&["rate limited"], [limited()]),
        codes(&["E429"], [limited()]),
        words(&["bad gateway"], [failed()]),
        words(&["service unavailable"], [failed()]),
        words(&["internal server error"], [failed()]),
    ]
}

/// The registry failed.
pub(super) fn failed() -> Cause {
    Cause::named("the registry failed").fix(FAILED).run(VIEW)
}

/// The registry adds a notice to a refusal that it would explain by nothing else.
pub(super) fn expired(attempt: &Attempt) -> Option<Verdict> {
    let is_plain = attempt.codes.is_empty() || matches!(attempt.status(), Some(401 | 404)) && !attempt.is_download();
    if !is_plain || !attempt.notes("access token expired or revoked") || attempt.says("you cannot publish over") {
        return None;
    }
    let rejected = Cause::of(&credential_rejected::RULE).why("the registry says: Access token expired or revoked");
    Some(Verdict { causes: vec![rejected, Cause::of(&credential_unset_variable::RULE)], others: Vec::new() })
}

/// A client that sends nothing without a credential had one, whatever the registry calls it: it was rejected, or it is a variable
/// that is not set. npm stops before that with ENEEDAUTH (lib/commands/publish.js of npm 11), and Bun says that authentication is
/// missing (`src/runtime/cli/publish_command.rs`). lerna and pnpm send the package all the same.
pub(super) fn never_without_credential(attempt: &Attempt, verdict: &mut Verdict) {
    let sends_without =
        matches!(attempt.client, Client::Pnpm | Client::Lerna | Client::Changesets | Client::YarnClassic);
    if sends_without || !attempt.is_upload() || attempt.status() != Some(401) || attempt.has_code("ENEEDAUTH") {
        return;
    }
    let is = |rule: Option<&Rule>, one: &Rule| rule.is_some_and(|rule| rule.id == one.id);
    let Some(at) = verdict.causes.iter().position(|cause| is(cause.rule, &credential_missing::RULE)) else { return };
    let missing = verdict.causes.remove(at);
    // The last one that is inserted comes first.
    let mut rules = [&credential_unset_variable::RULE, &credential_rejected::RULE];
    if attempt.says("not provided") {
        rules.reverse();
    }
    for rule in rules {
        if !verdict.causes.iter().any(|cause| is(cause.rule, rule)) {
            verdict.causes.insert(at.min(verdict.causes.len()), Cause { fix: missing.fix.clone(), ..Cause::of(rule) });
        }
    }
}

/// A name that the registry accepts from nobody.
pub(super) fn objection(attempt: &Attempt) -> Option<Verdict> {
    let name = attempt.known_name().filter(|_| attempt.is_upload() && matches!(attempt.status(), Some(400..=422)))?;
    let objection = attempt.vendor()?.objection(&name)?;
    Some(Verdict::one(Cause::of(&name_invalid::RULE).why(objection.why)))
}

/// Nothing can be published at the address, as far as the vendor says so of it, or its name.
pub(super) fn closed(attempt: &Attempt, verdict: &mut Verdict) {
    let is_publish = attempt.is_upload() || attempt.is_anonymous();
    let is_refused = attempt.is_anonymous() || matches!(attempt.status(), Some(400..=405));
    let closed = attempt.sent_to_registry().filter(|_| is_publish && is_refused && !attempt.finds_version());
    let Some((url, closed)) = closed.and_then(|url| Vendor::of(&url)?.closed(&url).map(|closed| (url, closed))) else {
        return;
    };
    let cause =
        Cause::of(&registry_read_only::RULE).why(format!("{} {}: {}", ShownUrl::new(&url), closed.what, closed.why));
    if closed.is_guess {
        // What has no rule says less than the address does.
        verdict.causes.retain(|cause| cause.rule.is_some_and(|rule| rule.id != registry_read_only::RULE.id));
        verdict.causes.insert(0, cause);
    } else {
        *verdict = Verdict::one(cause);
    }
}

/// The credential is good, where the same run published a package of the same scope with it: it does not cover this one.
pub(super) fn beside_published(attempt: &Attempt, verdict: &mut Verdict) {
    const UNKNOWN: [&Rule; 4] = [
        &credential_rejected::RULE,
        &credential_missing::RULE,
        &credential_unset_variable::RULE,
        &credential_malformed::RULE,
    ];
    let is = |rule: &Rule, one: &Rule| rule.id == one.id;
    let is_unknown = |rule: &Rule| UNKNOWN.iter().any(|one| is(rule, one));
    let Some(sibling) = attempt.sibling.as_ref().filter(|_| attempt.is_upload_refused()) else { return };
    if !verdict.causes.iter().filter_map(|cause| cause.rule).any(is_unknown) {
        return;
    }
    let is_left = |rule: &Rule| {
        !is_unknown(rule) && ![&scope_not_yours::RULE, &credential_restricted::RULE].iter().any(|one| is(rule, one))
    };
    verdict.causes.retain(|cause| cause.rule.is_none_or(is_left));
    verdict.others.retain(|rule| is_left(rule));
    verdict.causes.push(Cause::of(&credential_restricted::RULE).why(format!(
        "{sibling} was published in the same run, so the credential is valid; it may not cover this package"
    )));
    if !verdict.others.iter().any(|rule| is(rule, &not_a_maintainer::RULE)) {
        verdict.others.push(&not_a_maintainer::RULE);
    }
}

/// A 404 to an upload, unless the credential is unknown.
const HIDDEN: [&Rule; 4] =
    [&not_a_maintainer::RULE, &credential_restricted::RULE, &credential_malformed::RULE, &trusted_publisher::RULE];

/// Who is it? An upload is answered with 404 where the credential does not allow to see more.
pub(super) fn credentials() -> Vec<Reading> {
    let rejected = || Cause::of(&credential_rejected::RULE);
    let unset = || Cause::of(&credential_unset_variable::RULE);
    let missing = || Cause::of(&credential_missing::RULE);
    let unasked = || missing().why("pnpm 11 and newer send the package without a credential when they find none");
    let not_there = || Cause::named("the request only checked whether the version is published").fix(NOT_THERE);
    let through_yarn = || {
        let cause = missing()
            .why("a Yarn 1 script ran npm, which makes npm use Yarn's registry, but the token is for npm's own");
        cause.fix("Run `npm publish` outside `yarn run`, or set `publishConfig.registry` to npm's own.")
    };
    let mut readings = vec![
        reading(&["E401"], &["incorrect or missing password"], [rejected(), Cause::of(&credential_malformed::RULE)]),
        words(&["missing \"bearer\" header"], [missing()]),
        words(&["you must be logged in to publish"], [missing()]),
        words(&["not authenticated with npm"], [missing(), rejected()]),
        words(&["you must be logged in. use `npm login`"], [missing(), rejected()]),
        words(&["still not authenticated after"], [rejected()]),
        reading(&["E401"], &["login first"], [Cause::of(&registry_read_only::RULE), missing(), rejected()]),
        codes(&["EINVALIDNPMTOKEN", "EINVALIDNPMAUTH", "EWHOAMI"], [rejected(), unset()])
            .or([&credential_malformed::RULE]),
        codes(&["ENONPMTOKEN"], [missing(), unset()]).or([&trusted_publisher::RULE]),
        codes(&["E401", "E404"], [rejected(), unset(), unasked()])
            .when(|attempt| attempt.is_upload() && attempt.client == Client::Pnpm)
            .or([
                &scope_not_yours::RULE,
                &not_a_maintainer::RULE,
                &credential_restricted::RULE,
                &credential_malformed::RULE,
                &trusted_publisher::RULE,
            ]),
        codes(&["E401"], [rejected(), unset()]).or([&credential_malformed::RULE]),
        words(&["logged in to https://registry.yarnpkg.com"], [through_yarn()]).or([&registry_mismatch::RULE]),
        codes(&["ENEEDAUTH"], [missing()]).or([&trusted_publisher::RULE, &registry_mismatch::RULE]),
    ];
    readings.extend(vendor::by_code(&["E404"], Attempt::is_upload));
    readings.extend([
        codes(&["E404"], [rejected(), unset(), Cause::of(&scope_not_yours::RULE)])
            .when(|attempt| attempt.is_upload() && attempt.is_scoped())
            .or(HIDDEN),
        codes(&["E404"], [rejected(), unset()]).when(Attempt::is_upload).or(HIDDEN),
        words(&["no match found for version"], [not_there()]),
        codes(&["E404"], [not_there()]).when(|attempt| attempt.action == Some(Action::Look)),
        codes(&["E404"], [Cause::of(&dependency_unavailable::RULE)])
            .when(|attempt| attempt.is_download() && (attempt.action == Some(Action::Install) || attempt.is_scoped()))
            .or([&registry_mismatch::RULE, &credential_rejected::RULE]),
        codes(&["E404"], [Cause::of(&publish_target::RULE), Cause::of(&dependency_unavailable::RULE)])
            .when(Attempt::is_download)
            .or([&registry_mismatch::RULE]),
    ]);
    readings
}

/// Why a registry forbids an upload in unknown words, or without a message: the likeliest first, and those that its words
/// hint at before all others.
pub(super) fn forbidden(attempt: &Attempt) -> Verdict {
    const HINTS: [(&str, &Rule); 10] = [
        ("ipaddress", &credential_restricted::RULE),
        ("two-factor", &two_factor_required::RULE),
        ("2fa", &two_factor_required::RULE),
        ("one-time", &two_factor_required::RULE),
        ("version", &version_published::RULE),
        ("verify", &account_restricted::RULE),
        ("token", &credential_restricted::RULE),
        ("permission", &not_a_maintainer::RULE),
        ("notallowed", &not_a_maintainer::RULE),
        ("authorized", &not_a_maintainer::RULE),
    ];
    const USUAL: [&Rule; 6] = [
        &version_published::RULE,
        &not_a_maintainer::RULE,
        &credential_restricted::RULE,
        &two_factor_required::RULE,
        &name_taken::RULE,
        &scope_not_yours::RULE,
    ];
    // npm's own explanation of every 403 speaks of versions and of policies.
    let said = said(attempt);
    let is_name_s_case =
        |rule: &Rule| rule.id != if attempt.is_scoped() { name_taken::RULE.id } else { scope_not_yours::RULE.id };
    let hinted = HINTS.into_iter().filter(|(word, _)| said.contains(word)).map(|(_, rule)| rule);
    let mut rules: Vec<&'static Rule> = Vec::new();
    for rule in hinted.chain(USUAL.into_iter().filter(|rule| is_name_s_case(rule))) {
        if !rules.iter().any(|known| known.id == rule.id) {
            rules.push(rule);
        }
    }
    if said.contains("permission") {
        rules.retain(|rule| ![version_published::RULE.id, two_factor_required::RULE.id].contains(&rule.id));
    }
    rules.truncate(5);
    let is_clear = ["ipaddress", "two-factor", "2fa", "one-time"].iter().any(|word| said.contains(word));
    let causes = if is_clear { rules.drain(..1).map(Cause::of).collect() } else { Vec::new() };
    Verdict { causes, others: rules }
}

/// What a registry finds wrong with the data of an upload, in unknown words: they decide which rules are possible.
pub(super) fn invalid(attempt: &Attempt, rules: &[&'static Rule]) -> Verdict {
    const WORDS: [(&Rule, &str); 3] =
        [(&access_invalid::RULE, "access"), (&name_invalid::RULE, "name"), (&version_reused::RULE, "publish")];
    let said = said(attempt);
    let is_meant = |rule: &&&'static Rule| {
        said.is_empty() || WORDS.iter().any(|(known, word)| known.id == rule.id && said.contains(word))
    };
    let mut others: Vec<_> = rules.iter().filter(is_meant).copied().collect();
    if others.is_empty() && said.contains("version") {
        others.push(&version_invalid::RULE);
    }
    let causes = if others.is_empty() {
        vec![Cause::named("the registry did not accept the package's data").fix(INVALID)]
    } else {
        Vec::new()
    };
    Verdict { causes, others }
}

/// The registry's own words behind the URL, in small letters without blanks.
fn said(attempt: &Attempt) -> String {
    let said = attempt.lines.iter().find_map(|line| Some(line.split_once("://")?.1.split_once(" - ")?.1));
    said.map(|said| squeezed(said).collect()).unwrap_or_default()
}

/// No answer, or none of a registry.
pub(super) fn network() -> Vec<Reading> {
    let unreachable = || Cause::of(&registry_unreachable::RULE);
    vec![
        codes(
            &["ECONNRESET", "ETIMEDOUT", "ESOCKETTIMEDOUT", "ERR_SOCKET_TIMEOUT", "EPIPE", "ECONNABORTED", "ERESPONSETIMEOUT"],
            [unreachable().why("the connection broke; the package may have arrived all the same").fix(LOST).run(VIEW)],
        )
        .when(Attempt::may_have_arrived),
        codes(&["ENOTFOUND"], [unreachable(), Cause::of(&registry_invalid::RULE)]),
        words(&["unable to reach npm registry"], [unreachable()]),
        words(&["connection to npm registry failed"], [unreachable()]),
        words(&["the publish request failed"], [unreachable()]),
        words(&["the registry appears to be down"], [failed()]),
        codes(
            &[
                "ERR_SOCKET_TIMEOUT",
                "EAI_FAIL",
                "EPIPE",
                "EPROTO",
                "ECONNABORTED",
                "ECONNECTIONTIMEOUT",
                "EIDLETIMEOUT",
                "ERESPONSETIMEOUT",
                "ETRANSFERTIMEOUT",
                "EINVALIDREDIRECT",
                "ENOREDIRECT",
                "EADDRINUSE",
                "EPROMISERETRY",
                "ERR_PNPM_META_FETCH_FAIL",
            ],
            [unreachable()],
        ),
        codes(
            &["EBADSIZE", "EINTEGRITY", "ENODATA", "Z_BUF_ERROR"],
            [Cause::named("a download was corrupted")
                .fix("Run it again. If it still fails, clear npm's cache.")
                .run("npm cache verify")],
        ),
        codes(&["E406", "E415"], [Cause::of(&archive_refused::RULE)]).when(Attempt::is_at_npm),
        codes(&["E405", "E411"], [failed()]).when(Attempt::is_at_npm),
        codes(&["E405", "E406", "E411", "E415"], [Cause::of(&registry_read_only::RULE)]),
        codes(
            &["E301", "E302", "E307", "E308"],
            [Cause::of(&registry_invalid::RULE)
                .why("the registry's URL redirects, and npm does not send a package to another URL than the one that is set")
                .fix("Set the registry to the URL that it redirects to: `curl -sI <registry>` shows it as `location`.")],
        ),
        codes(
            &["E410", "E451"],
            [Cause::named("the registry no longer serves this package")
                .fix("Ask the registry's operators, or publish under another name.")],
        ),
    ]
}
