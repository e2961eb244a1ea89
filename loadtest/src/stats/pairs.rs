//! The samples of two targets that took turns, and their medians when rounds are drawn or swapped.

use super::Observation;

/// With fewer samples of a target in a round, their median says more of them than of the round, and the round is not
/// levelled.
const LEVELLED: u64 = 5;

/// Of a round whose two targets are taken for one another; of another one 0.
pub const SWAPPED: u32 = u32::MAX;

/// The samples of both targets, ascending, in rounds from 0 without gaps.
pub struct Pairs {
    values: Vec<f64>,
    /// Of each value, twice its round, and one more if it is the candidate's.
    places: Vec<u32>,
    /// Whether what falls on a whole round is taken out of any.
    levelled: bool,
    /// After all values.
    end: Border,
    /// In the middle of all values: near it lie the medians of both sides when rounds are swapped.
    middle: Border,
    /// At the median of each side: near it lies that of rounds that are drawn.
    medians: [Border; 2],
}

/// Where a search begins: what lies before it is summed up by rounds, and only what lies between it and what is looked
/// for is gone through.
struct Border {
    at: usize,
    /// Of each side how many values of each round lie before it: no measurement has four thousand million samples.
    counts: [Vec<u32>; 2],
}

impl Pairs {
    pub fn of(baseline: &[Observation], candidate: &[Observation]) -> Self {
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
        let levelled = levels.iter().any(Option::is_some);
        if levelled {
            // A round that is not levelled is put among the others by what is usual.
            let usual = usual(&levels);
            let level = |place: u32| levels[place as usize / 2].unwrap_or(usual);
            ascending.iter_mut().for_each(|(value, place)| *value /= level(*place));
            ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let (values, places): (Vec<_>, Vec<_>) = ascending.into_iter().unzip();
        let rounds = counts.len();
        let middle = Border::before(values.len() / 2, &places, rounds);
        let medians = [0, 1].map(|side| Border::before(median(side, &places), &places, rounds));
        let end = Border::before(values.len(), &places, rounds);
        Self { values, places, levelled, end, middle, medians }
    }

    pub fn rounds(&self) -> usize {
        self.end.counts[0].len()
    }

    /// Samples of baseline and candidate.
    pub fn sizes(&self) -> [u64; 2] {
        [0, 1].map(|side| self.end.counts[side].iter().copied().map(u64::from).sum())
    }

    /// Whether what falls on a whole round is taken out of any.
    pub fn are_levelled(&self) -> bool {
        self.levelled
    }

    /// The ratio of the medians, by nearest rank, when each round counts as often as its weight says.
    pub fn drawn(&self, weights: &[u32]) -> f64 {
        let [baseline, candidate] = [0, 1].map(|side| {
            let weighed = |border: &Border| -> u64 {
                // Wide enough for any sum, and still several at once.
                let counts = weights.iter().zip(&border.counts[side]);
                counts.map(|(weight, count)| u64::from(*weight) * u64::from(*count)).sum()
            };
            let takes = |place: usize| if place % 2 == side { weights[place / 2].into() } else { 0 };
            let border = &self.medians[side];
            self.value_at(weighed(&self.end).div_ceil(2), border.at, weighed(border), takes)
        });
        candidate / baseline
    }

    /// The ratio of the medians, by nearest rank, with the two targets [`SWAPPED`] in some rounds.
    pub fn swapped(&self, swaps: &[u32]) -> f64 {
        let [sizes, before] = [&self.end, &self.middle].map(|border| border.swapped(swaps));
        let [baseline, candidate] = [0, 1].map(|side| {
            let takes = |place: usize| u64::from((place as u32 ^ swaps[place / 2]) % 2 == side as u32);
            self.value_at(sizes[side].div_ceil(2), self.middle.at, before[side], takes)
        });
        candidate / baseline
    }

    /// The value with which as many as `needed` are taken, where so many are `taken` before the one at `from`.
    fn value_at(&self, needed: u64, from: usize, mut taken: u64, takes: impl Fn(usize) -> u64) -> f64 {
        let takes = |at: &usize| takes(self.places[*at] as usize);
        let found = if taken < needed {
            (from..self.values.len()).find(|at| {
                taken += takes(at);
                taken >= needed
            })
        } else {
            (0..from).rev().find(|at| {
                taken -= takes(at);
                taken < needed
            })
        };
        found.map_or(f64::NAN, |at| self.values[at])
    }
}

impl Border {
    fn before(at: usize, places: &[u32], rounds: usize) -> Self {
        let mut counts = [0, 1].map(|_| vec![0; rounds]);
        places[..at].iter().for_each(|place| counts[*place as usize % 2][*place as usize / 2] += 1);
        Self { at, counts }
    }

    /// How many values lie before it of each side, with the targets swapped in some rounds.
    fn swapped(&self, swaps: &[u32]) -> [u64; 2] {
        let [baseline, candidate] = &self.counts;
        let counts = baseline.iter().zip(candidate).zip(swaps);
        let baseline: u32 = counts.map(|((own, other), swap)| own & !swap | other & swap).sum();
        [u64::from(baseline), self.at as u64 - u64::from(baseline)]
    }
}

/// Where the median of one side lies.
fn median(side: u32, places: &[u32]) -> usize {
    let own: Vec<usize> = (0..places.len()).filter(|at| places[*at] % 2 == side).collect();
    own.get(own.len() / 2).copied().unwrap_or(0)
}

/// How slow each round was, whoever was asked: the geometric mean of its two medians, which stays the same when the
/// two are swapped. What falls on both sides of a round is no difference between them, and no noise either.
///
/// `None` of a round that has too few samples for medians, or one that is not known.
fn levels(ascending: &[(f64, u32)], counts: &[[u64; 2]]) -> Vec<Option<f64>> {
    let mut seen = vec![0; 2 * counts.len()];
    let mut levels = vec![1.0; counts.len()];
    for (value, place) in ascending {
        let (round, side) = (*place as usize / 2, *place as usize % 2);
        seen[*place as usize] += 1;
        if seen[*place as usize] == counts[round][side].div_ceil(2) {
            levels[round] *= value.sqrt();
        }
    }
    let is_known = |(level, counts): (f64, &[u64; 2])| {
        let enough = counts.iter().all(|count| *count >= LEVELLED);
        (enough && level.is_finite() && level > 0.0).then_some(level)
    };
    levels.into_iter().zip(counts).map(is_known).collect()
}

/// The median of the levels that are known. Like each of them, it stays the same when targets are swapped.
fn usual(levels: &[Option<f64>]) -> f64 {
    let mut known: Vec<f64> = levels.iter().copied().flatten().collect();
    known.sort_by(f64::total_cmp);
    known.get(known.len() / 2).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::up_to;
    use proptest::prelude::*;

    /// As it is defined: the medians of what each side has when every value is written down as often as it counts.
    fn written_down(pairs: &Pairs, weights: &[u32], swaps: &[u32]) -> f64 {
        let mut sides = [Vec::new(), Vec::new()];
        for (value, place) in pairs.values.iter().zip(&pairs.places) {
            let round = *place as usize / 2;
            let side = usize::from((place % 2 == 1) != (swaps[round] == SWAPPED));
            sides[side].extend((0..weights[round]).map(|_| *value));
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
            let rounds = pairs.rounds();
            let mut weights: Vec<_> = drawn.iter().map(|(weight, _)| *weight).take(rounds).collect();
            let swaps: Vec<_> = drawn.iter().map(|(_, swap)| u32::from(*swap) * SWAPPED).take(rounds).collect();
            if let Some(first) = weights.first_mut() {
                *first = 1;
                prop_assert_eq!(pairs.drawn(&weights), written_down(&pairs, &weights, &vec![0; rounds]));
                prop_assert_eq!(pairs.swapped(&swaps), written_down(&pairs, &vec![1; rounds], &swaps));
            }
        }
    }

    /// Six rounds of five of each target, of which the candidate is a tenth slower; each other round is three times as slow.
    fn uneven() -> [Vec<Observation>; 2] {
        let mood = |round: u32| if round.is_multiple_of(2) { 3.0 } else { 1.0 };
        [100.0, 110.0].map(|of_target| {
            (0..30).map(|n| Observation { value: of_target * mood(n / 5), round: n / 5 }).collect()
        })
    }

    #[test]
    fn a_round_that_lacks_a_sample_leaves_the_others_levelled() {
        let [baseline, mut candidate] = uneven();
        let spread = |pairs: &Pairs| pairs.values[0] / pairs.values[pairs.values.len() - 1];
        let complete = Pairs::of(&baseline, &candidate);
        assert!((spread(&complete) - 1.0 / 1.1).abs() < 1e-9);
        candidate.pop();
        let one_missing = Pairs::of(&baseline, &candidate);
        assert!(one_missing.are_levelled() && one_missing.sizes() == [30, 29]);
        let levelled = one_missing.values.iter().filter(|value| (**value - 1.0).abs() < 0.05).count();
        assert!(levelled >= 50, "{:?}", one_missing.values);
    }

    #[test]
    fn a_round_whose_level_is_not_known_leaves_the_others_levelled() {
        let [baseline, mut candidate] = uneven();
        candidate.iter_mut().filter(|o| o.round == 3).for_each(|o| o.value = f64::INFINITY);
        let pairs = Pairs::of(&baseline, &candidate);
        assert!(pairs.are_levelled() && pairs.sizes() == [30, 30]);
        assert!((pairs.drawn(&[1; 6]) - 1.1).abs() < 1e-9, "{}", pairs.drawn(&[1; 6]));
    }

    #[test]
    fn rounds_of_few_samples_are_not_levelled() {
        let few = up_to(8);
        let pairs = Pairs::of(&few, &few);
        assert!(!pairs.are_levelled() && pairs.values.last() == Some(&8.0));
    }

    #[test]
    fn a_round_counts_as_often_as_it_is_drawn() {
        let base = up_to(3);
        let ten_times: Vec<_> = base.iter().map(|o| Observation { value: o.value * 10.0, ..*o }).collect();
        let pairs = Pairs::of(&base, &ten_times);
        let drawn = [[1, 1, 1], [3, 0, 0], [0, 1, 2]].map(|weights| pairs.drawn(&weights));
        assert_eq!(drawn, [10.0, 10.0, 10.0]);
        // 10, 2, 3 against 1, 20, 30.
        assert_eq!(pairs.swapped(&[SWAPPED, 0, 0]), 20.0 / 3.0);
    }
}
