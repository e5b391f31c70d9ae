//! Publishes that npm 12 refuses and npm 11 does not, or that come close to it: run by npm 12 itself.

use serde_json::{Value, json};

use super::scenario::{Scenario, manifest, package, simple};

/// All of them.
pub(super) fn scenarios() -> Vec<Scenario> {
    [options(), settings(), packages(), arguments()].into_iter().flatten().map(Scenario::by_npm_12).collect()
}

fn next(name: &'static str) -> Scenario {
    simple(name, "left-lodge", "1.2.0")
}

fn of(name: &'static str, more: Value) -> Scenario {
    manifest(name, &package("left-lodge", "1.2.0", more))
}

fn goes_out(scenario: Scenario) -> Scenario {
    scenario.publishes(&["left-lodge@1.2.0 latest public"])
}

fn options() -> Vec<Scenario> {
    let unknown: &[&str] = &["option-unknown"];
    vec![
        goes_out(next("npm 12: the next version")),
        next("npm 12: an unknown option").args(&["--no-git-checks"]).stopped("EUNKNOWNCONFIG", unknown),
        next("npm 12: an option that it dropped").args(&["--no-shrinkwrap"]).stopped("EUNKNOWNCONFIG", unknown),
        next("npm 12: a scope's unknown key").args(&["--@a:foo=x"]).stopped("EUNKNOWNCONFIG", unknown),
        next("npm 12: an option and its value as one word").args(&["--tag latest"]).stopped("EUNKNOWNCONFIG", unknown),
        next("npm 12: an abbreviated option")
            .args(&["--acces", "public"])
            .stopped("Invalid abbreviated flag \"--acces\"", unknown),
        next("npm 12: an abbreviated alias").args(&["--verb"]).stopped("Invalid abbreviated flag \"--verb\"", unknown),
        next("npm 12: a word behind a single dash")
            .args(&["-ws"])
            .stopped("-ws is not a valid single-hyphen cli flag", unknown),
        next("npm 12: a word behind a single dash that is a value")
            .args(&["--message", "-dd"])
            .stopped("-dd is not a valid single-hyphen cli flag", unknown),
        goes_out(next("npm 12: a single dash with the value behind an equals sign").args(&["-reg=<registry>/"])),
        goes_out(next("npm 12: options with a single dash").args(&["-f", "-tag", "latest"])),
        goes_out(
            next("npm 12: an option that it added").args(&["--patches-dir", "patches"]).file("project/patches/x", ""),
        ),
        goes_out(next("npm 12: what npm tells the programs it starts").args(&["--local-prefix=/x"])),
    ]
}

fn settings() -> Vec<Scenario> {
    let (refused, unknown) = (&["credential-malformed"], &["setting-unknown"]);
    let user = |name, line: &str| {
        next(name).npmrc(&format!("registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n{line}\n"))
    };
    let project = |name, text: &str| next(name).file("project/.npmrc", text);
    vec![
        project("npm 12: an email", "email=alice@host.example\n").stopped("ERR_INVALID_AUTH", refused),
        user("npm 12: a client certificate", "certfile=c.pem\nkeyfile=k.pem").stopped("ERR_INVALID_AUTH", refused),
        next("npm 12: half a client certificate in the global file")
            .file("global/npmrc", "keyfile=k.pem\n")
            .stopped("ERR_INVALID_AUTH", refused),
        goes_out(user("npm 12: an email of the registry", "<nerf>:email=alice@host.example")),
        goes_out(next("npm 12: an email in a variable").env("npm_config_email", "alice@host.example")),
        goes_out(user("npm 12: a key that is no longer used", "always-auth=true")),
        goes_out(project("npm 12: an unknown key", "foo-bar=1\nshrinkwrap=false\n")),
        project("npm 12: an unknown key and strictness", "foo-bar=1\nstrict-npmrc\n")
            .stopped("EUNKNOWNCONFIG", unknown),
        project("npm 12: a section and strictness", "[a.b]\nx=1\n")
            .args(&["--strict-npmrc"])
            .stopped("EUNKNOWNCONFIG", unknown),
        user("npm 12: an unknown key of the registry and strictness", "<nerf>:always-auth=true")
            .env("npm_config_strict_npmrc", "true")
            .stopped("EUNKNOWNCONFIG", unknown),
        goes_out(user("npm 12: strictness that is off", "foo-bar=1\nstrict-npmrc=true").args(&["--no-strict-npmrc"])),
        goes_out(
            of("npm 12: unknown keys elsewhere", json!({ "publishConfig": { "foo-bar": 1 } }))
                .env("npm_config_foo_bar", "1")
                .args(&["--strict-npmrc"]),
        ),
        user("npm 12: the user's extension file", "extension-file=x.mjs")
            .stopped("ENPMEXTENSIONCONFIG", &["setting-misplaced"]),
        next("npm 12: an extension file in a variable")
            .env("npm_config_extension_file", "x.mjs")
            .stopped("ENPMEXTENSIONCONFIG", &["setting-misplaced"]),
        goes_out(user("npm 12: an extension file that is none", "extension-file=null")),
    ]
}

fn packages() -> Vec<Scenario> {
    let invalid: &[&str] = &["manifest-invalid"];
    let bundling = |name, overrides: Value, deep: &str| {
        let dependencies = json!({ "dep": "^1.0.0" });
        let dep = package("dep", "1.0.0", json!({ "dependencies": { "deep": "^1.0.0" } }));
        let more = json!({ "dependencies": dependencies, "bundleDependencies": ["dep"], "overrides": overrides });
        // Nobody can install `dep`, which npm does not look at.
        of(name, more)
            .json("project/node_modules/dep/package.json", &dep)
            .json("project/node_modules/deep/package.json", &package("deep", deep, json!({})))
    };
    vec![
        of("npm 12: package extensions", json!({ "packageExtensions": {} })).stopped("EPACKAGEEXTENSIONS", invalid),
        of("npm 12: package extensions that are null", json!({ "packageExtensions": null }))
            .stopped("EPACKAGEEXTENSIONS", invalid),
        bundling("npm 12: an override of what is bundled", json!({ "deep": "2.0.0" }), "2.0.0")
            .stopped("EBUNDLEOVERRIDE", &["bundle-overridden"]),
        bundling("npm 12: an override inside another one", json!({ "dep": { "deep": "2.0.0" } }), "2.0.0")
            .stopped("EBUNDLEOVERRIDE", &["bundle-overridden"])
            .undecided_because("which override holds for what is bundled is not worked out then"),
    ]
}

fn arguments() -> Vec<Scenario> {
    let target: &[&str] = &["publish-target"];
    vec![
        goes_out(
            next("npm 12: a folder whatever dependencies may be")
                .args(&["--allow-directory=none", "--allow-file=none"]),
        ),
        next("npm 12: a URL").args(&["https://host.invalid/x.tgz"]).stopped("EALLOWREMOTE", target),
        next("npm 12: a repository").args(&["git+https://host.invalid/x.git"]).stopped("EALLOWGIT", target),
        next("npm 12: a URL that only the root may name")
            .args(&["https://host.invalid/x.tgz", "--allow-remote=root"])
            .stopped("EALLOWREMOTE", target),
        next("npm 12: a folder that looks like a repository")
            .json("project/packages/otter/package.json", &package("otter", "1.0.0", json!({})))
            .args(&["packages/otter"])
            .stopped("EALLOWGIT", target),
    ]
}
