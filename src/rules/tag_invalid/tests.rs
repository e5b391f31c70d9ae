//! Dist-tags that npm checks, and those that it stores unseen.

use super::Severity;
use crate::commands::testing::Scene;

#[test]
fn version_ranges_are_reported_from_every_source() {
    for tag in ["1.x", "v1", "2", "^1", "*", "x"] {
        Scene::version("1.0.0").args(&["--tag", tag]).finds("tag-invalid", 1);
    }
    Scene::version("1.0.0").env("npm_config_tag", "v1").finds("tag-invalid", 1);
    Scene::version("1.0.0").npmrc("tag=1.x\n").finds("tag-invalid", 1);
}

#[test]
fn characters_that_need_escaping_are_reported() {
    let found = Scene::version("1.0.0").args(&["--tag", "my tag"]).finds("tag-invalid", 1);
    assert_eq!(found[0].npm_error, Some("EINVALIDTAGNAME"));
}

#[test]
fn an_unchecked_tag_in_package_json_is_reported() {
    for manifest in [r#""publishConfig":{"tag":"my tag"}"#, r#""tag":"1.x""#, r#""publishConfig":{"tag":"${TAG}"}"#] {
        let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0",{manifest}}}"#);
        assert_eq!(Scene::new(&manifest).finds("tag-invalid", 1)[0].npm_error, None);
    }
}

#[test]
fn a_tag_that_is_not_stored_is_checked_only_where_npm_checks_it() {
    let member = |private, args: &[&str]| {
        let tagged = format!(r#"{{"name":"a","version":"1.0.0","private":{private},"publishConfig":{{"tag":"1.x"}}}}"#);
        let root = Scene::new(r#"{"private":true,"workspaces":["a"]}"#).file("a/package.json", &tagged);
        root.args(&["-w", "a"]).args(args)
    };
    member(true, &[]).finds("tag-invalid", 0);
    member(true, &["--tag", "v1"]).finds("tag-invalid", 1);
    member(false, &["--dry-run"]).finds("tag-invalid", 0);
    member(false, &[]).finds("tag-invalid", 1);
}

#[test]
fn a_tag_that_npm_install_reads_as_something_else_is_a_warning() {
    for tag in ["feature/x", "a:b", "x.tgz", "npm:x", ".", "false"] {
        let found = Scene::version("1.0.0").args(&["--tag", tag]).finds("tag-invalid", 1);
        assert_eq!(found[0].severity, Severity::Warning, "{tag}");
    }
    Scene::version("1.0.0").args(&["--no-tag"]).finds("tag-invalid", 1);
    Scene::version("1.0.0").args(&["-tag", "beta"]).finds("tag-invalid", 1);
}

#[test]
fn ordinary_tags_are_fine() {
    for tag in ["latest", "next", "release-1.x", "v1-latest"] {
        Scene::version("1.0.0").args(&["--tag", tag]).finds("tag-invalid", 0);
    }
}
