//! The command line. npm-preflight's own options are clap's; everything else is an argument of `npm publish` and is
//! read as npm reads it (`npm_config::args`), so that `npm-preflight lint` can stand where `npm publish` stands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::explain::TableFormat;
use crate::npm_config::args::{self, Parsed};
use crate::report::Format;
use crate::version::Version;

/// Says before `npm publish` is run why it would be refused.
#[derive(Debug, Parser)]
#[command(
    name = "npm-preflight",
    override_usage = "npm-preflight [lint] [OPTIONS] [PATH]...\n       npm-preflight <COMMAND>",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 nothing found stands in the way, 1 a publish would be refused or go wrong,\n2 the command line, settings or input could not be used, 3 (with --strict) something is undecided."
)]
struct Cli {
    #[command(subcommand)]
    command: Wanted,
}

#[derive(Debug, Subcommand)]
enum Wanted {
    /// Judge the publish of one or more packages (the default command)
    Lint(Lint),
    /// Show what would be published where, as whom, and what decided each value
    Plan(Plan),
    /// Explain a rule, or list the rules behind an npm error code
    Explain {
        /// A rule id, or a code such as E403 or EOTP
        what: String,
    },
    /// List the rules
    Rules {
        /// The form of the list
        #[arg(long, value_enum, default_value_t = TableFormat::Text)]
        format: TableFormat,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of `lint`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Lint {
    /// What `npm publish` would be given: a folder or a tarball; several are several publishes
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The form of the report on standard output
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Report")]
    pub format: Format,
    /// Write another report to a file, such as sarif=preflight.sarif; may be repeated
    #[arg(short, long, value_name = "FORMAT=FILE", value_parser = output, help_heading = "Report")]
    pub output: Vec<(Format, PathBuf)>,
    /// Only errors and verdicts
    #[arg(short, long, help_heading = "Report")]
    pub quiet: bool,
    /// The plan of every package, too
    #[arg(long, conflicts_with = "quiet", help_heading = "Report")]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = When::Auto, help_heading = "Report")]
    pub color: When,
    /// Ask no registry; what that leaves open is undecided
    #[arg(long, help_heading = "Checks")]
    pub offline: bool,
    /// End with 3 when a check is undecided
    #[arg(long, help_heading = "Checks")]
    pub strict: bool,
    /// A version that is published already makes a package skipped, not blocked
    #[arg(long, help_heading = "Checks")]
    pub skip_published: bool,
    /// Switch a rule or a category off
    #[arg(short = 'A', long, value_name = "RULE", help_heading = "Checks")]
    pub allow: Vec<String>,
    /// Make a rule or a category a warning
    #[arg(short = 'W', long, value_name = "RULE", help_heading = "Checks")]
    pub warn: Vec<String>,
    /// Make a rule or a category an error
    #[arg(short = 'D', long, value_name = "RULE", help_heading = "Checks")]
    pub deny: Vec<String>,
    /// Run only these rules or categories
    #[arg(long, value_name = "RULE", help_heading = "Checks")]
    pub only: Vec<String>,
    /// The settings file, instead of npm-preflight.toml in the project's root
    #[arg(long, value_name = "FILE", help_heading = "Checks")]
    pub config: Option<PathBuf>,
    /// The npm that would publish [default: the one on PATH, else 11.19.1]
    #[arg(long, value_name = "VERSION", value_parser = npm_version, help_heading = "Checks")]
    pub npm_version: Option<Version>,
    /// Give up asking registries after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 45, help_heading = "Checks")]
    pub timeout: u64,
}

/// Options of `plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// What `npm publish` would be given: a folder or a tarball; several are several publishes
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
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

/// What the program was asked to do.
#[derive(Debug)]
pub enum Order {
    /// `lint`, with the arguments of `npm publish`.
    Lint(Box<Lint>, Parsed),
    /// `plan`, with the arguments of `npm publish`.
    Plan(Plan, Parsed),
    /// `explain`.
    Explain(String),
    /// `rules`.
    Rules(TableFormat),
    /// `completions`: the script.
    Completions(String),
}

/// A command line that cannot be used, or one that is answered by a text (`--help`, `--version`).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// clap's own answer: a help text or an error.
    #[error(transparent)]
    Clap(#[from] clap::Error),
    /// An option that neither npm nor npm-preflight has, and that looks like one of ours.
    #[error("unknown option `{option}`: did you mean `--{similar}`?")]
    Misspelt {
        /// As it was written.
        option: String,
        /// The option it looks like.
        similar: String,
    },
}

fn npm_version(text: &str) -> Result<Version, &'static str> {
    Version::clean(text, false).ok_or("write it as `npm --version` prints it, such as 11.19.1")
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write it as FORMAT=FILE, such as sarif=preflight.sarif")?;
    Ok((Format::from_str(format, false)?, PathBuf::from(file)))
}

/// The flags of `npm publish` that bear on a publish, for the help and the completions.
const NPM_FLAGS: &[(&str, &str, &str)] = &[
    ("registry", "URL", "The registry"),
    ("tag", "TAG", "The dist-tag"),
    ("access", "public|restricted", "Who may install it"),
    ("otp", "CODE", "A one-time password is at hand"),
    ("provenance", "", "Sign where it was built"),
    ("provenance-file", "FILE", "A provenance statement made elsewhere"),
    ("workspace", "NAME", "A workspace, by name or folder; also -w"),
    ("workspaces", "", "Every workspace; also --ws"),
    ("include-workspace-root", "", "The root, too"),
    ("userconfig", "FILE", "The user's .npmrc"),
    ("globalconfig", "FILE", "The global npmrc"),
    ("prefix", "FOLDER", "The project's root; also -C"),
    ("force", "", "npm's own guards are off"),
    ("dry-run", "", "Nothing is published"),
    ("ignore-scripts", "", "No lifecycle scripts"),
];

fn command() -> Command {
    let npm = |command: Command| {
        command.args(NPM_FLAGS.iter().map(|(name, value, help)| {
            let arg = Arg::new(*name).long(*name).help(*help).help_heading("What `npm publish` would be told");
            if value.is_empty() { arg.num_args(0) } else { arg.value_name(*value) }
        }))
    };
    Cli::command().mut_subcommand("lint", npm).mut_subcommand("plan", npm)
}

/// Reads an argument vector, the program's name included.
///
/// # Errors
/// When it cannot be used, or asks for a help text.
pub fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Order, Refusal> {
    let mut argv: Vec<String> = argv.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    if argv.is_empty() {
        argv.push("npm-preflight".to_owned());
    }
    let mut command = command();
    command.build();
    let first = argv.get(1).map_or("", String::as_str);
    let known = matches!(first, "-h" | "--help" | "-V" | "--version")
        || command.get_subcommands().any(|subcommand| subcommand.get_name() == first);
    if !known {
        argv.insert(1, "lint".to_owned());
    }
    if !matches!(argv[1].as_str(), "lint" | "plan") {
        return order(&command.try_get_matches_from(argv)?, Parsed::default());
    }
    let rest = argv.split_off(2);
    let (own, theirs) = split(&command, &argv[1], rest);
    let npm = args::parse(&theirs);
    misspelt(&command, &argv[1], &npm)?;
    argv.extend(own);
    argv.push("--".to_owned());
    argv.extend(npm.positional.iter().cloned());
    order(&command.try_get_matches_from(argv)?, npm)
}

fn order(matches: &clap::ArgMatches, npm: Parsed) -> Result<Order, Refusal> {
    Ok(match Cli::from_arg_matches(matches)?.command {
        Wanted::Lint(lint) => Order::Lint(Box::new(lint), npm),
        Wanted::Plan(plan) => Order::Plan(plan, npm),
        Wanted::Explain { what } => Order::Explain(what),
        Wanted::Rules { format } => Order::Rules(format),
        Wanted::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "npm-preflight", &mut script);
            Order::Completions(String::from_utf8_lossy(&script).into_owned())
        }
    })
}

/// The options of a subcommand that are our own: not those listed only because npm has them.
fn own_options<'c>(command: &'c Command, name: &str) -> impl Iterator<Item = &'c Arg> {
    command
        .find_subcommand(name)
        .into_iter()
        .flat_map(Command::get_arguments)
        .filter(|arg| !arg.is_positional() && !NPM_FLAGS.iter().any(|(flag, ..)| arg.get_long() == Some(flag)))
}

/// Takes our own options out of an argument vector; the rest is npm's.
fn split(command: &Command, name: &str, argv: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    let mut argv = argv.into_iter();
    while let Some(arg) = argv.next() {
        if arg == "--" {
            theirs.push(arg);
            theirs.extend(argv);
            break;
        }
        let (flag, has_value) = arg.split_once('=').map_or((arg.as_str(), false), |(flag, _)| (flag, true));
        let option = own_options(command, name).find(|option| {
            let long = flag.strip_prefix("--").is_some_and(|flag| option.get_long() == Some(flag));
            // npm reads `-tag` as `--tag`, so that only a single letter can be one of ours.
            let short = flag.strip_prefix('-').and_then(|flag| flag.parse::<char>().ok());
            long || (short.is_some() && option.get_short() == short)
        });
        match option {
            None => theirs.push(arg),
            Some(option) => {
                let wants_value = option.get_action().takes_values() && !has_value;
                own.push(arg);
                own.extend(wants_value.then(|| argv.next()).flatten());
            }
        }
    }
    (own, theirs)
}

/// npm 11 passes over flags that it does not know. One that looks like ours was meant for us.
fn misspelt(command: &Command, name: &str, npm: &Parsed) -> Result<(), Refusal> {
    for option in &npm.unknown {
        let bare = option.trim_start_matches('-').split('=').next().unwrap_or_default();
        let similar = own_options(command, name)
            .filter_map(Arg::get_long)
            .find(|long| strsim::damerau_levenshtein(long, bare) <= 2 && bare.len() > 3);
        if let Some(similar) = similar {
            return Err(Refusal::Misspelt { option: option.clone(), similar: similar.to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Order, Refusal> {
        parse(std::iter::once("npm-preflight").chain(line.split_whitespace()).map(OsString::from))
    }

    fn lint(line: &str) -> (Lint, Parsed) {
        match read(line).unwrap() {
            Order::Lint(options, npm) => (*options, npm),
            other => panic!("{line} is {other:?}"),
        }
    }

    #[test]
    fn lint_is_the_default_command() {
        for line in ["", "./dist", "--offline", "--tag beta"] {
            lint(line);
        }
        assert!(matches!(read("plan ./dist").unwrap(), Order::Plan(..)));
    }

    #[test]
    fn our_options_and_those_of_npm_stand_in_any_order() {
        let (lint, npm) = lint("lint --tag=beta --format json ./a -w x -A name-taken --offline");
        assert_eq!(lint.format, Format::Json);
        assert!(lint.offline);
        assert_eq!(lint.allow, ["name-taken"]);
        assert_eq!(lint.paths, npm.positional);
    }

    #[test]
    fn the_version_of_npm_is_a_whole_version() {
        assert_eq!(lint("--npm-version 10.9.0").0.npm_version, Some(Version::new(10, 9, 0)));
        assert!(matches!(read("plan --npm-version v11.0.0-pre.1"), Ok(Order::Plan(..))));
        for line in ["--npm-version 11", "--npm-version=latest", "plan --npm-version 11.x", "--npm-version"] {
            assert!(matches!(read(line), Err(Refusal::Clap(error)) if error.use_stderr()), "{line}");
        }
    }

    #[test]
    fn an_option_that_looks_like_ours_is_not_passed_over() {
        assert!(matches!(read("lint --fromat json"), Err(Refusal::Misspelt { .. })));
    }
}
