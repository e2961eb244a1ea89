//! How much two medians may differ and still be called the same.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A share of the baseline's median: 0.02 is ±2 %, from 1/1.02 to 1.02 times it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Margin(f64);

impl Margin {
    /// Whether a whole interval of a ratio lies within it.
    ///
    /// Equivalence by confidence interval (Westlake 1981; Schuirmann 1987): of medians that differ by more than the margin, a
    /// 95 % interval lies wholly within it at most once in 40 times.
    pub fn holds(self, [low, high]: [f64; 2]) -> bool {
        let [least, most] = self.range();
        least <= low && high <= most
    }

    pub fn range(self) -> [f64; 2] {
        let most = 1.0 + self.0;
        [1.0 / most, most]
    }
}

impl Default for Margin {
    fn default() -> Self {
        Self(0.02)
    }
}

impl TryFrom<f64> for Margin {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..1.0).contains(&share) { Ok(Self(share)) } else { Err("a margin is below 100 %".into()) }
    }
}

impl From<Margin> for f64 {
    fn from(margin: Margin) -> Self {
        margin.0
    }
}

impl FromStr for Margin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        percent
            .and_then(|percent| Self::try_from(percent / 100.0).ok())
            .ok_or_else(|| "write a percentage below 100, like 2% or 0.5%".into())
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // 0.07 × 100 is a little more than 7.
        write!(f, "{} %", (self.0 * 1e8).round() / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_a_percentage_and_nothing_else() {
        let parsed = |text: &str| text.parse::<Margin>().map(f64::from);
        assert_eq!((parsed("2%"), parsed(" 0.5 % "), parsed("0%")), (Ok(0.02), Ok(0.005), Ok(0.0)));
        for text in ["", "2", "%", "-1%", "100%", "NaN%", "inf%", "0.02x", "two%"] {
            assert!(parsed(text).unwrap_err().contains("like 2%"), "{text}");
        }
    }

    #[test]
    fn it_is_told_as_it_was_written() {
        for text in ["2 %", "0.5 %", "7 %"] {
            assert_eq!(text.parse::<Margin>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn only_a_whole_interval_is_within_it_and_either_direction_counts_alike() {
        let holds = |interval| Margin::default().holds(interval);
        assert!(holds([0.99, 1.01]) && holds([1.0 / 1.02, 1.02]));
        assert!(!holds([0.98, 1.0]) && !holds([1.0, 1.021]) && !holds([1.05, 1.06]));
    }

    #[test]
    fn what_is_no_share_is_not_read() {
        assert!(
            serde_json::from_str::<Margin>("1.5").is_err() && serde_json::from_str::<Margin>("-0.1").is_err()
        );
        assert_eq!(serde_json::to_string(&Margin::default()).unwrap(), "0.02");
    }
}
