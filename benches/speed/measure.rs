//! One run of one program: its time, and the processor time and memory of its whole tree of processes. The system
//! tells the latter of a process' children only when they have ended, so each run gets a small process of its own
//! above it: this executable once more.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use super::Outcome;
use super::server::Traffic;

/// The first argument of the small process.
pub const FLAG: &str = "--measure";

/// What one run took.
#[derive(Clone, Debug)]
pub struct Sample {
    /// From start to end.
    pub wall: Duration,
    /// User and system, of all processes.
    pub cpu: Duration,
    /// The most memory that the largest process held at once, in KiB.
    pub peak: u64,
    /// The exit code; `None`: a signal.
    pub code: Option<i32>,
    /// What the server saw of it.
    pub traffic: Traffic,
}

/// The small process: runs the command that `args` name and prints microseconds, microseconds, KiB and exit code.
pub fn child(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    match args.next().ok_or_else(|| "no command".into()).and_then(|program| watch(&program, args)) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn watch(program: &OsString, args: impl Iterator<Item = OsString>) -> Outcome<String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.spawn()?.wait()?;
    let wall = start.elapsed();
    let (cpu, peak) = spent()?;
    let code = status.code().map_or_else(|| "signal".to_owned(), |code| code.to_string());
    Ok(format!("{} {cpu} {peak} {code}", wall.as_micros()))
}

/// What the ended children spent: microseconds of all, KiB of the largest.
#[cfg(unix)]
fn spent() -> Outcome<(i64, std::ffi::c_long)> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // macOS counts bytes where others count KiB.
    let unit = if cfg!(target_vendor = "apple") { 1024 } else { 1 };
    Ok(((usage.user_time() + usage.system_time()).num_microseconds(), usage.max_rss() / unit))
}

#[cfg(not(unix))]
fn spent() -> Outcome<(i64, std::ffi::c_long)> {
    Err("processor time and memory can be measured on Unix only".into())
}

/// Runs a command, which is not started yet, below the small process; its errors go to the file `said`.
///
/// # Errors
/// When it cannot be started.
pub fn run(command: &Command, said: &Path) -> Outcome<Sample> {
    let mut above = Command::new(std::env::current_exe()?);
    above.arg(FLAG).arg(command.get_program()).args(command.get_args()).env_clear();
    above.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    if let Some(folder) = command.get_current_dir() {
        above.current_dir(folder);
    }
    let output = above.stdin(Stdio::null()).stderr(std::fs::File::create(said)?).output()?;
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    let [wall, cpu, peak, code] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        let said = std::fs::read_to_string(said).unwrap_or_default();
        return Err(format!("{} could not be started: {said}", command.get_program().display()).into());
    };
    let micros = |text: &str| text.parse().map(Duration::from_micros);
    let traffic = Traffic::default();
    Ok(Sample { wall: micros(wall)?, cpu: micros(cpu)?, peak: peak.parse()?, code: code.parse().ok(), traffic })
}
