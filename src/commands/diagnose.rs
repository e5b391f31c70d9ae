//! `npm-preflight diagnose`: which rules explain what npm printed when a publish failed. It reads what was pasted, or the
//! debug log that npm keeps; what it finds in there are hints, and only `npm-preflight lint` looks at the package.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod decoder;
mod said;

use std::fmt::Write as _;

pub(super) use decoder::advice;
use said::Said;

use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::args::Parsed;
use crate::project::world::World;
use crate::report::explain;
use crate::rules::Rule;
use crate::text::escape;
use crate::text::redact::mask;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    /// The text cannot be read.
    #[error("cannot read {path}: {}", crate::project::world::told(*.kind))]
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
    /// No line is one of npm's errors.
    #[error("no npm error found in {what}; paste the lines that begin with `npm error`")]
    NoError {
        /// The file, or standard input.
        what: String,
    },
}

/// What the text names, as a report for people.
///
/// # Errors
/// When there is no text, or no error of npm in it.
pub fn run(world: &World, file: Option<&str>) -> Result<String, DiagnoseError> {
    let (what, text) = match file {
        Some("-") => {
            let text = world.read_stdin();
            ("the input".to_owned(), text.map_err(|error| unreadable("standard input", &error))?)
        }
        Some(path) => {
            let what = format!("`{}`", escape::line(path));
            let bytes = world
                .files
                .read(&world.resolve(path), crate::project::world::limit::LOG)
                .map_err(|error| unreadable(&what, &error))?;
            (what, String::from_utf8_lossy(&bytes).into_owned())
        }
        None => newest_log(world)?,
    };
    let said = Said::read(&text);
    if said.errors.is_empty() {
        return Err(DiagnoseError::NoError { what });
    }
    Ok(tell(&what, &said))
}

fn unreadable(what: &str, error: &std::io::Error) -> DiagnoseError {
    DiagnoseError::Unreadable { path: what.to_owned(), kind: error.kind() }
}

/// The last failed publish in npm's own logs (`<cache>/_logs`).
fn newest_log(world: &World) -> Result<(String, String), DiagnoseError> {
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
    let found = texts.into_iter().find(|(_, text)| {
        let title = text.lines().find(|line| line.contains(" verbose title npm "));
        title.is_some_and(|title| title.contains("publish")) && !Said::read(text).errors.is_empty()
    });
    let folder = world.shown_path(&folder);
    let (name, text) = found.ok_or_else(|| DiagnoseError::NoLog { folder: folder.clone() })?;
    Ok((format!("`{folder}/{name}`"), text))
}

/// The rules that explain npm's output, the likeliest first.
pub fn suspects(text: &str) -> Vec<&'static Rule> {
    decoder::meaning(&Said::read(text)).rules
}

fn tell(what: &str, said: &Said) -> String {
    let code = said.code.as_ref().map_or(String::new(), |code| format!(" with {code}"));
    let words = said.headline().map_or(String::new(), |line| format!(": {line}"));
    let mut text = format!("{what}: npm failed{code}{words}\n\n");
    let meaning = decoder::meaning(said);
    let (likely, others) = meaning.rules.split_at(meaning.likely.min(meaning.rules.len()));
    // Writing to a string cannot fail.
    for rule in likely {
        let _ = writeln!(text, "{}: {}", rule.id, rule.summary);
        for line in explain::section(rule.docs, "What to do").unwrap_or_default().lines() {
            let _ = writeln!(text, "    {line}");
        }
        text.push('\n');
    }
    if let Some(advice) = meaning.advice {
        let _ = writeln!(text, "{advice}\n");
    }
    if !others.is_empty() {
        text.push_str(if likely.is_empty() { "It may be one of:\n" } else { "It may also be one of:\n" });
        text.push_str(&explain::summaries(others, false));
        text.push('\n');
    }
    match (&meaning.rules[..], meaning.advice) {
        ([], Some(_)) => {}
        ([], None) => text.push_str(
            "No rule explains this error. Run `npm-preflight lint` in the package's folder to check for every known problem.\n",
        ),
        ([_], _) => {
            text.push_str("Run `npm-preflight lint` in the package's folder to check for this before the next publish.\n");
        }
        _ => text.push_str("Run `npm-preflight lint` in the package's folder to find out which of them it is.\n"),
    }
    let lines: Vec<_> = mask(text.trim_end()).lines().map(|line| escape::line(line).into_owned()).collect();
    escape::commands(&(lines.join("\n") + "\n"))
}

#[cfg(test)]
mod tests;
