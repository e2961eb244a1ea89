//! Whether something changed while it was measured.

use std::collections::BTreeMap;

use super::kendall::{falls, most_against};
use super::{MIN_ROUNDS, Observation, middle_of};

/// By what share the values grew (or shrank, below 0) from the first third of the rounds to the last, in their medians;
/// `None` where they follow no trend, by Mann and Kendall's test of the medians of rounds: chance shows a trend at most once
/// in a thousand times.
pub fn trend(observations: &[Observation]) -> Option<f64> {
    let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for observation in observations.iter().filter(|o| o.value.is_finite()) {
        rounds.entry(observation.round).or_default().push(observation.value);
    }
    let medians: Vec<f64> = rounds.into_values().map(middle_of).collect();
    let n = medians.len();
    if n < MIN_ROUNDS || !is_trend(&medians)? {
        return None;
    }
    let [first, last] = [&medians[..n / 3], &medians[n - n / 3..]].map(|third| middle_of(third.to_vec()));
    Some(last / first - 1.0)
}

/// Whether the values rise or fall. Of equal ones, half count as rising.
fn is_trend(values: &[f64]) -> Option<bool> {
    let pairs = values.len() as u64 * (values.len() as u64 - 1) / 2;
    let backwards: Vec<f64> = values.iter().rev().copied().collect();
    let against = pairs - falls(values).abs_diff(falls(&backwards));
    Some(against <= 2 * most_against(values.len())?)
}

/// By how much values that are `at` some time grow with it: the interval in which their slope lies, by Sen's median of slopes with
/// Kendall's bounds, outside of which chance puts it at most once in a thousand times. `None` of fewer than seven values.
pub fn slope(values: &[(f64, f64)]) -> Option<[f64; 2]> {
    let pairs =
        values.iter().enumerate().flat_map(|(n, from)| values[n + 1..].iter().map(move |to| (from, to)));
    let mut slopes: Vec<f64> = pairs.map(|(from, to)| (to.1 - from.1) / (to.0 - from.0)).collect();
    slopes.sort_by(f64::total_cmp);
    // The bounds are as many ranks from either end.
    let rank = usize::try_from(most_against(values.len())?).ok()?;
    Some([slopes[rank], slopes[slopes.len() - 1 - rank]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::up_to;

    fn values(of: impl Fn(u32) -> f64) -> Vec<Observation> {
        (0..60).map(|round| Observation { value: of(round), round }).collect()
    }

    #[test]
    fn what_grows_has_a_trend_and_what_shrinks_a_negative_one() {
        assert_eq!(trend(&values(|round| if round < 30 { 100.0 } else { 150.0 })), Some(0.5));
        assert!(trend(&values(|round| 200.0 - f64::from(round))).unwrap() < -0.1);
    }

    #[test]
    fn what_goes_up_and_down_or_stays_has_none() {
        assert_eq!(trend(&values(|round| 100.0 + f64::from(round * 7 % 11))), None);
        assert_eq!(trend(&values(|_| 100.0)), None);
    }

    #[test]
    fn ten_rounds_in_order_have_a_trend_and_so_have_twenty_with_many_exceptions() {
        assert!(trend(&up_to(10)).is_some());
        // 45 of the 190 pairs of twenty rounds fall, by 0.0008 or less; 46 do so more than once in a thousand times.
        let with = |falls: u32| {
            // The first nine of ten values backwards fall in 45 pairs or fewer.
            let mut values: Vec<u32> = (0..10).rev().chain(10..20).collect();
            if falls == 46 {
                values.swap(9, 10);
            }
            let observed = values.into_iter().enumerate();
            observed.map(|(round, value)| Observation { value: f64::from(value + 100), round: round as u32 })
        };
        let found = [45, 46].map(|falls| trend(&with(falls).collect::<Vec<_>>()).is_some());
        assert_eq!(found, [true, false]);
    }

    #[test]
    fn a_few_rounds_have_none() {
        assert_eq!(trend(&up_to(9)), None);
    }

    #[test]
    fn a_slope_lies_within_its_interval_whatever_single_values_do() {
        let rising = |n: u32| {
            (f64::from(n), 3.0 * f64::from(n) + f64::from(n * 7 % 5) + if n == 9 { 900.0 } else { 0.0 })
        };
        let [low, high] = slope(&(0..20).map(rising).collect::<Vec<_>>()).unwrap();
        assert!(low > 2.4 && low < 3.0 && high > 3.0 && high < 3.5, "{low} {high}");
    }

    #[test]
    fn six_values_have_no_slope_and_seven_have_that_of_their_extremes() {
        let squares = |n| (0..n).map(|n| (f64::from(n), f64::from(n * n))).collect::<Vec<_>>();
        assert_eq!((slope(&[]), slope(&squares(6)), slope(&squares(7))), (None, None, Some([1.0, 11.0])));
        // Of eight, two in 40,320 orders have no pair that falls, and fourteen one: once in a thousand times is more.
        assert_eq!(slope(&squares(8)), Some([2.0, 12.0]));
    }
}
