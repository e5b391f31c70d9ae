//! How many requests to an origin are under way at a time: more as soon as it turns out to speak HTTP/2, fewer while its
//! answers are long.

use std::cell::Cell;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The requests of one origin that may be under way at a time.
pub(super) struct RequestSlots {
    /// One permit for each request that may be under way and is not.
    free: Semaphore,
    /// How many permits there are, taken or free.
    width: Cell<usize>,
}

impl RequestSlots {
    pub(super) fn new(width: usize) -> Self {
        Self { free: Semaphore::new(width), width: Cell::new(width) }
    }

    /// `None` never comes to pass: nothing closes the semaphore.
    pub(super) async fn take(&self) -> Option<SemaphorePermit<'_>> {
        self.free.acquire().await.ok()
    }

    /// More may be under way, if it is more.
    pub(super) fn widen(&self, width: usize) {
        if let Some(more) = width.checked_sub(self.width.get()) {
            self.free.add_permits(more);
            self.width.set(width);
        }
    }

    /// Another request may take this slot, unless fewer are to be under way.
    pub(super) fn give_back(&self, slot: SemaphorePermit<'_>, width: usize) {
        if width < self.width.get() {
            slot.forget();
            self.width.set(self.width.get() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_shrinks_as_permits_return_and_grows_at_once() {
        let slots = RequestSlots::new(10);
        let mut taken: Vec<_> = (0..6).map(|_| slots.free.try_acquire().unwrap()).collect();
        for _ in 0..4 {
            slots.give_back(taken.pop().unwrap(), 8);
        }
        assert_eq!((slots.width.get(), slots.free.available_permits(), taken.len()), (8, 6, 2));
        slots.widen(3);
        assert_eq!(slots.width.get(), 8, "what is under way stays so");
        slots.widen(12);
        assert_eq!((slots.width.get(), slots.free.available_permits()), (12, 10));
        drop(taken);
        assert_eq!(slots.free.available_permits(), 12);
    }
}
