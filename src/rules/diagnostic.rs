//! What a rule says: what is wrong, why, what to do, and the text that decided it. A diagnostic without one of
//! the first three cannot be made.

use std::fmt;

use crate::facts::Unknown;
use crate::publisher::{Manager, Words, words};
use crate::rules::Rule;
use crate::text::redact::Scrubber;
use crate::text::source::Place;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The publish would be refused, or would provably do something else than the files ask for.
    Error,
    /// It would succeed, and probably not be what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// A second place that has to do with the diagnostic, and what it has to do with it.
#[derive(Clone, Debug)]
pub struct Related {
    /// The place in a file.
    pub place: Place,
    /// One short sentence without a full stop.
    pub message: String,
}

/// A replacement of a part of a file.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub text: String,
}

/// When `--fix` carries the edits of a fix out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Whenever it is asked to fix something: there is one right answer.
    Always,
    /// Where the user names this answer, as in `--fix=access:public`.
    Asked(Choice),
    /// Never: it needs a decision.
    Never,
}

/// What a user may decide for all packages at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `access` is `public`.
    AccessPublic,
}

/// A way to fix it that a program or a person can carry out as it is.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does, as an imperative: "set `access` to `public`".
    pub description: String,
    /// Changes to files; may be empty.
    pub edits: Vec<Edit>,
    /// Whether they are carried out when the user asks for it.
    pub applied: Applied,
    /// A command that does the same.
    pub command: Option<String>,
}

/// One thing a rule found.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How much it weighs; levels from the settings or the command line are applied later.
    pub severity: Severity,
    /// What: one sentence without a full stop.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// The code that npm would print, such as `E403`; once it is said by a client, that client's own.
    pub npm_error: Option<&'static str>,
    /// What prints that code.
    pub printed_by: &'static str,
    /// The text that decided it.
    pub place: Option<Place>,
    /// What to write beside that text.
    pub label: String,
    /// Other places.
    pub related: Vec<Related>,
    /// Origins without a place: a variable, a flag, a default.
    pub notes: Vec<String>,
    /// How to fix it.
    pub fix: Option<Fix>,
    /// What would make an error of a warning, and is not known: the check remains undecided.
    pub open: Option<Box<Unknown>>,
}

impl Diagnostic {
    /// What, why and what to do; the severity is that of the rule's category.
    pub fn new(
        rule: &'static Rule,
        message: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        // A text that was put together has room for more, and a run may hold a hundred thousand of them.
        let exact = |text: String| String::from(text.into_boxed_str());
        Self {
            rule,
            severity: rule.category.severity(),
            message: exact(message.into()),
            why: exact(why.into()),
            help: exact(help.into()),
            npm_error: None,
            printed_by: words::NPM.name,
            place: None,
            label: String::new(),
            related: Vec::new(),
            notes: Vec::new(),
            fix: None,
            open: None,
        }
    }

    /// Takes the secrets out of its sentences. What it points at is shown by [`Source::shown`](crate::text::source::Source::shown),
    /// which hides those of the file.
    pub fn hide_secrets(&mut self, scrubber: &Scrubber) {
        let Self { message, why, help, label, related, notes, fix, .. } = self;
        let sentences = [message, why, help, label].into_iter().chain(notes);
        let sentences = sentences.chain(related.iter_mut().map(|related| &mut related.message));
        // What has a secret in it would be written with a mask in its place.
        if fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|edit| scrubber.hide(&edit.text) != edit.text)) {
            *fix = None;
        }
        let fix =
            fix.iter_mut().flat_map(|Fix { description, command, .. }| std::iter::once(description).chain(command));
        for sentence in sentences.chain(fix) {
            *sentence = scrubber.hide(sentence);
        }
    }

    /// Points at the text that decided it.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>, label: impl Into<String>) -> Self {
        self.place = place.into();
        self.label = label.into();
        self
    }

    /// Adds where a value comes from: a second place when it is in a file, else a note that names the
    /// variable, flag or default.
    #[must_use]
    pub fn set_by(mut self, what: &str, origin: &crate::project::npm_config::Origin) -> Self {
        match origin.place() {
            Some(place) => self.related.push(Related { place, message: format!("{what} set here") }),
            None => self.notes.push(format!("{what} comes from {origin}")),
        }
        self
    }

    /// Points at the text that decided it when it is in a file; else a note names the variable, flag or default.
    #[must_use]
    pub fn at_origin(self, what: &str, origin: &crate::project::npm_config::Origin, label: &str) -> Self {
        match origin.place() {
            Some(place) => self.at(place, label),
            None => self.set_by(what, origin),
        }
    }

    /// Adds a second place.
    #[must_use]
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push(Related { place, message: message.into() });
        self
    }

    /// Adds a sentence below the quoted text.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The code npm would print.
    #[must_use]
    pub fn npm_error(mut self, code: &'static str) -> Self {
        self.npm_error = Some(code);
        self
    }

    /// The check remains undecided, too: this would make an error of it, and is not known.
    #[must_use]
    pub fn leaves_open(mut self, open: Unknown) -> Self {
        self.open = Some(Box::new(open));
        self
    }

    /// Whether npm refuses, or what comes out is not what was asked for.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Another severity than the category's: the same problem when npm lets it pass.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// How to fix it, if that takes an edit or a command.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into().filter(|fix| fix.command.is_some() || !fix.edits.is_empty());
        self
    }

    /// The code as a client prints it, if that has one.
    #[must_use]
    pub fn said_by(mut self, words: &Words) -> Self {
        self.npm_error = self.npm_error.and_then(|code| words.code(code));
        let is_pnpms = self.npm_error.is_some_and(|code| code.starts_with("ERR_PNPM_"));
        self.printed_by = if is_pnpms { Manager::Pnpm.name() } else { words.name };
        self
    }
}

impl Fix {
    /// A command that fixes it.
    pub fn command(description: impl Into<String>, command: impl Into<String>) -> Self {
        Self::maybe(description, Some(command.into()))
    }

    /// A command that fixes it, where the client has one.
    pub fn maybe(description: impl Into<String>, command: Option<String>) -> Self {
        Self { description: description.into(), edits: Vec::new(), applied: Applied::Never, command }
    }

    /// A replacement that fixes it, the only one that does.
    pub fn replace(description: impl Into<String>, place: Place, text: impl Into<String>) -> Self {
        let edits = vec![Edit { place, text: text.into() }];
        Self { description: description.into(), edits, applied: Applied::Always, command: None }
    }

    /// The same by an edit, where there is one.
    #[must_use]
    pub fn or_edit(mut self, edit: Option<(Place, String)>, applied: Applied) -> Self {
        self.edits.extend(edit.map(|(place, text)| Edit { place, text }));
        self.applied = applied;
        self
    }

    /// It needs a decision: nothing is changed without asking.
    #[must_use]
    pub fn undecided(mut self) -> Self {
        self.applied = Applied::Never;
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules;

    #[test]
    fn every_rule_reports_its_example_as_in_the_snapshot() {
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            for rule in rules::all() {
                insta::assert_snapshot!(rule.id, Scene::example(rule).rendered(rule.id));
            }
        });
    }
}
