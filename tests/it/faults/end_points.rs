//! The endpoints that are asked, each with a publish that asks it.

use npm_preflight::facts::Ask;

use crate::harness::Sandbox;
use crate::registry::cast;
use crate::registry::faults::{Fault, Harm};
use crate::registry::state::State;

/// An endpoint and the publish that needs it.
pub(super) struct EndPoint {
    pub(super) ask: Ask,
    /// As it is asked for.
    pub(super) target: &'static str,
    /// The rules that are undecided without it.
    pub(super) decides: &'static [&'static str],
    /// What the CI job that publishes has in its environment.
    pub(super) job: &'static [(&'static str, &'static str)],
    manifest: &'static str,
    token: &'static str,
    pub(super) args: &'static [&'static str],
    /// Another endpoint that must be broken for this one to be asked.
    broken: Option<&'static str>,
    /// What a fault says that is an answer: its status and the errors that may follow from it.
    pub(super) answers: &'static [(u16, &'static [&'static str])],
}

const LODGE: &str = r#"{"name":"left-lodge","version":"1.2.0"}"#;
const OTP: &[&str] = &["--otp", "123456"];

const fn login(ask: Ask, target: &'static str, decides: &'static [&'static str]) -> EndPoint {
    let (job, broken, answers): (&[_], _, &[_]) = (&[], None, &[]);
    EndPoint { ask, target, decides, job, manifest: LODGE, token: "alice-session", args: OTP, broken, answers }
}

pub(super) static END_POINTS: &[EndPoint] = &[
    EndPoint { answers: &[(404, &["name-taken"])], ..login(Ask::Packument, "/left-lodge", &["version-reused"]) },
    EndPoint {
        answers: &[(401, &["credential-rejected"])],
        ..login(Ask::Whoami, "/-/whoami", &["credential-rejected"])
    },
    EndPoint {
        manifest: r#"{"name":"left-lodge","version":"1.2.0","dependencies":{"bobs-bits":"^1.0.0"}}"#,
        answers: &[(404, &["dependency-unavailable"])],
        ..login(Ask::Versions, "/bobs-bits", &["dependency-unavailable"])
    },
    login(Ask::Profile, "/-/npm/v1/user", &["two-factor-required"]),
    login(Ask::Tokens, "/-/npm/v1/tokens", &["credential-restricted"]),
    EndPoint {
        manifest: r#"{"name":"@acme/new","version":"1.0.0"}"#,
        args: &["--otp", "123456", "--access", "public"],
        answers: &[(403, &["scope-not-yours"]), (404, &["scope-not-yours"])],
        ..login(Ask::Roster, "/-/org/acme/user", &["scope-not-yours"])
    },
    EndPoint {
        manifest: r#"{"name":"@acme/core","version":"1.1.0"}"#,
        token: "bob-session",
        answers: &[(404, &[])],
        ..login(Ask::Collaborators, "/-/package/@acme%2fcore/collaborators", &["not-a-maintainer"])
    },
    EndPoint {
        manifest: r#"{"name":"@acme/core","version":"1.1.0"}"#,
        args: &["--otp", "123456", "--access", "public"],
        answers: &[(404, &[])],
        ..login(Ask::Visibility, "/-/package/@acme%2fcore/visibility", &["access-change"])
    },
    EndPoint {
        // A registry without such a list is none that stages.
        answers: &[(404, &[]), (405, &[]), (501, &[])],
        ..login(Ask::Stage, "/-/stage", &["version-staged"])
    },
    EndPoint {
        manifest: r#"{"name":"left-lodge","version":"1.0.5"}"#,
        broken: Some("/left-lodge"),
        answers: &[(404, &[])],
        ..login(Ask::DistTags, "/-/package/left-lodge/dist-tags", &["latest-moves-back"])
    },
    EndPoint {
        manifest: r#"{"name":"left-lodge","version":"1.1.0"}"#,
        broken: Some("/left-lodge"),
        answers: &[(404, &[])],
        ..login(Ask::Version, "/left-lodge/1.1.0", &["version-published"])
    },
    EndPoint {
        manifest: r#"{"name":"leftlodge","version":"1.0.0"}"#,
        ..login(Ask::Search, "/-/v1/search", &["name-too-similar"])
    },
    EndPoint {
        // Without a name nothing asks for what is staged of the package, by the same path.
        manifest: r#"{"version":"1.0.0"}"#,
        token: "nobody-knows-it",
        answers: &[(401, &["credential-rejected"]), (404, &["credential-rejected"]), (405, &["credential-rejected"])],
        // Well or not, a 401 is the answer: what another one does is tested with the rule.
        ..login(Ask::AnyStage, "/-/stage", &[])
    },
    EndPoint {
        manifest: r#"{"name":"@vault/new","version":"1.0.0"}"#,
        answers: &[(404, &["access-missing"])],
        ..login(Ask::Packages, "/-/org/vault/package", &[])
    },
    EndPoint {
        manifest: r#"{"name":"built-kettle","version":"1.1.0"}"#,
        job: &[
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "alice/kettle"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret"),
        ],
        answers: &[(404, &[])],
        ..login(Ask::Attestations, "/-/npm/v1/attestations/built-kettle@1.0.0", &[])
    },
    EndPoint { manifest: r#"{"version":"1.0.0"}"#, ..login(Ask::Ping, "/-/ping", &["registry-unreachable"]) },
];

impl EndPoint {
    /// The registry's content.
    pub(super) fn state() -> State {
        let mut state = cast::registry();
        let mut kettle = cast::package("alice", &["1.0.0"]);
        kettle.versions[0].1.built_by = Some(("alice/kettle", "publish.yml"));
        state.add_package("built-kettle", kettle);
        state
    }

    /// The environment of the CI job that publishes.
    pub(super) fn prepare(&self, sandbox: &mut Sandbox) {
        for (name, value) in self.job {
            sandbox.env(name, value);
        }
    }

    /// The publish.
    pub(super) fn files(&self) -> [(String, String); 2] {
        let npmrc = format!("registry=<registry>/\n<nerf>:_authToken=<token:{}>\n", self.token);
        [("project/package.json".to_owned(), self.manifest.to_owned()), ("home/.npmrc".to_owned(), npmrc)]
    }

    /// What is wrong even in a healthy run.
    pub(super) fn broken(&self) -> Option<Fault> {
        self.broken.map(|path| Fault::new("GET", path, Fault::status(403, None, "{}")))
    }

    /// A harm to this endpoint.
    pub(super) fn fault(&self, harm: Harm) -> Fault {
        Fault::new("GET", &self.target.replace("%2f", "/"), harm)
    }
}
