//! What may and what may not follow the name of a dependency.

use crate::commands::testing::Scene;
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Severity};

const ID: &str = "dependency-unpublishable";

fn scene(fields: &str) -> Scene {
    Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#))
}

fn finds(fields: &str, count: usize) -> Vec<Diagnostic> {
    scene(fields).finds(ID, count)
}

#[test]
fn protocols_of_other_package_managers_are_reported() {
    for spec in [
        "workspace:*",
        "WORKSPACE:^",
        "catalog:",
        "catalog:next",
        "link:../x",
        "portal:../x",
        "patch:x@npm:1#./x",
        "jsr:1",
    ] {
        for field in ["dependencies", "optionalDependencies", "peerDependencies"] {
            let fields = format!(r#""{field}":{{"x":"{spec}"}}"#);
            let found = finds(&fields, 1);
            assert!(found[0].why.ends_with("EUNSUPPORTEDPROTOCOL"), "{fields}");
            assert_eq!(found[0].severity, Severity::Error, "{fields}");
        }
        finds(&format!(r#""devDependencies":{{"x":"{spec}"}}"#), 0);
    }
}

#[test]
fn paths_outside_the_package_are_reported() {
    for spec in ["file:../x", "../x", "file:/x", "/x", "~/x", "file:~/x", "C:/x", "./../x", r"..\\x", "file:x.tgz"] {
        let found = finds(&format!(r#""dependencies":{{"x":"{spec}"}}"#), 1);
        assert_eq!(found[0].severity, Severity::Error, "{spec}");
    }
}

#[test]
fn a_folder_inside_the_package_works_when_it_is_packed() {
    for spec in ["./x", "file:x", "file:./vendor/x", "vendor/x/y", "./vendor/../x"] {
        let found = finds(&format!(r#""dependencies":{{"x":"{spec}"}}"#), 1);
        assert_eq!(found[0].severity, Severity::Warning, "{spec}");
    }
}

#[test]
fn text_that_is_not_a_range_is_reported() {
    for spec in ["^^1", "${VERSION}", "a b", "https://", " workspace:*"] {
        finds(&format!(r#""dependencies":{{"x":"{spec}"}}"#), 1);
    }
}

#[test]
fn ranges_tags_aliases_repositories_and_urls_are_fine() {
    for spec in [
        "",
        "*",
        "latest",
        "^1.2.3",
        ">=1 <3 || 5",
        "v1",
        "npm:y@1",
        "npm:@a/y@^2",
        "alice/otter",
        "alice/otter#v1",
        "github:alice/otter",
        "gist:11081aaa281",
        "git+ssh://git@host.example:alice/otter.git#semver:^1",
        "git://host.example/x.git",
        "https://host.example/x.tgz",
        "http://host.example/x",
        "1.0.0-workspace",
    ] {
        finds(&format!(r#""dependencies":{{"x":"{spec}"}},"peerDependencies":{{"y":"{spec}"}}"#), 0);
    }
}

#[test]
fn a_bundled_dependency_comes_with_the_package() {
    let dependencies = r#""dependencies":{"x":"workspace:*"}"#;
    for bundled in [r#"["x"]"#, "true", r#"{"x":""}"#] {
        finds(&format!(r#"{dependencies},"bundleDependencies":{bundled}"#), 0);
        finds(&format!(r#"{dependencies},"bundledDependencies":{bundled}"#), 0);
    }
    for bundled in ["[]", "false", r#"["y"]"#] {
        finds(&format!(r#"{dependencies},"bundleDependencies":{bundled}"#), 1);
    }
}

#[test]
fn only_the_last_of_duplicate_keys_is_checked() {
    finds(r#""dependencies":{"x":"workspace:*"},"optionalDependencies":{"x":"^1"}"#, 0);
    finds(r#""dependencies":{"x":"^1"},"peerDependencies":{"x":"workspace:*"}"#, 0);
    finds(r#""dependencies":{"x":"workspace:*"},"peerDependencies":{"x":"^1"}"#, 1);
    finds(r#""dependencies":{"x":"workspace:*","x":"^1"}"#, 0);
}

#[test]
fn a_protocol_of_the_projects_package_manager_is_a_warning() {
    for (client, manager, command) in [
        ("pnpm", Manager::Pnpm, "pnpm publish"),
        ("yarn", Manager::Yarn, "yarn npm publish"),
        ("bun", Manager::Bun, "bun publish"),
    ] {
        let installs = format!(r#""devEngines":{{"packageManager":{{"name":"{client}"}}}}"#);
        let fields = |spec: &str| format!(r#"{installs},"dependencies":{{"x":"{spec}"}}"#);
        for spec in ["workspace:*", "catalog:"] {
            let found = finds(&fields(spec), 1);
            assert_eq!(found[0].severity, Severity::Warning, "{client}");
            assert!(found[0].help.starts_with(&format!("publish with `{command}`")), "{client}");
            let npm = scene(&fields(spec)).client(Manager::Npm).finds(ID, 1);
            assert_eq!(npm[0].severity, Severity::Error, "{client}");
        }
        for spec in ["portal:../x", "link:../x", "^^1"] {
            assert_eq!(scene(&fields(spec)).client(manager).finds(ID, 1)[0].severity, Severity::Error, "{spec}");
        }
    }
    let many = r#""devEngines":{"packageManager":{"name":"pnpm"}},"dependencies":{"x":"workspace:*","y":"catalog:","z":"../z"}"#;
    let found = finds(many, 2);
    assert!(found[0].notes[1].starts_with("1 more"), "{found:#?}");
    assert_eq!(found[1].severity, Severity::Error);
    let npm = r#""packageManager":"npm@11.0.0","dependencies":{"x":"workspace:*"}"#;
    assert_eq!(finds(npm, 1)[0].severity, Severity::Error);
}

#[test]
fn a_script_may_write_the_range_first() {
    let fields = r#""scripts":{"prepack":"npm pkg set dependencies.x=^1"},"dependencies":{"x":"workspace:*"}"#;
    scene(fields).undecided(ID);
    scene(&fields.replace("workspace:*", "^1")).finds(ID, 0);
}

const PUBLISHERS: [(&str, Manager); 3] =
    [("pnpm@12.21.0", Manager::Pnpm), ("yarn@4.18.1", Manager::Yarn), ("bun@1.4.5", Manager::Bun)];

/// A package in a workspace with `x` 2.0.0, whose catalog has `y`.
fn published_by((named, manager): (&str, Manager), fields: &str) -> Scene {
    let root = format!(
        r#"{{"packageManager":"{named}","workspaces":{{"packages":["a","x"],"catalog":{{"y":"^1","path":"link:../y"}}}}}}"#
    );
    Scene::new(&root)
        .file("pnpm-workspace.yaml", "packages: [a, x]\ncatalog:\n  y: ^1\n")
        .file(".yarnrc.yml", "catalog:\n  y: ^1\n  path: link:../y\n")
        .file("x/package.json", r#"{"name":"x","version":"2.0.0"}"#)
        .file("a/package.json", &format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#))
        .args(&["./a"])
        .client(manager)
}

#[test]
fn specs_that_the_publishing_client_replaces_are_fine() {
    for publisher in PUBLISHERS {
        let fields = r#""dependencies":{"x":"workspace:^","y":"catalog:"},"devDependencies":{"x":"workspace:*"}"#;
        published_by(publisher, fields).finds(ID, 0);
    }
}

#[test]
fn a_client_fails_on_specs_it_cannot_replace() {
    for (publisher, no_member, no_entry) in [
        (
            PUBLISHERS[0],
            Some("ERR_PNPM_CANNOT_RESOLVE_WORKSPACE_PROTOCOL"),
            Some("ERR_PNPM_CATALOG_ENTRY_NOT_FOUND_FOR_SPEC"),
        ),
        (PUBLISHERS[1], None, None),
        (PUBLISHERS[2], None, None),
    ] {
        for field in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] {
            for (spec, what, code) in [
                ("workspace:^", "no package in the workspace is named `z`", no_member),
                ("catalog:", "the default catalog has no entry for it", no_entry),
            ] {
                let found = published_by(publisher, &format!(r#""{field}":{{"z":"{spec}"}}"#)).finds(ID, 1);
                assert_eq!(found[0].message, format!("`z` in `{field}` is `{spec}`, but {what}"));
                assert_eq!((found[0].severity, found[0].npm_error), (Severity::Error, code), "{publisher:?}");
            }
        }
        let bundled = r#""bundleDependencies":["z"],"dependencies":{"z":"workspace:^"}"#;
        published_by(publisher, bundled).finds(ID, 1);
    }
}

#[test]
fn published_specs_must_be_installable_by_npm() {
    for (publisher, fields, spec) in [
        (PUBLISHERS[1], r#""dependencies":{"x":"workspace:^3.0.0"}"#, "workspace:^3.0.0"),
        (PUBLISHERS[1], r#""peerDependencies":{"x":"workspace:../x"}"#, "workspace:../x"),
        (PUBLISHERS[1], r#""dependencies":{"path":"catalog:"}"#, "link:../y"),
        (PUBLISHERS[2], r#""dependencies":{"path":"catalog:"}"#, "link:../y"),
        (PUBLISHERS[0], r#""dependencies":{"x":"WORKSPACE:^"}"#, "WORKSPACE:^"),
        (PUBLISHERS[0], r#""dependencies":{"x":"portal:../x"}"#, "portal:../x"),
    ] {
        let found = published_by(publisher, fields).finds(ID, 1);
        assert!(found[0].message.contains(&format!("is published as `{spec}`")), "{}", found[0].message);
        assert_eq!(found[0].severity, Severity::Error, "{publisher:?} {fields}");
    }
    published_by(PUBLISHERS[1], r#""devDependencies":{"x":"workspace:^3.0.0"}"#).finds(ID, 0);
    published_by(PUBLISHERS[0], r#""dependencies":{"x":"jsr:1"}"#).finds(ID, 0);
}

#[test]
fn yarn_1_publishes_specs_unchanged() {
    let found = published_by(("yarn@1.22.22", Manager::Yarn), r#""dependencies":{"x":"workspace:^"}"#).finds(ID, 1);
    assert_eq!((found[0].severity, found[0].label.as_str()), (Severity::Error, "published unchanged"));
}

#[test]
fn an_older_pnpm_needs_an_install_first() {
    let fields = r#""dependencies":{"x":"workspace:^"},"devDependencies":{"x":"workspace:^"}"#;
    let older = || published_by(("pnpm@10.34.8", Manager::Pnpm), fields);
    let found = older().finds(ID, 1);
    assert!(found[0].is_error() && found[0].help.contains("`pnpm install`"));
    assert_eq!(older().skip_published().finds(ID, 1)[0].severity, Severity::Warning, "a later job may install");
    older().file("a/node_modules/x/package.json", r#"{"name":"x","version":"2.0.0"}"#).finds(ID, 0);
    let unknown = published_by(("pnpm", Manager::Pnpm), fields).undecided(ID);
    assert!(unknown.detail.contains("`x` is not installed") && !unknown.is_minor, "{}", unknown.detail);
}

#[test]
fn an_unreadable_member_list_makes_it_undecided() {
    let scene = published_by(PUBLISHERS[0], r#""devDependencies":{"x":"workspace:^"}"#);
    let detail = scene.file("pnpm-workspace.yaml", "packages: {").undecided(ID).detail;
    assert!(detail.ends_with("the list of members cannot be read"), "{detail}");
}
