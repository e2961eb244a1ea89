//! Whether, for a moment, requests took far longer than at all other times.

use super::{LoadReport, SliceReport};

/// What is shorter, nobody asks for the cause of.
const LEAST_US: f64 = 50_000.0;
/// So many times as long as at all other times.
const FAR_LONGER: f64 = 10.0;
/// More slices than this are no moment of twenty.
const MOST: usize = 5;

/// A moment at which requests took far longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stall {
    /// When the first of its slices began and the last ended, in microseconds since the load began.
    pub between_us: [f64; 2],
    /// The longest request of that moment, in microseconds.
    pub longest_us: f64,
    /// The longest of all others.
    pub others_us: f64,
}

/// The one stall that there was: of more than one, or of one that did not pass, percentiles tell.
pub fn of(load: &LoadReport) -> Option<Stall> {
    let longest = |slice: &SliceReport| slice.latency_us.max.unwrap_or(0.0);
    let longest_us = load.slices.iter().map(longest).fold(0.0, f64::max);
    if longest_us < LEAST_US {
        return None;
    }
    let is_long = |slice: &SliceReport| longest(slice) > longest_us / FAR_LONGER;
    let (long, others): (Vec<_>, Vec<_>) = load.slices.iter().partition(|slice| is_long(slice));
    let (first, last) = (long.first()?, long.last()?);
    let is_one = last.place - first.place < long.len() && long.len() <= MOST && others.len() > MOST;
    let others_us = others.into_iter().map(longest).fold(0.0, f64::max);
    let between_us = [first.between_us?[0], last.between_us?[1]];
    is_one.then_some(Stall { between_us, longest_us, others_us })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::fixtures::{dies, late, load, ramp, stalls};

    #[test]
    fn a_stall_is_found_with_the_time_around_it_and_the_longest_elsewhere() {
        let stall = of(&load(&stalls())).unwrap();
        assert_eq!(stall.between_us, [4_000_000.0, 5_200_000.0]);
        assert!(stall.longest_us > 990_000.0 && stall.others_us < 2_000.0, "{stall:?}");
    }

    #[test]
    fn what_goes_on_as_it_began_has_none() {
        assert_eq!([of(&load(&late(300))), of(&load(&ramp()))], [None, None]);
        assert_eq!(of(&load(&dies(Some(1000.0), 4000, 1500))), None);
    }

    #[test]
    fn two_stalls_and_one_that_lasts_for_half_of_the_load_are_no_moment() {
        let with = |places: &[usize]| {
            let mut load = load(&stalls());
            for (place, slice) in load.slices.iter_mut().enumerate() {
                slice.latency_us.max = Some(if places.contains(&place) { 200_000.0 } else { 1_500.0 });
            }
            of(&load)
        };
        assert!(with(&[3]).is_some() && with(&[19]).is_some());
        assert_eq!([with(&[3, 9]), with(&[3, 4, 5, 6, 7, 8, 9, 10])], [None, None]);
    }
}
