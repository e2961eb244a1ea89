//! A median in a table, with its interval or what stands in its place.

use super::WITHHELD;
use crate::report::Distribution;

/// Marks a median that has no 95 % interval, and the range that stands in the interval's place.
pub(crate) const NO_INTERVAL: &str = "*";

/// The median and its 95 % interval, or the median and the range, both marked.
pub(crate) fn median(of: &Distribution, told: impl Fn(f64) -> String) -> [String; 2] {
    let Some(median) = of.p50 else { return [WITHHELD, WITHHELD].map(str::to_owned) };
    let between = |low: f64, high: f64| format!("{}–{}", told(low), told(high));
    match (of.ci95.p50, of.min.zip(of.max)) {
        (Some([low, high]), _) => [told(median), between(low, high)],
        (None, Some((low, high))) => {
            [marked(of, told(median)), format!("{}{NO_INTERVAL}", between(low, high))]
        }
        (None, None) => [marked(of, told(median)), WITHHELD.into()],
    }
}

/// A figure that is told by its median, marked if that has no interval.
pub(crate) fn marked(of: &Distribution, told: String) -> String {
    if of.lacks_interval() { told + NO_INTERVAL } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::summary::distribution;
    use crate::stats::Observation;

    fn told(n: u32) -> [String; 2] {
        let values = (1..=n).map(|n| Observation { value: f64::from(n), round: n }).collect();
        median(&distribution(values, 1), |us| format!("{us:.0}"))
    }

    #[test]
    fn a_median_of_five_is_shown_and_marked_with_the_range_and_one_of_six_has_an_interval() {
        assert_eq!(told(5), ["3*", "1–5*"]);
        assert_eq!(told(6), ["3", "1–6"]);
        assert_eq!(told(4), [WITHHELD, WITHHELD]);
    }
}
