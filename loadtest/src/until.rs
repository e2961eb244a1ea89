//! How well a percentile must be known for a phase to end before its cap.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::stats::{self, Observation};

const PERCENTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)];
/// A phase has at least so many rounds: after fewer, chance would end it too often.
const FIRST_LOOK: usize = 20;
/// From one look to the next, there is a tenth more to see: looking takes time, and each look is a chance to stop by
/// chance.
const LOOKS_APART: usize = 10;

/// A percentile, and the share of it that its 95 % interval may reach to either side: `p50±2%`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Until {
    percentile: usize,
    percent: f64,
}

impl Until {
    /// By how many percent of the percentile its interval reaches to the farther side; `None` while it is withheld.
    pub fn width(&self, observations: Vec<Observation>) -> Option<f64> {
        let (_, q) = PERCENTILES[self.percentile];
        let sorted = stats::sorted(observations);
        let [low, high] = stats::percentile_interval(&sorted, q)?;
        let value = stats::percentile(&sorted, q)?;
        Some(100.0 * (value - low).max(high - value) / value).filter(|width| width.is_finite())
    }

    /// The fewest samples with which it can be reached.
    pub fn least(&self) -> usize {
        stats::least(PERCENTILES[self.percentile].1).max(FIRST_LOOK)
    }

    pub fn allows(&self, width: Option<f64>) -> bool {
        width.is_some_and(|width| width <= self.percent)
    }
}

/// Whether it is time to look, after so many rounds.
pub fn is_time_to_look(rounds: usize) -> bool {
    let step = |rounds: usize| (rounds / LOOKS_APART).max(1);
    let mut look = FIRST_LOOK;
    while look < rounds {
        look += step(look);
    }
    look == rounds
}

/// Whether more rounds will not help: none of the last had a sample that counts and was answered.
pub fn is_hopeless(observed: &[Observation], rounds: usize) -> bool {
    let is_recent = |o: &Observation| o.round as usize + FIRST_LOOK >= rounds;
    rounds >= FIRST_LOOK && !observed.iter().any(|o| o.value.is_finite() && is_recent(o))
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let names: Vec<_> = PERCENTILES.iter().map(|(name, _)| *name).collect();
            format!("write a percentile ({}) and a share of it, like p50±2% or p50+-2%", names.join(", "))
        };
        let (name, share) = text.split_once('±').or_else(|| text.split_once("+-")).ok_or_else(wrong)?;
        let percentile = PERCENTILES.iter().position(|(known, _)| *known == name.trim()).ok_or_else(wrong)?;
        let percent: f64 =
            share.trim().strip_suffix('%').and_then(|n| n.trim().parse().ok()).ok_or_else(wrong)?;
        if percent > 0.0 && percent < 100.0 { Ok(Self { percentile, percent }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}±{}%", PERCENTILES[self.percentile].0, self.percent)
    }
}

impl From<Until> for String {
    fn from(until: Until) -> Self {
        until.to_string()
    }
}

impl TryFrom<String> for Until {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn observed(values: impl Iterator<Item = f64>) -> Vec<Observation> {
        values.enumerate().map(|(round, value)| Observation { value, round: round as u32 }).collect()
    }

    #[test]
    fn a_percentile_and_a_share_are_read_and_written() {
        for (text, written) in [("p50±2%", "p50±2%"), ("p99 +- 0.5 %", "p99±0.5%")] {
            assert_eq!(text.parse::<Until>().unwrap().to_string(), written);
        }
        for wrong in
            ["", "p50", "p50±", "p50±2", "p50±0%", "p50±-1%", "p50±100%", "p50±NaN%", "p42±2%", "mean±2%"]
        {
            assert!(wrong.parse::<Until>().unwrap_err().contains("like p50±2%"), "{wrong}");
        }
    }

    #[test]
    fn the_width_is_that_of_the_farther_side() {
        let until: Until = "p50±30%".parse().unwrap();
        // The median of 1 to 20 is 10, its interval from 6 to 15.
        let width = until.width(observed((1..=20).map(f64::from)));
        assert_eq!((width, until.allows(width)), (Some(50.0), false));
        assert!(until.allows(until.width(observed((101..=120).map(f64::from)))));
        assert!(!until.allows(until.width(observed((101..=105).map(f64::from)))));
        assert!(!until.allows(until.width(observed([f64::INFINITY; 30].into_iter()))));
    }

    #[test]
    fn rounds_without_a_sample_that_counts_are_hopeless() {
        let first: Vec<_> = observed([5.0].into_iter());
        assert!(!is_hopeless(&[], 19) && is_hopeless(&[], 20));
        assert!(!is_hopeless(&first, 20) && is_hopeless(&first, 21));
        assert!(is_hopeless(&observed([f64::INFINITY; 20].into_iter()), 20));
        assert!(!is_hopeless(&observed([5.0; 30].into_iter()), 30));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<Until>();
        }
    }
}
