//! Lines on standard error, besides the report.

use std::fmt::Display;
use std::io::Write;

use super::redact::Scrubber;
use super::{escape, shorten};

/// Writes one line without secrets and control characters. What cannot be written there cannot be said anywhere.
pub fn complain(err: &mut dyn Write, scrubber: &Scrubber, text: &dyn Display) {
    let text = scrubber.hide(&text.to_string());
    let text = shorten::text(&text);
    drop(err.write_all(escape::commands(&format!("npm-preflight: {}\n", escape::line(&text))).as_bytes()));
}
