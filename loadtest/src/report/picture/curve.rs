//! The curve of all percentiles of the times that count.

use super::axis::{Log, Tail};
use super::drawing::Pen;
use super::thin;
use crate::stats;

/// As many steps as can be told apart.
const STEPS: usize = 100;

/// The curve as far as the count supports it, and the rest of it, which hangs on chance. A time-out is at the end of
/// the axis.
pub struct Curve {
    /// Each percentile here has a 95 % interval, of independent samples.
    pub supported: Pen,
    /// None here has.
    pub rest: Pen,
}

/// By nearest rank: level up to the share of times that are no larger. Of times with how often each was.
pub fn of(mut times: Vec<(f64, u64)>, x: &Tail, y: &Log) -> Curve {
    times.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut n = 0;
    // Each time with how many are no larger.
    for (_, times) in &mut times {
        n += *times;
        *times = n;
    }
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let of_rank = |rank: usize| times[times.partition_point(|(_, up_to)| *up_to < rank as u64)].0;
    // Below the median chance decides too, and nobody reads the curve there.
    let is_supported = |rank: &usize| stats::supports(n, (*rank as f64 / n as f64).max(0.5));
    let (supported, rest): (Vec<usize>, Vec<usize>) =
        thin::ranks(n, STEPS).into_iter().partition(is_supported);
    let place = |rank: usize| (x.at(rank as f64 / n as f64), y.at(of_rank(rank)));
    // One goes on where the other ends: from the last place of one to the first of the other there is a step too.
    let draw = |from: Option<(f64, f64)>, ranks: &[usize]| {
        let mut places = ranks.iter().map(|rank| place(*rank));
        let Some(first) = places.next() else { return Pen::default() };
        let begun = match from {
            Some(from) => Pen::default().to(from).along(first.1),
            None => Pen::default().to((x.at(0.0), first.1)),
        };
        places.fold(begun.across(first.0), |pen, (x, y)| pen.along(y).across(x))
    };
    let end = supported.last().map(|rank| place(*rank));
    Curve { supported: draw(None, &supported), rest: draw(end, &rest) }
}
