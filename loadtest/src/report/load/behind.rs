//! Whether a rate was sustained, and who fell behind.

use std::time::Duration;

use super::{Behind, Kept, Undecided};
use crate::load::Stage;
use crate::load::pacer::{SLICES, Until};
use crate::stats::{self, Counted};

/// A smaller share of the asked rate is not what was asked for, whether of what was sent or of what was answered.
const KEPT_UP: f64 = 0.99;
/// A schedule that is less late at its end was only disturbed, and latency that rose by less did not rise.
const HICCUP: Duration = Duration::from_millis(10);
/// A connection that has to be waited for so long, and ever longer, has a queue before it.
const QUEUE: Duration = Duration::from_millis(5);
/// Where a smaller share of the answers came before the end, the target was hardly asked for longer than it takes to answer.
const ANSWERED: f64 = 0.9;
/// A client whose threads are busy for a larger share of the time has none left.
const EXHAUSTED: f64 = 0.9;

/// Whether an asked rate was kept up with; and where that is undecided, why.
pub fn judged(asked: f64, connections: usize, stage: &Stage) -> (Kept, Option<Undecided>) {
    let tally = &stage.tally;
    let growth = growth(asked, stage);
    let tolerated = HICCUP.as_secs_f64().max((1.0 - KEPT_UP) * stage.period.as_secs_f64());
    let rising = growth.map(|[least, _]| least).filter(|least| *least > tolerated);
    let missing = lag(asked, tally.sent, stage.period, connections);
    if let Some(missing) = missing.or_else(|| growing(&tally.shortest_wait)).or(rising) {
        return match is_own(missing, stage) {
            true => (Kept::Undecided, Some(Undecided::Client)),
            false => (Kept::Behind, None),
        };
    }
    let is_level = growth.is_some_and(|[least, most]| least <= HICCUP.as_secs_f64() && most <= tolerated);
    match is_level && !fails(stage) && !is_cut_off(asked, stage, tolerated) {
        true => (Kept::Up, None),
        false => (Kept::Undecided, Some(Undecided::TooShort)),
    }
}

/// Whether a client that had time left may have brought about itself what is missing, in seconds: it was once late by a good part
/// of that where a connection was free. One that had none left is [told of](who).
fn is_own(missing: f64, stage: &Stage) -> bool {
    let latest = stage.tally.late.max().map_or(0.0, |nanos| nanos / 1e9);
    latest >= missing / 2.0 && who(stage.busy) == Behind::Target
}

/// By how many seconds the schedule is late at its end. One more for each connection is no queue.
fn lag(asked: f64, sent: u64, period: Duration, connections: usize) -> Option<f64> {
    let due = asked * period.as_secs_f64();
    let missing = due - sent as f64;
    let late = missing / asked;
    let is_behind = missing > (1.0 - KEPT_UP) * due && missing > connections as f64;
    (is_behind && late > HICCUP.as_secs_f64()).then_some(late)
}

/// Where a schedule is kept, some request in every slice finds a connection free. A queue that grows evenly is twice as
/// long at the half as at the quarter, and so on. For how many seconds one waits in it at the end.
fn growing(shortest_waits: &[Option<u64>]) -> Option<f64> {
    let quarters = (1..=4).map(|quarter| (quarter * shortest_waits.len() / 4).saturating_sub(1));
    let waits: Option<Vec<u64>> = quarters.map(|at| shortest_waits.get(at).copied().flatten()).collect();
    let waits = waits.filter(|waits| waits.windows(2).all(|pair| pair[1] as f64 > 1.1 * pair[0] as f64))?;
    let end = Duration::from_nanos(*waits.last()?);
    (end > QUEUE).then_some(end.as_secs_f64())
}

/// By how much the median latency rose from the beginning to the end, at least and at most, in seconds. What is asked for
/// evenly and answered at a smaller rate is answered later and later: by the share that is missing of the time that passes,
/// however many connections there are, and whether the answers come before the end or after it.
fn growth(asked: f64, stage: &Stage) -> Option<[f64; 2]> {
    let whole = match stage.pace.until {
        Until::Elapsed(end) => end.as_secs_f64(),
        Until::Sent(n) => n as f64 / asked,
    };
    let of_slice = |(place, slice): (usize, &Counted)| {
        let median = median(slice).filter(|nanos| nanos.is_finite())?;
        Some(((place as f64 + 0.5) * whole / SLICES as f64, median / 1e9))
    };
    let medians: Vec<_> = stage.tally.latency().iter().enumerate().filter_map(of_slice).collect();
    let slope = stats::slope(&medians)?;
    Some(slope.map(|slope| slope * stage.period.as_secs_f64()))
}

/// However few they are: a slice is one of many.
fn median(slice: &Counted) -> Option<f64> {
    let n = slice.count() + slice.censored();
    (n > 0).then(|| slice.of_rank(n.div_ceil(2)))
}

/// Whether more failed than may be missing.
fn fails(stage: &Stage) -> bool {
    failed(stage) as f64 > (1.0 - KEPT_UP) * stage.tally.sent as f64
}

/// Whether that is no chance: such a rate is not kept up with, however quickly the others were answered.
pub fn is_failing(stage: &Stage) -> bool {
    let all = usize::try_from(stage.tally.finished - stage.tally.client_stopped).unwrap_or(usize::MAX);
    stats::share_interval(failed(stage), all).is_some_and(|[least, _]| least > 1.0 - KEPT_UP)
}

fn failed(stage: &Stage) -> usize {
    stage.tally.failures.values().sum()
}

/// Whether the end came before answers that would have told: of more requests than are under way at any time (Little's law), or
/// of so many that the target was not yet asked as it would be.
fn is_cut_off(asked: f64, stage: &Stage, tolerated: f64) -> bool {
    let (sent, failed) = (stage.tally.sent as f64, failed(stage) as f64);
    let stopped = stage.tally.client_stopped as f64;
    let answered = stage.throughput() * stage.period.as_secs_f64() + failed + stopped;
    let mut means: Vec<f64> = stage.tally.latency().iter().filter_map(Counted::mean).collect();
    means.sort_by(f64::total_cmp);
    let usual = means.get(means.len() / 2).map_or(0.0, |nanos| nanos / 1e9);
    // One is always under way, and the next is just sent.
    let more = sent - answered - asked * usual - 2.0;
    answered < ANSWERED * sent - 1.0 || more / asked > tolerated
}

pub fn who(busy: Option<f64>) -> Behind {
    if busy.is_some_and(|busy| busy > EXHAUSTED) { Behind::Client } else { Behind::Target }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::report::load::fixtures::{open_loop, open_loop_micros};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_in_a_hundred_that_is_not_sent_is_behind() {
        for (asked, sent, period, is_behind) in [
            (100.0, 1000, 10 * SECOND, false),
            (100.0, 991, 10 * SECOND, false),
            // One for each connection is missing.
            (100.0, 98, SECOND, false),
            // It ends 5 ms late.
            (10_000.0, 950, SECOND / 10, false),
            (100.0, 0, Duration::ZERO, false),
            (100.0, 980, 10 * SECOND, true),
            (100.0, 90, SECOND, true),
        ] {
            assert_eq!(lag(asked, sent, period, 2).is_some(), is_behind, "{sent} of {asked} for {period:?}");
        }
        assert_eq!([None, Some(0.5), Some(0.95)].map(who), [Behind::Target, Behind::Target, Behind::Client]);
    }

    #[test]
    fn a_queue_that_grows_is_behind_before_it_is_long() {
        let grows = |of: fn(u64) -> u64| {
            let waits: Vec<_> = (1..=20).map(|slice| Some(of(slice))).collect();
            growing(&waits).is_some()
        };
        assert!(grows(|slice| slice * 1_000_000));
        assert!(!grows(|slice| slice * 1000), "it is no queue");
        assert!(!grows(|_| 9_000_000), "it is there, and as long as it was");
        assert!(!grows(|slice| if slice == 20 { 90_000_000 } else { 0 }), "it may be a stall");
    }

    fn found(asked: f64, connections: usize, stage: &Stage) -> Result<Kept, Undecided> {
        let (kept, undecided) = judged(asked, connections, stage);
        undecided.map_or(Ok(kept), Err)
    }

    #[test]
    fn what_is_answered_as_fast_as_it_is_sent_is_sustained() {
        let short = Err(Undecided::TooShort);
        type Latency = fn(u64) -> u64;
        let after: [(u64, usize, u64, Latency, _); 13] = [
            // One after the other takes 50 ms, and 40 a second come.
            (40, 100, 400, |due| 50 + due, Ok(Kept::Behind)),
            (400, 10_000, 2000, |due| 10 + due / 5, Ok(Kept::Behind)),
            // 95 % of the rate are answered, and ever later.
            (400, 1000, 2000, |due| 10 + due / 20, Ok(Kept::Behind)),
            (400, 1000, 2000, |due| 10 + due % 7, Ok(Kept::Up)),
            (400, 1000, 2000, |_| 150, Ok(Kept::Up)),
            (7, 10, 1000, |_| 20, Ok(Kept::Up)),
            // It ends before its answers come, or stalls before the end.
            (40, 100, 400, |_| 300, short),
            (40, 100, 400, |_| 4000, short),
            (400, 1000, 2000, |due| if due < 1900 { 5 } else { 2000 - due + 50 }, short),
            // It rises by 20 ms in 4 s, varies, or has too few answers.
            (400, 1000, 4000, |due| 5 + due / 200, short),
            (400, 1000, 2000, |due| 10 + due / 60 + due * 7919 % 180, short),
            (6, 10, 1000, |_| 20, short),
            (2, 10, 1000, |_| 20, short),
        ];
        for (place, (rate, connections, ms, after, expected)) in after.into_iter().enumerate() {
            let stage = open_loop(rate, ms, after);
            assert_eq!(found(rate as f64, connections, &stage), expected, "row {place}");
        }
    }

    #[test]
    fn what_the_client_itself_may_have_brought_about_is_not_put_on_the_target() {
        let stage = |late_ms: u64| {
            let mut stage = open_loop(400, 2000, |due| 10 + due / 5);
            stage.tally.late.record(late_ms * 1_000_000);
            stage
        };
        assert_eq!(found(400.0, 10_000, &stage(20)), Ok(Kept::Behind));
        assert_eq!(found(400.0, 10_000, &stage(500)), Err(Undecided::Client));
        let exhausted = Stage { busy: Some(1.0), ..stage(500) };
        assert_eq!(found(400.0, 10_000, &exhausted), Ok(Kept::Behind), "that is told of the client by name");
    }

    #[test]
    fn what_fails_is_not_kept_up_with_by_being_quick() {
        let mut stage = open_loop(400, 2000, |_| 5);
        stage.tally.failures.insert("status-503".into(), 8);
        assert_eq!(found(400.0, 1000, &stage), Ok(Kept::Up), "one in a hundred");
        stage.tally.failures.insert("status-503".into(), 12);
        assert_eq!((found(400.0, 1000, &stage), is_failing(&stage)), (Err(Undecided::TooShort), false));
        stage.tally.failures.insert("status-503".into(), 80);
        assert!(is_failing(&stage), "one in ten is no chance");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// A queue before one server, whose answers take `service` µs and a little more or less.
        #[test]
        fn a_queue_is_never_said_to_be_what_it_is_not(
            load in 0.1..3.0f64, service in 500..20_000u64, jitter in 0.0..0.3f64, seed in any::<u64>(),
        ) {
            let rate = (1e6 * load / service as f64).round().max(1.0) as u64;
            let truly = rate as f64 * service as f64 / 1e6;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let (mut free, ms) = (0.0f64, 2000);
            let answered = (0..rate * ms / 1000).map(|index| {
                let due = 1e6 * index as f64 / rate as f64;
                free = free.max(due) + service as f64 * (1.0 + jitter * (random.random::<f64>() - 0.5));
                free - due
            });
            let latencies: Vec<f64> = answered.collect();
            let stage = open_loop_micros(rate, ms, |index| latencies[index as usize] as u64);
            let found = found(rate as f64, 100_000, &stage);
            if found == Ok(Kept::Up) {
                prop_assert!(truly < 1.011, "{truly} of what it can do was kept up with");
            }
            if found == Ok(Kept::Behind) {
                prop_assert!(truly > 1.0 - jitter / 2.0 / 10.0, "{truly} of what it can do was too much");
            }
            // And nothing is left undecided that is plain.
            if truly < 0.9 && rate > 20 {
                prop_assert_eq!(found, Ok(Kept::Up));
            }
            if truly > 1.1 && rate > 20 {
                prop_assert_eq!(found, Ok(Kept::Behind));
            }
        }
    }
}
