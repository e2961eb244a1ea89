//! A second, as Moscow writes it.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset};
use serde::{Serialize, Serializer};

/// Moscow has kept UTC+3 all year since 2014, so no time-zone database is needed.
const MOSCOW: FixedOffset = FixedOffset::east_opt(3 * 3600).unwrap();

/// A second in Moscow. Its JSON is the body of `/api/time`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoscowTime {
    /// Date and time of day.
    #[serde(rename = "moscow_time", serialize_with = "with_zone")]
    pub local: DateTime<FixedOffset>,
    /// Unix time in seconds.
    pub timestamp: i64,
}

impl MoscowTime {
    /// The current time. A clock before 1970 counts as 1970.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::at(since.as_secs() as i64)
    }

    /// The Moscow time of a Unix time in seconds. A second outside the calendar becomes the Unix epoch.
    pub fn at(timestamp: i64) -> Self {
        let utc = DateTime::from_timestamp(timestamp, 0).unwrap_or_default();
        Self { local: utc.with_timezone(&MOSCOW), timestamp: utc.timestamp() }
    }
}

fn with_zone<S: Serializer>(local: &DateTime<FixedOffset>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{} MSK", local.naive_local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(timestamp: i64) -> String {
        serde_json::to_value(MoscowTime::at(timestamp)).unwrap()["moscow_time"].as_str().unwrap().to_owned()
    }

    #[test]
    fn json_has_the_two_keys_in_order() {
        assert_eq!(
            serde_json::to_string(&MoscowTime::at(1776887217)).unwrap(),
            r#"{"moscow_time":"2026-04-22 22:46:57 MSK","timestamp":1776887217}"#
        );
    }

    #[test]
    fn midnight_in_moscow_is_21_00_utc_of_the_day_before() {
        // 2023-12-31T21:00:00Z
        assert_eq!(shown(1704056400), "2024-01-01 00:00:00 MSK");
    }

    #[test]
    fn times_before_the_epoch_and_leap_days_are_right() {
        assert_eq!(shown(-1), "1970-01-01 02:59:59 MSK");
        assert_eq!(shown(1709197200), "2024-02-29 12:00:00 MSK");
    }

    #[test]
    fn far_years_have_a_sign() {
        assert_eq!(shown(253_402_300_800), "+10000-01-01 03:00:00 MSK");
        assert_eq!(shown(-62_198_755_200), "-0001-01-01 03:00:00 MSK");
    }

    #[test]
    fn a_second_outside_the_calendar_does_not_panic() {
        for absurd in [i64::MAX, i64::MIN] {
            assert_eq!(MoscowTime::at(absurd), MoscowTime::at(0));
        }
    }
}
