//! Puts lines together again that a window of a fixed width has broken: a log that was copied from one has rows of that width, and
//! none is wider.

use std::borrow::Cow;

use super::decoration::bare;

/// The widths in columns that windows have.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=250;
/// The widths that most windows have: a single row of one of them says that it is one.
const USUAL: [usize; 8] = [72, 80, 100, 120, 132, 140, 160, 200];

/// The text with its lines whole. `begins` says whether a row after another is the beginning of a line that somebody knows.
pub(super) fn unwrapped(text: &str, begins: impl Fn(&str, &str) -> bool) -> Cow<'_, str> {
    let Some(width) = width(text) else { return Cow::Borrowed(text) };
    let mut whole = String::with_capacity(text.len() + 1);
    let mut full: Option<&str> = None;
    for row in text.lines() {
        // A line that ends with a blank was going to go on.
        let is_begun = |before: &str| !before.ends_with(' ') && begins(before, row);
        let is_rest = full.is_some_and(|before| goes_on(before, row) && !is_begun(before));
        if !is_rest && !whole.is_empty() {
            whole.push('\n');
        }
        whole.push_str(row);
        full = is_full(row, width).then_some(row);
    }
    Cow::Owned(whole)
}

/// The width of the window; `None`: no row says that there was one.
fn width(text: &str) -> Option<usize> {
    let (mut width, mut rows) = (0, 0);
    for row in text.lines() {
        // A row with no more bytes than that has no more characters.
        if row.len() < width {
            continue;
        }
        let columns = row.chars().count();
        if columns > *WIDTHS.end() {
            return None;
        }
        if columns > width {
            (width, rows) = (columns, 0);
        }
        rows += usize::from(columns == width && has_text(row));
    }
    (WIDTHS.contains(&width) && (rows > 1 || rows == 1 && USUAL.contains(&width))).then_some(width)
}

/// Whether a row of text ends where the window does.
fn is_full(row: &str, width: usize) -> bool {
    row.len() >= width && row.chars().count() == width && has_text(row)
}

/// Whether a row is more than a line that is drawn.
fn has_text(row: &str) -> bool {
    row.contains(|char: char| char.is_ascii_alphanumeric())
}

/// Whether a row may be the rest of the one before it.
fn goes_on(before: &str, row: &str) -> bool {
    let text = row.trim();
    // A CI system puts its time before a line, and not before the rows into which a window breaks it.
    if text.is_empty() || bare(text) != text {
        return false;
    }
    // Behind a URL a client says why, or how long it took, or it has put all of it in quotes.
    let Some(url) = before.split_whitespace().next_back().filter(|word| word.contains("://")) else { return true };
    let is_end = |(_, rest): (&str, &str)| rest.starts_with("- ") || rest.ends_with("ms");
    url.starts_with('"') || row.starts_with([' ', '-']) || row.split_once(' ').is_none_or(is_end)
}
