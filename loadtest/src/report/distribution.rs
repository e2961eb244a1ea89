//! The figures of a series of times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::interval;

/// A distribution, in microseconds. A percentile is absent (`null`) where its samples are too few for a 95 % interval; the
/// median alone is told from five samples on, and has no interval then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// The smallest.
    pub min: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// Of a sample, with n − 1.
    pub stddev: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// 90 % are no larger.
    pub p90: Option<f64>,
    /// 95 % are no larger.
    pub p95: Option<f64>,
    /// 99 % are no larger.
    pub p99: Option<f64>,
    /// 99.9 % are no larger.
    pub p999: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The largest that is known, where that is infinite: a time-out must not hide a stall.
    #[serde(skip_serializing_if = "Option::is_none", default, rename = "longest_completed_us")]
    pub longest_completed: Option<f64>,
    /// Of those above that are infinite, since requests took longer than was waited, what they are at least: JSON has
    /// `null` for them, as for what is withheld.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub at_least_us: BTreeMap<String, f64>,
    /// 95 % intervals.
    pub ci95: Intervals,
}

impl Distribution {
    /// Whether its median has no 95 % interval: the samples are too few, or their rounds.
    pub(crate) fn lacks_interval(&self) -> bool {
        self.p50.is_some() && self.ci95.p50.is_none()
    }

    /// The median, or where it is withheld the smallest: what the unit of a table is to suit.
    pub(crate) fn typical(&self) -> Option<f64> {
        self.p50.or(self.min).filter(|us| us.is_finite())
    }
}

/// 95 % intervals, `[low, high]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// Of the median, by order statistics.
    #[serde(deserialize_with = "interval::read", default)]
    pub p50: Option<[f64; 2]>,
    /// Of the mean, by percentile bootstrap of rounds.
    #[serde(deserialize_with = "interval::read", default)]
    pub mean: Option<[f64; 2]>,
    /// Of the other percentiles, as of the median.
    #[serde(deserialize_with = "interval::read", default)]
    pub p90: Option<[f64; 2]>,
    /// The same.
    #[serde(deserialize_with = "interval::read", default)]
    pub p95: Option<[f64; 2]>,
    /// The same.
    #[serde(deserialize_with = "interval::read", default)]
    pub p99: Option<[f64; 2]>,
    /// The same.
    #[serde(deserialize_with = "interval::read", default)]
    pub p999: Option<[f64; 2]>,
}
