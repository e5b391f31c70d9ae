//! Publishes that the registry refuses.

use serde_json::json;

use super::scenario::{Scenario, manifest, package, simple};
use crate::registry::cast;
use crate::registry::faults::{Fault, Harm};
use crate::registry::state::{Role, TokenKind, TwoFactor};

const TOKENS_ARE_HIDDEN: &str = "a granular token cannot list tokens, so its limits cannot be read";

fn public(name: &str, version: &str) -> serde_json::Value {
    package(name, version, json!({ "publishConfig": { "access": "public" } }))
}

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [names(), versions(), scopes(), access(), credentials(), tokens(), accounts(), broken(), elsewhere()]
        .into_iter()
        .flatten()
        .collect()
}

fn names() -> Vec<Scenario> {
    vec![
        simple("a name that belongs to somebody else", "bobs-bits", "2.0.0")
            .refused(403, &["name-taken", "not-a-maintainer"]),
        simple("a new name with capitals", "FreshPaint", "1.0.0").refused(400, &["name-invalid"]),
        simple("a new name with a tilde", "fresh~paint", "1.0.0").refused(400, &["name-invalid"]),
        simple("the name of a module of node", "zlib", "1.0.0").refused(400, &["name-invalid"]),
        simple("a name of 215 characters", &"a".repeat(215), "1.0.0").refused(400, &["name-invalid"]),
        simple("a name that differs by an underscore", "left_lodge", "1.0.0").refused(403, &["name-too-similar"]),
        simple("a name that differs by a missing hyphen", "leftlodge", "1.0.0")
            .login("alice")
            .undecided_because("a name can be punctuated in too many places to ask for all of them")
            .refused(403, &["name-too-similar"]),
        simple("a name that is punctuated elsewhere", "left.lod-ge", "1.0.0")
            .login("alice")
            .undecided_because("a name can be punctuated in too many places to ask for all of them")
            .refused(403, &["name-too-similar"]),
        simple("a name that was unpublished this morning", "left-lodge", "3.0.0")
            .state(|state| state.package("left-lodge").unpublished_hours_ago = Some(5))
            .refused(403, &["name-on-hold"]),
    ]
}

fn versions() -> Vec<Scenario> {
    vec![
        simple("a version that was unpublished", "left-lodge", "1.2.0")
            .state(|state| {
                let mut package = cast::package("alice", &["1.0.0", "1.1.0", "1.2.0"]);
                package.versions[2].1.unpublished = true;
                state.add_package("left-lodge", package);
            })
            .refused(403, &["version-reused"]),
        simple("a version of a package that is gone altogether", "left-lodge", "1.1.0")
            .state(|state| state.package("left-lodge").unpublished_hours_ago = Some(100))
            .refused(400, &["version-reused"]),
        simple("a deprecated version", "left-lodge", "1.1.0")
            .state(|state| state.package("left-lodge").versions[1].1.deprecated = true)
            .refused(403, &["version-published"]),
        simple("a prerelease that exists", "left-lodge", "2.0.0-rc.1")
            .state(|state| state.add_package("left-lodge", cast::package("alice", &["1.1.0", "2.0.0-rc.1"])))
            .args(&["--tag", "next"])
            .refused(403, &["version-published"]),
        simple("a version that exists, with force", "left-lodge", "1.1.0")
            .args(&["--force"])
            .refused(403, &["version-published"]),
    ]
}

fn scopes() -> Vec<Scenario> {
    vec![
        manifest("a scope that nobody has", &public("@nobody-has-this/core", "1.0.0"))
            .refused(404, &["scope-not-yours"]),
        manifest("a scope that is another user's", &public("@carol/core", "1.0.0")).refused(404, &["scope-not-yours"]),
        manifest("a new package in an organisation of others", &public("@vault/core", "1.0.0"))
            .login("bob")
            .refused(403, &["scope-not-yours"]),
        simple("a package that the team may only read", "@acme/core", "1.1.0")
            .token("bob-bypass")
            .refused(403, &["not-a-maintainer", "scope-not-yours"]),
        simple("a package of an organisation that is not visible", "@vault/core", "1.1.0")
            .login("bob")
            .state(|state| {
                let mut package = cast::package("alice", &["1.0.0"]);
                package.restricted = true;
                state.add_package("@vault/core", package);
            })
            .refused(404, &["scope-not-yours", "not-a-maintainer"]),
    ]
}

fn access() -> Vec<Scenario> {
    let paid = "which scopes have a paid plan cannot be read";
    let misplaced = package("@acme/new", "1.0.0", json!({ "access": "public" }));
    vec![
        manifest("a new scoped package with access in the wrong place", &misplaced).refused(402, &["access-missing"]),
        simple("a new scoped package without access", "@acme/new", "1.0.0")
            .login("alice")
            .undecided_because(paid)
            .refused(402, &["access-missing"]),
        simple("a new scoped package of a user without access", "@alice/new", "1.0.0")
            .login("alice")
            .undecided_because(paid)
            .refused(402, &["access-missing"]),
        simple("a restricted package without a plan", "@acme/new", "1.0.0")
            .login("alice")
            .args(&["--access", "restricted"])
            .undecided_because(paid)
            .refused(402, &["access-missing", "access-invalid"]),
        simple("a public package made restricted without a plan", "@acme/core", "1.1.0")
            .login("alice")
            .args(&["--access=restricted"])
            .undecided_because(paid)
            .refused(402, &["access-change", "access-missing"]),
        manifest(
            "an access that does not exist",
            &package("@acme/core", "1.1.0", json!({ "publishConfig": { "access": "pubic" } })),
        )
        .refused(400, &["access-invalid"]),
    ]
}

fn credentials() -> Vec<Scenario> {
    let next = |name| simple(name, "left-lodge", "1.2.0");
    let rejected: &[&str] = &["credential-rejected"];
    vec![
        next("a token that the registry does not know").token("unheard-of").refused(404, rejected),
        next("an expired token")
            .state(|state| state.add_token("old", "alice", TokenKind::Granular, |token| token.expired = true))
            .token("old")
            .refused(404, rejected),
        next("a revoked token")
            .state(|state| state.add_token("gone", "alice", TokenKind::Granular, |token| token.revoked = true))
            .token("gone")
            .refused(404, rejected),
        next("a variable that is not set")
            .npmrc("registry=<registry>/\n<nerf>:_authToken=${NPM_TOKEN}\n")
            .refused(404, &["credential-unset-variable"]),
        next("the placeholder that setup-node leaves")
            .npmrc("registry=<registry>/\n<nerf>:_authToken=${NODE_AUTH_TOKEN}\n")
            .env("NODE_AUTH_TOKEN", "XXXXX-XXXXX-XXXXX-XXXXX")
            .refused(404, &["credential-malformed", "credential-rejected", "credential-unset-variable"]),
        next("a wrong password")
            .npmrc("registry=<registry>/\n<nerf>:username=alice\n<nerf>:_password=d3Jvbmc=\n")
            .refused(401, rejected),
        next("a token for another address")
            .state(|state| {
                let elsewhere = vec!["10.0.0.0/8".to_owned()];
                state.add_token("office", "alice", TokenKind::Granular, |token| token.cidr = elsewhere);
            })
            .token("office")
            .refused(401, &["credential-restricted", "credential-rejected"]),
    ]
}

fn tokens() -> Vec<Scenario> {
    let next = |name| simple(name, "left-lodge", "1.2.0").undecided_because(TOKENS_ARE_HIDDEN);
    vec![
        next("a read-only token")
            .state(|state| state.add_token("reader", "alice", TokenKind::Granular, |token| token.read_only = true))
            .token("reader")
            .refused(403, &["credential-restricted"]),
        next("a token for other packages")
            .state(|state| {
                let covers = vec!["@acme".to_owned(), "bobs-bits".to_owned()];
                state.add_token("narrow", "alice", TokenKind::Granular, |token| token.covers = covers);
            })
            .token("narrow")
            .refused(403, &["credential-restricted"]),
        simple("a token for another scope", "@acme/core", "1.1.0")
            .undecided_because(TOKENS_ARE_HIDDEN)
            .state(|state| {
                let covers = vec!["@alice".to_owned()];
                state.add_token("narrow", "alice", TokenKind::Granular, |token| token.covers = covers);
            })
            .token("narrow")
            .refused(404, &["credential-restricted"]),
        next("a token that may only stage")
            .state(|state| state.add_token("stager", "alice", TokenKind::Granular, |token| token.stage_only = true))
            .token("stager")
            .refused(403, &["credential-restricted"]),
        next("a package that disallows tokens")
            .undecided_because("the setting of the package can be written, not read")
            .state(|state| state.package("left-lodge").disallows_tokens = true)
            .refused(403, &["two-factor-required"]),
    ]
}

fn accounts() -> Vec<Scenario> {
    let next = |name| simple(name, "left-lodge", "1.2.0");
    vec![
        next("a login without one-time password").token("alice-session").refused(401, &["two-factor-required"]),
        next("a login without one-time password, asked at login only")
            .state(|state| state.user("alice").two_factor = TwoFactor::AuthOnly)
            .token("alice-session")
            .undecided_because("whether the package asks on every publish is a setting that cannot be read")
            .refused(401, &["two-factor-required"]),
        next("a token that does not bypass two-factor authentication")
            .token("alice-granular")
            .undecided_because(TOKENS_ARE_HIDDEN)
            .refused(401, &["two-factor-required"]),
        next("a wrong one-time password")
            .token("alice-session")
            .args(&["--otp", "654321"])
            .unforeseeable()
            .refused(401, &["two-factor-required"]),
        simple("an account without two-factor authentication", "carols-cups", "1.0.0")
            .token("carol-session")
            .refused(403, &["two-factor-required"]),
        simple("an organisation that demands two-factor authentication", "@acme/site", "1.1.0")
            .token("carol-bypass")
            .state(|state| {
                let acme = state.orgs.get_mut("acme").expect("acme");
                acme.demands_2fa = true;
                acme.members.insert("carol".to_owned(), Role::Admin);
            })
            .undecided_because("what an organisation demands cannot be read")
            .refused(403, &["two-factor-required"]),
        simple("the first package of an account with an unconfirmed address", "daves-desk", "1.0.0")
            .token("dave-bypass")
            .refused(403, &["account-restricted"]),
    ]
}

/// The registry is there, and not well.
fn broken() -> Vec<Scenario> {
    let unreachable: &[&str] = &["registry-unreachable"];
    let next = |name| simple(name, "left-lodge", "1.2.0").env("npm_config_fetch_retries", "0");
    vec![
        next("a registry that ends every connection")
            .fault(Fault::new("*", "/*", Harm::Reset))
            .breaks("network", unreachable),
        next("a registry that never answers")
            .env("npm_config_fetch_timeout", "500")
            .fault(Fault::new("*", "/*", Harm::Hang))
            .breaks("network", unreachable),
        next("a gateway without its registry")
            .fault(Fault::exchange("*", "/*", "gateway-503"))
            .undecided_because("a gateway may find its registry again")
            .refused(503, &[]),
    ]
}

/// Registries of another kind.
fn elsewhere() -> Vec<Scenario> {
    vec![
        simple("another registry that does not know the token", "left-lodge", "1.2.0")
            .elsewhere()
            .token("unheard-of")
            .fault(Fault::exchange("GET", "/-/whoami", "verdaccio-whoami-empty"))
            .undecided_because("a registry may let anybody publish")
            .refused(404, &["credential-rejected"]),
        simple("another registry that holds the version", "left-lodge", "2.0.0-rc.1")
            .elsewhere()
            .state(|state| state.add_package("left-lodge", cast::package("alice", &["1.1.0", "2.0.0-rc.1"])))
            .args(&["--tag", "next"])
            .fault(Fault::exchange("PUT", "/left-lodge", "verdaccio-put-409"))
            .refused(409, &["version-published"]),
    ]
}
