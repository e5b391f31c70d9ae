//! `packageExtensions`, which npm 12 keeps from being published (npm 12.2.2, lib/commands/publish.js
//! `#assertNoPackageExtensions`).

use super::Problem;
use crate::plan::PublishPlan;

/// The field, whatever its value is, of a package that is not private.
pub(super) fn problem(plan: &PublishPlan) -> Option<Problem> {
    let refuses = plan.runner.npm_release().refuses_package_extensions() && plan.runner.is_sent_by_npm();
    let field =
        plan.package.manifest.field("packageExtensions").filter(|_| refuses && plan.package.private().is_none())?;
    Some(Problem {
        message: "`packageExtensions` is set in a package.json that is not private".to_owned(),
        why: "it only applies in the root of a project, and npm 12 refuses to publish it",
        npm_error: Some("EPACKAGEEXTENSIONS"),
        span: field.span(),
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    fn scene(fields: &str, npm: Version) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{fields}}}"#)).npm(npm)
    }

    #[test]
    fn npm_12_refuses_any_package_extensions() {
        for value in [r#"{"a@1":{"dependencies":{"b":"1"}}}"#, "{}", "null", "5"] {
            let fields = format!(r#""packageExtensions":{value}"#);
            let found = scene(&fields, Version::new(12, 0, 0)).finds("manifest-invalid", 1);
            assert_eq!(found[0].npm_error, Some("EPACKAGEEXTENSIONS"), "{value}");
            scene(&fields, Version::new(11, 21, 2)).finds("manifest-invalid", 0);
            let private = format!(r#"{fields},"private":true"#);
            scene(&private, Version::new(12, 0, 0)).finds("manifest-invalid", 0);
        }
    }

    #[test]
    fn pnpm_up_to_10_passes_package_extensions_to_npm() {
        let pnpm = |version: &str| {
            let fields = format!(r#""packageExtensions":{{}},"packageManager":"pnpm@{version}""#);
            scene(&fields, Version::new(12, 2, 2)).client(Manager::Pnpm)
        };
        pnpm("10.34.9").finds("manifest-invalid", 1);
        pnpm("11.28.11").finds("manifest-invalid", 0);
    }
}
