//! `npm-preflight lint`: checks what would be published, and reports.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::cli::{self, Checks};
use super::fix::{self, Fixes};
use super::pipeline::{Project, Request, check, exit};
use super::unselected_workspaces;
use super::{Stop, unwritable, write, written};
use crate::facts::Facts;
use crate::facts::credential::Keyring;
use crate::plan::PublishPlan;
use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::args::Parsed;
use crate::project::world::World;
use crate::registry::progress::Progress;
use crate::report::exit::{Exit, Strictness};
use crate::report::shorten::Shortened;
use crate::report::site::Repository;
use crate::report::{self, Format, Run, Style};
use crate::rules::lint::{Options, Report};
use crate::text::stderr::complain;

pub(super) fn lint(
    options: &cli::Lint,
    npm: &Parsed,
    world: &World,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let Some(what) = options.fix else {
        let linted = linted(options, npm, world, keyring, err)?;
        return write_reports(options, npm, world, keyring, linted, out, err);
    };
    let (npm, is_dry) = fix::without_dry_run(npm);
    if is_dry {
        // A diff is neither of them, and whoever asked for one would read it as such.
        let reports =
            [("--json", npm.asks_json()), ("--format", options.format.is_some()), ("-o", !options.output.is_empty())];
        if let Some((option, _)) = reports.into_iter().rev().find(|(_, given)| *given) {
            return Err(Stop::DiffOnly(option));
        }
    }
    let mut seen = linted(options, &npm, world, keyring, err)?;
    for round in 0..fix::MOST_ROUNDS {
        let fixes = Fixes::of(&seen.report, what);
        if fixes.is_empty() && round == 0 && !options.quiet {
            complain(err, &keyring.scrubber, &fix::nothing(&seen.report, what, is_dry));
        }
        if is_dry {
            write(out, &keyring.scrubber.hide(&fixes.diff()))?;
            return Ok(exit(&seen.report, seen.strict));
        }
        if fixes.is_empty() {
            break;
        }
        let (sentences, any) = fixes.carry_out(world, &seen.config);
        for sentence in sentences {
            complain(err, &keyring.scrubber, &sentence);
        }
        if !any {
            break;
        }
        seen = linted(options, &npm, world, keyring, err)?;
    }
    write_reports(options, &npm, world, keyring, seen, out, err)
}

/// A project that was checked.
struct Linted {
    config: Arc<NpmConfig>,
    plans: Vec<PublishPlan>,
    report: Report,
    facts: Facts,
    /// What the options and the settings say of what is undecided.
    strict: Option<Strictness>,
}

fn linted(
    options: &cli::Lint,
    npm: &Parsed,
    world: &World,
    keyring: &mut Keyring,
    err: &mut dyn Write,
) -> Result<Linted, Stop> {
    let request = Request {
        settings: options.config.as_deref(),
        publisher: options.publisher(),
        skip_published: options.skip_published,
        since: options.since.as_deref(),
        ..Request::of(npm)
    };
    let Project { config, mut settings, plans } = Project::read(world, &request, keyring)?;
    for (name, level) in &options.levels {
        settings.levels.set_by_option(name, *level)?;
    }
    if options.for_ci {
        settings.levels.for_another_job();
    }
    for name in &options.only {
        settings.levels.only(name)?;
    }
    let lint_options = Options {
        levels: std::mem::take(&mut settings.levels),
        skip_published: options.skip_published,
        now: world.now,
    };
    let checks = Checks {
        timeout: options.checks.timeout.or(settings.timeout),
        diff_published: options.diff_published,
        ..options.checks.clone()
    };
    let strict = options.checks.strict(settings.strict);
    let progress = Progress::new(world, options.quiet, err);
    let (report, facts) = check(&checks, world, &config, &plans, keyring, &lint_options, progress);
    Ok(Linted { config, plans, report, facts, strict })
}

/// Writes the reports.
fn write_reports(
    options: &cli::Lint,
    npm: &Parsed,
    world: &World,
    keyring: &Keyring,
    linted: Linted,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let Linted { config, plans, report, facts, strict } = linted;
    let report = Shortened::of(report, &keyring.scrubber);
    if let Some(note) = unselected_workspaces::note(world, &config, &plans).filter(|_| !options.quiet) {
        complain(err, &keyring.scrubber, &note);
    }
    let exit = exit(&report, strict);
    let sarif_category = options.sarif_category.as_deref();
    let repository = Repository::around(world);
    let diff_published = options.diff_published;
    let run = Run {
        plans: &plans,
        report: &report,
        facts: &facts,
        exit,
        strictness: strict,
        is_for_another_job: options.for_ci,
        keyring,
        repository: &repository,
        sarif_category,
        diff_published,
    };
    for (format, path) in &options.output {
        // Others may have written in GitHub's summary of a step.
        let is_summary =
            world.filled_var("GITHUB_STEP_SUMMARY").is_some_and(|summary| Path::new(summary) == world.resolve(path));
        let opened = if is_summary { world.append(path) } else { world.create(path) };
        opened
            .and_then(|mut file| report::write(*format, run, Style::default(), &mut file))
            .map_err(|error| unwritable(world, path, &error))?;
    }
    let style = Style { color: options.color.colors(world), quiet: options.quiet, verbose: options.verbose };
    let format = options.format.or(npm.asks_json().then_some(Format::Json));
    written(report::write(format.unwrap_or(Format::Text), run, style, out))?;
    if format.is_none() && world.var("GITHUB_ACTIONS") == Some("true") {
        written(report::write(Format::Github, run, style, out))?;
    }
    Ok(exit)
}
