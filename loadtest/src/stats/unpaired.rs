//! Two targets that did not take turns: what was measured at one time, and what at another.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{COMPARED, MIN_ROUNDS, Observation, RESAMPLES, Ratio, TAIL, middle};

/// How often the rounds are dealt anew.
const DEALS: usize = 9_999;

/// Compares the medians; `None` where one of them may not be told.
///
/// The interval is by percentile bootstrap of the rounds of each side for itself. The p-value is how often a ratio at
/// least this far from 1 comes of dealing all rounds to the two sides at random: it holds if rounds of one time are
/// like those of the other but for the target, which nothing here can show.
pub fn median_ratio_apart(baseline: &[Observation], candidate: &[Observation], seed: u64) -> Option<Ratio> {
    let pool = Pool::of([baseline, candidate]);
    let few = |side: &[Observation]| side.len() < COMPARED;
    if pool.rounds.iter().any(|n| *n < MIN_ROUNDS) || few(baseline) || few(candidate) {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let ratio = pool.ratio(&pool.as_measured());
    let p_value = pool.p_value(ratio, &mut rng);
    let interval = pool.interval(&mut rng);
    let known = [ratio, interval[0], interval[1]].iter().all(|r| r.is_finite() && *r > 0.0);
    known.then_some(Ratio { ratio, interval, p_value })
}

/// The samples of both sides, ascending, each with its round: those of the baseline come first.
struct Pool {
    values: Vec<(f64, usize)>,
    /// Samples in each round.
    counts: Vec<i64>,
    /// Rounds of each side.
    rounds: [usize; 2],
}

/// How often a round is taken for one of the baseline, and for one of the candidate.
type Taken = [i64; 2];

impl Pool {
    fn of(sides: [&[Observation]; 2]) -> Self {
        let mut pool = Self { values: Vec::new(), counts: Vec::new(), rounds: [0; 2] };
        for (side, observations) in sides.into_iter().enumerate() {
            let mut numbers = BTreeMap::new();
            for observation in observations {
                let next = pool.counts.len();
                let number = *numbers.entry(observation.round).or_insert(next);
                if number == next {
                    pool.counts.push(0);
                }
                pool.counts[number] += 1;
                pool.values.push((observation.value, number));
            }
            pool.rounds[side] = numbers.len();
        }
        pool.values.sort_by(|a, b| a.0.total_cmp(&b.0));
        pool
    }

    fn as_measured(&self) -> Vec<Taken> {
        let [baseline, candidate] = self.rounds;
        [vec![[1, 0]; baseline], vec![[0, 1]; candidate]].concat()
    }

    /// The ratio of the medians, by nearest rank, of the rounds as they are taken.
    fn ratio(&self, taken: &[Taken]) -> f64 {
        let median = |side: usize| {
            let total: i64 = taken.iter().zip(&self.counts).map(|(taken, count)| taken[side] * count).sum();
            let mut missing = (total + 1) / 2;
            let mut reached = self.values.iter().filter(|(_, round)| {
                missing -= taken[*round][side];
                missing <= 0
            });
            reached.next().map_or(f64::NAN, |(value, _)| *value)
        };
        median(1) / median(0)
    }

    fn p_value(&self, ratio: f64, rng: &mut ChaCha8Rng) -> f64 {
        let distance = |ratio: f64| ratio.ln().abs();
        // Rounding must not make the same ratio a smaller one.
        let observed = distance(ratio) * (1.0 - 1e-12);
        let mut dealt = self.as_measured();
        let as_far = (0..DEALS)
            .filter(|_| {
                dealt.shuffle(rng);
                let nearer = distance(self.ratio(&dealt)) < observed;
                // What cannot be told speaks for chance.
                !nearer
            })
            .count();
        (as_far + 1) as f64 / (DEALS + 1) as f64
    }

    fn interval(&self, rng: &mut ChaCha8Rng) -> [f64; 2] {
        let [baseline, candidate] = self.rounds;
        let mut resampled = || {
            let mut taken = vec![[0, 0]; baseline + candidate];
            (0..baseline).for_each(|_| taken[rng.random_range(0..baseline)][0] += 1);
            (0..candidate).for_each(|_| taken[baseline + rng.random_range(0..candidate)][1] += 1);
            self.ratio(&taken)
        };
        middle((0..RESAMPLES).map(|_| resampled()).collect(), TAIL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::{in_rounds_of, up_to};

    fn times(factor: f64, observations: &[Observation]) -> Vec<Observation> {
        observations.iter().map(|o| Observation { value: o.value * factor, ..*o }).collect()
    }

    /// `n` values that vary by a tenth, a round each.
    fn steady(n: u32) -> Vec<Observation> {
        (0..n).map(|i| Observation { value: 100.0 + f64::from(i * 7 % 11), round: i }).collect()
    }

    #[test]
    fn a_clear_difference_is_found() {
        let twice = median_ratio_apart(&steady(40), &times(2.0, &steady(60)), 1).unwrap();
        assert!((1.95..2.05).contains(&twice.ratio), "{twice:?}");
        assert!(twice.interval[0] > 1.5 && twice.p_value < 0.001, "{twice:?}");
    }

    #[test]
    fn what_is_the_same_differs_by_chance() {
        let same = median_ratio_apart(&steady(40), &steady(40), 1).unwrap();
        assert_eq!((same.ratio, same.p_value), (1.0, 1.0));
        assert!(same.interval[0] <= 1.0 && 1.0 <= same.interval[1]);
    }

    #[test]
    fn the_p_value_is_the_share_of_deals_that_are_as_far() {
        // There are 184,756 ways to deal twenty rounds to two sides: few enough to count them one by one.
        let from = |first: u32| -> Vec<_> {
            (0..20).map(|i| Observation { value: f64::from(first + i / 2), round: i / 2 }).collect()
        };
        let pool = Pool::of([&from(100), &from(104)]);
        let observed = pool.ratio(&pool.as_measured()).ln().abs() * (1.0 - 1e-12);
        let deals = (0..1u32 << 20).filter(|deal| deal.count_ones() == 10);
        let is_as_far = |deal: &u32| {
            let taken: Vec<_> = (0..20).map(|at| if deal >> at & 1 == 1 { [0, 1] } else { [1, 0] }).collect();
            pool.ratio(&taken).ln().abs() >= observed
        };
        let (far, all) = deals.fold((0, 0), |(far, all), deal| (far + u32::from(is_as_far(&deal)), all + 1));
        let told = median_ratio_apart(&from(100), &from(104), 1).unwrap().p_value;
        let exact = f64::from(far) / f64::from(all);
        assert!((0.001..0.2).contains(&exact), "{exact}");
        assert!((told - exact).abs() < 3.0 * (exact / DEALS as f64).sqrt() + 1e-4, "{told} {exact}");
    }

    #[test]
    fn rounds_that_differ_among_themselves_make_it_uncertain() {
        let width = |ratio: Ratio| ratio.interval[1] - ratio.interval[0];
        let alone = median_ratio_apart(&up_to(400), &up_to(400), 1).unwrap();
        let together = median_ratio_apart(&in_rounds_of(20, 400), &in_rounds_of(20, 400), 1).unwrap();
        assert!(width(together) > 2.0 * width(alone), "{together:?} {alone:?}");
    }

    #[test]
    fn numbers_of_rounds_are_only_names() {
        let far: Vec<_> =
            steady(40).iter().map(|o| Observation { round: u32::MAX - o.round, ..*o }).collect();
        assert_eq!(median_ratio_apart(&far, &far, 1).unwrap().ratio, 1.0);
    }

    #[test]
    fn too_little_is_not_compared() {
        assert!(median_ratio_apart(&steady(19), &steady(40), 1).is_none());
        assert!(median_ratio_apart(&steady(40), &in_rounds_of(5, 45), 1).is_none());
        let timeouts: Vec<_> =
            steady(40).iter().map(|o| Observation { value: f64::INFINITY, ..*o }).collect();
        assert!(median_ratio_apart(&steady(40), &timeouts, 1).is_none());
        assert!(median_ratio_apart(&[], &[], 1).is_none());
    }
}
