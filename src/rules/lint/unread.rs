//! What a settings file of another client leaves open that could not be read. Decided here once, so that no rule need know of
//! it.

use crate::facts::Answer;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::{Input, Rule, credential_missing};

/// An error that a file which was not read may make none.
pub(super) fn settle(rule: &Rule, plan: &PublishPlan, answer: Answer<Vec<Diagnostic>>) -> Answer<Vec<Diagnostic>> {
    let Some(unknown) = plan.runner.unread_settings() else { return answer };
    let is_open = *rule == credential_missing::RULE && !plan.options.dry_run.value;
    let may_differ = rule.decided_by.iter().any(|input| matches!(input, Input::Destination | Input::NpmConfig));
    match answer {
        Ok(found) if is_open || may_differ && found.iter().any(Diagnostic::is_error) => Err(unknown.into()),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Verdict, lint};
    use crate::commands::testing::Scene;
    use crate::facts::Facts;
    use crate::publisher::Manager;

    #[test]
    fn an_unparsable_settings_file_makes_its_settings_undecided() {
        let wanted = |more: &str, yaml: &str| {
            let scene = Scene::new(&format!(
                r#"{{"name":"@acme/core","version":"1.0.0","packageManager":"yarn@4.18.1"{more}}}"#
            ))
            .file(".yarnrc.yml", yaml)
            .client(Manager::Yarn);
            let report = lint(&scene.plans(), &Facts::default(), &Options::default());
            let is_open = report.undecided.iter().any(|open| open.rule.id == "credential-missing");
            (is_open, report.wanted.is_empty(), report.verdicts[0])
        };
        assert_eq!(wanted("", "npmAuthToken: ["), (true, true, Verdict::Undecided));
        let named = r#","publishConfig":{"registry":"https://public.example.com/"}"#;
        assert_eq!(wanted(named, "npmAuthToken: ["), (true, false, Verdict::Undecided), "package.json says where to");
        let read = "npmPublishRegistry: https://npm.acme.test\n";
        assert_eq!(wanted("", read), (false, false, Verdict::Blocked), "it is read, and names no credential");
    }
}
