//! Ratios in digits, the same wherever they are told: as few as tell them, and never so few that one looks like 1, or like
//! nothing.

/// So many decimals may be needed to tell a ratio from 1.
const DECIMALS: std::ops::RangeInclusive<usize> = 2..=4;
/// Below this, two decimals are hardly a digit.
const SMALL: f64 = 0.1;

#[derive(Debug, PartialEq)]
pub struct Digits {
    pub ratio: String,
    pub low: String,
    pub high: String,
}

/// With the fewest decimals at which the interval holds 1 only if it did before it was rounded; of what is small, its ends
/// are also told apart from it, and none is 0.
pub fn digits(ratio: f64, [low, high]: [f64; 2]) -> Digits {
    let rounded = |value: f64, decimals: usize| format!("{value:.decimals$}");
    let is_told = |decimals: &usize| {
        let apart = |one: f64, other: f64| rounded(one, *decimals) != rounded(other, *decimals);
        (low <= 1.0 || apart(low, 1.0))
            && (high >= 1.0 || apart(high, 1.0))
            && (ratio >= SMALL || apart(0.0, low) && apart(low, ratio) && apart(ratio, high))
    };
    let decimals = DECIMALS.clone().find(is_told).unwrap_or(*DECIMALS.end());
    let told = |value| rounded(value, decimals);
    Digits { ratio: told(ratio), low: told(low), high: told(high) }
}

/// The ratio alone, without its interval: in few digits where it is large, and not as 1 where the interval is beside 1.
pub fn short(ratio: f64, interval: [f64; 2]) -> String {
    let [low, high] = interval;
    let may_be_1 = low <= 1.0 && high >= 1.0;
    match ratio {
        large if large >= 99.95 => format!("{large:.0}"),
        large if large >= 9.995 => format!("{large:.1}"),
        small if small < SMALL => digits(ratio, interval).ratio,
        _ if may_be_1 || format!("{ratio:.2}") != "1.00" => format!("{ratio:.2}"),
        _ => digits(ratio, interval).ratio,
    }
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
    fn what_is_small_has_digits_enough_to_tell_the_ends_of_its_interval_apart_and_no_more() {
        assert_eq!(told(0.0534, [0.0221, 0.171]), "0.05 0.02 0.17");
        assert_eq!(told(0.0534, [0.0521, 0.0553]), "0.053 0.052 0.055");
        assert_eq!(told(0.0084, [0.0031, 0.021]), "0.008 0.003 0.021");
    }

    #[test]
    fn a_large_ratio_alone_has_three_digits() {
        let told = [(1.96, [1.9, 2.0]), (12.345, [12.0, 13.0]), (1234.5, [1200.0, 1300.0])];
        assert_eq!(told.map(|(ratio, interval)| short(ratio, interval)), ["1.96", "12.3", "1234"]);
    }

    #[test]
    fn what_holds_1_needs_no_more_digits() {
        assert_eq!(told(1.0003, [0.999, 1.002]), "1.00 1.00 1.00");
    }
}
