//! Other registries, by the answers that their documentation, their source or their users' reports show: what is
//! predicted, what is asked, and what the installed npm then does with the vendor's answer to the `PUT`.

use serde_json::json;

use crate::harness::{Outcome, Sandbox, few_at_a_time, npm_is_here};
use crate::npm_publish::report;
use crate::prediction::{Prediction, Says};
use crate::registry::faults::Fault;
use crate::registry::state::State;
use crate::registry::{Entry, FakeRegistry};

/// One publish of version 1.1.0 or, when it must be refused for being there, of 1.0.0.
struct Row {
    name: &'static str,
    /// The registry's path, with slashes at both ends.
    path: &'static str,
    package: &'static str,
    version: &'static str,
    /// Recorded answers: to whoami, to the packument, to the `PUT`.
    answers: [&'static str; 3],
    /// npm's code; none: it publishes.
    npm: Option<&'static str>,
    says: Says,
    warns: &'static [&'static str],
}

fn row(name: &'static str, path: &'static str, answers: [&'static str; 3]) -> Row {
    Row {
        name,
        path,
        package: "@acme/otter",
        version: "1.1.0",
        answers,
        npm: None,
        says: Says::Assumed("not-a-maintainer"),
        warns: &[],
    }
}

impl Row {
    /// The version that is there, with npm's own check off: the registry refuses it.
    fn again(self, npm: &'static str) -> Self {
        Self { version: "1.0.0", npm: Some(npm), says: Says::Error("version-published"), ..self }
    }

    fn refused(self, npm: &'static str) -> Self {
        Self { npm: Some(npm), ..self }
    }

    fn found(self, npm: &'static str, rule: &'static str) -> Self {
        Self { npm: Some(npm), says: Says::Error(rule), ..self }
    }
}

const GITLAB: &str = "/api/v4/projects/7/packages/npm/";
const GITEA: &str = "/api/packages/acme/npm/";
const NEXUS: &str = "/repository/npm-hosted/";
const AZURE: &str = "/o/_packaging/feed/npm/registry/";
const ARTIFACTORY: &str = "/artifactory/api/npm/npm-local/";
const CODEARTIFACT: &str = "/npm/main/";

fn rows() -> Vec<Row> {
    let ok = "gitlab-put-ok";
    vec![
        row("GitHub: a new version", "/", ["github-whoami-404", "github-packument", ok]),
        row("GitHub: the version exists", "/", ["github-whoami-404", "github-packument", "github-put-409"])
            .again("E409"),
        row("GitHub: the token may not write", "/", ["github-whoami-404", "github-packument", "github-put-403"])
            .refused("E403"),
        row("GitHub: the token has ended", "/", ["github-whoami-404", "github-401", "github-401"])
            .found("E401", "credential-rejected"),
        row("GitLab: a new package", GITLAB, ["gitlab-whoami-404", "gitlab-packument-302", ok]),
        row("GitLab: the version exists", GITLAB, ["gitlab-whoami-404", "gitlab-packument", "gitlab-put-403"])
            .again("E403"),
        row("GitLab: the token has ended", GITLAB, ["gitlab-whoami-404", "gitlab-401", "gitlab-401"])
            .found("E401", "credential-rejected"),
        row(
            "GitLab: the address of a group",
            "/api/v4/groups/7/-/packages/npm/",
            ["gitlab-whoami-404", "gitlab-packument", "gitlab-whoami-404"],
        )
        .found("E404", "registry-read-only"),
        row("Gitea: a new package", GITEA, ["gitea-404", "gitea-404", ok]),
        row("Gitea: the version exists", GITEA, ["gitea-404", "gitea-packument", "gitea-put-400-exists"]).again("E400"),
        row("Gitea: the repository is not theirs", GITEA, ["gitea-404", "gitea-packument", "gitea-put-403"])
            .refused("E403"),
        Row {
            package: "@acme/Otter",
            ..row("Gitea: a name with a capital", GITEA, ["gitea-404", "gitea-404", "gitea-put-400-name"])
                .found("E400", "name-invalid")
        },
        row("Artifactory: a new version", ARTIFACTORY, ["vendor-whoami", "gitlab-packument", ok]),
        row(
            "Artifactory: the version exists",
            ARTIFACTORY,
            ["vendor-whoami", "gitlab-packument", "artifactory-put-403"],
        )
        .again("E403"),
        row("Nexus: the version exists", NEXUS, ["gitea-404", "gitlab-packument", "nexus-put-400"]).again("E400"),
        row("Nexus: tokens are not switched on", NEXUS, ["gitea-404", "nexus-401", "nexus-401"])
            .found("E401", "credential-rejected"),
        Row {
            warns: &["registry-read-only"],
            ..row("Nexus: a group", "/repository/npm-group/", ["gitea-404", "gitlab-packument", "nexus-put-405"])
                .refused("E405")
        },
        row("CodeArtifact: a new package", CODEARTIFACT, ["gitea-404", "codeartifact-404", ok]),
        row(
            "CodeArtifact: the version exists",
            CODEARTIFACT,
            ["gitea-404", "gitlab-packument", "codeartifact-put-409"],
        )
        .again("E409"),
        row("CodeArtifact: the token has ended", CODEARTIFACT, ["codeartifact-401"; 3])
            .found("E401", "credential-rejected"),
        row("Azure: the version exists", AZURE, ["gitea-404", "gitlab-packument", "azure-put-403-exists"])
            .again("E403"),
        row("Azure: no right to add", AZURE, ["gitea-404", "gitlab-packument", "azure-put-403-right"]).refused("E403"),
        row("Azure: the token has ended", AZURE, ["azure-401"; 3]).found("E401", "credential-rejected"),
        Row {
            npm: Some("E401"),
            says: Says::Undecided("credential-rejected"),
            ..row("Verdaccio greets everybody", "/", ["verdaccio-whoami-empty", "gitlab-packument", "put-401-basic"])
        },
    ]
}

/// What happened.
struct Observed {
    row: Row,
    lint: Outcome,
    asked: Vec<Entry>,
    npm: Outcome,
}

fn observe(row: Row) -> Observed {
    let registry = FakeRegistry::start(State::empty());
    let [whoami, packument, put] = row.answers;
    for (method, path, exchange) in
        [("GET", "-/whoami", whoami), ("GET", row.package, packument), ("PUT", row.package, put)]
    {
        registry.fault(Fault::exchange(method, &format!("{}{path}", row.path), exchange));
    }
    let mut sandbox = Sandbox::new();
    sandbox.value("<registry>", &format!("{}{}", registry.origin(), row.path));
    sandbox.value("<nerf>", &format!("{}{}", registry.nerf_dart(), &row.path[1..]));
    sandbox.file("home/.npmrc", "registry=<registry>\n<nerf>:_authToken=<token:somebody>\n");
    sandbox.file("project/package.json", &json!({ "name": row.package, "version": row.version }).to_string());
    let args: &[&str] = if row.version == "1.0.0" { &["--force"] } else { &[] };
    let command: Vec<&str> = ["lint", "--format", "json"].into_iter().chain(args.iter().copied()).collect();
    let lint = sandbox.preflight("project", &command);
    let asked = registry.log();
    let npm = sandbox.npm_publish("project", args);
    Observed { row, lint, asked, npm }
}

#[test]
fn other_registries_are_checked_by_their_responses() {
    if !npm_is_here() {
        return;
    }
    let all = few_at_a_time(rows(), observe);
    let mut wrong = Vec::new();
    for Observed { row, lint, asked, npm } in &all {
        let mut complain = |what: String| wrong.push((row.name, what));
        let published = npm.code == Some(0);
        if npm.npm_code() != row.npm || published != row.npm.is_none() {
            complain(format!("npm: {:?}, {}", npm.npm_code(), npm.npm_error()));
        }
        let json = lint.json().unwrap_or_else(|error| panic!("{}: {error}", row.name));
        let prediction = Prediction::new(&json);
        if let Err(what) = prediction.check(row.says, npm, published) {
            complain(what);
        }
        if prediction.warnings != row.warns {
            complain(format!("warnings: {:?}", prediction.warnings));
        }
        // Accounts, organisations and collaborators are npm's own.
        let is_known = |entry: &&Entry| {
            let end = entry.target.strip_prefix(row.path).unwrap_or_default();
            entry.method == "GET" && (end == "-/whoami" || end == row.package.replace('/', "%2f"))
        };
        if let Some(other) = asked.iter().find(|entry| !is_known(entry)) {
            complain(format!("asked for {} {}", other.method, other.target));
        }
    }
    report(&wrong);
    let found = all.iter().filter(|one| matches!(one.row.says, Says::Error(_))).count();
    let refused = all.iter().filter(|one| one.row.npm.is_some()).count();
    assert_eq!((all.len(), refused, found), (24, 19, 14), "publishes, refusals, refusals that were predicted");
}
