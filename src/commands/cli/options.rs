//! npm-preflight's own options of `lint` and `plan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::npm::version::Version;
use crate::publisher::Manager;
use crate::report::Format;
use crate::report::exit::{Strict, Strictness};
use crate::rules::levels::Level;

/// How many seconds registries have, where nothing else is said.
pub const TIMEOUT: u64 = 45;

/// The most seconds that they can be given.
pub const LONGEST_TIMEOUT: u64 = 86_400;

/// Options of `lint`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Lint {
    /// Folder or tarball to publish; each path is a publish of its own
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// Output format [default: text, plus annotations in GitHub Actions]
    #[arg(long, value_enum, help_heading = "Report")]
    pub format: Option<Format>,
    /// Also write a report to a file, for example sarif=preflight.sarif; can be repeated
    #[arg(short, long, value_name = "FORMAT=FILE", value_parser = output, help_heading = "Report")]
    pub output: Vec<(Format, PathBuf)>,
    /// Category of the SARIF results, to distinguish several runs for one commit, for example npm-preflight/packages/a
    #[arg(long, value_name = "CATEGORY", help_heading = "Report")]
    pub sarif_category: Option<String>,
    /// Show only errors, warnings, verdicts, and why one is undecided
    #[arg(short, long, help_heading = "Report")]
    pub quiet: bool,
    /// Also show the plan of every package, and log files read and requests sent to standard error
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Report")]
    pub verbose: bool,
    /// When to use colors
    #[arg(long, value_enum, default_value_t = When::Auto, help_heading = "Report")]
    pub color: When,
    /// Edit files to fix problems with exactly one right fix, then report the rest; `access:public` also makes new scoped packages public.
    /// With --dry-run: print the edits as a diff
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "certain", value_name = "WHAT", help_heading = "Report")]
    pub fix: Option<Fixing>,
    /// How far to go
    #[command(flatten)]
    pub checks: Checks,
    /// Skip packages whose version is already published, instead of reporting an error
    #[arg(long, help_heading = "Checks")]
    pub skip_published: bool,
    /// Another job publishes, as on a pull request: do not check the credential, account and machine here
    #[arg(long, help_heading = "Checks")]
    pub for_ci: bool,
    /// Check only packages whose files changed since this git ref; skip the others
    #[arg(long, value_name = "REF", help_heading = "Checks")]
    pub since: Option<String>,
    /// Also list the files added or removed since the last published version; downloads its tarball
    #[arg(long, help_heading = "Report")]
    pub diff_published: bool,
    /// Package manager that publishes [default: the project's package manager, or npm]
    #[arg(long, value_enum, help_heading = "Checks")]
    pub client: Option<Manager>,
    /// Check `npm stage publish` instead of `npm publish`
    #[arg(long, help_heading = "Checks")]
    pub stage: bool,
    /// Turn off a rule or category
    #[arg(short = 'A', long, value_name = "RULE", help_heading = "Checks")]
    pub(super) allow: Vec<String>,
    /// Report a rule or category as warnings
    #[arg(short = 'W', long, value_name = "RULE", help_heading = "Checks")]
    pub(super) warn: Vec<String>,
    /// Report a rule or category as errors
    #[arg(short = 'D', long, value_name = "RULE", help_heading = "Checks")]
    pub(super) deny: Vec<String>,
    /// The three options above in the order in which they were given: the last one wins
    #[arg(skip)]
    pub levels: Vec<(String, Level)>,
    /// Run only these rules or categories
    #[arg(long, value_name = "RULE", help_heading = "Checks")]
    pub only: Vec<String>,
    /// Settings file [default: npm-preflight.toml, or the key npm-preflight of package.json, in the project's root]
    #[arg(long, value_name = "FILE", help_heading = "Checks")]
    pub config: Option<PathBuf>,
    /// Version of npm that publishes [default: the npm on PATH, that of package.json, or 12.2.2]
    #[arg(long, value_name = "VERSION", value_parser = npm_version, help_heading = "Checks")]
    pub npm_version: Option<Version>,
}

/// What `--fix` fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Fixing {
    /// What has one right answer.
    Certain,
    /// That, and new scoped packages that do not say who may install them: everybody.
    #[value(name = "access:public")]
    AccessPublic,
}

/// How far the checks of `lint` and of the git hook go.
#[derive(Clone, Debug, Args)]
pub struct Checks {
    /// Do not contact any registry; checks that need one are undecided
    #[arg(long, help_heading = "Checks")]
    pub offline: bool,
    /// Do not read or write the cache of registry responses
    #[arg(long, help_heading = "Checks")]
    pub no_cache: bool,
    /// Exit with code 3 if a check could have been decided and was not; with `all`, also if something is assumed
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "undecided", value_name = "WHAT", help_heading = "Checks")]
    pub strict: Option<Strict>,
    /// Stop waiting for registries after this many seconds [default: 45]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Checks")]
    pub timeout: Option<u64>,
    /// The files of the last published versions are asked for, too
    #[arg(skip)]
    pub diff_published: bool,
}

/// What `hook` does.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Hook {
    /// Install the pre-push hook; an existing hook is kept
    Install,
    /// Remove the pre-push hook
    Uninstall,
    /// Check the packages that a push releases (run by the hook)
    Run(HookRun),
}

/// Options of `hook run`.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("timeout", |arg| arg.help("Stop waiting for registries after this many seconds [default: 10]")))]
pub struct HookRun {
    /// Name of the remote being pushed to
    pub remote: Option<String>,
    /// URL of the remote
    pub url: Option<String>,
    /// Dist-tag that will be passed to `npm publish`
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Access that will be passed to `npm publish`
    #[arg(long, value_name = "public|restricted")]
    pub access: Option<String>,
    /// How far to go
    #[command(flatten)]
    pub checks: Checks,
}

/// Options of `plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// Folder or tarball to publish; each path is a publish of its own
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// Package manager that publishes [default: the project's package manager, or npm]
    #[arg(long, value_enum)]
    pub client: Option<Manager>,
    /// Show the plan for `npm stage publish` instead of `npm publish`
    #[arg(long)]
    pub stage: bool,
    /// Output format [default: text; with --json: json]
    #[arg(long, value_enum)]
    pub format: Option<PlanFormat>,
    /// Settings file [default: npm-preflight.toml, or the key npm-preflight of package.json, in the project's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Version of npm that publishes [default: the npm on PATH, that of package.json, or 12.2.2]
    #[arg(long, value_name = "VERSION", value_parser = npm_version)]
    pub npm_version: Option<Version>,
}

/// Options of `files`.
#[derive(Clone, Debug, Args)]
pub struct Files {
    /// Folder or tarball to pack; each path is a package of its own
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// Package manager that packs [default: the project's package manager, or npm]
    #[arg(long, value_enum)]
    pub client: Option<Manager>,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// Version of npm that packs [default: the npm on PATH, that of package.json, or 12.2.2]
    #[arg(long, value_name = "VERSION", value_parser = npm_version)]
    pub npm_version: Option<Version>,
}

impl Files {
    /// Which npm would pack.
    pub fn publisher(&self) -> Publisher<'_> {
        Publisher { npm_version: self.npm_version.as_ref(), stage: false, client: self.client }
    }
}

/// Which npm would publish, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Publisher<'a> {
    /// Its version; `None`: the one on PATH.
    pub npm_version: Option<&'a Version>,
    /// `npm stage publish`.
    pub stage: bool,
    /// The package manager that publishes; `None`: the user did not say.
    pub client: Option<Manager>,
}

impl HookRun {
    /// What will be passed to `npm publish`, as arguments.
    pub fn publish_args(&self) -> Vec<String> {
        let given = [("tag", &self.tag), ("access", &self.access)];
        given.into_iter().filter_map(|(flag, value)| Some(format!("--{flag}={}", value.as_ref()?))).collect()
    }
}

/// Options of `config`.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Settings file [default: npm-preflight.toml, or the key npm-preflight of package.json, in the project's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// Print the JSON schema of the settings instead
    #[arg(long, conflicts_with_all = ["config", "format"])]
    pub schema: bool,
}

impl Checks {
    /// How far to go with what is undecided; `set`: what the settings say.
    pub fn strict(&self, set: Option<Strict>) -> Option<Strictness> {
        let strict = self.strict.or(set).filter(|strict| *strict != Strict::Off)?;
        Some(Strictness { strict, by_option: self.strict.is_some() })
    }
}

impl Lint {
    /// Which npm would publish, and how.
    pub fn publisher(&self) -> Publisher<'_> {
        Publisher { npm_version: self.npm_version.as_ref(), stage: self.stage, client: self.client }
    }
}

impl Plan {
    /// Which npm would publish, and how.
    pub fn publisher(&self) -> Publisher<'_> {
        Publisher { npm_version: self.npm_version.as_ref(), stage: self.stage, client: self.client }
    }
}

/// What `diagnose --help` says of its exit codes and of its JSON.
pub(crate) const OF_DIAGNOSE: &str = "\
    Exit codes: 0 the log is explained, or shows a successful publish, 2 there is nothing to explain: no log, an empty \
    one, or none with a failure.\n\n\
    --format json prints an object: version (1), source, failures, more_failures (a number), lookups (failed ones that \
    did not stop the publish), published (packages), remarks. Each of the failures has client, package, codes, message, decided \
    (one cause is left, or this folder has one of them), note (how this folder compares with the log, or why it was not \
    compared), causes (the likeliest first), other_rules (which the log does not exclude) and other_rules_here (those of \
    them that this folder has). A cause has rule, title, why, this_one_if, what_to_do, command, url and here. here is \
    null if this folder says nothing about it; otherwise it has found (true or false), state (found, excluded, not-shown, \
    only-there, raised), place, message, help and command.";

/// Options of `diagnose`.
#[derive(Clone, Debug, Args)]
pub struct Diagnose {
    /// A file with what npm, pnpm, Yarn, Bun, a release tool or the CI job printed, or - to read that from standard input:
    /// nothing is run [default: npm's debug log of its newest publish]
    pub file: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub format: DiagnoseFormat,
    /// Also ask the registry about the package in this folder: whether the version is published, who may publish, whether
    /// the credential is valid. Without it, only the files here are read
    #[arg(long)]
    pub online: bool,
}

/// How the answer of `diagnose` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiagnoseFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For the summary of a CI job.
    Markdown,
}

/// The forms of a plan, and of lists of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// When to do something that depends on the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless the environment says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The value of `--npm-version` among our own arguments, where it is one.
pub(super) fn named_npm(own: &[String]) -> Option<Version> {
    let at = own.iter().position(|arg| arg.split('=').next() == Some("--npm-version"))?;
    let text = own[at].split_once('=').map(|(_, text)| text).or_else(|| own.get(at + 1).map(String::as_str))?;
    npm_version(text).ok()
}

fn npm_version(text: &str) -> Result<Version, &'static str> {
    Version::clean(text, false).ok_or("expected a version as printed by `npm --version`, for example 11.19.1")
}

fn seconds(text: &str) -> Result<u64, &'static str> {
    let number = text.parse().ok().filter(|seconds| *seconds <= LONGEST_TIMEOUT);
    number.ok_or("expected a whole number of seconds, at most 86400")
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let parts = text.split_once('=').filter(|(_, file)| !file.is_empty());
    let (format, file) = parts.ok_or("expected FORMAT=FILE, for example sarif=preflight.sarif")?;
    let known = Format::from_str(format, false).map_err(|_| {
        let names = Format::value_variants().iter().filter_map(Format::to_possible_value);
        let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
        format!("`{format}` is not a format; the formats are {}", names.join(", "))
    })?;
    if file == "-" {
        return Err(format!("`-o` writes to a file; use `--format {format}` for standard output"));
    }
    Ok((known, PathBuf::from(file)))
}
