//! Keys of publishConfig at which npm 11.19.1 throws when it lays them over its options (lib/commands/publish.js
//! `#getManifest`, `@npmcli/config` lib/definitions/definitions.js): it expects what its own files would give.

use super::Problem;
use crate::plan::PublishPlan;
use crate::text::json::Type;

/// Keys that npm cannot read there. A flag for the same key hides it.
pub(super) fn problems(plan: &PublishPlan) -> Vec<Problem> {
    let Some(config) = plan.package.manifest.field("publishConfig") else { return Vec::new() };
    let is_flag = |key: &str| plan.config.flag(key).is_some();
    let unreadable = |key: &str, found: Type, truthy: bool| match key {
        // Both make npm build its user agent anew, from settings that publishConfig does not have.
        "workspace" | "workspaces" => true,
        "cache" | "searchexclude" | "user-agent" => found != Type::String,
        "cafile" => truthy && found != Type::String,
        "omit" | "include" => truthy && !matches!(found, Type::String | Type::Array),
        "min-release-age-exclude" => found != Type::Array,
        _ => false,
    };
    // Settings that npm adds to `include` as if it were a list.
    let adds = ["dev", "also", "optional"].iter().any(|key| {
        config.get(key).is_some_and(|value| match *key {
            "dev" => value.is_truthy(),
            "also" => value.as_str().is_some_and(|text| text.contains("dev")),
            _ => value.as_bool() == Some(true),
        })
    });
    let members = config.members().filter(|member| {
        let counts = config.get(member.key).is_some_and(|last| last.span() == member.value.span());
        let is_text = member.key == "include" && member.value.is_truthy() && member.value.type_of() == Type::String;
        counts
            && !is_flag(member.key)
            && (is_text && adds || unreadable(member.key, member.value.type_of(), member.value.is_truthy()))
    });
    members
        .map(|member| Problem {
            message: format!("npm cannot read `publishConfig.{}`", member.key),
            why: "npm reads it as one of its own settings and crashes",
            npm_error: None,
            span: member.value.span(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn scene(config: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{config}}}"#))
    }

    #[test]
    fn publish_config_settings_that_npm_cannot_read_are_reported() {
        for config in [
            r#"{"workspaces":true}"#,
            r#"{"cache":5}"#,
            r#"{"user-agent":null}"#,
            r#"{"omit":true}"#,
            r#"{"cafile":[]}"#,
        ] {
            scene(config).finds("manifest-invalid", 1);
        }
        scene(r#"{"include":"dev","optional":true}"#).finds("manifest-invalid", 1);
        for config in [
            r#"{"cache":5,"cache":"x"}"#,
            r#"{"include":"dev"}"#,
            r#"{"omit":"dev"}"#,
            r#"{"omit":null}"#,
            r#"{"user-agent":"x"}"#,
            r#"{"access":5}"#,
            "5",
        ] {
            scene(config).finds("manifest-invalid", 0);
        }
        scene(r#"{"omit":true}"#).args(&["--omit=dev"]).finds("manifest-invalid", 0);
    }
}
