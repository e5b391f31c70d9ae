//! Before an HTTP/2 server's next connection: connections break, servers end one after so many requests, and everything that
//! waits would open one of its own. One request goes ahead; the others follow it on the connection that it opened.

use std::cell::Cell;

use tokio::sync::{Mutex, MutexGuard, Semaphore};

use crate::registry::failure::Failure;

/// How many packuments of an origin are decoded at a time. The others arrive meanwhile, but compressed.
const BODIES: usize = 8;

/// The gate of one origin.
pub(super) struct Gate {
    /// One permit for each packument that may be decoded.
    pub(super) bodies: Semaphore,
    is_shut: Cell<bool>,
    /// How many connections were found to be over.
    over: Cell<u64>,
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
        Self { bodies: Semaphore::new(BODIES), is_shut: Cell::default(), over: Cell::default(), turn: Mutex::default() }
    }
}

impl Gate {
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
