//! Every pair of targets, phase by phase.

use super::{Comparison, PhaseReport, TargetReport, Verdict};
use crate::parallel;
use crate::sample::Phase;
use crate::stats::{self, Observation, Ratio};

/// How the medians of baselines and candidates are compared, each with the same seed.
type Compare = fn(&[(&[Observation], &[Observation])], u64) -> Vec<Option<Ratio>>;

/// A baseline and a candidate.
pub(super) type Pair<'a> = (&'a TargetReport, &'a TargetReport);

/// Compares each target with those before it, with which it took turns.
pub(super) fn all(targets: &[TargetReport], seed: u64) -> Vec<Comparison> {
    let with_earlier =
        |(index, candidate)| targets[..index].iter().map(move |baseline| (baseline, candidate));
    let pairs: Vec<_> = targets.iter().enumerate().flat_map(with_earlier).collect();
    of_pairs(&pairs, stats::median_ratios, seed)
}

/// Compares targets that did not take turns.
pub(super) fn apart(pairs: &[Pair], seed: u64) -> Vec<Comparison> {
    let compare: Compare = |compared, seed| {
        compared.iter().map(|(before, after)| stats::median_ratio_apart(before, after, seed)).collect()
    };
    of_pairs(pairs, compare, seed)
}

/// P-values are corrected over all of them.
fn of_pairs(pairs: &[Pair], compare: Compare, seed: u64) -> Vec<Comparison> {
    let compared: Vec<_> = pairs.iter().flat_map(of_phases).collect();
    let ratios = parallel::shares(&compared, |share| {
        let observed =
            share.iter().map(|(.., [before, after])| (&before.observed_us[..], &after.observed_us[..]));
        compare(&observed.collect::<Vec<_>>(), seed)
    });
    let found = compared.into_iter().zip(ratios);
    let found: Vec<(&TargetReport, &TargetReport, &PhaseReport, Ratio)> = found
        .filter_map(|((baseline, candidate, [_, after]), ratio)| Some((baseline, candidate, after, ratio?)))
        .collect();
    let corrected = stats::holm(&found.iter().map(|(.., ratio)| ratio.p_value).collect::<Vec<_>>());
    let mut comparisons: Vec<_> = found
        .into_iter()
        .zip(corrected)
        .map(|((baseline, candidate, phase, ratio), p_value)| Comparison {
            baseline: baseline.name.clone(),
            candidate: candidate.name.clone(),
            phase: phase.phase,
            proven: [baseline, candidate].iter().all(|target| is_proven(target, phase.phase)),
            ratio_p50: rounded(ratio.ratio),
            ci95: ratio.interval.map(rounded),
            p_value: rounded(p_value),
            verdict: verdict(&ratio, p_value),
        })
        .collect();
    comparisons.sort_by_key(|comparison| comparison.phase);
    comparisons
}

/// Of a pair the phases that both have.
fn of_phases<'a>(
    pair: &Pair<'a>,
) -> impl Iterator<Item = (&'a TargetReport, &'a TargetReport, [&'a PhaseReport; 2])> {
    let (baseline, candidate) = *pair;
    candidate.phases.iter().filter_map(move |after| {
        let before = baseline.phases.iter().find(|before| before.phase == after.phase)?;
        Some((baseline, candidate, [before, after]))
    })
}

fn is_proven(target: &TargetReport, phase: Phase) -> bool {
    target.phases.iter().any(|report| report.phase == phase && report.is_proven())
}

/// Without digits that are of the arithmetic.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn verdict(ratio: &Ratio, p_value: f64) -> Verdict {
    match ratio.is_a_difference(p_value) {
        true if ratio.interval[0] > 1.0 => Verdict::Slower,
        true => Verdict::Faster,
        false => Verdict::NoDifferenceShown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures::{in_round, report, twice_as_slow};

    #[test]
    fn twice_the_time_is_slower() {
        let comparison = &report(&twice_as_slow()).comparisons[0];
        assert_eq!((comparison.baseline.as_str(), comparison.candidate.as_str()), ("a", "b"));
        assert_eq!(comparison.verdict, Verdict::Slower);
        assert!((comparison.ratio_p50 - 1.96).abs() < 0.01, "{comparison:?}");
    }

    #[test]
    fn a_target_is_no_different_from_itself() {
        let samples: Vec<_> =
            (0..40).flat_map(|n| [in_round(n, "a", 500 + n), in_round(n, "b", 500 + n)]).collect();
        assert_eq!(report(&samples).comparisons[0].verdict, Verdict::NoDifferenceShown);
    }

    #[test]
    fn too_few_samples_are_not_compared() {
        let samples: Vec<_> = twice_as_slow().into_iter().take(30).collect();
        assert!(report(&samples).comparisons.is_empty());
    }

    #[test]
    fn a_small_p_value_without_an_interval_beside_one_is_no_verdict() {
        let verdict = |interval, p_value| verdict(&Ratio { ratio: 1.0, interval, p_value }, p_value);
        assert_eq!(verdict([0.9, 1.1], 0.01), Verdict::NoDifferenceShown);
        assert_eq!(verdict([0.5, 0.9], 0.06), Verdict::NoDifferenceShown);
        assert_eq!(verdict([0.5, 0.9], 0.05), Verdict::Faster);
        assert_eq!(verdict([1.1, 1.9], 0.05), Verdict::Slower);
    }
}
