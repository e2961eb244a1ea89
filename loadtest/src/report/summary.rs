//! Samples of one target into figures, phase by phase.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::{Contradicting, Distribution, EvidenceReport, Intervals, PhaseReport, Tightness, WarmUpReport};
use crate::evidence::Freshness;
use crate::plan::Plan;
use crate::sample::{Outcome, Phase, Sample, Segments};
use crate::stats::{self, Observation};
use crate::until::{self, Until};

/// The phases of `target` that have samples.
pub(crate) fn phases(target: &str, samples: &[Sample], plan: &Plan) -> Vec<PhaseReport> {
    let of = |phase| samples.iter().filter(|s| s.phase == phase && s.target == target).collect::<Vec<_>>();
    Phase::ONE_BY_ONE
        .into_iter()
        .map(|phase| (phase, of(phase)))
        .filter(|(_, samples)| !samples.is_empty())
        .map(|(phase, samples)| {
            let warm_up = if phase == Phase::Warm { of(Phase::WarmUp) } else { Vec::new() };
            let warm_up = warm_up_report(&warm_up, &samples, plan.seed);
            PhaseReport { warm_up, ..summarize(phase, &samples, plan) }
        })
        .collect()
}

fn warm_up_report(warm_up: &[&Sample], warm: &[&Sample], seed: u64) -> Option<WarmUpReport> {
    let rounds = |samples: &[&Sample]| samples.iter().map(|s| s.round).collect::<HashSet<_>>();
    let ok: Vec<_> = warm_up.iter().filter(|s| s.outcome.is_ok()).map(service_time).collect();
    let first = warm.iter().map(|s| s.round).min();
    (!warm_up.is_empty()).then(|| WarmUpReport {
        samples: warm_up.len(),
        failed: warm_up.iter().filter(|s| s.outcome.is_failure()).count(),
        failures: counted_by(warm_up, failure),
        causes: counted_by(warm_up, cause),
        wrong_answer: warm_up.iter().find_map(|sample| wrong_answer(&sample.outcome)),
        rounds: rounds(warm_up).iter().filter(|round| first.is_some_and(|first| **round < first)).count(),
        latency_us: distribution(ok, seed),
    })
}

fn summarize(phase: Phase, samples: &[&Sample], plan: &Plan) -> PhaseReport {
    let seed = plan.seed;
    let ok: Vec<&Sample> = samples.iter().copied().filter(|s| s.outcome.is_ok()).collect();
    let (counted, contradicting) = by_evidence(phase, &ok);
    let segment = |of: fn(&Segments) -> Option<u64>| {
        let observe = |s: &&Sample| Some(observation(s, micros(of(&s.segments)?)));
        some_distribution(counted.iter().filter_map(observe).collect(), seed)
    };
    let handler = |s: &&Sample| Some(observation(s, s.testimony.handler_us?));
    let too_long =
        |s: &&Sample| s.testimony.handler_us.is_some_and(|handler| handler > micros(s.service_ns()));
    // Who is wrong about one is not believed about the others.
    let handler_not_believed = counted.iter().any(too_long);
    let handlers = counted.iter().filter(|_| !handler_not_believed).filter_map(handler).collect();
    let observed_us = with_timeouts(&counted, samples);
    PhaseReport {
        phase,
        samples: samples.len(),
        counted: counted.len(),
        client_stopped: samples.iter().filter(|s| s.outcome == Outcome::ClientStopped).count(),
        retried: samples.iter().filter(|s| s.retried).count(),
        waited: counted.iter().filter(|s| s.waited).count(),
        failures: counted_by(samples, failure),
        causes: counted_by(samples, cause),
        wrong_answer: samples.iter().find_map(|sample| wrong_answer(&sample.outcome)),
        evidence: evidence(&ok),
        latency_us: distribution(observed_us.clone(), seed).at_least(plan.timeout.as_secs_f64() * 1e6),
        dns_us: segment(|s| s.dns_ns),
        connect_us: segment(|s| s.connect_ns),
        tls_us: segment(|s| s.tls_ns),
        first_byte_us: segment(|s| s.first_byte_ns),
        body_us: segment(|s| s.body_ns),
        handler_us: some_distribution(handlers, seed),
        handler_not_believed,
        contradicting: (!contradicting.is_empty()).then(|| Contradicting {
            samples: contradicting.len(),
            latency_us: distribution(contradicting.iter().map(service_time).collect(), seed),
        }),
        warm_up: None,
        load: None,
        until: plan.until.map(|until| tightness(until, observed_us.clone(), samples)),
        observed_us,
    }
}

/// Splits ok samples into those that are what their phase says, and those to exclude.
///
/// Cold is a fresh instance on a new connection. Warm is a reused instance on a connection that was there; where a
/// host mostly makes new instances, or closes connections, warm is what is left of it, and a warning says so. What
/// is not proven counts only where most is not.
fn by_evidence<'a>(phase: Phase, ok: &[&'a Sample]) -> (Vec<&'a Sample>, Vec<&'a Sample>) {
    let cold = matches!(phase, Phase::Once | Phase::Startup | Phase::Cold);
    let evidence = evidence(ok);
    let unproven = evidence.is_mostly_unknown();
    let mostly_fresh = evidence.fresh > evidence.reused && !unproven;
    let wanted = if cold || mostly_fresh { Freshness::Fresh } else { Freshness::Reused };
    let fits = |s: &Sample| s.freshness == wanted || s.freshness == Freshness::Unknown && unproven;
    let fitting = || ok.iter().filter(|s| fits(s));
    let opened = fitting().filter(|s| s.new_connection).count();
    let new_connections = cold || 2 * opened > fitting().count();
    ok.iter().partition(|s| fits(s) && s.new_connection == new_connections)
}

/// What of a target's samples in a phase counts: service times in microseconds. Of a time-out, all that is known is
/// that it took longer than what did not.
pub fn observed(phase: Phase, samples: &[&Sample]) -> Vec<Observation> {
    let ok: Vec<&Sample> = samples.iter().copied().filter(|s| s.outcome.is_ok()).collect();
    with_timeouts(&by_evidence(phase, &ok).0, samples)
}

fn with_timeouts(counted: &[&Sample], all: &[&Sample]) -> Vec<Observation> {
    let timeouts = all.iter().filter(|s| s.outcome == Outcome::Timeout);
    counted.iter().map(service_time).chain(timeouts.map(|s| observation(s, f64::INFINITY))).collect()
}

fn tightness(until: Until, observed: Vec<Observation>, samples: &[&Sample]) -> Tightness {
    let rounds = samples.iter().map(|s| s.round as usize + 1).max().unwrap_or(0);
    let hopeless = until::is_hopeless(&observed, rounds);
    let percent = until.width(observed);
    Tightness { asked: until, percent: percent.map(to_nanos), reached: until.allows(percent), hopeless }
}

fn service_time(sample: &&Sample) -> Observation {
    observation(sample, micros(sample.service_ns()))
}

fn observation(sample: &Sample, value: f64) -> Observation {
    Observation { value, round: sample.round }
}

fn counted_by<'a>(
    samples: &[&'a Sample],
    of: impl Fn(&'a Outcome) -> Option<Cow<'a, str>>,
) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for told in samples.iter().filter_map(|sample| of(&sample.outcome)) {
        *counts.entry(told.into_owned()).or_default() += 1;
    }
    counts
}

fn failure(outcome: &Outcome) -> Option<Cow<'_, str>> {
    outcome.is_failure().then(|| outcome.kind())
}

fn cause(outcome: &Outcome) -> Option<Cow<'_, str>> {
    match outcome {
        Outcome::Transport(cause) => Some(cause.into()),
        _ => None,
    }
}

fn wrong_answer(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::WrongAnswer(how) => Some(how.clone()),
        _ => None,
    }
}

fn evidence(ok: &[&Sample]) -> EvidenceReport {
    let count = |freshness| ok.iter().filter(|s| s.freshness == freshness).count();
    let instances: HashSet<_> = ok.iter().filter_map(|s| s.testimony.instance.as_deref()).collect();
    EvidenceReport {
        fresh: count(Freshness::Fresh),
        reused: count(Freshness::Reused),
        unknown: count(Freshness::Unknown),
        instances: instances.len(),
    }
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1000.0
}

/// `None` of nothing.
fn some_distribution(observed: Vec<Observation>, seed: u64) -> Option<Distribution> {
    (!observed.is_empty()).then(|| distribution(observed, seed))
}

/// Of values in any order, in whatever unit they are.
pub(crate) fn distribution(observed: Vec<Observation>, seed: u64) -> Distribution {
    let sorted = stats::sorted(observed);
    let percentile = |q| stats::percentile(&sorted, q).map(to_nanos);
    let interval = |q| stats::percentile_interval(&sorted, q).map(|bounds| bounds.map(to_nanos));
    Distribution {
        min: sorted.first().map(|o| to_nanos(o.value)),
        mean: stats::mean(&sorted).map(to_nanos),
        stddev: stats::stddev(&sorted).map(to_nanos),
        p50: stats::median(&sorted).map(to_nanos),
        p90: percentile(0.9),
        p95: percentile(0.95),
        p99: percentile(0.99),
        p999: percentile(0.999),
        max: sorted.last().map(|o| to_nanos(o.value)),
        longest_completed: longest_completed(&sorted),
        at_least_us: BTreeMap::new(),
        ci95: Intervals {
            p50: interval(0.5),
            mean: stats::mean_interval(&sorted, seed).map(|bounds| bounds.map(to_nanos)),
            p90: interval(0.9),
            p95: interval(0.95),
            p99: interval(0.99),
            p999: interval(0.999),
        },
    }
}

/// Where the longest is not known, the longest that is.
fn longest_completed(sorted: &[Observation]) -> Option<f64> {
    sorted.last().filter(|last| last.value.is_infinite())?;
    sorted.iter().rev().map(|o| o.value).find(|value| value.is_finite()).map(to_nanos)
}

/// Microseconds without digits that no clock gave.
fn to_nanos(micros: f64) -> f64 {
    (micros * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{plan, sample};

    fn phase(samples: &[Sample]) -> PhaseReport {
        phases("a", samples, &plan()).remove(0)
    }

    fn with(freshness: Freshness, new_connection: bool, phase: Phase) -> Sample {
        Sample { freshness, new_connection, ..sample("a", phase, 1000) }
    }

    #[test]
    fn failures_are_counted_by_kind_beside_the_times() {
        let failed = |outcome| Sample { outcome, ..sample("a", Phase::Cold, 9_000_000) };
        let report = phase(&[
            sample("a", Phase::Cold, 1000),
            failed(Outcome::Status(500)),
            failed(Outcome::Status(500)),
        ]);
        assert_eq!((report.samples, report.counted, report.latency_us.max), (3, 1, Some(1000.0)));
        assert_eq!(report.failures["status-500"], 2);
    }

    #[test]
    fn a_time_out_only_pushes_percentiles_up() {
        let mut samples = vec![sample("a", Phase::Cold, 1000); 30];
        samples.resize(40, Sample { outcome: Outcome::Timeout, ..sample("a", Phase::Cold, 9_000_000) });
        let latency = phase(&samples).latency_us;
        assert_eq!((latency.p50, latency.mean, latency.max), (Some(1000.0), None, Some(f64::INFINITY)));
        assert_eq!(latency.longest_completed, Some(1000.0));
        samples.resize(70, samples[39].clone());
        assert_eq!(phase(&samples).latency_us.p50, Some(f64::INFINITY));
    }

    #[test]
    fn what_counts_is_what_its_phase_says() {
        use Freshness::{Fresh, Reused, Unknown};
        let (new, kept) = (true, false);
        for (phase, samples, counted) in [
            (Phase::Cold, [(Fresh, new), (Reused, new)], 1),
            (Phase::Cold, [(Fresh, kept), (Fresh, kept)], 0),
            (Phase::Cold, [(Unknown, new), (Unknown, new)], 2),
            (Phase::Cold, [(Unknown, new), (Fresh, new)], 1),
            (Phase::Cold, [(Unknown, new), (Reused, new)], 0),
            (Phase::Warm, [(Reused, kept), (Fresh, kept)], 1),
            (Phase::Warm, [(Reused, new), (Reused, new)], 2),
            // Where nothing is ever reused, warm is the warm connection.
            (Phase::Warm, [(Fresh, kept), (Fresh, new)], 1),
        ] {
            let found = self::phase(&samples.map(|(freshness, new)| with(freshness, new, phase)));
            let excluded = found.contradicting.map_or(0, |excluded| excluded.samples);
            assert_eq!((found.counted, excluded), (counted, 2 - counted), "{phase:?} {samples:?}");
        }
    }

    #[test]
    fn the_majority_decides_and_the_odd_ones_are_excluded() {
        use Freshness::{Fresh, Reused, Unknown};
        let of = |phase, most, odd| {
            let cold = phase == Phase::Cold;
            let mut samples = vec![with(most, cold, phase); 999];
            samples.push(with(odd, cold, phase));
            let report = self::phase(&samples);
            (
                report.counted,
                report.contradicting.as_ref().map_or(0, |apart| apart.samples),
                report.is_proven(),
            )
        };
        for (most, odd) in [(Fresh, Reused), (Fresh, Unknown), (Reused, Fresh), (Reused, Unknown)] {
            assert_eq!(of(Phase::Warm, most, odd), (999, 1, true), "{most:?} {odd:?}");
        }
        for odd in [Reused, Unknown] {
            assert_eq!(of(Phase::Cold, Fresh, odd), (999, 1, true), "{odd:?}");
        }
        assert_eq!(of(Phase::Cold, Unknown, Reused), (999, 1, false));
        assert_eq!(of(Phase::Warm, Unknown, Fresh), (999, 1, false));
        assert_eq!(of(Phase::Cold, Unknown, Fresh), (1000, 0, false), "what is proven cold is not odd");
        assert_eq!(of(Phase::Cold, Reused, Fresh), (1, 999, true), "most are not cold");
        assert_eq!(of(Phase::Cold, Reused, Unknown), (0, 1000, false));
    }

    #[test]
    fn instances_are_counted_once() {
        let mut samples =
            vec![sample("a", Phase::Warm, 1), sample("a", Phase::Warm, 1), sample("a", Phase::Warm, 1)];
        for (sample, name) in samples.iter_mut().zip(["x", "x", "y"]) {
            sample.testimony.instance = Some(name.into());
        }
        assert_eq!(phase(&samples).evidence.instances, 2);
    }

    #[test]
    fn what_warms_up_is_told_apart() {
        let of = |phase, round, micros| Sample { round, ..sample("a", phase, micros) };
        let samples = [of(Phase::WarmUp, 0, 9), of(Phase::WarmUp, 1, 7), of(Phase::Warm, 1, 2)];
        let report = phase(&samples);
        let warm_up = report.warm_up.unwrap();
        assert_eq!((report.samples, report.latency_us.max), (1, Some(2.0)));
        assert_eq!((warm_up.samples, warm_up.rounds, warm_up.latency_us.max), (2, 1, Some(9.0)));
        assert_eq!(warm_up.failed, 0);
    }

    #[test]
    fn a_round_that_broke_off_while_it_warmed_up_is_no_slow_one() {
        let of = |phase, round| Sample { round, ..sample("a", phase, 1) };
        let report = phase(&[of(Phase::WarmUp, 0), of(Phase::Warm, 0), of(Phase::WarmUp, 1)]);
        assert_eq!(report.warm_up.unwrap().rounds, 0);
    }

    #[test]
    fn phases_and_targets_are_never_pooled() {
        let samples = [
            sample("a", Phase::Cold, 1),
            sample("a", Phase::Warm, 2),
            sample("a", Phase::WarmUp, 3),
            sample("b", Phase::Cold, 4),
        ];
        let reports = phases("a", &samples, &plan());
        let maxima: Vec<_> =
            reports.iter().map(|r| (r.phase, r.samples, r.latency_us.max.unwrap())).collect();
        assert_eq!(maxima, [(Phase::Cold, 1, 1.0), (Phase::Warm, 1, 2.0)]);
    }
}
