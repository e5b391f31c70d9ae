//! What another client's own settings leave open: they are not read, and may say otherwise than npm's configuration. Decided
//! here once, so that no rule need know of them.

use crate::facts::Answer;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::{Input, Rule, credential_missing};

/// An error that npm's configuration proves is none for a client that reads other settings, which may say otherwise; and a
/// credential that it names is no proof of one either, since such a client may take another.
pub(super) fn settle(rule: &Rule, plan: &PublishPlan, answer: Answer<Vec<Diagnostic>>) -> Answer<Vec<Diagnostic>> {
    let Some(own) = plan.own_settings() else { return answer };
    let is_open = *rule == credential_missing::RULE && !plan.dry_run.value;
    let may_differ =
        rule.decided_by.contains(&Input::Destination) || own.instead && rule.decided_by.contains(&Input::NpmConfig);
    match answer {
        Ok(found) if is_open || may_differ && found.iter().any(Diagnostic::is_error) => Err(own.unknown().into()),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Found, Options, Verdict, lint};
    use crate::commands::testing::Scene;
    use crate::facts::Facts;
    use crate::publisher::Manager;

    #[test]
    fn settings_of_another_client_leave_open_what_those_of_npm_prove() {
        let verdict = |manager: &str, client| {
            let scene =
                Scene::new(&format!(r#"{{"name":"@acme/core","version":"1.0.0","packageManager":"{manager}"}}"#))
                    .user_npmrc("access=restricted\n@acme:registry=https://npm.acme.test/\n")
                    .client(client);
            let plans = scene.plans();
            let report = lint(&plans, &Facts::default(), &Options::default());
            let rules = |found: &Found| found.diagnostic.rule.id;
            let open = report.undecided.iter().find(|open| open.rule.id == "credential-missing");
            let open = open.map(|open| open.unknown.detail.split(' ').next().unwrap_or_default().to_owned());
            (report.found.iter().map(rules).collect::<Vec<_>>(), open, plans[0].shown_registry())
        };
        let theirs = || "https://npm.acme.test/".to_owned();
        let open = |name: &str| Some(name.to_owned());
        assert_eq!(verdict("npm@11.19.1", Manager::Npm), (vec!["credential-missing"], None, theirs()));
        assert_eq!(verdict("pnpm@10.34.9", Manager::Pnpm), (vec!["credential-missing"], None, theirs()));
        assert_eq!(verdict("pnpm@11.28.11", Manager::Pnpm), (vec![], open("pnpm"), theirs()));
        assert_eq!(verdict("yarn@1.22.22", Manager::Yarn), (vec![], open("Yarn"), theirs()));
        let default = crate::project::npm_config::definitions::DEFAULT_REGISTRY.to_owned();
        assert_eq!(verdict("yarn@4.18.1", Manager::Yarn), (vec![], open("Yarn"), default), "it reads no .npmrc");
    }

    #[test]
    fn a_credential_of_npm_s_is_no_proof_for_a_client_that_may_take_another() {
        let is_open = |client| {
            let npmrc = "registry=https://npm.acme.test/\n//npm.acme.test/:_authToken=x\n";
            let scene = Scene::version("1.0.0").user_npmrc(npmrc).client(client);
            let report = lint(&scene.plans(), &Facts::default(), &Options::default());
            report.undecided.iter().any(|open| open.rule.id == "credential-missing")
        };
        assert!(!is_open(Manager::Npm));
        for client in [Manager::Pnpm, Manager::Yarn, Manager::Bun] {
            assert!(is_open(client), "{client:?}");
        }
        let dry = Scene::version("1.0.0").client(Manager::Bun).args(&["--dry-run"]);
        let report = lint(&dry.plans(), &Facts::default(), &Options::default());
        assert!(!report.undecided.iter().any(|open| open.rule.id == "credential-missing"), "a dry run needs none");
    }

    #[test]
    fn nothing_is_asked_where_another_client_s_settings_name_the_registry() {
        let scene = |more: &str| {
            Scene::new(&format!(r#"{{"name":"@acme/core","version":"1.0.0","packageManager":"yarn@4.18.1"{more}}}"#))
                .file(".yarnrc.yml", "npmPublishRegistry: https://npm.acme.test/\n")
                .client(Manager::Yarn)
        };
        let wanted = |scene: Scene| {
            let report = lint(&scene.plans(), &Facts::default(), &Options::default());
            (report.wanted.is_empty(), report.verdicts[0])
        };
        assert_eq!(wanted(scene("")), (true, Verdict::Undecided));
        let named = r#","publishConfig":{"registry":"https://public.example.com/"}"#;
        assert_eq!(wanted(scene(named)), (false, Verdict::Undecided), "package.json says it");
    }
}
