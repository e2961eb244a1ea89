//! Values as they are written; what is none is refused with how to write one.

use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;
use std::time::Duration;

/// `300ms`, `10s`, `1m`.
pub fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "it is no time with its unit: write it like 500ms, 10s or 1m".into())
}

/// A whole number.
pub fn count<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|e: ParseIntError| match e.kind() {
        IntErrorKind::PosOverflow => "it is more than can be counted here: write a smaller one".into(),
        _ => "it is no whole number: write it like 20".into(),
    })
}

/// Requests a second.
pub fn rate(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "it is no number of requests a second: write it like 100 or 0.5".into())
}

/// A whole number, but not 0.
#[cfg(feature = "serve")]
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match count(text) {
        Ok(0) => Err("at least 1".into()),
        counted => counted,
    }
}

/// Where to ask.
pub fn absolute_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.into()) } else { Err("a path begins with a slash".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_or_time_is_refused_with_how_to_write_one() {
        assert_eq!((count("20"), time("1m")), (Ok(20_u32), Ok(Duration::from_secs(60))));
        for text in ["few", "2.5", "", "1k"] {
            assert!(count::<usize>(text).unwrap_err().contains("write it like 20"), "{text}");
        }
        assert!(count::<u32>("5000000000").unwrap_err().contains("a smaller one"));
        assert_eq!(rate("0.5"), Ok(0.5));
        for text in ["abc", "", "1k"] {
            assert!(rate(text).unwrap_err().contains("write it like 100 or 0.5"), "{text}");
        }
        for text in ["soon", "10", "", "10 parsecs"] {
            assert!(time(text).unwrap_err().contains("write it like 500ms"), "{text}");
        }
    }
}
