//! The commands: each takes the arguments and the machine, and ends with an exit code.

pub mod cli;
pub mod diagnose;
mod files;
mod fix;
mod hook;
mod lint;
mod log;
#[cfg(test)]
mod mutation;
mod pipeline;
mod secrets;
pub mod settings;
#[cfg(test)]
pub(crate) mod testing;
mod unselected_workspaces;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use self::cli::{Hook, Order, PlanFormat, Refusal, When};
use self::pipeline::{Project, Request};
use self::settings::SettingsError;
use crate::facts::Facts;
use crate::facts::credential::Keyring;
use crate::npm::release::NpmRelease;
use crate::plan::{Packed, pack};
use crate::project::engines;
use crate::project::manifest::Manifest;
use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::args::Parsed;
use crate::project::world::{self, World};
use crate::registry::progress::Progress;
use crate::report::exit::Exit;
use crate::report::explain::{self, UnknownTopic};
use crate::report::{self};
use crate::rules::levels::UnknownRule;
use crate::text::escape;
use crate::text::redact::Scrubber;
use crate::text::stderr::complain;

/// Why a run ends before anything is checked.
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
    #[error("{}={value} is neither a level such as `debug` nor a list of targets", log::VARIABLE)]
    Log { value: String },
    #[error("`--fix --dry-run` prints a diff and no report; leave out `{0}`, or `--dry-run`")]
    DiffOnly(&'static str),
    #[error("there is no file or folder `{0}`")]
    NoSuchPath(String),
    #[error("the folder in `{0}` does not exist")]
    NoSuchPrefix(String),
    #[error("{0} already exists; nothing was written")]
    SettingsExist(String),
    #[error("cannot write `{path}`: {why}")]
    Unwritable { path: String, why: String },
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    #[error(transparent)]
    Git(#[from] world::git::GitError),
    #[error(transparent)]
    Since(#[from] crate::project::changes::SinceError),
    #[error(transparent)]
    Hook(#[from] hook::install::HookError),
    #[error("cannot write to standard output: {0}")]
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
    let npm_on_path =
        || world.as_ref().map_or_else(|_| NpmRelease::default(), |world| engines::npm(world, None).value.into());
    let order = match cli::parse(argv, exists, npm_on_path) {
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
    let notes = match &order {
        Order::Lint(options, npm) => cli::passed_over(npm, options.client),
        Order::Plan(options, npm) => cli::passed_over(npm, options.client),
        Order::Files(options, npm) => cli::passed_over(npm, options.client),
        _ => Vec::new(),
    };
    for note in notes {
        complain(err, &keyring.scrubber, &note);
    }
    let world = match world {
        Ok(world) => world,
        Err(error) => {
            complain(err, &keyring.scrubber, &format_args!("cannot determine the working directory: {error}"));
            return Exit::Unusable;
        }
    };
    let is_verbose = matches!(&order, Order::Lint(options, _) if options.verbose);
    let done = log::receiver(&world, is_verbose, &keyring.scrubber).and_then(|receiver| {
        let _guard = receiver.as_ref().map(tracing::dispatcher::set_default);
        match order {
            Order::Hook(Hook::Run(options)) => hook::run(&options, &world, &mut keyring, out, err),
            order => carry_out(order, &world, &mut keyring, out, err),
        }
    });
    done.unwrap_or_else(|stop| {
        complain(err, &keyring.scrubber, &stop);
        Exit::Unusable
    })
}

/// A help text, the version, or a command line that clap refuses, whose words are in the answer.
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
        Order::Lint(options, npm) => lint::lint(&options, &npm, world, keyring, out, err),
        Order::Plan(options, npm) => {
            let request =
                Request { settings: options.config.as_deref(), publisher: options.publisher(), ..Request::of(&npm) };
            let Project { mut plans, .. } = Project::read(world, &request, keyring)?;
            pack(world, &plans, false);
            for plan in &mut plans {
                if let Some(Packed { contents: Ok(contents), .. }) = plan.packed.get_mut() {
                    contents.estimate_archive_size(world, &plan.package.manifest.folder);
                }
            }
            let (facts, scrubber) = (Facts::default(), &keyring.scrubber);
            let json = npm.asks_json().then_some(PlanFormat::Json);
            written(match options.format.or(json).unwrap_or(PlanFormat::Text) {
                PlanFormat::Text => report::plan::write(&plans, &facts, scrubber, When::Auto.colors(world), out),
                PlanFormat::Json => report::json::write_plans(&plans, &facts, scrubber, out),
            })?;
            Ok(Exit::Clear)
        }
        Order::Files(options, npm) => files::files(&options, &npm, world, keyring, out, err),
        Order::Explain(what) => {
            write(out, &explain::explain(&what, When::Auto.colors(world), diagnose::advice)?)?;
            Ok(Exit::Clear)
        }
        Order::Diagnose(options) => {
            let progress = Progress::new(world, false, err);
            write(out, &diagnose::run(world, &options, keyring, progress)?)?;
            Ok(Exit::Clear)
        }
        Order::Rules(format) => {
            write(out, &explain::table(format, When::Auto.colors(world)))?;
            Ok(Exit::Clear)
        }
        Order::Config(options) => {
            let text = if options.schema {
                settings::schema()
            } else {
                let config = NpmConfig::load(world, &Parsed::default());
                let root = Manifest::read(world, &config.local_prefix);
                let settings = pipeline::read_settings(world, &root, options.config.as_deref())?;
                let variable =
                    world.filled_var(pipeline::POLICY_VARIABLE).map(|value| (pipeline::POLICY_VARIABLE, value));
                keyring.scrubber.hide(&settings.shown(options.format, variable))
            };
            write(out, &text)?;
            Ok(Exit::Clear)
        }
        Order::Init => {
            let root = NpmConfig::load(world, &Parsed::default()).local_prefix;
            let path = root.join(settings::FILE);
            if world.has(&path) {
                return Err(Stop::SettingsExist(format!("`{}`", settings::FILE)));
            }
            if Manifest::read(world, &root).field(settings::KEY).is_some() {
                return Err(Stop::SettingsExist(format!("the key `{}` of package.json", settings::KEY)));
            }
            world.write(&path, settings::init::text().as_bytes()).map_err(|error| unwritable(world, &path, &error))?;
            write(out, &settings::init::done(&world.shown_path(&path)))?;
            Ok(Exit::Clear)
        }
        Order::Hook(hook) => {
            let notes = match hook {
                Hook::Install => hook::install::install(world)?,
                Hook::Uninstall => hook::install::uninstall(world)?,
                Hook::Run(_) => String::new(),
            };
            write(out, &notes)?;
            Ok(Exit::Clear)
        }
        Order::Print(text) => {
            write(out, &text)?;
            Ok(Exit::Clear)
        }
    }
}

fn unwritable(world: &World, path: &Path, error: &io::Error) -> Stop {
    let path = world.resolve(path);
    let missing = path.parent().filter(|folder| !world.has(folder));
    let why = missing.map(|folder| format!("the folder `{}` does not exist", world.shown_path(folder)));
    Stop::Unwritable { path: world.shown_path(&path), why: why.unwrap_or_else(|| world::describe(error.kind())) }
}

fn write(out: &mut dyn Write, text: &str) -> Result<(), Stop> {
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// A reader that has seen enough closes the pipe; that is not an error.
fn written(done: io::Result<()>) -> Result<(), Stop> {
    match done {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Stop::Output(error)),
        _ => Ok(()),
    }
}
