//! What may and what may not stand behind the name of a dependency.

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
fn of_duplicate_keys_only_the_last_is_checked() {
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
            scene(&fields(spec)).client(manager).finds(ID, 0);
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
