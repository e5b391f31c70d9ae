//! Group, proxy and remote repositories of Nexus and Artifactory. Neither product reveals the kind of a repository to a
//! reader; by convention the name does, so this is a warning.

use url::Url;

use super::RULE;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// A warning when the repository's name speaks of a kind that takes no packages. A virtual repository of Artifactory
/// may have one behind it that does.
pub(super) fn find(url: &Url, registry: &str) -> Option<Diagnostic> {
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let (product, name, kinds): (_, _, &[&str]) = match parts.as_slice() {
        [.., "repository", name] => ("Nexus", name, &["group", "proxy"]),
        [.., "api", "npm", name] => ("Artifactory", name, &["remote"]),
        _ => return None,
    };
    let words: Vec<String> = name.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let kind = kinds.iter().find(|kind| has(kind)).filter(|_| !has("hosted") && !has("local"))?;
    Some(
        Diagnostic::new(
            &RULE,
            format!("{registry} looks like a {kind} repository"),
            format!("in {product}, a repository with such a name usually does not accept packages"),
            "set `publishConfig.registry` to the hosted or local repository behind it",
        )
        .severity(Severity::Warning),
    )
}
