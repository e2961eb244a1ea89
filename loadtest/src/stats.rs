//! Statistics, pure. METHODOLOGY.md tells where each formula is from.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{Binomial, DiscreteCDF};

/// How many samples must lie above a percentile for it to be told: a percentile that hangs on fewer says more
/// about chance than about the target.
pub const SAMPLES_ABOVE: usize = 10;

/// How often a bootstrap resamples: enough for the second digit of a 95 % interval.
const RESAMPLES: usize = 2000;

const CONFIDENCE: f64 = 0.95;

/// The value of rank ⌈q·n⌉, by nearest rank, of `sorted`; `None` with fewer than [`SAMPLES_ABOVE`] above it.
pub fn percentile(sorted: &[f64], q: f64) -> Option<f64> {
    let rank = nearest_rank(sorted.len(), q)?;
    (sorted.len() - rank >= SAMPLES_ABOVE).then(|| sorted[rank - 1])
}

fn nearest_rank(n: usize, q: f64) -> Option<usize> {
    (n > 0).then(|| ((q * n as f64).ceil() as usize).clamp(1, n))
}

/// The 95 % interval of quantile `q`, by order statistics: the number of samples below the true quantile is
/// binomial, whatever the distribution. `None` where the count is too small for one that is closed on both sides.
pub fn quantile_interval(sorted: &[f64], q: f64) -> Option<[f64; 2]> {
    let [low, high] = interval_ranks(sorted.len(), q)?;
    Some([sorted[low - 1], sorted[high - 1]])
}

/// Ranks, from 1, between which the quantile lies: each side misses with at most half of what the confidence
/// leaves over.
fn interval_ranks(n: usize, q: f64) -> Option<[usize; 2]> {
    let below = Binomial::new(q, n as u64).ok()?;
    let miss = (1.0 - CONFIDENCE) / 2.0;
    // P(x[low] > quantile) = P(fewer than `low` below) = cdf(low - 1)
    let low = (1..=n).take_while(|low| below.cdf(*low as u64 - 1) <= miss).last()?;
    // P(x[high] < quantile) = P(at least `high` below) = sf(high - 1)
    let high = (1..=n).rev().take_while(|high| below.sf(*high as u64 - 1) <= miss).last()?;
    Some([low, high])
}

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample standard deviation, with n − 1; `None` of fewer than two.
pub fn stddev(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// The 95 % interval of the mean, by percentile bootstrap; `None` of fewer than [`SAMPLES_ABOVE`].
pub fn mean_interval(values: &[f64], seed: u64) -> Option<[f64; 2]> {
    if values.len() < SAMPLES_ABOVE {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let draw = |rng: &mut ChaCha8Rng| values[rng.random_range(0..values.len())];
    let means =
        (0..RESAMPLES).map(|_| (0..values.len()).map(|_| draw(&mut rng)).sum::<f64>() / values.len() as f64);
    Some(middle(means.collect()))
}

/// How two medians compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Median of the candidate over median of the baseline.
    pub ratio: f64,
    /// Its 95 % interval, by percentile bootstrap.
    pub interval: [f64; 2],
    /// Twice the share of resamples on the far side of 1: how often chance alone would show such a difference.
    pub p_value: f64,
}

/// Compares medians; `None` where one of them may not be told.
pub fn median_ratio(baseline: &[f64], candidate: &[f64], seed: u64) -> Option<Ratio> {
    let ratio = percentile(&sorted(candidate), 0.5)? / percentile(&sorted(baseline), 0.5)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let resampled =
        (0..RESAMPLES).map(|_| resampled_median(candidate, &mut rng) / resampled_median(baseline, &mut rng));
    let ratios: Vec<f64> = resampled.collect();
    let share = |far: &dyn Fn(f64) -> bool| ratios.iter().filter(|r| far(**r)).count() as f64 + 1.0;
    let p_value = 2.0 * share(&|r| r <= 1.0).min(share(&|r| r >= 1.0)) / (RESAMPLES as f64 + 1.0);
    Some(Ratio { ratio, interval: middle(ratios), p_value: p_value.min(1.0) })
}

fn resampled_median(values: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    let mut resample: Vec<f64> =
        (0..values.len()).map(|_| values[rng.random_range(0..values.len())]).collect();
    let middle = resample.len().div_ceil(2) - 1;
    *resample.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The middle 95 % of resampled values.
fn middle(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values[nearest_rank(values.len(), q).unwrap_or(1) - 1];
    [at((1.0 - CONFIDENCE) / 2.0), at((1.0 + CONFIDENCE) / 2.0)]
}

/// Corrects p-values for being several (Holm's step-down method); in the order given.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut corrected = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((p_values.len() - rank) as f64 * p_values[index]).min(1.0);
        corrected[index] = largest;
    }
    corrected
}

/// In ascending order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn up_to(n: usize) -> Vec<f64> {
        (1..=n).map(|i| i as f64).collect()
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        assert_eq!(percentile(&up_to(100), 0.5), Some(50.0));
        assert_eq!(percentile(&up_to(101), 0.5), Some(51.0));
        assert_eq!(percentile(&up_to(1000), 0.99), Some(990.0));
    }

    #[test]
    fn a_percentile_is_withheld_without_ten_samples_above_it() {
        assert_eq!(percentile(&up_to(19), 0.5), None);
        assert_eq!(percentile(&up_to(20), 0.5), Some(10.0));
        assert_eq!(percentile(&up_to(999), 0.99), None);
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn the_interval_of_the_median_has_the_ranks_of_the_published_tables() {
        // Conover, Practical Nonparametric Statistics, and the sign test's tables: n → ranks for 95 %.
        for (n, ranks) in [
            (6, [1, 6]),
            (10, [2, 9]),
            (15, [4, 12]),
            (20, [6, 15]),
            (25, [8, 18]),
            (50, [18, 33]),
            (100, [40, 61]),
        ] {
            assert_eq!(interval_ranks(n, 0.5), Some(ranks), "n = {n}");
        }
        assert_eq!(interval_ranks(5, 0.5), None);
    }

    #[test]
    fn the_interval_of_a_tail_is_withheld_until_it_can_be_closed_above() {
        // 1 − 0.99^n > 0.975 needs n ≥ 368.
        assert_eq!(interval_ranks(367, 0.99), None);
        assert_eq!(interval_ranks(368, 0.99).unwrap()[1], 368);
    }

    #[test]
    fn the_deviation_is_of_a_sample() {
        assert_eq!(
            stddev(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).map(|s| (s * 1e6).round()),
            Some(2138090.0)
        );
        assert_eq!((stddev(&[1.0]), mean(&[])), (None, None));
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let values = up_to(50);
        assert_eq!(mean_interval(&values, 7), mean_interval(&values, 7));
        let [low, high] = mean_interval(&values, 7).unwrap();
        assert!(low < 25.5 && 25.5 < high && high - low < 10.0, "{low} {high}");
    }

    #[test]
    fn a_clear_difference_is_found_and_none_is_found_where_there_is_none() {
        let slow: Vec<f64> = up_to(100).iter().map(|v| 200.0 + v).collect();
        let fast = up_to(100).iter().map(|v| 100.0 + v).collect::<Vec<_>>();
        let faster = median_ratio(&slow, &fast, 1).unwrap();
        assert!(faster.interval[1] < 1.0 && faster.p_value < 0.01, "{faster:?}");
        let same = median_ratio(&fast, &fast, 1).unwrap();
        assert!(same.interval[0] < 1.0 && same.interval[1] > 1.0 && same.p_value > 0.5, "{same:?}");
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_never_loses_the_order() {
        let rounded: Vec<f64> = holm(&[0.01, 0.04, 0.03]).iter().map(|p| (p * 1e9).round() / 1e9).collect();
        assert_eq!(rounded, [0.03, 0.06, 0.06]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_quantile(values in prop::collection::vec(0.0..1e9f64, 0..300), q in 0.01..0.99f64) {
            let sorted = sorted(&values);
            if let Some([low, high]) = quantile_interval(&sorted, q) {
                let value = sorted[nearest_rank(sorted.len(), q).unwrap() - 1];
                prop_assert!(low <= value && value <= high);
            }
        }
    }
}
