//! How each client resolves registry, credential, access and dist-tag, from plain values.

use crate::commands::testing::Scene;
use crate::plan::{Access, Login, PublishPlan};
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::publisher::{Manager, yarn};

/// Registry, key of the credential, access and dist-tag of a package with these fields.
fn decided(scene: &Scene) -> (String, String, String, String) {
    let plan = scene.plan();
    let key = match &plan.auth.login {
        Login::Credential { key, .. } => key.clone(),
        Login::TrustedPublisher => "identity".to_owned(),
        Login::Certificate { .. } | Login::Nothing => String::new(),
    };
    let access = match &plan.options.access.value {
        Access::Default => "default".to_owned(),
        Access::Public => "public".to_owned(),
        Access::Restricted => "restricted".to_owned(),
        Access::Other(other) => other.clone(),
    };
    (plan.destination.shown(), key, access, plan.options.tag.value.value)
}

fn project(client: Manager, version: &str, more: &str) -> Scene {
    let name = client.name().to_lowercase();
    let manifest = format!(r#"{{"name":"@acme/core","version":"1.0.0","packageManager":"{name}@{version}"{more}}}"#);
    Scene::new(&manifest).logged_out().client(client)
}

fn pnpm(more: &str) -> Scene {
    project(Manager::Pnpm, "12.21.0", more)
}

fn yarn4(more: &str) -> Scene {
    project(Manager::Yarn, "4.18.1", more)
}

fn bun(more: &str) -> Scene {
    project(Manager::Bun, "1.4.5", more)
}

#[track_caller]
fn assert_goes(scene: &Scene, registry: &str, key: &str) {
    let (found, found_key, ..) = decided(scene);
    assert_eq!((found.as_str(), found_key.as_str()), (registry, key));
}

const CORP: &str = "https://npm.corp.test/";
const CORP_TOKEN: &str = "//npm.corp.test/:_authToken";
/// The token of the default registry's own entry in Bun's settings.
const OWN_TOKEN: &str = "install.registry:_authToken";
const PUBLIC_TOKEN: &str = "//registry.npmjs.org/:_authToken";

#[test]
fn pnpm_takes_the_registry_from_the_strongest_of_its_sources() {
    let yaml = "registries:\n  '@acme': https://npm.corp.test/\n";
    let by_url = "registries:\n  https://npm.corp.test/:\n    scopes: ['@acme']\n";
    let other = ".npmrc";
    for (at, scene) in [
        pnpm("").file("pnpm-workspace.yaml", yaml).file(other, "@acme:registry=https://other.test/\n"),
        pnpm("").file("pnpm-workspace.yaml", by_url),
        pnpm("").file("pnpm-workspace.yaml", "registries:\n  default: https://x/\nregistry: https://npm.corp.test/\n"),
        pnpm("").file("pnpm-workspace.yaml", "registry: https://npm.corp.test/\n").file(other, "registry=https://x/"),
        pnpm("").file(other, "@acme:registry=https://npm.corp.test/\n"),
        pnpm("").file("~/.config/pnpm/auth.ini", "registry=https://npm.corp.test/\n"),
        pnpm("")
            .file("~/.config/pnpm/config.yaml", "registry: https://npm.corp.test/\n")
            .file(other, "registry=https://x/"),
        pnpm("").env("PNPM_CONFIG_REGISTRY", CORP).file("pnpm-workspace.yaml", "registry: https://x/\n"),
        pnpm("")
            .env("PNPM_CONFIG__AUTH", r#"{"https://npm.corp.test/":{"@":{"authToken":"t"}}}"#)
            .file(other, "registry=https://x/\n"),
        pnpm("").env("PNPM_CONFIG__AUTH", r#"{"https://npm.corp.test/":{"@acme":{"authToken":"t"}}}"#),
        pnpm(r#","publishConfig":{"@acme:registry":"https://npm.corp.test/","registry":"https://x/"}"#),
        pnpm(r#","publishConfig":{"registry":"https://npm.corp.test/"}"#).file("pnpm-workspace.yaml", yaml),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(decided(scene).0, CORP, "scene {at}");
    }
    for (at, scene) in [
        pnpm("").env("npm_config_registry", CORP),
        pnpm("").file("~/.config/pnpm/rc", "registry=https://npm.corp.test/\n"),
        pnpm("").file(".npmrc", "registry=https://${HOST}/\n").env("HOST", "npm.corp.test"),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(decided(scene).0, DEFAULT_REGISTRY, "scene {at}");
    }
}

#[test]
fn pnpm_walks_up_the_url_path_and_expands_no_project_variables() {
    let at = |rc: &str| {
        pnpm(r#","publishConfig":{"registry":"https://npm.corp.test:81/a/b/"}"#).user_npmrc(rc).env("T", "secret")
    };
    let goes = |rc: &str, key: &str| assert_goes(&at(rc), "https://npm.corp.test:81/a/b/", key);
    goes("//npm.corp.test:81/:_authToken=t\n", "//npm.corp.test:81/:_authToken");
    goes("//npm.corp.test/a/:_authToken=t\n", "//npm.corp.test/a/:_authToken");
    goes(
        "//npm.corp.test:81/:@acme:_authToken=t\n//npm.corp.test:81/:_authToken=x\n",
        "//npm.corp.test:81/:@acme:_authToken",
    );
    goes("//other.test/:_authToken=t\n", "");
    let own = |rc: &str| pnpm("").file(".npmrc", rc).env("T", "secret");
    assert_goes(&own("//registry.npmjs.org/:_authToken=${T}\n"), DEFAULT_REGISTRY, "");
    assert_goes(&own("//registry.npmjs.org/:_authToken=t\n"), DEFAULT_REGISTRY, PUBLIC_TOKEN);
    assert_goes(
        &pnpm("").user_npmrc("//registry.npmjs.org/:_authToken=${T}\n").env("T", "x"),
        DEFAULT_REGISTRY,
        PUBLIC_TOKEN,
    );
    assert_goes(&pnpm("").user_npmrc("_authToken=t\n"), DEFAULT_REGISTRY, PUBLIC_TOKEN);
    let old = project(Manager::Pnpm, "11.5.0", "").file(".npmrc", "//registry.npmjs.org/:_authToken=${T}\n");
    assert_goes(&old.env("T", "x"), DEFAULT_REGISTRY, PUBLIC_TOKEN);
    let own_file = pnpm("").file(".npmrc", "//registry.npmjs.org/:_authToken=${T}\n").env("T", "x");
    assert_goes(&own_file.env("NPM_CONFIG_USERCONFIG", "/project/.npmrc"), DEFAULT_REGISTRY, PUBLIC_TOKEN);
}

#[test]
fn pnpm_reads_access_and_dist_tag_from_package_json_alone() {
    let access_and_tag = |scene: Scene| {
        let (_, _, access, tag) = decided(&scene);
        (access, tag)
    };
    let pair = |access: &str, tag: &str| (access.to_owned(), tag.to_owned());
    assert_eq!(access_and_tag(pnpm("").npmrc("access=public\ntag=next\n")), pair("default", "latest"));
    let config = r#","tag":"beta","publishConfig":{"access":"public","tag":"next"}"#;
    assert_eq!(access_and_tag(pnpm(config)), pair("public", "beta"));
    assert_eq!(
        access_and_tag(pnpm(config).args(&["--tag", "x", "--access", "restricted"])),
        pair("restricted", "beta")
    );
    assert_eq!(access_and_tag(pnpm("").args(&["--tag", "x"])), pair("default", "x"));
    assert_eq!(access_and_tag(pnpm(r#","publishConfig":{"access":"open"}"#)), pair("default", "latest"));
}

#[test]
fn yarn_reads_its_own_files_upwards_and_not_npms() {
    let npms = yarn4("").npmrc("registry=https://npm.corp.test/\n").user_npmrc("//registry.npmjs.org/:_authToken=t\n");
    assert_goes(&npms, &format!("{}/", yarn::DEFAULT_REGISTRY), "");
    let rc = |text: &str| yarn4("").file("/.yarnrc.yml", text);
    let goes = |text: &str, registry: &str, key: &str| assert_goes(&rc(text), registry, key);
    goes("npmPublishRegistry: https://npm.corp.test\nnpmAuthToken: t\n", CORP, "npmAuthToken");
    goes("npmRegistryServer: https://npm.corp.test\nnpmAuthIdent: a:b\n", CORP, "npmAuthIdent");
    goes(
        "npmScopes:\n  acme:\n    npmPublishRegistry: https://npm.corp.test\n    npmAuthToken: t\nnpmAuthToken: x\n",
        CORP,
        "npmScopes.acme.npmAuthToken",
    );
    let installs = "npmScopes:\n  acme:\n    npmRegistryServer: https://npm.corp.test\n";
    goes(installs, &format!("{}/", yarn::DEFAULT_REGISTRY), "");
    let hidden = "npmPublishRegistry: https://npm.corp.test\nnpmAuthToken: t\nnpmRegistries:\n  //npm.corp.test:\n    npmAlwaysAuth: true\n";
    goes(hidden, CORP, "");
    let nearest = rc("npmAuthToken: far\nnpmPublishRegistry: https://x\n")
        .file(".yarnrc.yml", "npmPublishRegistry: https://npm.corp.test\n");
    assert_goes(&nearest, CORP, "npmAuthToken");
    let variable = yarn4("").env("YARN_NPM_AUTH_TOKEN", "t").env("YARN_NPM_PUBLISH_REGISTRY", "https://npm.corp.test");
    assert_goes(&variable, CORP, "npmAuthToken");
    let plain = "npmPublishRegistry: http://npm.corp.test\n";
    rc(plain).finds("registry-invalid", 1);
    rc(plain).finds("credential-missing", 1);
    rc(&format!("{plain}unsafeHttpWhitelist: [\"*.corp.test\"]\n")).finds("registry-invalid", 0);
    rc(&format!("{plain}unsafeHttpWhitelist: localhost,npm.corp.test\n")).finds("registry-invalid", 0);
    let loopback = "npmPublishRegistry: http://127.0.0.1:4873\n";
    rc(loopback).finds("registry-invalid", 1);
    rc(loopback).env("YARN_UNSAFE_HTTP_WHITELIST", "127.0.0.1").finds("registry-invalid", 0);
    goes(&format!("{plain}unsafeHttpWhitelist: [npm.corp.test]\n"), "http://npm.corp.test/", "");
}

#[test]
fn yarn_restricts_scoped_packages_and_takes_the_dist_tag_from_the_flag() {
    let plan = |scene: Scene| -> PublishPlan { scene.plan() };
    let tagged = r#","publishConfig":{"tag":"next"}"#;
    assert_eq!(plan(yarn4(tagged)).options.access.value, Access::Restricted);
    assert_eq!(plan(yarn4(tagged)).options.tag.value.value, "latest");
    assert_eq!(plan(yarn4("").file(".yarnrc.yml", "npmPublishAccess: public\n")).options.access.value, Access::Public);
    assert_eq!(plan(yarn4(r#","publishConfig":{"access":"public"}"#)).options.access.value, Access::Public);
    let identity = yarn4("").identity();
    assert!(matches!(plan(identity).auth.login, Login::TrustedPublisher));
    let stale = yarn4("").identity().file(".yarnrc.yml", "npmAuthToken: t\n");
    assert!(matches!(plan(stale).auth.login, Login::Credential { .. }), "a token wins over the identity");
}

#[test]
fn yarn_rejects_unknown_settings_and_unset_variables() {
    let faults = |scene: Scene| scene.plan().runner.client_faults().len();
    assert_eq!(faults(yarn4("").file(".yarnrc.yml", "npmAuthTokn: t\n")), 1);
    assert_eq!(faults(yarn4("").file("~/.yarnrc.yml", "npmAuthTokn: t\n")), 0, "the home folder may hold any");
    assert_eq!(faults(yarn4("").file(".yarnrc.yml", "enableStrictSettings: false\nnpmAuthTokn: t\n")), 0);
    assert_eq!(faults(yarn4("").file(".yarnrc.yml", "plugins: [./x.cjs]\nmine: t\n")), 0);
    assert_eq!(faults(yarn4("").env("YARN_NPM_CONFIG_PROVENANCE", "1")), 1);
    assert_eq!(faults(yarn4("").env("YARN_REGISTRY", CORP)), 0, "Yarn 1 reads it");
    assert_eq!(faults(yarn4("").file(".yarnrc.yml", "npmAuthToken: ${NO}\n")), 1);
    assert_eq!(faults(yarn4("").file(".yarnrc.yml", "npmAuthToken: ${NO:-}\n")), 0);
    assert_eq!(faults(yarn4("").args(&["--registry", CORP])), 1);
}

#[test]
fn yarn_1_uses_npms_token_for_its_own_registry_alias() {
    let yarn1 = |rc: &str| project(Manager::Yarn, "1.22.22", "").user_npmrc(rc);
    let default = format!("{}/", yarn::DEFAULT_REGISTRY);
    assert_goes(&yarn1("//registry.npmjs.org/:_authToken=t\n"), &default, PUBLIC_TOKEN);
    assert_goes(
        &yarn1("//npm.corp.test/:_authToken=t\n").file(".yarnrc", "registry \"https://npm.corp.test/\"\n"),
        CORP,
        CORP_TOKEN,
    );
    assert_goes(&yarn1("@acme:registry=https://npm.corp.test/\n").identity(), CORP, "");
    let npms = yarn1("registry=https://npm.corp.test/\n").file(".yarnrc", "registry \"https://x/\"\n");
    assert_goes(&npms, CORP, "");
}

#[test]
fn bun_reads_bunfig_before_npmrc_and_its_variables_before_both() {
    let bunfig = "[install]\nregistry = { url = \"https://npm.corp.test/\", token = \"$T\" }\n";
    assert_goes(&bun("").file("bunfig.toml", bunfig).env("T", "x").npmrc("registry=https://x/\n"), CORP, OWN_TOKEN);
    let scoped = "[install.scopes]\nacme = \"https://npm.corp.test/\"\n";
    assert_goes(&bun("").file("bunfig.toml", scoped).npmrc("//npm.corp.test/:_authToken=t\n"), CORP, CORP_TOKEN);
    assert_goes(
        &bun("")
            .env("BUN_CONFIG_REGISTRY", CORP)
            .env("BUN_CONFIG_TOKEN", "t")
            .file("bunfig.toml", "install.registry = \"https://x/\"\n"),
        CORP,
        OWN_TOKEN,
    );
    assert_goes(&bun("").file(".env", "BUN_CONFIG_TOKEN=t\n"), DEFAULT_REGISTRY, OWN_TOKEN);
    assert_goes(&bun("").user_npmrc("//registry.npmjs.org/:_authToken=t\n").identity(), DEFAULT_REGISTRY, PUBLIC_TOKEN);
    assert_goes(&bun("").identity(), DEFAULT_REGISTRY, "");
    let published = r#","publishConfig":{"registry":"https://x/"}"#;
    assert_goes(&bun(published).file("bunfig.toml", scoped), CORP, "");
    assert_goes(&bun(published).args(&["--registry", CORP]), CORP, "");
    let own = r#","publishConfig":{"@acme:registry":"https://npm.corp.test/","registry":"https://x/"}"#;
    assert_goes(&bun(own).args(&["--registry", "https://y/"]), CORP, "");
    let moved = bun("").file("bunfig.toml", bunfig).env("T", "x").env("BUN_CONFIG_REGISTRY", DEFAULT_REGISTRY);
    assert_goes(&moved, DEFAULT_REGISTRY, "");
    assert_goes(&bun("").args(&["--registry", CORP]).env("NPM_CONFIG_TOKEN", "t"), CORP, OWN_TOKEN);
    let tagged = decided(&bun(r#","publishConfig":{"tag":"next","access":"public"}"#));
    assert_eq!((tagged.2.as_str(), tagged.3.as_str()), ("public", "next"));
}
