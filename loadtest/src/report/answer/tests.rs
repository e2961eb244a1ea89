//! The sentences of reports whose answer is known.

use super::*;
use crate::report::fixtures::{in_round, report, sample, twice_as_slow};
use crate::report::{Comparison, PhaseReport, TargetReport, Verdict};
use crate::sample::{Outcome, Sample};

fn told(report: &Report) -> String {
    of(report).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Of targets with these names, compared as told.
fn compared(names: &[&str], pairs: &[(usize, usize, [f64; 2], Verdict)]) -> Report {
    let mut report = report(&twice_as_slow());
    let phases: Vec<PhaseReport> = report.targets[0].phases.clone();
    let target = |name: &&str| TargetReport {
        name: (*name).into(),
        url: "http://x/".into(),
        phases: phases.clone(),
        provenance: None,
    };
    report.targets = names.iter().map(target).collect();
    let comparison = |(baseline, candidate, ci95, verdict): &(usize, usize, [f64; 2], Verdict)| Comparison {
        baseline: names[*baseline].into(),
        candidate: names[*candidate].into(),
        phase: Phase::Cold,
        proven: true,
        ratio_p50: (ci95[0] * ci95[1]).sqrt(),
        ci95: *ci95,
        p_value: 0.01,
        verdict: *verdict,
    };
    report.comparisons = pairs.iter().map(comparison).collect();
    report
}

use Verdict::{Faster, NoDifferenceShown, Slower};

#[test]
fn the_faster_one_comes_first_whichever_was_the_baseline() {
    let slower = compared(&["old", "new"], &[(0, 1, [2.9, 3.2], Slower)]);
    assert_eq!(told(&slower), "Cold, old answers 2.90 to 3.20 times as fast as new.");
    let faster = compared(&["old", "new"], &[(0, 1, [0.3125, 0.4], Faster)]);
    assert_eq!(told(&faster), "Cold, new answers 2.50 to 3.20 times as fast as old.");
}

#[test]
fn the_interval_that_is_told_holds_the_one_that_was_found_and_not_1() {
    let close = compared(&["a", "b"], &[(0, 1, [1.0012, 1.0078], Slower)]);
    assert_eq!(told(&close), "Cold, a answers 1.001 to 1.008 times as fast as b.");
    let endless = compared(&["a", "b"], &[(0, 1, [1.5, f64::INFINITY], Slower)]);
    assert_eq!(told(&endless), "Cold, a answers at least 1.50 times as fast as b.");
    let nought = compared(&["a", "b"], &[(0, 1, [0.0, 0.05], Faster)]);
    assert_eq!(told(&nought), "Cold, b answers at least 20 times as fast as a.");
}

#[test]
fn what_is_not_shown_is_not_said() {
    let alike = compared(
        &["a", "b", "c"],
        &[
            (0, 1, [0.9, 1.1], NoDifferenceShown),
            (0, 2, [0.9, 2.1], NoDifferenceShown),
            (1, 2, [0.9, 1.3], NoDifferenceShown),
        ],
    );
    assert_eq!(told(&alike), "Cold, no difference is shown between a, b and c.");
    let one = compared(
        &["a", "b", "c"],
        &[(0, 1, [1.2, 1.4], Slower), (0, 2, [0.9, 1.1], NoDifferenceShown), (1, 2, [0.7, 0.8], Faster)],
    );
    assert_eq!(
        told(&one),
        "Cold, a answers 1.20 to 1.40 times as fast as b; c answers 1.25 to 1.43 times as fast as b; between a and c \
         no difference is shown."
    );
}

#[test]
fn the_fastest_of_several_is_so_over_each_of_them() {
    let pairs =
        [(0, 1, [1.2, 1.4], Slower), (0, 2, [1.5, 1.6], Slower), (1, 2, [0.9, 1.3], NoDifferenceShown)];
    let report = compared(&["a", "b", "c"], &pairs);
    assert_eq!(
        told(&report),
        "Cold, a is the fastest: 1.20 to 1.40 times as fast as b, 1.50 to 1.60 times as fast as c."
    );
    let names = ["a", "b", "c", "d", "e"];
    let mut pairs: Vec<_> = (1..5).map(|n| (0, n, [1.0 + n as f64, 9.0], Slower)).collect();
    assert_eq!(
        told(&compared(&names, &pairs)),
        "Cold, a is the fastest: 2.00 to 9.00 times as fast as b, the closest of 4."
    );
    pairs[0].3 = NoDifferenceShown;
    assert!(told(&compared(&names, &pairs)).ends_with("; between a and b no difference is shown."));
    pairs.push((1, 4, [2.0, 3.0], Slower));
    let many = told(&compared(&names, &pairs));
    assert_eq!(many, "Cold, 4 of 5 pairs differ; none is shown to be faster than a and b.");
}

#[test]
fn what_is_not_proven_is_said_to_be_so() {
    let mut report = compared(&["a", "b"], &[(0, 1, [1.2, 1.4], Slower)]);
    report.comparisons[0].proven = false;
    assert!(told(&report).starts_with("Cold (unproven), a answers"), "{}", told(&report));
}

#[test]
fn one_target_has_a_median_or_a_reason_for_none() {
    let of = |n: u32| report(&(0..n).map(|i| in_round(i, "a", 500 + i)).collect::<Vec<_>>());
    assert_eq!(told(&of(40)), "Cold, a answers in 519 µs at the median (95 % interval 513 µs to 526 µs).");
    assert_eq!(told(&of(5)), "Cold, a: 5 samples are too few for a median.");
    assert_eq!(told(&report(&[])), "Nothing was measured.");
}

#[test]
fn too_few_samples_of_several_are_not_compared() {
    let report = report(&twice_as_slow()[..10]);
    assert_eq!(told(&report), "Cold, nothing can be compared: too few samples, or rounds of them, count.");
}

#[test]
fn failures_and_an_early_end_are_among_the_first_things_said() {
    let failed = Sample { outcome: Outcome::Status(500), ..sample("a", Phase::Cold, 1) };
    let mut report = report(&[vec![sample("a", Phase::Cold, 1000); 40], vec![failed; 2]].concat());
    report.interrupted = true;
    let told = told(&report);
    assert!(
        told.starts_with("Interrupted: ")
            && told.ends_with("Of 42 requests 2 failed; times are of the others.")
    );
}

#[test]
fn a_median_of_time_outs_is_no_number() {
    let late = Sample { outcome: Outcome::Timeout, ..sample("a", Phase::Cold, 9_000_000) };
    let report = report(&[vec![sample("a", Phase::Cold, 1000); 30], vec![late; 40]].concat());
    assert!(told(&report).contains("a: half of the requests or more timed out."), "{}", told(&report));
}
