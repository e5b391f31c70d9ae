//! The command line. npm-preflight's own options are clap's; everything else is an argument of `npm publish` and is
//! read as npm reads it (`npm_config::args`), so that `npm-preflight lint` takes the same arguments as `npm publish`.

mod color;
mod options;
mod scripts;

use std::ffi::OsString;

use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::npm::release::NpmRelease;
use crate::project::npm_config::args::{self, Parsed};
use crate::publisher::Manager;
use crate::report::explain::TableFormat;
use crate::rules::levels::{Level, select};
use crate::text::escape;
pub(crate) use options::OF_DIAGNOSE;
pub use options::{
    Checks, Config, Diagnose, DiagnoseFormat, Files, Fixing, Hook, HookRun, LONGEST_TIMEOUT, Lint, Plan, PlanFormat,
    Publisher, TIMEOUT, When,
};

/// Checks a package before `npm publish` and explains what would go wrong.
#[derive(Debug, Parser)]
#[command(
    name = "npm-preflight",
    override_usage = "npm-preflight [lint] [OPTIONS] [PATH]...\n       npm-preflight <COMMAND>",
    version,
    long_version = scripts::long_version(),
    max_term_width = 100,
    after_help = "Exit codes: 0 no errors found, 1 a publish would be refused or go wrong,\n2 invalid command line, settings or input, 3 (with --strict) a check is undecided."
)]
struct Cli {
    #[command(subcommand)]
    command: Wanted,
}

#[derive(Debug, Subcommand)]
enum Wanted {
    /// Check whether one or more packages can be published (the default command)
    Lint(Box<Lint>),
    /// Show what would be published, where, as which user, and where each value comes from
    Plan(Plan),
    /// List the files that would be in the package
    Files(Files),
    /// Explain a rule, or list the rules for an npm error code
    Explain {
        /// A rule id, or a code such as E403 or EOTP
        what: String,
    },
    /// Explain why a publish failed, and what to do about it
    #[command(after_help = OF_DIAGNOSE)]
    Diagnose(Diagnose),
    /// List the rules
    Rules {
        /// Output format
        #[arg(long, value_enum, default_value_t = TableFormat::Text)]
        format: TableFormat,
    },
    /// Create npm-preflight.toml with every setting commented out
    Init,
    /// Show the settings in effect, and where each of them comes from
    Config(Config),
    /// Manage the git pre-push hook
    Hook {
        #[command(subcommand)]
        hook: Hook,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page of npm-preflight or of one of its commands
    #[command(hide = true)]
    Man {
        /// The command
        command: Option<String>,
    },
}

/// What the program was asked to do.
#[derive(Debug)]
pub enum Order {
    /// `lint`, with the arguments of `npm publish`.
    Lint(Box<Lint>, Parsed),
    /// `plan`, with the arguments of `npm publish`.
    Plan(Plan, Parsed),
    /// `files`, with the arguments of `npm publish`.
    Files(Files, Parsed),
    /// `explain`.
    Explain(String),
    /// `diagnose`.
    Diagnose(Diagnose),
    /// `rules`.
    Rules(TableFormat),
    /// `init`.
    Init,
    /// `config`.
    Config(Config),
    /// `hook`.
    Hook(Hook),
    /// `completions` and `man`: the text.
    Print(String),
}

/// A command line that cannot be used, or one that is answered by a text (`--help`, `--version`).
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// clap's own answer: a help text or an error.
    #[error(transparent)]
    Clap(#[from] clap::Error),
    /// A word that looks like one of our commands.
    #[error("unknown command `{word}`; did you mean `{similar}`?")]
    MisspeltCommand {
        /// As it was written.
        word: String,
        /// The command it looks like.
        similar: String,
    },
    /// Another word that is no command.
    #[error(
        "unknown command `{0}`; run `npm-preflight --help` to list the commands, or `npm-preflight lint <path>` to check a package"
    )]
    UnknownCommand(String),
    /// A value after a space, for an option that may also be given without a value.
    #[error("the value of `{option}` follows `=`; did you mean `{option}={value}`?")]
    ValueByBlank {
        /// As it was written.
        option: String,
        /// One of its values.
        value: String,
    },
    /// An option that neither npm nor npm-preflight has, and that looks like one of ours.
    #[error("unknown option `{option}`; did you mean `--{similar}`?")]
    Misspelt {
        /// As it was written.
        option: String,
        /// The option it looks like.
        similar: String,
    },
    /// `--no-` before an option of ours that is off unless it is given.
    #[error("there is no option `--no-{option}`; leave out `--{option}` instead")]
    Negated {
        /// The option.
        option: String,
    },
}

/// The flags of `npm publish` that bear on a publish, for the help and the completions.
const NPM_FLAGS: &[(&str, &str, &str)] = &[
    ("registry", "URL", "Registry to publish to"),
    ("tag", "TAG", "Dist-tag [default: latest]"),
    ("access", "public|restricted", "Who can install the package"),
    ("otp", "CODE", "One-time password"),
    ("provenance", "", "Publish provenance: a public statement of where and how the package was built"),
    ("provenance-file", "FILE", "Existing provenance file to publish"),
    ("workspace", "NAME", "Publish this workspace, given by name or folder (also -w)"),
    ("workspaces", "", "Publish all workspaces (also --ws)"),
    ("include-workspace-root", "", "Also publish the workspace root"),
    ("userconfig", "FILE", "User .npmrc file"),
    ("globalconfig", "FILE", "Global npmrc file"),
    ("prefix", "FOLDER", "Root folder of the project (also -C)"),
    ("force", "", "Disable npm's own checks"),
    ("dry-run", "", "Do everything except publish"),
    ("ignore-scripts", "", "Do not run lifecycle scripts"),
];

fn command() -> Command {
    let npm = |command: Command| {
        command.args(NPM_FLAGS.iter().map(|(name, value, help)| {
            let arg = Arg::new(*name).long(*name).help(*help).help_heading("Options of npm publish");
            if value.is_empty() { arg.num_args(0) } else { arg.value_name(*value) }
        }))
    };
    Cli::command().mut_subcommand("lint", npm).mut_subcommand("plan", npm).mut_subcommand("files", npm)
}

/// Reads an argument vector, the program's name included; `exists` knows which words are files or folders, `npm_on_path` the
/// npm that reads them where no other is named.
///
/// # Errors
/// When it cannot be used, or asks for a help text.
pub fn parse(
    argv: impl IntoIterator<Item = OsString>,
    exists: impl Fn(&str) -> bool,
    npm_on_path: impl FnOnce() -> NpmRelease,
) -> Result<Order, Refusal> {
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
        if is_word(first) && !exists(first) {
            return Err(unknown_command(&command, first));
        }
        argv.insert(1, "lint".to_owned());
    }
    if !matches!(argv[1].as_str(), "lint" | "plan" | "files") {
        return order(&matches(&command, &argv)?, Parsed::default());
    }
    let rest = argv.split_off(2);
    valued_by_blank(&command, &argv[1], &rest, &exists)?;
    let (own, theirs) = split(&command, &argv[1], rest);
    let release = options::named_npm(&own).map_or_else(npm_on_path, NpmRelease::from);
    let is_for_pnpm = own.join("=").contains("--client=pnpm");
    let npm = args::parse(&if is_for_pnpm { with_values(theirs) } else { theirs }, &release);
    misspelt(&command, &argv[1], &npm)?;
    argv.extend(own);
    argv.push("--".to_owned());
    argv.extend(npm.positional.iter().cloned());
    order(&matches(&command, &argv)?, npm)
}

/// Whether npm would take it for the name of a package, if it is nothing else.
fn is_word(text: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    !text.is_empty() && !text.starts_with('-') && text.chars().all(is_part)
}

fn unknown_command(command: &Command, word: &str) -> Refusal {
    let distance = |name: &&str| strsim::damerau_levenshtein(name, word);
    let nearest = command.get_subcommands().map(Command::get_name).min_by_key(distance);
    match nearest.filter(|name| word.len() > 2 && distance(name) <= 2) {
        Some(similar) => Refusal::MisspeltCommand { word: word.to_owned(), similar: similar.to_owned() },
        None => Refusal::UnknownCommand(word.to_owned()),
    }
}

/// An error of clap's quotes arguments as they are: then it is made again from what may be shown of them.
fn matches(command: &Command, argv: &[String]) -> Result<ArgMatches, clap::Error> {
    command.clone().try_get_matches_from(argv).map_err(|error| {
        let shown = argv.iter().map(|arg| escape::line(arg).into_owned());
        command.clone().try_get_matches_from(shown).err().unwrap_or(error)
    })
}

fn order(matches: &ArgMatches, npm: Parsed) -> Result<Order, Refusal> {
    Ok(match Cli::from_arg_matches(matches)?.command {
        Wanted::Lint(mut lint) => {
            lint.levels = levels(matches, &lint);
            Order::Lint(lint, npm)
        }
        Wanted::Plan(plan) => Order::Plan(plan, npm),
        Wanted::Files(files) => Order::Files(files, npm),
        Wanted::Explain { what } => Order::Explain(what),
        Wanted::Diagnose(options) => Order::Diagnose(options),
        Wanted::Rules { format } => Order::Rules(format),
        Wanted::Init => Order::Init,
        Wanted::Config(config) => Order::Config(config),
        Wanted::Hook { hook } => Order::Hook(hook),
        Wanted::Completions { shell } => Order::Print(scripts::completions(shell, command())),
        Wanted::Man { command: of } => {
            let command = command();
            let page = scripts::man(&command, of.as_deref());
            Order::Print(page.ok_or_else(|| unknown_command(&command, of.as_deref().unwrap_or_default()))?)
        }
    })
}

/// `--allow`, `--warn` and `--deny` in the order of the command line.
fn levels(matches: &ArgMatches, lint: &Lint) -> Vec<(String, Level)> {
    let Some((_, matches)) = matches.subcommand() else { return Vec::new() };
    let given =
        [("allow", &lint.allow, Level::Allow), ("warn", &lint.warn, Level::Warn), ("deny", &lint.deny, Level::Deny)];
    let mut levels: Vec<_> = given
        .into_iter()
        .flat_map(|(option, names, level)| {
            let places = matches.indices_of(option).into_iter().flatten();
            places.zip(names).map(move |(place, name)| (place, name.clone(), level))
        })
        .collect();
    levels.sort_by_key(|(place, ..)| *place);
    levels.into_iter().map(|(_, name, level)| (name, level)).collect()
}

/// The options of a subcommand that are our own: not those listed only because npm has them.
fn own_options<'c>(command: &'c Command, name: &str) -> impl Iterator<Item = &'c Arg> {
    command
        .find_subcommand(name)
        .into_iter()
        .flat_map(Command::get_arguments)
        .filter(|arg| !arg.is_positional() && !NPM_FLAGS.iter().any(|(flag, ..)| arg.get_long() == Some(flag)))
}

/// An option whose value may only follow `=` would be taken without it, and the value for a package that is to be published.
fn valued_by_blank(
    command: &Command,
    name: &str,
    argv: &[String],
    exists: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    for (flag, value) in argv.iter().take_while(|arg| *arg != "--").zip(argv.iter().skip(1)) {
        let is_value = own_options(command, name)
            .filter(|option| option.is_require_equals_set() && flag.strip_prefix("--") == option.get_long())
            .flat_map(Arg::get_possible_values)
            .any(|possible| possible.matches(value, false));
        if is_value && !exists(value) {
            return Err(Refusal::ValueByBlank { option: flag.clone(), value: value.clone() });
        }
    }
    Ok(())
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
        // `-Aname-taken`: no option of npm ends in the name of a rule.
        if ["-A", "-W", "-D"].iter().any(|short| arg.strip_prefix(short).is_some_and(|name| select(name).is_ok())) {
            own.push(arg);
            continue;
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
                let wants_value = option.get_action().takes_values() && !has_value && !option.is_require_equals_set();
                own.push(arg);
                own.extend(wants_value.then(|| argv.next()).flatten());
            }
        }
    }
    (own, theirs)
}

/// Options of `pnpm publish` that npm does not know.
const OF_PNPM: [&str; 2] = ["--git-checks", PUBLISH_BRANCH];
/// It takes a value. To npm, which does not know it, the next argument is what is published.
const PUBLISH_BRANCH: &str = "--publish-branch";

/// The arguments with the value of such an option in the same argument.
fn with_values(argv: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(argv.len());
    for arg in argv {
        match joined.last_mut().filter(|last| *last == PUBLISH_BRANCH && !arg.starts_with('-')) {
            Some(option) => *option = format!("{option}={arg}"),
            None => joined.push(arg),
        }
    }
    joined
}

/// npm 11 passes over flags that it does not know, and something else would be checked than was intended: one that looks like a flag of
/// ours or of npm's is refused.
fn misspelt(command: &Command, name: &str, npm: &Parsed) -> Result<(), Refusal> {
    for option in &npm.unknown {
        let bare = bare(option);
        let written = bare.to_lowercase().replace('_', "-");
        let distance = |other: &str| strsim::damerau_levenshtein(other, &written);
        let listed = own_options(command, name).filter_map(Arg::get_long);
        let listed = listed.chain(NPM_FLAGS.iter().map(|(flag, ..)| *flag));
        let at_most = if bare.len() > 4 { 2 } else { 1 };
        // Of npm's other settings only what is one letter away: most of them have no bearing on a publish.
        let near = listed.map(|flag| (flag, at_most)).chain(args::settings(&npm.npm).map(|setting| (setting, 1)));
        let near = near.filter(|(flag, at_most)| distance(flag) <= *at_most).map(|(flag, _)| flag);
        let nearest = near.min_by_key(|flag| distance(flag));
        // The parser of npm's flags strips `--no-`.
        if nearest == Some(bare) {
            return Err(Refusal::Negated { option: bare.to_owned() });
        }
        if let Some(similar) = nearest.filter(|_| bare.len() > 2) {
            return Err(Refusal::Misspelt { option: option.clone(), similar: similar.to_owned() });
        }
    }
    // npm completes `--offlin` to its own `--offline`; here it was meant for ours.
    // `--verb` is npm's word for a level of its log, and no harm.
    let completed = npm.flags.iter().find(|(key, _, written)| {
        let bare = bare(written);
        bare != key && key.starts_with(bare) && own_options(command, name).any(|own| own.get_long() == Some(key))
    });
    match completed {
        Some((key, _, option)) => Err(Refusal::Misspelt { option: option.clone(), similar: key.clone() }),
        None => Ok(()),
    }
}

/// A flag's name.
fn bare(flag: &str) -> &str {
    flag.trim_start_matches('-').split('=').next().unwrap_or_default()
}

/// What npm 11 would warn of: flags it does not know, which it ignores; not those of another client that publishes. Of those at
/// which npm 12 stops, the report tells.
pub fn passed_over(npm: &Parsed, client: Option<Manager>) -> Vec<String> {
    if npm.npm.unknown_options_fail() {
        return Vec::new();
    }
    let sentence = |option: &String| format!("npm does not recognize `{option}`, and npm 11 ignores it");
    let is_known = |option: &&String| client == Some(Manager::Pnpm) && OF_PNPM.contains(&option.as_str());
    npm.unknown
        .iter()
        .filter(|option| !is_known(option))
        .map(sentence)
        .map(|text| escape::line(&text).into_owned())
        .collect()
}

#[cfg(test)]
mod tests;
