//! Ratios in digits, the same wherever they are told: as few as tell them, and never so few that one looks like 1.

/// So many decimals may be needed to tell a ratio from 1.
const DECIMALS: std::ops::RangeInclusive<usize> = 2..=4;

/// A ratio and its interval, in digits.
#[derive(Debug, PartialEq)]
pub struct Digits {
    /// The ratio.
    pub ratio: String,
    /// Where its interval begins.
    pub low: String,
    /// Where it ends.
    pub high: String,
}

/// With the fewest decimals at which the interval holds 1 only if it did before it was rounded.
pub fn digits(ratio: f64, [low, high]: [f64; 2]) -> Digits {
    let rounded = |value: f64, decimals: usize| format!("{value:.decimals$}");
    let is_told = |decimals: &usize| {
        let beside = |bound: f64| rounded(bound, *decimals) != rounded(1.0, *decimals);
        (low <= 1.0 || beside(low)) && (high >= 1.0 || beside(high))
    };
    let decimals = DECIMALS.clone().find(is_told).unwrap_or(*DECIMALS.end());
    let told = |value| rounded(value, decimals);
    Digits { ratio: told(ratio), low: told(low), high: told(high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ratio: f64, interval: [f64; 2]) -> String {
        let Digits { ratio, low, high } = digits(ratio, interval);
        format!("{ratio} {low} {high}")
    }

    #[test]
    fn what_is_beside_1_is_not_told_as_1() {
        assert_eq!(told(1.96, [1.9, 2.04]), "1.96 1.90 2.04");
        assert_eq!(told(1.0045, [1.0012, 1.0078]), "1.004 1.001 1.008");
        assert_eq!(told(0.9991, [0.9986, 0.9996]), "0.9991 0.9986 0.9996");
    }

    #[test]
    fn what_holds_1_needs_no_more_digits() {
        assert_eq!(told(1.0003, [0.999, 1.002]), "1.00 1.00 1.00");
    }
}
