//! What a run does besides its report, on standard error: which files it reads, what it asks of registries, which rules it
//! leaves out. Off unless `--verbose` or `NPM_PREFLIGHT_LOG` asks for it.

use std::io::{self, Write};
use std::sync::Arc;

use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;

use super::Stop;
use crate::project::world::World;
use crate::text::escape;
use crate::text::redact::Scrubber;

/// The variable that turns the log on: `debug`, or targets as in `npm_preflight::registry=debug`.
pub(super) const VARIABLE: &str = "NPM_PREFLIGHT_LOG";

/// What receives the events of this run; `None`: nobody asked for them. `known`: secrets that may be a part of a path.
///
/// # Errors
/// When the variable holds something that is no level and no list of targets.
pub(super) fn receiver(world: &World, verbose: bool, known: &Scrubber) -> Result<Option<Dispatch>, Stop> {
    let filter = match world.filled_var(VARIABLE) {
        Some(text) => {
            let unusable = |_| Stop::Log { value: escape::line(text).into_owned() };
            text.parse::<Targets>().map_err(unusable)?
        }
        None if verbose => Targets::new().with_target("npm_preflight", LevelFilter::DEBUG),
        None => return Ok(None),
    };
    let lines =
        fmt::layer().with_writer(Lines(Arc::new(known.clone()))).with_ansi(false).without_time().with_target(false);
    // Libraries log what they send, credentials among it.
    let ours = Targets::new().with_target("npm_preflight", LevelFilter::TRACE);
    Ok(Some(Dispatch::new(tracing_subscriber::registry().with(lines.with_filter(filter).with_filter(ours)))))
}

/// Standard error, to which one line at a time is written, without the secrets that are known.
#[derive(Clone)]
struct Lines(Arc<Scrubber>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    /// The whole of one event.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = escape::line(text.trim_end()).into_owned();
        io::stderr().lock().write_all(escape::commands(&format!("{}\n", self.0.hide(&text))).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
