//! A figure, or why there is none.

use serde::{Deserialize, Serialize};

use crate::matrix::measured::{Figure, Measured};
use crate::matrix::packaging::Why;
use crate::report::Distribution;
use crate::report::summary::distribution;
use crate::stats::Observation;

/// Why there is none of what was ended before it came to it.
pub const NOT_REACHED: &str = "it was not measured";

/// A figure, or why there is none: in JSON `{"value": …}` or `{"withheld": "why"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell<T> {
    /// It is known.
    Value(T),
    /// It cannot be known, in words.
    Withheld(Why),
}

/// Values of several rounds. Percentiles that their count does not support are `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many.
    pub samples: usize,
    /// How many more there would be, had they not failed.
    pub failed: usize,
    /// Why the last of those failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Why>,
    /// In the unit that the field's name ends with.
    #[serde(flatten)]
    pub distribution: Distribution,
}

impl<T> Cell<T> {
    /// The figure, if it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Withheld(_) => None,
        }
    }

    /// Why it is not known, if it is not.
    pub fn withheld(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Withheld(why) => Some(why),
        }
    }

    /// Another figure of it.
    pub fn map<U>(&self, of: impl Fn(&T) -> U) -> Cell<U> {
        match self {
            Self::Value(value) => Cell::Value(of(value)),
            Self::Withheld(why) => Cell::Withheld(why.clone()),
        }
    }
}

impl<T> From<Result<T, Why>> for Cell<T> {
    fn from(known: Result<T, Why>) -> Self {
        known.map_or_else(Self::Withheld, Self::Value)
    }
}

impl Spread {
    /// `None` of nothing.
    pub fn of(values: &[Observation], seed: u64) -> Option<Self> {
        let distribution = || distribution(values.to_vec(), seed);
        (!values.is_empty()).then(|| Self {
            samples: values.len(),
            failed: 0,
            failure: None,
            distribution: distribution(),
        })
    }
}

impl Cell<Spread> {
    /// What was measured of a figure. A series that was given up says why instead: what is left of it is chosen by
    /// what went wrong.
    pub fn of(measured: &Measured, figure: Figure, seed: u64) -> Self {
        match (measured.why.get(&figure), Spread::of(measured.of(figure), seed)) {
            (Some(why), _) => Self::Withheld(why.clone()),
            (None, Some(spread)) => {
                let (failed, failure) = measured.failures.get(&figure).cloned().unzip();
                Self::Value(Spread { failed: failed.unwrap_or(0), failure, ..spread })
            }
            (None, None) => Self::Withheld(NOT_REACHED.into()),
        }
    }
}
