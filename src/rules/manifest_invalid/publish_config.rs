//! Keys of publishConfig at which npm 11.19.1 throws when it lays them over its options (lib/commands/publish.js
//! `#getManifest`, `@npmcli/config` lib/definitions/definitions.js): it expects what its own files would give.

use super::types::Problem;
use crate::json::Type;
use crate::npm_config::Layer;
use crate::plan::PublishPlan;

/// Keys that npm cannot read there. A flag for the same key hides it.
pub(super) fn problems(plan: &PublishPlan) -> Vec<Problem> {
    let Some(config) = plan.manifest.field("publishConfig") else { return Vec::new() };
    let is_flag = |key: &str| plan.config.layer(Layer::Cli).any(|entry| entry.key == key);
    let unreadable = |key: &str, found: Type, truthy: bool| match key {
        // Both make npm build its user agent anew, from settings that publishConfig does not have.
        "workspace" | "workspaces" => true,
        "cache" | "searchexclude" | "user-agent" => found != Type::String,
        "omit" | "include" => truthy && !matches!(found, Type::String | Type::Array),
        "min-release-age-exclude" => found != Type::Array,
        _ => false,
    };
    let members = config.members().filter(|member| {
        unreadable(member.key, member.value.type_of(), member.value.is_truthy()) && !is_flag(member.key)
    });
    members
        .map(|member| Problem {
            message: format!("npm cannot read `publishConfig.{}`", member.key),
            why: "npm takes it for a setting of its own and crashes",
            npm_error: None,
            span: member.value.span(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::Scene;

    fn scene(config: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{config}}}"#))
    }

    #[test]
    fn settings_that_npm_cannot_read_there_are_found() {
        for config in [r#"{"workspaces":true}"#, r#"{"cache":5}"#, r#"{"user-agent":null}"#, r#"{"omit":true}"#] {
            scene(config).finds("manifest-invalid", 1);
        }
        for config in [r#"{"omit":"dev"}"#, r#"{"omit":null}"#, r#"{"user-agent":"x"}"#, r#"{"access":5}"#, "5"] {
            scene(config).finds("manifest-invalid", 0);
        }
        scene(r#"{"omit":true}"#).args(&["--omit=dev"]).finds("manifest-invalid", 0);
    }
}
