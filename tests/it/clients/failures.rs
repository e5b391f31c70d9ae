//! What pnpm, Yarn and Bun print when the fake registry refuses them, or before they ask it: `diagnose` names the cause.

use npm_preflight::commands::diagnose::suspects;

use super::Client;
use crate::harness::{Sandbox, at_a_time, npm_is_here};
use crate::registry::FakeRegistry;
use crate::registry::cast::{self, token};
use crate::registry::faults::Fault;
use crate::registry::state::TokenKind;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    NoCredential,
    UnknownToken,
    ReadOnlyToken,
    NoSecondFactor,
    VersionPublished,
    NotTheOwner,
    NotPublic,
    Private,
    NoVersion,
    Unreachable,
    Busy,
}

impl Wrong {
    const ALL: [Self; 11] = [
        Self::NoCredential,
        Self::UnknownToken,
        Self::ReadOnlyToken,
        Self::NoSecondFactor,
        Self::VersionPublished,
        Self::NotTheOwner,
        Self::NotPublic,
        Self::Private,
        Self::NoVersion,
        Self::Unreachable,
        Self::Busy,
    ];

    fn manifest(self) -> &'static str {
        match self {
            Self::VersionPublished => r#"{ "name": "left-lodge", "version": "1.1.0" }"#,
            Self::NotTheOwner => r#"{ "name": "bobs-bits", "version": "1.1.0" }"#,
            Self::NotPublic => {
                r#"{ "name": "@alice/fresh", "version": "1.1.0", "publishConfig": { "access": "restricted" } }"#
            }
            Self::Private => r#"{ "name": "left-lodge", "version": "1.2.0", "private": true }"#,
            Self::NoVersion => r#"{ "name": "left-lodge" }"#,
            _ => r#"{ "name": "left-lodge", "version": "1.2.0" }"#,
        }
    }

    fn token(self) -> Option<String> {
        match self {
            Self::NoCredential => None,
            Self::UnknownToken => Some(token("nobody")),
            Self::ReadOnlyToken => Some(token("read-only")),
            Self::NoSecondFactor => Some(token("alice-granular")),
            _ => Some(token("alice-bypass")),
        }
    }
}

/// What the client prints.
fn printed(client: Client, wrong: Wrong) -> String {
    let mut state = cast::registry();
    state.add_token("read-only", "alice", TokenKind::Granular, |token| {
        token.read_only = true;
        token.bypass_2fa = true;
    });
    let registry = FakeRegistry::start(state);
    if wrong == Wrong::Busy {
        registry.fault(Fault::exchange("PUT", "/*", "gateway-503"));
    }
    let origin = match wrong {
        Wrong::Unreachable => "http://127.0.0.1:9",
        _ => registry.origin(),
    };
    let mut sandbox = Sandbox::new();
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        sandbox.unset(name);
    }
    for (name, value) in [("YARN_ENABLE_TELEMETRY", "0"), ("pnpm_config_pm_on_fail", "ignore"), ("NO_COLOR", "1")] {
        sandbox.env(name, value);
    }
    let nerf = origin.trim_start_matches("http:");
    let credential = wrong.token().map(|token| format!("{nerf}/:_authToken={token}\n")).unwrap_or_default();
    sandbox.file("home/.npmrc", &format!("registry={origin}/\nfetch-retries=0\n{credential}"));
    let credential = wrong.token().map(|token| format!("npmAuthToken: {token}\n")).unwrap_or_default();
    let yarn =
        format!("npmRegistryServer: \"{origin}\"\nunsafeHttpWhitelist: [\"127.0.0.1\"]\nhttpRetry: 0\n{credential}");
    sandbox.file("project/package.json", wrong.manifest());
    sandbox.file("project/index.js", "exports.lodge = 1\n");
    if client == Client::Yarn {
        let name = wrong.manifest().split('"').nth(3).expect("a name");
        sandbox.file("project/.yarnrc.yml", &yarn);
        sandbox.file(
            "project/yarn.lock",
            &format!(
                "__metadata:\n  version: 10\n\n\"{name}@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \
                 \"{name}@workspace:.\"\n  languageName: unknown\n  linkType: soft\n"
            ),
        );
    }
    let (program, words) = client.publish();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = sandbox.run(&program, "project", &words);
    format!("{}{}", outcome.stdout, outcome.stderr)
}

/// The rule that comes first; `None`: the client publishes, or there is no rule for it.
fn expected(client: Client, wrong: Wrong) -> Option<&'static str> {
    Some(match wrong {
        // pnpm sends the package without one, and the registry answers as it does for a wrong one.
        Wrong::NoCredential if client == Client::Pnpm => "credential-rejected",
        Wrong::NoCredential => "credential-missing",
        Wrong::UnknownToken => "credential-rejected",
        Wrong::ReadOnlyToken => "credential-restricted",
        Wrong::NoSecondFactor => "two-factor-required",
        Wrong::VersionPublished => "version-published",
        Wrong::NotTheOwner => "name-taken",
        Wrong::NotPublic => "access-missing",
        Wrong::Private => "private-package",
        Wrong::NoVersion => match client {
            Client::YarnClassic => return None,
            Client::Yarn => "name-invalid",
            Client::Pnpm | Client::Bun => "version-invalid",
        },
        Wrong::Unreachable => "registry-unreachable",
        Wrong::Busy => return None,
    })
}

#[test]
fn the_output_of_the_clients_leads_to_the_cause() {
    if !npm_is_here() {
        return;
    }
    let all = Client::ALL.into_iter().flat_map(|client| Wrong::ALL.map(|wrong| (client, wrong)));
    let differences: Vec<String> = at_a_time(2, all, |(client, wrong)| {
        let text = printed(client, wrong);
        let first = suspects(&text).first().map(|rule| rule.id);
        let expected = expected(client, wrong);
        (first != expected).then(|| format!("{client:?} {wrong:?}: {first:?}, not {expected:?}\n{text}"))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
