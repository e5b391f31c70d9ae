//! npm-preflight.toml and the options that do the same: which rules run, how much they weigh, and which registries
//! enforce npm's public policy.

pub mod init;

use std::collections::BTreeMap;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::{self, Category, Rule};
use crate::source::Source;
use crate::world::World;

/// What is done with what a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not shown.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

/// The levels in force.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    by_rule: BTreeMap<&'static str, Level>,
    /// Rules named by `--only`; empty: all.
    only: Vec<&'static str>,
    /// Rules without a bearing on this run.
    left_out: Vec<&'static str>,
    /// Rules whose errors are warnings in this run, and what to add to them.
    softened: BTreeMap<&'static str, Option<String>>,
}

/// A name that is neither a rule nor a category.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is neither a rule nor a category{}", .similar.map_or_else(String::new, |similar| format!("; did you mean `{similar}`?")))]
pub struct UnknownRule {
    name: String,
    similar: Option<&'static str>,
}

/// The rules that a name selects: one, or those of a category.
///
/// # Errors
/// When it names none.
pub fn select(name: &str) -> Result<Vec<&'static Rule>, UnknownRule> {
    let selected: Vec<_> = rules::all().filter(|rule| rule.id == name || rule.category.name() == name).collect();
    if selected.is_empty() {
        let categories = [Category::Correctness, Category::Suspicious, Category::Advice].map(Category::name);
        let similar = rules::most_similar(name, rules::all().map(|rule| rule.id).chain(categories));
        return Err(UnknownRule { name: name.to_owned(), similar });
    }
    Ok(selected)
}

impl Levels {
    /// Makes the errors of a rule that has no level of its own warnings, with a note.
    pub(crate) fn soften(&mut self, rule: &'static Rule, note: Option<String>) {
        self.softened.insert(rule.id, note);
    }

    /// Leaves a rule that has no level of its own out, as one that has nothing to say here.
    pub(crate) fn leave_out(&mut self, rule: &'static Rule) {
        if !self.by_rule.contains_key(rule.id) {
            self.left_out.push(rule.id);
        }
    }

    /// Whether a rule has nothing to say here.
    pub(crate) fn leaves_out(&self, rule: &Rule) -> bool {
        self.left_out.contains(&rule.id)
    }

    /// Sets a rule's or a category's level; later calls win.
    ///
    /// # Errors
    /// When the name is unknown.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), UnknownRule> {
        self.by_rule.extend(select(name)?.into_iter().map(|rule| (rule.id, level)));
        Ok(())
    }

    /// Runs only these rules.
    ///
    /// # Errors
    /// When a name is unknown.
    pub fn only(&mut self, name: &str) -> Result<(), UnknownRule> {
        self.only.extend(select(name)?.into_iter().map(|rule| rule.id));
        Ok(())
    }

    /// Whether a rule runs at all.
    pub fn selects(&self, rule: &Rule) -> bool {
        (self.only.is_empty() || self.only.contains(&rule.id)) && self.by_rule.get(rule.id) != Some(&Level::Allow)
    }

    /// The diagnostic at its level.
    pub fn apply(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        match self.by_rule.get(diagnostic.rule.id) {
            None => {
                if let Some(note) = self.softened.get(diagnostic.rule.id).filter(|_| diagnostic.is_error()) {
                    diagnostic.severity = Severity::Warning;
                    diagnostic.notes.extend(note.clone());
                }
            }
            Some(Level::Allow) => return None,
            Some(Level::Warn) => diagnostic.severity = Severity::Warning,
            Some(Level::Deny) => diagnostic.severity = Severity::Error,
        }
        Some(diagnostic)
    }
}

/// npm-preflight.toml.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    /// Registries that enforce npm's public policy, besides npm's own.
    #[serde(default)]
    npmjs_registries: Vec<toml::Spanned<String>>,
    /// Rule or category -> level.
    #[serde(default)]
    rules: BTreeMap<toml::Spanned<String>, Level>,
}

/// What the settings file says.
#[derive(Debug, Default)]
pub struct Settings {
    /// Registries that enforce npm's public policy, besides npm's own.
    pub npmjs_registries: Vec<url::Url>,
    /// Levels.
    pub levels: Levels,
}

/// A settings file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It was named and is not there, or cannot be read.
    #[error("the settings file `{path}` cannot be read: {}", crate::world::told(*.kind))]
    Unreadable {
        /// As shown.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// It does not hold what it should.
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

impl Settings {
    /// Reads a settings file; `required` when it was named, so that it must be there.
    ///
    /// # Errors
    /// When it cannot be read or used.
    pub fn read(world: &World, path: &Path, required: bool) -> Result<Self, SettingsError> {
        let shown = world.shown_path(path);
        let bytes = match world.files.read(path, crate::world::limit::SETTINGS) {
            Ok(bytes) => bytes,
            Err(error) if !required && error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(SettingsError::Unreadable { path: shown, kind: error.kind() }),
        };
        let source = Source::new(shown, &bytes);
        let invalid = |start: usize, message: String| {
            let position = source.position(start);
            let path = source.path().to_owned();
            SettingsError::Invalid { path, line: position.line, column: position.column, message }
        };
        let file: File = toml::from_str(source.text())
            .map_err(|error| invalid(error.span().map_or(0, |span| span.start), error.message().replace('\n', ", ")))?;
        let mut settings = Self::default();
        for registry in &file.npmjs_registries {
            let url = registry.get_ref().parse().map_err(|error| {
                invalid(registry.span().start, format!("`{}` is not a URL ({error})", registry.get_ref()))
            })?;
            settings.npmjs_registries.push(url);
        }
        for (name, level) in &file.rules {
            settings
                .levels
                .set(name.get_ref(), *level)
                .map_err(|error| invalid(name.span().start, error.to_string()))?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, SettingsError> {
        let world = World::memory(&[("/project/npm-preflight.toml", text)], &[]);
        Settings::read(&world, Path::new("/project/npm-preflight.toml"), true)
    }

    #[test]
    fn an_error_names_its_line_and_what_was_meant() {
        let error = read("[rules]\nversion-publishd = \"warn\"\n").unwrap_err().to_string();
        assert_eq!(
            error,
            "npm-preflight.toml:2:1: `version-publishd` is neither a rule nor a category; did you mean `version-published`?"
        );
        assert!(read("[rules]\nname-taken = \"loud\"\n").unwrap_err().to_string().starts_with("npm-preflight.toml:2:"));
        assert!(read("colour = true\n").unwrap_err().to_string().contains("unknown field"));
    }

    #[test]
    fn a_file_that_was_not_named_may_be_missing() {
        let world = World::memory(&[], &[]);
        assert!(Settings::read(&world, Path::new("/project/x.toml"), false).is_ok());
        let missing = Settings::read(&world, Path::new("/project/x.toml"), true).err().map(|error| error.to_string());
        assert!(missing.is_some_and(|text| text.ends_with("cannot be read: there is no such file or folder")));
    }

    #[test]
    fn levels_change_or_silence_what_a_rule_finds() {
        let levels = read("[rules]\nversion-published = \"warn\"\n").unwrap().levels;
        let rule = rules::find("version-published").unwrap();
        let diagnostic = Diagnostic::new(rule, "m", "w", "h");
        assert_eq!(levels.apply(diagnostic).unwrap().severity, Severity::Warning);
        let silenced = read("[rules]\ncorrectness = \"allow\"\n").unwrap().levels;
        assert!(!silenced.selects(rule));
    }

    #[test]
    fn a_softened_rule_has_no_errors_unless_the_settings_want_them() {
        let rule = rules::find("latest-moves-back").unwrap();
        let weight = |settings: &str, severity: Severity| {
            let mut levels = read(settings).unwrap().levels;
            levels.soften(rule, Some("a note".to_owned()));
            let found = levels.apply(Diagnostic::new(rule, "m", "w", "h").severity(severity)).unwrap();
            (found.severity, found.notes.len())
        };
        assert_eq!(weight("", Severity::Error), (Severity::Warning, 1));
        assert_eq!(weight("", Severity::Info), (Severity::Info, 0));
        assert_eq!(weight("[rules]\nlatest-moves-back = \"deny\"\n", Severity::Error), (Severity::Error, 0));
    }
}
