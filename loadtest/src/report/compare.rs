//! Every pair of targets, phase by phase.

use super::{Comparison, PhaseReport, TargetReport, Verdict, verdict};
use crate::floor::Floor;
use crate::parallel;
use crate::plan::Plan;
use crate::stats::{self, Observation, Ratio};

/// How the medians of baselines and candidates are compared, each with the same seed.
type Compare = fn(&[(&[Observation], &[Observation])], u64) -> Vec<Option<Ratio>>;

pub(super) type Pair<'a> = (&'a TargetReport, &'a TargetReport);

/// Compares each target with those before it, with which it took turns.
pub(super) fn all(targets: &[TargetReport], plan: &Plan, floor: Option<Floor>) -> Vec<Comparison> {
    let with_earlier =
        |(index, candidate)| targets[..index].iter().map(move |baseline| (baseline, candidate));
    let pairs: Vec<_> = targets.iter().enumerate().flat_map(with_earlier).collect();
    of_pairs(&pairs, stats::median_ratios, plan, floor)
}

/// Compares targets that did not take turns.
pub(super) fn apart(pairs: &[Pair], plan: &Plan, floor: Option<Floor>) -> Vec<Comparison> {
    let compare: Compare = |compared, seed| {
        compared.iter().map(|(before, after)| stats::median_ratio_apart(before, after, seed)).collect()
    };
    of_pairs(pairs, compare, plan, floor)
}

fn of_pairs(pairs: &[Pair], compare: Compare, plan: &Plan, floor: Option<Floor>) -> Vec<Comparison> {
    let compared: Vec<_> = pairs.iter().flat_map(of_phases).collect();
    let ratios = parallel::shares(&compared, |share| {
        let observed =
            share.iter().map(|(.., [before, after])| (&before.observed_us[..], &after.observed_us[..]));
        compare(&observed.collect::<Vec<_>>(), plan.seed)
    });
    let found = compared.into_iter().zip(ratios);
    let found: Vec<_> = found
        .filter_map(|((baseline, candidate, phases), ratio)| Some((baseline, candidate, phases, ratio?)))
        .collect();
    let corrected = stats::holm(&found.iter().map(|(.., ratio)| ratio.p_value).collect::<Vec<_>>());
    let mut comparisons: Vec<_> = found
        .into_iter()
        .zip(corrected)
        .map(|((baseline, candidate, phases, ratio), p_value)| {
            let phase = phases[1].phase;
            let medians = phases.map(|phase| phase.latency_us.p50);
            let comparison = Comparison {
                baseline: baseline.name.clone(),
                candidate: candidate.name.clone(),
                phase,
                proven: phases.iter().all(|phase| phase.is_proven()),
                ratio_p50: rounded(ratio.ratio),
                bound: None,
                ci95: ratio.interval.map(rounded),
                p_value: rounded(p_value),
                verdict: Verdict::NoDifferenceShown,
                detectable: None,
            };
            comparison.judged(plan.margin, verdict::overhead(floor, phase, medians))
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

/// Without digits that are of the arithmetic.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Bound;
    use crate::report::fixtures::{in_round, plan, report, twice_as_slow};

    #[test]
    fn a_target_is_the_same_as_itself() {
        let samples: Vec<_> =
            (0..40).flat_map(|n| [in_round(n, "a", 500 + n), in_round(n, "b", 500 + n)]).collect();
        assert_eq!(report(&samples).comparisons[0].verdict, Verdict::Same);
    }

    #[test]
    fn a_floor_of_the_client_makes_a_ratio_a_bound() {
        let samples = twice_as_slow();
        let floor = Floor { cold_us: Some(100.0), ..Floor::default() };
        let targets = report(&samples).targets;
        let [with, without] = [Some(floor), None].map(|floor| all(&targets, &plan(), floor).remove(0));
        assert_eq!((with.bound, without.bound), (Some(Bound::AtLeast), None));
        assert_eq!(Comparison { bound: None, ..with }, without);
    }
}
