//! TODO

use super::{Run, Style};

/// The report.
pub fn render(run: Run<'_>, style: Style) -> String {
    let _ = (run, style);
    String::new()
}
