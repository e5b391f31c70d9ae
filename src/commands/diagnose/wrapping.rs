//! Puts lines together again that a window of a fixed width has broken: a log that was copied from one has a row of that width, and
//! none is wider.

use std::borrow::Cow;

use super::decoration::{bare, strip_outermost};

/// The widths in columns that windows have.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=250;

/// The text with its lines whole. `begins` says whether a row after another is the beginning of a line that somebody knows.
pub(super) fn unwrapped(text: &str, begins: impl Fn(&str, &str) -> bool) -> Cow<'_, str> {
    let columns = |row: &str| row.chars().count();
    let mut width = 0;
    for row in text.lines() {
        // A row with no more bytes than that has no more characters.
        if row.len() > width {
            width = width.max(columns(row));
        }
        if width > *WIDTHS.end() {
            return Cow::Borrowed(text);
        }
    }
    if !WIDTHS.contains(&width) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len() + 1);
    let mut full: Option<&str> = None;
    for row in text.lines() {
        let before = full.filter(|before| !row.trim().is_empty() && !begins(before, row));
        if let Some(before) = before {
            whole.push_str(rest(before, row));
        } else {
            if !whole.is_empty() {
                whole.push('\n');
            }
            whole.push_str(row);
        }
        full = (row.len() >= width && columns(row) == width).then_some(row);
    }
    Cow::Owned(whole)
}

/// What of a line stands in a row, without what a CI system or a task runner puts before each row.
fn rest<'a>(before: &str, row: &'a str) -> &'a str {
    let row = row.trim_end();
    let (mut above, mut text) = (bare(before), bare(row));
    while let (Some(next_above), Some(next)) = (strip_outermost(above), strip_outermost(text)) {
        let label = text.strip_suffix(next);
        if label.is_none() || label != above.strip_suffix(next_above) {
            break;
        }
        (above, text) = (next_above, next);
    }
    // A space between two words may stand where the row begins; the one after a label is the label's.
    let decoration = row.strip_suffix(text).unwrap_or_default();
    let spaces = decoration.len() - decoration.trim_end().len();
    let own = if spaces < decoration.len() { spaces.saturating_sub(1) } else { spaces };
    &row[row.len() - text.len() - own..]
}
