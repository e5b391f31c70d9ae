//! The line on a terminal. indicatif draws into memory, and what it drew goes to standard error in one piece: the run's
//! standard error stays the one that was handed in, and no terminal shows half a line.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

/// Where the terminal does not tell how wide it is.
const WIDTH: u16 = 80;

/// A line that is drawn again and again.
pub(super) struct Drawn {
    bar: ProgressBar,
    frame: Frame,
}

impl Drawn {
    /// `width`: the terminal's columns.
    pub(super) fn new(width: fn() -> Option<u16>) -> Self {
        let frame = Frame { bytes: Arc::default(), width };
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(Box::new(frame.clone())));
        // What shows that the program is alive while the numbers stand still; the last one is never drawn.
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()).tick_chars("-\\|/ "));
        Self { bar, frame }
    }

    /// Draws the line, cut to the terminal's width, over what is there.
    pub(super) fn show(&mut self, line: String, err: &mut dyn Write) {
        self.bar.clone().with_message(line).tick();
        self.frame.send(err);
    }

    pub(super) fn erase(&mut self, err: &mut dyn Write) {
        self.bar.finish_and_clear();
        self.frame.send(err);
    }
}

/// What was drawn and not yet sent.
#[derive(Clone, Debug)]
struct Frame {
    bytes: Arc<Mutex<Vec<u8>>>,
    width: fn() -> Option<u16>,
}

impl Frame {
    fn add(&self, text: &str) -> io::Result<()> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())
    }

    fn step(&self, count: usize, direction: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { self.add(&format!("\x1b[{count}{direction}")) }
    }

    fn send(&self, err: &mut dyn Write) {
        let bytes = std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner));
        // A terminal that is gone needs no line.
        drop(err.write_all(&bytes).and_then(|()| err.flush()));
    }
}

impl TermLike for Frame {
    /// One column stays free: at the very edge terminals differ in where the cursor is.
    fn width(&self) -> u16 {
        (self.width)().filter(|width| *width > 2).unwrap_or(WIDTH) - 1
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.step(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.step(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.step(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.step(n, 'D')
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.add(s)?;
        self.add("\r\n")
    }

    /// Without the blanks that indicatif fills the row with: they would wrap when the window becomes narrower.
    fn write_str(&self, s: &str) -> io::Result<()> {
        self.add(s.trim_end())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
