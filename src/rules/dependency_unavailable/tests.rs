//! What those who install a package can and cannot get, as whom and from where.

use crate::commands::testing::Scene;
use crate::facts::Reason;
use crate::publisher::dependencies::installed;
use crate::rules::diagnostic::{Diagnostic, Severity};

const ID: &str = "dependency-unavailable";
const NONE: &str = r#"{"error":"Not found"}"#;
const OTTER: &str = r#"{"name":"otter","dist-tags":{"latest":"1.4.0"},"versions":{"1.0.0":{},"1.4.0":{}}}"#;

fn scene(name: &str, fields: &str) -> Scene {
    Scene::new(&format!(r#"{{"name":"{name}","version":"1.0.0",{fields}}}"#))
}

/// A public package, and `otter` on the registry.
fn lodge(fields: &str) -> Scene {
    scene("left-lodge", fields).answer("/otter", 200, OTTER).answer("/nobody", 404, NONE)
}

fn finds(scene: &Scene, severity: Severity, message: &str) -> Diagnostic {
    let found = scene.finds(ID, 1).remove(0);
    assert_eq!((found.severity, found.message.contains(message)), (severity, true), "{found:#?}");
    found
}

#[test]
fn an_unpublished_dependency_is_an_error_and_a_matching_range_is_fine() {
    let nothing =
        finds(&lodge(r#""dependencies":{"nobody":"*"}"#), Severity::Error, "`nobody` in `dependencies` is not on");
    assert!(nothing.why.ends_with("fails with E404"), "{}", nothing.why);
    for spec in ["^1.0.0", "*", "", "1.4.0", "latest", "~1.0.0 || 7"] {
        lodge(&format!(r#""dependencies":{{"otter":"{spec}"}}"#)).finds(ID, 0);
    }
    let tag =
        finds(&lodge(r#""dependencies":{"otter":"next"}"#), Severity::Error, "`dependencies` has no dist-tag `next`");
    assert!(tag.why.ends_with("ETARGET") && tag.help.contains("1.4.0"), "{tag:?}");
    for spec in ["^2.0.0", "1.4.1", "^1.4.0-rc.0 >1.4.0"] {
        let scene = lodge(&format!(r#""dependencies":{{"otter":"{spec}"}}"#));
        let found = finds(&scene, Severity::Error, &format!("matches `{spec}`"));
        assert!(found.why.ends_with("ETARGET") && found.help.contains("1.4.0"), "{found:?}");
    }
}

#[test]
fn a_fully_unpublished_package_is_unavailable() {
    let gone = r#"{"name":"gone","time":{"unpublished":{"versions":["1.0.0"]}}}"#;
    let scene = lodge(r#""dependencies":{"gone":"^1.0.0"}"#).answer("/gone", 200, gone);
    finds(&scene, Severity::Error, "`gone` in `dependencies` has no published version");
}

#[test]
fn an_alias_is_looked_up_under_its_real_name() {
    lodge(r#""dependencies":{"x":"npm:otter@^1"}"#).finds(ID, 0);
    finds(&lodge(r#""dependencies":{"x":"npm:otter@^2"}"#), Severity::Error, "no version of `otter`");
}

#[test]
fn dependencies_not_installed_from_a_registry_are_not_looked_up() {
    for fields in [
        r#""dependencies":{"x":"alice/otter","y":"https://host.example/x.tgz","z":"file:../z","w":"workspace:*"}"#,
        r#""devDependencies":{"nobody":"^1"}"#,
        r#""peerDependencies":{"nobody":"^1"},"peerDependenciesMeta":{"nobody":{"optional":true}}"#,
        r#""dependencies":{"nobody":"^1"},"bundleDependencies":["nobody"]"#,
        r#""dependencies":["nobody@1"]"#,
    ] {
        scene("left-lodge", fields).finds(ID, 0);
    }
}

#[test]
fn dependencies_beyond_the_limit_are_undecided_and_not_requested() {
    let names: Vec<String> = (0..20_001).map(|number| format!(r#""d{number}":"^1.0.0""#)).collect();
    let dependencies = |count: usize| format!(r#""dependencies":{{{}}}"#, names[..count].join(","));
    let unknown = lodge(&dependencies(20_001)).undecided(ID);
    assert!(unknown.detail.contains("has 20001 dependencies"), "{}", unknown.detail);
    let most = scene("left-lodge", &dependencies(20_000)).plan();
    assert_eq!(installed(&most.package.manifest).len(), 20_000);
}

#[test]
fn optional_dependencies_and_missing_peers_are_warnings() {
    finds(&lodge(r#""optionalDependencies":{"nobody":"^1"}"#), Severity::Warning, "`nobody`");
    finds(&lodge(r#""optionalDependencies":{"otter":"^2"}"#), Severity::Warning, "`otter`");
    finds(&lodge(r#""peerDependencies":{"nobody":"^1"}"#), Severity::Warning, "`nobody`");
    finds(&lodge(r#""peerDependencies":{"otter":"^2"}"#), Severity::Error, "`otter`");
    lodge(r#""peerDependencies":{"otter":"^1"},"optionalDependencies":{"otter":"1"}"#).finds(ID, 0);
}

#[test]
fn a_private_dependency_of_a_public_package_is_an_error() {
    let scene = |name, fields: &str| {
        let fields = format!(r#""dependencies":{{"@acme/secret":"^1.0.0"}}{fields}"#);
        scene(name, &fields).answer("/@acme%2fsecret", 404, NONE).answer("/@acme%2fcore", 404, NONE)
    };
    let shown = r#"{"name":"@acme/secret","versions":{"1.0.0":{}}}"#;
    let public = r#","publishConfig":{"access":"public"}"#;
    for (name, fields) in [("left-lodge", ""), ("@acme/core", public)] {
        let member = scene(name, fields).answer("login /@acme%2fsecret", 200, shown);
        finds(&member, Severity::Error, "is private on");
        finds(&scene(name, fields).answer("login /@acme%2fsecret", 404, NONE), Severity::Error, "is not on");
        finds(&scene(name, fields).answer("login /@acme%2fsecret", 401, NONE), Severity::Error, "is not on");
        finds(&scene(name, fields).logged_out(), Severity::Error, "is not on");
    }
    // What a restricted package needs may be as restricted.
    for fields in ["", r#","publishConfig":{"access":"restricted"}"#] {
        let restricted = || scene("@acme/core", fields);
        restricted().answer("login /@acme%2fsecret", 200, shown).finds(ID, 0);
        let old = shown.replace("1.0.0", "0.9.0");
        finds(&restricted().answer("login /@acme%2fsecret", 200, &old), Severity::Error, "no version of");
        let unknown = restricted().answer("login /@acme%2fsecret", 404, NONE).undecided(ID);
        assert_eq!((unknown.reason, unknown.is_minor), (Reason::Forbidden, false));
        restricted().logged_out().undecided(ID);
    }
    // An unscoped package cannot be private.
    let typo = Scene::new(r#"{"name":"@acme/core","version":"1.0.0","dependencies":{"nobody":"1"}}"#);
    finds(&typo.answer("/nobody", 404, NONE), Severity::Error, "is not on");
}

#[test]
fn a_version_published_moments_ago_is_found_with_a_login() {
    let stale = lodge(r#""dependencies":{"otter":"^2","nobody":"1"}"#);
    let fresh = |scene: Scene| {
        let (two, one) = (OTTER.replace("1.4.0", "2.0.0"), r#"{"versions":{"1.0.0":{}}}"#);
        scene.answer("login /otter", 200, &two).answer("login /nobody", 200, one)
    };
    fresh(stale).finds(ID, 0);
    fresh(lodge(r#""dependencies":{"otter":"^3"}"#)).finds(ID, 1);
}

#[test]
fn a_private_package_or_a_dry_run_is_not_checked() {
    let fields = r#""dependencies":{"nobody":"1"}"#;
    lodge(fields).finds(ID, 1);
    lodge(&format!(r#"{fields},"private":true"#)).finds(ID, 0);
    lodge(fields).args(&["--dry-run"]).finds(ID, 0);
}

#[test]
fn an_existing_package_keeps_its_access() {
    let fields = r#""dependencies":{"@acme/secret":"^1.0.0"}"#;
    let scene = scene("@acme/core", fields).answer("/@acme%2fsecret", 404, NONE);
    finds(&scene.answer("/@acme%2fcore", 200, r#"{"versions":{"0.9.0":{}}}"#), Severity::Error, "`@acme/secret`");
}

#[test]
fn a_dependency_from_another_registry_is_a_warning() {
    let fields = r#""dependencies":{"@acme/x":"^1.0.0"}"#;
    let scene = scene("left-lodge", fields).npmrc("@acme:registry=https://npm.acme.test/\n");
    let found =
        finds(&scene.answer("/@acme%2fx", 404, NONE), Severity::Warning, "`@acme/x` in `dependencies` is not on");
    assert!(found.why.starts_with("your npm gets it from https://npm.acme.test/"), "{}", found.why);
}

#[test]
fn other_registries_get_the_credential_and_only_warn() {
    let scene = |fields: &str| lodge(fields).private_registry();
    scene(r#""dependencies":{"otter":"^1"}"#).finds(ID, 0);
    finds(&scene(r#""dependencies":{"otter":"^2"}"#), Severity::Warning, "no version of `otter`");
    finds(&scene(r#""dependencies":{"nobody":"^2"}"#), Severity::Warning, "is not on");
    let unknown = scene(r#""dependencies":{"x":"^2"}"#).answer("/x", 500, "{}").undecided(ID);
    assert!(unknown.is_minor, "it could have brought a warning only");
}

#[test]
fn a_failed_lookup_is_undecided_and_other_findings_are_kept() {
    let unknown = lodge(r#""dependencies":{"x":"1","otter":"1"}"#).answer("/x", 503, "{}").undecided(ID);
    assert!(
        unknown.detail.starts_with("the dependency `x` could not be looked up") && !unknown.is_minor,
        "{unknown:?}"
    );
    assert!(lodge(r#""optionalDependencies":{"x":"1"}"#).answer("/x", 503, "{}").undecided(ID).is_minor);

    let both = lodge(r#""dependencies":{"x":"1"},"peerDependencies":{"nobody":"1"}"#).answer("/x", 503, "{}");
    assert!(both.undecided(ID).detail.contains("also, `nobody`"));
    let minor = lodge(r#""dependencies":{"x":"1","nobody":"1"}"#).private_registry().answer("/x", 503, "{}");
    assert!(minor.finds(ID, 1)[0].notes[0].contains("`x` could not be looked up"));
    let error = lodge(r#""dependencies":{"x":"1","nobody":"1"}"#).answer("/x", 503, "{}");
    assert!(error.finds(ID, 1)[0].notes[0].contains("`x` could not be looked up"));
}

#[test]
fn all_dependencies_are_requested_at_once() {
    let all: Vec<_> = (0..60).map(|number| format!(r#""x{number}":"1""#)).collect();
    let plan = lodge(&format!(r#""dependencies":{{{}}}"#, all.join(","))).plan();
    let facts = crate::facts::Facts::default();
    let options = crate::rules::lint::Options::default();
    let wanted = crate::rules::lint::lint(std::slice::from_ref(&plan), &facts, &options).wanted;
    let of_dependencies = wanted.iter().filter(|question| question.subject.starts_with('x'));
    assert!(of_dependencies.clone().all(|question| question.credential.is_none()), "nobody installs with this login");
    assert_eq!(of_dependencies.count(), 60);
}

#[test]
fn a_script_may_change_the_dependencies_first() {
    let fields = r#""scripts":{"prepack":"npm pkg set dependencies.x=^1"},"dependencies":{"otter":"^2"}"#;
    lodge(fields).undecided(ID);
    lodge(&fields.replace("^2", "^1")).finds(ID, 0);
    // Nor does it become certain by another dependency that cannot be looked up.
    let open = lodge(&fields.replace("{\"otter\"", "{\"x\":\"1\",\"otter\"")).answer("/x", 503, "{}").undecided(ID);
    assert!(open.detail.contains("`prepack`"), "{open:?}");
}
