//! Shows on standard error the progress of a long run: on a terminal by one line, which is
//! gone before there is a report; the log of a CI job by a plain line now and then; nowhere else. A run that is quicker than that
//! starts nothing and asks the terminal nothing.

mod frame;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::rc::Rc;
use std::time::{Duration, Instant};

use url::Url;

use crate::facts::Question;
use crate::project::ci;
use crate::project::world::World;
use crate::text::escape;
use crate::text::redact::Scrubber;
use frame::Drawn;

/// When lines are shown.
#[derive(Clone, Copy)]
struct Pace {
    /// After the first question.
    first: Duration,
    /// After each time.
    then: Duration,
}

const TERMINAL: Pace = Pace { first: Duration::from_millis(500), then: Duration::from_millis(100) };
const LOG: Pace = Pace { first: Duration::from_secs(5), then: Duration::from_secs(5) };

/// Questions that were put together.
#[derive(Clone)]
pub(super) struct Open(Rc<RefCell<Round>>);

struct Round {
    waiting: BTreeSet<Question>,
    /// Answers of the whole run.
    answered: usize,
    /// Questions of the whole run.
    asked: usize,
}

impl Open {
    /// A question is waited for no longer, with an answer or until it is put again.
    pub(super) fn close(&self, question: &Question, is_answered: bool) {
        let mut round = self.0.borrow_mut();
        round.waiting.remove(question);
        round.answered += usize::from(is_answered);
    }

    /// `3 of 7 answers, waiting for npm.corp.test (the package and 2 other requests)`; `None`: for nothing.
    fn line(&self) -> Option<String> {
        let round = self.0.borrow();
        let first = round.waiting.first()?;
        let host = host(first);
        let hosts: Vec<String> = round.waiting.iter().map(self::host).collect();
        let more = match hosts.iter().filter(|other| **other == host).count() {
            0 | 1 => String::new(),
            2 => " and 1 other request".to_owned(),
            all => format!(" and {} other requests", all - 1),
        };
        let elsewhere = match hosts.into_iter().collect::<BTreeSet<_>>().len() {
            0 | 1 => String::new(),
            2 => " and 1 other registry".to_owned(),
            all => format!(" and {} other registries", all - 1),
        };
        let Round { answered, asked, .. } = *round;
        let line = format!("{answered} of {asked} answers, waiting for {host} ({}{more}){elsewhere}", first.ask.noun());
        Some(escape::commands(&escape::line(&line)))
    }
}

fn host(question: &Question) -> String {
    let host = Url::parse(question.registry.trim()).map(|url| crate::npm::nerf_dart::host(&url)).unwrap_or_default();
    if host.is_empty() { "a registry".to_owned() } else { host }
}

/// Who sees the progress.
enum Listener<'a> {
    Nobody,
    Terminal { err: &'a mut dyn Write, width: fn() -> Option<u16>, drawn: Option<Drawn> },
    Log(&'a mut dyn Write),
}

/// How far a run is, and who sees it; the line on a terminal is erased when this is dropped.
pub struct Progress<'a> {
    listener: Listener<'a>,
    pace: Pace,
    /// When the next line is due.
    next: Option<Instant>,
    asked: usize,
}

impl<'a> Progress<'a> {
    /// `err`: standard error.
    pub fn new(world: &World, quiet: bool, err: &'a mut dyn Write) -> Self {
        let can_erase = world.stderr_is_terminal && world.filled_var("TERM").is_some_and(|term| term != "dumb");
        if quiet {
            Self::silent()
        } else if ci::is_ci(world) {
            // Some CI systems give their jobs a terminal, and keep what is written to it as a log all the same.
            Self::with(Listener::Log(err), LOG)
        } else if can_erase {
            Self::with(Listener::Terminal { err, width: world.stderr_width, drawn: None }, TERMINAL)
        } else {
            Self::silent()
        }
    }

    /// Shows nothing.
    pub fn silent() -> Self {
        Self::with(Listener::Nobody, LOG)
    }

    fn with(listener: Listener<'a>, pace: Pace) -> Self {
        Self { listener, pace, next: None, asked: 0 }
    }

    /// Adds this many new questions.
    pub(super) fn expect(&mut self, questions: usize) {
        self.asked += questions;
        if self.next.is_none() && !matches!(self.listener, Listener::Nobody) {
            self.next = Some(Instant::now() + self.pace.first);
        }
    }

    /// These are put now, some of them perhaps again; all others that were expected have their answers.
    pub(super) fn put(&self, questions: &[Question]) -> Open {
        let waiting: BTreeSet<Question> = questions.iter().cloned().collect();
        let answered = self.asked.saturating_sub(waiting.len());
        Open(Rc::new(RefCell::new(Round { waiting, answered, asked: self.asked })))
    }

    /// Waits until the next line is due, perhaps forever.
    pub(super) async fn due(&self) {
        match self.next {
            Some(next) => tokio::time::sleep_until(next.into()).await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn update(&mut self, open: &Open, scrubber: &Scrubber) {
        self.next = Some(Instant::now() + self.pace.then);
        let Some(line) = open.line().map(|line| scrubber.hide(&line)) else { return };
        match &mut self.listener {
            Listener::Nobody => {}
            Listener::Terminal { err, width, drawn } => {
                drawn.get_or_insert_with(|| Drawn::new(*width)).show(&line, *err);
            }
            Listener::Log(err) => crate::text::stderr::complain(*err, scrubber, &line),
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Listener::Terminal { err, drawn: Some(drawn), .. } = &mut self.listener {
            drawn.erase(*err);
        }
    }
}

#[cfg(test)]
mod tests;
