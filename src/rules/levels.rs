//! Which rules run, and how severe their findings are: what the settings and the options ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::plan::PublishPlan;
use crate::project::declared::Packages;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::rules::{self, Category, Rule};

/// What is done with what a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Not shown.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Warn, Self::Deny];

    /// That of a category's rules, unless configured otherwise.
    pub const fn of(category: Category) -> Self {
        match category {
            Category::Correctness => Self::Deny,
            Category::Suspicious | Category::Advice => Self::Warn,
            Category::Pedantic => Self::Allow,
        }
    }

    /// Its name in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// The levels in force.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// What the settings say of all packages.
    by_rule: BTreeMap<&'static str, Level>,
    /// What they say of some; later ones win.
    of_packages: Vec<OfPackages>,
    /// What the command line says, which wins.
    by_option: BTreeMap<&'static str, Level>,
    /// Rules named by `--only`; empty: all.
    only: Vec<&'static str>,
    /// Rules without a bearing on this run.
    left_out: Vec<&'static str>,
    /// Rules whose errors are warnings in this run, and what to add to them.
    softened: BTreeMap<&'static str, Option<String>>,
    /// Another job publishes.
    is_for_another_job: bool,
}

/// The levels of some packages.
#[derive(Clone, Debug)]
pub struct OfPackages {
    /// Which; `None`: all.
    packages: Option<Packages>,
    by_rule: BTreeMap<&'static str, Level>,
}

impl OfPackages {
    /// No levels yet; `packages`: `None`: of all packages.
    pub const fn new(packages: Option<Packages>) -> Self {
        Self { packages, by_rule: BTreeMap::new() }
    }

    /// Sets a rule's or a category's level; later calls win.
    ///
    /// # Errors
    /// When the name is unknown.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), UnknownRule> {
        self.by_rule.extend(select(name)?.into_iter().map(|rule| (rule.id, level)));
        Ok(())
    }

    fn hold(&self, plan: &PublishPlan) -> bool {
        let manifest = &plan.package.manifest;
        let name = plan.package.name().map(crate::npm::name::PackageName::as_str);
        self.packages.as_ref().is_none_or(|packages| packages.hold(&manifest.folder, name))
    }
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
        let categories = Category::ALL.map(Category::name);
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

    /// Another job publishes, with a credential and an account of its own: what only that job can have checked is left out,
    /// and what may be different there is no error here.
    pub(crate) fn for_another_job(&mut self) {
        self.is_for_another_job = true;
        for rule in rules::all() {
            if rule.about.is_left_to_publisher() {
                self.leave_out(rule);
            } else if rule.about.depends_on_publisher() {
                self.soften(rule, None);
            }
        }
    }

    /// Whether another job publishes, of whose rights nothing is known here.
    pub(crate) fn is_for_another_job(&self) -> bool {
        self.is_for_another_job
    }

    /// Leaves a rule that has no level of its own out, as one that has nothing to say here.
    pub(crate) fn leave_out(&mut self, rule: &'static Rule) {
        if self.level(rule).is_none() {
            self.left_out.push(rule.id);
        }
    }

    /// Whether a rule has nothing to say here.
    pub(crate) fn leaves_out(&self, rule: &Rule) -> bool {
        self.left_out.contains(&rule.id)
    }

    /// Sets a rule's or a category's level, as the settings do; later calls win.
    ///
    /// # Errors
    /// When the name is unknown.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), UnknownRule> {
        self.by_rule.extend(select(name)?.into_iter().map(|rule| (rule.id, level)));
        Ok(())
    }

    /// Sets the levels of some packages; later calls win.
    pub fn set_of_packages(&mut self, levels: OfPackages) {
        if levels.packages.is_none() {
            self.by_rule.extend(&levels.by_rule);
        }
        self.of_packages.push(levels);
    }

    /// Sets a rule's or a category's level, as the command line does, which wins over the settings; later calls win.
    ///
    /// # Errors
    /// When the name is unknown.
    pub fn set_by_option(&mut self, name: &str, level: Level) -> Result<(), UnknownRule> {
        self.by_option.extend(select(name)?.into_iter().map(|rule| (rule.id, level)));
        Ok(())
    }

    /// The levels that hold for one package.
    pub fn of(&self, plan: &PublishPlan) -> Cow<'_, Self> {
        let mut own = self.of_packages.iter().filter(|levels| levels.hold(plan)).peekable();
        if own.peek().is_none() {
            return Cow::Borrowed(self);
        }
        let mut levels = Self { of_packages: Vec::new(), ..self.clone() };
        for own in own {
            levels.by_rule.extend(&own.by_rule);
            levels.left_out.retain(|id| !own.by_rule.contains_key(id));
        }
        Cow::Owned(levels)
    }

    /// The level that was set for a rule.
    fn level(&self, rule: &Rule) -> Option<Level> {
        self.by_option.get(rule.id).or_else(|| self.by_rule.get(rule.id)).copied()
    }

    /// The level of a rule for packages with no other setting: the one that was set, or its category's.
    pub fn in_force(&self, rule: &Rule) -> Level {
        self.level(rule).unwrap_or(Level::of(rule.category))
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
        let is_on = rule.category != Category::Pedantic || self.level(rule).is_some();
        (self.only.is_empty() && is_on || self.only.contains(&rule.id))
            && self.level(rule) != Some(Level::Allow)
            && !self.leaves_out(rule)
    }

    /// Whether a setting or an option turns a rule off that runs otherwise.
    pub fn turns_off(&self, rule: &Rule) -> bool {
        let is_off_by_itself = rule.category == Category::Pedantic && !self.by_rule.contains_key(rule.id);
        !self.selects(rule) && !is_off_by_itself
    }

    /// The diagnostic at its level.
    pub fn apply(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        match self.level(diagnostic.rule) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(settings: &[(&str, Level)]) -> Levels {
        let mut levels = Levels::default();
        for (name, level) in settings {
            levels.set(name, *level).unwrap();
        }
        levels
    }

    #[test]
    fn levels_change_or_silence_a_rules_diagnostics() {
        let warned = levels(&[("version-published", Level::Warn)]);
        let rule = rules::find("version-published").unwrap();
        let diagnostic = Diagnostic::new(rule, "m", "w", "h");
        assert_eq!(warned.apply(diagnostic).unwrap().severity, Severity::Warning);
        let silenced = levels(&[("correctness", Level::Allow)]);
        assert!(!silenced.selects(rule));
    }

    #[test]
    fn a_softened_rule_reports_no_errors_unless_configured() {
        let rule = rules::find("latest-moves-back").unwrap();
        let weight = |settings: &[(&str, Level)], severity: Severity| {
            let mut levels = levels(settings);
            levels.soften(rule, Some("a note".to_owned()));
            let found = levels.apply(Diagnostic::new(rule, "m", "w", "h").severity(severity)).unwrap();
            (found.severity, found.notes.len())
        };
        assert_eq!(weight(&[], Severity::Error), (Severity::Warning, 1));
        assert_eq!(weight(&[], Severity::Info), (Severity::Info, 0));
        assert_eq!(weight(&[("latest-moves-back", Level::Deny)], Severity::Error), (Severity::Error, 0));
    }
}
