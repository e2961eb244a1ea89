//! Rates and waits, as progress shows them.

use std::time::Duration;

/// A rate, like `151/s` or `12.3k/s`.
pub fn rate(per_second: f64) -> String {
    match per_second {
        r if r >= 1e4 => format!("{:.1}k/s", r / 1e3),
        r if r >= 100.0 => format!("{r:.0}/s"),
        r => format!("{r:.1}/s"),
    }
}

/// A wait in whole seconds, like `1m 5s`.
pub fn wait(duration: Duration) -> String {
    humantime::format_duration(Duration::from_secs(duration.as_secs_f64().ceil() as u64)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_short_and_a_wait_that_is_not_over_is_at_least_a_second() {
        assert_eq!([0.71, 99.0, 1234.0, 12_345.0].map(rate), ["0.7/s", "99.0/s", "1234/s", "12.3k/s"]);
        let told = [0, 1, 64_900].map(|ms| wait(Duration::from_millis(ms)));
        assert_eq!(told, ["0s", "1s", "1m 5s"]);
    }
}
