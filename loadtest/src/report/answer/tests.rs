//! The sentences of reports whose answer is known.

use super::*;
use crate::evidence::Freshness;
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
        command: None,
        size_bytes: None,
        memory_bytes: None,
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
fn a_ratio_is_told_as_in_the_table_with_its_interval() {
    let slower = compared(&["old", "new"], &[(0, 1, [2.9, 3.2], Slower)]);
    assert_eq!(told(&slower), "Cold, new is slower than old: it takes 3.05 times as long (2.90 to 3.20).");
    let faster = compared(&["old", "new"], &[(0, 1, [0.32, 0.4], Faster)]);
    assert_eq!(told(&faster), "Cold, new is faster than old: it takes 0.36 times as long (0.32 to 0.40).");
    let table = &crate::report::outline::comparisons(&faster.comparisons).unwrap().rows[0];
    assert_eq!(table[..3], ["cold: new / old", "0.36", "0.32–0.40"]);
}

#[test]
fn a_small_difference_is_not_told_as_none() {
    let close = compared(&["a", "b"], &[(0, 1, [1.0012, 1.0078], Slower)]);
    assert_eq!(told(&close), "Cold, b is slower than a: it takes 1.004 times as long (1.001 to 1.008).");
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
        "Cold, b is slower than a: it takes 1.30 times as long (1.20 to 1.40); c is faster than b: it takes 0.75 times as \
         long (0.70 to 0.80); between a and c no difference is shown."
    );
}

#[test]
fn the_fastest_of_several_is_so_over_each_of_them() {
    let pairs =
        [(0, 1, [0.7, 0.8], Faster), (0, 2, [0.9, 1.3], NoDifferenceShown), (1, 2, [1.2, 1.4], Slower)];
    assert_eq!(
        told(&compared(&["a", "b", "c"], &pairs)),
        "Cold, b is the fastest: it takes 0.75 times as long as a (0.70 to 0.80), c takes 1.30 times as long as it (1.20 to \
         1.40)."
    );
    let names = ["a", "b", "c", "d", "e"];
    let mut pairs: Vec<_> = (1..5).map(|n| (0, n, [1.0 + n as f64, 9.0], Slower)).collect();
    assert_eq!(
        told(&compared(&names, &pairs)),
        "Cold, a is the fastest of 5; of the closest, b takes 4.24 times as long as it (2.00 to 9.00)."
    );
    pairs[0].3 = NoDifferenceShown;
    assert!(told(&compared(&names, &pairs)).ends_with("; between a and b no difference is shown."));
    pairs.push((1, 4, [2.0, 3.0], Slower));
    let many = told(&compared(&names, &pairs));
    assert_eq!(many, "Cold, 4 of 5 pairs differ; none is shown to be faster than a and b.");
}

#[test]
fn what_could_not_be_compared_is_named_with_the_reason() {
    let mut report = compared(&["a", "b", "c", "d"], &[(0, 1, [1.2, 1.4], Slower)]);
    report.targets[2].phases[0].latency_us.p50 = Some(f64::INFINITY);
    assert_eq!(
        told(&report),
        "Cold, b is slower than a: it takes 1.30 times as long (1.20 to 1.40). c could not be compared: so many of its \
         requests timed out that its median is not known. d could not be compared: it has too few samples that count, or rounds of them."
    );
}

#[test]
fn who_did_not_answer_is_named() {
    let mut samples = twice_as_slow();
    let fail = |sample: &mut Sample| sample.outcome = Outcome::Timeout;
    samples.iter_mut().filter(|sample| sample.target == "b").take(2).for_each(fail);
    let of_one = told(&report(&samples));
    assert!(of_one.contains(" 2 failed, all of them to b; times are of the others"), "{of_one}");
    samples.iter_mut().filter(|sample| sample.target == "a").take(1).for_each(fail);
    let of_two = told(&report(&samples));
    assert!(of_two.contains(" 3 failed: 1 to a, 2 to b; times are of the others"), "{of_two}");
    let refused = Outcome::Transport("connection refused".into());
    samples.iter_mut().filter(|sample| sample.target == "b").for_each(|b| b.outcome = refused.clone());
    let of_none = told(&report(&samples));
    assert!(of_none.contains(" b could not be compared: it gave no answer that counts."), "{of_none}");
}

#[test]
fn what_is_not_proven_is_said_to_be_so() {
    let mut report = compared(&["a", "b"], &[(0, 1, [1.2, 1.4], Slower)]);
    report.comparisons[0].proven = false;
    assert!(told(&report).starts_with("Cold (instances unproven), b is slower"), "{}", told(&report));
}

#[test]
fn one_target_has_a_median_and_an_interval_or_the_range() {
    let of = |n: u32| report(&(0..n).map(|i| in_round(i, "a", 500 + i)).collect::<Vec<_>>());
    assert_eq!(told(&of(40)), "Cold, a answers in 519 µs at the median (95 % interval 513 µs to 526 µs).");
    assert_eq!(
        told(&of(5)),
        "Cold, a answers in 502 µs at the median of 5 samples (500 µs to 504 µs); there is no 95 % interval."
    );
    assert_eq!(told(&report(&[])), "Nothing was measured.");
}

#[test]
fn too_few_samples_of_several_are_not_compared() {
    let report = report(&twice_as_slow()[..10]);
    assert_eq!(
        told(&report),
        "Cold, nothing can be compared. a and b could not be compared: they have too few samples that count, or rounds of them."
    );
}

#[test]
fn failures_and_an_early_end_are_among_the_first_things_said() {
    let failed = Sample { outcome: Outcome::Status(500), ..sample("a", Phase::Cold, 1) };
    let mut report = report(&[vec![sample("a", Phase::Cold, 1000); 40], vec![failed; 2]].concat());
    report.interrupted = true;
    let told = told(&report);
    assert!(
        told.starts_with("Ended early: ")
            && told.ends_with("Of 42 requests 2 failed, all of them to a; times are of the others.")
    );
}

#[test]
fn what_failed_in_warm_up_and_what_is_excluded_is_said() {
    let failed = Sample { outcome: Outcome::Status(503), ..sample("a", Phase::WarmUp, 1) };
    let fresh = Sample { freshness: Freshness::Fresh, ..sample("a", Phase::Warm, 1) };
    let told = told(&report(&[vec![sample("a", Phase::Warm, 1); 40], vec![failed, fresh]].concat()));
    assert!(told.contains("Of 42 requests 1 failed, all of them to a (1 in warm-up);"), "{told}");
    assert!(told.contains(" Excluded: 1 of 41 warm samples of a."), "{told}");
}

#[test]
fn a_median_of_time_outs_is_no_number() {
    let late = Sample { outcome: Outcome::Timeout, ..sample("a", Phase::Cold, 9_000_000) };
    let report = report(&[vec![sample("a", Phase::Cold, 1000); 30], vec![late; 40]].concat());
    assert!(
        told(&report).contains("a: so many requests timed out that its median is not known."),
        "{}",
        told(&report)
    );
    assert!(told(&report).ends_with("times are of the others, and time-outs count as longer than any."));
}
