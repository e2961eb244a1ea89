//! Whether a schedule was kept, and by whom it was not.

use std::time::Duration;

use super::Behind;
use super::figures::throughput;
use crate::load::Stage;
use crate::stats::{self, Observation};

/// A smaller share of the asked rate is not what was asked for.
const KEPT_UP: f64 = 0.99;
/// A schedule that is less late at its end was only disturbed.
const HICCUP: Duration = Duration::from_millis(10);
/// A connection that has to be waited for so long, and ever longer, has a queue before it.
const QUEUE: Duration = Duration::from_millis(5);
/// Where answers come at a smaller share of the rate, and ever later, they do not follow.
pub(super) const ANSWERED: f64 = 0.9;
/// A client whose threads are busy for a larger share of the time has none left.
const EXHAUSTED: f64 = 0.9;

/// Whether fewer were sent than asked for, or a queue grew, here or at the target.
pub fn is_behind(asked: f64, connections: usize, stage: &Stage) -> bool {
    let tally = &stage.tally;
    lags(asked, tally.sent, stage.period, connections)
        || is_growing(&tally.shortest_wait)
        || piles_up(asked, stage)
}

/// One more for each connection is no queue.
fn lags(asked: f64, sent: u64, period: Duration, connections: usize) -> bool {
    let due = asked * period.as_secs_f64();
    let missing = due - sent as f64;
    missing > (1.0 - KEPT_UP) * due && missing > connections as f64 && missing / asked > HICCUP.as_secs_f64()
}

/// Where a schedule is kept, some request in every slice finds a connection free. A queue that grows evenly is twice as
/// long at the half as at the quarter, and so on.
fn is_growing(shortest_waits: &[Option<u64>]) -> bool {
    let quarters = (1..=4).map(|quarter| (quarter * shortest_waits.len() / 4).saturating_sub(1));
    let waits: Option<Vec<u64>> = quarters.map(|at| shortest_waits.get(at).copied().flatten()).collect();
    waits.is_some_and(|waits| {
        let grows = waits.windows(2).all(|pair| pair[1] as f64 > 1.1 * pair[0] as f64);
        grows && waits.last().is_some_and(|end| u128::from(*end) > QUEUE.as_nanos())
    })
}

/// Whether requests were sent in time, and their answers fell behind: there may be more connections than a short load fills.
/// Where the target keeps up, as many are under way as come in the time of an answer, and that stays the same.
fn piles_up(asked: f64, stage: &Stage) -> bool {
    let quickest: Vec<_> = (0..)
        .zip(stage.tally.latency())
        .filter_map(|(round, slice)| Some(Observation { value: slice.min()?, round }))
        .collect();
    let of_one = quickest.iter().map(|slice| slice.value).fold(f64::INFINITY, f64::min) / 1e9;
    let due = stage.tally.sent as f64 - asked * of_one;
    let failed: usize = stage.tally.failures.values().sum();
    let answered = throughput(stage) * stage.period.as_secs_f64() + failed as f64;
    answered < ANSWERED * due && stats::trend(&quickest).is_some_and(|growth| growth > 0.0)
}

/// Who fell behind.
pub fn who(busy: Option<f64>) -> Behind {
    if busy.is_some_and(|busy| busy > EXHAUSTED) { Behind::Client } else { Behind::Target }
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use super::*;
    use crate::load::pacer::{Pace, Until};
    use crate::load::tally::{Tally, Turn};

    const SECOND: Duration = Duration::from_secs(1);

    fn waits(of: impl Fn(u64) -> u64) -> Vec<Option<u64>> {
        (1..=20).map(|slice| Some(of(slice))).collect()
    }

    #[test]
    fn a_schedule_that_is_kept_is_not_behind() {
        let is_behind = |asked, sent, period| lags(asked, sent, period, 2);
        assert!(!is_behind(100.0, 1000, 10 * SECOND));
        assert!(!is_behind(100.0, 991, 10 * SECOND), "0.9 % are missing");
        assert!(!is_behind(100.0, 98, SECOND), "one for each connection is missing");
        assert!(!is_behind(10_000.0, 950, SECOND / 10), "it ends 5 ms late");
        assert!(!is_behind(100.0, 0, Duration::ZERO));
    }

    #[test]
    fn one_in_a_hundred_that_is_not_sent_is_behind() {
        let is_behind = |asked, sent, period| lags(asked, sent, period, 2);
        assert!(is_behind(100.0, 980, 10 * SECOND) && is_behind(100.0, 90, SECOND));
    }

    #[test]
    fn a_queue_that_grows_is_behind_before_it_is_long() {
        assert!(is_growing(&waits(|slice| slice * 1_000_000)));
        assert!(!is_growing(&waits(|slice| slice * 1000)), "it is no queue");
        assert!(!is_growing(&waits(|_| 9_000_000)), "it is there, and as long as it was");
        assert!(!is_growing(&waits(|slice| if slice == 20 { 90_000_000 } else { 0 })), "it may be a stall");
    }

    #[test]
    fn only_a_client_that_has_no_time_left_is_to_blame() {
        assert_eq!([None, Some(0.5), Some(0.95)].map(who), [Behind::Target, Behind::Target, Behind::Client]);
    }

    /// Of a target that takes `answered_after`, told when a request was due, in milliseconds; many connections.
    fn open_loop(rate: u64, ms: u64, answered_after: impl Fn(u64) -> u64) -> Stage {
        let period = Duration::from_millis(ms);
        let pace = Pace { rate: Some(rate as f64), until: Until::Elapsed(period) };
        let mut tally = Tally::new(&pace, RandomState::new());
        for index in 0..rate * ms / 1000 {
            let due = 1000 * index / rate;
            let intended = Duration::from_millis(due);
            let slice = pace.slice(intended, index);
            let turn = Turn { index, slice, intended, sent: intended, free: intended };
            tally.send(&turn);
            tally.finish(&turn, intended + Duration::from_millis(answered_after(due)), Some(period), None);
        }
        Stage { pace, tally, period, unsent: 0, busy: None }
    }

    #[test]
    fn answers_that_come_later_and_later_are_behind_however_many_connections_there_are() {
        // One after the other takes 50 ms, and 40 a second come.
        assert!(is_behind(40.0, 100, &open_loop(40, 400, |due| 50 + due)));
        assert!(is_behind(400.0, 10_000, &open_loop(400, 2000, |due| 10 + due / 5)));
    }

    #[test]
    fn answers_that_take_long_are_not_behind_as_long_as_they_take_no_longer() {
        assert!(!is_behind(40.0, 100, &open_loop(40, 400, |_| 300)));
        assert!(!is_behind(40.0, 100, &open_loop(40, 400, |_| 4000)));
        assert!(!is_behind(400.0, 1000, &open_loop(400, 2000, |due| 10 + due % 70)));
        assert!(!is_behind(400.0, 1000, &open_loop(400, 2000, |due| 10 + due / 20)), "94 % came in time");
    }
}
