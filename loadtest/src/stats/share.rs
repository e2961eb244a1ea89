//! How often something happens.

use statrs::distribution::{Beta, ContinuousCDF};

use super::TAIL;

/// The exact 95 % interval of the share of which `some` of `all` are a sample (Clopper and Pearson); `None` of nothing.
pub fn share_interval(some: usize, all: usize) -> Option<[f64; 2]> {
    let (k, n) = (some as f64, all as f64);
    let bound = |a: f64, b: f64, q: f64| Beta::new(a, b).ok().map(|beta| beta.inverse_cdf(q));
    let low = if some == 0 { 0.0 } else { bound(k, n - k + 1.0, TAIL)? };
    let high = if some >= all { 1.0 } else { bound(k + 1.0, n - k, 1.0 - TAIL)? };
    (all > 0).then_some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_published_tables() {
        // Clopper & Pearson (1934), and every table since: 95 %.
        for (some, all, expected) in [
            (0, 10, [0.0, 0.3085]),
            (1, 10, [0.0025, 0.4450]),
            (5, 10, [0.1871, 0.8129]),
            (10, 10, [0.6915, 1.0]),
            (2, 100, [0.0024, 0.0704]),
            (0, 1000, [0.0, 0.0037]),
        ] {
            let found = share_interval(some, all).unwrap();
            let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 6e-5);
            assert!(near, "{some} of {all}: {found:?}");
        }
        assert_eq!(share_interval(0, 0), None);
    }
}
