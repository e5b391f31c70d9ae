//! Which CI system runs this, as npm's own detection sees it (`ci-info` 4, as shipped with npm 11.19.1), and whether
//! the job can prove its identity to a registry (trusted publishing) or to Sigstore (provenance).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::npm::version::Version;
use crate::project::world::World;
use crate::text::redact::decode_base64;

/// A tag that announces a version: `v1.2.3`, `name@1.2.3`, `@scope/name@1.2.3`, or `name-v1.2.3` as release-please writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseTag<'t> {
    /// What it names: a package, or its folder.
    pub name: Option<&'t str>,
    /// It is written `name-v1.2.3`: the name may lack the package's scope.
    pub is_component: bool,
    /// The version that it promises.
    pub version: Version,
}

impl<'t> ReleaseTag<'t> {
    /// `None`: the tag says nothing of a version.
    pub fn parse(tag: &'t str) -> Option<Self> {
        let (name, rest) = tag.rsplit_once('@').map_or((None, tag), |(name, rest)| (Some(name), rest));
        if let Some(version) = Version::valid(rest.strip_prefix('v').unwrap_or(rest), false) {
            return Some(Self { name, is_component: false, version });
        }
        tag.match_indices("-v").filter(|(at, _)| *at > 0).find_map(|(at, mark)| {
            let version = Version::valid(&tag[at + mark.len()..], false)?;
            Some(Self { name: Some(&tag[..at]), is_component: true, version })
        })
    }

    /// Whether it names this package.
    pub fn names(&self, package: &str) -> bool {
        let Some(name) = self.name else { return false };
        let bare = package.strip_prefix('@').and_then(|scoped| scoped.split_once('/'));
        name == package || self.is_component && bare.is_some_and(|(_, bare)| name == bare)
    }
}

/// What is pushed, as far as a git hook or the CI job shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The tag that is pushed, or that started the CI job.
    pub tag: Option<String>,
    /// The commit that a git hook checks.
    pub commit: Option<String>,
    /// The hook found that the tag means this package, whatever the package is called.
    pub matched_by_hook: bool,
}

impl Pushed {
    /// What the CI job shows.
    pub fn detect(world: &World) -> Self {
        let github = world.filled_var("GITHUB_REF").and_then(|reference| reference.strip_prefix("refs/tags/"));
        let others = ["CI_COMMIT_TAG", "CIRCLE_TAG", "BITBUCKET_TAG"];
        let tag = github.or_else(|| others.iter().find_map(|name| world.filled_var(name))).map(str::to_owned);
        Self { tag, ..Self::default() }
    }
}

/// The CI systems npm treats specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// `CircleCI`.
    Circle,
}

/// The CI job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Ci {
    /// Which system, when it is one of those npm can use for trusted publishing.
    pub provider: Option<Provider>,
    /// Any CI system at all.
    pub is_ci: bool,
    /// The job has an identity token for a registry, or may ask for one.
    pub has_identity: bool,
    /// That token was given to the job for npm (`NPM_ID_TOKEN`).
    pub was_given_identity: bool,
    /// npm would try to exchange that token for a registry token: npm 11.5.1 and newer do.
    pub can_exchange: bool,
    /// npm would try to have provenance signed.
    pub can_attest: bool,
    /// There is an identity to sign it with.
    pub can_sign: bool,
    /// The URL of the repository that is built, as provenance would name it; `None`: neither GitHub nor GitLab says.
    pub repository: Option<String>,
    /// What the CI system knows that repository by, whatever it is called.
    pub repository_id: Option<String>,
    /// The file of the workflow or the pipeline, from the root of the repository, as provenance would name it.
    pub workflow: Option<String>,
    /// The environment that the job runs in, empty where it runs in none; `None`: nothing readable says.
    pub environment: Option<String>,
    /// The repository that is built is public, as the job's identity would say: with a trusted publisher's token npm
    /// then adds provenance by itself. `None`: nothing readable says.
    pub is_public: Option<bool>,
    /// GitHub wrote down, of the event that started the job, that not everybody sees the repository that is built.
    pub is_private: bool,
    /// The job runs on a machine of its own, not on one of GitHub's.
    pub self_hosted: bool,
    /// The job builds a change that is proposed, and releases nothing.
    pub is_proposal: bool,
    /// The event that started the job, where npm accepts no identity of jobs that it starts.
    pub refused_event: Option<&'static str>,
    /// Variables with something in them that people put npm tokens into; npm reads none of them by itself.
    pub token_variables: Vec<String>,
}

/// What other systems set in jobs that build a proposed change.
const PROPOSALS: [&str; 3] = ["CI_MERGE_REQUEST_IID", "BITBUCKET_PR_ID", "CIRCLE_PULL_REQUEST"];

/// GitHub's events that a stranger can cause: npm accepts no identity of their jobs since 2026-10-02.
const REFUSED_EVENTS: [&str; 2] = ["pull_request_target", "issue_comment"];

/// Names in lower case.
const TOKEN_VARIABLES: [&str; 6] = [
    "npm_token",
    "node_auth_token",
    "npm_auth_token",
    "npm_config__authtoken",
    "npm_config__auth",
    "npm_publish_token",
];

/// Any of them alone says that a CI system runs this: those of `ci-info`'s index.js, then those of its vendors.json.
#[rustfmt::skip]
const CI_VARIABLES: [&str; 57] = [
    "BUILD_ID", "BUILD_NUMBER", "CI", "CI_APP_ID", "CI_BUILD_ID", "CI_BUILD_NUMBER", "CI_NAME", "CONTINUOUS_INTEGRATION", "RUN_ID",
    "AC_APPCIRCLE", "AGOLA_GIT_REF", "ALPIC_HOST", "APPCENTER_BUILD_ID", "APPVEYOR", "BITBUCKET_COMMIT", "BITRISE_IO",
    "BUDDY_WORKSPACE_ID", "BUILDER_OUTPUT", "BUILDKITE", "CF_BUILD_ID", "CF_PAGES", "CIRCLECI", "CIRRUS_CI", "CI_XCODE_PROJECT",
    "CM_BUILD_ID", "CODEBUILD_BUILD_ARN", "DRONE", "DSARI", "EARTHLY_CI", "EAS_BUILD", "GERRIT_PROJECT", "GITEA_ACTIONS",
    "GITHUB_ACTIONS", "GITLAB_CI", "GO_PIPELINE_LABEL", "HARNESS_BUILD_ID", "HUDSON_URL", "LAYERCI", "MAGNUM", "NETLIFY",
    "NEVERCODE", "NOW_BUILDER", "PROW_JOB_ID", "RELEASE_BUILD_ID", "RENDER", "SAILCI", "SCREWDRIVER", "SEMAPHORE", "STRIDER",
    "TEAMCITY_VERSION", "TF_BUILD", "TRAVIS", "VELA", "VERCEL", "WORKERS_CI", "XCS", "bamboo_planKey",
];

/// Whether a CI system runs this.
pub fn is_ci(world: &World) -> bool {
    let is_heroku = || world.var("NODE").is_some_and(|node| node.contains("/app/.heroku/node/bin/node"));
    world.var("CI") != Some("false")
        && (CI_VARIABLES.iter().any(|name| world.filled_var(name).is_some()) || is_heroku())
}

impl Ci {
    /// Reads the environment, for an npm that knows trusted publishing.
    pub fn detect(world: &World) -> Self {
        let set = |name: &str| world.filled_var(name).is_some();
        let token_variables = world
            .env
            .iter()
            .filter(|(name, value)| !value.is_empty() && TOKEN_VARIABLES.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(name, _)| name.clone())
            .collect();
        if world.var("CI") == Some("false") {
            return Self { token_variables, ..Self::default() };
        }
        let provider = if set("GITHUB_ACTIONS") {
            Some(Provider::GitHub)
        } else if set("GITLAB_CI") {
            Some(Provider::GitLab)
        } else if set("CIRCLECI") {
            Some(Provider::Circle)
        } else {
            None
        };
        let can_request = set("ACTIONS_ID_TOKEN_REQUEST_URL") && set("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
        let has_identity = match provider {
            Some(Provider::GitHub) => set("NPM_ID_TOKEN") || can_request,
            Some(_) => set("NPM_ID_TOKEN"),
            None => false,
        };
        Self {
            provider,
            is_ci: is_ci(world),
            has_identity,
            was_given_identity: has_identity && set("NPM_ID_TOKEN"),
            can_exchange: has_identity,
            can_attest: match provider {
                Some(Provider::GitHub) => set("ACTIONS_ID_TOKEN_REQUEST_URL"),
                Some(Provider::GitLab) => set("SIGSTORE_ID_TOKEN"),
                _ => false,
            },
            // Sigstore's own look at the environment (@sigstore/sign 4, dist/identity/ci.js).
            can_sign: can_request || set("SIGSTORE_ID_TOKEN"),
            repository: match provider {
                Some(Provider::GitHub) => world.filled_var("GITHUB_REPOSITORY").and_then(|repository| {
                    let server = world.var("GITHUB_SERVER_URL").unwrap_or("https://github.com");
                    (!server.is_empty()).then(|| format!("{server}/{repository}"))
                }),
                Some(Provider::GitLab) => world.filled_var("CI_PROJECT_URL").map(str::to_owned),
                _ => None,
            },
            repository_id: match provider {
                Some(Provider::GitHub) => world.filled_var("GITHUB_REPOSITORY_ID").map(str::to_owned),
                Some(Provider::GitLab) => world.filled_var("CI_PROJECT_ID").map(str::to_owned),
                _ => None,
            },
            workflow: match provider {
                Some(Provider::GitHub) => github_workflow(world).map(str::to_owned),
                Some(Provider::GitLab) => world.filled_var("CI_CONFIG_PATH").map(str::to_owned),
                _ => None,
            },
            environment: provider.and_then(|provider| environment(world, provider)),
            is_public: provider.and_then(|provider| is_public(world, provider)),
            is_private: provider == Some(Provider::GitHub)
                && visibility(world).is_some_and(|visibility| matches!(visibility.as_str(), "private" | "internal")),
            self_hosted: provider == Some(Provider::GitHub) && world.var("RUNNER_ENVIRONMENT") == Some("self-hosted"),
            is_proposal: world.var("GITHUB_EVENT_NAME").is_some_and(|event| event.starts_with("pull_request"))
                || PROPOSALS.iter().any(|name| world.filled_var(name).is_some()),
            refused_event: REFUSED_EVENTS
                .into_iter()
                .find(|event| provider == Some(Provider::GitHub) && world.var("GITHUB_EVENT_NAME") == Some(event)),
            token_variables,
        }
    }
}

/// As npm cuts it out (libnpmpublish 11, lib/provenance.js): the file of the workflow that was started, which may call others.
fn github_workflow(world: &World) -> Option<&str> {
    let repository = world.filled_var("GITHUB_REPOSITORY")?;
    let file = world.filled_var("GITHUB_WORKFLOW_REF")?.strip_prefix(repository)?.strip_prefix('/')?;
    file.split_once('@').map(|(path, _)| path).filter(|path| !path.is_empty())
}

/// What the available identity says, or where there is none yet, GitLab's variable or the file of GitHub's workflow.
fn environment(world: &World, provider: Provider) -> Option<String> {
    if let Some(claims) = claims(world) {
        return (!claims.is_null()).then(|| claims["environment"].as_str().unwrap_or_default().to_owned());
    }
    match provider {
        Provider::GitHub => environment_of_workflow(world),
        Provider::GitLab => Some(world.var("CI_ENVIRONMENT_NAME").unwrap_or_default().to_owned()),
        Provider::Circle => None,
    }
}

/// A workflow, as far as it says in which environments its jobs run.
#[derive(serde::Deserialize)]
struct Workflow {
    jobs: BTreeMap<String, Job>,
}

#[derive(serde::Deserialize)]
struct Job {
    environment: Option<Environment>,
    /// Another workflow, whose jobs may have the same names.
    uses: Option<serde::de::IgnoredAny>,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Environment {
    Name(String),
    Table { name: String },
}

/// Nothing where a job may be that of another workflow, or the checkout another version of the file.
fn environment_of_workflow(world: &World) -> Option<String> {
    let commit = world.filled_var("GITHUB_SHA")?;
    let path = Path::new(world.filled_var("GITHUB_WORKSPACE")?).join(github_workflow(world)?);
    if world.filled_var("GITHUB_WORKFLOW_SHA") != Some(commit) {
        return None;
    }
    let bytes = world.files.read(&path, crate::project::world::limit::SETTINGS).ok()?;
    let workflow: Workflow = serde_saphyr::from_str(&String::from_utf8_lossy(&bytes)).ok()?;
    if workflow.jobs.values().any(|job| job.uses.is_some()) {
        return None;
    }
    let name = match workflow.jobs.get(world.filled_var("GITHUB_JOB")?)?.environment.as_ref() {
        None => "",
        Some(Environment::Name(name) | Environment::Table { name }) => name,
    };
    (!name.contains("${{")).then(|| name.to_owned())
}

/// What the available identity says of the job: nothing where it is none.
fn claims(world: &World) -> Option<Value> {
    let identity = world.filled_var("NPM_ID_TOKEN")?;
    let payload = identity.split('.').nth(1).map(decode_base64);
    Some(payload.and_then(|payload| serde_json::from_str(&payload).ok()).unwrap_or_default())
}

/// npm reads it from the identity (lib/utils/oidc.js, npm 11.19.1). One that it would ask GitHub for is not created here:
/// what GitHub wrote down of the event that started the job says the same.
fn is_public(world: &World, provider: Provider) -> Option<bool> {
    let claim = match provider {
        Provider::GitHub => "repository_visibility",
        Provider::GitLab => "project_visibility",
        // npm adds none there.
        Provider::Circle => return Some(false),
    };
    if let Some(claims) = claims(world) {
        return Some(claims[claim] == "public");
    }
    Some(visibility(world)? == "public")
}

/// Of the repository, in the event that started a job of GitHub's.
fn visibility(world: &World) -> Option<String> {
    let event = world.filled_var("GITHUB_EVENT_PATH")?;
    let event = world.files.read(event.as_ref(), crate::project::world::limit::DOCUMENT).ok()?;
    let event: Value = serde_json::from_slice(&event).ok()?;
    event["repository"]["visibility"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Ci, ReleaseTag};
    use crate::npm::version::Version;
    use crate::project::world::World;

    fn is_public(files: &[(&str, &str)], env: &[(&str, &str)]) -> Option<bool> {
        Ci::detect(&World::memory(files, env)).is_public
    }

    #[test]
    fn a_tag_containing_a_version_is_a_release() {
        for (tag, name, is_component, version) in [
            ("v1.2.3", None, false, "1.2.3"),
            ("1.2.3-rc.1", None, false, "1.2.3-rc.1"),
            ("left-lodge@v1.2.3", Some("left-lodge"), false, "1.2.3"),
            ("@acme/a@1.2.3", Some("@acme/a"), false, "1.2.3"),
            ("left-lodge-v1.2.3-rc.1", Some("left-lodge"), true, "1.2.3-rc.1"),
            ("a-vb-v1.2.3", Some("a-vb"), true, "1.2.3"),
            ("@acme/a-v1.2.3", Some("@acme/a"), true, "1.2.3"),
        ] {
            let version = Version::valid(version, false).unwrap();
            assert_eq!(ReleaseTag::parse(tag), Some(ReleaseTag { name, is_component, version }), "{tag}");
        }
        for tag in ["v1", "nightly", "left-lodge-v1", "left-lodge-1.2", "-v1.2.3", "2026-01-02", "left-lodge@next"] {
            assert_eq!(ReleaseTag::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_component_may_omit_the_scope_of_its_package() {
        let names = |tag, package| ReleaseTag::parse(tag).unwrap().names(package);
        assert!(names("a-v1.2.3", "@acme/a") && names("a-v1.2.3", "a") && names("@acme/a@1.2.3", "@acme/a"));
        assert!(!names("a@1.2.3", "@acme/a") && !names("v1.2.3", "a") && !names("acme/a-v1.2.3", "@acme/a"));
    }

    #[test]
    fn an_identity_token_gives_the_repository_visibility() {
        // {"repository_visibility":"public"}, {"project_visibility":"public"}
        let github = "e30.eyJyZXBvc2l0b3J5X3Zpc2liaWxpdHkiOiJwdWJsaWMifQ.x";
        let gitlab = "e30.eyJwcm9qZWN0X3Zpc2liaWxpdHkiOiJwdWJsaWMifQ.x";
        for (service, identity, expected) in [
            ("GITHUB_ACTIONS", github, Some(true)),
            ("GITHUB_ACTIONS", gitlab, Some(false)),
            ("GITLAB_CI", gitlab, Some(true)),
            ("GITLAB_CI", "no-jwt", Some(false)),
            ("CIRCLECI", github, Some(false)),
            ("TRAVIS", github, None),
        ] {
            assert_eq!(
                is_public(&[], &[(service, "true"), ("NPM_ID_TOKEN", identity)]),
                expected,
                "{service} {identity}"
            );
        }
    }

    #[test]
    fn the_workflow_file_of_a_job_is_known() {
        let detected = |env: &[(&str, &str)]| {
            let ci = Ci::detect(&World::memory(&[], env));
            (ci.workflow, ci.repository_id)
        };
        let own = |text: &str| Some(text.to_owned());
        let github = |reference| {
            let repository = [("GITHUB_REPOSITORY", "a/b"), ("GITHUB_REPOSITORY_ID", "7")];
            detected(&[&[("GITHUB_ACTIONS", "true"), ("GITHUB_WORKFLOW_REF", reference)][..], &repository].concat())
        };
        assert_eq!(github("a/b/.github/workflows/x.yml@refs/tags/v@1"), (own(".github/workflows/x.yml"), own("7")));
        for odd in ["c/d/.github/workflows/x.yml@main", "a/b/@main", "a/b/x.yml", ""] {
            assert_eq!(github(odd).0, None, "{odd}");
        }
        let gitlab = [("GITLAB_CI", "true"), ("CI_CONFIG_PATH", "ci.yml"), ("CI_PROJECT_ID", "8")];
        assert_eq!(detected(&gitlab), (own("ci.yml"), own("8")));
    }

    #[test]
    fn the_environment_of_a_job_is_known() {
        // {"environment":"npm"}
        let identity = ("NPM_ID_TOKEN", "e30.eyJlbnZpcm9ubWVudCI6Im5wbSJ9.x");
        let detected =
            |files: &[(&str, &str)], env: &[(&str, &str)]| Ci::detect(&World::memory(files, env)).environment;
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(detected(&[], &[("GITHUB_ACTIONS", "true"), identity]), own("npm"));
        assert_eq!(detected(&[], &[("GITHUB_ACTIONS", "true"), ("NPM_ID_TOKEN", "e30.e30.x")]), own(""));
        assert_eq!(detected(&[], &[("GITLAB_CI", "true"), ("CI_ENVIRONMENT_NAME", "prod")]), own("prod"));
        let of_file = |text: &str, sha: &str| {
            let env = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_REPOSITORY", "a/b"),
                ("GITHUB_WORKFLOW_REF", "a/b/.github/workflows/x.yml@refs/heads/main"),
                ("GITHUB_WORKSPACE", "/checkout"),
                ("GITHUB_SHA", "1"),
                ("GITHUB_WORKFLOW_SHA", sha),
                ("GITHUB_JOB", "publish"),
            ];
            detected(&[("/checkout/.github/workflows/x.yml", text)], &env)
        };
        assert_eq!(of_file("on: push\njobs:\n  publish:\n    environment: npm\n", "1"), own("npm"));
        assert_eq!(of_file("jobs:\n  publish:\n    environment:\n      name: npm\n      url: x\n", "1"), own("npm"));
        assert_eq!(of_file("jobs:\n  publish:\n    runs-on: x\n", "1"), own(""));
        for (text, sha) in [
            ("jobs:\n  publish:\n    environment: ${{ inputs.e }}\n", "1"),
            ("jobs:\n  publish:\n    environment: npm\n", "2"),
            ("jobs:\n  publish:\n    environment: npm\n  other:\n    uses: ./x.yml\n", "1"),
            ("jobs:\n  other:\n    environment: npm\n", "1"),
            ("jobs: [", "1"),
        ] {
            assert_eq!(of_file(text, sha), None, "{text} {sha}");
        }
    }

    #[test]
    fn without_a_token_the_event_gives_the_repository_visibility() {
        let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", "/github/event.json")];
        let event = |text| is_public(&[("/github/event.json", text)], &env);
        assert_eq!(event(r#"{"repository":{"visibility":"public","private":false}}"#), Some(true));
        assert_eq!(event(r#"{"repository":{"visibility":"internal","private":true}}"#), Some(false));
        assert_eq!(event(r#"{"inputs":{}}"#), None);
        assert_eq!(event("{"), None);
        assert_eq!(is_public(&[], &env), None);
    }
}
