//! Whether, for a moment, requests took far longer than at all other times.

use super::{LoadReport, SliceReport};

/// What is shorter, nobody asks for the cause of.
const LEAST_US: f64 = 50_000.0;
/// So many times as long as at all other times.
const FAR_LONGER: f64 = 10.0;
/// Slices of such moments; more of twenty are no moments.
const MOST_SLICES: usize = 5;
/// More moments than these are a habit, which percentiles tell of.
const MOST_MOMENTS: usize = 3;

/// Moments at which requests took far longer.
#[derive(Clone, Debug, PartialEq)]
pub struct Stall {
    /// In order.
    pub moments: Vec<Moment>,
    /// The longest request of all other times, in microseconds.
    pub others_us: f64,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// When the first of its slices began, and when the first one after it did, in microseconds since the load began.
    pub between_us: [f64; 2],
    /// Its longest request, in microseconds.
    pub longest_us: f64,
}

impl Stall {
    /// Its longest request, in microseconds.
    pub fn longest_us(&self) -> f64 {
        self.moments.iter().map(|moment| moment.longest_us).fold(0.0, f64::max)
    }
}

/// Those that there were, if they were few and short, and not this client's own: what it was late by counts as latency too.
pub fn of(load: &LoadReport) -> Option<Stall> {
    let longest_us = load.slices.iter().map(longest).fold(0.0, f64::max);
    let is_long = |slice: &SliceReport| longest(slice) > longest_us / FAR_LONGER;
    let others = load.slices.iter().filter(|slice| !is_long(slice));
    let (ordinary, others_us) = (others.clone().count(), others.map(longest).fold(0.0, f64::max));
    // Where nothing was sent there is no slice: those on both sides are neighbours.
    let moments: Vec<_> = (0..load.slices.len())
        .filter(|place| is_long(&load.slices[*place]))
        .collect::<Vec<_>>()
        .chunk_by(|place, next| place + 1 == *next)
        .map(|places| moment(&load.slices, places))
        .collect::<Option<_>>()?;
    let long = load.slices.len() - ordinary;
    let is_passing =
        (1..=MOST_MOMENTS).contains(&moments.len()) && long <= MOST_SLICES && ordinary > MOST_SLICES;
    let own = load.client_late_us.as_ref().and_then(|late| late.max);
    let is_own = own.is_some_and(|latest| latest > longest_us / 2.0);
    (longest_us >= LEAST_US && is_passing && !is_own).then_some(Stall { moments, others_us })
}

fn longest(slice: &SliceReport) -> f64 {
    slice.latency_us.max.unwrap_or(0.0)
}

fn moment(slices: &[SliceReport], places: &[usize]) -> Option<Moment> {
    let [first, last] = [places.first()?, places.last()?];
    let begins = slices[*first].between_us?[0];
    let ends = slices
        .get(last + 1)
        .and_then(|next| next.between_us)
        .map_or(slices[*last].between_us?[1], |[from, _]| from);
    let longest_us = places.iter().map(|place| longest(&slices[*place])).fold(0.0, f64::max);
    Some(Moment { between_us: [begins, ends], longest_us })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::load::fixtures::{dies, late, load, ramp, stalls};

    /// Of a load whose slices' longest requests took so many milliseconds, others 1.5.
    fn with(long: &[(usize, f64)]) -> LoadReport {
        let mut load = load(&stalls());
        for (place, slice) in load.slices.iter_mut().enumerate() {
            let ms = long.iter().find(|(long, _)| *long == place).map_or(1.5, |(_, ms)| *ms);
            slice.latency_us.max = Some(1000.0 * ms);
        }
        load
    }

    #[test]
    fn a_stall_is_found_with_the_time_around_it_and_the_longest_elsewhere() {
        let stall = of(&load(&stalls())).unwrap();
        assert_eq!(stall.moments.len(), 1);
        assert_eq!(stall.moments[0].between_us, [4_000_000.0, 5_200_000.0]);
        assert!(stall.longest_us() > 990_000.0 && stall.others_us < 2_000.0, "{stall:?}");
    }

    #[test]
    fn what_goes_on_as_it_began_has_none() {
        assert_eq!([of(&load(&late(300))), of(&load(&ramp())), of(&with(&[(3, 40.0)]))], [None, None, None]);
        assert_eq!(of(&load(&dies(Some(1000.0), 4000, 1500))), None);
    }

    #[test]
    fn a_few_moments_are_told_one_by_one_and_many_or_long_ones_are_none() {
        let stall = of(&with(&[(3, 500.0), (9, 96.0)])).unwrap();
        assert_eq!(stall.moments.iter().map(|moment| moment.longest_us).collect::<Vec<_>>(), [500e3, 96e3]);
        assert_eq!(of(&with(&[(19, 200.0)])).unwrap().moments[0].between_us, [7_600_000.0, 8_000_000.0]);
        assert_eq!(of(&with(&[(1, 90.0), (5, 90.0), (9, 90.0), (13, 90.0)])), None);
        assert_eq!(of(&with(&[3, 4, 5, 6, 7, 8].map(|place| (place, 90.0)))), None);
    }

    #[test]
    fn what_this_client_was_late_by_is_no_stall_of_the_target() {
        let mut load = with(&[(3, 500.0)]);
        let mut late = |ms: f64| {
            load.client_late_us.as_mut().unwrap().max = Some(1000.0 * ms);
            of(&load).is_some()
        };
        assert!(late(96.0) && !late(490.0));
    }

    #[test]
    fn where_nothing_was_sent_meanwhile_the_moment_lasts_until_something_was() {
        let mut load = with(&[(9, 508.0)]);
        load.slices.remove(10);
        assert_eq!(of(&load).unwrap().moments[0].between_us, [3_600_000.0, 4_400_000.0]);
    }
}
