//! From the machine to a report, the same for every command: the plans of what would be published, and what the rules say of
//! them with the registries' answers.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::Stop;
use super::cli::{Checks, Publisher, TIMEOUT};
use super::secrets;
use super::settings::Settings;
use crate::facts::credential::Keyring;
use crate::facts::{Facts, Gap, Question};
use crate::plan::contents::MAX_MEASURED;
use crate::plan::discover::is_missing;
use crate::plan::{self, Inputs, Packing, PublishPlan, published};
use crate::project::changes::Changes;
use crate::project::ci::Pushed;
use crate::project::manifest::Manifest;
use crate::project::npm_config::args::Parsed;
use crate::project::npm_config::{NpmConfig, Value, definitions};
use crate::project::world::World;
use crate::publisher::{NamedBy, yarn};
use crate::registry::network::Network;
use crate::registry::progress::Progress;
use crate::registry::survey::{Survey, SurveyOptions};
use crate::report::exit::{Exit, Strict, Strictness};
use crate::rules::diagnostic::Severity;
use crate::rules::lint::{self, Linter, Options, Report};
use crate::rules::{self, About, Rule, archive_refused};
use crate::text::escape;
use crate::text::redact::Scrubber;

/// What is to be published, as the command line or the hook says it.
pub(super) struct Request<'a> {
    /// What `npm publish` is given.
    pub(super) npm: &'a Parsed,
    /// The settings file, where it is named.
    pub(super) settings: Option<&'a Path>,
    /// Who publishes.
    pub(super) publisher: Publisher<'a>,
    /// [`Inputs::skip_published`].
    pub(super) skip_published: bool,
    /// Packages that did not change since this commit are left out.
    pub(super) since: Option<&'a str>,
    /// What is pushed; `None`: what the CI job tells.
    pub(super) pushed: Option<Pushed>,
}

impl<'a> Request<'a> {
    /// These arguments of `npm publish`, with nothing said besides.
    pub(super) fn of(npm: &'a Parsed) -> Self {
        let publisher = Publisher::default();
        Self { npm, settings: None, publisher, skip_published: false, since: None, pushed: None }
    }
}

/// A project, and what would be published of it.
pub(super) struct Project {
    /// npm's configuration.
    pub(super) config: Arc<NpmConfig>,
    /// npm-preflight's own settings.
    pub(super) settings: Settings,
    /// What would be published.
    pub(super) plans: Vec<PublishPlan>,
}

impl Project {
    /// Reads the project in the working directory.
    ///
    /// # Errors
    /// When the settings cannot be used, or git cannot tell what changed.
    pub(super) fn read(world: &World, request: &Request<'_>, keyring: &mut Keyring) -> Result<Self, Stop> {
        // What is no path may be a package's name, which npm would fetch.
        let missing = request.npm.positional.iter().find(|argument| is_missing(world, argument));
        if let Some(missing) = missing {
            return Err(Stop::NoSuchPath(escape::line(missing).into_owned()));
        }
        let is_lost = |value: &Value| {
            value.as_text().is_some_and(|folder| !folder.is_empty() && !world.files.is_dir(&world.resolve(folder)))
        };
        let lost = request.npm.flags.iter().find(|(key, value, _)| key == "prefix" && is_lost(value));
        if let Some((.., written)) = lost {
            return Err(Stop::NoSuchPrefix(escape::line(written).into_owned()));
        }
        let config = Arc::new(NpmConfig::load(world, request.npm));
        let root = Arc::new(Manifest::read(world, &config.local_prefix));
        let settings = read_settings(world, &root, request.settings)?;
        let changes = request.since.map(|reference| Changes::since(world, reference)).transpose()?;
        // A terminal on one side says little of where the publish will run.
        let sides = (world.stdin_is_terminal, world.stdout_is_terminal);
        let named = request.publisher.client.map(|client| (client, NamedBy::User));
        let set = || settings.client.as_ref().map(|client| (client.value, NamedBy::Setting(client.place.clone())));
        let inputs = Inputs {
            config: &config,
            root,
            paths: &request.npm.positional,
            npm: request.publisher.npm_version,
            client: named.or_else(set),
            stage: request.publisher.stage,
            skip_published: request.skip_published,
            changes: changes.as_ref(),
            pushed: request.pushed.clone().unwrap_or_else(|| Pushed::detect(world)),
            can_prompt: (sides.0 == sides.1).then_some(sides.0),
            npmjs: &settings.npmjs_registries,
            declarations: Some(&settings.declarations),
        };
        let plans = plan::plans(world, &inputs, keyring);
        secrets::of_run(world, &config, &plans, &mut keyring.scrubber);
        Ok(Self { config, settings, plans })
    }
}

/// One more of the `npmjs-registries`.
pub(super) const POLICY_VARIABLE: &str = "NPM_PREFLIGHT_NPMJS_REGISTRY";

pub(super) fn read_settings(world: &World, root: &Manifest, named: Option<&Path>) -> Result<Settings, Stop> {
    let mut settings = Settings::read(world, root, named)?;
    settings.ignore(world.now);
    let name = POLICY_VARIABLE;
    if let Some(value) = world.filled_var(name) {
        let url = value.parse().map_err(|_| Stop::PolicyRegistry { name, value: escape::line(value).into_owned() })?;
        settings.npmjs_registries.push(url);
    }
    let npms_own = [definitions::DEFAULT_REGISTRY, yarn::DEFAULT_REGISTRY];
    settings.npmjs_registries.extend(npms_own.iter().filter_map(|url| url.parse().ok()));
    Ok(settings)
}

/// Runs the rules, asks what they want to know, and runs them again until nothing more can be asked, or the time is
/// over. `progress` ends here: a report follows.
pub(super) fn check(
    options: &Checks,
    world: &World,
    config: &NpmConfig,
    plans: &[PublishPlan],
    keyring: &Keyring,
    lint_options: &Options,
    mut progress: Progress<'_>,
) -> (Report, Facts) {
    log_left_out(plans, lint_options, &keyring.scrubber);
    let mut facts = if options.offline { Facts::closed(lint::offline) } else { Facts::default() };
    let timeout = Duration::from_secs(options.timeout.unwrap_or(TIMEOUT));
    let mut survey = None;
    let mut linter = Linter::new(plans, lint_options);
    let mut put = BTreeSet::new();
    let mut ask = |mut wanted: BTreeSet<Question>, facts: &mut Facts| {
        wanted.retain(|question| put.insert(question.clone()));
        if wanted.is_empty() {
            return false;
        }
        let cache = || if options.no_cache { None } else { world.cache() };
        let options = || SurveyOptions { network: network(world, config, plans), timeout, cache: cache() };
        let asked = if tracing::enabled!(tracing::Level::DEBUG) { wanted.clone() } else { BTreeSet::new() };
        survey.get_or_insert_with(|| Survey::new(options())).ask(wanted, keyring, facts, &mut progress);
        log_unanswered(&asked, facts, &keyring.scrubber);
        true
    };
    let packing = Packing::new(world, plans, true);
    if !options.offline {
        // What is packed is found out while the registry answers.
        thread::scope(|scope| {
            // Where the system has no thread left, it is found out afterwards.
            let _ = thread::Builder::new().spawn_scoped(scope, || packing.carry_out());
            while ask(linter.questions(&facts), &mut facts) {}
        });
    }
    packing.carry_out();
    let mut left = MAX_MEASURED;
    loop {
        measure(world, plans, &facts, lint_options, &mut left);
        let mut report = linter.report(&facts);
        let wanted = std::mem::take(&mut report.wanted);
        if ask(wanted, &mut facts) {
            continue;
        }
        // What the report only shows comes after all that a verdict waits for.
        if options.diff_published {
            let open = plans.iter().filter_map(|plan| published::compare(plan, &facts)?.err());
            if ask(open.flat_map(|gap| gap.questions().to_vec()).collect(), &mut facts) {
                continue;
            }
        }
        report.hide_secrets(&keyring.scrubber);
        return (report, facts);
    }
}

/// Packs what may be too large for its registry, as far as that takes to find out. `left`: how many bytes may be packed.
fn measure(world: &World, plans: &[PublishPlan], facts: &Facts, options: &Options, left: &mut u64) {
    if options.levels.turns_off(&archive_refused::RULE) {
        return;
    }
    for plan in plans {
        if let Ok(contents) = &plan.packed().contents
            && let Some(limits) = archive_refused::limits(plan, facts)
        {
            contents.measure(world, &plan.package.manifest.folder, &limits, left);
        }
    }
}

/// Says what is not known although it was asked for: not every answer matters to a verdict.
fn log_unanswered(asked: &BTreeSet<Question>, facts: &Facts, scrubber: &Scrubber) {
    for question in asked {
        let why = match facts.get(question) {
            Ok(_) => continue,
            Err(Gap::Unknown(unknown)) => scrubber.hide(&unknown.detail),
            Err(Gap::Ask(_)) => "it was not asked for".to_owned(),
        };
        let subject = scrubber.hide(&question.subject);
        let subject = if subject.is_empty() { subject } else { format!(" ({subject})") };
        tracing::debug!("not known: {}{subject}: {why}", question.ask.noun());
    }
}

/// Says which rules are not run, and why.
fn log_left_out(plans: &[PublishPlan], options: &Options, scrubber: &Scrubber) {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let on: Vec<&Rule> = rules::all().filter(|rule| options.levels.selects(rule)).collect();
    let off: Vec<&Rule> = rules::all().filter(|rule| options.levels.turns_off(rule)).collect();
    let ids = |rules: Vec<&Rule>| rules.into_iter().map(|rule| rule.id).collect::<Vec<_>>().join(", ");
    if !off.is_empty() {
        tracing::debug!("turned off by settings or options: {}", ids(off));
    }
    for plan in plans {
        // Those about the whole release belong to no package.
        let scope = lint::Scope::of(plan);
        let has_no_input = |rule: &&Rule| rule.about != About::Release && !scope.holds(rule);
        let rest: Vec<&Rule> = on.iter().copied().filter(has_no_input).collect();
        if !rest.is_empty() {
            let path = scrubber.hide(&escape::line(plan.package.manifest.source.path()));
            tracing::debug!("{path}: no input for these rules: {}", ids(rest));
        }
    }
}

/// npm reaches the registry with publishConfig's network settings; several packages of one run share them only when
/// they agree (registry-unreachable looks at those that do not).
fn network(world: &World, config: &NpmConfig, plans: &[PublishPlan]) -> Network {
    match plans {
        [first, ..] if !plan::differ_in_network(plans) => Network::new(world, config, &|key| first.option(key)),
        _ => Network::new(world, config, &|key| config.flat(key).map(|entry| entry.value.clone())),
    }
}

pub(super) fn exit(report: &Report, strictness: Option<Strictness>) -> Exit {
    let strict = strictness.map(|strictness| strictness.strict);
    if report.count(Severity::Error) > 0 {
        Exit::Errors
    } else if matches!(strict, Some(Strict::Undecided | Strict::All)) && report.is_open()
        || strict == Some(Strict::All) && report.assumes()
    {
        Exit::Undecided
    } else {
        Exit::Clear
    }
}
