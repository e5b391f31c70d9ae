//! npm-preflight says before `npm publish` is run why it would be refused.
//!
//! The flow goes one way: arguments and the machine -> packages and npm's configuration -> publish plans -> what the
//! registries answer -> rules -> report. Only [`world`] touches the machine, only [`registry`] the network.

pub mod bundle;
pub mod case;
pub mod ci;
pub mod cli;
pub mod client;
pub mod committed;
pub mod dependencies;
pub mod diagnose;
pub mod diagnostic;
pub mod discover;
pub mod engines;
pub mod exit;
pub mod explain;
pub mod glob;
mod hook;
pub mod hosted_git;
mod js;
pub mod json;
pub mod lint;
pub mod manifest;
pub mod members;
#[cfg(test)]
mod mutation;
pub mod name;
pub mod npm_config;
pub mod npm_spec;
pub mod plan;
pub mod redact;
pub mod registry;
pub mod report;
pub mod repository;
pub mod rules;
pub mod scripts;
mod secrets;
pub mod settings;
mod since;
pub mod source;
#[cfg(test)]
pub(crate) mod testing;
pub mod vendor;
pub mod version;
pub mod world;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cli::{Checks, Hook, Order, PlanFormat, Publisher, Refusal, When};
use discover::Selected;
use engines::Engines;
use exit::Exit;
use explain::UnknownTopic;
use lint::{Linter, Options, Report};
use npm_config::NpmConfig;
use npm_config::args::Parsed;
use plan::{Ingredients, PublishPlan};
use redact::Scrubber;
use registry::Facts;
use registry::credential::Keyring;
use registry::network::Network;
use registry::progress::Progress;
use registry::survey::{Survey, SurveyOptions};
use report::site::Repository;
use report::{Format, Run, Style, escape};
use settings::{Settings, SettingsError, UnknownRule};
use world::World;

/// Why a run ends before anything is judged.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    UnknownRule(#[from] UnknownRule),
    #[error(transparent)]
    Diagnose(#[from] diagnose::DiagnoseError),
    #[error(transparent)]
    UnknownTopic(#[from] UnknownTopic),
    #[error("{name}={value} is not a URL")]
    PolicyRegistry { name: &'static str, value: String },
    #[error("`{}` is there already; nothing was written", settings::FILE)]
    SettingsExist,
    #[error("`{path}` cannot be written: {why}")]
    Unwritable { path: String, why: String },
    #[error("standard input cannot be read: {0}")]
    Input(io::Error),
    #[error(transparent)]
    Git(#[from] world::git::GitError),
    #[error(transparent)]
    Since(#[from] since::SinceError),
    #[error(transparent)]
    Hook(#[from] hook::install::HookError),
    #[error("standard output cannot be written to: {0}")]
    Output(io::Error),
}

/// The whole program: reports go to `out`, everything else to `err`.
pub fn run(
    argv: impl IntoIterator<Item = OsString>,
    world: io::Result<World>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let mut keyring = Keyring::default();
    secrets::of_arguments(&argv, &mut keyring.scrubber);
    let exists = |word: &str| world.as_ref().is_ok_and(|world| world.has(&world.resolve(word)));
    let order = match cli::parse(argv, exists) {
        Ok(order) => order,
        Err(Refusal::Clap(error)) => {
            let color = world.as_ref().is_ok_and(|world| When::Auto.colors(world));
            return answer(&error, color, &keyring.scrubber, out, err);
        }
        Err(error) => {
            complain(err, &keyring.scrubber, &error);
            return Exit::Unusable;
        }
    };
    if let Order::Lint(_, npm) | Order::Plan(_, npm) = &order {
        for note in cli::passed_over(npm) {
            complain(err, &keyring.scrubber, &note);
        }
    }
    let world = match world {
        Ok(world) => world,
        Err(error) => {
            complain(err, &keyring.scrubber, &format_args!("the working directory cannot be told: {error}"));
            return Exit::Unusable;
        }
    };
    let done = match order {
        Order::Hook(Hook::Run(options)) => hook::run(&options, &world, &mut keyring, out, err),
        order => carry_out(order, &world, &mut keyring, out, err),
    };
    done.unwrap_or_else(|stop| {
        complain(err, &keyring.scrubber, &stop);
        Exit::Unusable
    })
}

/// What cannot be written to standard error cannot be told anywhere.
fn complain(err: &mut dyn Write, scrubber: &Scrubber, text: &dyn std::fmt::Display) {
    let text = scrubber.hide(&text.to_string());
    let text = report::shorten::text(&text);
    drop(err.write_all(escape::commands(&format!("npm-preflight: {}\n", escape::line(&text))).as_bytes()));
}

/// A help text, the version, or a command line that clap refuses, whose words stand in the answer.
fn answer(answer: &clap::Error, color: bool, scrubber: &Scrubber, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let text = answer.render();
    if !answer.use_stderr() {
        let text = if color { text.ansi().to_string() } else { text.to_string() };
        return if write(out, &text).is_ok() { Exit::Clear } else { Exit::Unusable };
    }
    let text = scrubber.hide(&text.to_string());
    let lines: Vec<_> = text.lines().map(escape::line).collect();
    drop(write(err, &escape::commands(&(lines.join("\n") + "\n"))));
    Exit::Unusable
}

fn carry_out(
    order: Order,
    world: &World,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    match order {
        Order::Lint(options, npm) => lint(&options, &npm, world, keyring, out, err),
        Order::Plan(options, npm) => {
            let config = Arc::new(NpmConfig::load(world, &npm));
            let settings = settings(world, &config, options.config.as_deref())?;
            let plans = plans(world, &config, &npm, &options.publisher(), &settings, keyring);
            let (facts, scrubber) = (Facts::default(), &keyring.scrubber);
            let text = match options.format {
                PlanFormat::Text => report::plan::render(&plans, &facts, scrubber, When::Auto.colors(world)),
                PlanFormat::Json => report::json::render_plan(&plans, &facts, scrubber),
            };
            write(out, &text)?;
            Ok(Exit::Clear)
        }
        Order::Explain(what) => {
            write(out, &explain::explain(&what, When::Auto.colors(world))?)?;
            Ok(Exit::Clear)
        }
        Order::Diagnose(file) => {
            write(out, &diagnose::run(world, file.as_deref())?)?;
            Ok(Exit::Clear)
        }
        Order::Rules(format) => {
            write(out, &explain::table(format, When::Auto.colors(world)))?;
            Ok(Exit::Clear)
        }
        Order::Init => {
            let path = NpmConfig::load(world, &Parsed::default()).local_prefix.join(settings::FILE);
            if world.has(&path) {
                return Err(Stop::SettingsExist);
            }
            world.write(&path, settings::init::text().as_bytes()).map_err(|error| unwritable(world, &path, &error))?;
            write(out, &settings::init::done(&world.shown_path(&path)))?;
            Ok(Exit::Clear)
        }
        Order::Hook(hook) => {
            let told = match hook {
                Hook::Install => hook::install::install(world)?,
                Hook::Uninstall => hook::install::uninstall(world)?,
                Hook::Run(_) => String::new(),
            };
            write(out, &told)?;
            Ok(Exit::Clear)
        }
        Order::Completions(script) => {
            write(out, &script)?;
            Ok(Exit::Clear)
        }
    }
}

fn lint(
    options: &cli::Lint,
    npm: &Parsed,
    world: &World,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let config = Arc::new(NpmConfig::load(world, npm));
    let mut settings = settings(world, &config, options.config.as_deref())?;
    for (name, level) in &options.levels {
        settings.levels.set(name, *level)?;
    }
    for name in &options.only {
        settings.levels.only(name)?;
    }
    let mut plans = plans(world, &config, npm, &options.publisher(), &settings, keyring);
    for plan in &mut plans {
        plan.passes_private = options.skip_published;
    }
    if let Some(reference) = &options.since {
        since::mark(&mut plans, world, reference)?;
    }
    if let Some(note) = discover::left_aside(world, &config, &plans).filter(|_| !options.quiet) {
        complain(err, &keyring.scrubber, &note);
    }
    let lint_options = Options {
        levels: std::mem::take(&mut settings.levels),
        skip_published: options.skip_published,
        now: world.now,
    };
    let progress = Progress::new(world, options.quiet, err);
    let (report, facts) = judge(&options.checks, world, &config, &plans, keyring, &lint_options, progress);
    let exit = exit(&report, options.checks.strict);
    let sarif_category = options.sarif_category.as_deref();
    let repository = Repository::around(world);
    let run =
        Run { plans: &plans, report: &report, facts: &facts, exit, keyring, repository: &repository, sarif_category };
    for (format, path) in &options.output {
        let text = report::render(*format, run, Style::default());
        world.write(path, text.as_bytes()).map_err(|error| unwritable(world, path, &error))?;
    }
    let style = Style { color: options.color.colors(world), quiet: options.quiet, verbose: options.verbose };
    let mut text = report::render(options.format.unwrap_or(Format::Text), run, style);
    if options.format.is_none() && world.var("GITHUB_ACTIONS") == Some("true") {
        text.push_str(&report::render(Format::Github, run, style));
    }
    write(out, &text)?;
    Ok(exit)
}

fn unwritable(world: &World, path: &Path, error: &io::Error) -> Stop {
    let path = world.resolve(path);
    let missing = path.parent().filter(|folder| !world.has(folder));
    let why = missing.map(|folder| format!("there is no folder `{}`", world.shown_path(folder)));
    Stop::Unwritable { path: world.shown_path(&path), why: why.unwrap_or_else(|| world::told(error.kind())) }
}

/// Runs the rules, asks what they want to know, and runs them again until nothing more can be asked. `progress` ends here: a
/// report follows.
fn judge(
    options: &Checks,
    world: &World,
    config: &NpmConfig,
    plans: &[PublishPlan],
    keyring: &Keyring,
    lint_options: &Options,
    mut progress: Progress<'_>,
) -> (Report, Facts) {
    let mut facts = Facts::default();
    let timeout = Duration::from_secs(options.timeout);
    let mut survey = None;
    let mut linter = Linter::new(plans, lint_options);
    let mut put = BTreeSet::new();
    loop {
        let mut report = linter.report(&facts);
        let mut wanted = std::mem::take(&mut report.wanted);
        wanted.retain(|question| put.insert(question.clone()));
        if wanted.is_empty() {
            report.hide_secrets(&keyring.scrubber);
            return (report, facts);
        }
        if options.offline {
            for question in wanted {
                let unknown = lint::offline(&question);
                facts.learn(question, Err(unknown));
            }
        } else {
            let cache = || if options.no_cache { None } else { world.cache() };
            let options = || SurveyOptions { network: network(world, config, plans), timeout, cache: cache() };
            survey.get_or_insert_with(|| Survey::new(options())).ask(wanted, keyring, &mut facts, &mut progress);
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

fn exit(report: &Report, strict: bool) -> Exit {
    if report.count(diagnostic::Severity::Error) > 0 {
        Exit::Errors
    } else if strict && report.is_open() {
        Exit::Undecided
    } else {
        Exit::Clear
    }
}

fn settings(world: &World, config: &NpmConfig, named: Option<&Path>) -> Result<Settings, Stop> {
    let path = named.map_or_else(|| config.local_prefix.join(settings::FILE), |path| world.resolve(path));
    let mut settings = Settings::read(world, &path, named.is_some())?;
    let name = "NPM_PREFLIGHT_NPMJS_REGISTRY";
    if let Some(value) = world.filled_var(name) {
        let url = value.parse().map_err(|_| Stop::PolicyRegistry { name, value: escape::line(value).into_owned() })?;
        settings.npmjs_registries.push(url);
    }
    settings.npmjs_registries.extend(npm_config::definitions::DEFAULT_REGISTRY.parse());
    Ok(settings)
}

fn plans(
    world: &World,
    config: &Arc<NpmConfig>,
    npm: &Parsed,
    publisher: &Publisher<'_>,
    settings: &Settings,
    keyring: &mut Keyring,
) -> Vec<PublishPlan> {
    let Publisher { npm_version, stage, client } = *publisher;
    let root = manifest::Manifest::read(world, &config.local_prefix);
    let client = client::Client::read(world, &root, client).map(Arc::new);
    let engines = Engines::read(world, root, npm_version).map(Arc::new);
    let version = engines::npm(world, npm_version);
    let ci = ci::Ci::detect(world);
    let committed = Arc::new(committed::Committed::read(world, config));
    let counting = plan::counting(config, client.as_deref());
    let sides = (world.stdin_is_terminal, world.stdout_is_terminal);
    let can_prompt = (sides.0 == sides.1).then_some(sides.0);
    let npmjs = &settings.npmjs_registries;
    let plan = |selected: Selected| {
        let rewriter = scripts::rewriter(world, &selected.manifest);
        let ingredients = Ingredients {
            selected,
            config: &counting,
            engines: engines.clone(),
            client: client.clone(),
            rewriter,
            ci: &ci,
            npm: &version,
            committed: &committed,
            stage,
            can_prompt,
            npmjs,
        };
        let mut plan = PublishPlan::new(ingredients, keyring);
        plan.read_surroundings(world);
        plan
    };
    let selected = discover::discover(world, config, &npm.positional, client.as_deref());
    let plans: Vec<_> = selected.into_iter().map(plan).collect();
    secrets::of_run(world, config, &plans, &mut keyring.scrubber);
    plans
}

/// A reader that has seen enough closes the pipe; that is not an error.
fn write(out: &mut dyn Write, text: &str) -> Result<(), Stop> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Stop::Output(error)),
        _ => Ok(()),
    }
}
