//! What the project in the working directory has of the causes that a log leaves: the rules behind them are run on the package
//! that failed, so that the answer says which cause it is here, and where.

use std::collections::BTreeMap;

use super::answer::{Answer, Failure, Here};
use crate::commands::cli::Checks;
use crate::commands::pipeline::{self, Project, Request};
use crate::facts::credential::Keyring;
use crate::npm::release::NpmRelease;
use crate::plan::PublishPlan;
use crate::project::engines;
use crate::project::npm_config::args;
use crate::project::world::World;
use crate::registry::progress::Progress;
use crate::rules::Rule;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::levels::Levels;
use crate::rules::lint::{self, Options, Report, Verdict};

/// Fills in what the project says of each failure. A project that cannot be read says nothing.
pub(super) fn ask(world: &World, answer: &mut Answer, online: bool, keyring: &mut Keyring, progress: Progress<'_>) {
    let rules: BTreeMap<&str, &'static Rule> =
        answer.failures.iter().flat_map(Failure::rules).map(|rule| (rule.id, rule)).collect();
    if rules.is_empty() {
        return;
    }
    let Some(project) = project(world, keyring) else { return };
    let plans: Vec<Option<usize>> = answer.failures.iter().map(|failure| plan_of(failure, &project.plans)).collect();
    if plans.iter().all(Option::is_none) {
        return;
    }
    let mut levels = Levels::default();
    for id in rules.keys() {
        // Each of them is a rule's own id.
        let _ = levels.only(id);
    }
    let options = Options { levels, skip_published: false, now: world.now };
    let checks = Checks { offline: !online, no_cache: false, strict: None, timeout: None, diff_published: false };
    let (report, _) = pipeline::judge(&checks, world, &project.config, &project.plans, keyring, &options, progress);
    for (failure, plan) in answer.failures.iter_mut().zip(plans) {
        let Some(plan) = plan else { continue };
        for cause in &mut failure.causes {
            cause.here = cause.rule.and_then(|rule| here(rule, plan, &project.plans, &report));
        }
        // What is here comes first, what is not here last.
        failure.causes.sort_by_key(|cause| match cause.here {
            Some(Here::Found { .. }) => 0,
            None => 1,
            Some(Here::Absent) => 2,
        });
        let found = failure.others.iter().filter_map(|rule| Some((*rule, here(rule, plan, &project.plans, &report)?)));
        failure.others_here = found.filter(|(_, here)| matches!(here, Here::Found { .. })).collect();
    }
}

/// The package in the working directory; at a private root its workspaces.
fn project(world: &World, keyring: &mut Keyring) -> Option<Project> {
    let release: NpmRelease = engines::npm(world, None).value.into();
    let read = |words: &[&str], keyring: &mut Keyring| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let npm = args::parse(&words, &release);
        Project::read(world, &Request::of(&npm), keyring).ok()
    };
    let alone = read(&[], keyring)?;
    let is_root = alone.plans.iter().any(|plan| plan.package.manifest.field("workspaces").is_some());
    if !is_root {
        return Some(alone);
    }
    read(&["--workspaces", "--include-workspace-root"], keyring).or(Some(alone))
}

/// The package of the failure; of one that the log does not name, the only one there is.
fn plan_of(failure: &Failure, plans: &[PublishPlan]) -> Option<usize> {
    match (&failure.name, plans) {
        (Some(name), _) => {
            plans.iter().position(|plan| plan.package.name().is_some_and(|own| own.to_string() == *name))
        }
        (None, [only]) if only.package.manifest.broken.is_none() => Some(0),
        (None, _) => None,
    }
}

fn here(rule: &'static Rule, plan: usize, plans: &[PublishPlan], report: &Report) -> Option<Here> {
    let is_rule = |diagnostic: &Diagnostic| diagnostic.rule.id == rule.id;
    if let Some(found) = report.found.iter().find(|one| one.packages.contains(&plan) && is_rule(&one.diagnostic)) {
        return Some(found_here(&found.diagnostic));
    }
    let is_open = report.undecided.iter().any(|one| one.package == plan && one.rule.id == rule.id)
        || report.assumed.iter().any(|one| one.package == plan && one.rule.id == rule.id);
    let is_judged = plans.get(plan).is_some_and(|plan| lint::Scope::of(plan).holds(rule))
        && report.verdicts.get(plan) != Some(&Verdict::Skipped);
    (!is_open && is_judged).then_some(Here::Absent)
}

fn found_here(diagnostic: &Diagnostic) -> Here {
    let place = diagnostic.place.as_ref().map(|place| {
        let position = place.source.position(place.span.start);
        format!("{}:{}:{}", place.source.path(), position.line, position.column)
    });
    let command = diagnostic.fix.as_ref().and_then(|fix| fix.command.clone());
    Here::Found { place, message: diagnostic.message.clone(), help: diagnostic.help.clone(), command }
}
