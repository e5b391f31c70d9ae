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
mod telling;

pub(super) use causes::advice;
use log::Log;

use crate::commands::cli::Diagnose;
use crate::facts::credential::Keyring;
use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::args::Parsed;
use crate::project::world::World;
use crate::registry::progress::Progress;
use crate::rules::Rule;
use crate::text::escape;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    /// The text cannot be read.
    #[error("cannot read {path}: {}", crate::project::world::describe(*.kind))]
    Unreadable {
        /// The file, or standard input.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// npm has not kept a log of a publish.
    #[error(
        "no log of a failed `npm publish` found in `{folder}`; pass the path of a log, or paste npm's output into \
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

/// Why the publishes that the text tells of failed, and what to do.
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
    let (what, log) = match file.as_deref() {
        Some("-") => {
            let text = world.read_stdin().map_err(|error| unreadable("standard input", &error))?;
            ("the input".to_owned(), Log::read(&text))
        }
        Some(path) => {
            let what = format!("`{}`", escape::line(path));
            let bytes = world
                .files
                .read(&world.resolve(path), crate::project::world::limit::LOG)
                .map_err(|error| unreadable(&what, &error))?;
            (what, Log::read(&decoded(&bytes)))
        }
        None => newest_log(world)?,
    };
    if log.failures.is_empty() {
        return Err(DiagnoseError::NoError { what });
    }
    let mut answer = answer::answer(what, &log);
    here::ask(world, &mut answer, *online, keyring, progress);
    Ok(keyring.scrubber.scrub(&telling::tell(&answer, *format)))
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
    DiagnoseError::Unreadable { path: what.to_owned(), kind: error.kind() }
}

/// The last failed publish in npm's own logs (`<cache>/_logs`).
fn newest_log(world: &World) -> Result<(String, Log), DiagnoseError> {
    let config = NpmConfig::load(world, &Parsed::default());
    let setting = |key: &str| config.get(key).and_then(|entry| entry.value.as_text()).filter(|text| !text.is_empty());
    let folder = setting("logs-dir").map_or_else(
        || world.resolve(setting("cache").unwrap_or_default()).join("_logs"),
        |folder| world.resolve(folder),
    );
    // Their names begin with the time.
    let names = world.files.list(&folder).unwrap_or_default();
    let logs = names.iter().rev().filter(|name| name.contains("-debug-"));
    let texts = logs
        .filter_map(|name| Some((name, world.files.read(&folder.join(name), crate::project::world::limit::LOG).ok()?)));
    let texts = texts.map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()));
    let found = texts.into_iter().find_map(|(name, text)| {
        let title = text.lines().find(|line| line.contains(" verbose title npm "))?;
        let log = title.contains("publish").then(|| Log::read(&text))?;
        (!log.failures.is_empty()).then_some((name, log))
    });
    let folder = world.shown_path(&folder);
    let (name, log) = found.ok_or_else(|| DiagnoseError::NoLog { folder: folder.clone() })?;
    Ok((format!("`{folder}/{name}`"), log))
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
