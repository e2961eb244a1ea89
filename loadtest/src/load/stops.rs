//! Notices when a thread did not run for a while: stopped by a signal, frozen with its container, or kept off the processor. What
//! was under way meanwhile took time that says nothing about the target.

use std::cell::Cell;
use std::time::Duration;

use crate::stopped::LOOK_EVERY;

/// A look that comes this much too late was not merely delayed by a load that keeps all cores busy.
const TOO_LATE: Duration = Duration::from_millis(500);

/// The looks of one thread at the clock. Times are since the start of the load.
#[derive(Default)]
pub struct Stops {
    seen: Cell<Duration>,
    ended: Cell<Duration>,
}

impl Stops {
    /// Looks at the clock. When the last stop ended; zero where there was none.
    pub fn look(&self, now: Duration) -> Duration {
        if now.saturating_sub(self.seen.replace(now)) > LOOK_EVERY + TOO_LATE {
            self.ended.set(now);
        }
        self.ended.get()
    }

    /// Looks now and then, for ever, so that a thread that only waits is not taken for one that is stopped.
    pub async fn keep(&self, elapsed: impl Fn() -> Duration) {
        loop {
            self.look(elapsed());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_comes_too_late_ends_a_stop() {
        let (stops, ms) = (Stops::default(), Duration::from_millis);
        let looks = [20, 540, 1061, 1080, 2000, 2020].map(|now| stops.look(ms(now)));
        assert_eq!(looks, [0, 0, 1061, 1061, 2000, 2000].map(ms));
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_waits_is_not_stopped() {
        let (stops, start) = (Stops::default(), tokio::time::Instant::now());
        let keep = stops.keep(|| start.elapsed());
        assert!(tokio::time::timeout(Duration::from_secs(30), keep).await.is_err());
        assert_eq!(stops.look(start.elapsed()), Duration::ZERO);
    }
}
