//! What a client other than npm reads its settings from, put into npm's keys, so that rules and reports need one kind of
//! configuration. A file that cannot be read, or not be parsed, makes what it may decide unknown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::document::{Document, Node};
use super::variables::{Dialect, Expanded, expand};
use crate::facts::{Reason, Unknown};
use crate::npm::nerf_dart::nerf_dart;
use crate::project::npm_config::{ConfigFile, Entry, Layer, NpmConfig, Origin, Value};
use crate::project::world::World;
use crate::text::redact::Secret;

/// What one client reads.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Its settings in npm's keys; keys that npm does not have are the client's own.
    pub config: Arc<NpmConfig>,
    /// Why it stops as it reads them.
    pub faults: Vec<Fault>,
    /// Lines that it leaves out: the key, where it is, and why.
    pub dropped: Vec<(String, Origin, &'static str)>,
    /// A file that was not read though the client reads it: why.
    pub unread: Option<String>,
}

impl Configuration {
    /// Why something is not known that a file decides which was not read.
    pub fn unknown(&self) -> Option<Unknown> {
        self.unread.as_ref().map(|why| Unknown::new(Reason::Unsupported, why.clone()))
    }
}

/// Something in its settings at which a client stops.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A setting that it does not know.
    UnknownSetting {
        /// The setting.
        key: String,
        /// Where it is.
        origin: Origin,
    },
    /// A variable that is not set.
    UnsetVariable {
        /// The variable.
        name: String,
        /// Where it is named.
        origin: Origin,
    },
    /// A registry's URL with a variable in a file of the project.
    VariableInRegistry {
        /// The setting.
        key: String,
        /// Where it is.
        origin: Origin,
    },
    /// An option that it does not have.
    UnknownOption {
        /// As it was written.
        option: String,
    },
}

/// How many faults are reported: a file may hold a hundred thousand, and the client fails on the first.
const MOST_FAULTS: usize = 20;

/// Settings that are collected, the strongest first.
pub(super) struct Builder<'w> {
    pub(super) world: &'w World,
    npm: &'w NpmConfig,
    entries: BTreeMap<String, (Layer, Entry)>,
    files: Vec<ConfigFile>,
    expanded: BTreeMap<String, Secret>,
    faults: Vec<Fault>,
    pub(super) dropped: Vec<(String, Origin, &'static str)>,
    unread: Option<String>,
}

impl<'w> Builder<'w> {
    pub(super) fn new(world: &'w World, npm: &'w NpmConfig) -> Self {
        Self {
            world,
            npm,
            entries: BTreeMap::new(),
            files: Vec::new(),
            expanded: BTreeMap::new(),
            faults: Vec::new(),
            dropped: Vec::new(),
            unread: None,
        }
    }

    /// Notes something at which the client stops, unless there is enough of it.
    pub(super) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Nothing stronger has said it.
    pub(super) fn is_free(&self, key: &str) -> bool {
        !self.entries.contains_key(key)
    }

    /// The text of a setting that a variable of the environment holds.
    pub(super) fn named_by_variable(&self, key: &str) -> Option<&str> {
        let (_, entry) = self.entries.get(key).filter(|(layer, _)| *layer == Layer::Env)?;
        entry.value.as_text()
    }

    /// The text of a flag of the publish.
    pub(super) fn flag(&self, key: &str) -> Option<&str> {
        self.npm.flag(key)?.value.as_text()
    }

    /// Adds a setting in the place of what was said before.
    pub(super) fn replace(&mut self, layer: Layer, key: &str, value: Value, origin: Origin) {
        self.entries.remove(key);
        self.set(layer, key, value, origin);
    }

    /// Adds everything that npm reads of files and variables.
    pub(super) fn take_all(&mut self) {
        let npm = self.npm;
        for (layer, entry) in npm.entries().filter(|(layer, _)| *layer != Layer::Cli) {
            self.add(layer, entry.clone());
        }
        self.files.extend(npm.files.iter().cloned());
        self.expanded.extend(npm.expanded.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Gives a setting a second key, unless that has been set.
    pub(super) fn copy(&mut self, from: &str, to: &str) {
        if let Some((layer, entry)) = self.entries.get(from).cloned() {
            self.add(layer, Entry { key: to.to_owned(), ..entry });
        }
    }

    /// What is between the two parts in the keys that begin and end so.
    pub(super) fn names_between(&self, start: &str, end: &str) -> Vec<String> {
        let between = |key: &String| Some(key.strip_prefix(start)?.strip_suffix(end)?.to_owned());
        self.entries.keys().filter_map(between).collect()
    }

    /// Adds a setting, unless something stronger has said it.
    pub(super) fn set(&mut self, layer: Layer, key: &str, value: Value, origin: Origin) {
        self.add(layer, Entry { key: key.to_owned(), value, origin, unset: vec![], variables: vec![], written: None });
    }

    /// Adds a setting whose text may name variables.
    pub(super) fn expand(
        &mut self,
        layer: Layer,
        key: &str,
        raw: &str,
        origin: Origin,
        dialect: Dialect,
        secret: bool,
    ) {
        let start = match &origin {
            Origin::File { place, .. } => Some(place.span.start),
            _ => None,
        };
        let Expanded { text, used, unset } = expand(self.world, dialect, raw, start);
        if !secret {
            for name in &used {
                let value = self.world.var(name).unwrap_or_default();
                self.expanded.insert(name.clone(), Secret::new(value));
            }
        }
        let written = (!used.is_empty()).then(|| raw.to_owned());
        let value = if secret { Value::Secret(Secret::new(text)) } else { Value::Text(text) };
        self.add(layer, Entry { key: key.to_owned(), value, origin, unset, variables: used, written });
    }

    fn add(&mut self, layer: Layer, entry: Entry) {
        self.entries.entry(entry.key.clone()).or_insert((layer, entry));
    }

    /// Reads a YAML file; one that cannot be read makes what it decides unknown.
    pub(super) fn yaml(&mut self, path: &Path) -> Option<Document> {
        let read = Document::yaml(self.world, path);
        self.checked(read)
    }

    /// Reads a TOML file likewise.
    pub(super) fn toml(&mut self, path: &Path) -> Option<Document> {
        let read = Document::toml(self.world, path);
        self.checked(read)
    }

    fn checked<E: std::fmt::Display>(&mut self, read: Result<Option<Document>, E>) -> Option<Document> {
        read.unwrap_or_else(|error| {
            self.unread.get_or_insert(error.to_string());
            None
        })
    }

    /// Reads a file in the style of .npmrc; empty where there is none.
    pub(super) fn npmrc(&mut self, layer: Layer, path: &Path) -> Vec<Line> {
        let (file, lines) = ConfigFile::read(self.world, &self.npm.npm, layer, path);
        if let Some(kind) = file.unread {
            let why = crate::project::world::describe(kind);
            self.unread.get_or_insert(format!("`{}` cannot be read: {why}", file.shown));
        }
        self.files.push(file);
        lines
    }

    /// The configuration, with the flags and defaults of npm's.
    pub(super) fn build(self) -> Configuration {
        let entries = self.entries.into_values();
        Configuration {
            config: Arc::new(self.npm.with_settings_of_client(entries, self.files, self.expanded)),
            faults: self.faults,
            dropped: self.dropped,
            unread: self.unread,
        }
    }
}

/// A line of a file in the style of .npmrc, before variables are replaced.
pub(super) use crate::project::npm_config::Line;

/// Where the value of a document's member is.
pub(super) fn origin(document: &Document, layer: Layer, node: &Node) -> Origin {
    Origin::File { layer, place: document.place(node), key: document.inner(node) }
}

/// Whether a setting names a registry: that of all packages, or of a scope.
pub(super) fn names_registry(key: &str) -> bool {
    key == "registry" || key.starts_with('@') && key.ends_with(":registry")
}

/// The key of a registry's credential.
pub(super) fn credential_key(registry: &str, name: &str) -> Option<String> {
    let url = Url::parse(registry.trim()).ok()?;
    Some(format!("{}:{name}", nerf_dart(&url)))
}

/// The folder and those above it in which a file lies, nearest first.
pub(super) fn upwards<'a>(folder: &'a Path, file: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    folder.ancestors().map(move |folder| folder.join(file))
}
