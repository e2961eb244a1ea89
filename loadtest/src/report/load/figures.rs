//! What was counted, as figures.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Behind, LoadReport, Loop, slices};
use crate::load::Stage;
use crate::load::pacer::Until;
use crate::report::{Distribution, EvidenceReport, Intervals, PhaseReport};
use crate::sample::Phase;
use crate::stats::{self, Counted};

/// A smaller share of the asked rate is not what was asked for.
const KEPT_UP: f64 = 0.99;
/// A schedule that is less late at its end was only disturbed.
const HICCUP: Duration = Duration::from_millis(10);
/// A connection that has to be waited for so long, and ever longer, has a queue before it.
const QUEUE: Duration = Duration::from_millis(5);
/// A client whose threads are busy for a larger share of the time has none left.
const EXHAUSTED: f64 = 0.9;

/// A stage, as a phase of its own.
pub fn phase(connections: usize, stage: &Stage, seed: u64) -> PhaseReport {
    let tally = &stage.tally;
    let (open, period) = (stage.pace.rate.is_some(), stage.period.as_secs_f64());
    let ok = tally.ok();
    let achieved_rate = tally.sent as f64 / period;
    let saturated = stage
        .pace
        .rate
        .map(|asked| is_behind(asked, tally.sent, stage.period, connections, &tally.shortest_wait));
    let load = LoadReport {
        kind: if open { Loop::Open } else { Loop::Closed },
        asked_rate: stage.pace.rate,
        achieved_rate,
        throughput: throughput(stage),
        connections,
        connections_made: tally.connections,
        duration: stage.period,
        saturated,
        behind: saturated.filter(|saturated| *saturated).map(|_| who(stage.busy)),
        client_busy: stage.busy,
        unsent: stage.unsent,
        unfinished: tally.sent - tally.finished,
        service_us: distribution(&tally.service, seed),
        client_late_us: open.then(|| distribution(std::slice::from_ref(&tally.late), seed)),
        spread_us: spread(tally.latency()),
        slices: slices::of(stage, seed),
        steps: Vec::new(),
        knee: None,
    };
    PhaseReport {
        phase: Phase::Load,
        samples: count(tally.finished),
        counted: count(ok),
        failures: tally.failures.clone(),
        evidence: EvidenceReport {
            fresh: tally.fresh,
            reused: tally.reused,
            unknown: tally.unknown,
            instances: tally.instances(),
        },
        latency_us: distribution(tally.latency(), seed),
        dns_us: None,
        connect_us: None,
        tls_us: None,
        first_byte_us: None,
        body_us: None,
        handler_us: None,
        handler_not_believed: false,
        contradicting: None,
        warm_up: None,
        until: None,
        load: Some(load),
        observed_us: Vec::new(),
    }
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The times of all slices, in microseconds, and how often each.
fn spread(slices: &[Counted]) -> Vec<(f64, u64)> {
    let mut all = Counted::default();
    slices.iter().for_each(|slice| all += slice);
    all.recorded().map(|(nanos, n)| (nanos / 1000.0, n)).collect()
}

/// Whether fewer were sent than asked for, or a queue grew. One more for each connection is no queue.
fn is_behind(
    asked: f64,
    sent: u64,
    period: Duration,
    connections: usize,
    shortest_waits: &[Option<u64>],
) -> bool {
    let due = asked * period.as_secs_f64();
    let missing = due - sent as f64;
    let lags = missing > (1.0 - KEPT_UP) * due
        && missing > connections as f64
        && missing / asked > HICCUP.as_secs_f64();
    lags || is_growing(shortest_waits)
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

fn who(busy: Option<f64>) -> Behind {
    if busy.is_some_and(|busy| busy > EXHAUSTED) { Behind::Client } else { Behind::Target }
}

/// Ok answers a second, of those that came while requests were sent: who waits for the last ones does not work less.
fn throughput(stage: &Stage) -> f64 {
    let tally = &stage.tally;
    match stage.pace.until {
        Until::Elapsed(_) => tally.in_time as f64 / stage.period.as_secs_f64(),
        Until::Sent(_) => tally.ok() as f64 / stage.period.max(tally.last_done).as_secs_f64(),
    }
}

/// Of slices.
pub fn distribution(slices: &[Counted], seed: u64) -> Distribution {
    let mut all = Counted::default();
    slices.iter().for_each(|slice| all += slice);
    let micros = |nanos: f64| nanos.round() / 1000.0;
    let percentile = |q| all.percentile(q).map(micros);
    let interval = |q| {
        let interval = (slices.len() > 1).then(|| stats::counted_interval(slices, &all, q));
        interval.flatten().map(|bounds| bounds.map(micros))
    };
    let distribution = Distribution {
        min: all.min().map(micros),
        mean: all.mean().map(micros),
        stddev: all.stddev().map(micros),
        p50: percentile(0.5),
        p90: percentile(0.9),
        p95: percentile(0.95),
        p99: percentile(0.99),
        p999: percentile(0.999),
        max: all.max().map(micros),
        at_least_us: BTreeMap::new(),
        ci95: Intervals {
            p50: interval(0.5),
            mean: stats::counted_mean_interval(slices, seed).map(|bounds| bounds.map(micros)),
            p90: interval(0.9),
            p95: interval(0.95),
            p99: interval(0.99),
            p999: interval(0.999),
        },
    };
    // What is censored counts as longer than all others.
    distribution.at_least(all.longest_known().map_or(0.0, micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn waits(of: impl Fn(u64) -> u64) -> Vec<Option<u64>> {
        (1..=20).map(|slice| Some(of(slice))).collect()
    }

    #[test]
    fn a_schedule_that_is_kept_is_not_behind() {
        let is_behind = |asked, sent, period| is_behind(asked, sent, period, 2, &waits(|_| 0));
        assert!(!is_behind(100.0, 1000, 10 * SECOND));
        assert!(!is_behind(100.0, 991, 10 * SECOND), "0.9 % are missing");
        assert!(!is_behind(100.0, 98, SECOND), "one for each connection is missing");
        assert!(!is_behind(10_000.0, 950, SECOND / 10), "it ends 5 ms late");
        assert!(!is_behind(100.0, 0, Duration::ZERO));
    }

    #[test]
    fn one_in_a_hundred_that_is_not_sent_is_behind() {
        let is_behind = |asked, sent, period| is_behind(asked, sent, period, 2, &waits(|_| 0));
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
}
