//! What the user sees of a load while it lasts: shared by all threads, written to by one that has something to tell.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::sample::Outcome;

#[derive(Debug, Default)]
pub struct Watched {
    /// In nanoseconds; 0 of none.
    slowest: AtomicU64,
    failed: AtomicU64,
}

impl Watched {
    pub fn see(&self, took: Duration, outcome: &Outcome) {
        if *outcome == Outcome::ClientStopped {
            return;
        }
        if !outcome.is_ok() {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // Most are not the slowest: threads that only read do not disturb each other.
        if nanos > self.slowest.load(Ordering::Relaxed) {
            self.slowest.fetch_max(nanos, Ordering::Relaxed);
        }
    }

    /// The slowest of the ok ones, and how many were not ok; from now on, of others.
    pub fn look(&self) -> (Option<Duration>, u64) {
        let slowest = self.slowest.swap(0, Ordering::Relaxed);
        ((slowest > 0).then(|| Duration::from_nanos(slowest)), self.failed.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_tells_of_what_came_since_the_last_one() {
        let watched = Watched::default();
        assert_eq!(watched.look(), (None, 0));
        for ms in [3, 9, 5] {
            watched.see(Duration::from_millis(ms), &Outcome::Ok);
        }
        watched.see(Duration::from_secs(30), &Outcome::Timeout);
        assert_eq!(watched.look(), (Some(Duration::from_millis(9)), 1));
        watched.see(Duration::from_millis(4), &Outcome::Ok);
        assert_eq!(watched.look(), (Some(Duration::from_millis(4)), 0));
    }
}
