//! npm-preflight's own options of `lint` and `plan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::npm::version::Version;
use crate::publisher::Manager;
use crate::report::Format;
use crate::rules::levels::Level;

/// Options of `lint`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Lint {
    /// What `npm publish` would be given: a folder or a tarball; several are several publishes
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// The form of the report on standard output [default: text, and annotations in GitHub Actions]
    #[arg(long, value_enum, help_heading = "Report")]
    pub format: Option<Format>,
    /// Write another report to a file, such as sarif=preflight.sarif; may be repeated
    #[arg(short, long, value_name = "FORMAT=FILE", value_parser = output, help_heading = "Report")]
    pub output: Vec<(Format, PathBuf)>,
    /// A name for this run's results in code scanning, where one commit has several, such as npm-preflight/packages/a
    #[arg(long, value_name = "CATEGORY", help_heading = "Report")]
    pub sarif_category: Option<String>,
    /// Show only errors and verdicts
    #[arg(short, long, help_heading = "Report")]
    pub quiet: bool,
    /// Also show the plan of every package
    #[arg(long, conflicts_with = "quiet", help_heading = "Report")]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = When::Auto, help_heading = "Report")]
    pub color: When,
    /// How far to go
    #[command(flatten)]
    pub checks: Checks,
    /// A version that is published already makes a package skipped, not blocked
    #[arg(long, help_heading = "Checks")]
    pub skip_published: bool,
    /// Judge only packages whose files changed since this git ref; the others are skipped
    #[arg(long, value_name = "REF", help_heading = "Checks")]
    pub since: Option<String>,
    /// The client that publishes [default: what the project tells, else npm]
    #[arg(long, value_enum, help_heading = "Checks")]
    pub client: Option<Manager>,
    /// Judge `npm stage publish` instead of `npm publish`
    #[arg(long, help_heading = "Checks")]
    pub stage: bool,
    /// Switch a rule or a category off
    #[arg(short = 'A', long, value_name = "RULE", help_heading = "Checks")]
    pub(super) allow: Vec<String>,
    /// Make a rule or a category a warning
    #[arg(short = 'W', long, value_name = "RULE", help_heading = "Checks")]
    pub(super) warn: Vec<String>,
    /// Make a rule or a category an error
    #[arg(short = 'D', long, value_name = "RULE", help_heading = "Checks")]
    pub(super) deny: Vec<String>,
    /// The three options above in the order in which they were given: the last one wins
    #[arg(skip)]
    pub levels: Vec<(String, Level)>,
    /// Run only these rules or categories
    #[arg(long, value_name = "RULE", help_heading = "Checks")]
    pub only: Vec<String>,
    /// The settings file, instead of npm-preflight.toml in the project's root
    #[arg(long, value_name = "FILE", help_heading = "Checks")]
    pub config: Option<PathBuf>,
    /// The npm that would publish [default: the one on PATH, else 11.19.1]
    #[arg(long, value_name = "VERSION", value_parser = npm_version, help_heading = "Checks")]
    pub npm_version: Option<Version>,
}

/// What `--strict` does not let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Strict {
    /// Checks that could have been decided and were not.
    Undecided,
    /// These, and what is assumed because nobody can find it out.
    All,
}

/// How far the checks of `lint` and of the git hook go.
#[derive(Clone, Debug, Args)]
pub struct Checks {
    /// Ask no registry; what that leaves open is undecided
    #[arg(long, help_heading = "Checks")]
    pub offline: bool,
    /// Keep no answers of registries for later runs, and use none of earlier ones
    #[arg(long, help_heading = "Checks")]
    pub no_cache: bool,
    /// Exit with 3 when a check could have been decided and was not; with `all`, also when something is assumed
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "undecided", value_name = "WHAT", help_heading = "Checks")]
    pub strict: Option<Strict>,
    /// Give up asking registries after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 45, value_parser = seconds, help_heading = "Checks")]
    pub timeout: u64,
}

/// What `hook` does.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Hook {
    /// Put the pre-push hook into the repository; one that is there is kept
    Install,
    /// Take it away again
    Uninstall,
    /// What the hook runs: judge the packages that a push releases
    Run(HookRun),
}

/// Options of `hook run`.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("timeout", |arg| arg.default_value("10")))]
pub struct HookRun {
    /// The remote that is pushed to, as git names it
    pub remote: Option<String>,
    /// Its URL
    pub url: Option<String>,
    /// The dist-tag that `npm publish` will be told
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// The access that `npm publish` will be told
    #[arg(long, value_name = "public|restricted")]
    pub access: Option<String>,
    /// How far to go
    #[command(flatten)]
    pub checks: Checks,
}

/// Options of `plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// What `npm publish` would be given: a folder or a tarball; several are several publishes
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// The client that publishes [default: what the project tells, else npm]
    #[arg(long, value_enum)]
    pub client: Option<Manager>,
    /// The plan of `npm stage publish` instead of `npm publish`
    #[arg(long)]
    pub stage: bool,
    /// The form of the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// The settings file, instead of npm-preflight.toml in the project's root
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The npm that would publish [default: the one on PATH, else 11.19.1]
    #[arg(long, value_name = "VERSION", value_parser = npm_version)]
    pub npm_version: Option<Version>,
}

/// Which npm would publish, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Publisher<'a> {
    /// Its version; `None`: the one on PATH.
    pub npm_version: Option<&'a Version>,
    /// `npm stage publish`.
    pub stage: bool,
    /// Another client than npm, or npm for sure; `None`: the user does not say.
    pub client: Option<Manager>,
}

impl HookRun {
    /// What `npm publish` will be told, as its arguments.
    pub fn publish_args(&self) -> Vec<String> {
        let told = [("tag", &self.tag), ("access", &self.access)];
        told.into_iter().filter_map(|(flag, value)| Some(format!("--{flag}={}", value.as_ref()?))).collect()
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

/// The forms of a plan.
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

fn npm_version(text: &str) -> Result<Version, &'static str> {
    Version::clean(text, false).ok_or("write it as `npm --version` prints it, such as 11.19.1")
}

fn seconds(text: &str) -> Result<u64, &'static str> {
    let number = text.parse().ok().filter(|seconds| *seconds <= 86_400);
    number.ok_or("write it as a whole number of seconds, at most 86400")
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let parts = text.split_once('=').filter(|(_, file)| !file.is_empty());
    let (format, file) = parts.ok_or("write it as FORMAT=FILE, such as sarif=preflight.sarif")?;
    let known = Format::from_str(format, false).map_err(|_| {
        let names = Format::value_variants().iter().filter_map(Format::to_possible_value);
        let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
        format!("`{format}` is no format; there are {}", names.join(", "))
    })?;
    if file == "-" {
        return Err(format!("`-o` writes a file; for standard output use `--format {format}`"));
    }
    Ok((known, PathBuf::from(file)))
}
