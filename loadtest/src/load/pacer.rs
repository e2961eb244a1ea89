//! When the next request is due: pure, so that a schedule of hours is tested in no time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::micros;

/// Equal parts of a measurement, over which its figures are watched.
pub const SLICES: usize = 20;
/// More a second than any client here can send.
pub const MAX_RATE: f64 = 1e7;
pub const MAX_TIME: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Requests a second, whatever the answers do: an open loop. Without one, each connection's next request waits
    /// for its answer: a closed loop.
    pub rate: Option<f64>,
    pub until: Until,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    Sent(u64),
    #[serde(rename = "elapsed_us", with = "micros")]
    Elapsed(Duration),
}

impl Until {
    /// After which time none is sent, if that is known beforehand.
    pub fn end(self) -> Option<Duration> {
        match self {
            Self::Sent(_) => None,
            Self::Elapsed(end) => Some(end),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Send it: it was due at this time since the start.
    Send {
        intended: Duration,
    },
    Wait(Duration),
    Over,
}

impl Pace {
    /// What to do, `elapsed` after the start, about the request that `sent` others go before.
    pub fn next(&self, elapsed: Duration, sent: u64) -> Next {
        let intended = self.intended(sent).unwrap_or(elapsed);
        let over = match self.until {
            Until::Sent(n) => sent >= n,
            Until::Elapsed(end) => elapsed.max(intended) >= end,
        };
        match intended.checked_sub(elapsed) {
            _ if over => Next::Over,
            None | Some(Duration::ZERO) => Next::Send { intended },
            Some(rest) => Next::Wait(rest),
        }
    }

    /// How many requests were due before `elapsed`; none is ever due in a closed loop.
    pub fn due(&self, elapsed: Duration) -> u64 {
        let Some(rate) = self.rate else { return 0 };
        let end = match self.until {
            Until::Sent(_) => elapsed,
            Until::Elapsed(end) => elapsed.min(end),
        };
        // The estimate may be one off, by rounding.
        let mut due = (end.as_secs_f64() * rate) as u64;
        while self.intended(due).is_some_and(|intended| intended < end) {
            due += 1;
        }
        while due > 0 && self.intended(due - 1).is_some_and(|intended| intended >= end) {
            due -= 1;
        }
        match self.until {
            Until::Sent(n) => due.min(n),
            Until::Elapsed(_) => due,
        }
    }

    /// In which of the [`SLICES`] the request is that `sent` others go before, due at `intended`.
    pub fn slice(&self, intended: Duration, sent: u64) -> usize {
        let share = match self.until {
            Until::Sent(n) => sent as f64 / n as f64,
            Until::Elapsed(end) => intended.as_secs_f64() / end.as_secs_f64(),
        };
        ((share * SLICES as f64) as usize).min(SLICES - 1)
    }

    /// In which slices `n` requests are due that `sent` others go before. None is in a closed loop.
    pub fn by_slice(&self, sent: u64, n: u64) -> [u64; SLICES] {
        let before_slice = |slice: usize| match self.until {
            _ if slice == 0 => 0,
            _ if slice == SLICES => u64::MAX,
            Until::Sent(all) => (all as f64 * slice as f64 / SLICES as f64).ceil() as u64,
            Until::Elapsed(end) => self.due(end.mul_f64(slice as f64 / SLICES as f64)),
        };
        let until = |slice| before_slice(slice).clamp(sent, sent.saturating_add(n));
        std::array::from_fn(|slice| until(slice + 1) - until(slice))
    }

    /// Whether such a pace can be kept.
    ///
    /// # Errors
    ///
    /// If not, why.
    pub fn check(&self) -> Result<(), String> {
        let rate = self.rate.is_none_or(|rate| rate > 0.0 && rate <= MAX_RATE);
        let until = match self.until {
            Until::Sent(n) => n > 0,
            Until::Elapsed(end) => !end.is_zero() && end <= MAX_TIME,
        };
        if rate && until { Ok(()) } else { Err("no load has such a pace".into()) }
    }

    /// When the request is due that `sent` others go before; `None` in a closed loop.
    pub fn intended(&self, sent: u64) -> Option<Duration> {
        self.rate.map(|rate| Duration::from_nanos((sent as f64 * 1e9 / rate).round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn open(rate: f64, until: Until) -> Pace {
        Pace { rate: Some(rate), until }
    }

    fn millis(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_request_is_waited_for_until_it_is_due() {
        let pace = open(100.0, Until::Elapsed(SECOND));
        assert_eq!(pace.next(Duration::ZERO, 0), Next::Send { intended: Duration::ZERO });
        assert_eq!(pace.next(millis(3), 1), Next::Wait(millis(7)));
        assert_eq!(pace.next(millis(10), 1), Next::Send { intended: millis(10) });
    }

    #[test]
    fn a_request_that_is_late_is_still_due_when_it_was() {
        let pace = open(100.0, Until::Elapsed(SECOND));
        assert_eq!(pace.next(millis(700), 1), Next::Send { intended: millis(10) });
        assert_eq!(pace.next(millis(700), 2), Next::Send { intended: millis(20) });
    }

    #[test]
    fn nothing_is_sent_after_the_end_and_what_was_due_is_known() {
        let pace = open(100.0, Until::Elapsed(SECOND));
        assert_eq!((pace.next(SECOND, 5), pace.next(millis(990), 100)), (Next::Over, Next::Over));
        assert_eq!((pace.due(SECOND), pace.due(2 * SECOND), pace.due(millis(15))), (100, 100, 2));
    }

    #[test]
    fn a_number_of_requests_is_sent_however_long_that_takes() {
        let pace = open(100.0, Until::Sent(3));
        assert_eq!(pace.next(90 * SECOND, 2), Next::Send { intended: millis(20) });
        assert_eq!((pace.next(90 * SECOND, 3), pace.due(90 * SECOND)), (Next::Over, 3));
    }

    #[test]
    fn a_closed_loop_sends_at_once_until_it_is_over() {
        let pace = Pace { rate: None, until: Until::Elapsed(SECOND) };
        assert_eq!(pace.next(millis(5), 1_000_000), Next::Send { intended: millis(5) });
        assert_eq!((pace.next(SECOND, 0), pace.due(SECOND)), (Next::Over, 0));
        let pace = Pace { rate: None, until: Until::Sent(2) };
        assert_eq!(pace.next(millis(5), 1), Next::Send { intended: millis(5) });
        assert_eq!(pace.next(millis(5), 2), Next::Over);
    }

    #[test]
    fn slices_are_equal_parts() {
        let pace = open(100.0, Until::Elapsed(SECOND));
        assert_eq!([0, 49, 50, 999, 1000].map(|ms| pace.slice(millis(ms), 7)), [0, 0, 1, 19, 19]);
        assert_eq!([0, 19, 39].map(|n| open(1.0, Until::Sent(40)).slice(SECOND, n)), [0, 9, 19]);
    }

    proptest! {
        #[test]
        fn every_request_that_is_due_is_sent_by_one_who_always_asks(rate in 0.1..50_000.0f64, ms in 1..3000u64) {
            let end = millis(ms);
            let pace = open(rate, Until::Elapsed(end));
            let (mut now, mut sent) = (Duration::ZERO, 0);
            loop {
                match pace.next(now, sent) {
                    Next::Send { intended } => {
                        prop_assert!(intended <= now && now - intended < Duration::from_micros(1));
                        sent += 1;
                    }
                    Next::Wait(rest) => now += rest,
                    Next::Over => break,
                }
            }
            prop_assert_eq!(sent, pace.due(end));
        }
    }
}
