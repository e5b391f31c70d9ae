//! One line on a terminal that says what is being asked when that takes longer than one likes to wait, and that is
//! gone when the answers are there. Reports and logs never hold it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::rc::Rc;

use url::Url;

use super::{Question, credential};
use crate::world::World;

/// A line that wraps cannot be erased; no terminal is narrower.
const WIDTH: usize = 79;

/// The questions on their way.
#[derive(Clone)]
pub(super) struct Open(Rc<RefCell<BTreeSet<Question>>>);

impl Open {
    pub(super) fn new(questions: &[Question]) -> Self {
        Self(Rc::new(RefCell::new(questions.iter().cloned().collect())))
    }

    pub(super) fn close(&self, question: &Question) {
        self.0.borrow_mut().remove(question);
    }

    /// `asking npm.corp.test for the packument and 2 other things`; `None`: nothing.
    fn line(&self) -> Option<String> {
        let open = self.0.borrow();
        let first = open.first()?;
        let host =
            Url::parse(first.registry.trim()).map_or_else(|_| "a registry".to_owned(), |url| credential::host(&url));
        let more = match open.len() - 1 {
            0 => String::new(),
            1 => " and one other thing".to_owned(),
            more => format!(" and {more} other things"),
        };
        let line = format!("asking {host} for {}{more}", first.ask.noun());
        Some(line.chars().filter(|char| !char.is_control()).take(WIDTH).collect())
    }
}

/// Where the line goes, if anywhere.
pub struct Progress<'a> {
    terminal: Option<&'a mut dyn Write>,
    shown: bool,
}

impl<'a> Progress<'a> {
    /// `err`: standard error. Only a person at a terminal that can erase a line is told.
    pub fn new(world: &World, quiet: bool, err: &'a mut dyn Write) -> Self {
        let can_erase = world.stderr_is_terminal && world.filled_var("TERM").is_some_and(|term| term != "dumb");
        let told = can_erase && !quiet && world.filled_var("CI").is_none();
        Self { terminal: told.then_some(err), shown: false }
    }

    /// Nobody is told anything.
    pub fn silent() -> Self {
        Self { terminal: None, shown: false }
    }

    pub(super) fn show(&mut self, open: &Open) {
        if let (Some(terminal), Some(line)) = (&mut self.terminal, open.line()) {
            self.shown = write!(terminal, "\r\x1b[2K{line}").and_then(|()| terminal.flush()).is_ok();
        }
    }

    pub(super) fn clear(&mut self) {
        if let Some(terminal) = self.terminal.as_mut().filter(|_| self.shown) {
            // A terminal that is gone needs no clean line.
            drop(write!(terminal, "\r\x1b[2K").and_then(|()| terminal.flush()));
            self.shown = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Ask;

    fn open() -> Open {
        let question = |ask| Question {
            ask,
            registry: "https://user:hunter2@h.test:8443/npm/".to_owned(),
            subject: "p".to_owned(),
            credential: None,
        };
        Open::new(&[question(Ask::Packument), question(Ask::Whoami), question(Ask::Ping)])
    }

    fn shown(change: impl FnOnce(&mut World), quiet: bool) -> String {
        let mut world = World::memory(&[], &[("TERM", "xterm")]);
        world.stderr_is_terminal = true;
        change(&mut world);
        let mut err = Vec::new();
        let mut progress = Progress::new(&world, quiet, &mut err);
        progress.show(&open());
        progress.clear();
        progress.clear();
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn the_line_names_what_is_open_and_is_erased() {
        let line = "asking h.test:8443 for the packument and 2 other things";
        assert_eq!(shown(|_| {}, false), format!("\r\x1b[2K{line}\r\x1b[2K"));
        let rest = open();
        let all = rest.0.borrow().clone();
        for question in all.iter().skip(1) {
            rest.close(question);
        }
        assert_eq!(rest.line().as_deref(), Some("asking h.test:8443 for the packument"));
    }

    #[test]
    fn only_a_person_at_a_terminal_is_told() {
        assert_eq!(shown(|world| world.stderr_is_terminal = false, false), "");
        assert_eq!(shown(|_| {}, true), "");
        for (name, value) in [("CI", "true"), ("TERM", "dumb"), ("TERM", "")] {
            let set = |world: &mut World| drop(world.env.insert(name.to_owned(), value.to_owned()));
            assert_eq!(shown(set, false), "", "{name}={value}");
        }
    }
}
