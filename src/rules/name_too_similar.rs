//! npm's public registry refuses a new name that differs from an existing one in punctuation only.

mod namesake;

use super::{Answer, Ask, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix};
use crate::name::PackageName;
use crate::registry::{Reason, Seen, Unknown};

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-too-similar",
    category: Category::Correctness,
    summary: "the new name differs from an existing one in punctuation only",
    npm_says: &["E403", "Package name too similar to existing package"],
    asks: &[Ask::Packument, Ask::Search],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

A new name without a scope for npm's public registry that an existing package has with other punctuation between
the words: `left_lodge` when there is `left-lodge`; punctuation at other places, as in `leftlodge`, is found when the
registry's search knows the package. When nothing is found, the rule stays undecided: the registry also refuses names
that are a few letters away from those of popular packages; how many, and which packages, is not public. Only a publish
proves it.

### Why it matters

The registry answers `E403`. Your own packages are no exception.

### What to do

Choose a name that differs in more than punctuation, or publish under your scope, where the rule does not apply.

### Example

```json package.json
{
  "name": "left_lodge",
  "version": "1.0.0"
}
```
```json GET /left_lodge 404
{ "error": "Not found" }
```
```json GET /left-lodge
{ "versions": { "1.0.0": {} } }
```
```json GET /leftlodge 404
{ "error": "Not found" }
```
```json GET /left.lodge 404
{ "error": "Not found" }
```
"#,
};

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(name) = case.plan.name.as_ref().filter(|name| name.scope().is_none() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    if matches!(case.packument()?, Seen::Here(_)) {
        return Ok(vec![]);
    }
    let mut open = None;
    let variants = variants(name);
    for variant in &variants {
        match case.packument_of(variant) {
            Ok(Seen::Here(packument)) if !packument.versions.is_empty() => {
                return Ok(vec![similar(case, name, variant)]);
            }
            Ok(_) => {}
            Err(unknown) if unknown.question.is_some() => return Err(unknown),
            Err(unknown) => open = Some(unknown),
        }
    }
    if open.is_none()
        && let Some(namesake) = namesake::find(case, name)?
        && matches!(case.packument_of(&namesake)?, Seen::Here(packument) if !packument.versions.is_empty())
    {
        return Ok(vec![similar(case, name, &namesake)]);
    }
    Err(open.unwrap_or_else(|| unproven(name, &variants)))
}

/// What remains open when none of the variants is taken; said in the same words of all names without variants.
fn unproven(name: &PackageName, variants: &[PackageName]) -> Unknown {
    let what = if variants.is_empty() {
        "the name is new (it has no punctuation to vary)".to_owned()
    } else {
        let names: Vec<_> = variants.iter().map(|variant| format!("`{variant}`")).collect();
        format!("the name `{name}` is new ({} are free)", names.join(", "))
    };
    let detail = format!(
        "{what}: whether the registry finds it too similar to another, only a publish proves; a scoped name is never \
         refused for that"
    );
    Unknown::new(Reason::Unsupported, detail)
}

fn similar(case: &Case<'_>, name: &PackageName, other: &PackageName) -> Diagnostic {
    Diagnostic::new(
        &RULE,
        format!("the new name `{name}` differs from the existing `{other}` in punctuation only"),
        "npm's public registry refuses names that are too similar to existing ones",
        "choose another name, or publish under your scope",
    )
    .npm_error("E403")
    .at(case.plan.manifest.place_of("name"), "this name")
    .fix(Fix::command(
        "publish it under your scope",
        format!("npm pkg set name=@<you>/{name} publishConfig.access=public"),
    ))
}

/// The same words with other punctuation between them: at most four names.
fn variants(name: &PackageName) -> Vec<PackageName> {
    let words: Vec<_> = name.as_str().split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    let mut variants: Vec<_> =
        ["-", "", "_", "."].iter().map(|separator| PackageName::new(words.join(separator))).collect();
    variants.retain(|variant| variant != name && words.len() > 1);
    variants
}

#[cfg(test)]
mod tests {
    use super::variants;
    use crate::name::PackageName;
    use crate::rules::testing::Scene;

    const NONE: &str = r#"{"error":"Not found"}"#;
    const SEARCH: &str = "/-/v1/search?text=left-lodge&size=20";

    fn new_name(taken: Option<&str>) -> Scene {
        let scene = Scene::version("1.0.0").answer(SEARCH, 200, r#"{"objects":[]}"#);
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
    fn other_punctuation_does_not_make_a_new_name() {
        for taken in ["leftlodge", "left_lodge", "left.lodge"] {
            let found = new_name(Some(taken)).finds("name-too-similar", 1);
            assert!(found[0].message.contains(&format!("`{taken}`")));
        }
    }

    #[test]
    fn whether_a_name_is_too_similar_to_one_nobody_can_guess_is_undecided() {
        let detail = new_name(None).undecided("name-too-similar").detail;
        assert!(detail.contains("`leftlodge`, `left_lodge`, `left.lodge` are free"), "{detail}");
        let bare = |name: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"{name}","version":"1.0.0"}}"#));
            let search = format!("/-/v1/search?text={name}&size=20");
            let scene = scene.answer(&format!("/{name}"), 404, NONE).answer(&search, 200, r#"{"objects":[]}"#);
            scene.undecided("name-too-similar").detail
        };
        assert!(bare("lodge").contains("no punctuation"));
        assert_eq!(bare("lodge"), bare("hut"), "what is the same of all is told once");
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
    fn a_name_that_could_not_be_asked_for_is_undecided_unless_another_decides() {
        let broken = || Scene::version("1.0.0").no_package().answer("/leftlodge", 500, "{}");
        let rest = |scene: Scene| scene.answer("/left_lodge", 404, NONE).answer("/left.lodge", 404, NONE);
        rest(broken()).undecided("name-too-similar");
        broken().answer("/left_lodge", 200, r#"{"versions":{"1.0.0":{}}}"#).finds("name-too-similar", 1);
    }

    #[test]
    fn one_word_has_no_variants() {
        assert!(variants(&PackageName::new("lodge")).is_empty());
        assert_eq!(variants(&PackageName::new("a-b_c")).len(), 4);
    }
}
