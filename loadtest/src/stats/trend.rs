//! Whether something changed while it was measured.

use std::collections::BTreeMap;

use super::{MIN_ROUNDS, Observation};

/// A correlation with time that chance shows once in a thousand times.
const SIGNIFICANT: f64 = 3.29;

/// By what share the values grew (or shrank, below 0) from the first third of the rounds to the last, in their medians;
/// `None` where they follow no trend, by Spearman's rank correlation of rounds and their medians.
pub fn trend(observations: &[Observation]) -> Option<f64> {
    let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for observation in observations.iter().filter(|o| o.value.is_finite()) {
        rounds.entry(observation.round).or_default().push(observation.value);
    }
    let medians: Vec<f64> = rounds.into_values().map(median).collect();
    let n = medians.len();
    if n < MIN_ROUNDS {
        return None;
    }
    let in_time: Vec<f64> = (0..n).map(|i| i as f64).collect();
    let score = correlation(&in_time, &ranks(&medians))? * ((n - 1) as f64).sqrt();
    let [first, last] = [&medians[..n / 3], &medians[n - n / 3..]].map(|third| median(third.to_vec()));
    (score.abs() > SIGNIFICANT).then_some(last / first - 1.0)
}

/// By how much values that are `at` some time grow with it: the interval in which their slope lies, by Sen's median of slopes with
/// Kendall's bounds, outside of which chance puts it once in a thousand times. `None` of too few to tell.
pub fn slope(values: &[(f64, f64)]) -> Option<[f64; 2]> {
    let pairs =
        values.iter().enumerate().flat_map(|(n, from)| values[n + 1..].iter().map(move |to| (from, to)));
    let mut slopes: Vec<f64> = pairs.map(|(from, to)| (to.1 - from.1) / (to.0 - from.0)).collect();
    slopes.sort_by(f64::total_cmp);
    let (n, all) = (values.len() as f64, slopes.len() as f64);
    let spread = SIGNIFICANT * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let rank = (all - spread) / 2.0;
    if rank < 0.0 {
        return None;
    }
    // The bounds are as many ranks from either end.
    let rank = rank as usize;
    Some([*slopes.get(rank)?, *slopes.get(slopes.len() - 1 - rank)?])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

/// From 0; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for index in equal {
            ranks[*index] = first as f64 + (equal.len() - 1) as f64 / 2.0;
        }
        first += equal.len();
    }
    ranks
}

/// Pearson's; `None` where one of them does not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |x: &[f64], of_x: f64, y: &[f64], of_y: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - of_x) * (y - of_y)).sum()
    };
    let scale = (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt();
    (scale > 0.0).then(|| product(a, mean_a, b, mean_b) / scale)
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
    fn seven_values_have_no_slope_and_eight_have_that_of_their_extremes() {
        let level = |n| (0..n).map(|n| (f64::from(n), 5.0)).collect::<Vec<_>>();
        assert_eq!((slope(&level(7)), slope(&level(8)), slope(&[])), (None, Some([0.0; 2]), None));
    }

    #[test]
    fn ranks_of_equals_are_shared() {
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 9.0]), [1.5, 0.0, 1.5, 3.0]);
    }
}
