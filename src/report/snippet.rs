//! What of a file is quoted under a diagnostic: the lines in question with secrets masked and control characters
//! made visible, and the marked spans mapped onto that text. Masks and pictures keep the number of characters but not
//! of bytes, so the mapping goes by character. Of a long line the part around the mark is quoted, of many lines the first.

use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Element, Origin, Snippet};

use crate::rules::diagnostic::Diagnostic;
use crate::text::escape;
use crate::text::source::{Source, Span};

struct Mark<'a> {
    kind: AnnotationKind,
    span: Span,
    label: &'a str,
}

/// One snippet per file: the one with the diagnostic's place first.
pub(super) fn snippets(diagnostic: &Diagnostic) -> Vec<Element<'static>> {
    let primary = diagnostic.place.iter().map(|place| {
        (&place.source, Mark { kind: AnnotationKind::Primary, span: place.span, label: &diagnostic.label })
    });
    let context = diagnostic.related.iter().map(|related| {
        let mark = Mark { kind: AnnotationKind::Context, span: related.place.span, label: &related.message };
        (&related.place.source, mark)
    });
    let mut files: Vec<(&Arc<Source>, Vec<Mark<'_>>)> = Vec::new();
    for (source, mark) in primary.chain(context) {
        match files.iter_mut().find(|(known, _)| known.path() == source.path()) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((source, vec![mark])),
        }
    }
    files.into_iter().map(|(source, marks)| quote(source, &marks)).collect()
}

/// How many bytes of a line are quoted before and behind where a mark starts.
const AROUND: usize = 160;
/// How many bytes of a line are quoted at most.
const LINE: usize = 1000;
/// How many lines.
const LINES: usize = 20;

/// A line of the quotation.
struct Line {
    /// What is quoted of it.
    span: Span,
    /// Where it starts in the quotation.
    start: usize,
    /// Something of the line is left out before it.
    is_cut: bool,
}

fn quote(source: &Source, marks: &[Mark<'_>]) -> Element<'static> {
    let path = escape::line(source.path()).into_owned();
    if source.text().is_empty() {
        return Origin::path(path).into();
    }
    let lines = marks.iter().flat_map(|mark| [line_of(source, mark.span.start), line_of(source, mark.span.end)]);
    let (first, last) = lines.fold((usize::MAX, 0), |(first, last), line| (first.min(line), last.max(line)));
    let mut text = String::new();
    let mut quoted = Vec::new();
    for number in first..=last.min(first + LINES - 1) {
        let whole = source.line(number);
        let span = part(source, whole, marks);
        quoted.push(Line { span, start: text.len(), is_cut: whole.start < span.start });
        text.push_str(if whole.start < span.start { CUT } else { "" });
        text.extend(shown(source, span));
        text.push_str(if span.end < whole.end { CUT } else { "" });
        text.push('\n');
    }
    let annotations: Vec<Annotation<'static>> = marks
        .iter()
        .filter_map(|mark| {
            let start = place(source, &text, &quoted, mark.span.start);
            // It begins in a line that is left out.
            let is_quoted = line_of(source, mark.span.start) < first + LINES;
            let label = (!mark.label.is_empty()).then(|| escape::line(mark.label).into_owned());
            let end = place(source, &text, &quoted, mark.span.end).max(start);
            is_quoted.then(|| mark.kind.span(start..end).label(label))
        })
        .collect();
    Snippet::source(text).line_start(first).path(path).annotations(annotations).into()
}

/// What stands for the part of a line that is left out.
const CUT: &str = "…";

/// What is quoted of a line: all of it, or what is around the marks that start in it.
fn part(source: &Source, line: Span, marks: &[Mark<'_>]) -> Span {
    if line.end - line.start <= LINE {
        return line;
    }
    let starts = marks.iter().map(|mark| mark.span.start).filter(|start| (line.start..=line.end).contains(start));
    let mut around = starts.clone().min().unwrap_or(line.start)..starts.max().unwrap_or(line.start);
    around.end = around.end.min(around.start + LINE - 2 * AROUND);
    let start = source.tail(Span::new(line.start, around.start), AROUND).start;
    Span::new(start, source.head(Span::new(around.end, line.end), AROUND).end)
}

/// Where an offset of the file is in the quotation; what is left out is at its edge.
fn place(source: &Source, text: &str, quoted: &[Line], offset: usize) -> usize {
    let next = quoted.partition_point(|line| line.span.start <= offset);
    let Some(line) = quoted.get(next.saturating_sub(1)) else { return text.len() };
    let start = line.start + if line.is_cut { CUT.len() } else { 0 };
    let end = source.head(Span::new(line.span.start, line.span.end), offset.saturating_sub(line.span.start)).end;
    let before = source.text()[line.span.start..end].trim_start_matches('\u{feff}').chars().count();
    let line = text[start..].split('\n').next().unwrap_or_default();
    start + line.char_indices().nth(before).map_or(line.len(), |(at, _)| at)
}

fn line_of(source: &Source, offset: usize) -> usize {
    source.position(offset).line
}

/// A part of a line as it may be shown, with as many characters as it has but for a byte order mark; tabs stay.
fn shown(source: &Source, part: Span) -> Vec<char> {
    let shown = source.shown(part);
    let shown = shown.trim_start_matches('\u{feff}');
    shown.chars().map(|character| if character == '\t' { '\t' } else { escape::visible(character) }).collect()
}

#[cfg(test)]
mod tests {
    use annotate_snippets::{Level, Renderer};

    use super::*;
    use crate::text::source::Place;

    fn drawn(text: &str, span: Span) -> String {
        let source = Arc::new(Source::new("package.json", text.as_bytes()));
        let rule = &crate::rules::version_published::RULE;
        let diagnostic = Diagnostic::new(rule, "m", "w", "h").at(Place::new(&source, span), "here");
        let group = Level::ERROR.primary_title("m").elements(snippets(&diagnostic));
        Renderer::plain().term_width(2000).render(&[group])
    }

    #[test]
    fn a_long_line_is_quoted_around_the_marked_part() {
        let text = format!("{{\"a\": \"{}\", \"name\": 5, \"b\": \"{}\"}}", "é".repeat(50_000), "x".repeat(50_000));
        let at = text.find('5').unwrap();
        let drawn = drawn(&text, Span::new(at, at + 1));
        let quoted: Vec<&str> = drawn.lines().skip_while(|line| !line.starts_with("1 |")).collect();
        assert!(quoted[0].chars().count() < 500, "{drawn}");
        let caret = quoted[1].chars().position(|character| character == '^').unwrap();
        assert_eq!(quoted[0].chars().nth(caret), Some('5'), "{drawn}");
        assert!(quoted[0].contains("\"name\": 5") && quoted[0].ends_with('…'), "{drawn}");
    }

    #[test]
    fn a_span_over_many_lines_or_a_long_line_is_cut() {
        let lines = "x\n".repeat(100_000);
        assert!(drawn(&lines, Span::new(2, lines.len())).lines().count() < 40);
        let line = "x".repeat(1_000_000);
        assert!(drawn(&line, Span::new(0, line.len())).len() < 3000);
        assert!(drawn(&line, Span::new(500_000, line.len())).len() < 3000);
    }
}
