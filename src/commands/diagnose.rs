//! `npm-preflight diagnose`: why a publish failed, from what the client, the release tool or the CI job printed, or from the debug
//! log that npm keeps, and from the package in the working directory where that is the one that failed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod answer;
mod attempt;
mod causes;
mod cutter;
mod decoration;
mod here;
mod log;
mod readers;
mod render;
mod secrets;
mod wrapping;

pub(super) use causes::advice;
use log::Log;

use crate::commands::cli::Diagnose;
use crate::facts::credential::Keyring;
use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::args::Parsed;
use crate::project::world::{World, limit, read};
use crate::registry::progress::Progress;
use crate::rules::Rule;
use crate::text::escape;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    /// The text cannot be read.
    #[error("cannot read {path}: {}", read::describe(*.kind))]
    Unreadable {
        /// The file, or standard input.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// Nothing was printed.
    #[error("{what} is empty: there is nothing to diagnose")]
    Empty {
        /// The file, or standard input.
        what: String,
    },
    /// It is more than is read.
    #[error(
        "{what} is larger than {}; pass only the part from the publish on, for example with `tail -c {}M`",
        read::size(limit::LOG),
        read::size(limit::LOG).trim_end_matches(" MB")
    )]
    TooLarge {
        /// The file, or standard input.
        what: String,
    },
    /// npm has not kept a log of a publish.
    #[error(
        "no log of an `npm publish` found in `{folder}`; pass the path of a log, or paste npm's output into \
         `npm-preflight diagnose -`"
    )]
    NoLog {
        /// npm's folder for logs.
        folder: String,
    },
    /// No line is an error of a client that publishes.
    #[error(
        "no error of npm, pnpm, Yarn, Bun or a release tool found in {what}; paste the lines that start with `npm \
            error`, or everything the command printed"
    )]
    NoError {
        /// The file, or standard input.
        what: String,
    },
}

/// Why the publishes in the log failed, and what to do.
///
/// # Errors
/// When there is no text, or no failure of a publish in it.
pub(super) fn run(
    world: &World,
    options: &Diagnose,
    keyring: &mut Keyring,
    progress: Progress<'_>,
) -> Result<String, DiagnoseError> {
    let Diagnose { file, format, online } = options;
    let Input { what, text, remark } = match file.as_deref() {
        Some("-") => {
            let what = "the input".to_owned();
            let text = world.read_stdin().map_err(|error| unreadable("standard input", &error))?;
            if read::within(text.len() as u64, limit::LOG).is_err() {
                return Err(DiagnoseError::TooLarge { what });
            }
            Input { what, text, remark: None }
        }
        Some(path) => {
            let what = format!("`{}`", escape::line(path));
            let bytes =
                world.files.read_stream(&world.resolve(path), limit::LOG).map_err(|error| unreadable(&what, &error))?;
            Input { what, text: decoded(&bytes), remark: None }
        }
        None => newest_log(world)?,
    };
    if text.trim().is_empty() {
        return Err(DiagnoseError::Empty { what });
    }
    secrets::learn(&text, &mut keyring.scrubber);
    let log = Log::read(&text);
    let mut answer = answer::answer(what, &log);
    answer.remarks.extend(remark);
    if answer.failures.is_empty() && answer.success().is_none() {
        return Err(DiagnoseError::NoError { what: answer.what });
    }
    if let Some(system) = without_trusted_publishing(&text).filter(|_| answer.suggests("trusted publishing")) {
        answer.remarks.push(format!(
            "npm has no trusted publishing for {system}: there, publish with a granular token, or stage the version (`npm stage publish`) \
             and approve it."
        ));
    }
    let is_other_machine = is_of_ci(&text) && world.filled_var("CI").is_none();
    let asked = here::Asked { online: *online, is_other_machine };
    here::ask(world, &mut answer, asked, keyring, progress);
    answer.hide(&keyring.scrubber);
    Ok(keyring.scrubber.scrub(&render::render(&answer, *format)))
}

/// What is read.
struct Input {
    /// The file, or the input.
    what: String,
    text: String,
    /// Which run it is of.
    remark: Option<String>,
}

/// Whether a log shows that a CI job wrote it: by what a runner prints, and by the folders that it works in.
fn is_of_ci(text: &str) -> bool {
    const SIGNS: [&str; 6] = ["##[", "section_start:", "/home/runner/", "/home/circleci/", "/builds/", "/home/vsts/"];
    SIGNS.iter().any(|sign| begins_with(text, sign))
}

/// The CI system that wrote a log, where npm trusts no job of it.
fn without_trusted_publishing(text: &str) -> Option<&'static str> {
    const SIGNS: [(&str, &str); 6] = [
        ("##vso[", "Azure Pipelines"),
        ("##[section]", "Azure Pipelines"),
        ("/home/vsts/", "Azure Pipelines"),
        ("[Pipeline] ", "Jenkins"),
        ("/var/jenkins_home/", "Jenkins"),
        ("/opt/atlassian/pipelines/", "Bitbucket Pipelines"),
    ];
    SIGNS.iter().find(|(sign, _)| begins_with(text, sign)).map(|(_, system)| *system)
}

/// Whether the first lines of a job, which show where it ran, have this.
fn begins_with(text: &str, sign: &str) -> bool {
    const BEGINNING: usize = 1_000_000;
    let beginning = &text.as_bytes()[..text.len().min(BEGINNING)];
    memchr::memmem::find(beginning, sign.as_bytes()).is_some()
}

/// What PowerShell writes into a file is UTF-16.
fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn unreadable(what: &str, error: &std::io::Error) -> DiagnoseError {
    match error.kind() {
        std::io::ErrorKind::FileTooLarge => DiagnoseError::TooLarge { what: what.to_owned() },
        kind => DiagnoseError::Unreadable { path: what.to_owned(), kind },
    }
}

/// The newest publish in npm's own logs (`<cache>/_logs`), whether or not it failed.
fn newest_log(world: &World) -> Result<Input, DiagnoseError> {
    let config = NpmConfig::load(world, &Parsed::default());
    let setting = |key: &str| config.get(key).and_then(|entry| entry.value.as_text()).filter(|text| !text.is_empty());
    let folder = setting("logs-dir").map_or_else(
        || world.resolve(setting("cache").unwrap_or_default()).join("_logs"),
        |folder| world.resolve(folder),
    );
    // Their names begin with the time.
    let names = world.files.list(&folder).unwrap_or_default();
    let logs = names.iter().rev().filter(|name| name.contains("-debug-"));
    let texts = logs.filter_map(|name| Some((name, world.files.read(&folder.join(name), limit::LOG).ok()?)));
    let shown = world.shown_path(&folder);
    let mut newer: Vec<String> = Vec::new();
    for (name, bytes) in texts {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let title = text.lines().find_map(|line| line.split_once(" verbose title npm ")).map(|(_, title)| title.trim());
        let Some(title) = title.map(ToOwned::to_owned) else { continue };
        if title.contains("publish") {
            return Ok(Input { what: format!("`{shown}/{name}`"), text, remark: Some(when(name, world.now, &newer)) });
        }
        // This very program may have been started by `npx`.
        if !title.starts_with("exec") && !title.starts_with("view") {
            newer.push(title);
        }
    }
    Err(DiagnoseError::NoLog { folder: shown })
}

/// When the publish was whose log is read, and what npm has done since.
fn when(name: &str, now: u64, newer: &[String]) -> String {
    // `2026-11-29T19_36_12_275Z-debug-0.log`
    let stamp = name.split("-debug-").next().unwrap_or(name);
    let time = stamp.rsplit_once('_').map(|(time, _)| format!("{}Z", time.replace('_', ":")));
    let age =
        time.and_then(|time| Some((time.replace('T', " "), now.checked_sub(crate::text::time::seconds(&time)?)?)));
    let ran = match age {
        Some((time, age)) => {
            format!("This is npm's log of its newest publish, {} ({} ago).", time.replace('Z', " UTC"), ago(age))
        }
        None => "This is npm's log of its newest publish.".to_owned(),
    };
    match newer {
        [] => ran,
        [newest, ..] => format!(
            "{ran} npm has run since, last `npm {}`: if that is what failed, pass its output to `npm-preflight diagnose -`.",
            escape::line(newest)
        ),
    }
}

/// `3 minutes`
fn ago(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..120 => return "less than 2 minutes".to_owned(),
        120..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

/// The rules that explain the first failure in a text, the likeliest first.
pub fn suspects(text: &str) -> Vec<&'static Rule> {
    let log = Log::read(text);
    let Some(first) = log.failures.first() else { return Vec::new() };
    let verdict = causes::verdict(first);
    verdict.causes.iter().filter_map(|cause| cause.rule).chain(verdict.others).collect()
}

#[cfg(test)]
mod tests;
