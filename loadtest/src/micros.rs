//! Durations in files: microseconds as numbers, exact to the nanosecond.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

/// Longer than anything here waits; up to there, a nanosecond is exact.
const MAX_US: f64 = 1e12;

pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64() * 1e6)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let us = f64::deserialize(deserializer)?;
    if (0.0..=MAX_US).contains(&us) {
        Ok(Duration::from_nanos((us * 1e3).round() as u64))
    } else {
        Err(de::Error::custom(format!("{us} microseconds is no time to wait")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["-1.0", "1e300", "\"1\""] {
            assert!(deserialize(&mut serde_json::Deserializer::from_str(text)).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_time_that_was_written_is_read_to_the_nanosecond(nanos in 0..86_400_000_000_000u64) {
            let mut text = Vec::new();
            let duration = Duration::from_nanos(nanos);
            serialize(&duration, &mut serde_json::Serializer::new(&mut text)).unwrap();
            prop_assert_eq!(deserialize(&mut serde_json::Deserializer::from_slice(&text)).unwrap(), duration);
        }
    }
}
