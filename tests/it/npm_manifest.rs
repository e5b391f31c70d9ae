//! package.json as npm reads it, against each npm's own modules: thousands of generated spellings of
//! `repository`, thousands of package.json texts, and every package.json that npm itself ships with.

mod texts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use npm_preflight::facts::Facts;
use npm_preflight::facts::credential::Keyring;
use npm_preflight::npm::version::Version;
use npm_preflight::plan::discover::Selected;
use npm_preflight::plan::{Access, ByScope, Git, Ingredients, Inputs, PublishPlan, Target};
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
use crate::npms::{self, Npm};

#[test]
fn the_registry_receives_the_repository_that_npm_would_send() {
    let mut dice = Dice(0x7265_706f);
    let texts = (0..4000).map(|_| {
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
fn odd_manifests_are_normalized_or_rejected_as_in_npm() {
    let mut dice = Dice(0x6d61_6e69);
    let answers = agree(&(0..2000).map(|_| texts::manifest(&mut dice)).collect::<Vec<_>>(), our_reading);
    let refused = answers.iter().filter(|answer| answer.get("error").is_some()).count();
    assert!(answers.is_empty() || (answers.len() / 4..answers.len() * 3 / 4).contains(&refused), "{refused} refused");
}

#[test]
fn the_manifests_that_npm_ships_are_read_as_npm_reads_them() {
    let Some(Npm { folder, .. }) = npms::both().into_iter().next() else { return };
    let mut found = vec![folder.join("package.json")];
    collect(&folder.join("node_modules"), &mut found);
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

/// Compares what each npm makes of each text with what we make of it, in the fields that `ours` names; their answers.
fn agree(texts: &[Vec<u8>], ours: impl Fn(&Manifest, &NpmDefaults) -> Value) -> Vec<Value> {
    let encode = |text: &Vec<u8>| base64::engine::general_purpose::STANDARD.encode(text);
    let question = json!(texts.iter().map(encode).collect::<Vec<_>>());
    let manifests: Vec<Manifest> = texts.iter().map(|text| parse(text)).collect();
    for manifest in &manifests {
        spans_hold_their_values(manifest.root(), manifest.source.text());
    }
    let mut all = Vec::new();
    for (npm, answers) in npms::answers_of_both(|npm| npms::ask(npm, "npm_manifest/npm.js", &question, None)) {
        let answers = answers.as_array().unwrap();
        assert_eq!(answers.len(), texts.len());
        let defaults = NpmDefaults::new(npm);
        let mut different = Vec::new();
        for (manifest, npm) in manifests.iter().zip(answers) {
            let ours = ours(manifest, &defaults);
            let same = match (ours.as_object(), npm.as_object()) {
                (Some(ours), Some(npm)) if npm.contains_key("error") => ours.contains_key("error"),
                (Some(ours), Some(npm)) => ours.iter().all(|(field, value)| npm.get(field) == Some(value)),
                _ => false,
            };
            if !same {
                different.push(format!("{}\n  npm:  {npm}\n  here: {ours}", manifest.source.text()));
            }
        }
        let shown = different[..different.len().min(25)].join("\n");
        assert!(different.is_empty(), "npm {}: {} of {} differ\n{shown}", npm.version, different.len(), texts.len());
        all.extend_from_slice(answers);
    }
    all
}

fn parse(text: &[u8]) -> Manifest {
    Manifest::parse("package.json".to_owned(), text, Path::new("/project"))
}

/// An npm without any configuration.
struct NpmDefaults {
    config: Arc<NpmConfig>,
    version: Version,
}

impl NpmDefaults {
    fn new(npm: &Npm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let env = [("HOME", home.as_str()), ("PREFIX", &home)].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let world = World::on_disk(env.into_iter().collect(), folder.path().to_path_buf());
        let config = Arc::new(NpmConfig::load(&world, &args::parse(&[], &npm.release)));
        Self { config, version: npm.version.clone() }
    }
}

/// The words of `npm.js`.
fn our_reading(manifest: &Manifest, defaults: &NpmDefaults) -> Value {
    let copy = parse_again(manifest);
    let world = World::on_disk(BTreeMap::new(), PathBuf::from("/"));
    let ingredients = Ingredients {
        world: &world,
        inputs: &Inputs::of(&world, &defaults.config),
        selected: Selected::alone(copy),
        config: &defaults.config,
        ci: &Ci::default(),
        npm: &Sourced { value: defaults.version.clone(), origin: Origin::Default },
        engines: None,
        client: None,
        tool: None,
        git: Git::default(),
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
        "tag": plan.options.tag.value.value,
        "access": match &plan.options.access.value {
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
