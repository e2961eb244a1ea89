//! The domain value: a second, as Moscow writes it.

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use serde::Serialize;

/// Moscow has kept UTC+3 all year since 2014, so no time-zone database is needed.
const MOSCOW: FixedOffset = FixedOffset::east_opt(3 * 3600).unwrap();

/// A second and its name in Moscow; serializes to the two keys of `/api/time`, in their order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MoscowTime {
    /// `YYYY-MM-DD HH:MM:SS MSK`
    pub moscow_time: String,
    /// Unix time in seconds.
    pub timestamp: i64,
}

impl MoscowTime {
    /// The Moscow time of a Unix time in seconds.
    ///
    /// A second outside the calendar (some 260,000 years away) is written as the Unix epoch.
    pub fn at(timestamp: i64) -> Self {
        let utc = DateTime::from_timestamp(timestamp, 0).unwrap_or_default();
        Self {
            // Written by `Display`: a format string would bring its interpreter into every artefact.
            moscow_time: format!("{} MSK", utc.with_timezone(&MOSCOW).naive_local()),
            timestamp: utc.timestamp(),
        }
    }

    /// Date and time of day in Moscow.
    pub fn local(&self) -> NaiveDateTime {
        DateTime::from_timestamp(self.timestamp, 0).unwrap_or_default().with_timezone(&MOSCOW).naive_local()
    }

    /// `YYYY-MM-DD`
    pub fn date(&self) -> &str {
        self.moscow_time.split(' ').next().unwrap_or_default()
    }

    /// `HH:MM:SS`
    pub fn clock(&self) -> &str {
        self.moscow_time.split(' ').nth(1).unwrap_or_default()
    }

    /// Compact, without a newline: the body of `/api/time`.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("two plain fields serialize")
    }

    /// Indented by two spaces: what the command prints.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).expect("two plain fields serialize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_two_keys_in_order_and_no_newline() {
        assert_eq!(
            MoscowTime::at(1776887217).to_json(),
            r#"{"moscow_time":"2026-04-22 22:46:57 MSK","timestamp":1776887217}"#
        );
    }

    #[test]
    fn pretty_json_is_indented_by_two_spaces() {
        assert_eq!(
            MoscowTime::at(1776887217).to_json_pretty(),
            "{\n  \"moscow_time\": \"2026-04-22 22:46:57 MSK\",\n  \"timestamp\": 1776887217\n}"
        );
    }

    #[test]
    fn midnight_in_moscow_is_nine_in_the_evening_utc_of_the_day_before() {
        // 2023-12-31T21:00:00Z
        assert_eq!(MoscowTime::at(1704056400).moscow_time, "2024-01-01 00:00:00 MSK");
    }

    #[test]
    fn times_before_the_epoch_and_leap_days_are_written_right() {
        assert_eq!(MoscowTime::at(-1).moscow_time, "1970-01-01 02:59:59 MSK");
        assert_eq!(MoscowTime::at(1709197200).moscow_time, "2024-02-29 12:00:00 MSK");
    }

    #[test]
    fn a_second_outside_the_calendar_does_not_panic() {
        for absurd in [i64::MAX, i64::MIN] {
            assert_eq!(MoscowTime::at(absurd), MoscowTime::at(0));
        }
    }
}
