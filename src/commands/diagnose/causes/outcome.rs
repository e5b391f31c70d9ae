//! Failures that are not a failed publish: an install before it, a step after it, and an attempt that arrived, or was
//! repeated until the package was there.

use super::super::attempt::{Action, Attempt, Outcome};
use super::super::cutter::name_and_version;
use super::{Cause, VIEW, Verdict};
use crate::rules::{publish_target, version_published};

const DONE: &str = "Nothing is left to do for this package.";
const ONLY_REST: &str = "Do not publish again, and do not raise `version` for it. Repeat only the step that failed.";
const NOT_SHOWN: &str = "Do not publish again, and do not raise `version` for it. A registry may need some minutes to show a new version: \
    repeat only the step that failed, and let it wait.";
const AGAIN_PUBLISHED: &str = "Nothing is left to do for this version. Remove the second publish from the script or the workflow. To give the \
    version another dist-tag, use `npm dist-tag add`.";
const ARRIVED: &str = "Check whether the version on the registry is the one of this run. If it is, the publish is done: go on with the \
    steps after it. Only otherwise raise `version`.";
const READ: &str = "Give the step that installs a token that may read the package in the message: the step that publishes usually \
    has one in its `env`, and the install does not. On GitHub Packages every read needs a token.";
const MISSING: &str = "Check the name in the message, and whether the registry in it is the one that has the package: a \
    scope may need its own line `@scope:registry=…` in .npmrc. A private package looks missing to a token that may not read it.";
const RANGE: &str = "No version of the package in the message matches the range in package.json. Publish that package first, or \
    correct the range.";
const LOCKFILE: &str = "package-lock.json is missing or does not match package.json. Run `npm install`, commit \
    package-lock.json, and run the release again.";
const AGAIN: &str = "The install could not reach the registry. Nothing is wrong with the package: run the job again. If it fails \
    again, check the proxy and the registry of the job.";
const SLOWLY: &str = "The registry received too many requests. Nothing is wrong with the package: wait some minutes, then run the job again.";
const INSTALL: &str = "Correct what the message names, then run the release again.";

/// What the rest of the log says.
pub(super) fn verdict(attempt: &Attempt) -> Option<Verdict> {
    let cause = match &attempt.outcome {
        Outcome::Unsaid => return install(attempt),
        Outcome::PublishedLater(package) => Cause::named("it was published in the end")
            .why(format!("the log goes on, and a later attempt published {package}"))
            .fix(DONE)
            .run(name_and_version(package).map_or_else(|| VIEW.to_owned(), |_| format!("npm view {package} version"))),
        Outcome::Again(package) => Cause::of(&version_published::RULE)
            .why(format!("this log published {package} before: this is a second publish of the same version"))
            .fix(AGAIN_PUBLISHED),
        Outcome::AfterPublish(package) => Cause::named("a step after the publish failed")
            .why(format!("{package} was published before this"))
            .fix(if attempt.action == Some(Action::Look) { NOT_SHOWN } else { ONLY_REST }),
        Outcome::EarlierArrived(code) => Cause::of(&version_published::RULE)
            .why(format!("an earlier attempt in this log failed with {code}, but arrived: the version is published"))
            .fix(ARRIVED)
            .run(VIEW),
        Outcome::Arrived(package) => Cause::named("the response was lost, but the package was published")
            .why(format!("a later attempt in this log found {package} published"))
            .fix(ARRIVED)
            .run(VIEW),
    };
    Some(Verdict::one(cause))
}

/// An install failed, so that nothing was published yet.
fn install(attempt: &Attempt) -> Option<Verdict> {
    const OF_INSTALL: [&str; 4] = ["ETARGET", "ENOVERSIONS", "ERESOLVE", "YN0028"];
    let says = |words: &[&str]| words.iter().any(|words| attempt.says(words));
    let is_lockfile =
        says(&["`npm ci` can only install", "`npm ci` command can only install", "ERR_PNPM_OUTDATED_LOCKFILE"])
            || attempt.has_code("ERR_PNPM_OUTDATED_LOCKFILE");
    let is_unknown = attempt.action.is_none();
    let is_install = attempt.action == Some(Action::Install)
        || is_lockfile
        || is_unknown && (attempt.is_download() || OF_INSTALL.iter().any(|code| attempt.has_code(code)));
    // An npm that does not run on this Node.js has an answer of its own.
    if attempt.has_code("EBADENGINE") && attempt.says("node/npm: npm@") {
        return None;
    }
    if !is_install || attempt.is_upload() || says(&["no match found for version"]) {
        return None;
    }
    let is_lost = attempt.may_be_lost();
    let fix = match attempt.status() {
        _ if is_lockfile => LOCKFILE,
        Some(401 | 403) => READ,
        Some(404) => MISSING,
        Some(429) => SLOWLY,
        Some(500..) => AGAIN,
        _ if is_lost => AGAIN,
        _ if attempt.has_code("ETARGET") || attempt.has_code("ENOVERSIONS") => RANGE,
        _ => INSTALL,
    };
    let cause = Cause::named("the install failed, before anything was published").fix(fix);
    let mut causes = vec![cause];
    // `npm publish name` asks for that package.
    if is_unknown && attempt.status() == Some(404) && !attempt.is_scoped() {
        causes.push(
            Cause::of(&publish_target::RULE).fix("Write the folder or the archive with a dot: `npm publish ./dist`."),
        );
    }
    Some(Verdict { causes, others: Vec::new() })
}
