//! Two targets that took turns.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{MIN_ROUNDS, Observation, RESAMPLES, SAMPLES_ABOVE, SIGNIFICANT, TAIL, expanded_tail, middle};

/// With fewer samples of a target in a round, their median says more of them than of the round.
const LEVELLED: u64 = 5;

/// How often the targets' names are swapped: a p-value of 0.0001 can be told, enough for many comparisons at once.
const SWAPS: usize = 9_999;

/// Bits for a count: no measurement has four thousand million samples.
const HALF: u32 = u32::BITS;

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
    let pairs = Pairs::of(baseline, candidate);
    if pairs.rounds() < MIN_ROUNDS || pairs.sizes().iter().any(|n| n - n.div_ceil(2) < SAMPLES_ABOVE as u64) {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let ratio = pairs.ratio(&vec![Role { weight: 1, swapped: false }; pairs.rounds()]);
    let p_value = pairs.p_value(ratio, &mut rng);
    let interval = pairs.interval(&mut rng);
    let known = [ratio, interval[0], interval[1]].iter().all(|r| r.is_finite() && *r > 0.0);
    known.then_some(Ratio { ratio, interval, p_value })
}

/// The samples of both targets, ascending, in rounds from 0 without gaps.
struct Pairs {
    values: Vec<f64>,
    /// Of each value, twice its round, and one more if it is the candidate's.
    places: Vec<u32>,
    /// Samples of baseline and candidate in each round: of each place.
    counts: Vec<[u64; 2]>,
    /// Whether what falls on a whole round is taken out.
    levelled: bool,
    /// Of each place how many values lie before the end of each [stretch](Self::stretch), so that most of them need not be
    /// counted again in every resampling.
    borders: Vec<Vec<u64>>,
}

/// What becomes of a round in a resampling.
#[derive(Clone, Copy)]
struct Role {
    /// How often it is drawn.
    weight: u32,
    /// Whether its two targets are taken for one another.
    swapped: bool,
}

impl Pairs {
    fn of(baseline: &[Observation], candidate: &[Observation]) -> Self {
        let last = baseline.iter().chain(candidate).map(|o| o.round as usize + 1).max().unwrap_or(0);
        let mut counts = vec![[0; 2]; last];
        for (side, observations) in [baseline, candidate].into_iter().enumerate() {
            observations.iter().for_each(|o| counts[o.round as usize][side] += 1);
        }
        let mut next = 0;
        let mut number = |count: &[u64; 2]| {
            let complete = !count.contains(&0);
            next += u32::from(complete);
            complete.then(|| next - 1)
        };
        let numbers: Vec<Option<u32>> = counts.iter().map(&mut number).collect();
        counts.retain(|count| !count.contains(&0));
        let of = |side, observations: &[Observation]| {
            let placed = |o: &Observation| Some((o.value, 2 * numbers[o.round as usize]? + side));
            observations.iter().filter_map(placed).collect::<Vec<_>>()
        };
        let mut ascending = [of(0, baseline), of(1, candidate)].concat();
        ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
        let levels = levels(&ascending, &counts);
        if let Some(levels) = &levels {
            ascending.iter_mut().for_each(|(value, place)| *value /= levels[*place as usize / 2]);
            ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let (values, places) = ascending.into_iter().unzip();
        Self { values, places, counts, levelled: levels.is_some(), borders: Vec::new() }.with_borders()
    }

    fn rounds(&self) -> usize {
        self.counts.len()
    }

    fn sizes(&self) -> [u64; 2] {
        self.counts.iter().fold([0; 2], |[a, b], [c, d]| [a + c, b + d])
    }

    /// The ratio of the medians, by nearest rank, when each round plays its role.
    fn ratio(&self, roles: &[Role]) -> f64 {
        let takes = takes(roles);
        let sizes = weighed(&takes, self.counts.as_flattened());
        let [baseline, candidate] = self.values_at(&takes, sides(sizes).map(|size| size.div_ceil(2)));
        candidate / baseline
    }

    /// The values with which each side has as many as it needs.
    fn values_at(&self, takes: &[u64], needed: [u64; 2]) -> [f64; 2] {
        let mut found = [f64::NAN; 2];
        let mut open = [true; 2];
        let is_before = |border: &Vec<u64>| {
            let [baseline, candidate] = sides(weighed(takes, border));
            baseline < needed[0] && candidate < needed[1]
        };
        // The last border at which neither is found: what lies before it is taken at once.
        let border = self.borders.partition_point(is_before);
        let mut taken = border.checked_sub(1).map_or(0, |last| weighed(takes, &self.borders[last]));
        for at in border * self.stretch()..self.values.len() {
            taken += takes[self.places[at] as usize];
            let taken = sides(taken);
            // Without a branch on the side, which is random.
            if taken[0] >= needed[0] && open[0] || taken[1] >= needed[1] && open[1] {
                for side in [0, 1] {
                    if taken[side] >= needed[side] && open[side] {
                        (found[side], open[side]) = (self.values[at], false);
                    }
                }
                if open == [false; 2] {
                    break;
                }
            }
        }
        found
    }

    /// How many values lie between two borders: a border costs as much as they do.
    fn stretch(&self) -> usize {
        2 * self.rounds()
    }

    /// At the end of each stretch of values, how many of each place lie before it.
    fn with_borders(self) -> Self {
        let mut before = vec![0; 2 * self.rounds()];
        // None at the end of all, which is never before what is looked for.
        let stretches =
            self.places[..self.places.len().saturating_sub(1)].chunks_exact(self.stretch().max(1));
        let borders = stretches.map(|stretch| {
            stretch.iter().for_each(|place| before[*place as usize] += 1);
            before.clone()
        });
        let borders = borders.collect();
        Self { borders, ..self }
    }

    fn p_value(&self, ratio: f64, rng: &mut ChaCha8Rng) -> f64 {
        let distance = |ratio: f64| ratio.ln().abs();
        // Rounding must not make the same ratio a smaller one.
        let observed = distance(ratio) * (1.0 - 1e-12);
        let mut roles = vec![Role { weight: 1, swapped: false }; self.rounds()];
        let as_far = (0..SWAPS)
            .filter(|_| {
                roles.iter_mut().for_each(|role| role.swapped = rng.random());
                let nearer = distance(self.ratio(&roles)) < observed;
                // What cannot be told speaks for chance.
                !nearer
            })
            .count();
        (as_far + 1) as f64 / (SWAPS + 1) as f64
    }

    fn interval(&self, rng: &mut ChaCha8Rng) -> [f64; 2] {
        let rounds = self.rounds();
        let mut resampled = || {
            let mut roles = vec![Role { weight: 0, swapped: false }; rounds];
            (0..rounds).for_each(|_| roles[rng.random_range(0..rounds)].weight += 1);
            self.ratio(&roles)
        };
        let ratios = (0..RESAMPLES).map(|_| resampled()).collect();
        // Medians of single samples jump from one to the next, which makes up for it.
        let few_rounds = if self.levelled { expanded_tail(rounds as f64) } else { None };
        middle(ratios, few_rounds.unwrap_or(TAIL))
    }
}

/// What a value at each place counts for on both sides: in the lower half for the baseline, in the upper one for the
/// candidate, so that both are added at once.
fn takes(roles: &[Role]) -> Vec<u64> {
    let mut takes = Vec::with_capacity(2 * roles.len());
    for Role { weight, swapped } in roles {
        let (own, other) = (u64::from(*weight) << (HALF * u32::from(*swapped)), HALF * u32::from(!*swapped));
        takes.extend([own, u64::from(*weight) << other]);
    }
    takes
}

/// What so many values of each place count for.
fn weighed(takes: &[u64], counts: &[u64]) -> u64 {
    takes.iter().zip(counts).map(|(takes, count)| takes * count).sum()
}

/// Of baseline and candidate.
fn sides(taken: u64) -> [u64; 2] {
    [taken & u64::from(u32::MAX), taken >> HALF]
}

/// How slow each round was, whoever was asked: the geometric mean of its two medians, which stays the same when the
/// two are swapped. What falls on both sides of a round is no difference between them, and no noise either.
///
/// `None` where a round has too few samples for medians, or one is not known.
fn levels(ascending: &[(f64, u32)], counts: &[[u64; 2]]) -> Option<Vec<f64>> {
    if counts.iter().flatten().any(|count| *count < LEVELLED) {
        return None;
    }
    let mut seen = vec![0; 2 * counts.len()];
    let mut levels = vec![1.0; counts.len()];
    for (value, place) in ascending {
        let (round, side) = (*place as usize / 2, *place as usize % 2);
        seen[*place as usize] += 1;
        if seen[*place as usize] == counts[round][side].div_ceil(2) {
            levels[round] *= value.sqrt();
        }
    }
    levels.iter().all(|level| level.is_finite() && *level > 0.0).then_some(levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::up_to;
    use proptest::prelude::*;

    /// As it is defined: the medians of what each side has when every value is written down as often as it counts.
    fn written_down(pairs: &Pairs, roles: &[Role]) -> f64 {
        let mut sides = [Vec::new(), Vec::new()];
        for (value, place) in pairs.values.iter().zip(&pairs.places) {
            let Role { weight, swapped } = roles[*place as usize / 2];
            let side = usize::from((place % 2 == 1) != swapped);
            sides[side].extend((0..weight).map(|_| *value));
        }
        let [baseline, candidate] = sides.map(|side| side[side.len().div_ceil(2) - 1]);
        candidate / baseline
    }

    proptest! {
        #[test]
        fn a_resampling_is_what_it_would_be_with_every_value_written_down(
            times in prop::collection::vec((1..1000u32, 0..12u32, any::<bool>()), 40..600),
            drawn in prop::collection::vec((0..3u32, any::<bool>()), 12),
        ) {
            let of = |side| times.iter().filter(|(.., s)| *s == side)
                .map(|(value, round, _)| Observation { value: f64::from(*value), round: *round }).collect::<Vec<_>>();
            let pairs = Pairs::of(&of(false), &of(true));
            let role = |(weight, swapped): &(u32, bool)| Role { weight: *weight, swapped: *swapped };
            let mut roles: Vec<_> = drawn.iter().map(role).take(pairs.rounds()).collect();
            if let Some(first) = roles.first_mut() {
                first.weight = 1;
                prop_assert_eq!(pairs.ratio(&roles), written_down(&pairs, &roles));
            }
        }
    }

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
        let roles = |swaps: u32| {
            (0..10).map(|round| Role { weight: 1, swapped: swaps >> round & 1 == 1 }).collect::<Vec<_>>()
        };
        let pairs = Pairs::of(&base, &times(2.0, &base));
        let as_far = (0..1024).filter(|swaps| pairs.ratio(&roles(*swaps)).ln().abs() > 0.69).count();
        let p_value = median_ratio(&base, &times(2.0, &base), 1).unwrap().p_value;
        assert!((p_value - as_far as f64 / 1024.0).abs() < 0.02, "{p_value} {as_far}");
    }

    #[test]
    fn a_round_counts_as_often_as_it_is_drawn() {
        let base = up_to(3);
        let pairs = Pairs::of(&base, &times(10.0, &base));
        let drawn = |weights: [u32; 3]| pairs.ratio(&weights.map(|weight| Role { weight, swapped: false }));
        assert_eq!((drawn([1, 1, 1]), drawn([3, 0, 0]), drawn([0, 1, 2])), (10.0, 10.0, 10.0));
        let swapped = [true, false, false].map(|swapped| Role { weight: 1, swapped });
        // 10, 2, 3 against 1, 20, 30.
        assert_eq!(pairs.ratio(&swapped), 20.0 / 3.0);
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
}
