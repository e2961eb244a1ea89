//! The domain value: a second, as Moscow writes it.

use alloc::string::String;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Timelike};

use crate::text::{push_decimal, push_two_digits};

/// Moscow has kept UTC+3 all year since 2014, so no time-zone database is needed.
const MOSCOW: FixedOffset = FixedOffset::east_opt(3 * 3600).unwrap();

/// A second and its name in Moscow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MoscowTime {
    /// Unix time in seconds.
    pub timestamp: i64,
    /// Date and time of day in Moscow.
    pub local: NaiveDateTime,
}

/// Of every second from 2001 to 2286, and so what is made to hold it is neither too large nor too small.
const COMPACT_LENGTH: usize = 64;

impl MoscowTime {
    /// The Moscow time of a Unix time in seconds.
    ///
    /// A second outside the calendar (some 260,000 years away) is written as the Unix epoch.
    pub fn at(timestamp: i64) -> Self {
        let utc = DateTime::from_timestamp(timestamp, 0).unwrap_or_default();
        Self { timestamp: utc.timestamp(), local: utc.with_timezone(&MOSCOW).naive_local() }
    }

    /// Appends `YYYY-MM-DD`, by ISO 8601: a year of more than four digits, or before the year 0, has a sign.
    pub fn push_date(&self, out: &mut String) {
        let year = self.local.year();
        match year {
            0..=9999 => {}
            ..0 => out.push('-'),
            _ => out.push('+'),
        }
        push_decimal(out, year.unsigned_abs().into(), 4);
        for field in [self.local.month(), self.local.day()] {
            out.push('-');
            push_two_digits(out, field);
        }
    }

    /// Appends `HH:MM:SS`.
    pub fn push_clock(&self, out: &mut String) {
        push_two_digits(out, self.local.hour());
        for field in [self.local.minute(), self.local.second()] {
            out.push(':');
            push_two_digits(out, field);
        }
    }

    /// Compact, without a newline: the body of `/api/time`.
    pub fn to_json(&self) -> String {
        self.between(["{\"moscow_time\":\"", "\",\"timestamp\":", "}"])
    }

    /// Indented by two spaces: what the command prints.
    pub fn to_json_pretty(&self) -> String {
        self.between(["{\n  \"moscow_time\": \"", "\",\n  \"timestamp\": ", "\n}"])
    }

    /// The two values between the three pieces of a JSON object; neither has anything in it that JSON would escape.
    fn between(&self, [before, amid, after]: [&str; 3]) -> String {
        let mut out = String::with_capacity(COMPACT_LENGTH);
        out.push_str(before);
        self.push_date(&mut out);
        out.push(' ');
        self.push_clock(&mut out);
        out.push_str(" MSK");
        out.push_str(amid);
        out.push_str(itoa::Buffer::new().format(self.timestamp));
        out.push_str(after);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(timestamp: i64) -> String {
        let json: serde_json::Value = serde_json::from_str(&MoscowTime::at(timestamp).to_json()).unwrap();
        json["moscow_time"].as_str().unwrap().to_owned()
    }

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
        assert_eq!(shown(1704056400), "2024-01-01 00:00:00 MSK");
    }

    #[test]
    fn times_before_the_epoch_and_leap_days_are_written_right() {
        assert_eq!(shown(-1), "1970-01-01 02:59:59 MSK");
        assert_eq!(shown(1709197200), "2024-02-29 12:00:00 MSK");
    }

    #[test]
    fn far_years_have_a_sign() {
        assert_eq!(shown(253_402_300_800), "+10000-01-01 03:00:00 MSK");
        assert_eq!(shown(-62_198_755_200), "-0001-01-01 03:00:00 MSK");
    }

    #[test]
    fn json_is_what_a_serializer_writes() {
        let time = MoscowTime::at(1776887217);
        let parsed: serde_json::Value = serde_json::from_str(&time.to_json()).unwrap();
        assert_eq!(parsed["timestamp"], time.timestamp);
        assert_eq!(serde_json::to_string(&parsed).unwrap(), time.to_json());
        assert_eq!(serde_json::to_string_pretty(&parsed).unwrap(), time.to_json_pretty());
    }

    #[test]
    fn a_second_outside_the_calendar_does_not_panic() {
        for absurd in [i64::MAX, i64::MIN] {
            assert_eq!(MoscowTime::at(absurd), MoscowTime::at(0));
        }
    }
}
