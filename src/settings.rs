//! npm-preflight.toml and the options that do the same: which rules run, how much they weigh, and which registries
//! enforce npm's public policy.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::{Category, RULES, Rule};

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
    let selected: Vec<_> =
        RULES.iter().copied().filter(|rule| rule.id == name || rule.category.name() == name).collect();
    if selected.is_empty() {
        let categories = [Category::Correctness, Category::Suspicious, Category::Advice].map(Category::name);
        let similar = RULES
            .iter()
            .map(|rule| rule.id)
            .chain(categories)
            .max_by(|left, right| strsim::jaro(left, name).total_cmp(&strsim::jaro(right, name)))
            .filter(|best| strsim::jaro(best, name) > 0.8);
        return Err(UnknownRule { name: name.to_owned(), similar });
    }
    Ok(selected)
}

impl Levels {
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
        match self.by_rule.get(diagnostic.rule) {
            None => {}
            Some(Level::Allow) => return None,
            Some(Level::Warn) => diagnostic.severity = Severity::Warning,
            Some(Level::Deny) => diagnostic.severity = Severity::Error,
        }
        Some(diagnostic)
    }
}
