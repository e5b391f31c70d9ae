//! Names that are new, and those that only look so.

use super::variants;
use crate::commands::testing::Scene;
use crate::npm::name::PackageName;

const NONE: &str = r#"{"error":"Not found"}"#;
const SEARCH: &str = "/-/v1/search?text=left-lodge&size=20";

fn new_name(taken: Option<&str>) -> Scene {
    let scene = Scene::version("1.0.0").alice().answer(SEARCH, 200, r#"{"objects":[]}"#);
    ["left-lodge", "leftlodge", "left_lodge", "left.lodge"].iter().fold(scene, |scene, name| {
        let path = format!("/{name}");
        if taken == Some(name) {
            scene.answer(&path, 200, r#"{"versions":{"1.0.0":{}}}"#)
        } else {
            scene.answer(&path, 404, NONE)
        }
    })
}

#[test]
fn names_that_differ_only_in_punctuation_are_reported() {
    for taken in ["leftlodge", "left_lodge", "left.lodge"] {
        let found = new_name(Some(taken)).finds("name-too-similar", 1);
        assert!(found[0].message.contains(&format!("`{taken}`")) && found[0].help.contains("`@alice/left-lodge`"));
    }
    let nobody = new_name(Some("leftlodge")).logged_out().finds("name-too-similar", 1);
    assert!(nobody[0].help.contains("`@<you>/left-lodge`"));
}

#[test]
fn a_name_with_capitals_is_compared_and_scoped_in_small_letters() {
    let found = |name: &str, letters: &str| {
        let scene = Scene::new(&format!(r#"{{"name":"{name}","version":"1.0.0"}}"#)).logged_out();
        let scene = ["-", "", "_", "."]
            .iter()
            .fold(scene, |scene, between| scene.answer(&format!("/Left{between}Lodge"), 404, NONE));
        let objects = r#"{"objects":[{"package":{"name":"left-lodge"}}]}"#;
        let scene = scene.answer(&format!("/-/v1/search?text={name}&size=20"), 200, objects);
        let mut found = scene.answer("/left-lodge", 200, r#"{"versions":{"1.0.0":{}}}"#).finds("name-too-similar", 1);
        let found = found.swap_remove(0);
        let scoped = format!("`@<you>/{letters}`");
        assert!(found.help.ends_with(&scoped), "{}", found.help);
        let command = found.fix.unwrap().command.unwrap();
        assert!(command.contains(&format!(" \"name=@<you>/{letters}\" ")), "{command}");
        found.message
    };
    assert!(found("Left-Lodge", "left-lodge").ends_with("in capitals only"));
    assert!(found("Left_Lodge", "left_lodge").ends_with("in punctuation and capitals only"));
}

#[test]
fn a_new_name_is_assumed_not_to_be_too_similar() {
    let assumption = new_name(None).undecided("name-too-similar").assumption.unwrap();
    let free = "because `leftlodge`, `left_lodge` and `left.lodge` are not taken";
    assert_eq!(assumption.evidence.as_deref(), Some(free));
    let bare = |name: &str| {
        let scene = Scene::new(&format!(r#"{{"name":"{name}","version":"1.0.0"}}"#));
        let search = format!("/-/v1/search?text={name}&size=20");
        let scene = scene.answer(&format!("/{name}"), 404, NONE).answer(&search, 200, r#"{"objects":[]}"#);
        scene.assumes("name-too-similar")
    };
    assert_eq!(bare("lodge"), assumption.statement, "what is the same of all is said once");
}

#[test]
fn an_unpublished_variant_does_not_count() {
    Scene::version("1.0.0")
        .no_package()
        .answer("/leftlodge", 200, r#"{"time":{"unpublished":{"versions":["1.0.0"]}}}"#)
        .answer("/left_lodge", 404, NONE)
        .answer("/left.lodge", 404, NONE)
        .answer(SEARCH, 500, "")
        .undecided("name-too-similar");
}

#[test]
fn existing_scoped_and_foreign_names_are_fine() {
    new_name(Some("left-lodge")).finds("name-too-similar", 0);
    new_name(Some("leftlodge")).private_registry().finds("name-too-similar", 0);
    Scene::new(r#"{"name":"@alice/left-lodge","version":"1.0.0"}"#).finds("name-too-similar", 0);
}

#[test]
fn a_failed_lookup_is_undecided_unless_another_name_decides() {
    let broken = || Scene::version("1.0.0").alice().no_package().answer("/leftlodge", 500, "{}");
    let rest = |scene: Scene| scene.answer("/left_lodge", 404, NONE).answer("/left.lodge", 404, NONE);
    rest(broken()).undecided("name-too-similar");
    broken().answer("/left_lodge", 200, r#"{"versions":{"1.0.0":{}}}"#).finds("name-too-similar", 1);
}

#[test]
fn one_word_has_no_variants() {
    assert!(variants(&PackageName::new("lodge")).is_empty());
    assert_eq!(variants(&PackageName::new("a-b_c")).len(), 4);
}
