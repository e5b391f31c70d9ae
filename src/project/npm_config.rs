//! npm's configuration as `npm publish` would see it in this folder: default < builtin < global < user < project <
//! environment < command line. Every value keeps its origin. `publishConfig` is laid over it in `plan.rs`, because
//! npm does that per package. Emulates `@npmcli/config` as shipped with npm 11.19.1 (lib/index.js).

pub mod args;
mod auth;
mod checks;
pub mod definitions;
mod expand;
mod js;
mod legacy_url;
mod load;
mod locate;
mod npmrc;
mod parse_field;
mod redact;
mod throws;
mod validate;
mod walk;
pub mod workspaces;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::npm::release::NpmRelease;
use crate::text::redact::Secret;
use crate::text::source::{Place, Span};

pub use js::number;
pub(crate) use redact::is_url;

/// Where npm looks for a setting, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// npm's own defaults.
    Default,
    /// `npmrc` in npm's own folder.
    Builtin,
    /// `<prefix>/etc/npmrc`, or `globalconfig`.
    Global,
    /// `~/.npmrc`, or `userconfig`.
    User,
    /// `.npmrc` of the project's root.
    Project,
    /// `npm_config_*`.
    Env,
    /// Flags.
    Cli,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Builtin => "builtin",
            Self::Global => "global",
            Self::User => "user",
            Self::Project => "project",
            Self::Env => "environment",
            Self::Cli => "command line",
        })
    }
}

/// A value after npm's coercion.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JavaScript's `undefined`.
    Undefined,
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// The text of a key that holds a token, a password or a one-time password.
    Secret(Secret),
    /// `key[] = …`, or a key that npm declares as a list.
    List(Vec<Value>),
    /// An ini `[section]`.
    Section(BTreeMap<String, Value>),
}

impl Value {
    /// Whether JavaScript takes it for true.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(value) => *value != 0.0 && !value.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Secret(secret) => !secret.expose().is_empty(),
            Self::List(_) | Self::Section(_) => true,
        }
    }

    /// What JavaScript's `String` makes of it, of a secret too; nothing for a section, at which it throws.
    pub fn to_text(&self) -> String {
        js::string(self).unwrap_or_default()
    }

    /// The text, of a secret too.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Secret(secret) => Some(secret.expose()),
            _ => None,
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// npm's default.
    Default,
    /// A line of an .npmrc.
    File {
        /// Which of the files.
        layer: Layer,
        /// The value in it.
        place: Place,
        /// The key in it.
        key: Span,
    },
    /// An environment variable.
    Env(String),
    /// A flag, as it was written.
    Flag(String),
    /// A field of package.json.
    Manifest {
        /// The field, such as `publishConfig.registry`.
        field: String,
        /// The value.
        place: Place,
    },
    /// Neither: npm derives it; the sentence says how.
    Derived(String),
}

/// A value and what decided it.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// What decided it.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// What a reading makes of the value; `None`: nothing.
    pub fn read_as<U>(self, reading: impl FnOnce(T) -> Option<U>) -> Option<Sourced<U>> {
        Some(Sourced { value: reading(self.value)?, origin: self.origin })
    }
}

impl Origin {
    /// The edit that gives its line another key. `None`: it is no line of the project's own .npmrc, or its key is quoted or escaped.
    pub fn renamed(&self, key: &str, new: &str) -> Option<(Place, String)> {
        let Self::File { layer: Layer::Project, place, key: span } = self else { return None };
        let is_verbatim = place.source.text().get(span.start..span.end) == Some(key);
        let is_plain = !new.contains(|letter: char| letter.is_whitespace() || "=;#\"'\\$".contains(letter));
        (is_verbatim && is_plain).then(|| (Place::new(&place.source, *span), new.to_owned()))
    }

    /// The text it is in, when it is in a file.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::File { place, .. } | Self::Manifest { place, .. } => Some(place.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("npm's default"),
            Self::File { layer, place, .. } => write!(f, "{} ({layer})", place.path_and_line()),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Flag(flag) => f.write_str(flag),
            Self::Manifest { field, place } => write!(f, "{} ({field})", place.path_and_line()),
            Self::Derived(sentence) => f.write_str(sentence),
        }
    }
}

/// A `${VAR}` that the environment does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsetVariable {
    /// The variable.
    pub name: String,
    /// `${VAR}` in the file or variable's text: only for values in files.
    pub span: Option<Span>,
    /// `${VAR?}`: replaced by nothing instead of staying as it is.
    pub optional: bool,
}

/// One setting in one layer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key after expansion.
    pub key: String,
    /// The value after expansion and coercion.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
    /// The variables in its text that are not set.
    pub unset: Vec<UnsetVariable>,
    /// The variables in its text that are set, and hold what is used here.
    pub variables: Vec<String>,
    /// Its text before expansion, when a variable was expanded: that is shown, because the variable may hold a secret.
    pub written: Option<String>,
}

impl Entry {
    /// A variable in it that is not set, so that npm sends the text `${NAME}`.
    pub fn unset_variable(&self) -> Option<&UnsetVariable> {
        self.unset.iter().find(|variable| !variable.optional)
    }
}

/// A file that npm reads its configuration from, or would read if it were there.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Which of the layers.
    pub layer: Layer,
    /// Its path.
    pub path: PathBuf,
    /// The path as it is shown.
    pub shown: String,
    /// Its text; `None`: it is not there or cannot be read, and npm silently continues.
    pub source: Option<std::sync::Arc<crate::text::source::Source>>,
    /// Why it was not read though something is there.
    pub unread: Option<std::io::ErrorKind>,
    /// Keys that are under an ini `[section]`, where npm does not see them: the key and its line.
    pub buried: Vec<(String, Place)>,
}

/// A line of a file in the style of .npmrc, before variables are replaced.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its key.
    pub(crate) key: String,
    /// What follows it.
    pub(crate) value: Value,
    /// Where it is.
    pub(crate) origin: Origin,
}

/// Keys that make npm refuse to start (`ERR_INVALID_AUTH`): of a credential, without a registry.
#[derive(Clone, Debug)]
pub struct InvalidAuth {
    /// The key.
    pub key: String,
    /// Where it is.
    pub origin: Origin,
    /// The key to use instead; `None`: it must go.
    pub rename_to: Option<String>,
}

/// Why npm cannot even read its configuration.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// Two settings exclude each other.
    #[error("`{key}` cannot be set together with `{other}`")]
    Exclusive {
        /// The later one.
        key: String,
        /// The earlier one.
        other: String,
        /// Where the later one is.
        origin: Box<Origin>,
    },
    /// A value at which npm's code throws.
    #[error("`{key}` {why}")]
    Unusable {
        /// The setting.
        key: String,
        /// Why npm cannot use it: the end of a sentence.
        why: String,
        /// Where it is.
        origin: Box<Origin>,
    },
    /// A line at which npm's parser throws.
    #[error("npm cannot parse {}", .place.path_and_line())]
    Syntax {
        /// The line.
        place: Place,
    },
    /// Two settings name the same file.
    #[error(
        "npm refuses to read `{path}` as its {second} configuration, because it already is its {first} configuration"
    )]
    LoadedTwice {
        /// The file, as shown.
        path: String,
        /// What it was read as.
        first: Layer,
        /// What it would be read as, too.
        second: Layer,
    },
    /// The package.json of a parent folder has a broken `workspaces`.
    #[error("npm cannot determine the workspaces of `{root}`: {error}")]
    Workspaces {
        /// The parent folder, as shown.
        root: String,
        /// What is wrong.
        error: workspaces::WorkspacesError,
    },
}

/// npm's configuration in one folder.
#[derive(Debug)]
pub struct NpmConfig {
    /// The npm that reads it.
    pub(crate) npm: NpmRelease,
    layers: BTreeMap<Layer, BTreeMap<String, Entry>>,
    /// What npm's `validate()` changes, by layer: the changed entry, or `None` for one that it throws away.
    checked: BTreeMap<Layer, BTreeMap<String, Option<Entry>>>,
    /// npm took its `flatOptions` after `validate()`, not before: it does when `scope` lacks its `@`.
    flat_is_checked: bool,
    /// Every file, weakest first, found or not.
    pub files: Vec<ConfigFile>,
    /// Fatal credentials.
    pub invalid_auth: Vec<InvalidAuth>,
    /// Flags that npm does not know, with two dashes.
    pub unknown_flags: Vec<String>,
    /// Flags that are abbreviated, with two dashes, and what npm 11 takes them for.
    pub abbreviated_flags: Vec<(String, &'static str)>,
    /// Words behind a single dash that npm 11 takes for flags with two, without the dash.
    pub single_dash_flags: Vec<&'static str>,
    /// Why npm would stop while it reads its configuration.
    pub fatal: Option<LoadError>,
    /// The project's root: the workspace root for a member (npm's `localPrefix`).
    pub local_prefix: PathBuf,
    /// The member folder npm found itself in (npm sets `workspace` to it).
    pub implicit_workspace: Option<PathBuf>,
    /// An .npmrc in the member folder, which npm ignores.
    pub ignored_files: Vec<ConfigFile>,
    /// The nearest .npmrc above the project in the same repository or pnpm workspace, which npm does not read.
    pub file_above: Option<ConfigFile>,
    /// Flags whose values npm drops with a warning because their type is wrong: key, value, the flag as written.
    pub dropped: Vec<(String, Value, String)>,
    /// The variables that were expanded in settings other than credentials, and what they hold: to be shown by name.
    pub expanded: BTreeMap<String, Secret>,
}

impl NpmConfig {
    /// The configuration of another client: npm's defaults and flags, and the settings that the client reads in the place of
    /// npm's files and variables.
    #[must_use]
    pub(crate) fn with_settings_of_client(
        &self,
        settings: impl Iterator<Item = (Layer, Entry)>,
        files: Vec<ConfigFile>,
        expanded: BTreeMap<String, Secret>,
    ) -> Self {
        let is_left = |layer: &Layer| matches!(layer, Layer::Default | Layer::Cli);
        let left = self.layers.iter().filter(|(layer, _)| is_left(layer));
        let mut layers: BTreeMap<Layer, BTreeMap<String, Entry>> =
            left.map(|(layer, entries)| (*layer, entries.clone())).collect();
        for (layer, entry) in settings {
            layers.entry(layer).or_default().entry(entry.key.clone()).or_insert(entry);
        }
        let checked = self.checked.iter().filter(|(layer, _)| is_left(layer));
        Self {
            npm: self.npm.clone(),
            unknown_flags: self.unknown_flags.clone(),
            abbreviated_flags: self.abbreviated_flags.clone(),
            single_dash_flags: self.single_dash_flags.clone(),
            layers,
            checked: checked.map(|(layer, entries)| (*layer, entries.clone())).collect(),
            flat_is_checked: self.flat_is_checked,
            files,
            invalid_auth: Vec::new(),
            fatal: None,
            local_prefix: self.local_prefix.clone(),
            implicit_workspace: self.implicit_workspace.clone(),
            ignored_files: Vec::new(),
            file_above: None,
            dropped: Vec::new(),
            expanded,
        }
    }

    /// What npm's `flatOptions` hold: the strongest layer's value, invalid ones included.
    pub fn flat(&self, key: &str) -> Option<&Entry> {
        if self.flat_is_checked {
            return self.get(key);
        }
        self.layers.values().rev().find_map(|layer| layer.get(key))
    }

    /// What npm's `config.get` says: values of a type that npm does not allow are skipped.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.layers.keys().rev().find_map(|layer| self.checked_entry(*layer, key))
    }

    /// A flag of the command line, as npm took it in.
    pub fn flag(&self, key: &str) -> Option<&Entry> {
        self.layers.get(&Layer::Cli)?.get(key)
    }

    /// Whether only npm's default has it.
    pub fn is_default(&self, key: &str) -> bool {
        self.layers.keys().all(|layer| *layer == Layer::Default || self.checked_entry(*layer, key).is_none())
    }

    /// npm's global mode: `global`, or `location=global` (lib/npm.js).
    pub fn is_global(&self) -> bool {
        let is = |key: &str, is: &dyn Fn(&Value) -> bool| self.get(key).is_some_and(|entry| is(&entry.value));
        is("global", &Value::is_truthy) || is("location", &|value| value.as_text() == Some("global"))
    }

    /// What npm throws away because of its type, though it may have used it before.
    pub fn invalid(&self) -> impl Iterator<Item = (Layer, &Entry)> {
        self.checked.iter().flat_map(|(layer, entries)| {
            let dropped = entries.iter().filter(|(_, changed)| changed.is_none());
            dropped.filter_map(|(key, _)| Some((*layer, self.layers.get(layer)?.get(key)?)))
        })
    }

    fn checked_entry(&self, layer: Layer, key: &str) -> Option<&Entry> {
        match self.checked.get(&layer).and_then(|entries| entries.get(key)) {
            Some(changed) => changed.as_ref(),
            None => self.layers.get(&layer)?.get(key),
        }
    }

    /// The files of which nothing is known, though something is there.
    pub fn unread_files(&self) -> impl Iterator<Item = &ConfigFile> {
        self.files.iter().filter(|file| file.unread.is_some())
    }

    /// Whether a file that was not read may say otherwise than a value from there.
    pub fn may_be_overruled(&self, origin: &Origin) -> bool {
        let layer = match origin {
            Origin::Default | Origin::Derived(_) => Layer::Default,
            Origin::File { layer, .. } => *layer,
            Origin::Env(_) | Origin::Flag(_) | Origin::Manifest { .. } => return false,
        };
        self.unread_files().any(|file| file.layer > layer)
    }

    /// The settings of one layer.
    pub fn layer(&self, layer: Layer) -> impl Iterator<Item = &Entry> {
        self.layers.get(&layer).into_iter().flat_map(BTreeMap::values)
    }

    /// Every setting that is in force or hidden by a stronger one, strongest first, without defaults.
    pub fn entries(&self) -> impl Iterator<Item = (Layer, &Entry)> {
        self.layers
            .iter()
            .rev()
            .filter(|(layer, _)| **layer != Layer::Default)
            .flat_map(|(layer, entries)| entries.values().map(|entry| (*layer, entry)))
    }
}
