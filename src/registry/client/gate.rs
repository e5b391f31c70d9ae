//! How many requests to an origin are under way, which follows from how much they bring, so that the memory used does not
//! grow with the answers.

use std::cell::Cell;

use tokio::sync::Semaphore;

/// How many packuments of an origin are read at a time. The others wait in the windows of their streams.
const BODIES: usize = 8;
/// Requests at a time on one HTTP/2 connection: what RFC 9113 (6.5.2) recommends every server to take at least. One that takes
/// fewer says so, and the others wait their turn.
pub(super) const STREAMS: u32 = 100;
/// What all answers under way may come to, in bytes as they are sent.
const UNDER_WAY: usize = 6 << 20;
/// The share of the next answer in what is expected of the one after it.
const WEIGHT: usize = 8;

/// The gate of one origin.
pub(super) struct Gate {
    /// One permit for each packument that may be decoded.
    pub(super) bodies: Semaphore,
    /// How long answers have been lately, in bytes.
    usual: Cell<Option<usize>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { bodies: Semaphore::new(BODIES), usual: Cell::default() }
    }
}

impl Gate {
    /// How many requests may be under way in HTTP/2.
    pub(super) fn width(&self) -> usize {
        self.usual.get().map_or(STREAMS as usize, |usual| (UNDER_WAY / usual.max(1)).clamp(BODIES, STREAMS as usize))
    }

    /// A packument of this many bytes, as it was sent, has arrived.
    pub(super) fn measure(&self, length: usize) {
        let usual = self.usual.get().map_or(length, |usual| usual - usual / WEIGHT + length / WEIGHT);
        self.usual.set(Some(usual));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_responses_lower_the_concurrency() {
        let gate = Gate::default();
        assert_eq!(gate.width(), 100);
        gate.measure(40 << 10);
        assert_eq!(gate.width(), 100);
        for _ in 0..100 {
            gate.measure(256 << 10);
        }
        assert_eq!(gate.width(), 24);
        gate.measure(1 << 30);
        assert_eq!(gate.width(), BODIES);
        for _ in 0..200 {
            gate.measure(0);
        }
        assert_eq!(gate.width(), 100);
    }
}
