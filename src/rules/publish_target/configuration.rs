//! npm's configuration, where it makes npm fail before it reads any package.

use super::RULE;
use crate::plan::PublishPlan;
use crate::project::npm_config::LoadError;
use crate::rules::diagnostic::Diagnostic;

/// What stops npm, unless another rule says more about it.
pub(super) fn fatal(plan: &PublishPlan) -> Option<Diagnostic> {
    let fatal = plan.config.fatal.as_ref()?;
    let found = |why: &str| Diagnostic::new(&RULE, fatal.to_string(), why, "correct the setting, or remove it");
    Some(match fatal {
        // The rule provenance-impossible says more about it.
        LoadError::Exclusive { key, .. } if key.starts_with("provenance") => return None,
        // So does registry-invalid.
        LoadError::Unusable { key, .. } if key == "registry" && plan.destination.registry().is_none() => return None,
        // And workspace-invalid.
        LoadError::Workspaces { .. } => return None,
        // Other clients know other values, or do not read them.
        LoadError::Unusable { key, .. } if plan.runner.other_client().is_some() && NPMS_OWN.contains(&key.as_str()) => {
            return None;
        }
        LoadError::Exclusive { key, origin, .. } => {
            found("npm accepts only one of them and fails").at_origin(&format!("`{key}`"), origin, "set here")
        }
        LoadError::Unusable { key, origin, .. } => {
            found("npm does not expect this value and fails").at_origin(&format!("`{key}`"), origin, "this value")
        }
        LoadError::Syntax { place } => found("npm fails to read the file").at(place.clone(), "this line"),
        LoadError::LoadedTwice { .. } => found("npm fails if it would have to read the same file twice"),
    })
}

/// Settings of which npm makes something else than other clients do.
const NPMS_OWN: [&str; 4] = ["cache", "cafile", "loglevel", "user-agent"];

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    #[test]
    fn settings_that_make_npm_fail_are_reported() {
        Scene::version("1.0.0").args(&["--save-dev", "--save-prod"]).finds("publish-target", 1);
        Scene::version("1.0.0").args(&["--save-dev"]).finds("publish-target", 0);
        Scene::version("1.0.0").npmrc("nonsense\n[section]\nx=y\n").finds("publish-target", 0);
    }

    #[test]
    fn a_value_that_only_pnpm_accepts_makes_npm_fail() {
        let scene = || Scene::version("1.0.0").npmrc("loglevel=debug\n");
        scene().finds("publish-target", 1);
        scene().client(Manager::Pnpm).finds("publish-target", 0);
    }

    #[test]
    fn conflicting_provenance_flags_are_left_to_their_own_rule() {
        let args = ["--provenance", "--provenance-file", "bundle.json"];
        Scene::version("1.0.0").args(&args).finds("publish-target", 0);
    }
}
