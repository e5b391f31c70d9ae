//! npm's configuration at which npm itself stops, before it looks at any package.

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::Diagnostic;
use crate::npm_config::LoadError;

/// The rule.
pub static RULE: Rule = Rule {
    id: "configuration-invalid",
    category: Category::Correctness,
    summary: "npm cannot read its own configuration",
    npm_says: &["cannot be provided when using", "double-loading config", "is not a function"],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r"
### What it finds

Settings that exclude each other, a value at which npm's code throws, a file that is named as two configuration files at
once, a `workspaces` of a parent folder that npm cannot read.

### Why it matters

npm stops before it does anything, often with a message that does not name the setting.

### What to do

Correct the setting the diagnostic points at.

### Example

```sh
npm publish --save-dev --save-prod
```
",
};

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(fatal) = &case.plan.config.fatal else { return Ok(vec![]) };
    let found = |why: &str| Diagnostic::new(&RULE, fatal.to_string(), why, "correct the setting, or remove it");
    let diagnostic = match fatal {
        // The rule provenance-impossible says more about it.
        LoadError::Exclusive { key, .. } if key.starts_with("provenance") => return Ok(vec![]),
        // So does registry-invalid.
        LoadError::Unusable { key, .. } if key == "registry" && case.plan.registry().is_none() => return Ok(vec![]),
        LoadError::Exclusive { key, origin, .. } => {
            found("npm takes only one of them and stops").at_origin(&format!("`{key}`"), origin, "set here")
        }
        LoadError::Unusable { key, origin, .. } => {
            found("npm does not expect such a value and stops").at_origin(&format!("`{key}`"), origin, "this value")
        }
        LoadError::Syntax { place } => found("npm stops while it reads the file").at(place.clone(), "this line"),
        LoadError::LoadedTwice { .. } => found("npm stops when it would read a file twice"),
        LoadError::Workspaces { .. } => found("npm reads it to find out whether the package is a workspace, and stops"),
    };
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;

    #[test]
    fn what_stops_npm_is_found_and_ordinary_settings_are_not() {
        Scene::version("1.0.0").args(&["--save-dev", "--save-prod"]).finds("configuration-invalid", 1);
        Scene::version("1.0.0").args(&["--save-dev"]).finds("configuration-invalid", 0);
        Scene::version("1.0.0").npmrc("nonsense\n[section]\nx=y\n").finds("configuration-invalid", 0);
    }

    #[test]
    fn provenance_has_a_rule_of_its_own() {
        let args = ["--provenance", "--provenance-file", "bundle.json"];
        Scene::version("1.0.0").args(&args).finds("configuration-invalid", 0);
    }
}
