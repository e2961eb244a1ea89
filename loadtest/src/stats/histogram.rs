//! Millions of times in little memory: each known to three digits, their extremes and moments exactly.

use std::ops::AddAssign;

use hdrhistogram::Histogram;

use super::moments::resampled_mean;
use super::{MEDIAN, quantile};

/// Significant decimal digits that are kept of a time: an error of at most 1 in 1,000.
const DIGITS: u8 = 3;
/// What most times are below, in nanoseconds.
const ROOM: u64 = 1 << 24;

/// Times, counted. Its size depends on the largest of them, never on their number.
#[derive(Clone, Debug)]
pub struct Counted {
    histogram: Histogram<u64>,
    censored: u64,
    min: u64,
    max: u64,
    sum: u128,
    squares: u128,
}

impl Default for Counted {
    fn default() -> Self {
        let mut histogram = Histogram::new(DIGITS).expect("three digits are supported");
        histogram.auto(true);
        Self::of(histogram)
    }
}

impl Counted {
    /// Of nothing, with room for most times: to grow, all of it is copied, which takes time where time is measured. What of the
    /// room is never needed is never touched, and costs nothing.
    pub fn with_room() -> Self {
        let mut histogram = Histogram::new_with_bounds(1, ROOM, DIGITS).expect("three digits are supported");
        histogram.auto(true);
        Self::of(histogram)
    }

    fn of(nothing: Histogram<u64>) -> Self {
        Self { histogram: nothing, censored: 0, min: u64::MAX, max: 0, sum: 0, squares: 0 }
    }

    /// Counts a time, in nanoseconds.
    pub fn record(&mut self, nanos: u64) {
        // It grows, so that it takes any time but one of centuries.
        let _ = self.histogram.record(nanos);
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
        self.sum += u128::from(nanos);
        self.squares = self.squares.saturating_add(u128::from(nanos).pow(2));
    }

    /// Counts `n` more of which it is only known that they took longer than all others.
    pub fn censor(&mut self, n: u64) {
        self.censored += n;
    }

    /// How many are only known to have taken longer than all others.
    pub fn censored(&self) -> u64 {
        self.censored
    }

    /// How many, without those.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// In nanoseconds.
    pub fn sum(&self) -> f64 {
        self.sum as f64
    }

    /// In nanoseconds; `None` of nothing.
    pub fn min(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.min as f64)
    }

    /// In nanoseconds; infinite where one is not known, `None` of nothing.
    pub fn max(&self) -> Option<f64> {
        if self.censored > 0 { Some(f64::INFINITY) } else { self.longest_known() }
    }

    /// Of those that are known, in nanoseconds; `None` of nothing.
    pub fn longest_known(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.max as f64)
    }

    /// In nanoseconds; `None` of nothing, and where one is not known.
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0 && self.censored == 0).then(|| self.sum() / self.count() as f64)
    }

    /// With n − 1, in nanoseconds; `None` of fewer than two, and where one is not known.
    pub fn stddev(&self) -> Option<f64> {
        let (n, mean) = (self.count() as f64, self.mean()?);
        let variance = (self.squares as f64 - n * mean * mean) / (n - 1.0);
        (n > 1.0).then(|| variance.max(0.0).sqrt())
    }

    /// The percentile by nearest rank, in nanoseconds: infinite if it is one that is not known. `None` of fewer than
    /// [`least`](super::least).
    pub fn percentile(&self, q: f64) -> Option<f64> {
        let n = self.count() + self.censored;
        let is_told = quantile::supports(usize::try_from(n).unwrap_or(usize::MAX), q);
        is_told.then(|| self.of_rank(((q * n as f64).ceil() as u64).clamp(1, n)))
    }

    /// The median, in nanoseconds; `None` of fewer than [`MEDIAN`].
    pub fn median(&self) -> Option<f64> {
        let n = self.count() + self.censored;
        (n >= MEDIAN as u64).then(|| self.of_rank(n.div_ceil(2)))
    }

    /// The time of that rank, from 1; infinite beyond the last.
    pub fn of_rank(&self, rank: u64) -> f64 {
        if rank.max(1) > self.count() {
            return f64::INFINITY;
        }
        // Half a rank below, so that rounding leads to no other.
        let share = (rank as f64 - 0.5) / self.count() as f64;
        // The middle of the bucket is nearest to what was counted there, and no time lies beyond the extremes.
        let middle = self.histogram.median_equivalent(self.histogram.value_at_quantile(share));
        middle.clamp(self.min, self.max) as f64
    }

    /// Each time, in nanoseconds and as exactly as it is known, and how often it was counted; from the least on.
    pub fn recorded(&self) -> impl Iterator<Item = (f64, u64)> {
        self.histogram.iter_recorded().map(|bucket| {
            let middle = self.histogram.median_equivalent(bucket.value_iterated_to());
            (middle.clamp(self.min, self.max) as f64, bucket.count_at_value())
        })
    }

    /// How many are no larger than `nanos`, as far as three digits tell.
    pub fn up_to(&self, nanos: f64) -> u64 {
        match nanos.is_finite() && self.count() > 0 {
            true => self.histogram.count_between(0, nanos as u64),
            false => self.count(),
        }
    }
}

/// The 95 % interval of the percentile of all `rounds` together, which are `all`: see
/// [`percentile_interval`](super::percentile_interval).
pub fn counted_interval(rounds: &[Counted], all: &Counted, q: f64) -> Option<[f64; 2]> {
    let value = all.percentile(q)?;
    let of_round = |round: &Counted| {
        let n = round.count() + round.censored;
        (n as f64, if value.is_finite() { round.up_to(value) } else { n } as f64)
    };
    let below: Vec<_> = rounds.iter().map(of_round).filter(|(n, _)| *n > 0.0).collect();
    let n = usize::try_from(all.count() + all.censored).ok()?;
    let ranks = quantile::ranks(n, &below, q)?;
    Some(ranks.map(|rank| all.of_rank(rank as u64)))
}

/// The 95 % interval of the mean of all `rounds` together, by percentile bootstrap of rounds;
/// `None` where one is not known.
pub fn counted_mean_interval(rounds: &[Counted], seed: u64) -> Option<[f64; 2]> {
    if rounds.iter().any(|round| round.censored > 0) {
        return None;
    }
    let sums = rounds.iter().filter(|round| round.count() > 0);
    resampled_mean(&sums.map(|round| (round.count() as f64, round.sum())).collect::<Vec<_>>(), seed)
}

impl AddAssign<&Counted> for Counted {
    fn add_assign(&mut self, other: &Counted) {
        // Only one that may not grow could fail to take what another holds.
        let _ = self.histogram.add(&other.histogram);
        self.censored += other.censored;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{self, Observation};
    use proptest::prelude::*;

    fn counted(times: &[u64]) -> Counted {
        let mut counted = Counted::default();
        times.iter().for_each(|nanos| counted.record(*nanos));
        counted
    }

    #[test]
    fn nothing_has_no_figures() {
        let nothing = Counted::default();
        assert_eq!((nothing.min(), nothing.mean(), nothing.stddev()), (None, None, None));
        assert_eq!((nothing.percentile(0.5), nothing.up_to(5.0)), (None, 0));
    }

    #[test]
    fn what_is_censored_only_pushes_a_percentile_up() {
        let mut times = counted(&[1000; 30]);
        assert_eq!((times.percentile(0.5), times.max()), (Some(1000.0), Some(1000.0)));
        times.censor(20);
        assert_eq!((times.percentile(0.5), times.percentile(0.7)), (Some(1000.0), Some(f64::INFINITY)));
        assert_eq!((times.mean(), times.stddev(), times.max()), (None, None, Some(f64::INFINITY)));
        let mut nothing = Counted::default();
        nothing.censor(20);
        assert_eq!(nothing.percentile(0.5), Some(f64::INFINITY));
    }

    #[test]
    fn the_interval_of_what_is_censored_in_part_is_open_above() {
        // Ten rounds of forty, in each of which twelve take longer than is waited.
        let mut rounds = vec![counted(&(1..=28).map(|n| n * 1000).collect::<Vec<_>>()); 10];
        rounds.iter_mut().for_each(|round| round.censor(12));
        let mut all = Counted::default();
        rounds.iter().for_each(|round| all += round);
        let median = counted_interval(&rounds, &all, 0.5).unwrap();
        assert!(median[0] < 20_000.0 && median[1] > 20_000.0 && median[1].is_finite(), "{median:?}");
        let beyond = counted_interval(&rounds, &all, 0.69).unwrap();
        assert!(beyond[0].is_finite() && beyond[1].is_infinite(), "{beyond:?}");
        assert_eq!(counted_interval(&rounds, &all, 0.9), Some([f64::INFINITY; 2]));
        assert_eq!(counted_mean_interval(&rounds, 1), None);
    }

    #[test]
    fn a_percentile_is_withheld_where_it_has_no_interval_and_a_median_of_fewer_than_five() {
        let told = |n: usize| (counted(&vec![5; n]).percentile(0.5), counted(&vec![5; n]).median());
        assert_eq!([0, 4].map(told), [(None, None); 2]);
        assert_eq!([5, 6].map(told), [(None, Some(5.0)), (Some(5.0), Some(5.0))]);
    }

    #[test]
    fn ten_million_times_take_no_more_room_than_ten() {
        let mut many = counted(&[1, 60_000_000_000]);
        let room = many.histogram.distinct_values();
        (0..10_000_000).for_each(|n| many.record(n * 6000));
        assert_eq!((many.count(), many.histogram.distinct_values()), (10_000_002, room));
    }

    #[test]
    fn each_rank_has_its_time_and_none_has_one_beyond_the_last() {
        let times = counted(&(1..=2000).collect::<Vec<_>>());
        assert!((1..=2000).all(|rank| times.of_rank(rank) == rank as f64));
        assert_eq!((times.of_rank(2001), Counted::default().of_rank(1)), (f64::INFINITY, f64::INFINITY));
        let mut many = counted(&[1000; 3]);
        many.histogram.record_n(5, 1 << 40).unwrap();
        many.min = 5;
        let last = 1 << 40;
        assert_eq!((many.of_rank(1), many.of_rank(last), many.of_rank(last + 1)), (5.0, 5.0, 1000.0));
    }

    #[test]
    fn the_interval_is_that_of_the_times_themselves() {
        // Each time in the middle of its bucket, so that nothing is rounded away.
        let observed: Vec<_> = (0..400u32)
            .map(|n| Observation { value: f64::from(n * 7919 % 400 + 1), round: n / 20 })
            .collect();
        let mut rounds = vec![Counted::default(); 20];
        let mut all = Counted::default();
        observed.iter().for_each(|o| rounds[o.round as usize].record(o.value as u64));
        rounds.iter().for_each(|round| all += round);
        let sorted = stats::sorted(observed);
        assert_eq!(counted_interval(&rounds, &all, 0.5), stats::percentile_interval(&sorted, 0.5));
        assert_eq!(counted_mean_interval(&rounds, 1), stats::mean_interval(&sorted, 1));
    }

    proptest! {
        #[test]
        fn figures_are_those_of_the_times_themselves(
            times in prop::collection::vec(1..100_000_000_000u64, 30..200), split in 0..30usize, q in 0.1..0.6f64,
        ) {
            let mut merged = counted(&times[..split]);
            merged += &counted(&times[split..]);
            let observed = times.iter().map(|nanos| Observation { value: *nanos as f64, round: 0 }).collect();
            let sorted = stats::sorted(observed);
            let near = |a: Option<f64>, b: Option<f64>, error: f64| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() <= error * b + 1.0,
                (a, b) => a == b,
            };
            prop_assert_eq!((merged.min(), merged.max()), (Some(sorted[0].value), sorted.last().map(|o| o.value)));
            prop_assert!(near(merged.mean(), stats::mean(&sorted), 1e-9));
            prop_assert!(near(merged.stddev(), stats::stddev(&sorted), 1e-6));
            let (told, true_one) = (merged.percentile(q), stats::percentile(&sorted, q));
            prop_assert!(near(told, true_one, 1e-3), "{told:?} {true_one:?}");
        }
    }
}
