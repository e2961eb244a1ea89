//! Loads that take no time, for tests.

use std::cmp::Ordering;
use std::hash::RandomState;
use std::time::Duration;

use super::{LoadReport, build};
use crate::load::Stage;
use crate::load::pacer::{Pace, Until};
use crate::load::recording::{Amount, Head};
use crate::load::tally::{Tally, Turn};
use crate::report::{Report, fixtures};
use crate::target::Target;

/// Of a target that takes `answered_after`, told when a request was due, in milliseconds; many connections.
pub fn open_loop(rate: u64, ms: u64, answered_after: impl Fn(u64) -> u64) -> Stage {
    open_loop_micros(rate, ms, |index| 1000 * answered_after(1000 * index / rate))
}

/// Told how many go before a request, in microseconds.
pub fn open_loop_micros(rate: u64, ms: u64, answered_after: impl Fn(u64) -> u64) -> Stage {
    sent_late(rate, ms, 0, answered_after)
}

/// The same of a client that sends so many microseconds late; the answers count from when requests are due.
fn sent_late(rate: u64, ms: u64, late: u64, answered_after: impl Fn(u64) -> u64) -> Stage {
    let period = Duration::from_millis(ms);
    let pace = Pace { rate: Some(rate as f64), until: Until::Elapsed(period) };
    let mut tally = Tally::new(&pace, RandomState::new());
    for index in 0..rate * ms / 1000 {
        let intended = Duration::from_micros(1_000_000 * index / rate);
        let slice = pace.slice(intended, index);
        let sent = intended + Duration::from_micros(late);
        let turn = Turn { index, slice, intended, sent, free: intended };
        tally.send(&turn);
        tally.finish(&turn, intended + Duration::from_micros(answered_after(index)), Some(period), None);
    }
    Stage { pace, tally, period, unsent: 0, busy: None }
}

/// A ramp from 100 to 1000 requests a second, two seconds each, of what answers one after the other in 1.5 ms, some in 3; at 400/s
/// it stalls before the end.
pub fn ramp() -> Report {
    let stage = |n: u64| {
        let (rate, mut free) = (100 * n, 0);
        let times: Vec<u64> = (0..rate * 2)
            .map(|index| {
                let due = 1_000_000 * index / rate;
                free = free.max(due) + if index % 50 == 49 { 3000 } else { 1400 + index * 7919 % 200 };
                let stalls = n == 4 && due > 1_900_000;
                free - due + if stalls { 2_000_000 - due } else { 0 }
            })
            .collect();
        open_loop_micros(rate, 2000, |index| times[index as usize])
    };
    of((1..=10).map(stage).collect())
}

/// Of so many milliseconds, in which it dies after `alive` of them; in a closed loop one request a millisecond is sent.
pub fn dies(rate: Option<f64>, ms: u64, alive: u64) -> Report {
    of(vec![dying(rate, ms, alive)])
}

/// A ramp from 100 to 1000 requests a second, a second each; from one rate on it is dead, but for a first share of that.
pub fn ramp_that_dies(from: u64, share: f64) -> Report {
    let alive = |rate: u64| match rate.cmp(&from) {
        Ordering::Less => 1000,
        Ordering::Equal => (1000.0 * (1.0 - share)) as u64,
        Ordering::Greater => 0,
    };
    of((1..=10).map(|n| 100 * n).map(|rate| dying(Some(rate as f64), 1000, alive(rate))).collect())
}

fn dying(rate: Option<f64>, ms: u64, alive: u64) -> Stage {
    let period = Duration::from_millis(ms);
    let pace = Pace { rate, until: Until::Elapsed(period) };
    let per_second = rate.unwrap_or(1000.0) as u64;
    let mut tally = Tally::new(&pace, RandomState::new());
    for index in 0..per_second * ms / 1000 {
        let sent = Duration::from_micros(1_000_000 * index / per_second);
        let turn = Turn { index, slice: pace.slice(sent, index), intended: sent, sent, free: sent };
        tally.send(&turn);
        let failed = (sent >= Duration::from_millis(alive)).then_some("transport");
        tally.finish(&turn, sent + Duration::from_micros(500 + index * 7919 % 97), Some(period), failed);
        if failed.is_some() {
            tally.blame("connection refused");
        }
    }
    Stage { pace, tally, period, unsent: 0, busy: None }
}

pub fn load(report: &Report) -> LoadReport {
    report.targets[0].phases[0].load.clone().expect("it is of a load")
}

/// 2000 requests a second for two seconds, each sent so many microseconds late and answered after half a millisecond or more.
pub fn late(micros: u64) -> Report {
    of(vec![sent_late(2000, 2000, micros, |index| micros + 500 + index * 7919 % 997)])
}

fn of(stages: Vec<Stage>) -> Report {
    let head = Head {
        schema_version: 1,
        load: Amount { connections: 5000, stages: stages.iter().map(|stage| stage.pace).collect() },
        plan: fixtures::plan(),
        environment: fixtures::somewhere(None, None),
        target: Target::new("a", "http://a.test/").unwrap(),
    };
    build(&head, &stages, false)
}
