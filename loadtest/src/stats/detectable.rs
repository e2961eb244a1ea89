//! Which difference a comparison would have found.

/// Of a normal distribution, the quantiles that leave 2.5 % and 20 % above: a 95 % interval, and a power of 80 %.
const OF_INTERVAL: f64 = 1.96;
const OF_POWER: f64 = 0.84;

/// The least difference of two medians that such data show in 80 % of measurements, as a share: 0.04 is 4 %.
///
/// The minimum detectable effect (Bloom 1995) in logarithms: with *h* half the width of the interval of ln(ratio), it is
/// *h* · (1.96 + 0.84) ÷ 1.96, since *h* is 1.96 standard errors. Corrected p-values ask for somewhat more.
pub fn detectable([low, high]: [f64; 2]) -> f64 {
    let half = (high / low).ln() / 2.0;
    (half * (OF_INTERVAL + OF_POWER) / OF_INTERVAL).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn a_difference_of_that_size_is_found_in_four_of_five_measurements() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let standard = Normal::new(0.0, 1.0).unwrap();
        for error in [0.001, 0.02, 0.3] {
            let interval = |ratio: f64| [-OF_INTERVAL, OF_INTERVAL].map(|z| ratio * (z * error).exp());
            let truth = 1.0 + detectable(interval(1.0));
            let found = (0..20_000).filter(|_| {
                let measured = truth * (standard.inverse_cdf(rng.random_range(1e-9..1.0)) * error).exp();
                interval(measured)[0] > 1.0
            });
            let power = found.count() as f64 / 20_000.0;
            assert!((power - 0.8).abs() < 0.01, "{power}");
        }
    }

    #[test]
    fn it_does_not_depend_on_where_the_interval_lies() {
        assert!((detectable([0.97, 1.03]) - detectable([1.94, 2.06])).abs() < 1e-12);
        assert_eq!(detectable([1.0, 1.0]), 0.0);
    }
}
