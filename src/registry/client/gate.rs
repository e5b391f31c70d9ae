//! What requests to one HTTP/2 server share. Before its next connection one goes ahead: connections break, servers end one after
//! so many requests, and everything that waits would open one of its own. And how many are under way follows from how much
//! they bring, so that the memory used does not grow with the answers.

use std::cell::Cell;

use tokio::sync::{Mutex, MutexGuard, Semaphore};

use crate::registry::failure::Failure;

/// How many packuments of an origin are decoded at a time. The others arrive meanwhile, but compressed.
const BODIES: usize = 8;
/// Requests at a time on one HTTP/2 connection: what RFC 9113 (6.5.2) recommends every server to take at least. One that takes
/// fewer says so, and the others wait their turn.
pub(super) const STREAMS: u32 = 100;
/// What all answers under way may come to, in bytes after decompression: as long as they wait they take about a quarter of it.
const UNDER_WAY: usize = 16 << 20;
/// The share of the next answer in what is expected of the one after it.
const WEIGHT: usize = 8;

/// The gate of one origin.
pub(super) struct Gate {
    /// One permit for each packument that may be decoded.
    pub(super) bodies: Semaphore,
    is_shut: Cell<bool>,
    /// How many connections were found to be over.
    over: Cell<u64>,
    /// How long answers have been lately, in bytes.
    usual: Cell<Option<usize>>,
    turn: Mutex<()>,
}

/// A request that went through.
pub(super) struct Pass<'g> {
    gate: &'g Gate,
    /// [`Gate::over`] when it did.
    over: u64,
    /// It goes ahead of the others.
    _turn: Option<MutexGuard<'g, ()>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            bodies: Semaphore::new(BODIES),
            is_shut: Cell::default(),
            over: Cell::default(),
            usual: Cell::default(),
            turn: Mutex::default(),
        }
    }
}

impl Gate {
    /// How many requests may be under way.
    pub(super) fn width(&self) -> usize {
        self.usual.get().map_or(STREAMS as usize, |usual| (UNDER_WAY / usual.max(1)).clamp(BODIES, STREAMS as usize))
    }

    /// A packument of so many bytes has arrived.
    pub(super) fn measure(&self, length: usize) {
        let usual = self.usual.get().map_or(length, |usual| usual - usual / WEIGHT + length / WEIGHT);
        self.usual.set(Some(usual));
    }

    /// Waits while another goes ahead.
    pub(super) async fn pass(&self) -> Pass<'_> {
        let turn = if self.is_shut.get() { Some(self.turn.lock().await) } else { None };
        let turn = turn.filter(|_| self.is_shut.get());
        Pass { gate: self, over: self.over.get(), _turn: turn }
    }

    /// The connection was found to be over.
    pub(super) fn shut(&self) {
        self.is_shut.set(true);
        self.over.set(self.over.get() + 1);
    }
}

impl Pass<'_> {
    /// What became of it tells whether the others may follow.
    pub(super) fn ended<T>(self, result: &Result<T, Failure>) {
        // Of a connection that is known to be over nothing more is learnt.
        if self.over != self.gate.over.get() {
            return;
        }
        match result {
            Ok(_) => self.gate.is_shut.set(false),
            Err(failure) if failure.unread || (failure.transient && !failure.origin_wide) => self.gate.shut(),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn unread() -> Result<(), Failure> {
        Err(Failure { unread: true, ..Failure::new("ECONNRESET", "") })
    }

    #[test]
    fn after_the_end_of_a_connection_one_goes_ahead() {
        let gate = Gate::default();
        let [first, second, third] = [(); 3].map(|()| now(gate.pass()).expect("it is open"));
        first.ended(&unread());
        let ahead = now(gate.pass()).expect("nobody else does");
        assert!(now(gate.pass()).is_none());
        second.ended(&unread());
        third.ended(&Ok(()));
        assert!(now(gate.pass()).is_none(), "what ends late on the old connection changes nothing");
        ahead.ended(&Ok(()));
        let both = [now(gate.pass()), now(gate.pass())];
        assert!(both.iter().all(Option::is_some));
    }

    #[test]
    fn the_longer_answers_are_the_fewer_are_under_way() {
        let gate = Gate::default();
        assert_eq!(gate.width(), 100);
        gate.measure(40 << 10);
        assert_eq!(gate.width(), 100);
        for _ in 0..100 {
            gate.measure(1 << 20);
        }
        assert_eq!(gate.width(), 16);
        gate.measure(1 << 30);
        assert_eq!(gate.width(), BODIES);
        for _ in 0..200 {
            gate.measure(0);
        }
        assert_eq!(gate.width(), 100);
    }

    #[test]
    fn when_the_one_ahead_fails_another_goes_ahead() {
        let gate = Gate::default();
        now(gate.pass()).expect("it is open").ended(&unread());
        for result in [unread(), Err(Failure::new("ECONNREFUSED", ""))] {
            let ahead = now(gate.pass()).expect("nobody else does");
            assert!(now(gate.pass()).is_none());
            ahead.ended(&result);
        }
        assert!(now(gate.pass()).is_some());
    }
}
