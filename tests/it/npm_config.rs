//! npm's configuration against npm's own: random files, variables and flags, read by `NpmConfig::load` and by the
//! `@npmcli/config` of each npm. The seed is fixed, so that a difference can be looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use npm_preflight::facts::Facts;
use npm_preflight::facts::credential::{Credential, Keyring};
use npm_preflight::plan::discover::Selected;
use npm_preflight::plan::{ByScope, Git, Ingredients, Inputs, Login, PublishPlan, Target};
use npm_preflight::project::ci::Ci;
use npm_preflight::project::manifest::{Broken, Manifest};
use npm_preflight::project::npm_config::Sourced;
use npm_preflight::project::npm_config::workspaces::workspaces;
use npm_preflight::project::npm_config::{Entry, Layer, LoadError, NpmConfig, Origin, Value, args};
use npm_preflight::project::world::World;
use npm_preflight::rules::{self, Release};
use npm_preflight::text::json::Type;
use serde_json::{Value as Json, json};

#[path = "npm_config_cases.rs"]
mod cases;

use crate::npms::{self, Npm};
use cases::{Case, Generator};

const CASES: usize = 2000;

/// Their values depend on the machine, or npm changes them while it takes its options.
#[rustfmt::skip]
const UNCOMPARED: &[&str] = &[
    "auth-type", "before", "cache", "color", "editor", "globalconfig", "include", "init-module", "init-version",
    "init.module", "init.version", "local-address", "location", "node-gyp", "npm-version", "omit", "package-lock",
    "prefix", "progress",
    "shell", "umask", "unicode", "user-agent", "userconfig", "viewer", "workspace",
];

#[test]
fn the_configuration_equals_npms() {
    // Tens of thousands of small files: in memory where there is a place for it.
    let memory = Some(Path::new("/dev/shm")).filter(|folder| folder.is_dir()).map(Path::to_path_buf);
    let folder = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut generator = Generator::new(0x5eed);
    let cases: Vec<Case> = (0..CASES).map(|number| generator.case(&root.join(number.to_string()))).collect();
    generator.assert_every_feature_is_common(CASES);
    let questions = cases.iter().map(|case| json!({"env": case.env, "argv": case.argv, "cwd": case.cwd})).collect();
    let answers = npms::answers_of_both(|npm| {
        let answers = npms::ask(npm, "npm_config.js", &questions, Some(&root));
        let outcomes = cases.iter().zip(answers.as_array().unwrap()).map(|(case, theirs)| compare(npm, case, theirs));
        outcomes.collect::<Vec<_>>()
    });
    for (npm, outcomes) in answers {
        let version = &npm.version;
        let loaded = outcomes.iter().filter(|outcome| outcome.is_loaded).count();
        // npm 12 refuses abbreviations besides.
        let least = if npm.release.unknown_options_fail() { 5 } else { 7 };
        assert!(loaded * 10 >= CASES * least, "npm {version} loads {loaded} of {CASES} configurations only");
        let differences: Vec<_> = cases
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| !outcome.differences.is_empty())
            .map(|(case, outcome)| {
                format!("{}\n  {}\n{}", case.cwd.display(), outcome.differences.join("\n  "), case.shown())
            })
            .collect();
        let shown = differences.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(differences.is_empty(), "npm {version}: {} of {CASES} cases differ:\n{shown}", differences.len());
        for (code, least) in [("EUNKNOWNCONFIG", 100), ("ERR_INVALID_AUTH", 20), ("ENPMEXTENSIONCONFIG", 10)] {
            let count = outcomes.iter().filter(|outcome| outcome.codes.contains(&code)).count();
            let is_of_12 = npm.release.unknown_options_fail() || code == "ERR_INVALID_AUTH";
            assert!(count >= if is_of_12 { least } else { 0 }, "npm {version} says {code} {count} times");
        }
    }
}

/// What came of a case.
struct Outcome {
    differences: Vec<String>,
    /// npm got as far as publishing.
    is_loaded: bool,
    /// With what it stops.
    codes: Vec<&'static str>,
}

fn compare(npm: &Npm, case: &Case, theirs: &Json) -> Outcome {
    let is_refused = |key: &str| theirs[key].as_array().is_some_and(|found| !found.is_empty());
    let codes = [
        (
            "EUNKNOWNCONFIG",
            theirs["code"] == "EUNKNOWNCONFIG" || is_refused("unknownFlags") || is_refused("unknownKeys"),
        ),
        ("ERR_INVALID_AUTH", theirs["code"] == "ERR_INVALID_AUTH"),
        ("ENPMEXTENSIONCONFIG", theirs["misplaced"] == true),
    ];
    Outcome {
        differences: differences(npm, case, theirs),
        is_loaded: theirs.get("error").is_none(),
        codes: codes.into_iter().filter(|(_, is_said)| *is_said).map(|(code, _)| code).collect(),
    }
}

/// What the library and npm say otherwise.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn check(&mut self, what: &str, ours: impl Into<Json>, theirs: &Json) {
        let (ours, theirs) = (normal(&ours.into()), normal(theirs));
        if ours != theirs {
            self.0.push(format!("{what}: ours {ours}, npm's {theirs}"));
        }
    }
}

fn differences(npm: &Npm, case: &Case, theirs: &Json) -> Vec<String> {
    let world = World::on_disk(case.env.clone(), case.cwd.clone());
    let parsed = args::parse(&case.argv, &npm.release);
    let ours = Arc::new(NpmConfig::load(&world, &parsed));
    let mut found = Differences::default();
    if npm.release.unknown_options_fail() {
        let single = parsed.single_dash.iter().map(|word| (format!("-{word}"), format!("--{word}")));
        let abbreviated = parsed.abbreviated.iter().map(|(flag, full)| (flag.clone(), format!("--{full}")));
        let refused: Vec<(String, String)> = single.chain(abbreviated).collect();
        if theirs["error"] == "load" && theirs["code"] == "EUNKNOWNCONFIG" {
            let message = theirs["message"].as_str().unwrap();
            let is_named = refused.iter().any(|(flag, full)| {
                message.contains(&format!("{flag} is not a valid single-hyphen cli flag. Did you mean {full}?"))
                    || message.contains(&format!("flag \"{flag}\". Did you mean \"{full}\"?"))
            });
            found.check("refused flag", json!(is_named), &json!(true));
            return found.0;
        }
        found.check("refused flags", json!(refused), &json!([]));
    }
    if theirs["error"] == "load" {
        found.check("refusal", Json::Bool(ours.fatal.is_some()), &Json::String(theirs["message"].to_string()));
        if let Some(LoadError::Exclusive { key, other, .. }) = &ours.fatal {
            let sentence = format!("--{key} cannot be provided when using --{other}");
            found.check("exclusive", Json::String(sentence), &theirs["message"]);
        }
        found.0.retain(|line| !line.starts_with("refusal: ours true"));
        return found.0;
    }
    found.check("positional", json!(parsed.positional), &theirs["remain"]);
    found.check("local prefix", json!(ours.local_prefix), &theirs["localPrefix"]);
    found.check("member", json!(ours.implicit_workspace), &theirs["member"]);
    let manifest = Manifest::read(&world, &ours.local_prefix);
    let members = workspaces(&world, &ours.local_prefix, &manifest)
        .ok()
        .filter(|_| matches!(manifest.broken, None | Some(Broken::NotAnObject { found: Type::Array, .. })));
    let members = members.map(|members| members.into_iter().map(|it| json!([it.name, it.folder])).collect::<Vec<_>>());
    found.check("workspaces", json!(members), &theirs["workspaces"]);
    let layers = [Layer::Global, Layer::User, Layer::Project, Layer::Env, Layer::Cli];
    for (layer, name) in layers.into_iter().zip(["global", "user", "project", "env", "cli"]) {
        let entries: serde_json::Map<_, _> =
            ours.layer(layer).map(|entry| (entry.key.clone(), encode(&entry.value))).collect();
        found.check(
            name,
            without_uncompared(npm, entries),
            &without_uncompared(npm, theirs["layers"][name].as_object().unwrap().clone()),
        );
    }
    if theirs["error"] == "validate" {
        if theirs["code"] == "ERR_INVALID_AUTH" {
            let problems: Vec<Json> = ours
                .invalid_auth
                .iter()
                .map(|problem| match &problem.rename_to {
                    Some(to) => json!({"action": "rename", "from": problem.key, "to": to}),
                    None => json!({"action": "delete", "key": problem.key}),
                })
                .collect();
            let mut expected = theirs["problems"].clone();
            for problem in expected.as_array_mut().unwrap() {
                problem.as_object_mut().unwrap().remove("where");
            }
            found.check("invalid auth", Json::Array(problems), &expected);
            found.check("not fatal", json!(ours.fatal.as_ref().map(ToString::to_string)), &Json::Null);
        } else if ours.fatal.is_none() {
            found.check("refusal", Json::Null, &theirs["message"]);
        }
        return found.0;
    }
    found.check("fatal", json!(ours.fatal.as_ref().map(ToString::to_string)), &Json::Null);
    found.check("invalid auth", json!(ours.invalid_auth.len()), &json!(0));
    for (key, value) in theirs["flat"].as_object().unwrap() {
        let entry = ours.flat(key);
        let mine = match (key.as_str(), entry.map(|entry| &entry.value)) {
            ("access", Some(Value::Text(text))) if text == "private" => json!("restricted"),
            ("scope", Some(Value::Text(text))) if !text.is_empty() && !text.starts_with('@') => {
                json!(format!("@{text}"))
            }
            _ => encode_entry(entry),
        };
        found.check(&format!("flat {key}"), mine, value);
    }
    let defaults: BTreeSet<&str> =
        theirs["defaults"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (key, value) in theirs["get"].as_object().unwrap() {
        // Of a setting of other releases it matters only that it is none of its own, and the defaults are those of npm 11.
        let is_other_default = npm.release.unknown_options_fail()
            && defaults.contains(&key.as_str())
            && (ours.is_default(key) || ours.get(key).is_none());
        if !UNCOMPARED.contains(&key.as_str()) && npm.release.has_setting(key) && !is_other_default {
            found.check(&format!("get {key}"), encode_entry(ours.get(key)), value);
        }
    }
    found.check("is default", json!(ours.is_default("tag")), &theirs["defaultTag"]);
    compare_plans(npm, &ours, theirs, &mut found);
    found.0
}

/// What npm would do with the package, and what two rules say of it.
fn compare_plans(npm: &Npm, ours: &Arc<NpmConfig>, theirs: &Json, found: &mut Differences) {
    let plan = plan(npm, ours);
    if npm.release.unknown_options_fail() {
        let flags: BTreeSet<&str> = ours.unknown_flags.iter().map(|flag| flag.trim_start_matches("--")).collect();
        found.check("unknown flags", json!(flags), &theirs["unknownFlags"]);
        let count = |rule: &str| errors(rule, &plan);
        found.check("unknown keys", json!(count("setting-unknown") > 0), &json!(theirs["unknownKeys"] != json!([])));
        found.check("misplaced", json!(count("setting-misplaced") > 0), &theirs["misplaced"]);
    }
    let target = match &plan.destination.target {
        Target::Registry { text, .. } => Some(text.clone()),
        Target::Invalid { .. } => None,
    };
    if let (Some(target), Some(credential)) = (target, theirs.get("credential")) {
        found.check("target", json!(target), &json!(theirs["registry"].as_str().map(str::trim)));
        found.check("credential", shown_login(&plan.auth.login), &shown_credential(credential));
    }
}

/// How often a rule reports something.
fn errors(rule: &str, plan: &PublishPlan) -> usize {
    let release = Release::new(std::slice::from_ref(plan));
    let case = rules::Case { plan, release: &release, facts: &Facts::default(), now: 0 };
    match rules::find(rule).and_then(rules::check) {
        Some(rules::Check::Package(check)) => check(&case).unwrap().len(),
        _ => panic!("{rule} is no rule about one package"),
    }
}

fn plan(npm: &Npm, config: &Arc<NpmConfig>) -> PublishPlan {
    let manifest = Manifest::parse(
        "package.json".to_owned(),
        br#"{"name": "left-lodge", "version": "1.0.0"}"#,
        Path::new("/project"),
    );
    let world = World::on_disk(BTreeMap::new(), PathBuf::from("/"));
    let ingredients = Ingredients {
        world: &world,
        inputs: &Inputs::of(&world, config),
        selected: Selected::alone(manifest),
        config,
        engines: None,
        client: None,
        tool: None,
        git: Git::default(),
        ci: &Ci::default(),
        npm: &Sourced { value: npm.version.clone(), origin: Origin::Default },
        unchanged_since: None,
        by_scope: &mut ByScope::new(),
    };
    PublishPlan::new(ingredients, &mut Keyring::default())
}

fn shown_login(login: &Login) -> Json {
    match login {
        Login::Credential { credential: Credential::Token(token), .. } => json!({"token": token.expose()}),
        Login::Credential { credential: Credential::Basic { username, encoded }, .. } => {
            json!({"username": username, "auth": encoded.expose()})
        }
        Login::Certificate { .. } => json!("certificate"),
        Login::TrustedPublisher | Login::Nothing => Json::Null,
    }
}

fn shown_credential(credential: &Json) -> Json {
    if let Some(token) = credential.get("token") {
        return json!({"token": token});
    }
    match credential.get("username").and_then(Json::as_str) {
        Some(username) if !username.is_empty() => json!({"username": username, "auth": credential["auth"]}),
        _ if credential.get("certfile").is_some() => json!("certificate"),
        _ => Json::Null,
    }
}

fn without_uncompared(npm: &Npm, mut entries: serde_json::Map<String, Json>) -> Json {
    entries.retain(|key, _| {
        let is_compared = !UNCOMPARED.contains(&key.as_str()) && npm.release.has_setting(key);
        is_compared || matches!(&**key, "userconfig" | "prefix" | "workspace")
    });
    Json::Object(entries)
}

fn encode_entry(entry: Option<&Entry>) -> Json {
    entry.map_or_else(|| json!({"$": "undefined"}), |entry| encode(&entry.value))
}

fn encode(value: &Value) -> Json {
    match value {
        Value::Undefined => json!({"$": "undefined"}),
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(number) if !number.is_finite() => {
            json!({"$": if *number > 0.0 { "Infinity" } else { "-Infinity" }})
        }
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Secret(secret) => json!(secret.expose()),
        Value::List(values) => Json::Array(values.iter().map(encode).collect()),
        Value::Section(_) => json!({"$": "section"}),
    }
}

/// Numbers as texts: a secret number is text here, and `1` is `1.0`.
fn normal(value: &Json) -> Json {
    match value {
        Json::Number(number) => json!(number.as_f64().unwrap_or_default().to_string()),
        Json::Array(values) => Json::Array(values.iter().map(normal).collect()),
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(key, value)| (key.clone(), normal(value)))
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .collect(),
        ),
        other => other.clone(),
    }
}
