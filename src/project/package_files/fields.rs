//! What the packing list is made of in package.json, as npm has it after its own repairs (`@npmcli/package-json` 7.0.5 and
//! 8.0.0, lib/normalize.js).

use std::path::Path;

use super::ListError;
use super::tree::Tree;
use crate::project::entries::secure;
use crate::project::manifest::Manifest;
use crate::project::world::EntryKind;
use crate::text::json::{Type, Value};

/// The fields of one package.json.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// `files`; `None`: there is none.
    pub(super) files: Option<Vec<String>>,
    /// `browser`, as JavaScript writes it into a text.
    pub(super) browser: Option<String>,
    /// `main`, likewise.
    pub(super) main: Option<String>,
    /// The files of commands.
    pub(super) bin: Vec<String>,
    /// The files in `patchedDependencies`.
    pub(super) patches: Vec<String>,
    /// What is bundled: names of dependencies.
    pub(super) bundled: Vec<String>,
    /// The names of all dependencies and of optional ones.
    pub(super) needed: Vec<String>,
    /// It does not matter whether what is bundled is a dependency.
    pub(super) bundles_any: bool,
    /// The names that count as dependencies for development, or of the consumer.
    pub(super) unbundled: Vec<String>,
}

impl Fields {
    /// Those of a package.json in a folder; `is_strict`: a `files` that is no list of texts is not passed over.
    ///
    /// # Errors
    /// Where npm stops.
    pub(super) fn read(
        tree: &Tree<'_>,
        manifest: &Manifest,
        folder: &Path,
        is_strict: bool,
    ) -> Result<Self, ListError> {
        let keys = |key: &str| -> Vec<String> {
            let members = manifest.field(key).into_iter().flat_map(Value::members);
            members.map(|member| member.key.to_owned()).collect()
        };
        let optional = keys("optionalDependencies");
        let mut needed = keys("dependencies");
        needed.retain(|name| !optional.contains(name));
        let development = keys("devDependencies");
        let peers = keys("peerDependencies").into_iter();
        let peers = peers.filter(|name| !needed.contains(name) && !optional.contains(name));
        let unbundled = peers.chain(development).collect();
        let bundled = bundled(manifest, &needed);
        needed.extend(optional);
        let patches = manifest.field("patchedDependencies").into_iter().flat_map(Value::members);
        Ok(Self {
            files: if is_strict { files(manifest)? } else { listed(manifest)? },
            browser: manifest.field("browser").filter(|value| value.is_truthy()).map(text),
            main: manifest.field("main").filter(|value| value.is_truthy()).map(text),
            bin: bin(tree, manifest, folder)?,
            patches: patches.filter_map(|patch| patch.value.as_str().map(str::to_owned)).collect(),
            bundled,
            needed,
            bundles_any: false,
            unbundled,
        })
    }

    /// As pnpm reads them: paths are no patterns, and publishConfig may have others.
    pub(super) fn of_pnpm(self, manifest: &Manifest) -> Self {
        let published = |key: &str| manifest.publish_config(key).or_else(|| manifest.field(key));
        let literal = |path: &str| {
            let path = path.trim_start_matches("./").trim_start_matches('/');
            let is_kept = !LEFT_OUT_BY_PNPM.contains(&path) && !path.is_empty();
            is_kept.then(|| escaped(path))
        };
        let texts = |value: Value<'_>| -> Vec<String> {
            match value.type_of() {
                Type::Object => value.members().filter_map(|member| member.value.as_str().and_then(literal)).collect(),
                _ => value.as_str().and_then(literal).into_iter().collect(),
            }
        };
        Self {
            main: published("main").and_then(Value::as_str).and_then(literal),
            browser: manifest.field("browser").and_then(Value::as_str).and_then(literal),
            bin: published("bin").map(texts).unwrap_or_default(),
            bundles_any: true,
            ..self
        }
    }
}

/// How many entries `files` may have. The largest lists name some thousand files one by one.
const MOST_ENTRIES: usize = 100_000;

/// What pnpm packs in no case, even where package.json names it.
const LEFT_OUT_BY_PNPM: [&str; 5] = [".npmrc", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb"];

/// A pattern that stands for just this path.
fn escaped(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for char in path.chars() {
        if "*?[]{}()!+@\\#".contains(char) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

/// `files`: a text is taken letter by letter, anything else that is no list of texts makes npm stop.
fn files(manifest: &Manifest) -> Result<Option<Vec<String>>, ListError> {
    let Some(files) = manifest.field("files").filter(|files| files.is_truthy()) else { return Ok(None) };
    let refused = || ListError::Refused("`files` in package.json must be an array of strings".to_owned());
    match files.type_of() {
        Type::String => {
            let text = files.as_str().unwrap_or_default();
            refuse_many(text.chars())?;
            Ok(Some(text.chars().map(String::from).collect()))
        }
        Type::Array => {
            refuse_many(files.elements())?;
            let entries = files.elements().map(|entry| entry.as_str().map(str::to_owned));
            entries.collect::<Option<Vec<_>>>().map(Some).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

/// `files` as pnpm reads it: what is no list of texts is passed over, and so is what is no text in one.
fn listed(manifest: &Manifest) -> Result<Option<Vec<String>>, ListError> {
    let files = manifest.field("files").filter(|files| files.type_of() == Type::Array);
    files.map(|files| refuse_many(files.elements())).transpose()?;
    let texts = |files: Value<'_>| files.elements().filter_map(|entry| entry.as_str().map(str::to_owned)).collect();
    Ok(files.map(texts))
}

/// Each entry is a pattern, and becomes one rule or several.
fn refuse_many(mut entries: impl Iterator) -> Result<(), ListError> {
    let is_fine = entries.nth(MOST_ENTRIES).is_none();
    is_fine.then_some(()).ok_or_else(|| ListError::Unknown(format!("`files` has more than {MOST_ENTRIES} entries")))
}

/// What JavaScript makes of a value in a text.
fn text(value: Value<'_>) -> String {
    match value.type_of() {
        Type::Object => "[object Object]".to_owned(),
        Type::Array => {
            let inner = |value: Value<'_>| if value.is_null() { String::new() } else { text(value) };
            value.elements().map(inner).collect::<Vec<_>>().join(",")
        }
        _ => match (value.as_str(), value.as_bool(), value.as_number()) {
            (Some(text), ..) => text.to_owned(),
            (_, Some(switch), _) => switch.to_string(),
            (.., Some(number)) => number.to_string(),
            _ => "null".to_owned(),
        },
    }
}

/// `bundleDependencies`, or `bundledDependencies` where that is missing.
fn bundled(manifest: &Manifest, dependencies: &[String]) -> Vec<String> {
    let Some(field) = manifest.field("bundleDependencies").or_else(|| manifest.field("bundledDependencies")) else {
        return Vec::new();
    };
    match field.type_of() {
        Type::Array => field.elements().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        Type::Object => field.members().map(|member| member.key.to_owned()).collect(),
        _ if field.as_bool() == Some(true) => dependencies.to_vec(),
        _ => Vec::new(),
    }
}

/// `normalizePackageBin`, and what `directories.bin` stands for where there is no `bin`.
fn bin(tree: &Tree<'_>, manifest: &Manifest, folder: &Path) -> Result<Vec<String>, ListError> {
    let Some(bin) = manifest.field("bin").filter(|bin| bin.is_truthy()) else {
        let inner = manifest.field("directories").and_then(|directories| directories.get("bin"));
        let Some(inner) = inner.filter(|inner| inner.is_truthy()) else { return Ok(Vec::new()) };
        let refused = || ListError::Refused("`directories.bin` in package.json must be a string".to_owned());
        return files_of_folder(tree, folder, &secure(inner.as_str().ok_or_else(refused)?));
    };
    let mut commands: Vec<(String, String)> = Vec::new();
    match bin.type_of() {
        Type::String => {
            let has_name = manifest.field("name").is_some_and(Value::is_truthy);
            commands.extend(bin.as_str().filter(|_| has_name).map(|target| ("name".to_owned(), target.to_owned())));
        }
        Type::Array => {
            for target in bin.elements() {
                let refused = || ListError::Refused("`bin` in package.json must contain strings".to_owned());
                let target = target.as_str().ok_or_else(refused)?;
                set(&mut commands, base_name(target), target);
            }
        }
        Type::Object => {
            for member in bin.members() {
                if let Some(target) = bin.get(member.key).and_then(Value::as_str) {
                    set(&mut commands, member.key, target);
                }
            }
        }
        _ => {}
    }
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, target) in &commands {
        let secured = secure(name);
        let (base, target) = (base_name(&secured), secure(target));
        if !base.is_empty() && !target.is_empty() {
            set(&mut kept, base, &target);
        }
    }
    Ok(kept.into_iter().map(|(_, target)| target).collect())
}

fn set(commands: &mut Vec<(String, String)>, name: &str, target: &str) {
    match commands.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => target.clone_into(known),
        None => commands.push((name.to_owned(), target.to_owned())),
    }
}

/// `path.basename`
fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// `**` below a folder, as glob finds it: no dot names, links not followed; of two with the same name one counts.
fn files_of_folder(tree: &Tree<'_>, package: &Path, folder: &str) -> Result<Vec<String>, ListError> {
    let mut by_name: Vec<(String, String)> = Vec::new();
    let mut waiting = vec![(package.join(folder), folder.trim_end_matches('/').to_owned(), 0)];
    while let Some((path, shown, depth)) = waiting.pop() {
        if tree.kind(&path) != Some(EntryKind::Folder) {
            continue;
        }
        for entry in tree.entries(&path)?.iter().filter(|entry| !entry.name.starts_with('.')) {
            let inner = format!("{shown}/{}", entry.name);
            set(&mut by_name, &entry.name, &secure(&inner));
            if entry.kind == EntryKind::Folder {
                waiting.push((path.join(&entry.name), inner, Tree::deeper(depth)?));
            }
        }
    }
    Ok(by_name.into_iter().map(|(_, target)| target).collect())
}
