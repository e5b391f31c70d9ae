//! What of a file is quoted under a diagnostic: the lines in question with secrets masked and control characters
//! made visible, and the marked spans mapped onto that text. Masks and pictures keep the number of characters but not
//! of bytes, so the mapping goes by line and column.

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

fn quote(source: &Source, marks: &[Mark<'_>]) -> Element<'static> {
    let path = escape::line(source.path()).into_owned();
    if source.text().is_empty() {
        return Origin::path(path).into();
    }
    let lines = marks.iter().flat_map(|mark| [line_of(source, mark.span.start), line_of(source, mark.span.end)]);
    let (first, last) = lines.fold((usize::MAX, 0), |(first, last), line| (first.min(line), last.max(line)));
    let mut text = String::new();
    let mut starts = Vec::new();
    for line in first..=last {
        starts.push(text.len());
        text.extend(shown_line(source, line));
        text.push('\n');
    }
    let offset = |offset: usize| {
        let position = source.position(offset);
        let start = starts.get(position.line - first).copied().unwrap_or(text.len());
        let line = text[start..].split('\n').next().unwrap_or_default();
        start + line.char_indices().nth(position.column - 1).map_or(line.len(), |(at, _)| at)
    };
    let annotations: Vec<Annotation<'static>> = marks
        .iter()
        .map(|mark| {
            let start = offset(mark.span.start);
            let label = (!mark.label.is_empty()).then(|| escape::line(mark.label).into_owned());
            mark.kind.span(start..offset(mark.span.end).max(start)).label(label)
        })
        .collect();
    Snippet::source(text).line_start(first).path(path).annotations(annotations).into()
}

fn line_of(source: &Source, offset: usize) -> usize {
    source.position(offset).line
}

/// A line as it may be shown, with as many characters as [`Source::position`] counts; tabs stay.
fn shown_line(source: &Source, line: usize) -> Vec<char> {
    let shown = source.shown(source.line(line));
    let shown = shown.trim_start_matches('\u{feff}');
    shown.chars().map(|character| if character == '\t' { '\t' } else { escape::visible(character) }).collect()
}
