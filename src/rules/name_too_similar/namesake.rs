//! What the registry's search knows of a new name: it can be punctuated in too many places to ask for all of them.

use crate::facts::{Answer, OnceAsked as _};
use crate::npm::name::PackageName;
use crate::rules::Case;

/// A package that is found under the same letters. A search that fails, or finds nothing, proves nothing.
pub(super) fn find(case: &Case<'_>, name: &PackageName) -> Answer<Option<PackageName>> {
    let letters = |name: &str| name.to_lowercase().replace(['-', '_', '.'], "");
    match case.search().once_asked()? {
        Err(_) => Ok(None),
        Ok(found) => {
            let wanted = letters(name.as_str());
            let same = |other: &&String| {
                !other.starts_with('@') && other.as_str() != name.as_str() && letters(other) == wanted
            };
            Ok(found.iter().find(same).map(PackageName::new))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const NONE: &str = r#"{"error":"Not found"}"#;

    #[test]
    fn the_search_finds_names_with_other_punctuation() {
        let found = |name: &str| format!(r#"{{"objects":[{{"package":{{"name":"{name}"}}}}]}}"#);
        let scene = |name: &str| {
            Scene::new(r#"{"name":"leftlodge","version":"1.0.0"}"#).alice().answer("/leftlodge", 404, NONE).answer(
                "/-/v1/search?text=leftlodge&size=20",
                200,
                &found(name),
            )
        };
        scene("left-lodge").answer("/left-lodge", 200, r#"{"versions":{"1.0.0":{}}}"#).finds("name-too-similar", 1);
        scene("left-lodge").answer("/left-lodge", 404, NONE).undecided("name-too-similar");
        scene("left-lodger").undecided("name-too-similar");
        scene("@a/left-lodge").undecided("name-too-similar");
    }
}
