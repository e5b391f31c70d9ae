//! Which CI system runs this, as npm's own detection sees it (`ci-info` 4, as shipped with npm 11.19.1), and whether
//! the job can prove its identity to a registry (trusted publishing) or to Sigstore (provenance).

use crate::world::World;

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
pub struct Ci {
    /// Which system, when it is one of those npm can use for trusted publishing.
    pub provider: Option<Provider>,
    /// Any CI system at all.
    pub is_ci: bool,
    /// npm would try to exchange an identity token for a registry token.
    pub can_exchange: bool,
    /// npm could have provenance signed.
    pub can_attest: bool,
}

impl Ci {
    /// Reads the environment.
    pub fn detect(world: &World) -> Self {
        let set = |name: &str| world.filled_var(name).is_some();
        if world.var("CI") == Some("false") {
            return Self::default();
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
        let is_ci = provider.is_some()
            || [
                "BUILD_ID",
                "BUILD_NUMBER",
                "CI",
                "CI_APP_ID",
                "CI_BUILD_ID",
                "CI_BUILD_NUMBER",
                "CI_NAME",
                "CONTINUOUS_INTEGRATION",
                "RUN_ID",
            ]
            .iter()
            .any(|name| set(name));
        Self {
            provider,
            is_ci,
            can_exchange: match provider {
                Some(Provider::GitHub) => set("NPM_ID_TOKEN") || can_request,
                Some(_) => set("NPM_ID_TOKEN"),
                None => false,
            },
            can_attest: match provider {
                Some(Provider::GitHub) => set("ACTIONS_ID_TOKEN_REQUEST_URL"),
                Some(Provider::GitLab) => set("SIGSTORE_ID_TOKEN"),
                _ => false,
            },
        }
    }
}
