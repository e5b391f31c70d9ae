//! npm's configuration against npm's own: random files, variables and flags, read by `NpmConfig::load` and by the
//! `@npmcli/config` of the installed npm. The seed is fixed, so that a difference can be looked at again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use npm_preflight::facts::credential::{Credential, Keyring};
use npm_preflight::npm::release::NpmRelease;
use npm_preflight::plan::discover::Selected;
use npm_preflight::plan::{ByScope, Ingredients, Inputs, Login, PublishPlan, Target};
use npm_preflight::project::ci::Ci;
use npm_preflight::project::manifest::{Broken, Manifest};
use npm_preflight::project::npm_config::Sourced;
use npm_preflight::project::npm_config::workspaces::workspaces;
use npm_preflight::project::npm_config::{Entry, Layer, LoadError, NpmConfig, Origin, Value, args};
use npm_preflight::project::world::World;
use npm_preflight::text::json::Type;
use serde_json::{Value as Json, json};

#[path = "npm_config_cases.rs"]
mod cases;

use cases::{Case, Generator};

const CASES: usize = 2000;
const BATCH: usize = 500;

/// Their values depend on the machine, or npm changes them while it takes its options.
#[rustfmt::skip]
const UNCOMPARED: &[&str] = &[
    "auth-type", "before", "cache", "color", "editor", "globalconfig", "include", "init-module", "init-version",
    "init.module", "init.version", "local-address", "location", "node-gyp", "npm-version", "omit", "prefix", "progress",
    "shell", "umask", "unicode", "user-agent", "userconfig", "viewer", "workspace",
];

#[test]
fn the_configuration_is_what_the_installed_npm_makes_of_it() {
    let Some(npm) = installed_npm() else { return };
    // Tens of thousands of small files: in memory where there is a place for it.
    let memory = Some(Path::new("/dev/shm")).filter(|folder| folder.is_dir()).map(Path::to_path_buf);
    let folder = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut generator = Generator::new(0x5eed);
    let cases: Vec<Case> = (0..CASES).map(|number| generator.case(&root.join(number.to_string()))).collect();
    generator.assert_every_feature_is_common(CASES);
    let tell = |number: usize, batch: &[Case]| -> Vec<Outcome> {
        let answers = ask_npm(&npm, batch, &root.join(format!("{number}.json")));
        batch.iter().zip(&answers).map(|(case, theirs)| compare(case, theirs)).collect()
    };
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let batches: Vec<_> =
            cases.chunks(BATCH).enumerate().map(|(number, batch)| scope.spawn(move || tell(number, batch))).collect();
        batches.into_iter().flat_map(|batch| batch.join().unwrap()).collect()
    });
    let loaded = outcomes.iter().filter(|outcome| outcome.is_loaded).count();
    assert!(loaded * 10 >= CASES * 7, "npm loads {loaded} of {CASES} configurations only");
    let differences: Vec<_> = cases
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| !outcome.differences.is_empty())
        .map(|(case, outcome)| {
            format!("{}\n  {}\n{}", case.cwd.display(), outcome.differences.join("\n  "), case.shown())
        })
        .collect();
    let shown = differences.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(differences.is_empty(), "{} of {CASES} cases differ:\n{shown}", differences.len());
}

/// What came of a case.
struct Outcome {
    differences: Vec<String>,
    /// npm got as far as publishing.
    is_loaded: bool,
}

/// npm's folder; `None`: the test is switched off.
pub(crate) fn installed_npm() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .filter_map(|folder| folder.join("npm").canonicalize().ok())
        .find_map(|script| script.ancestors().nth(2).map(Path::to_path_buf))
        .filter(|root| root.join("node_modules/@npmcli/config").is_dir());
    if found.is_none() {
        let skip = std::env::var("NPM_PREFLIGHT_SKIP_NPM").is_ok_and(|value| value == "1");
        assert!(skip, "npm is not installed; set NPM_PREFLIGHT_SKIP_NPM=1 to go without it");
    }
    found
}

fn ask_npm(npm: &Path, batch: &[Case], file: &Path) -> Vec<Json> {
    let cases: Vec<Json> =
        batch.iter().map(|case| json!({"env": case.env, "argv": case.argv, "cwd": case.cwd})).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/npm_config.js");
    std::fs::write(file, serde_json::to_string(&cases).unwrap()).unwrap();
    let output = Command::new("node")
        .args([&script, npm, file])
        .stderr(Stdio::inherit())
        .output()
        .expect("node runs where npm is installed");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn compare(case: &Case, theirs: &Json) -> Outcome {
    Outcome { differences: differences(case, theirs), is_loaded: theirs.get("error").is_none() }
}

fn differences(case: &Case, theirs: &Json) -> Vec<String> {
    let world = World::on_disk(case.env.clone(), case.cwd.clone());
    let parsed = args::parse(&case.argv, &NpmRelease::of(&NpmRelease::OLDER));
    let ours = Arc::new(NpmConfig::load(&world, &parsed));
    let mut found = Vec::new();
    let mut check = |what: &str, ours: Json, theirs: &Json| {
        let ours = normal(&ours);
        let theirs = normal(theirs);
        if ours != theirs {
            found.push(format!("{what}: ours {ours}, npm's {theirs}"));
        }
    };
    if theirs["error"] == "load" {
        check("refusal", Json::Bool(ours.fatal.is_some()), &Json::String(theirs["message"].to_string()));
        if let Some(LoadError::Exclusive { key, other, .. }) = &ours.fatal {
            let sentence = format!("--{key} cannot be provided when using --{other}");
            check("exclusive", Json::String(sentence), &theirs["message"]);
        }
        found.retain(|line| !line.starts_with("refusal: ours true"));
        return found;
    }
    check("positional", json!(parsed.positional), &theirs["remain"]);
    check("local prefix", json!(ours.local_prefix), &theirs["localPrefix"]);
    check("member", json!(ours.implicit_workspace), &theirs["member"]);
    let manifest = Manifest::read(&world, &ours.local_prefix);
    let members = workspaces(&world, &ours.local_prefix, &manifest)
        .ok()
        .filter(|_| matches!(manifest.broken, None | Some(Broken::NotAnObject { found: Type::Array, .. })));
    let members = members.map(|members| members.into_iter().map(|it| json!([it.name, it.folder])).collect::<Vec<_>>());
    check("workspaces", json!(members), &theirs["workspaces"]);
    let layers = [Layer::Global, Layer::User, Layer::Project, Layer::Env, Layer::Cli];
    for (layer, name) in layers.into_iter().zip(["global", "user", "project", "env", "cli"]) {
        let entries: serde_json::Map<_, _> =
            ours.layer(layer).map(|entry| (entry.key.clone(), encode(&entry.value))).collect();
        check(
            name,
            without_uncompared(entries),
            &without_uncompared(theirs["layers"][name].as_object().unwrap().clone()),
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
            check("invalid auth", Json::Array(problems), &expected);
            check("not fatal", json!(ours.fatal.as_ref().map(ToString::to_string)), &Json::Null);
        } else if ours.fatal.is_none() {
            check("refusal", Json::Null, &theirs["message"]);
        }
        return found;
    }
    check("fatal", json!(ours.fatal.as_ref().map(ToString::to_string)), &Json::Null);
    check("invalid auth", json!(ours.invalid_auth.len()), &json!(0));
    for (key, value) in theirs["flat"].as_object().unwrap() {
        let entry = ours.flat(key);
        let mine = match (key.as_str(), entry.map(|entry| &entry.value)) {
            ("access", Some(Value::Text(text))) if text == "private" => json!("restricted"),
            ("scope", Some(Value::Text(text))) if !text.is_empty() && !text.starts_with('@') => {
                json!(format!("@{text}"))
            }
            _ => encode_entry(entry),
        };
        check(&format!("flat {key}"), mine, value);
    }
    for (key, value) in theirs["get"].as_object().unwrap() {
        if !UNCOMPARED.contains(&key.as_str()) {
            check(&format!("get {key}"), encode_entry(ours.get(key)), value);
        }
    }
    check("is default", json!(ours.is_default("tag")), &theirs["defaultTag"]);
    let plan = plan(&ours);
    let target = match &plan.destination.target {
        Target::Registry { text, .. } => Some(text.clone()),
        Target::Invalid { .. } => None,
    };
    if let (Some(target), Some(credential)) = (target, theirs.get("credential")) {
        check("target", json!(target), &json!(theirs["registry"].as_str().map(str::trim)));
        check("credential", shown_login(&plan.auth.login), &shown_credential(credential));
    }
    found
}

fn plan(config: &Arc<NpmConfig>) -> PublishPlan {
    let manifest = Manifest::parse(
        "package.json".to_owned(),
        br#"{"name": "left-lodge", "version": "1.0.0"}"#,
        Path::new("/project"),
    );
    let world = World::on_disk(BTreeMap::new(), PathBuf::from("/"));
    let ingredients = Ingredients {
        together: &[],
        world: &world,
        inputs: &Inputs::of(&world, config),
        selected: Selected::alone(manifest),
        config,
        engines: None,
        client: None,
        tool: None,
        git: None,
        committed: &Arc::default(),
        ci: &Ci::default(),
        npm: &Sourced { value: NpmRelease::OLDER, origin: Origin::Default },
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

fn without_uncompared(mut entries: serde_json::Map<String, Json>) -> Json {
    entries.retain(|key, _| {
        !UNCOMPARED.contains(&key.as_str()) || matches!(&**key, "userconfig" | "prefix" | "workspace")
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
