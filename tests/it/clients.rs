//! pnpm, Yarn and Bun as themselves: generated projects, for each of which the registry, the credential, the access and the
//! dist-tag that are predicted are compared with those that the client sends.
//!
//! A client takes up to a second for a publish. So what each did is recorded in `tests/clients/recorded.json`, with the version
//! that did it, and compared on every run; a part of the cases is run again, which shows that the record is true.
//! `NPM_PREFLIGHT_RECORD=1 cargo test --test it -- clients` records anew what the clients of `tests/clients` do.

mod cases;
mod failures;
mod wire;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use npm_preflight::facts::credential::{Credential, Keyring};
use npm_preflight::npm::release::NpmRelease;
use npm_preflight::plan::{Access, Inputs, Login, PublishPlan, Target, plans};
use npm_preflight::project::npm_config::{NpmConfig, args};
use npm_preflight::project::world::World;
use serde_json::Value;

use crate::harness::{Outcome, Sandbox, few_at_a_time, npm_is_here, rules_with};
use crate::network::certificates;
use crate::tools;
use cases::{Case, Generator, named};
use wire::Wire;

/// Cases of each client.
const CASES: usize = 300;
const SEED: u64 = 0x636c_6965;
/// What is recorded of a client that sends nothing.
const STOPS: &str = "stops";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Pnpm,
    Yarn,
    YarnClassic,
    Bun,
}

impl Client {
    const ALL: [Self; 4] = [Self::Pnpm, Self::Yarn, Self::YarnClassic, Self::Bun];

    /// Name and version, as `tests/clients/package.json` pins it.
    fn label(self) -> String {
        let (name, package) = match self {
            Self::Pnpm => ("pnpm", "@pnpm/exe.linux-x64"),
            Self::Yarn => ("yarn", "@yarnpkg/cli-dist"),
            Self::YarnClassic => ("yarn", "yarn"),
            Self::Bun => ("bun", "bun"),
        };
        let pins: Value = serde_json::from_str(include_str!("../clients/package.json")).expect("JSON");
        let pinned = ["dependencies", "optionalDependencies"].iter().find_map(|kind| pins[kind][package].as_str());
        format!("{name} {}", pinned.unwrap_or_else(|| panic!("{package} is not pinned")))
    }

    /// How many cases are run on every run: what takes about the same time.
    fn live(self) -> usize {
        match self {
            Self::Pnpm => 12,
            Self::Yarn | Self::YarnClassic => 6,
            Self::Bun => 30,
        }
    }

    /// Program and first arguments.
    pub(crate) fn program(self) -> (PathBuf, Vec<String>) {
        static HOME: OnceLock<PathBuf> = OnceLock::new();
        let home = HOME.get_or_init(|| tools::from_npm("clients").join("node_modules"));
        let script = |path: &str| (PathBuf::from("node"), vec![home.join(path).display().to_string()]);
        match self {
            Self::Pnpm => (only_folder(&home.join("@pnpm")).join("pnpm"), Vec::new()),
            Self::Yarn => script("@yarnpkg/cli-dist/bin/yarn.js"),
            Self::YarnClassic => script("yarn/bin/yarn.js"),
            Self::Bun => (only_folder(&home.join("@oven")).join("bin/bun"), Vec::new()),
        }
    }

    /// The same for a publish.
    fn publish(self) -> (PathBuf, Vec<String>) {
        let (program, mut words) = self.program();
        let more: &[&str] = match self {
            Self::Pnpm => &["publish", "--no-git-checks"],
            Self::Yarn => &["npm", "publish"],
            Self::YarnClassic => &["publish", "--non-interactive"],
            Self::Bun => &["publish"],
        };
        words.extend(more.iter().map(|&word| word.to_owned()));
        (program, words)
    }

    fn cases(self) -> Vec<Case> {
        let mut generator = Generator::new(self, SEED + self as u64);
        (0..CASES).map(|_| generator.case()).collect()
    }
}

/// The executable for this machine, which is the only one that npm installs.
fn only_folder(parent: &Path) -> PathBuf {
    let first = std::fs::read_dir(parent).ok().and_then(|mut entries| entries.next()?.ok());
    first.unwrap_or_else(|| panic!("nothing in {}", parent.display())).path()
}

/// The files of a case, on the disk.
fn stage(case: &Case) -> Sandbox {
    let mut sandbox = Sandbox::new();
    let home = sandbox.path("home").display().to_string();
    sandbox.value("<home>", &home);
    for (path, text) in &case.files {
        sandbox.file(path, text);
    }
    sandbox
}

/// What the client sends.
fn happens(client: Client, case: &Case) -> (String, Outcome) {
    let wire = Wire::start();
    let mut sandbox = stage(case);
    sandbox.file("home/authority.pem", certificates::text("authority.pem"));
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "YARN_HTTPS_PROXY"] {
        // An unknown variable stops the other ones of Yarn.
        if client == Client::Yarn || name != "YARN_HTTPS_PROXY" {
            sandbox.env(name, &wire.url());
        }
    }
    sandbox.unset("NO_PROXY");
    let certificates: &[&str] = match client {
        Client::YarnClassic => &["NODE_EXTRA_CA_CERTS", "npm_config_cafile"],
        _ => &["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"],
    };
    for name in certificates {
        sandbox.env(name, "<home>/authority.pem");
    }
    for (name, value) in [("YARN_ENABLE_TELEMETRY", "0"), ("pnpm_config_pm_on_fail", "ignore"), ("NO_COLOR", "1")] {
        sandbox.env(name, value);
    }
    for (name, value) in &case.env {
        sandbox.env(name, value);
    }
    let (program, mut words) = client.publish();
    words.extend(case.args.iter().cloned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = sandbox.run(&program, "project", &words);
    let sent = wire.sent().join(" and ");
    (if sent.is_empty() { STOPS.to_owned() } else { sent }, outcome)
}

/// A machine on which there is nothing but the case.
fn world(case: &Case, sandbox: &Sandbox) -> World {
    let mut env: BTreeMap<String, String> =
        case.env.iter().map(|(name, value)| (name.clone(), sandbox.fill(value))).collect();
    env.insert("HOME".to_owned(), sandbox.path("home").display().to_string());
    World::on_disk(env, sandbox.path("project"))
}

/// What is predicted: in the terms of [`wire`], and the rules of the errors that need no registry.
struct Prediction {
    sends: String,
    errors: Vec<String>,
}

fn predicted(case: &Case) -> Prediction {
    let sandbox = stage(case);
    let world = world(case, &sandbox);
    let config = Arc::new(NpmConfig::load(&world, &args::parse(&case.args, &NpmRelease::default())));
    let plans = plans(&world, &Inputs::of(&world, &config), &mut Keyring::default());
    let sends = plans.iter().map(shown).collect::<Vec<_>>().join(" and ");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let command = ["npm-preflight", "lint", "--offline", "--format", "json"].into_iter();
    let command = command.chain(case.args.iter().map(String::as_str)).map(Into::into);
    npm_preflight::run(command, Ok(world), &mut out, &mut err);
    let report: Value = serde_json::from_slice(&out).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&err)));
    Prediction { sends, errors: rules_with(&report, "error").into_iter().collect() }
}

fn shown(plan: &PublishPlan) -> String {
    let registry = match &plan.destination.target {
        Target::Registry { url, .. } => format!("{}/", url.as_str().trim_end_matches('/')),
        Target::Invalid { text, .. } => text.clone(),
    };
    let credential = match &plan.auth.login {
        Login::Credential { credential: Credential::Token(token), .. } => named(token.expose()).to_owned(),
        Login::Credential { credential: Credential::Basic { encoded, .. }, .. } => {
            let pair = base64::engine::general_purpose::STANDARD.decode(encoded.expose()).unwrap_or_default();
            String::from_utf8_lossy(&pair).into_owned()
        }
        Login::Certificate { .. } | Login::TrustedPublisher | Login::Nothing => "nobody".to_owned(),
    };
    let access = match &plan.options.access.value {
        Access::Default => "default",
        Access::Public => "public",
        Access::Restricted => "restricted",
        Access::Other(other) => other,
    };
    let package = |name: Option<String>| name.unwrap_or_default();
    let (name, version) = (
        package(plan.package.name().map(ToString::to_string)),
        package(plan.package.version().map(ToString::to_string)),
    );
    format!("{registry} {credential} {access} {} {name}@{version}", plan.options.tag.value.value)
}

/// What the clients did: by client, and in the order of its cases, [`digest`] and what it sent.
type Record = BTreeMap<String, Vec<String>>;

/// Differs when a case does.
fn digest(case: &Case) -> String {
    let fold = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = case.shown().bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    format!("{hash:016x}")
}

fn record_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/recorded.json")
}

fn recorded() -> &'static Record {
    static RECORD: OnceLock<Record> = OnceLock::new();
    RECORD.get_or_init(|| {
        let text = std::fs::read_to_string(record_file()).unwrap_or_default();
        let record = serde_json::from_str(&text).unwrap_or_default();
        let is_asked = std::env::var("NPM_PREFLIGHT_RECORD").is_ok_and(|value| value == "1");
        if is_asked { record_anew(&record) } else { record }
    })
}

/// Runs the clients on the cases that are not in the record.
fn record_anew(known: &Record) -> Record {
    let mut record = Record::new();
    for client in Client::ALL {
        let known = known.get(&client.label()).map(Vec::as_slice).unwrap_or_default();
        let cases = client.cases();
        let mut did = few_at_a_time(cases.iter().enumerate(), |(number, case)| {
            let digest = digest(case);
            let same = known.get(number).filter(|known| known.starts_with(&digest)).cloned();
            (number, same.unwrap_or_else(|| format!("{digest} {}", happens(client, case).0)))
        });
        did.sort_unstable();
        record.insert(client.label(), did.into_iter().map(|(_, did)| did).collect());
    }
    let text = serde_json::to_string_pretty(&record).expect("JSON");
    std::fs::write(record_file(), text + "\n").expect("a record");
    record
}

/// The cases of a client, each with what is recorded of it.
fn recorded_of(client: Client) -> Vec<(Case, &'static str)> {
    let cases = client.cases();
    let lines = recorded().get(&client.label()).map(Vec::as_slice).unwrap_or_default();
    let did = cases.iter().zip(lines).filter_map(|(case, line)| line.strip_prefix(&digest(case)).map(str::trim_start));
    let did: Vec<&str> = did.collect();
    let anew = "has other cases than were recorded: NPM_PREFLIGHT_RECORD=1 cargo test --test it -- clients";
    assert_eq!(did.len(), CASES, "{} {anew}", client.label());
    cases.into_iter().zip(did).collect()
}
#[test]
fn clients_send_what_is_predicted() {
    let mut wrong = Vec::new();
    for client in Client::ALL {
        let cases = recorded_of(client);
        let differs = few_at_a_time(cases.iter().enumerate(), |(number, (case, did))| {
            let predicted = predicted(case);
            differs(&predicted, did).then(|| {
                let Prediction { sends, errors } = predicted;
                format!(
                    "{} {number}\n  did:      {did}\n  predicted: {sends} {errors:?}\n{}",
                    client.label(),
                    case.shown()
                )
            })
        });
        wrong.extend(differs.into_iter().flatten());
        let stopped = cases.iter().filter(|(_, did)| *did == STOPS).count();
        assert!(stopped * 4 < CASES * 3, "{}: {stopped} stop", client.label());
    }
    let mut shown = String::new();
    for one in wrong.iter().take(5) {
        let _ = writeln!(shown, "{one}");
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), CASES * 4);
}

fn differs(predicted: &Prediction, did: &str) -> bool {
    if did == STOPS {
        return predicted.errors.is_empty();
    }
    // A client sends what every registry refuses, and what should not be sent.
    let fits = |rule: &String| match rule.as_str() {
        "credential-missing" => did.contains(" nobody "),
        "credential-unset-variable" => did.contains("${") || did.contains(" nobody "),
        "registry-mismatch" | "secret-packed" => true,
        _ => false,
    };
    did != predicted.sends || !predicted.errors.iter().all(fits)
}

#[cfg(target_os = "linux")]
#[test]
fn the_pinned_clients_behave_as_recorded() {
    if !npm_is_here() {
        return;
    }
    let sample = Client::ALL.into_iter().flat_map(|client| {
        recorded_of(client).into_iter().step_by(CASES / client.live()).map(move |(case, did)| (client, case, did))
    });
    let wrong = few_at_a_time(sample.collect::<Vec<_>>(), |(client, case, did)| {
        let (does, outcome) = happens(client, &case);
        (does != *did)
            .then(|| format!("{}\n  did:  {did}\n  does: {does}\n{}{outcome:?}", client.label(), case.shown()))
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
