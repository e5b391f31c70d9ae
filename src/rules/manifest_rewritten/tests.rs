//! What npm changes and what it leaves alone.

use crate::commands::testing::Scene;
use crate::rules::diagnostic::{Diagnostic, Severity};

const ID: &str = "manifest-rewritten";

fn finds(fields: &str, count: usize) -> Vec<Diagnostic> {
    Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#)).finds(ID, count)
}

#[test]
fn a_duplicate_key_is_reported_where_its_value_is_lost() {
    let text = r#"{"name":"left-lodge","version":"1.0.0","scripts":{"build":"a","build":"b"},"main":"x","main":"y"}"#;
    let found = Scene::new(text).finds(ID, 2);
    assert_eq!(found[0].place.as_ref().unwrap().span.start, text.find("\"build\"").unwrap());
    assert_eq!(found[0].related[0].place.span.start, text.rfind("\"build\"").unwrap());
    assert_eq!(found[1].severity, Severity::Warning);
    for field in ["dependencies", "optionalDependencies", "peerDependencies", "publishConfig", "bin"] {
        finds(&format!(r#""{field}":{{"tag":"1.0.0","tag":"2.0.0"}}"#), 1);
    }
    finds(r#""main":"x","main":"x","jest":{"a":1,"a":2}"#, 0);
}

#[test]
fn a_misspelled_field_is_reported() {
    for field in ["dependancies", "depends", "devdependencies", "repo", "hompage", "contributers", "script"] {
        let found = finds(&format!(r#""{field}":{{}}"#), 1);
        assert!(found[0].message.starts_with(&format!("`{field}` should probably be ")), "{field}");
    }
    finds(r#""script":"x","scripts":{},"repo":"x","repository":"alice/otter""#, 0);
    finds(r#""dependancies":{},"dependencies":{}"#, 1);
}

#[test]
fn fields_that_npm_drops_or_converts_are_reported() {
    for field in [
        r#""description":5"#,
        r#""homepage":{"url":"https://host.example"}"#,
        r#""keywords":{"a":1}"#,
        r#""files":"dist""#,
        r#""repositories":["alice/otter"]"#,
        r#""dependencies":["otter@1"]"#,
        r#""dependencies":"otter@1, badger""#,
        r#""dependencies":true"#,
        r#""optionalDependencies":["otter"]"#,
        r#""bundleDependencies":["otter"]"#,
        r#""bundleDependencies":"otter""#,
        r#""bundledDependencies":[5],"dependencies":{"otter":"1"}"#,
    ] {
        finds(field, 1);
    }
}

#[test]
fn scripts_that_are_not_strings_are_reported() {
    for scripts in [r#"{"prepack":5}"#, r#"{"install":null}"#, r#"{"prepare":["a"]}"#, r#""tsc""#, "true"] {
        finds(&format!(r#""scripts":{scripts}"#), 1);
    }
    for scripts in [
        r#"{"prepack":""}"#,
        r#"{"//":["a comment"]}"#,
        r#"{"lint":false}"#,
        r#"{"prepack":5,"prepack":5,"prepack":"x"}"#,
        "null",
    ] {
        let found = finds(&format!(r#""scripts":{scripts}"#), if scripts.contains('5') { 2 } else { 0 });
        assert!(found.iter().all(|found| found.message.contains("duplicate key")), "{scripts}");
    }
}

#[test]
fn commands_that_are_dropped_renamed_or_moved_are_reported() {
    for bin in [
        "true",
        r#"{"a":5}"#,
        r#"{"a":""}"#,
        r#"{"a":"./"}"#,
        r#"{"":"cli.js"}"#,
        r#"{"..":"cli.js"}"#,
        r#"{"@acme/a":"cli.js"}"#,
        r#"{"./a":"cli.js"}"#,
        r#"{"a":"../cli.js"}"#,
        r#""../../cli.js""#,
        r#"["../cli.js"]"#,
    ] {
        finds(&format!(r#""bin":{bin}"#), 1);
    }
    let found = finds(r#""bin":{"a":"dist/../../../cli.js"}"#, 1);
    assert!(found[0].message.ends_with("as `cli.js`"), "{}", found[0].message);
}

#[test]
fn a_command_under_the_name_of_a_scoped_package_is_fine() {
    Scene::new(r#"{"name":"@acme/lodge","version":"1.0.0","bin":"./cli.js"}"#).finds(ID, 0);
}

#[test]
fn changes_without_consequences_are_not_reported() {
    for field in [
        r#""repository":"alice/otter","bugs":{"web":"https://host.example"},"keywords":"a, b","author":"Alice""#,
        r#""bin":{"a":"./dist/x/../cli.js","b":"/cli.js","c":"dist\\cli.js"}"#,
        r#""bin":"","files":["dist"],"description":"","dependencies":[],"optionalDependencies":{}"#,
        r#""_comment":"x","man":"x.1","modules":["src"],"funding":"https://host.example","private":false"#,
        r#""bundleDependencies":["otter","badger"],"dependencies":{"otter":"1"},"optionalDependencies":{"badger":"1"}"#,
        r#""bundleDependencies":true"#,
        r#""scripts":{"test":"node_modules/.bin/mocha"}"#,
    ] {
        finds(field, 0);
    }
}

#[test]
fn a_script_may_fix_it_first() {
    let scene =
        Scene::new(r#"{"name":"a","version":"1.0.0","scripts":{"prepack":"npm pkg fix"},"bin":{"@a/b":"c.js"}}"#);
    scene.undecided(ID);
}
