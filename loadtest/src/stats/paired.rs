//! Two targets that took turns.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pairs::{Pairs, SWAPPED};
use super::{COMPARED, MIN_ROUNDS, Observation, RESAMPLES, SIGNIFICANT, TAIL, draw, expanded_tail, middle};

/// How often the targets' names are swapped: a p-value of 0.0001 can be told, enough for many comparisons at once.
const SWAPS: usize = 9_999;

/// How two medians compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Median of the candidate over median of the baseline.
    pub ratio: f64,
    /// Its 95 % interval, by percentile bootstrap of rounds.
    pub interval: [f64; 2],
    /// How often a ratio at least this far from 1 comes of swapping the targets' names within rounds at random.
    ///
    /// As the order within a round is drawn, names that mean nothing would fall on the same values in any other way
    /// just as well: this holds whatever the machine does from round to round, and needs no distribution.
    pub p_value: f64,
}

impl Ratio {
    /// Whether the medians may be called different, with a p-value that may have been corrected.
    pub fn is_a_difference(&self, p_value: f64) -> bool {
        p_value <= SIGNIFICANT && !(self.interval[0] <= 1.0 && 1.0 <= self.interval[1])
    }
}

/// Compares the medians over the rounds in which both have samples, with what falls on a whole round taken out; `None`
/// where one of them may not be told.
pub fn median_ratio(baseline: &[Observation], candidate: &[Observation], seed: u64) -> Option<Ratio> {
    median_ratios(&[(baseline, candidate)], seed).pop().flatten()
}

/// The ratio of the medians alone, as in [`median_ratio`], of however few rounds; `None` where it is not known.
pub fn ratio_of_medians(baseline: &[Observation], candidate: &[Observation]) -> Option<f64> {
    let pairs = Pairs::of(baseline, candidate);
    let ratio = pairs.drawn(&vec![1; pairs.rounds()]);
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// [`median_ratio`] of many baselines and candidates, each with this seed.
pub fn median_ratios(compared: &[(&[Observation], &[Observation])], seed: u64) -> Vec<Option<Ratio>> {
    // Of as many rounds the same is drawn, and for all of them at once: a draw costs more than what is made of it.
    let mut by_rounds: BTreeMap<usize, Vec<(usize, Pairs)>> = BTreeMap::new();
    for (index, (baseline, candidate)) in compared.iter().enumerate() {
        let pairs = Pairs::of(baseline, candidate);
        if pairs.rounds() >= MIN_ROUNDS && pairs.sizes().iter().all(|n| *n >= COMPARED as u64) {
            by_rounds.entry(pairs.rounds()).or_default().push((index, pairs));
        }
    }
    let mut ratios = vec![None; compared.len()];
    for (rounds, alike) in by_rounds {
        let (indices, pairs): (Vec<_>, Vec<_>) = alike.into_iter().unzip();
        let found = of_rounds(rounds, &pairs, seed);
        indices.into_iter().zip(found).for_each(|(index, ratio)| ratios[index] = ratio);
    }
    ratios
}

/// Of pairs that all have so many rounds.
fn of_rounds(rounds: usize, pairs: &[Pairs], seed: u64) -> Vec<Option<Ratio>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let ratios: Vec<f64> = pairs.iter().map(|pairs| pairs.drawn(&vec![1; rounds])).collect();
    let p_values = p_values(rounds, pairs, &ratios, &mut rng);
    let intervals = intervals(rounds, pairs, &mut rng);
    let told = ratios.into_iter().zip(intervals).zip(p_values).map(|((ratio, interval), p_value)| {
        let known = [ratio, interval[0], interval[1]].iter().all(|r| r.is_finite() && *r > 0.0);
        known.then_some(Ratio { ratio, interval, p_value })
    });
    told.collect()
}

fn p_values(rounds: usize, pairs: &[Pairs], ratios: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let distance = |ratio: f64| ratio.ln().abs();
    // Rounding must not make the same ratio a smaller one.
    let observed: Vec<f64> = ratios.iter().map(|ratio| distance(*ratio) * (1.0 - 1e-12)).collect();
    let mut as_far = vec![0; pairs.len()];
    let mut swaps = vec![0; rounds];
    for _ in 0..SWAPS {
        swaps.iter_mut().for_each(|swap| *swap = if rng.random() { SWAPPED } else { 0 });
        for ((pairs, observed), as_far) in pairs.iter().zip(&observed).zip(&mut as_far) {
            let nearer = distance(pairs.swapped(&swaps)) < *observed;
            // What cannot be told speaks for chance.
            *as_far += usize::from(!nearer);
        }
    }
    as_far.into_iter().map(|as_far| (as_far + 1) as f64 / (SWAPS + 1) as f64).collect()
}

fn intervals(rounds: usize, pairs: &[Pairs], rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let mut ratios = vec![Vec::with_capacity(RESAMPLES); pairs.len()];
    let mut weights = vec![0; rounds];
    for _ in 0..RESAMPLES {
        weights.fill(0);
        (0..rounds).for_each(|_| weights[draw(rounds, rng)] += 1);
        pairs.iter().zip(&mut ratios).for_each(|(pairs, ratios)| ratios.push(pairs.drawn(&weights)));
    }
    let interval = |(pairs, ratios): (&Pairs, Vec<f64>)| {
        // Medians of single samples jump from one to the next, which makes up for it.
        let few_rounds = if pairs.are_levelled() { expanded_tail(rounds as f64) } else { None };
        middle(ratios, few_rounds.unwrap_or(TAIL))
    };
    pairs.iter().zip(ratios).map(interval).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::up_to;

    fn times(factor: f64, observations: &[Observation]) -> Vec<Observation> {
        observations.iter().map(|o| Observation { value: o.value * factor, ..*o }).collect()
    }

    /// `n` rounds of twenty, which become a hundred times as slow.
    fn drifting(n: u32) -> Vec<Observation> {
        let value = |i: u32| f64::from(1 + i / 20) * (1.0 + f64::from(i * 7 % 20) / 100.0);
        (0..20 * n).map(|i| Observation { value: value(i), round: i / 20 }).collect()
    }

    #[test]
    fn a_clear_difference_is_found() {
        let base = drifting(100);
        let twice = median_ratio(&base, &times(2.0, &base), 1).unwrap();
        assert_eq!(twice.ratio, 2.0);
        assert!(twice.interval[0] > 1.0 && twice.p_value < 0.001, "{twice:?}");
    }

    #[test]
    fn what_is_the_same_differs_by_chance() {
        let same = median_ratio(&drifting(100), &drifting(100), 1).unwrap();
        assert_eq!((same.ratio, same.p_value), (1.0, 1.0));
    }

    #[test]
    fn a_small_difference_is_found_through_a_drift_that_falls_on_both() {
        let base = drifting(100);
        let ratio = median_ratio(&base, &times(1.02, &base), 1).unwrap();
        assert!(ratio.interval[0] > 1.0 && ratio.p_value < 0.05, "{ratio:?}");
    }

    #[test]
    fn the_p_value_is_the_share_of_swaps_that_are_as_far() {
        // Of ten rounds that all favour one side, 2 in 1024 swaps favour one side as much.
        let base: Vec<_> = (0..40).map(|i| Observation { round: i / 4, value: 100.0 }).collect();
        let swaps = |bits: u32| (0..10).map(|round| (bits >> round & 1) * SWAPPED).collect::<Vec<_>>();
        let pairs = Pairs::of(&base, &times(2.0, &base));
        let as_far = (0..1024).filter(|bits| pairs.swapped(&swaps(*bits)).ln().abs() > 0.69).count();
        let p_value = median_ratio(&base, &times(2.0, &base), 1).unwrap().p_value;
        assert!((p_value - as_far as f64 / 1024.0).abs() < 0.02, "{p_value} {as_far}");
    }

    #[test]
    fn what_falls_on_whole_rounds_does_not_hide_a_difference() {
        // A machine that is now and then twice as slow, and a tenth more for one of the two.
        let base: Vec<_> = drifting(50)
            .iter()
            .map(|o| Observation { value: o.value * f64::from(1 + o.round * 7 % 2), ..*o })
            .collect();
        let ratio = median_ratio(&base, &times(1.01, &base), 1).unwrap();
        assert!((ratio.ratio - 1.01).abs() < 1e-9 && ratio.p_value < 0.001, "{ratio:?}");
    }

    #[test]
    fn a_missing_sample_hides_no_difference() {
        // Twenty rounds of five on a machine that is now and then twice as slow; the candidate takes 5 % longer.
        let of = |slower: f64, shift: u32| -> Vec<_> {
            let value = |i: u32| {
                let mood = f64::from(1 + i / 5 * 7 % 2) * (1.0 + f64::from(i / 5) / 40.0);
                100.0 * mood * slower * (1.0 + f64::from((i * 7 + shift) % 13) / 100.0)
            };
            (0..100).map(|i| Observation { value: value(i), round: i / 5 }).collect()
        };
        let (base, mut slower) = (of(1.0, 0), of(1.05, 5));
        let complete = median_ratio(&base, &slower, 1).unwrap();
        slower.remove(42);
        let one_missing = median_ratio(&base, &slower, 1).unwrap();
        assert!(complete.p_value < 0.001 && one_missing.p_value < 0.002, "{complete:?} {one_missing:?}");
        assert!(one_missing.is_a_difference(one_missing.p_value), "{one_missing:?}");
    }

    #[test]
    fn too_few_samples_or_rounds_are_not_compared() {
        assert_eq!(median_ratio(&up_to(19), &up_to(19), 1), None);
        assert!(median_ratio(&up_to(20), &up_to(20), 1).is_some());
        let one_round: Vec<_> = up_to(40).iter().map(|o| Observation { round: 0, ..*o }).collect();
        assert_eq!(median_ratio(&one_round, &one_round, 1), None);
    }

    #[test]
    fn only_rounds_in_which_both_were_asked_are_compared() {
        let base = up_to(40);
        let with_others: Vec<_> =
            base.iter().copied().chain((40..90).map(|round| Observation { value: 1e6, round })).collect();
        assert_eq!(median_ratio(&base, &with_others, 1).unwrap().ratio, 1.0);
    }

    #[test]
    fn a_median_that_is_not_known_is_not_compared() {
        let timeouts: Vec<_> = up_to(40).iter().map(|o| Observation { value: f64::INFINITY, ..*o }).collect();
        assert_eq!(median_ratio(&up_to(40), &timeouts, 1), None);
    }

    #[test]
    fn of_many_each_is_what_it_is_alone() {
        let [short, long] = [drifting(30), drifting(50)];
        let [slower, single, few] = [times(1.03, &short), up_to(30), up_to(5)];
        let compared =
            [(&short, &slower), (&long, &slower), (&single, &short), (&short, &few), (&long, &short)]
                .map(|(a, b)| (a.as_slice(), b.as_slice()));
        let alone = compared.map(|(baseline, candidate)| median_ratio(baseline, candidate, 3));
        assert_eq!(median_ratios(&compared, 3), alone);
        assert_eq!(alone.map(|ratio| ratio.is_some()), [true, true, true, false, true]);
    }
}
