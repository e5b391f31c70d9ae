//! How many instructions npm-preflight takes, as valgrind counts them: figures that are the same on a busy machine, so that two
//! commits can be compared without measuring both at once.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::cases::Tool;

/// What is counted: its name, the case, the tool, and the arguments in the place of the tool's own.
const COUNTED: &[(&str, &str, Tool, Option<&[&str]>)] = &[
    ("start: `--version`", "1 package", Tool::Offline, Some(&["--version"])),
    ("load npm's configuration: `config`", "1 package", Tool::Offline, Some(&["config"])),
    ("list what is packed: `files`", "1 package", Tool::Offline, Some(&["files"])),
    ("one package: `lint --offline`", "1 package", Tool::Offline, None),
    ("report of 500 packages: `lint --offline`", "500 packages", Tool::Offline, None),
    ("500 packages: `lint`", "500 packages", Tool::Preflight, None),
    (TINY, TINY, Tool::Preflight, None),
    (LARGE, LARGE, Tool::Preflight, None),
];
const TINY: &str = "tiny packument, no latency";
const LARGE: &str = "10 MB packument, no latency";

pub fn are_counted_in(case: &str) -> bool {
    COUNTED.iter().any(|(_, counted, ..)| *counted == case)
}

/// `command`: what runs a tool in a case.
///
/// # Errors
/// When valgrind cannot be run.
pub fn table(command: impl Fn(&str, Tool) -> Outcome<Command>) -> Outcome<String> {
    let mut text = "| | million instructions |\n|---|---|\n".to_owned();
    let (mut tiny, mut large) = (0.0, 0.0);
    for (what, case, tool, args) in COUNTED {
        eprintln!("{what}");
        let millions = count(&command(case, *tool)?, *args)?;
        match *what {
            TINY => tiny = millions,
            LARGE => large = millions,
            _ => writeln!(text, "| {what} | {millions:.1} |")?,
        }
    }
    writeln!(text, "| decode a packument of 10 MB, on top of a tiny one | {:.1} |", large - tiny)?;
    Ok(text)
}

/// Millions.
fn count(command: &Command, args: Option<&[&str]>) -> Outcome<f64> {
    let mut counted = Command::new("valgrind");
    counted.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(command.get_program());
    match args {
        Some(args) => counted.args(args),
        None => counted.args(command.get_args()),
    };
    counted.env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    if let Some(folder) = command.get_current_dir() {
        counted.current_dir(folder);
    }
    let output = counted.output().map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, number) = collected.ok_or_else(|| format!("valgrind counted nothing: {said}"))?;
    Ok(number.trim().parse::<f64>()? / 1e6)
}

/// Keeps the table, next to what was measured.
///
/// # Errors
/// When it cannot be written.
pub fn write(table: &str) -> Outcome<()> {
    let intro = "# What `cargo bench -- --count --readme` counted\n\n\
        The instructions of all threads, as valgrind's callgrind counts them, on linux and x86_64. They differ by less than 1 % from run\n\
        to run, on a busy machine, too. Compare figures of one compiler only.\n\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/INSTRUCTIONS.md");
    Ok(std::fs::write(file, format!("{intro}{table}"))?)
}
