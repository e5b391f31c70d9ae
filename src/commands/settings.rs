//! npm-preflight.toml and the options that do the same: which rules run, how much they weigh, and which registries
//! enforce npm's public policy.

pub mod init;

use std::collections::BTreeMap;
use std::path::Path;

use crate::project::world::World;
use crate::rules::levels::{Level, Levels};
use crate::text::source::Source;

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
    #[error("cannot read the settings file `{path}`: {}", crate::project::world::describe(*.kind))]
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
        let bytes = match world.files.read(path, crate::project::world::limit::SETTINGS) {
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
        let why = "cannot read the settings file `x.toml`: there is no such file or folder";
        assert_eq!(missing.as_deref(), Some(why));
    }
}
