//! Publishes that npm itself refuses, before anything is sent.

use serde_json::json;

use super::scenario::{Scenario, manifest, package, simple};

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [manifests(), versions_and_tags(), credentials(), invocations()].into_iter().flatten().collect()
}

fn next(name: &'static str) -> Scenario {
    simple(name, "left-lodge", "1.2.0")
}

fn root(workspaces: &[&str]) -> serde_json::Value {
    package("root", "1.0.0", json!({ "workspaces": workspaces }))
}

fn manifests() -> Vec<Scenario> {
    vec![
        manifest("a private package", &package("left-lodge", "1.2.0", json!({ "private": true })))
            .stopped("EPRIVATE", &["private-package"]),
        next("restricted without a scope").args(&["--access", "restricted"]).stopped("EUNSCOPED", &["access-invalid"]),
        simple("a name that begins with a dot", ".hidden", "1.0.0")
            .stopped("Invalid", &["name-invalid", "manifest-invalid"]),
        simple("a name with a space in it", "two words", "1.0.0")
            .stopped("Invalid", &["name-invalid", "manifest-invalid"]),
        manifest("no name", &json!({ "version": "1.0.0" })).stopped("", &["name-invalid", "manifest-invalid"]),
        manifest("no version", &json!({ "name": "left-lodge" })).stopped("", &["version-invalid", "manifest-invalid"]),
        simple("a version of two numbers", "left-lodge", "1.2")
            .stopped("Invalid", &["version-invalid", "manifest-invalid"]),
        next("no package.json")
            .without("project/package.json")
            .stopped("ENOENT", &["manifest-invalid", "publish-target"]),
        next("a package.json that is not JSON")
            .file("project/package.json", "{ \"name\": \"left-lodge\", }")
            .stopped("EJSONPARSE", &["manifest-invalid"]),
        manifest(
            "a node that devEngines does not allow",
            &package(
                "left-lodge",
                "1.2.0",
                json!({ "devEngines": { "runtime": { "name": "node", "version": "4.x" } } }),
            ),
        )
        .stopped("EBADDEVENGINES", &["dev-engines"]),
    ]
}

fn versions_and_tags() -> Vec<Scenario> {
    vec![
        simple("a version that is published", "left-lodge", "1.1.0")
            .stopped("cannot publish over", &["version-published"]),
        simple("a version below the highest, without a tag", "left-lodge", "1.0.5")
            .stopped("higher", &["latest-moves-back"]),
        simple("a prerelease without a tag", "left-lodge", "2.0.0-beta.1").stopped("tag", &["prerelease-without-tag"]),
        next("a tag that is a range").args(&["--tag", "1.x"]).stopped("Tag name must not be", &["tag-invalid"]),
        next("a tag that is a version").args(&["--tag=v1.2.3"]).stopped("Tag name must not be", &["tag-invalid"]),
        next("a tag with a space in it").args(&["--tag", "two words"]).stopped("EINVALIDTAGNAME", &["tag-invalid"]),
    ]
}

fn credentials() -> Vec<Scenario> {
    let missing: &[&str] = &["credential-missing"];
    vec![
        next("no credential").npmrc("registry=<registry>/\n").stopped("ENEEDAUTH", missing),
        next("a credential for another host")
            .npmrc("registry=<registry>/\n//registry.invalid/:_authToken=<token:alice-bypass>\n")
            .stopped("ENEEDAUTH", missing),
        next("a credential for another path")
            .npmrc("registry=<registry>/\n<nerf>npm/:_authToken=<token:alice-bypass>\n")
            .stopped("ENEEDAUTH", missing),
        next("a misspelled key")
            .npmrc("registry=<registry>/\n<nerf>:_authtoken=<token:alice-bypass>\n")
            .stopped("ENEEDAUTH", missing),
        next("a variable that npm does not read")
            .npmrc("registry=<registry>/\n")
            .env("NPM_TOKEN", "<token:alice-bypass>")
            .stopped("ENEEDAUTH", missing),
        next("a variable that is set and empty")
            .npmrc("registry=<registry>/\n<nerf>:_authToken=${NPM_TOKEN}\n")
            .env("NPM_TOKEN", "")
            .stopped("ENEEDAUTH", &["credential-missing", "credential-unset-variable"]),
        next("a token without its registry")
            .npmrc("registry=<registry>/\n_authToken=<token:alice-bypass>\n")
            .stopped("ERR_INVALID_AUTH", &["credential-malformed"]),
        manifest(
            "a token in publishConfig",
            &package(
                "left-lodge",
                "1.2.0",
                json!({ "publishConfig": { "<nerf>:_authToken": "<token:alice-bypass>" } }),
            ),
        )
        .npmrc("registry=<registry>/\n")
        .stopped("ENEEDAUTH", missing),
    ]
}

fn invocations() -> Vec<Scenario> {
    vec![
        next("two folders at once")
            .file("project/a/README.md", "")
            .file("project/b/README.md", "")
            .args(&["./a", "./b"])
            .stopped("Usage", &["publish-target", "manifest-invalid"])
            .undecided_because("to the executable several folders are several publishes"),
        manifest(
            "a registry that is not a URL",
            &package("left-lodge", "1.2.0", json!({ "publishConfig": { "registry": "registry" } })),
        )
        .stopped("ERR_INVALID_URL", &["registry-invalid"]),
        next("a registry where nobody listens")
            .npmrc("registry=http://127.0.0.1:1/\n//127.0.0.1:1/:_authToken=<token:alice-bypass>\n")
            .stopped("ECONNREFUSED", &["registry-unreachable"]),
        manifest("a workspace that does not exist", &package("root", "1.0.0", json!({ "workspaces": ["packages/*"] })))
            .json("project/packages/a/package.json", &package("left-lodge", "1.2.0", json!({})))
            .args(&["-w", "b"])
            .stopped("No workspaces found", &["workspace-invalid"]),
        manifest("two workspaces of one name", &package("root", "1.0.0", json!({ "workspaces": ["packages/*"] })))
            .json("project/packages/a/package.json", &package("left-lodge", "1.2.0", json!({})))
            .json("project/packages/b/package.json", &package("left-lodge", "1.2.0", json!({})))
            .args(&["--workspaces"])
            .stopped("EDUPLICATEWORKSPACE", &["workspace-invalid"]),
        manifest("two workspaces of one name below the root that is published", &root(&["packages/*"]))
            .json("project/packages/a/package.json", &package("left-lodge", "1.2.0", json!({})))
            .json("project/packages/b/package.json", &package("left-lodge", "1.2.0", json!({})))
            .stopped("EDUPLICATEWORKSPACE", &["workspace-invalid"]),
        manifest("a workspace that is not JSON below the root that is published", &root(&["packages/*"]))
            .file("project/packages/a/package.json", "{")
            .stopped("EJSONPARSE", &["manifest-invalid"]),
        manifest("workspaces that are no list", &package("root", "1.0.0", json!({ "workspaces": "packages/*" })))
            .args(&["--workspaces"])
            .stopped("EWORKSPACESCONFIG", &["workspace-invalid", "manifest-invalid"]),
        manifest("a private workspace with a prerelease and no tag", &root(&["packages/*"]))
            .json("project/packages/a/package.json", &package("left-lodge", "2.0.0-rc.1", json!({ "private": true })))
            .args(&["-w", "left-lodge"])
            .stopped("You must specify a tag", &["prerelease-without-tag"]),
        next("a stray word behind the folder").args(&[".", "beta"]).stopped("Usage", &["publish-target"]),
        manifest(
            "settings in publishConfig that npm cannot read there",
            &package("left-lodge", "1.2.0", json!({ "publishConfig": { "workspaces": true } })),
        )
        .stopped("Cannot read properties of undefined", &["manifest-invalid"]),
        next("provenance outside of CI").args(&["--provenance"]).stopped("EUSAGE", &["provenance-impossible"]),
    ]
}
