//! What was counted, as figures.

use std::collections::BTreeMap;

use super::behind::{is_failing, judged, who};
use super::{Kept, LoadReport, Loop, slices};
use crate::load::Stage;
use crate::report::{Distribution, EvidenceReport, Intervals, PhaseReport};
use crate::sample::Phase;
use crate::stats::{self, Counted};

pub fn phase(connections: usize, stage: &Stage, seed: u64) -> PhaseReport {
    let tally = &stage.tally;
    let (open, period) = (stage.pace.rate.is_some(), stage.period.as_secs_f64());
    let ok = tally.ok();
    let achieved_rate = tally.sent as f64 / period;
    let (kept, undecided) = stage.pace.rate.map(|asked| judged(asked, connections, stage)).unzip();
    let saturated = kept.map(|kept| kept == Kept::Behind);
    let failing = is_failing(stage);
    let load = LoadReport {
        kind: if open { Loop::Open } else { Loop::Closed },
        asked_rate: stage.pace.rate,
        achieved_rate,
        throughput: stage.throughput(),
        connections,
        connections_made: tally.connections,
        duration: stage.period,
        saturated,
        failing,
        undecided: undecided.flatten().filter(|_| !failing),
        behind: saturated.filter(|saturated| *saturated).map(|_| who(stage.busy)),
        client_busy: stage.busy,
        unsent: stage.unsent,
        unfinished: tally.sent - tally.finished,
        service_us: distribution(&tally.service, seed),
        client_late_us: open.then(|| distribution(std::slice::from_ref(&tally.late), seed)),
        spread_us: spread(tally.latency()),
        service_spread_us: spread(&tally.service),
        slices: slices::of(stage, seed),
        steps: Vec::new(),
        knee: None,
    };
    PhaseReport {
        phase: Phase::Load,
        samples: count(tally.finished),
        counted: count(ok),
        failures: tally.failures.clone(),
        client_stopped: count(tally.client_stopped),
        retried: count(tally.retried),
        waited: 0,
        evidence: EvidenceReport {
            fresh: tally.proven_fresh(),
            reused: tally.reused,
            unknown: tally.unknown + tally.fresh - tally.proven_fresh(),
            instances: tally.instances(),
        },
        latency_us: distribution(tally.latency(), seed),
        dns_us: None,
        connect_us: None,
        tls_us: None,
        first_byte_us: None,
        body_us: None,
        handler_us: None,
        causes: tally.causes.clone(),
        wrong_answer: tally.wrong_answer.clone(),
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
        p50: all.median().map(micros),
        p90: percentile(0.9),
        p95: percentile(0.95),
        p99: percentile(0.99),
        p999: percentile(0.999),
        max: all.max().map(micros),
        longest_completed: all.max().filter(|max| max.is_infinite()).and(all.longest_known()).map(micros),
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
