//! How a load went as time went on: equal parts of it, each by itself.

use serde::{Deserialize, Serialize};

use super::figures::distribution;
use crate::load::Stage;
use crate::load::pacer::{SLICES, Until};
use crate::report::Distribution;

/// A part of a load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SliceReport {
    /// From when on its requests were due, in microseconds since the load began, and until when; `null` in a closed loop
    /// of so many requests, whose parts are equal in requests and not in time.
    pub between_us: Option<[f64; 2]>,
    /// Its place among all parts, in order, from 0.
    pub place: usize,
    /// Requests that were ok.
    pub ok: u64,
    /// Requests that were not.
    #[serde(default)]
    pub failed: u64,
    /// Of those that were ok, and of requests that timed out or were not sent in time.
    pub latency_us: Distribution,
}

/// Those in which something was sent or due.
pub fn of(stage: &Stage, seed: u64) -> Vec<SliceReport> {
    let slices = stage.tally.latency().iter().zip(stage.tally.failed).enumerate();
    let begun = slices.filter(|(_, (slice, failed))| slice.count() + slice.censored() + failed > 0);
    begun
        .map(|(place, (slice, failed))| SliceReport {
            between_us: between(stage, place),
            place,
            ok: slice.count(),
            failed,
            latency_us: distribution(std::slice::from_ref(slice), seed),
        })
        .collect()
}

fn between(stage: &Stage, place: usize) -> Option<[f64; 2]> {
    let whole = match (stage.pace.until, stage.pace.rate) {
        (Until::Elapsed(end), _) => end.as_secs_f64(),
        (Until::Sent(n), Some(rate)) => n as f64 / rate,
        (Until::Sent(_), None) => return None,
    };
    // One that was cut short was that long.
    let at = |place: usize| (whole * place as f64 / SLICES as f64).min(stage.period.as_secs_f64()) * 1e6;
    Some([at(place), at(place + 1)].map(f64::round))
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;
    use std::time::Duration;

    use super::*;
    use crate::load::pacer::Pace;
    use crate::load::tally::{Tally, Turn};

    /// Requests at these milliseconds of a load of two seconds that was ended after `period`.
    fn stage(pace: Pace, period: Duration, at: &[u64]) -> Stage {
        let mut tally = Tally::new(&pace, RandomState::new());
        for (index, ms) in at.iter().enumerate() {
            let intended = Duration::from_millis(*ms);
            let index = index as u64;
            let slice = pace.slice(intended, index);
            let turn = Turn { index, slice, intended, sent: intended, free: intended };
            tally.send(&turn);
            tally.finish(&turn, intended + Duration::from_micros(50 + ms), None, None);
        }
        Stage { pace, tally, period, unsent: 0, busy: None }
    }

    #[test]
    fn each_has_its_own_requests_and_the_last_ends_with_the_load() {
        let until = Until::Elapsed(Duration::from_secs(2));
        let stage =
            stage(Pace { rate: Some(10.0), until }, Duration::from_millis(1850), &[0, 30, 1000, 1810]);
        let slices = of(&stage, 1);
        let told: Vec<_> = slices.iter().map(|s| (s.place, s.between_us.unwrap(), s.ok)).collect();
        assert_eq!(
            told,
            [
                (0, [0.0, 100_000.0], 2),
                (10, [1_000_000.0, 1_100_000.0], 1),
                (18, [1_800_000.0, 1_850_000.0], 1)
            ]
        );
        assert_eq!(slices[0].latency_us.max, Some(80.0));
    }

    #[test]
    fn of_a_number_of_requests_that_wait_for_answers_no_time_is_told() {
        let stage = stage(Pace { rate: None, until: Until::Sent(4) }, Duration::from_secs(2), &[0, 1, 2, 3]);
        let slices = of(&stage, 1);
        assert_eq!(slices.iter().map(|slice| slice.place).collect::<Vec<_>>(), [0, 5, 10, 15]);
        assert!(slices.iter().all(|slice| slice.between_us.is_none()));
    }
}
