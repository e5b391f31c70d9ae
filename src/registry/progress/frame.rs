//! The line on a terminal, drawn over itself. What is drawn goes to standard error in one piece, so that no terminal shows
//! half a line.

use std::io::Write;
use std::iter::Cycle;
use std::str::Chars;

/// If the terminal's width is unknown.
const WIDTH: u16 = 80;

/// Goes to the start of the row and empties it.
const ERASE: &str = "\r\x1b[2K";

/// What shows that the program is alive while the numbers stand still.
const SPINNER: &str = "\\|/-";

/// A line that is drawn again and again.
pub(super) struct Drawn {
    width: fn() -> Option<u16>,
    spinner: Cycle<Chars<'static>>,
    is_there: bool,
}

impl Drawn {
    /// `width`: the terminal's columns.
    pub(super) fn new(width: fn() -> Option<u16>) -> Self {
        Self { width, spinner: SPINNER.chars().cycle(), is_there: false }
    }

    /// Draws the line, cut to the terminal's width, over what is there.
    pub(super) fn show(&mut self, line: &str, err: &mut dyn Write) {
        // One column stays free: at the very edge terminals differ in where the cursor is.
        let columns = (self.width)().filter(|width| *width > 2).unwrap_or(WIDTH) - 1;
        let row = self.spinner.next().into_iter().chain([' ']).chain(line.chars());
        let row: String = row.take(columns.into()).collect();
        let before = if self.is_there { ERASE } else { "" };
        self.is_there = true;
        send(&format!("{before}{}", row.trim_end()), err);
    }

    pub(super) fn erase(&mut self, err: &mut dyn Write) {
        if std::mem::take(&mut self.is_there) {
            send(ERASE, err);
        }
    }
}

fn send(text: &str, err: &mut dyn Write) {
    // A terminal that is gone needs no line.
    drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
}
