//! Whether what was measured first was still settling.

use super::{MIN_ROUNDS, middle_of};

/// By how much the first rounds must be slower: a smaller share is not worth dropping samples for.
const NOTICEABLE: f64 = 0.05;
/// How many deviations from the median are no chance (Hampel).
const OUTLYING: f64 = 3.0;
/// The median absolute deviation of a normal distribution times this is its standard deviation.
const TO_DEVIATION: f64 = 1.4826;

/// How many of the first rounds were slower than those of the second half are, beyond their own scatter. Of each round,
/// `levels` has the natural logarithm of how slow it was, in the order they were measured. None, where half of them did
/// not settle: that is a trend.
pub fn unsettled(levels: &[f64]) -> usize {
    let half = levels.len() / 2;
    if half < MIN_ROUNDS {
        return 0;
    }
    let settled = middle_of(levels[half..].to_vec());
    let scatter = middle_of(levels[half..].iter().map(|level| (level - settled).abs()).collect());
    let limit = settled + (OUTLYING * TO_DEVIATION * scatter).max(NOTICEABLE.ln_1p());
    levels[..half].iter().position(|level| *level <= limit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty rounds of about 1, but for those that `extra` makes slower.
    fn rounds(extra: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..40).map(|n| (1.0 + (n * 7 % 11) as f64 / 500.0 + extra(n)).ln()).collect()
    }

    #[test]
    fn what_settles_is_found_until_it_is_settled() {
        assert_eq!(unsettled(&rounds(|n| if n < 3 { 1.0 } else { 0.0 })), 3);
        let decaying = unsettled(&rounds(|n| (-(n as f64) / 2.0).exp()));
        assert!((4..=7).contains(&decaying), "{decaying}");
    }

    #[test]
    fn what_is_as_it_stays_was_never_unsettled() {
        assert_eq!(unsettled(&rounds(|_| 0.0)), 0);
        assert_eq!(unsettled(&rounds(|n| if n == 5 { 1.0 } else { 0.0 })), 0, "a disturbance later on");
        assert_eq!(unsettled(&rounds(|n| if n < 3 { -0.5 } else { 0.0 })), 0, "it was faster");
        assert_eq!(unsettled(&[0.0; 40]), 0);
    }

    #[test]
    fn a_scatter_as_large_is_no_settling() {
        let scattered: Vec<_> = (0..40).map(|n| (1.0 + (n * 7 % 11) as f64 / 5.0).ln()).collect();
        assert_eq!(unsettled(&scattered.into_iter().rev().collect::<Vec<_>>()), 0);
    }

    #[test]
    fn what_does_not_settle_in_half_of_the_time_is_a_trend() {
        let until = |slow| unsettled(&rounds(|n| if n < slow { 1.0 } else { 0.0 }));
        assert_eq!([19, 20, 30, 40].map(until), [19, 0, 0, 0]);
    }

    #[test]
    fn of_a_few_rounds_nothing_is_known() {
        assert_eq!(unsettled(&[9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 0);
    }
}
