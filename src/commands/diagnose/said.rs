//! What npm printed or logged: its errors and warnings, without colours, and without what a CI system puts in front.

/// npm's errors, warnings and the notices of a registry.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// `E403` and the like.
    pub(super) code: Option<String>,
    /// The errors.
    pub(super) errors: Vec<String>,
    /// The errors in one text, in small letters.
    pub(super) error: String,
    /// The warnings and notices in one text, in small letters.
    pub(super) aside: String,
}

impl Said {
    /// Reads what npm prints (`npm error …`, before npm 11 `npm ERR! …`) and what it logs (`12 error …`). Without an error
    /// the rest says nothing.
    pub(super) fn read(text: &str) -> Self {
        let text = anstream::adapter::strip_str(text).to_string();
        let lines: Vec<(Level, &str)> = text.lines().filter_map(message).chain(early(&text)).collect();
        let of = |wanted: Level| lines.iter().filter(move |(level, _)| *level == wanted).map(|(_, line)| *line);
        let errors: Vec<String> = of(Level::Error).map(ToOwned::to_owned).collect();
        if errors.is_empty() {
            return Self::default();
        }
        let code = errors.iter().find_map(|line| line.strip_prefix("code ")).map(|code| code.trim().to_owned());
        let aside: Vec<&str> = of(Level::Aside).collect();
        Self { code, error: errors.join("\n").to_lowercase(), aside: aside.join("\n").to_lowercase(), errors }
    }

    /// The line that says most, without the labels that npm puts before it.
    pub(super) fn headline(&self) -> Option<&str> {
        let is_prose = |line: &&String| line.split_whitespace().count() > 3 && !line.starts_with("at ");
        if self.code.as_deref() == Some("EUSAGE") {
            return self.errors.iter().find(|line| !line.is_empty() && !line.starts_with("code ")).map(String::as_str);
        }
        let mut line = self.errors.iter().find(is_prose)?.as_str();
        let status = self.code.as_deref().and_then(|code| code.strip_prefix('E')).unwrap_or_default();
        // npm 11 prints `403 403 Forbidden`.
        while let Some(rest) = line.strip_prefix(status).filter(|rest| !status.is_empty() && rest.starts_with(' ')) {
            line = rest.trim_start();
        }
        Some(LABELS.iter().find_map(|label| line.strip_prefix(label)).map_or(line, str::trim_start))
    }
}

/// What npm puts before an error of some codes.
const LABELS: &[&str] = &["need auth ", "network ", "notarget ", "publish fail ", "enoent ", "JSON.parse ", "engine "];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Aside,
}

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::Error),
    ("ERR!", Level::Error),
    ("warn", Level::Aside),
    ("WARN", Level::Aside),
    ("notice", Level::Aside),
];

/// What npm prints while it cannot log yet (npm 12.2.2, lib/cli/exit-handler.js), with nothing of its own in front: this
/// line, the word `cause` and why.
const EARLY: &str = "Exit prior to config file resolving";

/// The lines that say why.
fn early(text: &str) -> Vec<(Level, &str)> {
    let mut lines = text.lines();
    // What a CI system puts in front is as long in each line.
    let Some(at) = lines.find_map(|line| line.find(EARLY)) else { return Vec::new() };
    let why =
        lines.map(|line| line.get(at..).unwrap_or_default().trim()).skip_while(|line| matches!(*line, "" | "cause"));
    why.take_while(|line| !line.is_empty() && message(line).is_none()).map(|line| (Level::Error, line)).collect()
}

/// The level and the text of a line of npm's.
fn message(line: &str) -> Option<(Level, &str)> {
    let line = line.trim();
    let logged = line.split_once(' ').filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let (_, rest) = logged.or_else(|| {
        // A CI system's log has a time, and the name of a step, in front.
        let at = line.find("npm ").filter(|at| line[..*at].ends_with([' ', '\t']) || *at == 0)?;
        Some((&line[..at], &line[at + 4..]))
    })?;
    LEVELS.iter().find_map(|(word, level)| {
        let rest = rest.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| (*level, rest.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npm_s_lines_are_found_behind_colours_times_and_numbers() {
        for line in [
            "npm error code E413",
            "npm ERR! code E413",
            "\u{1b}[1mnpm\u{1b}[22m \u{1b}[31merror\u{1b}[39m \u{1b}[94mcode\u{1b}[39m E413",
            "2026-11-26T10:00:00.000Z npm error code E413",
            "release\tPublish\t2026-11-26T10:00:00.000Z npm error code E413",
            "14 error code E413",
        ] {
            assert_eq!(Said::read(line).code.as_deref(), Some("E413"), "{line}");
        }
        for line in ["npm notice error code E413", "pnpm error code E413", "14 verbose code E413", "an error"] {
            assert!(Said::read(line).errors.is_empty(), "{line}");
        }
    }

    #[test]
    fn an_error_before_npm_can_log_is_found_behind_times() {
        let why = "Invalid abbreviated flag \"--acces\". Did you mean \"--access\"?";
        for before in ["", "2026-11-26T10:00:00.000Z "] {
            let lines = [EARLY, "cause", why, "", "something else"].map(|line| format!("{before}{line}\n"));
            assert_eq!(Said::read(&lines.concat()).headline(), Some(why), "{before}");
        }
        assert!(Said::read(EARLY).errors.is_empty());
    }

    #[test]
    fn the_headline_says_a_status_never_twice() {
        let said = Said::read("npm error code E403\nnpm error 403 403 Forbidden - PUT http://r/x - no\n");
        assert_eq!(said.headline(), Some("Forbidden - PUT http://r/x - no"));
        let said = Said::read("npm error code ENEEDAUTH\nnpm error need auth This command requires you to log in\n");
        assert_eq!(said.headline(), Some("This command requires you to log in"));
        assert_eq!(Said::read("npm error code E403\n").headline(), None);
    }
}
