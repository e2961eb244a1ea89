//! Student's distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::TAIL;

/// The quantile of the normal distribution that leaves [`TAIL`].
const NORMAL: f64 = 1.959_963_984_540_054;

/// From here on, the first terms of its series in the inverse of the freedom are exact to eight digits.
const MANY: f64 = 1_000.0;

/// The quantile that leaves [`TAIL`], of so many degrees of freedom; `None` of none.
pub fn students_t(freedom: f64) -> Option<f64> {
    if freedom < MANY {
        return StudentsT::new(0.0, 1.0, freedom).ok().map(|t| t.inverse_cdf(1.0 - TAIL));
    }
    // Abramowitz and Stegun, 26.7.5. What statrs 0.19 finds of two millions is a fifth of it.
    let z = NORMAL;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    Some(z + first / freedom + second / freedom.powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_published_tables() {
        for (freedom, expected) in [(1.0, 12.706), (2.0, 4.303), (10.0, 2.228), (30.0, 2.042), (120.0, 1.980)]
        {
            let found = students_t(freedom).unwrap();
            assert!((found - expected).abs() < 5e-4, "{freedom}: {found}");
        }
        assert_eq!(students_t(0.0), None);
    }

    #[test]
    fn it_goes_on_where_the_series_begins_and_nears_the_normal_distribution_however_many_there_are() {
        let [below, above] = [MANY - 1.0, MANY].map(|freedom| students_t(freedom).unwrap());
        assert!(below > above && below - above < 3e-6, "{below} {above}");
        let mut last = above;
        for freedom in [1e4, 1e5, 1e6, 3e6, 1e7, 1e9, 1e12] {
            let found = students_t(freedom).unwrap();
            assert!(found < last && found > NORMAL, "{freedom}: {found}");
            last = found;
        }
    }
}
