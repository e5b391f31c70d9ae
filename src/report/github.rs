//! GitHub's workflow commands: an annotation for each diagnostic, on the line that decided it. The runner keeps ten
//! errors, ten warnings and ten notices of a step, so that errors come first and what is undecided shares one notice.
//! Escaped as `actions/toolkit` (packages/core/src/command.ts) does and the runner undoes.

use std::io::{self, Write};

use super::{Run, prose, words};
use crate::rules::diagnostic::Severity;
use crate::rules::lint::Found;
use crate::text::escape;
use crate::text::source::Place;

/// The runner cuts a message there; escapes count once.
const LONGEST: usize = 4096;

/// The report.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut found: Vec<&Found> = run.report.found.iter().collect();
    found.sort_by_key(|found| found.diagnostic.severity);
    for found in found {
        out.write_all(annotation(found, run).as_bytes())?;
    }
    let causes = words::causes(run);
    if !causes.is_empty() {
        let causes: Vec<String> = causes
            .iter()
            .map(|cause| format!("{}: {}{}", cause.names(), cause.detail, words::bracketed(cause.reason)))
            .collect();
        let properties = format!("title={}", property(run, "npm-preflight could not check everything"));
        out.write_all(command(run, "notice", &properties, &causes.join("\n")).as_bytes())?;
    }
    Ok(())
}

fn annotation(found: &Found, run: Run<'_>) -> String {
    let diagnostic = &found.diagnostic;
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let plan = run.plan_of(found);
    let place = run.repository.anchor(diagnostic.place.as_ref(), plan);
    let path = run.repository.name(place.source.path());
    let title = format!("npm-preflight: {}", diagnostic.rule.id);
    let properties = format!("title={},file={},{}", property(run, &title), property(run, &path), region(&place));
    // The log shows neither the file nor the line of an annotation.
    let start = place.source.position(place.span.start);
    let message = format!("{path}:{}:{} {}", start.line, start.column, prose::paragraph(found, run));
    command(run, level, &properties, &message)
}

/// The runner drops the columns of a region of several lines, and both when the end lies before the start.
fn region(place: &Place) -> String {
    let (start, end) = (place.source.position(place.span.start), place.source.position(place.span.end));
    if start.line == end.line && start.column <= end.column {
        format!("line={},endLine={},col={},endColumn={}", start.line, end.line, start.column, end.column)
    } else {
        format!("line={},endLine={}", start.line, end.line.max(start.line))
    }
}

/// A command on a line of its own; a line end in `message` is kept.
fn command(run: Run<'_>, name: &str, properties: &str, message: &str) -> String {
    let message: String = run.clean(message).chars().take(LONGEST).collect();
    let lines: Vec<_> = message.split('\n').map(|line| escape::commands(&escape::line(line))).collect();
    format!("::{name} {properties}::{}\n", data(&lines.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Azure obeys commands of its own there as well.
fn property(run: Run<'_>, text: &str) -> String {
    let value = data(&escape::line(&run.clean(text))).replace(':', "%3A").replace(',', "%2C");
    escape::commands(&value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, published, rule};
    use super::super::{Format, Style};
    use super::*;
    use crate::facts::Reason;
    use crate::rules::diagnostic::Diagnostic;

    fn render(run: Run<'_>) -> String {
        super::super::render(Format::Github, run, Style::default())
    }

    #[test]
    fn an_annotation_is_on_the_line_that_decided_it() {
        let fixture = Fixture::new();
        let (error, warning) = (published(&fixture), published(&fixture).severity(Severity::Warning));
        let fixture = fixture.found(0, warning).found(0, error).undecided(Reason::Offline, "`--offline` was given");
        insta::assert_snapshot!(render(fixture.run()), @r"
        ::error title=npm-preflight%3A version-published,file=package.json,line=3,endLine=3,col=14,endColumn=21::package.json:3:14 `left-lodge` 1.1.0 is already published. https://r.example/ does not accept the same version twice. Raise `version`. Run `npm version patch --no-git-tag-version`. npm would fail with E403.
        ::warning title=npm-preflight%3A version-published,file=package.json,line=3,endLine=3,col=14,endColumn=21::package.json:3:14 `left-lodge` 1.1.0 is already published. https://r.example/ does not accept the same version twice. Raise `version`. Run `npm version patch --no-git-tag-version`. npm would fail with E403.
        ::notice title=npm-preflight could not check everything::version-published: `--offline` was given (offline)
        ");
    }

    /// The runner's own reading (src/Runner.Common/ActionCommand.cs): properties end at the second `::`.
    fn unescaped(command: &str) -> (Vec<(String, String)>, String) {
        let (head, message) = command.trim_end_matches('\n').strip_prefix("::").unwrap().split_once("::").unwrap();
        let undo = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
            text.replace("%25", "%")
        };
        let (_, properties) = head.split_once(' ').unwrap();
        let properties = properties.split(',').map(|property| property.split_once('=').unwrap());
        (properties.map(|(name, value)| (name.to_owned(), undo(value))).collect(), undo(message))
    }

    #[test]
    fn the_runner_reads_back_what_was_written() {
        let fixture = Fixture::new();
        let (properties, message) = unescaped(&command(
            fixture.run(),
            "error",
            &format!("file={}", property(fixture.run(), "a:b,c%d\r\ne")),
            "50% a:b,c::d\ne\r%0A",
        ));
        assert_eq!(properties, [("file".to_owned(), "a:b,c%d␍␊e".to_owned())]);
        assert_eq!(message, "50% a:b,c::d\ne␍%0A");
    }

    #[test]
    fn untrusted_text_starts_no_workflow_command() {
        let bad = "x\n::add-mask::y\r::error::z ##[group]";
        let fixture = Fixture::new().found(0, Diagnostic::new(rule(), bad, bad, bad));
        let text = render(fixture.run());
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("##["), "{text}");
    }

    #[test]
    fn a_folder_name_starts_no_workflow_command() {
        let folder = "a ##[error]x ##vso[task.complete]y";
        let source = std::sync::Arc::new(crate::text::source::Source::new(format!("{folder}/package.json"), b"{}"));
        let place = Place::new(&source, crate::text::source::Span::new(0, 1));
        let fixture = Fixture::new().found(0, Diagnostic::new(rule(), "m", "w", "h").at(place, ""));
        let text = render(fixture.run());
        assert!(text.contains(",file=a ##\\[error]x ") && !text.contains("##[") && !text.contains("##vso["), "{text}");
    }

    #[test]
    fn a_region_of_several_lines_has_no_columns() {
        let source = std::sync::Arc::new(crate::text::source::Source::new("package.json", b"{\n}\n"));
        assert_eq!(region(&Place::new(&source, crate::text::source::Span::new(0, 3))), "line=1,endLine=2");
    }
}
