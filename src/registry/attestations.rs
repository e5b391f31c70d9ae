//! The attestations of a published version: what its provenance statement says of the repository and the workflow it was built
//! from. The statement is text inside of a DSSE envelope, written by whoever published; what is not as npm writes it
//! (libnpmpublish 11, lib/provenance.js, and npm 9, which wrote in-toto's v0.2 for GitHub as well) is no evidence.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::facts::{Builder, Provenance};
use crate::text::redact::decode_base64;

/// The longest statement that is read, in bytes of base64: npm's take some kilobytes.
const LONGEST_PAYLOAD: usize = 256 << 10;
/// The longest text that is taken from one, in characters.
const LONGEST_TEXT: usize = 200;

const SLSA_V1: &str = "https://slsa.dev/provenance/v1";
const SLSA_V0_2: &str = "https://slsa.dev/provenance/v0.2";

/// What a body with status 200 says; the error is what follows "the URL …".
pub(super) fn read(object: &Map<String, Value>) -> Result<Provenance, String> {
    let Some(attestations) = object.get("attestations").and_then(Value::as_array) else {
        return Err("answered 200 with something that is not a list of attestations".to_owned());
    };
    let is_provenance = |one: &&Value| {
        let kind = one.get("predicateType").and_then(Value::as_str);
        kind.is_some_and(|kind| matches!(kind, SLSA_V1 | SLSA_V0_2))
    };
    let payload = |one: &Value| Some(one.pointer("/bundle/dsseEnvelope/payload")?.as_str()?.to_owned());
    let payload = attestations.iter().find(is_provenance).and_then(payload);
    let Some(payload) = payload.filter(|payload| payload.len() <= LONGEST_PAYLOAD) else {
        return Err("answered 200 with attestations that have no provenance".to_owned());
    };
    let provenance = statement(&decode_base64(&payload));
    provenance.ok_or_else(|| "answered 200 with a provenance statement in an unknown form".to_owned())
}

#[derive(Deserialize)]
struct Statement<P> {
    subject: [Subject; 1],
    predicate: P,
}

#[derive(Deserialize)]
struct Subject {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    predicate_type: String,
}

fn statement(text: &str) -> Option<Provenance> {
    let kind: Kind = serde_json::from_str(text).ok()?;
    let provenance = match kind.predicate_type.as_str() {
        SLSA_V1 => parse::<V1>(text)?.read_provenance()?,
        SLSA_V0_2 => parse::<V02>(text)?.read_provenance()?,
        _ => return None,
    };
    let Provenance { subject, machine, repository, repository_id, workflow, event, .. } = &provenance;
    let optional = [machine, repository_id, workflow, event].into_iter().flatten();
    let is_whole = optional.chain([subject, repository]).all(|text| is_plain(text));
    is_whole.then_some(provenance)
}

fn parse<P: DeserializeOwned>(text: &str) -> Option<Statement<P>> {
    serde_json::from_str(text).ok()
}

/// Something to show in a sentence, between backticks or not.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'`';
    (1..=LONGEST_TEXT).contains(&text.len()) && text.bytes().all(plain)
}

/// <https://slsa.dev/provenance/v1>, as npm writes it in GitHub Actions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V1 {
    build_definition: BuildDefinition,
    run_details: Option<RunDetails>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    external_parameters: External,
    internal_parameters: Option<Internal>,
}

#[derive(Deserialize)]
struct External {
    workflow: Workflow,
}

#[derive(Deserialize)]
struct Workflow {
    repository: String,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Internal {
    github: Option<GitHub>,
}

#[derive(Deserialize)]
struct GitHub {
    event_name: Option<String>,
    repository_id: Option<String>,
}

#[derive(Deserialize)]
struct RunDetails {
    builder: Option<Machine>,
}

#[derive(Deserialize)]
struct Machine {
    id: Option<String>,
}

impl Statement<V1> {
    fn read_provenance(self) -> Option<Provenance> {
        let [Subject { name: subject }] = self.subject;
        let V1 { build_definition: definition, run_details } = self.predicate;
        if !definition.build_type.starts_with("https://slsa-framework.github.io/github-actions-buildtypes/workflow/") {
            return None;
        }
        let Workflow { repository, path } = definition.external_parameters.workflow;
        let github = definition.internal_parameters.and_then(|parameters| parameters.github);
        let (event, repository_id) = github.map(|github| (github.event_name, github.repository_id)).unwrap_or_default();
        Some(Provenance {
            subject,
            builder: Builder::GitHub,
            machine: run_details.and_then(|details| details.builder?.id),
            repository,
            repository_id,
            workflow: path,
            event,
        })
    }
}

/// <https://slsa.dev/provenance/v0.2>, as npm writes it in GitLab CI, and once wrote it in GitHub Actions.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V02 {
    build_type: String,
    builder: Option<Machine>,
    invocation: Invocation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    config_source: Source,
    #[serde(default)]
    parameters: Parameters,
    #[serde(default)]
    environment: Environment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    uri: String,
    entry_point: Option<String>,
}

/// GitLab's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    #[serde(rename = "CI_CONFIG_PATH")]
    config_path: Option<String>,
    #[serde(rename = "CI_PROJECT_ID")]
    project_id: Option<String>,
    #[serde(rename = "CI_PIPELINE_SOURCE")]
    pipeline_source: Option<String>,
}

/// GitHub's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Environment {
    #[serde(rename = "GITHUB_EVENT_NAME")]
    event_name: Option<String>,
    #[serde(rename = "GITHUB_REPOSITORY_ID")]
    repository_id: Option<String>,
}

impl Statement<V02> {
    fn read_provenance(self) -> Option<Provenance> {
        let [Subject { name: subject }] = self.subject;
        let V02 { build_type, builder, invocation } = self.predicate;
        let Invocation { config_source: source, parameters, environment } = invocation;
        let url = source.uri.strip_prefix("git+")?;
        // A reference follows the repository of GitHub's.
        let repository = url.split('@').next().unwrap_or(url).to_owned();
        let machine = builder.and_then(|builder| builder.id);
        if build_type.starts_with("https://github.com/npm/cli/gitlab/") {
            Some(Provenance {
                subject,
                builder: Builder::GitLab,
                machine,
                repository,
                repository_id: parameters.project_id,
                workflow: parameters.config_path,
                event: parameters.pipeline_source,
            })
        } else if build_type.starts_with("https://github.com/npm/cli/gha/") {
            Some(Provenance {
                subject,
                builder: Builder::GitHub,
                machine,
                repository,
                repository_id: environment.repository_id,
                workflow: source.entry_point,
                event: environment.event_name,
            })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use serde_json::json;

    use super::*;

    fn read_provenance(statement: &Value) -> Result<Provenance, String> {
        let payload = base64::engine::general_purpose::STANDARD.encode(statement.to_string());
        let publish = json!({ "predicateType": "https://github.com/npm/attestation/tree/main/specs/publish/v0.1" });
        let bundle = json!({ "dsseEnvelope": { "payload": payload, "payloadType": "application/vnd.in-toto+json" } });
        let one = json!({ "predicateType": statement["predicateType"], "bundle": bundle });
        read(json!({ "attestations": [publish, one] }).as_object().unwrap())
    }

    fn v1(path: &str) -> Value {
        json!({
            "subject": [{ "name": "pkg:npm/%40acme/core@1.0.0" }],
            "predicateType": SLSA_V1,
            "predicate": {
                "buildDefinition": {
                    "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
                    "externalParameters": {
                        "workflow": { "ref": "refs/heads/main", "repository": "https://github.com/acme/core", "path": path },
                    },
                    "internalParameters": { "github": { "event_name": "push", "repository_id": "7" } },
                },
                "runDetails": { "builder": { "id": "https://github.com/actions/runner/github-hosted" } },
            },
        })
    }

    fn v0_2(build_type: &str) -> Value {
        json!({
            "subject": [{ "name": "pkg:npm/left-lodge@1.0.0" }],
            "predicateType": SLSA_V0_2,
            "predicate": {
                "buildType": build_type,
                "builder": { "id": "https://git.test/acme/core/-/runners/12" },
                "invocation": {
                    "configSource": { "uri": "git+https://git.test/acme/core@refs/tags/p@1.0.0", "entryPoint": "publish" },
                    "parameters": { "CI_CONFIG_PATH": ".gitlab-ci.yml", "CI_PROJECT_ID": "8", "CI_PIPELINE_SOURCE": "push" },
                    "environment": { "GITHUB_EVENT_NAME": "release", "GITHUB_REPOSITORY_ID": "9" },
                },
            },
        })
    }

    #[test]
    fn every_form_of_npms_attestations_is_read() {
        let own = |text: &str| Some(text.to_owned());
        let expected = Provenance {
            subject: Provenance::subject_of("@acme/core", "1.0.0"),
            builder: Builder::GitHub,
            machine: own("https://github.com/actions/runner/github-hosted"),
            repository: "https://github.com/acme/core".to_owned(),
            repository_id: own("7"),
            workflow: own(".github/workflows/publish.yml"),
            event: own("push"),
        };
        assert_eq!(read_provenance(&v1(".github/workflows/publish.yml")), Ok(expected));
        let gitlab = Provenance {
            subject: Provenance::subject_of("left-lodge", "1.0.0"),
            builder: Builder::GitLab,
            machine: own("https://git.test/acme/core/-/runners/12"),
            repository: "https://git.test/acme/core".to_owned(),
            repository_id: own("8"),
            workflow: own(".gitlab-ci.yml"),
            event: own("push"),
        };
        assert_eq!(read_provenance(&v0_2("https://github.com/npm/cli/gitlab/v0alpha1")), Ok(gitlab.clone()));
        let github = Provenance {
            builder: Builder::GitHub,
            repository_id: own("9"),
            workflow: own("publish"),
            event: own("release"),
            ..gitlab
        };
        assert_eq!(read_provenance(&v0_2("https://github.com/npm/cli/gha/v2")), Ok(github));
    }

    #[test]
    fn statements_not_written_by_npm_are_no_evidence() {
        let long = "a".repeat(LONGEST_TEXT + 1);
        for path in ["", "`rm`.yml", "a\n::error::b", "\u{202e}lmy.yml", &long] {
            assert!(read_provenance(&v1(path)).is_err(), "{path:?}");
        }
        assert!(read_provenance(&v0_2("https://example.test/mine")).is_err());
        for (at, odd) in [
            ("/subject", json!([])),
            ("/subject", json!([{ "name": "a" }, { "name": "b" }])),
            ("/predicate", json!(null)),
            ("/predicateType", json!("https://slsa.dev/provenance/v9")),
            ("/predicate/buildDefinition/buildType", json!("https://example.test/mine")),
            ("/predicate/buildDefinition/externalParameters/workflow/repository", json!(["x"])),
            ("/predicate/buildDefinition/internalParameters/github/repository_id", json!(7)),
        ] {
            let mut statement = v1("publish.yml");
            *statement.pointer_mut(at).unwrap() = odd;
            assert!(read_provenance(&statement).is_err(), "{at}");
        }
    }

    #[test]
    fn an_envelope_without_a_statement_is_no_evidence() {
        let huge = "A".repeat(LONGEST_PAYLOAD + 1);
        let nested = base64::engine::general_purpose::STANDARD.encode("[".repeat(100_000));
        for payload in [json!(null), json!("!"), json!("bm8="), json!(7), json!(huge), json!(nested)] {
            let bundle = json!({ "dsseEnvelope": { "payload": payload } });
            let body = json!({ "attestations": [{ "predicateType": SLSA_V1, "bundle": bundle }] });
            assert!(read(body.as_object().unwrap()).is_err());
        }
        for body in [json!({}), json!({ "attestations": {} }), json!({ "attestations": [null, 1, {}] })] {
            assert!(read(body.as_object().unwrap()).is_err(), "{body}");
        }
    }
}
