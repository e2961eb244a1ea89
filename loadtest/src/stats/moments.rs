//! Means and deviations. None is told where a value is known only as larger than the others.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{MIN_ROUNDS, Observation, RESAMPLES, by_round, draw, expanded_tail, middle};

/// The arithmetic mean; `None` of nothing, and where it is not finite.
pub fn mean(observations: &[Observation]) -> Option<f64> {
    let sum: f64 = observations.iter().map(|o| o.value).sum();
    Some(sum / observations.len() as f64).filter(|mean| mean.is_finite())
}

/// The sample standard deviation, with n − 1; `None` of fewer than two.
pub fn stddev(observations: &[Observation]) -> Option<f64> {
    let mean = mean(observations)?;
    let squares: f64 = observations.iter().map(|o| (o.value - mean).powi(2)).sum();
    (observations.len() > 1).then(|| (squares / (observations.len() - 1) as f64).sqrt())
}

/// The 95 % interval of the mean, by percentile bootstrap of rounds; `None` of fewer than ten.
pub fn mean_interval(observations: &[Observation], seed: u64) -> Option<[f64; 2]> {
    mean(observations)?;
    resampled_mean(&by_round(observations, |o| o.value), seed)
}

/// The 95 % interval of the mean of rounds, of each of which the count and the sum are known.
pub(super) fn resampled_mean(rounds: &[(f64, f64)], seed: u64) -> Option<[f64; 2]> {
    if rounds.len() < MIN_ROUNDS {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = vec![0; rounds.len()];
    let mut resampled_mean = || {
        // Drawn first, added then: the sum stays in registers.
        drawn.fill_with(|| draw(rounds.len(), &mut rng));
        let drawn = drawn.iter().map(|round| rounds[*round]);
        let (count, sum) = drawn.fold((0.0, 0.0), |(n, sum), (count, of_round)| (n + count, sum + of_round));
        sum / count
    };
    Some(middle((0..RESAMPLES).map(|_| resampled_mean()).collect(), expanded_tail(rounds.len() as f64)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::fixtures::{in_rounds_of, up_to};

    #[test]
    fn the_deviation_is_of_a_sample() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].map(|value| Observation { value, round: 0 });
        assert_eq!(stddev(&values).map(|s| (s * 1e6).round()), Some(2138090.0));
        assert_eq!((stddev(&values[..1]), mean(&[])), (None, None));
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let values = up_to(50);
        assert_eq!(mean_interval(&values, 7), mean_interval(&values, 7));
        let [low, high] = mean_interval(&values, 7).unwrap();
        assert!(low < 25.5 && 25.5 < high && high - low < 10.0, "{low} {high}");
    }

    #[test]
    fn samples_that_resemble_those_of_their_round_make_the_interval_wider() {
        let width = |[low, high]: [f64; 2]| high - low;
        let alone = width(mean_interval(&up_to(400), 1).unwrap());
        let together = width(mean_interval(&in_rounds_of(20, 400), 1).unwrap());
        assert!(together > 3.0 * alone, "{together} {alone}");
        assert_eq!(mean_interval(&in_rounds_of(50, 400), 1), None);
    }

    #[test]
    fn nothing_is_averaged_with_what_is_not_known() {
        let mut values = up_to(50);
        values[3].value = f64::INFINITY;
        assert_eq!((mean(&values), stddev(&values), mean_interval(&values, 1)), (None, None, None));
    }
}
