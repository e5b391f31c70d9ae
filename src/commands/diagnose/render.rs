//! The answer as text for a terminal, as JSON for programs and as Markdown for the summary of a job. Nothing that gives itself away
//! as a secret is repeated, and nothing in it is obeyed by a terminal, a runner or a page.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::answer::{Answer, Explanation, Failure, Here, NAMED};
use crate::commands::cli::DiagnoseFormat as Format;
use crate::report::explain;
use crate::report::markdown::prose;
use crate::text::count::listed;
use crate::text::escape;
use crate::text::redact::mask;

/// Lines are broken before this column.
const WIDTH: usize = 116;
/// How many characters of a client's message are repeated at most.
const QUOTED: usize = 600;

pub(super) fn render(answer: &Answer, format: Format) -> String {
    match format {
        Format::Text => {
            let text = text(answer);
            let lines: Vec<_> = mask(text.trim_end()).lines().map(|line| escape::line(line).into_owned()).collect();
            escape::commands(&(lines.join("\n") + "\n"))
        }
        Format::Json => escape::json(&(json(answer) + "\n")),
        Format::Markdown => markdown(answer),
    }
}

/// `npm failed with E403 for name@1.0.0: words`
fn head(failure: &Failure) -> String {
    let codes = if failure.codes.is_empty() { String::new() } else { format!(" with {}", failure.codes.join(", ")) };
    let package = failure.package.as_ref().map_or(String::new(), |package| format!(" for {package}"));
    let words = failure.headline.as_ref().map_or(String::new(), |line| format!(": {}", shortened(line)));
    let silent = if failure.is_silent { " without printing anything" } else { "" };
    format!("{} failed{codes}{package}{silent}{words}", failure.client.name())
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

fn text(answer: &Answer) -> String {
    // Writing to a string cannot fail.
    let mut out = String::new();
    if let Some(success) = answer.success() {
        let _ = writeln!(out, "{}: {success}; the log shows no failed publish\n", answer.what);
    } else if let [failure] = &answer.failures[..] {
        let _ = writeln!(out, "{}: {}\n", answer.what, head(failure));
        note(&mut out, failure);
        causes(&mut out, failure);
    } else {
        let _ = writeln!(out, "{}: {} failures, in order\n", answer.what, answer.failures.len() + answer.left);
        let printed = answer.failures.iter().enumerate().filter(|(_, failure)| failure.same_as.is_none());
        for (number, (index, failure)) in (1..).zip(printed) {
            let _ = writeln!(out, "{number}. {}\n", head(failure));
            if let Some(same) = same(answer, index) {
                let _ = writeln!(out, "{same}\n");
            }
            note(&mut out, failure);
            causes(&mut out, failure);
        }
        if answer.left > 0 {
            let _ = writeln!(out, "{} more are not shown.\n", answer.left);
        }
    }
    for line in remarks(answer) {
        let _ = writeln!(out, "{line}\n");
    }
    out.push_str(closing(answer).unwrap_or_default());
    out
}

/// What else the log shows, one line each.
fn remarks(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> =
        answer.beside().map(|beside| format!("In the same log, {beside}.")).into_iter().collect();
    if !answer.lookups.is_empty() {
        lines.push(lookups(answer));
    }
    lines.extend(answer.remarks.iter().cloned());
    lines
}

/// `The same: b@1.0.0, c@1.0.0 and 4 more.`
fn same(answer: &Answer, first: usize) -> Option<String> {
    let all: Vec<_> = answer.same_as(first).map(|failure| failure.package.clone()).collect();
    if all.is_empty() {
        return None;
    }
    let named: Vec<String> = all.iter().flatten().cloned().collect();
    Some(if named.len() == all.len() {
        format!("The same for {}.", listed(&named, NAMED))
    } else {
        format!("The same {} more {}.", all.len(), if all.len() == 1 { "time" } else { "times" })
    })
}

/// What was only looked up.
fn lookups(answer: &Answer) -> String {
    format!(
        "The log also contains a failed lookup ({}), which is not why the publish failed.",
        answer.lookups.join(", ")
    )
}

/// What to do next.
fn closing(answer: &Answer) -> Option<&'static str> {
    let rules =
        |failure: &Failure| failure.causes.iter().filter(|cause| cause.rule.is_some()).count() + failure.others.len();
    let most = answer.failures.iter().map(rules).max().unwrap_or_default();
    let is_explained = answer.failures.iter().any(|failure| !failure.causes.is_empty());
    if answer.failures.is_empty() {
        return None;
    }
    if answer.failures.iter().all(|failure| failure.is_found() || failure.same_as.is_some()) {
        return None;
    }
    match most {
        0 if is_explained => None,
        0 => Some(
            "No rule explains this error. Run `npm-preflight lint` in the package's folder to check for every known problem.\n",
        ),
        1 => Some("Run `npm-preflight lint` in the package's folder to check for this before the next publish.\n"),
        _ => Some("Run `npm-preflight lint` in the package's folder to find out which of them it is.\n"),
    }
}

/// How the failure compares with the package in this folder.
fn note(out: &mut String, failure: &Failure) {
    if let Some(note) = &failure.note {
        wrapped(out, "", &format!("here: {note}"));
        out.push('\n');
    }
}

fn causes(out: &mut String, failure: &Failure) {
    for cause in failure.left() {
        self::cause(out, cause);
    }
    if !failure.others.is_empty() {
        let _ = writeln!(out, "{}:", may_be(failure));
        out.push_str(&explain::summaries(&failure.others, false));
        out.push('\n');
        for (rule, here) in &failure.others_here {
            let _ = writeln!(out, "{}", rule.id);
            self::here(out, here);
            out.push('\n');
        }
    }
    let excluded: Vec<_> = failure.causes.iter().filter(|cause| cause.is_excluded()).collect();
    for cause in &excluded {
        let _ = writeln!(out, "{}: {EXCLUDED}", cause.rule.map_or(cause.title.as_str(), |rule| rule.id));
    }
    if !excluded.is_empty() {
        out.push('\n');
    }
}

fn cause(out: &mut String, cause: &Explanation) {
    let _ = match cause.rule {
        Some(rule) => writeln!(out, "{}: {}", rule.id, cause.title),
        None => writeln!(out, "{}", cause.title),
    };
    if !cause.why.is_empty() {
        wrapped(out, "why: ", &cause.why);
    }
    if let Some(differs) = cause.if_differs() {
        wrapped(out, "if: ", differs);
    }
    if let Some(here) = &cause.here {
        self::here(out, here);
    }
    if let Some((fix, command)) = cause.advice() {
        for paragraph in fix.split("\n\n") {
            wrapped(out, "", paragraph);
        }
        if let Some(command) = command {
            let _ = writeln!(out, "    try: `{command}`");
        }
    }
    out.push('\n');
}

/// What the package in this folder has of a cause.
fn here(out: &mut String, here: &Here) {
    wrapped(out, "here: ", &in_words(here));
    if let Here::Found { help, command, .. } = here {
        wrapped(out, "help: ", help);
        if let Some(command) = command {
            let _ = writeln!(out, "    try: `{command}`");
        }
    }
}

fn in_words(here: &Here) -> Cow<'_, str> {
    match here {
        Here::Found { place, message, .. } => placed(place.as_deref(), message).into(),
        Here::Excluded => EXCLUDED.into(),
        Here::NotShown => "this folder does not show it (any more)".into(),
        Here::NotOnRegistry => "the registry does not show it (any more)".into(),
        Here::Unlisted => "the registry does not list the version any more, which fits".into(),
        Here::OnlyThere => "this folder cannot show it".into(),
        Here::Raised(version) => format!("already raised to {version}").into(),
    }
}

fn placed(place: Option<&str>, message: &str) -> String {
    place.map_or_else(|| message.to_owned(), |place| format!("{place}: {message}"))
}

/// What is said of a cause that the package in this folder excludes.
const EXCLUDED: &str = "not the cause: the package in this folder does not have this problem";

/// What precedes the rules that may explain a failure, besides its causes.
fn may_be(failure: &Failure) -> &'static str {
    match (failure.causes.is_empty(), failure.others.len()) {
        (true, 1) => "It may be",
        (true, _) => "It may be one of",
        (false, 1) => "It may also be",
        (false, _) => "It may also be one of",
    }
}

/// A paragraph in lines that are indented by four blanks.
fn wrapped(out: &mut String, label: &str, text: &str) {
    let mut line = format!("    {label}");
    let start = line.chars().count();
    let mut width = start;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > start && width + 1 + length > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(start);
            width = start;
        }
        if width > start {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += length;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    source: String,
    failures: Vec<FailureRow<'a>>,
    more_failures: usize,
    lookups: Vec<String>,
    /// Packages that the log says were published.
    published: Vec<String>,
    /// What else is to be known: of which run of npm the log is, for example.
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct FailureRow<'a> {
    client: &'static str,
    package: Option<String>,
    codes: Vec<String>,
    message: Option<String>,
    /// One cause is left, or this folder has one of them.
    decided: bool,
    /// How it compares with the package in the working directory, or why it was not compared.
    note: Option<String>,
    causes: Vec<CauseRow<'a>>,
    other_rules: Vec<&'static str>,
    /// Those of the other rules that find something in the working directory.
    other_rules_here: Vec<&'static str>,
}

#[derive(Serialize)]
struct CauseRow<'a> {
    rule: Option<&'static str>,
    title: &'a str,
    why: Option<String>,
    this_one_if: Option<String>,
    what_to_do: String,
    command: Option<String>,
    url: Option<String>,
    /// What the package in the working directory has of it; null: it does not show it.
    here: Option<HereRow>,
}

#[derive(Serialize)]
struct HereRow {
    found: bool,
    /// `found`, `excluded`, `not-shown`, `only-there` or `raised`.
    state: &'static str,
    place: Option<String>,
    message: Option<String>,
    help: Option<String>,
    command: Option<String>,
}

fn json(answer: &Answer) -> String {
    let document = Document {
        version: 1,
        source: mask(answer.what.trim_matches('`')),
        failures: answer.failures.iter().map(failure_row).collect(),
        more_failures: answer.left,
        lookups: answer.lookups.iter().map(|text| mask(text)).collect(),
        published: answer.published.iter().map(|text| mask(text)).collect(),
        remarks: answer.remarks.iter().map(|text| mask(text)).collect(),
    };
    // Text, lists and numbers alone: there is nothing in these types that serde_json could refuse.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn failure_row(failure: &Failure) -> FailureRow<'_> {
    FailureRow {
        client: failure.client.name(),
        package: failure.package.as_deref().map(mask),
        codes: failure.codes.iter().map(|code| mask(code)).collect(),
        message: failure.headline.as_deref().map(|line| mask(&shortened(line))),
        decided: failure.is_decided(),
        note: failure.note.as_deref().map(mask),
        causes: failure.causes.iter().map(cause_row).collect(),
        other_rules: failure.others.iter().map(|rule| rule.id).collect(),
        other_rules_here: failure.others_here.iter().map(|(rule, _)| rule.id).collect(),
    }
}

fn cause_row(cause: &Explanation) -> CauseRow<'_> {
    CauseRow {
        rule: cause.rule.map(|rule| rule.id),
        title: &cause.title,
        why: Some(mask(&cause.why)).filter(|why| !why.is_empty()),
        this_one_if: cause.differs.as_deref().map(mask),
        what_to_do: mask(&cause.fix),
        command: cause.command.as_deref().map(mask),
        url: cause.rule.map(|rule| explain::rule_url(rule.id)),
        here: cause.here.as_ref().map(here_row),
    }
}

fn here_row(here: &Here) -> HereRow {
    let state = match here {
        Here::Found { .. } => "found",
        Here::Excluded => "excluded",
        Here::NotShown | Here::NotOnRegistry | Here::Unlisted => "not-shown",
        Here::OnlyThere => "only-there",
        Here::Raised(_) => "raised",
    };
    match here {
        Here::Found { place, message, help, command } => HereRow {
            found: true,
            state,
            place: place.as_deref().map(mask),
            message: Some(mask(message)),
            help: Some(mask(help)),
            command: command.as_deref().map(mask),
        },
        _ => HereRow { found: false, state, place: None, message: None, help: None, command: None },
    }
}

fn markdown(answer: &Answer) -> String {
    let shown = |text: &str| prose(&mask(text));
    if let Some(success) = answer.success() {
        let mut out = format!("## {}\n\nThe log shows no failed publish.\n", shown(&success));
        for line in remarks(answer) {
            let _ = writeln!(out, "\n{}", shown(&line));
        }
        return out;
    }
    let mut out = "## Why the publish failed\n\n".to_owned();
    for (index, failure) in answer.failures.iter().enumerate().filter(|(_, failure)| failure.same_as.is_none()) {
        let _ = writeln!(out, "**{}**\n", shown(&head(failure)));
        if let Some(same) = same(answer, index) {
            let _ = writeln!(out, "{}\n", shown(&same));
        }
        if let Some(note) = &failure.note {
            let _ = writeln!(out, "here: {}\n", shown(note));
        }
        for cause in failure.left() {
            let title = match cause.rule {
                Some(rule) => format!("[{}]({}): {}", rule.id, explain::rule_url(rule.id), prose(&cause.title)),
                None => prose(&cause.title),
            };
            let _ = writeln!(out, "- {title}");
            if !cause.why.is_empty() {
                let _ = writeln!(out, "  - why: {}", shown(&cause.why));
            }
            if let Some(differs) = cause.if_differs() {
                let _ = writeln!(out, "  - if: {}", shown(differs));
            }
            if let Some(here) = &cause.here {
                let _ = writeln!(out, "  - here: {}", shown(&in_words(here)));
                if let Here::Found { help, command, .. } = here {
                    let _ = writeln!(out, "  - help: {}", shown(help));
                    if let Some(command) = command {
                        let _ = writeln!(out, "  - try: {}", shown(&format!("`{command}`")));
                    }
                }
            }
            if let Some((fix, command)) = cause.advice() {
                let fix = fix.split_whitespace().collect::<Vec<_>>().join(" ");
                let _ = writeln!(out, "  - what to do: {}", shown(&fix));
                if let Some(command) = command {
                    let _ = writeln!(out, "  - try: {}", shown(&format!("`{command}`")));
                }
            }
        }
        if !failure.others.is_empty() {
            let links = failure.others.iter().map(|rule| format!("[{}]({})", rule.id, explain::rule_url(rule.id)));
            let _ = writeln!(out, "- {}: {}", may_be(failure), links.collect::<Vec<_>>().join(", "));
            for (rule, here) in &failure.others_here {
                let _ = writeln!(out, "  - {}: here: {}", rule.id, shown(&in_words(here)));
            }
        }
        for cause in failure.causes.iter().filter(|cause| cause.is_excluded()) {
            let name = cause.rule.map_or(cause.title.as_str(), |rule| rule.id);
            let _ = writeln!(out, "- {}: {EXCLUDED}", prose(name));
        }
        if index + 1 < answer.failures.len() || failure.causes.len() + failure.others.len() > 0 {
            out.push('\n');
        }
    }
    if answer.left > 0 {
        let _ = writeln!(out, "{} more are not shown.\n", answer.left);
    }
    for line in remarks(answer) {
        let _ = writeln!(out, "{}\n", shown(&line));
    }
    if let Some(closing) = closing(answer) {
        let _ = writeln!(out, "{}", prose(closing.trim_end()));
    }
    out
}
