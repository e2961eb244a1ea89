//! Percentiles and their intervals, by order statistics.

use std::ops::Range;

use statrs::distribution::{Binomial, DiscreteCDF};

use super::student::students_t;
use super::{MEDIAN, Observation, TAIL, by_round};

/// The percentile `q` of `sorted`, by nearest rank; `None` of fewer than [`least`] values.
pub fn percentile(sorted: &[Observation], q: f64) -> Option<f64> {
    supports(sorted.len(), q).then(|| sorted[nearest_rank(sorted.len(), q) - 1].value)
}

/// The median, by nearest rank, of at least [`MEDIAN`] values. Of fewer than [`least`], it has no interval.
pub fn median(sorted: &[Observation]) -> Option<f64> {
    (sorted.len() >= MEDIAN).then(|| sorted[nearest_rank(sorted.len(), 0.5) - 1].value)
}

/// Whether `n` independent values give the percentile `q` a 95 % interval by order statistics. The widest interval reaches
/// from the least value to the greatest, and misses where all values lie on one side of the percentile.
pub fn supports(n: usize, q: f64) -> bool {
    [q, 1.0 - q].iter().all(|share| share.powf(n as f64) <= TAIL)
}

/// The fewest values that give the percentile `q` an interval.
pub fn least(q: f64) -> usize {
    (TAIL.ln() / q.max(1.0 - q).ln()).ceil() as usize
}

/// ⌈q·n⌉, from 1 to `n`.
fn nearest_rank(n: usize, q: f64) -> usize {
    ((q * n as f64).ceil() as usize).clamp(1, n.max(1))
}

/// The 95 % interval of the percentile, by order statistics: of independent samples, the number below the true
/// percentile is binomial, whatever the distribution. Samples of one round are not independent, and count for fewer.
/// `None` where the percentile is, or where the samples are too few to close it on both sides.
pub fn percentile_interval(sorted: &[Observation], q: f64) -> Option<[f64; 2]> {
    let value = percentile(sorted, q)?;
    let rounds = by_round(sorted, |o| f64::from(u8::from(o.value <= value)));
    let [low, high] = ranks(sorted.len(), &rounds, q)?;
    Some([sorted[low - 1].value, sorted[high - 1].value])
}

/// The ranks of `n`, from 1, between which the percentile lies; of each round, how many samples it has, and how many
/// of them are no larger than what the percentile was found to be.
pub(super) fn ranks(n: usize, rounds: &[(f64, f64)], q: f64) -> Option<[usize; 2]> {
    interval_ranks(n, effective_count(n, rounds, q)?, q)
}

/// As how many independent samples these tell about a percentile (Korn and Graubard): the share below it
/// varies more between rounds than chance explains, and how much is known from few rounds only.
fn effective_count(n: usize, rounds: &[(f64, f64)], q: f64) -> Option<usize> {
    if rounds.len() == n {
        return Some(n);
    }
    let n = n as f64;
    let r = rounds.len() as f64;
    let share = rounds.iter().map(|(_, below)| below).sum::<f64>() / n;
    let excess: Vec<f64> = rounds.iter().map(|(count, below)| below - share * count).collect();
    // Successive differences, as of a systematic sample (Wolter): a drift is of the target, not of chance.
    let squares: f64 = excess.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    let variance = r / (2.0 * (r - 1.0)) * squares / (n * n);
    let few_rounds = (students_t(n - 1.0)? / students_t(r - 1.0)?).powi(2);
    Some((q * (1.0 - q) / variance * few_rounds).min(n) as usize)
}

/// Ranks of `n`, from 1, between which the quantile lies, where they tell as much as `effective` independent ones:
/// each side misses with at most half of what the confidence leaves over, or with what the other side does not use.
fn interval_ranks(n: usize, effective: usize, q: f64) -> Option<[usize; 2]> {
    let below = Binomial::new(q, effective as u64).ok()?;
    // On its side of the middle: there, the distribution function of statrs 0.19 is wrong of ten millions.
    let middle = (q * effective as f64) as usize;
    // P(x[low] > quantile) = P(fewer than `low` below) = cdf(low - 1): the last `low` that misses rarely enough.
    let low = first(0..middle, |rank| below.cdf(rank as u64) > TAIL);
    // P(x[high] < quantile) = P(at least `high` below) = sf(high - 1): the first.
    let high = first(middle..effective, |rank| below.sf(rank as u64) <= TAIL) + 1;
    if low == 0 || high > effective {
        return None;
    }
    if effective == n {
        return Some(narrowed([low, high], &below));
    }
    // Between two ranks of few lie several of many: the one with which a side misses as often as it may.
    let spare = |missed: f64, next: f64| ((TAIL - missed) / (next - missed)).clamp(0.0, 1.0);
    let low = low as f64 + spare(below.cdf(low as u64 - 1), below.cdf(low as u64));
    let high = high as f64
        - spare(below.sf(high as u64 - 1), high.checked_sub(2).map_or(1.0, |h| below.sf(h as u64)));
    let scaled = |rank: f64| ((rank * n as f64 / effective as f64).round() as usize).clamp(1, n);
    Some([scaled(low), scaled(high)])
}

/// The first of which it holds, as of all after it; the end where of none.
fn first(mut range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    while !range.is_empty() {
        let middle = usize::midpoint(range.start, range.end);
        range = if holds(middle) { range.start..middle } else { middle + 1..range.end };
    }
    range.start
}

/// One rank fewer, on the side that uses more of what is left over. Ranks are few in a tail: of a thousand samples the
/// two sides of p99 miss in 1.0 and 1.4 %, and with one rank fewer in 2.9 and 1.4 %. Where both sides would use the
/// same, as about a median, neither gives way.
fn narrowed([low, high]: [usize; 2], below: &Binomial) -> [usize; 2] {
    if high - low < 2 {
        return [low, high];
    }
    let [too_high, too_low] = [below.cdf(low as u64 - 1), below.sf(high as u64 - 1)];
    let [raised, lowered] = [below.cdf(low as u64) + too_low, below.sf(high as u64 - 2) + too_high];
    let even = (raised - lowered).abs() < 1e-9;
    let fits =
        |missed: f64, other: f64| !even && missed <= 2.0 * TAIL && (missed > other || other > 2.0 * TAIL);
    if fits(raised, lowered) {
        [low + 1, high]
    } else if fits(lowered, raised) {
        [low, high - 1]
    } else {
        [low, high]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::{in_rounds_of, up_to};
    use crate::stats::sorted;
    use proptest::prelude::*;

    fn independent(n: usize, q: f64) -> Option<[usize; 2]> {
        interval_ranks(n, n, q)
    }

    #[test]
    fn the_least_count_is_the_first_that_is_enough() {
        for (q, n) in [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688)] {
            assert_eq!(least(q), n);
            let told = [n - 1, n].map(|n| percentile(&up_to(n as u32), q).is_some());
            let has_interval = [n - 1, n].map(|n| percentile_interval(&up_to(n as u32), q).is_some());
            assert_eq!((told, has_interval), ([false, true], [false, true]), "{q}");
        }
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        assert_eq!(percentile(&up_to(100), 0.5), Some(50.0));
        assert_eq!(percentile(&up_to(101), 0.5), Some(51.0));
        assert_eq!(percentile(&up_to(1000), 0.99), Some(990.0));
    }

    #[test]
    fn a_percentile_is_withheld_with_its_interval() {
        assert_eq!((percentile(&up_to(5), 0.5), percentile_interval(&up_to(5), 0.5)), (None, None));
        assert_eq!(percentile(&up_to(6), 0.5), Some(3.0));
        assert_eq!(percentile_interval(&up_to(6), 0.5), Some([1.0, 6.0]));
        assert_eq!(percentile_interval(&up_to(20), 0.5), Some([6.0, 15.0]));
        assert_eq!(percentile(&up_to(367), 0.99), None);
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn a_median_is_told_from_five_samples_on() {
        assert_eq!([0, 4, 5, 6].map(|n| median(&up_to(n))), [None, None, Some(3.0), Some(3.0)]);
        assert_eq!(median(&up_to(40)), percentile(&up_to(40), 0.5));
    }

    #[test]
    fn the_interval_of_the_median_has_the_ranks_of_the_published_tables() {
        // Conover, Practical Nonparametric Statistics, and the sign test's tables: n → ranks for 95 %.
        for (n, expected) in [
            (6, [1, 6]),
            (10, [2, 9]),
            (15, [4, 12]),
            (20, [6, 15]),
            (25, [8, 18]),
            (50, [18, 33]),
            (100, [40, 61]),
        ] {
            assert_eq!(independent(n, 0.5), Some(expected), "n = {n}");
        }
        assert_eq!(independent(5, 0.5), None);
    }

    #[test]
    fn the_ranks_are_those_of_an_exhaustive_search() {
        for (n, q) in (1..400).flat_map(|n| [0.1, 0.5, 0.9, 0.95, 0.99].map(|q| (n, q))) {
            let below = Binomial::new(q, n as u64).unwrap();
            let low = (1..=n).take_while(|low| below.cdf(*low as u64 - 1) <= TAIL).last();
            let high = (1..=n).rev().take_while(|high| below.sf(*high as u64 - 1) <= TAIL).last();
            let expected = low.zip(high).map(|(low, high)| {
                let missed = |[low, high]: [usize; 2]| below.cdf(low as u64 - 1) + below.sf(high as u64 - 1);
                let fewer = [[low + 1, high], [low, high - 1]];
                let best = fewer
                    .into_iter()
                    .filter(|ranks| q != 0.5 && ranks[0] < ranks[1] && missed(*ranks) <= 2.0 * TAIL)
                    .max_by(|a, b| missed(*a).total_cmp(&missed(*b)));
                best.unwrap_or([low, high])
            });
            assert_eq!(independent(n, q), expected, "n = {n}, q = {q}");
        }
    }

    #[test]
    fn of_many_the_ranks_are_as_far_apart_as_the_normal_distribution_has_it() {
        for n in [100_000, 3_000_000, 10_000_000, 1_000_000_000] {
            for q in [0.5, 0.9, 0.99] {
                let [low, high] = independent(n, q).unwrap();
                let width = 2.0 * 1.959_964 * (n as f64 * q * (1.0 - q)).sqrt();
                assert!(((high - low) as f64 / width - 1.0).abs() < 0.02, "{n} {q}: {low} {high}");
            }
        }
    }

    #[test]
    fn the_interval_of_a_tail_is_withheld_until_it_can_be_closed_above() {
        // 1 − 0.99^n > 0.975 needs n ≥ 368.
        assert_eq!(independent(367, 0.99), None);
        assert_eq!(independent(368, 0.99).unwrap()[1], 368);
    }

    #[test]
    fn samples_that_resemble_those_of_their_round_count_for_fewer() {
        // Twenty rounds, each of twenty samples that are nearly alike, in no order.
        let alike: Vec<_> =
            in_rounds_of(20, 400).iter().map(|o| Observation { round: o.round * 7 % 20, ..*o }).collect();
        let [low, high] = percentile_interval(&alike, 0.5).unwrap();
        assert!(high - low > 3.0 * 41.0, "{low} {high}");
        // The same values, spread evenly over the rounds.
        let spread: Vec<_> =
            alike.iter().enumerate().map(|(i, o)| Observation { round: i as u32 % 20, ..*o }).collect();
        assert_eq!(percentile_interval(&spread, 0.5), Some([180.0, 221.0]));
    }

    #[test]
    fn what_took_longer_than_was_waited_only_pushes_a_percentile_up() {
        let mut values = up_to(40);
        values.iter_mut().rev().take(15).for_each(|o| o.value = f64::INFINITY);
        assert_eq!((percentile(&values, 0.5), percentile(&values, 0.7)), (Some(20.0), Some(f64::INFINITY)));
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_percentile(
            values in prop::collection::vec((0.0..1e9f64, 0..50u32), 0..300), q in 0.01..0.99f64,
        ) {
            let sorted = sorted(values.into_iter().map(|(value, round)| Observation { value, round }).collect());
            if let Some([low, high]) = percentile_interval(&sorted, q) {
                let value = percentile(&sorted, q).unwrap();
                prop_assert!(low <= value && value <= high);
            }
        }
    }
}
