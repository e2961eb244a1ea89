//! Intervals in saved reports, where JSON has no infinity.

use serde::{Deserialize, Deserializer};

/// A bound that is `null` is one that is not known, as of time-outs.
pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[f64; 2]>, D::Error> {
    let bounds = Option::<[Option<f64>; 2]>::deserialize(deserializer)?;
    Ok(bounds.map(|bounds| bounds.map(|bound| bound.unwrap_or(f64::INFINITY))))
}
