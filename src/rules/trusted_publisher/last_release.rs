//! What the last release says of whom a package trusts: how it was published, and from where according to its provenance. It
//! is evidence: npm's settings may have changed since, and a package may trust several workflows.

use super::RULE;
use crate::facts::{Builder, Dated, OnceAsked as _, Packument, Provenance, Published, Seen};
use crate::npm::version::Version;
use crate::plan::PublishPlan;
use crate::project::ci::Provider;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::rules::{Answer, Case};
use crate::text::count::{listed, plural};
use crate::text::time::{month, seconds};

/// Where GitHub's workflows are.
const WORKFLOWS: &str = ".github/workflows/";

/// What the last release says of this job.
pub(super) enum Evidence {
    /// It may be trusted; why.
    For(Option<String>),
    /// It is probably not.
    Against {
        /// Why, as a clause behind an assumption.
        evidence: Option<String>,
        /// The same where nothing else can publish.
        warning: Box<Diagnostic>,
    },
}

/// Asks the last release that a trusted publisher published; nothing for a version that is already published.
pub(super) fn last_release(case: &Case<'_>) -> Answer<Evidence> {
    let plan = case.plan;
    let Ok(Seen::Here(packument)) = case.packument().once_asked()? else { return Ok(Evidence::For(None)) };
    if plan.package.version().is_some_and(|version| packument.find(version).is_some()) {
        return Ok(Evidence::For(None));
    }
    let newest = newest(packument);
    if let Some((version, Published { approved: true, trusted: true, .. })) = &newest
        && !plan.options.stage
    {
        return Ok(staged_before(plan, &version.version));
    }
    if !packument.versions.iter().any(|(_, version)| version.trusted) {
        // The package may be somebody else's.
        let owners = match packument.maintainers.as_deref().unwrap_or_default() {
            [] => "a maintainer".to_owned(),
            [owner] => format!("a maintainer ({owner})"),
            owners => format!("one of its maintainers ({})", listed(owners, 2)),
        };
        let why = format!(
            "although no version has come from a trusted publisher yet. If none is set up, {owners} runs `{}`, and it expires \
             unless it is used within 48 hours",
            trust_command(plan)
        );
        return Ok(Evidence::For(Some(why)));
    }
    let Some(witness) = witness(plan, packument) else {
        let newest = newest.filter(|(_, published)| published.trusted);
        return Ok(Evidence::For(newest.map(|(version, _)| format!("as {} was published", version.version))));
    };
    let Dated { version, time } = &witness;
    let when = ago(case.now, time).map(|ago| format!(" {ago}")).unwrap_or_default();
    let plainly = || Ok(Evidence::For(Some(format!("as {version} was published{when}"))));
    if plan.runner.ci.repository.is_none() {
        return plainly();
    }
    let Ok(Some(provenance)) = case.provenance_of(version).once_asked()? else { return plainly() };
    match difference(plan, provenance) {
        Some(difference) => Ok(elsewhere(plan, &when, version, &difference)),
        None => Ok(Evidence::For(Some(match &provenance.workflow {
            Some(workflow) => format!("as {version} was published{when} from {}", file(workflow)),
            None => format!("as {version} was published{when} from this repository"),
        }))),
    }
}

/// The newest version, by its time or by its dist-tag.
fn newest(packument: &Packument) -> Option<(Dated, Published)> {
    let latest = || {
        let version = packument.dist_tags.get("latest")?.clone();
        Some(Dated { version, time: String::new() })
    };
    let newest = packument.recent.any.clone().or_else(latest)?;
    let published = packument.versions.get(&newest.version)?;
    Version::valid(&newest.version, false).map(|_| (newest, published))
}

/// The newest version that a trusted publisher published with provenance: a prerelease may come from a workflow of its own.
fn witness(plan: &PublishPlan, packument: &Packument) -> Option<Dated> {
    let recent = &packument.recent;
    let is_prerelease = plan.package.version().is_some_and(Version::is_prerelease);
    let dated = if is_prerelease { None } else { recent.stable_witness.as_ref() };
    if let Some(dated) = dated.or(recent.witness.as_ref()) {
        return Version::valid(&dated.version, false).map(|_| dated.clone());
    }
    let trusted = packument.versions.iter().filter(|(_, published)| published.trusted && published.provenance);
    let newest = trusted.filter_map(|(version, _)| Version::valid(version, false)).max()?;
    Some(Dated { version: newest.to_string(), time: String::new() })
}

/// In what this job differs from the one that built the last release: theirs and its own.
enum Difference {
    Repository(String, String),
    /// It has the same name, and is another one.
    Id(String),
    Workflow(String, String),
}

fn difference(plan: &PublishPlan, provenance: &Provenance) -> Option<Difference> {
    let built = plan.runner.ci.repository.as_deref()?;
    let (theirs, own) = (repository(&provenance.repository), repository(built));
    if !theirs.eq_ignore_ascii_case(own) {
        return Some(Difference::Repository(theirs.to_owned(), own.to_owned()));
    }
    let ids = provenance.repository_id.as_ref().zip(plan.runner.ci.repository_id.as_ref());
    if ids.is_some_and(|(theirs, own)| theirs != own) {
        return Some(Difference::Id(own.to_owned()));
    }
    let (theirs, own) = provenance.workflow.as_deref().zip(plan.runner.ci.workflow.as_deref())?;
    let provider = match provenance.builder {
        Builder::GitHub => Provider::GitHub,
        Builder::GitLab => Provider::GitLab,
    };
    let differs = theirs != own && plan.runner.ci.provider == Some(provider);
    differs.then(|| Difference::Workflow(file(theirs).to_owned(), file(own).to_owned()))
}

fn elsewhere(plan: &PublishPlan, when: &str, version: &str, difference: &Difference) -> Evidence {
    let (message, from) = match difference {
        Difference::Repository(theirs, own) => (
            format!("{version} was published from the repository `{theirs}`, but this job builds `{own}`"),
            format!("`{theirs}`"),
        ),
        Difference::Id(name) => (
            format!("{version} was published from a different repository that was also named `{name}`"),
            "the one that it trusts".to_owned(),
        ),
        Difference::Workflow(theirs, own) => (
            format!("{version} was published from the workflow file `{theirs}`, but this job runs `{own}`"),
            format!("`{theirs}`"),
        ),
    };
    let evidence = Some(format!("although {message}"));
    let name = plan.package.shown_name();
    let warning = Diagnostic::new(
        &RULE,
        message,
        "npm trusts one workflow file of a repository to publish a package, and there is no other credential",
        format!(
            "{} from {from}, or let npm trust this job as well: `{}` (`npm trust list {name}` shows whom it trusts)",
            plan.options.verb(),
            trust_command(plan)
        ),
    );
    let warning = warning.severity(Severity::Warning).npm_error("ENEEDAUTH");
    let published = if when.is_empty() { String::new() } else { format!(", which was published{when}") };
    let warning = warning.note(format!("according to the provenance of {version}{published}"));
    Evidence::Against { evidence, warning: Box::new(warning) }
}

fn staged_before(plan: &PublishPlan, version: &str) -> Evidence {
    let warning = Diagnostic::new(
        &RULE,
        format!("{version} was staged and approved, but this one would be published directly"),
        "every trusted publisher can stage, but only those that a maintainer allowed to can publish directly",
        format!("use `npm stage publish`, or allow it: `{}`", trust_command(plan)),
    );
    Evidence::Against {
        evidence: Some(format!("although {version} was staged and approved")),
        warning: Box::new(warning.severity(Severity::Warning).npm_error("E403")),
    }
}

/// What configures this job as a trusted publisher (npm 11.19, lib/commands/trust).
fn trust_command(plan: &PublishPlan) -> String {
    let name = plan.package.shown_name();
    let ci = &plan.runner.ci;
    let allow = if plan.options.stage { "--allow-stage-publish" } else { "--allow-publish" };
    let is_word = |text: &&str| {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
        !text.starts_with('-') && text.bytes().all(is_safe)
    };
    let file = ci.workflow.as_deref().map(file).filter(is_word).unwrap_or("FILE.yml");
    let built = ci.repository.as_deref().map(repository).filter(is_word).unwrap_or("OWNER/NAME");
    match ci.provider {
        Some(Provider::GitLab) => {
            let project = built.split_once('/').filter(|(host, _)| host.contains('.')).map_or(built, |(_, path)| path);
            format!("npm trust gitlab {name} --project {project} --file {file} {allow}")
        }
        Some(Provider::Circle) => format!("npm trust circleci {name} {allow}"),
        Some(Provider::GitHub) | None => format!("npm trust github {name} --repo {built} --file {file} {allow}"),
    }
}

/// A repository for people: `owner/name` of GitHub's.
pub(super) fn repository(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    let url = url.strip_prefix("https://").unwrap_or(url);
    url.strip_prefix("github.com/").unwrap_or(url)
}

/// A workflow file for people, and for npm.
pub(super) fn file(workflow: &str) -> &str {
    workflow.strip_prefix(WORKFLOWS).unwrap_or(workflow)
}

/// `3 days ago`, `10 months ago`; of what is older the month.
fn ago(now: u64, time: &str) -> Option<String> {
    let time = seconds(time)?;
    let days = now.checked_sub(time)? / 86_400;
    Some(match days {
        0 => "less than a day ago".to_owned(),
        1..60 => format!("{} ago", plural(days, "day")),
        60..730 => format!("{} ago", plural(days / 30, "month")),
        _ => format!("in {}", month(time)?),
    })
}
