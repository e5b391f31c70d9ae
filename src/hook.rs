//! `npm-preflight hook run`: which packages a push releases, and whether they could be published as they are in the pushed
//! commit. Every other push passes after one or two questions to git. Somebody else may publish, CI mostly: what is said of this
//! machine's credential and user, or what a flag of the publish may still decide, never stops a push.

mod candidates;
mod commit;
pub(crate) mod install;
mod push;
mod release;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use crate::ci::{Pushed, ReleaseTag};
use crate::cli::{HookRun, When};
use crate::exit::Exit;
use crate::lint::Options;
use crate::npm_config::NpmConfig;
use crate::npm_config::args;
use crate::plan::PublishPlan;
use crate::redact::Scrubber;
use crate::registry::credential::Keyring;
use crate::registry::progress::Progress;
use crate::report::site::Repository;
use crate::report::{self, Format, Run, Style};
use crate::rules::{self, credential_missing};
use crate::world::World;
use crate::world::git::{self, git_text};
use crate::{Stop, complain};
use candidates::candidates;
use commit::Commit;
use push::{Brought, Remote};
use release::{Packages, Release, Unchecked};

/// So many tags that are not checked are named one by one.
const TOLD_ONE_BY_ONE: usize = 5;

/// Judges what is pushed; the report goes to `out`, a last word about the push to `err`.
pub(crate) fn run(
    options: &HookRun,
    world: &World,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    if world.var("NPM_PREFLIGHT") == Some("0") {
        return Ok(Exit::Clear);
    }
    let outcome = releases(options, world).and_then(|releases| {
        if releases.is_empty() { Ok(Exit::Clear) } else { judge(options, world, releases, keyring, out, err) }
    });
    match outcome {
        // A repository that git cannot tell of is no reason to stop a push, nor one to be silent.
        Err(Stop::Git(error)) if !options.checks.strict => {
            complain(err, &keyring.scrubber, &format_args!("what is pushed was not checked: {error}"));
            return Ok(Exit::Clear);
        }
        Ok(Exit::Errors | Exit::Undecided) => {
            complain(
                err,
                &keyring.scrubber,
                &"the push is stopped; `git push --no-verify` or NPM_PREFLIGHT=0 goes past this check",
            );
        }
        _ => {}
    }
    outcome
}

/// Commit -> what it releases.
fn releases(options: &HookRun, world: &World) -> Result<BTreeMap<String, BTreeSet<Release>>, Stop> {
    let remote = Remote(options.remote.as_deref().unwrap_or("origin"));
    // lefthook hands on the terminal, which never ends.
    let input = if world.stdin_is_terminal { String::new() } else { world.read_stdin().map_err(Stop::Input)? };
    let brought = if input.trim().is_empty() { push::guessed(world, &remote)? } else { push::lines(&input) };
    let mut releases: BTreeMap<String, BTreeSet<Release>> = BTreeMap::new();
    for one in brought {
        match one {
            Brought::Tag { name, object } if ReleaseTag::parse(&name).is_some() => {
                let wanted = format!("{object}^{{commit}}");
                // A tag may point at something else than a commit.
                let Ok(commit) = git_text(&world.cwd, &["rev-parse", "--verify", "--quiet", &wanted]) else { continue };
                releases.entry(commit).or_default().insert(Release::Tag(name));
            }
            Brought::Tag { .. } => {}
            Brought::Commits { tip, old } => {
                let manifests = push::changed_versions(&world.cwd, &remote, &tip, old.as_deref())?;
                releases.entry(tip).or_default().extend(manifests.into_iter().map(Release::Manifest));
            }
        }
    }
    releases.retain(|_, found| !found.is_empty());
    Ok(releases)
}

fn judge(
    options: &HookRun,
    world: &World,
    releases: BTreeMap<String, BTreeSet<Release>>,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let top = git::top(&world.cwd)?;
    let told = args::parse(&options.publish_args());
    let mut plans: Vec<PublishPlan> = Vec::new();
    let mut first = None;
    let mut unchecked = Vec::new();
    for (commit, releases) in releases {
        let files = Arc::new(Commit::read(&top, &commit)?);
        let folders = files.package_folders();
        let has_any = !folders.is_empty();
        let all = candidates(&files, &folders, world);
        let packages = Packages { top: &top, commit: commit.get(..7).unwrap_or(&commit), all: &all, has_any };
        let (packages, open) = packages.released(&releases);
        unchecked.extend(open);
        for package in packages {
            let mut world = world.with_files(Box::new(Arc::clone(&files)), package.root.clone());
            world.pushed = Some(Pushed { tag: package.tag, commit: Some(commit.clone()), is_meant: true });
            let mut npm = told.clone();
            if package.folder != package.root {
                npm.positional.push(format!("./{}", world.shown_path(&package.folder)));
            }
            world.shown_from = Some(top.clone());
            let config = Arc::new(NpmConfig::load(&world, &npm));
            let settings = crate::settings(&world, &config, None)?;
            plans.extend(crate::plans(&world, &config, &npm, &crate::cli::Publisher::default(), &settings, keyring));
            first.get_or_insert((config, settings));
        }
    }
    tell(&unchecked, &keyring.scrubber, err);
    let is_open = options.checks.strict && unchecked.iter().any(|one| one.is_open);
    let passed = if is_open { Exit::Undecided } else { Exit::Clear };
    let Some((config, mut settings)) = first else { return Ok(passed) };
    for rule in rules::all() {
        if let Some(flag) = rule.flag() {
            settings.levels.soften(rule, Some(flag_note(flag)));
        } else if rule.about.depends_on_publisher() {
            settings.levels.soften(rule, None);
        }
    }
    // Without one, somebody else publishes.
    settings.levels.leave_out(&credential_missing::RULE);
    let lint_options = Options { levels: settings.levels, skip_published: false, now: world.now };
    let progress = Progress::new(world, false, err);
    let (report, facts) = crate::judge(&options.checks, world, &config, &plans, keyring, &lint_options, progress);
    let exit = crate::exit(&report, options.checks.strict);
    let repository = Repository::around(world);
    let run = Run {
        plans: &plans,
        report: &report,
        facts: &facts,
        exit,
        keyring,
        repository: &repository,
        sarif_category: None,
    };
    let style = Style { color: When::Auto.colors(world), ..Style::default() };
    crate::write(out, &report::render(Format::Text, run, style))?;
    Ok(if exit == Exit::Clear { passed } else { exit })
}

/// What to add to an error that a flag of the publish command may still prevent.
fn flag_note(flag: &str) -> String {
    format!(
        "the job that publishes may pass `--{flag}`, so this does not block the push; if it does, say so with `npm-preflight hook run \
         --{flag} <value>`"
    )
}

/// What is not checked, a line each; of very many, as when all tags are pushed to a new remote, only how many.
fn tell(unchecked: &[Unchecked], scrubber: &Scrubber, err: &mut dyn Write) {
    for one in unchecked.iter().take(TOLD_ONE_BY_ONE) {
        complain(err, scrubber, one);
    }
    match unchecked.len().saturating_sub(TOLD_ONE_BY_ONE) {
        0 => {}
        more => complain(err, scrubber, &format_args!("{more} more were not checked")),
    }
}
