//! `npm stage publish` with an npm that has no such command.

use super::RULE;
use crate::npm::release::NpmRelease;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// What an npm without staging says.
pub(super) fn unknown(plan: &PublishPlan) -> Option<Diagnostic> {
    let npm = &plan.runner.npm;
    (plan.options.stage && !plan.runner.npm_release().staging()).then(|| {
        Diagnostic::new(
            &RULE,
            format!("npm {} has no `npm stage`", npm.value),
            format!("`npm stage` was added in npm {}; this npm fails with an unknown command", NpmRelease::STAGING),
            "update npm",
        )
        .npm_error("EUNKNOWNCOMMAND")
        .set_by("this version of npm", &npm.origin)
        .fix(Fix::command("update npm", "npm install --global npm@11"))
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;

    #[test]
    fn staging_needs_an_npm_that_supports_it() {
        let publish = |npm| Scene::version("1.0.0").npm(npm);
        publish(Version::new(11, 14, 9)).stage().finds("publish-target", 1);
        publish(Version::new(11, 15, 0)).stage().finds("publish-target", 0);
        publish(Version::new(10, 9, 0)).finds("publish-target", 0);
    }
}
