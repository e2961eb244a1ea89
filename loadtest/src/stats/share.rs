//! How often something happens.

use statrs::distribution::{Beta, ContinuousCDF};

use super::TAIL;

/// The exact 95 % interval of the share of which `some` of `all` are a sample (Clopper and Pearson); `None` of nothing.
pub fn share_interval(some: usize, all: usize) -> Option<[f64; 2]> {
    let (k, n) = (some as f64, all as f64);
    let bound = |a: f64, b: f64, q: f64, between| Some(inverse(&Beta::new(a, b).ok()?, q, between));
    let low = if some == 0 { 0.0 } else { bound(k, n - k + 1.0, TAIL, [0.0, k / n])? };
    let high = if some >= all { 1.0 } else { bound(k + 1.0, n - k, 1.0 - TAIL, [k / n, 1.0])? };
    (all > 0).then_some([low, high])
}

/// Where the distribution reaches `q`, between these. By halving: the search of statrs 0.19 never ends where what is looked
/// for is as small as for none of ten millions.
fn inverse(beta: &Beta, q: f64, [mut low, mut high]: [f64; 2]) -> f64 {
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if beta.cdf(middle) < q { low = middle } else { high = middle }
    }
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

    #[test]
    fn of_any_number_it_is_told() {
        for all in [1_000, 100_000, 10_000_000, 1_000_000_000] {
            // In closed form: that nothing happens is as probable as what is left over.
            let [low, high] = share_interval(0, all).unwrap();
            let exact = -(TAIL.ln() / all as f64).exp_m1();
            assert!(low == 0.0 && (high / exact - 1.0).abs() < 1e-6, "{all}: {high} {exact}");
            // As wide as the normal distribution has it, which is exact for many.
            let [low, high] = share_interval(all / 2, all).unwrap();
            let width = 2.0 * 1.959_964 * 0.5 / (all as f64).sqrt();
            assert!(((high - low) / width - 1.0).abs() < 2e-3 + 40.0 / all as f64, "{all}: {low} {high}");
        }
    }
}
