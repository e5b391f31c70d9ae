//! `npm-preflight diagnose`: which rules explain what npm printed when a publish failed. It reads what was pasted, or the
//! debug log that npm keeps; what it finds in there are hints, and only `npm-preflight lint` looks at the package.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;

use crate::explain;
use crate::npm_config::NpmConfig;
use crate::npm_config::args::Parsed;
use crate::report::escape;
use crate::rules::{RULES, Rule};
use crate::source::mask_secrets;
use crate::world::World;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    /// The text cannot be read.
    #[error("`{path}` cannot be read: {kind}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// npm has not kept a log of a publish.
    #[error(
        "there is no log of a failed `npm publish` in `{folder}`; name the log, or paste npm's output to `npm-preflight diagnose -`"
    )]
    NoLog {
        /// npm's folder for logs.
        folder: String,
    },
    /// No line is one of npm's errors.
    #[error("there is no error of npm in {what}; it wants lines such as `npm error code E403`")]
    NoError {
        /// The file, or standard input.
        what: String,
    },
}

/// How many rules are told in full.
const TOLD: usize = 3;

/// What the text names, as a report for people.
///
/// # Errors
/// When there is no text, or no error of npm in it.
pub fn run(world: &World, file: Option<&str>) -> Result<String, DiagnoseError> {
    let (what, text) = match file {
        Some("-") => {
            let text = world.read_stdin();
            ("standard input".to_owned(), text.map_err(|error| unreadable("standard input", &error))?)
        }
        Some(path) => {
            let bytes = world.files.read(&world.resolve(path)).map_err(|error| unreadable(path, &error))?;
            (format!("`{}`", escape::line(path)), String::from_utf8_lossy(&bytes).into_owned())
        }
        None => newest_log(world)?,
    };
    let said = Said::read(&text);
    if said.lines.is_empty() {
        return Err(DiagnoseError::NoError { what });
    }
    Ok(tell(&what, &said))
}

fn unreadable(path: &str, error: &std::io::Error) -> DiagnoseError {
    DiagnoseError::Unreadable { path: escape::line(path).into_owned(), kind: error.kind() }
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
    let texts = logs.filter_map(|name| Some((name, world.files.read(&folder.join(name)).ok()?)));
    let texts = texts.map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()));
    let found = texts.into_iter().find(|(_, text)| {
        let title = text.lines().find(|line| line.contains(" verbose title npm "));
        title.is_some_and(|title| title.contains("publish")) && !Said::read(text).lines.is_empty()
    });
    let folder = world.shown_path(&folder);
    let (name, text) = found.ok_or_else(|| DiagnoseError::NoLog { folder: folder.clone() })?;
    Ok((format!("`{folder}/{name}`"), text))
}

/// npm's errors and warnings.
struct Said<'a> {
    /// `E403` and the like.
    code: Option<&'a str>,
    lines: Vec<&'a str>,
}

impl<'a> Said<'a> {
    /// Reads what npm prints (`npm error …`, before npm 11 `npm ERR! …`) and what it logs (`12 error …`).
    fn read(text: &'a str) -> Self {
        let lines: Vec<(&str, &str)> = text.lines().filter_map(message).collect();
        let code = lines.iter().find_map(|(_, line)| line.strip_prefix("code ")).map(str::trim);
        let failed = lines.iter().any(|(level, _)| *level == "error");
        let lines = if failed { lines.into_iter().map(|(_, line)| line).collect() } else { Vec::new() };
        Self { code, lines }
    }

    /// The line that says most.
    fn headline(&self) -> Option<&'a str> {
        let is_prose = |line: &&&str| line.split_whitespace().count() > 3 && !line.starts_with("    at ");
        self.lines.iter().find(is_prose).copied()
    }
}

/// The level and the text of a line of npm's.
fn message(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim_start();
    let rest = line.strip_prefix("npm ").or_else(|| {
        let (number, rest) = line.split_once(' ')?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest)
    })?;
    [("error", "error"), ("ERR!", "error"), ("warn", "warn"), ("WARN", "warn")].into_iter().find_map(|(word, level)| {
        let rest = rest.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| (level, rest.trim()))
    })
}

/// The rules that explain npm's output, the likeliest first: those whose words stand in it, then those with its code.
pub fn suspects(text: &str) -> Vec<&'static Rule> {
    ranked(&Said::read(text))
}

fn ranked(said: &Said<'_>) -> Vec<&'static Rule> {
    let all = said.lines.join("\n").to_lowercase();
    let weigh = |rule: &&'static Rule| -> (usize, &'static Rule) {
        let weight: usize = rule
            .npm_says
            .iter()
            .map(|words| {
                if explain::is_code(words) {
                    usize::from(said.code == Some(*words))
                } else if all.contains(&words.to_lowercase()) {
                    10 + words.len()
                } else {
                    0
                }
            })
            .sum();
        (weight, *rule)
    };
    let mut weighed: Vec<_> = RULES.iter().map(weigh).filter(|(weight, _)| *weight > 0).collect();
    weighed.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    weighed.into_iter().map(|(_, rule)| rule).collect()
}

fn tell(what: &str, said: &Said<'_>) -> String {
    let code = said.code.map_or(String::new(), |code| format!(" with {code}"));
    let words = said.headline().map_or(String::new(), |line| format!(": {line}"));
    let mut text = format!("{what}: npm stopped{code}{words}\n\n");
    let rules = ranked(said);
    // Writing to a string cannot fail.
    for rule in rules.iter().take(TOLD) {
        let _ = writeln!(text, "{}: {}", rule.id, rule.summary);
        for line in explain::section(rule.docs, "What to do").unwrap_or_default().lines() {
            let _ = writeln!(text, "    {line}");
        }
        text.push('\n');
    }
    if rules.len() > TOLD {
        let others: Vec<_> = rules[TOLD..].iter().map(|rule| rule.id).collect();
        let _ = writeln!(text, "It may also be one of: {}\n", others.join(", "));
    }
    text.push_str(if rules.is_empty() {
        "No rule explains that. `npm-preflight lint` in the package's folder looks at everything it knows\n"
    } else {
        "`npm-preflight lint` in the package's folder says which of them it is\n"
    });
    let lines: Vec<_> = mask_secrets(&text).lines().map(|line| escape::line(line).into_owned()).collect();
    escape::commands(&(lines.join("\n") + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        suspects(text).iter().map(|rule| rule.id).collect()
    }

    #[test]
    fn npm_s_own_words_name_the_rule_and_a_code_alone_names_several() {
        let words = "npm error code E403\nnpm error 403 403 Forbidden - PUT http://r/x - You cannot publish over the previously published versions: 1.0.0.\n";
        assert_eq!(ids(words)[..1], ["version-published"]);
        let logged = "12 verbose stack x\n13 error code EPRIVATE\n14 error This package has been marked as private\n";
        assert_eq!(ids(logged)[..1], ["private-package"]);
        assert!(ids("npm ERR! code E402\n").contains(&"access-missing"));
        assert!(ids("npm ERR! code E403\n").len() > 3);
        assert_eq!(ids("npm notice error code E403\nall is well\n"), Vec::<&str>::new());
    }

    #[test]
    fn what_is_pasted_shows_no_secret_and_starts_no_command() {
        let token = "npm_000000000000000000000000000000000000";
        let text = format!("npm error code E404\nnpm error 404 ::error:: not found {token} \u{1b}[31m ##[group]\n");
        let told = tell("standard input", &Said::read(&text));
        assert!(!told.contains(token) && !told.contains('\u{1b}') && !told.contains("##["), "{told}");
    }

    #[test]
    fn npm_s_newest_log_of_a_failed_publish_is_found() {
        let log = |title: &str, code: &str| format!("7 verbose title npm {title}\n8 error code {code}\n9 error x\n");
        let world = World::memory(
            &[
                ("/home/alice/.npm/_logs/2026-01-01-debug-0.log", &log("publish", "EPRIVATE")),
                ("/home/alice/.npm/_logs/2026-01-02-debug-0.log", &log("publish", "EOTP")),
                ("/home/alice/.npm/_logs/2026-01-03-debug-0.log", &log("install", "E404")),
                ("/home/alice/.npm/_logs/2026-01-04-debug-0.log", "7 verbose title npm publish\n8 info ok\n"),
            ],
            &[],
        );
        let told = run(&world, None).unwrap();
        assert!(told.contains("2026-01-02") && told.contains("two-factor-required"), "{told}");
        assert!(matches!(run(&World::memory(&[], &[]), None), Err(DiagnoseError::NoLog { .. })));
        assert!(matches!(run(&world, Some("nothing")), Err(DiagnoseError::Unreadable { .. })));
    }
}
