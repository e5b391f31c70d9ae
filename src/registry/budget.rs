//! How much memory the answers of a run may take, all of them together: what is kept of them, and what is needed while
//! they are read. A hostile registry decides how much it sends; it must not decide how much memory the run uses.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// For one run, in bytes: a hundred thousand versions with their times fit in, and so do the versions of a workspace
/// of thousands of packages.
const WHOLE_RUN: usize = 64 << 20;
/// What an entry of a map or list takes besides its text, in bytes: rather too much than too little.
pub(super) const ENTRY: usize = 128;

/// What is left for a run's answers. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<AtomicUsize>);

impl Default for Budget {
    fn default() -> Self {
        Self::of(WHOLE_RUN)
    }
}

impl Budget {
    /// With this many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes this many bytes for the rest of the run. `false`: there are not enough left.
    #[must_use]
    pub(super) fn keep(&self, bytes: usize) -> bool {
        let take = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Nothing yet, for the time that something takes.
    pub(super) fn share(&self) -> Share {
        Share { budget: self.clone(), taken: Cell::new(0), is_refused: Cell::new(false) }
    }
}

/// A part of the budget that is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Budget,
    taken: Cell<usize>,
    is_refused: Cell<bool>,
}

impl Share {
    /// Takes this many more bytes. `false`: there are not enough left.
    #[must_use]
    pub(super) fn take(&self, bytes: usize) -> bool {
        let is_there = self.budget.keep(bytes);
        if is_there {
            self.taken.set(self.taken.get() + bytes);
        } else {
            self.is_refused.set(true);
        }
        is_there
    }

    /// Whether there was too little left once.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.get()
    }

    /// Reads something that is not kept, and gives back what that took.
    pub(super) fn lend<T>(&self, read: impl FnOnce() -> T) -> T {
        let before = self.taken.get();
        let value = read();
        self.give_back(self.taken.get().saturating_sub(before));
        value
    }

    fn give_back(&self, bytes: usize) {
        self.budget.0.fetch_add(bytes, Ordering::Relaxed);
        self.taken.set(self.taken.get() - bytes);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.taken.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shares_together_stay_within_the_budget() {
        let budget = Budget::of(100);
        let (one, other) = (budget.share(), budget.share());
        assert!(one.take(60) && !other.take(50) && other.take(40));
        assert!(other.is_refused() && !one.is_refused());
        drop(one);
        assert!(budget.keep(60) && !budget.keep(1), "what is kept is not given back");
        drop(other);
        assert!(budget.keep(40));
    }

    #[test]
    fn borrowed_memory_is_returned() {
        let budget = Budget::of(100);
        let share = budget.share();
        assert!(share.take(10));
        assert!(share.lend(|| share.take(90)));
        assert!(budget.keep(90) && !budget.keep(1));
    }
}
