//! TODO

use super::Run;

/// The report.
pub fn render(run: Run<'_>) -> String {
    let _ = run;
    String::new()
}
