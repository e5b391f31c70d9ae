//! package.json as npm reads it, against the modules of the installed npm: thousands of generated spellings of
//! `repository`, thousands of package.json texts, and every package.json that npm itself ships with.

mod texts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use npm_preflight::facts::Facts;
use npm_preflight::facts::credential::Keyring;
use npm_preflight::npm::release::NpmRelease;
use npm_preflight::plan::discover::Selected;
use npm_preflight::plan::{Access, ByScope, Ingredients, Inputs, PublishPlan, Target};
use npm_preflight::project::ci::Ci;
use npm_preflight::project::manifest::Manifest;
use npm_preflight::project::npm_config::Sourced;
use npm_preflight::project::npm_config::{NpmConfig, Origin, args};
use npm_preflight::project::repository::Repository;
use npm_preflight::project::world::World;
use npm_preflight::rules::diagnostic::Diagnostic;
use npm_preflight::rules::{self, Case, Release};
use npm_preflight::text::json::{Document, Type, Value as OurValue};
use serde_json::{Map, Value, json};

use crate::npm_names::texts::Dice;

#[test]
fn the_registry_receives_the_repository_that_npm_would_send() {
    let mut dice = Dice(0x7265_706f);
    let texts = (0..8000).map(|_| {
        let members = texts::repository(&mut dice);
        // what npm would look for in the folder is there already
        format!(r#"{{"name":"a","version":"1.0.0","gypfile":false,"readme":"x","gitHead":"x",{members}}}"#).into_bytes()
    });
    let answers = agree(&texts.collect::<Vec<_>>(), |manifest, _| {
        let url = Repository::of(manifest).and_then(|repository| repository.url);
        json!({ "repository": url })
    });
    let rewritten = |answer: &&Value| answer["repository"].as_str().is_some_and(|url| url.contains(".git"));
    let rewritten = answers.iter().filter(rewritten).count();
    assert!(answers.is_empty() || (answers.len() / 4..answers.len() * 3 / 4).contains(&rewritten), "{rewritten} known");
}

#[test]
fn odd_manifests_are_read_and_refused_as_npm_reads_and_refuses_them() {
    let mut dice = Dice(0x6d61_6e69);
    let answers = agree(&(0..4000).map(|_| texts::manifest(&mut dice)).collect::<Vec<_>>(), our_reading);
    let refused = answers.iter().filter(|answer| answer.get("error").is_some()).count();
    assert!(answers.is_empty() || (answers.len() / 4..answers.len() * 3 / 4).contains(&refused), "{refused} refused");
}

#[test]
fn the_manifests_that_npm_ships_are_read_as_npm_reads_them() {
    let Some(npm) = installed_npm() else { return };
    let mut found = vec![npm.join("package.json")];
    collect(&npm.join("node_modules"), &mut found);
    assert!(found.len() > 100, "{} only", found.len());
    let texts: Vec<Vec<u8>> = found.iter().map(|file| std::fs::read(file).unwrap()).collect();
    for (file, text) in found.iter().zip(&texts) {
        let manifest = parse(text);
        assert!(manifest.broken.is_none(), "{}", file.display());
        assert_eq!(as_json(manifest.root()), serde_json::from_slice::<Value>(text).unwrap(), "{}", file.display());
    }
    agree(&texts, |manifest, defaults| {
        let mut reading = our_reading(manifest, defaults);
        if reading.get("error").is_none() {
            reading["repository"] = json!(Repository::of(manifest).and_then(|repository| repository.url));
        }
        reading
    });
}

/// Every package.json below a folder.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), found),
            Ok(_) if entry.file_name() == "package.json" => found.push(entry.path()),
            _ => {}
        }
    }
}

/// Compares what npm makes of each text with what we make of it, in the fields that `ours` names; npm's answers.
fn agree(texts: &[Vec<u8>], ours: impl Fn(&Manifest, &NpmDefaults) -> Value) -> Vec<Value> {
    let Some(npm) = installed_npm() else { return Vec::new() };
    let answers = ask(&npm, texts);
    assert_eq!(answers.len(), texts.len());
    let defaults = NpmDefaults::new();
    let mut different = Vec::new();
    for (text, npm) in texts.iter().zip(&answers) {
        let manifest = parse(text);
        spans_hold_their_values(manifest.root(), manifest.source.text());
        let ours = ours(&manifest, &defaults);
        let same = match (ours.as_object(), npm.as_object()) {
            (Some(ours), Some(npm)) if npm.contains_key("error") => ours.contains_key("error"),
            (Some(ours), Some(npm)) => ours.iter().all(|(field, value)| npm.get(field) == Some(value)),
            _ => false,
        };
        if !same {
            different.push(format!("{}\n  npm:  {npm}\n  here: {ours}", String::from_utf8_lossy(text)));
        }
    }
    let shown = &different[..different.len().min(25)];
    assert!(different.is_empty(), "{} of {} differ\n{}", different.len(), texts.len(), shown.join("\n"));
    answers
}

/// npm's folder; `None`: npm is left out on purpose.
fn installed_npm() -> Option<PathBuf> {
    if !crate::harness::npm_is_here() {
        return None;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let scripts = std::env::split_paths(&path).filter_map(|folder| folder.join("npm").canonicalize().ok());
    let mut folders = scripts.filter_map(|script| script.ancestors().nth(2).map(Path::to_path_buf));
    Some(folders.find(|folder| folder.join("node_modules/@npmcli/package-json").is_dir()).expect("npm's own modules"))
}

fn ask(npm: &Path, texts: &[Vec<u8>]) -> Vec<Value> {
    let (empty, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let encode = |text: &Vec<u8>| base64::engine::general_purpose::STANDARD.encode(text);
    let file = folder.path().join("texts.json");
    std::fs::write(&file, json!(texts.iter().map(encode).collect::<Vec<_>>()).to_string()).unwrap();
    let output = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/npm_manifest/npm.js"))
        .args([npm, empty.path(), &file])
        .stderr(Stdio::inherit())
        .output()
        .expect("node runs where npm is installed");
    assert!(output.status.success());
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "npm wrote something");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn parse(text: &[u8]) -> Manifest {
    Manifest::parse("package.json".to_owned(), text, Path::new("/project"))
}

/// npm without any configuration.
struct NpmDefaults(Arc<NpmConfig>);

impl NpmDefaults {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let env = [("HOME", home.as_str()), ("PREFIX", &home)].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let world = World::on_disk(env.into_iter().collect(), folder.path().to_path_buf());
        Self(Arc::new(NpmConfig::load(&world, &args::parse(&[], &NpmRelease::of(&NpmRelease::OLDER)))))
    }
}

/// The words of `npm.js`.
fn our_reading(manifest: &Manifest, defaults: &NpmDefaults) -> Value {
    let copy = parse_again(manifest);
    let world = World::on_disk(BTreeMap::new(), PathBuf::from("/"));
    let ingredients = Ingredients {
        together: &[],
        world: &world,
        inputs: &Inputs::of(&world, &defaults.0),
        selected: Selected::alone(copy),
        config: &defaults.0,
        ci: &Ci::default(),
        npm: &Sourced { value: NpmRelease::OLDER, origin: Origin::Default },
        engines: None,
        client: None,
        tool: None,
        git: None,
        committed: &Arc::default(),
        unchanged_since: None,
        by_scope: &mut ByScope::new(),
    };
    let plan = PublishPlan::new(ingredients, &mut Keyring::default());
    let case =
        Case { plan: &plan, release: &Release::new(std::slice::from_ref(&plan)), facts: &Facts::default(), now: 0 };
    let ids: &[&str] = if plan.package.manifest.broken.is_some() {
        &["manifest-invalid"]
    } else {
        &["manifest-invalid", "name-invalid", "version-invalid"]
    };
    let errors = ids.iter().flat_map(|id| check(id, &case));
    let messages: Vec<String> = errors.map(|error| error.message).collect();
    if !messages.is_empty() {
        return json!({ "error": messages });
    }
    json!({
        "name": plan.package.name().map(ToString::to_string),
        "version": plan.package.version().map(ToString::to_string),
        "private": plan.package.private().is_some(),
        "tag": plan.terms.tag.value.value,
        "access": match &plan.terms.access.value {
            Access::Default => None,
            Access::Public => Some("public"),
            Access::Restricted => Some("restricted"),
            Access::Other(text) => Some(text.as_str()),
        },
        "registry": match &plan.destination.target {
            Target::Registry { text, .. } | Target::Invalid { text, .. } => text,
        },
    })
}

fn parse_again(manifest: &Manifest) -> Manifest {
    parse(manifest.source.text().as_bytes())
}

/// The text at each span is the value: of members, elements and keys, however deep.
fn spans_hold_their_values(value: OurValue<'_>, text: &str) {
    let Some(slice) = text.get(value.span().start..value.span().end).filter(|slice| !slice.is_empty()) else { return };
    assert!(same(Document::parse(slice).unwrap().root(), value), "{slice}");
    for member in value.members() {
        let key = &text[member.key_span.start..member.key_span.end];
        assert_eq!(Document::parse(key).unwrap().root().as_str(), Some(member.key));
        spans_hold_their_values(member.value, text);
    }
    value.elements().for_each(|element| spans_hold_their_values(element, text));
}

fn same(left: OurValue<'_>, right: OurValue<'_>) -> bool {
    as_json(left) == as_json(right)
}

fn as_json(value: OurValue<'_>) -> Value {
    match value.type_of() {
        Type::Null => Value::Null,
        Type::Boolean => json!(value.is_truthy()),
        Type::Number => {
            let number = value.as_number().unwrap();
            let whole = format!("{number}").parse::<i64>().ok().filter(|_| number.abs() < 1e15);
            whole.map_or_else(|| json!(number), Value::from)
        }
        Type::String => json!(value.as_str()),
        Type::Array => value.elements().map(as_json).collect(),
        Type::Object => {
            let members = value.members().map(|member| (member.key.to_owned(), as_json(member.value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

fn check(id: &str, case: &Case<'_>) -> Vec<Diagnostic> {
    match rules::find(id).and_then(rules::check) {
        Some(rules::Check::Package(check)) => check(case).unwrap(),
        _ => panic!("{id} is no rule about one package"),
    }
}
