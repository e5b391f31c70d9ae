//! What the project in the working directory has of the causes that a log leaves: the rules behind them are run on the package
//! that failed, so that the answer says which cause it is here, and where.

use std::collections::BTreeMap;

use url::Url;

use super::answer::{Answer, Failure, Here};
use crate::commands::cli::Checks;
use crate::commands::pipeline::{self, Project, Request};
use crate::facts::Reason;
use crate::facts::credential::Keyring;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::plan::PublishPlan;
use crate::project::engines;
use crate::project::manifest::Broken;
use crate::project::npm_config::args;
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::project::world::World;
use crate::publisher::yarn;
use crate::registry::progress::Progress;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::levels::Levels;
use crate::rules::lint::{self, Options, Report, Verdict};
use crate::rules::{self, About, Input, Rule};
use crate::text::redact::ShownUrl;

/// How many of the other rules get advice if the ranked causes are excluded.
const PROMOTED: usize = 4;

/// How the project is asked.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// The registry is asked as well.
    pub(super) online: bool,
    /// The log is of a CI job, and this is none: the credential, the account and the machine are others.
    pub(super) is_other_machine: bool,
}

/// Fills in what the project says of each failure, or why it says nothing.
pub(super) fn ask(world: &World, answer: &mut Answer, asked: Asked, keyring: &mut Keyring, progress: Progress<'_>) {
    let Asked { online, is_other_machine } = asked;
    let rules: BTreeMap<&str, &'static Rule> =
        answer.failures.iter().flat_map(Failure::rules).map(|rule| (rule.id, rule)).collect();
    if rules.is_empty() {
        return;
    }
    let Some(project) = project(world, keyring) else { return };
    let compared: Vec<_> =
        answer.failures.iter().map(|failure| Compared::of(failure, &project.plans, online)).collect();
    for (failure, compared) in answer.failures.iter_mut().zip(&compared) {
        failure.note = compared.note();
    }
    if !compared.iter().any(|compared| matches!(compared, Compared::Plan { .. })) {
        return;
    }
    let mut levels = Levels::default();
    for id in rules.keys() {
        // Each of them is a rule's own id.
        let _ = levels.only(id);
    }
    let options = Options { levels, skip_published: false, now: world.now };
    let checks = Checks { offline: !online, no_cache: false, strict: None, timeout: None, diff_published: false };
    let (report, _) = pipeline::check(&checks, world, &project.config, &project.plans, keyring, &options, progress);
    for (failure, compared) in answer.failures.iter_mut().zip(&compared) {
        let Compared::Plan { plan, version } = compared else { continue };
        let is_proved = failure.is_proved();
        let seen = Seen { version, is_proved, is_other_machine, plans: &project.plans, report: &report };
        let see = |rule| here(rule, *plan, &seen);
        for cause in &mut failure.causes {
            cause.here = cause.rule.and_then(see);
        }
        // What is here comes first, what is not here last.
        failure.causes.sort_by_key(|cause| match cause.here {
            Some(Here::Found { .. }) => 0,
            Some(Here::Excluded) => 2,
            _ => 1,
        });
        let seen: Vec<_> = failure.others.iter().map(|rule| (*rule, see(rule))).collect();
        failure.others.clear();
        for (rule, here) in seen {
            if here == Some(Here::Excluded) {
                continue;
            }
            failure.others.push(rule);
            failure.others_here.extend(here.filter(|here| matches!(here, Here::Found { .. })).map(|here| (rule, here)));
        }
        failure.promote_others(PROMOTED);
        if failure.note.is_none() && online {
            failure.note = unanswered(*plan, &report);
        }
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

/// How what failed compares with what this folder would publish.
enum Compared {
    /// There is nothing to compare with.
    Nothing,
    /// It cannot be compared, for this reason.
    Not(String),
    /// It is this plan's package, at the same registry.
    Plan { plan: usize, version: Same },
}

/// Whether this folder still has the version that failed.
enum Same {
    Yes,
    /// Neither side says otherwise.
    Unknown,
    /// It has this one, and the log is about that one.
    No {
        here: Version,
        there: Version,
    },
}

impl Compared {
    fn of(failure: &Failure, plans: &[PublishPlan], is_asked: bool) -> Self {
        if let [only] = plans
            && let Some(broken) = &only.package.manifest.broken
        {
            // The log complains of package.json, and this one is broken.
            let is_this = failure.rules().any(|rule| rule.id == rules::manifest_invalid::RULE.id);
            if is_this && !matches!(broken, Broken::Missing { .. }) {
                return Self::Plan { plan: 0, version: Same::Unknown };
            }
            return match broken {
                Broken::Missing { .. } if !is_asked => Self::Nothing,
                broken => Self::Not(format!("nothing was compared: {broken}")),
            };
        }
        let found = match (&failure.name, plans) {
            (Some(name), _) => {
                plans.iter().position(|plan| plan.package.name().is_some_and(|own| own.to_string() == *name))
            }
            (None, [_]) => Some(0),
            (None, _) => None,
        };
        let Some((at, plan)) = found.and_then(|at| Some((at, plans.get(at)?))) else {
            return match (&failure.name, plans) {
                (Some(name), [only]) => Self::Not(format!(
                    "nothing was compared: the log is about {name}, and the package in this folder is {}",
                    only.package.shown_name()
                )),
                (Some(name), [_, ..]) => {
                    Self::Not(format!("nothing was compared: no package in this folder is called {name}"))
                }
                _ => Self::Nothing,
            };
        };
        let sent_to = failure.attempt().sent_to_registry();
        if let (Some(sent_to), Some((registry, _))) = (&sent_to, plan.destination.registry())
            && !is_below(sent_to, registry)
        {
            return Self::Not(format!(
                "nothing was compared: the log is about {}, and this folder publishes to {}",
                ShownUrl::new(sent_to),
                plan.destination.shown()
            ));
        }
        let there = failure.attempt().known_version().and_then(|version| Version::valid(version, true));
        let version = match (plan.package.version(), there) {
            (Some(here), Some(there)) if *here == there => Same::Yes,
            (Some(here), Some(there)) => Same::No { here: here.clone(), there },
            _ => Same::Unknown,
        };
        Self::Plan { plan: at, version }
    }

    /// What is said of it in a line.
    fn note(&self) -> Option<String> {
        match self {
            Self::Not(why) => Some(why.clone()),
            Self::Plan { version: Same::No { here, there }, .. } if here > there => {
                Some(format!("the version in package.json is already raised to {here}; the log is about {there}"))
            }
            Self::Plan { version: Same::No { here, there }, .. } => {
                Some(format!("the version in package.json is {here}; the log is about {there}"))
            }
            _ => None,
        }
    }
}

/// Whether an address lies below a registry. npm's registry has a second name, which Yarn uses.
fn is_below(url: &Url, registry: &Url) -> bool {
    let is_npms = |url: &Url| {
        let hosts = [DEFAULT_REGISTRY, yarn::DEFAULT_REGISTRY].map(|default| default.trim_start_matches("https://"));
        hosts.iter().any(|host| url.host_str() == Some(host.trim_end_matches('/')))
    };
    let is_same_host = url.host_str() == registry.host_str() || is_npms(url) && is_npms(registry);
    let below = format!("{}/", url.path().trim_end_matches('/'));
    is_same_host
        && url.port_or_known_default() == registry.port_or_known_default()
        && below.starts_with(&format!("{}/", registry.path().trim_end_matches('/')))
}

/// Why a registry that was asked says nothing, where it did not answer at all.
fn unanswered(plan: usize, report: &Report) -> Option<String> {
    let is_silent = |reason: Reason| matches!(reason, Reason::Unreachable | Reason::TimedOut);
    let unknown = report.undecided.iter().find(|one| one.package == plan && is_silent(one.unknown.reason))?;
    Some(format!("the registry did not answer, so it says nothing about this: {}", unknown.unknown.detail))
}

/// What a cause is checked with.
struct Seen<'a> {
    version: &'a Same,
    /// The words leave no other cause.
    is_proved: bool,
    is_other_machine: bool,
    plans: &'a [PublishPlan],
    report: &'a Report,
}

/// What this folder shows of a cause.
fn here(rule: &'static Rule, plan: usize, seen: &Seen<'_>) -> Option<Here> {
    let Seen { version, is_proved, is_other_machine, plans, report } = *seen;
    // These are about the version that failed, and not about the next one.
    let is_of_version = [&rules::version_published::RULE, &rules::version_reused::RULE, &rules::version_staged::RULE];
    if let Same::No { here, there } = version
        && is_of_version.into_iter().any(|one| one.id == rule.id)
    {
        return (here > there).then(|| Here::Raised(here.to_string()));
    }
    if is_other_machine && (rule.about.is_left_to_publisher() || rule.about == About::Owner) {
        return Some(Here::OnlyThere);
    }
    let is_rule = |diagnostic: &Diagnostic| diagnostic.rule.id == rule.id;
    if let Some(found) = report.found.iter().find(|one| one.packages.contains(&plan) && is_rule(&one.diagnostic)) {
        return Some(found_here(&found.diagnostic));
    }
    if is_of_run(rule) {
        return Some(Here::OnlyThere);
    }
    let is_open = report.undecided.iter().any(|one| one.package == plan && one.rule.id == rule.id)
        || report.assumed.iter().any(|one| one.package == plan && one.rule.id == rule.id);
    let is_judged = plans.get(plan).is_some_and(|plan| lint::Scope::of(plan).holds(rule))
        && report.verdicts.get(plan) != Some(&Verdict::Skipped);
    if is_open || !is_judged {
        return None;
    }
    let is_listed = || {
        report
            .found
            .iter()
            .any(|one| one.packages.contains(&plan) && one.diagnostic.rule.id == rules::version_published::RULE.id)
    };
    if rule.id == rules::version_reused::RULE.id && matches!(version, Same::Yes) && !is_listed() {
        return Some(Here::Unlisted);
    }
    // What a registry shows may have changed since; a folder of the same version has not.
    let is_of_folder = rule.about == About::Package && rule.asks.is_empty() && rule.decided_by.is_empty();
    let is_excluded = is_of_folder && matches!(version, Same::Yes) && !is_proved;
    Some(match (is_excluded, rule.asks) {
        (true, _) => Here::Excluded,
        (false, []) => Here::NotShown,
        (false, [..]) => Here::NotOnRegistry,
    })
}

/// Whether what the rule looks at belongs to the run that failed: its user, its machine, its options.
fn is_of_run(rule: &Rule) -> bool {
    rule.about.depends_on_publisher()
        || rule.about == About::Target
        || rule.decided_by.iter().any(|input| matches!(input, Input::Flag(_) | Input::NpmConfig))
}

fn found_here(diagnostic: &Diagnostic) -> Here {
    let place = diagnostic.place.as_ref().map(|place| {
        let position = place.source.position(place.span.start);
        format!("{}:{}:{}", place.source.path(), position.line, position.column)
    });
    let command = diagnostic.fix.as_ref().and_then(|fix| fix.command.clone());
    Here::Found { place, message: diagnostic.message.clone(), help: diagnostic.help.clone(), command }
}
