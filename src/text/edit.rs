//! Changes of a text that leave every other byte as it is: which of them go together, carried out, and shown as a unified diff.

use std::fmt::Write as _;
use std::ops::Range;

use crate::text::escape;
use crate::text::source::{Source, Span};

/// What takes the place of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The part, in bytes; an empty one is a place where something is put in.
    pub span: Span,
    /// What is there afterwards.
    pub text: String,
}

/// The changes that can be carried out at once, in the order of the text: of equal ones and of those that overlap the first.
pub fn together(text: &str, mut changes: Vec<Change>) -> Vec<Change> {
    changes.retain(|Change { span, .. }| text.get(span.start..span.end).is_some());
    changes.sort_unstable();
    let mut kept: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let is_apart = kept.last().is_none_or(|last| {
            change.span.start > last.span.end || (change.span.start == last.span.end && last.span.start < last.span.end)
        });
        if is_apart {
            kept.push(change);
        }
    }
    kept
}

/// The text after changes as [`together`] gives them.
pub fn apply(text: &str, changes: &[Change]) -> String {
    apply_within(text, 0..text.len(), changes)
}

/// The same for a part of the text, in which all of the changes are.
fn apply_within(text: &str, part: Range<usize>, changes: &[Change]) -> String {
    let mut out = String::with_capacity(part.len());
    let mut at = part.start;
    for Change { span, text: new } in changes {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(new);
        at = span.end;
    }
    out.push_str(text.get(at..part.end).unwrap_or_default());
    out
}

/// Lines around what changes.
const CONTEXT: usize = 3;

/// Lines that change, and what they become.
struct Block<'c> {
    lines: Range<usize>,
    changes: &'c [Change],
}

/// The changes as a unified diff, which `git apply` and `patch -p1` take; a secret in it is masked, and nothing in it is obeyed by a
/// terminal.
pub fn unified(source: &Source, changes: &[Change]) -> String {
    let text = source.text();
    let ends = text.match_indices('\n').map(|(at, _)| at + 1).chain((!text.ends_with('\n')).then_some(text.len()));
    let mut lines: Vec<Range<usize>> = Vec::new();
    for end in ends {
        lines.push(lines.last().map_or(0, |last| last.end)..end);
    }
    let line_of = |at: usize| lines.partition_point(|line| line.end <= at).min(lines.len().saturating_sub(1));
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut first = 0;
    for (number, change) in changes.iter().enumerate() {
        let touched = line_of(change.span.start)..line_of(change.span.end) + 1;
        if let Some(last) = blocks.last_mut().filter(|last| touched.start < last.lines.end) {
            last.lines.end = touched.end.max(last.lines.end);
        } else {
            first = number;
            blocks.push(Block { lines: touched, changes: &[] });
        }
        if let Some(last) = blocks.last_mut() {
            last.changes = changes.get(first..=number).unwrap_or_default();
        }
    }
    let path = escape::line(source.path());
    let mut diff = format!("--- a/{path}\n+++ b/{path}\n");
    let mut drift = 0_isize;
    for hunk in blocks.chunk_by(|left, right| right.lines.start <= left.lines.end + 2 * CONTEXT) {
        let (Some(head), Some(tail)) = (hunk.first(), hunk.last()) else { continue };
        let part = head.lines.start.saturating_sub(CONTEXT)..(tail.lines.end + CONTEXT).min(lines.len());
        let (mut body, mut new_lines, mut at) = (String::new(), 0_usize, part.start);
        let mut kept = |body: &mut String, range: Range<usize>| {
            for line in &lines[range] {
                show(body, ' ', &source.shown(Span::new(line.start, line.end)));
                new_lines += 1;
            }
        };
        let mut added = 0;
        for block in hunk {
            kept(&mut body, at..block.lines.start);
            for line in &lines[block.lines.clone()] {
                show(&mut body, '-', &source.shown(Span::new(line.start, line.end)));
            }
            let bytes = lines[block.lines.start].start..lines[block.lines.end - 1].end;
            let new = apply_within(text, bytes.clone(), block.changes);
            let hidden = moved(source, &bytes, block.changes);
            let new = Source::new("", new.as_bytes()).with_secrets(hidden);
            for line in new.shown(Span::new(0, new.text().len())).split_inclusive('\n') {
                show(&mut body, '+', line);
                added += 1;
            }
            at = block.lines.end;
        }
        kept(&mut body, at..part.end);
        new_lines += added;
        let start = (part.start + 1).saturating_add_signed(drift);
        let _ = write!(diff, "@@ -{},{} +{start},{new_lines} @@\n{body}", part.start + 1, part.len());
        drift += new_lines.cast_signed() - part.len().cast_signed();
    }
    escape::commands(&diff)
}

/// Where the secrets of a part of a text are after changes that leave them as they are, from the start of that part.
fn moved(source: &Source, part: &Range<usize>, changes: &[Change]) -> Vec<Span> {
    let secrets = source.secrets_in(Span::new(part.start, part.end));
    let kept = secrets.filter(|secret| {
        changes.iter().all(|Change { span, .. }| span.end <= secret.start || secret.end <= span.start)
    });
    kept.map(|secret| {
        let before = changes.iter().filter(|change| change.span.end <= secret.start);
        let start =
            before.fold(secret.start - part.start, |at, Change { span, text }| at + text.len() + span.start - span.end);
        Span::new(start, start + secret.end - secret.start)
    })
    .collect()
}

/// One line of a diff. A byte order mark, tabs and a carriage return stay what they are.
fn show(diff: &mut String, sign: char, line: &str) {
    let (text, end) = line.strip_suffix('\n').map_or((line, "\n\\ No newline at end of file\n"), |text| (text, "\n"));
    let (text, cr) = text.strip_suffix('\r').map_or((text, ""), |text| (text, "\r"));
    let (mark, text) = text.strip_prefix('\u{feff}').map_or(("", text), |text| ("\u{feff}", text));
    // A tab is no blank for the program that applies it.
    let parts: Vec<_> = text.split('\t').map(escape::line).collect();
    let _ = write!(diff, "{sign}{mark}{}{cr}{end}", parts.join("\t"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(start: usize, end: usize, text: &str) -> Change {
        Change { span: Span::new(start, end), text: text.to_owned() }
    }

    #[test]
    fn the_first_of_overlapping_or_equal_edits_is_applied() {
        let text = "0123456789";
        let changes =
            vec![change(4, 6, "x"), change(0, 2, "a"), change(5, 7, "y"), change(0, 2, "a"), change(99, 100, "z")];
        let kept = together(text, changes);
        assert_eq!(kept, [change(0, 2, "a"), change(4, 6, "x")]);
        assert_eq!(apply(text, &kept), "a23x6789");
        // Two that touch, and two things for one place.
        assert_eq!(apply(text, &together(text, vec![change(0, 2, "a"), change(2, 3, "b")])), "ab3456789");
        assert_eq!(together(text, vec![change(3, 3, "b"), change(3, 3, "a")]), [change(3, 3, "a")]);
    }

    #[test]
    fn an_edit_inside_a_character_is_ignored() {
        assert!(together("é", vec![change(1, 2, "x")]).is_empty());
    }

    fn numbered(lines: usize) -> String {
        (1..=lines).fold(String::new(), |text, number| text + &format!("line {number}\n"))
    }

    #[test]
    fn distant_edits_are_separate_hunks_with_shifted_line_numbers() {
        let text = numbered(40);
        let at = |line: &str| text.find(line).unwrap();
        let changes = [change(at("line 5\n"), at("line 5\n"), "new\nnew\n"), change(at("line 30"), at("line 31"), "")];
        let diff = unified(&Source::new("a/b.json", text.as_bytes()), &changes);
        let heads: Vec<&str> = diff.lines().filter(|line| line.starts_with("@@")).collect();
        assert_eq!(heads, ["@@ -2,7 +2,9 @@", "@@ -27,8 +29,7 @@"]);
        assert!(diff.starts_with("--- a/a/b.json\n+++ b/a/b.json\n@@"), "{diff}");
    }

    #[test]
    fn a_diff_shows_no_secret_and_no_terminal_command() {
        let text = "a\u{1b}[2J\n//h/:_authToken=npm_0123456789abcdefghijklmnopqrstuvwxyz\n::error::x";
        let at = text.find("npm_").unwrap();
        let diff = unified(&Source::new(".npmrc", text.as_bytes()), &[change(at, at + 40, "${NPM_TOKEN}")]);
        assert!(
            !diff.contains("npm_0123") && !diff.contains('\u{1b}') && diff.contains("+//h/:_authToken=${NPM_TOKEN}")
        );
        assert!(!diff.lines().any(|line| line.trim_start().starts_with("::")), "{diff}");
        assert!(diff.ends_with("\\ No newline at end of file\n"), "{diff}");
    }

    #[test]
    fn a_secret_beside_an_edit_stays_hidden() {
        let text = "a=1\n//h:_opaque=hunter2é hunter3\n";
        let secrets = ["hunter2é", "hunter3"].map(|secret| {
            let at = text.find(secret).unwrap();
            Span::new(at, at + secret.len())
        });
        let at = text.find("//h:").unwrap();
        let source = Source::new(".npmrc", text.as_bytes()).with_secrets(secrets.to_vec());
        let diff = unified(&source, &[change(0, 1, "bc"), change(at, at + 4, "//h/npm/:")]);
        assert!(!diff.contains("hunter") && diff.contains("+//h/npm/:_opaque=******** *******\n"), "{diff}");
    }

    #[test]
    fn carriage_returns_and_a_byte_order_mark_are_kept() {
        let text = "\u{feff}{\r\n  \"a\": 1\r\n}\r\n";
        let at = text.find('1').unwrap();
        let changes = [change(at, at + 1, "2")];
        assert_eq!(apply(text, &changes), text.replace('1', "2"));
        let diff = unified(&Source::new("x", text.as_bytes()), &changes);
        assert!(diff.contains(" \u{feff}{\r\n-  \"a\": 1\r\n+  \"a\": 2\r\n }\r\n"), "{diff:?}");
    }
}
