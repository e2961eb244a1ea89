//! When there is which doubt.

use super::compared::{near_floor, too_few};
use super::phase::is_loopback;
use super::*;
use crate::cache::CachePolicy;
use crate::evidence::Freshness;
use crate::report::Report;
use crate::report::fixtures::{in_round, plan, report, sample, twice_as_slow};
use crate::report::load::fixtures::{dies, late, ramp};
use crate::sample::{Outcome, Phase, Sample};

/// Forty samples of a phase, all alike, but for what is done to the first ones.
fn forty(phase: Phase, micros: u64, first: &[fn(&mut Sample)]) -> Report {
    let mut samples = vec![sample("a", phase, micros); 40];
    samples.iter_mut().zip(first).for_each(|(sample, change)| change(sample));
    report(&samples)
}

fn all_of(phase: Phase, micros: u64, change: fn(&mut Sample)) -> Report {
    forty(phase, micros, &[change; 40])
}

fn unproven(sample: &mut Sample) {
    sample.freshness = Freshness::Unknown;
}

fn status<const CODE: u16>(sample: &mut Sample) {
    sample.outcome = Outcome::Status(CODE);
}

fn timed_out(sample: &mut Sample) {
    sample.outcome = Outcome::Timeout;
}

fn failed_in_warm_up() -> Report {
    let mut samples = vec![sample("a", Phase::Warm, 1); 40];
    samples.push(Sample { outcome: Outcome::Status(503), ..sample("a", Phase::WarmUp, 1) });
    report(&samples)
}

fn failures_of_two() -> Report {
    let failed = |target| Sample { outcome: Outcome::Timeout, ..sample(target, Phase::Warm, 1) };
    let mut samples = vec![failed("a"), failed("b"), failed("b")];
    samples.extend((0..40).map(|n| Sample { freshness: Freshness::Unknown, ..in_round(n, "a", 500) }));
    report(&samples)
}

fn one_timed_out() -> Report {
    let mut samples = twice_as_slow();
    samples.iter_mut().filter(|sample| sample.target == "b" && sample.round > 9).for_each(timed_out);
    report(&samples)
}

fn on_this_machine(report: Report) -> Report {
    let targets =
        report.targets.into_iter().map(|target| TargetReport { url: "http://127.0.0.1/".into(), ..target });
    let targets: Vec<_> = targets.collect();
    let found = all(&targets, &[], &plan(), &report.environment);
    Report { warnings: ranked(found).0, targets, ..report }
}

fn planned(report: Report, plan: &Plan, samples: &[Sample]) -> Report {
    let targets = report.targets.into_iter().map(|target| {
        let phases = crate::report::summary::phases(&target.name, samples, plan);
        TargetReport { phases, ..target }
    });
    let targets: Vec<_> = targets.collect();
    let found = all(&targets, &[], plan, &report.environment);
    Report { warnings: ranked(found).0, targets, ..report }
}

#[test]
fn each_doubt_where_there_is_reason_for_it() {
    let rising: Vec<_> = (0..40).map(|n| in_round(n, "a", 1000 + 20 * n)).collect();
    let reused: Vec<_> = (0..20)
        .map(|round| Sample { round, freshness: Freshness::Reused, ..sample("a", Phase::Cold, 1) })
        .collect();
    let until = Plan { until: "p50±2%".parse().ok(), ..plan() };
    let caches = Plan { caches: CachePolicy { allow_cached: true, ..CachePolicy::default() }, ..plan() };
    let unknown: Vec<_> = vec![Sample { freshness: Freshness::Unknown, ..sample("a", Phase::Cold, 1) }; 40];
    let told = [
        ("cold", forty(Phase::Cold, 1, &[])),
        ("warm", forty(Phase::Warm, 1, &[])),
        ("cold, reused", all_of(Phase::Cold, 1, |s| s.freshness = Freshness::Reused)),
        ("cold, unproven", all_of(Phase::Cold, 1, unproven)),
        ("cold, one unproven", forty(Phase::Cold, 1, &[unproven])),
        ("cold, unproven, caches allowed", planned(report(&unknown), &caches, &unknown)),
        ("cold, 403", all_of(Phase::Cold, 1, status::<403>)),
        ("cold, 500", all_of(Phase::Cold, 1, status::<500>)),
        ("cold, waited", all_of(Phase::Cold, 301_000, |s| s.waited = true)),
        ("cold, rising", report(&rising)),
        ("cold, hopeless", planned(report(&reused), &until, &reused)),
        ("warm, 403", all_of(Phase::Warm, 1, status::<403>)),
        ("warm, cached", all_of(Phase::Warm, 1, |s| s.outcome = Outcome::Cached("age: 1".into()))),
        ("warm, stopped", forty(Phase::Warm, 1, &[|s| s.outcome = Outcome::ClientStopped])),
        ("warm, sent again", forty(Phase::Warm, 1, &[|s| s.retried = true])),
        ("warm, fresh", all_of(Phase::Warm, 1, |s| s.freshness = Freshness::Fresh)),
        ("warm, handler too long", all_of(Phase::Warm, 1, |s| s.testimony.handler_us = Some(2.0))),
        ("warm, all timed out", all_of(Phase::Warm, 1, timed_out)),
        (
            "warm, one failed",
            forty(Phase::Warm, 1, &[|s| s.outcome = Outcome::Transport("connection refused".into())]),
        ),
        ("warm, one timed out", forty(Phase::Warm, 1, &[status::<500>, timed_out])),
        ("warm-up failed", failed_in_warm_up()),
        ("two targets failed", failures_of_two()),
        ("one of two timed out", one_timed_out()),
        ("two URLs compared", report(&twice_as_slow())),
        ("closed loop", on_this_machine(dies(None, 2000, 2000))),
        ("ramp", on_this_machine(ramp())),
        ("sustained", on_this_machine(late(10))),
    ];
    // Whether this is a debug build is a matter of who tests.
    let told = told.map(|(name, report)| {
        let warnings = report.warnings.iter().filter(|warning| !warning.starts_with("this is a debug build"));
        warnings.fold(format!("{name}:"), |all, warning| format!("{all}\n  {warning}"))
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn samples_during_which_this_client_was_stopped_are_in_no_figure() {
    let report =
        forty(Phase::Warm, 1, &[|s| (s.outcome, s.done_ns) = (Outcome::ClientStopped, 9_000_000_000)]);
    let warm = &report.targets[0].phases[0];
    assert_eq!((warm.samples, warm.counted, warm.client_stopped, warm.failures.len()), (40, 39, 1, 0));
    assert_eq!((warm.latency_us.max, warm.observed_us.len()), (Some(1.0), 39));
}

#[test]
fn client_overhead_is_said_where_it_is_half_of_a_median_or_blunts_a_ratio() {
    let compared = report(&twice_as_slow());
    let told = |floor_us, blunts| {
        near_floor(&compared.targets, floor_us, Phase::Cold, blunts).map(|warning| warning.to_string())
    };
    let told = [told(300.0, false), told(100.0, false), told(60.0, true), told(50.0, true)];
    insta::assert_debug_snapshot!(told);
}

#[test]
fn only_addresses_of_this_machine_are_this_machine() {
    assert!(["http://127.0.0.1:80/", "https://localhost/", "http://[::1]:80/"].into_iter().all(is_loopback));
    assert!(
        !["http://example.org/127.", "https://localhost.run/", "http://127.0.0.1.nip.io/"]
            .into_iter()
            .any(is_loopback)
    );
}

#[test]
fn what_could_change_a_decision_comes_first_and_the_rest_after_it() {
    let of = |weight, text: &str| Warning::new(weight, text);
    let (told, decisive) = ranked(vec![
        of(Weight::Explains, "resumed"),
        of(Weight::Skipped, "one"),
        of(Weight::NotKnown, "no cold starts"),
        of(Weight::Skipped, "two"),
    ]);
    assert_eq!((told, decisive), (["no cold starts", "one", "two", "resumed"].map(String::from).into(), 3));
}

#[test]
fn too_few_samples_are_said_with_the_least_that_are_enough() {
    let told = [(5, 2), (5, 1), (6, 2), (6, 1), (20, 2)]
        .map(|(samples, targets)| too_few(Phase::Cold, samples, targets).map(|warning| warning.to_string()));
    insta::assert_debug_snapshot!(told);
}
