//! Progress of a long call: a count that others can read, and a wish to stop that it obeys.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The call was stopped because somebody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the calculation was cancelled")]
pub struct Cancelled;

/// Shared between the thread that computes and the one that watches.
///
/// The unit of the count is the task's own (slabs, chunks, files); `total` is set before work begins.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// A progress that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds units of work that are to come.
    pub fn expect_units(&self, units: u64) {
        self.total.fetch_add(units, Ordering::Relaxed);
    }

    /// Counts one unit as done.
    ///
    /// # Errors
    /// [`Cancelled`] when a stop was asked for; the caller gives up its work.
    pub fn advance(&self) -> Result<(), Cancelled> {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.check()
    }

    /// Looks whether to go on, before work that counts no unit of its own.
    ///
    /// # Errors
    /// [`Cancelled`] when a stop was asked for.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled.load(Ordering::Relaxed) {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Units done and units expected.
    pub fn count(&self) -> (u64, u64) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }

    /// Asks the work to stop at its next unit.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_stops() {
        let progress = Progress::new();
        progress.expect_units(3);
        assert_eq!(progress.advance(), Ok(()));
        assert_eq!(progress.check(), Ok(()));
        progress.cancel();
        assert_eq!(progress.advance(), Err(Cancelled));
        assert_eq!(progress.check(), Err(Cancelled));
        assert_eq!(progress.count(), (2, 3));
    }
}
