//! Reports: one way to present what a run found per format. A reporter is a function of a [`Run`]; nothing a reporter
//! writes can hold a secret, because the sentences that it is given hold none, and the whole is searched for them once
//! more.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod assumed;
mod changes;
pub mod concise;
pub mod exit;
pub mod explain;
pub mod files;
mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
mod output;
pub mod plan;
mod prose;
pub mod sarif;
pub mod shorten;
pub mod site;
mod sizes;
mod snippet;
mod summary;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
mod words;

use crate::facts::credential::{Credential, Keyring};
use crate::facts::{Ask, Fact, Facts, Whoami};
use crate::plan::discover::Obstacle;
use crate::plan::{Login, PublishPlan};
use crate::report::exit::{Exit, Strictness};
use crate::report::output::{Escape, Output};
use crate::report::shorten::Shortened;
use crate::rules::lint::Found;
use std::borrow::Cow;
use std::io;

/// What a reporter presents.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The publishes.
    pub plans: &'a [PublishPlan],
    /// What was found; its packages are indices into `plans`.
    pub report: &'a Shortened,
    /// What registries answered.
    pub facts: &'a Facts,
    /// How the run ends.
    pub exit: Exit,
    /// Whether it fails without an error, and what says so.
    pub strictness: Option<Strictness>,
    /// Another job publishes, whoever is logged in here.
    pub is_for_another_job: bool,
    /// The credentials of the run, none of which may be shown.
    pub keyring: &'a Keyring,
    /// Where the files are.
    pub repository: &'a site::Repository,
    /// What code scanning should keep this run's results apart by.
    pub sarif_category: Option<&'a str>,
    /// How the files differ from those of the last published versions is reported, too.
    pub diff_published: bool,
}

impl<'a> Run<'a> {
    /// The publish that a diagnostic is about; of several the first of the run.
    fn plan_of(&self, found: &Found) -> Option<&'a PublishPlan> {
        self.plans.get(found.package.unwrap_or_default())
    }

    /// A text without secrets: a format that writes characters as escapes has to look for them before.
    fn clean(&self, text: &str) -> String {
        self.keyring.scrubber.hide(text)
    }
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: a stable shape with a version.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// A line for each diagnostic, for editors and agents.
    Concise,
    /// Workflow commands of GitHub Actions: annotations.
    Github,
    /// Markdown, for a step summary.
    Markdown,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML: test results for any CI system.
    Junit,
}

/// How the text looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Only errors and the verdicts.
    pub quiet: bool,
    /// The plan of every package, too.
    pub verbose: bool,
}

/// The report in a format.
///
/// # Errors
/// When it cannot be written.
pub fn write(format: Format, run: Run<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let escape = match format {
        Format::Text | Format::Concise | Format::Markdown => Escape::Text,
        Format::Json | Format::Sarif | Format::Gitlab => Escape::Json,
        Format::Github | Format::Junit => Escape::Done,
    };
    let mut out = Output::new(out, &run.keyring.scrubber, escape);
    match format {
        Format::Text => text::write(run, style, &mut out)?,
        Format::Json => json::write(run, &mut out)?,
        Format::Sarif => sarif::write(run, &mut out)?,
        Format::Concise => concise::write(run, &mut out)?,
        Format::Github => github::write(run, &mut out)?,
        Format::Markdown => markdown::write(run, &mut out)?,
        Format::Gitlab => gitlab::write(run, &mut out)?,
        Format::Junit => junit::write(run, &mut out)?,
    }
    out.finish()
}

/// The report in a format, as a text.
#[cfg(test)]
pub(crate) fn render(format: Format, run: Run<'_>, style: Style) -> String {
    let mut out = Vec::new();
    write(format, run, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Who would publish, where it is known: the answer of the registry, else the user name in the configuration.
pub(crate) fn user<'a>(plan: &'a PublishPlan, facts: &'a Facts) -> Option<&'a str> {
    let known = plan.question(Ask::Whoami).and_then(|question| match facts.get(&question) {
        Ok(Fact::Whoami(Whoami::User(user))) if !user.is_empty() => Some(user.as_str()),
        _ => None,
    });
    known.or(match &plan.auth.login {
        Login::Credential { credential: Credential::Basic { username, .. }, .. } => Some(username.as_str()),
        _ => None,
    })
}

/// The name in package.json, whatever npm thinks of it; `None` also if npm was given another package.
pub(crate) fn name(plan: &PublishPlan) -> Option<Cow<'_, str>> {
    if argument(plan).is_some() {
        return None;
    }
    let written = || plan.package.manifest.field("name")?.as_str();
    plan.package.name().map(crate::npm::name::PackageName::as_str).or_else(written).map(crate::text::shorten::value)
}

/// The version npm would use, else the text in package.json; `None` also when a release tool works it out later.
pub(crate) fn version(plan: &PublishPlan) -> Option<String> {
    if argument(plan).is_some() || plan.package.version_to_come.is_some() {
        return None;
    }
    let text = || Some(plan.package.manifest.field("version")?.as_str()?.to_owned());
    plan.package
        .version()
        .as_ref()
        .map(ToString::to_string)
        .or_else(text)
        .map(|text| crate::text::shorten::value(&text).into_owned())
}

/// The argument for a package that cannot be checked.
fn argument(plan: &PublishPlan) -> Option<&str> {
    plan.selection.obstacle.as_ref().and_then(Obstacle::argument)
}

/// What to call a publish: name and version, else the argument or the file.
pub(crate) fn title(plan: &PublishPlan) -> String {
    let name = argument(plan).map(Cow::Borrowed).or_else(|| name(plan).filter(|name| !name.is_empty()));
    let name = name.unwrap_or_else(|| crate::text::shorten::value(plan.package.manifest.source.path()));
    version(plan)
        .filter(|version| !version.is_empty())
        .map_or_else(|| name.clone().into_owned(), |version| format!("{name} {version}"))
}
