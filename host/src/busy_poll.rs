//! A lane whose next request has come at once looks for the one after it, instead of sleeping until it comes.
//!
//! A core that has nothing to do halts, and wakes by an interrupt: on a virtual machine two exits to the
//! hypervisor, which at one request at a time are a good part of each. So an idle lane asks the kernel again and
//! again, for a while, where the wait before was a short one; and gives the core to whoever else can run in each turn.
//! Where requests come more rarely, it sleeps as ever, and takes no time of the processor.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task;

/// What a lane knows of when its requests come.
pub(crate) struct BusyPoll {
    rhythm: Mutex<Rhythm>,
    /// That there is something to look for.
    begin: Notify,
}

/// A request that the lane is at, as long as this lives.
pub(crate) struct InFlight<'a>(&'a BusyPoll);

impl BusyPoll {
    /// Waits of up to `patience` are short ones, and a lane looks for the next request for as long.
    pub fn new(patience: Duration) -> Self {
        Self { rhythm: Rhythm::new(patience).into(), begin: Notify::new() }
    }

    pub fn one_more(&self) -> InFlight<'_> {
        self.rhythm().asked(Instant::now());
        InFlight(self)
    }

    /// Looks for requests, for ever; to run beside the connections of the lane, on its thread.
    pub async fn run(&self) {
        loop {
            self.begin.notified().await;
            while self.expects() {
                // Ready when the runtime, with nothing else to run, has looked for what has arrived.
                task::yield_now().await;
                if self.expects() {
                    thread::yield_now();
                }
            }
        }
    }

    fn expects(&self) -> bool {
        self.rhythm().expects(Instant::now())
    }

    fn rhythm(&self) -> MutexGuard<'_, Rhythm> {
        self.rhythm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.0.rhythm().answered(Instant::now()) {
            self.0.begin.notify_one();
        }
    }
}

/// How the requests of a lane follow its answers.
struct Rhythm {
    patience: Duration,
    in_flight: usize,
    /// When the lane became idle.
    idle_since: Option<Instant>,
    /// Whether the last time that it was idle was a short one.
    brisk: bool,
}

impl Rhythm {
    fn new(patience: Duration) -> Self {
        Self { patience, in_flight: 0, idle_since: None, brisk: false }
    }

    fn asked(&mut self, now: Instant) {
        self.in_flight += 1;
        if let Some(since) = self.idle_since.take() {
            self.brisk = self.is_short(since, now);
        }
    }

    /// Whether it is worth looking for the next.
    fn answered(&mut self, now: Instant) -> bool {
        self.in_flight -= 1;
        if self.in_flight > 0 {
            return false;
        }
        self.idle_since = Some(now);
        self.brisk
    }

    /// Whether the next may come in a moment.
    fn expects(&self, now: Instant) -> bool {
        self.brisk && self.idle_since.is_some_and(|since| self.is_short(since, now))
    }

    fn is_short(&self, since: Instant, now: Instant) -> bool {
        now.saturating_duration_since(since) < self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lane whose time is told in microseconds.
    struct Told(Instant, Rhythm);

    impl Told {
        fn new() -> Self {
            Self::patient(100)
        }

        fn patient(micros: u64) -> Self {
            Self(Instant::now(), Rhythm::new(Duration::from_micros(micros)))
        }

        fn at(&self, micros: u64) -> Instant {
            self.0 + Duration::from_micros(micros)
        }

        fn asked(&mut self, micros: u64) {
            self.1.asked(self.at(micros));
        }

        fn answered(&mut self, micros: u64) -> bool {
            self.1.answered(self.at(micros))
        }

        fn expects(&self, micros: u64) -> bool {
            self.1.expects(self.at(micros))
        }
    }

    #[test]
    fn a_lane_that_was_never_asked_twice_looks_for_nothing() {
        let mut lane = Told::new();
        assert!(!lane.expects(0));
        lane.asked(10);
        assert!(!lane.answered(20));
        assert!(!lane.expects(21));
    }

    #[test]
    fn after_a_short_wait_it_looks_for_the_next_request_for_as_long() {
        let mut lane = Told::new();
        lane.asked(0);
        lane.answered(10);
        lane.asked(50);
        assert!(!lane.expects(55), "it is at one");
        assert!(lane.answered(60));
        assert!(lane.expects(61) && lane.expects(159));
        assert!(!lane.expects(160));
    }

    #[test]
    fn after_a_long_wait_it_sleeps_until_requests_come_quickly_again() {
        let mut lane = Told::new();
        lane.asked(0);
        lane.answered(10);
        lane.asked(50);
        lane.answered(60);
        lane.asked(1_060);
        assert!(!lane.answered(1_070));
        assert!(!lane.expects(1_071));
        lane.asked(1_100);
        assert!(lane.answered(1_110));
    }

    #[test]
    fn only_the_last_of_several_answers_leaves_it_idle() {
        let mut lane = Told::new();
        lane.asked(0);
        lane.answered(10);
        lane.asked(20);
        lane.asked(30);
        assert!(!lane.answered(40));
        assert!(!lane.expects(41));
        assert!(lane.answered(5_000), "that took long, but the wait before did not");
        assert!(lane.expects(5_001));
    }

    #[test]
    fn one_without_patience_never_looks() {
        let mut lane = Told::patient(0);
        lane.asked(0);
        lane.answered(10);
        lane.asked(10);
        assert!(!lane.answered(20) && !lane.expects(20));
    }
}
