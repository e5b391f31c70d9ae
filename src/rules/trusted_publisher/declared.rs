//! Whom the packages trust according to the project's settings: if they are right, npm refuses any other job.

use super::RULE;
use super::last_release::{file, repository};
use crate::plan::PublishPlan;
use crate::project::declared::{Declared, Right};
use crate::rules::diagnostic::{Diagnostic, Severity};

/// What they say of this job.
pub(super) enum Word {
    /// It is the one; as a clause behind an assumption.
    Agrees(String),
    /// It is another one.
    Differs {
        /// Where nothing else can publish.
        error: Box<Diagnostic>,
        /// Where there is a credential, too.
        beside: Box<Diagnostic>,
    },
}

impl Word {
    /// npm gives the job a token, which takes the place of any credential, and refuses what is done with it.
    fn refused(self, command: &str, other: &str) -> Self {
        let Self::Differs { error, .. } = self else { return self };
        let refused = |mut diagnostic: Diagnostic| {
            diagnostic.why = format!("npm gives the job a token that is not allowed to run `{command}`");
            diagnostic.help =
                format!("run `{other}`, or allow `{command}` in the package's trusted publisher and in this line");
            Box::new(diagnostic.npm_error("E403"))
        };
        Self::Differs { beside: refused(*error.clone()), error: refused(*error) }
    }
}

/// `None`: they say nothing.
pub(super) fn word(plan: &PublishPlan) -> Option<Word> {
    let publisher = plan.declared.registry.trusted_publisher.as_ref()?;
    let (declared, ci) = (&publisher.value, &plan.runner.ci);
    let built = ci.repository.as_deref().map(repository);
    if let Some((wanted, own)) = differing(declared.repository.as_ref(), built, is_repository) {
        return Some(differs(
            wanted,
            &format!("the repository `{}`", wanted.value),
            &format!("this job builds `{own}`"),
        ));
    }
    let runs = ci.workflow.as_deref().map(file);
    if let Some((wanted, own)) = differing(declared.workflow.as_ref(), runs, |wanted, own| file(wanted) == own) {
        return Some(differs(
            wanted,
            &format!("the workflow file `{}`", wanted.value),
            &format!("this job runs `{own}`"),
        ));
    }
    // GitHub ignores case in the names of environments.
    let environment = ci.environment.as_deref();
    if let Some((wanted, own)) = differing(declared.environment.as_ref(), environment, str::eq_ignore_ascii_case) {
        let own = if own.is_empty() { "none".to_owned() } else { format!("`{own}`") };
        let trusted = format!("the environment `{}`", wanted.value);
        return Some(differs(wanted, &trusted, &format!("this job runs in {own}")));
    }
    let (needed, command, other) = if plan.options.stage {
        (Right::Stage, "npm stage publish", "npm publish")
    } else {
        (Right::Publish, "npm publish", "npm stage publish")
    };
    if let Some(allow) = declared.allow.as_ref().filter(|allow| !allow.value.contains(&needed)) {
        let differs = differs(allow, &format!("`{other}`"), &format!("this is `{command}`"));
        return Some(differs.refused(command, other));
    }
    Some(Word::Agrees(publisher.says_so()))
}

/// What is wanted and what is there, where both are known and do not agree.
fn differing<'a>(
    wanted: Option<&'a Declared<String>>,
    own: Option<&'a str>,
    agrees: impl Fn(&str, &str) -> bool,
) -> Option<(&'a Declared<String>, &'a str)> {
    wanted.zip(own).filter(|(wanted, own)| !agrees(&wanted.value, own))
}

/// The name of a host may be left out.
fn is_repository(wanted: &str, own: &str) -> bool {
    let wanted = wanted.strip_prefix("git+").unwrap_or(wanted);
    let wanted =
        repository(wanted.strip_prefix("github:").or_else(|| wanted.strip_prefix("gitlab:")).unwrap_or(wanted));
    let path = own.split_once('/').filter(|(host, _)| host.contains('.')).map_or(own, |(_, path)| path);
    wanted.eq_ignore_ascii_case(own) || wanted.eq_ignore_ascii_case(path)
}

fn differs<T>(declared: &Declared<T>, trusted: &str, own: &str) -> Word {
    let says = declared.place.path_and_line();
    let error = Diagnostic::new(
        &RULE,
        format!("the package trusts {trusted} only, according to {says}, and {own}"),
        "npm gives a token only to the job that the package trusts, and there is no other credential here",
        "publish from there, or change the trusted publisher of the package, and this line with it",
    );
    let error = error.at(declared.place.clone(), "what the package trusts");
    let mut beside = error.clone().severity(Severity::Warning);
    "npm gives a token only to the job that the package trusts, and publishes with the configured credential instead"
        .clone_into(&mut beside.why);
    Word::Differs { error: Box::new(error.npm_error("ENEEDAUTH")), beside: Box::new(beside) }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    const ID: &str = "trusted-publisher";

    fn job(declared: &str) -> Scene {
        let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY;
        let settings = format!("[registry.\"{registry}\"]\ntrusted-publisher = {{ {declared} }}\n");
        Scene::version("1.1.0")
            .logged_out()
            .env("GITHUB_ACTIONS", "true")
            // {"environment":"npm"}
            .env("NPM_ID_TOKEN", "e30.eyJlbnZpcm9ubWVudCI6Im5wbSJ9.x")
            .env("GITHUB_REPOSITORY", "acme/core")
            .env("GITHUB_WORKFLOW_REF", "acme/core/.github/workflows/release.yml@refs/heads/main")
            .packument(r#"{"versions":{"1.0.0":{}}}"#)
            .file("npm-preflight.toml", &settings)
    }

    #[test]
    fn a_job_that_differs_from_its_declaration_is_an_error_at_its_line() {
        for declared in [
            r#"repository = "acme/other""#,
            r#"workflow = "publish.yml""#,
            r#"environment = "production""#,
            r#"allow = ["stage"]"#,
        ] {
            let found = job(declared).finds(ID, 1);
            assert!(found[0].is_error(), "{declared}");
            assert_eq!(found[0].place.as_ref().unwrap().path_and_line(), "npm-preflight.toml:2", "{declared}");
        }
        job(r#"allow = ["publish"]"#).stage().finds(ID, 1);
        assert_eq!(job(r#"allow = ["stage"]"#).finds(ID, 1)[0].npm_error, Some("E403"), "npm gives it a token");
        job(r#"workflow = "publish.yml""#).private_registry().finds(ID, 1);
    }

    #[test]
    fn a_matching_declaration_is_evidence() {
        for declared in [
            r#"repository = "acme/core""#,
            r#"repository = "https://github.com/Acme/Core.git""#,
            r#"repository = "github:acme/core", workflow = ".github/workflows/release.yml", environment = "npm""#,
            r#"workflow = "release.yml", allow = ["publish", "stage"]"#,
        ] {
            let assumed = job(declared).undecided(ID).assumption.unwrap();
            assert_eq!(assumed.evidence.as_deref(), Some("npm-preflight.toml:2 says so"), "{declared}");
        }
    }

    #[test]
    fn with_a_credential_a_difference_is_only_a_warning() {
        let token = "//registry.npmjs.org/:_authToken=npm_secretsecretsecret\n";
        let found = job(r#"workflow = "x.yml""#).user_npmrc(token).finds(ID, 1);
        assert_eq!(found[0].severity, Severity::Warning);
        assert!(found[0].why.ends_with("publishes with the configured credential instead"), "{}", found[0].why);
        job(r#"workflow = "release.yml""#).user_npmrc(token).finds("trusted-publisher-shadowed", 1);
    }
}
