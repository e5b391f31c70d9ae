//! Whoever reads a report has one package manager, and what it says must be true of that one: the example of every rule is
//! reported for each client, and must not mention another one.

use crate::commands::testing::Scene;
use crate::publisher::Manager;
use crate::rules::diagnostic::Diagnostic;

/// A client that does not hand the package over to npm.
struct Client {
    version: &'static str,
    manager: Manager,
    /// What its codes begin with; `None`: it has none.
    codes: Option<&'static str>,
    /// Words that are not its own.
    foreign: &'static [&'static str],
}

const CLIENTS: [Client; 5] = [
    Client {
        version: "pnpm@12.21.0",
        manager: Manager::Pnpm,
        codes: Some("ERR_PNPM_"),
        foreign: &[".yarnrc", "npm_config"],
    },
    Client { version: "pnpm@11.28.10", manager: Manager::Pnpm, codes: Some("E"), foreign: &[".yarnrc", "npm_config"] },
    Client {
        version: "yarn@4.18.1",
        manager: Manager::Yarn,
        codes: Some("YN"),
        foreign: &[".npmrc", "npm_config", ":_authToken"],
    },
    Client { version: "yarn@1.22.22", manager: Manager::Yarn, codes: None, foreign: &["npmAuthToken"] },
    Client { version: "bun@1.4.5", manager: Manager::Bun, codes: None, foreign: &[".yarnrc"] },
];

/// Commands of npm's that others have under their own name.
const COMMANDS: [&str; 6] = ["npm login", "npm pkg", "npm version", "npm ping", "npm config", "npm run"];

/// What a client does, and not a registry.
const DOES: [&str; 26] = [
    "accepts",
    "adds",
    "asks",
    "cannot",
    "creates",
    "does",
    "drops",
    "expands",
    "expects",
    "fails",
    "finds",
    "ignores",
    "keeps",
    "leaves",
    "looks",
    "needs",
    "normalizes",
    "packs",
    "publishes",
    "reads",
    "reports",
    "requires",
    "sends",
    "skips",
    "treats",
    "tries",
];

/// Its sentences, and what it would have somebody type. What it points at belongs to the files of the example.
fn said(found: &Diagnostic) -> Vec<&str> {
    let fix = found.fix.iter().flat_map(|fix| [Some(fix.description.as_str()), fix.command.as_deref()]);
    let sentences = [found.why.as_str(), found.help.as_str()].into_iter().chain(found.notes.iter().map(String::as_str));
    sentences.chain(fix.flatten()).collect()
}

/// Whether a text holds words that begin there, and not within a longer one or behind what runs it.
fn holds(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = &text[..at];
        !before.ends_with(|last: char| last.is_ascii_alphanumeric())
            && !["bunx ", "yarn "].iter().any(|runner| before.ends_with(runner))
    })
}

fn objections(client: &Client, found: &Diagnostic) -> Vec<String> {
    let mut all = Vec::new();
    let is_own = |code: &&str| client.codes.is_some_and(|start| code.starts_with(start));
    all.extend(found.npm_error.filter(|code| !is_own(code)).map(str::to_owned));
    // Yarn 1 keeps no token by itself.
    let commands = COMMANDS.iter().filter(|command| client.version != "yarn@1.22.22" || **command != "npm login");
    let subjects: Vec<String> = DOES.iter().map(|verb| format!("npm {verb}")).collect();
    for text in said(found) {
        let foreign = client.foreign.iter().filter(|word| text.contains(**word));
        let commands = commands.clone().filter(|words| holds(text, words));
        all.extend(foreign.chain(commands).map(|words| format!("{words} in {text:?}")));
    }
    for text in said(found).into_iter().chain([found.message.as_str()]) {
        all.extend(subjects.iter().filter(|words| holds(text, words)).map(|words| format!("{words} in {text:?}")));
    }
    all
}

#[test]
fn every_example_uses_the_terms_of_the_publishing_client() {
    let mut all = Vec::new();
    for rule in super::all() {
        for client in &CLIENTS {
            let scene = Scene::example(rule).packed_by(client.version).client(client.manager);
            let with_token = Scene::example(rule).packed_by(client.version).client(client.manager);
            for scene in [scene, with_token.env("YARN_NPM_AUTH_TOKEN", "npm_secretsecretsecret")] {
                for found in scene.check(rule.id).unwrap_or_default() {
                    let objections = objections(client, &found);
                    all.extend(
                        objections.into_iter().map(|what| format!("{} with {}: {what}", rule.id, client.version)),
                    );
                }
            }
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn an_error_code_names_the_client_that_prints_it() {
    for (version, manager, said) in [
        ("npm@11.19.1", Manager::Npm, Some("npm: would fail with ENEEDAUTH")),
        ("pnpm@10.34.8", Manager::Pnpm, Some("npm: would fail with ENEEDAUTH")),
        ("pnpm@12.21.0", Manager::Pnpm, Some("pnpm: would fail with ERR_PNPM_FAILED_TO_PUBLISH")),
        ("yarn@4.18.1", Manager::Yarn, Some("Yarn: would fail with YN0033")),
        ("yarn@1.22.22", Manager::Yarn, None),
        ("bun@1.4.5", Manager::Bun, None),
    ] {
        let shown = Scene::version("1.0.0")
            .logged_out()
            .no_package()
            .packed_by(version)
            .client(manager)
            .rendered("credential-missing");
        match said {
            Some(said) => assert!(shown.contains(said), "{version}: {shown}"),
            None => assert!(!shown.contains("would fail with"), "{version}: {shown}"),
        }
    }
}
