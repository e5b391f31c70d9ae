//! `npm stage publish`: what is refused as in a publish, what is not, and what a staged version does to a publish.

use serde_json::json;

use super::scenario::{Scenario, manifest, package, simple};
use crate::registry::cast;
use crate::registry::state::{State, TokenKind};

const STAGED: &[&str] = &["left-lodge@1.2.0 latest public staged"];

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [accepted(), refused(), stopped(), waiting()].into_iter().flatten().collect()
}

fn next(name: &'static str) -> Scenario {
    simple(name, "left-lodge", "1.2.0").staged()
}

/// No second factor is asked for, whatever the credential.
fn accepted() -> Vec<Scenario> {
    vec![
        next("staging with a login alone").token("alice-session").certainly_publishes(STAGED),
        next("staging with a token that does not bypass two-factor authentication")
            .token("alice-granular")
            .publishes(STAGED),
        next("staging with a token that may only stage")
            .state(|state| state.add_token("stager", "alice", TokenKind::Granular, |token| token.stage_only = true))
            .token("stager")
            .publishes(STAGED),
        next("staging beside another staged version")
            .token("alice-session")
            .state(|state| state.package("left-lodge").staged = vec!["1.1.1".to_owned()])
            .certainly_publishes(STAGED),
        simple("staging a new package", "fresh-paint", "0.1.0")
            .staged()
            .publishes(&["fresh-paint@0.1.0 latest public staged"]),
        simple("staging a prerelease under a dist-tag", "left-lodge", "2.0.0-rc.1")
            .staged()
            .token("alice-session")
            .args(&["--tag", "next"])
            .certainly_publishes(&["left-lodge@2.0.0-rc.1 next public staged"]),
        manifest("staging every workspace", &package("root", "1.0.0", json!({ "workspaces": ["packages/*"] })))
            .staged()
            .token("alice-session")
            .json("project/packages/a/package.json", &package("left-lodge", "1.2.0", json!({})))
            .json("project/packages/b/package.json", &package("@acme/core", "1.1.0", json!({})))
            .args(&["--workspaces"])
            .certainly_publishes(&["left-lodge@1.2.0 latest public staged", "@acme/core@1.1.0 latest public staged"]),
    ]
}

fn refused() -> Vec<Scenario> {
    let already = |state: &mut State| state.package("left-lodge").staged = vec!["1.2.0".to_owned()];
    vec![
        next("staging a version that waits already").state(already).refused(409, &["version-staged"]),
        simple("staging a prerelease that is published", "left-lodge", "2.0.0-rc.1")
            .staged()
            .state(|state| state.add_package("left-lodge", cast::package("alice", &["1.1.0", "2.0.0-rc.1"])))
            .args(&["--tag", "next"])
            .refused(409, &["version-published"]),
        simple("staging somebody else's package", "bobs-bits", "2.0.0")
            .staged()
            .refused(403, &["name-taken", "not-a-maintainer"]),
        next("staging with an unknown token").token("unheard-of").refused(404, &["credential-rejected"]),
    ]
}

fn stopped() -> Vec<Scenario> {
    vec![
        simple("staging a published version", "left-lodge", "1.1.0")
            .staged()
            .stopped("You cannot publish over", &["version-published"]),
        simple("staging a prerelease without a dist-tag", "left-lodge", "2.0.0-rc.1")
            .staged()
            .stopped("must specify a tag", &["prerelease-without-tag"]),
        manifest("staging a private package", &package("left-lodge", "1.2.0", json!({ "private": true })))
            .staged()
            .stopped("EPRIVATE", &["private-package"]),
        next("staging as nobody").npmrc("registry=<registry>/\n").stopped("ENEEDAUTH", &["credential-missing"]),
    ]
}

/// A publish, and a staged version.
fn waiting() -> Vec<Scenario> {
    let publish = |name| {
        let waits = |state: &mut State| {
            state.package("left-lodge").staged = vec!["1.2.0".to_owned()];
        };
        simple(name, "left-lodge", "1.2.0").state(waits)
    };
    vec![
        publish("a version that is staged, with a token").refused(409, &["version-staged"]),
        publish("a version that is staged, with a login").login("alice").refused(409, &["version-staged"]),
    ]
}
