//! Publishes that work.

use serde_json::{Value, json};

use super::scenario::{Scenario, manifest, package, simple};
use crate::registry::cast;
use crate::registry::faults::Fault;
use crate::registry::state::{TokenKind, TwoFactor};

const NEXT: &[&str] = &["left-lodge@1.2.0 latest public"];

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [plain(), scoped(), tags(), credentials(), registries(), folders(), elsewhere(), wrongly()]
        .into_iter()
        .flatten()
        .collect()
}

fn next(name: &'static str) -> Scenario {
    simple(name, "left-lodge", "1.2.0")
}

fn plain() -> Vec<Scenario> {
    vec![
        next("the next version").publishes(NEXT),
        next("the next version with a one-time password").login("alice").certainly_publishes(NEXT),
        next("a one-time password in a variable")
            .token("alice-session")
            .env("npm_config_otp", "123456")
            .certainly_publishes(NEXT),
        next("a second factor asked at login, and given")
            .state(|state| state.user("alice").two_factor = TwoFactor::AuthOnly)
            .token("alice-session")
            .args(&["--otp=123456"])
            .certainly_publishes(NEXT),
        manifest("dependencies that everybody can install", &depends_on("bobs-bits", "^1.0.0"))
            .login("alice")
            .certainly_publishes(NEXT),
        simple("a new name", "fresh-paint", "0.1.0").publishes(&["fresh-paint@0.1.0 latest public"]),
        simple("a version with a v", "left-lodge", "v1.2.0").publishes(NEXT),
        simple("an old name with capitals", "LeftLodge", "1.2.0")
            .state(|state| state.add_package("LeftLodge", cast::package("alice", &["1.1.0"])))
            .publishes(&["LeftLodge@1.2.0 latest public"]),
        simple("a name that went days ago, with a new version", "left-lodge", "1.2.0")
            .state(|state| state.package("left-lodge").unpublished_hours_ago = Some(100))
            .publishes(NEXT),
        manifest("private that is false", &package("left-lodge", "1.2.0", json!({ "private": false }))).publishes(NEXT),
        next("a byte order mark")
            .file("project/package.json", "\u{feff}{\"name\":\"left-lodge\",\"version\":\"1.2.0\"}")
            .publishes(NEXT),
        next("a packument that cannot be read")
            .fault(Fault::exchange("GET", "/left-lodge", "gateway-503"))
            .publishes(NEXT),
        next("a registry that is asked too often")
            .fault(Fault::exchange("GET", "/left-lodge", "rate-limited-429"))
            .publishes(NEXT),
        next("an account about which nothing can be read").fault(Fault::html("GET", "/-/*", 200)).publishes(NEXT),
    ]
}

fn scoped() -> Vec<Scenario> {
    let public = json!({ "publishConfig": { "access": "public" } });
    vec![
        simple("a new scoped package, public by flag", "@acme/new", "1.0.0")
            .args(&["--access", "public"])
            .publishes(&["@acme/new@1.0.0 latest public"]),
        manifest("a new scoped package, public by publishConfig", &package("@alice/new", "1.0.0", public.clone()))
            .publishes(&["@alice/new@1.0.0 latest public"]),
        simple("a new restricted package with a plan", "@vault/new", "1.0.0")
            .args(&["--access=restricted"])
            .publishes(&["@vault/new@1.0.0 latest restricted"]),
        simple("a scoped package keeps its access", "@acme/core", "1.1.0")
            .publishes(&["@acme/core@1.1.0 latest public"]),
        simple("a package that the team may write", "@acme/site", "1.1.0")
            .token("bob-bypass")
            .publishes(&["@acme/site@1.1.0 latest public"]),
        manifest("a new package by a developer of the organisation", &package("@acme/new", "1.0.0", public))
            .token("bob-bypass")
            .publishes(&["@acme/new@1.0.0 latest public"]),
        simple("a scoped package that sounds like another", "@alice/leftlodge", "1.0.0")
            .args(&["--access=public"])
            .publishes(&["@alice/leftlodge@1.0.0 latest public"]),
    ]
}

fn tags() -> Vec<Scenario> {
    vec![
        simple("a prerelease with a tag", "left-lodge", "2.0.0-rc.1")
            .args(&["--tag", "next"])
            .publishes(&["left-lodge@2.0.0-rc.1 next public"]),
        manifest(
            "a prerelease with a tag in publishConfig",
            &package("left-lodge", "2.0.0-rc.1", json!({ "publishConfig": { "tag": "beta" } })),
        )
        .publishes(&["left-lodge@2.0.0-rc.1 beta public"]),
        simple("a prerelease with a tag in .npmrc", "left-lodge", "2.0.0-rc.1")
            .file("project/.npmrc", "tag=canary\n")
            .publishes(&["left-lodge@2.0.0-rc.1 canary public"]),
        simple("an older line under a tag of its own", "left-lodge", "1.0.5")
            .args(&["--tag", "legacy"])
            .publishes(&["left-lodge@1.0.5 legacy public"]),
    ]
}

fn credentials() -> Vec<Scenario> {
    vec![
        next("a token in a variable of npm's own")
            .npmrc("registry=<registry>/\n")
            .env("npm_config_<nerf>:_authToken", "<token:alice-bypass>")
            .publishes(NEXT),
        next("a token that .npmrc takes from a variable")
            .npmrc("registry=<registry>/\n")
            .file("project/.npmrc", "<nerf>:_authToken=${NPM_TOKEN}\n")
            .env("NPM_TOKEN", "<token:alice-bypass>")
            .publishes(NEXT),
        next("a user name and a password")
            .npmrc("registry=<registry>/\n<nerf>:username=alice\n<nerf>:_password=bm90IGEgcmVhbCBwYXNzd29yZA==\n")
            .args(&["--otp", "123456"])
            .publishes(NEXT),
        next("a token in the global configuration")
            .npmrc("")
            .file("global/npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n")
            .publishes(NEXT),
        next("a user configuration in another place")
            .npmrc("registry=http://127.0.0.1:1/\n")
            .file("home/other.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n")
            .args(&["--userconfig", "../home/other.npmrc"])
            .publishes(NEXT),
        next("a token for just this package")
            .state(|state| {
                state.add_token("narrow", "alice", TokenKind::Granular, |token| {
                    token.bypass_2fa = true;
                    token.covers = vec!["left-lodge".to_owned()];
                    token.cidr = vec!["127.0.0.0/8".to_owned()];
                });
            })
            .token("narrow")
            .publishes(NEXT),
    ]
}

fn registries() -> Vec<Scenario> {
    let elsewhere = "registry=http://127.0.0.1:1/\n<nerf>:_authToken=<token:alice-bypass>\n";
    vec![
        manifest(
            "a registry in publishConfig",
            &package("left-lodge", "1.2.0", json!({ "publishConfig": { "registry": "<registry>/" } })),
        )
        .npmrc(elsewhere)
        .publishes(NEXT),
        next("a registry by flag").npmrc(elsewhere).args(&["--registry", "<registry>"]).publishes(NEXT),
        simple("a registry of the scope", "@acme/core", "1.1.0")
            .npmrc(elsewhere)
            .file("project/.npmrc", "@acme:registry=<registry>/\n")
            .publishes(&["@acme/core@1.1.0 latest public"]),
        next("a registry without a slash at its end")
            .npmrc("registry=<registry>\n<nerf>:_authToken=<token:alice-bypass>\n")
            .publishes(NEXT),
        next("a registry in a variable").npmrc(elsewhere).env("npm_config_registry", "<registry>/").publishes(NEXT),
    ]
}

fn folders() -> Vec<Scenario> {
    let member = package("left-lodge", "1.2.0", json!({}));
    let root = package("root", "1.0.0", json!({ "private": true, "workspaces": ["packages/*"] }));
    vec![
        manifest("a folder", &package("root", "1.0.0", json!({ "private": true })))
            .json("project/dist/package.json", &member)
            .args(&["./dist"])
            .publishes(NEXT),
        next("a prefix moves the configuration, not the package")
            .json("project/dist/package.json", &package("bobs-bits", "2.0.0", json!({})))
            .args(&["--prefix", "dist"])
            .publishes(NEXT),
        manifest("one workspace of two", &root)
            .json("project/packages/a/package.json", &member)
            .json("project/packages/b/package.json", &package("bobs-bits", "2.0.0", json!({})))
            .args(&["-w", "left-lodge"])
            .publishes(NEXT),
        manifest("all workspaces but the private one", &root)
            .json("project/packages/a/package.json", &member)
            .json("project/packages/b/package.json", &package("fresh-paint", "1.0.0", json!({})))
            .json("project/packages/c/package.json", &package("c", "1.0.0", json!({ "private": true })))
            .args(&["--workspaces"])
            .publishes(&["left-lodge@1.2.0 latest public", "fresh-paint@1.0.0 latest public"]),
        manifest("from the folder of a workspace", &root)
            .json("project/packages/a/package.json", &member)
            .folder("project/packages/a")
            .publishes(NEXT),
    ]
}

/// What npm's public registry would refuse and others do not.
fn elsewhere() -> Vec<Scenario> {
    vec![
        simple("another registry takes names with capitals", "FreshPaint", "1.0.0")
            .elsewhere()
            .publishes(&["FreshPaint@1.0.0 latest public"]),
        simple("another registry takes names that sound alike", "leftlodge", "1.0.0")
            .elsewhere()
            .publishes(&["leftlodge@1.0.0 latest public"]),
        simple("another registry has no second factor", "left-lodge", "1.2.0")
            .elsewhere()
            .token("alice-session")
            .publishes(NEXT),
        simple("another registry has no plans", "@acme/new", "1.0.0")
            .elsewhere()
            .publishes(&["@acme/new@1.0.0 latest public"]),
        simple("another registry has no organisations", "@nobody-has-this/core", "1.0.0")
            .elsewhere()
            .publishes(&["@nobody-has-this/core@1.0.0 latest public"]),
        simple("another registry that knows nothing but packages", "left-lodge", "1.2.0")
            .elsewhere()
            .fault(Fault::exchange("GET", "/-/*", "not-found"))
            .publishes(NEXT),
    ]
}

fn depends_on(name: &str, range: &str) -> Value {
    package("left-lodge", "1.2.0", json!({ "dependencies": { name: range } }))
}

/// npm ends well, and what comes out is not what the files ask for.
fn wrongly() -> Vec<Scenario> {
    let depends = |range: &str| depends_on("bobs-bits", range);
    vec![
        manifest("a dependency on a name that nobody has", &depends_on("nobody-has-this", "*"))
            .goes_wrong(NEXT, &["dependency-unavailable"]),
        manifest("a dependency on a version that is not out", &depends("^2.0.0"))
            .goes_wrong(NEXT, &["dependency-unavailable"]),
        manifest("a dependency that only members see", &depends_on("@acme/core", "^1.0.0"))
            .state(|state| state.package("@acme/core").restricted = true)
            .goes_wrong(NEXT, &["dependency-unavailable"]),
        next("a dry run left in .npmrc")
            .file("project/.npmrc", "dry-run=true\n")
            .goes_wrong(&[], &["publish-is-no-op"]),
        manifest("a dependency on a workspace", &depends("workspace:^"))
            .goes_wrong(NEXT, &["dependency-unpublishable"]),
        manifest("a dependency on a folder", &depends("file:../bits")).goes_wrong(NEXT, &["dependency-unpublishable"]),
        manifest(
            "a tag in publishConfig that is a range",
            &package("left-lodge", "1.2.0", json!({ "publishConfig": { "tag": "1.x" } })),
        )
        .goes_wrong(&["left-lodge@1.2.0 1.x public"], &["tag-invalid"]),
    ]
}
