//! Times and rates in three digits, each with the unit that suits it.

use std::time::Duration;

/// A time in microseconds, like `151 µs` or `1.20 ms`.
pub fn time(us: f64) -> String {
    let units = [("ns", 1e-3), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)];
    // Rounded first, so that what is nearly the next unit is told in that.
    let rounded = three_digits(us);
    let (unit, scale) = units.into_iter().rev().find(|(_, scale)| rounded >= *scale).unwrap_or(units[0]);
    format!("{} {unit}", digits(rounded / scale))
}

/// A rate, like `151/s` or `1.2k/s`.
pub fn rate(per_second: f64) -> String {
    let rounded = three_digits(per_second);
    match rounded {
        r if r >= 1e6 => format!("{}M/s", digits(r / 1e6)),
        r if r >= 1e4 => format!("{}k/s", digits(r / 1e3)),
        r if r >= 100.0 => format!("{per_second:.0}/s"),
        r => format!("{r:.1}/s"),
    }
}

/// A wait in whole seconds, like `1m 5s`.
pub fn wait(duration: Duration) -> String {
    humantime::format_duration(Duration::from_secs(duration.as_secs_f64().ceil() as u64)).to_string()
}

fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

fn digits(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        let told = [0.0, 0.42, 12.345, 151.4, 999.7, 5010.0, 30e6].map(time);
        assert_eq!(told, ["0.00 ns", "420 ns", "12.3 µs", "151 µs", "1.00 ms", "5.01 ms", "30.0 s"]);
    }

    #[test]
    fn rates_are_short() {
        let told = [0.71, 99.0, 1234.0, 12_345.0, 2e6].map(rate);
        assert_eq!(told, ["0.7/s", "99.0/s", "1234/s", "12.3k/s", "2.00M/s"]);
    }

    #[test]
    fn a_wait_that_is_not_over_is_at_least_a_second() {
        let told = [0, 1, 64_900].map(|ms| wait(Duration::from_millis(ms)));
        assert_eq!(told, ["0s", "1s", "1m 5s"]);
    }
}
