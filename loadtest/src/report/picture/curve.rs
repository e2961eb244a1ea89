//! The curve of all percentiles of the samples that count.

use super::axis::{Log, Tail};
use super::drawing::Pen;
use super::thin;
use crate::stats::{Observation, SAMPLES_ABOVE};

/// As many steps as can be told apart.
const STEPS: usize = 100;

/// The curve as far as the count supports it, and the rest of it, which hangs on chance. A time-out is at the end of
/// the axis.
pub struct Curve {
    /// Each percentile here has ten samples above it.
    pub supported: Pen,
    /// None here has.
    pub rest: Pen,
}

/// By nearest rank: level up to the share of samples that are no larger.
pub fn of(observed: &[Observation], x: &Tail, y: &Log) -> Curve {
    let mut values: Vec<f64> = observed.iter().map(|observation| observation.value).collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let (supported, rest): (Vec<usize>, Vec<usize>) =
        thin::ranks(n, STEPS).into_iter().partition(|rank| rank + SAMPLES_ABOVE <= n);
    let place = |rank: usize| (x.at(rank as f64 / n as f64), y.at(values[rank - 1]));
    let draw = |from: f64, ranks: &[usize]| {
        let mut places = ranks.iter().map(|rank| place(*rank));
        let Some(first) = places.next() else { return Pen::default() };
        places.fold(Pen::default().to((from, first.1)).across(first.0), |pen, (x, y)| pen.along(y).across(x))
    };
    let end = supported.last().map_or(x.at(0.0), |rank| place(*rank).0);
    Curve { supported: draw(x.at(0.0), &supported), rest: draw(end, &rest) }
}
