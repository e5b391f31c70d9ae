//! npm-preflight's own settings, in npm-preflight.toml or under a key of package.json: which rules run and how much they weigh,
//! which registries enforce npm's public policy, who publishes, and declarations of what cannot be read.

pub mod init;
mod node;
mod shape;
mod show;

use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use self::node::Node;
use self::shape::{Fault, Shape};
use crate::project::declared::{
    Day, Declarations, Declared, Ignored, OfRegistry, Packages, Right, TrustedPublisher, TwoFactorPolicy,
};
use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::publisher::Manager;
use crate::report::exit::Strict;
use crate::rules::levels::{Level, Levels, OfPackages};
use crate::rules::{self, About};
use crate::text::source::{Place, Source, Span};
pub use show::schema;

/// What the settings say.
#[derive(Debug, Default)]
pub struct Settings {
    /// Registries that enforce npm's public policy, besides npm's own.
    pub npmjs_registries: Vec<Url>,
    /// Levels.
    pub levels: Levels,
    /// The package manager that publishes.
    pub client: Option<Declared<Manager>>,
    /// Whether something undecided lets `lint` fail.
    pub strict: Option<Strict>,
    /// How many seconds `lint` waits for registries.
    pub timeout: Option<u64>,
    /// Facts that cannot be read.
    pub declarations: Declarations,
    /// Each value as it is written, for `config`.
    written: Vec<Written>,
}

/// A setting as it is written.
#[derive(Debug)]
struct Written {
    /// `rules.name-taken`, `packages[0].match`.
    path: String,
    value: serde_json::Value,
    place: Place,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file was named and is not there, or cannot be read.
    #[error("cannot read the settings file `{path}`: {}", crate::project::world::describe(*.kind))]
    Unreadable {
        /// As shown.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// They do not hold what they should.
    #[error("{path}:{line}:{column}: {message}")]
    Invalid {
        /// As shown.
        path: String,
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

/// The name of the settings file in a project's root.
pub const FILE: &str = "npm-preflight.toml";

/// The key of package.json in a project's root that may stand for it.
pub const KEY: &str = "npm-preflight";

impl Settings {
    /// Reads the settings of the project with this package.json in its root: the file that is named, or that of the project, or
    /// those in package.json.
    ///
    /// # Errors
    /// When they cannot be read or used, or are in both places.
    pub fn read(world: &World, manifest: &Manifest, named: Option<&Path>) -> Result<Self, SettingsError> {
        let root = &manifest.folder;
        let path = named.map_or_else(|| root.join(FILE), |path| world.resolve(path));
        let shown = world.shown_path(&path);
        let file = match world.files.read(&path, crate::project::world::limit::SETTINGS) {
            Ok(bytes) => Some(Source::new(shown, &bytes)),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(SettingsError::Unreadable { path: shown, kind: error.kind() }),
        };
        let member = manifest.root().member(KEY).filter(|_| named.is_none());
        match (file, member) {
            (Some(file), Some(member)) => {
                let message = format!("there are settings here and in `{}`; keep one of them", file.path());
                Err(invalid(&manifest.source, &Fault::new(member.key_span, message)))
            }
            (Some(file), None) => Self::of_file(&Arc::new(file), root),
            (None, Some(member)) => Self::of(Node::Json(member.value), &manifest.source, root),
            (None, None) => Ok(Self::default()),
        }
    }

    fn of_file(source: &Arc<Source>, root: &Path) -> Result<Self, SettingsError> {
        let table = DeTable::parse(source.text()).map_err(|error| {
            let span = error.span().map_or_else(Span::default, |span| Span::new(span.start, span.end));
            invalid(source, &Fault::new(span, error.message().replace('\n', ", ")))
        })?;
        let span = table.span();
        Self::of(Node::Toml(&Spanned::new(span, DeValue::Table(table.into_inner()))), source, root)
    }

    fn of(node: Node<'_>, source: &Arc<Source>, root: &Path) -> Result<Self, SettingsError> {
        let reader = Reader { source, root };
        shape::SETTINGS.check(node).and_then(|()| reader.settings(node)).map_err(|fault| invalid(source, &fault))
    }
}

fn invalid(source: &Source, fault: &Fault) -> SettingsError {
    let position = source.position(fault.span.start);
    let (path, message) = (source.path().to_owned(), fault.message.clone());
    SettingsError::Invalid { path, line: position.line, column: position.column, message }
}

/// Takes settings apart that have their [shape](shape::SETTINGS).
struct Reader<'a> {
    source: &'a Arc<Source>,
    root: &'a Path,
}

impl Reader<'_> {
    fn settings(&self, node: Node<'_>) -> Result<Settings, Fault> {
        let mut settings = Settings {
            client: self.declared(node.get("client"), |node| Manager::from_str(node.text()?, false).ok()),
            strict: node.get("strict").map(|strict| match strict.switch() {
                Some(false) => Strict::Off,
                Some(true) => Strict::Undecided,
                None => Strict::All,
            }),
            timeout: node.get("timeout").and_then(Node::number),
            npmjs_registries: elements(node.get("npmjs-registries"))
                .filter_map(|url| url.text()?.parse().ok())
                .collect(),
            ..Settings::default()
        };
        for (name, level) in levels(node.get("rules")) {
            settings.levels.set(name.key, level).map_err(|error| Fault::new(name.key_span, error.to_string()))?;
        }
        for entry in elements(node.get("packages")) {
            let mut of_packages = OfPackages::new(self.packages(entry.get("match"))?);
            for (name, level) in levels(entry.get("rules")) {
                let fault = |message: String| Fault::new(name.key_span, message);
                if rules::find(name.key).is_some_and(|rule| rule.about == About::Release) {
                    return Err(fault(format!("`{}` is about all packages together; set it under `rules`", name.key)));
                }
                of_packages.set(name.key, level).map_err(|error| fault(error.to_string()))?;
            }
            settings.levels.set_of_packages(of_packages);
        }
        let ignored: Vec<Ignored> =
            elements(node.get("ignore")).map(|entry| self.ignored(entry)).collect::<Result<_, _>>()?;
        settings.declarations.ignored = ignored.into();
        for member in node.get("registry").and_then(Node::members).unwrap_or_default() {
            let url = member.key.parse().map_err(|_| Fault::new(member.key_span, "expected a URL"))?;
            settings.declarations.registries.push((url, Arc::new(self.registry(member.value))));
        }
        self.write_down(node, &shape::SETTINGS, String::new(), &mut settings.written);
        Ok(settings)
    }

    fn ignored(&self, entry: Node<'_>) -> Result<Ignored, Fault> {
        let rule = self.declared(entry.get("rule"), |rule| rule.text().map(str::to_owned));
        Ok(Ignored {
            rule: rule.ok_or_else(|| Fault::new(entry.span(), "`rule` is missing"))?,
            packages: self.packages(entry.get("packages"))?,
            reason: entry.get("reason").and_then(Node::text).unwrap_or_default().to_owned(),
            expires: self.declared(entry.get("expires"), day),
        })
    }

    fn registry(&self, node: Node<'_>) -> OfRegistry {
        let two_factor = |node: Node<'_>| {
            let policies = [TwoFactorPolicy::Required, TwoFactorPolicy::RequiredOrToken, TwoFactorPolicy::Optional];
            nth(&shape::TWO_FACTOR, policies, node)
        };
        OfRegistry {
            trusted_publisher: self.declared(node.get("trusted-publisher"), |node| Some(self.trusted_publisher(node))),
            token_expires: self.declared(node.get("token-expires"), day),
            token_bypasses_2fa: self.declared(node.get("token-bypasses-2fa"), Node::switch),
            two_factor: self.declared(node.get("two-factor"), two_factor),
        }
    }

    fn trusted_publisher(&self, node: Node<'_>) -> TrustedPublisher {
        let text = |key| self.declared(node.get(key), |node| node.text().map(str::to_owned));
        let right = |node| nth(&shape::RIGHTS, [Right::Publish, Right::Stage], node);
        TrustedPublisher {
            repository: text("repository"),
            workflow: text("workflow"),
            environment: text("environment"),
            allow: self.declared(node.get("allow"), |node| Some(elements(Some(node)).filter_map(right).collect())),
        }
    }

    fn declared<'n, T>(&self, node: Option<Node<'n>>, read: impl FnOnce(Node<'n>) -> Option<T>) -> Option<Declared<T>> {
        let node = node?;
        Some(Declared { value: read(node)?, place: self.place(node) })
    }

    fn place(&self, node: Node<'_>) -> Place {
        Place::new(self.source, node.span())
    }

    fn packages(&self, node: Option<Node<'_>>) -> Result<Option<Packages>, Fault> {
        let Some(node) = node else { return Ok(None) };
        let patterns = node.elements().unwrap_or_else(|| vec![node]);
        let packages = Packages::new(self.root, patterns.iter().filter_map(|pattern| pattern.text()));
        packages.map(Some).map_err(|(at, error)| {
            Fault::new(patterns.get(at).map_or_else(|| node.span(), |pattern| pattern.span()), error.to_string())
        })
    }

    /// Lists the values in the order of the text.
    fn write_down(&self, node: Node<'_>, shape: &Shape, path: String, written: &mut Vec<Written>) {
        let below = |key: &str| match path.as_str() {
            "" => key.to_owned(),
            path if key.contains([':', '/', '.']) => format!("{path}.\"{key}\""),
            path => format!("{path}.{key}"),
        };
        match shape {
            Shape::Table(keys) => {
                for member in node.members().unwrap_or_default() {
                    let known = keys.iter().find(|key| key.name == member.key && key.name != "$schema");
                    if let Some(key) = known {
                        self.write_down(member.value, key.shape, below(member.key), written);
                    }
                }
            }
            Shape::Map(_, values) => {
                for member in node.members().unwrap_or_default() {
                    self.write_down(member.value, values, below(member.key), written);
                }
            }
            Shape::List(entries @ Shape::Table(_)) => {
                for (at, entry) in node.elements().unwrap_or_default().into_iter().enumerate() {
                    self.write_down(entry, entries, format!("{path}[{at}]"), written);
                }
            }
            _ => written.push(Written { path, value: plain(node), place: self.place(node) }),
        }
    }
}

fn elements(node: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    node.and_then(Node::elements).unwrap_or_default().into_iter()
}

fn levels(node: Option<Node<'_>>) -> impl Iterator<Item = (node::Member<'_>, Level)> {
    node.and_then(Node::members).unwrap_or_default().into_iter().filter_map(|member| {
        let text = member.value.text()?;
        Some((member, Level::ALL.into_iter().find(|level| level.name() == text)?))
    })
}

fn day(node: Node<'_>) -> Option<Day> {
    Day::parse(&node.date()?)
}

/// What stands for a word.
fn nth<T, const N: usize>(words: &[&str; N], meant: [T; N], node: Node<'_>) -> Option<T> {
    let text = node.text()?;
    words.iter().zip(meant).find_map(|(word, meant)| (*word == text).then_some(meant))
}

/// A value that holds no table.
fn plain(node: Node<'_>) -> serde_json::Value {
    if let Some(elements) = node.elements() {
        return elements.into_iter().map(plain).collect();
    }
    let number = || node.number().map(Into::into);
    let value = node.switch().map(Into::into).or_else(number).or_else(|| node.date().map(Into::into));
    value.unwrap_or_default()
}

impl Settings {
    /// Leaves out the findings that are ignored and whose time has not come; `now`: seconds since 1970-01-01T00:00:00Z.
    pub fn ignore(&mut self, now: u64) {
        for ignored in self.declarations.ignored.iter() {
            let is_over = ignored.expires.as_ref().is_some_and(|day| day.value.is_over(now));
            let mut levels = OfPackages::new(ignored.packages.clone());
            if !is_over && levels.set(&ignored.rule.value, Level::Allow).is_ok() {
                self.levels.set_of_packages(levels);
            }
        }
    }
}

#[cfg(test)]
mod tests;
