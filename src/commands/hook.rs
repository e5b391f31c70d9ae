//! `npm-preflight hook run`: which packages a push releases, and whether they could be published as they are in the pushed
//! commit. Every other push passes after one or two questions to git. Usually CI publishes and not this user: what is said of this
//! machine's credential and user, or what a flag of the publish may still decide, never stops a push.

mod candidates;
mod commit;
pub(crate) mod install;
mod push;
mod release;

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::Stop;
use super::cli::{Checks, HookRun, When};
use super::pipeline::{self, Project, Request};
use crate::facts::credential::Keyring;
use crate::plan::{PublishPlan, pack};
use crate::project::ci::{Pushed, ReleaseTag};
use crate::project::engines;
use crate::project::npm_config::args;
use crate::project::world::World;
use crate::project::world::git::{self, GitError};
use crate::registry::progress::Progress;
use crate::report::exit::Exit;
use crate::report::shorten::Shortened;
use crate::report::site::Repository;
use crate::report::{self, Format, Run, Style};
use crate::rules;
use crate::rules::lint::Options;
use crate::text::redact::Scrubber;
use crate::text::stderr::complain;
use candidates::candidates;
use commit::{Commit, CommitId, OFTEN_UNTRACKED, Store};
use push::{Branch, Branches, Found, RefUpdate, Remote};
use release::{Package, Packages, Release, Unchecked};

/// The most packages, and the most commits, that are checked in one push.
const MAX_CHECKED: usize = 200;

/// Seconds: a user is waiting for the push.
const TIMEOUT: u64 = 10;

/// Up to this many unchecked tags are named one by one.
const MAX_LISTED: usize = 5;

/// Checks what is pushed; the report goes to `out`, and a final line about the push to `err`.
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
    let outcome = check(options, world, keyring, out, err);
    match outcome {
        // A repository that git cannot read is no reason to block a push, nor to say nothing.
        Err(Stop::Git(error)) if options.checks.strict(None).is_none() => {
            complain(err, &keyring.scrubber, &format_args!("skipped the pre-push check: {error}"));
            return Ok(Exit::Clear);
        }
        Ok(Exit::Errors | Exit::Undecided) => {
            complain(
                err,
                &keyring.scrubber,
                &"push blocked; to bypass this check, use `git push --no-verify` or set NPM_PREFLIGHT=0",
            );
        }
        _ => {}
    }
    outcome
}

/// What a push releases.
#[derive(Default)]
struct Releases {
    /// Commit -> what it releases, in the order of git's lines.
    commits: Vec<(CommitId, BTreeSet<Release>)>,
    /// Commit -> its index in `commits`.
    places: HashMap<CommitId, usize>,
    unchecked: Vec<Unchecked>,
    /// How many tags and branches were not looked at.
    left: usize,
}

impl Releases {
    fn add(&mut self, commit: CommitId, release: Release) {
        let place = *self.places.entry(commit.clone()).or_insert(self.commits.len());
        match self.commits.get_mut(place) {
            Some((_, releases)) => drop(releases.insert(release)),
            None => self.commits.push((commit, BTreeSet::from([release]))),
        }
    }
}

/// Asks git what is released. Nothing is asked where no line can release anything.
fn check(
    options: &HookRun,
    world: &World,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let remote = Remote(options.remote.as_deref().unwrap_or("origin"));
    // lefthook hands on the terminal, which never ends.
    let input = if world.stdin_is_terminal { String::new() } else { world.read_stdin().map_err(Stop::Input)? };
    let has_lines = !input.trim().is_empty();
    let updates = push::lines(&input);
    if has_lines && !updates.iter().any(may_release) {
        return Ok(Exit::Clear);
    }
    let store = Arc::new(Store::open(&git::top(&world.cwd)?)?);
    let updates = if has_lines { updates } else { push::guessed(world, &store, &remote)? };
    let releases = releases(&store, &remote, updates)?;
    check_packages(options, world, &store, releases, keyring, out, err)
}

fn may_release(update: &RefUpdate) -> bool {
    match update {
        RefUpdate::Tag { name, .. } => ReleaseTag::parse(name).is_some(),
        RefUpdate::Commits { .. } => true,
    }
}

fn releases(store: &Arc<Store>, remote: &Remote<'_>, updates: Vec<RefUpdate>) -> Result<Releases, Stop> {
    let mut branches = Vec::new();
    let mut releases = Releases::default();
    let updates: Vec<RefUpdate> = updates.into_iter().filter(may_release).collect();
    store.look_up(&updates.iter().flat_map(RefUpdate::objects).collect())?;
    for one in updates {
        match one {
            RefUpdate::Tag { name, object } => match store.commit(&object)? {
                Some(commit) => releases.add(commit, Release::Tag(name)),
                None => releases.unchecked.push(Unchecked {
                    what: format!("the tag {name}"),
                    why: "it does not point to a commit".to_owned(),
                    is_open: false,
                }),
            },
            RefUpdate::Commits { branch, tip, old } => {
                // What is no commit holds no package.json.
                let Some(tip) = store.commit(&tip)? else { continue };
                let old = match old {
                    Some(old) => store.commit(&old)?,
                    None => None,
                };
                branches.push(Branch { name: branch, tip, old });
            }
        }
    }
    let (branches, touched) = Branches::read(store, remote, branches)?;
    let mut left = touched.iter();
    let mut count = 0;
    for branch in left.by_ref() {
        for found in branches.found(branch)? {
            note(&mut releases, store, branch, found)?;
            count += 1;
        }
        if count >= MAX_CHECKED {
            break;
        }
    }
    releases.left = left.count();
    Ok(releases)
}

fn note(releases: &mut Releases, store: &Arc<Store>, branch: &Branch, found: Found) -> Result<(), Stop> {
    let (what, why, is_open) = match found {
        Found::Manifest(path) if path.to_str().is_some() => {
            releases.add(branch.tip.clone(), Release::Manifest(path));
            return Ok(());
        }
        Found::Manifest(path) => (path.to_string_lossy().into_owned(), "its path is not valid UTF-8".to_owned(), true),
        Found::NewInvalid(path, version) => {
            let why = format!("it is new, and npm refuses its version `{version}`");
            (path.to_string_lossy().into_owned(), why, false)
        }
        Found::Incomparable(why) => {
            let files = Commit::new(store, branch.tip.clone());
            if files.package_folders().map_err(GitError::Broken)?.is_empty() {
                return Ok(());
            }
            (format!("the new commits on {}", branch.name), why.to_owned(), false)
        }
    };
    releases.unchecked.push(Unchecked { what, why, is_open });
    Ok(())
}

fn check_packages(
    options: &HookRun,
    world: &World,
    store: &Arc<Store>,
    releases: Releases,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let Releases { commits, mut unchecked, mut left, .. } = releases;
    let top = store.root();
    let publish_flags = args::parse(&options.publish_args(), &engines::npm(world, None).value.into());
    let mut plans: Vec<PublishPlan> = Vec::new();
    let mut first = None;
    for (at, (id, releases)) in commits.into_iter().enumerate() {
        if at >= MAX_CHECKED || plans.len() >= MAX_CHECKED {
            left += releases.len();
            continue;
        }
        let files = Commit::new(store, id.clone());
        let folders = files.package_folders().map_err(GitError::Broken)?;
        let has_any = !folders.is_empty();
        let all = candidates(&files, &folders, world);
        let packages = Packages { top, commit: id.commit.get(..7).unwrap_or(&id.commit), all: &all, has_any };
        let (packages, open) = packages.released(&releases);
        unchecked.extend(open);
        for package in packages {
            if plans.len() >= MAX_CHECKED {
                left += 1;
                continue;
            }
            if let Some(obstacle) = obstacle(&files, &package) {
                unchecked.push(obstacle);
                continue;
            }
            let mut npm = publish_flags.clone();
            if let Ok(folder) = package.folder.strip_prefix(&package.root)
                && package.folder != package.root
            {
                npm.positional.push(format!("./{}", folder.display()));
            }
            let world = world.with_files(Box::new(files.clone()), top.to_path_buf()).in_folder(package.root);
            let request = Request {
                pushed: Some(Pushed { tag: package.tag, commit: Some(id.commit.clone()), matched_by_hook: true }),
                ..Request::of(&npm)
            };
            let project = Project::read(&world, &request, keyring)?;
            pack(&world, &project.plans, true);
            plans.extend(project.plans);
            first.get_or_insert((project.config, project.settings));
        }
    }
    report_unchecked(&unchecked, left, &keyring.scrubber, err);
    let is_open = options.checks.strict(None).is_some() && (left > 0 || unchecked.iter().any(|one| one.is_open));
    let passed = if is_open { Exit::Undecided } else { Exit::Clear };
    let Some((config, mut settings)) = first else { return Ok(passed) };
    settings.levels.for_another_job();
    for rule in rules::all() {
        if let Some(flag) = rule.flag() {
            settings.levels.soften(rule, Some(flag_note(flag)));
        }
    }
    let lint_options = Options { levels: settings.levels, skip_published: false, now: world.now };
    let progress = Progress::new(world, false, err);
    let checks = Checks { timeout: options.checks.timeout.or(Some(TIMEOUT)), ..options.checks.clone() };
    let (report, facts) = pipeline::check(&checks, world, &config, &plans, keyring, &lint_options, progress);
    let report = Shortened::of(report, &keyring.scrubber);
    let strictness = options.checks.strict(None);
    let exit = pipeline::exit(&report, strictness);
    let repository = Repository::around(world);
    let run = Run {
        plans: &plans,
        report: &report,
        facts: &facts,
        exit,
        strictness,
        is_for_another_job: true,
        keyring,
        repository: &repository,
        sarif_category: None,
        diff_published: false,
    };
    let style = Style { color: When::Auto.colors(world), ..Style::default() };
    super::written(report::write(Format::Text, run, style, out))?;
    Ok(if exit == Exit::Clear { passed } else { exit })
}

/// What to add to an error that a flag of the publish command may still prevent.
fn flag_note(flag: &str) -> String {
    format!(
        "this does not block the push, because the job that publishes may pass `--{flag}`; if it does, run the hook as \
         `npm-preflight hook run --{flag} <value>`"
    )
}

/// Why a package cannot be checked as npm would see it.
fn obstacle(files: &Commit, package: &Package) -> Option<Unchecked> {
    let shown = |path: &Path| {
        let path = path.strip_prefix(files.root()).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    };
    let what = shown(&package.folder.join("package.json"));
    if package.folder.to_str().is_none() {
        return Some(Unchecked { what, why: "its path is not valid UTF-8".to_owned(), is_open: true });
    }
    // Without its .npmrc a package would be checked against another registry, which would learn its name.
    let why = OFTEN_UNTRACKED.iter().find_map(|name| {
        let path = package.root.join(name);
        Some(format!("`{}` cannot be read: {}", shown(&path), files.why_unreadable(&path)?))
    })?;
    Some(Unchecked { what, why, is_open: true })
}

/// What is not checked, a line each; of very many, as when all tags are pushed to a new remote, only how many.
fn report_unchecked(unchecked: &[Unchecked], left: usize, scrubber: &Scrubber, err: &mut dyn Write) {
    for one in unchecked.iter().take(MAX_LISTED) {
        complain(err, scrubber, one);
    }
    match unchecked.len().saturating_sub(MAX_LISTED) {
        0 => {}
        more => complain(err, scrubber, &format_args!("{more} more were not checked")),
    }
    if left > 0 {
        let most = format_args!(
            "only {MAX_CHECKED} packages are checked per push; {left} more tags, branches and packages were not checked"
        );
        complain(err, scrubber, &most);
    }
}
