//! A release job in GitHub Actions in which nothing is wrong: it passes `--strict` with little output, and does not
//! pass it when the registry is down.

use crate::harness::{Outcome, Sandbox};
use crate::registry::faults::Fault;
use crate::registry::{FakeRegistry, cast};

/// How the job authenticates.
#[derive(Clone, Copy, Debug)]
enum With {
    /// Trusted publishing, beside the line that actions/setup-node writes.
    Identity,
    /// A granular token in the variable of that line.
    Token,
    /// Trusted publishing, beside a token that the registry rejects.
    IdentityAndDeadToken,
}

/// A package with nothing missing, in the folder `project`.
pub(crate) fn package(sandbox: &Sandbox, name: &str, version: &str) {
    let repository = "git+https://github.com/alice/left-lodge.git";
    sandbox.file(
        "project/package.json",
        &format!(
            r#"{{"name":"{name}","version":"{version}","license":"MIT","repository":{{"type":"git","url":"{repository}"}}}}"#
        ),
    );
    sandbox.file("project/README.md", "# left-lodge\n");
    sandbox.file("project/LICENSE", "MIT\n");
}

/// The variables of the job that publishes left-lodge 1.2.0.
pub(crate) fn in_github(sandbox: &mut Sandbox, has_identity: bool) {
    for (name, value) in [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", "alice/left-lodge"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REF", "refs/tags/v1.2.0"),
        ("RUNNER_ENVIRONMENT", "github-hosted"),
    ] {
        sandbox.env(name, value);
    }
    if has_identity {
        sandbox.env("GITHUB_WORKFLOW_REF", "alice/left-lodge/.github/workflows/publish.yml@refs/tags/v1.2.0");
        sandbox.env("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/");
        sandbox.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret");
    }
}

/// A registry on which every version came from the workflow that publishes this one, or from a token.
pub(crate) fn history(has_identity: bool) -> FakeRegistry {
    let mut state = cast::registry();
    if has_identity {
        for (_, release) in &mut state.package("left-lodge").versions {
            release.built_by = Some(("alice/left-lodge", "publish.yml"));
        }
    }
    FakeRegistry::start(state)
}

fn job(registry: &FakeRegistry, with: With) -> Outcome {
    let mut sandbox = Sandbox::with_registry(registry);
    package(&sandbox, "left-lodge", "1.2.0");
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=${NODE_AUTH_TOKEN}\n");
    in_github(&mut sandbox, !matches!(with, With::Token));
    match with {
        With::Identity => {}
        With::Token => sandbox.env("NODE_AUTH_TOKEN", "<token:alice-bypass>"),
        With::IdentityAndDeadToken => sandbox.env("NODE_AUTH_TOKEN", "npm_000000000000000000000000000000000000"),
    }
    sandbox.preflight("project", &["lint", "--strict"])
}

#[test]
fn a_correct_job_passes_strict_mode_in_six_lines() {
    for with in [With::Identity, With::Token] {
        let registry = history(matches!(with, With::Identity));
        let outcome = job(&registry, with);
        assert_eq!(outcome.code, Some(0), "{with:?}: {}{}", outcome.stdout, outcome.stderr);
        let lines = outcome.stdout.lines().filter(|line| !line.starts_with("::")).count();
        assert!(lines <= 6, "{with:?}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("left-lodge 1.2.0: ready, if"), "{with:?}: {}", outcome.stdout);
    }
}

#[test]
fn a_dead_token_does_not_matter_where_npm_trusts_the_job() {
    let registry = history(true);
    let outcome = job(&registry, With::IdentityAndDeadToken);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    let verdict = "left-lodge 1.2.0: ready, if npm trusts this workflow to publish it (1 warning)\n";
    assert!(outcome.stdout.contains(verdict), "{}", outcome.stdout);
}

#[test]
fn attestations_are_requested_once_and_without_a_credential() {
    let registry = history(true);
    let outcome = job(&registry, With::Identity);
    assert!(outcome.stdout.contains("as 1.1.0 was published 10 months ago from publish.yml"), "{}", outcome.stdout);
    let asked: Vec<_> =
        registry.log().into_iter().filter(|entry| entry.target.starts_with("/-/npm/v1/attestations/")).collect();
    assert!(matches!(&asked[..], [one] if !one.authorized), "{asked:?}");
}

#[test]
fn strict_mode_fails_while_the_registry_is_down() {
    for with in [With::Identity, With::Token] {
        let registry = FakeRegistry::start(cast::registry());
        registry.fault(Fault::new("*", "*", Fault::status(503, None, r#"{"error":"down"}"#)));
        let outcome = job(&registry, with);
        assert_eq!(outcome.code, Some(3), "{with:?}: {}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn a_new_package_needs_a_token_for_its_scope_or_all_packages() {
    for (name, reach) in [("fresh-otter", "all packages"), ("@alice/otter", "`@alice` or all packages")] {
        let registry = FakeRegistry::start(cast::registry());
        let mut sandbox = Sandbox::with_registry(&registry);
        sandbox.env("CI", "true");
        sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
        let manifest = format!(r#"{{"name":"{name}","version":"1.0.0","publishConfig":{{"access":"public"}}}}"#);
        sandbox.file("project/package.json", &manifest);
        let outcome = sandbox.preflight("project", &["lint"]);
        let verdict = format!("{name} 1.0.0: ready, if the token needs no one-time password and is for {reach}");
        assert!(outcome.stdout.contains(&verdict), "{}", outcome.stdout);
    }
}

#[test]
fn a_pull_request_checks_everything_but_the_release_permissions() {
    let registry = FakeRegistry::start(cast::registry());
    let sandbox = Sandbox::with_registry(&registry);
    sandbox.file("home/.npmrc", "registry=<registry>/\n");
    sandbox.file("project/README.md", "# left-lodge\n");
    sandbox.file("project/LICENSE", "MIT\n");
    let manifest = |name: &str| {
        format!(
            r#"{{"name":"{name}","version":"1.2.0","license":"MIT","publishConfig":{{"access":"public","provenance":true}},"repository":"https://github.com/alice/left-lodge"}}"#
        )
    };
    sandbox.file("project/package.json", &manifest("left-lodge"));
    let run = sandbox.preflight("project", &["lint", "--for-ci", "--strict"]).masked(&sandbox);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("left-lodge 1.2.0: ready, if the release job may publish it"), "{}", run.stdout);
    assert!(run.stdout.lines().count() <= 6, "{}", run.stdout);
    let staged = sandbox.preflight("project", &["lint", "--for-ci", "--stage"]);
    assert!(staged.stdout.contains("ready, if the release job may stage it"), "{}", staged.stdout);
    assert!(staged.stdout.contains(" as the release job, tag latest,"), "{}", staged.stdout);

    sandbox.file("project/package.json", &manifest("left-lodge").replace("1.2.0", "1.1.0"));
    let refused = sandbox.preflight("project", &["lint", "--for-ci"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stdout.contains("version-published"), "{}", refused.stdout);
}
